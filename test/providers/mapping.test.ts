import { describe, expect, test } from 'vitest';
import type { Phone } from '../../src/model/card.js';
import { cardToFlat, changedTexts, cut, flatToCard, place, projectCard } from '../../src/providers/mapping.js';
import type { EntryTable, Slot, SlotTable } from '../../src/providers/mapping.js';

const SLOTS: readonly Slot[] = [
  { path: 'work', key: 'work', contexts: ['work'], max: 5 },
  { path: 'work2', key: 'work2', contexts: ['work'] },
  { path: 'cell', key: 'cell', features: ['mobile'] },
  { path: 'any', key: 'any' },
  { path: 'home', key: 'home', contexts: ['private'], takesPlain: true },
  { path: 'car', key: 'car', label: 'car' },
  { path: 'old', key: 'old', readOnly: true },
];

const phones: EntryTable<Phone> = {
  property: 'phones',
  slots: SLOTS,
  write: ({ number }) => (number === 'unwritable' ? undefined : { '': number }),
  read: (texts) => ({ number: texts[''] ?? '' }),
};

const TABLE: SlotTable = {
  texts: [
    {
      path: 'note',
      max: 3,
      get: (card) => card.notes?.['n']?.note,
      set: (card, note) => (card.notes = { n: { note } }),
    },
  ],
  entries: [phones],
};

const base = { '@type': 'Card', version: '1.0', uid: 'u' } as const;
const on = (...names: string[]) => Object.fromEntries(names.map((name) => [name, true as const]));
const placed = (entries: Record<string, Phone>) =>
  Object.fromEntries([...place(entries, SLOTS)].map(([slot, { number }]) => [slot.key, number]));

describe('place', () => {
  test('a key wins only where the slot says the same', () => {
    expect(placed({ work2: { number: '1', contexts: on('work') } })).toEqual({ work2: '1' });
    expect(placed({ work2: { number: '1', contexts: on('private') } })).toEqual({ home: '1' });
    expect(placed({ work2: { number: '1' } })).toEqual({ any: '1' });
  });

  test('perfect fits come before better ranked ones that only nearly fit', () => {
    expect(
      placed({
        a: { number: '1', contexts: on('work', 'private'), pref: 1 },
        b: { number: '2', contexts: on('work') },
      }),
    ).toEqual({ work: '2', work2: '1' });
  });

  test('within a round the best ranked come first', () => {
    expect(
      placed({
        a: { number: '3', contexts: on('work') },
        b: { number: '1', contexts: on('work'), pref: 1 },
        c: { number: '2', contexts: on('work'), pref: 2 },
      }),
    ).toEqual({ work: '1', work2: '2', any: '3' });
  });

  test('voice is what a phone is; a label fits without case, and only its own slot', () => {
    expect(placed({ a: { number: '1', features: on('voice', 'mobile') } })).toEqual({ cell: '1' });
    expect(placed({ a: { number: '1', label: ' Car ' } })).toEqual({ car: '1' });
    expect(placed({ a: { number: '1', label: 'Boat' } })).toEqual({ any: '1' });
  });

  test('a slot may add a context to an entry without one, never contradict one', () => {
    expect(placed({ a: { number: '1' }, b: { number: '2' }, c: { number: '3' } })).toEqual({ any: '1', home: '2' });
    expect(
      placed({
        a: { number: '1', contexts: on('private') },
        b: { number: '2', contexts: on('private') },
        c: { number: '3', contexts: on('private') },
      }),
    ).toEqual({ home: '1', any: '2' });
    expect(placed({ a: { number: '1', features: on('fax') }, b: { number: '2', features: on('fax') } })).toEqual({
      any: '1',
    });
  });

  test('read-only slots get nothing, and the result is in the order of the slots', () => {
    expect(placed({ old: { number: '1' } })).toEqual({ any: '1' });
    expect(Object.keys(placed({ a: { number: '1', label: 'car' }, b: { number: '2', contexts: on('work') } }))).toEqual(
      ['work', 'car'],
    );
  });

  test('preference by slot: keys count while they do not contradict it', () => {
    const slots = [
      { path: '1', key: 'e1' },
      { path: '2', key: 'e2' },
    ];
    const entry = (number: string, pref?: number): Phone => ({ number, ...(pref === undefined ? {} : { pref }) });
    const run = (entries: Record<string, Phone>) =>
      [...place(entries, slots, true)].map(([{ key }, { number }]) => [key, number]);
    expect(run({ e2: entry('b') })).toEqual([['e2', 'b']]);
    expect(run({ e1: entry('a'), e2: entry('b') })).toEqual([
      ['e1', 'a'],
      ['e2', 'b'],
    ]);
    expect(run({ e1: entry('a'), e2: entry('b', 1) })).toEqual([
      ['e1', 'b'],
      ['e2', 'a'],
    ]);
  });
});

describe('tables', () => {
  test('there and back: what has no slot falls out, texts are cut where the server cuts', () => {
    const card = {
      ...base,
      kind: 'individual',
      notes: { n: { note: 'abcdef' } },
      phones: {
        a: { number: '1234567', contexts: on('work') },
        b: { number: 'unwritable' },
        c: { number: ' ' },
        d: { number: '9', features: on('mobile'), label: 'x' },
      },
    };
    expect(Object.fromEntries(cardToFlat(card, TABLE))).toEqual({ note: 'abc', work: '12345', cell: '9' });
    expect(projectCard(card, TABLE)).toEqual({
      ...base,
      notes: { n: { note: 'abc' } },
      phones: { work: { number: '12345', contexts: on('work') }, cell: { number: '9', features: on('mobile') } },
    });
  });

  test('blank native texts are nothing', () => {
    expect(flatToCard(new Map([['note', '  ']]), TABLE, 'u')).toEqual(base);
  });

  test('changed texts, and "" for what is gone', () => {
    const before = new Map([
      ['a', '1'],
      ['b', '2'],
      ['c', '3'],
    ]);
    expect(
      Object.fromEntries(
        changedTexts(
          before,
          new Map([
            ['a', '1'],
            ['b', 'x'],
            ['d', '4'],
          ]),
        ),
      ),
    ).toEqual({ b: 'x', d: '4', c: '' });
  });

  test('cut never splits a surrogate pair', () => {
    expect(cut('ab😀😀', 3)).toBe('ab😀');
    expect(cut('ab😀😀', 4)).toBe('ab😀😀');
    expect(cut('abc', undefined)).toBe('abc');
  });
});
