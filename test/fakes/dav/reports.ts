/** REPORT of the stand-in: multiget, sync-collection, query. */
import { checkProps, propNames } from './checks.js';
import type { DavFake } from './handler.js';
import { syncToken } from './places.js';
import type { FakeBook, FakeCard } from './store.js';
import { childOf } from './xml.js';
import type { RequestElement } from './xml.js';

const C = '{urn:ietf:params:xml:ns:carddav}';
const SUPPORTED = '{DAV:}supported-report';

export interface Answer {
  status: number;
  headers?: Record<string, string | string[]>;
  body?: string;
}

/** A REPORT on a book. */
export function report(fake: DavFake, book: FakeBook, request: RequestElement, origin: string): Answer {
  const wrong = checkProps(propNames(childOf(request, '{DAV:}prop')));
  if (wrong !== undefined) return fake.violation(wrong);
  if (request.name === `${C}addressbook-multiget`) return multiget(fake, book, request, origin);
  if (request.name === '{DAV:}sync-collection') return sync(fake, book, request, origin);
  if (request.name === `${C}addressbook-query`) return query(fake, book, request, origin);
  return fake.violation(`unknown report ${request.name}`);
}

function wants40(request: RequestElement): boolean {
  const prop = childOf(request, '{DAV:}prop');
  return prop !== undefined && childOf(prop, `${C}address-data`)?.attributes['version'] === '4.0';
}

function cardResponse(fake: DavFake, href: string, card: FakeCard, four: boolean): string {
  const { style } = fake;
  const data = style.card(fake.served(card.data, four));
  const props = style.el('{DAV:}getetag', style.escape(card.etag)) + style.el(`${C}address-data`, data);
  return fake.response(href, style.el('{DAV:}propstat', style.el('{DAV:}prop', props) + fake.statusLine(200)));
}

function multiget(fake: DavFake, book: FakeBook, request: RequestElement, origin: string): Answer {
  const { quirks, places } = fake;
  if (quirks.noMultiget === true) return fake.error(403, SUPPORTED);
  if (wants40(request) && quirks.versions?.includes('4.0') !== true) {
    return fake.violation('vCard 4.0 asked of a server that does not list it');
  }
  const hrefs = request.children.filter((one) => one.name === '{DAV:}href').map((one) => one.text);
  if (hrefs.length === 0) return fake.violation('multiget without hrefs');
  const four = wants40(request);
  const out: string[] = [];
  for (const href of hrefs) {
    const place = places.find(href);
    const card = place.kind === 'card' && place.book === book ? book.cards.get(place.name) : undefined;
    const written = places.href(href, origin, places.bookPath(book), true);
    if (card !== undefined && fake.isVisible(book, card)) out.push(cardResponse(fake, written, card, four));
    else if (quirks.multigetAbsent === 'whole') return { status: 404, body: 'Not found' };
    else if (quirks.multigetAbsent === '404') out.push(fake.response(written, fake.statusLine(404)));
  }
  return fake.multistatus(out);
}

function sync(fake: DavFake, book: FakeBook, request: RequestElement, origin: string): Answer {
  const { quirks, places, style } = fake;
  if (!quirks.sync) return fake.error(403, SUPPORTED);
  const token = childOf(request, '{DAV:}sync-token')?.text;
  if (token === undefined) return fake.violation('sync-collection without sync-token');
  if (childOf(request, '{DAV:}sync-level')?.text !== '1') return fake.violation('sync-collection without level 1');
  const known = /^http:\/\/fake\.example\/sync\/(\d+)$/.exec(token)?.[1];
  let since = token === '' ? 0 : Number(known);
  if (Number.isNaN(since)) {
    if (quirks.unknownToken === '500') return { status: 500, body: 'Traceback (most recent call last)' };
    if (quirks.unknownToken === '403') return fake.error(403, '{DAV:}valid-sync-token');
    since = 0;
  }
  const events = eventsSince(fake, book, since, token === '' ? quirks.tombstones : true);
  const page = quirks.syncPage === undefined ? events : events.slice(0, quirks.syncPage);
  const base = places.bookPath(book);
  const out = page.map(({ name, card }) => {
    const href = places.href(base + encodeURIComponent(name), origin, base, true);
    if (card === undefined) return fake.response(href, fake.statusLine(404));
    const prop = style.el('{DAV:}prop', style.el('{DAV:}getetag', style.escape(card.etag)));
    return fake.response(href, style.el('{DAV:}propstat', prop + fake.statusLine(200)));
  });
  const more = page.length < events.length;
  if (more) out.push(fake.response(places.href(base, origin), fake.statusLine(507)));
  const rev = more ? (page.at(-1)?.rev ?? 0) : Math.max(book.rev, since);
  return fake.multistatus(out, style.el('{DAV:}sync-token', syncToken(rev)));
}

function eventsSince(
  fake: DavFake,
  book: FakeBook,
  since: number,
  withDeleted: boolean,
): { name: string; rev: number; card?: FakeCard }[] {
  const after = (rev: number): boolean =>
    rev > since || (fake.quirks.syncRepeats === true && since > 0 && rev === since);
  const events: { name: string; rev: number; card?: FakeCard }[] = [];
  for (const card of book.cards.values()) {
    if (after(card.rev) && fake.isVisible(book, card)) events.push({ name: card.name, rev: card.rev, card });
  }
  if (withDeleted) for (const [name, rev] of book.deleted) if (after(rev)) events.push({ name, rev });
  return events.sort((a, b) => a.rev - b.rev);
}

function query(fake: DavFake, book: FakeBook, request: RequestElement, origin: string): Answer {
  const filter = childOf(request, `${C}filter`);
  if (filter?.attributes['test'] !== 'anyof') return fake.violation('query without a filter of any');
  const tests = filter.children.map((one) => ({
    name: (one.attributes['name'] ?? '').toUpperCase(),
    text: (childOf(one, `${C}text-match`)?.text ?? '').toLowerCase(),
  }));
  const matches = (data: string): boolean =>
    data
      .replace(/\r?\n[ \t]/g, '')
      .split(/\r?\n/)
      .some((line) => {
        const name = /^(?:[^.:;]*\.)?([A-Za-z-]+)[;:]/.exec(line)?.[1]?.toUpperCase();
        const value = line.slice(line.indexOf(':') + 1).toLowerCase();
        return tests.some((test) => test.name === name && value.includes(test.text));
      });
  const base = fake.queryBase ?? fake.places.bookPath(book);
  const found = [...book.cards.values()].filter((card) => fake.isVisible(book, card) && matches(card.data));
  return fake.multistatus(
    found.map((card) => {
      const href = fake.places.href(base + encodeURIComponent(card.name), origin, base, true);
      return cardResponse(fake, href, card, false);
    }),
  );
}
