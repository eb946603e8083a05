/** Records of files into a connection: matched with what is there, so that a second import writes nothing. */
import type { ReadRecord } from '../formats/types.js';
import type { Clock } from '../http/types.js';
import type { Card, ContactRecord } from '../model/card.js';
import { uidKey } from '../model/normalize.js';
import { fullName } from '../model/view.js';
import type { Journal } from '../store/types.js';
import { keepsKeywords, requireAbility } from './abilities.js';
import { applyPlan, stopsRun, type Applied } from './apply.js';
import { applyGroup, planGroups, type GroupResult, type SourceGroup } from './groupplan.js';
import { IdSet } from './idset.js';
import { makePlan, type Memory, type Plan } from './plan.js';
import { readSource, readTarget, type SourceSide, type TargetSide } from './reading.js';
import { WorkFolder, type Spool } from './spool.js';
import type { ConflictPolicy, Connection, FieldLoss, MatchKey, WriteSummary } from './types.js';
import { openWriter, type Writer } from './write.js';

export interface ImportOptions {
  connection: Connection;
  journal: Journal;
  clock: Clock;
  dryRun: boolean;
  onConflict: Exclude<ConflictPolicy, 'ask'>;
  /** Default: uid, email, name. */
  match?: readonly MatchKey[];
  /** Records of one or several files, each with the name of its file. */
  items: AsyncIterable<{ source: string; item: ReadRecord }>;
  onProgress?: (done: number, total: number) => void;
  /** Book for new contacts; the default book when absent. */
  bookId?: string;
  concurrency?: number;
  signal?: AbortSignal;
}

export interface ImportResult {
  /** `created` and so on by id of the connection, groups too; in a dry run and in `failed` by `FILE:LINE`. */
  summary: WriteSummary;
  /** How many of the summary's ids are groups; `lost`: groups that the connection has no place for. */
  groups: { created: number; updated: number; unchanged: number; failed: number; lost: number };
  losses: FieldLoss[];
  run: string | undefined;
}

const NO_MEMORY: Memory = { forgets: true, target: () => undefined, base: () => Promise.resolve(undefined) };

/**
 * Imports. Duplicates inside the files stay as many as they are; a contact that is there and equal is skipped; one that
 * is there and differs is skipped, updated field by field, or added beside it. Group cards become groups (or keywords).
 *
 * @throws Unsupported, UsageError before the files are read; AuthError, Unavailable, Interrupted, Stopped when the
 *   import ended early (what was done is journalled; importing again goes on)
 */
export async function importCards(options: ImportOptions): Promise<ImportResult> {
  requireAbility(options.connection, 'create');
  const folder = await WorkFolder.temporary();
  try {
    return await new Import(options, folder).run();
  } finally {
    await folder.dispose();
  }
}

class Import {
  readonly #options: ImportOptions;
  readonly #folder: WorkFolder;
  readonly #groups: SourceGroup[] = [];
  /** Uid key to record id, for members of groups. */
  readonly #byUid = new Map<string, string>();

  constructor(options: ImportOptions, folder: WorkFolder) {
    this.#options = options;
    this.#folder = folder;
  }

  async run(): Promise<ImportResult> {
    const { connection, dryRun, onConflict, match, signal } = this.#options;
    const records = await this.#collect();
    if (records.count + this.#groups.length === 0)
      return { summary: empty(), groups: NO_GROUPS, losses: [], run: undefined };
    const source = await this.#source(records);
    const target = await readTarget(connection, this.#folder, {
      ...(signal === undefined ? {} : { signal }),
      onRead: () => undefined,
    });
    const there = new Set(target.entries.map((entry) => entry.uid));
    for (const group of this.#groups) resolveMembers(group, there);
    const plan = await makePlan({
      to: connection,
      source,
      target,
      memory: NO_MEMORY,
      onConflict,
      match: match ?? ['uid', 'email', 'name'],
      sinceLast: false,
      ...(signal === undefined ? {} : { signal }),
    });
    if (plan.items.some((item) => item.action === 'update')) requireAbility(connection, 'update');
    if (!dryRun) return this.#write(source, target, plan);
    const summary = await planned(plan, source, target);
    return { ...(await this.#withPlannedGroups(summary, source, target, plan)), losses: plan.losses, run: undefined };
  }

  /** Contacts to disk, groups aside: a group may stand before its members. */
  async #collect(): Promise<Spool<ContactRecord>> {
    const { items } = this.#options;
    const records = await this.#folder.spool<ContactRecord>();
    const ids = new IdSet();
    for await (const { source, item } of items) {
      const id = ids.take(`${source}:${item.line}`);
      if (item.card.kind === 'group') this.#groups.push(groupOf(id, item.card));
      else {
        if (!this.#byUid.has(uidKey(item.card.uid))) this.#byUid.set(uidKey(item.card.uid), id);
        await records.append({
          id,
          bookIds: [],
          card: item.card,
          ...(item.uidDerived === true ? { uidDerived: true } : {}),
        });
      }
    }
    for (const group of this.#groups)
      group.members = group.members.map((uid) => this.#byUid.get(uidKey(uid)) ?? `${BY_UID}${uidKey(uid)}`);
    return records;
  }

  #source(records: Spool<ContactRecord>): Promise<SourceSide> {
    const { connection, bookId, signal } = this.#options;
    const names = new Map<string, string[]>();
    if (this.#asKeywords()) {
      for (const group of this.#groups)
        for (const id of group.members) names.set(id, [...(names.get(id) ?? []), group.name]);
    }
    return readSource({
      to: connection,
      folder: this.#folder,
      records: records.all(),
      overflow: 'drop',
      ...(signal === undefined ? {} : { signal }),
      wanted: () => true,
      book: () => ({ name: '', ...(bookId === undefined ? {} : { id: bookId }) }),
      groupNames: (id) => names.get(id) ?? [],
      keywordsTravel: false,
      onRead: () => undefined,
    });
  }

  #asKeywords(): boolean {
    const { provider } = this.#options.connection;
    return provider.groups === undefined && keepsKeywords(provider);
  }

  /** An account without any book gets one, as in a migration. */
  async #firstBook(writer: Writer, source: SourceSide, plan: Plan): Promise<void> {
    const { provider } = this.#options.connection;
    if (provider.bookAdmin === undefined || !plan.items.some(({ action }) => action === 'create')) return;
    if ((await provider.books()).length > 0) return;
    const { id } = await writer.createBook('Contacts');
    for (const book of source.books) book.id = id;
  }

  async #write(source: SourceSide, target: TargetSide, plan: Plan): Promise<ImportResult> {
    const { connection, journal, clock, concurrency, signal, onProgress } = this.#options;
    const { limits } = connection.definition;
    const writer = openWriter({
      connection,
      journal,
      command: 'import',
      clock,
      dryRun: false,
      known: (id) => target.ids.has(id),
    });
    await this.#firstBook(writer, source, plan);
    const applied = await applyPlan({
      to: connection,
      writer,
      plan,
      source,
      target,
      folder: this.#folder,
      concurrency: Math.max(1, Math.min(concurrency ?? Infinity, limits.concurrency)),
      ...(signal === undefined ? {} : { signal }),
      onProgress: (done, total) => onProgress?.(done, total),
    });
    const ids = new Map(source.entries.map((entry, index) => [entry.id, applied.outcomes[index]?.targetId]));
    const mapped = this.#mapped(ids, target);
    const groups = applied.stopped === undefined ? await this.#writeGroups(writer, target, mapped) : [];
    await writer.end(applied.stopped !== undefined);
    if (applied.stopped !== undefined) throw applied.stopped;
    const summary = summarize(source, applied);
    return { ...addGroups(summary, groups, this.#lost()), losses: plan.losses, run: writer.run };
  }

  /** Id on the connection of a member: of a contact of the files, else of one that is there already. */
  #mapped(ids: ReadonlyMap<string, string | undefined>, target: TargetSide): (id: string) => string | undefined {
    const byUid = new Map(target.entries.map((entry) => [`${BY_UID}${entry.uid ?? ''}`, entry.id]));
    return (id) => ids.get(id) ?? byUid.get(id);
  }

  /** Groups that the connection can hold neither as such nor as keywords. */
  #lost(): number {
    return this.#options.connection.provider.groups === undefined && !this.#asKeywords() ? this.#groups.length : 0;
  }

  async #writeGroups(
    writer: Writer,
    target: TargetSide,
    mapped: (id: string) => string | undefined,
  ): Promise<GroupResult[]> {
    const { connection } = this.#options;
    const results: GroupResult[] = [];
    for (const step of await planGroups(connection, this.#groups, undefined, mapped, target.groups)) {
      results.push(await applyGroup(step, writer, undefined, mapped, stopsRun));
    }
    return results;
  }

  async #withPlannedGroups(
    summary: WriteSummary,
    source: SourceSide,
    target: TargetSide,
    plan: Plan,
  ): Promise<Pick<ImportResult, 'summary' | 'groups'>> {
    const { connection } = this.#options;
    const ids = new Map(
      source.entries.map((entry, index) => [entry.id, target.entries[plan.items[index]?.target ?? -1]?.id]),
    );
    const steps = await planGroups(connection, this.#groups, undefined, this.#mapped(ids, target), target.groups);
    const results = steps.map((step) => ({ step, id: step.found?.id ?? step.group.key, missing: [] }));
    return addGroups(summary, results, this.#lost());
  }
}

/** Before the uid of a member that is no contact of the files. */
const BY_UID = '\u0000';

/** Members that are neither in the files nor there already are counted only. */
function resolveMembers(group: SourceGroup, there: ReadonlySet<string | undefined>): void {
  const all = group.members.length;
  group.members = group.members.filter((id) => !id.startsWith(BY_UID) || there.has(id.slice(BY_UID.length)));
  group.foreign = all - group.members.length;
}

function groupOf(key: string, card: Card): SourceGroup {
  return { key, name: fullName(card) || 'Group', members: Object.keys(card.members ?? {}), foreign: 0 };
}

const empty = (): WriteSummary => ({ ok: true, created: [], updated: [], deleted: [], skipped: [], failed: [] });

/** What a dry run would do, by `FILE:LINE` for new contacts. */
async function planned(plan: Plan, source: SourceSide, target: TargetSide): Promise<WriteSummary> {
  const summary = empty();
  for (const [index, { action, target: at }] of plan.items.entries()) {
    const [id, there] = [source.entries[index]?.id ?? '', target.entries[at]?.id ?? ''];
    if (action === 'create') summary.created.push(id);
    else if (action === 'update') summary.updated.push(there);
    else if (action === 'fail')
      summary.failed.push({ id, error: (await source.spool.read(index)).unstorable ?? UNSTORABLE });
    else summary.skipped.push(there);
  }
  return { ...summary, ok: summary.failed.length === 0 };
}

const UNSTORABLE = { code: 'unstorable', message: 'cannot be stored there' };

function summarize(source: SourceSide, applied: Applied): WriteSummary {
  const summary = empty();
  for (const [index, { status, targetId, error }] of applied.outcomes.entries()) {
    if (status === 'created') summary.created.push(targetId ?? '');
    else if (status === 'updated') summary.updated.push(targetId ?? '');
    else if (status === 'failed')
      summary.failed.push({ id: source.entries[index]?.id ?? '', error: error ?? UNSTORABLE });
    else if (targetId !== undefined) summary.skipped.push(targetId);
  }
  return { ...summary, ok: summary.failed.length === 0 };
}

const NO_GROUPS: ImportResult['groups'] = { created: 0, updated: 0, unchanged: 0, failed: 0, lost: 0 };

function addGroups(
  summary: WriteSummary,
  results: readonly GroupResult[],
  lost: number,
): Pick<ImportResult, 'summary' | 'groups'> {
  const groups = { ...NO_GROUPS, lost };
  for (const { step, id = '', error } of results) {
    if (error !== undefined) {
      summary.failed.push({ id: step.group.key, error });
      groups.failed += 1;
    } else if (step.action === 'create') {
      summary.created.push(id);
      groups.created += 1;
    } else if (step.action === 'update') {
      summary.updated.push(id);
      groups.updated += 1;
    } else {
      summary.skipped.push(id);
      groups.unchanged += 1;
    }
  }
  return { summary: { ...summary, ok: summary.failed.length === 0 }, groups };
}
