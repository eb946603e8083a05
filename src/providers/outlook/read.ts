/** Reading contacts: lists, one contact, pictures, and a contact whose create was not answered. */
import { asArray, member } from '../../http/check.js';
import type { ContactRecord, Photo } from '../../model/card.js';
import { AuthError, NotFound, Refused } from '../../model/errors.js';
import { equalCards, uidKey } from '../../model/normalize.js';
import { sniffImage, toDataUri } from '../../model/view.js';
import type { ListQuery, NewContact } from '../types.js';
import type { Api } from './api.js';
import type { Call } from './call.js';
import { filterUid } from './extended.js';
import type { Extras } from './extras.js';
import type { Folders } from './folders.js';
import { Leftovers } from './leftovers.js';
import { parseContact, project, selected } from './map.js';
import type { Native } from './map.js';
import { pages } from './pages.js';

/** The most that a page may have. */
export const PAGE_SIZE = 1000;

/** Contacts whose pictures are fetched ahead: two batches, or as many as may be in flight. */
const AHEAD = { graph: 40, outlook: 4 };

/** Lists were seen to cut notes at so many characters, where the contact itself has them whole. */
const CUT_NOTE = 256;

export class Reader {
  readonly leftovers = new Leftovers();
  private warned = false;

  constructor(
    private readonly api: Api,
    private readonly folders: Folders,
    private readonly extras: Extras,
    private readonly warn: (message: string) => void,
  ) {}

  /** Each contact once, whatever the server counts to a folder and however the pages shift. */
  async *list({ bookIds, media }: ListQuery): AsyncGenerator<ContactRecord> {
    const folders = await this.folders.all();
    const wanted = bookIds === undefined ? folders : await Promise.all(bookIds.map((id) => this.folders.find(id)));
    const books = bookIds === undefined ? undefined : new Set(wanted.map(({ book }) => book.id));
    const sources = [...new Set(wanted.flatMap((folder) => this.folders.sourcesOf(folder)))];
    const natives = this.once(sources, books);
    const ahead = AHEAD[this.api.dialect.family];
    for await (const record of inOrder(natives, ahead, (found) => this.whole(found, media === true))) {
      if (record !== undefined) yield record;
    }
  }

  /** The whole contact, picture included. @throws NotFound */
  async get(id: string): Promise<ContactRecord> {
    const [native, photo] = await Promise.all([this.native(id), this.photo(id)]);
    return withPhoto(await this.record(native), photo);
  }

  /** @throws NotFound */
  async native(id: string): Promise<Native> {
    const path = this.api.path('contacts', id);
    return this.extras.reading(async (query) => {
      const call: Call = { method: 'GET', path, query, repeat: 'safe', what: 'read the contact', contact: id };
      return this.parsed(this.api.object(call, await this.api.share(call)), call.what);
    });
  }

  private parsed(value: unknown, where: string): Native {
    const native = parseContact(value, where, this.api.dialect);
    this.leftovers.note(native);
    return native;
  }

  async record(native: Native): Promise<ContactRecord> {
    const { id, etag, card, uidDerived } = native;
    return {
      id,
      bookIds: [await this.folders.bookOf(native.folder)],
      card,
      ...(etag === undefined ? {} : { etag }),
      ...(uidDerived ? { uidDerived } : {}),
    };
  }

  /** Undefined when there is none. */
  async photo(id: string): Promise<Photo | undefined> {
    const path = this.api.path('contacts', id, 'photo', '$value');
    try {
      const reply = await this.api.share({
        method: 'GET',
        path,
        repeat: 'safe',
        what: 'read the picture',
        contact: id,
      });
      const bytes = reply.bytes();
      if (bytes.length === 0) return undefined;
      const type = reply.header('content-type')?.split(';', 1)[0]?.trim() ?? '';
      return { mediaType: sniffImage(bytes) ?? (type.startsWith('image/') ? type : 'image/jpeg'), bytes };
    } catch (error) {
      if (error instanceof NotFound) return undefined;
      // Personal accounts have none at all, and say so in one way or another.
      if (!(error instanceof Refused || error instanceof AuthError) || error.status === 401) throw error;
      if (!this.warned) this.warn(`pictures cannot be read here: ${error.why ?? error.message}`);
      this.warned = true;
      return undefined;
    }
  }

  /** By the uid that it was stamped with; where there are no stamps, by what it holds. The youngest of several. */
  async lookup(contact: NewContact): Promise<ContactRecord | undefined> {
    if (this.extras.doubtful) return this.equal(contact);
    try {
      return await this.stamped(contact);
    } catch (error) {
      if (!this.extras.refusedBy(error)) throw error;
      return this.equal(contact);
    }
  }

  private async equal({ card, bookId }: NewContact): Promise<ContactRecord | undefined> {
    const wanted = project(card, this.api.dialect, this.extras.kept);
    let youngest: ContactRecord | undefined;
    for await (const record of this.list({ bookIds: [bookId ?? (await this.folders.forWriting())] })) {
      const younger = (record.card.created ?? '') >= (youngest?.card.created ?? '');
      if (younger && equalCards(wanted, record.card)) youngest = record;
    }
    return youngest;
  }

  private async stamped({ card, bookId }: NewContact): Promise<ContactRecord | undefined> {
    const { dialect } = this.api;
    const what = 'look for the contact';
    const path = this.folders.contactsOf(bookId ?? (await this.folders.forWriting()));
    const found: Native[] = [];
    for await (const page of pages(this.api, { path, query: { $filter: filterUid(dialect, card.uid) }, what })) {
      const items = asArray(member(page, 'value'), `${what}: value`);
      found.push(...items.map((item, at) => parseContact(item, `${what}: value[${at}]`, dialect)));
    }
    found.sort((a, b) => ((a.created ?? '') < (b.created ?? '') ? 1 : -1));
    for (const { id } of found) {
      // The answer to a filter does not show the stamp, and values are compared without case there.
      const native = await this.native(id);
      if (!native.uidDerived && uidKey(native.card.uid) === uidKey(card.uid)) return this.record(native);
    }
    return undefined;
  }

  private async *once(sources: readonly string[], books: ReadonlySet<string> | undefined): AsyncGenerator<Native> {
    const seen = new Set<string>();
    for (const path of sources) {
      for await (const native of this.all(path)) {
        if (seen.has(native.id)) continue;
        seen.add(native.id);
        if (books === undefined || books.has(await this.folders.bookOf(native.folder))) yield native;
      }
    }
  }

  private async *all(path: string): AsyncGenerator<Native> {
    const what = 'list contacts';
    const fixed = { $top: PAGE_SIZE, $select: selected(this.api.dialect) };
    const { rest, first } = await this.extras.reading(async (query) => {
      const listing = pages(this.api, { path, query: { ...fixed, ...query }, what });
      return { rest: listing, first: await listing.next() };
    });
    for (let page = first; page.done !== true; page = await rest.next()) {
      const items = asArray(member(page.value, 'value'), `${what}: value`);
      for (const [at, item] of items.entries()) yield this.parsed(item, `${what}: value[${at}]`);
    }
  }

  /** With what lists leave out. Undefined when it is gone meanwhile. */
  private async whole(native: Native, media: boolean): Promise<ContactRecord | undefined> {
    const notes = Object.values(native.card.notes ?? {}).some(({ note }) => note.length === CUT_NOTE);
    if (!notes && !media) return this.record(native);
    try {
      const [found, photo] = await Promise.all([
        notes ? this.native(native.id) : native,
        media ? this.photo(native.id) : undefined,
      ]);
      return withPhoto(await this.record(found), photo, media);
    } catch (error) {
      if (error instanceof NotFound) return undefined;
      throw error;
    }
  }
}

function withPhoto(record: ContactRecord, photo: Photo | undefined, asked = true): ContactRecord {
  if (!asked) return record;
  if (photo === undefined) return { ...record, hasPhoto: false };
  return { ...record, card: { ...record.card, media: { photo: { kind: 'photo', uri: toDataUri(photo) } } } };
}

/** Results in order while up to `ahead` are being made. */
async function* inOrder<T, R>(
  items: AsyncIterable<T>,
  ahead: number,
  make: (item: T) => Promise<R>,
): AsyncGenerator<R> {
  const waiting: Promise<R>[] = [];
  for await (const item of items) {
    const made = make(item);
    made.catch(() => undefined);
    waiting.push(made);
    const first = waiting.length >= ahead ? waiting.shift() : undefined;
    if (first !== undefined) yield await first;
  }
  for (const made of waiting) yield await made;
}
