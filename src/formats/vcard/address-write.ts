/** Writing addresses: ADR of eighteen components in 4.0; of seven, with companions in its group, in 3.0. */
import { textOf } from '../../model/json.js';
import type { JsonObject } from '../../model/json.js';
import { cellsValue, jscompsOf, layOut } from './components.js';
import type { Layout } from './components.js';
import type { Companion, Draft } from './rows.js';
import type { VCardParam } from './types.js';
import type { WriteState } from './write-state.js';
import { param, textValue, uriValue } from './values.js';
import { zoneOffset } from './zones.js';

/** RFC 9554, section 2.1; the second and third stand for apartment and street name when nothing newer is set. */
export const ADDRESS_KINDS = (
  'postOfficeBox apartment name locality region postcode country room apartment floor number name building block ' +
  'subdistrict district landmark direction'
).split(' ');
export const OLD_SIZE = 7;
const NO_KIND = '';
/** Where components are written: not in the old apartment and street. */
export const WRITE_KINDS = ADDRESS_KINDS.map((kind, i) => (i === 1 || i === 2 ? NO_KIND : kind));
/** What is joined into the old apartment and street for readers of seven components. */
export const EXTENDED = new Set(['building', 'floor', 'room', 'apartment']);
const STREET = new Set(['number', 'name', 'direction', 'block', 'subdistrict', 'district', 'landmark']);
export const COUNTRY_CODE = /^[A-Za-z]{2}$/;

/** The ADR of an address, or GEO and TZ for one that is a place only. */
export function writeAddress(entry: JsonObject, state: WriteState): Draft | undefined {
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
