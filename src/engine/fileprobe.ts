/** What a file format holds, found by writing a card and reading it back: no format needs to say it twice. */
import type { Format } from '../formats/types.js';
import type { Card } from '../model/card.js';
import { InputError } from '../model/errors.js';
import { uidKey } from '../model/normalize.js';

export interface Holds {
  uids: boolean;
  keywords: boolean;
  photos: boolean;
  /** Cards of kind `group` with members. */
  groups: boolean;
}

const UID = 'urn:uuid:0b7c9a52-6f0e-4a55-9d3c-2f1e8a4b6c7d';
const PIXEL = 'data:image/gif;base64,R0lGODlhAQABAIAAAP///wAAACwAAAAAAQABAAACAkQBADs=';

/** The card as it comes back from a file of this format. @throws InputError when it does not come back at all */
export async function throughFormat(format: Format, card: Card): Promise<{ card: Card; uidDerived: boolean }> {
  const text = format.write([card], {}, () => undefined);
  async function* bytes(): AsyncIterable<Uint8Array> {
    for await (const piece of text) yield Buffer.from(piece, 'utf8');
  }
  for await (const item of format.read(bytes(), {})) {
    if ('card' in item) return { card: item.card, uidDerived: item.uidDerived === true };
    throw new InputError(`${format.title} cannot hold this contact`, { why: item.error });
  }
  throw new InputError(`${format.title} cannot hold this contact`);
}

/** Asks the format; a card it refuses counts as "does not hold". */
export async function whatFits(format: Format): Promise<Holds> {
  const person: Card = {
    '@type': 'Card',
    version: '1.0',
    uid: UID,
    name: { full: 'Probe' },
    emails: { e1: { address: 'probe@example.org' } },
    keywords: { Probe: true },
    media: { p1: { kind: 'photo', uri: PIXEL } },
  };
  const group: Card = {
    '@type': 'Card',
    version: '1.0',
    uid: UID,
    kind: 'group',
    name: { full: 'Probe' },
    members: { [UID]: true },
  };
  const [one, many] = await Promise.all([attempt(format, person), attempt(format, group)]);
  return {
    uids: one !== undefined && !one.uidDerived && uidKey(one.card.uid) === uidKey(UID),
    keywords: one?.card.keywords?.['Probe'] === true,
    photos: Object.keys(one?.card.media ?? {}).length > 0,
    groups: many?.card.kind === 'group' && Object.keys(many.card.members ?? {}).length === 1,
  };
}

async function attempt(format: Format, card: Card): Promise<{ card: Card; uidDerived: boolean } | undefined> {
  try {
    return await throughFormat(format, card);
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}
