/** Writing contacts over CardDAV: the one way that the vendor documents ("CardDAV" page). */
import { getCard, lastName, putNew, putOver, remove } from '../../dav/index.js';
import { parseVCard } from '../../formats/vcard/index.js';
import type { Card, ContactRecord } from '../../model/card.js';
import { Conflict, NotFound, Refused } from '../../model/errors.js';
import { equalCards } from '../../model/normalize.js';
import { displayName } from '../../model/view.js';
import type { ContactChange, NewContact, WriteResult } from '../types.js';
import { projectCard, toText, type AxigenCards } from './cards.js';
import type { Collection } from './collections.js';
import { plainId } from './folders.js';
import { bareUid, resourceName, usualPath } from './identity.js';

function refuseFolder(id: string): void {
  if (plainId(id) === undefined) return;
  throw new Refused('Axigen puts new contacts into its default folder: no other folder can be chosen', {
    why: 'neither CardDAV nor the Mailbox API can put a contact into a folder',
    hint: 'leave --book out, and move the contact in the WebMail',
  });
}

function refuseReadOnly(record: ContactRecord, what: string): void {
  if (plainId(record.id) === undefined && record.readOnly !== true) return;
  const why =
    plainId(record.id) === undefined ? 'its address book is read-only' : 'the Mailbox API only reads contacts';
  throw new Refused(`cannot ${what}`, { why, contact: record.id, hint: 'see `book list` for what can be written' });
}

/** Where new contacts go. @throws Refused for folders and read-only collections, NotFound */
async function target(cards: AxigenCards, bookId: string | undefined): Promise<Collection> {
  if (bookId !== undefined) refuseFolder(bookId);
  const book = bookId === undefined ? await cards.main() : await cards.book(bookId);
  if (!book.writable) throw new Refused(`the address book ${book.name} is read-only`, { contact: book.path });
  return book;
}

/** The path that a new contact is sent to, and the id it will have there. */
function destination(book: Collection, uid: string): { id: string; path: string } {
  const bare = bareUid(uid);
  const path = usualPath(book.path, bare);
  const plain =
    book.main && lastName(path) === resourceName(bare) && !bare.startsWith('/') && plainId(bare) === undefined;
  return { id: plain ? bare : path, path };
}

/** The etag of what was just written, by GET; undefined when there is none. Learns whether the server renames cards. */
async function etagNow(cards: AxigenCards, path: string): Promise<string | undefined> {
  try {
    const { etag } = await getCard(cards.dav, { path });
    cards.renames ??= false;
    return etag;
  } catch (error) {
    if (!(error instanceof NotFound)) throw error;
    cards.renames = true;
    return undefined;
  }
}

/**
 * After a PUT. Its answer may have no ETag; and once in a process we look whether the card is where it was sent to, since a
 * lost answer could not be looked up otherwise.
 */
async function written(
  cards: AxigenCards,
  book: Collection,
  path: string,
  id: string,
  etag?: string,
): Promise<WriteResult> {
  const seen = etag === undefined || cards.renames === undefined ? await etagNow(cards, path) : undefined;
  const now = etag ?? seen;
  cards.overlay.stored(path, id, now);
  return { id, bookIds: [book.path], ...(now === undefined ? {} : { etag: now }) };
}

/** @throws Conflict when a contact with that uid exists; Refused; UnknownOutcome */
export async function createCard(cards: AxigenCards, { card, bookId }: NewContact): Promise<WriteResult> {
  const book = await target(cards, bookId);
  const { id, path } = destination(book, card.uid);
  const contact = displayName(card) || id;
  let etag: string | undefined;
  try {
    etag = await putNew(cards.dav, path, { data: toText(card), what: 'create the contact', contact });
  } catch (error) {
    throw await repeated(cards, path, error);
  }
  return written(cards, book, path, id, etag);
}

/** A repeated create answers 409 instead of 412, and so does a missing collection: a look at the path tells them apart. */
async function repeated(cards: AxigenCards, path: string, error: unknown): Promise<unknown> {
  if (!(error instanceof Refused) || error.status !== 409) return error;
  const there = await getCard(cards.dav, { path }).catch((missing: unknown) => {
    if (missing instanceof NotFound) return undefined;
    throw missing;
  });
  if (there === undefined) return error;
  return new Conflict('cannot create the contact', {
    why: 'a contact with this uid exists already',
    status: 409,
    ...(error.contact === undefined ? {} : { contact: error.contact }),
  });
}

/**
 * The contact of a create whose answer was lost. The path is known, and GET never lags; only on a server that gives cards
 * names of its own is the collection read for it.
 */
export async function lookupCard(cards: AxigenCards, { card, bookId }: NewContact): Promise<ContactRecord | undefined> {
  const book = await target(cards, bookId);
  const { id, path } = destination(book, card.uid);
  const there = await cards.at(book, path, id);
  const elsewhere = there === undefined && cards.renames === true ? await cards.elsewhere(id, path, true) : undefined;
  const record = elsewhere === undefined ? there : await cards.at(book, elsewhere, id);
  if (record !== undefined) cards.overlay.stored(elsewhere ?? path, id, record.etag);
  return record;
}

/**
 * Works at the path of a contact, and once more at another one if that was not where it is.
 *
 * @throws NotFound, and what `work` throws
 */
async function atPath<T>(
  cards: AxigenCards,
  id: string,
  work: (book: Collection, path: string) => Promise<T>,
): Promise<T> {
  const { book, path } = await cards.place(id);
  try {
    return await work(book, path);
  } catch (error) {
    if (!(error instanceof NotFound || error instanceof Conflict)) throw error;
    if ((await cards.at(book, path, id)) !== undefined) throw error;
    const elsewhere = await cards.elsewhere(id, path);
    if (elsewhere === undefined) throw new NotFound('there is no such contact', { contact: id, cause: error });
    return work(book, elsewhere);
  }
}

/** The card whole, guarded by the etag. @throws NotFound, Conflict, Refused */
export async function updateCard(cards: AxigenCards, id: string, { next, last }: ContactChange): Promise<WriteResult> {
  refuseReadOnly({ ...last, id }, 'change the contact');
  // Servers refuse or duplicate a card whose uid changes in place.
  const card: Card = { ...next, uid: last.card.uid };
  const etag = last.etag ?? (await cards.get(id)).etag;
  const put = { data: toText(card), what: 'change the contact', contact: displayName(card) || id };
  return atPath(cards, id, async (book, path) => {
    try {
      return await written(cards, book, path, id, await putOver(cards.dav, path, etag, put));
    } catch (error) {
      const ours = error instanceof Conflict ? await storedAlready(cards, path, card) : undefined;
      if (ours === undefined) throw error;
      return written(cards, book, path, id, ours);
    }
  });
}

/** A PUT that lost its answer and was repeated meets its own work: then the card there is the one we sent. */
async function storedAlready(cards: AxigenCards, path: string, card: Card): Promise<string | undefined> {
  const there = await getCard(cards.dav, { path }).catch((error: unknown) => {
    if (error instanceof NotFound) return undefined;
    throw error;
  });
  if (there?.etag === undefined) return undefined;
  return equalCards(parseVCard(there.data).card, projectCard(card)) ? there.etag : undefined;
}

/** @throws NotFound, Conflict, Refused, UnknownOutcome */
export async function deleteCard(cards: AxigenCards, record: ContactRecord): Promise<void> {
  refuseReadOnly(record, 'delete the contact');
  const { id } = record;
  const etag = record.etag ?? (await cards.get(id)).etag;
  await atPath(cards, id, async (_book, path) => {
    await remove(cards.dav, path, { etag, what: 'delete the contact', contact: displayName(record.card) || id });
    cards.overlay.deleted(path);
  });
}
