import { describe, expect, test } from 'vitest';
import { diffCards, equalCards } from '../../src/model/normalize.js';
import type { Api } from '../../src/providers/portsip/api.js';
import { Births } from '../../src/providers/portsip/births.js';
import { FAVORITE } from '../../src/providers/portsip/map.js';
import { Reader } from '../../src/providers/portsip/read.js';
import { people } from '../fakes/people.js';
import type { FakeContact, FakePortsip } from '../fakes/portsip.js';
import { LIMITS } from '../fakes/portsip.js';
import { testContext } from '../support/context.js';
import { added, all, cardOf, change, connect, lastBody, named } from './portsip-setup.js';

const favorite = { [FAVORITE]: true };
const stored = (fake: FakePortsip): FakeContact[] => [...fake.store.contacts.values()];

describe('create', () => {
  test('what comes back is what was promised, for ordinary and hard people; one write each', async () => {
    const { fake, provider } = await connect();
    const cards = people(150, { seed: 3 });
    const ids = await Promise.all(cards.map(async (card) => (await provider.create?.({ card }))?.id ?? ''));
    expect(fake.counts()).toEqual({ 'oauth token': 1, token: 1, create: 150 });
    const listed = new Map((await all(provider.list({}))).map((record) => [record.id, record.card]));
    for (const [index, card] of cards.entries()) {
      expect(diffCards(provider.project(card), listed.get(ids[index] ?? '') ?? cardOf({}))).toEqual([]);
    }
    fake.assertClean();
  });

  test('blank texts and the name are left out', async () => {
    const { fake, provider } = await connect();
    const record = await added(
      provider,
      cardOf({ emails: { e: { address: 'ada@example.com' } }, name: { full: ' ' } }),
    );
    expect(lastBody(fake, 'create')).toEqual({ email: 'ada@example.com' });
    expect(record.card.name).toBeUndefined();
    await provider.create?.({ card: cardOf({}) });
    expect(lastBody(fake, 'create')).toEqual({});
    fake.assertClean();
  });

  test('a favourite is marked by a second call; when that fails the contact is there all the same', async () => {
    const { fake, provider, ctx } = await connect();
    const record = await added(provider, named('Ada', favorite));
    expect(record.card).toMatchObject(favorite);
    expect(lastBody(fake, 'create')).toEqual({ name: 'Ada' });
    fake.fault({ kind: '500', on: 'favorite', times: 9 });
    const made = await provider.create?.({ card: named('Eve', favorite) });
    expect(stored(fake).map(({ id, favorite: marked }) => [id, marked])).toEqual([
      [record.id, true],
      [made?.id, false],
    ]);
    expect(ctx.warnings).toEqual([expect.stringContaining('was made, but not marked as a favourite')]);
    fake.assertClean();
  });

  test('company contacts have no favourites, and no sync tokens', async () => {
    const { fake, provider, ctx } = await connect({ company: 'full' });
    const record = await added(provider, named('Ada', favorite), 'company');
    expect(record.card[FAVORITE]).toBeUndefined();
    await change(provider, record, (next) => {
      next.name = { full: 'Ada King' };
      Object.assign(next, favorite);
    });
    await provider.delete?.(await provider.get(record.id));
    expect(ctx.warnings).toEqual(['company contacts have no favourites: the mark is left out']);
    expect(fake.counts()).toEqual({ 'oauth token': 1, create: 1, read: 4, update: 1, destroy: 1 });
    expect(stored(fake)).toEqual([]);
    fake.assertClean();
  });

  test('what the server finds invalid is Refused in its words', async () => {
    const { fake, provider } = await connect();
    fake.fault({ kind: 'cut', on: 'list' });
    const { id } = fake.store.add({ name: 'Ada' });
    const last = await provider.get(id);
    fake.store.contacts.get(id)!.texts['notes'] = 'x'.repeat(2000);
    // Unconditional: what the server has beyond its own limit is sent back as it is.
    delete last.etag;
    await expect(change(provider, last, (next) => (next.name = { full: 'Eve' }))).rejects.toMatchObject({
      code: 'refused',
      message: 'cannot update the contact: the server refused',
      why: 'VALIDATE_FAILED: field validation failed',
      status: 400,
    });
  });
});

describe('update', () => {
  test.each(['merge', 'replace'] as const)(
    'changes what it should and nothing else, when the server %ss',
    async (update) => {
      const { fake, provider } = await connect({ update });
      for (const card of people(40, { seed: 11 })) {
        const last = await added(provider, card);
        await change(provider, last, (next) => {
          next.name = { full: 'Changed' };
          delete next.emails;
          delete next.notes;
          next.phones = {
            ...next.phones,
            home_fax: { number: '4711', contexts: { private: true }, features: { fax: true } },
          };
        });
        const expected = structuredClone(last.card);
        expected.name = { full: 'Changed' };
        delete expected.emails;
        delete expected.notes;
        const after = await provider.get(last.id);
        expect(after.card.phones?.['home_fax']?.number).toBe('4711');
        expected.phones = {
          ...expected.phones,
          home_fax: { number: '4711', contexts: { private: true }, features: { fax: true } },
        };
        expect(diffCards(expected, after.card)).toEqual([]);
      }
      fake.assertClean();
    },
  );

  test('sends all 15 texts, blank ones as "", and what it does not change as the server has it', async () => {
    const { fake, provider } = await connect();
    const { id } = fake.store.add({ name: 'Ada', notes: 'one\r\ntwo', address: 'Main St\r\nParis', other: 'tel:123' });
    const last = await provider.get(id);
    await change(provider, last, (next) => (next.emails = { email: { address: 'ada@example.com' } }));
    const body = lastBody(fake, 'update') ?? {};
    expect(Object.keys(body)).toEqual(Object.keys(LIMITS));
    expect(body).toMatchObject({
      ...{ name: 'Ada', email: 'ada@example.com', company: '', home_fax: '' },
      ...{ notes: 'one\r\ntwo', address: 'Main St\r\nParis', other: 'tel:123' },
    });
    expect(fake.counts()).toEqual({ 'oauth token': 1, read: 2, update: 1 });
    fake.assertClean();
  });

  test.each(['merge', 'replace'] as const)('a name that goes is left out, and warned of (%s)', async (update) => {
    const { fake, provider, ctx } = await connect({ update });
    const last = await added(provider, named('Ada', { emails: { email: { address: 'a@example.com' } } }));
    await change(provider, last, (next) => delete next.name);
    const body = lastBody(fake, 'update') ?? {};
    expect('name' in body).toBe(false);
    expect(Object.keys(body)).toHaveLength(14);
    expect(ctx.warnings).toEqual([expect.stringContaining('cannot take a name away')]);
    // Whoever never had one is not asked for one.
    const nameless = await added(provider, cardOf({ emails: { email: { address: 'b@example.com' } } }));
    await change(provider, nameless, (next) => (next.notes = { notes: { note: 'hi' } }));
    expect(ctx.warnings).toHaveLength(1);
    fake.assertClean();
  });

  test('the mark as a favourite: one call, only when it differs', async () => {
    const { fake, provider } = await connect();
    const last = await added(provider, named('Ada'));
    await change(provider, last, (next) => Object.assign(next, favorite));
    const marked = await provider.get(last.id);
    expect(marked.card).toMatchObject(favorite);
    await change(provider, marked, (next) => (next.notes = { notes: { note: 'hi' } }));
    await change(provider, await provider.get(last.id), (next) => delete next[FAVORITE]);
    expect((await provider.get(last.id)).card[FAVORITE]).toBeUndefined();
    expect(fake.counts()).toMatchObject({ favorite: 1, unfavorite: 1, update: 1 });
    fake.assertClean();
  });

  test('an answer lost on the way: sent again, done once', async () => {
    const { fake, provider } = await connect();
    const last = await added(provider, named('Ada'));
    fake.fault({ kind: 'reset-after', on: 'update' });
    await change(provider, last, (next) => (next.name = { full: 'Ada King' }));
    expect((await provider.get(last.id)).card.name?.full).toBe('Ada King');
    expect(fake.counts()['update']).toBe(2);
  });
});

describe('delete', () => {
  test('a lost answer is not NotFound, an unknown contact is', async () => {
    const { fake, provider } = await connect();
    const record = await added(provider, named('Ada'));
    fake.fault({ kind: 'reset-after', on: 'destroy' });
    await provider.delete?.(record);
    expect(stored(fake)).toEqual([]);
    expect(fake.counts()['destroy']).toBe(2);
    await expect(provider.delete?.(record)).rejects.toMatchObject({ code: 'notFound' });
    const { etag: _, ...bare } = record;
    await expect(provider.delete?.(bare)).rejects.toMatchObject({ code: 'notFound' });
    fake.assertClean();
  });
});

describe('contacts that are synchronized from elsewhere', () => {
  test('one warning a run before they are changed or deleted; none for others; no trace in the card', async () => {
    const { fake, provider, ctx } = await connect();
    const own = await added(provider, named('Own'));
    const ids = ['Ada', 'Eve'].map((name) => fake.store.add({ name }, { sync_type: 'Microsoft 365' }).id);
    await change(provider, own, (next) => (next.name = { full: 'Mine' }));
    await provider.delete?.(await provider.get(own.id));
    expect(ctx.warnings).toEqual([]);
    const [ada, eve] = await all(provider.list({}));
    expect(ids).toEqual([ada?.id, eve?.id]);
    if (ada === undefined || eve === undefined) return;
    expect(equalCards(ada.card, provider.project(ada.card))).toBe(true);
    await change(provider, ada, (next) => (next.name = { full: 'Ada King' }));
    await provider.delete?.(eve);
    expect(ctx.warnings).toEqual([
      'contacts that come from Microsoft 365 are changed: the next synchronization may undo it; edit them there',
    ]);
    fake.assertClean();
  });
});

describe('a create whose answer was lost', () => {
  const card = named('Ada', { phones: { business: { number: '1', contexts: { work: true } } } });
  const lost = { code: 'unknownOutcome' };

  test.each(['reset-after', '500-after', 'cut'] as const)('%s: not sent twice, and found', async (kind) => {
    const { fake, provider } = await connect();
    fake.store.add({ name: 'Ada', business: '1' });
    await provider.create?.({ card: named('Other') });
    fake.fault({ kind, on: 'create' });
    await expect(provider.create?.({ card })).rejects.toMatchObject(lost);
    expect(fake.counts()['create']).toBe(2);
    const found = await provider.lookup?.({ card });
    expect(found?.id).toBe(stored(fake)[2]?.id);
    expect(fake.counts()).toEqual({ 'oauth token': 1, token: 1, create: 2, diff: 1 });
    fake.assertClean();
  });

  test('a single create costs one request, and one more when its answer was lost', async () => {
    const { fake, provider, again } = await connect();
    await provider.create?.({ card: named('Other') });
    expect(fake.counts()).toEqual({ 'oauth token': 1, create: 1 });
    const second = await again();
    fake.fault({ kind: 'reset-before', on: 'create' });
    await expect(second.provider.create?.({ card })).rejects.toMatchObject(lost);
    // Nothing of the kind is there: it was not made, and may be sent again.
    expect(await second.provider.lookup?.({ card })).toBeUndefined();
    expect(fake.counts()).toEqual({ 'oauth token': 2, create: 2, list: 1 });
    const made = await second.provider.create?.({ card });
    expect(fake.counts()).toEqual({ 'oauth token': 2, create: 3, list: 1, token: 1 });
    expect(stored(fake).map(({ id }) => id)).toContain(made?.id);
    fake.assertClean();
  });

  test.each(['reset-after', 'reset-before'] as const)(
    '%s of the first create: an equal contact that may be older is never taken for it, also by later twins',
    async (kind) => {
      const { fake, provider } = await connect();
      if (kind === 'reset-before') fake.store.add({ name: 'Ada', business: '1' });
      fake.fault({ kind, on: 'create' });
      await expect(provider.create?.({ card })).rejects.toMatchObject(lost);
      const [there] = stored(fake);
      await expect(provider.lookup?.({ card })).rejects.toMatchObject({ ...lost, contact: there?.id });
      await expect(provider.lookup?.({ card })).rejects.toMatchObject(lost);
      // What comes after has a token from before it, and its twins do not take the first one's place.
      const second = await provider.create?.({ card });
      expect(stored(fake).map(({ id }) => id)).toEqual([there?.id, second?.id]);
      fake.fault({ kind: 'reset-after', on: 'create' });
      await expect(provider.create?.({ card: named('Eve') })).rejects.toMatchObject(lost);
      expect((await provider.lookup?.({ card: named('Eve') }))?.id).toBe(stored(fake)[2]?.id);
      expect(fake.counts()).toMatchObject({ create: 3, token: 1, diff: 1, list: 2 });
      fake.assertClean();
    },
  );

  test('with a list from before, the first create is found again', async () => {
    const { fake, provider } = await connect();
    fake.store.add({ name: 'Ada', business: '1' });
    await all(provider.list({}));
    fake.fault({ kind: 'reset-after', on: 'create' });
    await expect(provider.create?.({ card })).rejects.toMatchObject(lost);
    expect((await provider.lookup?.({ card }))?.id).toBe(stored(fake)[1]?.id);
    expect(fake.counts()).toEqual({ 'oauth token': 1, create: 1, list: 2 });
    fake.assertClean();
  });

  test.each(['reset-before', 'html'] as const)(
    '%s: not found, also not in the one that was there before',
    async (kind) => {
      const { fake, provider } = await connect();
      fake.store.add({ name: 'Ada', business: '1' });
      await provider.create?.({ card: named('Other') });
      fake.fault({ kind, on: 'create' });
      await expect(provider.create?.({ card })).rejects.toMatchObject(lost);
      expect(await provider.lookup?.({ card })).toBeUndefined();
      expect(await provider.lookup?.({ card })).toBeUndefined();
      fake.assertClean();
    },
  );

  test.each(['kept', 'once', 'none'] as const)(
    'twins of which any answer is lost stay two (sync tokens: %s)',
    async (syncTokens) => {
      const { fake, provider } = await connect({ syncTokens });
      await all(provider.list({}));
      const ids: (string | undefined)[] = [];
      for (const kind of ['reset-after', undefined, 'reset-before', 'reset-after'] as const) {
        if (kind !== undefined) fake.fault({ kind, on: 'create' });
        const made = await provider.create?.({ card }).catch(() => provider.lookup?.({ card }));
        const again = kind === 'reset-before';
        if (again) expect(ids).toContain((made ?? { id: ids[0] }).id);
        ids.push(again ? (await provider.create?.({ card }))?.id : made?.id);
      }
      expect(new Set(ids).size).toBe(4);
      expect(new Set(ids)).toEqual(new Set(stored(fake).map(({ id }) => id)));
      fake.assertClean();
    },
  );

  test('an equal one whose answer is still on its way is not taken', async () => {
    const made = { id: '1', name: 'Ada', change_type: 'CREATED' };
    const api = {
      host: 'pbx',
      object: ({ path }: { path: string }) =>
        Promise.resolve(path.endsWith('/diff') ? { token: 'u', items: [made] } : { token: 't' }),
    } as unknown as Api;
    const births = new Births(api, new Reader(api, testContext()));
    await births.create('personal', named('First'), () => Promise.resolve('0'));
    let answer = (_id: string): void => undefined;
    const events: string[] = [];
    const creating = births.create('personal', named('Ada', favorite), () => {
      events.push('sent');
      return new Promise((resolve) => (answer = resolve));
    });
    const note = async (): Promise<void> => void events.push((await births.find('personal', named('Ada')))?.id ?? '-');
    // It asks for the token first.
    await new Promise((resolve) => setImmediate(resolve));
    await births.find('personal', named('Eve'));
    const finding = note();
    await new Promise((resolve) => setImmediate(resolve));
    const later = births.create('personal', named('Ada'), () => Promise.resolve(String(events.push('second'))));
    await new Promise((resolve) => setImmediate(resolve));
    expect(events).toEqual(['sent']);
    answer('1');
    await Promise.all([creating, finding, later]);
    // What is found at last is one that the caller knows as another contact's.
    expect(events).toEqual(['sent', '1', 'second']);
  });

  test('the mark as a favourite is made up for', async () => {
    const { fake, provider } = await connect();
    await all(provider.list({}));
    fake.fault({ kind: 'reset-after', on: 'create' });
    const wanted = { ...card, ...favorite };
    await expect(provider.create?.({ card: wanted })).rejects.toMatchObject(lost);
    const found = await provider.lookup?.({ card: wanted });
    expect(found?.card).toMatchObject(favorite);
    expect(stored(fake)).toMatchObject([{ favorite: true }]);
    expect(await provider.get(found?.id ?? '')).toMatchObject({ card: favorite });
  });

  test('what was changed or deleted since is not mistaken', async () => {
    const { fake, provider } = await connect({ ghosts: true });
    for (const name of ['Other', 'Another']) await provider.create?.({ card: named(name) });
    const other = fake.store.add({ name: 'Ada', business: '1' });
    expect((await provider.lookup?.({ card: named('Nobody') }))?.id).toBeUndefined();
    fake.store.change(other, { name: 'Eve' }, 'merge');
    expect(await provider.lookup?.({ card })).toBeUndefined();
    fake.store.change(other, { name: 'Ada' }, 'merge');
    fake.store.remove(other);
    expect(await provider.lookup?.({ card })).toBeUndefined();
    fake.assertClean();
  });

  test.each([true, false])('a forgotten token: by comparison with the list from before (read: %s)', async (listed) => {
    const { fake, provider } = await connect();
    fake.store.add({ name: 'Ada', business: '1' });
    if (listed) await all(provider.list({}));
    await provider.create?.({ card: named('Other') });
    fake.fault({ kind: 'reset-after', on: 'create' });
    await expect(provider.create?.({ card })).rejects.toMatchObject(lost);
    fake.store.forget();
    if (listed) expect((await provider.lookup?.({ card }))?.id).toBe(stored(fake)[2]?.id);
    // Two are equal, and nobody can say which one was there before.
    else await expect(provider.lookup?.({ card })).rejects.toMatchObject(lost);
    expect(await provider.lookup?.({ card: named('Nobody') })).toBeUndefined();
    fake.assertClean();
  });

  test('company contacts: by comparison', async () => {
    const { fake, provider } = await connect({ company: 'full' });
    await all(provider.list({ bookIds: ['company'] }));
    fake.fault({ kind: 'reset-after', on: 'create' });
    await expect(provider.create?.({ card, bookId: 'company' })).rejects.toMatchObject(lost);
    expect((await provider.lookup?.({ card, bookId: 'company' }))?.id).toBe(`company:${stored(fake)[0]?.id ?? ''}`);
    expect(fake.counts()['diff']).toBeUndefined();
    fake.assertClean();
  });

  test('another connection looks for it by comparison alone', async () => {
    const { fake, again } = await connect();
    const { id } = fake.store.add({ name: 'Ada', business: '1' });
    const { provider } = await again();
    expect((await provider.lookup?.({ card }))?.id).toBe(id);
    // A second create that was lost is another contact.
    expect((await provider.lookup?.({ card }))?.id).toBe(id);
  });
});
