/** Reading contacts: pages of a folder, one contact, search, autocomplete. */
import { asObject, member, optNumber, optObject } from '../../http/check.js';
import type { ContactRecord } from '../../model/card.js';
import { NotFound, Refused } from '../../model/errors.js';
import type { ListQuery, Suggestion } from '../types.js';
import { pathOf } from './api.js';
import type { Api } from './api.js';
import { PERSONAL } from './folders.js';
import type { Folders } from './folders.js';
import { contactItems, isTrue, parseContact, scalar } from './map.js';
import type { Native } from './map.js';

/**
 * Contacts a page. The page says "has default setting" and names no maximum: large enough that 10,000 contacts are 20
 * requests, small enough that a page stays around a megabyte. A server with a lower maximum says so in `pages`.
 */
export const PAGE_SIZE = 500;
/** Single contacts fetched ahead for their pictures; the client's own limit applies as well. */
const AHEAD = 8;
/** Times a folder is read again because it changed while it was read. */
const PASSES = 3;

/** Where each contact seen by this connection is: its folder is part of every request about it. */
export type Places = Map<string, string>;

export interface Reader {
  list(query: ListQuery): AsyncIterable<ContactRecord>;
  search(words: readonly string[], query: ListQuery): AsyncIterable<ContactRecord>;
  autocomplete(prefix: string, limit: number): Promise<Suggestion[]>;
  get(id: string): Promise<ContactRecord>;
  /** Contacts and groups of a folder as they come. */
  scan(folder: string): AsyncIterable<Native>;
  /** One contact or group, wherever it is. @throws NotFound */
  find(id: string, folder?: string): Promise<{ native: Native; folder: string }>;
  places: Places;
}

interface Page {
  items: unknown[];
  page: number;
  pages: number | undefined;
  total: number | undefined;
  canEdit: boolean;
}

function parsePage(body: Record<string, unknown>, asked: number, what: string): Page {
  const permissions = optObject(body, 'permissions', what);
  return {
    items: contactItems(body, what),
    page: optNumber(body, 'page', what) ?? asked,
    pages: optNumber(body, 'pages', what),
    total: optNumber(body, 'total', what),
    canEdit: permissions === undefined || ['can_edit', 'can_write'].some((name) => isTrue(member(permissions, name))),
  };
}

/** No page after this one, as far as it tells: `pages` is what counts, not how full a page is. */
function isLast({ items, page, pages }: Page, asked: number): boolean {
  return items.length === 0 || page < asked || (pages !== undefined && page >= pages);
}

/** The pages of a folder. The next one is on its way while the last one is used. */
async function* pagesOf(fetch: (page: number) => Promise<Page>): AsyncGenerator<Page> {
  let next: Promise<Page> | undefined = fetch(1);
  for (let asked = 1; next !== undefined; asked += 1) {
    const page: Page = await next;
    next = isLast(page, asked) ? undefined : fetch(asked + 1);
    // Its error is thrown when it is awaited; until then nobody listens.
    next?.catch(() => undefined);
    yield page;
  }
}

interface Scanned {
  native: Native;
  readOnly: boolean;
}

/**
 * The contacts and groups of pages, each once. Stops on a page that brings nothing new. Contacts that come or go in
 * between shift the pages: when the totals differ, the folder is read again for what was missed.
 */
async function* scanPages(fetch: (page: number) => Promise<Page>, what: string): AsyncGenerator<Scanned> {
  const seen = new Set<string>();
  let most = 0;
  for (let pass = 0; pass < PASSES; pass += 1) {
    let first: Page | undefined;
    let moved = false;
    let count = 0;
    for await (const page of pagesOf(fetch)) {
      first ??= page;
      count += 1;
      moved ||= page.total !== first.total || page.pages !== first.pages;
      const fresh = page.items
        .map((item, index) => parseContact(item, `${what}: contacts[${index}]`))
        .filter(({ id }) => !seen.has(id));
      for (const native of fresh) {
        seen.add(native.id);
        yield { native, readOnly: !page.canEdit };
      }
      if (fresh.length === 0 && count > most) break;
    }
    if (!moved) return;
    most = Math.max(most, count);
  }
}

/** Results in order while up to `AHEAD` are being made. */
async function* inOrder<T, R>(items: AsyncIterable<T>, make: (item: T) => Promise<R>): AsyncGenerator<R> {
  const waiting: Promise<R>[] = [];
  for await (const item of items) {
    const made = make(item);
    made.catch(() => undefined);
    waiting.push(made);
    if (waiting.length >= AHEAD) yield await (waiting.shift() as Promise<R>);
  }
  for (const made of waiting) yield await made;
}

function recordOf(native: Native, folder: string, readOnly: boolean): ContactRecord {
  return {
    id: native.id,
    bookIds: [native.folder ?? folder],
    card: native.card,
    etag: native.etag,
    uidDerived: true,
    ...(readOnly || !native.canEdit ? { readOnly: true } : {}),
    ...(native.hasPicture && native.card.media === undefined ? { hasPhoto: true } : {}),
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

export function openReader(api: Api, folders: Folders): Reader {
  const places: Places = new Map();
  const remember = ({ id, folder }: Native, asked: string): void => void places.set(id, folder ?? asked);

  const page = async (folder: string, asked: number, query: Record<string, string | number>, what: string): Promise<Page> => {
    const path = pathOf('contacts', folder, 'page', asked);
    return parsePage(await api.object({ method: 'GET', path, query, repeat: 'safe', what }), asked, what);
  };

  async function* scanRecords(folder: string, query: Record<string, string | number>, what: string) {
    // Without `sort_column`: the order would be stored as the user's choice in Webmail.
    for await (const scanned of scanPages((asked) => page(folder, asked, query, what), what)) {
      remember(scanned.native, folder);
      yield scanned;
    }
  }

  const single = async (id: string, folder: string): Promise<Native> => {
    const what = 'read the contact';
    const path = pathOf('contacts', folder, 'contact', id);
    const body = await api.object({ method: 'GET', path, repeat: 'safe', what, contact: id });
    if (scalar(body, 'id', what) === '') throw new NotFound('there is no such contact', { contact: id });
    const native = parseContact(body, what);
    remember(native, folder);
    return native;
  };

  /** Every request about one contact needs its folder; `full` (all of them) is not allowed there. */
  const find: Reader['find'] = async (id, hint) => {
    const first = hint ?? places.get(id);
    const known = first === undefined ? [] : [first];
    let last: unknown = new NotFound('there is no such contact', { contact: id });
    const tryIn = async (folder: string): Promise<{ native: Native; folder: string } | undefined> => {
      try {
        const native = await single(id, folder);
        return { native, folder: native.folder ?? folder };
      } catch (error) {
        if (!(error instanceof NotFound || (error instanceof Refused && folder !== first))) throw error;
        if (error instanceof NotFound) last = error;
        return undefined;
      }
    };
    for (const folder of known) {
      const found = await tryIn(folder);
      if (found !== undefined) return found;
    }
    if (hint !== undefined) throw last;
    const others = (await folders.all()).filter(({ readable, book }) => readable && book.id !== first);
    for (const { book } of others.sort((a, b) => Number(b.own) - Number(a.own))) {
      const found = await tryIn(book.id);
      if (found !== undefined) return found;
    }
    throw last;
  };

  /** Lists leave pictures out: fetched one by one, only where there is one. */
  const withPhoto = async (record: ContactRecord): Promise<ContactRecord | undefined> => {
    if (record.hasPhoto !== true) return record;
    try {
      const folder = record.bookIds[0] ?? PERSONAL;
      return recordOf(await single(record.id, folder), folder, record.readOnly === true);
    } catch (error) {
      if (error instanceof NotFound) return undefined;
      throw error;
    }
  };

  async function* records(scan: (folder: string) => AsyncIterable<Scanned>, query: ListQuery) {
    const contacts = async function* () {
      for (const folder of query.bookIds ?? (await folders.own())) {
        for await (const { native, readOnly } of scan(folder)) {
          if (!native.group) yield recordOf(native, folder, readOnly);
        }
      }
    };
    if (query.media !== true) return yield* contacts();
    for await (const record of inOrder(contacts(), withPhoto)) if (record !== undefined) yield record;
  }

  return {
    places,
    find,
    list: (query) => records((folder) => scanRecords(folder, { max_per_page: PAGE_SIZE }, 'list contacts'), query),
    // The page names `search` and `page` only, and no `pages` in the answer: read until a page brings nothing new.
    search: (words, query) =>
      records((folder) => scanRecords(folder, { search: longest(words) }, 'search contacts'), query),
    async *scan(folder) {
      for await (const { native } of scanRecords(folder, { max_per_page: PAGE_SIZE }, 'list contacts')) yield native;
    },
    async get(id) {
      const { native, folder } = await find(id);
      if (native.group) throw new NotFound('this is a group, not a contact', { contact: id, hint: 'see `cardferry group show`' });
      return recordOf(native, folder, false);
    },
    async autocomplete(prefix, limit) {
      const what = 'complete addresses';
      const rows: Suggestion[] = [];
      const query = { autocomplete: 1, ...(prefix.trim() === '' ? {} : { search: prefix.trim() }) };
      let more = true;
      for (let asked = 1; more && rows.length < limit; asked += 1) {
        const found = await page(PERSONAL, asked, query, what);
        rows.push(...found.items.map((item, index) => parseSuggestion(item, `${what}: contacts[${index}]`)));
        more = !isLast(found, asked) && found.pages !== undefined;
      }
      return rows.slice(0, limit);
    },
  };
}
