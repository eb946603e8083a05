/** Fields that a server takes and may not show again (`ProviderDefinition.writeOnly`): what can be said of them. */
import type { Card } from '../model/card.js';
import { equalCards, fieldHashes } from '../model/normalize.js';
import type { Base, Merged } from './merge.js';
import { photoRule } from './project.js';
import { fieldsOf, setSlice, sliceOf, withoutFields } from './slices.js';
import type { Connection } from './types.js';

const NONE: ReadonlySet<string> = new Set();

/** Write-only fields that the card has something of. */
export function writeOnlyFields(connection: Connection, card: Card): string[] {
  const { writeOnly = [] } = connection.definition;
  if (writeOnly.length === 0) return [];
  const present = fieldsOf(card);
  return writeOnly.filter((field) => present.has(field));
}

/** Write-only fields that a contact as it was read does not show: nobody knows what the server holds there. */
export function unreadFields(connection: Connection, found: Card): ReadonlySet<string> {
  const { writeOnly = [] } = connection.definition;
  if (writeOnly.length === 0) return NONE;
  const shown = new Set(writeOnlyFields(connection, found));
  return new Set(writeOnly.filter((field) => !shown.has(field)));
}

/** Whether a contact as it was read is the wanted one, as far as it shows. */
export function equalAsShown(connection: Connection, wanted: Card, found: Card): boolean {
  const hidden = unreadFields(connection, found);
  return equalCards(hidden.size === 0 ? wanted : withoutFields(wanted, hidden), found, photoRule(connection));
}

/**
 * What to do with a value that the target does not show and nothing is known of: `write` it once, to be remembered, or
 * `leave` it when nothing else is written (the next run would have to write it again).
 */
export type Unread = 'write' | 'leave';

/**
 * Takes out of a merge the fields that the target does not show and that need not be written: with a base those whose
 * value on the source is the one that was written last time; without one, by `unread`, when nothing else changes.
 */
export function leaveUnread(
  connection: Connection,
  merged: Merged,
  known: { source: Card; target: Card; base: Base | undefined; unread: Unread },
): void {
  const hidden = [...unreadFields(connection, known.target)].filter((field) => merged.changed.has(field));
  if (hidden.length === 0) return;
  const { base, target } = known;
  const now = fieldHashes(known.source);
  const others = [...merged.changed].some((field) => !hidden.includes(field));
  for (const field of hidden) {
    merged.conflicts = merged.conflicts.filter((name) => name !== field);
    const due = base === undefined ? others || known.unread === 'write' : base.source[field] !== now[field];
    if (due) continue;
    setSlice(merged.card, field, sliceOf(target, field));
    merged.changed.delete(field);
  }
}

/** A field that could not be verified, and in how many contacts. */
export interface Unchecked {
  field: string;
  contacts: number;
}

export class UncheckedTally {
  readonly #counts = new Map<string, number>();

  /** A contact that does not show `hidden` and was given `written`. */
  add(hidden: ReadonlySet<string>, written: readonly string[]): void {
    for (const field of written) if (hidden.has(field)) this.#counts.set(field, (this.#counts.get(field) ?? 0) + 1);
  }

  rows(): Unchecked[] {
    return [...this.#counts].map(([field, contacts]) => ({ field, contacts }));
  }
}
