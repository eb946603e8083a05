/** Migration from one side to another: read both, plan, brake, write, verify, report. It goes on where it stopped. */
import { join } from 'node:path';
import { acquireLock, type Lock } from '../store/lock.js';
import { requireAbility, requireWritable } from './abilities.js';
import { applyPlan, asError, stopsRun, type Applied, type Notes } from './apply.js';
import { applyAttachments } from './attachmentplan.js';
import { createBooks } from './bookplan.js';
import { applyGroup, type GroupResult } from './groupplan.js';
import { openMemory } from './memory.js';
import { brake, mapping, planJob, readSides, writableBooks, type Job } from './migrateplan.js';
import { writeReport } from './report.js';
import { WorkFolder } from './spool.js';
import { MigrationState, migrationFolder } from './state.js';
import { lockTarget, sideName } from './sidelock.js';
import { summaryOf } from './summary.js';
import type { MigrateOptions, MigrateResult, Timing } from './types.js';
import { verifyTarget } from './verify.js';
import { openWriter, type Writer } from './write.js';

/**
 * Runs a migration. One at a time for the same two sides. What it did is in the journal (undo takes it back) and in its
 * state, so that the same command goes on where it stopped; running it again when all is done writes nothing.
 *
 * @throws Unsupported, UsageError before anything is read; Stopped by a lock or a brake; AuthError, Unavailable,
 *   Interrupted when the run ended early (everything done is journalled, and reported unless interrupted)
 */
export async function migrate(options: MigrateOptions): Promise<MigrateResult> {
  const { from, to, stateDir } = options;
  if (!options.dryRun) {
    requireAbility(to, 'create');
    requireWritable(to);
  }
  const folder = migrationFolder(stateDir, sideName(from), sideName(to));
  const command = `migrate ${from.name} ${to.name}`;
  const lock = await acquireLock(join(folder, 'lock'), command);
  const target = options.dryRun ? undefined : await lockTarget(stateDir, to, command).catch(releasing(lock));
  try {
    const work = await WorkFolder.at(join(folder, 'work'));
    const state = await MigrationState.open(folder, options.restart && !options.dryRun);
    try {
      return await new Migration(options, state, work).run();
    } finally {
      await state.close();
      await work.dispose();
    }
  } finally {
    await target?.release();
    await lock.release();
  }
}

/** Gives a lock back when the next one could not be had. */
const releasing =
  (lock: Lock) =>
  async (error: unknown): Promise<never> => {
    await lock.release();
    throw error;
  };

class Migration {
  readonly #options: MigrateOptions;
  readonly #state: MigrationState;
  readonly #work: WorkFolder;
  readonly #startedAt: number;
  readonly #resumes: string | undefined;
  readonly #timings: Timing[] = [];
  #phaseAt: number;

  /** Wraps `onEvent`, so that each part of the run is timed. */
  constructor(options: MigrateOptions, state: MigrationState, work: WorkFolder) {
    const { onEvent, clock } = options;
    this.#options = {
      ...options,
      onEvent: (event) => {
        if (event.type === 'phase') this.#begins(event.phase);
        onEvent(event);
      },
    };
    this.#state = state;
    this.#work = work;
    this.#startedAt = clock.now();
    this.#phaseAt = this.#startedAt;
    this.#resumes = options.restart ? undefined : state.openRun;
  }

  #begins(phase: Timing['phase']): void {
    const now = this.#options.clock.now();
    const last = this.#timings.at(-1);
    if (last !== undefined) last.ms = now - this.#phaseAt;
    this.#phaseAt = now;
    this.#timings.push({ phase, ms: 0 });
  }

  async run(): Promise<MigrateResult> {
    const { dryRun, restart, journal, onEvent, confirm } = this.#options;
    const sides = await readSides(this.#options, this.#work);
    onEvent({ type: 'phase', phase: 'plan' });
    // A dry run of --restart plans as if nothing were known, and forgets nothing.
    const forgets = dryRun && restart;
    const notes = forgets ? NOTHING : await openMemory(this.#state, journal, !dryRun);
    const job = await planJob(this.#options, sides, notes, forgets ? undefined : this.#state);
    if (this.#resumes !== undefined) job.summary.resumes = this.#resumes;
    const known = forgets ? undefined : this.#state;
    if (!dryRun) brake(this.#options, job, known);
    if (job.writes > 0 || dryRun) {
      const agreed = await confirm(job.summary);
      // A dry run shows the plan first, and then what would stop it.
      if (dryRun) brake(this.#options, job, known);
      if (dryRun || !agreed) return this.#nothingDone(job, !dryRun);
    }
    return this.#carryOut(job);
  }

  #nothingDone({ sides, summary: plan }: Job, declined: boolean): MigrateResult {
    const { summary } = summaryOf(sides, undefined, []);
    return { run: undefined, plan, summary, declined, reportDir: undefined };
  }

  async #carryOut(job: Job): Promise<MigrateResult> {
    const { sides, summary: planned, writes } = job;
    const { to, clock, journal, onEvent, from } = this.#options;
    const writer = openWriter({
      connection: to,
      journal,
      command: `migrate ${from.name} ${to.name}`,
      clock,
      dryRun: false,
      ...(this.#resumes === undefined ? {} : { continues: this.#resumes }),
      known: (id) => sides.target.ids.has(id),
      onRun: (run) => this.#state.begin(run, clock.now()),
    });
    onEvent({ type: 'phase', phase: 'apply' });
    const applied = await this.#apply(job, writer);
    await this.#applyAttachments(job, writer, applied);
    const groups = applied.stopped === undefined ? await this.#applyGroups(job, writer, applied) : [];
    await writer.end(applied.stopped !== undefined);
    const verified = applied.stopped === undefined ? await this.#verify(job, applied) : undefined;
    const { summary, worthTelling } = summaryOf(sides, applied, groups);
    const told = writes > 0 || worthTelling || this.#options.reportDir !== undefined;
    const reportDir = told ? await this.#report(job, { applied, groups, verified, run: writer.run }) : undefined;
    if (applied.stopped !== undefined) throw applied.stopped;
    await this.#state.done(clock.now(), sides.source.ids.size + sides.rejects.count);
    const differs = (verified?.differences.length ?? 0) > 0;
    return {
      run: writer.run,
      plan: planned,
      summary: { ...summary, ok: summary.ok && !differs },
      ...(verified === undefined ? {} : { verified }),
      declined: false,
      reportDir,
    };
  }

  async #apply({ sides, plan, notes }: Job, writer: Writer): Promise<Applied> {
    const { to, signal, concurrency, onEvent, retries } = this.#options;
    if (sides.books.create.length > 0) {
      await createBooks(sides.books, writer).catch(async (error: unknown) => {
        await writer.end(true);
        throw error;
      });
    }
    return applyPlan({
      to,
      writer,
      plan,
      source: sides.source,
      target: sides.target,
      notes,
      folder: this.#work,
      concurrency: Math.max(1, Math.min(concurrency ?? Infinity, to.definition.limits.concurrency)),
      signal,
      onProgress: (done, total, failed) =>
        onEvent({ type: 'progress', done, total, failed, retries: retries?.() ?? 0 }),
    });
  }

  async #applyAttachments({ attachments }: Job, writer: Writer, applied: Applied): Promise<void> {
    if (applied.stopped !== undefined || attachments.length === 0) return;
    await applyAttachments(this.#options, writer, attachments, applied).catch((error: unknown) => {
      applied.stopped = asError(error);
    });
  }

  async #applyGroups({ sides, steps, notes }: Job, writer: Writer, applied: Applied): Promise<GroupResult[]> {
    if (steps.length === 0) return [];
    const { onEvent } = this.#options;
    onEvent({ type: 'phase', phase: 'groups' });
    const current = new Map<string, string>();
    for (const [index, { targetId }] of applied.outcomes.entries()) {
      const id = sides.source.entries[index]?.id;
      if (id !== undefined && targetId !== undefined) current.set(id, targetId);
    }
    const mapped = mapping(sides, current, notes);
    const results: GroupResult[] = [];
    try {
      for (const step of steps) results.push(await applyGroup(step, writer, this.#state, mapped, stopsRun));
    } catch (error) {
      applied.stopped = asError(error);
    }
    for (const { step, missing } of results) {
      const left = missing.length + step.group.foreign;
      const message = `group ${step.group.name}: ${left} members are no contacts of the target`;
      if (left > 0) onEvent({ type: 'warning', message });
    }
    return results;
  }

  /** After a run that wrote nothing the target has just been read and compared: it is not read again. */
  async #verify({ sides, plan, notes, writes }: Job, applied: Applied): Promise<MigrateResult['verified']> {
    const { to, signal, onEvent, verify } = this.#options;
    if (!verify) return undefined;
    onEvent({ type: 'phase', phase: 'verify' });
    const bookIds = await writableBooks(to, sides.books);
    return verifyTarget({
      to,
      source: sides.source,
      target: sides.target,
      plan,
      applied,
      notes,
      untouched: writes === 0,
      signal,
      ...(bookIds === undefined ? {} : { bookIds }),
      onRead: (count) => onEvent({ type: 'read', side: 'target', count }),
    });
  }

  async #report(
    { sides, summary: plan }: Job,
    done: { applied: Applied; groups: GroupResult[]; verified: MigrateResult['verified']; run: string | undefined },
  ): Promise<string> {
    const { from, to, clock, stateDir, onEvent, reportDir } = this.#options;
    onEvent({ type: 'phase', phase: 'report' });
    const stamp = new Date(this.#startedAt).toISOString().replace(/[:.]/g, '-');
    const folder = reportDir ?? join(stateDir, 'reports', done.run ?? stamp);
    const { source, route, rejects } = sides;
    // The last part is this one.
    const times = { startedAt: this.#startedAt, endedAt: clock.now(), timings: this.#timings.slice(0, -1) };
    await writeReport({ folder, from, to, ...times, plan, source, route, rejects: rejects.all(), ...done });
    return folder;
  }
}

/** The memory of a dry run that pretends to start again. */
const NOTHING: Notes = {
  target: () => undefined,
  base: () => Promise.resolve(undefined),
  setPair: () => Promise.resolve(),
  removePair: () => Promise.resolve(),
};
