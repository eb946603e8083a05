/** NOTE, EXPERTISE, HOBBY, INTEREST, PRONOUNS, GRAMGENDER and CATEGORIES (RFC 9555, sections 2.6 and 2.10). */
import { entriesOf, isObject, put, textOf } from '../../model/json.js';
import type { JsonObject } from '../../model/json.js';
import type { Card } from '../../model/card.js';
import { timestampValue, utcDateTime } from './dates.js';
import { splitEscaped } from './lines.js';
import type { Prop } from './prop.js';
import type { ReadState } from './read-state.js';
import { CONTEXTS } from './rows.js';
import type { MapRow } from './rows.js';
import type { VCardParam } from './types.js';
import type { WriteState } from './write-state.js';
import { param, plainText, textValue } from './values.js';

export const notes: MapRow = {
  map: 'notes',
  prefix: 'n',
  names: ['NOTE'],
  main: ['note'],
  read: (prop) => {
    const note: JsonObject = { note: prop.text() };
    if (note.note === '') return [];
    const uri = prop.take('AUTHOR');
    const name = prop.take('AUTHOR-NAME');
    if (uri !== undefined || name !== undefined)
      note.author = { ...(name === undefined ? {} : { name }), ...(uri === undefined ? {} : { uri }) };
    const created = utcDateTime(prop.peek('CREATED') ?? '');
    if (created !== undefined) {
      note.created = created;
      prop.take('CREATED');
    }
    return note;
  },
  write: (entry, state) => {
    const text = textOf(entry.note);
    if (text === '') return undefined;
    const params: VCardParam[] = [];
    const author: JsonObject = isObject(entry.author) ? entry.author : {};
    if (state.v4 && textOf(author.uri) !== '') params.push(param('AUTHOR', textOf(author.uri)));
    if (state.v4 && textOf(author.name) !== '') params.push(param('AUTHOR-NAME', textOf(author.name)));
    const created = timestampValue(entry.created, true);
    if (created !== undefined && state.carry) params.push(param('CREATED', created));
    return { name: 'NOTE', value: textValue(text), params };
  },
};

const LEVELS: readonly (readonly [vCard: string, card: string])[] = [
  ['beginner', 'low'],
  ['average', 'medium'],
  ['expert', 'high'],
];
const INFO_KINDS = ['expertise', 'hobby', 'interest'];

/** EXPERTISE has level names of its own (RFC 6715, section 2.1); the others share JSContact's. */
export const personalInfo: MapRow = {
  map: 'personalInfo',
  prefix: 'i',
  names: INFO_KINDS.map((kind) => kind.toUpperCase()),
  labelled: true,
  main: ['kind', 'value'],
  read: (prop) => {
    const value = prop.text();
    if (value === '') return [];
    const info: JsonObject = { kind: prop.name.toLowerCase(), value };
    const level = prop.take('LEVEL')?.toLowerCase();
    const named = prop.name === 'EXPERTISE' ? LEVELS.find(([vCard]) => vCard === level)?.[1] : undefined;
    if (level !== undefined) info.level = named ?? level;
    const index = prop.peek('INDEX');
    if (index !== undefined && /^[1-9]\d{0,8}$/.test(index)) info.listAs = Number(prop.take('INDEX'));
    return info;
  },
  write: (entry, state) => {
    const kind = textOf(entry.kind);
    if (!state.carry || !INFO_KINDS.includes(kind) || textOf(entry.value) === '') return undefined;
    const params: VCardParam[] = [];
    const level = textOf(entry.level);
    const named = kind === 'expertise' ? LEVELS.find(([, card]) => card === level)?.[0] : undefined;
    if (level !== '') params.push(param('LEVEL', named ?? level));
    if (typeof entry.listAs === 'number') params.push(param('INDEX', String(entry.listAs)));
    return { name: kind.toUpperCase(), value: textValue(textOf(entry.value)), params };
  },
};

export const pronouns: MapRow = {
  map: 'speakToAs/pronouns',
  prefix: 'p',
  names: ['PRONOUNS'],
  contexts: CONTEXTS,
  main: ['pronouns'],
  read: (prop) => {
    const text = prop.text();
    return text === '' ? [] : { pronouns: text };
  },
  write: (entry, state) => {
    const text = textOf(entry.pronouns);
    return text === '' || !state.carry ? undefined : { name: 'PRONOUNS', value: textValue(text) };
  },
};

/** GRAMGENDER: one value; a second one without a LANGUAGE of its own is kept as it is. */
export function readGramGender(prop: Prop, state: ReadState): boolean {
  const above: JsonObject = isObject(state.card.speakToAs) ? state.card.speakToAs : {};
  if (above.grammaticalGender !== undefined || prop.text() === '') return false;
  above.grammaticalGender = prop.text().trim().toLowerCase();
  state.keepParams(above, prop);
  state.card.speakToAs = above;
  return true;
}

export function writeGramGender(card: Card, state: WriteState): void {
  const gender = textOf(card.speakToAs?.grammaticalGender);
  if (gender === '' || !state.carry) return;
  state.put('GRAMGENDER', textValue(gender), [...state.paramsOf(card.speakToAs ?? {}), ...state.genderAlt()]);
}

/** CATEGORIES, one or many of them, in one set. */
export function readCategories(prop: Prop, state: ReadState): boolean {
  const words = splitEscaped(prop.value, ',')
    .map((part) => plainText(part.trim()))
    .filter((word) => word !== '');
  if (words.length === 0) return true;
  const keywords: JsonObject = isObject(state.card.keywords) ? state.card.keywords : {};
  for (const word of words) put(keywords, word, true);
  state.card.keywords = keywords;
  return true;
}

export function writeCategories(card: Card, state: WriteState): void {
  const words = entriesOf(card.keywords).flatMap(([word, set]) =>
    set === true && word !== '' ? [textValue(word)] : [],
  );
  if (words.length > 0) state.put('CATEGORIES', words.join(','));
}
