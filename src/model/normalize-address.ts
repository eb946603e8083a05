/** Canonical form of postal addresses. */
import { isObject, textOf } from './json.js';
import type { JsonObject } from './json.js';
import { partsOf } from './join.js';
import { canonical, plainText, restOf } from './normal-text.js';

const ADDRESS = new Set(['components', 'full', 'isOrdered', 'defaultSeparator']);

/** What the comparison needs of an address: see `Entry`. */
interface AddressForm {
  main: string;
  rest: string;
  parts: string;
  beyond: string;
  slot: string;
}

/** Words of an address in alphabetical order: line breaks, commas, order and separators are layout. */
function wordsOf(text: string): string[] {
  return plainText(text)
    .split(/[\s,;/]+/)
    .filter((word) => word !== '')
    .sort();
}

/** The words of the first list that are not used up by the second (both sorted, as multisets). */
function wordsBeyond(words: readonly string[], known: readonly string[]): string[] {
  const left = new Map<string, number>();
  for (const word of known) left.set(word, (left.get(word) ?? 0) + 1);
  return words.filter((word) => {
    const count = left.get(word) ?? 0;
    left.set(word, count - 1);
    return count <= 0;
  });
}

/**
 * An address: `parts` is the multiset of its components (RFC 9555 contradicts itself about their order), `main` the
 * sorted words of the components, else of `full`, and `beyond` what `full` says that no component does. A `full` that
 * only repeats the components is layout and does not count. Undefined when the address says nothing.
 */
export function addressEntry(value: JsonObject): AddressForm | undefined {
  const parts = partsOf(value).filter((part) => part.kind !== 'separator' && part.value.trim() !== '');
  const full = wordsOf(textOf(value.full));
  const joined = parts.length === 0 ? full : wordsOf(parts.map((part) => part.value).join(' '));
  const rest = restOf(value, ADDRESS);
  const places = [value.countryCode, value.coordinates, value.timeZone].map((item) => canonical(item));
  const main = joined.join(' ') || places.filter((text) => text !== '').join(' ');
  if (main === '') return undefined;
  const beyond = parts.length === 0 ? [] : wordsBeyond(full, joined);
  return {
    main,
    rest,
    parts: componentsText(value),
    beyond: beyond.join(' '),
    slot: `in ${canonical(value.contexts, 'contexts')}`,
  };
}

/** Components of a name or address as a multiset, with phonetics and extensions; separators left out. */
export function componentsText(value: JsonObject): string {
  if (!Array.isArray(value.components)) return '';
  return (value.components as unknown[])
    .filter((part) => isObject(part) && part.kind !== 'separator' && plainText(part.value) !== '')
    .map((part) => canonical(part))
    .sort()
    .join();
}
