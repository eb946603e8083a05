/** Reading the target back and comparing it with what was to be there, field by field. */
import type { Card } from '../model/card.js';
import { diffCards, fieldHashes } from '../model/normalize.js';
import type { Applied, Notes } from './apply.js';
import { photoRule, projectCard } from './project.js';
import { stopWhenAborted, type Side, type SourceSide } from './reading.js';
import type { ContactRecord } from '../model/card.js';
import { desiredFor, type Plan } from './plan.js';
import type { Connection, Difference } from './types.js';
import { unreadFields, UncheckedTally, writeOnlyFields, type Unchecked } from './writeonly.js';

export interface VerifyOptions {
  to: Connection;
  source: SourceSide;
  target: Side<ContactRecord>;
  plan: Plan;
  applied: Applied;
  notes?: Notes;
  bookIds?: readonly string[];
  /** No write was sent. */
  untouched: boolean;
  signal?: AbortSignal;
  onRead(count: number): void;
}

export interface Verified {
  contacts: number;
  equal: number;
  differences: Difference[];
  /** What was to be there and is not shown, so that nobody can tell; absent where everything was compared. */
  unchecked?: Unchecked[];
}

/** Differences that are named; the count of equal contacts tells of the rest. */
const MOST = 10_000;

/**
 * Every contact that was created, updated or found equal must be there as expected, up to declared losses and fields
 * whose fate the vendor does not document.
 */
export async function verifyTarget(options: VerifyOptions): Promise<Verified> {
  const { to, source, target, applied } = options;
  const wanted = new Map<string, number>();
  for (const [index, { status, targetId }] of applied.outcomes.entries()) {
    const there = status === 'created' || status === 'updated' || status === 'unchanged';
    if (there && targetId !== undefined) wanted.set(targetId, index);
  }
  const verified: Verified = { contacts: wanted.size, equal: 0, differences: [] };
  const unchecked = new UncheckedTally();
  const query = { media: true, ...(options.bookIds === undefined ? {} : { bookIds: options.bookIds }) };
  let read = 0;
  // Where nothing was written, what was read for the plan is what is there.
  for await (const record of options.untouched ? target.spool.all() : to.provider.list(query)) {
    stopWhenAborted(options.signal);
    options.onRead(++read);
    const index = wanted.get(record.id);
    if (index === undefined) continue;
    wanted.delete(record.id);
    await compare(options, index, record.card, verified, unchecked);
  }
  for (const index of wanted.values()) {
    const { id, name } = await source.spool.read(index);
    add(verified, { id, name, field: 'contact', expected: 'there', found: 'missing' });
  }
  const rows = unchecked.rows();
  return rows.length === 0 ? verified : { ...verified, unchecked: rows };
}

function add(verified: Verified, difference: Difference): void {
  if (verified.differences.length < MOST) verified.differences.push(difference);
}

async function compare(
  options: VerifyOptions,
  index: number,
  found: Card,
  verified: Verified,
  unchecked: UncheckedTally,
): Promise<void> {
  const { to, source, notes, applied } = options;
  const entry = await source.spool.read(index);
  const outcome = applied.outcomes[index];
  const refused = (outcome?.losses ?? []).filter((loss) => loss.field === 'photo').map((loss) => loss.field);
  const hidden = unreadFields(to, found);
  const unsure = new Set([...(to.definition.unsure ?? []), ...refused, ...hidden]);
  const expected = await expectedCard(options, index, entry.card);
  if (hidden.size > 0) unchecked.add(hidden, writeOnlyFields(to, (await projectCard(to, entry.card)).card));
  const differences = diffCards(expected, found, photoRule(to)).filter((difference) => !unsure.has(difference.field));
  if (differences.length === 0) verified.equal += 1;
  for (const { field, expected: wanted = '', found: got = '' } of differences) {
    add(verified, { id: entry.id, name: entry.name, field, expected: wanted, found: got });
  }
  if (outcome?.status !== 'unchanged') await noteFound(notes, entry.id, found);
}

async function expectedCard(options: VerifyOptions, index: number, source: Card): Promise<Card> {
  const { to, plan, applied, target } = options;
  const outcome = applied.outcomes[index];
  if (outcome?.expected !== undefined) return applied.expected.read(outcome.expected);
  const item = plan.items[index];
  if (outcome?.status === 'unchanged' && item !== undefined) {
    const { card } = await target.spool.read(item.target);
    // Whatever earlier runs found: what the source has must be there.
    return (await desiredFor(to, source, card, undefined))?.expected ?? card;
  }
  return (await projectCard(to, source)).card;
}

/** The base remembers what is really there, so that a server's own touch does not look like a user's change later. */
async function noteFound(notes: Notes | undefined, sourceId: string, found: Card): Promise<void> {
  const base = await notes?.base(sourceId);
  const target = notes?.target(sourceId);
  if (notes === undefined || base === undefined || target === undefined) return;
  const hashes = fieldHashes(found);
  const same =
    Object.keys(hashes).length === Object.keys(base.target).length &&
    Object.entries(hashes).every(([field, hash]) => base.target[field] === hash);
  if (!same) await notes.setPair(sourceId, target, { ...base, target: hashes });
}
