/** Groups over both models: the server's own lists, or keywords (categories) of its contacts seen as groups. */
import type { Card, ContactRecord, Group } from '../model/card.js';
import { Conflict, InputError, NotFound, UsageError } from '../model/errors.js';
import { cloneJson, put } from '../model/json.js';
import { nearest } from '../model/nearest.js';
import { foldText } from '../model/normalize.js';
import { keywordsOf } from '../model/view.js';
import { groupModel, requireAbility, requireWritable } from './abilities.js';
import { forEachLimited } from './pool.js';
import { projectNow } from './project.js';
import type { Connection } from './types.js';
import type { Writer } from './write.js';

/**
 * All groups. Keyword groups have the keyword as id and name; finding them lists all contacts.
 * @throws Unsupported "NAME has no groups"
 */
export async function listGroups(connection: Connection, bookIds?: readonly string[]): Promise<Group[]> {
  requireAbility(connection, 'groups');
  const query = bookIds === undefined ? {} : { bookIds };
  if (connection.provider.groups !== undefined) return connection.provider.groups.list(query);
  const groups = new Map<string, Group>();
  for await (const record of connection.provider.list(query)) {
    for (const keyword of keywordsOf(record.card)) {
      let group = groups.get(keyword);
      if (group === undefined) groups.set(keyword, (group = { id: keyword, name: keyword, memberIds: [] }));
      group.memberIds.push(record.id);
    }
  }
  return [...groups.values()].sort((a, b) => (foldText(a.name) < foldText(b.name) ? -1 : 1));
}

/** Groups that a text fits: by id, else by exact name, else by folded name. */
export function matchingGroups(groups: readonly Group[], nameOrId: string): Group[] {
  const folded = foldText(nameOrId);
  const tests: ((group: Group) => boolean)[] = [
    (group) => group.id === nameOrId,
    (group) => group.name === nameOrId,
    (group) => foldText(group.name) === folded,
  ];
  for (const test of tests) {
    const found = groups.filter(test);
    if (found.length > 0) return found;
  }
  return [];
}

/**
 * The one group a name or id fits.
 * @throws NotFound with the nearest name; UsageError when several fit; Unsupported
 */
export async function resolveGroup(
  connection: Connection,
  nameOrId: string,
  bookIds?: readonly string[],
): Promise<Group> {
  const groups = await listGroups(connection, bookIds);
  const found = matchingGroups(groups, nameOrId);
  const [group] = found;
  if (group === undefined) {
    const near = nearest(
      nameOrId,
      groups.map((entry) => entry.name),
    );
    throw new NotFound(`no group "${nameOrId}"`, {
      profile: connection.name,
      hint: near === undefined ? 'cardferry group list shows the groups' : `did you mean "${near}"?`,
    });
  }
  if (found.length > 1) {
    throw new UsageError(`several groups are called "${nameOrId}"`, {
      profile: connection.name,
      hint: `name one by its id: ${found
        .slice(0, 10)
        .map((entry) => entry.id)
        .join(', ')}`,
    });
  }
  return group;
}

const named = (name: string): string => {
  if (name.trim() === '') throw new UsageError('a group needs a name');
  return name.trim();
};

const idsOf = (records: readonly ContactRecord[]): string[] => [...new Set(records.map((record) => record.id))];

/** @throws Unsupported "NAME has no groups", UsageError when read-only; both before any request */
function editable(connection: Connection): 'own' | 'keywords' {
  requireAbility(connection, 'groups');
  requireWritable(connection);
  return groupModel(connection) === 'own' ? 'own' : 'keywords';
}

async function refuseTwin(connection: Connection, name: string, except?: string): Promise<void> {
  const twin = (await listGroups(connection)).find((group) => group.name === name && group.id !== except);
  if (twin === undefined) return;
  throw new Conflict(`there is a group "${name}" already`, {
    profile: connection.name,
    hint: `cardferry group add "${name}" ID… puts contacts into it`,
  });
}

/**
 * Makes a group with these members.
 * @throws Conflict when one of that name exists; UsageError for an empty group where groups are keywords
 */
export async function createGroup(
  connection: Connection,
  writer: Writer,
  name: string,
  members: readonly ContactRecord[],
  bookId?: string,
): Promise<Group> {
  const model = editable(connection);
  const wanted = named(name);
  if (model === 'own') {
    await refuseTwin(connection, wanted);
    return writer.createGroup(wanted, idsOf(members), bookId);
  }
  if (members.length === 0) {
    throw new UsageError(
      `${connection.definition.name} keeps groups as categories of contacts: an empty one cannot exist`,
      {
        profile: connection.name,
        hint: `name its first contacts: cardferry group create "${wanted}" ID…`,
      },
    );
  }
  checkKeyword(connection, wanted);
  await refuseTwin(connection, wanted);
  await changeKeywords(connection, writer, members, [wanted], []);
  return { id: wanted, name: wanted, memberIds: idsOf(members) };
}

/** @returns the same object when it is called that already. @throws Conflict when another group has that name */
export async function renameGroup(connection: Connection, writer: Writer, group: Group, name: string): Promise<Group> {
  const model = editable(connection);
  const wanted = named(name);
  if (wanted === group.name) return group;
  if (model === 'keywords') checkKeyword(connection, wanted);
  await refuseTwin(connection, wanted, group.id);
  if (model === 'own') {
    await writer.renameGroup(group, wanted);
    return { ...group, name: wanted };
  }
  await changeKeywords(connection, writer, group.memberIds, [wanted], [group.name]);
  return { ...group, id: wanted, name: wanted };
}

/** The group goes, its contacts stay. */
export async function deleteGroup(connection: Connection, writer: Writer, group: Group): Promise<void> {
  if (editable(connection) === 'own') await writer.deleteGroup(group);
  else await changeKeywords(connection, writer, group.memberIds, [], [group.name]);
}

/** Contacts that are members already stay so. @returns the same object when all are */
export async function addMembers(
  connection: Connection,
  writer: Writer,
  group: Group,
  records: readonly ContactRecord[],
): Promise<Group> {
  const model = editable(connection);
  const members = new Set(group.memberIds);
  const joining = records.filter((record) => !members.has(record.id));
  if (joining.length === 0) return group;
  const memberIds = [...members, ...idsOf(joining)];
  if (model === 'own') await writer.setMembers(group, memberIds);
  else await changeKeywords(connection, writer, joining, [group.name], []);
  return { ...group, memberIds };
}

/** Contacts that are no members are passed over. @returns the same object when none is */
export async function removeMembers(
  connection: Connection,
  writer: Writer,
  group: Group,
  records: readonly ContactRecord[],
): Promise<Group> {
  const model = editable(connection);
  const members = new Set(group.memberIds);
  const leaving = records.filter((record) => members.has(record.id));
  if (leaving.length === 0) return group;
  const gone = new Set(idsOf(leaving));
  const memberIds = group.memberIds.filter((id) => !gone.has(id));
  if (model === 'own') await writer.setMembers(group, memberIds);
  else await changeKeywords(connection, writer, leaving, [], [group.name]);
  return { ...group, memberIds };
}

/** The card with keywords added and removed. */
export function withKeywords(card: Card, add: Iterable<string>, remove: ReadonlySet<string> = new Set()): Card {
  const next = cloneJson(card);
  const keywords: Record<string, true> = {};
  for (const keyword of [...keywordsOf(card).filter((name) => !remove.has(name)), ...add]) put(keywords, keyword, true);
  if (Object.keys(keywords).length === 0) delete next.keywords;
  else next.keywords = keywords;
  return next;
}

/** Changes the keywords of contacts, given as records or by id. */
async function changeKeywords(
  connection: Connection,
  writer: Writer,
  contacts: readonly (ContactRecord | string)[],
  add: readonly string[],
  remove: readonly string[],
): Promise<void> {
  const { provider, definition } = connection;
  const removed = new Set(remove);
  await forEachLimited(contacts, definition.limits.concurrency, async (contact) => {
    const record = typeof contact === 'string' ? await provider.get(contact) : contact;
    await writer.update(record, withKeywords(record.card, add, removed));
  });
}

/** @throws InputError when the server's categories cannot hold the name (commas, line breaks) */
function checkKeyword(connection: Connection, name: string): void {
  const probe: Card = {
    '@type': 'Card',
    version: '1.0',
    uid: 'probe',
    name: { full: 'Probe' },
    emails: { e1: { address: 'probe@example.org' } },
  };
  if (keywordsOf(projectNow(connection, withKeywords(probe, [name])).card).includes(name)) return;
  throw new InputError(`${connection.definition.name} cannot store a category called "${name}"`, {
    profile: connection.name,
    hint: 'try it without commas and line breaks',
  });
}
