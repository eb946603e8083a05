/** What `attachment` does. */
import { basename } from 'node:path';
import type { Context } from '../context.js';
import type { Connection } from '../engine/types.js';
import type { Attachment, ContactRecord } from '../model/card.js';
import { InputError, UsageError } from '../model/errors.js';
import { displayName } from '../model/view.js';
import { confirm, needsInput } from '../ui/prompt.js';
import type { AttachmentOptions } from './attachment.js';
import { readBytes } from './fields.js';
import { mayWrite } from './files-out.js';
import { listFormat, printList } from './output.js';
import { checkWrite, eachItem, emptySummary, finish, writerFor } from './result.js';
import { bookIds, selectorsFrom } from './shared.js';

/** A file is read and sent as a whole. */
const MAX_FILE_BYTES = 100 * 1024 * 1024;
const DELETING = 'deleting an attachment';

interface Opened {
  connection: Connection;
  record: ContactRecord;
}

export async function runAttachment(options: AttachmentOptions): Promise<void> {
  const { context, action, names } = options;
  const { yes, dryRun } = context.globals;
  const format = action === 'list' ? listFormat(context) : undefined;
  if (format === undefined) checkWrite(context);
  if (action === 'delete' && !yes && !dryRun) {
    needsInput(context, `${DELETING} needs a confirmation`, 'add --yes to agree');
  }
  const files = action === 'add' ? await Promise.all(names.map((name) => fileOf(name, context))) : [];
  const opened = await open(options);
  const { listAttachments } = await import('../engine/attachments.js');
  if (action === 'add') return addAll(context, opened, files);
  const all = await listAttachments(opened.connection, opened.record);
  context.io.status(undefined);
  if (format !== undefined) return printAll(context, format, all);
  if (action === 'get') return getOne(options, opened, all);
  return deleteAll(options, opened, all);
}

/** The contact; refuses before any request where there are no attachments or nothing may be written. */
async function open({ context, action, contact }: AttachmentOptions): Promise<Opened> {
  const wanted = await selectorsFrom(context, [contact]);
  context.io.status('reading');
  const connection = await context.connect();
  const [{ requireAbility, requireWritable }, { selectContacts }] = await Promise.all([
    import('../engine/abilities.js'),
    import('../engine/select.js'),
  ]);
  requireAbility(connection, 'attachments');
  if (action === 'add' || action === 'delete') requireWritable(connection);
  const [record, ...others] = await selectContacts(connection, wanted, await bookIds(context, connection));
  if (!record || others.length > 0) throw new UsageError(`attachment ${action} takes one contact`);
  return { connection, record };
}

async function fileOf(path: string, context: Context): Promise<{ name: string; mediaType: string; bytes: Uint8Array }> {
  if (path === '-') throw new UsageError('an attachment needs a name: stdin has none', { hint: 'name a file' });
  const bytes = await readBytes(path, context);
  if (bytes.length > MAX_FILE_BYTES) {
    throw new InputError(`${path} is too large (${Math.ceil(bytes.length / 1024 / 1024)} MB)`, {
      hint: `an attachment has at most ${MAX_FILE_BYTES / 1024 / 1024} MB`,
    });
  }
  const { mediaTypeOf } = await import('../engine/attachments.js');
  const name = basename(path);
  return { name, mediaType: mediaTypeOf(name, bytes), bytes };
}

function printAll(
  context: Context,
  format: ReturnType<typeof listFormat>,
  items: readonly Attachment[],
): Promise<void> {
  return printList(context, format, {
    items,
    json: ({ id, name, mediaType, size }) => ({ id, name, mediaType, size }),
    cells: ({ id, name, mediaType, size }) => [id, name, mediaType, String(size)],
    head: ['Id', 'Name', 'Type', 'Bytes'],
    plain: ({ name }) => name,
    empty: 'no attachments',
  });
}

async function addAll(
  context: Context,
  { connection, record }: Opened,
  files: Awaited<ReturnType<typeof fileOf>>[],
): Promise<void> {
  const writer = await writerFor(context, connection, 'attachment add');
  const summary = emptySummary();
  const add = async (file: (typeof files)[number]): Promise<void> => {
    const { id } = await writer.addAttachment(record, file);
    summary.created.push(context.globals.dryRun ? file.name : id);
  };
  await eachItem(files, ({ name }) => name, summary, add);
  await writer.end();
  const ids = context.globals.dryRun ? [] : summary.created;
  await finish(context, summary, { ids, done: `added ${summary.created.length} file(s) to ${nameOf(record)}` });
}

async function getOne(
  { context, names, output }: AttachmentOptions,
  { connection, record }: Opened,
  all: readonly Attachment[],
): Promise<void> {
  const { getAttachment, pickAttachment } = await import('../engine/attachments.js');
  const attachment = pickAttachment(all, record, names[0]);
  const bytes = await getAttachment(connection, record, attachment);
  if (output === '-') return context.io.out(bytes);
  const file = output ?? safeName(attachment);
  const summary = emptySummary();
  if (await mayWrite(context, file)) {
    const { writeFileAtomic } = await import('../store/files.js');
    if (!context.globals.dryRun) await writeFileAtomic(file, once(bytes));
    summary.created.push(file);
  }
  const done = `wrote ${file} (${attachment.mediaType}, ${bytes.length} bytes)`;
  await finish(context, summary, { done: summary.created.length > 0 ? done : 'nothing was written' });
}

/** The server chose the name: no path, not hidden, no device of Windows, no control characters. */
export function safeName({ id, name }: Attachment): string {
  const last = name.split(/[\\/]/).at(-1) ?? '';
  const clean = last
    .normalize('NFC')
    .replace(/[\p{C}<>:"|?*]+/gu, '_')
    .replace(/^[\s.-]+|[\s.]+$/g, '')
    .slice(-120);
  const device = /^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)/i.test(clean);
  return clean === '' || device ? `attachment-${id.replace(/[^A-Za-z0-9_-]/g, '_').slice(0, 40)}` : clean;
}

async function deleteAll(
  { context, names }: AttachmentOptions,
  { connection, record }: Opened,
  all: readonly Attachment[],
): Promise<void> {
  const { pickAttachment } = await import('../engine/attachments.js');
  const chosen = [...new Set(names.map((name) => pickAttachment(all, record, name)))];
  const what = chosen.length === 1 ? (chosen[0]?.name ?? '') : `${chosen.length} files`;
  const summary = emptySummary();
  const { dryRun } = context.globals;
  if (!dryRun && !(await confirm(context, `Delete ${what} of ${nameOf(record)}?`, DELETING))) {
    summary.skipped.push(...chosen.map(({ id }) => id));
    return finish(context, summary, { done: 'nothing was deleted' });
  }
  const writer = await writerFor(context, connection, 'attachment delete');
  await eachItem(
    chosen,
    ({ id }) => id,
    summary,
    async (attachment) => {
      await writer.deleteAttachment(record, attachment);
      summary.deleted.push(attachment.id);
    },
  );
  await writer.end();
  await finish(context, summary, { done: `deleted ${what} of ${nameOf(record)}` });
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

function nameOf(record: ContactRecord): string {
  return displayName(record.card) || record.id;
}
