/** What the suite for all providers does not ask: the quirks of CardDAV servers, one by one. */
import { afterEach, describe, expect, it } from 'vitest';
import { cardToVCard } from '../../src/formats/vcard/index.js';
import type { Card, ContactRecord } from '../../src/model/card.js';
import { AuthError, Conflict, NotFound, Refused, UnknownOutcome, UsageError } from '../../src/model/errors.js';
import { carddav } from '../../src/providers/carddav.js';
import type { Provider } from '../../src/providers/types.js';
import { all, change } from '../conformance/suite.js';
import { PICTURE, person, rich } from '../conformance/cards.js';
import { startDav } from '../fakes/dav.js';
import type { RunningDav, StartDavOptions } from '../fakes/dav.js';
import { testContext } from '../support/context.js';
import type { TestContext, TestContextOptions } from '../support/context.js';

interface Account {
  server: RunningDav;
  provider: Provider &
    Required<Pick<Provider, 'create' | 'update' | 'delete' | 'changes' | 'bookAdmin' | 'move' | 'copy' | 'lookup'>>;
  ctx: TestContext;
}

const running: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of running.splice(0)) await close();
});

async function account(server: StartDavOptions = {}, context: TestContextOptions = {}): Promise<Account> {
  const dav = await startDav(server);
  const ctx = testContext({ url: dav.url, user: dav.user, password: dav.password, ...context });
  const provider = (await carddav.open(ctx)) as Account['provider'];
  running.push(async () => {
    await provider.close();
    await dav.close();
  });
  return { server: dav, provider, ctx };
}

function named(uid: string, full: string, members: Partial<Card> = {}): Card {
  return { '@type': 'Card', version: '1.0', uid, name: { full }, ...members };
}

function asText(card: Card): string {
  return cardToVCard(card, { version: '3.0', carry: true });
}

function methods({ server }: Account): string[] {
  return server.requests.map((request) => request.method);
}

describe('opening', () => {
  it('sends nothing before it must', async () => {
    const { server, provider } = await account();
    provider.project(rich());
    expect(server.requests).toEqual([]);
  });

  it('discovers once, also for calls side by side', async () => {
    const { server, provider } = await account();
    await Promise.all([provider.books(), provider.check(), all(provider)]);
    expect(server.requests.filter((request) => request.path === '/.well-known/carddav')).toHaveLength(1);
  });

  it('asks for a password where there is a user, and knows no odd URLs', async () => {
    await expect(carddav.open(testContext({ url: 'https://dav.example.com', user: 'ann' }))).rejects.toBeInstanceOf(
      AuthError,
    );
    await expect(carddav.open(testContext({ url: 'ftp://dav.example.com' }))).rejects.toBeInstanceOf(UsageError);
  });

  it('tells what it found', async () => {
    const { provider } = await account({ quirks: 'cyrus' });
    expect(await provider.check()).toMatchObject({
      user: 'Ann Example',
      server: 'Cyrus-HTTP/3.6.1',
      details: { 'address books': 'Contacts, Friends', vCard: '4.0', changes: 'sync-collection' },
    });
  });

  it('says AuthError for a wrong password', async () => {
    const { provider } = await account({}, { password: 'wrong' });
    await expect(provider.check()).rejects.toBeInstanceOf(AuthError);
  });
});

describe('the default book', () => {
  it.each([
    ['the one the user names, by path', { options: { addressbook: '/addressbooks/test/friends/' } }, 'friends'],
    ['by name', { book: 'Friends' }, 'friends'],
    ['by id', { book: 'friends' }, 'friends'],
    ['else the usual one', {}, 'contacts'],
  ])('%s', async (_title, context, expected) => {
    const { provider } = await account({}, context);
    expect((await provider.books()).filter((book) => book.isDefault).map((book) => book.id)).toEqual([expected]);
  });

  it('says which there are when it is not there', async () => {
    const { provider } = await account({}, { book: 'Enemies' });
    await expect(provider.books()).rejects.toMatchObject({
      code: 'notFound',
      hint: expect.stringContaining('Friends') as unknown,
    });
  });

  it('is one of our own that we may write to', async () => {
    const { server, provider } = await account();
    server.store.book('contacts').readOnly = true;
    const books = await provider.books();
    expect(books.find((book) => book.isDefault)?.id).toBe('friends');
    expect(books.find((book) => book.id === 'contacts')?.readOnly).toBe(true);
    await expect(provider.create({ card: person(1), bookId: 'contacts' })).rejects.toBeInstanceOf(Refused);
  });
});

describe('ids', () => {
  it('lead back to the resource, whatever it is called', async () => {
    const { server, provider } = await account();
    const names = [
      'plain.vcf',
      'without',
      'a b+c&d;ü.vcf',
      'x/y.vcf',
      '100%2F.vcf',
      'line\nbreak.vcf',
      'twin',
      'twin.vcf',
      '.vcf',
    ];
    for (const name of names) server.store.book('contacts').put(name, asText(named(`u-${name}`, name)));
    server.store.book('friends').put('plain.vcf', asText(named('other', 'Other')));
    const records = await all(provider);
    expect(records.map((record) => record.id).sort()).toEqual(
      [
        ...['plain', 'without', 'a b+c&d;ü', 'x%2Fy', '100%252F', 'twin', 'friends/plain'],
        ...['/addressbooks/test/contacts/line%0Abreak.vcf', '/addressbooks/test/contacts/twin'],
        '/addressbooks/test/contacts/.vcf',
      ].sort(),
    );
    for (const record of records) {
      const got = await provider.get(record.id);
      expect([got.id, got.card.uid]).toEqual([record.id, record.card.uid]);
    }
    server.assertClean();
  });

  it('lead nowhere else', async () => {
    const { server, provider } = await account();
    for (const id of ['..', '.', '', 'nobook/x', '../secret', '/etc/passwd', 'friends/..']) {
      await expect(provider.get(id)).rejects.toBeInstanceOf(NotFound);
    }
    expect(server.requests.filter((request) => request.method === 'GET')).toEqual([]);
  });

  it('tell two books of one name apart by path', async () => {
    const { server, provider } = await account({}, { options: { addressbook: '/addressbooks/test/contacts/' } });
    server.store.add('Contacts', 'Contacts');
    expect((await provider.books()).map((book) => book.id)).toEqual(['contacts', 'friends', 'Contacts']);
  });
});

describe('create', () => {
  it('names the resource by the uid, safely', async () => {
    const { server, provider } = await account();
    await provider.create({ card: named('urn:uuid:6BA7B810-9dad-11d1-80b4-00c04fd430c8', 'A') });
    await provider.create({ card: named('../../etc/passwd', 'B') });
    const names = [...server.store.book('contacts').cards.keys()];
    expect(names[0]).toBe('6ba7b810-9dad-11d1-80b4-00c04fd430c8.vcf');
    expect(names[1]).toMatch(/^[0-9a-f]{40}\.vcf$/);
  });

  it.each(['plain', 'radicale', 'sogo', 'davical', 'xandikos'] as const)(
    'is a Conflict the second time (%s)',
    async (quirks) => {
      const { server, provider } = await account({ quirks });
      const card = person(1);
      await provider.create({ card });
      await expect(provider.create({ card: { ...card, name: { full: 'Another' } } })).rejects.toBeInstanceOf(Conflict);
      expect([...server.store.book('contacts').cards.values()][0]?.data).toContain('FN:Given1');
    },
  );

  it('looks first at a server that overwrites, and only there', async () => {
    for (const [quirks, looks] of [
      ['sogo', 1],
      ['plain', 0],
    ] as const) {
      const one = await account({ quirks });
      await one.provider.books();
      one.server.requests.length = 0;
      await one.provider.create({ card: person(1) });
      expect(methods(one).filter((method) => method === 'PROPFIND')).toHaveLength(looks);
    }
  });

  it('takes another name when its own belongs to another contact', async () => {
    const { server, provider } = await account();
    server.store.book('contacts').put('abc.vcf', asText(named('somebody-else', 'Somebody Else')));
    const { id } = await provider.create({ card: named('abc', 'Me') });
    expect(id).not.toBe('abc');
    expect((await provider.get(id)).card.name?.full).toBe('Me');
    expect((await provider.get('abc')).card.name?.full).toBe('Somebody Else');
    expect((await provider.lookup({ card: named('abc', 'Me') }))?.id).toBe(id);
  });

  it('says why, in words', async () => {
    const one = await account({ quirks: 'radicale' });
    one.server.store.book('contacts').put('old-name.vcf', asText(named('same-uid', 'Old')));
    await expect(one.provider.create({ card: named('same-uid', 'New') })).rejects.toMatchObject({
      code: 'conflict',
      why: expect.stringContaining('same uid') as unknown,
    });
    one.server.fault({ method: 'PUT', kind: { status: 507 } });
    await expect(one.provider.create({ card: person(1) })).rejects.toMatchObject({ code: 'refused', status: 507 });
  });

  it.each(['plain', 'xandikos', 'cyrus', 'sogo', 'sabre'] as const)(
    'is Refused for a card the server cannot read (%s)',
    async (quirks) => {
      const { server, provider } = await account({ quirks });
      await provider.books();
      const { garbage } = server.fake.quirks;
      const inner = `<m:multistatus xmlns:m="DAV:"><m:response><m:href>x</m:href><m:status>HTTP/1.1 403 No</m:status></m:response></m:multistatus>`;
      server.fault({ method: 'PUT', kind: { status: garbage, body: garbage === 207 ? inner : '' } });
      await expect(provider.create({ card: person(1) })).rejects.toBeInstanceOf(Refused);
    },
  );

  it('reads a 412 inside a 207 (Xandikos)', async () => {
    const { server, provider } = await account({ quirks: 'xandikos' });
    await provider.books();
    const body = `<ns0:multistatus xmlns:ns0="DAV:"><ns0:response><ns0:href>x</ns0:href><ns0:status>HTTP/1.1 412 Precondition Failed</ns0:status></ns0:response></ns0:multistatus>`;
    server.fault({ method: 'PUT', kind: { status: 207, body } });
    await expect(provider.create({ card: person(1) })).rejects.toBeInstanceOf(Conflict);
  });

  it('gets the etag where the answer has none (DAViCal)', async () => {
    const { server, provider } = await account({ quirks: 'davical' });
    const { etag } = await provider.create({ card: person(1) });
    expect(etag).toBe([...server.store.book('contacts').cards.values()][0]?.etag);
  });

  it('never goes out twice when its answer is lost, and is found', async () => {
    const { server, provider } = await account();
    await provider.books();
    server.fault({ method: 'PUT', kind: 'afterwards' });
    const card = person(1);
    await expect(provider.create({ card })).rejects.toBeInstanceOf(UnknownOutcome);
    expect(server.requests.filter((request) => request.method === 'PUT')).toHaveLength(1);
    expect((await provider.lookup({ card }))?.card.name?.full).toBe('Given1 Family1');
    server.fault({ method: 'PUT', kind: 'before' });
    await expect(provider.create({ card: person(2) })).rejects.toBeInstanceOf(UnknownOutcome);
    expect(await provider.lookup({ card: person(2) })).toBeUndefined();
  });

  it.each([
    ['radicale', '3.0', 'ENCODING=b'],
    ['cyrus', '4.0', 'data:image'],
  ] as const)('writes to %s in %s', async (quirks, version, photo) => {
    const { server, provider } = await account({ quirks });
    const card = person(1, { media: { m1: { kind: 'photo', uri: PICTURE } } });
    const { id } = await provider.create({ card });
    const data = [...server.store.book('contacts').cards.values()][0]?.data;
    expect(data).toContain(`VERSION:${version}\r\n`);
    expect(data).toContain(photo);
    expect(Object.values((await provider.get(id)).card.media ?? {})[0]?.uri).toBe(PICTURE);
    server.assertClean();
  });
});

describe('update and delete', () => {
  it('keep what we do not know', async () => {
    const { server, provider } = await account();
    const book = server.store.book('contacts');
    const data = asText(named('u', 'Ann')).replace(
      'END:VCARD',
      'X-SHOE-SIZE;TYPE=left:42\r\nitem1.X-ABLabel:Odd\r\nEND:VCARD',
    );
    book.put('u.vcf', data);
    const record = await provider.get('u');
    await provider.update('u', change(record, { notes: { n1: { note: 'hi' } } }));
    expect(book.cards.get('u.vcf')?.data).toMatch(/X-SHOE-SIZE;TYPE=left:42\r\n/);
    expect(book.cards.get('u.vcf')?.data).toMatch(/X-ABLabel:Odd\r\n/i);
  });

  it('an update whose answer was lost and that is repeated is no conflict', async () => {
    const { server, provider } = await account();
    const { id } = await provider.create({ card: person(1) });
    const record = await provider.get(id);
    server.fault({ method: 'PUT', kind: 'afterwards' });
    const result = await provider.update(id, change(record, { notes: { n1: { note: 'once' } } }));
    expect(result.etag).toBe((await provider.get(id)).etag);
    expect(server.requests.filter((request) => request.method === 'PUT')).toHaveLength(3);
  });

  it.each(['plain', 'sogo'] as const)('of a contact that is gone are NotFound (%s)', async (quirks) => {
    const { server, provider } = await account({ quirks });
    const { id } = await provider.create({ card: person(1) });
    const record = await provider.get(id);
    server.store.book('contacts').remove(`${id}.vcf`);
    await expect(provider.update(id, change(record, { kind: 'org' }))).rejects.toBeInstanceOf(NotFound);
    await expect(provider.delete(record)).rejects.toBeInstanceOf(NotFound);
    expect(server.store.book('contacts').cards.size).toBe(0);
  });

  it('never write to another contact than the id says', async () => {
    const { server, provider } = await account();
    const { id } = await provider.create({ card: person(1) });
    const record = await provider.get(id);
    await expect(provider.delete({ ...record, id: 'somebody-else' })).rejects.toBeInstanceOf(NotFound);
    expect(server.store.book('contacts').cards.size).toBe(1);
  });

  it('work without what the driver kept beside the record (undo)', async () => {
    const { server, provider } = await account();
    server.store.book('contacts').put('bare', asText(named('u', 'Ann')));
    const [record] = await all(provider);
    const { id, bookIds, card, etag } = record as ContactRecord;
    const image: ContactRecord = { id, bookIds, card, ...(etag !== undefined && { etag }) };
    const { etag: next } = await provider.update(id, change(image, { kind: 'org' }));
    expect(server.store.book('contacts').cards.get('bare')?.data).toContain('org');
    await provider.delete({ ...image, ...(next !== undefined && { etag: next }) });
    expect(server.store.book('contacts').cards.size).toBe(0);
  });
});

describe('list', () => {
  it('warns of a card it cannot read and goes on', async () => {
    const { server, provider, ctx } = await account();
    const book = server.store.book('contacts');
    book.put('good.vcf', asText(person(1)));
    book.put('bad.vcf', 'this is no vCard');
    book.put('good2.vcf', asText(person(2)));
    expect((await all(provider)).map((record) => record.id)).toEqual(['good', 'good2']);
    expect(ctx.warnings).toEqual([expect.stringContaining('/addressbooks/test/contacts/bad.vcf')]);
  });

  it('derives a uid where there is none, the same every time', async () => {
    const { server, provider } = await account();
    server.store.book('contacts').put('x.vcf', asText(person(1)).replace(/^UID.*\r\n/m, ''));
    const [first, again] = [await provider.get('x'), (await all(provider))[0]];
    expect(first.uidDerived).toBe(true);
    expect(first.card.uid).toMatch(/^urn:uuid:/);
    expect(again?.card.uid).toBe(first.card.uid);
  });

  it('hides group cards, also when groups are categories', async () => {
    for (const groups of ['own', 'categories']) {
      const { server, provider } = await account({}, { options: { groups } });
      server.store.book('contacts').put('g.vcf', asText(named('g', 'Team', { kind: 'group', members: { x: true } })));
      expect(await all(provider)).toEqual([]);
      await expect(provider.get('g')).rejects.toBeInstanceOf(NotFound);
      expect(provider.groups !== undefined).toBe(groups === 'own');
    }
  });

  it('reads only the books asked for, and knows no others', async () => {
    const { server, provider } = await account();
    server.store.book('contacts').put('a.vcf', asText(person(1)));
    server.store.book('friends').put('b.vcf', asText(person(2)));
    expect((await all(provider, { bookIds: ['friends'] })).map((record) => [record.id, record.bookIds])).toEqual([
      ['friends/b', ['friends']],
    ]);
    expect(await all(provider)).toHaveLength(2);
    await expect(all(provider, { bookIds: ['enemies'] })).rejects.toBeInstanceOf(NotFound);
  });
});

describe('groups', () => {
  it('keep members that are no contacts of ours', async () => {
    const { server, provider } = await account();
    const { id } = await provider.create({ card: person(1) });
    const members = { 'urn:uuid:99999999-9999-4999-8999-999999999999': true, 'mailto:eve@example.org': true } as const;
    server.store.book('contacts').put('g.vcf', asText(named('g', 'Team', { kind: 'group', members })));
    const [group] = (await provider.groups?.list()) ?? [];
    expect(group).toMatchObject({ id: 'g', name: 'Team', memberIds: [] });
    expect(group?.foreign).toHaveLength(2);
    if (group) await provider.groups?.setMembers(group, [id]);
    const [after] = (await provider.groups?.list()) ?? [];
    expect(after?.memberIds).toEqual([id]);
    expect(after?.foreign).toEqual(group?.foreign);
  });

  it('read uids of members in batches, also from other books', async () => {
    const { server, provider } = await account();
    for (let at = 0; at < 30; at++) server.store.book('friends').put(`f${at}.vcf`, asText(person(at)));
    await provider.books();
    server.requests.length = 0;
    const ids = Array.from({ length: 30 }, (_none, at) => `friends/f${at}`);
    await provider.groups?.create('All', ids);
    expect(server.requests.filter((request) => request.method === 'REPORT')).toHaveLength(1);
    const [group] = (await provider.groups?.list()) ?? [];
    expect(group?.memberIds).toHaveLength(30);
  });

  it('do not take a member that is not there, and guard by etag', async () => {
    const { server, provider } = await account();
    await expect(provider.groups?.create('All', ['ghost'])).rejects.toBeInstanceOf(NotFound);
    const group = await provider.groups?.create('All', []);
    if (group === undefined) throw new Error('no group');
    const file = `${group.id}.vcf`;
    server.store.book('contacts').put(file, server.store.book('contacts').cards.get(file)?.data ?? '');
    await expect(provider.groups?.rename(group, 'Some')).rejects.toBeInstanceOf(Conflict);
  });
});

describe('changes', () => {
  it.each(['plain', 'xandikos', 'cyrus'] as const)(
    'reads all anew for a token the server lost (%s)',
    async (quirks) => {
      const { server, provider } = await account({ quirks });
      await provider.create({ card: person(1) });
      const token = await provider.changes.current();
      server.fake.quirks.unknownToken satisfies string;
      const status = quirks === 'xandikos' ? 500 : 403;
      server.fault({
        method: 'REPORT',
        kind: { status, body: '<D:error xmlns:D="DAV:"><D:valid-sync-token/></D:error>' },
      });
      const changes = await provider.changes.since(token);
      expect(changes.reset).toBe(true);
      expect(changes.created).toHaveLength(1);
    },
  );

  it('does not believe silence when the collection tag says otherwise (DAViCal)', async () => {
    const { server, provider } = await account({ quirks: 'davical' });
    await provider.create({ card: person(1) });
    const token = await provider.changes.current();
    await provider.create({ card: person(2) });
    const body = '<multistatus xmlns="DAV:"><sync-token>x</sync-token></multistatus>';
    server.fault({ method: 'REPORT', kind: { status: 207, body } });
    const changes = await provider.changes.since(token);
    expect(changes.reset).toBe(true);
    expect(changes.created).toHaveLength(2);
  });

  it('finds new, changed and deleted by etags where there is no sync', async () => {
    const { server, provider } = await account({ quirks: 'sabre' });
    for (const name of ['a', 'b', 'c']) server.store.book('contacts').put(`${name}.vcf`, asText(named(name, name)));
    const token = await provider.changes.current();
    server.requests.length = 0;
    await provider.changes.since(token);
    expect(server.requests.map((request) => request.depth)).toEqual(['0', '0']);
    server.store.book('contacts').put('b.vcf', asText(named('b', 'B')));
    server.store.book('contacts').remove('c.vcf');
    server.store.book('contacts').put('d.vcf', asText(named('d', 'd')));
    const changes = await provider.changes.since(token);
    expect(changes.created.map((record) => record.id)).toEqual(['d']);
    expect(changes.updated.map((record) => record.id)).toEqual(['b']);
    expect(changes.removed).toEqual(['c']);
  });

  it('does not report what came and went in between', async () => {
    const { server, provider } = await account({ quirks: 'radicale' });
    const token = await provider.changes.current();
    server.store.book('contacts').put('x.vcf', asText(person(1)));
    server.store.book('contacts').remove('x.vcf');
    expect(await provider.changes.since(token)).toMatchObject({ created: [], updated: [], removed: [] });
  });

  it('covers books made later, and starts anew when one is gone', async () => {
    const { server, provider } = await account();
    const token = await provider.changes.current();
    const book = await provider.bookAdmin.create('New');
    await provider.create({ card: person(1), bookId: book.id });
    const changes = await provider.changes.since(token);
    expect(changes.created.map((record) => record.bookIds)).toEqual([[book.id]]);
    expect(changes.reset).toBeUndefined();
    await provider.bookAdmin.delete('friends');
    expect((await provider.changes.since(changes.token)).reset).toBe(true);
    server.assertClean();
  });

  it('gives tokens that stay small', async () => {
    const { server, provider } = await account();
    for (let at = 0; at < 2000; at++) server.store.book('contacts').put(`${at}-${Math.sin(at)}.vcf`, 'x');
    expect((await provider.changes.current()).length).toBeLessThan(8000);
  });

  it.each(['', 'x', 'H4sIAAAAAAAAA6vmUgACAKwdJvEEAAAA', Buffer.from('{}').toString('base64url')])(
    'takes %j for a token it does not know',
    async (token) => {
      const { provider } = await account();
      expect((await provider.changes.since(token)).reset).toBe(true);
    },
  );
});

describe('books', () => {
  it.each(['plain', 'cyrus', 'davical', 'sogo', 'radicale', 'odd'] as const)(
    'get and keep the name they are given (%s)',
    async (quirks) => {
      const { server, provider } = await account({ quirks }, quirks === 'odd' ? {} : {});
      const book = await provider.bookAdmin.create('Rot & <Weiß>');
      expect(book).toMatchObject({ name: 'Rot & <Weiß>', isDefault: false, readOnly: false });
      expect(server.store.book('rot-weiss').name).toBe('Rot & <Weiß>');
      await expect(provider.bookAdmin.create('Rot & <Weiß>')).rejects.toBeInstanceOf(Conflict);
      await provider.bookAdmin.delete(book.id);
      expect(server.store.books.has('rot-weiss')).toBe(false);
      await expect(provider.bookAdmin.delete(book.id)).rejects.toBeInstanceOf(NotFound);
      server.assertClean();
    },
  );

  it('take another path when theirs is taken, and never the place of the default', async () => {
    const { provider } = await account();
    expect(await provider.bookAdmin.create('friends')).toMatchObject({ id: 'friends-2', name: 'friends' });
    await provider.bookAdmin.create('Aardvarks');
    expect((await provider.books()).find((book) => book.isDefault)?.id).toBe('contacts');
  });

  it('a delete that is answered 404 and did nothing is NotFound', async () => {
    const { server, provider } = await account();
    await provider.books();
    server.fault({ method: 'DELETE', kind: { status: 404 } });
    await expect(provider.bookAdmin.delete('friends')).rejects.toBeInstanceOf(NotFound);
  });
});

describe('move and copy', () => {
  it.each(['plain', 'radicale', 'xandikos', 'sogo', 'sabre'] as const)(
    'go the way the server knows (%s)',
    async (quirks) => {
      const { server, provider } = await account({ quirks });
      const { id } = await provider.create({ card: rich() });
      const moved = await provider.move(await provider.get(id), 'friends');
      expect(moved).toMatchObject({ id: `friends/${id}`, bookIds: ['friends'] });
      expect(moved.etag).toBe(server.store.book('friends').cards.get(`${id}.vcf`)?.etag);
      expect(server.store.book('contacts').cards.size).toBe(0);
      const copied = await provider.copy(await provider.get(moved.id), 'contacts');
      expect(copied.id).toBe(id);
      await expect(provider.move(await provider.get(moved.id), 'contacts')).rejects.toBeInstanceOf(Conflict);
      expect(server.store.book('friends').cards.size).toBe(1);
      server.assertClean();
    },
  );
});
