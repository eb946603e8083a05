/** The members of a group in order: the server's own order where it sorts groups, else ours. */
import type { ContactRecord } from '../model/card.js';
import type { SortKey } from '../providers/types.js';
import { resolveGroup } from './groups.js';
import { readContacts } from './query.js';
import type { Connection, ReadFilter } from './types.js';

export interface MemberFilter {
  bookIds?: readonly string[];
  sort?: SortKey;
  descending?: boolean;
  media: boolean;
}

/** @throws NotFound for an unknown group, and what the driver throws */
export async function* readMembers(
  connection: Connection,
  name: string,
  { sort, descending = false, ...rest }: MemberFilter,
): AsyncIterable<ContactRecord> {
  const { groups } = connection.provider;
  const filter: ReadFilter = { ...rest, group: name };
  const ids =
    sort === undefined || groups?.sorted === undefined
      ? undefined
      : await groups.sorted(await resolveGroup(connection, name, rest.bookIds), { key: sort, descending });
  if (ids === undefined) {
    yield* readContacts(connection, { ...filter, ...(sort === undefined ? {} : { sort, descending }) });
    return;
  }
  const records = new Map<string, ContactRecord>();
  for await (const record of readContacts(connection, filter)) records.set(record.id, record);
  for (const id of ids) {
    const record = records.get(id);
    if (record !== undefined) yield record;
  }
}
