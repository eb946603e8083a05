/** Single-value extended properties: the card's uid, and what the flat shape has no member for. */
import { asObject, optArray, optString } from '../../http/check.js';
import type { Flat } from '../mapping.js';
import { NO_DATE } from './dates.js';
import type { Dialect } from './dialect.js';
import type { Json } from './native.js';
import { tableOf } from './slots.js';

/** The stamp of the card's uid, by which a contact is found again. Never to be changed: mailboxes are full of it. */
export const UID_STAMP = 'String {66094469-6666-4936-8beb-663bd579a4d3} Name CardferryUid';

const NAME = 'singleValueExtendedProperties';
const PREFIX = 'extended.';

const isDate = (id: string): boolean => id.startsWith('SystemTime ');

/** Ids of the properties that a dialect keeps card fields in, by their keys. */
const FIELD_IDS = new Map<Dialect, ReadonlyMap<string, string>>();

function fieldIds(dialect: Dialect): ReadonlyMap<string, string> {
  let ids = FIELD_IDS.get(dialect);
  if (ids === undefined) {
    const { texts, entries } = tableOf(dialect);
    const paths = [...texts, ...entries.flatMap((table) => table.slots)].map(({ path }) => path).filter(isExtended);
    ids = new Map(paths.map((path) => path.slice(PREFIX.length)).map((id) => [idKey(id), id]));
    FIELD_IDS.set(dialect, ids);
  }
  return ids;
}

/** Ids that mean the same have the same key: servers write tags in small letters and without leading zeros. */
function idKey(id: string): string {
  const tag = /^(\w+) 0x([0-9a-f]{1,8})$/i.exec(id.trim());
  if (tag === null) return id.trim().toLowerCase();
  const [, type = '', hex = ''] = tag;
  const number = Number.parseInt(hex, 16);
  // With its type in the lower half: 0x3A24001F.
  return `${type.toLowerCase()} ${number > 0xffff ? Math.floor(number / 0x10000) : number}`;
}

const UID_KEY = idKey(UID_STAMP);

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/**
 * The `$expand` that brings them along ("Get singleValueLegacyExtendedProperty").
 * @param fields also what the flat shape has no member for; else the stamp alone
 */
export function expandExtended(dialect: Dialect, fields: boolean): string {
  const { wire, extended } = dialect;
  const ids = [UID_STAMP, ...(fields ? fieldIds(dialect).values() : [])];
  return `${wire(NAME)}($filter=${ids.map((id) => `${extended.id} eq ${quoted(id)}`).join(' or ')})`;
}

/** The `$filter` that finds contacts with this uid. */
export function filterUid({ wire, extended }: Dialect, uid: string): string {
  return `${wire(NAME)}/Any(ep: ep/${extended.id} eq ${quoted(UID_STAMP)} and ep/${extended.value} eq ${quoted(uid)})`;
}

/** Reads the fields into `flat`. @returns the uid of the stamp */
export function readExtended(native: Json, where: string, flat: Flat, dialect: Dialect): string | undefined {
  const known = fieldIds(dialect);
  let uid: string | undefined;
  for (const [index, item] of (optArray(native, dialect.wire(NAME), where) ?? []).entries()) {
    const place = `${where}.${NAME}[${index}]`;
    const entry = asObject(item, place);
    const key = idKey(optString(entry, dialect.extended.id, place) ?? '');
    const value = optString(entry, dialect.extended.value, place) ?? '';
    if (value.trim() === '') continue;
    if (key === UID_KEY) uid = value;
    const id = known.get(key);
    if (id === undefined) continue;
    const text = isDate(id) ? value.slice(0, 10) : value;
    if (!isDate(id) || text < NO_DATE) flat.set(`${PREFIX}${id}`, text);
  }
  return uid;
}

/** The entries to send for the changed paths; there is no way to delete one, so '' or "no date" stands for nothing. */
export function extendedBody(changed: Iterable<[string, string]>, dialect: Dialect): Json[] {
  const entries: Json[] = [];
  for (const [path, text] of changed) {
    if (!path.startsWith(PREFIX)) continue;
    const id = path.slice(PREFIX.length);
    const value = isDate(id) ? `${text || NO_DATE}T00:00:00Z` : text;
    entries.push(extendedEntry(id, value, dialect));
  }
  return entries;
}

export function extendedEntry(id: string, value: string, { extended }: Dialect): Json {
  return { [extended.id]: id, [extended.value]: value };
}

/** The member's name, and whether the path is one of its texts. */
export const extendedName = (dialect: Dialect): string => dialect.wire(NAME);
export const isExtended = (path: string): boolean => path.startsWith(PREFIX);
