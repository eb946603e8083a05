/** ADR with its label, coordinates, time zone and country code, in all the places where versions keep them. */
import { isObject, textOf } from '../../model/json.js';
import type { JsonObject } from '../../model/json.js';
import { cellsValue, inOrder, jscompsOf, layOut, readSlots } from './components.js';
import type { Layout, Slot } from './components.js';
import type { Prop } from './prop.js';
import type { Entry, ReadState } from './read-state.js';
import { ADDRESS_CONTEXTS } from './rows.js';
import type { Companion, Draft, MapRow } from './rows.js';
import type { VCardParam } from './types.js';
import type { WriteState } from './write-state.js';
import { param, plainText, plainUri, textValue, uriValue } from './values.js';
import { zoneFrom, zoneOffset } from './zones.js';

/** RFC 9554, section 2.1; the second and third stand for apartment and street name when nothing newer is set. */
export const ADDRESS_KINDS = (
  'postOfficeBox apartment name locality region postcode country room apartment floor number name building block ' +
  'subdistrict district landmark direction'
).split(' ');
const OLD_SIZE = 7;
const NO_KIND = '';
/** Where components are written: not in the old apartment and street. */
const WRITE_KINDS = ADDRESS_KINDS.map((kind, i) => (i === 1 || i === 2 ? NO_KIND : kind));
/** What is joined into the old apartment and street for readers of seven components. */
const EXTENDED = new Set(['building', 'floor', 'room', 'apartment']);
const STREET = new Set(['number', 'name', 'direction', 'block', 'subdistrict', 'district', 'landmark']);
const COUNTRY_CODE = /^[A-Za-z]{2}$/;

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
  for (const prop of state.later) {
    if (prop.name === 'LABEL') readLabel(prop, state);
    else if (prop.name === 'GEO') readPlace(prop, state, 'coordinates', coordinates(prop));
    else if (prop.name === 'TZ') readPlace(prop, state, 'timeZone', isTextual(prop) ? zoneFrom(prop.text()) : undefined);
    else if (prop.name === 'X-ABADR') readAppleCountry(prop, state);
  }
  const list = state.list('addresses');
  if (list.some(isEmpty)) state.lists.set('addresses', list.filter((entry) => !isEmpty(entry)));
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

function grouped(prop: Prop, state: ReadState): Entry | undefined {
  if (prop.group === undefined) return undefined;
  return state.list('addresses').find((entry) => entry.prop.group === prop.group);
}

function readPlace(prop: Prop, state: ReadState, key: 'coordinates' | 'timeZone', value: string | undefined): void {
  if (value === undefined) {
    state.leftover(prop);
    return;
  }
  const entry = grouped(prop, state) ?? ungrouped(prop, state);
  if (entry === undefined) {
    state.add(addresses, { [key]: value }, prop);
  } else if (entry.value[key] === undefined) {
    entry.value[key] = value;
    keep(prop, entry, state);
  } else {
    state.leftover(prop);
  }
}

/** Without groups: the only address that stands in no group, or the one that GEO and TZ share. */
function ungrouped(prop: Prop, state: ReadState): Entry | undefined {
  if (prop.group !== undefined) return undefined;
  const free = state.list('addresses').filter((entry) => entry.prop.group === undefined);
  return free.length === 1 ? free[0] : free.find((entry) => entry.prop.name === 'GEO' || entry.prop.name === 'TZ');
}

/** Parameters of a property that merged into an address stay with the address. */
function keep(prop: Prop, entry: Entry, state: ReadState): void {
  prop.rank({}, ADDRESS_CONTEXTS);
  state.keepParams(entry.value, prop);
}

/** The delivery label of 2.1 and 3.0: of the same group, else of the same TYPE, else an address of its own. */
function readLabel(prop: Prop, state: ReadState): void {
  const address: JsonObject = { full: prop.text() };
  if (address.full === '') return;
  for (const type of ['dom', 'intl', 'postal', 'parcel']) prop.takeType(type);
  const same = grouped(prop, state);
  if (same !== undefined && same.value.full === undefined) {
    same.value.full = address.full;
    keep(prop, same, state);
    return;
  }
  const ranked: JsonObject = {};
  prop.rank(ranked, ADDRESS_CONTEXTS);
  const contexts = contextKey(ranked);
  const entry = state.list('addresses').find(({ value }) => value.full === undefined && contextKey(value) === contexts);
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
function readAppleCountry(prop: Prop, state: ReadState): void {
  const entry = grouped(prop, state);
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

function writeAddress(entry: JsonObject, state: WriteState): Draft | undefined {
  if (isPlaceOnly(entry)) return writePlace(entry, state);
  return state.v4 ? writeAdr4(entry) : writeAdr3(entry, state);
}

function isPlaceOnly(entry: JsonObject): boolean {
  if (textOf(entry.coordinates) === '' && textOf(entry.timeZone) === '') return false;
  return entry.full === undefined && entry.countryCode === undefined && entry.components === undefined;
}

/** An address that is nothing but a place on Earth: GEO, or TZ, or both in one group. */
function writePlace(entry: JsonObject, state: WriteState): Draft {
  const parts = [...geoProperty(entry, state), ...zoneProperty(entry, state)];
  const [first, ...companions] = parts;
  const draft: Draft = { name: first?.name ?? '', value: first?.value ?? '', companions };
  if (first?.params !== undefined) draft.params = first.params;
  if (state.size('addresses') > 1) draft.group = state.newGroup();
  return draft;
}

function geoProperty(entry: JsonObject, state: WriteState): Companion[] {
  const text = textOf(entry.coordinates);
  if (text === '') return [];
  const pair = /^geo:([+-]?\d+(?:\.\d+)?),([+-]?\d+(?:\.\d+)?)$/.exec(text);
  if (state.v4 || pair === null) return state.carry ? [{ name: 'GEO', value: uriValue(text) }] : [];
  return [{ name: 'GEO', value: `${pair[1]};${pair[2]}` }];
}

function zoneProperty(entry: JsonObject, state: WriteState): Companion[] {
  const zone = textOf(entry.timeZone);
  if (zone === '') return [];
  const offset = state.v4 ? undefined : zoneOffset(zone);
  if (offset !== undefined) return [{ name: 'TZ', value: offset }];
  return [{ name: 'TZ', value: textValue(zone), ...(state.v4 ? {} : { params: [param('VALUE', 'text')] }) }];
}

function cellsOf(entry: JsonObject): { layout: Layout; cells: string[][] } {
  const layout = layOut(entry, WRITE_KINDS);
  const cells = layout.cells.map((cell) => [...cell]);
  const joined = (kinds: ReadonlySet<string>, between: string): string[] => {
    const words = layout.components.filter((part) => kinds.has(textOf(part.kind))).map((part) => textOf(part.value));
    return words.length === 0 ? [] : [words.join(between)];
  };
  cells[1] = joined(EXTENDED, ', ');
  cells[2] = joined(STREET, ' ');
  return { layout, cells };
}

function writeAdr4(entry: JsonObject): Draft {
  const { layout, cells } = cellsOf(entry);
  const params: VCardParam[] = [];
  const jscomps = jscompsOf(entry, layout);
  if (jscomps !== undefined) params.push(param('JSCOMPS', jscomps));
  const fields = { LABEL: 'full', GEO: 'coordinates', TZ: 'timeZone', CC: 'countryCode' };
  for (const [name, key] of Object.entries(fields)) {
    const text = textOf(entry[key]);
    if (text !== '') params.push(param(name, text));
  }
  return { name: 'ADR', value: cellsValue(cells), params };
}

/** Seven components; street and apartment hold what 3.0 cannot tell apart. */
function writeAdr3(entry: JsonObject, state: WriteState): Draft {
  const { layout, cells } = cellsOf(entry);
  const plain = layout.components.every((part) => ['name', 'apartment'].includes(textOf(part.kind)) || !isDetail(part));
  if (plain) {
    cells[1] = layout.cells[8] ?? [];
    cells[2] = layout.cells[11] ?? [];
  }
  const companions: Companion[] = [];
  const full = textOf(entry.full);
  // Most programs that read 3.0 show the street and ignore LABEL.
  if (layout.components.length === 0 && full !== '') cells[2] = [full];
  if (full !== '') companions.push({ name: 'LABEL', value: textValue(full) });
  companions.push(...geoProperty(entry, state), ...zoneProperty(entry, state));
  const code = textOf(entry.countryCode);
  if (COUNTRY_CODE.test(code)) companions.push({ name: 'X-ABADR', value: code.toLowerCase() });
  return { name: 'ADR', value: cellsValue(cells.slice(0, OLD_SIZE)), companions };
}

function isDetail(part: JsonObject): boolean {
  const kind = textOf(part.kind);
  return EXTENDED.has(kind) || STREET.has(kind);
}

/** Text of an ADR's place names, for BIRTHPLACE and DEATHPLACE. */
export function placeText(prop: Prop): JsonObject | undefined {
  const text = prop.valueType() === 'uri' || /^geo:/i.test(prop.value) ? plainUri(prop.value) : plainText(prop.value);
  if (/^geo:/i.test(text)) return { coordinates: text };
  return prop.valueType() === 'uri' || text === '' ? undefined : { full: text };
}
