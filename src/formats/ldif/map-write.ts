/** A card as attributes of Thunderbird's address book: one value each, for it reads no more than one. */
import { entriesOf, isObject, own, textOf } from '../../model/json.js';
import type { Address, Card, Phone, Resource } from '../../model/card.js';
import { displayName, parseDataUri, ranked } from '../../model/view.js';
import { cleanText, plainText } from '../vcard/values.js';
import type { LdifValue } from './records.js';
import { ATTRIBUTE_NAME, attributeOf, ATTRIBUTES, OPERATIONAL, SECRET, slotOf } from './table.js';

export type Attribute = readonly [name: string, value: LdifValue];

class Written {
  readonly list: Attribute[] = [];
  readonly #slots = new Set<string>();

  /** False when the slot is taken or there is nothing to write. */
  put(slot: string, text: string): boolean {
    const value = cleanText(text);
    if (value.trim() === '' || this.#slots.has(slot)) return false;
    this.#slots.add(slot);
    this.list.push([attributeOf(slot), value]);
    return true;
  }

  has(slot: string): boolean {
    return this.#slots.has(slot);
  }
}

/** The attributes of a card, without dn and objectclass. */
export function attributesOfCard(card: Card): Attribute[] {
  const written = new Written();
  writeName(card, written);
  written.put('nickname', firstText(card.nicknames, 'name'));
  writeMail(card, written);
  writePhones(card, written);
  writeAddresses(card, written);
  writeWork(card, written);
  writeLinks(card, written);
  writeBirthday(card, written);
  const notes = ranked<{ note?: unknown; pref?: number }>(card.notes).map(([, { note }]) => textOf(note).trim());
  written.put('note', notes.filter((note) => note !== '').join('\n\n'));
  for (const [, service] of ranked(card.onlineServices)) {
    if (textOf(service.service).toUpperCase() === 'AIM') written.put('aim', textOf(service.user));
  }
  written.put(
    'languages',
    ranked(card.preferredLanguages)
      .map(([, { language }]) => textOf(language))
      .join(', '),
  );
  writeCustom(card, written);
  writeBookkeeping(card, written);
  writePhoto(card, written);
  writeOthers(card, written);
  return written.list;
}

function firstText<T extends { pref?: number }>(map: Record<string, T> | undefined, member: keyof T & string): string {
  return textOf(ranked(map)[0]?.[1][member]);
}

const NAME_SLOTS: Readonly<Record<string, string>> = {
  title: 'prefix',
  given: 'given',
  surname: 'surname',
  generation: 'generation',
};

function writeName(card: Card, written: Written): void {
  for (const [kind, slot] of Object.entries(NAME_SLOTS)) {
    const parts: unknown[] = Array.isArray(card.name?.components) ? card.name.components : [];
    const words = parts.flatMap((part) => (isObject(part) && part.kind === kind ? [textOf(part.value)] : []));
    written.put(slot, words.join(' '));
  }
  written.put('full', textOf(card.name?.full) || displayName(card));
}

function writeMail(card: Card, written: Written): void {
  for (const [, email] of ranked(card.emails)) {
    const address = textOf(email.address).trim();
    if (!written.put('mail', address)) written.put('mail2', address);
  }
}

function writePhones(card: Card, written: Written): void {
  for (const [, phone] of ranked(card.phones)) {
    const number = textOf(phone.number)
      .replace(/^tel:(?=.)/i, '')
      .trim();
    for (const slot of phoneSlots(phone)) if (written.put(slot, number)) break;
  }
}

/** Where a number may stand: its kind comes before its place. */
function phoneSlots({ features, contexts }: Phone): string[] {
  for (const kind of ['fax', 'pager', 'mobile']) if (features?.[kind] === true) return [`tel.${kind}`];
  if (contexts?.work === true) return ['tel.work'];
  return contexts?.private === true ? ['tel.home'] : ['tel.work', 'tel.home'];
}

function writeAddresses(card: Card, written: Written): void {
  const taken = new Set<string>();
  for (const [, address] of ranked(card.addresses)) {
    const { contexts } = address;
    const places = contexts?.work === true ? ['work'] : contexts?.private === true ? ['home'] : ['home', 'work'];
    const place = places.find((name) => !taken.has(name));
    if (place === undefined) continue;
    taken.add(place);
    writeAddress(address, place, written);
  }
}

const STREET = ['number', 'name', 'direction', 'block', 'subdistrict', 'district', 'landmark'];

function writeAddress(address: Address, place: string, written: Written): void {
  const list: unknown[] = Array.isArray(address.components) ? address.components : [];
  const parts = list.filter(isObject);
  const words = (...kinds: string[]): string[] =>
    parts.flatMap(({ kind, value }) => (kinds.includes(textOf(kind)) ? [textOf(value)] : []));
  const full = textOf(address.full);
  const lines = full.split(/\r\n|\r|\n/);
  const box = words('postOfficeBox').join(' ');
  const boxed = place === 'work' && box !== '';
  if (boxed) written.put('work.box', box);
  const rest = [...words('apartment', 'room', 'floor', 'building'), ...(boxed || box === '' ? [] : [box])];
  written.put(`${place}.street`, words(...STREET).join(' ') || (parts.length === 0 && lines.length === 1 ? full : ''));
  written.put(`${place}.street2`, rest.join(', '));
  written.put(`${place}.locality`, words('locality').join(' '));
  written.put(`${place}.region`, words('region').join(' '));
  written.put(`${place}.postcode`, words('postcode').join(' '));
  written.put(`${place}.country`, words('country').join(' ') || textOf(address.countryCode));
  if (lines.length > 1 || (written.has(`${place}.street`) && parts.length > 0)) {
    written.put(`${place}.label`, lines.map((line) => line.replace(/\\/g, '\\5C').replace(/\$/g, '\\24')).join('$'));
  }
}

function writeWork(card: Card, written: Written): void {
  const title = ranked(card.titles).find(([, { kind }]) => kind === undefined || kind === 'title');
  written.put('title', textOf(title?.[1].name));
  const firm = ranked(card.organizations)[0]?.[1];
  const units: unknown[] = Array.isArray(firm?.units) ? firm.units : [];
  const [unit] = units;
  written.put('unit', isObject(unit) ? textOf(unit.name) : '');
  written.put('company', textOf(firm?.name));
}

function writeLinks(card: Card, written: Written): void {
  for (const [, { uri, kind, contexts }] of ranked(card.links)) {
    if (kind !== undefined) continue;
    const slots =
      contexts?.work === true ? ['url.work'] : contexts?.private === true ? ['url.home'] : ['url.home', 'url.work'];
    for (const slot of slots) if (written.put(slot, textOf(uri).trim())) break;
  }
}

function writeBirthday(card: Card, written: Written): void {
  const day = Object.values(card.anniversaries ?? {}).find(({ kind }) => kind === 'birth')?.date;
  if (!isObject(day) || day.calendarScale !== undefined || typeof day.utc === 'string') return;
  for (const part of ['year', 'month', 'day']) {
    const number = own(day, part);
    if (typeof number === 'number') written.put(`birth.${part}`, String(number));
  }
}

function writeCustom(card: Card, written: Written): void {
  for (const entry of Array.isArray(card.vCardProps) ? card.vCardProps : []) {
    const [name, , type, value] = Array.isArray(entry) ? entry : [];
    const found = typeof name === 'string' ? /^x-(custom[1-4])$/i.exec(name)?.[1] : undefined;
    if (found !== undefined && typeof value === 'string') {
      written.put(found.toLowerCase(), type === 'unknown' ? plainText(value) : value);
    }
  }
}

function writeBookkeeping(card: Card, written: Written): void {
  const time = Date.parse(textOf(card.updated));
  if (time > 0) written.put('modified', String(Math.floor(time / 1000)));
  const uuid = /^urn:uuid:([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i.exec(card.uid)?.[1];
  if (uuid !== undefined) written.put('uuid', uuid.toLowerCase());
  else written.put('uid', card.uid.trim());
}

/** One photo, and only JPEG: the attribute says so. */
function writePhoto(card: Card, written: Written): void {
  for (const [, media] of ranked<Resource>(card.media)) {
    if (media.kind !== 'photo' || !/^data:image\/jpe?g[;,]/i.test(textOf(media.uri))) continue;
    const bytes = parseDataUri(textOf(media.uri))?.bytes;
    if (bytes === undefined || bytes.length === 0) continue;
    written.list.push([attributeOf('photo'), bytes]);
    return;
  }
}

/** What an LDIF file brought along. */
function writeOthers(card: Card, written: Written): void {
  for (const [name, values] of entriesOf(card[ATTRIBUTES])) {
    const lower = name.toLowerCase();
    const slot = slotOf(lower);
    if (!ATTRIBUTE_NAME.test(name) || OPERATIONAL.has(lower) || SECRET.test(lower) || !Array.isArray(values)) continue;
    for (const value of values as unknown[]) {
      const text = cleanText(textOf(value));
      if (text.trim() !== '' && lower !== 'dn' && (slot === undefined || written.has(slot)))
        written.list.push([name, text]);
    }
  }
}
