/** Carrying out a plan: bounded concurrency, one bad contact never stops the run, what is done is noted at once. */
import type { Card, ContactRecord } from '../model/card.js';
import { AuthError, Interrupted, NotFound, Stopped, Unavailable, UnknownOutcome } from '../model/errors.js';
import { deriveUid } from '../model/normalize.js';
import { baseOf, type Base } from './merge.js';
import { desiredFor, type Memory, type Plan, type PlanItem } from './plan.js';
import { forEachLimited } from './pool.js';
import { projectCard } from './project.js';
import { itemError, stopWhenAborted, type Side, type SourceEntry, type SourceSide } from './reading.js';
import type { Spool, WorkFolder } from './spool.js';
import type { Connection, ItemError, Loss } from './types.js';
import type { Writer } from './write.js';

export type Status = 'created' | 'updated' | 'unchanged' | 'skipped' | 'deleted' | 'failed' | 'open';

/** What became of a source contact. */
export interface Outcome {
  status: Status;
  targetId?: string;
  error?: ItemError;
  /** As found while writing, where they differ from the source entry's: merged cards, refused pictures. */
  losses?: Loss[];
  /** Index in `expected` when reading back must show something else than the source's projection. */
  expected?: number;
}

/** Where pairs are noted; absent for imports. */
export interface Notes extends Memory {
  setPair(source: string, target: string, base: Base | undefined): Promise<void>;
  removePair(source: string): Promise<void>;
}

export interface ApplyOptions {
  to: Connection;
  writer: Writer;
  plan: Plan;
  source: SourceSide;
  target: Side<ContactRecord>;
  notes?: Notes;
  folder: WorkFolder;
  concurrency: number;
  signal?: AbortSignal;
  onProgress(done: number, total: number, failed: number): void;
}

export interface Applied {
  outcomes: Outcome[];
  deleted: { id: string; source: string; name: string; error?: ItemError }[];
  /** Updated contacts as they are expected to be read back. */
  expected: Spool<Card>;
  /** What stopped the run, when something did: everything before it is noted. */
  stopped?: Error;
}

/** So many contacts in a row that could not reach the server end the run. */
const TOO_MANY = 5;

/** Errors that every further contact would meet too: sign-in, our own disk, interruption. */
export function stopsRun(error: unknown): boolean {
  return error instanceof AuthError || error instanceof Stopped || error instanceof Interrupted;
}

/** What was thrown, as an Error. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

/** Never throws for what happens while writing: see `stopped`. */
export async function applyPlan(options: ApplyOptions): Promise<Applied> {
  const applier = new Applier(options, await options.folder.spool<Card>());
  return applier.run();
}

class Applier {
  readonly #options: ApplyOptions;
  readonly #applied: Applied;
  #done = 0;
  #failed = 0;
  #inARow = 0;
  readonly #total: number;

  constructor(options: ApplyOptions, expected: Spool<Card>) {
    this.#options = options;
    const { items, deletes } = options.plan;
    this.#applied = { outcomes: items.map(() => ({ status: 'open' })), deleted: [], expected };
    this.#total = items.filter((item) => item.action === 'create' || item.action === 'update').length + deletes.length;
  }

  async run(): Promise<Applied> {
    const { plan, concurrency } = this.#options;
    try {
      await forEachLimited(plan.items, concurrency, (item, index) => this.#item(item, index));
      await forEachLimited(plan.deletes, concurrency, (row) => this.#delete(row.target, row.source));
    } catch (error) {
      this.#applied.stopped = asError(error);
    }
    return this.#applied;
  }

  async #item(item: PlanItem, index: number): Promise<void> {
    stopWhenAborted(this.#options.signal);
    const writes = item.action === 'create' || item.action === 'update';
    try {
      this.#applied.outcomes[index] = await this.#outcome(item, index);
      if (writes) this.#inARow = 0;
    } catch (error) {
      if (stopsRun(error)) throw error;
      this.#applied.outcomes[index] = { status: 'failed', error: itemError(error) };
      this.#count(error);
    }
    if (writes) this.#progress();
  }

  /** @throws the error itself when the server has been out of reach too often */
  #count(error: unknown): void {
    this.#failed += 1;
    this.#inARow = error instanceof Unavailable || error instanceof UnknownOutcome ? this.#inARow + 1 : 0;
    if (this.#inARow >= TOO_MANY) throw error;
  }

  #progress(): void {
    this.#done += 1;
    this.#options.onProgress(this.#done, this.#total, this.#failed);
  }

  async #outcome(item: PlanItem, index: number): Promise<Outcome> {
    const { source, target } = this.#options;
    if (item.action === 'skip') return { status: 'skipped', ...this.#targetId(item) };
    if (item.action === 'unchanged' && (await this.#isNoted(index, item.target))) {
      return { status: 'unchanged', ...this.#targetId(item) };
    }
    const entry = await source.spool.read(index);
    if (entry.unstorable !== undefined) {
      this.#failed += 1;
      return { status: 'failed', error: entry.unstorable };
    }
    if (item.action === 'create') return this.#create(entry, index, item.otherUid === true);
    const record = await target.spool.read(item.target);
    return item.action === 'update' ? this.#update(entry, record, item) : this.#keep(entry, record);
  }

  #targetId(item: PlanItem): { targetId?: string } {
    const id = this.#options.target.entries[item.target]?.id;
    return id === undefined ? {} : { targetId: id };
  }

  async #create(entry: SourceEntry, index: number, otherUid: boolean): Promise<Outcome> {
    const { writer, source, to } = this.#options;
    const bookId = source.books[index]?.id;
    const card = otherUid ? { ...entry.card, uid: deriveUid('copy', entry.id, entry.card.uid) } : entry.card;
    const written = await writer.create(card, { key: entry.id, ...(bookId === undefined ? {} : { bookId }) });
    const { card: projected } = await projectCard(to, entry.card);
    await this.#note(entry, written.id, projected, projected);
    return { status: 'created', targetId: written.id, ...ifOther(written.losses, entry.losses) };
  }

  async #update(entry: SourceEntry, planned: ContactRecord, item: PlanItem): Promise<Outcome> {
    const { writer, to, notes } = this.#options;
    // The plan may be minutes old: merge with what is there now (and get what lists leave out).
    const record = await to.provider.get(planned.id);
    const base = item.via === 'map' ? await notes?.base(entry.id) : undefined;
    const desired = await desiredFor(to, entry.card, record.card, base, notes === undefined ? 'leave' : 'write');
    if (desired === undefined) return this.#keep(entry, record);
    const written = await writer.update(record, desired.merged.card, entry.id);
    await this.#note(entry, written.id, (await projectCard(to, entry.card)).card, desired.expected);
    const expected = await this.#applied.expected.append(desired.expected);
    return { status: 'updated', targetId: written.id, expected, ...ifOther(written.losses, entry.losses) };
  }

  async #isNoted(index: number, target: number): Promise<boolean> {
    const {
      notes,
      source,
      target: { entries },
    } = this.#options;
    const [mine, theirs] = [source.entries[index], entries[target]];
    if (notes === undefined || mine === undefined) return notes === undefined;
    return notes.target(mine.id) === theirs?.id && (await notes.base(mine.id)) !== undefined;
  }

  /** Equal already: only noted. */
  async #keep(entry: SourceEntry, record: ContactRecord): Promise<Outcome> {
    await this.#note(entry, record.id, (await projectCard(this.#options.to, entry.card)).card, record.card);
    return { status: 'unchanged', targetId: record.id };
  }

  async #note(entry: SourceEntry, targetId: string, projected: Card, expected: Card): Promise<void> {
    await this.#options.notes?.setPair(entry.id, targetId, baseOf(entry.card, projected, expected));
  }

  async #delete(index: number, source: string): Promise<void> {
    stopWhenAborted(this.#options.signal);
    const { to, target, writer, notes } = this.#options;
    const record = await target.spool.read(index);
    const row: Applied['deleted'][number] = { id: record.id, source, name: record.card.name?.full ?? record.id };
    try {
      await writer.delete(await to.provider.get(record.id));
      await notes?.removePair(source);
      this.#inARow = 0;
    } catch (error) {
      if (stopsRun(error)) throw error;
      if (error instanceof NotFound) await notes?.removePair(source);
      else {
        row.error = itemError(error);
        this.#count(error);
      }
    }
    this.#applied.deleted.push(row);
    this.#progress();
  }
}

function ifOther(found: Loss[], planned: readonly Loss[]): { losses?: Loss[] } {
  return JSON.stringify(found) === JSON.stringify(planned) ? {} : { losses: found };
}
