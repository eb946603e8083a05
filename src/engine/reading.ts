/** Reading both sides of a transfer: cards go to disk, keys for matching stay in memory. */
import type { Card, ContactRecord, Group } from '../model/card.js';
import { CardferryError, Interrupted } from '../model/errors.js';
import { displayName, keywordsOf } from '../model/view.js';
import type { Destination } from './bookplan.js';
import { GroupEars } from './grouplisten.js';
import { withKeywords } from './groups.js';
import { matchEntry, type MatchEntry } from './match.js';
import { prepareCard, unfoldNotes } from './overflow.js';
import type { Spool, WorkFolder } from './spool.js';
import type { Connection, ItemError, Loss, Overflow } from './types.js';

/** One contact of the source on disk, as it shall be written. */
export interface SourceEntry {
  id: string;
  name: string;
  card: Card;
  losses: Loss[];
  /** Only what does not fit. */
  leftover?: Card;
  /** Why the target cannot hold it at all. */
  unstorable?: ItemError;
}

export interface Side<T> {
  spool: Spool<T>;
  entries: MatchEntry[];
}

export interface TargetSide extends Side<ContactRecord> {
  /** All ids that were there, also of contacts that may not be written. */
  ids: Set<string>;
  /** Its groups, where they were heard while it was listed. */
  groups?: Group[];
  /** Ids of those with files. */
  attached: Set<string>;
}

export interface SourceSide extends Side<SourceEntry> {
  /** Where each contact goes. */
  books: Destination[];
  /** All ids that the source has, also those a filter left out. */
  ids: Set<string>;
  /** Keyword to source ids, when keywords travel as groups. */
  keywords: Map<string, string[]>;
  /** Those with files kept beside them, by index. */
  attached: { index: number; name: string }[];
}

export interface ReadSourceOptions {
  to: Connection;
  folder: WorkFolder;
  records: AsyncIterable<ContactRecord>;
  overflow: Overflow;
  signal?: AbortSignal;
  wanted(record: ContactRecord): boolean;
  book(record: ContactRecord): Destination;
  /** Names of groups that become keywords of the contact. */
  groupNames(id: string): readonly string[];
  keywordsTravel: boolean;
  onRead(count: number): void;
}

/** @throws what the source throws; Interrupted */
export async function readSource(options: ReadSourceOptions): Promise<SourceSide> {
  const spool = await options.folder.spool<SourceEntry>();
  const side: SourceSide = { spool, entries: [], books: [], ids: new Set(), keywords: new Map(), attached: [] };
  for await (const record of options.records) {
    stopWhenAborted(options.signal);
    if (side.ids.has(record.id)) continue;
    side.ids.add(record.id);
    options.onRead(side.ids.size);
    if (!options.wanted(record)) continue;
    await addSource(side, record, options);
  }
  return side;
}

async function addSource(side: SourceSide, record: ContactRecord, options: ReadSourceOptions): Promise<void> {
  const { to, overflow } = options;
  let card = unfoldNotes(record.card);
  if (options.keywordsTravel) {
    for (const keyword of keywordsOf(card)) {
      const members = side.keywords.get(keyword);
      if (members === undefined) side.keywords.set(keyword, [record.id]);
      else members.push(record.id);
    }
    card = withKeywords(card, [], new Set(keywordsOf(card)));
  }
  const names = options.groupNames(record.id);
  if (names.length > 0) card = withKeywords(card, names);
  const book = options.book(record);
  const name = displayName(card) || record.id;
  if (record.hasAttachments === true) side.attached.push({ index: side.entries.length, name });
  const error = unstorable(to, card);
  const prepared = error === undefined ? await prepareCard(to, card, overflow).catch(asUnstorable) : { error };
  if ('error' in prepared) {
    side.entries.push(matchEntry(to, { ...record, card }, card, book.id ?? ''));
    await side.spool.append({ id: record.id, name, card, losses: [], unstorable: prepared.error });
  } else {
    side.entries.push(matchEntry(to, { ...record, card }, prepared.projection.card, book.id ?? ''));
    const { losses, leftover } = prepared;
    await side.spool.append({
      id: record.id,
      name,
      card: prepared.card,
      losses,
      ...(leftover === undefined ? {} : { leftover }),
    });
  }
  side.books.push(book);
}

function unstorable(to: Connection, card: Card): ItemError | undefined {
  const reason = to.provider.unstorable?.(card);
  return reason === undefined ? undefined : { code: 'unstorable', message: reason };
}

/** A mapping that refuses a card refuses that card alone. */
function asUnstorable(error: unknown): { error: ItemError } {
  if (error instanceof Interrupted) throw error;
  return { error: itemError(error) };
}

export function itemError(error: unknown): ItemError {
  if (!(error instanceof CardferryError)) {
    return { code: 'unexpected', message: error instanceof Error ? error.message : String(error) };
  }
  const message = error.why === undefined ? error.message : `${error.message}: ${error.why}`;
  return { code: error.code, message, ...(error.hint === undefined ? {} : { hint: error.hint }) };
}

/** Contacts of the target that may be matched and written: those in books that are read-only are not. */
export async function readTarget(
  to: Connection,
  folder: WorkFolder,
  options: { bookIds?: readonly string[]; signal?: AbortSignal; onRead(count: number): void },
): Promise<TargetSide> {
  const side: TargetSide = {
    spool: await folder.spool<ContactRecord>(),
    entries: [],
    ids: new Set(),
    attached: new Set(),
  };
  const query = { media: true, ...(options.bookIds === undefined ? {} : { bookIds: options.bookIds }) };
  // Where members are uids the server's own listing knows better which of several copies is meant.
  const { provider } = to;
  const hears = provider.tellsGroups === true && provider.groups !== undefined && provider.groups.membersByUid !== true;
  const ears = new GroupEars();
  const records = hears ? ears.hear(provider.list({ ...query, onGroup: ears.onGroup })) : provider.list(query);
  for await (const record of records) {
    stopWhenAborted(options.signal);
    if (side.ids.has(record.id)) continue;
    side.ids.add(record.id);
    if (record.readOnly === true) continue;
    if (record.hasAttachments === true) side.attached.add(record.id);
    side.entries.push(matchEntry(to, record, record.card, record.bookIds[0] ?? ''));
    const { native: _, ...rest } = record;
    await side.spool.append(rest);
    options.onRead(side.entries.length);
  }
  if (hears) side.groups = ears.groups();
  return side;
}

export function stopWhenAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) {
    throw new Interrupted('interrupted', { hint: 'give the same command again to go on' });
  }
}
