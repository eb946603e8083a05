/** The texts of MDaemon's contact object that are no slots of a map: names, company, dates, people, notes. */
import type { Anniversary, PartialDate, Timestamp } from '../../model/card.js';
import type { TextSlot } from '../mapping.js';
import {
  companySlot,
  departmentSlot,
  extensionSlot,
  filled,
  fullNameSlot,
  nameSlot,
  notesSlot,
  personSlot,
  relate,
  related,
  suffixSlot,
} from '../textslots.js';

/** Properties of ours for what JSContact has no place for (RFC 9553, section 1.8.1: `domain:name`). */
export const EXTENSION = 'mdaemon.com:';

const EXTENSIONS = [
  'office',
  'manager',
  'file_as',
  'account_name',
  'government_id',
  'customer_id',
  'blackberry_pin',
  'notes_html',
];

/** Names separated by commas: a name that holds one cannot be told from two and is left out. */
const children: TextSlot = {
  path: 'children',
  get: (card) =>
    related(card, 'child')
      .filter((child) => !child.includes(','))
      .map((child) => child.trim())
      .join(', '),
  set: (card, value) => {
    for (const child of value.split(',')) if (filled(child)) relate(card, child.trim(), 'child');
  },
};

/** "Comma delimited list" [page]: a category with a comma cannot be stored. */
const categories: TextSlot = {
  path: 'categories',
  get: (card) =>
    Object.keys(card.keywords ?? {})
      .filter((keyword) => filled(keyword) && !keyword.includes(','))
      .map((keyword) => keyword.trim())
      .join(','),
  set: (card, value) => {
    const words = value
      .split(',')
      .map((word) => word.trim())
      .filter(filled);
    if (words.length > 0) card.keywords = Object.fromEntries(words.map((word) => [word, true as const]));
  },
};

function localDate(date: PartialDate | Timestamp): PartialDate | undefined {
  if ('utc' in date && typeof date.utc === 'string') return readDate(date.utc);
  const { year, month, day, calendarScale } = date as PartialDate;
  if (calendarScale !== undefined && calendarScale !== 'gregorian') return undefined;
  if (year === undefined || month === undefined || day === undefined) return undefined;
  return { year, month, day };
}

/** The time of day that goes with a date, see `writeDate`. */
const OUR_TIME = '10:00:00';

/**
 * "ISO-8601 Date (YYYY-MM-DDTHH:mm:ss+/-HH:mm)" [page]. Ten o'clock in UTC: should a server keep the day that it is in
 * its own zone, it is the same one from Hawaii (-10:00) to New Zealand's summer (+13:00). There is no form for a date
 * without a year.
 */
function writeDate(date: PartialDate | Timestamp): string | undefined {
  const known = localDate(date);
  if (known?.year === undefined || known.month === undefined || known.day === undefined) return undefined;
  const pad = (value: number, width: number) => String(value).padStart(width, '0');
  const day = `${pad(known.year, 4)}-${pad(known.month, 2)}-${pad(known.day, 2)}`;
  return readDate(day) === undefined ? undefined : `${day}T${OUR_TIME}+00:00`;
}

/** Where we wrote the time and the server shows it in its own zone, the day in UTC counts (zones beyond the two above). */
function ourDay(value: string): string {
  const local = /T(\d{2}):\d{2}:\d{2}[+-]\d{2}:\d{2}$/.exec(value)?.[1];
  if (local === undefined || local === '00') return value;
  const time = new Date(value);
  const utc = Number.isNaN(time.getTime()) ? '' : time.toISOString();
  return utc.slice(11, 19) === OUR_TIME ? utc : value;
}

/** The local date part, whatever the offset: `1980-05-06T00:00:00+02:00` is the 6th of May. */
function readDate(value: string): PartialDate | undefined {
  const found = /^(\d{4})-(\d{2})-(\d{2})(?:$|[T ])/.exec(ourDay(value.trim()));
  if (found === null) return undefined;
  const [year, month, day] = found.slice(1).map(Number) as [number, number, number];
  if (year < 1 || month < 1 || month > 12 || day < 1) return undefined;
  const length = new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate();
  return day > length ? undefined : { year, month, day };
}

function dateSlot(path: string, kind: string): TextSlot {
  const writable = ({ kind: own, date }: Anniversary) => (own === kind ? writeDate(date) : undefined);
  return {
    path,
    get: (card) =>
      Object.values(card.anniversaries ?? {})
        .map(writable)
        .find((date) => date !== undefined),
    set: (card, value) => {
      const date = readDate(value);
      if (date !== undefined) card.anniversaries = { ...card.anniversaries, [path]: { kind, date } };
    },
  };
}

export const TEXTS: readonly TextSlot[] = [
  // `name` is not made from `name_details` by the server: it is sent always.
  fullNameSlot('name'),
  nameSlot('name_details.title', 'title'),
  nameSlot('name_details.first_name', 'given'),
  nameSlot('name_details.middle_name', 'given2'),
  nameSlot('name_details.last_name', 'surname', ['surname', 'surname2']),
  suffixSlot('name_details.suffix'),
  companySlot('company'),
  departmentSlot('department'),
  dateSlot('birthday', 'birth'),
  dateSlot('anniversary', 'wedding'),
  categories,
  personSlot('assistant', 'agent'),
  personSlot('partner', 'spouse'),
  children,
  notesSlot('notes'),
  ...EXTENSIONS.map((path) => extensionSlot(EXTENSION, path)),
];
