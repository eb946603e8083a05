/** One-to-one matching of a field's expected and found entries, and the differences that are left. */
import { clip, describe, describeFully } from './normalize-describe.js';
import type { Entry } from './normalize-entry.js';
import type { FieldDifference } from './normalize.js';

/** Pairings that compare every entry with every other stop here: beyond it only keyed rounds are made. */
const MAX_COMPARISONS = 20_000;

interface Pair {
  expected: Entry;
  found: Entry;
  equal: boolean;
}

/** Entries that are not yet paired, and the pairs. */
interface State {
  expected: Entry[];
  found: Entry[];
  pairs: Pair[];
}

/** Pairs entries with the same key, in order; entries without a key (undefined) stay. Linear. */
function pairByKey(state: State, keyOf: (entry: Entry) => string | undefined, equal: boolean): void {
  const waiting = new Map<string, Entry[]>();
  for (const entry of state.found) {
    const key = keyOf(entry);
    if (key === undefined) continue;
    const list = waiting.get(key);
    if (list === undefined) waiting.set(key, [entry]);
    else list.push(entry);
  }
  for (const list of waiting.values()) list.reverse();
  const taken = new Set<Entry>();
  state.expected = state.expected.filter((expected) => {
    const key = keyOf(expected);
    const found = key === undefined ? undefined : waiting.get(key)?.pop();
    if (found === undefined) return true;
    taken.add(found);
    state.pairs.push({ expected, found, equal });
    return false;
  });
  if (taken.size > 0) state.found = state.found.filter((entry) => !taken.has(entry));
}

/** Pairs entries for which the test holds, first come, first served. */
function pairByTest(state: State, test: (expected: Entry, found: Entry) => boolean, equal: boolean): void {
  if (state.expected.length * state.found.length > MAX_COMPARISONS) return;
  state.expected = state.expected.filter((expected) => {
    const at = state.found.findIndex((found) => test(expected, found));
    const found = state.found[at];
    if (found === undefined) return true;
    state.found.splice(at, 1);
    state.pairs.push({ expected, found, equal });
    return false;
  });
}

/**
 * Equal though not literally: names and addresses with components on one side only. A server that splits a full name
 * or joins an address keeps what was said; one that drops the components of a name does not. What a `full` address
 * says beyond the components must be there; what the server adds to `full` does not matter.
 */
function derivable(expected: Entry, found: Entry): boolean {
  if (expected.parts === undefined || found.parts === undefined) return false;
  if (expected.main !== found.main || expected.rest !== found.rest) return false;
  if (expected.beyond === undefined) return expected.parts === '' || expected.parts === found.parts;
  if (expected.parts !== '' && found.parts !== '' && expected.parts !== found.parts) return false;
  return expected.beyond === '' || expected.beyond === found.beyond;
}

/** One text begins with the other: it was cut, or something was added. Words for addresses, whose parts move. */
function cut(expected: Entry, found: Entry): boolean {
  const [long, short] = expected.main.length >= found.main.length ? [expected, found] : [found, expected];
  if (short.main === '') return false;
  if (expected.beyond !== undefined) {
    const words = new Set(long.main.split(' '));
    return short.main.split(' ').every((word) => words.has(word));
  }
  return long.main.startsWith(short.main);
}

/** Whom the found card calls first: those with the lowest pref, else the first in its order. */
function leaders(entries: readonly Entry[]): Entry[] {
  const named = entries.filter((entry) => entry.first);
  return named.length > 0 ? named : entries.slice(0, 1);
}

/**
 * Preference counts as order only: an entry that was said to be the first must be first, by pref or by place. Numbers,
 * and preferences that nobody expressed, do not count.
 */
function preferenceLost(field: string, pairs: readonly Pair[], found: readonly Entry[]): FieldDifference | undefined {
  const preferred = pairs.filter((pair) => pair.expected.first);
  const wanted = preferred[0];
  if (wanted === undefined || preferred.length === pairs.length) return undefined;
  const first = leaders(found);
  const now = first[0];
  if (now === undefined || preferred.some((pair) => first.includes(pair.found))) return undefined;
  const text = (entry: Entry): string => clip(describe(field, entry), ' comes first');
  return { field, kind: 'changed', expected: text(wanted.expected), found: text(now) };
}

/** A title that belongs to another organization than before, or to none, though its organization is there. */
function linkLost({ expected, found }: Pair): boolean {
  if (!expected.link || expected.link === found.link) return false;
  return found.links?.has(expected.link) ?? false;
}

function changed(field: string, pair: Pair): FieldDifference {
  const expected = describe(field, pair.expected);
  const found = describe(field, pair.found);
  if (expected !== found) return { field, kind: 'changed', expected, found };
  const [full, other] = [describeFully(field, pair.expected), describeFully(field, pair.found)];
  return { field, kind: 'changed', expected: full, found: other };
}

/** A note that went into another one, whole: its text is kept, the note is not. */
function swallowed(field: string, expected: Entry, found: readonly Entry[]): Entry | undefined {
  if (field !== 'notes' || found.length > 100) return undefined;
  return found.find((entry) => entry.main !== expected.main && `\n${entry.main}\n`.includes(`\n${expected.main}\n`));
}

/**
 * The differences of one field. Rounds, each on what the former left: equal; equal by derivation; same main value;
 * text cut or added to; same slot (a replaced birthday, photo, address of the same type); the rest is missing or extra.
 *
 * @param anyPhoto a picture replaced by another one counts as equal
 */
export function pairEntries(
  field: string,
  expected: readonly Entry[],
  found: readonly Entry[],
  anyPhoto = false,
): FieldDifference[] {
  const state: State = { expected: [...expected], found: [...found], pairs: [] };
  pairByKey(state, (entry) => JSON.stringify([entry.main, entry.rest, entry.parts, entry.beyond]), true);
  pairByTest(state, derivable, true);
  pairByKey(state, (entry) => entry.main, false);
  pairByTest(state, cut, false);
  pairByKey(state, (entry) => entry.slot || undefined, anyPhoto);
  const differences: FieldDifference[] = [];
  for (const pair of state.pairs) {
    if (!pair.equal || linkLost(pair)) differences.push(changed(field, pair));
  }
  const lost = preferenceLost(field, state.pairs, found);
  if (lost !== undefined) differences.push(lost);
  for (const entry of state.expected) {
    const holder = swallowed(field, entry, found);
    if (holder !== undefined) differences.push(changed(field, { expected: entry, found: holder, equal: false }));
    else differences.push({ field, kind: 'missing', expected: describe(field, entry) });
  }
  for (const entry of state.found) differences.push({ field, kind: 'extra', found: describe(field, entry) });
  return differences;
}
