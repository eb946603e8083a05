/** A card's fields as lists of entries that can be compared without map keys and order. */
import type { Card } from './card.js';
import { BOOKKEEPING, FIELDS, fieldOfProperty } from './fields.js';
import { addressEntry, componentsText } from './normalize-address.js';
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

/** One value of a field in canonical form. Two entries are equal when `main` and `rest` are, or `parts` allow it. */
export interface Entry {
  /** What the value is: address, number, text, uri. Entries with the same main value are the same thing changed. */
  main: string;
  /** All else in canonical form: contexts, label, features, extensions. */
  rest: string;
  /** Entries that are left over and share a slot are one value that was replaced (birthday, photo, ...). */
  slot?: string;
  /** Components of a name or address; '' when it has none. */
  parts?: string;
  /** What a free text says beyond the components: words of an address's `full`. */
  beyond?: string;
  /** Said to be preferred (lowest `pref` of several entries). */
  first?: boolean;
  /** Canonical name of the organization a title belongs to, when the card has several. */
  link?: string;
  /** Canonical names of the card's organizations, when it has several. */
  links?: ReadonlySet<string>;
  /** The value as it stands, and its key. */
  value: unknown;
  key: string;
}

type Reader = (card: JsonObject) => Entry[];

/** Reads one entry; undefined when it says nothing. */
type Make = (value: JsonObject, key: string) => Omit<Entry, 'value' | 'key'> | undefined;

function mapReader(property: string, make: Make): Reader {
  return (card) => {
    const list: Entry[] = [];
    let best = Infinity;
    const prefs: number[] = [];
    for (const [key, value] of entriesOf(own(card, property))) {
      const made = isObject(value) ? make(value, key) : undefined;
      if (made === undefined || !isObject(value)) continue;
      const pref = typeof value.pref === 'number' ? value.pref : Infinity;
      best = Math.min(best, pref);
      prefs.push(pref);
      list.push({ ...made, value, key });
    }
    if (list.length > 1 && best < Infinity) for (const [i, entry] of list.entries()) entry.first = prefs[i] === best;
    return list;
  };
}

/** An entry whose main value is one member, in the given canonical form. */
function by(member: string, form: (value: unknown) => string = plainText, slot?: (value: JsonObject) => string): Make {
  const without = new Set([member]);
  return (value) => {
    const main = form(value[member]);
    if (main === '') return undefined;
    return { main, rest: restOf(value, without), ...(slot === undefined ? {} : { slot: slot(value) }) };
  };
}

const RESOURCE = new Set(['uri', 'mediaType']);
/** A resource inside the card is its bytes; the spelling of its media type does not count then. */
const resource: Make = (value) => {
  const main = uriText(value.uri);
  if (main === '') return undefined;
  const type = main.startsWith('data:') ? '' : canonical(value.mediaType, 'mediaType');
  return { main, rest: [restOf(value, RESOURCE), type].filter((text) => text !== '').join(' ') };
};

/** Pictures: servers guess the media type of links, so it does not count. There is one photo, as people see it. */
const picture: Make = (value) => {
  const main = uriText(value.uri);
  if (main === '') return undefined;
  return { main, rest: restOf(value, RESOURCE), slot: textOf(value.kind).toLowerCase() };
};

const ORGANIZATION = new Set(['name']);
const organization: Make = (value) => {
  const name = lineText(value.name);
  const rest = restOf(value, ORGANIZATION);
  const units = canonical(value.units);
  if (name === '' && units === '') return undefined;
  return { main: name, rest, ...(name === '' ? { slot: units } : {}) };
};

const TITLE = new Set(['name', 'kind', 'organizationId']);
const titleKind = (value: JsonObject): string => textOf(value.kind).toLowerCase() || 'title';

/** Titles name their organization by map key: compared by the organization's name, where there are several. */
const titles: Reader = (card) => {
  const organizations = own(card, 'organizations');
  const names = entriesOf(organizations).map(([, value]) => (isObject(value) ? lineText(value.name) : ''));
  const several = isObject(organizations) && names.length > 1 ? organizations : undefined;
  const links = new Set(names);
  const read = mapReader('titles', (value) => {
    const main = lineText(value.name);
    if (main === '') return undefined;
    const rest = [titleKind(value), restOf(value, TITLE)].join(' ').trim();
    if (several === undefined) return { main, rest };
    const holder = own(several, textOf(value.organizationId));
    return { main, rest, links, ...(isObject(holder) ? { link: lineText(holder.name) } : {}) };
  });
  return read(card);
};

const SERVICE = new Set(['uri', 'user', 'service']);
const onlineService: Make = (value) => {
  const uri = uriText(value.uri);
  const user = plainText(value.user);
  const service = plainText(value.service).toLowerCase();
  if (uri === '' && user === '') return undefined;
  const rest = [service, uri === '' ? '' : user, restOf(value, SERVICE)].join(' ').trim();
  return { main: uri || user, rest, ...(service === '' ? {} : { slot: service }) };
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
  return mapReader('anniversaries', (value) => {
    const kind = textOf(value.kind).toLowerCase();
    const date = dateText(value.date);
    if ((kind === 'birth') !== birth) return undefined;
    const place = isObject(value.place) ? addressEntry(value.place) : undefined;
    const where = place === undefined ? '' : `place=${place.parts || place.main} ${place.rest}`.trim();
    if (date === '' && where === '') return undefined;
    const label = plainText(value.label);
    const rest = [where, restOf(value, ANNIVERSARY)].join(' ').trim();
    return { main: `${kind} ${date}`, rest, slot: kind + (birth ? '' : ` ${label}`) };
  });
}

function media(photos: boolean): Reader {
  return mapReader('media', (value, key) => {
    return (textOf(value.kind).toLowerCase() === 'photo') === photos ? picture(value, key) : undefined;
  });
}

/** Keys of a set as entries: keywords, members, relatedTo. */
function setReader(property: string, form: (key: string) => string): Reader {
  return (card) =>
    entriesOf(own(card, property)).flatMap(([key, value]) => {
      const main = form(key);
      if (main === '' || value === false || value === null) return [];
      return [{ main, rest: isObject(value) ? restOf(value) : '', value, key }];
    });
}

function single(property: string, form: (value: unknown) => string): Reader {
  return (card) => {
    const value = own(card, property);
    const main = form(value);
    return main === '' ? [] : [{ main, rest: '', slot: property, value, key: '' }];
  };
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

/** vCard leftovers (RFC 9555, section 2.15.1): a multiset of name, parameters, values; the value type is spelling. */
const vCardProps: Reader = (card) => {
  const list = own(card, 'vCardProps');
  if (!Array.isArray(list)) return [];
  return (list as unknown[]).flatMap((value) => {
    if (!Array.isArray(value)) return [];
    const [property, params, , ...values] = value as unknown[];
    const label = textOf(property).toLowerCase();
    if (label === '' || WRITERS_OWN.has(label)) return [];
    const told = values.map((item) => canonical(item)).join();
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

const individual = (value: unknown): string => {
  const kind = plainText(value).toLowerCase();
  return kind === 'individual' ? '' : kind;
};
const lower = (value: unknown): string => plainText(value).toLowerCase();
const byKind = (value: JsonObject): string => textOf(value.kind).toLowerCase();
const personal: Make = (value) => {
  const made = by('value')(value, '');
  return made === undefined ? undefined : { ...made, main: `${byKind(value)} ${made.main}` };
};

const READERS: Record<string, Reader> = {
  name,
  nicknames: mapReader('nicknames', by('name', lineText)),
  organizations: mapReader('organizations', organization),
  titles,
  emails: mapReader('emails', by('address', emailText)),
  phones: mapReader('phones', by('number', phoneText)),
  addresses: mapReader('addresses', (value) => addressEntry(value)),
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

/** Canonical text of a field's entries without regard to order; '' when the field is empty. */
export function fieldText(entries: readonly Entry[]): string {
  const texts = entries.map((entry) => {
    const { main, rest, parts, beyond, first, link } = entry;
    return JSON.stringify([main, rest, parts ?? '', beyond ?? '', first === true ? 1 : 0, link ?? '']);
  });
  return texts.sort().join('\n');
}

/** Names of all fields, in the order of reports. */
export const FIELD_NAMES: readonly string[] = FIELDS.map((field) => field.name);
