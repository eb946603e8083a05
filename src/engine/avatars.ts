/** Pictures of contacts, whichever way the server keeps them. */
import type { ContactRecord, Photo } from '../model/card.js';
import { InputError, NotFound, ProtocolError, Refused } from '../model/errors.js';
import { displayName, parseDataUri, photoOf, sniffImage } from '../model/view.js';
import { requireAbility, requireWritable } from './abilities.js';
import { photosApart } from './project.js';
import { readContacts } from './query.js';
import type { Connection, ReadFilter, Written } from './types.js';
import type { Writer } from './write.js';
import { cardWithPhoto, requirePhotoDelete } from './writephotos.js';

/** Larger pictures are refused before anything is sent: the strictest of our servers takes requests of 4 MB. */
export const MAX_PHOTO_BYTES = 3 * 1024 * 1024;

const SUFFIXES: Record<string, string> = {
  'image/jpeg': '.jpg',
  'image/png': '.png',
  'image/gif': '.gif',
  'image/webp': '.webp',
  'image/bmp': '.bmp',
  'image/tiff': '.tiff',
  'image/svg+xml': '.svg',
};

/** `.jpg` for image/jpeg and so on; '' for types we do not know. */
export function photoSuffix(photo: Photo): string {
  return SUFFIXES[photo.mediaType] ?? '';
}

/** Bytes of a file as a picture, by content. @throws InputError when they are no picture or too large */
export function checkPhoto(bytes: Uint8Array, name: string): Photo {
  const mediaType = sniffImage(bytes);
  if (mediaType === undefined) {
    throw new InputError(`${name} is no picture`, { hint: 'give a JPEG, PNG, GIF or WebP file' });
  }
  if (bytes.length > MAX_PHOTO_BYTES) {
    const megabytes = (bytes.length / 1024 / 1024).toFixed(1);
    throw new InputError(`${name} is too large for a contact's picture (${megabytes} MB)`, {
      hint: `make it smaller than ${MAX_PHOTO_BYTES / 1024 / 1024} MB`,
    });
  }
  return { mediaType, bytes };
}

/** The picture inside the card; undefined for none or for a link. */
export function inlinePhoto(record: ContactRecord): Photo | undefined {
  const photo = photoOf(record.card);
  return photo === undefined ? undefined : parseDataUri(photo.resource.uri);
}

/** The contact's picture; undefined when it has none, or only a link to one. @throws Unsupported */
export async function getAvatar(connection: Connection, record: ContactRecord): Promise<Photo | undefined> {
  requireAbility(connection, 'avatars');
  return inlinePhoto(record) ?? fetchPhoto(connection, record);
}

async function fetchPhoto(connection: Connection, record: ContactRecord): Promise<Photo | undefined> {
  const { provider } = connection;
  if (record.hasPhoto === false || photoOf(record.card) !== undefined) return undefined;
  if (provider.avatars !== undefined) return provider.avatars.get(record.id);
  if (record.hasPhoto !== true) return undefined;
  return inlinePhoto(await provider.get(record.id));
}

/**
 * Nothing is sent when the contact has that very picture.
 * @returns undefined then. @throws Unsupported, UsageError (read-only) before any request
 */
export async function setAvatar(
  connection: Connection,
  writer: Writer,
  record: ContactRecord,
  photo: Photo,
): Promise<Written | undefined> {
  requireAbility(connection, 'avatars');
  requireWritable(connection);
  const old = await getAvatar(connection, record);
  if (old !== undefined && Buffer.compare(old.bytes, photo.bytes) === 0) return undefined;
  // What was just read is the before-image: it is not read twice.
  const known =
    old === undefined ? { ...record, hasPhoto: false } : { ...record, card: cardWithPhoto(record.card, old) };
  return writer.setAvatar(photosApart(connection) ? known : record, photo);
}

/** @throws NotFound when there is none; Unsupported, before any request, where pictures cannot be removed */
export async function deleteAvatar(connection: Connection, writer: Writer, record: ContactRecord): Promise<Written> {
  requireAbility(connection, 'avatars');
  requirePhotoDelete(connection);
  const there = photoOf(record.card) !== undefined || (await getAvatar(connection, record)) !== undefined;
  if (!there) {
    throw new NotFound(`${displayName(record.card) || record.id} has no picture`, {
      profile: connection.name,
      contact: record.id,
    });
  }
  return writer.deleteAvatar(record);
}

/** All pictures in one request where the server has such a call and answers it; else they are read one by one. */
async function picturesAtOnce({ provider }: Connection): Promise<ReadonlyMap<string, Photo> | undefined> {
  try {
    return await provider.avatars?.all?.();
  } catch (error) {
    if (error instanceof NotFound || error instanceof Refused || error instanceof ProtocolError) return undefined;
    throw error;
  }
}

/** All pictures of the contacts that the filter lets through, one at a time. */
export async function* exportAvatars(
  connection: Connection,
  filter: ReadFilter,
): AsyncIterable<{ record: ContactRecord; photo: Photo }> {
  requireAbility(connection, 'avatars');
  const photos = await picturesAtOnce(connection);
  for await (const record of readContacts(connection, { ...filter, media: photos === undefined })) {
    const there = record.hasPhoto === true || photoOf(record.card) !== undefined;
    const photo = (there ? photos?.get(record.id) : undefined) ?? (await getAvatar(connection, record));
    if (photo !== undefined) yield { record, photo };
  }
}
