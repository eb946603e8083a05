/** Groups: contacts with `group: true` and a list of members (vendor page "Contacts"). */
import type { Group } from '../../model/card.js';
import { NotFound } from '../../model/errors.js';
import type { GroupAbility } from '../types.js';
import { pathOf } from './api.js';
import type { Api } from './api.js';
import type { Folders } from './folders.js';
import { foreignText, memberOf, uidOf } from './map.js';
import type { Member, Native } from './map.js';
import type { Reader } from './read.js';
import { createNative } from './write.js';

/** Up to so many unknown members are read one by one; for more, listing the folder takes fewer requests. */
const ONE_BY_ONE = 3;

/**
 * @param known ids of contacts that exist; undefined when not all of them were read, then every guid counts as one
 */
function groupOf(
  native: Native,
  members: readonly Member[],
  folder: string,
  known: ReadonlySet<string> | undefined,
): Group {
  const ours = (member: Member): boolean => member.guid !== '' && known?.has(member.guid) !== false;
  const foreign = members
    .filter((member) => !ours(member))
    .map(foreignText)
    .filter((text) => text !== '');
  return {
    id: native.id,
    name: native.name,
    memberIds: [...new Set(members.filter(ours).map((member) => member.guid))],
    bookIds: [native.folder ?? folder],
    ...(foreign.length > 0 ? { foreign } : {}),
  };
}

interface Current {
  members: Member[];
  name: string;
  folder: string;
}

interface Listed {
  native: Native;
  members: readonly Member[];
  folder: string;
}

export class Groups implements GroupAbility {
  /** Set where the profile lets the server sort. */
  sorted?: NonNullable<GroupAbility['sorted']>;
  /** Members by contact id, as folders were scanned: many groups need each folder once. */
  private readonly scanned = new Map<string, Member>();
  private readonly scannedFolders = new Set<string>();

  constructor(
    private readonly api: Api,
    private readonly folders: Folders,
    private readonly reader: Reader,
  ) {}

  async list(query?: { bookIds?: readonly string[] }): Promise<Group[]> {
    const own = await this.folders.own();
    const wanted = query?.bookIds ?? own;
    const contacts = new Set<string>();
    const found: Listed[] = [];
    for (const folder of wanted) found.push(...(await this.readFolder(folder, contacts)));
    const known = own.every((id) => wanted.includes(id)) ? contacts : undefined;
    return found.map(({ native, members, folder }) => groupOf(native, members, folder, known));
  }

  async create(name: string, memberIds: readonly string[], bookId?: string): Promise<Group> {
    const folder = bookId ?? (await this.folders.forWriting());
    const members = await this.lookUp(memberIds, [], folder);
    const id = await createNative(this.api, folder, { group: true, name, members }, 'create the group');
    this.reader.places.set(id, folder);
    return { id, name, memberIds: members.map(({ guid }) => guid), bookIds: [folder] };
  }

  async rename(group: Group, name: string): Promise<void> {
    const { members, folder } = await this.current(group);
    await this.put(group.id, folder, name, members);
  }

  async setMembers(group: Group, memberIds: readonly string[]): Promise<void> {
    const { members, name, folder } = await this.current(group);
    const foreign = new Set(group.foreign ?? []);
    const next = await this.lookUp(memberIds, members, folder);
    const chosen = new Set(next.map(({ guid }) => guid));
    const names = new Set(next.map(foreignText));
    // A contact that was deleted may stay in its groups; put back under another id it takes that place.
    const stays = (member: Member): boolean => {
      const text = foreignText(member);
      return !chosen.has(member.guid) && !names.has(text) && (foreign.has(text) || foreign.has(uidOf(member.guid)));
    };
    const others = members.filter((member) => member.guid === '' || stays(member));
    await this.put(group.id, folder, name, [...next, ...others]);
  }

  async delete(group: Group): Promise<void> {
    const { id } = group;
    const { folder } = await this.current(group);
    const path = pathOf('contacts', folder, 'contact', id);
    try {
      await this.api.write({ method: 'DELETE', path, repeat: 'idempotent', what: 'delete the group', contact: id });
    } catch (error) {
      // Read just now: gone means that our first try was done and its answer lost.
      if (!(error instanceof NotFound)) throw error;
    }
    this.reader.places.delete(id);
  }

  /** The group as it is now. @throws NotFound */
  private async current({ id, bookIds }: Group): Promise<Current> {
    const { native, folder } = await this.reader.find(id, bookIds?.[0]);
    if (!native.group) throw new NotFound('this is a contact, not a group', { contact: id });
    return { members: native.members ?? [], name: native.name, folder };
  }

  /** "All the group members need to be included": what is not sent is lost. */
  private async put(id: string, folder: string, name: string, members: readonly Member[]): Promise<void> {
    const path = pathOf('contacts', folder, 'contact', id);
    const json = { group: true, name, members };
    await this.api.write({ method: 'PUT', path, json, repeat: 'idempotent', what: 'update the group', contact: id });
  }

  /** Members with name and address for contact ids, in their order. @throws NotFound */
  private async lookUp(ids: readonly string[], known: readonly Member[], folder: string): Promise<Member[]> {
    const found = new Map(known.filter(({ guid }) => guid !== '').map((member) => [member.guid, member]));
    const missing = new Set(ids.filter((id) => !found.has(id)));
    this.take(missing, found);
    const byFolder = new Map<string, number>();
    for (const id of missing) {
      const place = this.reader.places.get(id) ?? folder;
      byFolder.set(place, (byFolder.get(place) ?? 0) + 1);
    }
    for (const [place, count] of byFolder) if (count > ONE_BY_ONE) await this.scanFor(missing, place, found);
    const read = async (id: string): Promise<void> => {
      const { native } = await this.reader.find(id);
      if (native.group) throw new NotFound('a group cannot be a member of a group', { contact: id });
      found.set(id, memberOf(id, native.card));
    };
    await Promise.all([...missing].map(read));
    return [...new Set(ids)].flatMap((id) => found.get(id) ?? []);
  }

  /** Moves what is known from scans. */
  private take(missing: Set<string>, found: Map<string, Member>): void {
    for (const id of missing) {
      const member = this.scanned.get(id) ?? this.reader.made.get(id);
      if (member === undefined) continue;
      found.set(id, member);
      missing.delete(id);
    }
  }

  /** The first scan of a folder ends when all are found; the next one reads it to its end, so that there is no third. */
  private async scanFor(missing: Set<string>, folder: string, found: Map<string, Member>): Promise<void> {
    const again = this.scannedFolders.has(folder);
    this.scannedFolders.add(folder);
    let left = missing.size;
    for await (const native of this.reader.scan(folder)) {
      if (native.group) continue;
      this.scanned.set(native.id, memberOf(native.id, native.card));
      if (missing.has(native.id)) left -= 1;
      if (left === 0 && !again) break;
    }
    this.take(missing, found);
  }

  /** Groups of one folder; ids of its contacts are added. Lists that leave members out are completed one by one. */
  private async readFolder(folder: string, contacts: Set<string>): Promise<Listed[]> {
    const natives: Native[] = [];
    for await (const native of this.reader.scan(folder)) {
      if (native.group) natives.push(native);
      else contacts.add(native.id);
    }
    return Promise.all(
      natives.map(async (native) => ({ native, members: await this.reader.membersOf(native, folder), folder })),
    );
  }
}
