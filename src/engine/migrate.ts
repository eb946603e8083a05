/** Migration from one side to another: read both, plan, brake, write, verify, report. It goes on where it stopped. */
import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { acquireLock } from '../store/lock.js';
import { requireAbility, requireWritable } from './abilities.js';
import { applyPlan, stopsRun, type Applied, type Notes } from './apply.js';
import { planBooks, createBooks, type BookPlan } from './bookplan.js';
import { checkBrakes } from './brakes.js';
import { applyGroup, groupCounts, listedGroups, lostGroups, memberTest, planGroups, routeGroups, type GroupResult, type GroupRoute, type GroupStep } from './groupplan.js';
import { openMemory } from './memory.js';
import { makePlan, type Plan } from './plan.js';
import { readSource, readTarget, type SourceSide, type TargetSide } from './reading.js';
import { RejectBin } from './rejects.js';
import { writeReport } from './report.js';
import { MigrationState, migrationFolder } from './state.js';
import { summaryOf } from './summary.js';
import type { Connection, MigrateOptions, MigrateResult, PlanSummary } from './types.js';
import { verifyTarget } from './verify.js';
import { openWriter, type Writer } from './write.js';

/** The same side whatever folder it is named from. */
function sideName({ kind, name }: Connection): string {
  return kind === 'profile' ? `profile ${name}` : resolve(name);
}

/**
 * Runs a migration. One at a time for the same two sides. What it did is in the journal (undo takes it back) and in its
 * state, so that the same command goes on where it stopped; running it again when all is done writes nothing.
 *
 * @throws Unsupported, UsageError before anything is read; Stopped by a lock or a brake; AuthError, Unavailable,
 *   Interrupted when the run ended early (everything done is journalled, and reported unless interrupted)
 */
export async function migrate(options: MigrateOptions): Promise<MigrateResult> {
  const { from, to, stateDir } = options;
  requireAbility(to, 'create');
  requireWritable(to);
  const folder = migrationFolder(stateDir, sideName(from), sideName(to));
  const lock = await acquireLock(join(folder, 'lock'), `migrate ${from.name} ${to.name}`);
  const work = join(folder, 'work');
  try {
    await rm(work, { recursive: true, force: true });
    const state = await MigrationState.open(folder, options.restart && !options.dryRun);
    try {
      return await new Migration(options, state, work).run();
    } finally {
      await state.close();
    }
  } finally {
    await rm(work, { recursive: true, force: true });
    await lock.release();
  }
}

interface Read {
  route: GroupRoute;
  books: BookPlan;
  source: SourceSide;
  target: TargetSide;
  rejects: RejectBin;
  targetBooks: string[];
}

class Migration {
  readonly #options: MigrateOptions;
  readonly #state: MigrationState;
  readonly #work: string;
  readonly #startedAt: number;
  readonly #resumes: string | undefined;

  constructor(options: MigrateOptions, state: MigrationState, work: string) {
    this.#options = options;
    this.#state = state;
    this.#work = work;
    this.#startedAt = options.clock.now();
    this.#resumes = options.restart ? undefined : state.openRun;
  }

  async run(): Promise<MigrateResult> {
    const { dryRun, restart, journal, onEvent } = this.#options;
    const read = await this.#read();
    onEvent({ type: 'phase', phase: 'plan' });
    const forgets = dryRun && restart;
    const notes = forgets ? nothing : await openMemory(this.#state, journal, !dryRun);
    const plan = await this.#plan(read, notes);
    const steps = await this.#groupSteps(read, plan, notes);
    const summary = this.#summary(read, plan, steps);
    const writes = summary.create + summary.update + summary.delete + summary.groups.create + summary.groups.update + summary.books.create.length;
    this.#brake(read, plan);
    if (writes > 0 || dryRun) {
      const agreed = await this.#options.confirm(summary);
      if (dryRun || !agreed) return this.#nothingDone(summary, read, !dryRun);
    }
    return this.#carryOut({ read, plan, steps, summary, notes, writes });
  }

  async #read(): Promise<Read> {
    const { from, to, overflow, group, signal, onEvent, mirror } = this.#options;
    onEvent({ type: 'phase', phase: 'read-source' });
    const rejects = await RejectBin.listen(from, this.#work);
    const books = await planBooks(from, to, this.#options.books);
    const route = await routeGroups(from, to, group);
    const isMember = await memberTest(from, group);
    const chosen = new Set(books.sourceIds);
    // Mirroring must know everything that is still on the source, also what the filters leave out.
    const query = { media: true, ...(books.sourceIds === undefined || mirror ? {} : { bookIds: books.sourceIds }) };
    const source = await readSource({
      to,
      folder: this.#work,
      records: from.provider.list(query),
      overflow,
      signal,
      wanted: (record) => isMember(record) && (books.sourceIds === undefined || record.bookIds.some((id) => chosen.has(id))),
      book: (record) => books.of(record),
      groupNames: (id) => route.names(id),
      keywordsTravel: route.keywordsTravel,
      onRead: (count) => onEvent({ type: 'read', side: 'source', count }),
    });
    onEvent({ type: 'phase', phase: 'read-target' });
    const targetBooks = (await to.provider.books()).filter((book) => !book.readOnly).map((book) => book.id);
    const target = await readTarget(to, this.#work, {
      signal,
      ...(targetBooks.length === 0 ? {} : { bookIds: targetBooks }),
      onRead: (count) => onEvent({ type: 'read', side: 'target', count }),
    });
    return { route, books, source, target, rejects, targetBooks };
  }

  async #plan({ source, target }: Read, notes: Notes): Promise<Plan> {
    const { to, onConflict, match, sinceLast, signal, ask, dryRun, mirror } = this.#options;
    const plan = await makePlan({
      to,
      source,
      target,
      memory: notes,
      onConflict,
      match,
      sinceLast,
      signal,
      ...(ask === undefined || dryRun ? {} : { ask }),
    });
    if (mirror) plan.deletes = this.#vanished(source, target, plan);
    if (plan.deletes.length > 0) requireAbility(to, 'delete');
    if (plan.items.some((item) => item.action === 'update')) requireAbility(to, 'update');
    return plan;
  }

  /** Contacts that earlier runs brought and that are gone from the source; never one that something else is paired with. */
  #vanished(source: SourceSide, target: TargetSide, plan: Plan): Plan['deletes'] {
    const paired = new Set(plan.items.map((item) => item.target));
    const places = new Map(target.entries.map((entry, index) => [entry.id, index]));
    const deletes: Plan['deletes'] = [];
    for (const [id, pair] of this.#state.pairs()) {
      const index = places.get(pair.target);
      if (source.ids.has(id) || index === undefined || paired.has(index)) continue;
      paired.add(index);
      deletes.push({ target: index, source: id });
    }
    return deletes;
  }

  async #groupSteps(read: Read, plan: Plan, notes: Notes): Promise<GroupStep[]> {
    const planned = new Map<string, string>();
    for (const [index, item] of plan.items.entries()) {
      const [mine, theirs] = [read.source.entries[index], read.target.entries[item.target]];
      if (mine !== undefined && theirs !== undefined) planned.set(mine.id, theirs.id);
    }
    const mapped = this.#mapping(read, planned, notes);
    return planGroups(this.#options.to, listedGroups(read.route, read.source.keywords), this.#state, mapped);
  }

  /** Target id of a source contact: of this run, else of an earlier one when it is still there. */
  #mapping(read: Read, current: ReadonlyMap<string, string>, notes: Notes): (sourceId: string) => string | undefined {
    return (id) => {
      const earlier = notes.target(id);
      return current.get(id) ?? (earlier !== undefined && read.target.ids.has(earlier) ? earlier : undefined);
    };
  }

  #summary(read: Read, plan: Plan, steps: readonly GroupStep[]): PlanSummary {
    const { from, to, overflow } = this.#options;
    const count = (action: string): number => plan.items.filter((item) => item.action === action).length;
    return {
      from: from.name,
      to: to.name,
      source: read.source.ids.size,
      target: read.target.entries.length,
      create: count('create'),
      update: count('update'),
      unchanged: count('unchanged'),
      skip: count('skip'),
      delete: plan.deletes.length,
      failed: count('fail') + read.rejects.count,
      groups: groupCounts(steps, read.route.rule),
      books: {
        create: read.books.create,
        mapping: read.books.mapping.map((row) => ({ from: row.from.name, to: row.to.name })),
      },
      losses: [...plan.losses, ...lostGroups(read.route)],
      overflow: OVERFLOW[overflow],
      ...(this.#resumes === undefined ? {} : { resumes: this.#resumes }),
    };
  }

  #brake(read: Read, plan: Plan): void {
    const { from, to, force, restart } = this.#options;
    checkBrakes(
      {
        from: from.name,
        to: to.name,
        source: read.source.ids.size + read.rejects.count,
        lastSource: restart ? undefined : this.#state.lastCount,
        brought: this.#state.size,
        target: read.target.entries.length,
        deletes: plan.deletes.length,
        overwrites: plan.overwrites,
      },
      force,
    );
  }

  #nothingDone(plan: PlanSummary, read: Read, declined: boolean): MigrateResult {
    const { summary } = summaryOf(read, undefined, []);
    return { run: undefined, plan, summary, declined, reportDir: undefined };
  }

  async #carryOut(job: Job): Promise<MigrateResult> {
    const { read, plan, steps, summary: planned, notes, writes } = job;
    const { to, clock, journal, onEvent, signal, from } = this.#options;
    const writer = openWriter({
      connection: to,
      journal,
      command: `migrate ${from.name} ${to.name}`,
      clock,
      dryRun: false,
      known: (id) => read.target.ids.has(id),
      onRun: (run) => this.#state.begin(run, clock.now()),
    });
    onEvent({ type: 'phase', phase: 'apply' });
    if (read.books.create.length > 0) await createBooks(read.books, writer);
    const applied = await applyPlan({
      to,
      writer,
      plan,
      source: read.source,
      target: read.target,
      notes,
      folder: this.#work,
      concurrency: Math.max(1, Math.min(this.#options.concurrency ?? Infinity, to.definition.limits.concurrency)),
      signal,
      onProgress: (done, total, failed) => onEvent({ type: 'progress', done, total, failed, retries: this.#options.retries?.() ?? 0 }),
    });
    const groups = await this.#applyGroups(read, steps, writer, applied, notes);
    await writer.end(applied.stopped !== undefined);
    const verified = applied.stopped === undefined ? await this.#verify(job, applied) : undefined;
    const { summary, worthTelling } = summaryOf(read, applied, groups);
    const told = writes > 0 || worthTelling || this.#options.reportDir !== undefined;
    const reportDir = told ? await this.#report({ read, applied, groups, verified, planned, writer }) : undefined;
    if (applied.stopped !== undefined) throw applied.stopped;
    await this.#state.done(clock.now(), read.source.ids.size + read.rejects.count);
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

  async #applyGroups(read: Read, steps: readonly GroupStep[], writer: Writer, applied: Applied, notes: Notes): Promise<GroupResult[]> {
    if (applied.stopped !== undefined || steps.length === 0) return [];
    this.#options.onEvent({ type: 'phase', phase: 'groups' });
    const current = new Map<string, string>();
    for (const [index, { targetId }] of applied.outcomes.entries()) {
      const id = read.source.entries[index]?.id;
      if (id !== undefined && targetId !== undefined) current.set(id, targetId);
    }
    const mapped = this.#mapping(read, current, notes);
    const results: GroupResult[] = [];
    try {
      for (const step of steps) results.push(await applyGroup(step, writer, this.#state, mapped, stopsRun));
    } catch (error) {
      applied.stopped = error;
    }
    for (const { step, missing } of results) {
      const left = missing.length + step.group.foreign;
      if (left > 0) this.#options.onEvent({ type: 'warning', message: `group ${step.group.name}: ${left} members are no contacts of the target` });
    }
    return results;
  }

  /** After a run that wrote nothing the target has just been read and compared: it is not read again. */
  async #verify({ read, plan, notes, writes }: Job, applied: Applied): Promise<MigrateResult['verified']> {
    if (!this.#options.verify) return undefined;
    const { to, signal, onEvent } = this.#options;
    if (writes === 0) {
      const equal = applied.outcomes.filter((outcome) => outcome.status === 'unchanged').length;
      return { contacts: equal, equal, differences: [] };
    }
    onEvent({ type: 'phase', phase: 'verify' });
    const bookIds = (await to.provider.books()).filter((book) => !book.readOnly).map((book) => book.id);
    return verifyTarget({
      to,
      source: read.source,
      target: read.target,
      plan,
      applied,
      notes,
      signal,
      ...(bookIds.length === 0 ? {} : { bookIds }),
      onRead: (count) => onEvent({ type: 'read', side: 'target', count }),
    });
  }

  async #report(parts: { read: Read; applied: Applied; groups: GroupResult[]; verified: MigrateResult['verified']; planned: PlanSummary; writer: Writer }): Promise<string> {
    const { from, to, clock, stateDir, onEvent } = this.#options;
    const { read, applied, groups, verified, planned, writer } = parts;
    onEvent({ type: 'phase', phase: 'report' });
    const stamp = new Date(this.#startedAt).toISOString().replace(/[:.]/g, '-');
    const folder = this.#options.reportDir ?? join(stateDir, 'reports', writer.run ?? stamp);
    await writeReport({
      folder,
      from,
      to,
      startedAt: this.#startedAt,
      endedAt: clock.now(),
      run: writer.run,
      plan: planned,
      source: read.source,
      applied,
      groups,
      route: read.route,
      rejects: read.rejects.all(),
      verified,
    });
    return folder;
  }
}

interface Job {
  read: Read;
  plan: Plan;
  steps: GroupStep[];
  summary: PlanSummary;
  notes: Notes;
  writes: number;
}

const OVERFLOW: Record<MigrateOptions['overflow'], string> = {
  notes: 'into the notes, in lines that are read back; what does not fit there into leftovers.vcf beside the report',
  file: 'into leftovers.vcf beside the report',
  drop: 'nowhere (--overflow drop)',
};

/** The memory of a dry run that pretends to start again. */
const nothing: Notes = {
  target: () => undefined,
  base: () => Promise.resolve(undefined),
  setPair: () => Promise.resolve(),
  removePair: () => Promise.resolve(),
};
