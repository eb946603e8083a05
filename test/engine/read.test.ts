import { describe, expect, it } from 'vitest';
import { requireAbility } from '../../src/engine/abilities.js';
import { resolveBooks } from '../../src/engine/books.js';
import { readChanges } from '../../src/engine/changes.js';
import { completeAddresses, readContacts, SEARCHED_FIELDS } from '../../src/engine/query.js';
import { selectContacts } from '../../src/engine/select.js';
import type { ContactRecord } from '../../src/model/card.js';
import { NotFound, Unsupported, UsageError } from '../../src/model/errors.js';
import { memoryServer, type MemoryServer } from '../fakes/memory.js';
import { all, person } from './support.js';

function filled(options: Parameters<typeof memoryServer>[0] = {}): MemoryServer {
  const server = memoryServer(options);
  server.add(person('Zoë Ångström', { addresses: { a: { components: [{ kind: 'locality', value: 'Malmö' }] } } }));
  server.add(person('Anna Meyer', { organizations: { o: { name: 'Acme' } }, phones: { p: { number: '+49 30 1' } } }));
  server.add(person('Bert', { emails: {}, notes: { n: { note: 'met at Acme' } } }));
  server.add(
    person('carl', { emails: { a: { address: 'carl@b.org', pref: 2 }, b: { address: 'c@first.org', pref: 1 } } }),
  );
  return server;
}
const names = (records: ContactRecord[]): string[] => records.map((record) => record.card.name?.full ?? '');

describe('readContacts', () => {
  it.each([
    ['zoe', ['Zoë Ångström']],
    ['ANGSTROM malmo', ['Zoë Ångström']],
    ['acme', ['Anna Meyer', 'Bert']],
    ['acme anna', ['Anna Meyer']],
    ['acme nobody', []],
  ])('finds %s: every word, without case and accents', async (query, expected) => {
    expect(names(await all(readContacts(filled().connection, { query })))).toEqual(expected);
  });

  it('asks the server first, reads on only where its search does not cover every field, and filters again', async () => {
    const server = filled();
    const [, anna] = [...server.contacts.values()];
    const asked: string[][] = [];
    server.provider.search = async function* (words) {
      asked.push([...words]);
      if (anna !== undefined) yield await Promise.resolve(anna);
    };
    expect(names(await all(readContacts(server.connection, { query: 'acme' })))).toEqual(['Anna Meyer', 'Bert']);
    expect(server.calls.get('list')).toBe(1);
    Object.assign(server.provider, { searchCovers: SEARCHED_FIELDS });
    expect(names(await all(readContacts(server.connection, { query: 'Acme anna' })))).toEqual(['Anna Meyer']);
    expect(names(await all(readContacts(server.connection, { query: 'acme bert' })))).toEqual([]);
    expect(server.calls.get('list')).toBe(1);
    expect(asked).toEqual([['acme'], ['acme', 'anna'], ['acme', 'bert']]);
  });

  it('sorts, pages, and stops reading when it has enough', async () => {
    const { connection } = filled();
    expect(names(await all(readContacts(connection, { sort: 'name' })))).toEqual([
      'Anna Meyer',
      'Bert',
      'carl',
      'Zoë Ångström',
    ]);
    expect(names(await all(readContacts(connection, { sort: 'name', descending: true, limit: 2 })))).toEqual([
      'Zoë Ångström',
      'carl',
    ]);
    expect(names(await all(readContacts(connection, { sort: 'name', offset: 1, limit: 1 })))).toEqual(['Bert']);
    // Without a company: last, in both directions.
    expect(names(await all(readContacts(connection, { sort: 'company', descending: true })))[0]).toBe('Anna Meyer');
    let read = 0;
    const server = filled({ onCall: (op) => void (read += op === 'list.item' ? 1 : 0) });
    expect(names(await all(readContacts(server.connection, { offset: 1, limit: 1 })))).toEqual(['Anna Meyer']);
    expect(read).toBe(2);
    expect(await all(readContacts(server.connection, { limit: 0 }))).toEqual([]);
  });

  it('sorts more than fits in memory', async () => {
    const server = memoryServer();
    for (let n = 0; n < 6001; n++)
      server.add({
        '@type': 'Card',
        version: '1.0',
        uid: `${n}`,
        name: { full: `N ${String((n * 7919) % 6001).padStart(5, '0')}` },
      });
    const sorted = names(await all(readContacts(server.connection, { sort: 'name' })));
    expect(sorted).toEqual([...sorted].sort());
    expect(sorted).toHaveLength(6001);
  });

  it('filters by group, address, number, picture', async () => {
    const server = filled();
    const [first] = [...server.contacts.keys()];
    server.groups.set('g1', { id: 'g1', name: 'Friends', memberIds: [first ?? ''] });
    expect(names(await all(readContacts(server.connection, { group: 'friends' })))).toEqual(['Zoë Ångström']);
    expect(names(await all(readContacts(server.connection, { has: ['email', 'phone'] })))).toEqual(['Anna Meyer']);
    await expect(all(readContacts(server.connection, { group: 'Frends' }))).rejects.toMatchObject({
      hint: expect.stringContaining('Friends') as string,
    });
    await expect(all(readContacts(server.connection, { changedSince: 'x' }))).rejects.toThrow(Unsupported);
  });
});

describe('completeAddresses', () => {
  it('ranks the beginning of name or address first, one row an address, best first', async () => {
    const { connection } = filled();
    expect((await completeAddresses(connection, 'c', 10)).map((row) => row.email)).toEqual([
      'c@first.org',
      'carl@b.org',
      'anna.meyer@example.org',
    ]);
    expect((await completeAddresses(connection, 'MEY', 10)).map((row) => row.name)).toEqual(['Anna Meyer']);
    expect(await completeAddresses(connection, '', 1)).toHaveLength(1);
    expect(await completeAddresses(connection, 'nobody', 5)).toEqual([]);
  });

  it('takes what the server says, without doubles', async () => {
    const server = filled();
    const row = { id: '1', name: 'A', email: 'A@b.org' };
    server.provider.autocomplete = () => Promise.resolve([row, { ...row, email: 'a@B.org' }, { ...row, email: '' }]);
    expect(await completeAddresses(server.connection, 'a', 5)).toEqual([row]);
  });
});

describe('selectContacts', () => {
  it('gets an id with one request and no list', async () => {
    const server = filled();
    const [id = ''] = [...server.contacts.keys()];
    expect(names(await selectContacts(server.connection, [id]))).toEqual(['Zoë Ångström']);
    expect(server.calls.get('list')).toBeUndefined();
  });

  it('takes prefixes, addresses, uids and names, each contact once, with one list', async () => {
    const server = filled();
    const ids = [...server.contacts.keys()];
    const uid = person('Bert').uid.replace('urn:uuid:', '').toUpperCase();
    const found = await selectContacts(server.connection, [
      'email:ANNA.MEYER@example.org',
      `uid:${uid}`,
      'name:"anna MEYER"',
      ids[3] ?? '',
    ]);
    expect(names(found)).toEqual(['Anna Meyer', 'Bert', 'carl']);
    expect(server.calls.get('list')).toBe(1);
    expect(names(await selectContacts(server.connection, ['memory-00001']))).toEqual(['Zoë Ångström']);
  });

  it('refuses what fits several, naming them, and what fits none', async () => {
    const { connection } = filled();
    await expect(selectContacts(connection, ['memory-0'])).rejects.toThrow(UsageError);
    await expect(selectContacts(connection, ['memory-0'])).rejects.toMatchObject({
      exit: 2,
      why: expect.stringContaining('memory-00002 (Anna Meyer)') as string,
    });
    await expect(selectContacts(connection, ['mem'])).rejects.toMatchObject({
      exit: 5,
      hint: expect.stringContaining('4 characters') as string,
    });
    await expect(selectContacts(connection, ['email:'])).rejects.toThrow(UsageError);
  });
});

describe('books and abilities', () => {
  it('finds books by name, path or id and lists what there is', async () => {
    const books = [
      { id: '/dav/u/work/', name: 'Work', isDefault: true, readOnly: false },
      { id: '/dav/u/x1/', name: 'Privé', isDefault: false, readOnly: false },
      { id: '/dav/u/x2/', name: 'Twin', isDefault: false, readOnly: false },
      { id: '/dav/u/x3/', name: 'Twin', isDefault: false, readOnly: false },
    ];
    const { connection } = memoryServer({ books });
    const ids = async (...wanted: string[]): Promise<string[]> =>
      (await resolveBooks(connection, wanted)).map((book) => book.id);
    expect(await ids('work', '/dav/u/work', 'prive', 'x3')).toEqual(['/dav/u/work/', '/dav/u/x1/', '/dav/u/x3/']);
    expect(await ids()).toHaveLength(4);
    await expect(ids('Nope')).rejects.toMatchObject({
      exit: 5,
      hint: expect.stringContaining('Work, Privé') as string,
    });
    await expect(ids('Twin')).rejects.toThrow(UsageError);
  });

  it('refuses by name and before any request', () => {
    const server = memoryServer({
      name: 'portsip',
      groups: 'none',
      project: ({ keywords: _, ...card }) => card,
      without: ['delete'],
    });
    expect(() => requireAbility(server.connection, 'groups')).toThrow('portsip has no groups');
    expect(() => requireAbility(server.connection, 'delete')).toThrow(Unsupported);
    expect(() => requireAbility(server.connection, 'search')).not.toThrow();
    expect(() => requireAbility({ ...server.connection, readOnly: true }, 'create')).toThrow(/read-only/);
    expect(() => requireAbility({ ...server.connection, readOnly: true }, 'autocomplete')).not.toThrow();
    expect(server.calls.size).toBe(0);
  });

  it('gives a token taken before the list, and each id once', async () => {
    const server = filled();
    const order: string[] = [];
    const [one, two] = [...server.contacts.values()];
    if (one === undefined || two === undefined) throw new Error('no contacts');
    server.provider.changes = {
      current: () => Promise.resolve(String(order.push('token'))),
      since: () =>
        Promise.resolve({ created: [one], updated: [{ ...one, etag: 'later' }, two], removed: [two.id], token: 't' }),
    };
    expect(await readChanges(server.connection, { all: false })).toMatchObject({ created: [], token: '1' });
    expect((await readChanges(server.connection, { all: true })).created).toHaveLength(4);
    expect(await readChanges(server.connection, { since: 't0', all: false })).toEqual({
      created: [{ ...one, etag: 'later' }],
      updated: [],
      removed: [two.id],
      token: 't',
    });
    expect(NotFound).toBeDefined();
  });
});
