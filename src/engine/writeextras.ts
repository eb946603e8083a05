/** Attachments and common contacts through the one write path. */
import type { Attachment, ContactRecord, FrequentContact } from '../model/card.js';
import type { AttachmentAbility, AttachmentFile, FrequentAbility } from '../providers/types.js';
import type { KeptAttachment } from '../store/types.js';
import { requireAbility, requireWritable } from './abilities.js';
import { sameFrequent } from './frequent.js';
import { missing, type WriteContext } from './writecommon.js';

/** Larger files are not kept in the journal: deleting one cannot be undone. */
export const MAX_KEPT_BYTES = 5 * 1024 * 1024;

export interface ExtraSteps {
  /** Two of one name are legal. */
  addAttachment(record: Pick<ContactRecord, 'id'>, file: AttachmentFile): Promise<Attachment>;
  /** Files over `MAX_KEPT_BYTES` do not come back with undo. */
  deleteAttachment(record: Pick<ContactRecord, 'id'>, attachment: Attachment): Promise<void>;
  /** Replaces the list of common contacts. Nothing is sent when nothing changes. */
  setFrequent(before: readonly FrequentContact[], next: readonly FrequentContact[]): Promise<void>;
}

function ability(context: WriteContext): AttachmentAbility {
  const { connection } = context;
  requireAbility(connection, 'attachments');
  requireWritable(connection);
  return connection.provider.attachments ?? missing('keep attachments');
}

export function sameFile(a: Pick<Attachment, 'name' | 'size'>, b: Pick<Attachment, 'name' | 'size'>): boolean {
  return a.name === b.name && a.size === b.size;
}

/** The file with its content, for the journal; without it when it is too large, and that is said. */
async function keep(
  context: WriteContext,
  files: AttachmentAbility,
  id: string,
  attachment: Attachment,
): Promise<KeptAttachment> {
  const bytes = attachment.size > MAX_KEPT_BYTES ? undefined : await files.get(id, attachment.id);
  if (bytes !== undefined && bytes.length <= MAX_KEPT_BYTES) {
    return { ...attachment, content: Buffer.from(bytes).toString('base64') };
  }
  context.warn(`the attachment "${attachment.name}" is too large to be kept: undo will not bring it back`);
  return attachment;
}

/** The files that go with a contact when it is deleted, as far as they are small enough. */
export async function keptAttachments(context: WriteContext, record: ContactRecord): Promise<KeptAttachment[]> {
  const files = context.connection.provider.attachments;
  if (files === undefined || record.hasAttachments !== true) return [];
  const kept: KeptAttachment[] = [];
  for (const attachment of await files.list(record.id)) kept.push(await keep(context, files, record.id, attachment));
  return kept;
}

export function extraSteps(context: WriteContext): ExtraSteps {
  const { connection, performer, dryRun } = context;
  return {
    addAttachment: (record, file) => add(context, record, file),
    async deleteAttachment({ id }, attachment) {
      const files = ability(context);
      if (dryRun) return;
      await performer.perform<true>({
        intent: {
          op: 'attachment.delete',
          id,
          name: attachment.name,
          before: { attachment: await keep(context, files, id, attachment) },
        },
        send: () => files.delete(id, attachment.id).then(() => true),
        settle: async () => ((await files.list(id)).some((file) => file.id === attachment.id) ? undefined : true),
        outcome: () => ({ id }),
      });
    },
    async setFrequent(before, next) {
      requireAbility(connection, 'frequent');
      requireWritable(connection);
      const frequent: FrequentAbility = connection.provider.frequent ?? missing('keep common contacts');
      if (dryRun || sameFrequent(before, next)) return;
      await performer.perform<true>({
        intent: { op: 'frequent.set', before: { frequent: before }, after: { frequent: next } },
        send: () => frequent.set(next).then(() => true),
        settle: () => Promise.resolve(undefined),
      });
    },
  };
}

async function add(
  context: WriteContext,
  { id }: Pick<ContactRecord, 'id'>,
  file: AttachmentFile,
): Promise<Attachment> {
  const files = ability(context);
  const wanted = { id: '', name: file.name, mediaType: file.mediaType, size: file.bytes.length };
  if (context.dryRun) return wanted;
  const before = new Set((await files.list(id)).map((attachment) => attachment.id));
  return context.performer.perform<Attachment>({
    intent: { op: 'attachment.add', id, name: file.name, after: { attachment: wanted } },
    send: () => files.add(id, file),
    settle: async () => (await files.list(id)).find((found) => !before.has(found.id) && sameFile(found, wanted)),
    outcome: (made) => ({ id: made.id }),
  });
}
