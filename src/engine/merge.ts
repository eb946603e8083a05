/** Field-wise three-way merge: source, target, and what both were when they were last brought together. */
import type { Card } from '../model/card.js';
import { cloneJson, isObject, put, textOf } from '../model/json.js';
import { fieldHashes, foldText } from '../model/normalize.js';
import { fullName } from '../model/view.js';
import {
  entriesOfField,
  entryKey,
  fieldsOf,
  freeKey,
  inFieldOrder,
  LIST_FIELDS,
  setSlice,
  shortHash,
  sliceOf,
} from './slices.js';

/** A pair as it was after it was last brought together. */
export interface Base {
  /** Field hashes of the source card. */
  source: Record<string, string>;
  /** Field hashes of the target card. */
  target: Record<string, string>;
  /** Of list fields: what came from the source, as short hashes of entry keys. */
  entries: Record<string, string[]>;
}

export interface Merged {
  card: Card;
  /** Fields that the merge sets, extends or removes on the target. */
  changed: Set<string>;
  /** Fields that changed on both sides since the last time. */
  conflicts: string[];
}

/** What to remember of a pair. `projected` is the source card as the target keeps it. */
export function baseOf(source: Card, projected: Card, target: Card): Base {
  const entries: Record<string, string[]> = {};
  for (const field of fieldsOf(projected)) {
    if (LIST_FIELDS.has(field)) entries[field] = keysOf(projected, field).map(shortHash);
  }
  return { source: fieldHashes(source), target: fieldHashes(target), entries };
}

function keysOf(card: Card, field: string): string[] {
  return entriesOfField(card, field).map(([key, entry]) => entryKey(field, key, entry));
}

/**
 * The target card as it shall be. Without a base every non-empty field of the source wins, and lists keep what only the
 * target has. With a base, a field that changed on neither side stays as it is (what differs there is what the target
 * cannot keep); one that changed on the source wins; one that changed on the target alone is a conflict, for
 * `--on-conflict` to settle; an emptied one is removed, but never what only the target had. Identity (uid, time stamps)
 * stays the target's.
 */
export function mergeCards(source: Card, target: Card, projected: Card, base?: Base): Merged {
  const [theirs, ours] = [fieldHashes(source), fieldHashes(target)];
  const card = cloneJson(target);
  const merged: Merged = { card, changed: new Set(), conflicts: [] };
  const fields = new Set([...Object.keys(theirs), ...Object.keys(base?.source ?? {})]);
  for (const field of inFieldOrder(fields)) {
    const [now, then] = [theirs[field], base?.source[field]];
    const settled = base !== undefined && now === then && ours[field] === base.target[field];
    if (now === ours[field] || settled || (field === 'name' && saysLess(source, target))) continue;
    const slice = now === undefined ? remaining(field, target, base) : wanted(field, source, target, projected, base);
    if (slice === undefined) continue;
    setSlice(card, field, slice);
    merged.changed.add(field);
    if (base !== undefined && base.target[field] !== ours[field]) merged.conflicts.push(field);
  }
  return withoutIdle(merged, ours);
}

/** The source's name is the same in one text, and the target knows its parts: nothing new, and those are worth keeping. */
function saysLess({ name: mine }: Card, target: Card): boolean {
  const whole = (name: Card['name']): boolean =>
    Object.keys(name ?? {}).every((key) => key === 'full' || key === '@type');
  if (mine?.full === undefined || target.name?.components === undefined || !whole(mine)) return false;
  return foldText(mine.full) === foldText(fullName(target));
}

/** A list that had all of it already is not changed. */
function withoutIdle(merged: Merged, before: Record<string, string>): Merged {
  if (merged.changed.size === 0) return merged;
  const after = fieldHashes(merged.card);
  for (const field of merged.changed) if (after[field] === before[field]) merged.changed.delete(field);
  merged.conflicts = merged.conflicts.filter((field) => merged.changed.has(field));
  return merged;
}

/** After the source emptied a field: what only the target has. */
function remaining(field: string, target: Card, base: Base | undefined): Record<string, unknown> | undefined {
  if (!LIST_FIELDS.has(field)) return {};
  const mine = targetOnly(field, target, new Set(base?.entries[field] ?? []), new Set());
  return asSlice(field, target, mine);
}

/** The source's value; of lists also what only the target has. Undefined when the target has it all already. */
function wanted(
  field: string,
  source: Card,
  target: Card,
  projected: Card,
  base: Base | undefined,
): Record<string, unknown> | undefined {
  if (!LIST_FIELDS.has(field)) return cloneJson(sliceOf(source, field));
  const incoming = entriesOfField(source, field);
  const keys = new Set([...keysOf(source, field), ...keysOf(projected, field)].map(shortHash));
  const brought = new Set(base?.entries[field] ?? []);
  let mine = targetOnly(field, target, brought, keys);
  let theirs = incoming;
  if (field === 'notes') {
    ({ mine, theirs } = withoutContained(mine, theirs));
    if (theirs.length === 0) return undefined;
  }
  const slots = new Map(entriesOfField(target, field).map(([key, entry]) => [entryKey(field, key, entry), key]));
  const used = new Set(mine.map(([key]) => key));
  const entries: [string, unknown][] = [];
  for (const [key, entry] of theirs) {
    const slot = slots.get(entryKey(field, key, entry));
    entries.push([field === 'keywords' || field === 'relatedTo' ? key : freeKey(slot ?? key, used), entry]);
  }
  return asSlice(field, source, [...entries, ...mine]);
}

/** Entries of the target that neither came from the source before nor are the same as one that comes now. */
function targetOnly(
  field: string,
  target: Card,
  brought: ReadonlySet<string>,
  coming: ReadonlySet<string>,
): [string, unknown][] {
  return entriesOfField(target, field).filter(([key, entry]) => {
    const hash = shortHash(entryKey(field, key, entry));
    return !brought.has(hash) && !coming.has(hash);
  });
}

/** Notes that say no more than one on the other side are not kept twice. */
function withoutContained(
  mine: [string, unknown][],
  theirs: [string, unknown][],
): { mine: [string, unknown][]; theirs: [string, unknown][] } {
  const text = ([, entry]: [string, unknown]): string => (isObject(entry) ? foldText(textOf(entry['note'])) : '');
  const keptTheirs = theirs.filter((one) => !mine.some((other) => text(other).includes(text(one))));
  const keptMine = mine.filter((one) => !keptTheirs.some((other) => text(other).includes(text(one))));
  return { mine: keptMine, theirs: keptTheirs };
}

function asSlice(field: string, like: Card, entries: readonly [string, unknown][]): Record<string, unknown> {
  if (entries.length === 0) return {};
  const property = Object.keys(sliceOf(like, field))[0] ?? field;
  const map: Record<string, unknown> = {};
  for (const [key, entry] of entries) put(map, key, cloneJson(entry));
  return { [property]: map };
}
