/** A vCard property while it is converted: every parameter is used by its row or kept as a vCardParam. */
import { put } from '../../model/json.js';
import type { JsonObject } from '../../model/json.js';
import type { VCardProperty, VCardVersion } from './types.js';
import { plainText } from './values.js';

/** Parameters that say how the value was written. They have done their work when the value is text. */
const SPENT: ReadonlySet<string> = new Set(['VALUE', 'ENCODING', 'CHARSET', 'PROP-ID']);
const NO_PARAMS = new Map<string, string[]>();

export class Prop {
  readonly name: string;
  readonly value: string;
  /** Lower case, for pairing. */
  readonly group: string | undefined;
  private readonly left: Map<string, string[]>;
  private typeList: string[] | undefined;

  constructor(
    readonly raw: VCardProperty,
    readonly version: VCardVersion,
  ) {
    this.name = raw.name;
    this.value = raw.value;
    this.group = raw.group?.toLowerCase();
    this.left = raw.params.length === 0 ? NO_PARAMS : new Map<string, string[]>();
    for (const { name, values } of raw.params) {
      const known = this.left.get(name);
      this.left.set(name, known === undefined ? values : [...known, ...values]);
    }
  }

  /** The value as un-escaped text. */
  text(): string {
    return plainText(this.value);
  }

  /** The parameter's values joined by commas; it stays unused. */
  peek(name: string): string | undefined {
    return this.left.get(name)?.join(',');
  }

  /** The parameter's values joined by commas; from now on it is used. Empty ones are as good as none. */
  take(name: string): string | undefined {
    const values = this.left.get(name);
    if (values === undefined) return undefined;
    this.left.delete(name);
    return values.join(',') || undefined;
  }

  /** VALUE in lower case, '' when absent. */
  valueType(): string {
    return (this.peek('VALUE') ?? '').toLowerCase();
  }

  /** TYPE values not used yet, letters as written. `TYPE=a,b`, `TYPE=a;TYPE=b` and `TYPE="a,b"` are one list. */
  types(): readonly string[] {
    if (this.typeList === undefined) this.typeList = typesOf(this.left.get('TYPE'));
    return this.typeList;
  }

  /** True when TYPE has this value (lower case), which is used up. */
  takeType(type: string): boolean {
    const list = this.types();
    if (list.length === 0) return false;
    const rest = list.filter((item) => item.toLowerCase() !== type);
    if (rest.length === list.length) return false;
    this.typeList = rest;
    return true;
  }

  /** TYPE values that are keys of the table, as its values; they are used up. */
  takeTypes(table: Readonly<Record<string, string>>): string[] {
    const found: string[] = [];
    const list = this.types();
    if (list.length === 0) return found;
    this.typeList = list.filter((type) => {
      const lower = type.toLowerCase();
      if (!Object.hasOwn(table, lower)) return true;
      const value = table[lower] ?? '';
      if (!found.includes(value)) found.push(value);
      return false;
    });
    return found;
  }

  /** TYPE values of the table to contexts; PREF, or TYPE pref, to pref (1 to 100, 1 is best). */
  rank(target: JsonObject, contexts: Readonly<Record<string, string>>): void {
    if (this.left.size === 0) return;
    const found = this.takeTypes(contexts);
    if (found.length > 0) target.contexts = setOf(found);
    const first = this.takeType('pref');
    const given = this.peek('PREF');
    if (given !== undefined && /^\d{1,3}$/.test(given) && Number(given) >= 1 && Number(given) <= 100) {
      this.take('PREF');
      target.pref = Number(given);
    } else if (first) {
      target.pref = 1;
    }
  }

  /** What no row used, as `vCardParams` (RFC 9555, section 2.15.2); undefined when nothing is left. */
  rest(): Record<string, string | string[]> | undefined {
    if (this.left.size === 0) return undefined;
    let rest: Record<string, string | string[]> | undefined;
    for (const [name, values] of this.left) {
      if (SPENT.has(name)) continue;
      const kept = name === 'TYPE' ? this.types() : values;
      if (kept.length === 0) continue;
      rest ??= {};
      put(rest, name.toLowerCase(), kept.length === 1 ? (kept[0] ?? '') : [...kept]);
    }
    return rest;
  }
}

const NO_TYPES: string[] = [];

function typesOf(values: readonly string[] | undefined): string[] {
  if (values === undefined) return NO_TYPES;
  const types: string[] = [];
  for (const value of values) {
    for (const part of value.includes(',') ? value.split(',') : [value]) {
      const type = part.trim();
      if (type !== '') types.push(type);
    }
  }
  return types;
}

/** A JSContact set: every member `true`. */
export function setOf(names: Iterable<string>): Record<string, true> {
  const set: Record<string, true> = {};
  for (const name of names) put(set, name, true);
  return set;
}
