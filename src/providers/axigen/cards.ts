/** Whole contacts over CardDAV, vCard 3.0: reading. The quirks are those that public clients report of Axigen X6. */
import {
  getCard,
  inOrder,
  isMember,
  lastName,
  listEtags,
  readCards,
  type DavCard,
  type DavClient,
  type DavEntry,
} from '../../dav/index.js';
import { cardToVCard, parseVCard } from '../../formats/vcard/index.js';
import type { Card, ContactRecord } from '../../model/card.js';
import { InputError, NotFound } from '../../model/errors.js';
import { deriveUid } from '../../model/normalize.js';
import { displayName } from '../../model/view.js';
import type { ListQuery } from '../types.js';
import type { Collection } from './collections.js';
import { bareUid, Paths, usualPath } from './identity.js';
import { Overlay } from './overlay.js';

/** GETs at a time for what the listing does not show yet. */
const DIRECT = 4;
/** How many distribution lists a warning names. */
const NAMED = 10;

/** Who is told of what a listing passes over. */
export type Listeners = Pick<ListQuery, 'onGroup' | 'onReject'>;

export interface CardsOptions {
  dav: DavClient;
  /** The main one first. */
  collections(): Promise<readonly Collection[]>;
  /** Who signs in: part of derived uids. */
  user: string;
  warn(message: string): void;
}

/** The card as text for the server: 3.0 is what it speaks; what 3.0 has no name for travels as X- and JSPROP properties. */
export function toText(card: Card): string {
  return cardToVCard(card, { version: '3.0', carry: true });
}

/** There and back without a server. */
export function projectCard(card: Card): Card {
  return { ...parseVCard(toText(card)).card, uid: card.uid };
}

/** Axigen's lists are not groups that it documents how to write: they are told, never taken for contacts. */
function listsLeftOut(names: readonly string[]): string {
  const shown = names.slice(0, NAMED).join(', ');
  return `distribution lists are left out (${String(names.length)}): ${shown}${names.length > NAMED ? ', …' : ''}`;
}

function noContact(id: string): NotFound {
  return new NotFound('there is no such contact', { contact: id });
}

export class AxigenCards {
  readonly dav: DavClient;
  readonly overlay = new Overlay();
  readonly paths = new Paths();
  readonly #options: CardsOptions;
  /** A reading of the main collection, which finds contacts whose path their id does not tell. One for the process. */
  #learnt: Promise<void> | undefined;
  /** Whether the server stores cards under other names than they are sent to; undefined until a write has shown it. */
  renames: boolean | undefined;

  constructor(options: CardsOptions) {
    this.#options = options;
    this.dav = options.dav;
  }

  collections(): Promise<readonly Collection[]> {
    return this.#options.collections();
  }

  /** The main collection. @throws NotFound */
  async main(): Promise<Collection> {
    const [main] = await this.collections();
    if (main === undefined) throw new NotFound('the server has no address book for this account');
    return main;
  }

  /** The collection with that id. @throws NotFound */
  async book(id: string): Promise<Collection> {
    const found = (await this.collections()).find((book) => book.path === id);
    if (found === undefined) throw new NotFound('there is no such address book', { contact: id });
    return found;
  }

  /** Contacts of one collection as they are now, also those written a moment ago. Distribution lists are left out. */
  async *list(book: Collection, listeners: Listeners = {}): AsyncGenerator<ContactRecord> {
    const listed = await listEtags(this.dav, book.request);
    const { current, direct } = this.overlay.split(listed, book.path);
    const names = new Set(listed.map(({ path }) => lastName(path)));
    yield* this.read(book, current, names, { ...listeners, direct });
    if (book.main) this.#learnt ??= Promise.resolve();
  }

  /**
   * The contacts at the given paths, batch by batch; gone ones and distribution lists are left out.
   *
   * @param names of the whole listing
   * @param direct further paths, to be read by GET
   */
  async *read(
    book: Collection,
    entries: readonly DavEntry[],
    names: ReadonlySet<string>,
    { direct = [], onGroup, onReject }: Listeners & { direct?: string[] } = {},
  ): AsyncGenerator<ContactRecord> {
    const lists: string[] = [];
    const reject = (path: string, error: unknown, data = ''): void => this.#leaveOut(path, error, data, onReject);
    const records = function* (this: AxigenCards, found: DavCard): Generator<ContactRecord> {
      const record = this.#listed(book, found, names, reject);
      if (record?.card.kind === 'group' && onGroup !== undefined) onGroup(record);
      else if (record?.card.kind === 'group') lists.push(displayName(record.card) || record.id);
      else if (record !== undefined) yield record;
    }.bind(this);
    for await (const found of readCards(this.dav, book.request, entries, { version4: false })) {
      if ('error' in found) reject(found.path, found.error);
      // Reports lag as well, and not always as much as listings.
      else if (this.overlay.isStale(found.path, found.etag)) direct.push(found.path);
      else yield* records(found);
    }
    for await (const found of inOrder(direct, DIRECT, (path) => this.#getNow(path))) {
      if (found !== undefined) yield* records(found);
    }
    if (lists.length > 0) this.#options.warn(listsLeftOut(lists));
  }

  /** The card at a path by GET, which never lags; undefined when there is none. */
  async #getNow(path: string): Promise<DavCard | undefined> {
    try {
      return await getCard(this.dav, { path });
    } catch (error) {
      if (error instanceof NotFound) return undefined;
      throw error;
    }
  }

  #leaveOut(path: string, error: unknown, data: string, onReject: ListQuery['onReject']): void {
    const why = error instanceof Error ? error.message : String(error);
    if (onReject !== undefined) onReject({ id: path, error: why, raw: Buffer.from(data) });
    else this.#options.warn(`the contact at ${path} cannot be read and is left out: ${why}`);
  }

  /** Undefined, and told to `reject`, when it is no vCard. */
  #listed(
    book: Collection,
    found: DavCard,
    names: ReadonlySet<string>,
    reject: (path: string, error: unknown, data: string) => void,
  ): ContactRecord | undefined {
    try {
      const { card, uidMissing } = this.#parse(found);
      const uid = uidMissing ? undefined : card.uid;
      const name = book.main ? this.paths.idOf(found.path, uid, names) : { id: found.path, own: !uidMissing };
      return this.#record(book, found, card, name);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      reject(found.path, error, found.data);
      return undefined;
    }
  }

  #parse(found: DavCard): { card: Card; uidMissing: boolean } {
    const { card, uidMissing } = parseVCard(found.data);
    // The same at every reading.
    if (uidMissing) card.uid = deriveUid('axigen', this.#options.user, found.path);
    return { card, uidMissing };
  }

  #record(book: Collection, found: DavCard, card: Card, { id, own }: { id: string; own: boolean }): ContactRecord {
    return {
      id,
      bookIds: [book.path],
      card,
      ...(found.etag === undefined ? {} : { etag: found.etag }),
      ...(own ? {} : { uidDerived: true }),
      ...(book.writable ? {} : { readOnly: true }),
    };
  }

  /** Collection and path of an id: a path is its own; a uid leads to the usual one unless we learnt better. @throws NotFound */
  async place(id: string): Promise<{ book: Collection; path: string }> {
    const main = await this.main();
    if (!id.startsWith('/')) return { book: main, path: this.paths.get(id) ?? usualPath(main.path, id) };
    const book = (await this.collections()).find((candidate) => isMember(id, candidate.path));
    if (book === undefined) throw noContact(id);
    return { book, path: id };
  }

  /** @throws NotFound, InputError */
  async get(id: string): Promise<ContactRecord> {
    const { book, path } = await this.place(id);
    const there = await this.at(book, path, id);
    if (there !== undefined) return there;
    const elsewhere = await this.elsewhere(id, path);
    const found = elsewhere === undefined ? undefined : await this.at(book, elsewhere, id);
    if (found === undefined) throw noContact(id);
    return found;
  }

  /** The contact at a path, when it is the one that is meant and no group. */
  async at(book: Collection, path: string, id: string): Promise<ContactRecord | undefined> {
    const found = await this.#getNow(path);
    if (found === undefined) return undefined;
    const { card, uidMissing } = this.#parse(found);
    const byUid = !uidMissing && bareUid(card.uid) === id;
    if (card.kind === 'group' || !(byUid || path === id)) return undefined;
    // In the main collection only a card without a uid of its own is called by its path.
    return this.#record(book, found, card, { id, own: byUid || (!book.main && !uidMissing) });
  }

  /**
   * Another path of the contact than the one where it should be: the server may store a card under a name of its own.
   * Undefined when there is none, or we deleted it.
   *
   * @param anew an earlier reading does not count
   */
  async elsewhere(id: string, path: string, anew = false): Promise<string | undefined> {
    const mark = this.overlay.get(path);
    if (id.startsWith('/') || mark?.state === 'deleted') return undefined;
    // What we stored ourselves is there, under whatever name: an earlier reading may have come too soon.
    if (anew || mark?.state === 'stored') this.#learnt = undefined;
    await this.learnOnce();
    const found = this.paths.get(id);
    if (found === undefined || found === path) return undefined;
    if (mark?.state === 'stored') this.renames = true;
    return found;
  }

  /** Reads the main collection for the paths that ids do not tell, unless this process has listed it already. */
  learnOnce(): Promise<void> {
    this.#learnt ??= this.#learn().catch((error: unknown) => {
      this.#learnt = undefined;
      throw error;
    });
    return this.#learnt;
  }

  async #learn(): Promise<void> {
    const records = this.list(await this.main());
    while ((await records.next()).done !== true) continue;
  }
}
