/**
 * Our own table: columns for people to read and edit, and JSON for what they cannot hold. A card comes back exactly; a
 * column that was edited wins over the JSON, and an emptied one takes away what it showed.
 *
 * The JSON is `{"set": {pointer: value}, "keys": {map: [key, ...]}, "was": {group: hash}}`: what makes the card of the
 * columns the whole card (a PatchObject, RFC 8620, section 5.3), the map keys of the entries shown, and for groups
 * of columns that show a member otherwise than it is a hash of them, so that an edit is noticed.
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
import { cardOf, GROUPS, type Keys, PLACES, show, type Texts } from './own-view.js';

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
    const group = groupOf(splitPointer(pointer), keys);
    if (group !== undefined && resolves(base, splitPointer(pointer))) put(was, group, hashOf(group, texts));
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

/** Keys of entries are `e1`, `e2`, ... by slot, unless the card says otherwise. */
function keyOf(keys: Keys, taken: ReadonlySet<string>): (place: Place) => string {
  return ({ property, letter, slot }) => {
    const told = own(keys, property);
    const key: unknown = Array.isArray(told) ? (told as unknown[])[slot] : undefined;
    if (typeof key === 'string') return key;
    for (let number = slot + 1; ; number++) {
      const free = `${letter}${number}`;
      if (!taken.has(`${property}/${free}`)) return free;
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

/** The group of columns that shows what the pointer leads to; undefined when no column does. */
function groupOf(tokens: readonly string[], keys: Keys): string | undefined {
  const [property = '', key] = tokens;
  if (GROUPS.has(property)) return property;
  const slot = key === undefined ? -1 : slotOf(property, key, keys);
  return slot < 0 ? undefined : `${property}/${slot}`;
}

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

function hashOf(group: string, texts: Texts): string {
  const cells = (GROUPS.get(group) ?? []).map((column) => texts.get(column) ?? '');
  // Spreadsheets change line ends.
  return createHash('sha1')
    .update(JSON.stringify(cells).replace(/\\r\\n|\\r/g, '\\n'))
    .digest('hex')
    .slice(0, 10);
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
  const hidden = new Set(Object.keys(more.set));
  const base = cardOf((column) => texts.get(column) ?? '', keyOf(keys, hidden), context);
  for (const [pointer, value] of Object.entries(more.set)) {
    const tokens = tokensOf(pointer);
    const group = groupOf(tokens, keys);
    const untouched = group !== undefined && own(more.was, group) === hashOf(group, texts);
    if (group === undefined || untouched || !resolves(base, tokens)) apply(base, tokens, value, group);
  }
  if (Object.keys(media).length > 0) base.media = media as NonNullable<Card['media']>;
  if (Object.keys(more.set).length === 0 && Object.keys(media).length === 0) return { card: base, warnings: [] };
  // Without a uid of its own the row gets one later.
  const uid = base.uid;
  const { card, warnings } = checkCard({ ...base, uid: uid === '' ? 'none' : uid });
  return { card: { ...card, uid }, warnings };
}

function apply(card: Card, tokens: readonly string[], value: unknown, group: string | undefined): void {
  const [property = '', second] = tokens;
  const there = own(card, property);
  if (second === undefined && isObject(value) && isObject(there) && group === undefined) {
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
