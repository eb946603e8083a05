/** `import`: files into a profile; a bad record is reported, the rest goes in; a second import writes nothing. */
import { Command, Option } from 'commander';
import type { ContextSource } from './index.js';
import type { Context } from '../context.js';
import type { ConflictPolicy, WriteSummary } from '../engine/types.js';
import type { FormatItem } from '../formats/types.js';
import { UsageError } from '../model/errors.js';
import { openSources, Rejects } from './files-in.js';
import { printable } from '../model/text.js';
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
    .argument('<file...>', 'files, - for stdin, or vdir folders')
    .addOption(
      new Option('--on-conflict <policy>', 'what to do with a contact that is there already and differs')
        .choices(['skip', 'update', 'duplicate'])
        .default('update'),
    )
    .option('--encoding <charset>', 'charset of text that is not UTF-8 and says nothing')
    .option('--rejects <file>', 'write unreadable records here, as they stood')
    .action((files: string[], flags: Omit<ImportOptions, 'context' | 'files'>) =>
      run({ ...flags, files, context: context() }),
    );
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
  const wanted = /^(?:nd)?json$/.test(globals.format ?? '') ? undefined : globals.format;
  if (wanted !== undefined && wanted !== 'auto' && wanted !== 'vdir') {
    await (await import('../formats/index.js')).formatByName(wanted);
  }
  const rejects = new Rejects(context, options.rejects);
  context.io.status('reading');
  const connection = await context.connect();
  const { requireAbility } = await import('../engine/abilities.js');
  requireAbility(connection, 'create');
  const bookId = await targetBook(context, connection);
  const { importCards } = await import('../engine/import.js');
  const { summary, losses } = await importCards({
    connection,
    journal: await context.journal(),
    clock: context.clock,
    signal: context.signal,
    dryRun: globals.dryRun,
    onConflict: options.onConflict,
    items: allItems(options, wanted),
    onReject: (source, item) => rejects.add(source, item),
    onWarning: (message) => {
      if (globals.verbose) context.io.note(`note: ${printable(message)}`);
    },
    onProgress: (done) => context.io.status(`importing: ${done}`),
    ...(bookId === undefined ? {} : { bookId }),
    ...(globals.concurrency === undefined ? {} : { concurrency: globals.concurrency }),
  });
  await rejects.end();
  noteFieldLosses(context, losses, connection.name);
  await tell(context, summary, rejects);
}

async function tell(context: Context, summary: WriteSummary, rejects: Rejects): Promise<void> {
  const { created, updated, skipped, failed } = summary;
  const done = `${created.length} created, ${updated.length} updated, ${skipped.length} already there, ${failed.length + rejects.count} failed`;
  // People were told of each rejected record when it came by.
  const json = /^(?:nd)?json$/.test(context.globals.format ?? '');
  const all = json
    ? { ...summary, ok: failed.length + rejects.count === 0, failed: [...failed, ...rejects.failed] }
    : summary;
  await finish(context, all, { done });
  rejects.raise(created.length + updated.length + skipped.length);
}

async function* allItems(
  { context, files, encoding }: ImportOptions,
  wanted: string | undefined,
): AsyncGenerator<{ source: string; item: FormatItem }> {
  for (const file of files) {
    for await (const { name, format, chunks } of openSources(file, context, wanted)) {
      const items = format.read(chunks, encoding === undefined ? {} : { encoding });
      for await (const item of items) yield { source: name, item };
    }
  }
}
