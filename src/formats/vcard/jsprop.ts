/** JSPROP: members of a Card that no vCard property can hold (RFC 9555, section 3.2.1). */
import { checkDepth, equalJson, isObject, own } from '../../model/json.js';
import type { JsonObject } from '../../model/json.js';
import type { Card } from '../../model/card.js';
import { applyPatch, escapePointer, splitPointer } from '../../model/patch.js';
import { validShape } from './shape.js';
import { MAP_ROWS } from './table.js';
import { cleanText, plainText } from './values.js';

/** Never set from a file: they say what the object is. */
const FIXED: ReadonlySet<string> = new Set(['@type', 'version', '__proto__', 'constructor', 'prototype', '']);
const MAX_JSON_DEPTH = 200;

/** A JSPROP property as it was read. */
export interface JsProp {
  pointer: string;
  /** JSON, still escaped as text. */
  value: string;
  /** {@link stampOf} of the object it belongs to, as it was when the JSPROP was written. */
  when: string | undefined;
}

/**
 * The card with all JSPROPs set; null removes. Invalid JSON, a path into a list, two that overlap, or a result that is
 * no Card any more leave the card as it was, and the reason comes back. What has become stale because another program
 * changed or deleted the entry since is left out alone: it must not undo that change.
 */
export function applyJsProps(card: Card, props: readonly JsProp[]): { card: Card; problem?: string } {
  const patch: Record<string, unknown> = {};
  try {
    for (const prop of props) {
      const { pointer, json } = parse(prop.pointer, prop.value);
      const tokens = splitPointer(pointer);
      if (FIXED.has(tokens[0] ?? '') || tokens.includes('__proto__') || Object.hasOwn(patch, pointer)) {
        return { card, problem: `JSPROP may not set "${pointer}"` };
      }
      if (!isStale(card, tokens, prop.when)) patch[pointer] = json;
    }
    const result = applyPatch(card, patch);
    const wrong = validShape(result);
    return wrong === undefined ? { card: result } : { card, problem: `JSPROP makes ${wrong} invalid` };
  } catch (error) {
    return { card, problem: error instanceof Error ? error.message : 'JSPROP is invalid' };
  }
}

/** The entry is gone, or it is not what it was. */
function isStale(card: Card, tokens: readonly string[], when: string | undefined): boolean {
  const owner = ownerOf(tokens);
  const value = valueAt(card, owner);
  if (when !== undefined) return stampOf(value) !== when;
  return tokens.length > owner.length && owner.length > 1 && value === undefined;
}

/** The object a path belongs to: an entry of a map, else the property of the card. */
function ownerOf(tokens: readonly string[]): readonly string[] {
  const [first = ''] = tokens;
  if (first === 'speakToAs') return tokens.slice(0, tokens[1] === 'pronouns' ? 3 : 1);
  return tokens.slice(0, ENTRY_MAPS.has(first) ? 2 : 1);
}

function valueAt(card: JsonObject, tokens: readonly string[]): unknown {
  let value: unknown = card;
  for (const token of tokens) value = isObject(value) ? own(value, token) : undefined;
  return value;
}

/** Eight hexadecimal digits that change when the value does (FNV-1a over its JSON with sorted keys). */
function stampOf(value: unknown): string {
  let hash = 0x811c9dc5;
  const text = JSON.stringify(value, (_, member: unknown) => (isObject(member) ? sorted(member) : member)) ?? '';
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
}

function sorted(value: JsonObject): [string, unknown][] {
  return Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Servers that drop the quotes of JSPTR move what follows its colon into the value: it is searched there. */
function parse(given: string, value: string): { pointer: string; json: unknown } {
  let pointer = given.startsWith('/') ? given.slice(1) : given;
  let rest = value;
  for (let tries = 0; tries < 8; tries++) {
    const json = parseJson(rest);
    if (json !== undefined) return { pointer, json };
    const colon = rest.indexOf(':');
    if (colon < 0) break;
    pointer += `:${rest.slice(0, colon)}`;
    rest = rest.slice(colon + 1);
  }
  throw new SyntaxError(`JSPROP of "${given}" holds no JSON`);
}

function parseJson(value: string): unknown {
  for (const text of value.includes('\\') ? [plainText(value), value] : [value]) {
    try {
      const json: unknown = JSON.parse(text);
      return tooDeep(json, 0) ? undefined : json;
    } catch {
      continue;
    }
  }
  return undefined;
}

function tooDeep(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return depth >= MAX_JSON_DEPTH || Object.values(value).some((member) => tooDeep(member, depth + 1));
}

export interface Difference {
  path: string[];
  /** null removes. */
  value: unknown;
  /** Only as long as the object it belongs to reads like this: {@link JsProp.when}. */
  when?: string;
}

/** How far two cards may differ without a JSPROP. */
export interface Tolerance {
  /** Properties of the card that are not compared. */
  skip: ReadonlySet<string>;
  /** 3.0: parameters hold no quotes, and members' uids may have gained `urn:uuid:`. */
  old: boolean;
}

/** What must be set to turn the card that a reader makes into the card that was to be written. */
export function differences(want: Card, got: JsonObject, tolerance: Tolerance): Difference[] {
  const found: Difference[] = [];
  const member = (key: string): void => {
    if (FIXED.has(key) || tolerance.skip.has(key)) return;
    if (key === 'members' && tolerance.old && sameMembers(own(want, key), own(got, key))) return;
    compare([key], own(want, key), own(got, key), { found, strict: strictOrder(want, key), old: tolerance.old });
  };
  for (const key of Object.keys(want)) member(key);
  for (const key of Object.keys(got)) if (!Object.hasOwn(want, key)) member(key);
  stamp(found, got);
  return found;
}

/** What replaces something that properties say, and all else of the same object, holds only while they say it. */
function stamp(found: readonly Difference[], got: JsonObject): void {
  const replaced = new Set<string>();
  // A uid that no UID can hold has nothing to be compared with: the reader makes one up.
  for (const { path } of found)
    if (path[0] !== 'uid' && valueAt(got, path) !== undefined) replaced.add(pointerOf(ownerOf(path)));
  if (replaced.size === 0) return;
  for (const difference of found) {
    const owner = ownerOf(difference.path);
    if (replaced.has(pointerOf(owner))) difference.when = stampOf(valueAt(got, owner));
  }
}

function sameMembers(want: unknown, got: unknown): boolean {
  if (!isObject(want) || !isObject(got)) return false;
  const bare = (set: JsonObject): Record<string, unknown> =>
    Object.fromEntries(Object.entries(set).map(([key, value]) => [key.replace(/^urn:uuid:/i, ''), value]));
  return equalJson(bare(want), bare(got));
}

/** Translations of components name them by their index: then the order counts. */
function strictOrder(card: Card, key: string): boolean {
  if (card.localizations === undefined || (key !== 'name' && key !== 'addresses')) return false;
  return JSON.stringify(card.localizations).includes('/components');
}

interface Walk {
  found: Difference[];
  /** The order of components counts. */
  strict: boolean;
  old: boolean;
}

/** `path` is one array for the whole walk. */
function compare(path: string[], want: unknown, got: unknown, walk: Walk): void {
  if (sameValue(path[path.length - 1] ?? '', want, got)) return;
  if (want === undefined || want === null) {
    if (!isDefault(path, got)) walk.found.push({ path: [...path], value: null });
  } else if (isObject(want) && isObject(got) && !hasHazard(want, walk.old) && !hasHazard(got, walk.old)) {
    for (const key of Object.keys(want)) compareMember(path, key, want, got, walk);
    for (const key of Object.keys(got)) if (!Object.hasOwn(want, key)) compareMember(path, key, want, got, walk);
  } else if (!equalJson(want, got)) {
    walk.found.push({ path: [...path], value: want });
  }
}

function compareMember(path: string[], key: string, want: JsonObject, got: JsonObject, walk: Walk): void {
  const wanted = own(want, key);
  const is = own(got, key);
  if (wanted === is) return;
  if (key === '@type' && wanted !== 'Timestamp' && is !== 'Timestamp') return;
  if (key === 'components' && !walk.strict && want.isOrdered !== true && sameSet(wanted, is)) return;
  path.push(key);
  checkDepth(path.length);
  compare(path, wanted, is, walk);
  path.pop();
}

/** Properties of the card that are maps of entries. */
const ENTRY_MAPS: ReadonlySet<string> = new Set([...MAP_ROWS.map(({ map }) => map), 'relatedTo']);

/** Members whose empty value says the same as none. */
const MAY_BE_EMPTY: ReadonlySet<string> = new Set([
  ...MAP_ROWS.map(({ map }) => map),
  ...'keywords members relatedTo relation speakToAs pronouns localizations contexts features components units'.split(
    ' ',
  ),
  ...'sortAs name vCardProps vCardParams'.split(' '),
]);

/** Line breaks are line breaks, and what is empty or false by default may be absent. */
function sameValue(key: string, want: unknown, got: unknown): boolean {
  if (want === got) return true;
  if (typeof want === 'string' && typeof got === 'string')
    return want.includes('\r') && want.replace(/\r\n?/g, '\n') === got;
  if (got !== undefined) return false;
  if (want === null || (want === false && key === 'isOrdered')) return true;
  return typeof want === 'object' && Object.keys(want).length === 0 && MAY_BE_EMPTY.has(key);
}

/** A key that no pointer in a parameter can hold, or a null: the object around it is set as a whole. */
function hasHazard(value: JsonObject, old: boolean): boolean {
  for (const key in value) {
    if (!Object.hasOwn(value, key)) continue;
    if (value[key] === null || key === '__proto__' || key === '') return true;
    if (UNUSUAL.test(key) && (cleanText(key) !== key || /[\ufffe\uffff]/.test(key) || (old && /["^\n]/.test(key))))
      return true;
  }
  return false;
}

const UNUSUAL = /[^A-Za-z0-9_:./@+-]/;

function isDefault(path: readonly string[], got: unknown): boolean {
  return path[0] === 'titles' && path.length === 3 && path[2] === 'kind' && got === 'title';
}

/** Components without an order of their own are a set. */
function sameSet(want: unknown, got: unknown): boolean {
  if (!Array.isArray(want) || !Array.isArray(got) || want.length !== got.length) return false;
  if (want.length > 16) return equalJson(sortedTexts(want), sortedTexts(got));
  let used = 0;
  for (const item of want as unknown[]) {
    const i = got.findIndex((other: unknown, at) => (used & (1 << at)) === 0 && sameComponent(item, other));
    if (i < 0) return false;
    used |= 1 << i;
  }
  return true;
}

function sameComponent(a: unknown, b: unknown): boolean {
  if (!isObject(a) || !isObject(b)) return false;
  return a.kind === b.kind && a.value === b.value && equalJson({ ...a, '@type': undefined }, b);
}

function sortedTexts(list: readonly unknown[]): string[] {
  return list.map((item) => JSON.stringify(isObject(item) ? sorted(item) : item)).sort();
}

export function pointerOf(path: readonly string[]): string {
  return path.map(escapePointer).join('/');
}
