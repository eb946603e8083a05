/**
 * Slot tables for servers with fixed fields: each slot is declared once and works in both directions. What finds no
 * slot falls out, so that `projectCard` (there and back) shows exactly what such a server keeps.
 */
import type { Card, Ranked } from '../model/card.js';
import { ranked } from '../model/view.js';

/** A native contact as text: path (`phone.business2`) to value. Never holds empty values: those are absent. */
export type Flat = Map<string, string>;

/** What a slot says about its entry. Absent means: says nothing. */
export interface Shape {
  contexts?: readonly string[];
  /** Phone features without `voice`, which is what a phone has anyway. */
  features?: readonly string[];
  label?: string;
}

/** One place for one entry of a map property such as `phones`. */
export interface Slot extends Shape {
  /** Native path; entries of several parts (addresses) are kept below it. */
  path: string;
  /** Key of the entry in the card. The same vendor writes back by it. */
  key: string;
  /** Most characters (code points) the server keeps of each part. */
  max?: number;
  /** Also takes an entry without contexts when no better slot is free: it comes back with the slot's contexts. */
  takesPlain?: boolean;
  /** Only read (what the server may hold but must not be given). */
  readOnly?: boolean;
}

type EntryProperty =
  'nicknames' | 'titles' | 'emails' | 'phones' | 'onlineServices' | 'addresses' | 'links' | 'organizations';

/** The slots of one map property. */
export interface EntryTable<T extends Ranked = Ranked> {
  property: EntryProperty;
  slots: readonly Slot[];
  /** Names of the parts kept below the slot's path; absent when the entry is one text at the path itself. */
  parts?: readonly string[];
  /** The order of the slots is the preference: entries get `pref` 1, 2, ... when there is more than one. */
  prefBySlot?: boolean;
  /** Part name (or '' for the one text) to value; undefined when no slot can hold such an entry. */
  write(entry: T): Record<string, string> | undefined;
  /** The entry without what the slot itself says (contexts, features, label). */
  read(texts: Readonly<Record<string, string>>): T | undefined;
}

/** A native text that is not an entry of a map, or that is computed from several. */
export interface TextSlot {
  path: string;
  max?: number;
  get(card: Card): string | undefined;
  /** Called only with text that is not blank. */
  set(card: Card, text: string): void;
}

export interface SlotTable {
  texts: readonly TextSlot[];
  entries: readonly EntryTable[];
}

/** Features whose loss changes what a number is good for; the others (text, video, ...) weigh less. */
const HEAVY = new Set(['fax', 'mobile', 'pager', 'main-number', 'textphone']);
const COST = { feature: 3, minorFeature: 1, context: 2, label: 4 };

function trueKeys(value: unknown): Set<string> {
  if (typeof value !== 'object' || value === null) return new Set();
  return new Set(
    Object.entries(value)
      .filter(([, on]) => on === true)
      .map(([key]) => key),
  );
}

interface EntryShape {
  contexts: Set<string>;
  features: Set<string>;
  label: string;
}

function shapeOf(entry: Ranked): EntryShape {
  const features = trueKeys(entry['features']);
  features.delete('voice');
  const label = typeof entry.label === 'string' ? entry.label.trim().toLowerCase() : '';
  return { contexts: trueKeys(entry.contexts), features, label };
}

/** What the entry loses (and gains) in the slot; 0 is a perfect fit, undefined is "must not go there". */
function costOf(slot: Slot, shape: EntryShape): number | undefined {
  const contexts = slot.contexts ?? [];
  const features = slot.features ?? [];
  const label = slot.label?.toLowerCase() ?? '';
  if (label !== '' && label !== shape.label) return undefined;
  if (features.some((feature) => !shape.features.has(feature))) return undefined;
  const gained = contexts.filter((context) => !shape.contexts.has(context)).length;
  if (gained > 0 && !(slot.takesPlain === true && shape.contexts.size === 0)) return undefined;
  const lost = [...shape.features].filter((feature) => !features.includes(feature));
  // A context made up for a fax that loses its being one would make a wrong entry of it.
  if (gained > 0 && lost.some((feature) => HEAVY.has(feature))) return undefined;
  let cost = gained * COST.context;
  for (const context of shape.contexts) if (!contexts.includes(context)) cost += COST.context;
  for (const feature of lost) cost += HEAVY.has(feature) ? COST.feature : COST.minorFeature;
  if (shape.label !== label) cost += COST.label;
  return cost;
}

function cheapest(slots: readonly Slot[], taken: ReadonlyMap<Slot, unknown>, shape: EntryShape): Slot | undefined {
  let best: Slot | undefined;
  let bestCost = Infinity;
  for (const slot of slots) {
    const cost = taken.has(slot) ? undefined : costOf(slot, shape);
    if (cost !== undefined && cost < bestCost) [best, bestCost] = [slot, cost];
  }
  return best;
}

/**
 * Puts entries into slots: first those whose key names a slot that fits perfectly, then perfect fits, then the rest
 * where least is lost; within each round best first (pref, then order). What finds no slot is left out.
 *
 * @param prefBySlot the order of the slots is the preference: entries come best first, however well they
 *   fit; keys count only while they do not contradict it
 * @returns Slot to entry, in the order of the slots. Deterministic; what it placed is placed the same way again.
 */
export function place<T extends Ranked>(
  entries: Record<string, T> | undefined,
  slots: readonly Slot[],
  prefBySlot = false,
): Map<Slot, T> {
  const placed = new Map<Slot, T>();
  const open = slots.filter((slot) => slot.readOnly !== true);
  let rest = ranked(entries).map(([key, entry]) => ({ key, entry, shape: shapeOf(entry) }));
  const keyed = rest.map(({ key }) => open.findIndex((slot) => slot.key === key)).filter((index) => index >= 0);
  const rising = keyed.every((index, at) => at === 0 || index > (keyed[at - 1] ?? 0));
  for (const round of ['key', 'fit', 'any'] as const) {
    if (prefBySlot && (round === 'fit' || (round === 'key' && !rising))) continue;
    rest = rest.filter(({ key, entry, shape }) => {
      const slot =
        round === 'key'
          ? open.find((candidate) => candidate.key === key && !placed.has(candidate))
          : cheapest(open, placed, shape);
      if (slot === undefined || (round !== 'any' && costOf(slot, shape) !== 0)) return true;
      placed.set(slot, entry);
      return false;
    });
    if (placed.size === open.length) break;
  }
  const inOrder = new Map<Slot, T>();
  for (const slot of open) {
    const entry = placed.get(slot);
    if (entry !== undefined) inOrder.set(slot, entry);
  }
  return inOrder;
}

/** The first `max` characters (code points, so that no surrogate pair is cut in two). */
export function cut(text: string, max: number | undefined): string {
  if (max === undefined || text.length <= max) return text;
  return Array.from(text.slice(0, max * 2))
    .slice(0, max)
    .join('');
}

function put(flat: Flat, path: string, text: string, max: number | undefined): void {
  const kept = cut(text, max);
  if (kept.trim() !== '') flat.set(path, kept);
}

/** Part name and native path of each of a slot's texts, made once a table. */
const PATHS = new WeakMap<EntryTable, ReadonlyMap<Slot, readonly (readonly [part: string, path: string])[]>>();

function pathsOf(table: EntryTable): ReadonlyMap<Slot, readonly (readonly [part: string, path: string])[]> {
  let paths = PATHS.get(table);
  if (paths === undefined) {
    const of = (slot: Slot) =>
      (table.parts ?? ['']).map((part) => [part, part === '' ? slot.path : `${slot.path}.${part}`] as const);
    paths = new Map(table.slots.map((slot) => [slot, of(slot)]));
    PATHS.set(table, paths);
  }
  return paths;
}

function writeEntries(card: Card, table: EntryTable, flat: Flat): void {
  if (card[table.property] === undefined) return;
  const texts = new Map<Ranked, Record<string, string>>();
  const writable = Object.entries<Ranked>(card[table.property] ?? {}).filter(([, entry]) => {
    const written = table.write(entry);
    if (written === undefined || Object.values(written).every((text) => text.trim() === '')) return false;
    texts.set(entry, written);
    return true;
  });
  for (const [slot, entry] of place(Object.fromEntries(writable), table.slots, table.prefBySlot)) {
    const written = texts.get(entry) ?? {};
    for (const [part, path] of pathsOf(table).get(slot) ?? []) put(flat, path, written[part] ?? '', slot.max);
  }
}

function dress(entry: Ranked, slot: Slot): Ranked {
  if (slot.contexts?.length)
    entry.contexts = Object.fromEntries(slot.contexts.map((context) => [context, true as const]));
  if (slot.features?.length)
    entry['features'] = Object.fromEntries(slot.features.map((feature) => [feature, true as const]));
  if (slot.label !== undefined) entry.label = slot.label;
  return entry;
}

function readEntries(flat: Flat, table: EntryTable, card: Card): void {
  const found: [string, Ranked][] = [];
  for (const [slot, paths] of pathsOf(table)) {
    let texts: Record<string, string> | undefined;
    for (const [part, path] of paths) {
      const text = flat.get(path);
      if (text !== undefined) (texts ??= {})[part] = text;
    }
    const entry = texts === undefined ? undefined : table.read(texts);
    if (entry !== undefined) found.push([slot.key, dress(entry, slot)]);
  }
  if (table.prefBySlot === true && found.length > 1) found.forEach(([, entry], index) => (entry.pref = index + 1));
  if (found.length > 0) Object.assign(card, { [table.property]: Object.fromEntries(found) });
}

/** The card in native paths, with only what the table's slots can hold. */
export function cardToFlat(card: Card, table: SlotTable): Flat {
  const flat: Flat = new Map();
  for (const slot of table.texts) put(flat, slot.path, slot.get(card) ?? '', slot.max);
  for (const entries of table.entries) writeEntries(card, entries, flat);
  return flat;
}

/** A new card with the uid and what the native texts say. */
export function flatToCard(flat: Flat, table: SlotTable, uid: string): Card {
  const card: Card = { '@type': 'Card', version: '1.0', uid };
  for (const slot of table.texts) {
    const text = flat.get(slot.path);
    if (text !== undefined && text.trim() !== '') slot.set(card, text);
  }
  for (const entries of table.entries) readEntries(flat, entries, card);
  return card;
}

/** The card as the server would give it back. Pure; projecting twice changes nothing more. */
export function projectCard(card: Card, table: SlotTable): Card {
  return flatToCard(cardToFlat(card, table), table, card.uid);
}

/** Paths whose text differs, with the text they shall have; '' for what shall be empty. */
export function changedTexts(before: Flat, next: Flat): Flat {
  const changed: Flat = new Map();
  for (const [path, text] of next) if (before.get(path) !== text) changed.set(path, text);
  for (const path of before.keys()) if (!next.has(path)) changed.set(path, '');
  return changed;
}
