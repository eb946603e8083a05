import { afterEach, describe, expect, it } from 'vitest';
import { listEntries, listEtags, queryCards, readCards, readCtag, syncCollection } from '../../src/dav/index.js';
import type { DavCard, DavEntry, DavUnreadable, ReadOptions } from '../../src/dav/index.js';
import { NotFound, ProtocolError, Unavailable } from '../../src/model/errors.js';
import { quirksOf } from '../fakes/dav.js';
import type { DavQuirks, RunningDav } from '../fakes/dav.js';
import { bench, closeAll, simpleCard } from './support.js';
import type { Bench } from './support.js';

afterEach(closeAll);

const BOOK = '/addressbooks/test/contacts/';
const path = (name: string): string => `${BOOK}${name}.vcf`;

function fill(server: RunningDav, ...names: string[]): void {
  for (const name of names) server.store.book('contacts').put(`${name}.vcf`, simpleCard(name));
}

async function with_(changes: Partial<DavQuirks>, ...names: string[]): Promise<Bench> {
  const { server, dav } = await bench({ quirks: quirksOf('plain', changes) });
  fill(server, ...names);
  return { server, dav };
}

describe('syncCollection', () => {
  it('gives everything, then what changed', async () => {
    const { server, dav } = await with_({}, 'a', 'b', 'c');
    const first = await syncCollection(dav, BOOK, '');
    if (typeof first === 'string') throw new Error(first);
    expect(first.changed.map((entry) => entry.path)).toEqual([path('a'), path('b'), path('c')]);
    expect(first.changed[0]?.etag).toBe('"e1"');
    fill(server, 'b', 'd');
    server.store.book('contacts').remove('a.vcf');
    const second = await syncCollection(dav, BOOK, first.token);
    expect(second).toMatchObject({ removed: [path('a')] });
    if (typeof second !== 'string') expect(second.changed.map((entry) => entry.path)).toEqual([path('b'), path('d')]);
    server.assertClean();
  });

  it('leaves tombstones out of a first answer', async () => {
    const { server, dav } = await with_({ tombstones: true }, 'a', 'b');
    server.store.book('contacts').remove('a.vcf');
    expect(await syncCollection(dav, BOOK, '')).toMatchObject({ removed: [], changed: [{ path: path('b') }] });
  });

  it('goes on after 507 until it is all there', async () => {
    const names = Array.from({ length: 10 }, (_none, at) => `n${at}`);
    const { server, dav } = await with_({ syncPage: 3 }, ...names);
    const result = await syncCollection(dav, BOOK, '');
    if (typeof result === 'string') throw new Error(result);
    expect(result.changed.map((entry) => entry.path)).toEqual(names.map(path));
    expect(server.requests.filter((request) => request.method === 'REPORT')).toHaveLength(4);
  });

  it('does not go round in circles', async () => {
    const { server, dav } = await with_({}, 'a');
    const body =
      '<multistatus xmlns="DAV:"><response><href>/addressbooks/test/contacts/</href><status>HTTP/1.1 507 X</status></response><sync-token>t</sync-token></multistatus>';
    server.fault({ method: 'REPORT', times: 3, kind: { status: 207, body } });
    await expect(syncCollection(dav, BOOK, '')).rejects.toBeInstanceOf(ProtocolError);
  });

  it('takes repeated items once', async () => {
    const { dav } = await with_({ syncRepeats: true }, 'a');
    expect(await syncCollection(dav, BOOK, 'http://fake.example/sync/1')).toMatchObject({
      changed: [{ path: path('a') }],
    });
  });

  it.each([['403'], ['500']] as const)('says that a token is not known (%s)', async (unknownToken) => {
    const { dav } = await with_({ unknownToken }, 'a');
    expect(await syncCollection(dav, BOOK, 'x')).toBe('token');
  });

  it('does not take a broken server for an unknown token on the first call', async () => {
    const { server, dav } = await with_({}, 'a');
    server.fault({ method: 'REPORT', kind: { status: 500 } });
    expect(await syncCollection(dav, BOOK, '')).toMatchObject({ changed: [{ path: path('a') }] });
    server.fault({ method: 'REPORT', times: 9, kind: { status: 500 } });
    await expect(syncCollection(dav, BOOK, '')).rejects.toBeInstanceOf(Unavailable);
  });

  it('says that there is no such report', async () => {
    const { dav } = await with_({ sync: false }, 'a');
    expect(await syncCollection(dav, BOOK, '')).toBe('unsupported');
    expect(await syncCollection(dav, BOOK, 'x')).toBe('unsupported');
  });

  it('is NotFound for a book that is gone, and wants a token in the answer', async () => {
    const { server, dav } = await with_({}, 'a');
    server.fault({ kind: { status: 404 } });
    await expect(syncCollection(dav, BOOK, '')).rejects.toBeInstanceOf(NotFound);
    server.fault({ kind: { status: 207, body: '<multistatus xmlns="DAV:"/>' } });
    await expect(syncCollection(dav, BOOK, '')).rejects.toBeInstanceOf(ProtocolError);
  });
});

describe('listing', () => {
  it.each(['encoded', 'lower', 'raw', 'absolute', 'relative', 'bare'] as const)(
    'finds odd names with %s hrefs',
    async (hrefs) => {
      const odd = ['a+b&c', 'semi;colon', 'ü', 'sp ace', 'co:lon', 'at@home', '100%', 'what?#'];
      const { server, dav } = await with_({ hrefs }, ...odd);
      const expected = odd.map((name) => `${BOOK}${encodeURIComponent(name)}.vcf`).sort();
      expect((await listEtags(dav, BOOK)).map((entry) => entry.path).sort()).toEqual(expected);
      const { entries } = await listEntries(dav, { request: BOOK, sync: true });
      expect(entries.map((entry) => entry.path).sort()).toEqual(expected);
      const cards: (DavCard | DavUnreadable)[] = [];
      for await (const card of readCards(dav, BOOK, entries, { version4: false })) cards.push(card);
      expect(cards).toHaveLength(odd.length);
      server.assertClean();
    },
  );

  it('falls back to PROPFIND when a server that lists the report refuses it', async () => {
    const { dav } = await with_({ sync: false }, 'a');
    expect(await listEntries(dav, { request: BOOK, sync: true })).toEqual({
      entries: [{ path: path('a'), etag: '"e1"' }],
    });
  });

  it('leaves out collections inside, also without a slash at their end', async () => {
    const { server, dav } = await with_({});
    const item = (name: string, type: string): string =>
      `<response><href>${BOOK}${name}</href><propstat><prop><resourcetype>${type}</resourcetype></prop><status>HTTP/1.1 200 OK</status></propstat></response>`;
    const body = `<multistatus xmlns="DAV:">${item('inner', '<collection/>')}${item('a.vcf', '')}</multistatus>`;
    server.fault({ method: 'PROPFIND', kind: { status: 207, body } });
    expect(await listEtags(dav, BOOK)).toEqual([{ path: path('a') }]);
  });

  it('reads the collection tag', async () => {
    const { dav } = await with_({}, 'a');
    expect(await readCtag(dav, BOOK)).toBe('c1');
  });

  it('searches by addressbook-query', async () => {
    const { server, dav } = await with_({}, 'ann', 'bob');
    const found = await queryCards(dav, BOOK, { text: 'ANN', properties: ['FN', 'EMAIL'], limit: 10 });
    expect(found.map((card) => card.path)).toEqual([path('ann')]);
    server.assertClean();
  });
});

describe('readCards', () => {
  async function read(dav: Bench['dav'], entries: DavEntry[], options: Partial<ReadOptions> = {}): Promise<string[]> {
    const found: string[] = [];
    for await (const card of readCards(dav, BOOK, entries, { version4: false, ...options })) {
      found.push('error' in card ? `error ${card.path}` : card.path);
    }
    return found;
  }
  const names = Array.from({ length: 25 }, (_none, at) => `n${at}`);
  const entries = names.map((name) => ({ path: path(name) }));

  it.each(['404', 'omitted', 'whole'] as const)('leaves out what is gone (%s)', async (multigetAbsent) => {
    const { server, dav } = await with_({ multigetAbsent }, ...names);
    for (const gone of ['n0', 'n7', 'n24']) server.store.book('contacts').remove(`${gone}.vcf`);
    const expected = names.filter((name) => !['n0', 'n7', 'n24'].includes(name)).map(path);
    expect(await read(dav, entries, { batch: 10 })).toEqual(expected);
    const gets = server.requests.filter((request) => request.method === 'GET').length;
    expect(gets).toBe(multigetAbsent === '404' ? 0 : 3);
    server.assertClean();
  });

  it('reads one by one where there is no multiget, and asks for it once a worker', async () => {
    const { server, dav } = await with_({ noMultiget: true }, ...names);
    expect(await read(dav, entries, { batch: 5, concurrency: 1 })).toEqual(names.map(path));
    expect(server.requests.filter((request) => request.method === 'REPORT')).toHaveLength(1);
  });

  it('keeps the order whatever comes first', async () => {
    const { server, dav } = await with_({}, ...names);
    let first = true;
    server.onRequest(async () => {
      if (!first) return;
      first = false;
      await new Promise((resolve) => setImmediate(resolve));
    });
    expect(await read(dav, entries, { batch: 2, concurrency: 4 })).toEqual(names.map(path));
  });

  it('one card that breaks the answer costs no other', async () => {
    const { server, dav } = await with_({}, ...names);
    server.store.book('contacts').put('n3.vcf', simpleCard('n3', 'NOTE:</broken>\r\n'));
    server.fake.style.card = (data) => data;
    expect(await read(dav, entries)).toEqual(names.map(path));
  });

  it('a card that is refused is told, not thrown', async () => {
    const { server, dav } = await with_({ noMultiget: true }, 'n0', 'n1');
    server.fault({ method: 'GET', path: 'n1.vcf', kind: { status: 403 } });
    expect(await read(dav, entries.slice(0, 2))).toEqual([path('n0'), `error ${path('n1')}`]);
  });

  it('stops asking when nobody listens any more', async () => {
    const { server, dav } = await with_({}, ...names);
    for await (const card of readCards(dav, BOOK, entries, { version4: false, batch: 1, concurrency: 2 })) {
      expect(card.path).toBe(path('n0'));
      break;
    }
    expect(server.requests.length).toBeLessThan(5);
  });

  it('makes batches smaller when cards are big', async () => {
    const { server, dav } = await with_({}, ...names);
    const photo = `PHOTO;ENCODING=b;TYPE=JPEG:${'A'.repeat(40)}\r\n${` ${'A'.repeat(70)}\r\n`.repeat(30_000)}`;
    for (const name of names) server.store.book('contacts').put(`${name}.vcf`, simpleCard(name, photo));
    expect(await read(dav, entries, { batch: 10, concurrency: 1 })).toHaveLength(25);
    const sizes = server.requests.map((request) => request.body.match(/<D:href>/g)?.length ?? 0);
    expect(sizes[0]).toBe(10);
    expect(Math.max(...sizes.slice(1))).toBeLessThan(9);
  });

  it('asks for 4.0 only when told', async () => {
    const { server, dav } = await with_({ versions: ['3.0', '4.0'], converts: true });
    const data = simpleCard('x', 'PHOTO:data:image/png;base64,AAAA\r\n').replace('3.0', '4.0');
    server.store.book('contacts').put('x.vcf', data);
    const texts: string[] = [];
    for (const version4 of [true, false]) {
      for await (const card of readCards(dav, BOOK, [{ path: path('x') }], { version4 }))
        if ('data' in card) texts.push(card.data);
    }
    expect(texts[0]).toContain('base64,AAAA');
    expect(texts[1]).not.toContain('base64,AAAA');
  });

  it('passes on trouble that concerns all', async () => {
    const { server, dav } = await with_({}, ...names);
    server.fault({ times: 99, kind: { status: 503 } });
    await expect(read(dav, entries)).rejects.toBeInstanceOf(Unavailable);
  });
});
