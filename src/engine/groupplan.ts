/** Groups of a transfer: lists stay lists, become categories, or come from categories, as the target allows. */
import type { ContactRecord, Group } from '../model/card.js';
import { keywordsOf } from '../model/view.js';
import { groupModel, keepsKeywords } from './abilities.js';
import { GroupEars } from './grouplisten.js';
import { matchingGroups, resolveGroup } from './groups.js';
import type { MigrationState } from './state.js';
import type { Connection, FieldLoss, PlanSummary } from './types.js';
import type { Writer } from './write.js';
import { CardferryError } from '../model/errors.js';
import { itemError } from './reading.js';
import type { ItemError } from './types.js';

/** A group of the source; members by source id. */
export interface SourceGroup {
  key: string;
  name: string;
  members: string[];
  foreign: number;
}

export interface GroupRoute {
  /** How the source's groups arrive. */
  lists: 'lists' | 'keywords' | 'none' | 'lost';
  /** Keywords of the source cannot stay keywords on the target: they become groups. */
  keywordsTravel: boolean;
  groups: SourceGroup[];
  rule: string;
  /** Names of groups that become keywords of a contact. */
  names(sourceId: string): readonly string[];
  /** Hears the groups while the source is listed; `heard` then takes them in. Undefined when they were asked for. */
  ears?: GroupEars;
}

/** Takes in what was heard while the source was listed. */
export function heard(route: GroupRoute): void {
  for (const group of route.ears?.groups() ?? []) route.groups.push(asSource(group));
  if (route.ears !== undefined && route.groups.length === 0) route.lists = 'none';
}

/** The source's own groups by a reading of their own. */
async function readGroups({ provider }: Connection): Promise<Group[]> {
  if (provider.groups !== undefined) return provider.groups.list();
  if (provider.tellsGroups === undefined) return [];
  const ears = new GroupEars();
  for await (const record of ears.hear(provider.list({ onGroup: ears.onGroup }))) void record;
  return ears.groups();
}

/** How groups will travel; asks the source for its lists. */
export async function routeGroups(from: Connection, to: Connection, only: string | undefined): Promise<GroupRoute> {
  const listens = only === undefined && from.provider.tellsGroups === true && to.provider.groups !== undefined;
  const all = listens ? [] : await readGroups(from);
  const wanted = only === undefined ? all : matchingGroups(all, only);
  const groups = wanted.map((group) => asSource(group));
  const keywordsTravel = to.provider.groups !== undefined && !keepsKeywords(to.provider);
  const lists =
    groups.length === 0 && !listens
      ? 'none'
      : to.provider.groups !== undefined
        ? 'lists'
        : keepsKeywords(to.provider)
          ? 'keywords'
          : 'lost';
  const byMember = new Map<string, string[]>();
  if (lists === 'keywords') {
    for (const group of groups) for (const id of group.members) push(byMember, id, group.name);
  }
  return {
    lists,
    keywordsTravel,
    groups,
    rule: ruleOf(to, lists, keywordsTravel),
    names: (id) => byMember.get(id) ?? [],
    ...(listens ? { ears: new GroupEars() } : {}),
  };
}

function asSource(group: Group): SourceGroup {
  return {
    key: group.id,
    name: group.name,
    members: [...new Set(group.memberIds)],
    foreign: group.foreign?.length ?? 0,
  };
}

function ruleOf(to: Connection, lists: GroupRoute['lists'], keywordsTravel: boolean): string {
  const name = to.definition.name;
  if (lists === 'keywords') return `groups become categories of their members: ${name} keeps groups that way`;
  if (lists === 'lost') return `groups are not kept: ${name} has none (their names and members go to the leftovers)`;
  if (keywordsTravel) return `groups stay groups; categories become groups too: ${name} has no categories`;
  return groupModel(to) === 'none' ? `${name} has no groups` : 'groups stay groups, categories stay categories';
}

/** Test for `--group`: members of the group on the source. */
export async function memberTest(
  from: Connection,
  group: string | undefined,
): Promise<(record: ContactRecord) => boolean> {
  if (group === undefined) return () => true;
  if (groupModel(from) === 'keywords') {
    const { name } = await resolveGroup(from, group);
    return (record) => keywordsOf(record.card).includes(name);
  }
  const members = new Set((await resolveGroup(from, group)).memberIds);
  return (record) => members.has(record.id);
}

/** The groups that are to be on the target as lists: the source's own, and keywords that travel. Same names are one. */
export function listedGroups(route: GroupRoute, keywords: ReadonlyMap<string, string[]>): SourceGroup[] {
  const groups = route.lists === 'lists' ? route.groups.map((group) => ({ ...group })) : [];
  const byName = new Map(groups.map((group) => [group.name, group]));
  for (const [keyword, members] of keywords) {
    const twin = byName.get(keyword);
    if (twin === undefined) groups.push({ key: `keyword:${keyword}`, name: keyword, members, foreign: 0 });
    else twin.members = [...new Set([...twin.members, ...members])];
  }
  return groups;
}

/** Groups that are lost, as a row of the plan's losses. */
export function lostGroups(route: GroupRoute): FieldLoss[] {
  if (route.lists !== 'lost') return [];
  const contacts = new Set(route.groups.flatMap((group) => group.members)).size;
  const examples = route.groups
    .slice(0, 3)
    .map((group) => ({ contact: group.name, value: `${group.members.length} members` }));
  return [{ field: 'groups', kind: 'dropped', contacts, examples }];
}

export interface GroupStep {
  group: SourceGroup;
  /** What the target has; undefined when the group is to be made. */
  found?: Group;
  action: 'create' | 'update' | 'unchanged';
}

/**
 * `mapped` gives the target id of a source contact, undefined while it is not there yet.
 * @param read the target's groups, when they are known already
 */
export async function planGroups(
  to: Connection,
  groups: readonly SourceGroup[],
  state: Pick<MigrationState, 'group'> | undefined,
  mapped: (sourceId: string) => string | undefined,
  read?: readonly Group[],
): Promise<GroupStep[]> {
  if (groups.length === 0 || to.provider.groups === undefined) return [];
  const existing = read ?? (await to.provider.groups.list());
  const byId = new Map(existing.map((found) => [found.id, found]));
  const byName = new Map<string, Group[]>();
  for (const candidate of [...existing].reverse()) push(byName, candidate.name, candidate);
  return groups.map((group) => {
    const known = state?.group(group.key);
    const found = byId.get(known?.target ?? '') ?? firstFree(byName.get(group.name), byId);
    if (found === undefined) return { group, action: 'create' };
    byId.delete(found.id);
    const { ids, complete } = membersFor(group, found, known?.members ?? [], mapped);
    const same = complete && found.name === group.name && sameSet(ids, found.memberIds);
    return { group, found, action: same ? 'unchanged' : 'update' };
  });
}

function push<T>(lists: Map<string, T[]>, key: string, value: T): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}

/** The next of several groups of one name that is still to be had. */
function firstFree(list: Group[] | undefined, free: ReadonlyMap<string, Group>): Group | undefined {
  let group = list?.pop();
  while (group !== undefined && !free.has(group.id)) group = list?.pop();
  return group;
}

const sameSet = (a: readonly string[], b: readonly string[]): boolean => {
  const all = new Set(a);
  return all.size === new Set(b).size && b.every((id) => all.has(id));
};

/** The source's members, and those of the target that never came from the source. */
function membersFor(
  group: SourceGroup,
  found: Group | undefined,
  brought: readonly string[],
  mapped: (sourceId: string) => string | undefined,
): { ids: string[]; mine: string[]; complete: boolean; missing: string[] } {
  const missing = group.members.filter((id) => mapped(id) === undefined);
  const mine = group.members.flatMap((id) => mapped(id) ?? []);
  const earlier = new Set(brought);
  const theirs = (found?.memberIds ?? []).filter((id) => !earlier.has(id));
  return { ids: [...new Set([...theirs, ...mine])], mine, complete: missing.length === 0, missing };
}

export interface GroupResult {
  step: GroupStep;
  id?: string;
  error?: ItemError;
  /** Members that are not on the target. */
  missing: string[];
}

/** Brings one group to the target. Per-group failures are in the result; errors that stop a run are thrown. */
export async function applyGroup(
  step: GroupStep,
  writer: Writer,
  state: MigrationState | undefined,
  mapped: (sourceId: string) => string | undefined,
  stops: (error: unknown) => boolean,
): Promise<GroupResult> {
  const { group, found } = step;
  const known = state?.group(group.key);
  const { ids, mine, missing } = membersFor(group, found, known?.members ?? [], mapped);
  try {
    let id = found?.id;
    if (found === undefined) id = (await writer.createGroup(group.name, ids, undefined, group.key)).id;
    else {
      if (found.name !== group.name) await writer.renameGroup(found, group.name);
      await writer.setMembers({ ...found, name: group.name }, ids);
    }
    const noted = known !== undefined && known.target === id && sameSet(known.members, mine);
    if (id !== undefined && !noted) await state?.setGroup(group.key, id, mine);
    return { step, missing, ...(id === undefined ? {} : { id }) };
  } catch (error) {
    if (stops(error) || !(error instanceof CardferryError)) throw error;
    return { step, missing, error: itemError(error) };
  }
}

export function groupCounts(steps: readonly GroupStep[], rule: string): PlanSummary['groups'] {
  const count = (action: GroupStep['action']): number => steps.filter((step) => step.action === action).length;
  return { create: count('create'), update: count('update'), unchanged: count('unchanged'), rule };
}
