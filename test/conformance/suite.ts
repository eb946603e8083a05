/** One suite for all providers. A provider joins with a stand-in server and about twenty lines. */
import { describe, expect, it } from 'vitest';
import type { TestContext as VitestContext } from 'vitest';
import type { Card, ContactRecord } from '../../src/model/card.js';
import { Conflict, NotFound } from '../../src/model/errors.js';
import { diffCards } from '../../src/model/normalize.js';
import { applyPatch, diffPatch } from '../../src/model/patch.js';
import type { Ability, ListQuery, Provider } from '../../src/providers/types.js';
import { PICTURE, HOSTILE, person, rich } from './cards.js';
import { abilityTests } from './abilities.js';

/** One account, empty and of its own, with a signed-in driver. */
export interface Subject {
  provider: Provider;
  /** Puts cards there past the driver: for drivers without `create`, and for many at once. Returns their ids in order. */
  seed?: (cards: readonly Card[]) => Promise<string[]>;
  /** Changes a contact past the driver, as another program would. Without it the driver's own `update` does it. */
  touch?: (id: string) => Promise<void>;
  /** Runs `action` once, after the first page (or batch) of the next listing was answered. */
  betweenPages?: (action: () => Promise<void>) => void;
  /** @throws when the stand-in was asked for what the vendor does not document */
  assertClean?(): void;
  close(): Promise<void>;
}

export interface ConformanceOptions {
  /** Records that one page of the server (or one batch) holds; the suite goes up to three of them. */
  pageSize: number;
  /** The server gives version marks and minds them. */
  etags: boolean;
  /** An id of the right form that nothing has. */
  unknownId?: string;
  /** Milliseconds for each test. */
  timeout?: number;
}

/** Undefined when the real server is not there (and has said so loudly): then the tests are skipped. */
export type Setup = () => Promise<Subject | undefined>;
type Body = (subject: Subject, context: VitestContext) => Promise<void>;

/** Says why a test is skipped: only for an ability that the definition does not promise either. */
export function need(subject: Subject, context: VitestContext, ability: Ability, has: boolean): void {
  if (has) return;
  expect(subject.provider.definition.abilities).not.toContain(ability);
  context.skip(`${subject.provider.definition.name} has no ${ability}`);
}

export async function all(provider: Provider, query: ListQuery = {}): Promise<ContactRecord[]> {
  const records: ContactRecord[] = [];
  for await (const record of provider.list(query)) records.push(record);
  return records;
}

/** Puts cards into the account by the driver's own `create`, where it has one. */
export async function put({ provider, seed }: Subject, cards: readonly Card[]): Promise<string[]> {
  if (provider.create === undefined) return seed === undefined ? [] : seed(cards);
  const ids: string[] = [];
  for (const card of cards) ids.push((await provider.create({ card })).id);
  return ids;
}

/** Many cards, the fast way where the stand-in has one. */
function fill(subject: Subject, cards: readonly Card[]): Promise<string[]> {
  return subject.seed?.(cards) ?? put(subject, cards);
}

/** The next state of a record, as `update` wants it. */
export function change(
  record: ContactRecord,
  members: Partial<Card>,
): { next: Card; patch: ReturnType<typeof diffPatch>; last: ContactRecord } {
  const next: Card = { ...record.card, ...members };
  const patch = diffPatch(record.card, next);
  return { next: applyPatch(record.card, patch), patch, last: record };
}

/** What the server should hold of a card, compared with what it gave back: all of it, or not at all if write-only. */
export function expectKept(provider: Provider, card: Card, found: Card): void {
  const hidden = (provider.definition.writeOnly ?? []).filter((field) => found[field] === undefined);
  expect(diffCards(provider.project(card), found).filter(({ field }) => !hidden.includes(field))).toEqual([]);
}

/** Every test gets an account of its own and ends with the stand-in's verdict. */
export function tests(setup: Setup, timeout: number): (title: string, body: Body) => void {
  return (title, body) => {
    it(title, { timeout }, async (context) => {
      const subject = await setup();
      if (subject === undefined) return context.skip('the server is not installed');
      try {
        await body(subject, context);
        subject.assertClean?.();
      } finally {
        await subject.close();
      }
    });
  };
}

/** The suite. `setup` opens a fresh, empty account for every test. */
export function conformance(name: string, setup: Setup, options: ConformanceOptions): void {
  const test = tests(setup, options.timeout ?? 30_000);
  describe(`conformance: ${name}`, () => {
    abilityTests(test, options);
    readingTests(test, options);
    writingTests(test, options);
    pagingTests(test, options);
    for (const [title, make] of Object.entries(HOSTILE))
      test(`survives ${title}`, (subject) => survives(subject, make()));
  });
}

type Test = ReturnType<typeof tests>;

function readingTests(test: Test, { unknownId = 'no-such-contact' }: ConformanceOptions): void {
  test('an empty account lists nothing and signs in', async ({ provider }) => {
    expect(await all(provider)).toEqual([]);
    expect((await provider.check()).user).not.toBe('');
    for (const book of await provider.books()) expect(await all(provider, { bookIds: [book.id] })).toEqual([]);
  });
  test('an unknown id is NotFound', async ({ provider }) => {
    await expect(provider.get(unknownId)).rejects.toBeInstanceOf(NotFound);
    const ghost: ContactRecord = { id: unknownId, bookIds: [], card: person(1) };
    if (provider.update)
      await expect(provider.update(unknownId, change(ghost, { kind: 'org' }))).rejects.toBeInstanceOf(NotFound);
    if (provider.delete) await expect(provider.delete(ghost)).rejects.toBeInstanceOf(NotFound);
  });
  test('a rich contact comes back equal, up to the declared losses, from list and get', async (subject) => {
    const { provider } = subject;
    const card = rich();
    const [id = ''] = await put(subject, [card]);
    const got = await provider.get(id);
    expectKept(provider, card, got.card);
    const [listed] = await all(provider, { media: true });
    expect(listed?.id).toBe(id);
    expectKept(provider, card, listed?.card ?? got.card);
    expect(got.card.version).toBe('1.0');
    expect(got.card.uid).not.toBe('');
    expect(listed?.bookIds.length).toBeGreaterThan(0);
  });
  test('two contacts with one name and one address stay two', async (subject) => {
    const twin = (): Card => ({ ...rich(), emails: { e1: { address: 'twin@example.org' } } });
    const ids = await put(subject, [twin(), twin()]);
    expect(new Set(ids).size).toBe(2);
    expect((await all(subject.provider)).map((one) => one.id).sort()).toEqual([...ids].sort());
  });
  test('search finds what the client would', async (subject, context) => {
    const { provider } = subject;
    need(subject, context, 'search', provider.search !== undefined);
    const [id] = await put(subject, [person(31), person(32)]);
    const found: string[] = [];
    for await (const record of provider.search?.(['family31'], {}) ?? []) found.push(record.id);
    expect(found).toContain(id);
  });
}

function writingTests(test: Test, { etags }: ConformanceOptions): void {
  test('create answers with the id that list and get know', async (subject, context) => {
    const { provider } = subject;
    need(subject, context, 'create', provider.create !== undefined);
    const result = await provider.create?.({ card: person(1) });
    expect((await all(provider)).map((record) => record.id)).toEqual([result?.id]);
    expect((await provider.get(result?.id ?? '')).id).toBe(result?.id);
  });
  test('a create whose answer was lost is found again', async (subject, context) => {
    const { provider } = subject;
    if (provider.lookup === undefined) return context.skip(`${provider.definition.name} has no lookup`);
    const card = person(1);
    expect(await provider.lookup({ card })).toBeUndefined();
    const result = await provider.create?.({ card });
    expect((await provider.lookup({ card }))?.id).toBe(result?.id);
    expect(await provider.lookup({ card: person(2) })).toBeUndefined();
  });
  test('update changes what it should and nothing else', async (subject, context) => {
    const { provider } = subject;
    need(subject, context, 'update', provider.update !== undefined);
    const [id = '', other = ''] = await put(subject, [rich(), person(2)]);
    const [before, bystander] = [await provider.get(id), await provider.get(other)];
    const wanted = change(before, { notes: { n1: { note: 'changed' } } });
    const result = await provider.update?.(id, wanted);
    const after = await provider.get(result?.id ?? id);
    expectKept(provider, wanted.next, after.card);
    const differences = diffCards(before.card, after.card).map((one) => one.field);
    expect(differences.filter((field) => field !== 'notes')).toEqual([]);
    expect(diffCards(bystander.card, (await provider.get(other)).card)).toEqual([]);
  });
  test('a stale etag is a Conflict', async (subject, context) => {
    const { provider } = subject;
    const [id = ''] = await put(subject, [person(1)]);
    const stale = await provider.get(id);
    expect(stale.etag !== undefined).toBe(etags);
    if (!etags) return context.skip(`${provider.definition.name} has no etags`);
    if (subject.touch !== undefined) await subject.touch(id);
    else await provider.update?.(id, change(await provider.get(id), { notes: { n1: { note: 'meanwhile' } } }));
    if (provider.update) {
      await expect(provider.update(id, change(stale, { notes: { n1: { note: 'mine' } } }))).rejects.toBeInstanceOf(
        Conflict,
      );
    }
    if (provider.delete) await expect(provider.delete(stale)).rejects.toBeInstanceOf(Conflict);
    expect((await provider.get(id)).id).toBe(id);
  });
  test('delete deletes one, and the second time it is NotFound', async (subject, context) => {
    const { provider } = subject;
    need(subject, context, 'delete', provider.delete !== undefined);
    const [id = '', other = ''] = await put(subject, [person(1), person(2)]);
    const record = await provider.get(id);
    await provider.delete?.(record);
    await expect(provider.delete?.(record)).rejects.toBeInstanceOf(NotFound);
    await expect(provider.get(id)).rejects.toBeInstanceOf(NotFound);
    expect((await all(provider)).map((one) => one.id)).toEqual([other]);
  });
}

function pagingTests(test: Test, { pageSize }: ConformanceOptions): void {
  test('0, 1, a page, a page more or less by one, three pages: each contact once', async (subject) => {
    const ids: string[] = [];
    for (const size of [...new Set([0, 1, pageSize - 1, pageSize, pageSize + 1, 3 * pageSize])]) {
      const more = Array.from({ length: size - ids.length }, (_none, index) => person(ids.length + index));
      ids.push(...(await fill(subject, more)));
      expect((await all(subject.provider)).map((record) => record.id).sort()).toEqual([...ids].sort());
    }
  });
  test('a change between two pages loses and doubles nothing', async (subject, context) => {
    const { provider } = subject;
    if (subject.betweenPages === undefined && provider.delete === undefined) return context.skip('nothing can change');
    const ids = await put(
      subject,
      Array.from({ length: 2 * pageSize + 1 }, (_none, index) => person(index)),
    );
    const gone = ids.at(-1) ?? '';
    let meddled = false;
    const meddle = async (): Promise<void> => {
      meddled = true;
      await provider.delete?.(await provider.get(gone));
      await put(subject, [person(100_000)]);
    };
    subject.betweenPages?.(meddle);
    const seen: string[] = [];
    for await (const record of provider.list({})) {
      seen.push(record.id);
      if (!meddled && subject.betweenPages === undefined) await meddle();
    }
    expect(meddled).toBe(true);
    expect(new Set(seen).size).toBe(seen.length);
    const stayed = ids.filter((id) => id !== gone || provider.delete === undefined);
    expect(stayed.filter((id) => !seen.includes(id))).toEqual([]);
  });
}

/** Hostile data goes in, comes back as declared, and takes no other contact with it. */
async function survives(subject: Subject, card: Card): Promise<void> {
  const { provider } = subject;
  const reason = provider.unstorable?.(card);
  if (reason !== undefined) {
    await expect(provider.create?.({ card })).rejects.toThrow();
    return;
  }
  const [id = '', other = ''] = await put(subject, [
    card,
    person(1, { media: { m1: { kind: 'photo', uri: PICTURE } } }),
  ]);
  expectKept(provider, card, (await provider.get(id)).card);
  expect((await all(provider)).map((record) => record.id).sort()).toEqual([id, other].sort());
}
