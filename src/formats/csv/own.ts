/**
 * Our own table: columns for people to read and edit, and JSON for what they cannot hold. A card comes back exactly; a
 * column that was edited wins over the JSON, and an emptied one takes away what it showed.
 *
 * The JSON is `{"set": {pointer: value}, "keys": {map: [key, ...]}, "was": {group: hash}}`: what makes the card of the
 * columns the whole card (a PatchObject, RFC 8620, section 5.3), the map keys of the entries shown, and a hash of the
 * columns on which something in "set" depends, so that an edit of them is noticed.
 */
import { createHash } from 'node:crypto';
import type { Card } from '../../model/card.js';
import { InputError } from '../../model/errors.js';
import { isObject, own, put } from '../../model/json.js';
import type { JsonObject } from '../../model/json.js';
import { diffPatch, splitPointer } from '../../model/patch.js';
import { checkCard, checkNesting } from '../card-check.js';
import { type ReadContext, readContext } from './context.js';
import { MEDIA, MORE, OWN_COLUMNS } from './own-columns.js';
import { cardOf, type Keys, PLACES, show, SINGLES, type Texts } from './own-view.js';

type Place = (typeof PLACES)[number];

interface More {
  set: JsonObject;
  keys: Keys;
  was: JsonObject;
}

/** The cells of {@link OWN_COLUMNS}. @throws InputError when the card is nested too deep */
export function ownCells(card: Card): string[] {
  checkNesting(card);
  const { texts, keys } = show(card);
  const base = cardOf((column) => texts.get(column) ?? '', keyOf(keys, new Set()), readContext('dmy'));
  const { media, ...rest } = card;
  const apart = isObject(media) && Object.keys(media).length > 0;
  const set = diffPatch(base, apart ? rest : card);
  const was: JsonObject = {};
  for (const pointer of Object.keys(set)) {
    const tokens = splitPointer(pointer);
    const group = groupOf(tokens, keys);
    if (group !== undefined && (group.whole || resolves(base, tokens))) put(was, group.id, hashOf(group, texts));
  }
  const named = keysToTell(keys);
  const more = {
    ...(Object.keys(set).length === 0 ? {} : { set }),
    ...(Object.keys(named).length === 0 ? {} : { keys: named }),
    ...(Object.keys(was).length === 0 ? {} : { was }),
  };
  if (Object.keys(more).length > 0) texts.set(MORE, JSON.stringify(more));
  if (apart) texts.set(MEDIA, JSON.stringify(media));
  return OWN_COLUMNS.map((column) => texts.get(column) ?? '');
}

/** Keys of entries are `e1`, `e2`, ... by slot, unless the card says otherwise or has that key elsewhere. */
function keyOf(keys: Keys, taken: ReadonlySet<string>): (place: Place) => string {
  return ({ property, letter, slot }) => {
    const told = own(keys, property);
    const list: readonly unknown[] = Array.isArray(told) ? told : [];
    const key = list[slot];
    if (typeof key === 'string') return key;
    // Steps that are wider than there are slots: no two of them meet.
    for (let number = slot + 1; ; number += 10) {
      const free = `${letter}${number}`;
      if (!taken.has(`${property}/${free}`) && !list.includes(free)) return free;
    }
  };
}

function keysToTell(keys: Keys): Keys {
  const byDefault = (property: string, list: readonly (string | null)[]): boolean =>
    list.every((key, slot) => {
      const place = PLACES.find((one) => one.property === property && one.slot === slot);
      return key === null || key === `${place?.letter}${slot + 1}`;
    });
  return Object.fromEntries(Object.entries(keys).filter(([property, list]) => !byDefault(property, list)));
}

/** Columns that show what a pointer leads to. */
interface Group {
  id: string;
  columns: readonly string[];
  /** An edit of the columns makes the member another one; otherwise it keeps what they do not show of it. */
  whole: boolean;
}

/** What the pointer's member depends on; undefined when no column shows anything of it. */
function groupOf(tokens: readonly string[], keys: Keys): Group | undefined {
  const [property = '', key, member] = tokens;
  const single = SINGLES.get(property);
  if (single !== undefined) {
    const extension = property === 'name' && key !== undefined && !NAME_MEMBERS.has(key);
    return extension ? undefined : { id: property, columns: single, whole: true };
  }
  const slot = key === undefined ? -1 : slotOf(property, key, keys);
  const place = PLACES.find((one) => one.property === property && one.slot === slot);
  if (place === undefined) return undefined;
  const at = member === undefined ? undefined : place.depends[member];
  if (at === undefined) return { id: `${property}/${slot}`, columns: place.columns, whole: false };
  return { id: `${property}/${slot}/${at.join('')}`, columns: at.map((i) => place.columns[i] ?? ''), whole: true };
}

/** Members of a Name that are about its parts (RFC 9553, section 2.2.1). */
const NAME_MEMBERS: ReadonlySet<string> = new Set([
  ...['full', 'components', 'isOrdered', 'defaultSeparator', 'sortAs', 'phoneticScript', 'phoneticSystem'],
]);

function slotOf(property: string, key: string, keys: Keys): number {
  const told = own(keys, property);
  const at = Array.isArray(told) ? told.indexOf(key) : -1;
  if (at >= 0) return at;
  const place = PLACES.find((one) => one.property === property && `${one.letter}${one.slot + 1}` === key);
  return place === undefined || (Array.isArray(told) && typeof told[place.slot] === 'string') ? -1 : place.slot;
}

function resolves(card: Card, tokens: readonly string[]): boolean {
  let value: unknown = card;
  for (const token of tokens) {
    if (!isObject(value) || own(value, token) === undefined) return false;
    value = own(value, token);
  }
  return true;
}

function hashOf(group: Group, texts: Texts): string {
  const cells = group.columns.map((column) => texts.get(column) ?? '');
  // Spreadsheets change line ends.
  const text = JSON.stringify(cells).replace(/\\r\\n|\\r/g, '\\n');
  return createHash('sha1').update(text).digest('hex').slice(0, 10);
}

export interface OwnRow {
  card: Card;
  warnings: string[];
}

/** The card of a row. @throws InputError when its JSON cannot be read, or makes no card */
export function ownCard(texts: Texts, context: ReadContext): OwnRow {
  const more = parseMore(texts.get(MORE) ?? '');
  const media = parseCell(MEDIA, texts.get(MEDIA) ?? '');
  const keys = checkedKeys(more.keys);
  const hidden = new Set(Object.entries(more.set).flatMap(([pointer, value]) => [pointer, ...keysIn(pointer, value)]));
  const base = cardOf((column) => texts.get(column) ?? '', keyOf(keys, hidden), context);
  for (const [pointer, value] of Object.entries(more.set)) {
    const tokens = tokensOf(pointer);
    const group = groupOf(tokens, keys);
    const untouched = group !== undefined && own(more.was, group.id) === hashOf(group, texts);
    const beside = group === undefined || (!group.whole && !resolves(base, tokens));
    if (untouched || beside) apply(base, tokens, value, group === undefined);
  }
  if (Object.keys(media).length > 0) base.media = media as NonNullable<Card['media']>;
  if (Object.keys(more.set).length === 0 && Object.keys(media).length === 0) return { card: base, warnings: [] };
  // Without a uid of its own the row gets one later.
  const uid = base.uid;
  const { card, warnings } = checkCard({ ...base, uid: uid === '' ? 'none' : uid });
  return { card: { ...card, uid }, warnings };
}

/** Keys of a map that is set as a whole: `links/l1`. */
function keysIn(pointer: string, value: unknown): string[] {
  return pointer.includes('/') || !isObject(value) ? [] : Object.keys(value).map((key) => `${pointer}/${key}`);
}

function apply(card: Card, tokens: readonly string[], value: unknown, hidden: boolean): void {
  const [property = '', second] = tokens;
  const there = own(card, property);
  if (second === undefined && isObject(value) && isObject(there) && hidden) {
    // Entries that no column shows, beside those that were typed in since.
    for (const [key, entry] of Object.entries(value)) if (own(there, key) === undefined) put(there, key, entry);
    return;
  }
  if (second !== undefined && tokens.length === 2 && there === undefined && value !== null) put(card, property, {});
  let parent: unknown = card;
  for (const token of tokens.slice(0, -1)) parent = isObject(parent) ? own(parent, token) : undefined;
  const last = tokens.at(-1) ?? '';
  if (!isObject(parent)) return;
  if (value !== null) put(parent, last, value);
  else if (Object.hasOwn(parent, last)) delete parent[last];
}

function tokensOf(pointer: string): string[] {
  try {
    return splitPointer(pointer);
  } catch (error) {
    throw new InputError(`column ${MORE} cannot be read`, { hint: EMPTY_HINT, cause: error });
  }
}

const EMPTY_HINT = 'was it cut by a spreadsheet? Empty the cell to take what the other columns say, and no more';

function parseMore(cell: string): More {
  const more = parseCell(MORE, cell);
  const member = (name: string): JsonObject => {
    const value = own(more, name);
    if (value !== undefined && !isObject(value)) throw new InputError(`column ${MORE}: ${name} must be an object`);
    return value ?? {};
  };
  return { set: member('set'), keys: member('keys') as Keys, was: member('was') };
}

function parseCell(column: string, cell: string): JsonObject {
  if (cell.trim() === '') return {};
  let value: unknown;
  try {
    value = JSON.parse(cell);
  } catch (cause) {
    throw new InputError(`column ${column} holds no JSON`, { hint: EMPTY_HINT, cause });
  }
  if (!isObject(value)) throw new InputError(`column ${column} must hold a JSON object`, { hint: EMPTY_HINT });
  checkNesting(value);
  return value;
}

/** Only keys that are texts, one for each slot, none twice. */
function checkedKeys(keys: Keys): Keys {
  const checked: Keys = {};
  for (const [property, list] of Object.entries(keys)) {
    if (
      !Array.isArray(list) ||
      new Set(list.filter((key) => key !== null)).size < list.filter((key) => key !== null).length
    )
      throw new InputError(`column ${MORE}: keys.${property.slice(0, 40)} must be a list of different keys`);
    put(
      checked,
      property,
      list.map((key) => (typeof key === 'string' ? key : null)),
    );
  }
  return checked;
}
