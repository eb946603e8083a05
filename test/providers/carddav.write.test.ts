/** Quirks of CardDAV servers that the suite for all providers does not ask for: writing. */
import { describe, expect, it } from 'vitest';
import type { ContactRecord } from '../../src/model/card.js';
import { Conflict, NotFound, Refused, UnknownOutcome } from '../../src/model/errors.js';
import { change } from '../conformance/suite.js';
import { PICTURE, person, rich } from '../conformance/cards.js';
import { account, asText, methods, named } from '../support/carddav-account.js';

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
    const { id, bookIds, card, etag } = await provider.get('bare');
    const image: ContactRecord = { id, bookIds, card, ...(etag !== undefined && { etag }) };
    const { etag: next } = await provider.update(id, change(image, { kind: 'org' }));
    expect(server.store.book('contacts').cards.get('bare')?.data).toContain('org');
    await provider.delete({ ...image, ...(next !== undefined && { etag: next }) });
    expect(server.store.book('contacts').cards.size).toBe(0);
  });
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
