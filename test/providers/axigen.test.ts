import { describe, expect, test } from 'vitest';
import { axigen } from '../../src/providers/axigen/index.js';
import { PROVIDERS, providerByName } from '../../src/providers/index.js';
import { FIELDS } from '../../src/model/fields.js';
import { diffCards } from '../../src/model/normalize.js';
import { photoOf } from '../../src/model/view.js';
import { people } from '../fakes/people.js';
import { photoUri, tinyJpeg } from '../fakes/pictures.js';
import { testContext, type TestContextOptions } from '../support/context.js';
import { added, all, bare, cardOf, connect, open, start, textOf, matching } from './axigen-setup.js';

describe('discovery', () => {
  test('follows the well-known address to the writable collection', async () => {
    const fake = await start();
    const { provider } = await open(fake);
    expect(await provider.check()).toEqual({
      user: 'ann@example.com',
      server: new URL(fake.url).host,
      details: {
        'address book': 'Axigen Contacts (/Contacts/Contacts/)',
        'vCard version': '3.0',
        name: 'Ann Example',
        'Mailbox API': 'on',
      },
    });
    expect(fake.requests.slice(0, 2).map(({ method, path }) => `${method} ${path}`)).toEqual([
      'PROPFIND /.well-known/carddav',
      'PROPFIND /Contacts/',
    ]);
    fake.assertClean();
  });

  test('without a well-known address the usual home is asked', async () => {
    const fake = await start({ wellKnown: 'none' });
    const { provider } = await open(fake);
    await added(provider);
    expect(fake.dav.main.cards.size).toBe(1);
    fake.assertClean();
  });

  test.each(['/Contacts/Contacts/', '/Contacts/Contacts', '/Contacts/'])(
    'dav-path %s is taken at its word',
    async (path) => {
      const { fake, provider } = await connect({}, { options: { 'dav-path': path } });
      expect(fake.requests).toEqual([]);
      await added(provider);
      expect(fake.dav.main.cards.size).toBe(1);
      fake.assertClean();
    },
  );

  test('a dav-path that is none says so', async () => {
    const { provider } = await connect({}, { options: { 'dav-path': '/Contacts/Nothing/' } });
    await expect(all(provider.list({}))).rejects.toMatchObject({ code: 'notFound', hint: /dav-path/ });
  });

  test('the profile may name the collection', async () => {
    const fake = await start();
    fake.add(textOf(cardOf({ name: { full: 'Domain Dora' } })), { directory: true });
    const { provider } = await open(fake, { book: 'Axigen Directory' });
    expect((await all(provider.list({}))).map(({ card, readOnly }) => [card.name?.full, readOnly])).toEqual([
      ['Domain Dora', true],
    ]);
    await expect(provider.create?.({ card: cardOf() })).rejects.toMatchObject({ code: 'refused' });
    expect(fake.counts()['PUT']).toBeUndefined();
  });
});

describe('signing in', () => {
  test.each<[string, TestContextOptions, string]>([
    ['a wrong password', { password: 'wrong', user: 'ann@example.com' }, 'auth'],
    ['no secret at all', { user: 'ann@example.com' }, 'auth'],
    ['bearer without a token', { user: 'ann@example.com', password: 'x', options: { auth: 'bearer' } }, 'auth'],
    ['no user', { password: 'x' }, 'usage'],
  ])('%s', async (_name, options, code) => {
    const fake = await start();
    await expect(axigen.open(testContext({ url: fake.url, ...options }))).rejects.toMatchObject({ code });
  });

  test('a wrong password is tried once, not again and again', async () => {
    const { fake, provider } = await connect({}, { password: 'wrong' });
    await expect(provider.autocomplete?.('a', 5)).rejects.toMatchObject({ code: 'auth' });
    await expect(provider.autocomplete?.('b', 5)).rejects.toMatchObject({ code: 'auth' });
    expect(fake.counts()).toEqual({ 'POST login': 1 });
  });

  test('a bearer token serves both halves', async () => {
    const fake = await start();
    fake.add(textOf(cardOf({ emails: { e1: { address: 'bob@example.org' } } })));
    const ctx = testContext({ url: fake.url, token: fake.token, options: { auth: 'bearer' } });
    const provider = await axigen.open(ctx);
    expect(await all(provider.list({}))).toHaveLength(1);
    expect(await provider.autocomplete?.('bob', 5)).toHaveLength(1);
    await provider.close();
    fake.assertClean();
  });

  test.each(['', 'https://', undefined])('URL %j is a usage error', async (url) => {
    await expect(
      axigen.open(testContext({ user: 'a@b.c', password: 'x', ...(url === undefined ? {} : { url }) })),
    ).rejects.toMatchObject({ code: 'usage' });
  });

  test('the URL may end in the API', async () => {
    const fake = await start();
    const { provider } = await open(fake, { url: `${fake.url}/api/v1/` });
    expect((await provider.check()).server).toBe(new URL(fake.url).host);
    fake.assertClean();
  });

  test('contacts need no session of the Mailbox API', async () => {
    const { fake, provider } = await connect();
    const record = await added(provider);
    await all(provider.list({}));
    await provider.delete?.(record);
    expect(fake.sessions()).toBe(0);
    expect(fake.requests.every(({ path }) => !path.startsWith('/api/'))).toBe(true);
    fake.assertClean();
  });
});

describe('contacts', () => {
  test('create, get, list, update, delete, with the fewest requests', async () => {
    const { fake, provider } = await connect();
    const card = cardOf({ phones: { p1: { number: '+1 2' } } });
    const made = await provider.create?.({ card });
    expect(made).toEqual({ id: bare(card.uid), etag: matching(/^"/), bookIds: ['/Contacts/Contacts/'] });
    const record = await provider.get(bare(card.uid));
    expect(record).toMatchObject({ id: bare(card.uid), bookIds: ['/Contacts/Contacts/'], etag: made?.etag });
    expect(record.uidDerived).toBeUndefined();
    expect(diffCards(card, record.card)).toEqual([]);
    expect(await all(provider.list({}))).toHaveLength(1);
    const next = { ...record.card, notes: { n1: { note: 'new' } } };
    const updated = await provider.update?.(record.id, { next, patch: {}, last: record });
    expect(updated?.id).toBe(record.id);
    expect(updated?.etag).not.toBe(record.etag);
    await provider.delete?.({ ...record, ...(updated?.etag === undefined ? {} : { etag: updated.etag }) });
    await expect(provider.get(record.id)).rejects.toMatchObject({ code: 'notFound' });
    // Two GETs are the test's own; the third looks once whether the server renames what it is sent.
    expect(fake.counts()).toEqual({ PROPFIND: 2, PUT: 2, GET: 3, REPORT: 1, DELETE: 1 });
    fake.assertClean();
  });

  test('vCard 3.0 with the picture inline, and the uid as name', async () => {
    const { fake, provider } = await connect();
    const card = cardOf({ media: { p: { kind: 'photo', uri: photoUri(tinyJpeg(7)), mediaType: 'image/jpeg' } } });
    await provider.create?.({ card });
    expect([...fake.dav.main.cards.keys()]).toEqual([`${bare(card.uid)}.vcf`]);
    const text = fake.dav.textOf(card.uid) ?? '';
    expect(text).toContain('VERSION:3.0\r\n');
    expect(text).toMatch(/^PHOTO;ENCODING=b;[^:]*TYPE=JPEG:/m);
    const back = await provider.get(bare(card.uid));
    expect(photoOf(back.card)?.resource.uri).toBe(photoUri(tinyJpeg(7)));
    fake.assertClean();
  });

  test('every generated contact comes back whole', async () => {
    const { fake, provider } = await connect();
    const cards = people(120);
    for (const card of cards) await provider.create?.({ card });
    const records = new Map((await all(provider.list({}))).map((record) => [record.card.uid, record.card]));
    expect(records.size).toBe(120);
    for (const card of cards) expect(diffCards(card, records.get(card.uid) ?? cardOf())).toEqual([]);
    for (const card of cards) expect(diffCards(card, provider.project(card))).toEqual([]);
    fake.assertClean();
  });

  test('a repeated create is a conflict, though the server says 409', async () => {
    const { fake, provider } = await connect();
    const card = cardOf();
    await provider.create?.({ card });
    await expect(provider.create?.({ card })).rejects.toMatchObject({ code: 'conflict', status: 409 });
    fake.assertClean();
  });

  test('a stale etag is a conflict, a deleted contact is not found', async () => {
    const { fake, provider, again } = await connect();
    const record = await added(provider);
    const other = await again();
    const theirs = await other.get(record.id);
    await other.update?.(record.id, {
      next: { ...theirs.card, notes: { n1: { note: 'theirs' } } },
      patch: {},
      last: theirs,
    });
    const change = { next: { ...record.card, notes: { n1: { note: 'ours' } } }, patch: {}, last: record };
    await expect(provider.update?.(record.id, change)).rejects.toMatchObject({ code: 'conflict' });
    await expect(provider.delete?.(record)).rejects.toMatchObject({ code: 'conflict' });
    await other.delete?.(await other.get(record.id));
    await expect(provider.update?.(record.id, change)).rejects.toMatchObject({ code: 'notFound' });
    await expect(provider.delete?.(record)).rejects.toMatchObject({ code: 'notFound' });
    await expect(other.delete?.(record)).rejects.toMatchObject({ code: 'notFound' });
    await expect(provider.get('nobody')).rejects.toMatchObject({ code: 'notFound' });
    fake.assertClean();
  });

  test('an update without an etag still creates nothing anew and keeps the uid', async () => {
    const { fake, provider } = await connect();
    const { etag, ...record } = await added(provider);
    expect(etag).toBeDefined();
    const next = { ...record.card, uid: 'urn:uuid:00000000-0000-4000-8000-000000000000', name: { full: 'New' } };
    await provider.update?.(record.id, { next, patch: {}, last: record });
    const back = await provider.get(record.id);
    expect(back.card).toMatchObject({ uid: record.card.uid, name: { full: 'New' } });
    fake.dav.main.remove(`${record.id}.vcf`);
    await expect(provider.update?.(record.id, { next, patch: {}, last: record })).rejects.toMatchObject({
      code: 'notFound',
    });
    expect(fake.dav.main.cards.size).toBe(0);
    fake.assertClean();
  });

  test.each([
    'plain',
    'with space@example.com',
    'a/b?c#d%2F',
    'ünï;cödé',
    'rest:17',
    '/Contacts/x',
    'x'.repeat(400),
    'tab\tand',
    'FC8DD1E6-9B2F-4A70-AAAA-0F8A4C1C1F00',
  ])('uid %j', async (uid) => {
    const { fake, provider, again } = await connect();
    const { id } = (await provider.create?.({ card: cardOf({ uid }) })) ?? { id: '' };
    const [listed] = await all((await again()).list({}));
    expect(listed?.card.uid).toBe(uid);
    expect((await provider.get(id)).card.uid).toBe(uid);
    expect((await (await again()).get(listed?.id ?? '')).card.uid).toBe(uid);
    expect(listed?.id).toBe(id);
    await (await again()).delete?.(await (await again()).get(id));
    expect(fake.dav.main.cards.size).toBe(0);
    fake.assertClean();
  });
});

describe('cards of other making', () => {
  const broken = 'BEGIN:VCARD\r\nVERSION:3.0\r\n';

  test('names that are no uids, missing and doubled uids: every card has an id that leads to it', async () => {
    const { fake, provider, again } = await connect();
    const first = cardOf({ uid: 'same', name: { full: 'First' } });
    const second = cardOf({ uid: 'same', name: { full: 'Second' } });
    const odd = cardOf({ uid: 'odd', name: { full: 'Odd' } });
    fake.add(textOf(second), { name: 'aaa.vcf' });
    fake.add(textOf(first), { name: 'same.vcf' });
    fake.add(textOf(odd), { name: '0815' });
    fake.add('BEGIN:VCARD\r\nVERSION:3.0\r\nFN:No Uid\r\nN:Uid;No;;;\r\nEND:VCARD\r\n', { name: 'nouid.vcf' });
    const listed = await all(provider.list({}));
    const ids = Object.fromEntries(listed.map(({ card, id }) => [card.name?.full ?? '', id]));
    expect(ids).toEqual({
      First: 'same',
      Second: '/Contacts/Contacts/aaa.vcf',
      Odd: 'odd',
      'No Uid': '/Contacts/Contacts/nouid.vcf',
    });
    expect(listed.filter(({ uidDerived }) => uidDerived).map(({ card }) => card.name?.full)).toEqual([
      'Second',
      'No Uid',
    ]);
    for (const [name, id] of Object.entries(ids)) {
      const fresh = await again();
      const record = await fresh.get(id);
      expect(record.card.name?.full).toBe(name);
      expect(record.id).toBe(id);
      const next = { ...record.card, notes: { n1: { note: `of ${name}` } } };
      await fresh.update?.(id, { next, patch: {}, last: record });
    }
    const notes = (await all((await again()).list({}))).map(
      ({ card }) => `${card.name?.full ?? ''}: ${Object.values(card.notes ?? {})[0]?.note ?? ''}`,
    );
    expect(notes.sort()).toEqual(['First: of First', 'No Uid: of No Uid', 'Odd: of Odd', 'Second: of Second']);
    fake.assertClean();
  });

  test('the uid of the card counts, not the name of another one', async () => {
    const { fake, provider } = await connect();
    fake.add(textOf(cardOf({ uid: 'xyz', name: { full: 'Real' } })), { name: 'abc.vcf' });
    await expect(provider.get('abc')).rejects.toMatchObject({ code: 'notFound' });
    expect((await provider.get('xyz')).card.name?.full).toBe('Real');
  });

  test('an unreadable card is named and costs no other; distribution lists are no contacts', async () => {
    const { fake, provider, ctx } = await connect();
    fake.dav.main.put('bad.vcf', 'nonsense');
    fake.dav.main.put('half.vcf', broken);
    fake.add(
      textOf(
        cardOf({
          kind: 'group',
          uid: 'urn:uuid:11111111-2222-4333-8444-555555555555',
          name: { full: 'Team' },
          members: { 'urn:uuid:1': true },
        }),
      ),
    );
    fake.add(textOf(cardOf({ name: { full: 'Good' } })));
    const names = (await all(provider.list({}))).map(({ card }) => card.name?.full);
    expect(names).toContain('Good');
    expect(names).not.toContain('Team');
    expect(ctx.warnings.some((text) => text.includes('/Contacts/Contacts/bad.vcf'))).toBe(true);
    expect(ctx.warnings.some((text) => text.includes('Team'))).toBe(true);
    await expect(provider.get('11111111-2222-4333-8444-555555555555')).rejects.toMatchObject({ code: 'notFound' });
  });
});

describe('the definition', () => {
  test('is what the index says, and loads', async () => {
    for (const entry of PROVIDERS.filter(({ name }) => name !== 'local')) {
      const definition = await entry.load();
      expect([definition.name, definition.title]).toEqual([entry.name, entry.title]);
    }
    expect(await providerByName('axigen')).toBe(axigen);
    await expect(providerByName('axigne')).rejects.toMatchObject({ code: 'usage', hint: 'did you mean "axigen"?' });
  });

  test('names the fate of every field, and which are not documented', () => {
    expect(axigen.fields.map(({ field }) => field)).toEqual(FIELDS.map(({ name }) => name));
    expect(axigen.unsure).toEqual([
      'relatedTo',
      'personalInfo',
      'media',
      'preferredLanguages',
      'language',
      'kind',
      'members',
      'speakToAs',
      'calendars',
      'schedulingAddresses',
      'cryptoKeys',
      'directories',
      'localizations',
      'vCardProps',
      'other',
    ]);
  });

  test('its abilities are members that are there', async () => {
    const { provider } = await connect();
    const optional = [
      'create',
      'update',
      'delete',
      'search',
      'autocomplete',
      'changes',
      'groups',
      'avatars',
      'bookAdmin',
      'move',
      'copy',
    ] as const;
    const members = axigen.abilities.filter((name) => name !== 'groups' && name !== 'avatars');
    expect(optional.filter((name) => provider[name] !== undefined)).toEqual(members);
  });
});
