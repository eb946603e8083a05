/** The server's own groups through the one write path. Groups kept as keywords: `groups.ts`. */
import type { Group } from '../model/card.js';
import { requireAbility, requireWritable } from './abilities.js';
import { goneOr } from './perform.js';
import { NotFound } from '../model/errors.js';
import { present, type WriteContext } from './writecommon.js';
import type { Writer } from './write.js';
import type { GroupAbility } from '../providers/types.js';

const sameIds = (a: readonly string[], b: readonly string[]): boolean => {
  const ids = new Set(a);
  return ids.size === new Set(b).size && b.every((id) => ids.has(id));
};

export function groupSteps(
  context: WriteContext,
): Pick<Writer, 'createGroup' | 'renameGroup' | 'setMembers' | 'deleteGroup'> {
  const { connection, performer, dryRun } = context;
  const own = (): GroupAbility => {
    requireAbility(connection, 'groups');
    requireWritable(connection);
    return present(connection.provider.groups, 'keep groups of its own');
  };
  const current = async (id: string): Promise<Group> => {
    const found = (await own().list()).find((group) => group.id === id);
    if (found === undefined) throw new NotFound(`no group ${id}`);
    return found;
  };
  return {
    async createGroup(name, memberIds, bookId, key) {
      const groups = own();
      const members = [...new Set(memberIds)];
      const wanted: Group = {
        id: '',
        name,
        memberIds: members,
        ...(bookId === undefined ? {} : { bookIds: [bookId] }),
      };
      if (dryRun) return wanted;
      const before = new Set((await groups.list()).map((group) => group.id));
      return performer.perform<Group>({
        intent: {
          op: 'group.create',
          name,
          after: wanted,
          ...(bookId === undefined ? {} : { bookId }),
          ...(key === undefined ? {} : { key }),
        },
        send: () => groups.create(name, members, bookId),
        async settle() {
          const found = (await groups.list()).find((group) => group.name === name && !before.has(group.id));
          if (found === undefined || sameIds(found.memberIds, members)) return found;
          await groups.setMembers(found, members);
          return { ...found, memberIds: members };
        },
        outcome: (group) => ({ id: group.id }),
      });
    },
    async renameGroup(group, name) {
      const groups = own();
      if (dryRun || group.name === name) return;
      await performer.perform<true>({
        intent: { op: 'group.rename', id: group.id, before: group, name },
        send: () => groups.rename(group, name).then(() => true),
        settle: async () => ((await current(group.id)).name === name ? true : undefined),
        outcome: () => ({ id: group.id }),
      });
    },
    async setMembers(group, memberIds) {
      const groups = own();
      const members = [...new Set(memberIds)];
      if (dryRun || sameIds(group.memberIds, members)) return;
      await performer.perform<true>({
        intent: { op: 'group.members', id: group.id, before: group, after: { ...group, memberIds: members } },
        send: () => groups.setMembers(group, members).then(() => true),
        settle: async () => (sameIds((await current(group.id)).memberIds, members) ? true : undefined),
        outcome: () => ({ id: group.id }),
      });
    },
    async deleteGroup(group) {
      const groups = own();
      if (dryRun) return;
      await performer.perform<true>({
        intent: { op: 'group.delete', id: group.id, before: group },
        send: () => groups.delete(group).then(() => true),
        settle: () => goneOr(() => current(group.id), true),
        outcome: () => ({ id: group.id }),
      });
    },
  };
}
