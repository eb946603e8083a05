/** Reading ADR with its label, coordinates, time zone and country code, in all the places where versions keep them. */
import { isObject } from '../../model/json.js';
import type { JsonObject } from '../../model/json.js';
import { ADDRESS_KINDS, COUNTRY_CODE, EXTENDED, OLD_SIZE, writeAddress } from './address-write.js';
import { inOrder, readSlots } from './components.js';
import type { Slot } from './components.js';
import type { Prop } from './prop.js';
import type { Entry, ReadState } from './read-state.js';
import { ADDRESS_CONTEXTS } from './rows.js';
import type { MapRow } from './rows.js';
import { plainText, plainUri } from './values.js';
import { zoneFrom } from './zones.js';

export const addresses: MapRow = {
  map: 'addresses',
  prefix: 'a',
  names: ['ADR'],
  contexts: ADDRESS_CONTEXTS,
  labelled: true,
  main: ['components'],
  read: readAddress,
  write: writeAddress,
};

function readAddress(prop: Prop, state: ReadState): JsonObject | undefined {
  if (prop.peek('PHONETIC') !== undefined) return undefined;
  for (const type of ['dom', 'intl', 'postal', 'parcel']) prop.takeType(type);
  const all = readSlots(prop.value, ADDRESS_KINDS, prop.version !== '2.1');
  const slots = withoutOld(all);
  const address: JsonObject = {};
  const jscomps = prop.take('JSCOMPS');
  const ordered = jscomps === undefined ? undefined : inOrder(jscomps, slots, slots.length);
  if (slots.length > 0) address.components = ordered?.components ?? slots.map(({ kind, value }) => ({ kind, value }));
  if (ordered !== undefined) address.isOrdered = true;
  if (ordered?.defaultSeparator !== undefined) address.defaultSeparator = ordered.defaultSeparator;
  readParams(prop, address);
  state.slots.set(address, ordered?.places ?? slots.map((slot) => slot.place));
  return address;
}

/**
 * Apartment and street of the old form only repeat the newer components (RFC 9554, section 2.1). Some writers fill an
 * eighth component without knowing that: what is not repeated is kept.
 */
function withoutOld(all: readonly Slot[]): Slot[] {
  const modern = all.filter((slot) => slot.index >= OLD_SIZE);
  if (modern.length === 0) return [...all];
  const street = modern.some(({ kind }) => kind === 'name' || kind === 'number');
  const extended = modern.some(({ kind }) => EXTENDED.has(kind));
  return all.filter(({ index, value }) => {
    if (index !== 1 && index !== 2) return true;
    return !(index === 1 ? extended : street) && !repeats(value, modern);
  });
}

/** Nothing is left of the text without the values of the components. */
function repeats(text: string, slots: readonly Slot[]): boolean {
  if (slots.length > 64) return false;
  let rest = text;
  for (const { value } of slots) rest = rest.replace(value, '');
  return !/[\p{L}\p{N}]/u.test(rest);
}

function readParams(prop: Prop, address: JsonObject): void {
  if (prop.raw.params.length === 0) return;
  const label = prop.take('LABEL');
  if (label !== undefined) address.full = label.replace(/\\n/gi, '\n');
  const geo = prop.peek('GEO');
  if (geo !== undefined && /^geo:/i.test(geo)) address.coordinates = prop.take('GEO') ?? geo;
  const zone = zoneFrom(prop.peek('TZ') ?? '');
  if (zone !== undefined) {
    address.timeZone = zone;
    prop.take('TZ');
  }
  const code = prop.peek('CC');
  if (code !== undefined && COUNTRY_CODE.test(code)) address.countryCode = (prop.take('CC') ?? code).toUpperCase();
}

/** LABEL, GEO, TZ and X-ABADR properties find their address: the one of their group, else as RFC 9555, section 2.8 says. */
export function finishAddresses(state: ReadState): void {
  if (state.later.length > 0) {
    const found = new AddressIndex(state);
    for (const prop of state.later) {
      if (prop.name === 'LABEL') readLabel(prop, found);
      else if (prop.name === 'GEO') readPlace(prop, found, 'coordinates', coordinates(prop));
      else if (prop.name === 'TZ')
        readPlace(prop, found, 'timeZone', isTextual(prop) ? zoneFrom(prop.text()) : undefined);
      else if (prop.name === 'X-ABADR') readAppleCountry(prop, found);
    }
  }
  const list = state.list('addresses');
  if (list.some(isEmpty))
    state.lists.set(
      'addresses',
      list.filter((entry) => !isEmpty(entry)),
    );
}

/** `ADR:;;;;;;` says nothing (RFC 9553, section 2.5.1 wants one of these). */
function isEmpty({ value }: Entry): boolean {
  const { components, full, coordinates: place, timeZone, countryCode } = value;
  return [components, full, place, timeZone, countryCode].every((member) => member === undefined);
}

function isTextual(prop: Prop): boolean {
  return prop.valueType() !== 'uri';
}

function coordinates(prop: Prop): string | undefined {
  const text = plainUri(prop.value);
  if (/^geo:/i.test(text)) return text;
  // In 2.1 the order of a pair with a comma differs between writers.
  const pair = /^\s*([+-]?\d+(?:\.\d+)?)\s*([;,])\s*([+-]?\d+(?:\.\d+)?)\s*$/.exec(text);
  if (pair === null || (prop.version === '2.1' && pair[2] === ',')) return undefined;
  return `geo:${pair[1]},${pair[3]}`;
}

/** Addresses by what the properties that belong to them can name. */
class AddressIndex {
  private readonly byGroup = new Map<string, Entry>();
  /** Those without a label, by their contexts, last first. */
  private readonly byContexts = new Map<string, Entry[]>();
  /** GEO and TZ that stand in no group belong here: the only address without a group, or the place they made. */
  private place: Entry | undefined;

  constructor(readonly state: ReadState) {
    const list = state.list('addresses');
    for (const entry of list.toReversed()) {
      if (entry.prop.group !== undefined) this.byGroup.set(entry.prop.group, entry);
      if (entry.value.full !== undefined) continue;
      const key = contextKey(entry.value);
      const same = this.byContexts.get(key);
      if (same === undefined) this.byContexts.set(key, [entry]);
      else same.push(entry);
    }
    const free = list.filter((entry) => entry.prop.group === undefined);
    if (free.length === 1) this.place = free[0];
  }

  grouped(prop: Prop): Entry | undefined {
    return prop.group === undefined ? this.place : this.byGroup.get(prop.group);
  }

  /** The first address of these contexts that has no label yet. */
  unlabelled(contexts: string): Entry | undefined {
    const list = this.byContexts.get(contexts);
    let entry = list?.pop();
    while (entry?.value.full !== undefined) entry = list?.pop();
    return entry;
  }

  add(value: JsonObject, prop: Prop): void {
    this.state.add(addresses, value, prop);
    const entry = this.state.list('addresses').at(-1);
    if (prop.group === undefined) this.place ??= entry;
    else if (entry !== undefined && !this.byGroup.has(prop.group)) this.byGroup.set(prop.group, entry);
  }
}

function readPlace(prop: Prop, found: AddressIndex, key: 'coordinates' | 'timeZone', value: string | undefined): void {
  const { state } = found;
  if (value === undefined) {
    state.leftover(prop);
    return;
  }
  const entry = found.grouped(prop);
  if (entry === undefined) {
    found.add({ [key]: value }, prop);
  } else if (entry.value[key] === undefined) {
    entry.value[key] = value;
    keep(prop, entry, state);
  } else {
    state.leftover(prop);
  }
}

/** Parameters of a property that merged into an address stay with the address. */
function keep(prop: Prop, entry: Entry, state: ReadState): void {
  prop.rank({}, ADDRESS_CONTEXTS);
  state.keepParams(entry.value, prop);
}

/** The delivery label of 2.1 and 3.0: of the same group, else of the same TYPE, else an address of its own. */
function readLabel(prop: Prop, found: AddressIndex): void {
  const { state } = found;
  const address: JsonObject = { full: prop.text() };
  if (address.full === '') return;
  for (const type of ['dom', 'intl', 'postal', 'parcel']) prop.takeType(type);
  const same = prop.group === undefined ? undefined : found.grouped(prop);
  if (same !== undefined && same.value.full === undefined) {
    same.value.full = address.full;
    keep(prop, same, state);
    return;
  }
  const ranked: JsonObject = {};
  prop.rank(ranked, ADDRESS_CONTEXTS);
  const entry = found.unlabelled(contextKey(ranked));
  if (entry === undefined) {
    state.add(addresses, { ...address, ...ranked }, prop);
  } else {
    entry.value.full = address.full;
    state.keepParams(entry.value, prop);
  }
}

function contextKey(value: JsonObject): string {
  return isObject(value.contexts) ? Object.keys(value.contexts).sort().join() : '';
}

/** Apple's X-ABADR: a country code; in very old cards the formatted address. */
function readAppleCountry(prop: Prop, found: AddressIndex): void {
  const { state } = found;
  const entry = prop.group === undefined ? undefined : found.grouped(prop);
  const text = prop.text().trim();
  if (entry === undefined || text === '') {
    if (text !== '') state.leftover(prop);
  } else if (COUNTRY_CODE.test(text) && entry.value.countryCode === undefined) {
    entry.value.countryCode = text.toUpperCase();
  } else if (!COUNTRY_CODE.test(text) && entry.value.full === undefined) {
    entry.value.full = text;
  } else {
    state.leftover(prop);
  }
}

/** Text of an ADR's place names, for BIRTHPLACE and DEATHPLACE. */
export function placeText(prop: Prop): JsonObject | undefined {
  const text = prop.valueType() === 'uri' || /^geo:/i.test(prop.value) ? plainUri(prop.value) : plainText(prop.value);
  if (/^geo:/i.test(text)) return { coordinates: text };
  return prop.valueType() === 'uri' || text === '' ? undefined : { full: text };
}
