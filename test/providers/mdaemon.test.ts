import { describe, expect, test } from 'vitest';
import { mdaemon } from '../../src/providers/mdaemon/index.js';
import { baseUrl } from '../../src/providers/mdaemon/api.js';
import { PAGE_SIZE } from '../../src/providers/mdaemon/read.js';
import { Secret } from '../../src/model/text.js';
import type { ProviderContext } from '../../src/providers/types.js';
import { tinyJpeg } from '../fakes/pictures.js';
import { all, connect } from './mdaemon-setup.js';

const jpeg = Buffer.from(tinyJpeg(1).bytes).toString('base64');

describe('the URL', () => {
  test.each([
    ['https://mail.example.com', 'https://mail.example.com/WorldClientAPI/'],
    ['https://mail.example.com/', 'https://mail.example.com/WorldClientAPI/'],
    ['https://mail.example.com/WorldClientAPI', 'https://mail.example.com/WorldClientAPI/'],
    ['https://mail.example.com/worldclientapi/?x=1', 'https://mail.example.com/WorldClientAPI/'],
    ['mail.example.com:3000', 'https://mail.example.com:3000/WorldClientAPI/'],
    ['http://127.0.0.1:3000/webmail/', 'http://127.0.0.1:3000/webmail/WorldClientAPI/'],
  ])('%s', (given, base) => expect(baseUrl(given, 'work')).toBe(base));

  test('none, or nonsense', () => {
    expect(() => baseUrl(undefined, 'work')).toThrow(/needs a URL/);
    expect(() => baseUrl('https://', 'work')).toThrow(/is none/);
  });
});

describe('signing in', () => {
  test('check says who and what it found; close signs out', async () => {
    const { fake, provider } = await connect();
    fake.store.addFolder({ display_name: 'Suppliers', public: true, permissions: { can_read: true } });
    expect(await provider.check()).toEqual({
      user: 'ada@example.com',
      server: `MDaemon at ${new URL(fake.url).host}`,
      details: { 'Address books': 'Contacts (default), Suppliers (shared, read-only)' },
    });
    expect(fake.sessions()).toBe(1);
    await provider.close();
    expect(fake.sessions()).toBe(0);
    expect(fake.counts()).toEqual({ 'authenticate basic': 1, folders: 1, 'authenticate logout': 1 });
    fake.assertClean();
  });

  test('the session and the password are in no URL and in no trace', async () => {
    const { fake, provider, trace } = await connect({ csrf: true });
    await provider.create?.({ card: { '@type': 'Card', version: '1.0', uid: 'urn:uuid:1', name: { full: 'Ada' } } });
    const session =
      /Bearer (.*)/.exec(fake.requests.find(({ kind }) => kind === 'create')?.headers['authorization'] ?? '')?.[1] ??
      'none';
    const csrf = String(fake.requests.find(({ kind }) => kind === 'create')?.headers['x-csrf-token']);
    await provider.close();
    const secrets = [session, csrf, 'correct horse'];
    for (const { url } of fake.requests)
      for (const secret of [...secrets, 'session=']) expect(url).not.toContain(secret);
    expect(trace.length).toBeGreaterThan(4);
    for (const line of trace) for (const secret of secrets) expect(line).not.toContain(secret);
    fake.assertClean();
  });

  test.each([
    [{ password: 'other' }, 'auth', /wrong user or password/],
    [{ frozen: true }, 'auth', /frozen or disabled/],
    [{ terms: true }, 'auth', /terms of use/],
    [{ warning: 'TwoFactorAuthRequired' }, 'auth', /second factor at each sign-in/],
    [{ warning: 'OldPassword' }, 'auth', /password has expired/],
    [{ warning: 'TwoFactorAuthSetupRequired' }, 'auth', /second factor must be set up/],
  ] as const)('refused: %j', async (options, code, message) => {
    const { fake, provider } = await connect(options, {
      secret: async () => new Secret('correct horse'),
    });
    const failed = await provider.check().catch((error: unknown) => error);
    expect(failed).toMatchObject({
      code,
      exit: 4,
      message: expect.stringMatching(message) as string,
      hint: expect.any(String) as string,
    });
    // No second try: accounts are locked after a few.
    await expect(all(provider.list({}))).rejects.toMatchObject({ code });
    expect(fake.counts()['authenticate basic']).toBe(1);
    await provider.close();
    expect(fake.sessions()).toBe(0);
    fake.assertClean();
  });

  test('user or password missing: nothing is sent', async () => {
    const { fake, again } = await connect();
    const noUser = await again({ user: ' ' });
    await expect(noUser.check()).rejects.toMatchObject({ code: 'usage', message: 'no user to sign in with' });
    const noPassword = await again({ secret: async () => undefined } satisfies Partial<ProviderContext>);
    await expect(noPassword.check()).rejects.toMatchObject({ code: 'usage', message: 'no password to sign in with' });
    expect(fake.requests).toEqual([]);
  });

  test('servers that guard logins and writes with CSRF tokens', async () => {
    const { fake, provider } = await connect({ csrf: true, loginToken: true });
    await provider.create?.({ card: { '@type': 'Card', version: '1.0', uid: 'urn:uuid:1', name: { full: 'Ada' } } });
    await provider.close();
    expect(fake.counts()).toEqual({
      'authenticate basic': 2,
      loginToken: 1,
      folders: 1,
      create: 1,
      'authenticate logout': 1,
    });
    expect(fake.requests[1]?.url).toMatch(
      /^\/WorldClientAPI\/settings\/logon_settings=login_token&data=[0-9a-f-]{36}$/,
    );
    expect(
      fake.requests.filter(({ headers }) => headers['x-csrf-token'] !== undefined).map(({ kind }) => kind),
    ).toEqual(['create', 'authenticate logout']);
    expect(fake.sessions()).toBe(0);
    fake.assertClean();
  });

  test.each([
    [{ status: 401, body: { error: 'Unauthorized' } }],
    [{ status: 200, body: { error: 'InvalidSession' } }],
    [{ status: 400, body: { error: 'InvalidSession' } }],
    [{ status: 401, body: Buffer.from('') }],
  ])('a session that ended is renewed once, also for writes: %j', async (sessionError) => {
    const { fake, provider } = await connect({ sessionError });
    await provider.check();
    fake.expire();
    await Promise.all([
      all(provider.list({})),
      provider.create?.({ card: { '@type': 'Card', version: '1.0', uid: 'urn:uuid:1' } }),
    ]);
    expect(fake.counts()).toMatchObject({ 'authenticate basic': 2 });
    expect(fake.store.contacts.size).toBe(1);
    fake.assertClean();
  });

  test('a session that never holds ends with a sign-in error', async () => {
    const { fake, provider } = await connect();
    fake.fault({ kind: 'expired', on: 'folders', times: 99 });
    await expect(provider.books()).rejects.toMatchObject({ code: 'auth', exit: 4 });
    expect(fake.counts()['authenticate basic']).toBe(2);
  });

  test('a login page instead of JSON is named', async () => {
    const { fake, provider } = await connect();
    fake.fault({ kind: 'html', on: 'authenticate basic' });
    await expect(provider.check()).rejects.toMatchObject({
      code: 'protocol',
      message: expect.stringContaining('answered with a web page, not JSON') as string,
    });
    fake.fault({ kind: 'html', on: 'page' });
    await expect(all(provider.list({}))).rejects.toMatchObject({ code: 'protocol' });
  });
});

describe('address books', () => {
  test.each(['folders', 'other-key', 'list', 'none'] as const)('folders answered as %s', async (folderRoute) => {
    const { fake, provider } = await connect({ folderRoute });
    fake.store.add({ name: 'Ada' });
    expect(await provider.books()).toEqual([{ id: '12', name: 'Contacts', isDefault: true, readOnly: false }]);
    expect((await all(provider.list({}))).map(({ bookIds }) => bookIds)).toEqual([['12']]);
    fake.assertClean();
  });

  test('default, paths, permissions; own readable ones are read', async () => {
    const { fake, provider } = await connect();
    const inner = fake.store.addFolder({ display_name: 'Clients', path: 'Contacts/Clients', parent_id: 12 });
    const shared = fake.store.addFolder({
      display_name: 'Team',
      shared: true,
      permissions: { can_read: true, can_create: true },
    });
    const locked = fake.store.addFolder({ display_name: 'Locked', permissions: { can_rename: true } });
    const openBook = fake.store.addFolder({ display_name: 'Public', public: true, permissions: { can_read: true } });
    for (const { id } of [inner, shared, openBook]) fake.store.add({ name: `in ${id}` }, id);
    fake.store.add({ name: 'in 12' });
    expect(await provider.books()).toEqual([
      { id: '12', name: 'Contacts', isDefault: true, readOnly: false },
      { id: String(inner.id), name: 'Clients', description: 'Contacts/Clients', isDefault: false, readOnly: false },
      { id: String(shared.id), name: 'Team', isDefault: false, readOnly: false },
      { id: String(locked.id), name: 'Locked', isDefault: false, readOnly: true },
      { id: String(openBook.id), name: 'Public', isDefault: false, readOnly: true },
    ]);
    const names = (records: { card: { name?: { full?: string } } }[]) => records.map(({ card }) => card.name?.full);
    expect(names(await all(provider.list({})))).toEqual(['in 12', `in ${inner.id}`]);
    const read = await all(provider.list({ bookIds: [String(openBook.id)] }));
    expect(names(read)).toEqual([`in ${openBook.id}`]);
    expect(read[0]?.readOnly).toBe(true);
    await expect(all(provider.list({ bookIds: [String(locked.id)] }))).rejects.toMatchObject({
      code: 'refused',
      why: 'InadequatePermissions',
    });
    await expect(all(provider.list({ bookIds: ['99999'] }))).rejects.toMatchObject({ code: 'notFound' });
    fake.assertClean();
  });

  test('create, rename (the id may change), delete', async () => {
    const { fake, provider } = await connect();
    const made = await provider.bookAdmin?.create('Clients');
    expect(made).toMatchObject({ name: 'Clients', isDefault: false });
    fake.store.add({ name: 'Ada' }, Number(made?.id));
    const renamed = await provider.bookAdmin?.rename(made?.id ?? '', 'Customers');
    expect(renamed).toMatchObject({ name: 'Customers' });
    expect(renamed?.id).not.toBe(made?.id);
    expect((await provider.books()).map(({ name }) => name)).toEqual(['Contacts', 'Customers']);
    await provider.bookAdmin?.delete(renamed?.id ?? '');
    expect((await provider.books()).map(({ name }) => name)).toEqual(['Contacts']);
    expect(fake.store.contacts.size).toBe(0);
    await expect(provider.bookAdmin?.delete('99')).rejects.toMatchObject({ code: 'notFound' });
    await expect(provider.bookAdmin?.delete('12')).rejects.toMatchObject({ code: 'refused' });
    fake.assertClean();
  });
});

describe('lists', () => {
  test.each([0, 1, PAGE_SIZE - 1, PAGE_SIZE, PAGE_SIZE + 1, PAGE_SIZE * 3])(
    '%i contacts: no request too many',
    async (count) => {
      const { fake, provider } = await connect();
      for (let i = 0; i < count; i += 1) fake.store.add({ name: `n${i}` });
      const names = (await all(provider.list({}))).map(({ card }) => card.name?.full);
      expect(names).toEqual(Array.from({ length: count }, (_, i) => `n${i}`));
      expect(fake.counts()).toEqual({
        'authenticate basic': 1,
        folders: 1,
        page: Math.max(1, Math.ceil(count / PAGE_SIZE)),
      });
      for (const { url, kind } of fake.requests)
        if (kind === 'page') expect(url).toMatch(/^\/WorldClientAPI\/contacts\/12\/page\/\d+\?max_per_page=500$/);
      fake.assertClean();
    },
  );

  test('a server with smaller pages, with and without totals, with and without blanks', async () => {
    for (const options of [{ maxPageSize: 7 }, { maxPageSize: 7, total: false, blanks: false }]) {
      const { fake, provider } = await connect(options);
      for (let i = 0; i < 30; i += 1) fake.store.add({ name: `n${i}` });
      expect(await all(provider.list({}))).toHaveLength(30);
      expect(fake.counts()['page']).toBe(5);
    }
  });

  test('the next page is on its way while the last one is used, and no more than that', async () => {
    const { fake, provider } = await connect({ maxPageSize: 2 });
    for (let i = 0; i < 20; i += 1) fake.store.add({ name: `n${i}` });
    for await (const record of provider.list({})) {
      expect(record.card.name).toEqual({ full: 'n0' });
      break;
    }
    await provider.books();
    expect(fake.counts()['page']).toBeLessThanOrEqual(2);
  });

  test('contacts that go while it is read: none of the others is missed', async () => {
    const { fake, provider } = await connect({ maxPageSize: 2 });
    const added = Array.from({ length: 9 }, (_, i) => fake.store.add({ name: `n${i}` }));
    const names: (string | undefined)[] = [];
    for await (const { card } of provider.list({})) {
      names.push(card.name?.full);
      if (names.length === 3) for (const { id } of added.slice(0, 2)) fake.store.contacts.delete(id);
    }
    expect(new Set(names)).toEqual(new Set(added.map((_, i) => `n${i}`)));
    expect(names).toHaveLength(9);
  });

  test('groups are no contacts', async () => {
    const { fake, provider } = await connect();
    const group = fake.store.add({ name: 'Team', group: true });
    fake.store.add({ name: 'Ada' });
    expect((await all(provider.list({}))).map(({ card }) => card.name?.full)).toEqual(['Ada']);
    await expect(provider.get(group.id)).rejects.toMatchObject({ code: 'notFound' });
  });

  test('pictures only when asked for, only where there are some, in order', async () => {
    const { fake, provider } = await connect();
    for (let i = 0; i < 40; i += 1) fake.store.add({ name: `n${i}`, ...(i % 4 === 0 ? { picture: jpeg } : {}) });
    const plain = await all(provider.list({}));
    expect(plain.filter(({ hasPhoto }) => hasPhoto)).toHaveLength(10);
    expect(fake.counts()['contact']).toBeUndefined();
    const whole = await all(provider.list({ media: true }));
    expect(whole.map(({ card }) => card.name?.full)).toEqual(plain.map(({ card }) => card.name?.full));
    expect(whole.filter(({ card }) => card.media !== undefined)).toHaveLength(10);
    expect(whole.some(({ hasPhoto }) => hasPhoto)).toBe(false);
    expect(whole[0]?.card.media).toEqual({ picture: { kind: 'photo', uri: `data:image/jpeg;base64,${jpeg}` } });
    expect(whole.map(({ etag }) => etag)).toEqual(plain.map(({ etag }) => etag));
    expect(fake.counts()['contact']).toBe(10);
    expect(fake.most()).toBeLessThanOrEqual(mdaemon.limits.concurrency);
    fake.assertClean();
  });

  test('nothing ever sends a sort order: the server would keep it for the user', async () => {
    const { fake, provider } = await connect();
    await all(provider.list({ sort: { key: 'name', descending: true } }));
    expect(fake.requests.some(({ url }) => url.includes('sort'))).toBe(false);
    expect(provider.honours).toBeUndefined();
  });
});

describe('one contact', () => {
  test('by id, in whichever folder; `full` is never used', async () => {
    const { fake, provider } = await connect();
    const folder = fake.store.addFolder({ display_name: 'Clients' });
    const shared = fake.store.addFolder({ display_name: 'Team', shared: true, permissions: { can_read: true } });
    const here = fake.store.add({ name: 'Ada', picture: jpeg });
    const there = fake.store.add({ name: 'Bob' }, folder.id);
    const far = fake.store.add({ name: 'Cy' }, shared.id);
    expect(await provider.get(here.id)).toMatchObject({
      id: here.id,
      bookIds: ['12'],
      uidDerived: true,
      card: { media: {} },
    });
    expect(fake.counts()['contact']).toBe(1);
    expect(await provider.get(there.id)).toMatchObject({ bookIds: [String(folder.id)] });
    expect(fake.counts()['contact']).toBe(3);
    await provider.get(there.id);
    expect(fake.counts()['contact']).toBe(4);
    expect(await provider.get(far.id)).toMatchObject({ readOnly: true });
    await expect(provider.get('nobody')).rejects.toMatchObject({ code: 'notFound', exit: 5, contact: 'nobody' });
    expect(fake.requests.some(({ url }) => url.includes('full'))).toBe(false);
    fake.assertClean();
  });

  test.each([200, 400, 404])('an unknown id is not found, with status %i', async (errorStatus) => {
    const { provider } = await connect({ errorStatus });
    await expect(provider.get('00000000-0000-4000-8000-000000000000')).rejects.toMatchObject({ code: 'notFound' });
  });

  test('ids with odd characters are encoded', async () => {
    const { fake, provider } = await connect();
    const id = '{8F14E45F-CEEA-467F-9575-6C5A1B2C3D4E}';
    fake.store.add({ id, name: 'Ada' });
    expect((await provider.get(id)).card.uid).toBe('urn:uuid:8f14e45f-ceea-467f-9575-6c5a1b2c3d4e');
    await expect(provider.get('../../x?y#z')).rejects.toMatchObject({ code: 'notFound' });
    expect(fake.requests.at(-1)?.url).toBe('/WorldClientAPI/contacts/12/contact/..%2F..%2Fx%3Fy%23z');
    fake.assertClean();
  });
});

describe('search and autocomplete', () => {
  test('search sends what the page names, and reads until nothing new comes', async () => {
    const { fake, provider } = await connect({ pageSize: 3 });
    for (let i = 0; i < 7; i += 1) fake.store.add({ name: `Ada ${i}`, phone: { mobile: '0170' } });
    fake.store.add({ name: 'Bob' });
    const found = await all(provider.search?.(['a', 'ada'], {}) ?? []);
    expect(found).toHaveLength(7);
    expect(fake.requests.filter(({ kind }) => kind === 'search').map(({ url }) => url)).toEqual(
      [1, 2, 3, 4].map((page) => `/WorldClientAPI/contacts/12/page/${page}?search=ada`),
    );
    // What the server does not look into is not claimed.
    expect(provider.searchCovers).not.toContain('phones');
    expect(provider.searchCovers).not.toContain('notes');
    fake.assertClean();
  });

  test('autocomplete: a row an address, groups with all of theirs, no folder request', async () => {
    const { fake, provider } = await connect({ pageSize: 2 });
    const ada = fake.store.add({ name: 'Ada King', emails: { email: 'ada@example.com', email2: 'king@example.com' } });
    const team = fake.store.add({
      name: 'Adas team',
      group: true,
      members: [
        { guid: '', name: '', email: 'x@y.example' },
        { guid: '', name: '', email: 'z@y.example' },
      ],
    });
    fake.store.add({ name: 'Adam' });
    expect(await provider.autocomplete?.(' ada ', 10)).toEqual([
      { id: ada.id, name: 'Ada King', email: 'ada@example.com', bookId: '12' },
      { id: ada.id, name: 'Ada King', email: 'king@example.com', bookId: '12' },
      { id: team.id, name: 'Adas team', email: 'x@y.example,z@y.example', group: true, bookId: '12' },
    ]);
    expect(fake.counts()).toEqual({ 'authenticate basic': 1, autocomplete: 2 });
    expect(fake.requests[1]?.url).toBe('/WorldClientAPI/contacts/personal/page/1?autocomplete=1&search=ada');
    expect(await provider.autocomplete?.('', 1)).toHaveLength(1);
    fake.assertClean();
  });
});
