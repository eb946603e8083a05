/** Writing contacts: create, update, delete, move, copy, pictures. */
import { optString } from '../../http/check.js';
import type { ContactRecord, Photo } from '../../model/card.js';
import { Conflict, NotFound, ProtocolError, UnknownOutcome } from '../../model/errors.js';
import { photoOf } from '../../model/view.js';
import type { AvatarAbility, ContactChange, NewContact, WriteResult } from '../types.js';
import { pathOf, pictureFile } from './api.js';
import type { Api } from './api.js';
import type { Folders } from './folders.js';
import { createBody, inlinePhoto, memberOf, photoFrom, project, scalar, updateBody } from './map.js';
import type { Reader } from './read.js';

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

export class Writer {
  readonly avatars: AvatarAbility;

  constructor(
    private readonly api: Api,
    private readonly folders: Folders,
    private readonly reader: Reader,
  ) {
    this.avatars = {
      get: async (id) => {
        const { native } = await reader.find(id);
        return native.picture === '' ? undefined : photoFrom(native.picture);
      },
      set: async (id, photo) => {
        const folder = await this.folderOf(id, undefined);
        await this.put(id, folder, { picture: await this.uploadFor(id, folder, photo) });
      },
      delete: async (id) => this.removePicture(id, await this.folderOf(id, undefined)),
    };
  }

  async create({ card, bookId }: NewContact): Promise<WriteResult> {
    const folder = bookId ?? (await this.folders.forWriting());
    const body = createBody(card);
    const photo = inlinePhoto(card);
    if (photo !== undefined) {
      body['picture'] = await upload(this.api, pathOf('contacts', folder, 'new', 'picture'), photo, undefined);
    }
    const id = await createNative(this.api, folder, body, 'create the contact');
    this.reader.places.set(id, folder);
    this.reader.made.set(id, memberOf(id, project(card)));
    return { id, bookIds: [folder] };
  }

  async update(id: string, { next, last }: ContactChange): Promise<WriteResult> {
    const folder = await this.folderOf(id, last.bookIds[0]);
    await this.compare({ ...last, id }, folder);
    this.reader.made.delete(id);
    const body = updateBody(last.card, next) ?? {};
    const photo = inlinePhoto(next);
    const changed = photoOf(next)?.resource.uri !== photoOf(last.card)?.resource.uri;
    if (changed && photo !== undefined) body['picture'] = await this.uploadFor(id, folder, photo);
    if (Object.keys(body).length > 0) await this.put(id, folder, body);
    if (changed && photo === undefined && inlinePhoto(last.card) !== undefined) await this.removePicture(id, folder);
    return { id, bookIds: [folder] };
  }

  async delete(record: ContactRecord): Promise<void> {
    const { id } = record;
    const folder = await this.folderOf(id, record.bookIds[0]);
    await this.compare(record, folder);
    try {
      const path = pathOf('contacts', folder, 'contact', id);
      await this.api.write({ method: 'DELETE', path, repeat: 'idempotent', what: 'delete the contact', contact: id });
    } catch (error) {
      // It was there a moment ago: gone means that our first try was done and its answer lost.
      if (!(error instanceof NotFound && record.etag !== undefined)) throw error;
    }
    this.reader.places.delete(id);
  }

  async move(record: ContactRecord, bookId: string): Promise<WriteResult> {
    const etag = await this.transfer(record, 'move', bookId);
    this.reader.places.delete(record.id);
    try {
      const { native } = await this.reader.find(record.id, bookId);
      return { id: native.id, etag: native.etag, bookIds: [bookId] };
    } catch (error) {
      if (!(error instanceof NotFound)) throw error;
      return this.findAgain(record, etag, bookId, 'move the contact');
    }
  }

  async copy(record: ContactRecord, bookId: string): Promise<WriteResult> {
    return this.findAgain(record, await this.transfer(record, 'copy', bookId), bookId, 'copy the contact');
  }

  private async folderOf(id: string, known: string | undefined): Promise<string> {
    return known ?? this.reader.folderOf(id);
  }

  /**
   * MDaemon has no conditional writes: read, compare, write. One request more a write, only for records that carry an
   * `etag`; without one the write is unconditional.
   * @throws NotFound, Conflict
   */
  private async compare({ id, etag }: ContactRecord, folder: string): Promise<void> {
    if (etag === undefined) return;
    const { native } = await this.reader.find(id, folder);
    if (native.etag === etag) return;
    throw new Conflict('the contact was changed on the server since it was read', {
      contact: id,
      hint: 'read it again, then repeat the change',
    });
  }

  private async put(id: string, folder: string, json: unknown): Promise<void> {
    const path = pathOf('contacts', folder, 'contact', id);
    await this.api.write({ method: 'PUT', path, json, repeat: 'idempotent', what: 'update the contact', contact: id });
  }

  private uploadFor(id: string, folder: string, photo: Photo): Promise<string> {
    return upload(this.api, pathOf('contacts', folder, 'contact', id, 'picture'), photo, id);
  }

  private async removePicture(id: string, folder: string): Promise<void> {
    const path = pathOf('contacts', folder, 'contact', id, 'picture');
    await this.api.write({ method: 'DELETE', path, repeat: 'idempotent', what: 'delete the picture', contact: id });
  }

  /** @returns the contact's etag, to know it again */
  private async transfer(record: ContactRecord, how: 'move' | 'copy', target: string): Promise<string> {
    const { id } = record;
    const folder = await this.folderOf(id, record.bookIds[0]);
    const etag = record.etag ?? (await this.reader.find(id, folder)).native.etag;
    const path = pathOf('contacts', folder, 'contact', id);
    const form = { [how]: target };
    await this.api.write({ method: 'POST', path, form, repeat: 'never', what: `${how} the contact`, contact: id });
    return etag;
  }

  /** The answer names no new id: whatever says the same in the target is it. */
  private async findAgain(record: ContactRecord, etag: string, target: string, how: string): Promise<WriteResult> {
    for await (const native of this.reader.scan(target)) {
      if (!native.group && native.id !== record.id && native.etag === etag) {
        return { id: native.id, etag, bookIds: [target] };
      }
    }
    throw new UnknownOutcome(`${how}: done, but the contact is not found in the address book`, {
      contact: record.id,
      hint: 'list both address books before you repeat it',
    });
  }
}
