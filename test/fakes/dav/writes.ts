/** Writing at the stand-in, with what each server gets wrong. */
import type { IncomingHttpHeaders } from 'node:http';
import type { DavFake } from './handler.js';
import type { Place } from './places.js';
import type { Answer } from './reports.js';
import type { FakeBook } from './store.js';
import { uidOf } from './store.js';
import { childOf } from './xml.js';
import type { RequestElement } from './xml.js';

const NO_UID_CONFLICT = '{urn:ietf:params:xml:ns:carddav}no-uid-conflict';

interface Put {
  book: FakeBook;
  name: string;
  data: string;
  headers: IncomingHttpHeaders;
}

export function putCard(fake: DavFake, { book, name, data, headers }: Put): Answer {
  const { quirks } = fake;
  if (book.readOnly) return fake.error(403, '{DAV:}need-privileges');
  const old = book.cards.get(name);
  if (headers['if-none-match'] === '*' && old !== undefined && quirks.ifNoneMatch) return { status: quirks.exists };
  if (headers['if-match'] !== undefined && headers['if-match'] !== old?.etag) return { status: 412 };
  if (data.includes('\0')) return refuseGarbage(fake, name);
  const uid = uidOf(data);
  const clash = [...book.cards.values()].some((card) => card.name !== name && uidOf(card.data) === uid);
  const changed = old !== undefined && uidOf(old.data) !== uid;
  if (quirks.uidConflict && (clash || changed)) return fake.error(409, NO_UID_CONFLICT);
  const stored = book.put(name, quirks.rewrite?.(data) ?? data);
  return { status: old === undefined ? 201 : 204, ...(quirks.putEtag && { headers: { etag: stored.etag } }) };
}

/** A body that is no vCard to this server (tests mark one by a NUL). */
function refuseGarbage(fake: DavFake, name: string): Answer {
  const { garbage } = fake.quirks;
  if (garbage === 207) return fake.multistatus([fake.response(encodeURIComponent(name), fake.statusLine(412))]);
  if (garbage === 403) return fake.error(403, '{urn:ietf:params:xml:ns:carddav}valid-address-data');
  return { status: garbage, body: 'not a vCard' };
}

export function removeCard(fake: DavFake, place: Place, headers: IncomingHttpHeaders): Answer {
  const { quirks } = fake;
  if (place.kind === 'book') {
    fake.store.books.delete(place.book.segment);
    return { status: quirks.deleteBook };
  }
  if (place.kind !== 'card') return { status: place.kind === 'elsewhere' || place.kind === 'newBook' ? 404 : 403 };
  const card = place.book.cards.get(place.name);
  if (card === undefined) return { status: 404 };
  if (place.book.readOnly) return fake.error(403, '{DAV:}need-privileges');
  const match = headers['if-match'];
  if (match !== undefined && match !== card.etag && quirks.ifMatchDelete) return { status: 412 };
  place.book.remove(place.name);
  return { status: 204 };
}

export function copyOrMove(fake: DavFake, method: 'MOVE' | 'COPY', place: Place, destination: unknown): Answer {
  const status = method === 'MOVE' ? fake.quirks.move : fake.quirks.copy;
  if (status >= 400) return { status };
  if (typeof destination !== 'string' || !/^https?:\/\//.test(destination))
    return fake.violation('no absolute Destination');
  const target = fake.places.find(new URL(destination).pathname);
  if (place.kind !== 'card' || target.kind !== 'card') return { status: 409 };
  const card = place.book.cards.get(place.name);
  if (card === undefined) return { status: 404 };
  if (target.book.cards.has(target.name)) return { status: 412 };
  target.book.put(target.name, card.data);
  if (method === 'MOVE') place.book.remove(place.name);
  return { status };
}

export function makeBook(fake: DavFake, place: Place, xml: RequestElement | undefined): Answer {
  const { mkcol, mkcolExists } = fake.quirks;
  if (mkcol === 'none') return { status: 501 };
  if (place.kind === 'book')
    return mkcolExists === 403 ? fake.error(403, '{DAV:}resource-must-be-null') : { status: 405 };
  if (place.kind !== 'newBook') return { status: 403 };
  if (mkcol === 'plain' && xml !== undefined) return { status: 415 };
  const set = xml && childOf(xml, '{DAV:}set');
  const prop = set && childOf(set, '{DAV:}prop');
  const name = prop && childOf(prop, '{DAV:}displayname')?.text;
  if (mkcol !== 'plain' && name === undefined) return fake.violation('MKCOL without a name');
  const type = prop && childOf(prop, '{DAV:}resourcetype');
  if (mkcol !== 'plain' && type?.children.length !== 2) return fake.violation('MKCOL that is no address book');
  fake.store.add(place.segment, nameKept(mkcol, name ?? '', place.segment));
  return { status: 201 };
}

function nameKept(mkcol: DavFake['quirks']['mkcol'], name: string, segment: string): string {
  if (mkcol === 'nameless' || mkcol === 'plain') return segment;
  return mkcol === 'escaped' ? name.replace(/&/g, '&amp;') : name;
}
