/** Reading contacts: pages, one contact, the address books. */
import { optNumber } from '../../http/check.js';
import type { Book, ContactRecord } from '../../model/card.js';
import { AuthError, CardferryError, Interrupted, NotFound, Refused, UsageError } from '../../model/errors.js';
import type { ListQuery, ProviderContext } from '../types.js';
import type { Api } from './api.js';
import { itemsOf, parseContact } from './map.js';
import type { Native } from './map.js';
import { bookByName, COMPANY, contactPath, NAMES, PERSONAL, placeOf, rootOf, toId } from './places.js';

/** "max: 100"; more is refused. */
export const PAGE_SIZE = 100;
/** Times a book is read again because it changed while it was read. */
const PASSES = 3;

interface Page {
  items: unknown[];
  /** Of the book, or, as the page's words can be read too, of this page. */
  count: number | undefined;
}

/** Errors that concern every call, not the one book or token that was asked for. */
export function isFatal(error: unknown): boolean {
  if (!(error instanceof CardferryError)) return true;
  return error instanceof AuthError || error instanceof Interrupted || error instanceof UsageError;
}

export class Reader {
  /** Contacts that a synchronization overwrites, and what it is called; by id. */
  readonly synced = new Map<string, string>();
  /** Told of the ids of each complete listing. */
  onListed: ((book: string, ids: ReadonlySet<string>) => void) | undefined;
  /** The server refused to write company contacts. */
  companyRefused = false;
  /** Asked once a connection. */
  private company: Promise<number | null | undefined> | undefined;

  constructor(
    private readonly api: Api,
    private readonly ctx: ProviderContext,
  ) {}

  originOf(book: string): string {
    return `${this.api.host} ${book}`;
  }

  record(native: Native, book: string): ContactRecord {
    const id = toId({ book, raw: native.id });
    if (native.syncType !== undefined) this.synced.set(id, native.syncType);
    return { id, bookIds: [book], card: native.card, etag: native.etag, uidDerived: true };
  }

  /** The company's contacts are everyone's: they are read only when their book is named. */
  async *list({ bookIds }: ListQuery): AsyncGenerator<ContactRecord> {
    for (const book of new Set(bookIds ?? [PERSONAL])) {
      for await (const native of this.scan(book)) yield this.record(native, book);
    }
  }

  /** @throws NotFound */
  async get(id: string): Promise<ContactRecord> {
    return this.record(await this.find(id), placeOf(id).book);
  }

  /** @throws NotFound */
  async find(id: string): Promise<Native> {
    const what = 'read the contact';
    const body = await this.api.object({ method: 'GET', path: contactPath(id), repeat: 'safe', what, contact: id });
    return parseContact(body, what, this.originOf(placeOf(id).book));
  }

  /**
   * The contacts of a book, each once. The order is not documented, and contacts that come or go in between shift the
   * pages: when a pass does not add up to `count`, the book is read again for what was missed. A `count` that is each
   * page's own number says nothing of the book.
   */
  async *scan(book: string): AsyncGenerator<Native> {
    const seen = new Set<string>();
    for (let pass = 0; pass < PASSES; pass += 1) {
      const before = seen.size;
      const complete = yield* this.pass(book, seen);
      if (!complete && (pass === 0 || seen.size > before)) continue;
      this.onListed?.(book, seen);
      return;
    }
  }

  /** One time through the pages: yields what is not in `seen`. True when nothing came, went or shifted meanwhile. */
  private async *pass(book: string, seen: Set<string>): AsyncGenerator<Native, boolean> {
    const ids = new Set<string>();
    const counts = new Set<number | undefined>();
    let items = 0;
    let ofPages = true;
    for await (const page of this.pages(book)) {
      counts.add(page.count);
      ofPages &&= page.count === page.items.length;
      items += page.items.length;
      const known = ids.size;
      const natives = this.parse(page, book);
      for (const { id } of natives) ids.add(id);
      for (const native of natives) {
        if (seen.has(native.id)) continue;
        seen.add(native.id);
        yield native;
      }
      // A server that gives the same page again and again.
      if (ids.size === known) break;
    }
    const [count] = counts;
    const adds = ofPages || (counts.size <= 1 && (count === undefined || count === items));
    return adds && ids.size === items;
  }

  /**
   * Default first. No company contacts where the user may not read them: 403, or a server that has none. They are not
   * asked for when only the personal book is wanted, by id or name.
   */
  async books(wanted: readonly string[] = []): Promise<Book[]> {
    const chosen = bookByName(this.ctx.book);
    const personal: Book = {
      ...{ id: PERSONAL, name: NAMES[PERSONAL] ?? PERSONAL },
      isDefault: chosen !== COMPANY,
      readOnly: false,
    };
    if (wanted.length > 0 && wanted.every((name) => name.trim() !== '' && bookByName(name) === PERSONAL))
      return [personal];
    const total = await (this.company ??= this.companyTotal());
    if (total === undefined) return [personal];
    const company: Book = {
      ...{ id: COMPANY, name: NAMES[COMPANY] ?? COMPANY, description: 'of the whole company' },
      isDefault: chosen === COMPANY,
      // Whether we may write is known when a write was refused.
      readOnly: this.companyRefused,
      aside: true,
      ...(total === null ? {} : { total }),
    };
    return chosen === COMPANY ? [company, personal] : [personal, company];
  }

  /** Number of a book's contacts, in one request; in a second one when the first may have told the page's number. */
  async total(book: string): Promise<number | undefined> {
    const { count } = await this.page(book, 0, 1);
    if (count !== 1) return count;
    const { items } = await this.page(book, 1, 1);
    return items.length === 0 ? 1 : undefined;
  }

  /** Undefined when they cannot be read; null when the server does not count them. */
  private async companyTotal(): Promise<number | null | undefined> {
    try {
      return (await this.total(COMPANY)) ?? null;
    } catch (error) {
      if (isFatal(error)) {
        this.company = undefined;
        throw error;
      }
      const closed = error instanceof NotFound || (error instanceof Refused && error.status === 403);
      if (!closed) this.ctx.warn(`the company contacts cannot be read: ${(error as CardferryError).message}`);
      return undefined;
    }
  }

  private async page(book: string, skip: number, top: number): Promise<Page> {
    const what = 'list contacts';
    const query = { skip, top };
    const body = await this.api.object({ method: 'GET', path: rootOf(book), query, repeat: 'safe', what });
    return { items: itemsOf(body, what), count: optNumber(body, 'count', what) };
  }

  /**
   * The next page is on its way while the last one is used. `skip` is the number left out, from 0 on. After a full page
   * there may be another one whatever `count` says: it may be the page's number.
   */
  private async *pages(book: string): AsyncGenerator<Page> {
    let skip = 0;
    let next: Promise<Page> | undefined = this.page(book, skip, PAGE_SIZE);
    while (next !== undefined) {
      const page: Page = await next;
      skip += page.items.length;
      const { length } = page.items;
      const more = length >= PAGE_SIZE || (length > 0 && (page.count === undefined || skip < page.count));
      next = more ? this.page(book, skip, PAGE_SIZE) : undefined;
      // Its error is thrown when it is awaited; until then nobody listens.
      next?.catch(() => undefined);
      yield page;
    }
  }

  private parse({ items }: Page, book: string): Native[] {
    return items.map((item, index) => parseContact(item, `list contacts: items[${index}]`, this.originOf(book)));
  }
}
