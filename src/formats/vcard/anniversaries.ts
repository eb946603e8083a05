/** BDAY, DEATHDATE, ANNIVERSARY and their older names, BIRTHPLACE and DEATHPLACE (RFC 9555, section 2.5). */
import { isObject, textOf } from '../../model/json.js';
import type { JsonObject } from '../../model/json.js';
import { placeText } from './addresses.js';
import { dateTime, dateValue, isTimestamp, partialDate, timestampValue } from './dates.js';
import type { Prop } from './prop.js';
import type { Entry, ReadState } from './read-state.js';
import type { Companion, Draft, MapRow } from './rows.js';
import type { VCardParam } from './types.js';
import type { WriteState } from './write-state.js';
import { isUri, param, plainText, textValue, uriValue } from './values.js';

const KINDS: Readonly<Record<string, string>> = {
  BDAY: 'birth',
  DEATHDATE: 'death',
  ANNIVERSARY: 'wedding',
  'X-ANNIVERSARY': 'wedding',
  'X-EVOLUTION-ANNIVERSARY': 'wedding',
  'X-KADDRESSBOOK-X-ANNIVERSARY': 'wedding',
  'X-MS-ANNIVERSARY': 'wedding',
  'X-ABDATE': 'other',
};

export const anniversaries: MapRow = {
  map: 'anniversaries',
  prefix: 'a',
  names: Object.keys(KINDS),
  labelled: true,
  main: ['kind', 'date'],
  read: readAnniversary,
  write: writeAnniversary,
};

function readAnniversary(prop: Prop, state: ReadState): JsonObject | JsonObject[] | undefined {
  if (prop.value.trim() === '') return [];
  const date = readDate(prop);
  if (date === undefined) return undefined;
  const anniversary: JsonObject = { kind: KINDS[prop.name] ?? 'other', date };
  if (prop.name !== 'X-ABDATE') return anniversary;
  prop.takeType('pref');
  const label = state.takeLabel(prop);
  if (label !== undefined && label.toLowerCase() !== 'anniversary') anniversary.label = label;
  else if (label !== undefined) anniversary.kind = 'wedding';
  return anniversary;
}

function readDate(prop: Prop): JsonObject | undefined {
  if (prop.valueType() === 'text') return undefined;
  const value = dateTime(plainText(prop.value).trim());
  if (value === undefined) return undefined;
  if (value.zoned && value.utc !== undefined && (prop.version === '4.0' || !value.midnight)) {
    return { '@type': 'Timestamp', utc: value.utc };
  }
  // Up to 3.0, midnight only fills the form of a date-time: the day is meant, in no time zone.
  if (!value.midnight || (value.date !== prop.value.trim() && prop.version === '4.0')) return undefined;
  const date: JsonObject | undefined = partialDate(value.date);
  if (date === undefined) return undefined;
  const omitted = prop.take('X-APPLE-OMIT-YEAR');
  if (omitted !== undefined && Number(omitted) === date.year && date.month !== undefined) delete date.year;
  const scale = prop.take('CALSCALE');
  if (scale !== undefined) date.calendarScale = scale;
  return date;
}

/** Places find their day; without one they are kept as they are. */
export function finishPlaces(state: ReadState): void {
  const waiting = new Map<unknown, Entry[]>();
  for (const entry of state.later.length === 0 ? [] : state.list('anniversaries').toReversed()) {
    const list = waiting.get(entry.value.kind);
    if (list === undefined) waiting.set(entry.value.kind, [entry]);
    else list.push(entry);
  }
  for (const prop of state.later) {
    const kind = prop.name === 'BIRTHPLACE' ? 'birth' : prop.name === 'DEATHPLACE' ? 'death' : undefined;
    if (kind === undefined) continue;
    const place = placeText(prop);
    prop.take('VALUE');
    const entry = place === undefined || prop.rest() !== undefined ? undefined : waiting.get(kind)?.pop();
    if (entry === undefined) state.leftover(prop);
    else entry.value.place = place;
  }
}

const NAMES: Readonly<Record<string, readonly [v4: string, v3: string]>> = {
  birth: ['BDAY', 'BDAY'],
  death: ['DEATHDATE', 'DEATHDATE'],
  wedding: ['ANNIVERSARY', 'X-ANNIVERSARY'],
  other: ['X-ABDATE', 'X-ABDATE'],
};

function writeAnniversary(entry: JsonObject, state: WriteState): Draft | undefined {
  const names = NAMES[textOf(entry.kind)];
  if (names === undefined || !isObject(entry.date)) return undefined;
  const name = state.v4 ? names[0] : names[1];
  if (name === 'DEATHDATE' && !state.carry) return undefined;
  const params: VCardParam[] = [];
  const time = isTimestamp(entry.date);
  const value = time ? timestampValue(entry.date.utc, state.v4) : dateValue(entry.date, state.v4);
  if (value === undefined) return undefined;
  if (time && !state.v4) params.push(param('VALUE', 'date-time'));
  const scale = textOf(entry.date.calendarScale);
  if (scale !== '' && !state.carry) return undefined;
  if (scale !== '') params.push(param('CALSCALE', scale));
  return { name, value, params, companions: placeProperties(entry, state) };
}

function placeProperties(entry: JsonObject, state: WriteState): Companion[] {
  const name = entry.kind === 'birth' ? 'BIRTHPLACE' : 'DEATHPLACE';
  if (!isObject(entry.place) || (entry.kind !== 'birth' && entry.kind !== 'death') || !state.carry) return [];
  const full = textOf(entry.place.full);
  const point = textOf(entry.place.coordinates);
  if (full !== '')
    return [{ name, value: textValue(full), params: isUri(full) ? [param('VALUE', 'text')] : [], apart: true }];
  return point === '' ? [] : [{ name, value: uriValue(point), params: [param('VALUE', 'uri')], apart: true }];
}
