/** Checkers for answers at the boundary: they name the field that is wrong. Absent and `null` are the same to `opt…`. */
import { ProtocolError } from '../model/errors.js';

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'an array';
  const type = typeof value;
  if (type === 'object') return 'an object';
  if (type === 'boolean') return value === true ? 'true' : 'false';
  return `a ${type}`;
}

function wrong(where: string, wanted: string, value: unknown): ProtocolError {
  return new ProtocolError(`answer of ${where} must be ${wanted}, got ${kindOf(value)}`, {
    hint: 'run it again with --debug to see the answer; the server may be of another version than its documentation',
  });
}

/**
 * `where` names the value in an error, call first: `list contacts: contacts[3].emails`.
 * @throws ProtocolError "answer of list contacts: contacts[3].emails must be an object, got a string"
 */
export function asObject(value: unknown, where: string): Record<string, unknown> {
  if (!isObject(value)) throw wrong(where, 'an object', value);
  return value;
}

/** True for what JSON calls an object: neither null nor an array. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** @throws ProtocolError naming `where` */
export function asArray(value: unknown, where: string): unknown[] {
  if (!Array.isArray(value)) throw wrong(where, 'an array', value);
  return value as unknown[];
}

/** @throws ProtocolError naming `where` */
export function asString(value: unknown, where: string): string {
  if (typeof value !== 'string') throw wrong(where, 'a string', value);
  return value;
}

/** A finite number. @throws ProtocolError naming `where` */
export function asNumber(value: unknown, where: string): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw wrong(where, 'a number', value);
  return value;
}

/** @throws ProtocolError naming `where` */
export function asBoolean(value: unknown, where: string): boolean {
  if (typeof value !== 'boolean') throw wrong(where, 'true or false', value);
  return value;
}

/** An own member; `undefined` when absent, null, or only inherited (`__proto__`, `constructor`). */
export function member(object: Record<string, unknown>, key: string): unknown {
  if (!Object.hasOwn(object, key)) return undefined;
  return object[key] ?? undefined;
}

function optional<T>(check: (value: unknown, where: string) => T) {
  return (object: Record<string, unknown>, key: string, where: string): T | undefined => {
    const value = member(object, key);
    if (value === undefined) return undefined;
    return check(value, `${where}${where.includes(': ') ? '.' : ': '}${key}`);
  };
}

/** The member `key` of `object`, `undefined` when absent or null. @throws ProtocolError naming `where` and `key` */
export const optString = optional(asString);
/** The member `key` of `object`, `undefined` when absent or null. @throws ProtocolError naming `where` and `key` */
export const optNumber = optional(asNumber);
/** The member `key` of `object`, `undefined` when absent or null. @throws ProtocolError naming `where` and `key` */
export const optBoolean = optional(asBoolean);
/** The member `key` of `object`, `undefined` when absent or null. @throws ProtocolError naming `where` and `key` */
export const optObject = optional(asObject);
/** The member `key` of `object`, `undefined` when absent or null. @throws ProtocolError naming `where` and `key` */
export const optArray = optional(asArray);
