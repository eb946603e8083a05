/** `import`: files into a profile; a bad record is reported, the rest goes in; a second import writes nothing. */
import { Command, Option } from 'commander';
import type { ContextSource } from './index.js';
import type { Context } from '../context.js';
import type { ImportResult } from '../engine/import.js';
import type { ConflictPolicy } from '../engine/types.js';
import { PartlyDone, UsageError } from '../model/errors.js';
import { printable } from '../model/text.js';
import { addReadFlags, columnMap, recordsOf, type ReadFlags } from './files-in.js';
import { Rejects } from './rejects.js';
import { finish, noteFieldLosses } from './result.js';
import { examples, targetBook } from './shared.js';

export interface ImportOptions extends ReadFlags {
  context: Context;
  files: string[];
  onConflict: Exclude<ConflictPolicy, 'ask'>;
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
    .action((files: string[], flags: Omit<ImportOptions, 'context' | 'files'>) =>
      run({ ...flags, files, context: context() }),
    );
  return examples(addReadFlags(command), [
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
  const map = await columnMap(context, options.map);
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
    signal: context.signal,
    dryRun: globals.dryRun,
    onConflict: options.onConflict,
    items: recordsOf({ ...options, format: wanted, map }, rejects),
    onProgress: (done) => context.io.status(`importing: ${done}`),
    ...(bookId === undefined ? {} : { bookId }),
    ...(globals.concurrency === undefined ? {} : { concurrency: globals.concurrency }),
  });
  await rejects.end();
  context.io.status(undefined);
  noteFieldLosses(context, result.losses, connection.name);
  if (result.groups.lost > 0)
    context.io.note(`warning: ${printable(connection.name)} has no groups: ${result.groups.lost} were left out`);
  await tell(context, result, rejects);
}

async function tell(context: Context, { summary, groups }: ImportResult, rejects: Rejects): Promise<void> {
  const { created, updated, skipped, failed } = summary;
  const counts = {
    created: created.length - groups.created,
    updated: updated.length - groups.updated,
    there: skipped.length - groups.unchanged,
    failed: failed.length - groups.failed + rejects.count,
  };
  const some = groups.created + groups.updated + groups.unchanged + groups.failed > 0;
  const done = [
    `${counts.created} created, ${counts.updated} updated, ${counts.there} already there, ${counts.failed} failed`,
    ...(some
      ? [`groups: ${groups.created} created, ${groups.updated} updated, ${groups.unchanged} already there`]
      : []),
    ...(groups.failed > 0 ? [`${groups.failed} failed`] : []),
  ];
  rejects.tell();
  if (/^(?:nd)?json$/.test(context.globals.format ?? '')) {
    const ok = failed.length + rejects.count === 0;
    const all = { ...summary, ok, failed: [...failed, ...rejects.failed] };
    await context.io.out(`${JSON.stringify(all)}\n`);
    rejects.raise();
    if (failed.length > 0) throw new PartlyDone(`${failed.length} of the contacts failed`);
    return;
  }
  // People were told of each rejected record when it came by.
  rejects.raiseIfNothing();
  await finish(context, summary, { done: done.join('; ') });
  rejects.raise();
}
