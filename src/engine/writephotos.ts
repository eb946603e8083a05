/** Pictures through the one write path: by the server's own calls, else as a change of the contact. */
import type { Card, ContactRecord, Photo } from '../model/card.js';
import { NotFound, Unsupported } from '../model/errors.js';
import { cloneJson } from '../model/json.js';
import { parseDataUri, photoOf, toDataUri } from '../model/view.js';
import { requireAbility, requireWritable } from './abilities.js';
import { photosApart } from './project.js';
import { setSlice } from './slices.js';
import type { Connection, Written } from './types.js';
import { imageOf, type WriteContext } from './writecommon.js';
import type { Writer } from './write.js';

/** The card with that picture (or none) and no other. */
export function cardWithPhoto(card: Card, photo: Photo | undefined): Card {
  const next = cloneJson(card);
  const slice =
    photo === undefined
      ? {}
      : { media: { photo: { kind: 'photo', uri: toDataUri(photo), mediaType: photo.mediaType } } };
  setSlice(next, 'photo', slice);
  return next;
}

export function photoSteps(
  context: WriteContext,
  update: (record: ContactRecord, next: Card) => Promise<Written>,
): Pick<Writer, 'setAvatar' | 'deleteAvatar'> {
  const set = async (record: ContactRecord, photo: Photo | undefined): Promise<Written> => {
    requireAbility(context.connection, 'avatars');
    requireWritable(context.connection);
    if (!photosApart(context.connection)) {
      return update({ ...record, hasPhoto: false }, cardWithPhoto(record.card, photo));
    }
    if (photo === undefined) requirePhotoDelete(context.connection);
    if (!context.dryRun) await sendPhoto(context, record, photo);
    return { id: record.id, losses: [], bookIds: record.bookIds };
  };
  return { setAvatar: (record, photo) => set(record, photo), deleteAvatar: (record) => set(record, undefined) };
}

/** Before any request. @throws Unsupported where pictures cannot be removed, with the reason if there is one */
export function requirePhotoDelete(connection: Connection): void {
  const { avatars } = connection.provider;
  if (!photosApart(connection) || avatars?.delete !== undefined) return;
  throw new Unsupported(avatars?.noDelete ?? 'this connection cannot delete pictures', { profile: connection.name });
}

/** Sets or deletes the picture by the server's own call, journalled with the picture that was there. */
export async function sendPhoto(context: WriteContext, record: ContactRecord, photo: Photo | undefined): Promise<void> {
  const { avatars } = context.connection.provider;
  const before = await withCurrentPhoto(context, record);
  await context.performer.perform<true>({
    intent: {
      op: photo === undefined ? 'avatar.delete' : 'avatar.set',
      id: record.id,
      before: imageOf(before),
      after: cardWithPhoto(before.card, photo),
    },
    async send() {
      if (photo === undefined) await avatars?.delete?.(record.id);
      else await avatars?.set?.(record.id, photo);
      return true;
    },
    // Setting or removing a picture twice ends in the same state: it may be repeated without looking.
    settle: () => Promise.resolve(undefined),
    outcome: () => ({ id: record.id }),
  });
}

async function withCurrentPhoto(context: WriteContext, record: ContactRecord): Promise<ContactRecord> {
  if (photoOf(record.card) !== undefined || record.hasPhoto === false) return record;
  try {
    const old = await context.connection.provider.avatars?.get(record.id);
    return old === undefined ? record : { ...record, card: cardWithPhoto(record.card, old) };
  } catch (error) {
    if (error instanceof NotFound) return record;
    throw error;
  }
}

/** After an update without its picture: brings the picture to what `next` has. */
export async function syncPhoto(
  context: WriteContext,
  before: ContactRecord,
  next: Card,
  written: Written,
): Promise<Written> {
  const [old, wanted] = [photoOf(before.card)?.resource.uri, photoOf(next)?.resource.uri];
  if (old === wanted) return written;
  const photo = wanted === undefined ? undefined : parseDataUri(wanted);
  if (wanted !== undefined && photo === undefined) return written;
  if (photo === undefined && context.connection.provider.avatars?.delete === undefined) {
    const stays = { field: 'photo', kind: 'changed', value: 'no picture', becomes: 'the old picture stays' } as const;
    return { ...written, losses: [...written.losses, stays] };
  }
  await sendPhoto(context, { ...before, id: written.id }, photo);
  const { etag: _, ...rest } = written;
  return rest;
}
