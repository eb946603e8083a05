/**
 * Properties with their values apart, as jCard (RFC 7095) and xCard (RFC 6351) hold them: lower-case names, a type in
 * place of VALUE, no escapes. The type `unknown` keeps a value as it stands in a vCard, escapes included.
 */
import { isObject, put } from '../../model/json.js';
import type { VCardProp } from '../../model/card.js';
import { addParams, isBase64, leftoverOf, propertyOf, TOKEN } from './leftovers.js';
import { splitEscaped } from './lines.js';
import type { VCardParam, VCardProperty } from './types.js';
import { cleanText, param, plainText, textValue } from './values.js';

/** Default types of the properties of RFC 6350, 6474, 6715, 8605, 9554 and 9555. All other properties are `unknown`. */
const TYPES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    text:
      'xml kind fn n nickname gender adr email tel tz title role org categories note prodid clientpidmap birthplace ' +
      'deathplace expertise hobby interest gramgender pronouns jsprop',
    uri:
      'source photo impp geo logo member related sound uid url key fburl caladruri caluri org-directory contact-uri ' +
      'socialprofile',
    'date-and-or-time': 'bday anniversary deathdate',
    timestamp: 'rev created',
    'language-tag': 'lang language',
  }).flatMap(([type, names]) => names.split(' ').map((name) => [name, type] as const)),
);
/** Components between semicolons; true: each is a list (RFC 6350, sections 6.2.2 and 6.3.1). */
const STRUCTURED: ReadonlyMap<string, boolean> = new Map([
  ['n', true],
  ['adr', true],
  ['org', false],
  ['gender', false],
  ['clientpidmap', false],
]);
const LISTS: ReadonlySet<string> = new Set(['nickname', 'categories']);

/** The type that a value of the property (lower-case name) has when nothing tells; `unknown` for extensions. */
export function defaultType(name: string): string {
  return TYPES.get(name) ?? 'unknown';
}

export function isStructured(name: string): boolean {
  return STRUCTURED.has(name);
}

/** The property as a jCard property. Dates stay in basic form. */
export function typedOf(property: VCardProperty): VCardProp {
  const name = property.name.toLowerCase();
  const standard = TYPES.get(name);
  if (standard === undefined || property.binary !== undefined) return leftoverOf(property);
  const params: Record<string, string | string[]> = {};
  let type = standard;
  if (property.group !== undefined) put(params, 'group', property.group);
  for (const { name: key, values } of property.params) {
    if (key === 'VALUE') type = (values[0] ?? '').toLowerCase() || standard;
    else put(params, key.toLowerCase(), paramValue(key, values));
  }
  return [name, params, type, ...valuesOf(name, type, property.value)];
}

/** SORT-AS is one quoted value in a vCard and a list here (RFC 7095, section 3.4). */
function paramValue(name: string, values: readonly string[]): string | string[] {
  const list = name === 'SORT-AS' ? values.flatMap((value) => value.split(',')) : values;
  return list.length === 1 ? (list[0] ?? '') : [...list];
}

function valuesOf(name: string, type: string, value: string): unknown[] {
  if (type !== 'text') return [value];
  const lists = STRUCTURED.get(name);
  if (lists !== undefined) {
    const parts = splitEscaped(value, ';').map((part) => componentOf(part, lists));
    return parts.length === 1 && typeof parts[0] === 'string' ? parts : [parts];
  }
  return LISTS.has(name) ? splitEscaped(value, ',').map(plainText) : [plainText(value)];
}

function componentOf(part: string, lists: boolean): string | string[] {
  const items = lists ? splitEscaped(part, ',').map(plainText) : [plainText(part)];
  return items.length === 1 ? (items[0] ?? '') : items;
}

/** The property of a jCard property; undefined when it is no such thing. Values may be of any JSON type. */
export function propertyOfTyped(entry: unknown): VCardProperty | undefined {
  if (!Array.isArray(entry) || entry.length < 4) return undefined;
  const [name, params, type, ...values] = entry as unknown[];
  if (typeof name !== 'string' || !isObject(params) || typeof type !== 'string') return undefined;
  const standard = TYPES.get(name.toLowerCase());
  const given = type.toLowerCase();
  // A type in a vCard's own words, for a property whose type is known: the value is taken as it would stand there.
  if (standard === undefined) return decoded(propertyOf([name, withoutValue(params), given, ...values]));
  if (!TOKEN.test(name)) return undefined;
  const property: VCardProperty = { name: name.toUpperCase(), params: [], line: 0, value: '' };
  property.value = given === 'text' ? textOfValues(name.toLowerCase(), values) : plainOfValues(values);
  addParams(property, params);
  joinSortKeys(property.params);
  if (given !== standard && given !== 'unknown' && TOKEN.test(given)) property.params.push(param('VALUE', given));
  return decoded(property);
}

function withoutValue(params: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(params).filter(([key]) => key.toUpperCase() !== 'VALUE'));
}

function joinSortKeys(params: readonly VCardParam[]): void {
  for (const one of params) if (one.name === 'SORT-AS') one.values = [one.values.join(',')];
}

/** Base64 as the reader of content lines hands it on. */
function decoded(property: VCardProperty | undefined): VCardProperty | undefined {
  if (property?.params.some(({ name }) => name === 'ENCODING') !== true || !isBase64(property.value)) return property;
  const params = property.params.filter(({ name }) => name !== 'ENCODING');
  return { ...property, params, value: '', binary: new Uint8Array(Buffer.from(property.value, 'base64')) };
}

/** Text values, escaped as a vCard needs them. */
function textOfValues(name: string, values: readonly unknown[]): string {
  const lists = STRUCTURED.get(name);
  if (lists === undefined) {
    const texts = values.map((value) => textValue(scalar(value)));
    return texts.join(',');
  }
  const [first] = values;
  // Several values where one structure belongs are its components.
  const parts: readonly unknown[] = Array.isArray(first) ? first : values;
  return parts
    .map((part) => (Array.isArray(part) ? part : [part]).map((item) => textValue(scalar(item))).join(','))
    .join(';');
}

function plainOfValues(values: readonly unknown[]): string {
  return values.map((value) => cleanText(scalar(value)).replace(/\n/g, '\\n')).join(',');
}

function scalar(value: unknown): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map(flat).join(';');
  return flat(value);
}

function flat(value: unknown): string {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}
