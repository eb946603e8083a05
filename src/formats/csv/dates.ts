/** Dates as spreadsheets and mail programs write them. */
import type { PartialDate } from '../../model/card.js';
import { parseDate } from '../../model/build-date.js';
import { InputError } from '../../model/errors.js';
import { isObject } from '../../model/json.js';
import type { DateOrder } from '../types.js';

/** Outlook's "no date": 0/0/00, 0.0.00, 00/00/0000; Exchange's is in the year 4501. */
const NONE = /^0+[./-]0+[./-]0+$|^1[./-]1[./-]4501$/;
const NUMERIC = /^(\d{1,2})([./-])\s?(\d{1,2})\2\s?(\d{4}|\d{2})(?:$|[T ,])/;
const YEARLESS = /^(\d{1,2})([./-])\s?(\d{1,2})[.]?$/;
const YEAR_FIRST = /^(\d{4})([./-])\s?(\d{1,2})\2\s?(\d{1,2})\.?(?:$|[T ])/;
const ISO = /^(?:\d{4}-\d{1,2}-\d{1,2}|\d{8}|--\d{2}-?\d{2}|\d{4}-\d{1,2}|\d{4})(?:[T ].*)?$/;
const WORDS = /^(?:(\d{1,2})[. -]+(\p{L}+)\.?|(\p{L}+)\.? (\d{1,2}),?)[ -]+(\d{4})$/u;
const MONTHS = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ');

/** Whether the cell means "none". */
export function isNoDate(text: string): boolean {
  return text.trim() === '' || NONE.test(text.trim());
}

/** What a cell tells of the order in its file: `mdy` and `dmy` are sure, `open` could be both; undefined: nothing. */
export function orderShown(text: string): DateOrder | 'open' | undefined {
  const trimmed = text.trim();
  if (NONE.test(trimmed)) return undefined;
  const found = NUMERIC.exec(trimmed) ?? YEARLESS.exec(trimmed);
  if (found === null) return undefined;
  const [first, second] = [Number(found[1]), Number(found[3])];
  if (found[2] === '.' || first > 12) return 'dmy';
  if (second > 12) return 'mdy';
  return first === second ? undefined : 'open';
}

/**
 * The date of a cell; undefined when it is none that is known. Where one order is impossible the other one is taken.
 * Two digits of a year are 1930 to 2029.
 */
export function dateOf(text: string, order: DateOrder): PartialDate | undefined {
  const trimmed = text.trim();
  if (ISO.test(trimmed)) return known(trimmed.replace(/[T ].*$/, ''));
  const ahead = YEAR_FIRST.exec(trimmed);
  if (ahead !== null) return made(ahead[1], ahead[3] ?? '', ahead[4]);
  const worded = /\p{L}/u.test(trimmed) ? WORDS.exec(trimmed) : null;
  if (worded !== null) {
    const name = (worded[2] ?? worded[3] ?? '').slice(0, 3).toLowerCase();
    return MONTHS.includes(name)
      ? made(worded[5], String(MONTHS.indexOf(name) + 1), worded[1] ?? worded[4])
      : undefined;
  }
  const found = NUMERIC.exec(trimmed) ?? YEARLESS.exec(trimmed);
  if (found === null || NONE.test(trimmed)) return undefined;
  const [, first = '', , second = '', year] = found;
  const shown = orderShown(trimmed);
  const dayFirst = (shown === 'mdy' || shown === 'dmy' ? shown : order) === 'dmy';
  return dayFirst ? made(fullYear(year), second, first) : made(fullYear(year), first, second);
}

function fullYear(year: string | undefined): string | undefined {
  if (year?.length !== 2) return year;
  return `${Number(year) < 30 ? '20' : '19'}${year}`;
}

function made(year: string | undefined, month: string, day: string | undefined): PartialDate | undefined {
  const two = (part: string): string => part.padStart(2, '0');
  return known(`${year ?? '-'}-${two(month)}-${two(day ?? '')}`);
}

function known(iso: string): PartialDate | undefined {
  try {
    return parseDate(iso);
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}

const pad = (part: number, width = 2): string => String(part).padStart(width, '0');

/** `1985-04-12`, `--04-12`, `1985-04`, `1985`; '' for what these cannot say (another calendar, a time, no such day). */
export function isoText(date: unknown): string {
  const { year, month, day } = partsOf(date);
  if (day !== undefined && month === undefined) return '';
  const monthDay = month === undefined ? '' : `-${pad(month)}${day === undefined ? '' : `-${pad(day)}`}`;
  const text = year === undefined ? `-${monthDay}` : `${pad(year, 4)}${monthDay}`;
  return known(text) === undefined ? '' : text;
}

/** `4/12/1985`; '' for a date that lacks a part. */
export function usText(date: unknown): string {
  const { year, month, day } = partsOf(date);
  const whole = year !== undefined && month !== undefined && day !== undefined && isoText(date) !== '';
  const text = whole ? `${month}/${day}/${pad(year, 4)}` : '';
  return isNoDate(text) ? '' : text;
}

/** The parts of a Gregorian PartialDate; none of anything else. */
export function partsOf(date: unknown): { year?: number; month?: number; day?: number } {
  if (!isObject(date) || date['utc'] !== undefined) return {};
  const { year, month, day, calendarScale } = date;
  if (calendarScale !== undefined && calendarScale !== 'gregorian') return {};
  return {
    ...(typeof year === 'number' ? { year } : {}),
    ...(typeof month === 'number' ? { month } : {}),
    ...(typeof day === 'number' ? { day } : {}),
  };
}
