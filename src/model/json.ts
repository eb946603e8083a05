/** Walking JSON values that strangers wrote: own members only, bounded depth, `__proto__` is a key like any other. */
import { InputError } from './errors.js';

export type JsonObject = Record<string, unknown>;

/** Readers stop at 200 levels (nesting limit of our formats); deeper values can only be an attack on the stack. */
const MAX_DEPTH = 500;

/** True for JSON objects: neither null nor array. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The object's own member, or undefined: never what a prototype offers under that name. */
export function own(object: JsonObject, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/** Sets an own member under any name, `__proto__` included. */
export function put(target: object, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true });
  } else {
    (target as JsonObject)[key] = value;
  }
}

/** Own entries of a map; nothing when the value is no object. */
export function entriesOf(value: unknown): [string, unknown][] {
  return isObject(value) ? Object.entries(value) : [];
}

/** The text, or '' when the value is no text. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** @throws InputError when a walk goes deeper than any reader allows. */
export function checkDepth(depth: number): void {
  if (depth > MAX_DEPTH) throw new InputError(`a value is nested deeper than ${MAX_DEPTH} levels`);
}

/** A deep copy of a JSON value; texts are shared, so that large pictures cost nothing. */
export function cloneJson<T>(value: T): T;
export function cloneJson(value: unknown): unknown {
  return clone(value, 0);
}

function clone(value: unknown, depth: number): unknown {
  checkDepth(depth);
  if (Array.isArray(value)) return value.map((item: unknown) => clone(item, depth + 1));
  if (!isObject(value)) return value;
  const copy: JsonObject = {};
  for (const [key, member] of Object.entries(value)) {
    if (member !== undefined) put(copy, key, clone(member, depth + 1));
  }
  return copy;
}

/** Deep equality of JSON values; an `undefined` member counts as absent, the order of keys does not count. */
export function equalJson(a: unknown, b: unknown): boolean {
  return equal(a, b, 0);
}

function equal(a: unknown, b: unknown, depth: number): boolean {
  if (a === b) return true;
  checkDepth(depth);
  if (Array.isArray(a)) {
    if (!Array.isArray(b) || a.length !== b.length) return false;
    return a.every((item: unknown, i) => equal(item, b[i], depth + 1));
  }
  if (!isObject(a) || !isObject(b)) return false;
  for (const key of Object.keys(a)) if (!equal(a[key], own(b, key), depth + 1)) return false;
  for (const key of Object.keys(b)) if (b[key] !== undefined && own(a, key) === undefined) return false;
  return true;
}
