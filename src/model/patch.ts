/** JMAP PatchObject (RFC 8620, section 5.3) over cards: diff and apply. Paths are JSON pointers without the leading slash. */
import type { Card } from './card.js';
import { InputError } from './errors.js';
import { checkDepth, cloneJson, equalJson, isObject, own, put } from './json.js';
import type { JsonObject } from './json.js';

/** Pointer to new value; `null` removes. */
export type PatchObject = Record<string, unknown>;

/** Names that are no property of any Card and only serve to reach into prototypes. */
const HAZARDS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/** One reference token, escaped (RFC 6901, section 3). */
export function escapePointer(key: string): string {
  return key.replace(/~/g, '~0').replace(/\//g, '~1');
}

/** The reference tokens of a pointer without its leading slash. @throws InputError for a `~` that escapes nothing. */
export function splitPointer(pointer: string): string[] {
  if (/~(?![01])/.test(pointer)) {
    throw new InputError(`patch: "${pointer}" is no JSON pointer`, { hint: 'write ~ as ~0 and / inside a key as ~1' });
  }
  return pointer.split('/').map((token) => token.replace(/~1/g, '/').replace(/~0/g, '~'));
}

/**
 * The patch that turns `before` into `after`: objects member by member, arrays as a whole. Members that are `undefined`
 * count as absent. A `null` inside an object travels with the whole object, since null alone means removal.
 */
export function diffPatch(before: Card, after: Card): PatchObject {
  const patch: PatchObject = {};
  diffMembers(before, after, '', patch, 0);
  return patch;
}

function diffMembers(before: JsonObject, after: JsonObject, prefix: string, patch: PatchObject, depth: number): void {
  checkDepth(depth);
  for (const key of Object.keys(before)) {
    const gone = own(after, key) === undefined || (own(after, key) === null && prefix === '');
    if (before[key] !== undefined && gone) put(patch, prefix + escapePointer(key), null);
  }
  for (const [key, value] of Object.entries(after)) {
    if (value === undefined || (value === null && prefix === '')) continue;
    const old = own(before, key);
    if (equalJson(old, value)) continue;
    const path = prefix + escapePointer(key);
    if (isObject(old) && isObject(value) && !setsNull(old, value, depth)) {
      diffMembers(old, value, `${path}/`, patch, depth + 1);
    } else {
      put(patch, path, cloneJson(value));
    }
  }
}

/** A member of the object itself becomes null: no patch of its members can say that. */
function setsNull(old: JsonObject, value: JsonObject, depth: number): boolean {
  checkDepth(depth);
  return Object.keys(value).some((key) => value[key] === null && own(old, key) !== null);
}

/**
 * The card with the patch applied; the input stays as it is and shares nothing with the result but texts.
 *
 * @throws InputError naming the pointer when it is malformed, its parent does not exist or is an array, another pointer
 *   of the patch is a prefix of it (RFC 8620, section 5.3), or it names `__proto__`, `constructor` or `prototype` as a
 *   property of the card. As keys of maps (keywords, members) these are plain own keys.
 */
export function applyPatch(card: Card, patch: PatchObject): Card {
  const pointers = Object.keys(patch);
  checkPrefixes(pointers);
  const result = cloneJson(card);
  for (const pointer of pointers) {
    const value = patch[pointer];
    if (value === undefined) throw new InputError(`patch: "${pointer}" has no value`);
    const tokens = splitPointer(pointer);
    if (HAZARDS.has(tokens[0] ?? '')) throw new InputError(`patch: "${pointer}" is no property of a contact`);
    const parent = parentOf(result, tokens, pointer);
    const key = tokens.at(-1) ?? '';
    if (value === null) {
      if (Object.hasOwn(parent, key)) delete parent[key];
    } else {
      put(parent, key, cloneJson(value));
    }
  }
  return result;
}

function checkPrefixes(pointers: readonly string[]): void {
  const all = new Set(pointers);
  for (const pointer of pointers) {
    for (let slash = pointer.indexOf('/'); slash >= 0; slash = pointer.indexOf('/', slash + 1)) {
      const above = pointer.slice(0, slash);
      if (!all.has(above)) continue;
      throw new InputError(`patch: "${above}" and "${pointer}" overlap`, { hint: 'give one of them only' });
    }
  }
}

function parentOf(root: JsonObject, tokens: readonly string[], pointer: string): JsonObject {
  let parent: JsonObject = root;
  for (const [i, token] of tokens.slice(0, -1).entries()) {
    const next = own(parent, token);
    const above = tokens
      .slice(0, i + 1)
      .map(escapePointer)
      .join('/');
    if (Array.isArray(next)) {
      throw new InputError(`patch: "${pointer}" points into a list`, { hint: `replace "${above}" as a whole` });
    }
    if (!isObject(next)) {
      throw new InputError(`patch: "${pointer}" has no parent`, { hint: `set "${above}" to an object first` });
    }
    parent = next;
  }
  return parent;
}
