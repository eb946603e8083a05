/** Names and addresses made from their components, as people write them (RFC 9553, sections 2.2.1 and 2.5.1). */
import { isObject, textOf } from './json.js';
import type { JsonObject } from './json.js';

export interface Part {
  kind: string;
  value: string;
}

/** Order of the parts of a name whose components are not ordered. */
const NAME_ORDER = ['title', 'given', 'given2', 'surname', 'surname2', 'generation', 'credential'];

/** Lines above the town, for an address whose components are not ordered; kinds in one row stand together. */
export const STREET_LINES: readonly (readonly string[])[] = [
  ['postOfficeBox'],
  ['building'],
  ['floor'],
  ['apartment'],
  ['room'],
  ['direction', 'name', 'number'],
  ['block'],
  ['landmark'],
  ['subdistrict'],
  ['district'],
];

const ADDRESS_LINES = [...STREET_LINES, ['postcode', 'locality'], ['region'], ['country']];

const CJK = /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}ー々]+$/u;

/** The components that say something: kind and value are texts, the value is not empty. */
export function partsOf(holder: unknown): Part[] {
  const list = isObject(holder) ? holder.components : undefined;
  if (!Array.isArray(list)) return [];
  const parts: Part[] = [];
  for (const item of list as unknown[]) {
    if (!isObject(item)) continue;
    const value = textOf(item.value);
    if (value !== '') parts.push({ kind: textOf(item.kind), value });
  }
  return parts;
}

/** Parts in their order; a separator component stands instead of the default separator (RFC 9553, section 1.4.3). */
function joinOrdered(parts: readonly Part[], separator: string): string {
  let text = '';
  let pending: string | undefined;
  for (const { kind, value } of parts) {
    if (kind === 'separator') {
      pending = (pending ?? '') + value;
      continue;
    }
    if (text !== '') text += pending ?? separator;
    text += value;
    pending = undefined;
  }
  return text;
}

function byRank(order: readonly string[]): (a: Part, b: Part) => number {
  const rank = (part: Part): number => (order.includes(part.kind) ? order.indexOf(part.kind) : order.length);
  return (a, b) => rank(a) - rank(b);
}

/**
 * The full name made of a Name's components; '' when there are none. Unordered components come as title, given,
 * surname, suffixes; in Chinese, Japanese and Korean the surname is first and nothing stands between.
 */
export function joinName(name: unknown): string {
  const parts = partsOf(name);
  if (!isObject(name) || parts.length === 0) return '';
  const separator = typeof name.defaultSeparator === 'string' ? name.defaultSeparator : ' ';
  if (name.isOrdered === true) return joinOrdered(parts, separator).trim();
  const words = parts.filter((part) => part.kind !== 'separator');
  const simple = words.length === 2 && words.every(({ kind, value }) => /^(sur|give)n/.test(kind) && CJK.test(value));
  if (simple)
    return [...words]
      .sort(byRank(['surname', 'given']))
      .map((part) => part.value.trim())
      .join('');
  return [...words]
    .sort(byRank(NAME_ORDER))
    .map((part) => part.value.trim())
    .join(' ');
}

/** An address on one line from its components; '' when there are none. */
function joinAddress(address: unknown): string {
  const parts = partsOf(address);
  if (!isObject(address) || parts.length === 0) return '';
  if (address.isOrdered === true) {
    const separator = typeof address.defaultSeparator === 'string' ? address.defaultSeparator : ', ';
    return oneLine(joinOrdered(parts, separator));
  }
  const words = parts.filter((part) => part.kind !== 'separator');
  const known = new Set(ADDRESS_LINES.flat());
  const lines = ADDRESS_LINES.map((kinds) => valuesOf(words, kinds).join(' '));
  lines.push(...words.filter((part) => !known.has(part.kind)).map((part) => part.value));
  return lines
    .filter((line) => line !== '')
    .map(oneLine)
    .join(', ');
}

function valuesOf(parts: readonly Part[], kinds: readonly string[]): string[] {
  return kinds.flatMap((kind) => parts.filter((part) => part.kind === kind).map((part) => part.value.trim()));
}

/** Line breaks become commas, other white space single blanks. */
export function oneLine(text: string): string {
  return text
    .split(/[\r\n]+/)
    .map((line) => line.replace(/\s+/g, ' ').trim().replace(/,$/, ''))
    .filter((line) => line !== '')
    .join(', ');
}

/** An address on one line: its `full` text, else its components, else its country code or coordinates. */
export function addressLine(address: JsonObject): string {
  const full = oneLine(textOf(address.full));
  return full || joinAddress(address) || textOf(address.countryCode) || textOf(address.coordinates);
}
