/** vCard 2.1, 3.0, 4.0 and JSContact, both ways (RFC 9555 with RFC 9554). */
import { InputError } from '../../model/errors.js';
import type { Card } from '../../model/card.js';
import { parseVCards } from './lines.js';
import { cardFromVCard } from './map-read.js';

export { cardFromVCard } from './map-read.js';
export { cardToProperties, cardToVCard } from './map-write.js';
export type { CardToVCardOptions } from './map-write.js';

/**
 * The one card in the bytes (a CardDAV resource, a vdir item).
 *
 * @throws InputError when there is none, more than one, or it is broken
 */
export function parseVCard(bytes: Uint8Array | string): { card: Card; warnings: string[]; uidMissing: boolean } {
  const items = parseVCards(bytes);
  const [first] = items;
  if (first === undefined) throw new InputError('no vCard: the text is empty');
  if ('error' in first)
    throw new InputError(`no vCard: ${first.error}`, first.hint === undefined ? {} : { hint: first.hint });
  const more = items.filter((item) => !('error' in item)).length;
  if (more > 1) throw new InputError(`${more} vCards where one was expected`);
  return cardFromVCard(first);
}
