/** What a JSContact Card must look like (RFC 9553) before anything of ours touches it: types, not taste. */
import { isObject } from '../model/json.js';
import { printable } from '../model/text.js';

/** Undefined when the value is right; else what is wrong, with the path of the property in front. */
export type Check = (value: unknown) => string | undefined;

/** Joins a key and what is wrong below it: `e1` and `address must be a string`. */
function at(key: string, wrong: string): string {
  const name = printable(key.length > 60 ? `${key.slice(0, 60)}...` : key);
  return wrong.startsWith(' ') ? name + wrong : `${name}.${wrong}`;
}

const text: Check = (value) => (typeof value === 'string' ? undefined : ' must be a string');
const flag: Check = (value) => (typeof value === 'boolean' ? undefined : ' must be true or false');
const yes: Check = (value) => (value === true ? undefined : ' must be true');
const object: Check = (value) => (isObject(value) ? undefined : ' must be an object');

function whole(least: number, most: number): Check {
  const range = most === Infinity ? `from ${least} on` : `from ${least} to ${most}`;
  return (value) =>
    typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most
      ? undefined
      : ` must be a whole number ${range}`;
}

function map(check: Check): Check {
  return (value) => {
    if (!isObject(value)) return ' must be an object';
    for (const key of Object.keys(value)) {
      const wrong = check(value[key]);
      if (wrong !== undefined) return at(key, wrong);
    }
    return undefined;
  };
}

function list(check: Check): Check {
  return (value) => {
    if (!Array.isArray(value)) return ' must be an array';
    for (const [i, item] of value.entries()) {
      const wrong = check(item);
      if (wrong !== undefined) return at(String(i), wrong);
    }
    return undefined;
  };
}

type Properties = Readonly<Record<string, Check>>;

/** An object with these properties; unknown ones are kept, unless they are known ones in other letters. */
function shape(properties: Properties, ...required: string[]): Check {
  const known = new Map(Object.entries(properties));
  const spelling = new Map([...known.keys()].map((name) => [name.toLowerCase(), name]));
  return (value) => {
    if (!isObject(value)) return ' must be an object';
    for (const key of Object.keys(value)) {
      const check = known.get(key);
      const wrong = check ? check(value[key]) : misspelt(key, spelling);
      if (wrong !== undefined) return at(key, wrong);
    }
    const missing = required.find((key) => !Object.hasOwn(value, key));
    return missing === undefined ? undefined : at(missing, known.get(missing)?.(undefined) ?? ' is missing');
  };
}

/** Property names are case-sensitive: `Emails` would be kept as a stranger, and the addresses in it be lost. */
function misspelt(key: string, spelling: ReadonlyMap<string, string>): string | undefined {
  const right = spelling.get(key.toLowerCase());
  return right === undefined ? undefined : ` must be spelled "${right}"`;
}

const set = map(yes);
const params = map((value) =>
  typeof value === 'string' || (Array.isArray(value) && value.every((item) => typeof item === 'string'))
    ? undefined
    : ' must be a string or an array of strings',
);
const base: Properties = { '@type': text, vCardParams: params, vCardName: text };
const ranked: Properties = { ...base, contexts: set, pref: whole(1, 100), label: text };

const component = shape({ ...base, kind: text, value: text, phonetic: text }, 'kind', 'value');
const composed: Properties = {
  components: list(component),
  isOrdered: flag,
  defaultSeparator: text,
  full: text,
  phoneticScript: text,
  phoneticSystem: text,
};
const address = shape({ ...ranked, ...composed, countryCode: text, coordinates: text, timeZone: text });
const resource = shape({ ...ranked, kind: text, uri: text, mediaType: text, listAs: whole(1, Infinity) }, 'uri');
const partialDate = shape({
  ...base,
  year: whole(0, 9999),
  month: whole(1, 12),
  day: whole(1, 31),
  calendarScale: text,
});
const timestamp = shape({ ...base, utc: text }, 'utc');
const date: Check = (value) =>
  isObject(value) && value['@type'] === 'Timestamp' ? timestamp(value) : partialDate(value);
const author = shape({ '@type': text, name: text, uri: text });
const orgUnit = shape({ ...base, name: text, sortAs: text }, 'name');

/** A vCard leftover as in jCard: name, parameters, type, value (RFC 9555, section 2.15.1). */
const leftover: Check = (value) => {
  if (!Array.isArray(value) || value.length < 4) return ' must be an array of name, parameters, type and value';
  const [name, given, type] = value as unknown[];
  if (typeof name !== 'string' || typeof type !== 'string') return ' must have a name and a type that are strings';
  const wrong = params(given);
  return wrong === undefined ? undefined : at('1', wrong);
};

/** The Card itself. `uid`, `version` and `@type` are looked at by the caller: they may be missing. */
export const cardShape = shape({
  ...base,
  version: text,
  uid: text,
  created: text,
  updated: text,
  kind: text,
  language: text,
  prodId: text,
  members: set,
  relatedTo: map(shape({ ...base, relation: set })),
  name: shape({ ...base, ...composed, sortAs: map(text) }),
  nicknames: map(shape({ ...ranked, name: text }, 'name')),
  organizations: map(shape({ ...ranked, name: text, units: list(orgUnit), sortAs: text })),
  speakToAs: shape({
    ...base,
    grammaticalGender: text,
    pronouns: map(shape({ ...ranked, pronouns: text }, 'pronouns')),
  }),
  titles: map(shape({ ...ranked, name: text, kind: text, organizationId: text }, 'name')),
  emails: map(shape({ ...ranked, address: text }, 'address')),
  onlineServices: map(shape({ ...ranked, service: text, uri: text, user: text })),
  phones: map(shape({ ...ranked, number: text, features: set }, 'number')),
  preferredLanguages: map(shape({ ...ranked, language: text }, 'language')),
  calendars: map(resource),
  schedulingAddresses: map(shape({ ...ranked, uri: text }, 'uri')),
  addresses: map(address),
  cryptoKeys: map(resource),
  directories: map(resource),
  links: map(resource),
  media: map(resource),
  localizations: map(object),
  anniversaries: map(shape({ ...base, kind: text, date, place: address, label: text }, 'kind', 'date')),
  keywords: set,
  notes: map(shape({ ...base, note: text, created: text, author }, 'note')),
  personalInfo: map(
    shape({ ...base, kind: text, value: text, level: text, listAs: whole(1, Infinity), label: text }, 'kind', 'value'),
  ),
  vCardProps: list(leftover),
});
