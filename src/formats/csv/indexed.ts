/** Numbered columns of Google's tables, read: `E-mail 1 - Label`, `Address 2 - City`, `Custom Field 1 - Value`. */
import type { Address, Card, Ranked, Title } from '../../model/card.js';
import { textOf } from '../../model/json.js';
import { addressOf, type Flat, linkUri, withFull } from './entries.js';
import { BETWEEN } from './cells.js';
import { dayOf, relationOf } from './relations.js';
import { relate } from './texts.js';
import { typingOrLabel } from './typing.js';
import type { ReadContext } from './context.js';

export type Family = 'email' | 'phone' | 'address' | 'relation' | 'website' | 'event' | 'custom' | 'im' | 'org';

/** Google's names of the families and of their parts (both formats), and ours. */
const FAMILIES: Readonly<Record<string, Family>> = {
  'e-mail': 'email',
  phone: 'phone',
  address: 'address',
  relation: 'relation',
  website: 'website',
  event: 'event',
  'custom field': 'custom',
  im: 'im',
  organization: 'org',
};
const PARTS: Readonly<Record<string, string>> = {
  label: 'label',
  type: 'label',
  value: 'value',
  service: 'service',
  formatted: 'formatted',
  street: 'street',
  city: 'city',
  'po box': 'pobox',
  region: 'state',
  'postal code': 'postcode',
  country: 'country',
  'extended address': 'apartment',
  name: 'name',
  title: 'title',
  department: 'department',
  'yomi name': 'reading',
};

/** `phone#2.label` for `Phone 2 - Label`; undefined for any other name. */
export function indexedPath(name: string): string | undefined {
  const [, head = '', number = '', tail = ''] = /^(\D+?) (\d{1,3}) - (.+)$/.exec(name.trim().toLowerCase()) ?? [];
  const family = Object.hasOwn(FAMILIES, head) ? FAMILIES[head] : undefined;
  const part = Object.hasOwn(PARTS, tail) ? PARTS[tail] : undefined;
  return family === undefined || part === undefined ? undefined : `${family}#${Number(number)}.${part}`;
}

/** The parts of one numbered entry. */
type Parts = Record<string, string>;

function byFamily(flat: Flat): Map<string, [number, Parts][]> {
  const found = new Map<string, Map<number, Parts>>();
  for (const [path, text] of flat) {
    const [, family = '', number = '', part = ''] = /^(\w+)#(\d+)\.(\w+)$/.exec(path) ?? [];
    if (family === '') continue;
    const entries = found.get(family) ?? new Map<number, Parts>();
    const parts = entries.get(Number(number)) ?? {};
    parts[part] = text;
    found.set(family, entries.set(Number(number), parts));
  }
  return new Map([...found].map(([family, entries]) => [family, [...entries].sort(([a], [b]) => a - b)]));
}

/** The values of a cell, each with the parts that stand at the same place in the other cells; the type is common. */
function split(parts: Parts): Parts[] {
  const { label, ...others } = parts;
  const lists = Object.entries(others).map(([part, text]) => [part, text.split(BETWEEN)] as const);
  const count = lists.reduce((most, [, list]) => Math.max(most, list.length), 1);
  return Array.from({ length: Math.min(count, 1000) }, (_, i) => {
    const one: Parts = label === undefined ? {} : { label };
    for (const [part, list] of lists) {
      const text = list[i]?.trim() ?? '';
      if (text !== '') one[part] = text;
    }
    return one;
  });
}

/** `* Work` is the primary one. */
function starred(label: string): { text: string; first: boolean } {
  const first = label.startsWith('*');
  return { text: first ? label.slice(1).trim() : label.trim(), first };
}

type Make = (parts: Parts, label: string) => Ranked | undefined;

interface Table {
  family: Family;
  property: 'emails' | 'phones' | 'addresses' | 'links' | 'onlineServices';
  letter: string;
  make: Make;
}

/** An entry made of its value alone. */
function valued(kind: 'emails' | 'phones' | 'links', make: (value: string) => Ranked): Make {
  return ({ value }, label) => (value === undefined ? undefined : { ...make(value), ...typingOrLabel(label, kind) });
}

const messenger: Make = ({ value, service }, label) =>
  value === undefined
    ? undefined
    : { ...(service === undefined ? {} : { service }), user: value, ...typingOrLabel(label, 'links') };

const postal: Make = (parts, label) => {
  const entry = addressIn(parts);
  return entry === undefined ? undefined : { ...entry, ...typingOrLabel(label, 'addresses') };
};

const TABLES: readonly Table[] = [
  { family: 'email', property: 'emails', letter: 'e', make: valued('emails', (value) => ({ address: value })) },
  { family: 'phone', property: 'phones', letter: 'p', make: valued('phones', (value) => ({ number: value })) },
  { family: 'address', property: 'addresses', letter: 'a', make: postal },
  { family: 'website', property: 'links', letter: 'l', make: valued('links', (value) => ({ uri: linkUri(value) })) },
  { family: 'im', property: 'onlineServices', letter: 's', make: messenger },
];

/** The address of one place, by part. */
export function addressIn(parts: Readonly<Record<string, string>>): Address | undefined {
  const texts = Object.fromEntries(Object.entries(parts).map(([part, text]) => [`.${part}`, text]));
  return withFull(addressOf(texts), parts['formatted'] ?? '');
}

/** Everything that stands in numbered columns. */
export function readIndexed(flat: Flat, card: Card, context: ReadContext): void {
  const families = byFamily(flat);
  if (families.size === 0) return;
  for (const { family, property, letter, make } of TABLES) {
    const entries = (families.get(family) ?? []).flatMap(([, parts]) => entriesIn(parts, make));
    if (entries.length === 0) continue;
    const map = Object.fromEntries(entries.map((entry, i) => [`${letter}${i + 1}`, entry]));
    Object.assign(card, { [property]: map });
  }
  readOrganizations(families.get('org') ?? [], card);
  readOthers(families, card, context);
}

/** The entries of one place: the star is for the first of them. */
function entriesIn(parts: Parts, make: Make): Ranked[] {
  const { text, first } = starred(parts['label'] ?? '');
  const entries = split(parts)
    .map((one) => make(one, text))
    .filter((entry) => entry !== undefined);
  return entries.map((entry, i) => (first && i === 0 ? { ...entry, pref: 1 } : entry));
}

function readOrganizations(entries: readonly [number, Parts][], card: Card): void {
  const several = entries.length > 1;
  for (const [number, { name, department, title, reading }] of entries) {
    const key = `o${number}`;
    if (name !== undefined || department !== undefined) {
      (card.organizations ??= {})[key] = {
        ...(name === undefined ? {} : { name }),
        ...(department === undefined ? {} : { units: [{ name: department }] }),
        ...(name === undefined || reading === undefined ? {} : { sortAs: reading }),
      };
    }
    if (title === undefined) continue;
    const owned = several && card.organizations?.[key] !== undefined;
    const entry: Title = { name: title, kind: 'title', ...(owned ? { organizationId: key } : {}) };
    (card.titles ??= {})[`t${Object.keys(card.titles ?? {}).length + 1}`] = entry;
  }
}

function readOthers(families: Map<string, [number, Parts][]>, card: Card, context: ReadContext): void {
  for (const [, parts] of families.get('relation') ?? []) {
    const { text } = starred(parts['label'] ?? '');
    for (const { value } of split(parts)) if (value !== undefined) relate(card, value, relationOf(text));
  }
  for (const [, parts] of families.get('event') ?? []) {
    const { text } = starred(parts['label'] ?? '');
    for (const { value } of split(parts)) {
      if (value !== undefined) context.day(card, value, dayOf(text), `Event ${text}`.trim());
    }
  }
  for (const [number, { label, value }] of families.get('custom') ?? []) {
    if (value !== undefined) context.keep(card, textOf(label).trim() || `Custom Field ${number}`, value);
  }
}
