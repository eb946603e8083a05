/** Contacts and groups of a connection as cards, for files. */
import type { Card } from '../model/card.js';
import { put } from '../model/json.js';
import { deriveUid } from '../model/normalize.js';
import { groupModel } from './abilities.js';
import { withKeywords } from './groups.js';
import { readContacts } from './query.js';
import type { Connection, Group, ReadFilter } from './types.js';

export interface ExportOptions {
  /** `cards` (default): the server's groups follow as cards of kind `group`; `keywords`: into their members; `none`. */
  groups?: 'cards' | 'keywords' | 'none';
}

/** Filters that leave contacts out: then only groups with exported members follow. */
const narrows = (filter: ReadFilter): boolean =>
  [filter.group, filter.has, filter.changedSince, filter.query, filter.limit, filter.offset, filter.bookIds].some(
    (value) => value !== undefined,
  );

/** Pictures included; streamed as they are read, groups last. */
export async function* exportCards(
  connection: Connection,
  filter: ReadFilter,
  options: ExportOptions = {},
): AsyncIterable<Card> {
  const mode = groupModel(connection) === 'own' ? (options.groups ?? 'cards') : 'none';
  const groups = mode === 'none' ? [] : ((await connection.provider.groups?.list()) ?? []);
  const names = new Map<string, string[]>();
  if (mode === 'keywords') for (const group of groups) addNames(names, group);
  const wanted = new Set(mode === 'cards' ? groups.flatMap((group) => group.memberIds) : []);
  const uids = new Map<string, string>();
  for await (const record of readContacts(connection, { ...filter, media: true })) {
    if (wanted.has(record.id)) uids.set(record.id, record.card.uid);
    const keywords = names.get(record.id);
    yield keywords === undefined ? record.card : withKeywords(record.card, keywords);
  }
  if (mode !== 'cards') return;
  for (const group of groups) {
    const card = groupCard(connection, group, uids);
    if (!narrows(filter) || Object.keys(card.members ?? {}).length > 0) yield card;
  }
}

function addNames(names: Map<string, string[]>, group: Group): void {
  for (const id of group.memberIds) {
    const list = names.get(id);
    if (list === undefined) names.set(id, [group.name]);
    else list.push(group.name);
  }
}

/** A group as a card; members that were not exported are left out, what is no contact stays as the server wrote it. */
function groupCard(connection: Connection, group: Group, uids: ReadonlyMap<string, string>): Card {
  const members: Record<string, true> = {};
  for (const id of group.memberIds) {
    const uid = uids.get(id);
    if (uid !== undefined) put(members, uid, true);
  }
  for (const foreign of group.foreign ?? []) put(members, foreign, true);
  const uid = deriveUid(connection.definition.name, connection.name, 'group', group.id);
  return { '@type': 'Card', version: '1.0', uid, kind: 'group', name: { full: group.name }, members };
}
