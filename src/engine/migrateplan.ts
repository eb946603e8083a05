/** First half of a migration: both sides read, and what will be done. Nothing is written here. */
import type { ListQuery } from '../providers/types.js';
import { requireAbility } from './abilities.js';
import { lostAttachments, planAttachments, type AttachmentStep } from './attachmentplan.js';
import type { Notes } from './apply.js';
import { planBooks, type BookPlan } from './bookplan.js';
import { checkBrakes } from './brakes.js';
import {
  groupCounts,
  heard,
  listedGroups,
  lostGroups,
  memberTest,
  planGroups,
  routeGroups,
  type GroupRoute,
  type GroupStep,
} from './groupplan.js';
import { makePlan, type Plan } from './plan.js';
import { readSource, readTarget, type SourceSide, type TargetSide } from './reading.js';
import { RejectBin } from './rejects.js';
import type { WorkFolder } from './spool.js';
import type { MigrationState } from './state.js';
import type { Connection, MigrateOptions, PlanSummary } from './types.js';

export interface Sides {
  route: GroupRoute;
  books: BookPlan;
  source: SourceSide;
  target: TargetSide;
  rejects: RejectBin;
}

export interface Job {
  sides: Sides;
  plan: Plan;
  steps: GroupStep[];
  attachments: AttachmentStep[];
  summary: PlanSummary;
  notes: Notes;
  /** Number of writes that the plan holds. */
  writes: number;
}

/**
 * Ids of the books whose contacts may be matched and written: none that is read-only, and one aside (shared by everybody)
 * only when the plan names it. Undefined when the connection has none.
 */
export async function writableBooks(connection: Connection, { mapping }: BookPlan): Promise<string[] | undefined> {
  const named = new Set(mapping.map(({ to }) => to.id));
  const ids = (await connection.provider.books())
    .filter((book) => !book.readOnly && (book.aside !== true || named.has(book.id)))
    .map((book) => book.id);
  return ids.length === 0 ? undefined : ids;
}

/** Reads both sides into `folder`. @throws NotFound, UsageError for books and groups that are not there */
export async function readSides(options: MigrateOptions, folder: WorkFolder): Promise<Sides> {
  const { from, to, overflow, group, signal, onEvent, mirror } = options;
  onEvent({ type: 'phase', phase: 'read-source' });
  for (const field of from.definition.writeOnly ?? []) {
    const message = `${from.name} may hold ${field} that it does not give back: those cannot be migrated`;
    onEvent({ type: 'warning', message });
  }
  const rejects = await RejectBin.listen(from, folder);
  const books = await planBooks(from, to, options.books);
  const route = await routeGroups(from, to, group);
  const isMember = await memberTest(from, group);
  const chosen = books.sourceIds === undefined ? undefined : new Set(books.sourceIds);
  // Mirroring must know everything that is still on the source, also what the filters leave out.
  const query: ListQuery = {
    media: true,
    onReject: (contact) => rejects.add({ ...contact, line: 0 }),
    ...(books.sourceIds === undefined ? {} : { bookIds: mirror ? books.everyId : books.sourceIds }),
  };
  const source = await readSource({
    to,
    folder,
    records:
      route.ears === undefined
        ? from.provider.list(query)
        : route.ears.hear(from.provider.list({ ...query, onGroup: route.ears.onGroup })),
    overflow,
    signal,
    wanted: (record) => isMember(record) && (chosen === undefined || record.bookIds.some((id) => chosen.has(id))),
    book: (record) => books.of(record),
    groupNames: (id) => route.names(id),
    keywordsTravel: route.keywordsTravel,
    onRead: (count) => onEvent({ type: 'read', side: 'source', count }),
  });
  heard(route);
  onEvent({ type: 'phase', phase: 'read-target' });
  const bookIds = await writableBooks(to, books);
  const target = await readTarget(to, folder, {
    signal,
    ...(bookIds === undefined ? {} : { bookIds }),
    onRead: (count) => onEvent({ type: 'read', side: 'target', count }),
  });
  return { route, books, source, target, rejects };
}

/**
 * Decides what will be done. `state` is undefined when earlier runs do not count.
 * @throws Unsupported when the target cannot do what the plan needs
 */
export async function planJob(
  options: MigrateOptions,
  sides: Sides,
  notes: Notes,
  state: MigrationState | undefined,
): Promise<Job> {
  const { to, mirror } = options;
  const plan = await planContacts(options, sides, notes);
  if (mirror && state !== undefined) plan.deletes = vanished(sides, plan, state);
  if (plan.deletes.length > 0) requireAbility(to, 'delete');
  if (plan.items.some((item) => item.action === 'update')) requireAbility(to, 'update');
  const mapped = mapping(sides, plannedIds(sides, plan), notes);
  const steps = await planGroups(
    to,
    listedGroups(sides.route, sides.source.keywords),
    state,
    mapped,
    sides.target.groups,
  );
  // A book that nothing goes to is not made.
  const filled = new Set(
    plan.items.map(({ action }, at) => (action === 'create' ? sides.source.books[at]?.name : undefined)),
  );
  sides.books.create = sides.books.create.filter((name) => filled.has(name));
  const attachments = await planAttachments(options, sides, plan);
  const files = attachments.reduce((sum, step) => sum + step.files.length, 0);
  const summary = { ...summarize(options, sides, plan, steps), ...(files > 0 && { attachments: files }) };
  const { create, update, groups, books } = summary;
  const writes = create + update + summary.delete + groups.create + groups.update + books.create.length + files;
  return { sides, plan, steps, attachments, summary, notes, writes };
}

function planContacts(options: MigrateOptions, { source, target }: Sides, notes: Notes): Promise<Plan> {
  const { to, onConflict, match, sinceLast, signal, ask, dryRun } = options;
  return makePlan({
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
}

/** Contacts that earlier runs brought and that are gone from the source; never one that something else is paired with. */
function vanished({ source, target }: Sides, plan: Plan, state: MigrationState): Plan['deletes'] {
  const paired = new Set(plan.items.map((item) => item.target));
  const places = new Map(target.entries.map((entry, index) => [entry.id, index]));
  const deletes: Plan['deletes'] = [];
  for (const [id, pair] of state.pairs()) {
    const index = places.get(pair.target);
    if (source.ids.has(id) || index === undefined || paired.has(index)) continue;
    paired.add(index);
    deletes.push({ target: index, source: id });
  }
  return deletes;
}

function plannedIds({ source, target }: Sides, plan: Plan): Map<string, string> {
  const planned = new Map<string, string>();
  for (const [index, item] of plan.items.entries()) {
    const [mine, theirs] = [source.entries[index], target.entries[item.target]];
    if (mine !== undefined && theirs !== undefined) planned.set(mine.id, theirs.id);
  }
  return planned;
}

/** Target id of a source contact: of this run, else of an earlier one when it is still there. */
export function mapping(
  { target }: Sides,
  current: ReadonlyMap<string, string>,
  notes: Notes,
): (sourceId: string) => string | undefined {
  return (id) => {
    const earlier = notes.target(id);
    return current.get(id) ?? (earlier !== undefined && target.ids.has(earlier) ? earlier : undefined);
  };
}

const OVERFLOW: Record<MigrateOptions['overflow'], string> = {
  notes: 'into the notes, in lines that are read back; what does not fit there into leftovers.vcf beside the report',
  file: 'into leftovers.vcf beside the report',
  drop: 'nowhere (--overflow drop)',
};

function summarize(options: MigrateOptions, sides: Sides, plan: Plan, steps: readonly GroupStep[]): PlanSummary {
  const { from, to, overflow } = options;
  const { source, target, books, route, rejects } = sides;
  const files = lostAttachments(from, to, source);
  const count = (action: string): number => plan.items.filter((item) => item.action === action).length;
  return {
    from: from.name,
    to: to.name,
    source: source.ids.size,
    target: target.entries.length,
    create: count('create'),
    update: count('update'),
    unchanged: count('unchanged'),
    skip: count('skip'),
    delete: plan.deletes.length,
    failed: count('fail') + rejects.count,
    groups: groupCounts(steps, route.rule),
    books: {
      create: books.create,
      mapping: books.mapping.map((row) => ({ from: row.from.name, to: row.to.name })),
    },
    losses: [...plan.losses, ...lostGroups(route), ...files],
    overflow: `${OVERFLOW[overflow]}${files.length > 0 ? '; attachments stay on the source' : ''}`,
  };
}

/** @throws Stopped when the plan looks like an accident and `--force` was not given */
export function brake(options: MigrateOptions, { sides, plan }: Job, state: MigrationState | undefined): void {
  const facts = {
    from: options.from.name,
    to: options.to.name,
    source: sides.source.ids.size + sides.rejects.count,
    lastSource: state?.lastCount,
    brought: state?.size ?? 0,
    target: sides.target.entries.length,
    deletes: plan.deletes.length,
    overwrites: plan.overwrites,
  };
  checkBrakes(facts, options.force);
}
