/** Quirks of CardDAV servers that the suite for all providers does not ask for: opening, reading, changes. */
import { describe, expect, it } from 'vitest';
import { AuthError, Conflict, NotFound, Refused, UsageError } from '../../src/model/errors.js';
import { carddav } from '../../src/providers/carddav.js';
import { all } from '../conformance/suite.js';
import { person, rich } from '../conformance/cards.js';
import { account, asText, named } from '../support/carddav-account.js';
import { testContext } from '../support/context.js';

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
      server: expect.stringMatching(/^127\.0\.0\.1:\d+$/) as string,
      details: {
        'address books': 'Contacts, Friends',
        vCard: '4.0',
        changes: 'sync-collection',
        software: 'Cyrus-HTTP/3.6.1',
      },
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
