/** The street text of an address: MDaemon has one multi-line text for all that is not city, state, code, country. */
import type { Address } from '../../model/card.js';

/** Lines of an address in the order people write them; kinds in one row stand together. */
const LINES: readonly (readonly string[])[] = [
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

/**
 * The street lines of the components (one line a part, street name and number on one), else the full text. The number
 * stands before or after the name as in the components.
 */
export function streetOf(address: Address): string {
  const parts = (Array.isArray(address.components) ? address.components : []).filter(
    (part) => typeof part.value === 'string' && part.value.trim() !== '',
  );
  if (parts.length === 0) return typeof address.full === 'string' ? address.full : '';
  return LINES.map((kinds) =>
    parts
      .filter((part) => kinds.includes(part.kind))
      .map((part) => part.value)
      .join(' '),
  )
    .filter((line) => line !== '')
    .join('\n');
}
