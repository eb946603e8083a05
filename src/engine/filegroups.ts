/** Groups of a contacts file: cards of kind `group` whose members are uids (RFC 9553, section 2.1.6). */
import type { Card, Group } from '../model/card.js';
import { NotFound } from '../model/errors.js';
import { put } from '../model/json.js';
import { newUid, uidKey } from '../model/normalize.js';
import { IdSet } from './idset.js';
import { fullName } from '../model/view.js';
import type { GroupAbility } from '../providers/types.js';

interface FileGroup {
  id: string;
  uid: string;
  name: string;
  /** Uids as the file writes them. */
  members: string[];
  /** The card as it was read: what else it says stays. */
  card?: Card;
}

/** Filled while the file is read; members are kept as uids and shown as ids. */
export class FileGroups {
  readonly #scan: () => Promise<unknown>;
  #groups = new Map<string, FileGroup>();
  #reading = new Map<string, FileGroup>();
  #taken = new IdSet();
  #loaded = false;
  /** Contact id to uid, and uid key to contact id. */
  readonly #uids = new Map<string, string>();
  readonly #ids = new Map<string, string>();

  constructor(scan: () => Promise<unknown>) {
    this.#scan = scan;
  }

  /** A pass over the file begins. */
  begin(): void {
    this.#reading = new Map();
    this.#taken = new IdSet();
  }

  contact(id: string, uid: string): void {
    this.#uids.set(id, uid);
    if (!this.#ids.has(uidKey(uid))) this.#ids.set(uidKey(uid), id);
  }

  forget(id: string): void {
    const uid = this.#uids.get(id);
    this.#uids.delete(id);
    if (uid !== undefined && this.#ids.get(uidKey(uid)) === id) this.#ids.delete(uidKey(uid));
  }

  found(card: Card): void {
    const id = this.#taken.take(uidKey(card.uid));
    const members = Object.keys(card.members ?? {});
    this.#reading.set(id, { id, uid: card.uid, name: fullName(card), members, card });
  }

  /** The pass came to its end. Groups that were edited since the file was written are not replaced. */
  complete(): void {
    if (!this.#loaded) this.#groups = this.#reading;
    this.#loaded = true;
  }

  reset(): void {
    this.#groups = new Map();
    this.#uids.clear();
    this.#ids.clear();
    this.#loaded = false;
  }

  /** Reads the file once, when that was not done yet. */
  async load(): Promise<void> {
    if (this.#loaded) return;
    await this.#scan();
    this.#loaded = true;
  }

  async #one(id: string): Promise<FileGroup> {
    await this.load();
    const group = this.#groups.get(id);
    if (group === undefined) throw new NotFound(`no group "${id}"`);
    return group;
  }

  ability(touched: () => void): GroupAbility {
    const uidOf = (id: string): string => this.#uids.get(id) ?? id;
    return {
      list: async () => {
        await this.load();
        return [...this.#groups.values()].map((group) => this.#shown(group));
      },
      create: async (name, memberIds) => {
        await this.load();
        const uid = newUid();
        const group: FileGroup = { id: uidKey(uid), uid, name, members: memberIds.map(uidOf) };
        this.#groups.set(group.id, group);
        touched();
        return this.#shown(group);
      },
      rename: async ({ id }, name) => {
        const group = await this.#one(id);
        group.name = name;
        touched();
      },
      setMembers: async ({ id }, memberIds) => {
        const group = await this.#one(id);
        const foreign = group.members.filter((uid) => !this.#ids.has(uidKey(uid)));
        group.members = [...memberIds.map(uidOf), ...foreign];
        touched();
      },
      delete: async ({ id }) => {
        await this.#one(id);
        this.#groups.delete(id);
        touched();
      },
    };
  }

  #shown({ id, name, members }: FileGroup): Group {
    const memberIds = members.flatMap((uid) => this.#ids.get(uidKey(uid)) ?? []);
    const foreign = members.filter((uid) => !this.#ids.has(uidKey(uid)));
    return { id, name, memberIds, ...(foreign.length === 0 ? {} : { foreign }) };
  }

  /** The groups as cards, for writing the file. */
  *cards(): Iterable<Card> {
    for (const { uid, name, members, card } of this.#groups.values()) {
      const all: Record<string, true> = {};
      for (const member of members) put(all, member, true);
      const named = card !== undefined && fullName(card) === name ? card.name : undefined;
      yield {
        '@type': 'Card',
        version: '1.0',
        ...card,
        uid,
        kind: 'group',
        name: named ?? { full: name },
        members: all,
      };
    }
  }
}
