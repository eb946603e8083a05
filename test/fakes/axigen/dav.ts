/** The CardDAV half of the stand-in: two virtual collections, and Axigen's quirks as switches. */
import type { IncomingMessage } from 'node:http';
import { createDavHandler, DavStore, quirksOf, uidOf, type DavFake, type FakeBook } from '../dav.js';
import type { CardSource, StoredCard } from './state.js';
import type { WireReply } from './wire.js';

export interface DavHalfOptions {
  /** No CardDAV at all: answered with this status (400 with an error in JSON), or with the WebMail's page. */
  davOff: 400 | 403 | 404 | 405 | 500 | 501 | 503 | 'page' | 'json';
  /** Answer of `/.well-known/carddav`. Default: a redirect to the home. */
  wellKnown: 'redirect' | 'none';
  /** Answers to PUT carry an ETag. Default true. */
  putEtag: boolean;
  /** The collection tag is there. Default true. */
  ctag: boolean;
  /** Cards are stored under a name of the server's own. Default false. */
  moves: boolean;
  /** Listings and reports show a write only after so many further requests of their kind; `Infinity`: after `settle`. Default 0. */
  lag: number;
  /** Which properties are kept: all, or only those of the vendor's own clients. Default all. */
  keeps: 'all' | 'documented';
}

interface SignIn {
  user: string;
  password: string;
  token: string;
}

const HOME = '/Contacts/';
const MAIN = 'Contacts';
const DIRECTORY = 'Directory';
const KEPT =
  /^(?:[\w-]+\.)?(BEGIN|END|VERSION|UID|FN|N|NICKNAME|EMAIL|TEL|ADR|ORG|TITLE|ROLE|URL|IMPP|BDAY|X-ANNIVERSARY|NOTE|CATEGORIES|PHOTO|REV|PRODID|X-ABLABEL|X-ADDRESSBOOKSERVER-KIND|X-ADDRESSBOOKSERVER-MEMBER)[;:]/i;

/** The store that tells whether something changed. */
class CountingStore extends DavStore {
  current = 0;

  override next(): number {
    this.current = super.next();
    return this.current;
  }
}

function onlyKept(vcard: string): string {
  const lines = vcard.replace(/\r\n(?![ \t])/g, '\u0000').split('\u0000');
  return lines.filter((line) => line === '' || KEPT.test(line)).join('\r\n');
}

const PAGE = '<!DOCTYPE html><html><head><title>Axigen WebMail</title></head><body></body></html>';

function offReply(off: DavHalfOptions['davOff']): WireReply {
  if (off === 'page') return { status: 200, headers: { 'content-type': 'text/html; charset=utf-8' }, body: PAGE };
  const body = JSON.stringify({ errorCode: 'E400', errorDescription: 'unexpected method' });
  const json = { headers: { 'content-type': 'application/json' }, body };
  if (off === 'json') return { status: 200, ...json };
  return { status: off, ...(off === 400 ? json : {}) };
}

export class DavHalf implements CardSource {
  readonly store = new CountingStore([MAIN, 'Axigen Contacts'], [DIRECTORY, 'Axigen Directory']);
  /** What listings and reports see: the store of a while ago. */
  readonly #index = new CountingStore([MAIN, 'Axigen Contacts'], [DIRECTORY, 'Axigen Directory']);
  readonly #live: DavFake;
  readonly #lagging: DavFake;
  readonly #options: Partial<DavHalfOptions>;
  readonly #notes: string[] = [];
  #seen = 0;
  #waiting = 0;
  #serial = 0;

  constructor(signIn: SignIn, options: Partial<DavHalfOptions>) {
    this.#options = options;
    const quirks = quirksOf('plain', {
      name: 'axigen',
      principal: () => HOME,
      home: () => HOME,
      ...(options.wellKnown === 'none' ? {} : { wellKnown: { status: 301, location: HOME } }),
      root: false,
      server: 'Axigen-Webmail',
      versions: ['3.0'],
      putEtag: options.putEtag ?? true,
      ctag: options.ctag ?? true,
      exists: 409,
      uidConflict: options.moves ?? false,
      sync: false,
      mkcol: 'none',
      move: 501,
      copy: 501,
      ...(options.keeps === 'documented' ? { rewrite: onlyKept } : {}),
    });
    const { user, password, token } = signIn;
    const basic = `Basic ${Buffer.from(`${user}:${password}`, 'utf8').toString('base64')}`;
    const authorize = ({ headers }: IncomingMessage): boolean =>
      headers.authorization === basic || headers.authorization === `Bearer ${token}`;
    const shared = { quirks, user, password, authorize, queryBase: '/Contacts/Wrong/' };
    this.#live = createDavHandler({ ...shared, store: this.store });
    this.#lagging = createDavHandler({ ...shared, store: this.#index });
    for (const store of [this.store, this.#index]) store.book(DIRECTORY).readOnly = true;
  }

  get violations(): string[] {
    return [...this.#live.violations, ...this.#lagging.violations, ...this.#notes];
  }

  get main(): FakeBook {
    return this.store.book(MAIN);
  }

  get directory(): FakeBook {
    return this.store.book(DIRECTORY);
  }

  /** Path of the main collection. */
  get path(): string {
    return `${HOME}${MAIN}/`;
  }

  *cards(): Generator<StoredCard> {
    for (const book of this.store.books.values()) {
      for (const { name, data, etag } of book.cards.values()) {
        yield { path: `${HOME}${book.segment}/${name}`, etag, text: data };
      }
    }
  }

  version(): number {
    return this.store.current;
  }

  /** Stores a card under its uid (or a given name), as if it had been there for long. */
  add(vcard: string, where: { directory?: boolean; name?: string }): string {
    const book = where.directory === true ? this.directory : this.main;
    const uid = /^UID[^:\r\n]*:(?:urn:uuid:)?(.*)$/im.exec(vcard.replace(/\r?\n[ \t]/g, ''))?.[1]?.trim();
    const name = where.name ?? `${uid ?? `card-${String(++this.#serial)}`}.vcf`;
    const all = this.#isCurrent();
    book.put(name, vcard);
    if (all) this.settle();
    return `${HOME}${book.segment}/${name}`;
  }

  #isCurrent(): boolean {
    return this.#seen === this.store.current;
  }

  /** The index catches up: listings show everything that was written. */
  settle(): void {
    for (const [segment, book] of this.store.books) {
      const { cards, deleted } = this.#index.book(segment);
      cards.clear();
      deleted.clear();
      for (const [name, card] of book.cards) cards.set(name, card);
      for (const [name, rev] of book.deleted) deleted.set(name, rev);
    }
    this.#seen = this.store.current;
    this.#waiting = 0;
  }

  #reader(): DavFake {
    const lag = this.#options.lag ?? 0;
    if (lag === 0) return this.#live;
    if (!this.#isCurrent() && ++this.#waiting > lag) this.settle();
    return this.#lagging;
  }

  handle(message: IncomingMessage, body: Buffer): WireReply {
    const { method = '', url = '' } = message;
    if (this.#options.davOff !== undefined) return offReply(this.#options.davOff);
    if (!url.startsWith(HOME) && !['/', '/Contacts', '/.well-known/carddav'].includes(url)) {
      this.#notes.push(`${method} ${url}: no such place`);
      return { status: 404 };
    }
    if (message.headers['x-axigen-session'] !== undefined)
      this.#notes.push(`${method} ${url}: CardDAV knows no sessions`);
    const reads = method === 'PROPFIND' || method === 'REPORT';
    const fake = reads ? this.#reader() : this.#live;
    const { status, headers, body: text } = fake.answer(message, body);
    if (method === 'PUT' && status === 201 && this.#options.moves === true) this.#move(url);
    const shown: Record<string, string> = { dav: fake.quirks.dav.join(', '), server: fake.quirks.server };
    for (const [name, value] of Object.entries(headers ?? {})) shown[name] = String(value);
    return { status, headers: shown, ...(text === undefined ? {} : { body: text }) };
  }

  /** The server gives the new card a name of its own. */
  #move(url: string): void {
    const name = decodeURIComponent(url.slice(url.lastIndexOf('/') + 1));
    const card = this.main.cards.get(name);
    if (card === undefined) return;
    this.main.cards.delete(name);
    const own = `srv-${String(++this.#serial)}.vcf`;
    this.main.cards.set(own, { ...card, name: own });
  }

  /** The stored text of a contact, by uid. */
  textOf(uid: string): string | undefined {
    const wanted = uid.replace(/^urn:uuid:/i, '').toLowerCase();
    return [...this.main.cards.values()].find(({ data }) => uidOf(data) === wanted)?.data;
  }
}
