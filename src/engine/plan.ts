/** What a transfer will do with each contact, decided before anything is written. */
import type { Card, ContactRecord } from '../model/card.js';
import { diffCards, fieldHashes, uidKey } from '../model/normalize.js';
import { LossTally, lossesBetween } from './losses.js';
import { matchAll, mayBeOne, type Match } from './match.js';
import { mergeCards, type Base, type Merged } from './merge.js';
import { photoRule, projectCard } from './project.js';
import { stopWhenAborted, type Side, type SourceEntry, type SourceSide } from './reading.js';
import { setSlice, sliceOf } from './slices.js';
import { leaveUnread, unreadFields, type Unread } from './writeonly.js';
import type { ConflictPolicy, Connection, FieldLoss, MatchKey } from './types.js';

export type Action = 'create' | 'update' | 'unchanged' | 'skip' | 'fail';

export interface PlanItem {
  action: Action;
  /** Index in the target side; -1 for none. */
  target: number;
  /** Noted by an earlier run (with its base, when there is one): no base must be written again. */
  via?: Match['via'];
  /** The uid is taken on the target: the new contact gets another one. */
  otherUid?: true;
}

export interface Plan {
  items: PlanItem[];
  /** Target contacts to delete, by index, with the source ids they came from. */
  deletes: { target: number; source: string }[];
  losses: FieldLoss[];
  /** Updates that replace or remove something the target has. */
  overwrites: number;
}

/** What earlier runs know. */
export interface Memory {
  /** Nothing is noted: the next run will know no more than this one. */
  readonly forgets?: true;
  target(sourceId: string): string | undefined;
  base(sourceId: string): Promise<Base | undefined>;
}

export interface PlanOptions {
  to: Connection;
  source: SourceSide;
  target: Side<ContactRecord>;
  memory: Memory;
  onConflict: ConflictPolicy;
  match: readonly MatchKey[];
  sinceLast: boolean;
  signal?: AbortSignal;
  ask?: (conflict: { source: Card; target: ContactRecord }) => Promise<'skip' | 'update' | 'duplicate'>;
}

export async function makePlan(options: PlanOptions): Promise<Plan> {
  const { source, target, memory, match } = options;
  const matches = await matchAll(source.entries, target.entries, {
    keys: match,
    equalFirst: options.onConflict === 'duplicate',
    mapped: (id) => memory.target(id),
    async agree(one, other) {
      const [entry, record] = [await source.spool.read(one), await target.spool.read(other)];
      return mayBeOne(entry.card, record.card);
    },
  });
  return new Planner(options).run(matches);
}

class Planner {
  readonly #options: PlanOptions;
  readonly #tally = new LossTally();
  readonly #uids = new Set<string>();
  #overwrites = 0;

  constructor(options: PlanOptions) {
    this.#options = options;
    for (const entry of options.target.entries)
      if (entry.uid !== undefined) this.#uids.add(`${entry.book}\n${entry.uid}`);
  }

  async run(matches: readonly (Match | undefined)[]): Promise<Plan> {
    const items: PlanItem[] = [];
    for (const [index, match] of matches.entries()) {
      stopWhenAborted(this.#options.signal);
      items.push(await this.#item(index, match));
    }
    return { items, deletes: [], losses: this.#tally.rows(), overwrites: this.#overwrites };
  }

  async #item(index: number, match: Match | undefined): Promise<PlanItem> {
    const { source, target } = this.#options;
    const [mine, theirs] = [source.entries[index], match === undefined ? undefined : target.entries[match.target]];
    const entry = await source.spool.read(index);
    if (entry.unstorable !== undefined) return { action: 'fail', target: -1 };
    if (match === undefined || mine === undefined || theirs === undefined) return this.#create(index, entry);
    const found = { target: match.target, via: match.via };
    const whole = this.#options.to.definition.writeOnly === undefined;
    if (whole && mine.hash === theirs.hash) {
      this.#tally.add(entry.name, entry.losses);
      return { action: 'unchanged', ...found };
    }
    return this.#existing(index, entry, found);
  }

  #create(index: number, entry: SourceEntry): PlanItem {
    const mine = this.#options.source.entries[index];
    this.#tally.add(entry.name, entry.losses);
    if (mine?.uid === undefined) return { action: 'create', target: -1 };
    const key = `${mine.book}\n${mine.uid}`;
    if (this.#uids.has(key)) return { action: 'create', target: -1, otherUid: true };
    this.#uids.add(key);
    return { action: 'create', target: -1 };
  }

  async #existing(index: number, entry: SourceEntry, found: Match): Promise<PlanItem> {
    const { to, target, memory, sinceLast, onConflict } = this.#options;
    const known = found.via === 'map';
    const base = known ? await memory.base(entry.id) : undefined;
    if (sinceLast && base !== undefined && sameHashes(base.source, fieldHashes(entry.card))) {
      return { action: 'unchanged', ...found };
    }
    const record = await target.spool.read(found.target);
    const unread = memory.forgets === true ? 'leave' : 'write';
    const desired = await desiredFor(to, entry.card, record.card, base, unread);
    // What the target does not show is no conflict: it is written where updates are wanted.
    if (desired === undefined || (desired.unread && !known && onConflict !== 'update')) {
      this.#tally.add(entry.name, entry.losses);
      return { action: 'unchanged', ...found };
    }
    const conflict = known ? desired.merged.conflicts.length > 0 : true;
    // `skip` never overwrites, whoever changed it.
    const policy = conflict || onConflict === 'skip' ? await this.#decide(onConflict, entry.card, record) : 'update';
    if (policy === 'skip') return { action: 'skip', ...found };
    if (policy === 'duplicate' && !known) {
      const sameUid = uidKey(record.card.uid) === uidKey(entry.card.uid);
      return { ...this.#create(index, entry), ...(sameUid ? { otherUid: true } : {}) };
    }
    this.#tally.add(entry.name, lossesBetween(to, desired.merged.card, desired.projected));
    if (overwrites(to, record.card, desired.expected)) this.#overwrites += 1;
    return { action: 'update', ...found };
  }

  async #decide(policy: ConflictPolicy, source: Card, target: ContactRecord): Promise<'skip' | 'update' | 'duplicate'> {
    if (policy !== 'ask') return policy;
    return (await this.#options.ask?.({ source, target })) ?? 'update';
  }
}

const sameHashes = (a: Record<string, string>, b: Record<string, string>): boolean =>
  Object.keys(a).length === Object.keys(b).length && Object.entries(a).every(([field, hash]) => b[field] === hash);

/** The target contact loses or changes something it has now. */
function overwrites(to: Connection, now: Card, expected: Card): boolean {
  return diffCards(now, expected, photoRule(to)).some((difference) => difference.kind !== 'extra');
}

export interface Desired {
  merged: Merged;
  /** The merged card as the target keeps it. */
  projected: Card;
  /** What reading back will show: the changed fields projected, the others as they are now. */
  expected: Card;
  /** Nothing else changes than fields that the target does not show. */
  unread: boolean;
}

/** The target contact as it shall be; undefined when nothing would change there. */
export async function desiredFor(
  to: Connection,
  source: Card,
  target: Card,
  base: Base | undefined,
  unread: Unread = 'leave',
): Promise<Desired | undefined> {
  const { card: ours } = await projectCard(to, source);
  const merged = mergeCards(source, target, ours, base);
  leaveUnread(to, merged, { source, target, base, unread });
  if (merged.changed.size === 0) return undefined;
  const { card: projected } = await projectCard(to, merged.card);
  const expected: Card = { ...target };
  for (const field of merged.changed) setSlice(expected, field, sliceOf(projected, field));
  const differs = diffCards(expected, target, photoRule(to)).length > 0;
  if (!differs) return undefined;
  const hidden = unreadFields(to, target);
  return { merged, projected, expected, unread: [...merged.changed].every((field) => hidden.has(field)) };
}
