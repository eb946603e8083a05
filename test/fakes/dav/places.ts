/** Paths of the stand-in, and the properties of what is there. */
import type { DavQuirks } from './quirks.js';
import type { DavStore, FakeBook, FakeCard } from './store.js';
import type { XmlStyle } from './xml.js';

export type Place =
  | { kind: 'wellKnown' | 'principal' | 'home' | 'principalHome' | 'elsewhere' }
  | { kind: 'root'; path: string }
  | { kind: 'book'; book: FakeBook }
  | { kind: 'newBook'; segment: string }
  | { kind: 'card'; book: FakeBook; name: string };

const C = '{urn:ietf:params:xml:ns:carddav}';

export class Places {
  readonly principal: string;
  readonly home: string;

  constructor(
    private readonly quirks: DavQuirks,
    private readonly store: DavStore,
    user: string,
    private readonly style: XmlStyle,
  ) {
    this.principal = quirks.principal(user);
    this.home = quirks.home(user);
  }

  /** What a request path (still encoded) leads to. */
  find(path: string): Place {
    const slashed = path.endsWith('/') ? path : `${path}/`;
    if (path === '/.well-known/carddav') return { kind: 'wellKnown' };
    if (slashed === this.home) return { kind: this.home === this.principal ? 'principalHome' : 'home' };
    if (slashed === this.principal) return { kind: 'principal' };
    if (path === '/' && !this.quirks.root) return { kind: 'elsewhere' };
    if (path === '/' || slashed === this.quirks.wellKnown?.location.replace(/\/?$/, '/')) return { kind: 'root', path };
    if (!path.startsWith(this.home)) return { kind: 'elsewhere' };
    const [segment = '', name = '', ...more] = path.slice(this.home.length).split('/').map(decodeURIComponent);
    if (more.length > 0) return { kind: 'elsewhere' };
    const book = this.store.books.get(segment);
    if (name !== '') return book === undefined ? { kind: 'elsewhere' } : { kind: 'card', book, name };
    return book === undefined ? { kind: 'newBook', segment } : { kind: 'book', book };
  }

  bookPath(book: FakeBook): string {
    return `${this.home}${encodeURIComponent(book.segment)}/`;
  }

  /** An href in the server's spelling. */
  href(path: string, origin: string, base = '/', report = false): string {
    switch (this.quirks.hrefs) {
      case 'lower':
        return path.replace(/%[0-9A-F]{2}/g, (octet) => octet.toLowerCase());
      case 'raw':
        return this.style.escape(report ? decodeURIComponent(path) : path);
      case 'bare':
        return path.replace(/%40/g, '@').replace(/%3A/g, ':');
      case 'absolute':
        return origin + path;
      case 'relative':
        return path.startsWith(base) && path !== base ? path.slice(base.length) : path;
      case 'encoded':
        return path;
    }
  }

  /** A property of a place as markup; undefined when it has none. */
  prop(place: Place, name: string): string | undefined {
    switch (place.kind) {
      case 'book':
        return this.#common(name) ?? this.#bookProp(place.book, name);
      case 'card': {
        const found = place.book.cards.get(place.name);
        return found === undefined ? undefined : this.cardProp(found, name);
      }
      case 'home':
      case 'principal':
      case 'principalHome':
        return this.#common(name) ?? this.#placeProp(place.kind, name);
      case 'root':
        return this.#common(name) ?? (name === '{DAV:}resourcetype' ? this.style.el('{DAV:}collection') : undefined);
      default:
        return undefined;
    }
  }

  cardProp(card: FakeCard, name: string): string | undefined {
    if (name === '{DAV:}getetag') return this.style.escape(card.etag);
    return name === '{DAV:}resourcetype' ? '' : undefined;
  }

  #common(name: string): string | undefined {
    if (name !== '{DAV:}current-user-principal') return undefined;
    return this.style.el('{DAV:}href', this.principal);
  }

  #placeProp(kind: 'home' | 'principal' | 'principalHome', name: string): string | undefined {
    const { style } = this;
    if (name === '{DAV:}displayname') return kind === 'home' ? undefined : 'Ann Example';
    if (name === `${C}addressbook-home-set` && kind !== 'home') return style.el('{DAV:}href', this.home);
    if (name !== '{DAV:}resourcetype') return undefined;
    return style.el('{DAV:}collection') + (kind === 'home' ? '' : style.el('{DAV:}principal'));
  }

  #bookProp(book: FakeBook, name: string): string | undefined {
    const { style, quirks } = this;
    switch (name) {
      case '{DAV:}resourcetype':
        return `${style.el('{DAV:}collection')}${style.el(`${C}addressbook`)}`;
      case '{DAV:}displayname':
        return style.escape(book.name);
      case `${C}addressbook-description`:
        return book.description === '' ? undefined : style.escape(book.description);
      case '{DAV:}current-user-privilege-set':
        return (book.readOnly ? ['read'] : ['read', 'write', 'write-content', 'bind', 'unbind'])
          .map((right) => style.el('{DAV:}privilege', style.el(`{DAV:}${right}`)))
          .join('');
      case '{DAV:}owner':
        return style.el('{DAV:}href', book.shared ? '/principals/somebody-else/' : this.principal);
      case '{http://calendarserver.org/ns/}getctag':
        return quirks.ctag ? book.ctag : undefined;
      case '{DAV:}sync-token':
        return quirks.sync ? syncToken(book.rev) : undefined;
      case `${C}supported-address-data`:
        return quirks.versions
          ?.map((version) =>
            style.el(`${C}address-data-type`, undefined, ` content-type="text/vcard" version="${version}"`),
          )
          .join('');
      case '{DAV:}supported-report-set':
        return this.#reports();
      default:
        return undefined;
    }
  }

  #reports(): string {
    const { style, quirks } = this;
    const names = quirks.noMultiget === true ? [] : [`${C}addressbook-multiget`, `${C}addressbook-query`];
    if (quirks.sync) names.push('{DAV:}sync-collection');
    return names
      .map((name) => style.el(name))
      .map((report) => (quirks.syncUnlisted === true ? report : style.el('{DAV:}report', report)))
      .map((report) => style.el('{DAV:}supported-report', report))
      .join('');
  }
}

export function syncToken(rev: number): string {
  return `http://fake.example/sync/${rev}`;
}
