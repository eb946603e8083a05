/** Contacts that an undo puts back return to the groups they were in: under their new ids, one write a group. */
import type { Image } from '../store/types.js';
import type { Connection } from './types.js';
import type { Writer } from './write.js';

export class Rejoining {
  /** Old group id to the new ids of its members. */
  readonly #wanted = new Map<string, string[]>();
  /** Ids that mean nobody any more: some servers leave them in their groups. */
  readonly #old = new Set<string>();

  /** The contact of that before-image is there again, as `id`. */
  note({ id: old, groups }: Image, id: string): void {
    if (old !== id) this.#old.add(old);
    for (const group of groups ?? []) {
      const ids = this.#wanted.get(group);
      if (ids === undefined) this.#wanted.set(group, [id]);
      else ids.push(id);
    }
  }

  /**
   * Groups that miss a member, each with the write that brings it back. Lists the groups once, and only when a contact
   * was in one. Groups that are gone stay gone.
   * @param renamed old group id to the id of what was made in its place
   */
  async steps(
    { provider }: Connection,
    writer: Writer,
    renamed: ReadonlyMap<string, string>,
  ): Promise<{ id: string; write(): Promise<void> }[]> {
    if (this.#wanted.size === 0) return [];
    const groups = new Map((await provider.groups?.list())?.map((group) => [group.id, group]));
    return [...this.#wanted].flatMap(([old, ids]) => {
      const group = groups.get(renamed.get(old) ?? old);
      if (group === undefined || ids.every((id) => group.memberIds.includes(id))) return [];
      const members = [...group.memberIds.filter((id) => !this.#old.has(id)), ...ids];
      return [{ id: group.id, write: () => writer.setMembers(group, members) }];
    });
  }
}
