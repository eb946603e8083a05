/** A card's fields as lists of entries that can be compared without map keys and order. */
import type { Card } from './card.js';
import { BOOKKEEPING, FIELDS, fieldOfProperty } from './fields.js';
import { addressEntry, componentsText } from './normalize-address.js';
import { by, mapReader, setReader, single } from './normalize-entry.js';
import type { Entry, Make, Reader } from './normalize-entry.js';
import { entriesOf, isObject, own, textOf } from './json.js';
import type { JsonObject } from './json.js';
import { joinName } from './join.js';
import { uidKey } from './keys.js';
import {
  canonical,
  dateText,
  emailText,
  lineText,
  paramsText,
  phoneText,
  plainText,
  restOf,
  uriText,
} from './normal-text.js';

const RESOURCE = new Set(['uri', 'mediaType']);
/** A resource inside the card is its bytes; the spelling of its media type does not count then. */
const resource: Make = (value, key) => {
  const main = uriText(value.uri);
  if (main === '') return undefined;
  const type = main.startsWith('data:') ? '' : canonical(value.mediaType, 'mediaType');
  return { main, rest: `${restOf(value, RESOURCE)} ${type}`.trim(), value, key };
};

/** Pictures: servers guess the media type of links, so it does not count. There is one photo, as people see it. */
const picture: Make = (value, key) => {
  const main = uriText(value.uri);
  if (main === '') return undefined;
  return { main, rest: restOf(value, RESOURCE), slot: textOf(value.kind).toLowerCase(), value, key };
};

const ORGANIZATION = new Set(['name']);
const organization: Make = (value, key) => {
  const name = lineText(value.name);
  const rest = restOf(value, ORGANIZATION);
  const units = canonical(value.units);
  if (name === '' && units === '') return undefined;
  return { main: name, rest, slot: name === '' ? units : '', value, key };
};

const TITLE = new Set(['name', 'kind', 'organizationId']);
const titleKind = (value: JsonObject): string => textOf(value.kind).toLowerCase() || 'title';

/** Titles name their organization by map key: compared by the organization's name, where there are several. */
const titles: Reader = (card) => {
  const organizations = own(card, 'organizations');
  const names = entriesOf(organizations).map(([, value]) => (isObject(value) ? lineText(value.name) : ''));
  const several = isObject(organizations) && names.length > 1 ? organizations : undefined;
  const links = new Set(names);
  const read = mapReader('titles', (value, key) => {
    const main = lineText(value.name);
    if (main === '') return undefined;
    const rest = [titleKind(value), restOf(value, TITLE)].join(' ').trim();
    if (several === undefined) return { main, rest, value, key };
    const holder = own(several, textOf(value.organizationId));
    return { main, rest, links, link: isObject(holder) ? lineText(holder.name) : '', value, key };
  });
  return read(card);
};

const SERVICE = new Set(['uri', 'user', 'service']);
const onlineService: Make = (value, key) => {
  const uri = uriText(value.uri);
  const user = plainText(value.user);
  const service = plainText(value.service).toLowerCase();
  if (uri === '' && user === '') return undefined;
  const rest = [service, uri === '' ? '' : user, restOf(value, SERVICE)].join(' ').trim();
  return { main: uri || user, rest, slot: service, value, key };
};

const NAME = new Set(['full', 'components', 'isOrdered', 'defaultSeparator']);

/**
 * The name: `full` without its white space (servers rebuild it), derived from the components when absent. The order of
 * the components and their separators count only as far as the full name shows them.
 */
const name: Reader = (card) => {
  const value = own(card, 'name');
  if (!isObject(value)) return [];
  const parts = componentsText(value);
  const full = (plainText(value.full) || plainText(joinName(value))).replace(/\s+/g, '');
  const rest = restOf(value, NAME);
  if (full === '' && rest === '') return [];
  return [{ main: full, rest, parts, slot: 'name', value, key: '' }];
};

const ANNIVERSARY = new Set(['kind', 'date', 'place']);
function anniversaries(birth: boolean): Reader {
  return mapReader('anniversaries', (value, key) => {
    const kind = textOf(value.kind).toLowerCase();
    const date = dateText(value.date);
    if ((kind === 'birth') !== birth) return undefined;
    const place = isObject(value.place) ? addressEntry(value.place) : undefined;
    const where = place === undefined ? '' : `place=${place.parts || place.main} ${place.rest}`.trim();
    if (date === '' && where === '') return undefined;
    const label = plainText(value.label);
    const rest = [where, restOf(value, ANNIVERSARY)].join(' ').trim();
    return { main: `${kind} ${date}`, rest, slot: kind + (birth ? '' : ` ${label}`), value, key };
  });
}

function media(photos: boolean): Reader {
  return mapReader('media', (value, key) => {
    return (textOf(value.kind).toLowerCase() === 'photo') === photos ? picture(value, key) : undefined;
  });
}

const PRONOUNS = new Set(['pronouns', 'grammaticalGender']);
const speakToAs: Reader = (card) => {
  const value = own(card, 'speakToAs');
  if (!isObject(value)) return [];
  const gender = plainText(value.grammaticalGender).toLowerCase();
  const rest = restOf(value, PRONOUNS);
  const list = mapReader('pronouns', by('pronouns'))(value);
  if (gender === '' && rest === '') return list;
  return [...list, { main: `gender ${gender}`, rest, slot: 'gender', value, key: '' }];
};

/** Properties that a converter writes anew each time: they say nothing about the contact. */
const WRITERS_OWN = new Set(['version', 'prodid', 'rev']);

/** Values of unknown properties keep their escapes, and servers add some: `a,b` and `a\,b` are the same. */
const unescaped = (item: unknown): string =>
  canonical(typeof item === 'string' ? item.replace(/\\+(?=[,;:])/g, '').replace(/\\+(?![nN\\])/g, '\\') : item);

/** vCard leftovers (RFC 9555, section 2.15.1): a multiset of name, parameters, values; the value type is spelling. */
const vCardProps: Reader = (card) => {
  const list = own(card, 'vCardProps');
  if (!Array.isArray(list)) return [];
  return (list as unknown[]).flatMap((value) => {
    if (!Array.isArray(value)) return [];
    const [property, params, , ...values] = value as unknown[];
    const label = textOf(property).toLowerCase();
    if (label === '' || WRITERS_OWN.has(label)) return [];
    const told = values.map(unescaped).join();
    return [{ main: `${label} ${told}`, rest: paramsText(params), slot: label, value, key: label }];
  });
};

/** Paths go through map keys: each key is replaced by what it names in this card. */
const localizations: Reader = (card) =>
  entriesOf(own(card, 'localizations')).flatMap(([tag, patch]) =>
    entriesOf(patch).map(([path, value]) => {
      const main = `${tag.toLowerCase()} ${keylessPath(card, path)}`;
      return { main, rest: canonical(value), value, key: `${tag} ${path}` };
    }),
  );

const LINK = new Set(['organizationId']);

function keylessPath(card: JsonObject, path: string): string {
  const [property = '', key, ...more] = path.split('/');
  const map = own(card, property);
  const entry = isObject(map) && key !== undefined ? own(map, key) : undefined;
  if (!isObject(entry) || property === 'name') return path;
  return [property, restOf(entry, LINK), ...more].join('/');
}

/** Unknown properties, each as a whole, and the vCard parameters of the card itself. */
const other: Reader = (card) =>
  Object.keys(card).flatMap((key) => {
    if (BOOKKEEPING.has(key) || key === 'vCardName' || fieldOfProperty(key) !== 'other') return [];
    const rest = canonical(card[key], key);
    return rest === '' ? [] : [{ main: key, rest, slot: key, value: card[key], key }];
  });

const addressOf: Make = (value, key) => {
  const form = addressEntry(value);
  return form === undefined ? undefined : Object.assign(form, { value, key });
};
const individual = (value: unknown): string => {
  const kind = plainText(value).toLowerCase();
  return kind === 'individual' ? '' : kind;
};
const lower = (value: unknown): string => plainText(value).toLowerCase();
const byKind = (value: JsonObject): string => textOf(value.kind).toLowerCase();
const PERSONAL = new Set(['kind', 'value']);
const personal: Make = (value, key) => {
  const main = plainText(value.value);
  return main === '' ? undefined : { main: `${byKind(value)} ${main}`, rest: restOf(value, PERSONAL), value, key };
};

const READERS: Record<string, Reader> = {
  name,
  nicknames: mapReader('nicknames', by('name', lineText)),
  organizations: mapReader('organizations', organization),
  titles,
  emails: mapReader('emails', by('address', emailText)),
  phones: mapReader('phones', by('number', phoneText)),
  addresses: mapReader('addresses', addressOf),
  onlineServices: mapReader('onlineServices', onlineService),
  links: mapReader('links', resource),
  birthday: anniversaries(true),
  anniversaries: anniversaries(false),
  notes: mapReader('notes', by('note')),
  keywords: setReader('keywords', plainText),
  relatedTo: setReader('relatedTo', uidKey),
  personalInfo: mapReader('personalInfo', personal),
  photo: media(true),
  media: media(false),
  preferredLanguages: mapReader('preferredLanguages', by('language', lower)),
  language: single('language', lower),
  kind: single('kind', individual),
  members: setReader('members', uidKey),
  speakToAs,
  calendars: mapReader('calendars', resource),
  schedulingAddresses: mapReader('schedulingAddresses', resource),
  cryptoKeys: mapReader('cryptoKeys', resource),
  directories: mapReader('directories', resource),
  localizations,
  vCardProps,
  other,
};

/** The entries of one field (a name of {@link FIELDS}), in the card's order. */
export function entriesOfField(card: Card, field: string): Entry[] {
  return READERS[field]?.(card) ?? [];
}

/** Names of all fields, in the order of reports. */
export const FIELD_NAMES: readonly string[] = FIELDS.map((field) => field.name);
