/**
 * Ids of contacts and books at a CardDAV server, made so that an id leads to its resource without a listing.
 *
 * - contact of the default book: last path segment, decoded, without `.vcf`
 * - contact of another book: `<last segment of the book>/<the same>`
 * - what does not fit that (undecodable names, control characters, two books of one name): the path
 */
import { asFolder, decodeSegment, encodeSegment, hrefPath, isMember, lastName } from '../../dav/index.js';
import type { DavBook } from '../../dav/index.js';

const SUFFIX = '.vcf';

/** A place where a contact may be. */
export interface Place {
  book: DavBook;
  /** From `hrefPath`. */
  path: string;
}

/** Within an id `/` parts book and name: one that belongs to a name is written `%2F`. */
function escapeName(name: string): string {
  return name.replace(/%(?=2f|25)/gi, '%25').replace(/\//g, '%2F');
}

function unescapeName(name: string): string {
  return name.replace(/%(?:2f|25)/gi, decodeSegment);
}

export class Ids {
  readonly #bookIds = new Map<DavBook, string>();
  readonly #byId = new Map<string, DavBook>();

  constructor(
    readonly books: readonly DavBook[],
    /** The book whose contacts have plain names. */
    readonly defaultBook: DavBook | undefined,
  ) {
    const counts = new Map<string, number>();
    for (const book of books) counts.set(lastName(book.path), (counts.get(lastName(book.path)) ?? 0) + 1);
    for (const book of books) {
      const name = lastName(book.path);
      const plain = counts.get(name) === 1 && name !== '' && isPlain(name);
      const id = plain ? escapeName(name) : book.path;
      this.#bookIds.set(book, id);
      this.#byId.set(id, book);
    }
  }

  bookId(book: DavBook): string {
    return this.#bookIds.get(book) ?? book.path;
  }

  /** By id, path or, when only one has it, display name. */
  book(id: string): DavBook | undefined {
    const byId = this.#byId.get(id);
    if (byId !== undefined) return byId;
    const path = asFolder(hrefPath(id));
    const byPath = id.startsWith('/') ? this.books.find((book) => book.path === path) : undefined;
    const named = this.books.filter((book) => book.name === id);
    return byPath ?? (named.length === 1 ? named[0] : undefined);
  }

  /** @param twin whether the book also holds this path with `.vcf` added */
  contactId({ book, path }: Place, twin = false): string {
    const name = lastName(path);
    const base = name.endsWith(SUFFIX) ? name.slice(0, -SUFFIX.length) : name;
    const bookId = this.bookId(book);
    const known = book === this.defaultBook || !bookId.startsWith('/');
    const leadsBack = path === book.path + encodeSegment(name) && base !== '' && isPlain(base) && !twin;
    if (!known || !leadsBack) return path;
    return book === this.defaultBook ? escapeName(base) : `${bookId}/${escapeName(base)}`;
  }

  /** Where a contact of that id can be, most likely place first; empty when it names no book of ours. */
  places(id: string): Place[] {
    if (id.startsWith('/')) {
      const path = hrefPath(id);
      return this.books.filter((book) => isMember(path, book.path)).map((book) => ({ book, path }));
    }
    const cut = id.lastIndexOf('/');
    const book = cut < 0 ? this.defaultBook : this.#byId.get(id.slice(0, cut));
    const name = unescapeName(id.slice(cut + 1));
    if (book === undefined || name === '' || name === '.' || name === '..') return [];
    return [`${name}${SUFFIX}`, name].map((file) => ({ book, path: book.path + encodeSegment(file) }));
  }
}

/** Fit for a command line: neither controls nor a slash in front, no name that a path would resolve away. */
function isPlain(name: string): boolean {
  return !/[\u0000-\u001f\u007f]|^\//.test(name) && name !== '.' && name !== '..';
}
