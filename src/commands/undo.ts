/** `undo`: lists the journalled writes, or puts one run back. */
import { Command } from 'commander';
import type { ContextSource } from './index.js';
import type { Context } from '../context.js';
import type { Connection } from '../engine/types.js';
import type { RunSummary } from '../store/types.js';
import { Conflict, NotFound, UsageError } from '../model/errors.js';
import { printable } from '../model/text.js';
import { confirm, needsInput } from '../ui/prompt.js';
import { listFormat, printList } from './output.js';
import { checkWrite, emptySummary, finish } from './result.js';
import { examples } from './shared.js';

export interface UndoOptions {
  context: Context;
  run?: string;
  list?: boolean;
  force?: boolean;
  /** The file of `migrate --accounts` whose row says how to sign in to the run's target. */
  accounts?: string;
  allowInlineSecrets?: boolean;
}

export function undoCommand(context: ContextSource, run = runUndo): Command {
  const command = new Command('undo')
    .description(
      'Take a run of writes back: what was created goes, what was changed or deleted returns. Without RUN: the last one.',
    )
    .argument('[run]', 'a run of "undo --list"')
    .option('--list', 'list the runs, newest first')
    .option('--force', 'also where somebody changed the contact since')
    .option('--accounts <file.csv>', 'the accounts file of the migration, where its target is no saved profile')
    .option('--allow-inline-secrets', 'let the accounts file hold passwords in plain text')
    .action((wanted: string | undefined, options: Omit<UndoOptions, 'context' | 'run'>) =>
      run({ ...options, ...(wanted === undefined ? {} : { run: wanted }), context: context() }),
    );
  return examples(command, ['cardferry undo --list', 'cardferry undo', 'cardferry undo 20261121-204512-3f9a --yes']);
}

export async function runUndo(options: UndoOptions): Promise<void> {
  const { context } = options;
  if (options.list === true) return printRuns(context);
  checkWrite(context);
  const { globals } = context;
  // Naming the run is the agreement where nobody can be asked.
  const asks = !globals.dryRun && !globals.yes && (options.run === undefined || globals.input);
  if (asks) needsInput(context, 'undoing the last run needs a confirmation', 'name the run, or add --yes');
  const journal = await context.journal();
  const all = await journal.list();
  const chosen = runToUndo(all, options.run, profileOf(context));
  const runs = withEarlier(all, chosen);
  const writes = runs.reduce((sum, run) => sum + run.writes, 0);
  const question = `Take back ${writes} write(s) of "${chosen.command}" on ${chosen.profile}?`;
  if (asks && !(await confirm(context, question, 'undoing'))) {
    return finish(context, emptySummary(), { done: 'nothing was undone' });
  }
  context.io.status('putting it back');
  const connection = await targetOf(options, chosen.profile);
  const { undoRun } = await import('../engine/undo.js');
  const summary = emptySummary();
  for (const { run } of runs) {
    const part = await undoRun({
      connection,
      journal,
      run,
      clock: context.clock,
      signal: context.signal,
      force: options.force ?? false,
      dryRun: globals.dryRun,
      ...(globals.concurrency === undefined ? {} : { concurrency: globals.concurrency }),
    });
    for (const list of ['created', 'updated', 'deleted', 'skipped'] as const) summary[list].push(...part[list]);
    summary.failed.push(...part.failed);
  }
  summary.ok = summary.failed.length === 0;
  const names = runs.map(({ run }) => run).join(', which went on with ');
  const wrote = summary.created.length + summary.updated.length + summary.deleted.length + summary.skipped.length;
  const nothing = wrote === 0 && summary.failed.length > 0;
  const done = nothing ? `nothing of run ${names} was taken back` : `took back run ${names}`;
  await finish(context, summary, { done }).catch((error: unknown) => {
    const conflict = summary.failed.every((item) => item.error.code === 'conflict');
    throw nothing && conflict
      ? new Conflict(done, { why: 'it was changed since', hint: 'add --force to put it back all the same' })
      : error;
  });
}

async function targetOf({ context, accounts, allowInlineSecrets }: UndoOptions, name: string): Promise<Connection> {
  if (accounts !== undefined) {
    const { openAccountSide } = await import('./migrate-accounts.js');
    return openAccountSide(context, accounts, name, allowInlineSecrets ?? false);
  }
  if (/^[^/\\]+:(?:from|to)$/.test(name))
    throw new UsageError(`the run wrote to ${printable(name)}, an account of an accounts file`, {
      hint: 'add --accounts FILE.csv',
    });
  return context.connectEndpoint(name, 'to');
}

/** The profile that is named, if any: the last run of any other is not meant. */
const profileOf = ({ globals, env }: Context): string | undefined =>
  globals.profile ?? (env['CARDFERRY_PROFILE'] || undefined);

/** The run and the interrupted ones that it went on with, newest first. */
function withEarlier(all: readonly RunSummary[], chosen: RunSummary): RunSummary[] {
  const runs = [chosen];
  for (let last = chosen; last.continues !== undefined && runs.length < all.length;) {
    const earlier = all.find((run) => run.run === last.continues);
    if (!earlier || earlier.undone || runs.includes(earlier)) break;
    runs.push(earlier);
    last = earlier;
  }
  return runs;
}

/** The run of that name or unique beginning; without one the last that is not undone yet. @throws NotFound, UsageError */
function runToUndo(runs: readonly RunSummary[], name: string | undefined, profile: string | undefined): RunSummary {
  const open = (run: RunSummary): boolean => !run.undone && run.writes + run.open > 0 && !/^undo\b/.test(run.command);
  const hint = 'cardferry undo --list';
  if (name === undefined) {
    const last = runs.find((run) => open(run) && (profile === undefined || run.profile === profile));
    if (!last) throw new NotFound('there is nothing to undo', { hint });
    return last;
  }
  const found = runs.filter((run) => run.run.startsWith(name));
  const chosen = found.find((run) => run.run === name) ?? found[0];
  if (!chosen) throw new NotFound(`there is no run "${name}"`, { hint });
  if (found.length > 1 && chosen.run !== name) throw new UsageError(`"${name}" begins several runs`, { hint });
  return chosen;
}

async function printRuns(context: Context): Promise<void> {
  const format = listFormat(context);
  const state = (run: RunSummary): string => (run.undone ? 'undone' : run.open > 0 ? `${run.open} unfinished` : '');
  await printList(context, format, {
    items: await (await context.journal()).list(),
    json: (run) => run,
    cells: (run) => [
      run.run,
      new Date(run.startedAt).toISOString(),
      run.command,
      run.profile,
      String(run.writes),
      state(run),
    ],
    head: ['Run', 'When', 'Command', 'Profile', 'Writes', ''],
    plain: (run) => run.run,
    empty: 'nothing was written yet',
  });
}
