/** Reading and writing single contacts. */
import {
  encodeSegment,
  etagOf,
  listEntries,
  putNew,
  putOver,
  readCard,
  readCards,
  relocate,
  remove,
} from '../../dav/index.js';
import type { DavBook, DavEntry } from '../../dav/index.js';
import { hashedFileName, safeFileName } from '../../formats/vdir-name.js';
import type { Card, ContactRecord } from '../../model/card.js';
import { Conflict, InputError, NotFound } from '../../model/errors.js';
import { diffCards, uidKey } from '../../model/normalize.js';
import { displayName } from '../../model/view.js';
import { parseVCard } from '../../formats/vcard/index.js';
import type { ContactChange, ListQuery, NewContact, RejectListener, WriteResult } from '../types.js';
import type { Located, Session } from './session.js';
import { locate, noContact, targetBook, toRecord, toText } from './session.js';

export function isGroup(record: ContactRecord): boolean {
  return record.card.kind === 'group';
}

/** Cards of the given entries, groups included; what cannot be read is told and left out. */
export async function* readRecords(
  session: Session,
  book: DavBook,
  entries: readonly DavEntry[],
  reject: RejectListener,
): AsyncGenerator<ContactRecord> {
  const bare = entries.some((entry) => !entry.path.endsWith('.vcf'));
  const paths = bare ? new Set(entries.map((entry) => entry.path)) : undefined;
  for await (const found of readCards(session.dav, book.request, entries, { version4: book.version4 })) {
    try {
      if ('error' in found) throw found.error;
      yield toRecord(session, book, found, paths?.has(`${found.path}.vcf`));
    } catch (error) {
      const unreadable = error instanceof InputError || 'error' in found;
      if (!unreadable) throw error;
      const why = error instanceof Error ? error.message : String(error);
      reject({ id: found.path, error: why, raw: Buffer.from('data' in found ? found.data : '') });
    }
  }
}

/** Tells the user of contacts that cannot be read. */
export function warning(warn: (message: string) => void): RejectListener {
  return ({ id, error }) => warn(`the contact at ${id} cannot be read and is left out: ${error}`);
}

/** The books a query is about. @throws NotFound for an unknown id */
export function booksOf(session: Session, bookIds: readonly string[] | undefined): DavBook[] {
  if (bookIds === undefined) return [...session.ids.books];
  return bookIds.map((id) => {
    const book = session.ids.book(id);
    if (book === undefined) throw new NotFound(`there is no address book ${id}`);
    return book;
  });
}

/** Contacts and groups of the books, book by book. */
export async function* listAll(
  session: Session,
  query: ListQuery,
  warn: (message: string) => void,
): AsyncGenerator<ContactRecord> {
  for (const book of booksOf(session, query.bookIds)) {
    const { entries } = await listEntries(session.dav, book);
    yield* readRecords(session, book, entries, query.onReject ?? warning(warn));
  }
}

/** One card, group or not. @throws NotFound; InputError when it is no vCard */
export async function getRecord(session: Session, id: string): Promise<ContactRecord> {
  const places = session.ids.places(id);
  for (const { book, path } of places) {
    try {
      const found = await readCard(session.dav, book.request, { path }, book.version4);
      const record = toRecord(session, book, found);
      return record.id === id ? record : { ...record, id };
    } catch (error) {
      if (!(error instanceof NotFound)) throw error;
    }
  }
  throw noContact(id);
}

/** Paths that a new card may get: its uid as a file name that every server and file system takes, else a hash of it. */
function pathsFor(book: DavBook, uid: string): [string, string] {
  const path = (name: string): string => book.path + encodeSegment(`${name}.vcf`);
  return [path(safeFileName(uid)), path(hashedFileName(uid))];
}

/** @throws Conflict when the uid exists; Refused; UnknownOutcome */
export async function createCard(session: Session, contact: NewContact, what: string): Promise<WriteResult> {
  const book = targetBook(session, contact.bookId);
  const { uid } = contact.card;
  const creation = { data: toText(contact.card, book), what, contact: nameOf(contact.card) };
  const [path, other] = pathsFor(book, uid);
  try {
    return await createAt(session, book, path, creation);
  } catch (error) {
    if (!(error instanceof Conflict) || !(await isTaken(session, book, path, uid))) throw error;
    return createAt(session, book, other, creation);
  }
}

/** Whether the card at a path is another one: the name is free to be chosen, the uid is not. */
async function isTaken(session: Session, book: DavBook, path: string, uid: string): Promise<boolean> {
  const record = await recordAt(session, book, path);
  return record !== undefined && (record.uidDerived === true || uidKey(record.card.uid) !== uidKey(uid));
}

async function recordAt(session: Session, book: DavBook, path: string): Promise<ContactRecord | undefined> {
  try {
    return toRecord(session, book, await readCard(session.dav, book.request, { path }, book.version4));
  } catch (error) {
    if (error instanceof NotFound || error instanceof InputError) return undefined;
    throw error;
  }
}

interface Creation {
  data: string;
  what: string;
  contact: string;
}

async function createAt(session: Session, book: DavBook, path: string, creation: Creation): Promise<WriteResult> {
  const { dav, ids } = session;
  if (!(await session.guarded()) && (await etagOf(dav, path)) !== null) {
    const { what, contact } = creation;
    throw new Conflict(`cannot ${what}`, { why: 'a contact of this name exists already', contact });
  }
  const etag = await putNew(dav, path, creation);
  return written(session, ids.contactId({ book, path }), { book, path, request: path }, etag);
}

/** The result of a write; the etag is asked for where the answer had none (DAViCal). */
async function written(session: Session, id: string, at: Located, etag: string | undefined): Promise<WriteResult> {
  const now = etag ?? (await etagOf(session.dav, at.request)) ?? undefined;
  return { id, bookIds: [session.ids.bookId(at.book)], ...(now !== undefined && { etag: now }) };
}

/** Where preconditions are ignored: looks whether the etag still holds. @throws NotFound, Conflict */
async function lookFirst(session: Session, at: Located, etag: string | undefined, what: string): Promise<void> {
  if (etag === undefined || (await session.guarded())) return;
  const now = await etagOf(session.dav, at.request);
  if (now === null) throw noContact(at.path);
  if (now !== undefined && now !== etag) throw changed(what, at.path);
}

function changed(what: string, contact: string): Conflict {
  const hint = 'read it again, then repeat the change';
  return new Conflict(`cannot ${what}`, { why: 'it changed on the server since it was read', contact, hint });
}

/** @throws NotFound, Conflict, Refused */
export async function updateCard(
  session: Session,
  id: string,
  { next, last }: Pick<ContactChange, 'next' | 'last'>,
  what: string,
): Promise<WriteResult> {
  const at = await locate(session, id, last.native);
  await lookFirst(session, at, last.etag, what);
  const data = toText(next, at.book);
  try {
    const etag = await putOver(session.dav, at.request, last.etag, { data, what, contact: nameOf(next) });
    return await written(session, id, at, etag);
  } catch (error) {
    if (!(error instanceof Conflict) || error.status !== 412) throw error;
    // The first try of a repeated request may have got through: what we wanted to write is there then.
    const now = await getRecord(session, id);
    const differences = diffCards(parseVCard(data).card, now.card);
    if (differences.length > 0 || now.etag === last.etag) throw error;
    return { id, bookIds: now.bookIds, ...(now.etag !== undefined && { etag: now.etag }) };
  }
}

/** @throws NotFound, Conflict, Refused, UnknownOutcome */
export async function deleteCard(
  session: Session,
  record: Pick<ContactRecord, 'id' | 'etag' | 'native'>,
  what: string,
): Promise<void> {
  const at = await locate(session, record.id, record.native);
  await lookFirst(session, at, record.etag, what);
  try {
    await remove(session.dav, at.request, { etag: record.etag, what, contact: record.id });
  } catch (error) {
    // A precondition fails for what is gone, too.
    if (error instanceof Conflict && (await etagOf(session.dav, at.request)) === null) throw noContact(record.id);
    throw error;
  }
}

/** MOVE or COPY to another book, by reading and writing where the server has none. */
export async function relocateCard(
  session: Session,
  method: 'MOVE' | 'COPY',
  record: ContactRecord,
  bookId: string,
): Promise<WriteResult> {
  const { dav, ids } = session;
  const what = method === 'MOVE' ? 'move the contact' : 'copy the contact';
  const at = await locate(session, record.id, record.native);
  const book = targetBook(session, bookId);
  if (book === at.book) throw new Conflict(`cannot ${what}`, { why: 'it is in that address book', contact: record.id });
  await lookFirst(session, at, record.etag, what);
  const path = book.path + at.path.slice(at.book.path.length);
  const contact = nameOf(record.card);
  if (!(await session.guarded()) && (await etagOf(dav, path)) !== null) {
    throw new Conflict(`cannot ${what}`, { why: 'a contact of this name exists there already', contact });
  }
  if (await relocate(dav, method, at.request, { to: path, what, contact })) {
    return written(session, ids.contactId({ book, path }), { book, path, request: path }, undefined);
  }
  // As the server has it, not as we read it: nothing can get lost on the way.
  const { data } = await readCard(dav, at.book.request, { path: at.path, request: at.request }, at.book.version4);
  const result = await createAt(session, book, path, { data: data.replace(/\r?\n/g, '\r\n'), what, contact });
  if (method === 'MOVE') await deleteCard(session, record, what);
  return result;
}

/** Finds a contact whose create got no answer: by the path it was sent to, else by uid among all. */
export async function lookupCard(
  session: Session,
  { card, bookId }: NewContact,
  warn: (message: string) => void,
): Promise<ContactRecord | undefined> {
  const book = targetBook(session, bookId);
  const wanted = uidKey(card.uid);
  for (const path of new Set(pathsFor(book, card.uid))) {
    const record = await recordAt(session, book, path);
    if (record !== undefined && record.uidDerived !== true && uidKey(record.card.uid) === wanted) return record;
  }
  for await (const record of listAll(session, { bookIds: [session.ids.bookId(book)] }, warn)) {
    if (record.uidDerived !== true && uidKey(record.card.uid) === wanted) return record;
  }
  return undefined;
}

function nameOf(card: Card): string {
  return displayName(card) || card.uid;
}
