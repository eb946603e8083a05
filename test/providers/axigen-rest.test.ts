import { describe, expect, test } from 'vitest';
import type { TestContextOptions } from '../support/context.js';
import type { AxigenOptions } from '../fakes/axigen.js';
import { requireAbility } from '../../src/engine/abilities.js';
import type { ContactRecord } from '../../src/model/card.js';
import { people } from '../fakes/people.js';
import { photoUri, tinyPng } from '../fakes/pictures.js';
import { all, cardOf, connect, open, start, textOf, type Connected, matching } from './axigen-setup.js';

/** The driver with CardDAV off: all it has is the Mailbox API. */
async function restOnly(
  options: AxigenOptions = {},
  changes: TestContextOptions = {},
): Promise<Pick<Connected, 'fake' | 'provider' | 'ctx'>> {
  const fake = await start({ davOff: 404, ...options });
  return { fake, ...(await open(fake, changes)) };
}

const named = (full: string, email?: string) =>
  textOf(cardOf({ name: { full }, ...(email === undefined ? {} : { emails: { e1: { address: email } } }) }));

describe('with CardDAV off', () => {
  test.each([400, 403, 404, 405, 501, 'page', 'json'] as const)(
    'status %s: read-only, said aloud, and no way to write',
    async (davOff) => {
      const { fake, provider, ctx } = await restOnly({ davOff });
      expect(ctx.warnings).toEqual([matching(/CardDAV is off.*only be read/)]);
      const members = Object.keys(provider);
      for (const write of ['create', 'update', 'delete', 'lookup', 'move', 'copy', 'groups'])
        expect(members).not.toContain(write);
      expect(await provider.check()).toMatchObject({
        user: 'ann@example.com',
        details: { access: matching(/^read-only/) },
      });
      fake.assertClean();
    },
  );

  test.each([500, 503] as const)('status %i, again and again: read-only, and the reason is told', async (davOff) => {
    const { fake, provider, ctx } = await restOnly({ davOff });
    expect(ctx.warnings).toEqual([
      matching(new RegExp(`CardDAV fails on this server \\(HTTP ${String(davOff)}\\).*only be read`)),
    ]);
    expect(provider.definition.limited).toMatch(/CardDAV fails/);
    expect(Object.keys(provider)).not.toContain('create');
    fake.assertClean();
  });

  test('opening asks the Contacts page alone', async () => {
    const { fake } = await restOnly();
    expect(Object.keys(fake.counts()).filter((kind) => !kind.startsWith('PROPFIND'))).toEqual([
      'POST login',
      'GET contacts/',
    ]);
    expect(fake.requests.at(-1)?.query).toContain('syncTokenOnly=true');
    fake.assertClean();
  });

  test('a server with the Contacts page only: everything is read, and told once', async () => {
    const { fake, provider, ctx } = await restOnly({ mode: 'contacts-only', pageCap: 3 });
    for (const card of people(7, { hard: false })) fake.add(textOf(card));
    fake.add(named('In Domain'), { directory: true });
    expect(await provider.check()).toMatchObject({ user: fake.user, details: { access: matching(/^read-only/) } });
    expect(await all(provider.list({}))).toHaveLength(8);
    const books = await provider.books();
    expect(books).toMatchObject([{ name: 'All contacts', isDefault: true, readOnly: true }]);
    const bookIds = books.map(({ id }) => id);
    expect(await all(provider.list({ bookIds }))).toHaveLength(8);
    const token = await provider.changes?.current();
    fake.add(named('New'));
    expect((await provider.changes?.since(token))?.created).toHaveLength(1);
    const whole = await provider.changes?.since(await provider.changes.current(bookIds), bookIds);
    expect(whole).toMatchObject({ created: [], removed: [] });
    expect(ctx.warnings).toEqual([matching(/CardDAV is off/), matching(/does not list its folders/)]);
    fake.assertClean();
  });

  test('folders that may not be listed (403): the same', async () => {
    const { fake, provider, ctx } = await restOnly({ foldersOff: 403 });
    fake.add(named('Mine'));
    expect(await all(provider.list({}))).toHaveLength(1);
    expect(await all(provider.list({}))).toHaveLength(1);
    expect(await provider.books()).toHaveLength(1);
    expect(ctx.warnings.slice(1)).toEqual([matching(/does not list its folders/)]);
    // What fails for another reason is no reason to read more than the own contacts.
    fake.fault({ kind: '500', on: 'folders', times: 9 });
    await expect(all(provider.list({}))).rejects.toMatchObject({ code: 'unavailable' });
  });

  test.each([
    ['null', (): null => null],
    ['absent', (): undefined => undefined],
  ] as const)('`totalItems` and empty lists %s: pages until there is nothing more', async (empty, total) => {
    for (const count of [0, 4, 5, 6]) {
      const { fake, provider } = await restOnly({ pageCap: 5, empty, total });
      for (const card of people(count)) fake.add(textOf(card));
      const records = await all(provider.list({ media: true }));
      expect(new Set(records.map(({ id }) => id)).size).toBe(count);
      expect(records).toHaveLength(count);
      expect(await provider.autocomplete?.('nobody is called that', 5)).toEqual([]);
      fake.assertClean();
    }
  });

  test('contacts that are counted and not sent are no empty list', async () => {
    const { fake, provider } = await restOnly({ empty: 'null', total: () => 3 });
    await expect(all(provider.list({}))).rejects.toMatchObject({
      code: 'protocol',
      message: matching(/items must be an array/),
    });
    fake.assertClean();
  });

  test('the own folders are the books of a list; public ones are read when they are named', async () => {
    const { fake, provider } = await restOnly();
    fake.add(named('In Domain'), { directory: true });
    const books = await provider.books();
    expect(books.map(({ name, isDefault, aside }) => [name, isDefault, aside])).toEqual([
      ['Contacts', true, undefined],
      ['Collected addresses', false, undefined],
      ['Domain contacts (ann@example.com)', false, true],
      ['Public contacts (ann@example.com)', false, true],
    ]);
    expect(await all(provider.list({}))).toEqual([]);
    expect(await all(provider.list({ bookIds: [books[2]?.id ?? ''] }))).toHaveLength(1);
    const connection = {
      name: 'ax',
      kind: 'profile',
      definition: provider.definition,
      provider,
      readOnly: false,
    } as const;
    expect(() => requireAbility(connection, 'create')).toThrow(
      expect.objectContaining({ exit: 2, why: matching(/CardDAV is off on this server/) }),
    );
    fake.assertClean();
  });

  test('nine fields of each contact, in pages, by name; lists, public and trashed ones are left out', async () => {
    const { fake, provider } = await restOnly({ pageCap: 7 });
    const cards = people(30, { hard: false });
    for (const card of cards) fake.add(textOf(card));
    fake.add(named('In Domain'), { directory: true });
    fake.add(textOf(cardOf({ kind: 'group', name: { full: 'A List' }, members: { x: true } })));
    const old = fake.state.createFolder('Old', fake.user);
    fake.add(named('Trashed'), { folder: 'Old' });
    fake.state.deleteFolder(old.id);
    const records = await all(provider.list({}));
    expect(records.map(({ card }) => card.name?.full ?? '').sort()).toEqual(
      cards.map(({ name }) => name?.full ?? '').sort(),
    );
    expect(new Set(records.map(({ id }) => id)).size).toBe(30);
    const [record] = records;
    expect(record).toMatchObject({
      readOnly: true,
      uidDerived: true,
      id: matching(/^rest:/),
      bookIds: [`rest:${fake.state.folder('Contacts').id}`],
    });
    expect(Object.keys(record?.card ?? {}).sort()).toEqual(['@type', 'emails', 'name', 'uid', 'version']);
    const pages = fake.requests.filter(({ path }) => path === '/api/v1/contacts/').map(({ query }) => query);
    // The first one is how it was found out whether there is a Mailbox API.
    expect(pages.slice(1)).toEqual(
      [0, 7, 14, 21, 28].map((start) => `sort=name&dir=ASC&start=${String(start)}&limit=200`),
    );
    fake.assertClean();
  });

  test('pages are in one order though another client changes the remembered one', async () => {
    const { fake, provider } = await restOnly({ pageCap: 3 });
    for (const card of people(10)) fake.add(textOf(card));
    fake.onRequest(() => (fake.rest.sticky = { sort: 'email', dir: 'DESC' }));
    expect(await all(provider.list({}))).toHaveLength(10);
    fake.assertClean();
  });

  test('a contact removed between two pages hides no other; none comes twice', async () => {
    const { fake, provider } = await restOnly({ pageCap: 4 });
    const paths = Array.from({ length: 12 }, (_, at) =>
      fake.add(named(`N${String(at).padStart(2, '0')}`), { name: `${String(at)}.vcf` }),
    );
    let lists = 0;
    fake.onRequest(({ path }) => {
      if (path === '/api/v1/contacts/' && ++lists === 2) fake.dav.main.remove('0.vcf');
    });
    const names = (await all(provider.list({}))).map(({ card }) => card.name?.full);
    expect(names.sort()).toEqual(paths.map((_, at) => `N${String(at).padStart(2, '0')}`));
    fake.assertClean();
  });

  test.each([0, 1, 5, 4, 6, 15])('%i contacts, five a page', async (count) => {
    const { fake, provider } = await restOnly({ pageCap: 5 });
    for (const card of people(count)) fake.add(textOf(card));
    expect(await all(provider.list({}))).toHaveLength(count);
    expect(fake.counts()['GET contacts/']).toBe(1 + Math.max(1, Math.ceil(count / 5)));
  });

  test('a folder by its id; pictures when they are asked for', async () => {
    const { fake, provider } = await restOnly();
    fake.state.createFolder('Team', fake.user);
    const media = { p: { kind: 'photo', uri: photoUri(tinyPng(5)), mediaType: 'image/png' } };
    fake.add(textOf(cardOf({ name: { full: 'With' }, media })), { folder: 'Team' });
    fake.add(named('Without'), { folder: 'Team' });
    fake.add(named('Elsewhere'));
    const bookIds = [`rest:${fake.state.folder('Team').id}`];
    expect((await all(provider.list({ bookIds }))).map(({ card }) => [card.name?.full, card.media])).toEqual([
      ['With', undefined],
      ['Without', undefined],
    ]);
    const whole = await all(provider.list({ bookIds, media: true }));
    expect(whole.map(({ card }) => card.media?.['photo']?.uri)).toEqual([media.p.uri, undefined]);
    const [first] = whole;
    expect((await provider.avatars?.get(first?.id ?? ''))?.mediaType).toBe('image/png');
    expect((await provider.get(first?.id ?? '')).card.media?.['photo']?.uri).toBe(media.p.uri);
    await expect(provider.get('rest:nobody')).rejects.toMatchObject({ code: 'notFound' });
    await expect(all(provider.list({ bookIds: ['rest:nothing'] }))).rejects.toMatchObject({ code: 'notFound' });
    fake.assertClean();
  });

  test('project keeps the nine fields', async () => {
    const { provider } = await restOnly();
    const card = cardOf({
      phones: { p1: { number: '1' } },
      nicknames: { k: { name: 'N' } },
      emails: { a: { address: 'a@x' }, b: { address: 'b@x' } },
    });
    const { uid, name } = card;
    expect(provider.project(card)).toEqual({
      '@type': 'Card',
      version: '1.0',
      uid,
      name,
      nicknames: { e1: { name: 'N' } },
      emails: { e1: { address: 'a@x' } },
    });
  });
});

describe('changes by the delta', () => {
  test('created, replaced, removed; nothing; more than one round', async () => {
    const { fake, provider } = await restOnly({ pageCap: 2 });
    for (const at of [1, 2, 3, 4, 5]) fake.add(named(`N${String(at)}`), { name: `${String(at)}.vcf` });
    const token = (await provider.changes?.current()) ?? '';
    expect(await provider.changes?.since(token)).toEqual({ created: [], updated: [], removed: [], token });
    const ids = new Map((await all(provider.list({}))).map(({ card, id }) => [card.name?.full, id]));
    fake.add(named('N6'));
    fake.add(named('N1 new'), { name: '1.vcf' });
    fake.dav.main.remove('2.vcf');
    const changes = await provider.changes?.since(token);
    expect(changes?.created.map(({ card }) => card.name?.full)).toEqual(['N6']);
    expect(changes?.updated.map(({ card }) => card.name?.full)).toEqual(['N1 new']);
    expect(changes?.removed).toEqual([ids.get('N2')]);
    expect(changes?.reset).toBeUndefined();
    expect((await provider.changes?.since(changes?.token ?? ''))?.created).toEqual([]);
    expect((await provider.changes?.since(undefined))?.created).toHaveLength(5);
    fake.assertClean();
  });

  test.each([
    ['a token the server forgot', (token: string) => token, true],
    ['a token of another folder', undefined, false],
    ['no token of ours', () => 'rubbish', false],
    ['a token of the future', () => `rest.${Buffer.from('[["",3]]').toString('base64url')}`, false],
  ])('%s: begins anew', async (_name, spoil, forget) => {
    const { fake, provider } = await restOnly();
    fake.add(named('Here'));
    const other = [`rest:${fake.state.folder('Contacts').id}`];
    const token = (await provider.changes?.current(spoil === undefined ? other : undefined)) ?? '';
    if (forget) fake.state.forgetTokens();
    const changes = await provider.changes?.since(spoil?.(token) ?? token);
    expect(changes).toMatchObject({ reset: true, removed: [] });
    expect(changes?.created).toHaveLength(1);
    fake.assertClean();
  });

  test('distribution lists are in no feed', async () => {
    const { fake, provider } = await restOnly();
    fake.add(textOf(cardOf({ kind: 'group', name: { full: 'A List' }, members: { x: true } })));
    fake.add(named('Person'));
    expect((await provider.changes?.since(undefined))?.created.map(({ card }) => card.name?.full)).toEqual(['Person']);
    fake.assertClean();
  });

  test('of two folders, one that must begin anew makes both begin anew', async () => {
    const { fake, provider } = await restOnly();
    const team = fake.state.createFolder('Team', fake.user);
    fake.add(named('In team'), { folder: 'Team' });
    fake.add(named('At home'));
    const bookIds = [fake.state.folder('Contacts').id, team.id].map((id) => `rest:${id}`);
    const token = (await provider.changes?.current(bookIds)) ?? '';
    // Refused for the second folder alone: the first one's part of the feed would be empty.
    const pairs = JSON.parse(Buffer.from(token.slice(5), 'base64url').toString()) as [string, string][];
    const spoilt = pairs.map(([scope, value], at) => [scope, at === 1 ? 'forgotten' : value]);
    const changes = await provider.changes?.since(
      `rest.${Buffer.from(JSON.stringify(spoilt)).toString('base64url')}`,
      bookIds,
    );
    expect(changes).toMatchObject({ reset: true, removed: [] });
    expect(changes?.created.map(({ card }) => card.name?.full).sort()).toEqual(['At home', 'In team']);
    fake.assertClean();
  });

  test('with CardDAV on: a folder has the delta, a collection its own feed, both together one token', async () => {
    const { fake, provider } = await connect();
    const team = `rest:${fake.state.createFolder('Team', fake.user).id}`;
    fake.add(named('Anna'), { folder: 'Team', name: 'a.vcf' });
    const [one, two] = [[team], ['/Contacts/Contacts/', team]];
    const folder = (await provider.changes?.current(one)) ?? '';
    const both = (await provider.changes?.current(two)) ?? '';
    fake.add(named('Bert'), { folder: 'Team' });
    const names = (records: readonly ContactRecord[] = []): unknown[] =>
      records.map(({ id, card }) => [id.startsWith('rest:'), card.name?.full]);
    const changes = await provider.changes?.since(folder, one);
    expect(names(changes?.created)).toEqual([[true, 'Bert']]);
    const all = await provider.changes?.since(both, two);
    expect(names(all?.created)).toEqual([
      [false, 'Bert'],
      [true, 'Bert'],
    ]);
    expect(all?.reset).toBeUndefined();
    expect(await provider.changes?.since(all?.token, two)).toMatchObject({ created: [], updated: [], removed: [] });
    expect(fake.counts()['GET contacts/delta']).toBe(3);
    // A half that is stale makes both begin anew.
    fake.state.forgetTokens();
    const anew = await provider.changes?.since(all?.token, two);
    expect(anew).toMatchObject({ reset: true, removed: [] });
    expect(names(anew?.created)).toHaveLength(4);
    for (const wrong of ['rubbish', folder, `${folder}~${folder}`, '~', 'a~b~c'])
      expect(await provider.changes?.since(wrong, two)).toMatchObject({ reset: true });
    fake.assertClean();
  });

  test('an older server without the delta: the token says whether to read everything', async () => {
    const { fake, provider } = await restOnly({ mode: 'no-delta' });
    fake.add(named('One'));
    const token = (await provider.changes?.current()) ?? '';
    expect(await provider.changes?.since(token)).toMatchObject({ created: [], token });
    fake.add(named('Two'));
    const changes = await provider.changes?.since(token);
    expect(changes).toMatchObject({ reset: true });
    expect(changes?.created).toHaveLength(2);
    fake.assertClean();
  });
});

describe('autocomplete', () => {
  test('asks the server, with its limits, and shows REST ids as such', async () => {
    const { fake, provider } = await connect();
    for (let at = 0; at < 60; at += 1) fake.add(named(`Bob ${String(at)}`, `bob${String(at)}@example.org`));
    fake.add(named('Bob Nomail'));
    const found = (await provider.autocomplete?.('bob', 200)) ?? [];
    expect(found.length).toBeGreaterThan(45);
    expect(found[0]).toEqual({
      id: matching(/^rest:/),
      name: 'Bob 0',
      email: 'bob0@example.org',
      bookId: matching(/^rest:/),
    });
    expect(await provider.autocomplete?.('bob', 3)).toHaveLength(3);
    expect(await provider.autocomplete?.('  ', 3)).toEqual([]);
    expect(fake.requests.filter(({ path }) => path.endsWith('autocomplete')).map(({ query }) => query)).toEqual([
      'query=bob&limit=50',
      'query=bob&limit=3',
    ]);
    expect((await provider.get(found[1]?.id ?? '')).card.emails).toEqual({ e1: { address: 'bob1@example.org' } });
    fake.assertClean();
  });

  test('one sign-in for many calls at a time; an ended session is renewed once', async () => {
    const { fake, provider } = await connect();
    fake.add(named('Bob', 'bob@example.org'));
    const ask = (): Promise<unknown> =>
      Promise.all(Array.from({ length: 8 }, async () => provider.autocomplete?.('bob', 5)));
    await ask();
    expect(fake.sessions()).toBe(1);
    fake.expire();
    await ask();
    expect(fake.sessions()).toBe(2);
    fake.assertClean();
  });

  test('a session that ends with every call is given up', async () => {
    const { fake, provider } = await connect();
    fake.fault({ kind: 'expired', on: 'autocomplete', times: 2 });
    await expect(provider.autocomplete?.('bob', 5)).rejects.toMatchObject({ code: 'auth' });
    expect(fake.counts()['GET contacts/autocomplete']).toBe(2);
  });

  test('a server without sessions takes plain Basic', async () => {
    const { fake, provider } = await connect({ mode: 'sessionless' });
    fake.add(named('Bob', 'bob@example.org'));
    expect(await provider.autocomplete?.('bob', 5)).toHaveLength(1);
    expect(await provider.autocomplete?.('bob', 5)).toHaveLength(1);
    expect(fake.counts()).toEqual({ 'POST login': 1, 'GET contacts/autocomplete': 2 });
    fake.assertClean();
  });
});
