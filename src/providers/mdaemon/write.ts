/** Writing contacts: create, update, delete, move, copy, pictures. */
import { optString } from '../../http/check.js';
import type { ContactRecord, Photo } from '../../model/card.js';
import { Conflict, NotFound, ProtocolError, UnknownOutcome } from '../../model/errors.js';
import { photoOf } from '../../model/view.js';
import type { AvatarAbility, ContactChange, NewContact, WriteResult } from '../types.js';
import { pathOf, pictureFile } from './api.js';
import type { Api } from './api.js';
import type { Folders } from './folders.js';
import { createBody, inlinePhoto, photoFrom, scalar, updateBody } from './map.js';
import type { Native } from './map.js';
import type { Reader } from './read.js';

export interface Writer {
  create(contact: NewContact): Promise<WriteResult>;
  update(id: string, change: ContactChange): Promise<WriteResult>;
  delete(record: ContactRecord): Promise<void>;
  move(record: ContactRecord, bookId: string): Promise<WriteResult>;
  copy(record: ContactRecord, bookId: string): Promise<WriteResult>;
  avatars: AvatarAbility;
}

/** PUT without id. @throws UnknownOutcome when the answer names no id: it was stored, and must be looked for */
export async function createNative(api: Api, folder: string, json: unknown, what: string): Promise<string> {
  const answer = await api.write({ method: 'PUT', path: pathOf('contacts', folder), json, repeat: 'never', what });
  const id = scalar(answer, 'id', what);
  if (id !== '') return id;
  throw new UnknownOutcome(`${what}: the server named no id`, { hint: 'look for it before you repeat it' });
}

/** Sends the picture; nothing is saved until a create or update carries the text that comes back. */
async function upload(api: Api, path: string, photo: Photo, contact: string | undefined): Promise<string> {
  const what = 'upload the picture';
  const uploads = [pictureFile(photo)];
  const about = contact === undefined ? {} : { contact };
  const answer = await api.object({ method: 'POST', path, uploads, repeat: 'idempotent', what, ...about });
  const picture = optString(answer, 'picture', what);
  if (picture === undefined || picture === '') throw new ProtocolError(`answer of ${what}: picture is missing`);
  return picture;
}

function samePlace(record: ContactRecord): string | undefined {
  return record.bookIds[0];
}

export function openWriter(api: Api, folders: Folders, reader: Reader): Writer {
  const folderOf = async (id: string, hint: string | undefined): Promise<string> =>
    hint ?? reader.places.get(id) ?? (await reader.find(id)).folder;

  /**
   * MDaemon has no conditional writes: read, compare, write. One request more a write, only for records that carry an
   * `etag`; without one the write is unconditional.
   * @throws NotFound, Conflict
   */
  const compare = async ({ id, etag }: ContactRecord, folder: string): Promise<Native> => {
    const { native } = await reader.find(id, folder);
    if (native.etag === etag) return native;
    throw new Conflict('the contact was changed on the server since it was read', {
      contact: id,
      hint: 'read it again, then repeat the change',
    });
  };

  const put = async (id: string, folder: string, json: unknown): Promise<void> => {
    const path = pathOf('contacts', folder, 'contact', id);
    await api.write({ method: 'PUT', path, json, repeat: 'idempotent', what: 'update the contact', contact: id });
  };

  const setPicture = async (id: string, folder: string, photo: Photo): Promise<string> =>
    upload(api, pathOf('contacts', folder, 'contact', id, 'picture'), photo, id);

  const removePicture = async (id: string, folder: string): Promise<void> => {
    const path = pathOf('contacts', folder, 'contact', id, 'picture');
    await api.write({ method: 'DELETE', path, repeat: 'idempotent', what: 'delete the picture', contact: id });
  };

  /** @returns the contact's etag, to know it again */
  const transfer = async (record: ContactRecord, how: 'move' | 'copy', target: string): Promise<string> => {
    const folder = await folderOf(record.id, samePlace(record));
    const etag = record.etag ?? (await reader.find(record.id, folder)).native.etag;
    const path = pathOf('contacts', folder, 'contact', record.id);
    const call = { method: 'POST', path, form: { [how]: target }, repeat: 'never', contact: record.id } as const;
    await api.write({ ...call, what: `${how} the contact` });
    return etag;
  };

  /** The answer names no new id: whatever says the same in the target is it. */
  const findAgain = async (record: ContactRecord, etag: string, target: string, how: string): Promise<WriteResult> => {
    for await (const native of reader.scan(target)) {
      if (!native.group && native.id !== record.id && native.etag === etag) {
        return { id: native.id, etag, bookIds: [target] };
      }
    }
    throw new UnknownOutcome(`${how}: done, but the contact is not found in the address book`, {
      contact: record.id,
      hint: 'list both address books before you repeat it',
    });
  };

  return {
    async create({ card, bookId }) {
      const folder = bookId ?? (await folders.forWriting());
      const body = createBody(card);
      const photo = inlinePhoto(card);
      if (photo !== undefined) body['picture'] = await upload(api, pathOf('contacts', folder, 'new', 'picture'), photo, undefined);
      const id = await createNative(api, folder, body, 'create the contact');
      reader.places.set(id, folder);
      return { id, bookIds: [folder] };
    },

    async update(id, { next, last }) {
      const folder = await folderOf(id, samePlace(last));
      if (last.etag !== undefined) await compare({ ...last, id }, folder);
      const body = updateBody(last.card, next) ?? {};
      const photo = inlinePhoto(next);
      const changed = photoOf(next)?.resource.uri !== photoOf(last.card)?.resource.uri;
      if (changed && photo !== undefined) body['picture'] = await setPicture(id, folder, photo);
      if (Object.keys(body).length > 0) await put(id, folder, body);
      if (changed && photo === undefined && inlinePhoto(last.card) !== undefined) await removePicture(id, folder);
      return { id, bookIds: [folder] };
    },

    async delete(record) {
      const { id } = record;
      const folder = await folderOf(id, samePlace(record));
      if (record.etag !== undefined) await compare(record, folder);
      try {
        const path = pathOf('contacts', folder, 'contact', id);
        await api.write({ method: 'DELETE', path, repeat: 'idempotent', what: 'delete the contact', contact: id });
      } catch (error) {
        // It was there a moment ago: gone means that our first try was done and its answer lost.
        if (!(error instanceof NotFound && record.etag !== undefined)) throw error;
      }
      reader.places.delete(id);
    },

    async move(record, bookId) {
      const etag = await transfer(record, 'move', bookId);
      reader.places.delete(record.id);
      try {
        const { native } = await reader.find(record.id, bookId);
        return { id: native.id, etag: native.etag, bookIds: [bookId] };
      } catch (error) {
        if (!(error instanceof NotFound)) throw error;
        return findAgain(record, etag, bookId, 'move the contact');
      }
    },

    async copy(record, bookId) {
      return findAgain(record, await transfer(record, 'copy', bookId), bookId, 'copy the contact');
    },

    avatars: {
      async get(id) {
        const { native } = await reader.find(id);
        return native.picture === '' ? undefined : photoFrom(native.picture);
      },
      async set(id, photo) {
        const folder = await folderOf(id, undefined);
        await put(id, folder, { picture: await setPicture(id, folder, photo) });
      },
      async delete(id) {
        await removePicture(id, await folderOf(id, undefined));
      },
    },
  };
}
