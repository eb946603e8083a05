/**
 * What changed since a token, as whole cards: collection tag and etags over CardDAV. The Mailbox API's delta is not used
 * for the collections: it tells nine fields by ids that lead to no card. Nor is its `syncTokenOnly` asked first: it would
 * cost a sign-in and a call where one PROPFIND for the collection tag says the same. The delta is the feed of single
 * folders, and of everything where CardDAV is off (see `delta.ts`).
 */
import { gunzipSync, gzipSync } from 'node:zlib';
import { encodeSegment, lastName, listEtags, readCtag, type DavEntry } from '../../dav/index.js';
import type { Changes, Provider } from '../types.js';
import type { AxigenCards } from './cards.js';
import type { Collection } from './collections.js';
import { deltaSince, deltaToken, type DeltaParts } from './delta.js';
import { plainId } from './folders.js';

const MOST_TOKEN_BYTES = 64 * 1024 * 1024;

/** What a token knows of a resource: its etag, and its id where the name does not tell it. */
type Known = [etag: string, id?: string];

interface State {
  ctag: string | undefined;
  entries: Map<string, Known>;
}

function pack(states: ReadonlyMap<string, State>): string {
  const books = [...states].map(([path, { ctag, entries }]) => [path, ctag ?? null, [...entries]]);
  return gzipSync(JSON.stringify(books)).toString('base64url');
}

function unpackKnown(value: unknown): [string, Known] | undefined {
  if (!Array.isArray(value)) return undefined;
  const [name, known] = value as unknown[];
  if (typeof name !== 'string' || !Array.isArray(known)) return undefined;
  const [etag, id] = known as unknown[];
  if (typeof etag !== 'string') return undefined;
  return [name, typeof id === 'string' ? [etag, id] : [etag]];
}

function unpackBook(value: unknown): [string, State] | undefined {
  if (!Array.isArray(value)) return undefined;
  const [path, ctag, pairs] = value as unknown[];
  if (typeof path !== 'string' || !Array.isArray(pairs)) return undefined;
  const entries = new Map<string, Known>();
  for (const pair of pairs) {
    const known = unpackKnown(pair);
    if (known === undefined) return undefined;
    entries.set(...known);
  }
  return [path, { ctag: typeof ctag === 'string' ? ctag : undefined, entries }];
}

/** Undefined when it is no token of ours. */
function unpack(token: string): Map<string, State> | undefined {
  let books: unknown;
  try {
    books = JSON.parse(gunzipSync(Buffer.from(token, 'base64url'), { maxOutputLength: MOST_TOKEN_BYTES }).toString());
  } catch {
    return undefined;
  }
  if (!Array.isArray(books)) return undefined;
  const states = new Map<string, State>();
  for (const book of books) {
    const state = unpackBook(book);
    if (state === undefined) return undefined;
    states.set(...state);
  }
  return states;
}

export class AxigenChanges {
  readonly #cards: AxigenCards;

  constructor(cards: AxigenCards) {
    this.#cards = cards;
  }

  async #books(bookIds: readonly string[] | undefined): Promise<Collection[]> {
    if (bookIds === undefined) return [await this.#cards.main()];
    return Promise.all(bookIds.map((id) => this.#cards.book(id)));
  }

  /** The tag is asked first: what changes while we list then differs from it, and is found the next time. */
  async #ctag(book: Collection): Promise<string | undefined> {
    return book.ctag === undefined ? undefined : readCtag(this.#cards.dav, book.request);
  }

  #idAt(book: Collection, path: string): string {
    return book.main ? this.#cards.paths.idAt(path) : path;
  }

  /** What the next token keeps: ids only where the name does not lead to them. */
  #known(book: Collection, entry: DavEntry, before: Known | undefined): Known {
    const etag = entry.etag ?? '';
    const id = before?.[1] ?? this.#idAt(book, entry.path);
    return id === this.#plainId(book, entry.path) ? [etag] : [etag, id];
  }

  #plainId(book: Collection, path: string): string {
    return book.main ? lastName(path).replace(/\.vcf$/, '') : path;
  }

  /** A token for now. The contacts are read unless this process has: a later removal is told by the id that they have. */
  async current(bookIds?: readonly string[]): Promise<string> {
    const states = new Map<string, State>();
    for (const book of await this.#books(bookIds)) {
      const ctag = await this.#ctag(book);
      if (book.main) await this.#cards.learnOnce();
      const entries = await listEtags(this.#cards.dav, book.request);
      const known = entries.map((entry) => [lastName(entry.path), this.#known(book, entry, undefined)] as const);
      states.set(book.path, { ctag, entries: new Map(known) });
    }
    return pack(states);
  }

  async since(token: string | undefined, bookIds?: readonly string[]): Promise<Changes> {
    const books = await this.#books(bookIds);
    const before = token === undefined ? undefined : unpack(token);
    const usable = before !== undefined && books.every((book) => before.has(book.path));
    const changes: Changes = { created: [], updated: [], removed: [], token: '' };
    const states = new Map<string, State>();
    for (const book of books) {
      const old = usable ? before.get(book.path) : undefined;
      states.set(book.path, await this.#delta(book, old ?? { ctag: undefined, entries: new Map() }, changes));
    }
    return { ...changes, token: pack(states), ...(token !== undefined && !usable ? { reset: true } : {}) };
  }

  async #delta(book: Collection, old: State, changes: Changes): Promise<State> {
    const ctag = await this.#ctag(book);
    if (ctag !== undefined && ctag === old.ctag) return old;
    const entries = await listEtags(this.#cards.dav, book.request);
    const fresh = entries.filter(({ path }) => !old.entries.has(lastName(path)));
    // Without an etag nothing says that it is unchanged.
    const changed = entries.filter((entry) => {
      const known = old.entries.get(lastName(entry.path));
      return known !== undefined && (entry.etag === undefined || known[0] !== entry.etag);
    });
    const names = new Set(entries.map(({ path }) => lastName(path)));
    for await (const record of this.#cards.read(book, fresh, names)) changes.created.push(record);
    for await (const record of this.#cards.read(book, changed, names)) changes.updated.push(record);
    for (const [name, [, id]] of old.entries) {
      if (names.has(name)) continue;
      const path = `${book.path}${encodeSegment(name)}`;
      changes.removed.push(id ?? this.#plainId(book, path));
    }
    const known = entries.map((entry) => {
      const name = lastName(entry.path);
      return [name, this.#known(book, entry, old.entries.get(name))] as const;
    });
    return { ctag, entries: new Map(known) };
  }
}

/** Between the two halves of a token. */
const AND = '~';

/** Collections by their feed, folders by theirs; both in one token where both are asked for. */
export function bothFeeds(dav: AxigenChanges, parts: DeltaParts): NonNullable<Provider['changes']> {
  const isFolder = (id: string): boolean => plainId(id) !== undefined;
  const split = (ids: readonly string[]): { books: string[]; folders: string[] } => ({
    books: ids.filter((id) => !isFolder(id)),
    folders: ids.filter(isFolder),
  });

  async function both(token: string | undefined, books: string[], folders: string[]): Promise<Changes> {
    const halves = token?.split(AND) ?? [];
    const [one, two] = halves.length === 2 ? halves : [undefined, undefined];
    const found = [await dav.since(one, books), await deltaSince(parts, two, folders)] as const;
    const stale = found.some(({ reset }) => reset === true) || (token !== undefined && one === undefined);
    // One half that begins anew makes the other one do so too: half a feed would read as removals.
    if (stale && one !== undefined) return { ...(await both(undefined, books, folders)), reset: true, removed: [] };
    const [cards, summaries] = found;
    return {
      created: [...cards.created, ...summaries.created],
      updated: [...cards.updated, ...summaries.updated],
      removed: [...cards.removed, ...summaries.removed],
      token: `${cards.token}${AND}${summaries.token}`,
      ...(stale ? { reset: true } : {}),
    };
  }

  return {
    async current(bookIds) {
      const { books, folders } = split(bookIds ?? []);
      if (folders.length === 0) return dav.current(bookIds);
      const delta = await deltaToken(parts, folders);
      return books.length === 0 ? delta : `${await dav.current(books)}${AND}${delta}`;
    },
    async since(token, bookIds) {
      const { books, folders } = split(bookIds ?? []);
      if (folders.length === 0) return dav.since(token, bookIds);
      return books.length === 0 ? deltaSince(parts, token, folders) : both(token, books, folders);
    },
  };
}
