/** Google Contacts' table (the one since 2024), written. */
import type { Address, Card, EmailAddress, Phone, Ranked, Resource } from '../../model/card.js';
import { entriesOf, isObject, textOf } from '../../model/json.js';
import { ranked } from '../../model/view.js';
import { BETWEEN, clean } from './cells.js';
import { KEPT, keptColumns } from './context.js';
import { isoText, partsOf } from './dates.js';
import type { Dialect } from './dialect.js';
import { addressTexts, type Flat, linkUri } from './entries.js';
import { addressIn } from './indexed.js';
import { joinTriple } from './lists.js';
import { dayLabel, relationLabel } from './relations.js';
import { labelOrWords, typingOrLabel } from './typing.js';

/** How many of each there are: while contacts stream by, nobody knows how many the fullest of them has. */
const COUNTS = { email: 6, phone: 14, address: 4, relation: 8, website: 6, event: 4, custom: 8 } as const;
type Family = keyof typeof COUNTS;

const ADDRESS_PARTS: readonly (readonly [header: string, part: string])[] = [
  ['Formatted', 'formatted'],
  ['Street', 'street'],
  ['City', 'city'],
  ['PO Box', 'pobox'],
  ['Region', 'state'],
  ['Postal Code', 'postcode'],
  ['Country', 'country'],
  ['Extended Address', 'apartment'],
];
const VALUE = [['Value', 'value']] as const;

function numbered(family: Family, title: string, parts: readonly (readonly [string, string])[]): [string, string][] {
  return Array.from({ length: COUNTS[family] }, (_, i) => i + 1).flatMap((number) =>
    [['Label', 'label'] as const, ...parts].map(([header, part]): [string, string] => [
      `${title} ${number} - ${header}`,
      `${family}#${number}.${part}`,
    ]),
  );
}

/** Google's own groups, which it writes with a star. */
const SYSTEM: ReadonlySet<string> = new Set(['myContacts', 'starred', 'friends', 'family', 'coworkers']);

export const google: Dialect = {
  name: 'csv-google',
  title: 'CSV for Google Contacts',
  mark: false,
  columns: [
    ['First Name', 'name.given'],
    ['Middle Name', 'name.middle'],
    ['Last Name', 'name.family'],
    ['Phonetic First Name', 'reading.given'],
    ['Phonetic Middle Name', 'reading.middle'],
    ['Phonetic Last Name', 'reading.family'],
    ['Name Prefix', 'name.prefix'],
    ['Name Suffix', 'name.suffix'],
    ['Nickname', 'nickname'],
    ['File As', `${KEPT}File As`],
    ['Organization Name', 'org'],
    ['Organization Title', 'title'],
    ['Organization Department', 'department'],
    ['Birthday', 'birthday'],
    ['Notes', 'notes'],
    ['Photo', 'photo'],
    ['Labels', 'labels'],
    ...numbered('email', 'E-mail', VALUE),
    ...numbered('phone', 'Phone', VALUE),
    ...numbered('address', 'Address', ADDRESS_PARTS),
    ...numbered('relation', 'Relation', VALUE),
    ...numbered('website', 'Website', VALUE),
    ...numbered('event', 'Event', VALUE),
    ...numbered('custom', 'Custom Field', VALUE),
  ],
  day,
  more,
};

/** A day with or without its year, as Google writes it: ` --03-14`. */
function day(date: unknown): string {
  const { month, day: dayOfMonth } = partsOf(date);
  const text = month === undefined || dayOfMonth === undefined ? '' : isoText(date);
  return text.startsWith('--') ? ` ${text}` : text;
}

/** Label and value of one entry, the values of one cell. */
interface Item {
  label: string;
  values: string[];
}

function more(card: Card, has: (path: string) => boolean, flat: Flat): void {
  const value = (text: string): string => clean(text).replace(/:{3,}/g, '::');
  const label = (text: string): string => clean(text).replace(/^[*\s]+/, '');
  const typed = (entry: Ranked, kind: 'emails' | 'phones' | 'addresses' | 'links'): string =>
    labelOrWords(typingOrLabel(label(labelOrWords(entry, kind)), kind), kind);
  const put = (family: Family, items: Item[]): void => writeItems(family, items, flat);

  put(
    'email',
    starred(card.emails, (entry: EmailAddress) => item(typed(entry, 'emails'), value(textOf(entry.address)))),
  );
  const dial = (text: string): string => text.replace(/^(?:\s*tel:)+(?=.)/i, '');
  put(
    'phone',
    starred(card.phones, (entry: Phone) => item(typed(entry, 'phones'), value(dial(textOf(entry.number))))),
  );
  const web = (text: string): string => (text === '' ? '' : linkUri(text));
  const isLink = (entry: Resource): boolean => entry.kind === undefined;
  put(
    'website',
    starred(card.links, (entry: Resource) =>
      item(isLink(entry) ? typed(entry, 'links') : '', isLink(entry) ? web(value(textOf(entry.uri))) : ''),
    ),
  );
  const people = entriesOf(card.relatedTo).map(([name, relation]) => [value(name), relation] as const);
  put(
    'relation',
    people
      .filter(([name]) => !/^[a-z][a-z0-9+.-]*:\S/i.test(name))
      .map(([name, relation]) => item(label(relationLabel(isObject(relation) ? relation : {})), name)),
  );
  const days = Object.values(card.anniversaries ?? {}).filter((one) => dayLabel(one) !== undefined);
  put(
    'event',
    days.map((one) => item(label(dayLabel(one) ?? ''), day(one.date).trim())),
  );
  const others = new Map(keptColumns(card).map(([name, text]) => [clean(name), clean(text)] as const));
  const custom = [...others].filter(([name]) => name !== '' && !has(KEPT + name));
  put(
    'custom',
    custom.map(([name, text]) => item(name, text)),
  );
  writeAddresses(card, (entry) => typed(entry, 'addresses'), value, flat);
  const words = joinTriple(Object.keys(card.keywords ?? {}))
    .split(BETWEEN)
    .filter((word) => word !== '');
  const labels = words.map((word) => (SYSTEM.has(word) ? `* ${word}` : word)).join(BETWEEN);
  if (labels !== '') flat.set('labels', labels);
}

function item(label: string, value: string): Item {
  return { label, values: value === '' ? [] : [value] };
}

/** Best first; the one that is preferred gets a star. */
function starred<T extends Ranked>(map: Record<string, T> | undefined, make: (entry: T) => Item): Item[] {
  const list = ranked(map)
    .map(([, entry]) => ({ pref: entry.pref, made: make(entry) }))
    .filter(({ made }) => made.values.length > 0);
  return list.map(({ pref, made }, i) =>
    i === 0 && pref !== undefined && list.length > 1 ? { ...made, label: `* ${made.label}`.trim() } : made,
  );
}

/** One place each; where there are too few, those of one label share a cell, as in Google's own files. */
function writeItems(family: Family, items: readonly Item[], flat: Flat): void {
  const filled = items.filter(({ values }) => values.length > 0);
  const list = filled.length <= COUNTS[family] || family === 'event' || family === 'custom' ? filled : grouped(filled);
  for (const [i, { label, values }] of list.slice(0, COUNTS[family]).entries()) {
    if (label !== '') flat.set(`${family}#${i + 1}.label`, label);
    flat.set(`${family}#${i + 1}.value`, values.join(BETWEEN));
  }
}

function grouped(items: readonly Item[]): Item[] {
  const groups = new Map<string, Item>();
  for (const { label, values } of items) {
    const plain = label.replace(/^\*\s*/, '');
    const group = groups.get(plain);
    if (group === undefined) groups.set(plain, { label, values: [...values] });
    else group.values.push(...values);
  }
  return [...groups.values()];
}

function writeAddresses(
  card: Card,
  labelOf: (entry: Address) => string,
  value: (text: string) => string,
  flat: Flat,
): void {
  const list = ranked(card.addresses)
    .map(([, entry]) => ({ entry, parts: partsToWrite(entry, value) }))
    .filter(({ parts }) => parts.length > 0);
  for (const [i, { entry, parts }] of list.slice(0, COUNTS.address).entries()) {
    const star = i === 0 && entry.pref !== undefined && list.length > 1 ? '* ' : '';
    const label = (star + labelOf(entry)).trim();
    if (label !== '') flat.set(`address#${i + 1}.label`, label);
    for (const [part, text] of parts) flat.set(`address#${i + 1}.${part}`, text);
  }
}

/** Its parts, and the formatted text where that says more than they do. */
function partsToWrite(entry: Address, value: (text: string) => string): [part: string, text: string][] {
  const texts = addressTexts({ ...entry, full: '' }, () => true);
  const parts = Object.entries(texts).map(([part, text]): [string, string] => [part.slice(1), value(text)]);
  const filled = parts.filter(([, text]) => text !== '');
  const full = value(textOf(entry.full));
  const read = full === '' ? undefined : addressIn(Object.fromEntries([...filled, ['formatted', full]]));
  return read?.full === undefined ? filled : [...filled, ['formatted', full]];
}
