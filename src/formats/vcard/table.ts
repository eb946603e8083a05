/** The conversion table of RFC 9555 with the extensions that real files hold: which row takes which property. */
import { isObject, textOf } from '../../model/json.js';
import type { Card } from '../../model/card.js';
import { addresses } from './addresses.js';
import { notes, personalInfo, pronouns, readCategories, readGramGender } from './about.js';
import { anniversaries } from './anniversaries.js';
import { emails, onlineServices, phones, preferredLanguages } from './contact-points.js';
import { timestampValue, utcDateTime } from './dates.js';
import { nicknames, readFn, readN } from './names.js';
import { organizations, titles } from './organizations.js';
import { Prop } from './prop.js';
import type { ReadState } from './read-state.js';
import { readKind, readMember, readRelated, RELATION_NAMES } from './relations.js';
import { calendars, cryptoKeys, directories, links, media, schedulingAddresses } from './resources.js';
import type { MapRow, ScalarReader } from './rows.js';
import { readAndroidCustom } from './vendors.js';
import type { WriteState } from './write-state.js';
import { param, textValue } from './values.js';

/** All maps of a Card, in the order they are written. */
export const MAP_ROWS: readonly MapRow[] = [
  nicknames,
  organizations,
  titles,
  emails,
  phones,
  addresses,
  onlineServices,
  preferredLanguages,
  links,
  anniversaries,
  notes,
  personalInfo,
  pronouns,
  calendars,
  schedulingAddresses,
  directories,
  cryptoKeys,
  media,
];

const BY_NAME: ReadonlyMap<string, MapRow> = new Map(
  MAP_ROWS.flatMap((row) => row.names.map((name) => [name, row] as const)),
);
const BY_MAP: ReadonlyMap<string, MapRow> = new Map(MAP_ROWS.map((row) => [row.map, row]));

export function rowOfMap(map: string): MapRow | undefined {
  return BY_MAP.get(map);
}

/** Texts and times of the card itself; of a repeated property the first counts. */
function scalar(key: string, read: (prop: Prop) => string | undefined): ScalarReader {
  return (prop, state) => {
    const value = read(prop);
    if (value === undefined) return prop.value.trim() === '';
    if (state.card[key] === undefined) state.card[key] = value;
    else if (state.card[key] !== value) state.warn(`line ${prop.raw.line}: a second ${prop.name} was left out`);
    return true;
  };
}

const text = (prop: Prop): string | undefined => prop.text().trim() || undefined;
const time = (prop: Prop): string | undefined => utcDateTime(prop.value);

const SCALARS: ReadonlyMap<string, ScalarReader> = new Map<string, ScalarReader>([
  ['N', readN],
  ['FN', readFn],
  ['UID', scalar('uid', text)],
  ['PRODID', scalar('prodId', text)],
  ['REV', scalar('updated', time)],
  ['CREATED', scalar('created', time)],
  ['LANGUAGE', scalar('language', text)],
  ['KIND', readKind],
  ['X-ADDRESSBOOKSERVER-KIND', readKind],
  ['MEMBER', readMember],
  ['X-ADDRESSBOOKSERVER-MEMBER', readMember],
  ['CATEGORIES', readCategories],
  ['GRAMGENDER', readGramGender],
  ['X-ANDROID-CUSTOM', readAndroidCustom],
  ['JSPROP', readJsProp],
  ['AGENT', (prop, state) => prop.valueType() === 'uri' && readAgent(prop, state)],
  ...RELATION_NAMES.map((name) => [name, readRelated] as const),
]);

/** Properties that can only be placed when all others are known. */
const LATER: ReadonlySet<string> = new Set([
  'LABEL',
  'GEO',
  'TZ',
  'X-ABADR',
  'X-ABSHOWAS',
  'SORT-STRING',
  'BIRTHPLACE',
  'DEATHPLACE',
]);

function readAgent(prop: Prop, state: ReadState): boolean {
  const agent = { ...prop.raw, name: 'RELATED', params: [...prop.raw.params, param('TYPE', 'agent')] };
  return readRelated(new Prop(agent, prop.version), state);
}

function readJsProp(prop: Prop, state: ReadState): boolean {
  const pointer = prop.peek('JSPTR');
  if (pointer === undefined) return false;
  state.jsProps.push({ pointer, value: prop.value, when: prop.peek('X-WHEN') });
  return true;
}

/** One property into the state. */
export function readProperty(prop: Prop, state: ReadState): void {
  const { name } = prop;
  const row = BY_NAME.get(name);
  if (row !== undefined) {
    const found = row.read(prop, state);
    if (found === undefined) state.leftover(prop);
    else state.add(row, found, prop);
    return;
  }
  const read = SCALARS.get(name);
  if (read !== undefined) {
    if (!read(prop, state)) state.leftover(prop);
  } else if (LATER.has(name)) {
    state.later.push(prop);
  } else if (name !== 'X-ABLABEL') {
    state.leftover(prop);
  }
}

/** UID, PRODID, REV, CREATED and LANGUAGE. */
export function writeScalars(card: Card, state: WriteState, prodId: string | undefined): void {
  const maker = prodId ?? textOf(card.prodId);
  if (maker !== '') state.put('PRODID', textValue(maker));
  const uid = textOf(card.uid);
  if (uid !== '') state.put('UID', textValue(uid), state.v4 && /[\\,;\s]/.test(uid) ? [param('VALUE', 'text')] : []);
  const updated = timestampValue(card.updated, state.v4);
  if (updated !== undefined) state.put('REV', updated);
  const created = timestampValue(card.created, state.v4);
  if (created !== undefined && state.carry) state.put('CREATED', created);
  const language = textOf(card.language);
  if (language !== '' && state.carry) state.put('LANGUAGE', textValue(language));
}

/** Every entry of every map that a property can hold. */
export function writeMaps(card: Card, state: WriteState): void {
  for (const row of MAP_ROWS) {
    const map = row === pronouns ? card.speakToAs?.pronouns : card[row.map];
    if (!isObject(map)) continue;
    const best = state.best(map);
    for (const [id, value] of Object.entries(map)) if (isObject(value)) state.entry(row, id, value, best);
  }
}
