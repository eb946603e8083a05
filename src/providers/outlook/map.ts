/** Between contact objects of the API and cards: parsing answers, building the bodies of creates and updates. */
import { asObject, optString } from '../../http/check.js';
import { ProtocolError } from '../../model/errors.js';
import type { Card } from '../../model/card.js';
import { deriveUid, foldText } from '../../model/normalize.js';
import { cardToFlat, changedTexts, flatToCard } from '../mapping.js';
import type { Flat } from '../mapping.js';
import type { Dialect } from './dialect.js';
import { extendedBody, extendedEntry, extendedName, isExtended, readExtended, UID_STAMP } from './extended.js';
import { membersOf } from './native.js';
import type { Json } from './native.js';
import { tableOf } from './slots.js';

/** Entries of collections as they came, by the member's name. */
export type Leftover = ReadonlyMap<string, readonly unknown[]>;

const NOTHING: Leftover = new Map();

/** A contact as an answer shows it. */
export interface Native {
  id: string;
  etag: string | undefined;
  folder: string | undefined;
  created: string | undefined;
  modified: string | undefined;
  card: Card;
  /** The uid is not the stamp's but made from the id. */
  uidDerived: boolean;
  /** What of its collections has no place in the card. */
  leftover: Leftover;
}

/** What of a contact a list asks for (`$select`). */
export function selected(dialect: Dialect): string {
  const names = membersOf(dialect).map(({ name }) => name);
  return [...names, 'parentFolderId', 'createdDateTime', 'lastModifiedDateTime'].map(dialect.wire).join(',');
}

const words = (text: string): string[] => foldText(text).match(/[\p{L}\p{N}@.]+/gu) ?? [];

/**
 * Texts that the server (or a client) made of the others say nothing of their own: "Surname, Given" in `fileAs`, the
 * person's name or the address in the `name` of an e-mail address.
 */
function withoutDerived(flat: Flat): Flat {
  const names = ['displayName', 'givenName', 'middleName', 'surname', 'title', 'generation', 'companyName', 'nickName'];
  const known = new Set(names.flatMap((name) => words(flat.get(name) ?? '')));
  const derived = (text: string, address: string): boolean => {
    const own = new Set(words(address));
    return words(text).every((word) => known.has(word) || own.has(word));
  };
  const addresses = [0, 1, 2].map((at) => flat.get(`emailAddresses.${at}.address`) ?? '');
  if (derived(flat.get('fileAs') ?? '', addresses.join(' '))) flat.delete('fileAs');
  for (const [at, address] of addresses.entries()) {
    const path = `emailAddresses.${at}.name`;
    if (derived(flat.get(path) ?? '', address)) flat.delete(path);
  }
  return flat;
}

/** A contact of a list or a single answer. @throws ProtocolError naming `where` and the member */
export function parseContact(value: unknown, where: string, dialect: Dialect): Native {
  const native = asObject(value, where);
  const { wire } = dialect;
  const id = optString(native, wire('id'), where) ?? '';
  if (id === '') throw new ProtocolError(`answer of ${where}: id is missing`);
  const flat: Flat = new Map();
  for (const { read } of membersOf(dialect)) read(native, where, flat, dialect);
  const stamp = readExtended(native, where, flat, dialect);
  const changeKey = optString(native, wire('changeKey'), where);
  const etag = optString(native, '@odata.etag', where) ?? (changeKey === undefined ? undefined : `W/"${changeKey}"`);
  const card = flatToCard(withoutDerived(flat), tableOf(dialect), stamp ?? deriveUid('outlook', id));
  const created = optString(native, wire('createdDateTime'), where);
  const modified = optString(native, wire('lastModifiedDateTime'), where);
  if (created !== undefined) card.created = created;
  if (modified !== undefined) card.updated = modified;
  const folder = optString(native, wire('parentFolderId'), where);
  const leftover = leftoverOf(native, where, dialect);
  return { id, etag, folder, created, modified, card, uidDerived: stamp === undefined, leftover };
}

/** Whether the body replaces a list that may hold more than a card shows. */
export function replacesLists(body: Json, dialect: Dialect): boolean {
  return membersOf(dialect).some(({ name, extra }) => extra !== undefined && dialect.wire(name) in body);
}

function leftoverOf(native: Json, where: string, dialect: Dialect): Leftover {
  const found = membersOf(dialect).map(({ name, extra }) => [name, extra?.(native, where, dialect) ?? []] as const);
  const there = found.filter(([, entries]) => entries.length > 0);
  return there.length === 0 ? NOTHING : new Map(there);
}

/**
 * What an answer to a write says: the id, and the new version mark.
 * @param known the id, where the answer need not tell it
 */
export function parseWritten(
  value: unknown,
  where: string,
  dialect: Dialect,
  known?: string,
): { id: string; etag?: string } {
  const native = asObject(value, where);
  const id = known ?? optString(native, dialect.wire('id'), where) ?? '';
  if (id === '') throw new ProtocolError(`answer of ${where}: id is missing`);
  const changeKey = optString(native, dialect.wire('changeKey'), where);
  const etag = optString(native, '@odata.etag', where) ?? (changeKey === undefined ? undefined : `W/"${changeKey}"`);
  return { id, ...(etag === undefined ? {} : { etag }) };
}

/**
 * The card as this dialect would give it back; pictures travel by calls of their own.
 * @param extended the server keeps extended properties
 */
export function project(card: Card, dialect: Dialect, extended = true): Card {
  const table = tableOf(dialect);
  const flat = cardToFlat(card, table);
  if (!extended) for (const path of [...flat.keys()].filter(isExtended)) flat.delete(path);
  return flatToCard(withoutDerived(flat), table, card.uid);
}

/**
 * A new contact, without empty members, stamped with its uid.
 * @param extended with extended properties, the stamp among them
 */
export function createBody(card: Card, dialect: Dialect, extended = true): Json {
  const flat = cardToFlat(card, tableOf(dialect));
  const used = new Set([...flat.keys()].map(topOf));
  const body: Json = {};
  for (const { name, write } of membersOf(dialect)) {
    if (used.has(name)) body[dialect.wire(name)] = write(flat, dialect);
  }
  // A required parameter there ("Create a contact"), also of companies.
  if (dialect.family === 'outlook') body[dialect.wire('givenName')] ??= '';
  if (extended)
    body[extendedName(dialect)] = [extendedEntry(UID_STAMP, card.uid, dialect), ...extendedBody(flat, dialect)];
  return body;
}

const topOf = (path: string): string => path.split('.', 1)[0] ?? '';

const NAMES = ['givenName', 'middleName', 'surname', 'title', 'generation', 'yomiGivenName', 'yomiSurname'];

/**
 * What turns one card into the other; undefined when nothing differs. Lists and addresses go whole; `displayName` (and
 * a `fileAs` of one's own) go along with every part of a name, which would make the server generate them anew.
 * @param leftover goes along at the end of its lists
 * @param extended with extended properties
 */
export function updateBody(
  before: Card,
  next: Card,
  dialect: Dialect,
  { leftover = NOTHING, extended = true }: { leftover?: Leftover; extended?: boolean } = {},
): Json | undefined {
  const table = tableOf(dialect);
  const [old, flat] = [cardToFlat(before, table), cardToFlat(next, table)];
  const changed = new Map([...changedTexts(old, flat)].filter(([path]) => extended || !isExtended(path)));
  if (changed.size === 0) return undefined;
  const tops = new Set([...changed.keys()].map(topOf));
  if (NAMES.some((name) => tops.has(name)) && flat.has('displayName')) tops.add('displayName');
  if (tops.has('displayName') && flat.has('fileAs')) tops.add('fileAs');
  // Their names are the person's.
  if (changed.has('displayName') && flat.has('emailAddresses.0.address')) tops.add('emailAddresses');
  const body: Json = {};
  for (const { name, write } of membersOf(dialect)) {
    if (!tops.has(name)) continue;
    const value = write(flat, dialect);
    const rest = leftover.get(name) ?? [];
    body[dialect.wire(name)] = Array.isArray(value) ? [...(value as unknown[]), ...rest] : value;
  }
  if ([...changed.keys()].some(isExtended)) body[extendedName(dialect)] = extendedBody(changed, dialect);
  return body;
}
