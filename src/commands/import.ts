/** `import`: files into a profile; a bad record is reported, the rest goes in; a second import writes nothing. */
import { Command, Option } from 'commander';
import type { ContextSource } from './index.js';
import type { Context } from '../context.js';
import type { ConflictPolicy } from '../engine/types.js';
import type { FormatItem } from '../formats/types.js';
import { PartlyDone, UsageError } from '../model/errors.js';
import { Rejects, openSource } from './files.js';
import { finish, noteFieldLosses } from './result.js';
import { examples, targetBook } from './shared.js';

export interface ImportOptions {
  context: Context;
  files: string[];
  onConflict: Exclude<ConflictPolicy, 'ask'>;
  encoding?: string;
  rejects?: string;
}

export function importCommand(context: ContextSource, run = runImport): Command {
  const command = new Command('import')
    .description('Import contacts from files. --format names the format (default: found by content).')
    .argument('<file...>', 'files, or - for stdin')
    .addOption(
      new Option('--on-conflict <policy>', 'what to do with a contact that is there already and differs')
        .choices(['skip', 'update', 'duplicate'])
        .default('update'),
    )
    .option('--encoding <charset>', 'charset of text that is not UTF-8 and says nothing')
    .option('--rejects <file>', 'write unreadable records here, as they stood')
    .action((files: string[], flags: Omit<ImportOptions, 'context' | 'files'>) => run({ ...flags, files, context: context() }));
  return examples(command, [
    'cardferry import contacts.vcf',
    'cardferry import phone.vcf old.vcf --on-conflict skip --rejects rejects.vcf',
    'cardferry import - --format jscontact --dry-run < contacts.json',
  ]);
}

export async function runImport(options: ImportOptions): Promise<void> {
  const { context, files } = options;
  const { globals } = context;
  if (files.filter((file) => file === '-').length > 1) throw new UsageError('stdin can be read once');
  const wanted = globals.format === 'json' ? undefined : globals.format;
  const rejects = new Rejects(context, options.rejects);
  context.io.status('reading');
  const connection = await context.connect();
  const { requireAbility } = await import('../engine/abilities.js');
  requireAbility(connection, 'create');
  const bookId = await targetBook(context, connection);
  const { importCards } = await import('../engine/import.js');
  const result = await importCards({
    connection,
    journal: await context.journal(),
    clock: context.clock,
    dryRun: globals.dryRun,
    onConflict: options.onConflict,
    items: allItems(options, wanted),
    onReject: (source, item) => rejects.add(source, item),
    onProgress: (done) => context.io.status(`importing: ${done}`),
    ...(bookId === undefined ? {} : { bookId }),
    ...(globals.concurrency === undefined ? {} : { concurrency: globals.concurrency }),
  });
  await rejects.end();
  context.io.status(undefined);
  noteFieldLosses(context, result.losses, connection.name);
  const { created, updated, skipped, failed } = result.summary;
  const done = `${created.length} created, ${updated.length} updated, ${skipped.length} already there, ${failed.length + rejects.count} failed`;
  await finish(context, result.summary, { done });
  if (rejects.count > 0) {
    throw new PartlyDone(`${rejects.count} record(s) could not be read`, { hint: options.rejects === undefined ? 'keep them with --rejects FILE' : `they are in ${options.rejects}` });
  }
}

async function* allItems(options: ImportOptions, wanted: string | undefined): AsyncGenerator<{ source: string; item: FormatItem }> {
  for (const file of options.files) {
    const { format, chunks } = await openSource(file, options.context, wanted);
    for await (const item of format.read(chunks, options.encoding === undefined ? {} : { encoding: options.encoding })) yield { source: file, item };
  }
}
