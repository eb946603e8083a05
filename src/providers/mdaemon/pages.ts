/** Pages of contacts: when the server is done, and what to do when the folder changes while it is read. */
import { member, optNumber, optObject } from '../../http/check.js';
import { contactItems, isTrue, parseContact } from './map.js';
import type { Native } from './map.js';

/** Contacts fetched ahead one by one for their pictures; the client's own limit applies as well. */
const AHEAD = 8;
/** Times a folder is read again because it changed while it was read. */
const PASSES = 3;

export interface Page {
  items: unknown[];
  page: number;
  pages: number | undefined;
  total: number | undefined;
  canEdit: boolean;
}

export function parsePage(body: Record<string, unknown>, asked: number, what: string): Page {
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
export function isLast({ items, page, pages }: Page, asked: number): boolean {
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

export interface Scanned {
  native: Native;
  readOnly: boolean;
}

/**
 * The contacts and groups of pages, each once. Stops on a page that brings nothing new. Contacts that come or go in
 * between shift the pages: when the totals differ, the folder is read again for what was missed.
 */
export async function* scanPages(fetch: (page: number) => Promise<Page>, what: string): AsyncGenerator<Scanned> {
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
export async function* inOrder<T, R>(items: AsyncIterable<T>, make: (item: T) => Promise<R>): AsyncGenerator<R> {
  const waiting: Promise<R>[] = [];
  for await (const item of items) {
    const made = make(item);
    made.catch(() => undefined);
    waiting.push(made);
    const first = waiting.length >= AHEAD ? waiting.shift() : undefined;
    if (first !== undefined) yield await first;
  }
  for (const made of waiting) yield await made;
}
