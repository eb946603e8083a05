/** What changed since a token: sync-collection where there is one, collection tag and etags elsewhere. */
import { gunzipSync, gzipSync } from 'node:zlib';
import { createHash } from 'node:crypto';
import { lastName, listEntries, listEtags, readCtag, syncCollection } from '../../dav/index.js';
import type { DavBook, DavEntry } from '../../dav/index.js';
import { NotFound } from '../../model/errors.js';
import type { Changes } from '../types.js';
import { booksOf, isGroup, readRecords, warning } from './contacts.js';
import type { Session } from './session.js';

/** What a token knows of one book. */
interface BookState {
  /** RFC 6578 token. */
  sync?: string;
  ctag?: string;
  /** With `sync`: hashes of the paths that were there, to tell new from changed. Absent in huge books. */
  seen?: string;
  /** Without `sync`: etag by path below the book. */
  etags?: Record<string, string>;
}

/** A token is self-contained: gzipped JSON, one entry a book. */
interface Token {
  v: 1;
  books: Record<string, BookState>;
}

/** Above this, new and changed contacts are not told apart (both are `updated`): the token would not fit a command line. */
const MOST_SEEN = 20_000;
const HASH_BYTES = 3;
const MOST_TOKEN_BYTES = 64 * 1024 * 1024;

type Warn = (message: string) => void;

export async function currentToken(session: Session, bookIds: readonly string[] | undefined): Promise<string> {
  const token: Token = { v: 1, books: Object.create(null) as Record<string, BookState> };
  for (const book of booksOf(session, bookIds)) token.books[book.path] = (await readState(session, book)).state;
  return pack(token);
}

/** Entries of a book now, and what a token keeps of them. */
async function readState(session: Session, book: DavBook): Promise<{ entries: DavEntry[]; state: BookState }> {
  // The tag first: what changes while we list then differs from it and is found the next time.
  const ctag = book.ctag === undefined ? undefined : await readCtag(session.dav, book.request);
  const { entries, token } = await listEntries(session.dav, book);
  return { entries, state: stateOf(book, entries, { sync: token, ctag }) };
}

function stateOf(
  book: DavBook,
  entries: readonly DavEntry[],
  { sync, ctag }: { sync: string | undefined; ctag: string | undefined },
): BookState {
  const tag = ctag === undefined ? {} : { ctag };
  if (sync !== undefined) {
    return { sync, ...tag, ...(entries.length <= MOST_SEEN && { seen: packSeen(entries.map((entry) => entry.path)) }) };
  }
  const etags = Object.fromEntries(entries.map((entry) => [entry.path.slice(book.path.length), entry.etag ?? '']));
  return { ...tag, etags };
}

/** @returns everything as created for no token; `reset` when the token cannot be used (any more) */
export async function changesSince(
  session: Session,
  text: string | undefined,
  bookIds: readonly string[] | undefined,
  warn: Warn,
): Promise<Changes> {
  const books = booksOf(session, bookIds);
  const token = text === undefined ? undefined : unpack(text);
  if (token === undefined) return everything(session, books, text !== undefined, warn);
  const scope =
    bookIds === undefined && Object.keys(token.books).some((path) => !books.some((book) => book.path === path));
  // A book of the token that is gone: which contacts were in it is not known any more.
  if (scope) return everything(session, books, true, warn);
  const changes: Changes = { created: [], updated: [], removed: [], token: '' };
  const next: Token = { v: 1, books: Object.create(null) as Record<string, BookState> };
  for (const book of books) {
    const delta = await deltaOf(session, book, token.books[book.path]);
    if (delta === 'reset') return everything(session, books, true, warn);
    next.books[book.path] = delta.state;
    await addDelta(session, { book, delta, changes, warn });
  }
  return { ...changes, token: pack(next) };
}

async function everything(session: Session, books: readonly DavBook[], reset: boolean, warn: Warn): Promise<Changes> {
  const changes: Changes = { created: [], updated: [], removed: [], token: '' };
  const token: Token = { v: 1, books: Object.create(null) as Record<string, BookState> };
  for (const book of books) {
    const { entries, state } = await readState(session, book);
    token.books[book.path] = state;
    for await (const record of readRecords(session, book, entries, warning(warn))) {
      if (!isGroup(record)) changes.created.push(record);
    }
  }
  return { ...changes, token: pack(token), ...(reset && { reset }) };
}

interface Delta {
  created: DavEntry[];
  updated: DavEntry[];
  removed: string[];
  state: BookState;
}

async function deltaOf(session: Session, book: DavBook, old: BookState | undefined): Promise<Delta | 'reset'> {
  if (old === undefined) {
    const { entries, state } = await readState(session, book);
    return { created: entries, updated: [], removed: [], state };
  }
  if (old.sync !== undefined) return syncDelta(session, book, { ...old, sync: old.sync });
  return etagDelta(session, book, old);
}

async function syncDelta(session: Session, book: DavBook, old: BookState & { sync: string }): Promise<Delta | 'reset'> {
  const { dav } = session;
  const ctag = book.ctag === undefined ? undefined : await readCtag(dav, book.request);
  const result = await syncCollection(dav, book.request, old.sync);
  if (typeof result === 'string') return 'reset';
  const idle = result.changed.length === 0 && result.removed.length === 0;
  // DAViCal answers a token of the future (a restored server) with nothing at all: the collection tag tells.
  if (idle && old.ctag !== undefined && ctag !== undefined && ctag !== old.ctag) return 'reset';
  const seen = old.seen === undefined ? undefined : unpackSeen(old.seen);
  const isNew = (entry: DavEntry): boolean => seen !== undefined && !seen.has(hashOf(entry.path));
  const created = result.changed.filter(isNew);
  const updated = result.changed.filter((entry) => !isNew(entry));
  for (const entry of created) seen?.add(hashOf(entry.path));
  // Servers name deletions of things never seen here (added and deleted in between).
  const removed = result.removed.filter((path) => seen === undefined || seen.has(hashOf(path)));
  for (const path of removed) seen?.delete(hashOf(path));
  const kept = seen !== undefined && seen.size <= MOST_SEEN ? { seen: packHashes(seen) } : {};
  return { created, updated, removed, state: { sync: result.token, ...(ctag !== undefined && { ctag }), ...kept } };
}

async function etagDelta(session: Session, book: DavBook, old: BookState): Promise<Delta | 'reset'> {
  const { dav } = session;
  const ctag = book.ctag === undefined ? undefined : await readCtag(dav, book.request);
  const none: Delta = { created: [], updated: [], removed: [], state: old };
  if (ctag !== undefined && ctag === old.ctag) return none;
  const entries = await listEtags(dav, book.request);
  const before = new Map(Object.entries(old.etags ?? {}));
  const delta: Delta = { ...none, state: stateOf(book, entries, { sync: undefined, ctag }) };
  for (const entry of entries) {
    const name = entry.path.slice(book.path.length);
    const etag = before.get(name);
    if (etag === undefined) delta.created.push(entry);
    // Without an etag nothing says that it is unchanged.
    else if (entry.etag === undefined || etag !== entry.etag) delta.updated.push(entry);
    before.delete(name);
  }
  delta.removed.push(...[...before.keys()].map((name) => book.path + name));
  return delta;
}

async function addDelta(
  session: Session,
  { book, delta, changes, warn }: { book: DavBook; delta: Delta; changes: Changes; warn: Warn },
): Promise<void> {
  const gone = new Set(delta.updated.map((entry) => entry.path));
  for await (const record of readRecords(session, book, delta.created, warning(warn))) {
    if (!isGroup(record)) changes.created.push(record);
  }
  for await (const record of readRecords(session, book, delta.updated, warning(warn))) {
    gone.delete(pathOf(session, record.id));
    if (!isGroup(record)) changes.updated.push(record);
  }
  // Deleted between the report and the reading. What only could not be read stays out of this by its warning.
  const removed = [...delta.removed];
  for (const path of gone) if (await isGone(session, path)) removed.push(path);
  changes.removed.push(...removed.map((path) => session.ids.contactId({ book, path })));
}

function pathOf(session: Session, id: string): string {
  const places = session.ids.places(id);
  return places[0]?.path ?? id;
}

async function isGone(session: Session, path: string): Promise<boolean> {
  try {
    await session.dav.propsOf(path, ['{DAV:}getetag'], 'look for the contact');
    return false;
  } catch (error) {
    if (error instanceof NotFound) return true;
    throw error;
  }
}

function hashOf(path: string): number {
  return createHash('sha1').update(lastName(path)).digest().readUIntBE(0, HASH_BYTES);
}

function packSeen(paths: readonly string[]): string {
  return packHashes(new Set(paths.map(hashOf)));
}

/** Sorted and as differences: they compress to about two bytes each. */
function packHashes(hashes: ReadonlySet<number>): string {
  const bytes: number[] = [];
  let last = 0;
  for (const hash of [...hashes].sort((a, b) => a - b)) {
    let step = hash - last;
    last = hash;
    for (; step > 127; step >>>= 7) bytes.push((step & 127) | 128);
    bytes.push(step);
  }
  return Buffer.from(bytes).toString('base64');
}

function unpackSeen(text: string): Set<number> {
  const hashes = new Set<number>();
  let [last, step, shift] = [0, 0, 0];
  for (const byte of Buffer.from(text, 'base64')) {
    step |= (byte & 127) << shift;
    shift += 7;
    if (byte > 127) continue;
    last += step;
    hashes.add(last);
    [step, shift] = [0, 0];
  }
  return hashes;
}

function pack(token: Token): string {
  return gzipSync(JSON.stringify(token), { level: 9 }).toString('base64url');
}

/** Undefined when it is no token of ours. */
function unpack(text: string): Token | undefined {
  try {
    const json: unknown = JSON.parse(
      gunzipSync(Buffer.from(text, 'base64url'), { maxOutputLength: MOST_TOKEN_BYTES }).toString(),
    );
    if (typeof json !== 'object' || json === null || !('v' in json) || json.v !== 1 || !('books' in json))
      return undefined;
    if (typeof json.books !== 'object' || json.books === null) return undefined;
    const books: Record<string, BookState> = Object.create(null) as Record<string, BookState>;
    for (const [path, state] of Object.entries(json.books)) books[path] = readBookState(state);
    return { v: 1, books };
  } catch {
    return undefined;
  }
}

function readBookState(state: unknown): BookState {
  const fields = new Map<string, unknown>(Object.entries(state ?? {}));
  const text = (name: string): string | undefined => {
    const value = fields.get(name);
    return typeof value === 'string' ? value : undefined;
  };
  const [sync, ctag, seen] = [text('sync'), text('ctag'), text('seen')];
  const etags = fields.get('etags');
  const pairs = typeof etags === 'object' && etags !== null ? Object.entries(etags) : [];
  return {
    ...(sync !== undefined && { sync }),
    ...(ctag !== undefined && { ctag }),
    ...(seen !== undefined && { seen }),
    ...(etags !== undefined && { etags: Object.fromEntries(pairs.map(([name, etag]) => [name, String(etag)])) }),
  };
}
