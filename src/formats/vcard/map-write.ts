/**
 * JSContact to vCard 3.0 and 4.0. What was written is read again in memory: what the reader does not get back becomes
 * JSPROP (RFC 9555, section 3.2.1) or, in files for other programs, a loss that is told.
 */
import { isObject } from '../../model/json.js';
import type { Card } from '../../model/card.js';
import { diffCards } from '../../model/normalize.js';
import type { FormatLoss } from '../types.js';
import { writeCategories, writeGramGender } from './about.js';
import { differences, pointerOf } from './jsprop.js';
import type { Difference } from './jsprop.js';
import { propertyOf } from './leftovers.js';
import { formatLine } from './lines.js';
import { alternativesOf, translationsOf, writeTranslations } from './localize-write.js';
import { readProperties } from './map-read.js';
import type { ReadResult } from './map-read.js';
import { writeName } from './names.js';
import { writeKind, writeMembers, writeRelated } from './relations.js';
import { writeMaps, writeScalars } from './table.js';
import type { VCardProperty } from './types.js';
import { param, textValue } from './values.js';
import { WriteState } from './write-state.js';

export interface CardToVCardOptions {
  version: '3.0' | '4.0';
  /** Keep what the version has no place for as JSPROP or under its newer name; false: leave it out and tell `onLoss`. */
  carry: boolean;
  prodId?: string;
  /**
   * PROP-ID where a reader would give another id. Default: in 4.0. Where a JSPROP points at an entry, its PROP-ID is
   * always written.
   */
  propIds?: boolean;
  /**
   * For formats that carry the same properties otherwise (jCard, xCard): the property as it comes back from there,
   * undefined when it has no place. What changes on the way becomes JSPROP.
   */
  carrier?(property: VCardProperty): VCardProperty | undefined;
  onLoss?(loss: FormatLoss): void;
}

/** The vCard of a card, from BEGIN to END, with CR LF, folded at 75 octets. */
export function cardToVCard(card: Card, options: CardToVCardOptions): string {
  const { version } = options;
  const lines = [`BEGIN:VCARD\r\nVERSION:${version}\r\n`];
  for (const property of cardToProperties(card, options)) lines.push(formatLine(property, version));
  lines.push('END:VCARD\r\n');
  return lines.join('');
}

/** The properties of {@link cardToVCard}, without BEGIN, VERSION and END; their values are escaped. */
export function cardToProperties(card: Card, options: CardToVCardOptions): VCardProperty[] {
  const { version, carrier } = options;
  const carry = options.carry || version === '4.0';
  const state = build(card, version, carry, options.prodId);
  if (carrier !== undefined) state.keepOnly((property) => carrier(property) !== undefined);
  if (carry) addJsProps(card, state, options);
  else finishStrict(card, state, options);
  return state.properties;
}

function build(card: Card, version: '3.0' | '4.0', carry: boolean, prodId: string | undefined): WriteState {
  const translations = version === '4.0' && card.localizations !== undefined ? translationsOf(card) : [];
  const alternatives = version === '4.0' ? alternativesOf(card, translations) : undefined;
  const state = new WriteState(card, version, carry, alternatives);
  writeScalars(card, state, prodId);
  writeKind(card, state);
  writeName(card, state);
  writeMaps(card, state);
  if (version === '4.0') writeTranslations(card, translations, state);
  writeGramGender(card, state);
  writeCategories(card, state);
  writeRelated(card, state);
  writeMembers(card, state);
  if (!carry) writePhonetics(card, state);
  writeLeftovers(card, state);
  return state;
}

/** Names that came with 4.0 and its extensions: other programs do not expect them in 3.0. */
const NEW_NAMES: ReadonlySet<string> = new Set([
  'GENDER',
  'XML',
  'CLIENTPIDMAP',
  'JSPROP',
  'LANGUAGE',
  'BIRTHPLACE',
  'DEATHPLACE',
  'DEATHDATE',
  'ANNIVERSARY',
  'EXPERTISE',
  'HOBBY',
  'INTEREST',
  'ORG-DIRECTORY',
  'CONTACT-URI',
  'RELATED',
  'MEMBER',
  'KIND',
  'LANG',
  'GRAMGENDER',
  'PRONOUNS',
  'CREATED',
]);

function writeLeftovers(card: Card, state: WriteState): void {
  for (const entry of Array.isArray(card.vCardProps) ? card.vCardProps : []) {
    const property = propertyOf(entry, state.carry && !state.v4);
    if (property !== undefined && (state.carry || !NEW_NAMES.has(property.name))) state.properties.push(property);
  }
}

const PHONETIC: Readonly<Record<string, string>> = {
  given: 'X-PHONETIC-FIRST-NAME',
  given2: 'X-PHONETIC-MIDDLE-NAME',
  surname: 'X-PHONETIC-LAST-NAME',
};

/** Apple's and Google's way to say how a name is read. */
function writePhonetics(card: Card, state: WriteState): void {
  for (const { kind, phonetic } of card.name?.components ?? []) {
    const name = Object.hasOwn(PHONETIC, kind) ? PHONETIC[kind] : undefined;
    if (name !== undefined && typeof phonetic === 'string' && phonetic !== '') state.put(name, textValue(phonetic));
  }
}

/** Names that Apple writes in mixed case, and other programs expect so. */
const MIXED_CASE: ReadonlySet<string> = new Set(['X-ABLabel', 'X-ABShowAs']);

/** What a reader will make of the properties, as far as the lines between change them. Their line is their position. */
function readBack(state: WriteState, { version, carrier }: CardToVCardOptions): ReadResult {
  const read: VCardProperty[] = [];
  for (const [i, property] of state.properties.entries()) {
    property.line = i + 1;
    if (carrier !== undefined) {
      read.push({ ...(carrier(property) ?? property), line: i + 1 });
      continue;
    }
    if (!state.identified.has(property) && property.params.some(({ name }) => name === 'ENCODING')) {
      read.push(asBinary(property));
      continue;
    }
    const upper = MIXED_CASE.has(property.name) ? { ...property, name: property.name.toUpperCase() } : property;
    read.push(version === '4.0' ? upper : asOld(upper));
  }
  return readProperties(version, read);
}

/** A leftover in base64. (Pictures of entries stay as they are: their rows know both forms, and decoding costs time.) */
function asBinary(property: VCardProperty): VCardProperty {
  const params = property.params.filter(({ name }) => name !== 'ENCODING');
  return {
    ...asOld({ ...property, params }),
    value: '',
    binary: new Uint8Array(Buffer.from(property.value, 'base64')),
  };
}

/** 3.0 has no way to write quotes and line breaks in parameters, and readers undo `^` there too (RFC 6868). */
function asOld(property: VCardProperty): VCardProperty {
  if (!property.params.some(({ values }) => values.some((value) => /[\n"^]/.test(value)))) return property;
  const params = property.params.map(({ name, values }) => ({ name, values: values.map(oldValue) }));
  return { ...property, params };
}

function oldValue(value: string): string {
  const flat = value.replace(/\n/g, ' ').replace(/"/g, "'");
  return flat.replace(/\^([n^'])/g, (_, code: string) => (code === 'n' ? '\n' : code === '^' ? '^' : '"'));
}

function addJsProps(card: Card, state: WriteState, options: CardToVCardOptions): void {
  const { properties } = state;
  const back = readIdentified(state, options);
  const skip = new Set(options.prodId === undefined ? [] : ['prodId']);
  const found = differences(card, back.card, { skip, old: options.version === '3.0' });
  trimIds(state, back, options.propIds ?? options.version === '4.0', pointedAt(found));
  for (const { path, value, when } of found) {
    const json = asciiControls(JSON.stringify(value));
    const params = [...(when === undefined ? [] : [param('X-WHEN', when)]), param('JSPTR', pointerOf(path))];
    properties.push({ name: 'JSPROP', params, value: textValue(json), line: 0 });
  }
}

/** Read back with a PROP-ID on every entry. A property that a reader keeps as it is must not have one of ours. */
function readIdentified(state: WriteState, options: CardToVCardOptions): ReadResult {
  const back = readBack(state, options);
  const entries = new Set<VCardProperty | undefined>();
  for (const list of back.state.lists.values()) {
    for (const entry of list) entries.add(state.properties[entry.prop.raw.line - 1]);
  }
  const others = [...state.identified].filter((property) => !entries.has(property));
  for (const property of others) dropId(property);
  return others.length === 0 ? back : readBack(state, options);
}

/** JSON may hold DEL as it is; vCard may not. XML (xCard) may not hold the two non-characters. */
function asciiControls(json: string): string {
  return json.replace(/[\u007f\ufffe\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Entries that a pointer or its value names, as `map/id`, or `map` for all of them. */
function pointedAt(found: readonly Difference[]): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { path, value } of found) {
    if (path[0] !== 'localizations') {
      names.add(path.slice(0, path[1] === 'pronouns' ? 3 : 2).join('/'));
      if (path[0] === 'titles') names.add('organizations');
      continue;
    }
    const patches = path.length === 1 && isObject(value) ? Object.values(value) : [value];
    for (const pointer of patches.flatMap((patch) => (isObject(patch) ? Object.keys(patch) : [])))
      names.add(entryOf(pointer));
    if (path.length === 3) names.add(entryOf(path[2] ?? ''));
  }
  return names;
}

function entryOf(pointer: string): string {
  return pointer
    .split('/')
    .slice(0, pointer.startsWith('speakToAs/pronouns/') ? 3 : 2)
    .join('/');
}

/** Takes away each PROP-ID that says what a reader would do anyway, or that nobody needs. */
function trimIds(state: WriteState, back: ReadResult, wanted: boolean, pointed: ReadonlySet<string>): void {
  const needed = new Set<VCardProperty | undefined>();
  for (const [map, list] of back.state.lists) {
    for (const [i, entry] of list.entries()) {
      const told = wanted && entry.id !== `${entry.row.prefix}${i + 1}`;
      if (told || pointed.has(map) || pointed.has(`${map}/${entry.id}`))
        needed.add(state.properties[entry.prop.raw.line - 1]);
    }
  }
  for (const property of state.identified) if (!needed.has(property)) dropId(property);
}

function dropId(property: VCardProperty): void {
  const at = property.params.findIndex(({ name }) => name === 'PROP-ID');
  if (at >= 0) property.params.splice(at, 1);
}

/** A file for other programs: what the reader does not get back is lost, and said. */
function finishStrict(card: Card, state: WriteState, options: CardToVCardOptions): void {
  for (const property of state.identified) dropId(property);
  if (options.onLoss === undefined) return;
  const { card: back } = readBack(state, options);
  for (const { field, kind, expected, found } of diffCards(card, back)) {
    if (kind === 'extra') continue;
    const detail = kind === 'changed' && found !== undefined ? `${expected ?? ''} -> ${found}` : (expected ?? '');
    options.onLoss({ field, uid: card.uid, detail });
  }
}
