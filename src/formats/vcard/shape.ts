/** A light check that a card patched from a file still has the shape that everything else relies on. */
import { isObject } from '../../model/json.js';
import type { JsonObject } from '../../model/json.js';
import type { Card } from '../../model/card.js';

/** Maps and the members of their objects that must be texts when they are there; the first of each must be there. */
const MAPS: Readonly<Record<string, string>> = {
  nicknames: 'name',
  titles: 'name kind organizationId',
  emails: 'address label',
  phones: 'number label',
  preferredLanguages: 'language',
  calendars: 'uri kind mediaType label',
  schedulingAddresses: 'uri label',
  cryptoKeys: 'uri mediaType label',
  directories: 'uri kind mediaType label',
  links: 'uri kind mediaType label',
  media: 'uri kind mediaType label',
  notes: 'note created',
  personalInfo: 'value kind level label',
};
/** Maps of objects without one text that all must have. */
const LOOSE: Readonly<Record<string, string>> = {
  organizations: 'name sortAs',
  onlineServices: 'uri user service label',
  addresses: 'full countryCode coordinates timeZone defaultSeparator',
  anniversaries: 'kind label',
  relatedTo: '',
};
const TEXTS = ['uid', 'kind', 'language', 'prodId', 'created', 'updated'];
const LISTS: Readonly<Record<string, string>> = { organizations: 'units', addresses: 'components' };

/** The name of the first property whose shape is wrong; undefined when all is well. */
export function validShape(card: Card): string | undefined {
  const value: JsonObject = card;
  if (typeof value.uid !== 'string') return 'uid';
  for (const name of TEXTS) if (value[name] !== undefined && typeof value[name] !== 'string') return name;
  for (const name of ['keywords', 'members', 'speakToAs', 'localizations', 'name']) {
    if (value[name] !== undefined && !isObject(value[name])) return name;
  }
  if (value.vCardProps !== undefined && !(Array.isArray(value.vCardProps) && value.vCardProps.every(Array.isArray)))
    return 'vCardProps';
  for (const [map, members] of Object.entries(MAPS)) if (!validMap(value[map], members, true)) return map;
  for (const [map, members] of Object.entries(LOOSE)) {
    if (!validMap(value[map], members, false) || !validLists(value[map], LISTS[map])) return map;
  }
  if (
    isObject(value.name) &&
    !(validTexts(value.name, ['full', 'defaultSeparator']) && validList(value.name.components))
  )
    return 'name';
  return validDates(value.anniversaries) ? undefined : 'anniversaries';
}

function validMap(map: unknown, members: string, required: boolean): boolean {
  if (map === undefined) return true;
  if (!isObject(map)) return false;
  const names = members === '' ? [] : members.split(' ');
  const first = names[0] ?? '';
  return Object.values(map).every((entry) => {
    if (!isObject(entry) || (required && typeof entry[first] !== 'string')) return false;
    const { pref, contexts, features } = entry;
    if (pref !== undefined && typeof pref !== 'number') return false;
    return validTexts(entry, names) && [contexts, features].every((set) => set === undefined || isObject(set));
  });
}

function validTexts(entry: JsonObject, names: readonly string[]): boolean {
  return names.every((name) => entry[name] === undefined || typeof entry[name] === 'string');
}

function validLists(map: unknown, member: string | undefined): boolean {
  if (member === undefined || !isObject(map)) return true;
  return Object.values(map).every((entry) => isObject(entry) && validList(entry[member]));
}

/** Components and units: objects with texts in `kind`, `value`, `name`. */
function validList(list: unknown): boolean {
  if (list === undefined) return true;
  return Array.isArray(list) && list.every((item) => isObject(item) && validTexts(item, ['kind', 'value', 'name']));
}

function validDates(map: unknown): boolean {
  return !isObject(map) || Object.values(map).every((entry) => isObject(entry) && isObject(entry.date));
}
