/** A strict CardDAV server in memory that plays real ones; an http.Server can mount it beside other things. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { checkCard, checkHead, checkProps, propNames } from './checks.js';
import { signedIn } from './login.js';
import { Places } from './places.js';
import type { Place } from './places.js';
import { quirksOf } from './quirks.js';
import type { DavQuirks } from './quirks.js';
import type { Answer } from './reports.js';
import { report } from './reports.js';
import type { DavStore, FakeBook, FakeCard } from './store.js';
import { childOf, parseRequest, XmlStyle } from './xml.js';
import type { RequestElement } from './xml.js';
import { copyOrMove, makeBook, putCard, removeCard } from './writes.js';

export interface DavHandlerOptions {
  store: DavStore;
  quirks?: DavQuirks;
  user?: string;
  password?: string;
  /** Replaces the check of user and password. */
  authorize?(request: IncomingMessage): boolean;
  /** Whether listings and reports show the card yet (Axigen's index lags behind writes). GET always does. */
  visible?(book: FakeBook, card: FakeCard): boolean;
  /** Path that `addressbook-query` puts before names instead of the book's own (Axigen's are wrong). */
  queryBase?: string;
}

/** A request as it came. */
export interface DavRequest {
  method: string;
  path: string;
  depth?: string;
  headers: IncomingMessage['headers'];
  body: string;
}

export class DavFake {
  readonly quirks: DavQuirks;
  readonly store: DavStore;
  readonly style: XmlStyle;
  readonly places: Places;
  readonly requests: DavRequest[] = [];
  readonly violations: string[] = [];
  readonly user: string;
  readonly password: string;
  readonly queryBase: string | undefined;

  constructor(private readonly options: DavHandlerOptions) {
    this.quirks = options.quirks ?? quirksOf('plain');
    this.store = options.store;
    this.user = options.user ?? 'test';
    this.password = options.password ?? 'secret';
    this.queryBase = options.queryBase;
    this.style = new XmlStyle(this.quirks);
    this.places = new Places(this.quirks, this.store, this.user, this.style);
  }

  /** Whether a path belongs to this half of a server that has another. */
  owns(path: string): boolean {
    return this.places.find(path.split('?')[0] ?? path).kind !== 'elsewhere';
  }

  /** @throws listing every request that no real client may send */
  assertClean(): void {
    if (this.violations.length > 0) throw new Error(`the fake was asked for:\n${this.violations.join('\n')}`);
  }

  violation(text: string): Answer {
    this.violations.push(text);
    return { status: 400, body: `strict: ${text}` };
  }

  isVisible(book: FakeBook, card: FakeCard): boolean {
    return this.options.visible?.(book, card) ?? true;
  }

  /** The data as a GET or a report gives it. */
  served(data: string, four: boolean): string {
    if (!this.quirks.converts || four || !/^VERSION:4\.0/m.test(data)) return data;
    const unfolded = data.replace(/\r\n[ \t]/g, '').replace(/^VERSION:4\.0/m, 'VERSION:3.0');
    return unfolded.replace(/^(PHOTO[^:\r]*:data:[^;\r]*);[^\r]*/gm, '$1');
  }

  statusLine(status: number): string {
    return this.style.el('{DAV:}status', `HTTP/1.1 ${status} Whatever`);
  }

  response(href: string, content: string): string {
    return this.style.el('{DAV:}response', this.style.el('{DAV:}href', href) + content);
  }

  multistatus(responses: readonly string[], more = ''): Answer {
    const body = this.style.document('{DAV:}multistatus', responses.join('\n') + more);
    return { status: 207, headers: { 'content-type': 'application/xml; charset=utf-8' }, body };
  }

  error(status: number, condition: string): Answer {
    const body = this.style.document('{DAV:}error', this.style.el(condition));
    return { status, headers: { 'content-type': 'application/xml; charset=utf-8' }, body };
  }

  /** Answers a request. */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const answer = this.answer(request, Buffer.concat(chunks));
    response.writeHead(answer.status, { dav: [...this.quirks.dav], server: this.quirks.server, ...answer.headers });
    response.end(answer.body);
  }

  answer(request: IncomingMessage, body: Buffer): Answer {
    const { method = '', url = '/', headers } = request;
    const { depth } = headers;
    const logged = typeof depth === 'string' ? { depth } : {};
    this.requests.push({ method, path: url, headers, body: body.toString('utf8'), ...logged });
    const wrong = checkHead(method, url, headers);
    if (wrong !== undefined) return this.violation(wrong);
    const place = this.places.find(url);
    if (place.kind === 'wellKnown') return this.#wellKnown();
    const refused = this.options.authorize?.(request) === undefined ? signedIn(this, request) : undefined;
    if (this.options.authorize !== undefined && !this.options.authorize(request)) return { status: 401 };
    return refused ?? this.#route(method, place, headers, body);
  }

  #wellKnown(): Answer {
    const { wellKnown } = this.quirks;
    return wellKnown === undefined
      ? { status: 404 }
      : { status: wellKnown.status, headers: { location: wellKnown.location } };
  }

  #route(method: string, place: Place, headers: IncomingMessage['headers'], body: Buffer): Answer {
    if (method === 'OPTIONS') return { status: 200, headers: { allow: 'OPTIONS, GET, PUT, DELETE, PROPFIND, REPORT' } };
    const origin = `http://${headers.host ?? ''}`;
    if (method === 'PUT') return this.#put(place, headers, body);
    if (method === 'GET') return this.#get(place);
    if (method === 'DELETE') return removeCard(this, place, headers);
    if (method === 'MOVE' || method === 'COPY') return copyOrMove(this, method, place, headers.destination);
    const xml = body.length === 0 ? undefined : this.#parse(body);
    if (method === 'MKCOL') return makeBook(this, place, xml);
    if (xml === undefined) return { status: 400 };
    if (method === 'PROPFIND') return this.#propfind(place, headers.depth === '1', xml, origin);
    if (method === 'PROPPATCH') return this.#proppatch(place, xml);
    if (place.kind !== 'book') return { status: place.kind === 'elsewhere' ? 404 : 403 };
    return report(this, place.book, xml, origin);
  }

  #parse(body: Buffer): RequestElement | undefined {
    try {
      return parseRequest(body.toString('utf8'));
    } catch (error) {
      this.violation(`XML: ${String(error)}`);
      return undefined;
    }
  }

  #get(place: Place): Answer {
    const card = place.kind === 'card' ? place.book.cards.get(place.name) : undefined;
    if (card === undefined) return { status: place.kind === 'card' || place.kind === 'elsewhere' ? 404 : 405 };
    const headers = { 'content-type': this.quirks.contentType, etag: card.etag };
    return { status: 200, headers, body: this.served(card.data, false) };
  }

  #put(place: Place, headers: IncomingMessage['headers'], body: Buffer): Answer {
    if (place.kind !== 'card') return { status: place.kind === 'elsewhere' ? 409 : 405 };
    const wrong = checkCard(body, this.quirks.versions ?? ['3.0']);
    if (wrong !== undefined) return this.violation(wrong);
    return putCard(this, { book: place.book, name: place.name, data: body.toString('utf8'), headers });
  }

  #propfind(place: Place, deep: boolean, xml: RequestElement, origin: string): Answer {
    const names = propNames(childOf(xml, '{DAV:}prop'));
    const wrong = xml.name === '{DAV:}propfind' ? checkProps(names) : `PROPFIND with ${xml.name}`;
    if (wrong !== undefined) return this.violation(wrong);
    const targets = this.#targets(place, deep);
    if (targets === undefined) return { status: 404 };
    const base = targets[0]?.path ?? '/';
    return this.multistatus(targets.map((one) => this.#properties(one, names, origin, base)));
  }

  /** The place and, when deep, what is in it. Undefined: nothing there. Empty: no WebDAV there. */
  #targets(place: Place, deep: boolean): { place: Place; path: string }[] | undefined {
    const { places, store } = this;
    switch (place.kind) {
      case 'root':
        return [{ place, path: place.path }];
      case 'principal':
        return [{ place, path: places.principal }];
      case 'home':
      case 'principalHome': {
        const books = [...store.books.values()].map((book) => ({
          place: { kind: 'book' as const, book },
          path: places.bookPath(book),
        }));
        return [{ place, path: places.home }, ...(deep ? books : [])];
      }
      case 'book': {
        const { book } = place;
        const path = places.bookPath(book);
        const cards = [...book.cards.values()].filter((card) => this.isVisible(book, card));
        const members = cards.map(({ name }) => ({
          place: { kind: 'card' as const, book, name },
          path: path + encodeURIComponent(name),
        }));
        return [{ place, path }, ...(deep ? members : [])];
      }
      case 'card':
        if (!place.book.cards.has(place.name)) return undefined;
        return [{ place, path: places.bookPath(place.book) + encodeURIComponent(place.name) }];
      default:
        return undefined;
    }
  }

  #properties(
    { place, path }: { place: Place; path: string },
    names: readonly string[],
    origin: string,
    base: string,
  ): string {
    const { style, places } = this;
    const found: string[] = [];
    const missing: string[] = [];
    for (const name of names) {
      const value = places.prop(place, name);
      if (value === undefined) missing.push(style.el(name));
      else found.push(style.el(name, value === '' ? undefined : value));
    }
    const stat = (props: readonly string[], status: number): string =>
      props.length === 0
        ? ''
        : style.el('{DAV:}propstat', style.el('{DAV:}prop', props.join('')) + this.statusLine(status));
    return this.response(places.href(path, origin, base), stat(found, 200) + stat(missing, 404));
  }

  #proppatch(place: Place, xml: RequestElement): Answer {
    if (place.kind !== 'book') return { status: place.kind === 'elsewhere' ? 404 : 403 };
    const set = childOf(xml, '{DAV:}set');
    const prop = set && childOf(set, '{DAV:}prop');
    if (prop === undefined) return this.violation('PROPPATCH without a property');
    for (const one of prop.children) {
      if (one.name === '{DAV:}displayname') place.book.name = one.text;
      else if (one.name !== '{DAV:}resourcetype') return this.violation(`PROPPATCH of ${one.name}`);
    }
    const props = this.style.el('{DAV:}prop', prop.children.map((one) => this.style.el(one.name)).join(''));
    const stat = this.style.el('{DAV:}propstat', props + this.statusLine(200));
    return this.multistatus([this.response(this.places.bookPath(place.book), stat)]);
  }
}

/** The half of a server that speaks CardDAV: `handle` for an http.Server, the rest for the test. */
export function createDavHandler(options: DavHandlerOptions): DavFake {
  return new DavFake(options);
}
