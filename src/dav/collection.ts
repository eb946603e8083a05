/** Listing a collection: sync-collection (RFC 6578) where the server has it, PROPFIND Depth 1 elsewhere. */
import { ProtocolError } from '../model/errors.js';
import type { DavClient } from './client.js';
import { cleanEtag, refusalOf } from './client.js';
import { davError, names } from './errors.js';
import { asFolder, hrefPath, isMember, requestPath } from './hrefs.js';
import { C, D, S } from './names.js';
import type { DavResponse } from './xml.js';
import { escapeXml, holds, parseMultistatus, tag, xmlDocument } from './xml.js';

/** A resource of a collection. */
export interface DavEntry {
  /** From `hrefPath`: its identity. */
  path: string;
  /** As the server spells it, when that differs: for requests. */
  request?: string;
  etag?: string;
}

export interface SyncResult {
  /** New or changed since the token; all of them for an empty token. An entry may be one we know already. */
  changed: DavEntry[];
  /** Paths that are gone. May name things never seen; empty for an empty token. */
  removed: string[];
  token: string;
}

/** Why a sync-collection was not answered: the token is not known (any more), or the report is not there at all. */
export type SyncRefusal = 'token' | 'unsupported';

/** More pages than any collection needs: a server that repeats itself stops here. */
const MAX_PAGES = 10_000;

/**
 * What changed in a collection since `token` ('' for the first time), every page of it.
 *
 * @param path the collection, with a slash at the end, spelt for requests
 * @returns `token` when the server does not know the token (403 valid-sync-token; Xandikos answers 500), `unsupported`
 *   when it has no such report
 * @throws NotFound when the collection is gone; what the HTTP client throws
 */
export async function syncCollection(dav: DavClient, path: string, token: string): Promise<SyncResult | SyncRefusal> {
  const changed = new Map<string, DavEntry>();
  const removed = new Set<string>();
  let next = token;
  for (let page = 0; page < MAX_PAGES; page++) {
    const result = await syncPage(dav, path, next, token !== '' || page > 0);
    if (typeof result === 'string') return result;
    for (const entry of result.changed) {
      changed.set(entry.path, entry);
      removed.delete(entry.path);
    }
    for (const gone of result.removed) {
      changed.delete(gone);
      // Radicale and SOGo put tombstones of earlier deletions into a first answer: nothing we ever had.
      if (token !== '') removed.add(gone);
    }
    if (!result.more) return { changed: [...changed.values()], removed: [...removed], token: result.token };
    if (result.token === next) break;
    next = result.token;
  }
  throw new ProtocolError('cannot read the changes', {
    why: 'the server says there is more but gives no way to go on',
  });
}

interface SyncPage extends SyncResult {
  more: boolean;
}

async function syncPage(dav: DavClient, path: string, token: string, known: boolean): Promise<SyncPage | SyncRefusal> {
  const what = 'read the changes of the address book';
  const body = xmlDocument(D.syncCollection, [
    tag(D.syncToken, [escapeXml(token)]),
    tag(D.syncLevel, ['1']),
    tag(D.prop, [tag(D.getetag)]),
  ]);
  const answer = await dav.send({
    method: 'REPORT',
    path,
    // RFC 6578, section 3.2: Depth is 0, the level says the rest.
    depth: '0',
    body,
    repeat: 'safe',
    what,
    ...(known && { accept: [500] }),
  });
  if (answer.status !== 207) return syncRefusal(refusalOf(answer), known, what);
  const page: SyncPage = { changed: [], removed: [], token: '', more: false };
  const base = hrefPath(answer.url);
  const own = asFolder(base);
  const { syncToken } = parseMultistatus(answer.text(), (response) => addToPage(page, response, base, own));
  if (syncToken === undefined) throw new ProtocolError(`cannot ${what}`, { why: 'the answer has no sync-token' });
  return { ...page, token: syncToken };
}

function addToPage(page: SyncPage, response: DavResponse, base: string, own: string): void {
  const path = hrefPath(response.href, base);
  // RFC 6578, section 3.6: 507 on the collection itself means that the answer was cut; the token goes on.
  if (asFolder(path) === own) page.more ||= response.status === 507;
  else if (!isMember(path, own)) return;
  else if (response.status === 404 || response.status === 410) page.removed.push(path);
  else page.changed.push(toEntry(response, path, base));
}

function syncRefusal(refusal: ReturnType<typeof refusalOf>, known: boolean, what: string): SyncRefusal {
  const { status } = refusal;
  if (names(refusal, 'supported-report') || [405, 415, 501].includes(status)) return 'unsupported';
  if (known && (names(refusal, 'valid-sync-token') || [400, 403, 409, 410, 412, 500].includes(status))) return 'token';
  if (!known && [400, 403].includes(status)) return 'unsupported';
  throw davError(refusal, what);
}

function toEntry(response: DavResponse, path: string, base: string): DavEntry {
  const etag = cleanEtag(response.props.get(D.getetag)?.text);
  const request = requestPath(response.href, base);
  return { path, ...(request !== path && { request }), ...(etag !== undefined && { etag }) };
}

/**
 * Resources of a collection with their etags, by PROPFIND Depth 1. Sub-collections are left out.
 *
 * @throws NotFound when the collection is gone
 */
export async function listEtags(dav: DavClient, path: string): Promise<DavEntry[]> {
  const entries = new Map<string, DavEntry>();
  const pending: DavResponse[] = [];
  const answer = await dav.propfind(path, '1', [D.getetag, D.resourcetype], 'list the address book', (response) => {
    if (!holds(response.props.get(D.resourcetype), D.collection)) pending.push(response);
  });
  const own = asFolder(answer.path);
  for (const response of pending) {
    const member = hrefPath(response.href, answer.path);
    if (isMember(member, own) && response.status === undefined)
      entries.set(member, toEntry(response, member, answer.path));
  }
  return [...entries.values()];
}

/** Entries of a collection, the fast way when there is one, and the token they belong to. */
export async function listEntries(
  dav: DavClient,
  book: { request: string; sync: boolean },
): Promise<{ entries: DavEntry[]; token?: string }> {
  if (book.sync) {
    // 30 times faster than PROPFIND on Radicale (5,000 cards: 0.4 s against 11 s).
    const result = await syncCollection(dav, book.request, '');
    if (typeof result !== 'string') return { entries: result.changed, token: result.token };
  }
  return { entries: await listEtags(dav, book.request) };
}

/** The collection tag, which changes with every change of the content; undefined where the server has none. */
export async function readCtag(dav: DavClient, path: string): Promise<string | undefined> {
  const { props } = await dav.propsOf(path, [S.ctag], 'ask whether the address book changed');
  return props.get(S.ctag)?.text.trim() || undefined;
}

/**
 * Cards that match `addressbook-query` (RFC 6352, section 8.6): any of the given properties contains the text. What comes
 * back depends much on the server (Xandikos: 500; SOGo: nothing for FN), so it is for servers whose search is known.
 *
 * @throws Refused when the server has no such report
 */
export async function queryCards(
  dav: DavClient,
  path: string,
  query: { text: string; properties: readonly string[]; limit?: number },
): Promise<{ path: string; etag?: string; data: string }[]> {
  const match = tag(C.textMatch, [escapeXml(query.text)], { 'match-type': 'contains' });
  const filters = query.properties.map((name) => tag(C.propFilter, [match], { name }));
  const body = xmlDocument(C.query, [
    tag(D.prop, [tag(D.getetag), tag(C.addressData)]),
    tag(C.filter, filters, { test: 'anyof' }),
    ...(query.limit === undefined ? [] : [tag(C.limit, [tag(C.nresults, [String(query.limit)])])]),
  ]);
  const what = 'search the address book';
  const answer = await dav.send({ method: 'REPORT', path, depth: '1', body, repeat: 'safe', what });
  const { responses, path: base } = dav.multistatus(answer, what);
  return responses.flatMap((response) => {
    const data = response.props.get(C.addressData)?.text;
    if (data === undefined) return [];
    const { path: member, etag } = toEntry(response, hrefPath(response.href, base), base);
    return [{ path: member, data, ...(etag !== undefined && { etag }) }];
  });
}
