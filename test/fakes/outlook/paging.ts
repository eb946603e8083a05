/** Pages of a collection: absolute links that hold the query options, and an offset. */
import type { Query } from './query.js';
import type { Reply } from './wire.js';

/** What a page has when nobody asks for more. */
const DEFAULT = 10;

export class Pages {
  constructor(private readonly most: number) {}

  answer(items: readonly unknown[], query: Query, href: string): Reply {
    const size = Math.min(query.top ?? DEFAULT, this.most);
    const end = query.skip + size;
    const link = new URL(href);
    link.searchParams.set('$skip', String(end));
    const next = end < items.length ? { '@odata.nextLink': link.href } : {};
    return { status: 200, body: { value: items.slice(query.skip, end), ...next } };
  }
}
