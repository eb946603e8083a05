import { describe, expect, test } from 'vitest';
import type { Card } from '../../src/model/card.js';
import {
  AuthError,
  Conflict,
  NotFound,
  Refused,
  Unavailable,
  UnknownOutcome,
  UsageError,
} from '../../src/model/errors.js';
import { diffPatch } from '../../src/model/patch.js';
import type { ContactChange, Provider } from '../../src/providers/types.js';
import { person } from '../conformance/cards.js';
import { tinyJpeg, tinyPng } from '../fakes/pictures.js';
import { testContext } from '../support/context.js';
import { outlook } from '../../src/providers/outlook/index.js';
import { added, all, cardOf, connect, lastBody, NAMES, seed } from './outlook-setup.js';

async function changed(provider: Provider, id: string, members: Partial<Card>): Promise<ContactChange> {
  const last = await provider.get(id);
  const next = { ...last.card, ...members };
  return { next, patch: diffPatch(last.card, next), last };
}

describe.each(NAMES)('writing: %s', (name) => {
  test('more than the slots hold never fails a contact', async () => {
    const { fake, provider } = await connect(name);
    const many = <T>(make: (number: number) => T) =>
      Object.fromEntries([1, 2, 3, 4, 5].map((number) => [`k${number}`, make(number)]));
    const work = { work: true as const };
    const card = cardOf({
      name: { full: 'Many' },
      emails: many((number) => ({ address: `m${number}@x.example`, pref: number })),
      phones: many((number) => ({ number: `+${number}`, contexts: work })),
      addresses: many((number) => ({ contexts: work, components: [{ kind: 'locality', value: `Town ${number}` }] })),
      links: many((number) => ({ uri: `https://${number}.example` })),
      onlineServices: many((number) => ({ user: `u${number}` })),
    });
    const { id = '' } = (await provider.create?.({ card })) ?? {};
    const found = await provider.get(id);
    expect(Object.values(found.card.emails ?? {}).map(({ address }) => address)).toEqual([
      'm1@x.example',
      'm2@x.example',
      'm3@x.example',
    ]);
    expect(Object.keys(found.card.onlineServices ?? {})).toHaveLength(3);
    expect(found.card.uid).toBe(card.uid);
    fake.assertClean();
  });

  test('other members of a contact survive an update, and its picture is set', async () => {
    const { fake, provider } = await connect(name);
    const { id } = await added(provider, { name: { full: 'Ann' }, keywords: { A: true, B: true } });
    const contact = fake.store.find(id);
    if (contact === undefined) throw new Error('not there');
    contact.texts['initials'] = 'A.';
    contact.texts['manager'] = 'Grace';
    await provider.update?.(id, await changed(provider, id, { keywords: { B: true, C: true } }));
    expect(contact.lists.categories).toEqual(['B', 'C']);
    expect(contact.texts).toMatchObject({ initials: 'A.', manager: 'Grace', displayName: 'Ann' });
    await provider.avatars?.set?.(id, tinyPng());
    expect((await provider.avatars?.get(id))?.bytes).toEqual(tinyPng().bytes);
    expect(provider.avatars?.delete).toBeUndefined();
    const [listed] = await all(provider.list({ media: true }));
    expect(listed?.card.media?.['photo']?.uri).toMatch(/^data:image\/png;base64,/);
    fake.assertClean();
  });

  test('a create whose answer was lost is not made twice', async () => {
    const { fake, provider } = await connect(name);
    const card = person(1);
    await expect(provider.lookup?.({ card })).resolves.toBeUndefined();
    fake.fault({ kind: 'reset-after', on: 'create' });
    await expect(provider.create?.({ card })).rejects.toBeInstanceOf(UnknownOutcome);
    expect((await provider.lookup?.({ card }))?.card.uid).toBe(card.uid);
    expect(fake.calls()['create']).toBe(1);
    // A uid with a quote in it stays a value.
    const odd = cardOf({ uid: "o'neill' or 1 eq 1", name: { full: 'Odd' } });
    await provider.create?.({ card: odd });
    expect((await provider.lookup?.({ card: odd }))?.card.uid).toBe(odd.uid);
    // Values are compared without case there, not here.
    expect(await provider.lookup?.({ card: { ...odd, uid: odd.uid.toUpperCase() } })).toBeUndefined();
    fake.assertClean();
  });

  test('an answer to a create that cannot be read is an unknown outcome', async () => {
    const { fake, provider } = await connect(name);
    fake.fault({ kind: 'cut', on: 'create' });
    await expect(provider.create?.({ card: person(1) })).rejects.toBeInstanceOf(UnknownOutcome);
    fake.fault({ kind: '500-after', on: 'create' });
    await expect(provider.create?.({ card: person(2) })).rejects.toBeInstanceOf(UnknownOutcome);
    expect(fake.calls()['create']).toBe(2);
  });
});

test('If-Match goes with updates and deletes, and a name part brings the display name', async () => {
  const { fake, provider } = await connect();
  const { id, etag } = await added(provider, {
    name: {
      full: 'Ada Byron',
      components: [
        { kind: 'given', value: 'Ada' },
        { kind: 'surname', value: 'Byron' },
      ],
    },
    emails: { e: { address: 'ada@example.org' } },
  });
  const change = await changed(provider, id, {
    name: {
      full: 'Ada Byron',
      components: [
        { kind: 'given', value: 'Augusta' },
        { kind: 'surname', value: 'Byron' },
      ],
    },
  });
  await provider.update?.(id, change);
  expect(lastBody(fake, 'update')).toEqual({ displayName: 'Ada Byron', givenName: 'Augusta' });
  expect(fake.requests.findLast(({ kind }) => kind === 'update')?.headers['if-match']).toBe(etag);
  expect((await provider.get(id)).card.name?.full).toBe('Ada Byron');
  await expect(provider.update?.(id, change)).rejects.toBeInstanceOf(Conflict);
  await expect(provider.delete?.(change.last)).rejects.toBeInstanceOf(Conflict);
  // Without a version the write is unconditional.
  const { etag: _, ...bare } = change.last;
  await provider.delete?.(bare);
  await expect(provider.get(id)).rejects.toBeInstanceOf(NotFound);
});

test('ids are those that survive a move, and differ in case only', async () => {
  const { fake, provider } = await connect();
  const [ann, bob] = [
    await added(provider, { name: { full: 'Ann' } }),
    await added(provider, { name: { full: 'Bob' } }),
  ];
  expect(ann.id.toLowerCase()).not.toBe(ann.id);
  expect(fake.store.contacts.has(ann.id)).toBe(true);
  const folder = fake.store.addFolder('Away');
  const contact = fake.store.find(ann.id);
  if (contact !== undefined) fake.store.move(contact, folder.id);
  const again = await (await connect()).provider.books();
  expect(again).toHaveLength(1);
  expect((await provider.get(bob.id)).card.name?.full).toBe('Bob');
  expect((await provider.get(ann.id)).id).toBe(ann.id);
});

test('pictures: over 4 MB are refused before they are sent, and accounts without any are warned of once', async () => {
  const { fake, provider } = await connect();
  const { id } = await added(provider, { name: { full: 'Ann' } });
  const large = { mediaType: 'image/jpeg', bytes: new Uint8Array(4 * 1024 * 1024) };
  await expect(provider.avatars?.set?.(id, large)).rejects.toBeInstanceOf(Refused);
  expect(fake.calls()['set photo']).toBeUndefined();
  const personal = await connect('graph', { photos: 'personal' });
  seed(personal.fake, 'graph', person(1));
  seed(personal.fake, 'graph', person(2));
  const records = await all(personal.provider.list({ media: true }));
  expect(records.map(({ hasPhoto }) => hasPhoto)).toEqual([false, false]);
  expect(personal.context.warnings).toHaveLength(1);
});

describe('refusals', () => {
  test('in the words of the service, with the id that its support asks for', async () => {
    const { provider } = await connect();
    const error = await provider.get('AAMkAGI2THkUnknown=').catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(NotFound);
    expect(error).toMatchObject({
      why: 'ErrorItemNotFound: The specified object was not found in the store. (request-id 00000000-0000-0000-0000-000000000001)',
    });
    await expect(provider.get('not an id')).rejects.toBeInstanceOf(NotFound);
  });

  test('a mailbox that is none; a token of another service; no token', async () => {
    const other = await connect('graph', {}, { options: { mailbox: 'nobody@contoso.example' } });
    await expect(other.provider.books()).rejects.toThrow('there is no such mailbox');
    const { fake } = other;
    const wrong = await outlook.open(
      testContext({ url: fake.url, token: fake.auth.issue('https://outlook.office.com') }),
    );
    await expect(wrong.books()).rejects.toMatchObject({
      message: expect.stringContaining('the token was refused') as string,
    });
    const none = await outlook.open(testContext({ url: fake.url }));
    await expect(none.books()).rejects.toBeInstanceOf(AuthError);
    await none.close();
    await wrong.close();
  });

  test('an Outlook host that is switched off says so', async () => {
    const { fake, provider } = await connect('outlook-beta');
    fake.fault({ kind: 'html', on: 'folders' });
    await expect(provider.books()).rejects.toMatchObject({
      message: 'the Outlook REST API (beta) is not there (200): Microsoft has switched it off',
      hint: expect.stringContaining('dialect=graph') as string,
    });
    for (const status of [404, 410]) {
      fake.fault({ kind: 'gone', on: 'folders', ms: status });
      await expect(provider.books()).rejects.toThrow('Microsoft has switched it off');
    }
  });

  test('an empty 404 for a contact or a picture says that there is none', async () => {
    const { fake, provider } = await connect('outlook-beta');
    const id = seed(fake, 'outlook-beta', person(1));
    fake.fault({ kind: 'gone', on: 'photo', times: 9 });
    expect(await provider.avatars?.get(id)).toBeUndefined();
    expect((await provider.get(id)).hasPhoto).toBe(false);
    fake.fault({ kind: 'gone', on: 'get' });
    await expect(provider.get(id)).rejects.toBeInstanceOf(NotFound);
    fake.fault({ kind: 'gone', on: 'delete', ms: 410 });
    await expect(provider.delete?.({ id, bookIds: [], card: person(1) })).rejects.toBeInstanceOf(NotFound);
    fake.fault({ kind: 'gone', on: 'list' });
    await expect(all(provider.list({}))).rejects.toBeInstanceOf(NotFound);
  });

  test('what the dialect cannot do is absent or refused early', async () => {
    for (const name of NAMES) {
      const { provider, fake } = await connect(name);
      expect(provider.bookAdmin !== undefined).toBe(name.startsWith('graph'));
      expect(provider.definition.abilities.includes('bookAdmin')).toBe(name.startsWith('graph'));
      expect(provider.avatars?.noDelete).toBe("Microsoft does not allow deleting a contact's photo");
      expect(fake.requests).toEqual([]);
    }
    await expect(connect('outlook-beta', {}, { options: { mailbox: 'ada@contoso.example' } })).rejects.toBeInstanceOf(
      UsageError,
    );
    await expect(outlook.open(testContext({ options: { dialect: 'mapi' } }))).rejects.toBeInstanceOf(UsageError);
  });

  test('links to another server are not followed', async () => {
    const { fake, provider } = await connect('graph', { maxPageSize: 2 });
    for (let number = 0; number < 3; number += 1) seed(fake, 'graph', person(number));
    const evil = await connect();
    const strange = await outlook.open({
      ...testContext({ url: fake.url, token: fake.auth.issue('https://graph.microsoft.com') }),
      http: (given) => {
        const http = testContext({ url: fake.url }).http(given);
        return {
          ...{ base: http.base, retries: http.retries, pause: (event) => http.pause(event), close: () => http.close() },
          send: async (call) => {
            const answer = await http.send(call);
            const text = answer.text().replaceAll(`${fake.url}/v1.0/me/contacts`, `${evil.fake.url}/v1.0/me/contacts`);
            return { ...answer, body: Buffer.from(text), json: () => JSON.parse(text) as unknown };
          },
        };
      },
    });
    await expect(all(strange.list({}))).rejects.toThrow('is another server than');
    expect(evil.fake.requests).toEqual([]);
    await strange.close();
    expect(await all(provider.list({}))).toHaveLength(3);
  });

  test('it is down', async () => {
    const { fake, provider } = await connect();
    await fake.close();
    await expect(provider.books()).rejects.toBeInstanceOf(Unavailable);
  });
});

test('a server that shows one extended property at a time still knows the uid', async () => {
  const { fake, provider, context } = await connect('graph', { expandsOne: true });
  const card = person(1);
  await provider.create?.({ card });
  const [listed] = await all(provider.list({}));
  expect(listed?.card.uid).toBe(card.uid);
  expect((await provider.get(listed?.id ?? '')).card.uid).toBe(card.uid);
  expect(context.warnings).toHaveLength(1);
  expect(fake.counts()['list']).toBe(2);
});

describe('books', () => {
  test('the whole tree is read, contacts are in the book they are in, and new ones go where they should', async () => {
    for (const name of NAMES) {
      const { fake, provider, again } = await connect(name, { maxPageSize: 2 });
      const { store } = fake;
      const work = store.addFolder('Work');
      const below = store.addFolder('Below', work.id);
      for (let number = 0; number < 5; number += 1) store.addFolder(`More ${number}`);
      seed(fake, name, person(1));
      seed(fake, name, person(2), below.id);
      const books = await provider.books();
      expect(books[0]).toMatchObject({ id: 'contacts', name: 'Contacts', isDefault: true });
      expect(books.map((book) => book.name).sort()).toEqual([
        'Below',
        'Contacts',
        'More 0',
        'More 1',
        'More 2',
        'More 3',
        'More 4',
        'Work',
      ]);
      expect(books.find((book) => book.name === 'Below')?.description).toMatch(/Work\/Below$/);
      const placed = (await all(provider.list({}))).map(({ bookIds }) => bookIds[0]).sort();
      expect(placed).toEqual([below.id, 'contacts'].sort());
      expect(await all(provider.list({ bookIds: ['contacts'] }))).toHaveLength(1);
      const made = await provider.create?.({ card: person(3), bookId: below.id });
      expect(store.find(made?.id ?? '')?.folder).toBe(below.id);
      const other = await again({ book: 'work' });
      const there = await other.create?.({ card: person(4) });
      expect(store.find(there?.id ?? '')?.folder).toBe(work.id);
      expect((await other.lookup?.({ card: person(4) }))?.id).toBeUndefined();
      const lost = await again({ book: 'nowhere' });
      await expect(lost.create?.({ card: person(5) })).rejects.toBeInstanceOf(NotFound);
      fake.assertClean();
    }
  });

  test('the default one is built in; two of a name are a conflict', async () => {
    const { fake, provider } = await connect();
    await expect(provider.bookAdmin?.delete('contacts')).rejects.toBeInstanceOf(Refused);
    await expect(provider.bookAdmin?.rename('contacts', 'x')).rejects.toBeInstanceOf(Refused);
    await provider.bookAdmin?.create('Club');
    await expect(provider.bookAdmin?.create('Club')).rejects.toBeInstanceOf(Conflict);
    expect((await provider.check()).user).toBe('ada@contoso.example');
    fake.assertClean();
  });

  test('a default folder that is in the list after all is one book', async () => {
    const { fake, provider } = await connect('graph', { listsDefault: true });
    const id = seed(fake, 'graph', person(1));
    expect((await provider.books()).map((book) => book.id)).toEqual(['contacts']);
    expect((await all(provider.list({ bookIds: ['contacts'] }))).map((record) => record.id)).toEqual([id]);
    expect((await provider.get(id)).bookIds).toEqual(['contacts']);
  });
});

test('tinyJpeg goes as it is', async () => {
  const { fake, provider } = await connect('outlook-v2');
  const { id } = await added(provider, { name: { full: 'Ann' } });
  await provider.avatars?.set?.(id, tinyJpeg());
  expect(fake.requests.findLast(({ kind }) => kind === 'set photo')?.headers['content-type']).toBe('image/jpeg');
});

test.each(NAMES)('%s: an update may be answered without a body', async (name) => {
  const { fake, provider } = await connect(name, { quiet: true });
  const { id } = await added(provider, { name: { full: 'Ann' } });
  const change = await changed(provider, id, { keywords: { A: true } });
  expect(await provider.update?.(id, change)).toEqual({ id, bookIds: ['contacts'] });
  expect(Object.keys((await provider.get(id)).card.keywords ?? {})).toEqual(['A']);
  fake.assertClean();
});

test('entries that no slot shows survive an update of their list, whoever read the contact', async () => {
  for (const name of ['graph-beta', 'outlook-beta'] as const) {
    const { fake, provider, again } = await connect(name);
    const { id } = await added(provider, { name: { full: 'Ann' }, phones: { m: { number: '1' } } });
    const contact = fake.store.find(id);
    if (contact === undefined) throw new Error('not there');
    contact.phones = { mobile: ['1', '2', '3'], home: ['4'] };
    contact.emails = [1, 2, 3, 4].map((number) => ({ address: `m${number}@x.example`, name: `Label ${number}` }));
    fake.store.save(contact);
    const { emails, phones } = (await provider.get(id)).card;
    const change = await changed(provider, id, {
      phones: { ...phones, o: { number: '5', features: { pager: true } } },
    });
    await provider.update?.(id, change);
    expect(contact.phones).toEqual({ mobile: ['1', '2', '3'], home: ['4'], pager: ['5'] });
    const first = Object.fromEntries(Object.entries(emails ?? {}).slice(0, 2));
    await (await again()).update?.(id, await changed(provider, id, { emails: first, phones: {} }));
    expect(contact.emails.map(({ address }) => address)).toEqual(['m1@x.example', 'm2@x.example', 'm4@x.example']);
    expect(contact.phones).toEqual({ mobile: ['2', '3'] });
    fake.assertClean();
  }
});
