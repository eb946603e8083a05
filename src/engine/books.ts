/** Address books by name, path or id. */
import type { Book } from '../model/card.js';
import { NotFound, UsageError } from '../model/errors.js';
import { foldText } from '../model/normalize.js';
import type { Connection } from './types.js';

const trimPath = (text: string): string => text.replace(/^\/+|\/+$/g, '');

function lastSegment(id: string): string {
  const segment = trimPath(id).split('/').at(-1) ?? '';
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/** Books that a name fits: by id, by exact name, then by folded name or the end of the path. First kind that fits wins. */
export function matchingBooks(books: readonly Book[], name: string): Book[] {
  const folded = foldText(name);
  const tests: ((book: Book) => boolean)[] = [
    (book) => book.id === name,
    (book) => book.name === name,
    (book) => trimPath(book.id) === trimPath(name) && trimPath(name) !== '',
    (book) => foldText(book.name) === folded,
    (book) => lastSegment(book.id) === name,
  ];
  for (const test of tests) {
    const found = books.filter(test);
    if (found.length > 0) return found;
  }
  return [];
}

/** The one book that a name fits. @throws NotFound listing what there is; UsageError when several fit */
export function pickBook(books: readonly Book[], name: string, profile: string): Book {
  const found = matchingBooks(books, name);
  const [book] = found;
  if (book === undefined) {
    const names = books.slice(0, 20).map((entry) => entry.name);
    throw new NotFound(`no address book "${name}"`, {
      profile,
      hint: names.length === 0 ? 'there are no address books' : `there are: ${names.join(', ')}`,
    });
  }
  if (found.length > 1) {
    throw new UsageError(`several address books are called "${name}"`, {
      profile,
      hint: `name one by its id: ${found.map((entry) => entry.id).join(', ')}`,
    });
  }
  return book;
}

/**
 * Books by name, path or id, in the order asked for and without repeats; no names give all books.
 * @throws NotFound listing what there is; UsageError when a name fits several
 */
export async function resolveBooks(connection: Connection, names: readonly string[]): Promise<Book[]> {
  const books = await connection.provider.books(names);
  if (names.length === 0) return books;
  const picked = names.map((name) => pickBook(books, name, connection.name));
  return [...new Map(picked.map((book) => [book.id, book])).values()];
}
