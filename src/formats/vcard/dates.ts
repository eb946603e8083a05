/** vCard dates and times (RFC 6350, section 4.3) to PartialDate, Timestamp and UTCDateTime, and back. */
import { isObject } from '../../model/json.js';
import type { JsonObject } from '../../model/json.js';

/** Year, month and day in basic or extended form, in all truncations that a PartialDate can hold. */
const DATE = /^(?:(\d{4})-?(\d{2})-?(\d{2})|(\d{4})-(\d{2})|(\d{4})|--(\d{2})-?(\d{2}))$/;
const TIME = /^(\d{2})(?::?(\d{2})(?::?(\d{2})(?:[.,](\d{1,9}))?)?)?(Z|[+-]\d{2}(?::?\d{2})?)?$/i;

/** A date as PartialDate; undefined for anything else (day or month alone, 0000-00-00, words). */
export function partialDate(text: string): { year?: number; month?: number; day?: number } | undefined {
  const found = DATE.exec(text);
  if (found === null) return undefined;
  const year = found[1] ?? found[4] ?? found[6];
  const month = found[2] ?? found[5] ?? found[7];
  const day = found[3] ?? found[8];
  const date: { year?: number; month?: number; day?: number } = {};
  if (year !== undefined) date.year = Number(year);
  if (month !== undefined) date.month = Number(month);
  if (day !== undefined) date.day = Number(day);
  const wrong = date.year === 0 || (date.month !== undefined && (date.month < 1 || date.month > 12));
  return wrong || (date.day !== undefined && (date.day < 1 || date.day > 31)) ? undefined : date;
}

export interface DateTime {
  date: string;
  /** The clock says midnight, or there is none. */
  midnight: boolean;
  /** Has `Z` or an offset. */
  zoned: boolean;
  /** UTCDateTime, when the date is complete; a time without a zone counts as UTC. */
  utc: string | undefined;
}

/** Splits at `T` (or a blank, as some write); undefined when the part after it is no time. */
export function dateTime(text: string): DateTime | undefined {
  const cut = text.search(/[Tt ]/);
  if (cut < 0)
    return { date: text, midnight: true, zoned: false, utc: utc(text, '00', '00', '00', undefined, undefined) };
  const time = TIME.exec(text.slice(cut + 1).trim());
  if (time === null) return undefined;
  const [, hour = '00', minute = '00', second = '00', fraction, zone] = time;
  const midnight = Number(hour) + Number(minute) + Number(second) === 0;
  return {
    date: text.slice(0, cut),
    midnight,
    zoned: zone !== undefined,
    utc: utc(text.slice(0, cut), hour, minute, second, fraction, zone),
  };
}

/** The form nearly all writers use, which needs no arithmetic. */
const COMMON = /^(\d{4})-?(0[1-9]|1[0-2])-?(0[1-9]|1\d|2[0-8])T([01]\d|2[0-3]):?([0-5]\d):?([0-5]\d)Z$/;

function utc(
  day: string,
  hour: string,
  minute: string,
  second: string,
  fraction?: string,
  zone?: string,
): string | undefined {
  const date = partialDate(day);
  if (date?.year === undefined || date.month === undefined || date.day === undefined) return undefined;
  if (Number(hour) > 24 || Number(minute) > 59 || Number(second) > 60) return undefined;
  const offset = zone === undefined || /^z$/i.test(zone) ? 0 : minutes(zone);
  const moment = new Date(0);
  moment.setUTCFullYear(date.year, date.month - 1, date.day);
  if (moment.getUTCDate() !== date.day) return undefined;
  moment.setUTCHours(Number(hour), Number(minute) - offset, Number(second));
  if (moment.getUTCFullYear() < 1 || moment.getUTCFullYear() > 9999) return undefined;
  const digits = (fraction ?? '').replace(/0+$/, '');
  return `${moment.toISOString().slice(0, 19)}${digits === '' ? '' : `.${digits}`}Z`;
}

/** `-0530`, `-05:30`, `-05` in minutes. */
function minutes(zone: string): number {
  const digits = zone.slice(1).replace(':', '').padEnd(4, '0');
  const total = Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2));
  return zone.startsWith('-') ? -total : total;
}

/** A UTCDateTime from a date-time in any form (REV, CREATED); undefined when it is none. */
export function utcDateTime(text: string): string | undefined {
  const common = COMMON.exec(text);
  if (common === null || common[1] === '0000') return dateTime(text.trim())?.utc;
  return `${common[1]}-${common[2]}-${common[3]}T${common[4]}:${common[5]}:${common[6]}Z`;
}

const UTC_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$/;

/** A UTCDateTime as vCard writes it: basic form in 4.0, extended in 3.0; undefined when the text is no UTCDateTime. */
export function timestampValue(text: unknown, v4: boolean): string | undefined {
  if (typeof text !== 'string' || !UTC_TIME.test(text)) return undefined;
  return v4 ? text.replace(/[-:]/g, '') : text;
}

/** The value of a PartialDate: `19850412`, `--0412`, `1985-04`, `1985`; in 3.0 with dashes. Undefined when it has none. */
export function dateValue(date: JsonObject, v4: boolean): string | undefined {
  const year = digits(date.year, 4);
  const month = digits(date.month, 2);
  const day = digits(date.day, 2);
  const dash = v4 ? '' : '-';
  if (year === null || month === null || day === null) return undefined;
  if (year !== undefined && month !== undefined && day !== undefined) return `${year}${dash}${month}${dash}${day}`;
  if (year !== undefined && month !== undefined) return `${year}-${month}`;
  if (year !== undefined && day === undefined) return year;
  return year === undefined && month !== undefined && day !== undefined ? `--${month}${dash}${day}` : undefined;
}

/** Undefined when absent, null when it is no number of that length. */
function digits(value: unknown, length: number): string | undefined | null {
  if (value === undefined) return undefined;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1) return null;
  const text = String(value);
  return text.length > length ? null : text.padStart(length, '0');
}

/** True for `{"@type": "Timestamp", ...}`. */
export function isTimestamp(date: unknown): date is JsonObject {
  return isObject(date) && (date['@type'] === 'Timestamp' || typeof date.utc === 'string');
}
