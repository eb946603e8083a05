import { describe, expect, test } from 'vitest';
import { Unavailable, UnknownOutcome } from '../../src/model/errors.js';
import { person } from '../conformance/cards.js';
import { tinyJpeg } from '../fakes/pictures.js';
import { all, connect, seed, sure } from './outlook-setup.js';

const numbers = (count: number): number[] => Array.from({ length: count }, (_none, index) => index);

describe('requests for 1,000 contacts', () => {
  test('listing: one for the folders, one a thousand contacts; pictures twenty in one', async () => {
    const { fake, provider } = await connect();
    for (const number of numbers(1000)) seed(fake, 'graph', person(number));
    expect(await all(provider.list({}))).toHaveLength(1000);
    expect(fake.calls()).toEqual({ folders: 1, list: 1 });
    await all(provider.list({ media: true }));
    expect(fake.calls()).toEqual({ folders: 1, list: 2, batch: 50 });
    fake.assertClean();
  });

  test('writing: twenty in one, at most one batch at a time', async () => {
    const { fake, provider } = await connect('graph', { latency: 2 });
    const made = await Promise.all(numbers(1000).map((number) => sure(provider).create(person(number))));
    expect(new Set(made.map((one) => one.id)).size).toBe(1000);
    expect(fake.calls()).toEqual({ batch: 50 });
    expect(fake.most()).toBe(1);
    const records = await all(provider.list({}));
    await Promise.all(records.map((record) => sure(provider).delete(record)));
    expect(fake.calls()).toEqual({ batch: 100, folders: 1, list: 1 });
    expect(fake.store.contacts.size).toBe(0);
    fake.assertClean();
  });

  test('the Outlook API: one request a contact, at most four at a time', async () => {
    const { fake, provider } = await connect('outlook-beta', { latency: 2 });
    await Promise.all(numbers(50).map((number) => sure(provider).create(person(number))));
    expect(fake.calls()).toEqual({ create: 50 });
    expect(fake.most()).toBeLessThanOrEqual(4);
    fake.assertClean();
  });
});

describe('batches', () => {
  test('a call by itself is none; calls of different kinds share one only where they may be repeated alike', async () => {
    const { fake, provider } = await connect();
    await sure(provider).create(person(0));
    expect(fake.calls()).toEqual({ create: 1 });
    const [record] = await all(provider.list({}));
    if (record === undefined) throw new Error('nothing there');
    await Promise.all([
      provider.get(record.id),
      sure(provider).setPhoto(record.id, tinyJpeg()),
      sure(provider).create(person(1)),
      sure(provider).create(person(2)),
    ]);
    const sizes = fake.requests
      .filter(({ kind }) => kind === 'batch')
      .map(({ body }) => (JSON.parse(body.toString('utf8')) as { requests: { method: string }[] }).requests)
      .map((requests) => requests.map(({ method }) => method).join());
    expect(sizes.sort()).toEqual(['GET,GET', 'POST,POST']);
    expect(fake.calls()['set photo']).toBe(1);
    fake.assertClean();
  });

  test('one bad contact fails alone', async () => {
    const { fake, provider } = await connect();
    const ids = numbers(3).map((number) => seed(fake, 'graph', person(number)));
    const found = await Promise.allSettled([...ids, 'AAMkUnknown='].map((id) => provider.get(id)));
    expect(found.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled', 'rejected']);
    expect(fake.calls()).toEqual({ batch: 1, folders: 1 });
  });

  test('what the rate limiter refuses goes again after the longest wait, and nothing else does', async () => {
    const { fake, provider, waits } = await connect();
    fake.fault({ kind: '429', on: 'create', times: 3, skip: 2, retryAfter: '7' });
    fake.fault({ kind: '429', on: 'create', retryAfter: '19' });
    const made = await Promise.all(numbers(20).map((number) => sure(provider).create(person(number))));
    expect(new Set(made.map((one) => one.id)).size).toBe(20);
    expect(fake.store.contacts.size).toBe(20);
    expect(waits).toEqual([19_000]);
    const sizes = fake.requests.map(
      ({ body }) => (JSON.parse(body.toString('utf8')) as { requests: unknown[] }).requests.length,
    );
    expect(sizes).toEqual([20, 4]);
  });

  test('without a wait it is a second, then double; refused too often it is Unavailable', async () => {
    const { fake, provider, waits } = await connect('graph', {}, {}, { retries: 2 });
    fake.fault({ kind: '429', on: 'create', times: 9 });
    const tried = await Promise.allSettled([1, 2, 3].map((number) => sure(provider).create(person(number))));
    expect(waits).toEqual([1000, 2000]);
    for (const one of tried) expect(one.status === 'rejected' && one.reason).toBeInstanceOf(Unavailable);
    expect(fake.store.contacts.size).toBe(0);
  });

  test('a wait that is too long is not begun', async () => {
    const { fake, provider, waits } = await connect();
    fake.fault({ kind: '429', on: 'create', retryAfter: '86400' });
    const [first, second] = await Promise.allSettled([1, 2].map((number) => sure(provider).create(person(number))));
    expect(first?.status === 'rejected' && first.reason).toBeInstanceOf(Unavailable);
    expect(second?.status).toBe('fulfilled');
    expect(waits).toEqual([]);
  });

  test('creates with an answer that is lost, or of 5xx, are unknown; other calls are made again by themselves', async () => {
    const { fake, provider } = await connect();
    fake.fault({ kind: 'lost', on: 'create' });
    fake.fault({ kind: '500-after', on: 'create' });
    fake.fault({ kind: '503', on: 'create' });
    const made = await Promise.allSettled(numbers(5).map((number) => sure(provider).create(person(number))));
    expect(made.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected', 'fulfilled', 'fulfilled']);
    for (const one of made.slice(0, 3)) expect(one.status === 'rejected' && one.reason).toBeInstanceOf(UnknownOutcome);
    expect(fake.counts()['create']).toBe(4);
    const records = await all(provider.list({}));
    fake.fault({ kind: 'lost', on: 'photo' });
    fake.fault({ kind: '500', on: 'photo' });
    fake.fault({ kind: '503', on: 'photo', retryAfter: '1' });
    fake.fault({ kind: 'expired', on: 'get' });
    const read = await Promise.all(records.map(({ id }) => provider.get(id).catch((error: unknown) => error)));
    expect(read.filter((one) => one instanceof Error)).toEqual([]);
  });

  test('the whole batch lost: creates are unknown, reads are read again', async () => {
    const { fake, provider } = await connect();
    const ids = numbers(2).map((number) => seed(fake, 'graph', person(number)));
    fake.fault({ kind: 'reset-after', on: 'batch' });
    const made = await Promise.allSettled([3, 4].map((number) => sure(provider).create(person(number))));
    for (const one of made) expect(one.status === 'rejected' && one.reason).toBeInstanceOf(UnknownOutcome);
    fake.fault({ kind: 'reset-before', on: 'batch' });
    await Promise.all(ids.map((id) => provider.get(id)));
    fake.fault({ kind: 'cut', on: 'batch' });
    const torn = await Promise.allSettled([5, 6].map((number) => sure(provider).create(person(number))));
    for (const one of torn) expect(one.status === 'rejected' && one.reason).toBeInstanceOf(UnknownOutcome);
  });

  test('a server without batches is spoken to one by one', async () => {
    const { fake, provider } = await connect('graph', { noBatch: true });
    await Promise.all(numbers(30).map((number) => sure(provider).create(person(number))));
    await Promise.all(numbers(30).map((number) => sure(provider).create(person(30 + number))));
    expect(fake.calls()).toEqual({ batch: 1, create: 60 });
    expect(fake.store.contacts.size).toBe(60);
  });

  test('large pictures travel as their own bytes, others in batches below 4 MB', async () => {
    const { fake, provider } = await connect();
    const ids = numbers(29).map((number) => seed(fake, 'graph', person(number)));
    const bytes = (size: number): Uint8Array => {
      const all = new Uint8Array(size);
      all.set(tinyJpeg().bytes);
      return all;
    };
    await Promise.all(
      ids.map((id, at) =>
        sure(provider).setPhoto(id, { mediaType: 'image/jpeg', bytes: bytes(at === 0 ? 3_000_000 : 300_000) }),
      ),
    );
    expect(fake.calls()['set photo']).toBe(1);
    const sizes = fake.requests.filter(({ kind }) => kind === 'batch').map(({ body }) => body.length);
    expect(sizes.length).toBeGreaterThan(2);
    expect(Math.max(...sizes)).toBeLessThan(4 * 1024 * 1024);
    expect([...fake.store.contacts.values()].every(({ photo }) => (photo?.bytes.length ?? 0) >= 300_000)).toBe(true);
    fake.assertClean();
  });
});

test('501 says that there are no batches, too', async () => {
  const { fake, provider } = await connect('graph', { noBatch: 501 });
  for (const from of [0, 5])
    await Promise.all(numbers(5).map((number) => sure(provider).create(person(from + number))));
  expect(fake.calls()).toEqual({ batch: 1, create: 10 });
});

describe.each(['graph', 'outlook-v2', 'outlook-beta'] as const)('%s without extended properties', (name) => {
  test('contacts are kept without their stamp, with one warning', async () => {
    const { fake, provider, context } = await connect(name, { extended: false });
    for (const number of numbers(4)) await sure(provider).create(person(number));
    expect(fake.counts()['create']).toBe(6);
    const listed = await all(provider.list({}));
    expect(listed.map(({ uidDerived }) => uidDerived)).toEqual([true, true, true, true]);
    const [first] = listed;
    if (first === undefined) throw new Error('nothing there');
    const next = { ...first.card, nicknames: { n: { name: 'Nick' } } };
    await provider.update?.(first.id, { last: first, next, patch: {} });
    expect(Object.values((await provider.get(first.id)).card.nicknames ?? {})).toEqual([{ name: 'Nick' }]);
    expect(context.warnings).toHaveLength(1);
    fake.assertClean();
  });

  test('a lost create is looked for by what it holds', async () => {
    const { fake, provider, again } = await connect(name, { extended: false });
    const card = person(7);
    expect(await (await again()).lookup?.({ card })).toBeUndefined();
    fake.fault({ kind: '500-after', on: 'create', skip: 1 });
    await expect(sure(provider).create(card)).rejects.toBeInstanceOf(UnknownOutcome);
    const [made] = fake.store.contacts.values();
    for (const one of [provider, await again()])
      expect([made?.id, made?.immutableId]).toContain((await one.lookup?.({ card }))?.id);
  });
});

test('one contact that is refused for its own sake does not cost the others their stamp', async () => {
  const { fake, provider } = await connect();
  fake.fault({ kind: 'bad', on: 'create' });
  await sure(provider).create(person(1));
  await sure(provider).create(person(2));
  const derived = (await all(provider.list({}))).map(({ uidDerived }) => uidDerived === true);
  expect(derived).toEqual([true, false]);
});
