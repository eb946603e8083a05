/** Address books in memory: what a CardDAV server (and other faces of the same server) keep. */

export interface FakeCard {
  /** Last path segment, decoded. */
  name: string;
  data: string;
  etag: string;
  /** Revision of the store at which it last changed. */
  rev: number;
}

export class FakeBook {
  readonly cards = new Map<string, FakeCard>();
  /** Names of what was deleted, with the revision. */
  readonly deleted = new Map<string, number>();
  description = '';
  readOnly = false;
  shared = false;

  constructor(
    readonly store: DavStore,
    public segment: string,
    public name: string,
  ) {}

  /** Writes a card whatever was there. */
  put(name: string, data: string): FakeCard {
    const rev = this.store.next();
    const card = { name, data, etag: `"e${rev}"`, rev };
    this.cards.set(name, card);
    this.deleted.delete(name);
    return card;
  }

  remove(name: string): boolean {
    if (!this.cards.delete(name)) return false;
    this.deleted.set(name, this.store.next());
    return true;
  }

  /** Of the last change. */
  get rev(): number {
    return Math.max(0, ...[...this.cards.values()].map((card) => card.rev), ...this.deleted.values());
  }

  get ctag(): string {
    return `c${this.rev}`;
  }
}

export class DavStore {
  readonly books = new Map<string, FakeBook>();
  #rev = 0;

  constructor(...books: (readonly [segment: string, name: string])[]) {
    for (const [segment, name] of books) this.add(segment, name);
  }

  next(): number {
    return ++this.#rev;
  }

  add(segment: string, name: string): FakeBook {
    const book = new FakeBook(this, segment, name);
    this.books.set(segment, book);
    return book;
  }

  /** The book with that last path segment. @throws when a test names one that is not there */
  book(segment: string): FakeBook {
    const book = this.books.get(segment);
    if (book === undefined) throw new Error(`the fake has no book ${segment}`);
    return book;
  }
}

/** The uid of a vCard, without `urn:uuid:`. */
export function uidOf(data: string): string | undefined {
  const unfolded = data.replace(/\r?\n[ \t]/g, '');
  return /^UID[^:\n]*:(.*?)\r?$/im
    .exec(unfolded)?.[1]
    ?.replace(/^urn:uuid:/i, '')
    .toLowerCase();
}
