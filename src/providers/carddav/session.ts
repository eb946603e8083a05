/** One signed-in conversation with a CardDAV server: what was discovered, which book is the default, card ⇄ record. */
import {
  DavClient,
  asFolder,
  davBase,
  davSignIn,
  discover,
  etagOf,
  hrefPath,
  lastName,
  listBooks,
  options,
  readBookAt,
} from '../../dav/index.js';
import type { DavAccount, DavBook, DavCard, DavScheme } from '../../dav/index.js';
import { cardToVCard, parseVCard } from '../../formats/vcard/index.js';
import type { Book, Card, ContactRecord } from '../../model/card.js';
import { AuthError, NotFound, Refused } from '../../model/errors.js';
import { deriveUid } from '../../model/normalize.js';
import type { ProviderContext } from '../types.js';
import { Ids } from './ids.js';
import type { Place } from './ids.js';

/** Names that servers give the book that everybody has: SOGo, Cyrus, Nextcloud and sabre. */
const USUAL = ['personal', 'default', 'contacts'];

export interface Session {
  dav: DavClient;
  account: DavAccount;
  ids: Ids;
  /**
   * Whether preconditions can be relied on. SOGo overwrites in spite of `If-None-Match: *` and deletes in spite of a wrong
   * `If-Match`; it is the one server without DAV class 3 (RFC 4918, section 18.3). There every write looks first.
   */
  guarded(): Promise<boolean>;
}

/** Opens the client; nothing is sent. @throws AuthError when a user has neither password nor token */
export async function openClient(ctx: ProviderContext): Promise<{ dav: DavClient; path: string }> {
  const base = davBase(ctx.url ?? ctx.user ?? '');
  const typed = ctx.url !== undefined && !ctx.url.includes('://') && ctx.url.includes('@') ? ctx.url.trim() : undefined;
  const user = ctx.user ?? typed;
  const scheme = ctx.options['auth'];
  // A password command answers to both names: which one it is, the option `auth` says.
  const password = scheme === 'bearer' ? undefined : await ctx.secret('password');
  const token = password === undefined ? await ctx.secret('token') : undefined;
  if (user !== undefined && password === undefined && token === undefined) {
    throw new AuthError('there is no password for the CardDAV server', {
      hint: `cardferry profile edit ${ctx.profile} --password-stdin`,
    });
  }
  const credentials = {
    ...(user !== undefined && { user }),
    ...(password !== undefined && { password }),
    ...(token !== undefined && { token }),
    ...(isScheme(scheme) && { scheme }),
  };
  const http = ctx.http({ base, ...davSignIn(credentials, base), concurrency: CONCURRENCY });
  return { dav: new DavClient(http), path: new URL(base).pathname };
}

/** Requests at a time: none of the servers we know is faster with more, and the slow ones lock. */
export const CONCURRENCY = 6;

function isScheme(text: string | undefined): text is DavScheme {
  return text === 'basic' || text === 'digest' || text === 'bearer';
}

/** Discovers the account. @throws NotFound, AuthError, Unavailable */
export async function openSession(ctx: ProviderContext, dav: DavClient, path: string): Promise<Session> {
  const account = await discover(dav, path);
  const wanted = ctx.options['addressbook'] ?? undefined;
  if (wanted !== undefined) await addBook(dav, account, wanted);
  let classes: Promise<boolean> | undefined;
  const guarded = (): Promise<boolean> => {
    const probe = account.books[0]?.request ?? account.homes[0] ?? '/';
    classes ??= options(dav, probe).then((found) => found.classes.has('3'));
    return classes;
  };
  return { dav, account, ids: new Ids(account.books, defaultBook(account, wanted ?? ctx.book)), guarded };
}

/** The book of the option `addressbook` may lie in no home set. */
async function addBook(dav: DavClient, account: DavAccount, wanted: string): Promise<void> {
  const path = asFolder(hrefPath(wanted));
  if (account.books.some((book) => book.path === path || book.name === wanted)) return;
  if (lastNameMatches(account.books, wanted)) return;
  account.books.push(await readBookAt(dav, path, account.principal));
}

function lastNameMatches(books: readonly DavBook[], wanted: string): boolean {
  return books.some((book) => lastName(book.path) === wanted);
}

/**
 * The book for new contacts: the one asked for, the one the given URL or the server names, the usual one, the first that
 * we may write to. Not simply the first: a new book must not take its place, since ids hang on it.
 *
 * @throws NotFound when the one asked for is not there
 */
function defaultBook(account: DavAccount, wanted: string | undefined): DavBook | undefined {
  const { books, preferred } = account;
  if (wanted !== undefined) {
    const found =
      new Ids(books, undefined).book(wanted) ?? books.find((book) => book.path === asFolder(hrefPath(wanted)));
    if (found !== undefined) return found;
    throw new NotFound(`there is no address book ${wanted}`, {
      hint: books.length === 0 ? 'the account has none' : `there are: ${books.map((book) => book.name).join(', ')}`,
    });
  }
  const own = books.filter((book) => book.writable && !book.shared);
  return (
    books.find((book) => book.path === preferred) ??
    USUAL.map((name) => own.find((book) => lastName(book.path).toLowerCase() === name)).find((book) => book) ??
    own[0] ??
    books.find((book) => book.writable)
  );
}

/** The account's books read anew, after one was made, renamed or deleted. The default stays when it is still there. */
export async function refreshed(session: Session): Promise<Session> {
  const { dav, account, ids } = session;
  const homes = await Promise.all(account.homes.map((home) => listBooks(dav, home, account.principal)));
  const books = new Map(homes.flat().map((book) => [book.path, book]));
  const outside = account.books.filter((book) => !account.homes.some((home) => book.path.startsWith(hrefPath(home))));
  for (const book of outside) if (!books.has(book.path)) books.set(book.path, book);
  const next: DavAccount = { ...account, books: [...books.values()] };
  const old = ids.defaultBook === undefined ? undefined : books.get(ids.defaultBook.path);
  return { ...session, account: next, ids: new Ids(next.books, old ?? defaultBook(next, undefined)) };
}

export function toBook(session: Session, book: DavBook): Book {
  return {
    id: session.ids.bookId(book),
    name: book.name,
    ...(book.description !== undefined && { description: book.description }),
    isDefault: book === session.ids.defaultBook,
    readOnly: !book.writable,
  };
}

/** vCard version to write: 4.0 only where it is listed (Radicale and SOGo break 4.0 pictures). */
export function versionOf(book: DavBook | undefined): '3.0' | '4.0' {
  return book?.version4 === true ? '4.0' : '3.0';
}

export function toText(card: Card, book: DavBook | undefined): string {
  return cardToVCard(card, { version: versionOf(book), carry: true });
}

/** Kept beside a record: where it is, for writes without a search. */
interface Native {
  path: string;
  request?: string;
}

/** @throws InputError when the text is no vCard */
export function toRecord(session: Session, book: DavBook, found: DavCard, twin = false): ContactRecord {
  const { card, uidMissing } = parseVCard(found.data);
  const id = session.ids.contactId({ book, path: found.path }, twin);
  const native: Native = { path: found.path, ...(found.request !== undefined && { request: found.request }) };
  return {
    id,
    bookIds: [session.ids.bookId(book)],
    card: uidMissing ? { ...card, uid: deriveUid('carddav', session.dav.http.base.host, found.path) } : card,
    ...(found.etag !== undefined && { etag: found.etag }),
    ...(uidMissing && { uidDerived: true }),
    ...(!book.writable && { readOnly: true }),
    native,
  };
}

export interface Located extends Place {
  /** Spelt for requests. */
  request: string;
}

/**
 * Where a contact is: from the record, else by asking for the names that its id can stand for.
 *
 * @throws NotFound
 */
export async function locate(session: Session, id: string, native?: unknown): Promise<Located> {
  const places = session.ids.places(id);
  const kept = isNative(native) ? native : undefined;
  const known = places.find((place) => place.path === kept?.path);
  if (known !== undefined) return { ...known, request: kept?.request ?? known.path };
  for (const place of places) {
    if ((await etagOf(session.dav, place.path)) !== null) return { ...place, request: place.path };
  }
  throw noContact(id);
}

function isNative(value: unknown): value is Native {
  return typeof value === 'object' && value !== null && 'path' in value && typeof value.path === 'string';
}

export function noContact(id: string): NotFound {
  return new NotFound(`there is no contact ${id}`, { contact: id });
}

/** The book to write to. @throws NotFound for an unknown one; Refused when it may not be written to */
export function targetBook(session: Session, bookId: string | undefined): DavBook {
  const book = bookId === undefined ? session.ids.defaultBook : session.ids.book(bookId);
  if (book === undefined) {
    throw new NotFound(
      bookId === undefined ? 'the account has no address book to write to' : `there is no address book ${bookId}`,
      {
        hint: 'cardferry book list shows them, cardferry book create makes one',
      },
    );
  }
  if (!book.writable) throw new Refused(`the address book ${book.name} is read-only for this account`);
  return book;
}
