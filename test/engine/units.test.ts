import { appendFile, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lossesOf } from '../../src/engine/losses.js';
import { matchAll, type MatchEntry } from '../../src/engine/match.js';
import { baseOf, mergeCards } from '../../src/engine/merge.js';
import { migrate } from '../../src/engine/migrate.js';
import { prepareCard, unfoldNotes } from '../../src/engine/overflow.js';
import { forEachLimited, KeyedLock } from '../../src/engine/pool.js';
import { Spool } from '../../src/engine/spool.js';
import { MigrationState } from '../../src/engine/state.js';
import type { Card } from '../../src/model/card.js';
import { equalCards } from '../../src/model/normalize.js';
import { memoryServer } from '../fakes/memory.js';
import { all, memoryJournal, migration, person, tempFolder } from './support.js';

const noteOf = (card: Card): string => Object.values(card.notes ?? {})[0]?.note ?? '';

/** Keeps one phone number and 200 characters of notes. */
function small(card: Card): Card {
  const kept = structuredClone(card);
  const [first] = Object.entries(kept.phones ?? {});
  if (first !== undefined) kept.phones = { slot: first[1] };
  if (kept.notes !== undefined)
    kept.notes = {
      n: {
        note: Object.values(kept.notes)
          .map((note) => note.note)
          .join('\n')
          .slice(0, 200),
      },
    };
  delete kept.nicknames;
  delete kept.titles;
  return kept;
}

describe('losses', () => {
  it('are what the projection does not give back; fields nobody documents are unsure', () => {
    const { connection } = memoryServer({ project: small, unsure: ['emails'] });
    const card = person('Anna', { phones: { a: { number: '1' }, b: { number: '2' } }, titles: { t: { name: 'Dev' } } });
    expect(lossesOf(connection, card).map((loss) => [loss.field, loss.kind])).toEqual([
      ['titles', 'dropped'],
      ['phones', 'dropped'],
      ['emails', 'unsure'],
    ]);
    expect(lossesOf(connection, card)[2]?.value).toContain('anna@example.org');
  });
});

describe('overflow into the notes', () => {
  const { connection } = memoryServer({ project: small });
  const card = person('Anna', {
    notes: { n: { note: 'own note' } },
    phones: { a: { number: '1' }, b: { number: '2', contexts: { work: true } } },
    nicknames: { n: { name: 'Annie' } },
  });

  it('comes back when the card is read as a source', async () => {
    const { card: written, projection, losses, leftover } = await prepareCard(connection, card, 'notes');
    expect(noteOf(written)).toBe(
      'own note\n\n-- cardferry: nicknames: {"nicknames":{"n":{"name":"Annie"}}}\n-- cardferry: phones: {"phones":{"b":{"number":"2","contexts":{"work":true}}}}',
    );
    expect(losses.map((loss) => [loss.field, loss.becomes])).toEqual([
      ['nicknames', 'kept in the notes'],
      ['phones', 'kept in the notes'],
    ]);
    expect(leftover).toBeUndefined();
    expect(equalCards(card, unfoldNotes(projection.card))).toBe(true);
  });

  it('leaves the rest to the leftovers when the notes are full', async () => {
    const long = { ...card, notes: { n: { note: 'x'.repeat(120) } } };
    const { card: written, leftover } = await prepareCard(connection, long, 'notes');
    expect(noteOf(written)).toContain('nicknames');
    expect(noteOf(written)).not.toContain('phones:');
    expect(leftover).toMatchObject({ uid: card.uid, phones: { b: { number: '2' } } });
    expect(leftover?.phones).not.toHaveProperty('a');
    expect((await prepareCard(connection, long, 'drop')).leftover).toBeUndefined();
    expect((await prepareCard(connection, long, 'file')).leftover).toMatchObject({
      nicknames: { n: { name: 'Annie' } },
    });
  });

  it.each([
    '-- cardferry: emails: {"emails":{"x":{"address":5}}}',
    '-- cardferry: emails: {"emails":{"x":"y"}}',
    '-- cardferry: emails: {"phones":{"x":{"number":"5"}}}',
    '-- cardferry: photo: {"media":{"x":{"kind":"photo","uri":"http://evil"}}}',
    '-- cardferry: emails: {"emails":',
    '-- cardferry: nosuch: {"a":1}',
    '-- cardferry: phones: {"phones":{"__proto__":{"number":5}}}',
  ])('leaves alone what nobody of us wrote: %s', (line) => {
    const strange = person('Anna', { notes: { n: { note: `a\n${line}` } } });
    expect(unfoldNotes(strange)).toEqual(strange);
  });

  it('makes a second migration write nothing, and the way back complete', async () => {
    const [from, to, back] = [
      memoryServer({ name: 'a' }),
      memoryServer({ name: 'b', project: small }),
      memoryServer({ name: 'c' }),
    ];
    from.add(card);
    const setup = await migration(from, to, memoryJournal());
    expect((await migrate(setup.options({ overflow: 'notes' }))).verified?.differences).toEqual([]);
    const writes = to.writes();
    await migrate(setup.options({ overflow: 'notes' }));
    expect(to.writes()).toBe(writes);
    await migrate(setup.options({ from: to.connection, to: back.connection }));
    expect(equalCards(card, [...back.contacts.values()][0]?.card ?? person('none'))).toBe(true);
  });
});

const anyCard = (): fc.Arbitrary<Card> =>
  fc
    .record({
      name: fc.constantFrom('Anna', 'Bert', 'Zoë'),
      phones: fc.uniqueArray(fc.constantFrom('1', '22', '333', '4444'), { maxLength: 3 }),
      title: fc.option(fc.constantFrom('Dev', 'Boss'), { nil: undefined }),
      note: fc.option(fc.constantFrom('x', 'y\nz'), { nil: undefined }),
    })
    .map(({ name, phones, title, note }) =>
      person(name, {
        ...(phones.length === 0
          ? {}
          : { phones: Object.fromEntries(phones.map((number, index) => [`p${index}`, { number }])) }),
        ...(title === undefined ? {} : { titles: { t1: { name: title } } }),
        ...(note === undefined ? {} : { notes: { n1: { note } } }),
      }),
    );
const numbers = (card: Card): string[] =>
  Object.values(card.phones ?? {})
    .map((phone) => phone.number)
    .sort();

describe('merging', () => {
  it('changes nothing twice, keeps what only the target has, and never touches its input', () => {
    fc.assert(
      fc.property(anyCard(), anyCard(), (source, target) => {
        const [a, b] = [JSON.stringify(source), JSON.stringify(target)];
        const { card } = mergeCards(source, target, source);
        expect(mergeCards(source, card, source).changed.size).toBe(0);
        expect(numbers(card)).toEqual([...new Set([...numbers(source), ...numbers(target)])].sort());
        if (source.titles === undefined) expect(card.titles).toEqual(target.titles);
        expect([JSON.stringify(source), JSON.stringify(target), card.uid]).toEqual([a, b, target.uid]);
      }),
    );
  });

  it('with a base: untouched sides change nothing, an edited target is a conflict, an untouched one becomes the source', () => {
    fc.assert(
      fc.property(anyCard(), anyCard(), anyCard(), (then, now, target) => {
        const base = baseOf(then, then, then);
        expect(mergeCards(then, then, then, base).changed.size).toBe(0);
        const edited = mergeCards(then, target, then, base);
        expect(new Set(edited.conflicts)).toEqual(edited.changed);
        const { card, conflicts } = mergeCards(now, then, now, base);
        expect(equalCards(now, card)).toBe(true);
        expect(conflicts).toEqual([]);
      }),
    );
  });

  it('names the fields that changed on both sides', () => {
    const then = person('Anna', { titles: { t: { name: 'Dev' } } });
    const [mine, theirs] = [
      person('Anna', { titles: { t: { name: 'Boss' } } }),
      person('Anna', { titles: { t: { name: 'CTO' } } }),
    ];
    expect(mergeCards(mine, theirs, mine, baseOf(then, then, then)).conflicts).toEqual(['titles']);
  });
});

describe('matching', () => {
  const entry = (id: string, extra: Partial<MatchEntry> = {}): MatchEntry => ({
    id,
    book: '',
    name: '',
    emails: [],
    hash: id,
    ...extra,
  });
  const match = async (sources: MatchEntry[], targets: MatchEntry[]): Promise<(string | undefined)[]> => {
    const found = await matchAll(sources, targets, {
      keys: ['uid', 'email', 'name'],
      mapped: () => undefined,
      agree: () => Promise.resolve(true),
    });
    return found.map((one) => (one === undefined ? undefined : (targets[one.target]?.id ?? '')));
  };

  it('is one to one, prefers the book, and does not take the twin of a surer match', async () => {
    const targets = [
      entry('t1', { uid: 'u', book: 'a' }),
      entry('t2', { uid: 'u', book: 'b' }),
      entry('t3', { hash: 'same' }),
    ];
    expect(
      await match(
        [
          entry('s1', { uid: 'u', book: 'b' }),
          entry('s2', { uid: 'u', book: 'b' }),
          entry('s3', { hash: 'same' }),
          entry('s4', { hash: 'same' }),
        ],
        targets,
      ),
    ).toEqual(['t2', 't1', 't3', undefined]);
  });

  it('does not join people who share an address or a common name', async () => {
    const info = { emails: ['info@x.org'] };
    expect(
      await match([entry('s', { ...info, name: 'anna meyer' })], [entry('t', { ...info, name: 'bert brown' })]),
    ).toEqual([undefined]);
    expect(await match([entry('s', { ...info, name: 'anna' })], [entry('t', { ...info, name: 'anna meyer' })])).toEqual(
      ['t'],
    );
    expect(
      await match([entry('s', { name: 'anna' })], [entry('t1', { name: 'anna' }), entry('t2', { name: 'anna' })]),
    ).toEqual([undefined]);
    expect(
      await match([entry('s', { name: 'anna', emails: ['a@x'] })], [entry('t', { name: 'anna', emails: ['b@x'] })]),
    ).toEqual([undefined]);
  });

  it('is linear where everything is the same', async () => {
    const many = (side: string): MatchEntry[] =>
      Array.from({ length: 20_000 }, (_, index) =>
        entry(`${side}${index}`, { uid: 'u', name: 'x', emails: ['x@x'], hash: 'h' }),
      );
    const began = performance.now();
    expect((await match(many('s'), many('t'))).filter((one) => one === undefined)).toEqual([]);
    expect(performance.now() - began).toBeLessThan(5000);
  });
});

describe('state, spool, pool', () => {
  it('survives a torn last line and is compacted', async () => {
    const folder = await tempFolder();
    const state = await MigrationState.open(folder, false);
    await state.begin('run-1', 1);
    const base = baseOf(person('A'), person('A'), person('A'));
    for (let n = 0; n < 300; n++) await state.setPair('s', `t${n}`, base);
    await state.setPair('gone', 'x', base);
    await state.removePair('gone');
    await state.setGroup('g', 'tg', ['t1']);
    await state.done(2, 7);
    await state.close();
    const file = join(folder, 'state.ndjson');
    const { size } = await stat(file);
    await appendFile(file, '{"k":"pair","s":"torn","d":"to');
    const again = await MigrationState.open(folder, false);
    expect([again.target('s'), again.target('torn'), again.target('gone')]).toEqual(['t299', undefined, undefined]);
    expect(await again.base('s')).toEqual(base);
    expect([again.lastCount, again.openRun, again.runOf('s'), again.group('g')?.target]).toEqual([
      7,
      undefined,
      'run-1',
      'tg',
    ]);
    await again.setPair('next', 'tn', undefined);
    expect(await again.base('next')).toBeUndefined();
    await again.close();
    expect((await stat(file)).size).toBeLessThan(size / 10);
    expect(await readFile(file, 'utf8')).toMatch(/"next"/);
  });

  it('goes on after a torn line', async () => {
    const folder = await tempFolder();
    const state = await MigrationState.open(folder, false);
    await state.setPair('a', 'ta', undefined);
    await state.close();
    await appendFile(join(folder, 'state.ndjson'), '{"k":"pair","s":"torn"');
    const again = await MigrationState.open(folder, false);
    await again.setPair('b', 'tb', undefined);
    await again.close();
    const last = await MigrationState.open(folder, false);
    expect([last.target('a'), last.target('b'), last.size]).toEqual(['ta', 'tb', 2]);
    await last.close();
  });

  it('reads records back in any order, while others are written', async () => {
    const spool = await Spool.open<{ n: number; text: string }>(await tempFolder());
    for (let n = 0; n < 2000; n++) await spool.append({ n, text: 'é\n'.repeat(n % 300) });
    for (const n of [1999, 0, 1000, 999, 1001]) expect(await spool.read(n)).toEqual({ n, text: 'é\n'.repeat(n % 300) });
    await expect(spool.read(2000)).rejects.toThrow(RangeError);
    expect(await all(spool.all())).toHaveLength(2000);
    await spool.discard();
  });

  it('never has more at work than the limit, pulls no more than it needs, and ends what it began', async () => {
    let [now, most, pulled] = [0, 0, 0];
    const done: number[] = [];
    async function* source(): AsyncIterable<number> {
      for (let n = 0; n < 50; n++) {
        pulled += 1;
        yield await Promise.resolve(n);
      }
    }
    const run = forEachLimited(source(), 3, async (n) => {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setImmediate(resolve));
      now -= 1;
      if (n === 10) throw new Error('ten');
      done.push(n);
    });
    await expect(run).rejects.toThrow('ten');
    expect([most, now]).toEqual([3, 0]);
    expect(pulled).toBeLessThan(16);
    const order: number[] = [];
    const lock = new KeyedLock();
    await Promise.all([1, 2, 3].map((n) => lock.run('k', async () => void order.push(await Promise.resolve(n)))));
    expect(order).toEqual([1, 2, 3]);
  });
});
