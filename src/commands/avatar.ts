/** `avatar`: pictures of contacts. */
import { Command } from 'commander';
import type { ContextSource } from './index.js';
import type { Context } from '../context.js';
import type { Connection } from '../engine/types.js';
import type { ContactRecord, Photo } from '../model/card.js';
import { NotFound, UsageError } from '../model/errors.js';
import { displayName } from '../model/view.js';
import { confirm, needsInput } from '../ui/prompt.js';
import { readBytes } from './fields.js';
import { mayWrite } from './files-out.js';
import { checkWrite, emptySummary, finish, writerFor } from './result.js';
import { bookIds, examples, SELECTOR_HELP, selectorsFrom } from './shared.js';

export interface AvatarOptions {
  context: Context;
  action: 'get' | 'set' | 'delete' | 'export';
  contact: string;
  /** File to read or write, folder of `export`. */
  file?: string;
}

export function avatarCommand(context: ContextSource, run = runAvatar): Command {
  const command = new Command('avatar').description('Pictures of contacts.');
  command
    .command('get')
    .description('write the picture of a contact to a file')
    .argument('<contact>', SELECTOR_HELP)
    .option('-o, --output <file>', 'file to write, - for stdout (default: the name of the contact)')
    .action((contact: string, options: { output?: string }) =>
      run({
        context: context(),
        action: 'get',
        contact,
        ...(options.output === undefined ? {} : { file: options.output }),
      }),
    );
  command
    .command('set')
    .description('give a contact a picture')
    .argument('<contact>', SELECTOR_HELP)
    .argument('<file>', 'JPEG, PNG, GIF or WebP, - for stdin')
    .action((contact: string, file: string) => run({ context: context(), action: 'set', contact, file }));
  command
    .command('delete')
    .description('remove the picture of a contact')
    .argument('<contact>', SELECTOR_HELP)
    .action((contact: string) => run({ context: context(), action: 'delete', contact }));
  command
    .command('export')
    .description('write all pictures into a folder, one file each')
    .argument('<dir>', 'folder')
    .action((file: string) => run({ context: context(), action: 'export', contact: '', file }));
  return examples(command, [
    'cardferry avatar get email:anna@example.com -o anna.jpg',
    'cardferry avatar set 5f3a portrait.png',
    'cardferry avatar export pictures/',
  ]);
}

const AGREE = 'removing a picture';

export async function runAvatar(options: AvatarOptions): Promise<void> {
  const { context, action, file } = options;
  checkWrite(context);
  const { yes, dryRun } = context.globals;
  if (action === 'delete' && !yes && !dryRun)
    needsInput(context, `${AGREE} needs a confirmation`, 'add --yes to agree');
  const photo = action === 'set' ? await pictureFrom(file ?? '', context) : undefined;
  const wanted = action === 'export' ? [] : await selectorsFrom(context, [options.contact]);
  context.io.status('reading');
  const connection = await context.connect();
  const [{ requireAbility, requireWritable }, { selectContacts }] = await Promise.all([
    import('../engine/abilities.js'),
    import('../engine/select.js'),
  ]);
  requireAbility(connection, 'avatars');
  if (action === 'export') return exportAll(context, connection, file ?? '.');
  if (action !== 'get') requireWritable(connection);
  const [record, ...others] = await selectContacts(connection, wanted, await bookIds(context, connection));
  if (!record || others.length > 0) throw new UsageError(`avatar ${action} takes one contact, not ${wanted.length}`);
  if (action === 'get') return getOne(context, connection, record, file);
  const summary = emptySummary();
  const name = displayName(record.card) || record.id;
  context.io.status(undefined);
  if (
    action === 'delete' &&
    !context.globals.dryRun &&
    !(await confirm(context, `Remove the picture of ${name}?`, AGREE))
  ) {
    summary.skipped.push(record.id);
    return finish(context, summary, { done: 'nothing was removed' });
  }
  const avatars = await import('../engine/avatars.js');
  const writer = await writerFor(context, connection, `avatar ${action}`);
  const written = photo
    ? await avatars.setAvatar(connection, writer, record, photo)
    : await avatars.deleteAvatar(connection, writer, record);
  await writer.end();
  summary[written ? 'updated' : 'skipped'].push(record.id);
  const did = !written ? 'that is already' : action === 'set' ? 'set' : 'removed';
  await finish(context, summary, { done: `${did} the picture of ${name}` });
}

async function pictureFrom(file: string, context: Context): Promise<Photo> {
  const { checkPhoto } = await import('../engine/avatars.js');
  return checkPhoto(await readBytes(file, context), file);
}

async function getOne(
  context: Context,
  connection: Connection,
  record: ContactRecord,
  output: string | undefined,
): Promise<void> {
  const { getAvatar, photoSuffix } = await import('../engine/avatars.js');
  const photo = await getAvatar(connection, record);
  context.io.status(undefined);
  if (!photo) throw new NotFound(`${displayName(record.card)} has no picture`, { contact: record.id });
  if (output === '-') return context.io.out(photo.bytes);
  const file = output ?? (await fileName(record, photoSuffix(photo)));
  const summary = emptySummary();
  if (await mayWrite(context, file)) {
    const { writeFileAtomic } = await import('../store/files.js');
    if (!context.globals.dryRun) await writeFileAtomic(file, once(photo.bytes));
    summary.created.push(file);
  }
  const done = `wrote ${file} (${photo.mediaType}, ${photo.bytes.length} bytes)`;
  await finish(context, summary, { done: summary.created.length > 0 ? done : 'nothing was written' });
}

/** A safe file name from the contact's name and id. */
async function fileName(record: ContactRecord, suffix: string): Promise<string> {
  const { safeFileName } = await import('../formats/vdir-name.js');
  const name = displayName(record.card)
    .normalize('NFKD')
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[-.]+/, '')
    .slice(0, 60)
    .replace(/-$/, '');
  return `${name === '' ? '' : `${name}-`}${safeFileName(record.id)}${suffix === '' ? '.bin' : suffix}`;
}

async function exportAll(context: Context, connection: Connection, folder: string): Promise<void> {
  const [{ exportAvatars, photoSuffix }, { writeFileAtomic }, { mkdir }, { join }] = await Promise.all([
    import('../engine/avatars.js'),
    import('../store/files.js'),
    import('node:fs/promises'),
    import('node:path'),
  ]);
  const { dryRun } = context.globals;
  const books = await bookIds(context, connection);
  const summary = emptySummary();
  if (!dryRun) await mkdir(folder, { recursive: true });
  for await (const { record, photo } of exportAvatars(connection, books === undefined ? {} : { bookIds: books })) {
    const file = join(folder, await fileName(record, photoSuffix(photo)));
    if (!dryRun) await writeFileAtomic(file, once(photo.bytes));
    summary.created.push(file);
    context.io.status(`${summary.created.length} pictures`);
  }
  await finish(context, summary, { done: `wrote ${summary.created.length} picture(s) to ${folder}` });
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
