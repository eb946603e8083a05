/** Which groups a contact is in, for its before-image: read once a run, and only where a contact is deleted. */
import { Unsupported } from '../model/errors.js';
import type { Group } from '../model/card.js';
import type { Connection } from './types.js';

export class Memberships {
  readonly #connection: Connection;
  #groups: Promise<ReadonlyMap<string, readonly string[]>> | undefined;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /**
   * Ids of the server's own groups that hold the contact by its id. Empty where groups hold uids: a contact that comes
   * back under its uid is a member again.
   * @throws what listing the groups throws
   */
  async of(id: string): Promise<readonly string[]> {
    const { groups } = this.#connection.provider;
    if (groups === undefined || groups.membersByUid === true) return [];
    this.#groups ??= groups.list().then(byMember).catch(noneWhereUnsupported);
    return (await this.#groups).get(id) ?? [];
  }

  /** A group was written: what is known of members holds no longer. */
  forget(): void {
    this.#groups = undefined;
  }
}

function byMember(groups: readonly Group[]): Map<string, string[]> {
  const members = new Map<string, string[]>();
  for (const group of groups) {
    for (const id of group.memberIds) {
      const list = members.get(id);
      if (list === undefined) members.set(id, [group.id]);
      else list.push(group.id);
    }
  }
  return members;
}

/** A server on which groups are switched off has none to go back to. */
function noneWhereUnsupported(error: unknown): ReadonlyMap<string, readonly string[]> {
  if (error instanceof Unsupported) return new Map();
  throw error;
}
