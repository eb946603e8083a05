/** What changed since a token. */
import type { ContactRecord } from '../model/card.js';
import { Unsupported } from '../model/errors.js';
import type { Changes } from '../providers/types.js';
import type { Connection } from './types.js';

export interface ChangesQuery {
  since?: string;
  /** Without `since`: everything as created, and a token from before the reading. */
  all: boolean;
  bookIds?: readonly string[];
}

/**
 * Changes since a token, each contact once, with the next token; without a token the token for now, and with `all`
 * everything as created. The token is taken before the list is read, so that nothing falls in between.
 * @throws Unsupported "NAME has no list of changes"
 */
export async function readChanges(connection: Connection, query: ChangesQuery): Promise<Changes> {
  const { provider, definition } = connection;
  if (provider.changes === undefined) {
    throw new Unsupported(`${definition.name} has no list of changes`, { profile: connection.name });
  }
  if (query.since !== undefined) return once(await provider.changes.since(query.since, query.bookIds));
  const token = await provider.changes.current(query.bookIds);
  const created: ContactRecord[] = [];
  if (query.all) {
    for await (const record of provider.list(query.bookIds === undefined ? {} : { bookIds: query.bookIds }))
      created.push(record);
  }
  return { created, updated: [], removed: [], token };
}

/** The last word on each id: created or updated once, and not also removed. */
export function once(changes: Changes): Changes {
  const removed = new Set(changes.removed);
  const created = new Map(changes.created.map((record) => [record.id, record]));
  const updated = new Map<string, ContactRecord>();
  for (const record of changes.updated) {
    if (created.has(record.id)) created.set(record.id, record);
    else updated.set(record.id, record);
  }
  for (const id of removed) {
    created.delete(id);
    updated.delete(id);
  }
  return { ...changes, created: [...created.values()], updated: [...updated.values()], removed: [...removed] };
}
