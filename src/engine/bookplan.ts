/** Which address book of the target each source book goes to. */
import type { Book, ContactRecord } from '../model/card.js';
import { NotFound } from '../model/errors.js';
import { foldText } from '../model/normalize.js';
import { matchingBooks, pickBook } from './books.js';
import type { Connection } from './types.js';
import type { Writer } from './write.js';

/** Where contacts of a source book go: a book that is there, or one to be made. */
export interface Destination {
  name: string;
  id?: string;
}

export interface BookPlan {
  /** Source books that are read; undefined for all. */
  sourceIds?: string[];
  /** Those, and every other book of the source that is not aside. */
  everyId: string[];
  mapping: { from: Book; to: Destination }[];
  /** Names of books to be made. */
  create: string[];
  /** Destination of a contact. */
  of(record: ContactRecord): Destination;
}

/**
 * With `--book SRC=DST` only those books, each to the book named; else each to the book of the same name, the default
 * book to the default book, others to a new book where the target can make one, else to its default book. An account
 * without any book gets one for each.
 * @throws NotFound, UsageError before anything is written
 */
export async function planBooks(
  from: Connection,
  to: Connection,
  pairs: readonly { from: string; to: string }[],
): Promise<BookPlan> {
  const sources = await from.provider.books();
  // Books aside are read only when they are named.
  const listed = sources.filter((book) => book.aside !== true);
  const targets = (await to.provider.books()).filter((book) => !book.readOnly);
  const mapping =
    pairs.length > 0
      ? pairs.map((pair) => ({ from: pickBook(sources, pair.from, from.name), to: named(to, targets, pair.to) }))
      : mapAll(to, listed, targets);
  const byId = new Map(mapping.map((row) => [row.from.id, row.to]));
  const fallback = targets.length > 0 ? defaultOf(targets) : (mapping[0]?.to ?? { name: '' });
  return {
    mapping,
    create: [
      ...new Set(mapping.filter((row) => row.to.id === undefined && row.to.name !== '').map((row) => row.to.name)),
    ],
    of: (record) => record.bookIds.map((id) => byId.get(id)).find((found) => found !== undefined) ?? fallback,
    everyId: [...new Set([...mapping.map((row) => row.from), ...listed].map(({ id }) => id))],
    ...(pairs.length > 0 ? { sourceIds: mapping.map((row) => row.from.id) } : {}),
  };
}

const destination = (book: Book): Destination => ({ id: book.id, name: book.name });

/** Whether the target can make books that take contacts. */
const makesBooks = ({ provider }: Connection): boolean =>
  provider.bookAdmin !== undefined && provider.bookAdmin.aside !== true;

/** No id when the target knows no books at all: contacts are then created without one. */
function defaultOf(books: readonly Book[]): Destination {
  const book = books.find((candidate) => candidate.isDefault) ?? books[0];
  return book === undefined ? { name: '' } : destination(book);
}

function named(to: Connection, targets: readonly Book[], name: string): Destination {
  if (matchingBooks(targets, name).length > 0) return destination(pickBook(targets, name, to.name));
  if (makesBooks(to)) return { name };
  const names = targets.map((book) => book.name).join(', ');
  throw new NotFound(`no address book "${name}" on the target`, {
    profile: to.name,
    hint: `${to.definition.name} cannot make one; there are: ${names}`,
  });
}

function mapAll(to: Connection, sources: readonly Book[], targets: readonly Book[]): BookPlan['mapping'] {
  const same = (book: Book): Book | undefined =>
    targets.find((target) => target.name === book.name) ??
    targets.find((target) => foldText(target.name) === foldText(book.name));
  const taken = new Set(sources.map((book) => same(book)?.id));
  const fallback = defaultOf(targets);
  return sources.map((book) => {
    const main = book.isDefault || sources.length === 1;
    const twin = same(book);
    // The profile's own choice of a book comes before a like name, unless another source book has that name.
    const free = targets.length > 0 && !sources.some((other) => other !== book && same(other)?.id === fallback.id);
    if (main && free) return { from: book, to: fallback };
    if (twin !== undefined) return { from: book, to: destination(twin) };
    const alone = main && (fallback.id === undefined || !taken.has(fallback.id));
    if (!makesBooks(to) || (alone && targets.length > 0)) return { from: book, to: fallback };
    return { from: book, to: { name: book.name } };
  });
}

/** Makes the books that are still missing and fills in their ids. */
export async function createBooks(plan: BookPlan, writer: Writer): Promise<void> {
  for (const name of plan.create) {
    const book = await writer.createBook(name);
    for (const row of plan.mapping) if (row.to.id === undefined && row.to.name === name) row.to.id = book.id;
  }
}
