/** Canonical text of values: two values that differ only in a tolerated way have the same canonical text. */
import { createHash } from 'node:crypto';
import { parseDataUri } from './data-uri.js';
import { checkDepth, isObject, textOf } from './json.js';
import type { JsonObject } from './json.js';

const PLAIN = /^[\u0020-\u007e]*$/;

/** Digest of canonical texts: 128 bits of SHA-256 in hex, enough to tell contacts apart and short enough to keep. */
export function digest(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex').slice(0, 32);
}

/**
 * Tolerated in texts: Unicode normal form (NFC), CR LF and CR against LF, blanks at the ends of lines and around the
 * text. Editors, servers and transfer encodings change these without anybody noticing.
 */
export function plainText(value: unknown): string {
  const text = textOf(value);
  if (PLAIN.test(text)) return text.trim();
  return text
    .normalize('NFC')
    .replace(/\r\n?/g, '\n')
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
    .trim();
}

/** White space collapsed: for texts of one line. */
export function lineText(value: unknown): string {
  return plainText(value).replace(/\s+/g, ' ');
}

/**
 * Tolerated in URIs: the case of percent-encoded octets and of the scheme (RFC 3986, section 6.2.2.1). A `data:` URI
 * is its bytes: line breaks in base64 and the spelling of the media type do not count.
 */
export function uriText(value: unknown): string {
  const uri = textOf(value).trim();
  if (/^data:/i.test(uri)) {
    const data = parseDataUri(uri);
    if (data !== undefined) return `data:${digest(data.bytes)}`;
  }
  return uri
    .replace(/%[0-9a-f]{2}/gi, (octet) => octet.toUpperCase())
    .replace(/^[a-z][a-z0-9+.-]*:/i, (scheme) => scheme.toLowerCase());
}

/** Members that say where a value came from, not what it is: see {@link canonical}. */
const IGNORED = new Set(['@type', 'vCardName', 'pref']);
/** Keys that cannot be mistaken for the text around them. */
const SAFE_KEY = /^[\w.:@/-]+$/;
const FOLDED_SETS = new Set(['contexts', 'features', 'relation']);
const FOLDED_TEXTS = new Set(['mediaType', 'language', 'countryCode', 'service', 'calendarScale', 'kind']);

/** A `TYPE` or key without its case. */
function foldedKeys(set: JsonObject): string[] {
  return Object.keys(set)
    .filter((key) => set[key] !== false && set[key] !== null)
    .map((key) => key.toLowerCase())
    .sort();
}

/** `voice` is what a phone has anyway (RFC 9553, section 2.3.3), also beside mobile, pager and main number. */
function features(set: JsonObject): string[] {
  const keys = foldedKeys(set);
  const implied = keys.every((key) => ['voice', 'mobile', 'pager', 'main-number'].includes(key));
  return implied ? keys.filter((key) => key !== 'voice') : keys;
}

function listText(words: readonly string[]): string {
  return words.every((word) => SAFE_KEY.test(word)) ? words.join() : JSON.stringify(words);
}

/** Parameters: names and `type` values without case, values and names in any order, without the group they came from. */
export function paramsText(params: unknown): string {
  if (!isObject(params)) return '';
  const list: string[] = [];
  for (const [key, value] of Object.entries(params)) {
    const name = key.toLowerCase();
    if (name === 'group') continue;
    const values = (Array.isArray(value) ? (value as unknown[]) : [value]).map((item) => plainText(item));
    const told = values.filter((item) => item !== '').map((item) => (name === 'type' ? item.toLowerCase() : item));
    if (told.length > 0) list.push(JSON.stringify([name, ...told.sort()]));
  }
  return list.sort().join();
}

/**
 * Canonical text of a JSON value, '' when it says nothing. Tolerated: the order of members; empty texts, objects and
 * arrays against absent ones; `@type`; `vCardName` (the vCard property a value came from); `isOrdered: false`; case of
 * contexts, features, relations, media types, languages and country codes; a label `other`, which says nothing.
 */
export function canonical(value: unknown, key = '', depth = 0): string {
  checkDepth(depth);
  if (typeof value === 'string') {
    const text = key === 'uri' ? uriText(value) : plainText(value);
    if (text === '' || (key === 'label' && text.toLowerCase() === 'other')) return '';
    return JSON.stringify(FOLDED_TEXTS.has(key) ? text.toLowerCase() : text);
  }
  if (Array.isArray(value)) {
    const items = value.map((item: unknown) => canonical(item, '', depth + 1));
    return items.some((item) => item !== '') ? `[${items.join()}]` : '';
  }
  if (isObject(value)) {
    if (key === 'vCardParams') return paramsText(value);
    if (key === 'features') return listText(features(value));
    if (FOLDED_SETS.has(key)) return listText(foldedKeys(value));
    const inner = restOf(value, NOTHING, depth + 1);
    return inner === '' ? '' : `{${inner}}`;
  }
  if (value === undefined || (key === 'isOrdered' && value === false)) return '';
  return JSON.stringify(value) ?? '';
}

const NOTHING: ReadonlySet<string> = new Set();

/** Canonical text of an object's members but the named ones; '' when nothing is left. */
export function restOf(object: JsonObject, without: ReadonlySet<string> = NOTHING, depth = 0): string {
  const members: string[] = [];
  for (const key of Object.keys(object)) {
    if (IGNORED.has(key) || without.has(key)) continue;
    const text = canonical(object[key], key, depth);
    if (text !== '') members.push(`${SAFE_KEY.test(key) ? key : JSON.stringify(key)}=${text}`);
  }
  return members.length > 1 ? members.sort().join(' ') : (members[0] ?? '');
}

/** The domain of an e-mail address has no case (RFC 5321, section 2.3.11); the local part may have. */
export function emailText(value: unknown): string {
  const address = plainText(value).replace(/^mailto:/i, '');
  const at = address.lastIndexOf('@');
  return at < 0 ? address : address.slice(0, at) + address.slice(at).toLowerCase();
}

/** A number as text; a `tel:` before it is the same number as a URI (RFC 9553, section 2.3.3). */
export function phoneText(value: unknown): string {
  return lineText(value).replace(/^tel:(?=[+\d(])/i, '');
}

/** Years, months and days; Timestamps to the second in UTC. Gregorian is the default calendar. */
export function dateText(value: unknown): string {
  if (!isObject(value)) return '';
  if (typeof value.utc === 'string') return value.utc.replace(/\.0+Z$/, 'Z').toUpperCase();
  const number = (member: unknown): string => (typeof member === 'number' ? String(member) : '');
  const parts = [number(value.year), number(value.month), number(value.day)];
  if (parts.every((part) => part === '')) return '';
  const scale = textOf(value.calendarScale).toLowerCase();
  return parts.join('-') + (scale === '' || scale === 'gregorian' ? '' : ` ${scale}`);
}
