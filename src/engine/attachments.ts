/** Files kept with contacts, on the servers that have them. */
import type { Attachment, ContactRecord } from '../model/card.js';
import { NotFound, UsageError } from '../model/errors.js';
import { sniffImage } from '../model/view.js';
import type { AttachmentAbility } from '../providers/types.js';
import { requireAbility } from './abilities.js';
import type { Connection } from './types.js';
import { missing } from './writecommon.js';

/** By extension, for what people keep with contacts; everything else is octets. */
const TYPES: Record<string, string> = {
  csv: 'text/csv',
  doc: 'application/msword',
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  htm: 'text/html',
  html: 'text/html',
  ics: 'text/calendar',
  json: 'application/json',
  md: 'text/markdown',
  odt: 'application/vnd.oasis.opendocument.text',
  pdf: 'application/pdf',
  rtf: 'application/rtf',
  svg: 'image/svg+xml',
  txt: 'text/plain',
  vcf: 'text/vcard',
  xls: 'application/vnd.ms-excel',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  xml: 'application/xml',
  zip: 'application/zip',
};

/** Pictures by their bytes, other files by their name. */
export function mediaTypeOf(name: string, bytes: Uint8Array): string {
  const extension = /\.([a-z0-9]+)$/i.exec(name)?.[1]?.toLowerCase() ?? '';
  const known = Object.hasOwn(TYPES, extension) ? TYPES[extension] : undefined;
  return sniffImage(bytes) ?? known ?? 'application/octet-stream';
}

function files(connection: Connection): AttachmentAbility {
  requireAbility(connection, 'attachments');
  return connection.provider.attachments ?? missing('keep attachments');
}

/** @throws Unsupported "NAME has no attachments" before any request; NotFound */
export function listAttachments(connection: Connection, record: ContactRecord): Promise<Attachment[]> {
  return files(connection).list(record.id);
}

/**
 * The one attachment that an id or a name fits; the only one there is when nothing is named.
 * @throws NotFound listing what there is; UsageError when several fit
 */
export function pickAttachment(all: readonly Attachment[], record: ContactRecord, wanted?: string): Attachment {
  const exact = all.filter(({ id }) => id === wanted);
  const found = exact.length > 0 ? exact : all.filter(({ name }) => wanted === undefined || name === wanted);
  const [attachment] = found;
  if (attachment === undefined) {
    const names = all.slice(0, 20).map(({ id, name }) => `${name} (${id})`);
    throw new NotFound(wanted === undefined ? 'the contact has no attachments' : `no attachment "${wanted}"`, {
      contact: record.id,
      ...(names.length === 0 ? {} : { hint: `there are: ${names.join(', ')}` }),
    });
  }
  if (found.length > 1) {
    throw new UsageError(
      wanted === undefined ? 'the contact has several attachments' : `several are called "${wanted}"`,
      {
        contact: record.id,
        hint: `name one by its id: ${found
          .slice(0, 20)
          .map(({ id, name }) => `${id} (${name})`)
          .join(', ')}`,
      },
    );
  }
  return attachment;
}

/** @throws NotFound */
export function getAttachment(
  connection: Connection,
  record: ContactRecord,
  attachment: Attachment,
): Promise<Uint8Array> {
  return files(connection).get(record.id, attachment.id);
}
