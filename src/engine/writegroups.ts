/** The server's own groups through the one write path. Groups kept as keywords: `groups.ts`. */
import type { Group } from '../model/card.js';
import { NotFound } from '../model/errors.js';
import type { GroupAbility } from '../providers/types.js';
import { requireAbility, requireWritable } from './abilities.js';
import { goneOr, type Step } from './perform.js';
import type { Writer } from './write.js';
import { missing, type WriteContext } from './writecommon.js';

const sameIds = (a: readonly string[], b: readonly string[]): boolean => {
  const ids = new Set(a);
  return ids.size === new Set(b).size && b.every((id) => ids.has(id));
};

export function groupSteps(
  context: WriteContext,
): Pick<Writer, 'createGroup' | 'renameGroup' | 'setMembers' | 'deleteGroup'> {
  const writer = new GroupWriter(context);
  return {
    createGroup: (name, memberIds, bookId, key) => writer.create(name, memberIds, bookId, key),
    renameGroup: (group, name) => writer.rename(group, name),
    setMembers: (group, memberIds) => writer.setMembers(group, memberIds),
    deleteGroup: (group) => writer.delete(group),
  };
}

class GroupWriter {
  readonly #context: WriteContext;
  /** Ids made by this run: none of them is taken for another lost create. */
  readonly #made = new Set<string>();

  constructor(context: WriteContext) {
    this.#context = context;
  }

  #own(): GroupAbility {
    const { connection } = this.#context;
    requireAbility(connection, 'groups');
    requireWritable(connection);
    return connection.provider.groups ?? missing('keep groups of its own');
  }

  async #perform<T>(step: Step<T>): Promise<T> {
    try {
      return await this.#context.performer.perform<T>(step);
    } finally {
      this.#context.memberships.forget();
    }
  }

  async #current(id: string): Promise<Group> {
    const found = (await this.#own().list()).find((group) => group.id === id);
    if (found === undefined) throw new NotFound(`no group ${id}`);
    return found;
  }

  async create(name: string, memberIds: readonly string[], bookId?: string, key?: string): Promise<Group> {
    const groups = this.#own();
    const members = [...new Set(memberIds)];
    const place = bookId === undefined ? {} : { bookId };
    const after: Group = { id: '', name, memberIds: members, ...(bookId === undefined ? {} : { bookIds: [bookId] }) };
    if (this.#context.dryRun) return after;
    const made = await this.#perform<Group>({
      intent: { op: 'group.create', name, after, ...place, ...(key === undefined ? {} : { key }) },
      send: () => groups.create(name, members, bookId),
      settle: () => this.#findLost(groups, name, members),
      outcome: (group) => ({ id: group.id }),
    });
    this.#made.add(made.id);
    return made;
  }

  /** A group of that name with these members, or with some of them: servers take members one by one. */
  async #findLost(groups: GroupAbility, name: string, members: readonly string[]): Promise<Group | undefined> {
    const wanted = new Set(members);
    const candidates = (await groups.list()).filter((group) => group.name === name && !this.#made.has(group.id));
    const whole = candidates.find((group) => sameIds(group.memberIds, members));
    if (whole !== undefined) return whole;
    const part = candidates.find((group) => group.memberIds.every((id) => wanted.has(id)));
    if (part === undefined) return undefined;
    await groups.setMembers(part, members);
    return { ...part, memberIds: [...members] };
  }

  async rename(group: Group, name: string): Promise<void> {
    const groups = this.#own();
    if (this.#context.dryRun || group.name === name) return;
    await this.#perform<true>({
      intent: { op: 'group.rename', id: group.id, before: group, name },
      send: () => groups.rename(group, name).then(() => true),
      settle: async () => ((await this.#current(group.id)).name === name ? true : undefined),
      outcome: () => ({ id: group.id }),
    });
  }

  async setMembers(group: Group, memberIds: readonly string[]): Promise<void> {
    const groups = this.#own();
    const members = [...new Set(memberIds)];
    if (this.#context.dryRun || sameIds(group.memberIds, members)) return;
    await this.#perform<true>({
      intent: { op: 'group.members', id: group.id, before: group, after: { ...group, memberIds: members } },
      send: () => groups.setMembers(group, members).then(() => true),
      settle: async () => (sameIds((await this.#current(group.id)).memberIds, members) ? true : undefined),
      outcome: () => ({ id: group.id }),
    });
  }

  async delete(group: Group): Promise<void> {
    const groups = this.#own();
    if (this.#context.dryRun) return;
    await this.#perform<true>({
      intent: { op: 'group.delete', id: group.id, before: group },
      send: () => groups.delete(group).then(() => true),
      settle: () => goneOr(() => this.#current(group.id), true),
      outcome: () => ({ id: group.id }),
    });
  }
}
