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

/**
 * The card with all JSPROPs set. All of them or none: invalid JSON, a missing parent, a path into a list, two that
 * overlap, or a result that is no Card any more leave the card as it was, and the reason comes back.
 */
export function applyJsProps(card: Card, props: readonly (readonly [pointer: string, value: string])[]): { card: Card; problem?: string } {
  const patch: Record<string, unknown> = {};
  try {
    for (const [given, value] of props) {
      const { pointer, json } = parse(given, value);
      const tokens = splitPointer(pointer);
      if (FIXED.has(tokens[0] ?? '') || tokens.includes('__proto__') || Object.hasOwn(patch, pointer)) {
        return { card, problem: `JSPROP may not set "${pointer}"` };
      }
      patch[pointer] = json;
    }
    const result = applyPatch(card, patch);
    const wrong = validShape(result);
    return wrong === undefined ? { card: result } : { card, problem: `JSPROP makes ${wrong} invalid` };
  } catch (error) {
    return { card, problem: error instanceof Error ? error.message : 'JSPROP is invalid' };
  }
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
  return found;
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

function compare(path: string[], want: unknown, got: unknown, walk: Walk): void {
  checkDepth(path.length);
  if (sameValue(path.at(-1) ?? '', want, got)) return;
  if (want === undefined || want === null) {
    if (!isDefault(path, got)) walk.found.push({ path, value: null });
  } else if (isObject(want) && isObject(got) && !hasHazard(want, walk.old) && !hasHazard(got, walk.old)) {
    for (const key of Object.keys(want)) compareMember(path, key, want, got, walk);
    for (const key of Object.keys(got)) if (!Object.hasOwn(want, key)) compareMember(path, key, want, got, walk);
  } else if (!equalJson(want, got)) {
    walk.found.push({ path, value: want });
  }
}

function compareMember(path: string[], key: string, want: JsonObject, got: JsonObject, walk: Walk): void {
  const wanted = own(want, key);
  const is = own(got, key);
  if (wanted === is) return;
  if (key === '@type' && wanted !== 'Timestamp' && is !== 'Timestamp') return;
  if (key === 'components' && !walk.strict && want.isOrdered !== true && sameSet(wanted, is)) return;
  compare([...path, key], wanted, is, walk);
}

/** Members whose empty value says the same as none. */
const MAY_BE_EMPTY: ReadonlySet<string> = new Set([
  ...MAP_ROWS.map(({ map }) => map),
  ...'keywords members relatedTo relation speakToAs pronouns localizations contexts features components units'.split(' '),
  ...'sortAs name vCardProps vCardParams'.split(' '),
]);

/** Line breaks are line breaks, and what is empty or false by default may be absent. */
function sameValue(key: string, want: unknown, got: unknown): boolean {
  if (want === got) return true;
  if (typeof want === 'string' && typeof got === 'string') return want.includes('\r') && want.replace(/\r\n?/g, '\n') === got;
  if (got !== undefined) return false;
  if (want === null || (want === false && key === 'isOrdered')) return true;
  return typeof want === 'object' && Object.keys(want).length === 0 && MAY_BE_EMPTY.has(key);
}

/** A key that no pointer in a parameter can hold, or a null: the object around it is set as a whole. */
function hasHazard(value: JsonObject, old: boolean): boolean {
  for (const key in value) {
    if (!Object.hasOwn(value, key)) continue;
    if (value[key] === null || key === '__proto__' || key === '') return true;
    if (UNUSUAL.test(key) && (cleanText(key) !== key || (old && /["^\n]/.test(key)))) return true;
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
  const left = countTexts(want);
  for (const item of got as unknown[]) {
    const text = componentText(item);
    const count = left.get(text) ?? 0;
    if (count === 0) return false;
    left.set(text, count - 1);
  }
  return true;
}

function countTexts(list: readonly unknown[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const item of list) {
    const text = componentText(item);
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  return counts;
}

/** Kind, value and pronunciation; a component with more than these equals no other. */
function componentText(item: unknown): string {
  if (!isObject(item)) return JSON.stringify(item) ?? '';
  for (const key of Object.keys(item)) {
    if (key !== 'kind' && key !== 'value' && key !== 'phonetic' && key !== '@type') return `\n${JSON.stringify(item)}`;
  }
  return `${String(item.kind)}\n${String(item.phonetic ?? '')}\n${String(item.value)}`;
}

export function pointerOf(path: readonly string[]): string {
  return path.map(escapePointer).join('/');
}
