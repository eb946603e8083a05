/** Reading contacts: lists, one contact, search, autocomplete. */
import { asObject, member } from '../../http/check.js';
import type { ContactRecord } from '../../model/card.js';
import { NotFound, Refused } from '../../model/errors.js';
import type { ListQuery, Suggestion } from '../types.js';
import { pathOf } from './api.js';
import type { Api } from './api.js';
import { PERSONAL } from './folders.js';
import type { Folders } from './folders.js';
import { groupCard, isTrue, parseContact, scalar } from './map.js';
import type { Member, Native } from './map.js';
import { merged, sortQuery } from './order.js';
import { inOrder, isLast, parsePage, scanPages } from './pages.js';
import type { Page, Scanned } from './pages.js';

/**
 * Contacts a page. The page says "has default setting" and names no maximum: large enough that 10,000 contacts are 20
 * requests, small enough that a page stays around a megabyte. A server with a lower maximum says so in `pages`.
 */
export const PAGE_SIZE = 500;

const LIST = { max_per_page: PAGE_SIZE };

export interface Found {
  native: Native;
  folder: string;
}

function recordOf(native: Native, folder: string, readOnly: boolean): ContactRecord {
  return {
    id: native.id,
    bookIds: [native.folder ?? folder],
    card: native.card,
    etag: native.etag,
    uidDerived: true,
    ...(readOnly || !native.canEdit ? { readOnly: true } : {}),
    ...(native.card.media === undefined ? { hasPhoto: native.hasPicture } : {}),
    ...(native.hasAttachments ? { hasAttachments: true } : {}),
  };
}

/** The server's own words match its own way: the longest word narrows most, the engine checks them all. */
function longest(words: readonly string[]): string {
  return words.reduce((best, word) => (word.length > best.length ? word : best), '');
}

function parseSuggestion(value: unknown, where: string): Suggestion {
  const row = asObject(value, where);
  const folder = scalar(row, 'folder', where);
  return {
    id: scalar(row, 'guid', where),
    name: scalar(row, 'name', where),
    email: scalar(row, 'email', where),
    ...(isTrue(member(row, 'group')) ? { group: true } : {}),
    ...(folder === '' ? {} : { bookId: folder }),
  };
}

export class Reader {
  /** Where each contact seen by this connection is: its folder is part of every request about it. */
  readonly places = new Map<string, string>();
  /** Contacts made by this connection, as members of groups: those need no reading. */
  readonly made = new Map<string, Member>();

  constructor(
    private readonly api: Api,
    private readonly folders: Folders,
    /** The server sorts: see {@link sortQuery}. */
    private readonly sorts: boolean,
  ) {}

  list(query: ListQuery): AsyncIterable<ContactRecord> {
    const asked = { ...LIST, ...(this.sorts ? sortQuery(query.sort) : {}) };
    return this.records((folder) => this.scanned(folder, asked, 'list contacts'), query);
  }

  /** The page names `search` and `page` only, and no `pages` in the answer: read until a page brings nothing new. */
  search(words: readonly string[], query: ListQuery): AsyncIterable<ContactRecord> {
    const search = longest(words);
    return this.records((folder) => this.scanned(folder, { search }, 'search contacts'), query);
  }

  /** Contacts and groups of a folder as they come. */
  async *scan(folder: string): AsyncGenerator<Native> {
    for await (const { native } of this.scanned(folder, LIST, 'list contacts')) yield native;
  }

  /** Of the own default book: one request, without asking for folders. */
  async autocomplete(prefix: string, limit: number): Promise<Suggestion[]> {
    const what = 'complete addresses';
    const rows: Suggestion[] = [];
    const query = { autocomplete: 1, ...(prefix.trim() === '' ? {} : { search: prefix.trim() }) };
    let more = true;
    for (let asked = 1; more && rows.length < limit; asked += 1) {
      const found = await this.page(PERSONAL, asked, query, what);
      rows.push(...found.items.map((item, index) => parseSuggestion(item, `${what}: contacts[${index}]`)));
      more = !isLast(found, asked) && found.pages !== undefined;
    }
    return rows.slice(0, limit);
  }

  /** @throws NotFound, also for groups */
  async get(id: string): Promise<ContactRecord> {
    const { native, folder } = await this.find(id);
    if (!native.group) return recordOf(native, folder, false);
    throw new NotFound('this is a group, not a contact', { contact: id, hint: 'see `cardferry group show`' });
  }

  /**
   * One contact or group: in the given folder, else where it was seen last, else in all readable folders, own ones
   * first. Every request about one contact needs its folder; `full` (all of them) is not allowed there.
   * @throws NotFound
   */
  async find(id: string, folder?: string): Promise<Found> {
    if (folder !== undefined) return this.single(id, folder);
    const seen = this.places.get(id);
    const found = seen === undefined ? undefined : await this.tryIn(id, seen);
    if (found !== undefined) return found;
    const readable = (await this.folders.all()).filter((other) => other.readable && other.book.id !== seen);
    for (const { book } of readable.sort((a, b) => Number(b.own) - Number(a.own))) {
      const there = await this.tryIn(id, book.id);
      if (there !== undefined) return there;
    }
    throw new NotFound('there is no such contact', { contact: id });
  }

  /** The folder a contact is in: known, or looked for. @throws NotFound */
  async folderOf(id: string): Promise<string> {
    return this.places.get(id) ?? (await this.find(id)).folder;
  }

  /** Undefined when it is not there, or somebody else's folder does not let us look. */
  private async tryIn(id: string, folder: string): Promise<Found | undefined> {
    try {
      return await this.single(id, folder);
    } catch (error) {
      if (error instanceof NotFound || error instanceof Refused) return undefined;
      throw error;
    }
  }

  private async single(id: string, folder: string): Promise<Found> {
    const what = 'read the contact';
    const path = pathOf('contacts', folder, 'contact', id);
    const body = await this.api.object({ method: 'GET', path, repeat: 'safe', what, contact: id });
    if (scalar(body, 'id', what) === '') throw new NotFound('there is no such contact', { contact: id });
    const native = parseContact(body, what);
    return { native, folder: this.remember(native, folder) };
  }

  private remember({ id, folder }: Native, asked: string): string {
    const place = folder ?? asked;
    this.places.set(id, place);
    return place;
  }

  private async page(
    folder: string,
    asked: number,
    query: Record<string, string | number>,
    what: string,
  ): Promise<Page> {
    const path = pathOf('contacts', folder, 'page', asked);
    return parsePage(await this.api.object({ method: 'GET', path, query, repeat: 'safe', what }), asked, what);
  }

  /** Without `sort_column`: the order would be stored as the user's choice in Webmail. */
  private async *scanned(
    folder: string,
    query: Record<string, string | number>,
    what: string,
  ): AsyncGenerator<Scanned> {
    for await (const scanned of scanPages((asked) => this.page(folder, asked, query, what), what)) {
      this.remember(scanned.native, folder);
      yield scanned;
    }
  }

  private async *contacts(
    scan: (folder: string) => AsyncIterable<Scanned>,
    query: ListQuery,
  ): AsyncGenerator<ContactRecord> {
    const { bookIds, sort } = query;
    const folders = bookIds ?? (await this.folders.own());
    if (!this.sorts || sort === undefined || folders.length < 2) yield* this.inFolders(folders, scan, query);
    else
      yield* merged(
        folders.map((folder) => this.inFolders([folder], scan, query)),
        sort,
      );
  }

  private async *inFolders(
    folders: readonly string[],
    scan: (folder: string) => AsyncIterable<Scanned>,
    { onGroup }: ListQuery,
  ): AsyncGenerator<ContactRecord> {
    const telling: Promise<void>[] = [];
    const tell = async (native: Native, folder: string): Promise<void> => {
      const card = groupCard(native, await this.membersOf(native, folder));
      onGroup?.({ id: native.id, bookIds: [native.folder ?? folder], card });
    };
    for (const folder of folders) {
      for await (const { native, readOnly } of scan(folder)) {
        if (!native.group) yield recordOf(native, folder, readOnly);
        else if (onGroup !== undefined) {
          const told = tell(native, folder);
          told.catch(() => undefined);
          telling.push(told);
        }
      }
      await Promise.all(telling);
    }
  }

  /** A group's members; lists that leave them out are completed by reading the group. */
  async membersOf(native: Native, folder: string): Promise<readonly Member[]> {
    const { members, id } = native;
    return members ?? (await this.find(id, native.folder ?? folder)).native.members ?? [];
  }

  private async *records(
    scan: (folder: string) => AsyncIterable<Scanned>,
    query: ListQuery,
  ): AsyncGenerator<ContactRecord> {
    const contacts = this.contacts(scan, query);
    if (query.media !== true) {
      yield* contacts;
      return;
    }
    for await (const record of inOrder(contacts, (listed) => this.withPhoto(listed))) {
      if (record !== undefined) yield record;
    }
  }

  /** Lists leave pictures out: fetched one by one, only where there is one. Undefined when it is gone meanwhile. */
  private async withPhoto(record: ContactRecord): Promise<ContactRecord | undefined> {
    if (record.hasPhoto !== true) return record;
    try {
      const { native, folder } = await this.single(record.id, record.bookIds[0] ?? PERSONAL);
      return recordOf(native, folder, record.readOnly === true);
    } catch (error) {
      if (error instanceof NotFound) return undefined;
      throw error;
    }
  }
}
