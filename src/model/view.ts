/** Reading views of a card: what lists, searches, sort orders and suggestions need. */
import type { Card, Resource } from './card.js';
import { entriesOf, isObject, textOf } from './json.js';
import { addressLine, joinName, oneLine, partsOf } from './join.js';
import { foldText } from './keys.js';

export { parseDataUri, sniffImage, toDataUri } from './data-uri.js';
export { addressLine } from './join.js';

function prefOf(entry: { pref?: number }): number {
  return typeof entry.pref === 'number' && entry.pref >= 1 ? entry.pref : Infinity;
}

/** Entries of a map, best first: by `pref` (1 is best, none is last), then in their own order. */
export function ranked<T extends { pref?: number }>(map: Record<string, T> | undefined): [string, T][] {
  if (!isObject(map)) return [];
  const entries = Object.entries(map).filter(([, entry]) => isObject(entry));
  if (entries.length < 2) return entries;
  return entries.sort(([, a], [, b]) => {
    const [left, right] = [prefOf(a), prefOf(b)];
    return left === right ? 0 : left - right;
  });
}

/** One text of each entry, best first, without empty ones. */
function texts<T extends { pref?: number }>(map: Record<string, T> | undefined, pick: (entry: T) => unknown): string[] {
  return ranked(map)
    .map(([, entry]) => textOf(pick(entry)).trim())
    .filter((text) => text !== '');
}

/** `name.full`, else the joined components, else ''. White space is collapsed. */
export function fullName(card: Card): string {
  if (!isObject(card.name)) return '';
  const full = textOf(card.name.full).replace(/\s+/g, ' ').trim();
  return full || joinName(card.name).replace(/\s+/g, ' ');
}

/** What to call the contact: full name, else nickname, organization, first e-mail address, first phone number, ''. */
export function displayName(card: Card): string {
  const name = fullName(card);
  if (name !== '') return name;
  const organization = organizationOf(card);
  if (organization !== '') return organization;
  const nickname = texts(card.nicknames, (entry) => entry.name)[0];
  return nickname ?? emailsOf(card)[0] ?? phonesOf(card)[0] ?? '';
}

/** E-mail addresses, best first. */
export function emailsOf(card: Card): string[] {
  return texts(card.emails, (entry) => entry.address);
}

/** Phone numbers, best first, without a `tel:` before them. */
export function phonesOf(card: Card): string[] {
  return texts(card.phones, (entry) => entry.number).map((number) => number.replace(/^tel:/i, ''));
}

/** Name of the best organization, else its first unit, else ''. */
export function organizationOf(card: Card): string {
  const names = texts(card.organizations, (entry) => entry.name);
  return names[0] ?? unitsOf(card)[0] ?? '';
}

/** Units (departments) of all organizations, best organization first. */
export function unitsOf(card: Card): string[] {
  const units = ranked(card.organizations).flatMap(([, entry]) => (Array.isArray(entry.units) ? entry.units : []));
  return units.map((unit) => (isObject(unit) ? textOf(unit.name).trim() : '')).filter((name) => name !== '');
}

/** Job titles and roles, best first. */
function titlesOf(card: Card): string[] {
  return texts(card.titles, (entry) => entry.name);
}

/** Keywords (categories) of the card, in their order. */
export function keywordsOf(card: Card): string[] {
  return entriesOf(card.keywords).map(([keyword]) => keyword);
}

/** The picture to show: media of kind `photo`, best first; its uri is a `data:` URI or a link. */
export function photoOf(card: Card): { key: string; resource: Resource } | undefined {
  for (const [key, resource] of ranked(card.media)) {
    if (resource.kind === 'photo' && textOf(resource.uri) !== '') return { key, resource };
  }
  return undefined;
}

function valuesOfKind(holder: unknown, kinds: readonly string[]): string[] {
  return partsOf(holder)
    .filter((part) => kinds.includes(part.kind))
    .map((part) => part.value);
}

/** Family name first, for sorting; the last word of a full name that has no components. */
function lastNameFirst(card: Card): string {
  const sortAs = isObject(card.name?.sortAs) ? card.name.sortAs : {};
  const surname = textOf(sortAs.surname) || valuesOfKind(card.name, ['surname', 'surname2']).join(' ');
  const given = textOf(sortAs.given) || valuesOfKind(card.name, ['given', 'given2']).join(' ');
  if (surname !== '' || given !== '') return `${surname || given} ${surname === '' ? '' : given}`;
  const words = fullName(card).split(' ');
  return [words.at(-1) ?? '', ...words.slice(0, -1)].join(' ').trim() || displayName(card);
}

/** Folded text to compare with `<`; '' sorts as "has none". `updated` is the time stamp as it stands. */
export function sortKey(card: Card, by: 'name' | 'last-name' | 'email' | 'company' | 'updated'): string {
  switch (by) {
    case 'name':
      return foldText(displayName(card));
    case 'last-name':
      return foldText(lastNameFirst(card));
    case 'email':
      return foldText(emailsOf(card)[0] ?? '');
    case 'company':
      return foldText(organizationOf(card));
    case 'updated':
      return textOf(card.updated);
  }
}

/** A number's digits, so that `0301234` finds `030 / 12-34`; '' when that is the number itself or too short. */
function digitsOf(number: string): string {
  const digits = number.replace(/\D/g, '');
  return digits.length >= 3 && digits !== number ? digits : '';
}

/**
 * The texts that `search` looks into, as they stand (fold them with `foldText`): names, nicknames, e-mail addresses,
 * organizations, departments, titles, phone numbers (also as bare digits), cities, notes.
 */
export function searchText(card: Card): string[] {
  const phones = phonesOf(card);
  const cities = ranked(card.addresses).flatMap(([, address]) => {
    const named = valuesOfKind(address, ['locality', 'district', 'subdistrict']);
    return partsOf(address).length > 0 ? named : [oneLine(textOf(address.full))];
  });
  const all = [
    fullName(card),
    ...partsOf(card.name)
      .filter((part) => part.kind !== 'separator')
      .map((part) => part.value),
    ...texts(card.nicknames, (entry) => entry.name),
    ...emailsOf(card),
    ...texts(card.organizations, (entry) => entry.name),
    ...unitsOf(card),
    ...titlesOf(card),
    ...phones,
    ...phones.map(digitsOf),
    ...phones.filter((phone) => phone.trim().startsWith('+')).map((phone) => `+${digitsOf(phone)}`),
    ...cities,
    ...entriesOf(card.notes).map(([, note]) => (isObject(note) ? textOf(note.note) : '')),
  ];
  return all.filter((text) => text !== '');
}

/** Postal addresses on one line each, best first. */
export function addressesOf(card: Card): string[] {
  return ranked(card.addresses)
    .map(([, address]) => addressLine(address))
    .filter((text) => text !== '');
}
