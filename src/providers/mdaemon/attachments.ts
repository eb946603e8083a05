/** Files kept with contacts (vendor page "Contacts": upload, download, delete of attachments). */
import { asArray, asObject } from '../../http/check.js';
import type { Attachment } from '../../model/card.js';
import { ProtocolError, UnknownOutcome } from '../../model/errors.js';
import type { AttachmentAbility, AttachmentFile } from '../types.js';
import { pathOf } from './api.js';
import type { Api } from './api.js';
import { parseAttachment } from './map.js';
import type { Reader } from './read.js';

const TYPE = /^[\w.+-]+\/[\w.+-]+$/;

/** "Multiple files are accepted at once": one at a time, so that each has an outcome of its own. */
async function upload(api: Api, path: string, file: AttachmentFile, contact: string): Promise<Attachment> {
  const what = 'upload the attachment';
  const mediaType = TYPE.test(file.mediaType) ? file.mediaType : 'application/octet-stream';
  const uploads = [{ ...file, mediaType }];
  try {
    const answer = await api.call({ method: 'POST', path, uploads, repeat: 'never', what, contact });
    const [item] = asArray(answer, what);
    return parseAttachment(asObject(item, `${what}: [0]`), `${what}: [0]`);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    throw new UnknownOutcome(`${what}: the answer cannot be read, so it may or may not have happened`, {
      why: error.message,
      contact,
      hint: 'look before you repeat it',
      cause: error,
    });
  }
}

export function attachmentAbility(api: Api, reader: Reader): AttachmentAbility {
  const path = async (contact: string, ...more: string[]): Promise<string> =>
    pathOf('contacts', await reader.folderOf(contact), 'contact', contact, 'attachment', ...more);
  return {
    list: async (contact) => (await reader.find(contact)).native.attachments,
    async get(contact, id) {
      const what = 'download the attachment';
      return api.bytes({ method: 'GET', path: await path(contact, id), repeat: 'safe', what, contact });
    },
    add: async (contact, file) => upload(api, await path(contact), file, contact),
    async delete(contact, id) {
      const what = 'delete the attachment';
      const call = { method: 'DELETE', path: await path(contact, id), repeat: 'never', what, contact } as const;
      await api.object(call);
    },
  };
}
