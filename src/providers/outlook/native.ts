/** The members of a contact object: each between JSON and native texts, in the dialect's spelling. */
import { asObject, asString, member as own, optArray, optObject, optString } from '../../http/check.js';
import type { Flat } from '../mapping.js';
import { NO_DATE } from './dates.js';
import type { Dialect } from './dialect.js';
import { flagBody, flagText } from './flag.js';
import { ADDRESS_PARTS, tableOf, TYPED_ADDRESS_PARTS } from './slots.js';
import { BREAK } from './texts.js';

export type Json = Record<string, unknown>;

/** A member of a contact object. Its texts have paths that begin with its name. */
interface Member {
  name: string;
  /** The value to send; `null` (or an empty list) empties it. */
  write(flat: Flat, dialect: Dialect): unknown;
  read(native: Json, where: string, flat: Flat, dialect: Dialect): void;
  /** Entries of its list that no slot reads, as they are. */
  extra?(native: Json, where: string, dialect: Dialect): unknown[];
}

/** Paths of all slots of a dialect. */
const SLOT_PATHS = new Map<Dialect, ReadonlySet<string>>();

function slotPaths(dialect: Dialect): ReadonlySet<string> {
  let paths = SLOT_PATHS.get(dialect);
  if (paths === undefined) {
    paths = new Set(tableOf(dialect).entries.flatMap(({ slots }) => slots.map(({ path }) => path)));
    SLOT_PATHS.set(dialect, paths);
  }
  return paths;
}

function put(flat: Flat, path: string, text: string | undefined): void {
  if (text !== undefined && text.trim() !== '') flat.set(path, text);
}

const below = (where: string, name: string): string => `${where}${where.includes(': ') ? '.' : ': '}${name}`;

function textMember(name: string): Member {
  return {
    name,
    // "Empty notes are ''": they are the one text that is never null.
    write: (flat) => flat.get(name) ?? (name === 'personalNotes' ? '' : null),
    read: (native, where, flat, { wire }) => put(flat, name, optString(native, wire(name), where)),
  };
}

/** A list of texts, each with a path of its own: `businessPhones.0`. */
function slotList(name: string): Member {
  return {
    name,
    write: (flat) =>
      [...flat]
        .filter(([path]) => path.startsWith(`${name}.`))
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([, text]) => text),
    read: (native, where, flat, { wire }) => {
      const texts = texted(native, wire(name), where).filter((text) => text.trim() !== '');
      texts.forEach((text, index) => put(flat, `${name}.${index}`, text));
    },
    extra: (native, where, dialect) => {
      const texts = texted(native, dialect.wire(name), where).filter((text) => text.trim() !== '');
      return texts.filter((_text, index) => !slotPaths(dialect).has(`${name}.${index}`));
    },
  };
}

/** A list of texts that is one text here. */
function lineList(name: string): Member {
  return {
    name,
    write: (flat) => flat.get(name)?.split(BREAK) ?? [],
    read: (native, where, flat, { wire }) => {
      const texts = texted(native, wire(name), where).map((text) => text.replace(/\s*[\r\n]+\s*/g, ' '));
      put(flat, name, texts.filter((text) => text.trim() !== '').join(BREAK));
    },
  };
}

function texted(native: Json, key: string, where: string): string[] {
  return (optArray(native, key, where) ?? []).map((text, index) =>
    asString(text ?? '', below(where, `${key}[${index}]`)),
  );
}

/** Instants are sent as midnight in UTC, and read by their first ten characters; `Edm.Date` has no time at all. */
function dateMember(name: string, time: string): Member {
  return {
    name,
    write: (flat) => {
      const date = flat.get(name);
      return date === undefined ? null : `${date}${time}`;
    },
    read: (native, where, flat, { wire }) => {
      const date = optString(native, wire(name), where)?.slice(0, 10);
      if (date !== undefined && date < NO_DATE) put(flat, name, date);
    },
  };
}

const favorite: Member = {
  name: 'isFavorite',
  write: (flat) => flat.get('isFavorite') === 'true',
  read: (native, _where, flat) => put(flat, 'isFavorite', own(native, 'isFavorite') === true ? 'true' : ''),
};

const flag: Member = {
  name: 'flag',
  write: (flat, dialect) => flagBody(flat.get('flag') ?? '', dialect),
  read: (native, where, flat, dialect) => {
    const found = optObject(native, dialect.wire('flag'), where);
    if (found !== undefined) put(flat, 'flag', flagText(found, below(where, 'flag'), dialect));
  },
};

/** `name` is filled with the person's name where it is no label. */
const emails: Member = {
  name: 'emailAddresses',
  write: (flat, { wire, typedEmails }) =>
    [0, 1, 2].flatMap((at) => {
      const part = (name: string): string | undefined => flat.get(`emailAddresses.${at}.${name}`);
      const address = part('address');
      if (address === undefined) return [];
      const name = part('name') ?? flat.get('displayName');
      const entry: Json = { [wire('address')]: address, ...(name === undefined ? {} : { [wire('name')]: name }) };
      const [type, otherLabel] = [part('type'), part('otherLabel')];
      if (typedEmails && type !== undefined) entry['type'] = type;
      if (typedEmails && otherLabel !== undefined) entry['otherLabel'] = otherLabel;
      return [entry];
    }),
  read: (native, where, flat, { wire, typedEmails }) => {
    let at = 0;
    for (const [index, item] of (optArray(native, wire('emailAddresses'), where) ?? []).entries()) {
      const place = below(where, `emailAddresses[${index}]`);
      const entry = asObject(item, place);
      const address = optString(entry, wire('address'), place) ?? '';
      if (address.trim() === '') continue;
      for (const part of ['address', 'name', ...(typedEmails ? ['type', 'otherLabel'] : [])]) {
        put(flat, `emailAddresses.${at}.${part}`, optString(entry, wire(part), place));
      }
      at += 1;
    }
  },
  extra: (native, where, dialect) => {
    const filled = (optArray(native, dialect.wire('emailAddresses'), where) ?? []).filter((item, index) => {
      const place = below(where, `emailAddresses[${index}]`);
      return (optString(asObject(item, place), dialect.wire('address'), place) ?? '').trim() !== '';
    });
    return filled.filter((_item, at) => !slotPaths(dialect).has(`emailAddresses.${at}`));
  },
};

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);

interface TypedEntry {
  entry: Json;
  texts: readonly (readonly [part: string, text: string])[];
  type: string;
  /** Of its type. */
  nth: number;
}

/** Entries with a `type`; what has a type of no slot counts as `other`. */
function typedList(name: string, parts: readonly string[], path: (type: string, nth: number, part: string) => string) {
  const types = new Map<Dialect, ReadonlySet<string>>();
  const known = (dialect: Dialect): ReadonlySet<string> => {
    const found = types.get(dialect);
    if (found !== undefined) return found;
    const slots = tableOf(dialect).entries.flatMap((table) => table.slots);
    const paths = slots.map((slot) => slot.path).filter((path) => path.startsWith(`${name}.`));
    const made = new Set(paths.map((path) => path.split('.')[1] ?? ''));
    types.set(dialect, made);
    return made;
  };
  const entriesOf = (native: Json, where: string, dialect: Dialect): TypedEntry[] => {
    const there = known(dialect);
    const counts = new Map<string, number>();
    const entries: TypedEntry[] = [];
    for (const [index, item] of (optArray(native, dialect.wire(name), where) ?? []).entries()) {
      const place = below(where, `${name}[${index}]`);
      const entry = asObject(item, place);
      const texts = parts.map((part) => [part, optString(entry, dialect.wire(part), place) ?? ''] as const);
      if (texts.every(([, text]) => text.trim() === '')) continue;
      const given = lowerFirst(optString(entry, dialect.wire('type'), place) ?? '');
      const type = there.has(given) ? given : 'other';
      const nth = counts.get(type) ?? 0;
      counts.set(type, nth + 1);
      entries.push({ entry, texts, type, nth });
    }
    return entries;
  };
  /** A second of a type that has one place is not, rather than mixed into the first. */
  const shown = (type: string, nth: number, dialect: Dialect): boolean =>
    nth === 0 || slotPaths(dialect).has(path(type, nth, ''));
  const list: Member = {
    name,
    write: (flat, dialect) => {
      const { wire, value } = dialect;
      const entries: Json[] = [];
      for (const type of known(dialect)) {
        for (const nth of [0, 1]) {
          const texts = parts.map((part) => [part, flat.get(path(type, nth, part))] as const);
          if (texts.every(([, text]) => text === undefined) || (nth === 1 && path(type, 0, '') === path(type, 1, '')))
            continue;
          const members = texts.map(([part, text]) => [wire(part), text ?? null] as const);
          entries.push({ [wire('type')]: value(type), ...Object.fromEntries(members) });
        }
      }
      return entries;
    },
    read: (native, where, flat, dialect) => {
      for (const { texts, type, nth } of entriesOf(native, where, dialect)) {
        if (!shown(type, nth, dialect)) continue;
        for (const [part, text] of texts) put(flat, path(type, nth, part), text);
      }
    },
    extra: (native, where, dialect) =>
      entriesOf(native, where, dialect)
        .filter(({ type, nth }) => !shown(type, nth, dialect))
        .map(({ entry }) => entry),
  };
  return list;
}

/** All members always, `null` where empty: whether missing ones stay is not documented. */
function addressMember(name: string): Member {
  return {
    name,
    write: (flat, { wire }) =>
      Object.fromEntries(ADDRESS_PARTS.map((part) => [wire(part), flat.get(`${name}.${part}`) ?? null])),
    read: (native, where, flat, { wire }) => {
      const found = optObject(native, wire(name), where);
      if (found === undefined) return;
      for (const part of ADDRESS_PARTS) {
        put(flat, `${name}.${part}`, optString(found, wire(part), below(where, name)));
      }
    },
  };
}

const TEXT_NAMES = [
  ...['displayName', 'givenName', 'middleName', 'surname', 'title', 'generation', 'initials', 'nickName'],
  ...['yomiGivenName', 'yomiSurname', 'yomiCompanyName', 'fileAs', 'companyName', 'department', 'jobTitle'],
  ...['profession', 'officeLocation', 'manager', 'assistantName', 'spouseName', 'personalNotes'],
];

const COMMON: readonly Member[] = [
  ...TEXT_NAMES.map(textMember),
  emails,
  slotList('imAddresses'),
  lineList('children'),
  lineList('categories'),
  dateMember('birthday', 'T00:00:00Z'),
];

const FLAT: readonly Member[] = [
  ...COMMON,
  slotList('businessPhones'),
  slotList('homePhones'),
  textMember('mobilePhone'),
  ...['businessAddress', 'homeAddress', 'otherAddress'].map(addressMember),
  textMember('businessHomePage'),
];

const TYPED: readonly Member[] = [
  ...COMMON,
  typedList('phones', ['number'], (type, nth) => `phones.${type}.${nth}`),
  typedList('postalAddresses', TYPED_ADDRESS_PARTS, (type, _nth, part) => `postalAddresses.${type}.${part}`),
  typedList('websites', ['address', 'displayName'], (type, _nth, part) => `websites.${type}.${part}`),
  dateMember('weddingAnniversary', ''),
  textMember('gender'),
  flag,
];

const FAVORITES: readonly Member[] = [...TYPED, favorite];

/** The members that this dialect has and we keep. */
export function membersOf(dialect: Dialect): readonly Member[] {
  if (dialect.shape === 'flat') return FLAT;
  return dialect.typedEmails ? FAVORITES : TYPED;
}
