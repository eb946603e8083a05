/** Values of a card as a person reads them, for losses and differences: "+49 30 1234 (home fax)". Raw text: the printing layer makes it safe. */
import { parseDataUri } from './data-uri.js';
import { isObject, textOf } from './json.js';
import type { JsonObject } from './json.js';
import { addressLine, joinName, oneLine, partsOf } from './join.js';
import { digest } from './normal-text.js';
import type { Entry } from './normalize-entry.js';

const MAX_LENGTH = 80;

/** At most 80 characters (UTF-16 units), cut between characters, with an ellipsis and what must stay behind it. */
export function clip(text: string, tail = ''): string {
  if (text.length + tail.length <= MAX_LENGTH) return text + tail;
  const room = Math.max(0, MAX_LENGTH - tail.length - 1);
  return `${text.slice(0, room).replace(/[\ud800-\udbff]$/, '')}…${tail}`;
}

const WORDS: Record<string, string> = { private: 'home', 'main-number': 'main' };

function setWords(set: unknown): string[] {
  if (!isObject(set)) return [];
  return Object.keys(set).map((key) => WORDS[key.toLowerCase()] ?? key.toLowerCase());
}

/** `(home fax)`: contexts, features and label of a value; '' when it has none. */
function qualifiers(value: JsonObject): string {
  const label = textOf(value.label);
  const words = [...setWords(value.contexts), ...setWords(value.features), ...(label === '' ? [] : [label])];
  return words.length === 0 ? '' : ` (${oneLine(words.join(' '))})`;
}

/** A date as people and ISO 8601 write it: 1985-04-12, --04-12, 1985-04, 1985. */
export function formatDate(value: unknown): string {
  if (!isObject(value)) return '';
  if (typeof value.utc === 'string') return value.utc;
  const pad = (member: unknown, width: number): string =>
    typeof member === 'number' ? String(member).padStart(width, '0') : '';
  const [year, month, day] = [pad(value.year, 4), pad(value.month, 2), pad(value.day, 2)];
  const scale = textOf(value.calendarScale);
  const date =
    year === '' ? `--${month}${day && `-${day}`}` : [year, month, day].filter((part) => part !== '').join('-');
  return scale === '' || scale === 'gregorian' ? date : `${date} ${scale}`;
}

/** Pictures by type and size, links as they are. */
function resourceText(value: JsonObject): string {
  const data = parseDataUri(textOf(value.uri));
  if (data === undefined) return textOf(value.uri);
  const type = data.mediaType === 'text/plain' ? textOf(value.mediaType) || data.mediaType : data.mediaType;
  return `${type}, ${data.bytes.length.toLocaleString('en-US')} bytes, ${digest(data.bytes).slice(0, 8)}`;
}

function organizationText(value: JsonObject): string {
  const units = Array.isArray(value.units) ? (value.units as unknown[]) : [];
  const names = units.map((unit) => (isObject(unit) ? textOf(unit.name) : ''));
  return [textOf(value.name), ...names].filter((name) => name !== '').join(', ');
}

function serviceText(value: JsonObject): string {
  const service = textOf(value.service);
  const shown = textOf(value.user) || textOf(value.uri);
  return service === '' ? shown : `${service}: ${shown}`;
}

function personalText(value: JsonObject): string {
  const level = textOf(value.level);
  return `${textOf(value.kind)}: ${textOf(value.value)}${level === '' ? '' : `, ${level}`}`;
}

function anniversaryText(value: JsonObject): string {
  const kind = textOf(value.kind);
  const place = isObject(value.place) ? ` in ${addressLine(value.place)}` : '';
  return `${kind === 'birth' || kind === '' ? '' : `${kind} `}${formatDate(value.date)}${place}`;
}

function vCardPropText(value: unknown): string {
  if (!Array.isArray(value)) return '';
  const [name, , , ...values] = value as unknown[];
  return `${textOf(name).toUpperCase()}: ${values.map((item) => (typeof item === 'string' ? item : JSON.stringify(item))).join(';')}`;
}

const SHOWN: Record<string, (value: JsonObject) => string> = {
  name: (value) => textOf(value.full) || joinName(value),
  nicknames: (value) => textOf(value.name),
  organizations: organizationText,
  titles: (value) => textOf(value.name) + (value.kind === 'role' ? ' (role)' : ''),
  emails: (value) => textOf(value.address),
  phones: (value) => textOf(value.number),
  addresses: addressLine,
  onlineServices: serviceText,
  birthday: anniversaryText,
  anniversaries: anniversaryText,
  notes: (value) => textOf(value.note),
  personalInfo: personalText,
  preferredLanguages: (value) => textOf(value.language),
  speakToAs: (value) => textOf(value.pronouns) || textOf(value.grammaticalGender),
};

function keyedText(entry: Entry): string {
  const relation = isObject(entry.value) ? setWords(entry.value.relation) : [];
  return entry.key + (relation.length === 0 ? '' : ` (${relation.join(' ')})`);
}

function shownText(field: string, entry: Entry): string {
  const { value, key } = entry;
  if (field === 'vCardProps') return vCardPropText(value);
  if (field === 'keywords' || field === 'members' || field === 'relatedTo') return keyedText(entry);
  if (field === 'other' || field === 'localizations') return `${key}: ${JSON.stringify(value)}`;
  if (!isObject(value)) return textOf(value);
  return (SHOWN[field] ?? resourceText)(value);
}

/** The value on one line with its qualifiers, at most 80 characters. */
export function describe(field: string, entry: Entry): string {
  const text = oneLine(shownText(field, entry).slice(0, 2000));
  const { value } = entry;
  return clip(text, isObject(value) ? clip(qualifiers(value)) : '');
}

/** For two values that {@link describe} shows alike: with components, other members, or the length of a long text. */
export function describeFully(field: string, entry: Entry): string {
  const text = shownText(field, entry);
  if (text.length > MAX_LENGTH) {
    return clip(oneLine(text.slice(0, 2000)), ` [${text.length.toLocaleString('en-US')} characters]`);
  }
  const parts = partsOf(entry.value).filter((part) => part.kind !== 'separator');
  const shown = parts.length > 0 ? parts.map((part) => `${part.kind} ${part.value}`).join(', ') : text;
  const more = [entry.rest, entry.beyond ?? '', entry.link ? `at ${entry.link}` : ''];
  return clip(oneLine([shown, ...more.filter((item) => item !== '')].join('; ')));
}
