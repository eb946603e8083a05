/** The street text of an address: MDaemon has one multi-line text for all that is not city, state, code, country. */
import type { Address } from '../../model/card.js';
import { STREET_LINES } from '../../model/join.js';

/**
 * The street lines of the components (one line a part, street name and number on one), else the full text. The number
 * stands before or after the name as in the components.
 */
export function streetOf(address: Address): string {
  const parts = (Array.isArray(address.components) ? address.components : []).filter(
    (part) => typeof part.value === 'string' && part.value.trim() !== '',
  );
  if (parts.length === 0) return typeof address.full === 'string' ? address.full : '';
  return STREET_LINES.map((kinds) =>
    parts
      .filter((part) => kinds.includes(part.kind))
      .map((part) => part.value)
      .join(' '),
  )
    .filter((line) => line !== '')
    .join('\n');
}
