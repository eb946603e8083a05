/** `avatar`: pictures of contacts. */
import { Command } from 'commander';
import type { ContextSource } from './index.js';
import type { Context } from '../context.js';
import type { Connection } from '../engine/types.js';
import type { ContactRecord, Photo } from '../model/card.js';
import { NotFound, UsageError } from '../model/errors.js';
import { printable } from '../model/text.js';
import { displayName } from '../model/view.js';
import { readBytes } from './fields.js';
import { emptySummary, finish } from './result.js';
import { bookIds, examples, SELECTOR_HELP } from './shared.js';

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
      run({ context: context(), action: 'get', contact, ...(options.output === undefined ? {} : { file: options.output }) }),
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
  return examples(command, ['cardferry avatar get email:anna@example.com -o anna.jpg', 'cardferry avatar set 5f3a portrait.png', 'cardferry avatar export pictures/']);
}

export async function runAvatar(options: AvatarOptions): Promise<void> {
  const { context, action } = options;
  const photo = action === 'set' ? await pictureFrom(options.file ?? '', context) : undefined;
  context.io.status('reading');
  const connection = await context.connect();
  if (action === 'export') return exportAll(context, connection, options.file ?? '.');
  const { selectContacts } = await import('../engine/select.js');
  const [record] = await selectContacts(connection, [options.contact], await bookIds(context, connection));
  if (!record) throw new UsageError('no contact was named');
  if (action === 'get') return getOne(context, connection, record, options.file);
  const { openWriter } = await import('../engine/write.js');
  const avatars = await import('../engine/avatars.js');
  const writer = openWriter({ connection, journal: await context.journal(), command: `avatar ${action}`, clock: context.clock, dryRun: context.globals.dryRun });
  if (photo) await avatars.setAvatar(connection, writer, record, photo);
  else await avatars.deleteAvatar(connection, writer, record);
  await writer.end();
  const summary = emptySummary();
  summary.updated.push(record.id);
  await finish(context, summary, { done: `${action === 'set' ? 'set' : 'removed'} the picture of ${displayName(record.card)}` });
}

async function pictureFrom(file: string, context: Context): Promise<Photo> {
  const { checkPhoto } = await import('../engine/avatars.js');
  return checkPhoto(await readBytes(file, context), file);
}

async function getOne(context: Context, connection: Connection, record: ContactRecord, output: string | undefined): Promise<void> {
  const { getAvatar } = await import('../engine/avatars.js');
  const photo = await getAvatar(connection, record);
  context.io.status(undefined);
  if (!photo) throw new NotFound(`${displayName(record.card)} has no picture`, { contact: record.id });
  if (output === '-') return context.io.out(photo.bytes);
  const file = output ?? (await fileName(record, photo));
  const { writeFileAtomic } = await import('../store/files.js');
  await writeFileAtomic(file, once(photo.bytes));
  context.io.note(`wrote ${printable(file)} (${photo.mediaType}, ${photo.bytes.length} bytes)`);
}

/** A safe file name from the contact's name and id. */
async function fileName(record: ContactRecord, photo: Photo): Promise<string> {
  const { safeFileName } = await import('../formats/vdir-name.js');
  const base = `${displayName(record.card)}-${record.id}`.normalize('NFKD').replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^[-.]+|-+$/g, '');
  return `${safeFileName(base === '' ? record.id : base)}.${photo.mediaType.split('/')[1]?.replace('jpeg', 'jpg') ?? 'bin'}`;
}

async function exportAll(context: Context, connection: Connection, folder: string): Promise<void> {
  const [{ readContacts }, { getAvatar }, { writeFileAtomic }, { mkdir }, { join }] = await Promise.all([
    import('../engine/query.js'),
    import('../engine/avatars.js'),
    import('../store/files.js'),
    import('node:fs/promises'),
    import('node:path'),
  ]);
  await mkdir(folder, { recursive: true });
  const books = await bookIds(context, connection);
  const summary = emptySummary();
  for await (const record of readContacts(connection, { media: true, has: ['avatar'], ...(books === undefined ? {} : { bookIds: books }) })) {
    const photo = await getAvatar(connection, record);
    if (!photo) continue;
    await writeFileAtomic(join(folder, await fileName(record, photo)), once(photo.bytes));
    summary.created.push(record.id);
    context.io.status(`${summary.created.length} pictures`);
  }
  await finish(context, summary, { done: `wrote ${summary.created.length} picture(s) to ${printable(folder)}` });
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
