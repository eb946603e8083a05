/** What the parts of the Writer share. */
import type { Card, ContactRecord } from '../model/card.js';
import { Conflict, Unsupported } from '../model/errors.js';
import { photoOf } from '../model/view.js';
import type { WriteResult } from '../providers/types.js';
import type { Image, KeptAttachment } from '../store/types.js';
import type { Memberships } from './memberships.js';
import type { Performer } from './perform.js';
import { withoutFields } from './slices.js';
import type { Connection } from './types.js';
import { equalAsShown } from './writeonly.js';

export interface WriteContext {
  connection: Connection;
  performer: Performer;
  memberships: Memberships;
  warn(message: string): void;
  dryRun: boolean;
}

export const PHOTO: ReadonlySet<string> = new Set(['photo']);

export function imageOf(record: ContactRecord): Image {
  const { id, bookIds, etag, card } = record;
  return { id, bookIds, card, ...(etag === undefined ? {} : { etag }) };
}

/** What a contact was, with what is lost beside it when it is deleted. */
export function imageOfDeleted(
  record: ContactRecord,
  groups: readonly string[],
  attachments: readonly KeptAttachment[],
): Image {
  return {
    ...imageOf(record),
    ...(groups.length === 0 ? {} : { groups }),
    ...(attachments.length === 0 ? {} : { attachments }),
  };
}

export function resultOf(record: ContactRecord): WriteResult {
  return { id: record.id, bookIds: record.bookIds, ...(record.etag === undefined ? {} : { etag: record.etag }) };
}

export function idAndEtag(result: WriteResult): { id: string; etag?: string } {
  return { id: result.id, ...(result.etag === undefined ? {} : { etag: result.etag }) };
}

/** For `provider.x?.(…) ?? missing('…')` behind `requireAbility`: never gets here unless the check was left out. */
export function missing(what: string): never {
  throw new Unsupported(`this connection cannot ${what}`);
}

/** The record with everything a before-image needs. @throws Conflict when it changed since it was read */
export async function wholeOf(connection: Connection, record: ContactRecord): Promise<ContactRecord> {
  if (record.hasPhoto !== true || photoOf(record.card) !== undefined) return record;
  const whole = await connection.provider.get(record.id);
  if (record.etag !== undefined && whole.etag !== undefined && record.etag !== whole.etag) {
    throw new Conflict('the contact changed on the server since it was read', {
      contact: record.id,
      hint: 'read it again, then repeat the change',
    });
  }
  return whole;
}

/** Looks through a book for a contact that is equal to `card`, pictures aside (lists may leave them out). */
export async function findEqual(
  connection: Connection,
  card: Card,
  bookId: string | undefined,
  candidate: (id: string) => boolean,
): Promise<WriteResult | undefined> {
  const wanted = withoutFields(card, PHOTO);
  for await (const record of connection.provider.list(bookId === undefined ? {} : { bookIds: [bookId] })) {
    if (candidate(record.id) && equalAsShown(connection, wanted, withoutFields(record.card, PHOTO)))
      return resultOf(record);
  }
  return undefined;
}
