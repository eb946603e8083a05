/** Contacts as the Mailbox API knows them: nine fields ("Mailbox API – Schemas" page), read-only. */
import type { Card, ContactRecord, Photo } from '../../model/card.js';
import { CardferryError, NotFound, Unsupported } from '../../model/errors.js';
import { deriveUid } from '../../model/normalize.js';
import { sniffImage, toDataUri } from '../../model/view.js';
import type { Suggestion } from '../types.js';
import { plainId, restId } from './folders.js';
import type { AxigenRest } from './rest.js';
import type { RestContact } from './shapes.js';

/** Contacts whose pictures are asked for together. */
const BATCH = 50;

export function summaryCard(contact: RestContact, user: string): Card {
  const card: Card = { '@type': 'Card', version: '1.0', uid: deriveUid('axigen', user, contact.id) };
  const components = [
    { kind: 'surname', value: contact.lastName },
    { kind: 'given', value: contact.firstName },
  ].filter(({ value }) => value !== '');
  if (contact.name !== '' || components.length > 0) {
    card.name = {
      ...(components.length > 0 ? { components } : {}),
      ...(contact.name === '' ? {} : { full: contact.name }),
    };
  }
  if (contact.nickName !== '') card.nicknames = { e1: { name: contact.nickName } };
  // The first defined of main, business and home address: which of them is not said, so no context is claimed.
  if (contact.email !== '') card.emails = { e1: { address: contact.email } };
  return card;
}

export function summaryRecord(contact: RestContact, user: string): ContactRecord {
  return {
    id: restId(contact.id),
    bookIds: contact.folderId === '' ? [] : [restId(contact.folderId)],
    card: summaryCard(contact, user),
    uidDerived: true,
    readOnly: true,
  };
}

function setPhoto(record: ContactRecord, bytes: Uint8Array | undefined): void {
  const photo = bytes === undefined ? undefined : asPhoto(bytes);
  if (photo === undefined) return;
  record.card.media = { photo: { kind: 'photo', uri: toDataUri(photo), mediaType: photo.mediaType } };
}

function asPhoto(bytes: Uint8Array): Photo {
  // The API names no media type.
  return { mediaType: sniffImage(bytes) ?? 'application/octet-stream', bytes };
}

/** Contacts of one folder, or of all; distribution lists are left out, since the API does not tell their members. */
export async function* summaries(
  rest: AxigenRest,
  query: { user: string; folderId?: string; media: boolean; wanted?: (contact: RestContact) => boolean },
): AsyncGenerator<ContactRecord> {
  let batch: RestContact[] = [];
  const flush = async function* (): AsyncGenerator<ContactRecord> {
    const photos = query.media && batch.length > 0 ? await rest.avatars(batch.map(({ id }) => id)) : undefined;
    for (const contact of batch) {
      const record = summaryRecord(contact, query.user);
      setPhoto(record, photos?.get(contact.id));
      yield record;
    }
    batch = [];
  };
  for await (const contact of rest.contacts(query.folderId || undefined)) {
    if (contact.isDistributionList || query.wanted?.(contact) === false) continue;
    batch.push(contact);
    if (!query.media || batch.length >= BATCH) yield* flush();
  }
  yield* flush();
}

/** One contact by its `rest:` id. The API has no call for it, so the list is read until it comes. @throws NotFound */
export async function summaryById(rest: AxigenRest, id: string, user: string): Promise<ContactRecord> {
  const plain = plainId(id);
  for await (const contact of rest.contacts()) {
    if (contact.id !== plain || contact.isDistributionList) continue;
    const record = summaryRecord(contact, user);
    setPhoto(record, (await rest.avatars([plain])).get(plain));
    return record;
  }
  throw new NotFound('there is no such contact', { contact: id });
}

export async function photoById(rest: AxigenRest, id: string): Promise<Photo | undefined> {
  const plain = plainId(id);
  const bytes = plain === undefined ? undefined : (await rest.avatars([plain])).get(plain);
  return bytes === undefined ? undefined : asPhoto(bytes);
}

function shownName(contact: RestContact): string {
  return contact.name || [contact.firstName, contact.lastName].filter(Boolean).join(' ') || contact.nickName;
}

/** Suggestions in the server's order. An empty prefix is answered without a request: `query` is required. */
export async function complete(rest: AxigenRest, prefix: string, limit: number): Promise<Suggestion[]> {
  if (prefix.trim() === '' || limit < 1) return [];
  const found = await rest.autocomplete(prefix, limit).catch((error: unknown) => {
    const off = error instanceof CardferryError && (error.status === 404 || error.status === 403);
    throw off ? new Unsupported('the Mailbox API is off on this server', { cause: error }) : error;
  });
  return found
    .filter((contact) => contact.email !== '' && !contact.isDistributionList)
    .slice(0, limit)
    .map((contact) => ({
      id: restId(contact.id),
      name: shownName(contact),
      email: contact.email,
      ...(contact.folderId === '' ? {} : { bookId: restId(contact.folderId) }),
    }));
}
