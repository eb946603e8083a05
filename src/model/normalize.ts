/**
 * Cards compared by what they say. Map keys, order, uid, time stamps and writer's marks never count, and neither do
 * the differences that every server makes on its own (each named at the function that levels it: texts, URIs,
 * contexts, features and empty members in `normal-text`; names, e-mail addresses, numbers, titles, dates, pictures
 * and vCard leftovers in `normalize-entries`; addresses in `normalize-address`; preference in `normalize-pair`).
 */
import type { Card } from './card.js';
import { equalJson, own } from './json.js';
import { digest } from './normal-text.js';
import { entriesOfField, FIELD_NAMES } from './normalize-entries.js';
import { fieldText } from './normalize-entry.js';
import { fieldByName } from './fields.js';
import { pairEntries } from './normalize-pair.js';

export { deriveUid, foldText, newUid, uidKey } from './keys.js';
export { formatDate } from './normalize-describe.js';

/** One value that differs. Texts are raw, for people, at most 80 characters. */
export interface FieldDifference {
  /** A name of `FIELDS`. */
  field: string;
  kind: 'missing' | 'extra' | 'changed';
  expected?: string;
  found?: string;
}

export interface DiffOptions {
  /** `bytes` (default): pictures must be the same; `present`: one picture for another is equal (servers that re-encode). */
  photos?: 'bytes' | 'present';
}

/** Properties whose equality makes a field equal without looking closer; `other` is whatever is left. */
function sameAsWritten(expected: Card, found: Card, field: string): boolean {
  const properties = fieldByName(field)?.properties ?? [];
  if (properties.length === 0) return false;
  if (field === 'titles' && !equalJson(own(expected, 'organizations'), own(found, 'organizations'))) return false;
  if (field === 'localizations') return own(expected, field) === undefined && own(found, field) === undefined;
  return properties.every((property) => equalJson(own(expected, property), own(found, property)));
}

/**
 * What `found` lacks, has besides, or has otherwise than `expected`, value by value; empty when they say the same.
 * A value that is there with another type, label or a cut text is one `changed`, never `missing` and `extra`. Things a
 * server derives are no difference: name components of an expected name that has none, a preference nobody expressed.
 */
export function diffCards(expected: Card, found: Card, options: DiffOptions = {}): FieldDifference[] {
  const differences: FieldDifference[] = [];
  if (expected === found) return differences;
  for (const field of FIELD_NAMES) {
    if (sameAsWritten(expected, found, field)) continue;
    const wanted = entriesOfField(expected, field);
    const got = entriesOfField(found, field);
    if (wanted.length === got.length && fieldText(wanted) === fieldText(got)) continue;
    const anyPhoto = field === 'photo' && options.photos === 'present';
    for (const difference of pairEntries(field, wanted, got, anyPhoto)) differences.push(difference);
  }
  return differences;
}

/** No differences: `found` keeps all that `expected` says and adds nothing. */
export function equalCards(expected: Card, found: Card, options: DiffOptions = {}): boolean {
  return diffCards(expected, found, options).length === 0;
}

/**
 * Field name to hash of its normal form; empty fields are absent. Equal hashes mean equal fields; unequal ones may
 * still be equal to `diffCards`, which also knows what servers derive.
 */
export function fieldHashes(card: Card): Record<string, string> {
  const hashes: Record<string, string> = {};
  for (const field of FIELD_NAMES) {
    const text = fieldText(entriesOfField(card, field));
    if (text !== '') hashes[field] = digest(text);
  }
  return hashes;
}

/** Hash of the whole normal form: the same for cards that say the same, whatever their keys, order and uid. */
export function cardHash(card: Card): string {
  const texts = FIELD_NAMES.map((field) => fieldText(entriesOfField(card, field)));
  return digest(texts.map((text, i) => `${FIELD_NAMES[i] ?? ''} ${text}`).join('\n\n'));
}
