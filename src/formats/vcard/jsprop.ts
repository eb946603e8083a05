/** JSPROP: members of a Card that no vCard property can hold (RFC 9555, section 3.2.1). */
import { checkDepth, equalJson, isObject, own } from '../../model/json.js';
import type { JsonObject } from '../../model/json.js';
import type { Card } from '../../model/card.js';
import { applyPatch, escapePointer, splitPointer } from '../../model/patch.js';
import { validShape } from './shape.js';
import { plainText } from './values.js';

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
  /** Members' uids may have gained `urn:uuid:`. */
  uuidMembers: boolean;
}

/** What must be set to turn the card that a reader makes into the card that was to be written. */
export function differences(want: Card, got: JsonObject, tolerance: Tolerance): Difference[] {
  const found: Difference[] = [];
  for (const key of new Set([...Object.keys(want), ...Object.keys(got)])) {
    if (FIXED.has(key) || tolerance.skip.has(key)) continue;
    if (key === 'members' && tolerance.uuidMembers && sameMembers(own(want, key), own(got, key))) continue;
    compare([key], own(want, key), own(got, key), found, strictOrder(want, key));
  }
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

function compare(path: string[], want: unknown, got: unknown, found: Difference[], strict: boolean): void {
  checkDepth(path.length);
  if (sameValue(want, got)) return;
  if (want === undefined || want === null) {
    if (!isDefault(path, got)) found.push({ path, value: null });
  } else if (isObject(want) && isObject(got) && !hasHazard(want)) {
    for (const key of new Set([...Object.keys(want), ...Object.keys(got)])) {
      if (key === '@type' && want['@type'] !== 'Timestamp' && got['@type'] !== 'Timestamp') continue;
      if (key === 'components' && !strict && want.isOrdered !== true && sameSet(own(want, key), own(got, key))) continue;
      compare([...path, key], own(want, key), own(got, key), found, strict);
    }
  } else if (!equalJson(want, got)) {
    found.push({ path, value: want });
  }
}

/** Line breaks are line breaks, and what is empty or false by default may be absent. */
function sameValue(want: unknown, got: unknown): boolean {
  if (want === got) return true;
  if (typeof want === 'string' && typeof got === 'string') return want.includes('\r') && want.replace(/\r\n?/g, '\n') === got;
  if (got !== undefined) return false;
  if (want === false || want === null) return true;
  return typeof want === 'object' && Object.keys(want as object).length === 0;
}

/** A key that no pointer may hold: the object around it is set as a whole. */
function hasHazard(value: JsonObject): boolean {
  return Object.hasOwn(value, '__proto__') || Object.hasOwn(value, '') || Object.values(value).some((member) => member === null);
}

function isDefault(path: readonly string[], got: unknown): boolean {
  return path[0] === 'titles' && path.length === 3 && path[2] === 'kind' && got === 'title';
}

/** Components without an order of their own are a set. */
function sameSet(want: unknown, got: unknown): boolean {
  if (!Array.isArray(want) || !Array.isArray(got) || want.length !== got.length) return false;
  const texts = (list: readonly unknown[]): string[] => list.map((item) => JSON.stringify(sorted(item))).sort();
  const [a, b] = [texts(want), texts(got)];
  return a.every((text, i) => text === b[i]);
}

function sorted(item: unknown): unknown {
  if (!isObject(item)) return item;
  return Object.entries(item).filter(([key]) => key !== '@type').sort(([a], [b]) => (a < b ? -1 : 1));
}

export function pointerOf(path: readonly string[]): string {
  return path.map(escapePointer).join('/');
}
