/** A card cut by fields: which properties and entries make a field, replacing one field, keys of entries. */
import { createHash } from 'node:crypto';
import type { Card } from '../model/card.js';
import { BOOKKEEPING, FIELDS, fieldOfProperty } from '../model/fields.js';
import { cloneJson, entriesOf, isObject, put, textOf } from '../model/json.js';
import { foldText } from '../model/normalize.js';

/** Fields whose entries stand side by side: merging keeps what both sides have. All other fields are replaced whole. */
export const LIST_FIELDS: ReadonlySet<string> = new Set([
  'nicknames',
  'emails',
  'phones',
  'addresses',
  'onlineServices',
  'links',
  'anniversaries',
  'notes',
  'keywords',
  'relatedTo',
  'personalInfo',
  'media',
  'preferredLanguages',
  'calendars',
  'schedulingAddresses',
  'cryptoKeys',
  'directories',
]);

/** Property of a field that is a map; undefined for fields made of whole properties. */
const SHARED: Record<string, { property: string; mine: (kind: string) => boolean }> = {
  birthday: { property: 'anniversaries', mine: (kind) => kind === 'birth' },
  anniversaries: { property: 'anniversaries', mine: (kind) => kind !== 'birth' },
  photo: { property: 'media', mine: (kind) => kind === 'photo' },
  media: { property: 'media', mine: (kind) => kind !== 'photo' },
};

const kindOf = (entry: unknown): string => (isObject(entry) ? textOf(entry['kind']) : '');

/** Names of the fields that the card has anything of. */
export function fieldsOf(card: Card): Set<string> {
  const names = new Set<string>();
  for (const [property, value] of Object.entries(card)) {
    const field = fieldOfProperty(property);
    if (field === undefined || value === undefined) continue;
    const shared = field === 'media' || field === 'anniversaries';
    if (!shared) names.add(field);
    else for (const [, entry] of entriesOf(value)) names.add(fieldOfEntry(property, entry));
  }
  return names;
}

function fieldOfEntry(property: string, entry: unknown): string {
  const kind = kindOf(entry);
  const found = Object.entries(SHARED).find(([, part]) => part.property === property && part.mine(kind));
  return found?.[0] ?? property;
}

/** The part of the card that makes the field: property to value, of shared properties only the field's entries. */
export function sliceOf(card: Card, field: string): Record<string, unknown> {
  const slice: Record<string, unknown> = {};
  const shared = SHARED[field];
  if (shared !== undefined) {
    const entries = entriesOf(card[shared.property]).filter(([, entry]) => shared.mine(kindOf(entry)));
    if (entries.length > 0) slice[shared.property] = mapOf(entries);
    return slice;
  }
  for (const [property, value] of Object.entries(card)) {
    if (value !== undefined && fieldOfProperty(property) === field) put(slice, property, value);
  }
  return slice;
}

/** Entries of a list field: key and entry. */
export function entriesOfField(card: Card, field: string): [string, unknown][] {
  return Object.values(sliceOf(card, field)).flatMap((value) => entriesOf(value));
}

function mapOf(entries: Iterable<[string, unknown]>): Record<string, unknown> {
  const map: Record<string, unknown> = {};
  for (const [key, entry] of entries) put(map, key, entry);
  return map;
}

/** Sets the field of `card` to what `slice` holds; an empty slice removes it. Changes `card`. */
export function setSlice(card: Card, field: string, slice: Record<string, unknown>): void {
  const shared = SHARED[field];
  if (shared !== undefined) {
    const others = entriesOf(card[shared.property]).filter(([, entry]) => !shared.mine(kindOf(entry)));
    const used = new Set(others.map(([key]) => key));
    const mine = entriesOf(slice[shared.property]).map(([key, entry]): [string, unknown] => [
      freeKey(key, used),
      entry,
    ]);
    if (others.length + mine.length === 0) delete card[shared.property];
    else card[shared.property] = mapOf([...others, ...mine]);
    return;
  }
  for (const property of Object.keys(sliceOf(card, field))) delete card[property];
  for (const [property, value] of Object.entries(slice)) put(card, property, value);
}

/** `key` when it is free in `used`, else the first free variation. Adds it to `used`. */
export function freeKey(key: string, used: Set<string>): string {
  let free = key;
  for (let n = 2; used.has(free); n++) free = `${key.slice(0, 240)}-${n}`;
  used.add(free);
  return free;
}

/** A card that holds only the given fields of `card`, with its bookkeeping. */
export function onlyFields(card: Card, fields: Iterable<string>): Card {
  const cut: Card = { '@type': 'Card', version: '1.0', uid: card.uid };
  for (const name of BOOKKEEPING) if (card[name] !== undefined) cut[name] = card[name];
  for (const field of fields) setSlice(cut, field, sliceOf(card, field));
  return cloneJson(cut);
}

/** `card` without the given fields. */
export function withoutFields(card: Card, fields: ReadonlySet<string>): Card {
  return onlyFields(
    card,
    [...fieldsOf(card)].filter((field) => !fields.has(field)),
  );
}

/** Field names in the order of the registry, unknown ones last. */
export function inFieldOrder(names: Iterable<string>): string[] {
  const all = new Set(names);
  const known = FIELDS.map((field) => field.name).filter((name) => all.has(name));
  return [...known, ...[...all].filter((name) => !known.includes(name))];
}

/**
 * What makes an entry the same value on two sides, whatever its key, label or contexts: the address, the digits of a
 * number ("Same number in two formats" is one number), the uri, the folded text.
 */
export function entryKey(field: string, key: string, entry: unknown): string {
  if (field === 'keywords' || field === 'relatedTo') return key;
  if (!isObject(entry)) return JSON.stringify(entry);
  switch (field) {
    case 'emails':
      return textOf(entry['address']).trim().toLowerCase();
    case 'phones':
      return phoneKey(textOf(entry['number']));
    case 'notes':
      return foldText(textOf(entry['note']));
    case 'nicknames':
    case 'organizations':
      return foldText(textOf(entry['name']));
    case 'titles':
      return `${kindOf(entry) || 'title'}:${foldText(textOf(entry['name']))}`;
    case 'preferredLanguages':
      return textOf(entry['language']).toLowerCase();
    case 'personalInfo':
      return `${kindOf(entry)}:${foldText(textOf(entry['value']))}`;
    case 'anniversaries':
      return `${kindOf(entry)}:${textOf(entry['label'])}:${JSON.stringify(entry['date'])}`;
    case 'addresses':
      return addressKey(entry);
    default:
      return textOf(entry['uri']) || serviceKey(entry) || key;
  }
}

function serviceKey(entry: Record<string, unknown>): string {
  const [service, user] = [textOf(entry['service']), textOf(entry['user'])];
  return service + user === '' ? '' : foldText(`${service}:${user}`);
}

/** Digits with a leading `+` kept (00 counts as +); the folded text when there are no digits. */
export function phoneKey(number: string): string {
  const bare = number.replace(/^tel:/i, '').replace(/;.*$/, '');
  const digits = bare.replace(/\D/g, '');
  if (digits === '') return foldText(bare);
  return bare.trim().startsWith('+') ? `+${digits}` : digits.replace(/^00/, '+');
}

function addressKey(entry: Record<string, unknown>): string {
  const parts = Array.isArray(entry['components']) ? (entry['components'] as unknown[]) : [];
  const values = parts.flatMap((part) =>
    isObject(part) && kindOf(part) !== 'separator' ? [textOf(part['value'])] : [],
  );
  const text = values.length > 0 ? values.join(' ') : textOf(entry['full']);
  return foldText(text)
    .split(/[\s,;]+/)
    .sort()
    .join(' ');
}

/** Twelve characters that stand for a text, to keep many in memory or on a line. */
export function shortHash(text: string): string {
  return createHash('sha1').update(text, 'utf8').digest('base64url').slice(0, 12);
}
