import { describe, expect, test } from 'vitest';
import { diffCards } from '../../src/model/normalize.js';
import { people } from '../fakes/people.js';
import { added, all, bare, cardOf, connect, textOf } from './axigen-setup.js';

const noted = (note: string) => ({ notes: { n1: { note } } });

describe('listings that lag', () => {
  test('show what was written, changed and deleted a moment ago', async () => {
    const { fake, provider, again } = await connect({ lag: Infinity });
    for (const card of people(5)) fake.add(textOf(card));
    const [first, second] = await all(provider.list({}));
    if (first === undefined || second === undefined) throw new Error('nothing listed');
    const made = await added(provider, { name: { full: 'New' } });
    await provider.update?.(first.id, { next: { ...first.card, ...noted('changed') }, patch: {}, last: first });
    await provider.delete?.(second);
    const records = await all(provider.list({}));
    expect(records).toHaveLength(5);
    const byId = new Map(records.map((record) => [record.id, record]));
    expect(byId.get(made.id)?.card.name?.full).toBe('New');
    expect(
      byId.get(first.id)?.card.notes?.['n1']?.note ?? Object.values(byId.get(first.id)?.card.notes ?? {})[0]?.note,
    ).toBe('changed');
    expect(byId.has(second.id)).toBe(false);
    // Another process sees what the listing says, and each contact as it is.
    const other = await again();
    expect((await all(other.list({}))).map(({ id }) => id)).not.toContain(made.id);
    expect((await other.get(made.id)).card.name?.full).toBe('New');
    await expect(other.get(second.id)).rejects.toMatchObject({ code: 'notFound' });
    fake.assertClean();
  });

  test('that have caught up cost no further reading one by one', async () => {
    const { fake, provider } = await connect({ lag: Infinity });
    for (const card of people(8)) await provider.create?.({ card });
    const before = fake.counts()['GET'] ?? 0;
    expect(await all(provider.list({}))).toHaveLength(8);
    expect(fake.counts()['GET']).toBe(before + 8);
    fake.dav.settle();
    expect(await all(provider.list({}))).toHaveLength(8);
    expect(fake.counts()['GET']).toBe(before + 8);
    fake.assertClean();
  });

  test('of the contact after somebody else changed or deleted it, as it is now', async () => {
    const { fake, provider, again } = await connect({ lag: Infinity });
    const mine = await added(provider, { name: { full: 'Mine' } });
    const gone = await added(provider, { name: { full: 'Gone' } });
    const other = await again();
    await other.update?.(mine.id, { next: { ...mine.card, name: { full: 'Theirs' } }, patch: {}, last: mine });
    await other.delete?.(gone);
    expect((await all(provider.list({}))).map(({ card }) => card.name?.full)).toEqual(['Theirs']);
    fake.assertClean();
  });

  test('a contact deleted and made again is there', async () => {
    const { fake, provider } = await connect({ lag: Infinity });
    const record = await added(provider);
    fake.dav.settle();
    await provider.delete?.(record);
    expect(await all(provider.list({}))).toEqual([]);
    await provider.create?.({ card: record.card });
    expect(await all(provider.list({}))).toHaveLength(1);
    fake.dav.settle();
    expect(await all(provider.list({}))).toHaveLength(1);
    fake.assertClean();
  });
});

describe('no ETag on PUT', () => {
  test('it is asked for by GET, and guards the next write', async () => {
    const { fake, provider, again } = await connect({ putEtag: false });
    const made = await provider.create?.({ card: cardOf() });
    expect(made?.etag).toMatch(/^"/);
    expect(fake.counts()).toEqual({ PROPFIND: 1, PUT: 1, GET: 1 });
    const record = await provider.get(made?.id ?? '');
    const other = await again();
    await other.update?.(record.id, { next: { ...record.card, ...noted('theirs') }, patch: {}, last: record });
    await expect(
      provider.update?.(record.id, { next: { ...record.card, ...noted('mine') }, patch: {}, last: record }),
    ).rejects.toMatchObject({ code: 'conflict' });
    fake.assertClean();
  });
});

describe('cards that the server stores under another name', () => {
  test.each([true, false])('are found again by their uid (ETag on PUT: %s)', async (putEtag) => {
    const { fake, provider, again } = await connect({ moves: true, putEtag });
    const card = cardOf();
    const made = await provider.create?.({ card });
    expect(made?.id).toBe(bare(card.uid));
    expect([...fake.dav.main.cards.keys()]).toEqual(['srv-1.vcf']);
    expect((await all(provider.list({}))).map(({ id }) => id)).toEqual([made?.id]);
    for (const connection of [provider, await again()]) {
      const record = await connection.get(made?.id ?? '');
      expect(diffCards(card, record.card)).toEqual([]);
    }
    const stranger = await again();
    const { etag, ...record } = await stranger.get(made?.id ?? '');
    await (
      await again()
    ).update?.(record.id, {
      next: { ...record.card, ...noted('x') },
      patch: {},
      last: { ...record, ...(etag === undefined ? {} : { etag }) },
    });
    expect([...fake.dav.main.cards.keys()]).toEqual(['srv-1.vcf']);
    await expect((await again()).create?.({ card })).rejects.toMatchObject({ code: 'conflict' });
    const last = await (await again()).get(record.id);
    await (await again()).delete?.(last);
    expect(fake.dav.main.cards.size).toBe(0);
    await expect((await again()).delete?.(last)).rejects.toMatchObject({ code: 'notFound' });
    fake.assertClean();
  });

  test('a lost create is found by its uid, once a write has shown that the server renames', async () => {
    const { fake, provider } = await connect({ moves: true });
    await provider.create?.({ card: cardOf() });
    const card = cardOf();
    fake.fault({ kind: 'reset-after', on: 'PUT' });
    await expect(provider.create?.({ card })).rejects.toMatchObject({ code: 'unknownOutcome' });
    expect((await provider.lookup?.({ card }))?.id).toBe(bare(card.uid));
    expect(await provider.lookup?.({ card: cardOf() })).toBeUndefined();
    fake.assertClean();
  });

  test('found once the listing shows them, though an earlier look came too soon', async () => {
    const { fake, provider } = await connect({ moves: true, lag: Infinity });
    const card = cardOf();
    const { id } = (await provider.create?.({ card })) ?? { id: '' };
    await expect(provider.get(id)).rejects.toMatchObject({ code: 'notFound' });
    fake.dav.settle();
    expect((await provider.get(id)).card.uid).toBe(card.uid);
    fake.assertClean();
  });

  test('two of them with one uid keep ids of their own, and each its name', async () => {
    const { fake, provider } = await connect();
    for (const name of ['one', 'two'])
      fake.add(textOf(cardOf({ uid: 'same', name: { full: name } })), { name: `${name}.vcf` });
    for (let round = 1; round <= 2; round += 1) {
      const records = await all(provider.list({}));
      expect(records.map(({ id, card }) => [id, card.name?.full])).toEqual([
        ['same', 'one'],
        ['/Contacts/Contacts/two.vcf', 'two'],
      ]);
    }
    fake.assertClean();
  });

  test('what this process deleted is not looked for anywhere else', async () => {
    const { fake, provider } = await connect();
    const record = await added(provider);
    await provider.delete?.(record);
    await expect(provider.delete?.(record)).rejects.toMatchObject({ code: 'notFound' });
    await expect(provider.get(record.id)).rejects.toMatchObject({ code: 'notFound' });
    expect(fake.counts()).toMatchObject({ PROPFIND: 1, DELETE: 2 });
  });

  test('many unknown ids at a time read the collection once', async () => {
    const { fake, provider } = await connect();
    for (const card of people(3)) fake.add(textOf(card));
    const looks = Array.from({ length: 20 }, (_, at) =>
      provider.get(`nobody-${String(at)}`).catch((error: { code: string }) => error.code),
    );
    expect(new Set(await Promise.all(looks))).toEqual(new Set(['notFound']));
    // One to open the collection, one to list it.
    expect(fake.counts()).toEqual({ PROPFIND: 2, GET: 20, REPORT: 1 });
    fake.assertClean();
  });
});

describe('lost answers', () => {
  test.each(['reset-after', '500-after'] as const)(
    'a create with %s is unknown, and looked up without a listing',
    async (kind) => {
      const { fake, provider } = await connect({ lag: Infinity });
      const card = cardOf();
      fake.fault({ kind, on: 'PUT' });
      await expect(provider.create?.({ card })).rejects.toMatchObject({ code: 'unknownOutcome' });
      expect(fake.dav.main.cards.size).toBe(1);
      const found = await provider.lookup?.({ card });
      expect(found?.id).toBe(bare(card.uid));
      expect(fake.counts()['PUT']).toBe(1);
      expect(fake.counts()['REPORT']).toBeUndefined();
      expect((await all(provider.list({}))).map(({ id }) => id)).toEqual([bare(card.uid)]);
      fake.assertClean();
    },
  );

  test('a create that never arrived is not there', async () => {
    const { fake, provider } = await connect();
    const card = cardOf();
    fake.fault({ kind: 'reset-before', on: 'PUT' });
    await expect(provider.create?.({ card })).rejects.toMatchObject({ code: 'unknownOutcome' });
    expect(await provider.lookup?.({ card })).toBeUndefined();
    await provider.create?.({ card });
    fake.assertClean();
  });

  test('an update that lost its answer is repeated and meets its own work', async () => {
    const { fake, provider } = await connect();
    const record = await added(provider);
    fake.fault({ kind: 'reset-after', on: 'PUT' });
    const next = { ...record.card, ...noted('once') };
    const updated = await provider.update?.(record.id, { next, patch: {}, last: record });
    expect(updated?.etag).toBe((await provider.get(record.id)).etag);
    expect(updated?.etag).not.toBe(record.etag);
    fake.assertClean();
  });

  test('an update that lost its answer to somebody else is a conflict', async () => {
    const { fake, provider } = await connect();
    const record = await added(provider);
    fake.fault({ kind: 'reset-before', on: 'PUT' });
    fake.onRequest(({ method }) => {
      if (method === 'PUT') fake.dav.main.put(`${record.id}.vcf`, textOf({ ...record.card, ...noted('theirs') }));
    });
    await expect(
      provider.update?.(record.id, { next: { ...record.card, ...noted('ours') }, patch: {}, last: record }),
    ).rejects.toMatchObject({ code: 'conflict' });
    fake.assertClean();
  });

  test('a delete that lost its answer is unknown; the contact is gone for sure', async () => {
    const { fake, provider } = await connect({ lag: Infinity });
    const record = await added(provider);
    fake.fault({ kind: 'reset-after', on: 'DELETE' });
    await expect(provider.delete?.(record)).rejects.toMatchObject({ code: 'unknownOutcome' });
    await expect(provider.get(record.id)).rejects.toMatchObject({ code: 'notFound' });
    expect(fake.counts()['DELETE']).toBe(1);
    fake.assertClean();
  });

  test('a missing collection is no conflict, though the server says 409', async () => {
    const { fake, provider } = await connect();
    await provider.books();
    fake.dav.store.books.delete('Contacts');
    await expect(provider.create?.({ card: cardOf() })).rejects.toMatchObject({ code: 'refused', status: 409 });
  });
});

describe('a server that keeps only what its own clients know', () => {
  test('comes back without the rest, and says so by the card', async () => {
    const { fake, provider } = await connect({ keeps: 'documented' });
    const record = await added(provider, {
      name: { full: 'A' },
      speakToAs: { grammaticalGender: 'feminine' },
      phones: { p: { number: '1' } },
    });
    expect(record.card.phones).toBeDefined();
    expect(record.card.speakToAs).toBeUndefined();
    fake.assertClean();
  });
});

describe('changes by etags', () => {
  test.each([true, false])('created, updated, removed by the ids that they have (ctag: %s)', async (ctag) => {
    const { fake, provider, again } = await connect({ ctag });
    fake.add(textOf(cardOf({ uid: 'odd', name: { full: 'Odd' } })), { name: '0815.vcf' });
    fake.add(textOf(cardOf({ uid: 'a/b', name: { full: 'Slash' } })), { name: 'whatever.vcf' });
    const kept = await added(provider);
    const gone = await added(provider);
    const token = (await (await again()).changes?.current()) ?? '';
    const idle = await provider.changes?.since(token);
    expect(idle).toEqual({ created: [], updated: [], removed: [], token: idle?.token });
    await provider.update?.(kept.id, { next: { ...kept.card, ...noted('new') }, patch: {}, last: kept });
    await provider.delete?.(gone);
    fake.dav.main.remove('0815.vcf');
    fake.dav.main.remove('whatever.vcf');
    const made = await added(provider);
    const changes = await (await again()).changes?.since(token);
    expect(changes?.created.map(({ id }) => id)).toEqual([made.id]);
    expect(changes?.updated.map(({ id, card }) => [id, Object.values(card.notes ?? {})[0]?.note])).toEqual([
      [kept.id, 'new'],
    ]);
    expect(changes?.removed.sort()).toEqual([gone.id, 'a/b', 'odd'].sort());
    expect(changes?.reset).toBeUndefined();
    const after = await (await again()).changes?.since(changes?.token);
    expect([after?.created, after?.updated, after?.removed]).toEqual([[], [], []]);
    fake.assertClean();
  });

  test('uids that make no good name are told by the uid when they go', async () => {
    const { fake, provider, again } = await connect();
    const ids = ['x'.repeat(400), 'a/b'];
    for (const uid of ids) await provider.create?.({ card: cardOf({ uid }) });
    for (const name of fake.dav.main.cards.keys()) expect(name.length).toBeLessThan(250);
    const token = await (await again()).changes?.current();
    for (const id of ids) await provider.delete?.(await provider.get(id));
    expect((await (await again()).changes?.since(token))?.removed.sort()).toEqual(ids.sort());
    fake.assertClean();
  });

  test('an odd id stays known from token to token', async () => {
    const { fake, again } = await connect();
    fake.add(textOf(cardOf({ uid: 'odd' })), { name: '0815.vcf' });
    const first = await (await again()).changes?.current();
    await added(await again());
    const second = await (await again()).changes?.since(first);
    expect(second?.created).toHaveLength(1);
    fake.dav.main.remove('0815.vcf');
    expect((await (await again()).changes?.since(second?.token))?.removed).toEqual(['odd']);
    fake.assertClean();
  });

  test('a tag that did not change costs one request', async () => {
    const { fake, provider, again } = await connect();
    await added(provider);
    const token = (await provider.changes?.current()) ?? '';
    const other = await again();
    await other.books();
    const before = fake.counts()['PROPFIND'] ?? 0;
    await other.changes?.since(token);
    expect(fake.counts()['PROPFIND']).toBe(before + 1);
  });

  test('a listing of this process teaches the ids that a token needs', async () => {
    const { fake, provider } = await connect();
    for (const card of people(5)) fake.add(textOf(card));
    await all(provider.list({}));
    const reports = fake.counts()['REPORT'];
    await provider.changes?.current();
    expect(fake.counts()['REPORT']).toBe(reports);
  });

  test.each(['rubbish', 'rest.W10', 'H4sIAAAAAAAAA4uOBQApu0wNAgAAAA'])(
    'token %s: everything, said to be so',
    async (token) => {
      const { fake, provider } = await connect();
      await added(provider);
      const changes = await provider.changes?.since(token);
      expect(changes).toMatchObject({ reset: true, removed: [], updated: [] });
      expect(changes?.created).toHaveLength(1);
      expect((await provider.changes?.since(undefined))?.reset).toBeUndefined();
      fake.assertClean();
    },
  );
});
