/** Creating, renaming and deleting address books. */
import { encodeSegment, lastName, makeBook, readBookAt, removeBook, renameBook } from '../../dav/index.js';
import type { DavBook } from '../../dav/index.js';
import { safeFileName } from '../../formats/vdir-name.js';
import type { Book } from '../../model/card.js';
import { Conflict, NotFound, Refused, Unsupported } from '../../model/errors.js';
import { foldText } from '../../model/normalize.js';
import type { BookAdmin } from '../types.js';
import type { Session } from './session.js';
import { refreshed, toBook } from './session.js';

/** Paths tried for a new book whose name is taken as a path but not as a name. */
const MOST_PATHS = 5;

export interface SessionHolder {
  session(): Promise<Session>;
  /** Puts a new one in the place of the old. */
  replace(session: Session): void;
}

export function bookAdmin(holder: SessionHolder): BookAdmin {
  return {
    create: (name) => createBook(holder, name),
    rename: (id, name) => rename(holder, id, name),
    delete: (id) => deleteBook(holder, id),
  };
}

async function refresh(holder: SessionHolder): Promise<Session> {
  const next = await refreshed(await holder.session());
  holder.replace(next);
  return next;
}

/** @throws Conflict when a book of that name is there; Refused; Unsupported when there is no home for new books */
async function createBook(holder: SessionHolder, name: string): Promise<Book> {
  const session = await holder.session();
  if (session.ids.books.some((book) => book.name === name)) {
    throw new Conflict(`there is an address book ${name} already`, { hint: 'choose another name' });
  }
  const home = session.account.homes[0];
  if (home === undefined) throw new Unsupported('this account has no place for new address books');
  const path = await makeAt(session, home, name);
  // SOGo keeps no name at creation, DAViCal escapes it twice: a look, and the name set anew where it differs.
  const made = await readBookAt(session.dav, path, session.account.principal);
  if (made.name !== name) await renameBook(session.dav, made.request, name);
  const next = await refresh(holder);
  const book = next.ids.books.find((one) => one.path === made.path);
  return toBook(next, book ?? { ...made, name });
}

async function makeAt(session: Session, home: string, name: string): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    const segment = encodeSegment(attempt === 1 ? slug(name) : `${slug(name)}-${attempt}`);
    const path = `${home}${segment}/`;
    try {
      await makeBook(session.dav, path, name);
      return path;
    } catch (error) {
      if (!(error instanceof Conflict) || attempt >= MOST_PATHS) throw error;
    }
  }
}

/** A path segment that still tells the name: some programs show it. */
function slug(name: string): string {
  const plain = foldText(name)
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 60);
  return safeFileName(plain === '' ? name : plain);
}

function bookOf(session: Session, id: string): DavBook {
  const book = session.ids.book(id);
  if (book === undefined) throw new NotFound(`there is no address book ${id}`);
  return book;
}

async function rename(holder: SessionHolder, id: string, name: string): Promise<Book> {
  const session = await holder.session();
  const book = bookOf(session, id);
  if (session.ids.books.some((one) => one !== book && one.name === name)) {
    throw new Conflict(`there is an address book ${name} already`, { hint: 'choose another name' });
  }
  await renameBook(session.dav, book.request, name);
  const next = await refresh(holder);
  const renamed = next.ids.books.find((one) => one.path === book.path);
  if (renamed === undefined) throw new NotFound(`the address book ${lastName(book.path)} is gone`);
  return toBook(next, renamed);
}

async function deleteBook(holder: SessionHolder, id: string): Promise<void> {
  const book = bookOf(await holder.session(), id);
  const sure = await removeBook((await holder.session()).dav, book.request);
  const next = await refresh(holder);
  if (next.ids.books.every((one) => one.path !== book.path)) return;
  if (!sure)
    throw new NotFound(`cannot delete the address book ${book.name}`, { why: 'the server says that it is not there' });
  throw new Refused(`cannot delete the address book ${book.name}`, { why: 'the server says done, but still lists it' });
}
