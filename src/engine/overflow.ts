/** What does not fit, folded into the notes as lines that are read back: `-- cardferry: FIELD: JSON`. */
import type { Card } from '../model/card.js';
import { fieldByName } from '../model/fields.js';
import { cloneJson, entriesOf, isObject, put, textOf } from '../model/json.js';
import { isLoss, leftoverOf, lossesBetween } from './losses.js';
import { projectCard, type Projection } from './project.js';
import { entriesOfField, entryKey, freeKey, inFieldOrder, LIST_FIELDS, setSlice, sliceOf } from './slices.js';
import type { Connection, Loss, Overflow } from './types.js';

const MARK = '-- cardferry: ';
const LINE = /^-- cardferry: ([A-Za-z]{1,40}): (\{.*\})\s*$/;
/** Pictures and other media never go into a text; the notes cannot hold what does not fit of the notes. */
const NEVER = new Set(['photo', 'media', 'notes', 'kind', 'members', 'cryptoKeys', 'name']);
const LONGEST_LINE = 4000;

export interface Prepared {
  card: Card;
  projection: Projection;
  losses: Loss[];
  /** What fits nowhere, for the leftovers file. */
  leftover?: Card;
}

/** The card as it shall be written, what becomes of it, and what is left over, by the overflow rule. */
export async function prepareCard(connection: Connection, card: Card, overflow: Overflow): Promise<Prepared> {
  const projection = await projectCard(connection, card);
  const losses = lossesBetween(connection, card, projection.card);
  const leftover = leftoverOf(card, projection.card, losses);
  if (overflow === 'notes' && leftover !== undefined) return foldIntoNotes(connection, card, leftover, losses);
  return { card, projection, losses, ...(leftover === undefined || overflow === 'drop' ? {} : { leftover }) };
}

async function foldIntoNotes(
  connection: Connection,
  card: Card,
  leftover: Card,
  losses: readonly Loss[],
): Promise<Prepared> {
  let text = noteText(card);
  const folded = new Set<string>();
  const fields = inFieldOrder(losses.filter(isLoss).map((loss) => loss.field));
  for (const field of fields) {
    const line = `${MARK}${field}: ${JSON.stringify(sliceOf(leftover, field))}`;
    if (NEVER.has(field) || line.length > LONGEST_LINE || LINE.exec(line) === null) continue;
    const longer = text === '' ? line : text.includes(MARK) ? `${text}\n${line}` : `${text}\n\n${line}`;
    if (!(await fits(connection, card, longer))) continue;
    text = longer;
    folded.add(field);
  }
  const written = folded.size === 0 ? card : withNote(card, text);
  const projection = await projectCard(connection, written);
  const told = lossesBetween(connection, written, projection.card).map((loss): Loss =>
    folded.has(loss.field) && isLoss(loss) ? { ...loss, kind: 'changed', becomes: 'kept in the notes' } : loss,
  );
  const rest = leftoverOf(
    written,
    projection.card,
    told.filter((loss) => !folded.has(loss.field)),
  );
  return { card: written, projection, losses: told, ...(rest === undefined ? {} : { leftover: rest }) };
}

async function fits(connection: Connection, card: Card, text: string): Promise<boolean> {
  const { card: back } = await projectCard(connection, withNote(card, text));
  const flat = (note: string): string => note.replace(/\s+/g, ' ').trim();
  return flat(noteText(back)).includes(flat(text));
}

/** All notes as one text, in order. */
function noteText(card: Card): string {
  const notes = entriesOfField(card, 'notes').map(([, entry]) => (isObject(entry) ? textOf(entry['note']) : ''));
  return notes.filter((note) => note !== '').join('\n\n');
}

function withNote(card: Card, text: string): Card {
  const next = cloneJson(card);
  const [first] = entriesOfField(next, 'notes');
  const entry = isObject(first?.[1]) ? first[1] : {};
  setSlice(next, 'notes', { notes: { [first?.[0] ?? 'n1']: { ...entry, note: text } } });
  return next;
}

/** The card with folded lines read back into their fields and taken out of the notes. Lines that make no sense stay. */
export function unfoldNotes(card: Card): Card {
  const marked = entriesOfField(card, 'notes').some(
    ([, entry]) => isObject(entry) && textOf(entry['note']).includes(MARK),
  );
  if (!marked) return card;
  const next = cloneJson(card);
  const notes: Record<string, unknown> = {};
  for (const [key, entry] of entriesOfField(next, 'notes')) {
    const text = isObject(entry) ? textOf(entry['note']) : '';
    const kept = text.split(/\r\n|\r|\n/).filter((line) => !readBack(next, line));
    const rest = kept.join('\n').trimEnd();
    if (rest !== '' && isObject(entry)) put(notes, key, { ...entry, note: rest });
  }
  setSlice(next, 'notes', Object.keys(notes).length === 0 ? {} : { notes });
  return next;
}

/** True when the line was one of ours and went back into the card. */
function readBack(card: Card, line: string): boolean {
  const [, field, json] = LINE.exec(line) ?? [];
  if (field === undefined || json === undefined || NEVER.has(field)) return false;
  let slice: unknown;
  try {
    slice = JSON.parse(json);
  } catch {
    return false;
  }
  const properties = fieldByName(field)?.properties ?? [];
  const entries = entriesOf(slice);
  if (entries.length === 0 || !entries.every(([name, value]) => properties.includes(name) && sane(value))) return false;
  for (const [property, value] of entries) addBack(card, field, property, value);
  return true;
}

/** An entry that the target could hold in part (a number without its label) gets whole again; others are added. */
function addBack(card: Card, field: string, property: string, value: unknown): void {
  if (!LIST_FIELDS.has(field) && !isObject(card[property])) {
    setSlice(card, field, { [property]: value });
    return;
  }
  const present = new Map(entriesOfField(card, field));
  const keys = new Map([...present].map(([key, entry]) => [entryKey(field, key, entry), key]));
  const used = new Set(entriesOf(card[property]).map(([key]) => key));
  for (const [key, entry] of entriesOf(value)) {
    const named = field === 'keywords' || field === 'relatedTo';
    const place = keys.get(entryKey(field, key, entry)) ?? (named ? key : freeKey(key, used));
    present.set(place, ranked(entry, present.get(place)));
  }
  const map: Record<string, unknown> = {};
  for (const [key, entry] of present) put(map, key, entry);
  setSlice(card, field, { [property]: map });
}

/** The rank that the entry has by its place on the target counts where it had none of its own. */
function ranked(entry: unknown, present: unknown): unknown {
  if (!isObject(entry) || !isObject(present) || entry['pref'] !== undefined) return entry;
  return typeof present['pref'] === 'number' ? { ...entry, pref: present['pref'] } : entry;
}

const TEXTS = new Set([
  'address',
  'number',
  'uri',
  'name',
  'note',
  'user',
  'service',
  'value',
  'full',
  'language',
  'kind',
  'label',
  'mediaType',
  'countryCode',
]);
const SETS = new Set(['contexts', 'features', 'relation']);

/** Notes are anybody's text: only values of the types a card has come back (RFC 9553). */
function sane(value: unknown, depth = 0): boolean {
  if (depth > 8) return false;
  if (Array.isArray(value)) return value.every((item) => sane(item, depth + 1));
  if (!isObject(value)) return true;
  return Object.entries(value).every(([key, member]) => {
    if (TEXTS.has(key) && depth > 0) return typeof member === 'string';
    if (SETS.has(key)) return isObject(member) && Object.values(member).every((flag) => flag === true);
    if (key === 'pref') return typeof member === 'number';
    if (key === 'components' || key === 'units')
      return Array.isArray(member) && member.every((item) => isObject(item) && sane(item, depth + 1));
    const whole = depth > 0 || isObject(member) || member === true || key === 'grammaticalGender';
    return whole && sane(member, depth + 1);
  });
}
