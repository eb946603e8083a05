/** The attributes of an LDIF entry as a card. */
import { Buffer } from 'node:buffer';
import type { Address, AddressComponent, Card, VCardProp } from '../../model/card.js';
import { deriveUid } from '../../model/keys.js';
import { put } from '../../model/json.js';
import { sniffImage } from '../../model/data-uri.js';
import { dateTime } from '../vcard/dates.js';
import type { LdifValue } from './records.js';
import { Slots } from './slots.js';
import { ATTRIBUTES } from './table.js';

export interface LdifCard {
  card: Card;
  warnings: string[];
  uidMissing: boolean;
  /** There is more in the entry than a name of its own. */
  holds: boolean;
}

/** @param attributes lower-case names; what a directory keeps about the entry itself is passed over */
export function cardOfAttributes(attributes: ReadonlyMap<string, readonly LdifValue[]>): LdifCard {
  const slots = new Slots(attributes);
  const card: Card = { '@type': 'Card', version: '1.0', uid: '' };
  readName(slots, card);
  entries(
    card,
    'nicknames',
    'n',
    slots.all('nickname').map((name) => ({ name })),
  );
  readOrganization(slots, card);
  entries(
    card,
    'titles',
    't',
    slots.all('title').map((name) => ({ name, kind: 'title' })),
  );
  readMail(slots, card);
  readPhones(slots, card);
  readService(slots, card);
  readAddresses(slots, card);
  readLinks(slots, card);
  readBirthday(slots, card);
  entries(
    card,
    'notes',
    'n',
    slots.all('note').map((note) => ({ note })),
  );
  readLanguages(slots, card);
  readPhoto(slots, card);
  readCustom(slots, card);
  const holds = Object.keys(card).length > 3;
  readTimes(slots, card);
  const uidMissing = readUid(slots, card);
  slots.keepRest();
  if (slots.others.size > 0) {
    const kept: Record<string, string[]> = {};
    for (const [name, values] of slots.others) put(kept, name, values);
    card[ATTRIBUTES] = kept;
  }
  if (uidMissing) card.uid = deriveUid('ldif', JSON.stringify({ ...card, updated: undefined }));
  return { card, warnings: slots.warnings, uidMissing, holds };
}

/** A map of the card: prefix and position are the ids. */
function entries<K extends keyof Card & string>(card: Card, map: K, prefix: string, list: readonly object[]): void {
  if (list.length === 0) return;
  const target: Record<string, object> = {};
  for (const [i, entry] of list.entries()) target[`${prefix}${i + 1}`] = entry;
  put(card, map, target);
}

function readName(slots: Slots, card: Card): void {
  const kinds = { prefix: 'title', given: 'given', surname: 'surname', generation: 'generation' };
  const components = Object.entries(kinds).flatMap(([slot, kind]) => {
    const value = slots.one(slot);
    return value === undefined ? [] : [{ kind, value }];
  });
  const common = slots.one('full');
  const shown = slots.one('display');
  if (shown !== undefined && common !== undefined && shown !== common) slots.keep('full', [common]);
  const full = shown ?? common;
  if (full === undefined && components.length === 0) return;
  card.name = { ...(components.length > 0 ? { components } : {}), ...(full === undefined ? {} : { full }) };
}

function readOrganization(slots: Slots, card: Card): void {
  const [name, ...more] = slots.all('company');
  const units = slots.all('unit').map((unit) => ({ name: unit }));
  if (name === undefined && units.length === 0) return;
  const first = { ...(name === undefined ? {} : { name }), ...(units.length > 0 ? { units } : {}) };
  entries(card, 'organizations', 'o', [first, ...more.map((other) => ({ name: other }))]);
}

/** The first is Thunderbird's primary address. */
function readMail(slots: Slots, card: Card): void {
  const addresses = [...new Set([...slots.all('mail'), ...slots.all('mail2')].map((text) => text.trim()))];
  const [first, ...rest] = addresses.map((address) => ({ address }));
  if (first === undefined) return;
  entries(card, 'emails', 'e', rest.length > 0 ? [{ ...first, pref: 1 }, ...rest] : [first]);
}

const PHONES: readonly (readonly [slot: string, entry: object])[] = [
  ['tel.work', { contexts: { work: true } }],
  ['tel.home', { contexts: { private: true } }],
  ['tel.mobile', { features: { mobile: true } }],
  ['tel.fax', { features: { fax: true } }],
  ['tel.pager', { features: { pager: true } }],
];

function readPhones(slots: Slots, card: Card): void {
  const list = PHONES.flatMap(([slot, entry]) =>
    slots.all(slot).map((number) => ({ number: number.trim(), ...entry })),
  );
  entries(card, 'phones', 'p', list);
}

function readService(slots: Slots, card: Card): void {
  const list = slots.all('aim').map((user) => ({ service: 'AIM', user, vCardName: 'x-aim' }));
  entries(card, 'onlineServices', 's', list);
}

function readAddresses(slots: Slots, card: Card): void {
  const list = [readAddress(slots, 'work', 'work'), readAddress(slots, 'home', 'private')];
  entries(
    card,
    'addresses',
    'a',
    list.filter((address) => address !== undefined),
  );
}

function readAddress(slots: Slots, where: string, context: string): Address | undefined {
  const components: AddressComponent[] = [];
  const add = (kind: string, value: string | undefined): void => {
    if (value !== undefined) components.push({ kind, value });
  };
  // In `postalAddress` a dollar sign ends a line (RFC 4517, section 3.3.28); old Thunderbird has a street there.
  const given = slots.one(`${where}.label`);
  const label = given
    ?.split(/\s*\$\s*/)
    .map(dollars)
    .join('\n');
  const lines = given?.includes('$') === true ? label : undefined;
  add('postOfficeBox', slots.one(`${where}.box`));
  const street = slots.one(`${where}.street`);
  add('apartment', slots.one(`${where}.street2`));
  add('name', street ?? (lines === undefined ? label : undefined));
  add('locality', slots.one(`${where}.locality`));
  add('region', slots.one(`${where}.region`));
  add('postcode', slots.one(`${where}.postcode`));
  const country = slots.one(`${where}.country`);
  const code = country !== undefined && /^[A-Z]{2}$/.test(country) ? country : undefined;
  if (code === undefined) add('country', country);
  const full = lines ?? (street === undefined ? undefined : label);
  if (components.length === 0 && full === undefined && code === undefined) return undefined;
  return {
    ...(components.length > 0 ? { components } : {}),
    ...(full === undefined ? {} : { full }),
    ...(code === undefined ? {} : { countryCode: code }),
    contexts: { [context]: true },
  };
}

function dollars(line: string): string {
  return line.replace(/\\24/g, '$').replace(/\\5c/gi, '\\');
}

function readLinks(slots: Slots, card: Card): void {
  const link = (text: string): string => (/^[A-Za-z][A-Za-z0-9+.-]*:/.test(text) ? text : `https://${text}`);
  const list = [
    ...slots.all('url.work').map((uri) => ({ uri: link(uri.trim()), contexts: { work: true } })),
    ...slots.all('url.home').map((uri) => ({ uri: link(uri.trim()), contexts: { private: true } })),
    ...slots
      .all('url')
      .map(labeledUri)
      .map(({ uri, label }) => ({ uri: link(uri), ...(label === '' ? {} : { label }) })),
  ];
  // Thunderbird writes `http://` where nothing was typed in.
  entries(
    card,
    'links',
    'l',
    list.filter(({ uri }) => !/^[a-z]+:\/\/$/i.test(uri)),
  );
}

/** A URI, and after a blank its label (RFC 2079). */
function labeledUri(text: string): { uri: string; label: string } {
  const [uri = '', ...words] = text.trim().split(' ');
  return { uri, label: words.join(' ').trim() };
}

function readBirthday(slots: Slots, card: Card): void {
  const year = numberOf(slots, 'birth.year', 9999);
  const month = numberOf(slots, 'birth.month', 12);
  const day = numberOf(slots, 'birth.day', 31);
  const full = month !== undefined && day !== undefined;
  if (year !== undefined || full) {
    const inYear = month === undefined ? {} : { month };
    const date = { ...(year === undefined ? {} : { year }), ...inYear, ...(full ? { day } : {}) };
    entries(card, 'anniversaries', 'a', [{ kind: 'birth', date }]);
  } else if (month !== undefined) {
    slots.keep('birth.month', [String(month)]);
  }
  if (day !== undefined && !full) slots.keep('birth.day', [String(day)]);
}

function numberOf(slots: Slots, slot: string, max: number): number | undefined {
  const text = slots.one(slot);
  if (text === undefined) return undefined;
  const value = /^\s*\d{1,4}\s*$/.test(text) ? Number(text) : 0;
  if (value >= 1 && value <= max) return value;
  slots.keep(slot, [text]);
  return undefined;
}

/** `fr, en;q=0.8` (RFC 2798, section 2.7). */
function readLanguages(slots: Slots, card: Card): void {
  const tags = slots
    .all('languages')
    .flatMap((text) => text.split(','))
    .map((tag) => (tag.split(';')[0] ?? '').trim());
  const list = tags.filter((tag) => /^[A-Za-z0-9-]{1,35}$/.test(tag));
  entries(
    card,
    'preferredLanguages',
    'l',
    list.map((language, i) => (list.length > 1 ? { language, pref: Math.min(i + 1, 100) } : { language })),
  );
}

function readPhoto(slots: Slots, card: Card): void {
  const list = slots.photos.flatMap((bytes) => {
    const type = sniffImage(bytes);
    if (type === undefined) slots.warnings.push('a photo was left out: it is no picture that is known');
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
    return type === undefined ? [] : [{ kind: 'photo', uri: `data:${type};base64,${text}` }];
  });
  entries(card, 'media', 'm', list);
}

/** Thunderbird's own fields, under the names that its vCards give them. */
function readCustom(slots: Slots, card: Card): void {
  const list: VCardProp[] = [1, 2, 3, 4].flatMap((i) =>
    slots.all(`custom${i}`).map((text): VCardProp => [`x-custom${i}`, {}, 'text', text]),
  );
  if (list.length > 0) card.vCardProps = list;
}

function readTimes(slots: Slots, card: Card): void {
  const updated = timeOf(slots.all('modified')[0]);
  const created = timeOf(slots.all('created')[0]);
  if (updated !== undefined) card.updated = updated;
  if (created !== undefined) card.created = created;
}

/** Seconds since 1970 (Thunderbird) or `20240102030405Z` (RFC 4517, section 3.3.13). */
function timeOf(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const found = /^(\d{8})(\d{2,6})(?:[.,]\d+)?(Z|[+-]\d{2,4})$/.exec(text.trim());
  if (found !== null) return dateTime(`${found[1]}T${found[2]}${found[3]}`)?.utc;
  const seconds = /^\d{5,11}$/.test(text.trim()) ? Number(text) : 0;
  return seconds > 0 ? `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z` : undefined;
}

/** The entry's own UUID (RFC 4530), else its user id. True when there is none. */
function readUid(slots: Slots, card: Card): boolean {
  const uuid = slots.all('uuid')[0]?.trim();
  const name = slots.all('uid')[0]?.trim();
  if (uuid !== undefined && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(uuid)) {
    card.uid = `urn:uuid:${uuid.toLowerCase()}`;
    if (name !== undefined) slots.keep('uid', [name]);
  } else if (name !== undefined) {
    card.uid = name;
  }
  return card.uid === '';
}
