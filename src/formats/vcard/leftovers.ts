/** Properties without a place in a Card: `vCardProps` entries, which look like jCard properties (RFC 9555, section 2.15.1). */
import { isObject, put } from '../../model/json.js';
import type { JsonObject } from '../../model/json.js';
import type { VCardProp } from '../../model/card.js';
import { splitEscaped } from './lines.js';
import type { VCardParam, VCardProperty } from './types.js';
import { cleanText, param, plainText, textValue } from './values.js';

/** Names of properties, parameters and groups, as readers accept them. */
export const TOKEN = /^[A-Za-z0-9_-]{1,200}$/;

/** Base64 as every writer makes it. (A pattern of groups of four would overflow the stack on large pictures.) */
export function isBase64(text: string): boolean {
  const { length } = text;
  if (length % 4 !== 0 || /[^A-Za-z0-9+/=]/.test(text)) return false;
  const padding = text.indexOf('=');
  return padding < 0 || padding === length - 1 || (padding === length - 2 && text.endsWith('='));
}

/** Value types that need no VALUE parameter (RFC 6350, section 6). All other properties are `unknown`. */
const DEFAULT_TYPES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    text: 'fn gender clientpidmap xml kind title role note tz label related-text mailer class sort-string name profile',
    uri: 'photo logo sound key member related source url caluri fburl caladruri impp geo contact-uri org-directory socialprofile',
    'date-and-or-time': 'bday anniversary deathdate',
    timestamp: 'rev created',
  }).flatMap(([type, names]) => names.split(' ').map((name) => [name, type] as const)),
);
/** Of those, the ones with components between semicolons. */
const STRUCTURED: ReadonlySet<string> = new Set(['gender', 'clientpidmap']);

/** The property as a `vCardProps` entry. Values of type `unknown` keep their escapes (RFC 7095, section 5.2). */
export function leftoverOf(raw: VCardProperty): VCardProp {
  const name = raw.name.toLowerCase();
  const params: Record<string, string | string[]> = {};
  if (raw.group !== undefined) put(params, 'group', raw.group);
  let type = DEFAULT_TYPES.get(name) ?? 'unknown';
  for (const { name: key, values } of raw.params) {
    if (key === 'VALUE') type = (values[0] ?? '').toLowerCase() || type;
    else put(params, key.toLowerCase(), values.length === 1 ? (values[0] ?? '') : [...values]);
  }
  if (raw.binary !== undefined) {
    put(params, 'encoding', 'b');
    return [name, params, 'unknown', base64(raw.binary)];
  }
  return [name, params, type, ...valuesOf(name, type, raw.value)];
}

export function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

function valuesOf(name: string, type: string, value: string): unknown[] {
  if (type === 'text') {
    if (!STRUCTURED.has(name)) return [plainText(value)];
    // python's vobject escapes what separates the components: `1\;urn:uuid:…`.
    const whole = /^[^;\\]*\\;/.test(value) ? plainText(value) : value;
    const parts = splitEscaped(whole, ';').map(plainText);
    return parts.length === 1 ? parts : [parts];
  }
  if (type === 'boolean' && /^(true|false)$/i.test(value)) return [value.toLowerCase() === 'true'];
  if ((type === 'integer' || type === 'float') && String(Number(value)) === value && isFinite(Number(value)))
    return [Number(value)];
  return [value];
}

/**
 * The property of a `vCardProps` entry; undefined when the entry is no such thing. With `guarded`, commas in values
 * that are written as they are get a backslash: see `uriValue`.
 */
export function propertyOf(entry: unknown, guarded = false): VCardProperty | undefined {
  if (!Array.isArray(entry) || entry.length < 4) return undefined;
  const [name, params, type, ...values] = entry as unknown[];
  if (typeof name !== 'string' || !TOKEN.test(name) || !isObject(params) || typeof type !== 'string') return undefined;
  const text = writtenValue(type, values);
  const value = guarded && type !== 'text' ? text.replace(BARE_COMMA, '\\,') : text;
  const property: VCardProperty = { name: name.toUpperCase(), params: [], value, line: 0 };
  addParams(property, params);
  if (type !== (DEFAULT_TYPES.get(name.toLowerCase()) ?? 'unknown') && TOKEN.test(type)) {
    property.params.push(param('VALUE', type));
  }
  return property;
}

/** Parameters as jCard has them; `group` is one of them (RFC 7095, section 7.1). What cannot stand in a vCard is left out. */
export function addParams(property: VCardProperty, params: JsonObject): void {
  for (const [key, given] of Object.entries(params)) {
    const texts = paramTexts(given);
    if (key.toLowerCase() === 'group') {
      if (texts[0] !== undefined && TOKEN.test(texts[0])) property.group = texts[0];
    } else if (TOKEN.test(key) && mayStand(key.toUpperCase(), texts, property)) {
      property.params.push(param(key.toUpperCase(), ...texts));
    }
  }
}

/** A comma with an even number of backslashes before it. */
const BARE_COMMA = /(?<=(?<!\\)(?:\\\\)*),/g;

/** Readers take the base64 of these for text. */
const NEVER_BINARY: ReadonlySet<string> = new Set(
  'N FN NICKNAME NOTE ADR LABEL ORG TITLE ROLE EMAIL TEL URL UID CATEGORIES BDAY REV SORT-STRING PRODID IMPP RELATED'.split(
    ' ',
  ),
);

/** ENCODING only before base64: anything else would be decoded to something else. */
function mayStand(name: string, texts: readonly string[], property: VCardProperty): boolean {
  if (name === 'ENCODING') {
    const { value } = property;
    return (
      texts.length === 1 && texts[0] === 'b' && value !== '' && isBase64(value) && !NEVER_BINARY.has(property.name)
    );
  }
  return texts.length > 0 && name !== 'VALUE' && name !== 'CHARSET';
}

/** Parameters that would change how the value, or the entry, is read. */
const RESERVED: ReadonlySet<string> = new Set(['GROUP', 'VALUE', 'ENCODING', 'CHARSET', 'PROP-ID', 'PHONETIC']);

/** `vCardParams` as parameters; what cannot be one is left out. */
export function paramsOf(params: unknown): VCardParam[] {
  if (!isObject(params)) return [];
  const list: VCardParam[] = [];
  for (const [key, given] of Object.entries(params)) {
    const texts = paramTexts(given);
    const name = key.toUpperCase();
    if (TOKEN.test(key) && !RESERVED.has(name) && texts.length > 0) list.push(param(name, ...texts));
  }
  return list;
}

function paramTexts(given: unknown): string[] {
  const list: unknown[] = Array.isArray(given) ? given : [given];
  return list
    .filter((item) => typeof item === 'string' || typeof item === 'number' || typeof item === 'boolean')
    .map(String);
}

function writtenValue(type: string, values: readonly unknown[]): string {
  return values.map((value) => written(type, value)).join(',');
}

function written(type: string, value: unknown): string {
  if (Array.isArray(value)) return value.map((part: unknown) => component(type, part)).join(';');
  if (typeof value === 'string') return type === 'text' ? textValue(value) : cleanText(value).replace(/\n/g, '\\n');
  return typeof value === 'number' || typeof value === 'boolean' ? String(value).toUpperCase() : '';
}

function component(type: string, part: unknown): string {
  if (Array.isArray(part))
    return part.map((item: unknown) => (Array.isArray(item) ? '' : written(type, item))).join(',');
  return written(type, part);
}
