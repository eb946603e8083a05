/** What `migrate` does: connects both sides, shows plan and progress, tells the outcome. */
import type { Context } from '../context.js';
import type { Connection, MigrateEvent, MigrateOptions, MigrateResult, PlanSummary } from '../engine/types.js';
import type { ContactRecord, Card } from '../model/card.js';
import { PartlyDone, UsageError } from '../model/errors.js';
import { printable } from '../model/text.js';
import { displayName } from '../model/view.js';
import { choose, confirm } from '../ui/prompt.js';
import { planText, progressText } from '../ui/plan.js';
import type { MigrateCommandOptions, MigrateFlags } from './migrate.js';
import { checkWrite } from './result.js';

export async function runMigrate({ context, from, to, flags, books }: MigrateCommandOptions): Promise<void> {
  const { globals, io } = context;
  checkWrite(context);
  if (from === to) throw new UsageError('source and target are the same', { hint: 'name two different sides' });
  if (flags.onConflict === 'ask' && !globals.input)
    throw new UsageError('--on-conflict ask needs a terminal', { hint: 'use skip, update or duplicate' });
  io.status('connecting');
  const source = await context.connectEndpoint(from, 'from');
  const target = await context.connectEndpoint(to, 'to');
  const result = await runMigration(context, {
    from: source,
    to: target,
    flags,
    books,
    confirm: (plan) => agree(context, plan),
    onEvent: eventPrinter(context),
  });
  io.status(undefined);
  await tell(context, result);
}

export interface MigrationParts {
  from: Connection;
  to: Connection;
  flags: MigrateFlags;
  books: MigrateOptions['books'];
  confirm: MigrateOptions['confirm'];
  onEvent?: MigrateOptions['onEvent'];
}

/** One migration with the options of the command line. */
export async function runMigration(context: Context, parts: MigrationParts): Promise<MigrateResult> {
  const { globals } = context;
  const { from, to, flags, books } = parts;
  const { requireAbility } = await import('../engine/abilities.js');
  if (!globals.dryRun) requireAbility(to, 'create');
  const { migrate } = await import('../engine/migrate.js');
  return migrate({
    from,
    to,
    journal: await context.journal(),
    clock: context.clock,
    signal: context.signal,
    stateDir: context.paths.state,
    ...(flags.report === undefined ? {} : { reportDir: flags.report }),
    onConflict: flags.onConflict,
    match: flags.match,
    overflow: flags.overflow,
    books,
    ...(flags.group === undefined ? {} : { group: flags.group }),
    sinceLast: flags.sinceLast ?? false,
    mirror: flags.mirror ?? false,
    verify: flags.verify,
    restart: flags.restart ?? false,
    force: flags.force ?? false,
    dryRun: globals.dryRun,
    ...(globals.concurrency === undefined ? {} : { concurrency: globals.concurrency }),
    retries: () => context.retries(),
    confirm: parts.confirm,
    ...(flags.onConflict === 'ask' ? { ask: (conflict) => askConflict(context, conflict) } : {}),
    onEvent: parts.onEvent ?? (() => undefined),
  });
}

async function agree(context: Context, plan: PlanSummary): Promise<boolean> {
  const { io, globals } = context;
  io.status(undefined);
  for (const line of planText(plan)) io.note(line);
  if (globals.dryRun) return false;
  return confirm(context, `Write to ${plan.to}?`, 'migrating');
}

async function askConflict(
  context: Context,
  { source, target }: { source: Card; target: ContactRecord },
): Promise<'skip' | 'update' | 'duplicate'> {
  return choose(context, `${displayName(source)} is there already (${displayName(target.card)}) and differs`, [
    { value: 'update', name: 'update it' },
    { value: 'skip', name: 'leave it as it is' },
    { value: 'duplicate', name: 'add it as a second contact' },
  ]);
}

const PHASES: Record<Extract<MigrateEvent, { type: 'phase' }>['phase'], string> = {
  'read-source': 'reading the source',
  'read-target': 'reading the target',
  plan: 'planning',
  apply: 'writing',
  groups: 'writing groups',
  verify: 'verifying',
  report: 'writing the report',
};

/** A line that replaces itself on a terminal; plain lines now and then elsewhere; NDJSON events with `--format ndjson`. */
function eventPrinter(context: Context): (event: MigrateEvent) => void {
  const { io, clock, globals } = context;
  let phase = '';
  let began = clock.now();
  let said = clock.now();
  let events: Promise<void> = Promise.resolve();
  return (event) => {
    if (globals.format === 'ndjson')
      events = events.then(() => io.out(`${JSON.stringify(event)}\n`)).catch(() => undefined);
    if (event.type === 'phase') {
      phase = PHASES[event.phase];
      began = clock.now();
      io.status(phase);
      return;
    }
    if (event.type === 'warning') return io.note(`warning: ${printable(event.message)}`);
    const text =
      event.type === 'read'
        ? `${phase}: ${event.count}`
        : event.type === 'wait'
          ? `${phase}: waiting ${(event.ms / 1000).toFixed(1)} s (${printable(event.reason)})`
          : `${phase}: ${progressText(event, clock.now() - began)}`;
    io.status(text);
    if (io.stderrIsTTY || clock.now() - said < 10_000) return;
    said = clock.now();
    io.note(text);
  };
}

async function tell(context: Context, result: MigrateResult): Promise<void> {
  const { io, globals } = context;
  const { plan, summary, verified, reportDir } = result;
  if (globals.format === 'json' || globals.format === 'ndjson')
    await io.out(
      `${JSON.stringify({ ...summary, plan, ...(verified ? { verified } : {}), run: result.run, report: reportDir, dryRun: globals.dryRun })}\n`,
    );
  if (globals.dryRun) return io.note('nothing was written (--dry-run)');
  if (result.declined) return io.note('nothing was written');
  const { created, updated, deleted, skipped, failed } = summary;
  const wrote = created.length + updated.length + deleted.length;
  const left = skipped.length > 0 ? `, left ${skipped.length}` : '';
  io.note(
    wrote === 0
      ? nothingWritten(plan, skipped.length, failed.length)
      : `wrote ${created.length} new, ${updated.length} changed, ${deleted.length} deleted${left}`,
  );
  for (const { id, error } of failed.slice(0, 20))
    io.note(`failed: ${printable(id)}: ${printable(error.message)}`, { important: true });
  const differences = verified?.differences ?? [];
  if (verified)
    io.note(
      `verified: ${verified.equal} of ${verified.contacts} contacts are there and equal, up to what the plan said would not fit`,
    );
  for (const { field, contacts } of verified?.unchecked ?? [])
    io.note(`not checked: ${field} of ${contacts} contact(s), which ${printable(plan.to)} does not give back`);
  for (const one of differences.slice(0, 20))
    io.note(
      `differs: ${printable(one.name)}: ${one.field}: expected ${printable(one.expected)}, found ${printable(one.found)}`,
      { important: true },
    );
  if (reportDir !== undefined) io.note(`report: ${printable(reportDir)}`);
  if (result.run !== undefined && wrote > 0) io.note(`take it back with: cardferry undo ${result.run}`);
  if (failed.length + differences.length > 0) {
    throw new PartlyDone(`${failed.length} contact(s) failed, ${differences.length} difference(s) found`, {
      hint: `the report names each one${reportDir === undefined ? '' : `: ${reportDir}`}`,
    });
  }
}

/** Why a run wrote nothing. */
function nothingWritten({ unchanged }: PlanSummary, skipped: number, failed: number): string {
  const parts = [
    ...(unchanged > 0 ? [`${unchanged} contact(s) are the same`] : []),
    ...(skipped > 0 ? [`${skipped} differ and were left`] : []),
    ...(failed > 0 ? [`${failed} failed`] : []),
  ];
  const what = failed > 0 ? 'nothing was written' : 'nothing to write';
  return parts.length === 0 ? what : `${what}: ${parts.join(', ')}`;
}

export type { MigrateOptions };
