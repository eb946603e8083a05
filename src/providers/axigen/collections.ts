/**
 * Axigen's CardDAV collections ("CardDAV" page): "Axigen Contacts" holds every contact that the user may edit, whatever
 * folder it is in; "Axigen Directory" the public and domain contacts. Their paths are not documented: they are discovered.
 */
import {
  asFolder,
  discover,
  hrefPath,
  lastName,
  listBooks,
  NoService,
  readBookAt,
  type DavBook,
  type DavClient,
} from '../../dav/index.js';
import { WrongServer } from '../../http/answer.js';
import { NotFound, ProtocolError, Refused, Unavailable, type CardferryError } from '../../model/errors.js';

/** The home set that public clients use; asked only when discovery leads nowhere. */
const USUAL_HOME = '/Contacts/';

export interface Collection extends DavBook {
  /** The one to read and write when nothing else is said. */
  main: boolean;
}

function isOff(error: unknown): boolean {
  return (
    error instanceof NotFound ||
    error instanceof NoService ||
    (error instanceof Refused && [403, 405, 501].includes(error.status ?? 0))
  );
}

/** What a server without CardDAV may answer, too: 400, whatever it answers to any URL (the WebMail's page), 5xx. */
function isNone(error: unknown): error is CardferryError {
  if (isOff(error) || error instanceof WrongServer) return true;
  if (error instanceof Refused) return error.status === 400;
  if (error instanceof ProtocolError) return error.status !== undefined && error.status < 300 && error.status !== 207;
  return error instanceof Unavailable && (error.status ?? 0) >= 500;
}

async function tolerant(work: () => Promise<DavBook[]>): Promise<DavBook[]> {
  try {
    return await work();
  } catch (error) {
    if (isOff(error)) return [];
    throw error;
  }
}

interface Found {
  books: DavBook[];
  preferred?: string;
  /** CardDAV is not said to be off: it fails. */
  failure?: Unavailable;
}

async function search(dav: DavClient): Promise<Found> {
  let failure: Unavailable | undefined;
  const note = (error: unknown): void => {
    if (!isNone(error)) throw error;
    if (error instanceof Unavailable) failure ??= error;
  };
  try {
    const { books, preferred } = await discover(dav, '/');
    if (books.length > 0) return { books, ...(preferred === undefined ? {} : { preferred }) };
  } catch (error) {
    note(error);
  }
  try {
    return { books: await listBooks(dav, USUAL_HOME) };
  } catch (error) {
    note(error);
  }
  return { books: [], ...(failure === undefined ? {} : { failure }) };
}

/** The collections at a path that the user gave: of a collection itself, or of what holds them. @throws NotFound */
async function at(dav: DavClient, path: string): Promise<DavBook[]> {
  const folder = asFolder(hrefPath(path));
  const own = await readBookAt(dav, folder).catch((error: unknown) => {
    if (error instanceof NotFound) return undefined;
    throw error;
  });
  const books = own === undefined ? await tolerant(() => listBooks(dav, folder)) : [own];
  if (books.length > 0) return books;
  const hint = 'leave the option dav-path out to have it discovered';
  throw new NotFound(`there is no address book at ${path}`, { hint });
}

function pickMain(
  books: readonly DavBook[],
  wanted: string | undefined,
  preferred: string | undefined,
): DavBook | undefined {
  const named = books.find((book) => [book.name, book.path, lastName(book.path)].includes(wanted ?? ''));
  if (named !== undefined) return named;
  const writable = books.filter((book) => book.writable);
  return writable.find((book) => book.path === preferred) ?? writable.find((book) => !book.shared) ?? writable[0];
}

/**
 * Finds the collections, the main one first. None at all means that CardDAV is off on this server, or fails.
 *
 * @param pinned the option `dav-path`
 * @param wanted the profile's book, by name or path
 * @param onFailure told when there are none because the server failed (5xx, again and again)
 * @throws NotFound when the pinned path is none; AuthError, Unavailable
 */
export async function findCollections(
  dav: DavClient,
  pinned?: string,
  wanted?: string,
  onFailure?: (failure: Unavailable) => void,
): Promise<Collection[]> {
  const found: Found = pinned === undefined ? await search(dav) : { books: await at(dav, pinned) };
  if (found.failure !== undefined) onFailure?.(found.failure);
  const main = pickMain(found.books, wanted, found.preferred) ?? found.books[0];
  return found.books.map((book) => ({ ...book, main: book === main })).sort((a, b) => Number(b.main) - Number(a.main));
}
