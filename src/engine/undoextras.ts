/** How attachments and common contacts are taken back. */
import type { ContactRecord, FrequentContact } from '../model/card.js';
import { Refused } from '../model/errors.js';
import type { Image, Intent, KeptAttachment } from '../store/types.js';
import type { Connection } from './types.js';
import type { Ended, Undone } from './undosteps.js';
import type { Writer } from './write.js';
import { sameFile } from './writeextras.js';

const SKIPPED: Undone = { did: 'skipped' };

function keptOf(value: Intent['before'] | Intent['after']): KeptAttachment | undefined {
  return value === undefined || '@type' in value || !('attachment' in value) ? undefined : value.attachment;
}

function listOf(value: Intent['before'] | Intent['after']): readonly FrequentContact[] | undefined {
  return value === undefined || '@type' in value || !('frequent' in value) ? undefined : value.frequent;
}

/** Puts a file back. @throws Refused when it was too large to be kept */
async function restore(writer: Writer, record: Pick<ContactRecord, 'id'>, file: KeptAttachment): Promise<void> {
  const { name, mediaType, content } = file;
  if (content === undefined) {
    throw new Refused(`the attachment "${name}" was too large to be kept: it cannot be put back`, {
      contact: record.id,
    });
  }
  await writer.addAttachment(record, { name, mediaType, bytes: Buffer.from(content, 'base64') });
}

/** The files of a deleted contact that was put back as `id`, those that are not there. @throws Refused naming a lost one */
export async function restoreAttachments(
  { provider }: Connection,
  writer: Writer,
  { attachments = [] }: Image,
  id: string,
): Promise<void> {
  if (attachments.length === 0 || provider.attachments === undefined || writer.dryRun) return;
  const there = await provider.attachments.list(id);
  const missing = attachments.filter((file) => !there.some((found) => sameFile(found, file)));
  // What is lost comes last, so that the rest is back when it is said.
  missing.sort((a, b) => Number(a.content === undefined) - Number(b.content === undefined));
  for (const file of missing) await restore(writer, { id }, file);
}

/** @param record the contact as it is now */
export async function attachmentBack(
  { provider }: Connection,
  writer: Writer,
  record: ContactRecord | undefined,
  { intent, ended }: { intent: Intent; ended: Ended },
): Promise<Undone> {
  const files = provider.attachments;
  if (files === undefined || record === undefined) return SKIPPED;
  const now = await files.list(record.id);
  if (intent.op === 'attachment.delete') {
    const before = keptOf(intent.before);
    if (before === undefined || now.some(({ id }) => id === before.id)) return SKIPPED;
    await restore(writer, record, before);
    return { did: 'updated', id: record.id };
  }
  const wanted = keptOf(intent.after);
  const alike = now.filter((file) => wanted !== undefined && sameFile(file, wanted));
  // Without an outcome only a single file of that name and size can be meant.
  const added = ended.id === undefined ? (alike.length === 1 ? alike[0] : undefined) : byId(now, ended.id);
  if (added === undefined) return SKIPPED;
  await writer.deleteAttachment(record, added);
  return { did: 'updated', id: record.id };
}

function byId<T extends { id: string }>(list: readonly T[], id: string): T | undefined {
  return list.find((entry) => entry.id === id);
}

/** The list as it was; `changedSince` when other addresses are in it now. */
export async function frequentBack(
  { provider }: Connection,
  writer: Writer,
  intent: Intent,
  force: boolean,
): Promise<Undone> {
  const [before, after] = [listOf(intent.before), listOf(intent.after)];
  if (before === undefined || provider.frequent === undefined) return SKIPPED;
  const now = await provider.frequent.list();
  const addresses = (list: readonly { email: string }[]): string =>
    JSON.stringify(list.map(({ email }) => email).sort());
  const asWritten = after !== undefined && addresses(after) === addresses(now);
  if (addresses(now) === addresses(before) && !asWritten) return SKIPPED;
  if (!asWritten && !force) return { did: 'changedSince' };
  await writer.setFrequent(now, before);
  return { did: 'updated', id: 'common contacts' };
}
