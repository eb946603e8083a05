/** Pages of a collection ("Paging Microsoft Graph data in your app"): links are followed as they are. */
import { optString } from '../../http/check.js';
import type { HttpCall } from '../../http/types.js';
import { ProtocolError } from '../../model/errors.js';
import type { Api } from './api.js';
import type { Call } from './call.js';

export interface Listing {
  path: string;
  query?: HttpCall['query'];
  /** Sent with each page: links hold query options, not headers. */
  headers?: Record<string, string>;
  what: string;
}

export const NEXT = '@odata.nextLink';

/** One page. Links of another server than the profile's are refused by the client, with the token unsent. */
export async function page(api: Api, { path, query, headers, what }: Listing): Promise<Record<string, unknown>> {
  const call: Call = {
    ...{ method: 'GET', path, repeat: 'safe', what },
    ...(query === undefined ? {} : { query }),
    ...(headers === undefined ? {} : { headers }),
  };
  return api.object(call, await api.share(call));
}

/** All pages; an empty one may have others behind it. The next is on its way while one is used. */
export async function* pages(api: Api, listing: Listing): AsyncGenerator<Record<string, unknown>> {
  const seen = new Set<string>();
  let next: Promise<Record<string, unknown>> | undefined = page(api, listing);
  while (next !== undefined) {
    const current: Record<string, unknown> = await next;
    next = undefined;
    const link = optString(current, NEXT, listing.what);
    if (link !== undefined) {
      if (seen.has(link)) throw new ProtocolError(`answer of ${listing.what}: the pages go round in a circle`);
      seen.add(link);
      const { what, headers } = listing;
      next = page(api, { path: link, what, ...(headers === undefined ? {} : { headers }) });
      // Its error is thrown when it is awaited; until then nobody listens.
      next.catch(() => undefined);
    }
    yield current;
  }
}
