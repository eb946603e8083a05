/** Taking a run back: its writes in reverse, each only when the contact is still as the run left it. */
import type { Clock } from '../http/types.js';
import { CardferryError, Conflict, UsageError } from '../model/errors.js';
import type { Intent, Journal, JournalEntry, Outcome } from '../store/types.js';
import { asError, stopsRun } from './apply.js';
import { forEachLimited, KeyedLock } from './pool.js';
import { itemError, stopWhenAborted } from './reading.js';
import { WorkFolder, type Spool } from './spool.js';
import type { Connection, WriteSummary } from './types.js';
import { Undoer, type Undone } from './undosteps.js';
import { openWriter } from './write.js';

export interface UndoOptions {
  connection: Connection;
  journal: Journal;
  /** Name of the run. */
  run: string;
  clock: Clock;
  /** Also where the contact was changed since. */
  force: boolean;
  dryRun: boolean;
  concurrency?: number;
  signal?: AbortSignal;
}

type Status = Outcome['status'] | 'open';
interface Step {
  index: number;
  status: Status;
  creates: boolean;
  id?: string;
  etag?: string;
}

/** Writes that stand alone; others (groups, books) wait for everything before them. */
const CONTACT_OPS: ReadonlySet<Intent['op']> = new Set([
  'create',
  'update',
  'delete',
  'avatar.set',
  'avatar.delete',
  'move',
  'copy',
]);

/**
 * Takes one run back, newest write first: what it created is deleted, what it changed or deleted is restored from the
 * before-images. Writes whose outcome is unknown are looked at first. A contact that was changed since is left and
 * reported (`conflict`), unless forced. An undo that was cut off goes on when it is given again.
 *
 * @throws NotFound for an unknown run; UsageError when the run belongs to another provider; AuthError, Unavailable,
 *   Interrupted, Stopped when it ended early
 */
export async function undoRun(options: UndoOptions): Promise<WriteSummary> {
  const folder = await WorkFolder.temporary();
  try {
    return await takeBack(options, folder);
  } finally {
    await folder.dispose();
  }
}

async function takeBack(options: UndoOptions, folder: WorkFolder): Promise<WriteSummary> {
  const { connection, journal, run, clock, force, dryRun } = options;
  const intents = await folder.spool<Intent>();
  const steps = await readRun(journal.entries(run), intents, connection);
  const writer = openWriter({ connection, journal, command: `undo ${run}`, clock, dryRun, undoes: run });
  const earlier = await earlierUndos(journal, run);
  const created = new Set(steps.flatMap((step) => (step.creates ? [step.id ?? ''] : [])));
  const undoer = new Undoer({ connection, writer, force, run, ...earlier, created });
  const summary: WriteSummary = { ok: true, created: [], updated: [], deleted: [], skipped: [], failed: [] };
  const limit = Math.max(1, Math.min(options.concurrency ?? Infinity, connection.definition.limits.concurrency));
  const lock = new KeyedLock();
  let stopped: Error | undefined;
  const one = async (step: Step): Promise<void> => {
    stopWhenAborted(options.signal);
    const intent = await intents.read(step.index);
    const id = step.id ?? intent.id ?? '';
    await attempt(summary, id === '' ? (intent.name ?? `write ${intent.seq}`) : id, async () =>
      count(summary, await lock.run(id, () => undoer.undo(intent, step)), id),
    );
  };
  try {
    for await (const batch of batches(steps, intents)) await forEachLimited(batch, limit, one);
    for (const { id, write } of dryRun ? [] : await undoer.memberships()) {
      await attempt(summary, id, async () => {
        await write();
        summary.updated.push(id);
      });
    }
  } catch (error) {
    stopped = asError(error);
  }
  await writer.end(stopped !== undefined);
  if (stopped !== undefined) throw stopped;
  // All was as it had been: the run counts as taken back all the same.
  if (!dryRun && writer.run === undefined && summary.failed.length === 0) {
    const { name: profile, definition } = connection;
    const header = { command: `undo ${run}`, profile, provider: definition.name, undoes: run };
    await (await journal.begin(header)).end(true);
  }
  return { ...summary, ok: summary.failed.length === 0 };
}

/** What fails alone is noted; what every further write would meet too is thrown. */
async function attempt(summary: WriteSummary, id: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (stopsRun(error) || !(error instanceof CardferryError)) throw error;
    summary.failed.push({ id, error: itemError(error) });
  }
}

function count(summary: WriteSummary, undone: Undone, id: string): void {
  if (undone.did === 'changedSince') {
    const hint = 'cardferry undo with --force puts it back all the same';
    summary.failed.push({
      id,
      error: itemError(new Conflict('it was changed since: left as it is', { contact: id, hint })),
    });
    return;
  }
  summary[undone.did].push(undone.id ?? id);
}

/** Intents to disk; what is kept in memory says where each stands and how it ended. */
async function readRun(
  entries: AsyncIterable<JournalEntry>,
  intents: Spool<Intent>,
  connection: Connection,
): Promise<Step[]> {
  const steps = new Map<number, Step>();
  for await (const entry of entries) {
    if (entry.t === 'run' && entry.provider !== connection.definition.name) {
      throw new UsageError(`the run was made with ${entry.provider}, the profile is ${connection.definition.name}`, {
        profile: connection.name,
        hint: `undo it with the profile ${entry.profile}`,
      });
    }
    if (entry.t === 'intent')
      steps.set(entry.seq, { index: await intents.append(entry), status: 'open', creates: entry.op === 'create' });
    const step = entry.t === 'outcome' ? steps.get(entry.seq) : undefined;
    if (entry.t !== 'outcome' || step === undefined) continue;
    step.status = entry.status;
    if (entry.id !== undefined) step.id = entry.id;
    if (entry.etag !== undefined) step.etag = entry.etag;
  }
  return [...steps.values()].filter((step) => step.status !== 'failed').reverse();
}

/** Runs of contact writes together; each group or book write alone, after everything newer. */
async function* batches(steps: readonly Step[], intents: Spool<Intent>): AsyncIterable<Step[]> {
  let batch: Step[] = [];
  for (const step of steps) {
    const { op } = await intents.read(step.index);
    if (CONTACT_OPS.has(op)) {
      batch.push(step);
      continue;
    }
    yield batch;
    yield [step];
    batch = [];
  }
  yield batch;
}

interface Earlier {
  /** Sequence number of what was put back, to its new id. */
  restored: Map<number, string>;
  /** Sequence numbers whose putting back was begun and has no known outcome. */
  maybeRestored: Set<number>;
}

/** What earlier, cut-off undos of this run did. */
async function earlierUndos(journal: Journal, run: string): Promise<Earlier> {
  const earlier: Earlier = { restored: new Map(), maybeRestored: new Set() };
  for (const { run: other, command } of await journal.list()) {
    if (command === `undo ${run}`) await readUndo(journal.entries(other), earlier);
  }
  for (const seq of earlier.restored.keys()) earlier.maybeRestored.delete(seq);
  return earlier;
}

async function readUndo(entries: AsyncIterable<JournalEntry>, { restored, maybeRestored }: Earlier): Promise<void> {
  const keys = new Map<number, number>();
  for await (const entry of entries) {
    const seq = entry.t === 'intent' ? /^undo:(\d+)$/.exec(entry.key ?? '')?.[1] : undefined;
    if (entry.t === 'intent' && seq !== undefined) {
      keys.set(entry.seq, Number(seq));
      maybeRestored.add(Number(seq));
    }
    const undone = entry.t === 'outcome' ? keys.get(entry.seq) : undefined;
    if (entry.t !== 'outcome' || undone === undefined || entry.status === 'unknown') continue;
    if (entry.status === 'failed') maybeRestored.delete(undone);
    else if (entry.id !== undefined) restored.set(undone, entry.id);
  }
}
