/** The texts of MDaemon's contact object that are no slots of a map: names, company, dates, people, notes. */
import type { Anniversary, Card, NameComponent, PartialDate, Timestamp } from '../../model/card.js';
import { fullName, ranked } from '../../model/view.js';
import type { TextSlot } from '../mapping.js';

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

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const filled = (value: string): boolean => value.trim() !== '';

function components(card: Card, kinds: readonly string[]): string[] {
  const list = Array.isArray(card.name?.components) ? card.name.components : [];
  return list.filter((part) => kinds.includes(part.kind) && filled(text(part.value))).map((part) => part.value);
}

function addComponent(card: Card, component: NameComponent): void {
  card.name ??= {};
  (card.name.components ??= []).push(component);
}

function nameSlot(member: string, kind: string, kinds: readonly string[] = [kind]): TextSlot {
  return {
    path: `name_details.${member}`,
    get: (card) => components(card, kinds).join(' '),
    set: (card, value) => addComponent(card, { kind, value }),
  };
}

const GENERATION = /^(jr|sr|junior|senior|i{1,3}|iv|vi{0,3}|\d+(st|nd|rd|th))\.?$/i;

/** `suffix` holds generations (Jr, III) and credentials (MD); they are told apart by their words. */
const suffix: TextSlot = {
  path: 'name_details.suffix',
  get: (card) => components(card, ['generation', 'credential']).join(', '),
  set: (card, value) => {
    for (const part of value.split(',').map((word) => word.trim())) {
      if (part !== '') addComponent(card, { kind: GENERATION.test(part) ? 'generation' : 'credential', value: part });
    }
  },
};

/** `name` is not made from `name_details` by the server: it is sent always, made from the components when need be. */
const name: TextSlot = {
  path: 'name',
  get: (card) => (filled(text(card.name?.full)) ? text(card.name?.full) : fullName(card)),
  set: (card, full) => (card.name = { ...card.name, full }),
};

const company: TextSlot = {
  path: 'company',
  get: (card) => text(ranked(card.organizations)[0]?.[1].name),
  set: (card, value) => (card.organizations = { company: { name: value } }),
};

const department: TextSlot = {
  path: 'department',
  get: (card) => {
    const units = ranked(card.organizations)[0]?.[1].units;
    return (Array.isArray(units) ? units : [])
      .map((unit) => text(unit.name))
      .filter(filled)
      .join(', ');
  },
  set: (card, value) =>
    (card.organizations = { company: { ...card.organizations?.['company'], units: [{ name: value }] } }),
};

/** A relation by name; keys that are URIs name another card and would be noise as a text. */
function related(card: Card, kind: string): string[] {
  return Object.entries(card.relatedTo ?? {})
    .filter(([key, { relation }]) => relation?.[kind] === true && filled(key) && !/^[a-z][a-z0-9+.-]*:\S/i.test(key))
    .map(([key]) => key);
}

function relate(card: Card, key: string, kind: string): void {
  const others = Object.entries(card.relatedTo ?? {});
  const known = others.find(([other]) => other === key)?.[1].relation ?? {};
  // fromEntries keeps even `__proto__` a plain key.
  card.relatedTo = Object.fromEntries([
    ...others.filter(([other]) => other !== key),
    [key, { relation: { ...known, [kind]: true as const } }],
  ]);
}

function personSlot(path: string, kind: string): TextSlot {
  return { path, get: (card) => related(card, kind)[0], set: (card, value) => relate(card, value.trim(), kind) };
}

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

const notes: TextSlot = {
  path: 'notes',
  get: (card) =>
    Object.values(card.notes ?? {})
      .map((note) => text(note.note))
      .filter(filled)
      .join('\n\n'),
  set: (card, value) => (card.notes = { notes: { note: value.replace(/\r\n?/g, '\n') } }),
};

function extension(path: string): TextSlot {
  const key = `${EXTENSION}${path}`;
  return { path, get: (card) => text(card[key]), set: (card, value) => (card[key] = value) };
}

export const TEXTS: readonly TextSlot[] = [
  name,
  nameSlot('title', 'title'),
  nameSlot('first_name', 'given'),
  nameSlot('middle_name', 'given2'),
  nameSlot('last_name', 'surname', ['surname', 'surname2']),
  suffix,
  company,
  department,
  dateSlot('birthday', 'birth'),
  dateSlot('anniversary', 'wedding'),
  categories,
  personSlot('assistant', 'agent'),
  personSlot('partner', 'spouse'),
  children,
  notes,
  ...EXTENSIONS.map(extension),
];
