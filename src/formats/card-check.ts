/** The boundary for Cards that come as JSON: files, `--from`, standard input, results of patches. */
import type { Card } from '../model/card.js';
import { InputError } from '../model/errors.js';
import { FIELDS } from '../model/fields.js';
import { isObject, type JsonObject, put } from '../model/json.js';
import { deriveUid } from '../model/keys.js';
import { cardShape } from './card-schema.js';

/** JSON nesting that is read and written. */
export const MAX_DEPTH = 200;

/** Of ContactCard (RFC 9610), not of the Card in it; and names that only serve to reach into prototypes. */
const DROPPED: ReadonlySet<string> = new Set(['id', 'addressBookIds', '__proto__']);

/** What tells a Card from other JSON. */
const PROPERTIES: ReadonlySet<string> = new Set(['@type', 'uid', ...FIELDS.flatMap(({ properties }) => properties)]);

export interface CheckedCard {
  card: Card;
  warnings: string[];
  /** There was no uid: the one in the card is derived from its content. */
  uidMissing: boolean;
}

/**
 * A Card of RFC 9553 (or the ContactCard of RFC 9610, whose `id` and `addressBookIds` are dropped; or a card of version
 * "2.0", where `uid` may be missing: one is derived from the content). Unknown properties are kept. The input is not
 * changed; the card shares its values.
 *
 * @throws InputError naming the property that is wrong: `emails.e1.address must be a string`
 */
export function parseCard(value: unknown): Card {
  return checkCard(value).card;
}

/** {@link parseCard} with what it had to mend. @throws InputError */
export function checkCard(value: unknown): CheckedCard {
  if (!isObject(value))
    throw new InputError('a contact must be a JSON object', { hint: 'give a JSContact Card (RFC 9553)' });
  checkNesting(value);
  if (!Object.keys(value).some((key) => PROPERTIES.has(key))) {
    throw new InputError('it has neither "@type" nor any property of a contact', {
      hint: 'this is JSON, but no JSContact Card (RFC 9553)',
    });
  }
  const warnings: string[] = [];
  const copy: JsonObject = { '@type': 'Card', version: '1.0' };
  for (const [key, member] of Object.entries(value)) if (!DROPPED.has(key)) put(copy, key, member);
  checkKind(copy);
  if (isObject(copy.media)) copy.media = withoutBlobs(copy.media, warnings);
  if (isObject(copy.media) && Object.keys(copy.media).length === 0) delete copy.media;
  const uidMissing = copy.uid === undefined || copy.uid === '';
  if (uidMissing) copy.uid = deriveUid('jscontact', JSON.stringify(copy));
  copy.version = '1.0';
  assertCard(copy);
  return { card: copy, warnings, uidMissing };
}

function checkKind(copy: JsonObject): void {
  if (copy['@type'] !== 'Card') {
    throw new InputError('@type must be "Card"', { hint: 'this is JSON, but no JSContact Card (RFC 9553)' });
  }
  // RFC 9553 and its successor, which makes uid optional.
  if (copy.version !== '1.0' && copy.version !== '2.0') {
    throw new InputError('version must be "1.0"', { hint: 'this is no version of JSContact that is known' });
  }
}

/** Pictures that a JMAP server keeps beside the card (RFC 9610, section 3) cannot be read from a file. */
function withoutBlobs(media: JsonObject, warnings: string[]): JsonObject {
  const kept: JsonObject = {};
  for (const [key, entry] of Object.entries(media)) {
    if (isObject(entry) && entry.uri === undefined && typeof entry.blobId === 'string')
      warnings.push('a picture was left on its server (blobId)');
    else put(kept, key, entry);
  }
  return kept;
}

function assertCard(value: JsonObject): asserts value is JsonObject & Card {
  const wrong = cardShape(value);
  if (wrong !== undefined) throw new InputError(wrong, { hint: 'see RFC 9553 for the properties of a Card' });
}

/** @throws InputError when the value is nested deeper than {@link MAX_DEPTH} levels: JSON.stringify would overflow */
export function checkNesting(value: unknown): void {
  let level = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > MAX_DEPTH) throw new InputError(`the contact is nested deeper than ${MAX_DEPTH} levels (the limit)`);
    level = level.flatMap((item) => (isContainer(item) ? Object.values(item).filter(isContainer) : []));
  }
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
