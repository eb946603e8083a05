/** Reading contacts with filters, search, sort order and pages; as a stream wherever the question allows it. */
import type { Card, ContactRecord } from '../model/card.js';
import { Unsupported } from '../model/errors.js';
import { foldText } from '../model/normalize.js';
import { emailsOf, phonesOf, photoOf, searchText } from '../model/view.js';
import type { ListQuery, Provider } from '../providers/types.js';
import { resolveGroup } from './groups.js';
import { sortRecords } from './sort.js';
import type { Connection, ReadFilter } from './types.js';

export { completeAddresses } from './complete.js';

/** Fields that `searchText` looks into: a server's search may only stand in when it covers all of them. */
export const SEARCHED_FIELDS: readonly string[] = [
  'name',
  'nicknames',
  'emails',
  'organizations',
  'titles',
  'phones',
  'addresses',
  'notes',
];

/** The words of a query, folded. */
export function queryWords(query: string): string[] {
  return foldText(query)
    .split(' ')
    .filter((word) => word !== '');
}

/** Every word is somewhere in the contact, without regard to case and accents. */
export function matchesWords(card: Card, words: readonly string[]): boolean {
  if (words.length === 0) return true;
  const text = searchText(card).map(foldText).join('\n');
  return words.every((word) => text.includes(word));
}

/**
 * The contacts that a filter lets through, in the order asked for. Streams page by page, and stops reading early when
 * a limit is reached; only a sort order the server does not know reads everything first.
 * @throws Unsupported (changes), NotFound (group), and what the driver throws
 */
export async function* readContacts(connection: Connection, filter: ReadFilter): AsyncIterable<ContactRecord> {
  const { provider } = connection;
  const words = filter.query === undefined ? [] : queryWords(filter.query);
  const query: ListQuery = {
    ...(filter.bookIds === undefined ? {} : { bookIds: filter.bookIds }),
    ...(filter.media === undefined ? {} : { media: filter.media }),
    ...(filter.onReject === undefined ? {} : { onReject: filter.onReject }),
  };
  const sorted = sortPlan(provider, filter, words);
  const candidates =
    filter.changedSince === undefined
      ? candidatesOf(provider, sorted.query === undefined ? query : { ...query, sort: sorted.query }, words)
      : changedSince(connection, filter.changedSince, filter.bookIds);
  const kept = keepMatching(candidates, words, await filterTests(connection, filter));
  const { offset = 0, limit } = filter;
  const end = limit === undefined ? undefined : offset + limit;
  const ordered =
    sorted.client === undefined
      ? kept
      : sortRecords(kept, { ...sorted.client, ...(end === undefined ? {} : { keep: end }) });
  yield* page(ordered, offset, end);
}

async function* page(
  records: AsyncIterable<ContactRecord>,
  offset: number,
  end: number | undefined,
): AsyncIterable<ContactRecord> {
  if (end !== undefined && end <= offset) return;
  let position = 0;
  for await (const record of records) {
    if (position >= offset) yield record;
    position += 1;
    if (end !== undefined && position >= end) return;
  }
}

interface Order {
  key: NonNullable<ReadFilter['sort']>;
  descending: boolean;
}

/** Who sorts: the server only for a plain list, we for everything else. */
function sortPlan(provider: Provider, filter: ReadFilter, words: readonly string[]): { query?: Order; client?: Order } {
  if (filter.sort === undefined) return {};
  const order = { key: filter.sort, descending: filter.descending === true };
  const honoured = provider.honours?.sort?.includes(filter.sort) === true;
  const searches = words.length > 0 && provider.search !== undefined;
  const plain = filter.changedSince === undefined && !searches;
  return honoured && plain ? { query: order } : { client: order };
}

function usesServerSearch(provider: Provider, words: readonly string[]): boolean {
  if (words.length === 0 || provider.search === undefined) return false;
  const covers = provider.searchCovers ?? [];
  return SEARCHED_FIELDS.every((field) => covers.includes(field));
}

/**
 * What may match: the server's search alone where it looks into every field that we promise; where it covers fewer, its
 * hits first and then everything else; the whole list where it has none.
 */
async function* candidatesOf(
  provider: Provider,
  query: ListQuery,
  words: readonly string[],
): AsyncIterable<ContactRecord> {
  if (words.length === 0 || provider.search === undefined) {
    yield* provider.list(query);
    return;
  }
  const told = new Set<string>();
  for await (const record of provider.search(words, query)) {
    told.add(record.id);
    yield record;
  }
  if (usesServerSearch(provider, words)) return;
  for await (const record of provider.list(query)) if (!told.has(record.id)) yield record;
}

async function* changedSince(
  connection: Connection,
  token: string,
  bookIds: readonly string[] | undefined,
): AsyncIterable<ContactRecord> {
  const { changes } = connection.provider;
  if (changes === undefined) {
    throw new Unsupported(`${connection.definition.name} has no list of changes`, {
      profile: connection.name,
      hint: 'leave out --changed-since',
    });
  }
  const { created, updated } = await changes.since(token, bookIds);
  const latest = new Map<string, ContactRecord>();
  for (const record of [...created, ...updated]) latest.set(record.id, record);
  yield* latest.values();
}

type Test = (record: ContactRecord) => boolean;

const HAS: Record<'email' | 'phone' | 'avatar', Test> = {
  email: (record) => emailsOf(record.card).length > 0,
  phone: (record) => phonesOf(record.card).length > 0,
  avatar: (record) => record.hasPhoto === true || photoOf(record.card) !== undefined,
};

async function filterTests(connection: Connection, filter: ReadFilter): Promise<Test[]> {
  const tests: Test[] = (filter.has ?? []).map((what) => HAS[what]);
  if (filter.group !== undefined) {
    const group = await resolveGroup(connection, filter.group, filter.bookIds);
    const members = new Set(group.memberIds);
    tests.push((record) => members.has(record.id));
  }
  return tests;
}

async function* keepMatching(
  records: AsyncIterable<ContactRecord>,
  words: readonly string[],
  tests: readonly Test[],
): AsyncIterable<ContactRecord> {
  for await (const record of records) {
    if (tests.every((test) => test(record)) && matchesWords(record.card, words)) yield record;
  }
}
