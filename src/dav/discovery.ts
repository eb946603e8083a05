/** Finds principal, home sets and address books from whatever URL a user has (RFC 6764, section 6; RFC 6352, 7.1). */
import { NotFound, ProtocolError, Refused, UsageError } from '../model/errors.js';
import type { CardferryError } from '../model/errors.js';
import { isWebPage, webPage, WrongServer } from '../http/answer.js';
import { davError, NoService } from './errors.js';
import type { DavClient, MultistatusAnswer } from './client.js';
import { refusalOf } from './client.js';
import { asFolder, hrefOrigin, hrefPath, lastName, requestPath } from './hrefs.js';
import { C, D, S } from './names.js';
import type { DavResponse } from './xml.js';
import { holds, hrefsIn, tag, xmlDocument } from './xml.js';

/** An address book collection. */
export interface DavBook {
  /** From `hrefPath`, with a slash at the end: its identity. */
  path: string;
  /** The same as the server spells it: for requests. */
  request: string;
  /** Display name, else the last path segment. */
  name: string;
  description?: string;
  writable: boolean;
  /** Somebody else's, shown to us. */
  shared: boolean;
  /** Lists vCard 4.0 in `supported-address-data`. Without that list a server takes 3.0 (RFC 6352, section 6.2.2). */
  version4: boolean;
  /** Offers `sync-collection`. */
  sync: boolean;
  ctag?: string;
  syncToken?: string;
  maxSize?: number;
}

export interface DavAccount {
  /** Path of the principal, when the server names one. */
  principal?: string;
  /** The principal's display name. */
  displayName?: string;
  /** Paths of the home sets; the first takes new books. */
  homes: string[];
  books: DavBook[];
  /** Path of the book that the server, or the given URL, names as the one for new contacts. */
  preferred?: string;
  /** `Server` header. */
  server?: string;
}

const WHO = [D.resourcetype, D.currentUserPrincipal, C.homeSet, C.defaultBook, D.displayname] as const;
const BOOK = [
  D.resourcetype,
  D.displayname,
  C.description,
  D.privileges,
  D.owner,
  D.reports,
  D.syncToken,
  S.ctag,
  C.supportedData,
  C.maxSize,
] as const;

/**
 * The base URL for what a user typed: a URL as it is, `host[:port][/path]` and `user@domain` as https. The SRV records
 * of RFC 6764 are not looked up: `/.well-known/carddav` of the domain answers in their place.
 *
 * @throws UsageError when it is neither
 */
export function davBase(typed: string): string {
  const text = typed.trim();
  const full = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text.slice(text.indexOf('@') + 1)}`;
  const wrong = (why: string): UsageError =>
    new UsageError(`this is no CardDAV address: ${typed}`, {
      why,
      hint: 'use a URL such as https://dav.example.com/, or a domain',
    });
  if (!URL.canParse(full)) throw wrong('it is no URL');
  const url = new URL(full);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw wrong(`${url.protocol} is not supported`);
  return url.href;
}

/** Who we are according to one URL. */
interface Lead {
  path: string;
  own: DavResponse;
  server: string | undefined;
}

/**
 * Tries the given path, then `/.well-known/carddav`, then `/` (the last two only, in this order, when no path was given).
 *
 * @param path path of the URL the user gave: of the server, a principal, a home set or a book
 * @throws AuthError on the first refusal to sign in (no second try: servers lock accounts); NoService (or Refused) when
 *   nothing leads to an address book; what the HTTP client throws
 */
export async function discover(dav: DavClient, path: string): Promise<DavAccount> {
  const tries = path === '/' ? ['/.well-known/carddav', '/'] : [requestPath(path), '/.well-known/carddav', '/'];
  let first: CardferryError | undefined;
  for (const one of tries) {
    try {
      const account = await follow(dav, one);
      if (account !== undefined) return account;
    } catch (error) {
      // A web page, a refusal or a redirect to another server is no verdict while there are other places to try.
      const passing = error instanceof ProtocolError || error instanceof Refused || error instanceof NotFound;
      if (!passing) throw error;
      first ??= error;
    }
  }
  throw noService(dav, tries, first);
}

function noService(dav: DavClient, tries: readonly string[], first: CardferryError | undefined): CardferryError {
  const { host } = dav.http.base;
  const details = {
    why: `tried ${tries.join(' and ')}: ${first?.why ?? first?.message ?? 'there is nothing of that kind'}`,
    hint:
      first !== undefined && !(first instanceof WrongServer) && first.hint !== undefined
        ? first.hint
        : 'check --url: give the full URL of the address book (servers show it in their settings for other programs)',
    ...(first?.status === undefined ? {} : { status: first.status }),
    cause: first,
  };
  if (first instanceof WrongServer && first.page)
    return new NoService(`${host} answered with a web page, not CardDAV: no address book was found`, details);
  const message = `no address book was found: ${host} offers no CardDAV at this URL`;
  return first instanceof Refused ? new Refused(message, details) : new NoService(message, details);
}

async function follow(dav: DavClient, start: string): Promise<DavAccount | undefined> {
  const first = await lead(dav, start);
  if (first === undefined) return undefined;
  const principalHref = hrefsIn(first.own.props.get(D.currentUserPrincipal))[0];
  const principal = principalHref === undefined ? undefined : await lead(dav, local(dav, principalHref, first.path));
  const about = principal ?? first;
  const named = hrefsIn(about.own.props.get(C.homeSet)).map((href) => asFolder(local(dav, href, about.path)));
  const homes = named.length > 0 ? [...new Set(named)] : [homeWithout(about)];
  const books = new Map<string, DavBook>();
  const add = (found: readonly DavBook[]): void => found.forEach((book) => books.set(book.path, book));
  for (const home of homes) add(await listBooks(dav, home, about.path));
  const given = asFolder(hrefPath(first.path));
  if (isBook(first.own)) {
    if (!books.has(given)) add([await readBookAt(dav, requestPath(first.path), about.path)]);
  } else if (mayHoldBooks(first.own) && !homes.some((home) => hrefPath(home).startsWith(given))) {
    // The URL of another home set, shared with us. A server that does not list there has nothing to add.
    add(await listBooks(dav, requestPath(first.path), about.path).catch(() => []));
  }
  if (books.size === 0 && principalHref === undefined && named.length === 0) return undefined;
  return account(first, about, homes, [...books.values()]);
}

/** A principal without a home set is one itself (Radicale and DAViCal keep books below it); a lone book lies in one. */
function homeWithout(about: Lead): string {
  const path = asFolder(requestPath(about.path));
  return isBook(about.own) ? path.slice(0, path.lastIndexOf('/', path.length - 2) + 1) : path;
}

function mayHoldBooks(response: DavResponse): boolean {
  const type = response.props.get(D.resourcetype);
  return holds(type, D.collection) && !holds(type, D.principal);
}

function account(first: Lead, about: Lead, homes: string[], books: DavBook[]): DavAccount {
  const named = hrefsIn(about.own.props.get(C.defaultBook))[0];
  const own = asFolder(hrefPath(first.path));
  const preferred = isBook(first.own) ? own : named === undefined ? undefined : asFolder(hrefPath(named, about.path));
  const displayName = about.own.props.get(D.displayname)?.text.trim();
  return {
    ...(about !== first || about.own.props.has(C.homeSet) ? { principal: hrefPath(about.path) } : {}),
    ...(displayName && { displayName }),
    homes,
    books,
    ...(preferred !== undefined && { preferred }),
    ...(first.server !== undefined && { server: first.server }),
  };
}

function isBook(response: DavResponse): boolean {
  return holds(response.props.get(D.resourcetype), C.addressbook);
}

/** The path of an href on our own server. Another host cannot be asked with these credentials: the error names it. */
function local(dav: DavClient, href: string, base: string): string {
  const origin = hrefOrigin(href);
  // Behind a proxy a server may name itself by its inner scheme or port: only another host name counts as another server.
  if (origin !== undefined && URL.canParse(origin) && new URL(origin).hostname !== dav.http.base.hostname) {
    throw new UsageError('the address books are on another server', {
      why: `this one names ${href}`,
      hint: `if you trust it, use --url ${href}`,
    });
  }
  return requestPath(href, base);
}

/** PROPFIND of one place; undefined when it is no WebDAV resource. */
async function lead(dav: DavClient, path: string): Promise<Lead | undefined> {
  const what = 'find the address books';
  const body = xmlDocument(D.propfind, [
    tag(
      D.prop,
      WHO.map((name) => tag(name)),
    ),
  ]);
  const answer = await dav.send({ method: 'PROPFIND', path, depth: '0', body, repeat: 'safe', what });
  if (isWebPage(answer) && answer.status !== 401) throw webPage(answer, what, 'WebDAV');
  if ([404, 405, 410, 501].includes(answer.status)) return undefined;
  if (answer.status !== 207) throw davError(refusalOf(answer), what);
  const { responses, path: base } = dav.multistatus(answer, what);
  const own = responses.find((one) => hrefPath(one.href, base) === base) ?? responses[0];
  if (own === undefined || own.status === 404) return undefined;
  return { path: base, own, server: answer.header('server') };
}

/**
 * Address books directly below a home set, or the collection itself when it is one.
 *
 * @param principal path of the principal, to tell shared books by their owner
 */
export async function listBooks(dav: DavClient, home: string, principal?: string): Promise<DavBook[]> {
  const answer = await dav.propfind(home, '1', BOOK, 'list the address books');
  return answer.responses.filter(isBook).map((one) => readBook(one, answer, principal));
}

/** One address book by its path. @throws NotFound when there is none, or it is no address book */
export async function readBookAt(dav: DavClient, path: string, principal?: string): Promise<DavBook> {
  const what = `open the address book ${path}`;
  const answer = await dav.propfind(asFolder(path), '0', BOOK, what);
  const own = answer.responses.find(isBook);
  if (own === undefined) throw new NotFound(`cannot ${what}`, { why: 'it is no address book' });
  return readBook(own, answer, principal);
}

const WRITE = /\}(?:write|write-content|bind|all)$/;

function readBook(response: DavResponse, answer: MultistatusAnswer, principal: string | undefined): DavBook {
  const text = (name: string): string | undefined => response.props.get(name)?.text.trim() || undefined;
  const path = asFolder(hrefPath(response.href, answer.path));
  const rights = response.props.get(D.privileges);
  const granted = rights?.children.flatMap((one) => one.children.map((right) => right.name));
  const owner = hrefsIn(response.props.get(D.owner))[0];
  const foreign =
    owner !== undefined &&
    principal !== undefined &&
    asFolder(hrefPath(owner, answer.path)) !== asFolder(hrefPath(principal));
  const syncToken = text(D.syncToken);
  const ctag = text(S.ctag);
  const description = text(C.description);
  const maxSize = Number(text(C.maxSize));
  return {
    path,
    request: asFolder(requestPath(response.href, answer.path)),
    name: text(D.displayname) ?? lastName(path),
    ...(description && { description }),
    writable: granted === undefined || granted.length === 0 || granted.some((name) => WRITE.test(name)),
    shared: foreign || holds(response.props.get(D.resourcetype), S.shared),
    version4: listsVersion4(response),
    // Xandikos names its reports without the <report> around them; SOGo and others have the token but not the list.
    sync: syncToken !== undefined || holds(response.props.get(D.reports), D.syncCollection),
    ...(ctag && { ctag }),
    ...(syncToken && { syncToken }),
    ...(maxSize > 0 && { maxSize }),
  };
}

function listsVersion4(response: DavResponse): boolean {
  const types = response.props.get(C.supportedData)?.children ?? [];
  return types.some((type) => {
    const kind = type.attributes?.get('content-type')?.toLowerCase();
    return kind === 'text/vcard' && type.attributes?.get('version') === '4.0';
  });
}
