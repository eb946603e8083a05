/**
 * The token of `changes`: the whole state in the token itself, since a folder keeps no history. It has to fit on a
 * command line, so a large folder gets a smaller form that knows less:
 *
 * - names: key and stamp of each contact. Everything can be told.
 * - hashes: ten bytes a contact. What was removed can be counted but not named: then the answer is a reset.
 * - digest: whether anything changed at all; if so, the answer is a reset.
 */
import { createHash } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';

/** Characters: Linux takes 131,071 an argument. */
const MAX_TOKEN = 100_000;
const MAX_INFLATED = 64 * 1024 * 1024;
const HASHED = 10;

/** Key (folder, file name, place in the file) to stamp (hash of the bytes). */
export type State = ReadonlyMap<string, string>;

export interface Difference {
  created: string[];
  updated: string[];
  removed: string[];
}

function hash(text: string): Buffer {
  return createHash('sha256').update(text, 'utf8').digest();
}

function sorted(state: State): [string, string][] {
  return [...state].sort(([a], [b]) => (a < b ? -1 : 1));
}

export function makeToken(state: State, limit = MAX_TOKEN): string {
  const entries = sorted(state);
  if (entries.length * 20 < limit) {
    const names = deflateRawSync(JSON.stringify(entries.map(([key, stamp]) => [key, stamp.slice(0, 10)])), {
      level: 9,
    });
    if (names.length * 1.34 < limit) return `n.${names.toString('base64url')}`;
  }
  if (entries.length * HASHED * 1.34 < limit) {
    const rows = entries.map(([key, stamp]) =>
      Buffer.concat([hash(key).subarray(0, 6), hash(stamp.slice(0, 10)).subarray(0, 4)]),
    );
    const body = Buffer.concat(rows);
    return `h.${Buffer.concat([checksum(body), body]).toString('base64url')}`;
  }
  return `d.${digest(entries)}`;
}

function digest(entries: [string, string][]): string {
  return hash(JSON.stringify(entries.map(([key, stamp]) => [key, stamp.slice(0, 10)]))).toString('base64url');
}

/**
 * What changed since the token. Undefined when the token cannot tell, or is none of ours. Keys that are not `inScope`
 * are none of this question's.
 */
export function compareToken(token: string, state: State, inScope: (key: string) => boolean): Difference | undefined {
  const body = token.slice(2);
  try {
    if (token.startsWith('n.')) return compareNames(namesOf(body), state, inScope);
    if (token.startsWith('h.')) return compareHashes(Buffer.from(body, 'base64url'), state);
    if (token.startsWith('d.') && body === digest(sorted(state))) return { created: [], updated: [], removed: [] };
  } catch {
    return undefined;
  }
  return undefined;
}

/** @throws when the text is no such token */
function namesOf(body: string): Map<string, string> {
  const value: unknown = JSON.parse(
    inflateRawSync(Buffer.from(body, 'base64url'), { maxOutputLength: MAX_INFLATED }).toString('utf8'),
  );
  if (!Array.isArray(value)) throw new Error('no token');
  const names = new Map<string, string>();
  for (const entry of value as unknown[]) {
    if (!Array.isArray(entry)) throw new Error('no token');
    const [key, stamp] = entry as unknown[];
    if (typeof key !== 'string' || typeof stamp !== 'string') throw new Error('no token');
    names.set(key, stamp);
  }
  return names;
}

function compareNames(
  before: ReadonlyMap<string, string>,
  state: State,
  inScope: (key: string) => boolean,
): Difference {
  const difference: Difference = { created: [], updated: [], removed: [] };
  for (const [key, stamp] of state) {
    const old = before.get(key);
    if (old === undefined) difference.created.push(key);
    else if (old !== stamp.slice(0, 10)) difference.updated.push(key);
  }
  for (const key of before.keys()) if (!state.has(key) && inScope(key)) difference.removed.push(key);
  return difference;
}

/** Tells a token that was cut on its way. */
function checksum(body: Buffer): Buffer {
  return createHash('sha256').update(body).digest().subarray(0, 4);
}

function compareHashes(token: Buffer, state: State): Difference | undefined {
  const rows = token.subarray(4);
  if (!checksum(rows).equals(token.subarray(0, 4))) return undefined;
  const before = new Map<string, string>();
  for (let at = 0; at + HASHED <= rows.length; at += HASHED) {
    before.set(rows.toString('hex', at, at + 6), rows.toString('hex', at + 6, at + HASHED));
  }
  const difference: Difference = { created: [], updated: [], removed: [] };
  for (const [key, stamp] of state) {
    const name = hash(key).toString('hex', 0, 6);
    const old = before.get(name);
    if (old === undefined) difference.created.push(key);
    else if (old !== hash(stamp.slice(0, 10)).toString('hex', 0, 4)) difference.updated.push(key);
    before.delete(name);
  }
  return before.size === 0 ? difference : undefined;
}
