/** Writing contacts: create, update, delete, pictures. */
import type { ContactRecord, Photo } from '../../model/card.js';
import { Conflict, Refused } from '../../model/errors.js';
import type { ContactChange, NewContact, WriteResult } from '../types.js';
import type { Api } from './api.js';
import type { Call } from './call.js';
import { extendedName } from './extended.js';
import type { Folders } from './folders.js';
import type { Extras } from './extras.js';
import { createBody, parseWritten, replacesLists, updateBody } from './map.js';
import type { Leftover } from './map.js';
import type { Reader } from './read.js';

/** "Limited to 4 MB" for a whole request. */
const MOST_PHOTO = 4 * 1024 * 1024 - 1;

function guard(etag: string | undefined): { headers?: Record<string, string> } {
  return etag === undefined ? {} : { headers: { 'if-match': etag } };
}

export class Writer {
  constructor(
    private readonly api: Api,
    private readonly folders: Folders,
    private readonly reader: Reader,
    private readonly extras: Extras,
  ) {}

  async create({ card, bookId }: NewContact): Promise<WriteResult> {
    const { dialect } = this.api;
    const book = bookId ?? (await this.folders.forWriting());
    const path = this.folders.contactsOf(book);
    return this.extras.writing(async (extended) => {
      const json = createBody(card, dialect, extended);
      const call: Call = { method: 'POST', path, json, repeat: 'never', what: 'create the contact' };
      const reply = await this.api.share(call);
      return { ...parseWritten(this.api.object(call, reply), call.what, dialect), bookIds: [book] };
    });
  }

  async update(id: string, { next, last }: ContactChange): Promise<WriteResult> {
    const { dialect } = this.api;
    const plain = updateBody(last.card, next, dialect, { extended: this.extras.kept });
    if (plain === undefined) return this.untouched(id, last);
    const leftover = replacesLists(plain, dialect) ? await this.leftoverOf(id, last) : undefined;
    const send = async (extended: boolean): Promise<WriteResult> => {
      const json = updateBody(last.card, next, dialect, { extended, ...(leftover === undefined ? {} : { leftover }) });
      if (json === undefined) return this.untouched(id, last);
      const call: Call = {
        ...{ method: 'PATCH', path: this.api.path('contacts', id), json, repeat: 'idempotent' },
        ...{ what: 'update the contact', contact: id },
        ...guard(last.etag),
      };
      const reply = await this.api.share(call);
      // A proxy or an older server may say no more than that it is done.
      const told = reply.empty ? { id } : parseWritten(this.api.object(call, reply), call.what, dialect, id);
      return { ...told, bookIds: last.bookIds };
    };
    return extendedName(dialect) in plain ? this.extras.writing(send) : send(this.extras.kept);
  }

  /** Of the version that is to be changed; read now when it was not read in this connection. */
  private async leftoverOf(id: string, { etag }: ContactRecord): Promise<Leftover> {
    return this.reader.leftovers.of(id, etag) ?? (await this.reader.native(id)).leftover;
  }

  async delete({ id, etag }: ContactRecord): Promise<void> {
    const path = this.api.path('contacts', id);
    const what = 'delete the contact';
    await this.api.share({ method: 'DELETE', path, repeat: 'idempotent', what, contact: id, ...guard(etag) });
  }

  /** Replaces the picture there is. */
  async setPhoto(id: string, picture: Photo): Promise<void> {
    if (picture.bytes.length > MOST_PHOTO) {
      throw new Refused('the picture is too large: Microsoft takes up to 4 MB', { contact: id });
    }
    const path = this.api.path('contacts', id, 'photo', '$value');
    const what = 'set the picture';
    await this.api.share({ method: 'PUT', path, picture, repeat: 'idempotent', what, contact: id });
  }

  /** Nothing of it can be stored here: it must be there all the same, and as it was. */
  private async untouched(id: string, last: ContactRecord): Promise<WriteResult> {
    const { etag } = await this.reader.native(id);
    if (last.etag !== undefined && etag !== undefined && etag !== last.etag) {
      throw new Conflict('the contact was changed on the server since it was read', {
        contact: id,
        hint: 'read it again, then repeat the change',
      });
    }
    return { id, bookIds: last.bookIds, ...(etag === undefined ? {} : { etag }) };
  }
}
