/** `undo`: lists the journalled writes, or puts one run back. */
import { Command } from 'commander';
import type { ContextSource } from './index.js';
import type { Context } from '../context.js';
import { NotFound } from '../model/errors.js';
import { table, tsvLine } from '../ui/render.js';
import { confirm, needsInput } from '../ui/prompt.js';
import { finish } from './result.js';
import { examples, outputFormat } from './shared.js';

export interface UndoOptions {
  context: Context;
  run?: string;
  list?: boolean;
  force?: boolean;
}

export function undoCommand(context: ContextSource, run = runUndo): Command {
  const command = new Command('undo')
    .description('Take a run of writes back: what was created goes, what was changed or deleted returns. Without RUN: the last one.')
    .argument('[run]', 'a run of "undo --list"')
    .option('--list', 'list the runs, newest first')
    .option('--force', 'also where somebody changed the contact since')
    .action((wanted: string | undefined, options: { list?: boolean; force?: boolean }) =>
      run({ ...options, ...(wanted === undefined ? {} : { run: wanted }), context: context() }),
    );
  return examples(command, ['cardferry undo --list', 'cardferry undo', 'cardferry undo 20261121-204512-3f9a --yes']);
}

export async function runUndo(options: UndoOptions): Promise<void> {
  const { context } = options;
  const journal = await context.journal();
  if (options.list === true) return printRuns(context);
  const { globals } = context;
  // Naming the run is the agreement where nobody can be asked.
  const asks = !globals.dryRun && (options.run === undefined || globals.input);
  if (asks && !globals.yes) needsInput(context, 'undoing the last run needs a confirmation', 'name the run, or add --yes');
  const runs = await journal.list();
  const only = globals.profile;
  const chosen =
    options.run === undefined
      ? runs.find((one) => !one.undone && one.command !== 'undo' && (only === undefined || one.profile === only))
      : runs.find((one) => one.run === options.run);
  if (!chosen) throw new NotFound(options.run === undefined ? 'there is nothing to undo' : `there is no run "${options.run}"`, { hint: 'cardferry undo --list' });
  const connection = await context.connectEndpoint(chosen.profile, 'to');
  if (asks && !(await confirm(context, `Take back ${chosen.writes} write(s) of "${chosen.command}" on ${chosen.profile}?`, 'undoing'))) return;
  const { undoRun } = await import('../engine/undo.js');
  context.io.status('putting it back');
  const summary = await undoRun({ connection, journal, run: chosen.run, clock: context.clock, force: options.force ?? false, dryRun: globals.dryRun });
  await finish(context, summary, { done: `took back run ${chosen.run}` });
}

async function printRuns(context: Context): Promise<void> {
  const format = outputFormat(context, ['table', 'tsv', 'json', 'ndjson'], 'table', 'tsv');
  const runs = await (await context.journal()).list();
  if (format === 'json') return context.io.out(`${JSON.stringify(runs)}\n`);
  if (format === 'ndjson') return context.io.out(runs.map((run) => `${JSON.stringify(run)}\n`).join(''));
  const rows = runs.map((run) => [
    run.run,
    new Date(run.startedAt).toISOString(),
    run.command,
    run.profile,
    String(run.writes),
    run.undone ? 'undone' : run.open > 0 ? `${run.open} unfinished` : '',
  ]);
  if (format === 'tsv') return context.io.out(rows.map(tsvLine).join(''));
  if (rows.length === 0) return context.io.note('nothing was written yet');
  const head = ['Run', 'When', 'Command', 'Profile', 'Writes', ''];
  return context.io.out(await table(head, rows, { columns: context.io.columns, color: context.io.color.stdout }));
}
