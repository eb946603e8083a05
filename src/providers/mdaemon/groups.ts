/** Groups: contacts with `group: true` and a list of members (vendor page "Contacts"). */
import type { Group } from '../../model/card.js';
import { NotFound } from '../../model/errors.js';
import { displayName, emailsOf } from '../../model/view.js';
import type { GroupAbility } from '../types.js';
import { pathOf } from './api.js';
import type { Api } from './api.js';
import type { Folders } from './folders.js';
import type { Member, Native } from './map.js';
import type { Reader } from './read.js';
import { createNative } from './write.js';

/** Up to so many unknown members are read one by one; for more, listing the folder takes fewer requests. */
const ONE_BY_ONE = 3;

function memberOf(native: Native): Member {
  return { guid: native.id, name: displayName(native.card), email: emailsOf(native.card)[0] ?? '' };
}

/** A member that is no contact of ours, as the server wrote it. */
function foreignText({ name, email }: Member): string {
  if (email === '') return name;
  return name === '' || name === email ? email : `${name} <${email}>`;
}

/**
 * @param known ids of contacts that exist; undefined when not all of them were read, then every guid counts as one
 */
function groupOf(native: Native, members: readonly Member[], folder: string, known: ReadonlySet<string> | undefined): Group {
  const ours = (member: Member): boolean => member.guid !== '' && known?.has(member.guid) !== false;
  const foreign = members.filter((member) => !ours(member)).map(foreignText).filter((text) => text !== '');
  return {
    id: native.id,
    name: native.name,
    memberIds: [...new Set(members.filter(ours).map((member) => member.guid))],
    bookIds: [native.folder ?? folder],
    ...(foreign.length > 0 ? { foreign } : {}),
  };
}

export function openGroups(api: Api, folders: Folders, reader: Reader): GroupAbility {
  /** The group as it is now. @throws NotFound */
  const current = async ({ id, bookIds }: Pick<Group, 'id' | 'bookIds'>): Promise<{ members: Member[]; name: string; folder: string }> => {
    const { native, folder } = await reader.find(id, bookIds?.[0]);
    if (!native.group) throw new NotFound('this is a contact, not a group', { contact: id });
    return { members: native.members ?? [], name: native.name, folder };
  };

  /** "All the group members need to be included": what is not sent is lost. */
  const put = async (id: string, folder: string, name: string, members: readonly Member[]): Promise<void> => {
    const path = pathOf('contacts', folder, 'contact', id);
    const json = { group: true, name, members };
    await api.write({ method: 'PUT', path, json, repeat: 'idempotent', what: 'update the group', contact: id });
  };

  const scanFor = async (ids: Set<string>, folder: string, found: Map<string, Member>): Promise<void> => {
    for await (const native of reader.scan(folder)) {
      if (!ids.delete(native.id)) continue;
      found.set(native.id, memberOf(native));
      if (ids.size === 0) return;
    }
  };

  /** Members with name and address for contact ids, in their order. @throws NotFound */
  const lookUp = async (ids: readonly string[], known: readonly Member[], folder: string): Promise<Member[]> => {
    const found = new Map(known.filter(({ guid }) => guid !== '').map((member) => [member.guid, member]));
    const missing = new Set(ids.filter((id) => !found.has(id)));
    if (missing.size > ONE_BY_ONE) await scanFor(missing, folder, found);
    await Promise.all(
      [...missing].map(async (id) => {
        const { native } = await reader.find(id);
        if (native.group) throw new NotFound('a group cannot be a member of a group', { contact: id });
        found.set(id, memberOf(native));
      }),
    );
    return [...new Set(ids)].flatMap((id) => found.get(id) ?? []);
  };

  /** Groups of one folder, and the ids of its contacts. Lists that leave members out are completed one by one. */
  const readFolder = async (folder: string, contacts: Set<string>): Promise<{ native: Native; members: Member[]; folder: string }[]> => {
    const natives: Native[] = [];
    for await (const native of reader.scan(folder)) {
      if (native.group) natives.push(native);
      else contacts.add(native.id);
    }
    return Promise.all(
      natives.map(async (native) => {
        const members = native.members ?? (await reader.find(native.id, native.folder ?? folder)).native.members ?? [];
        return { native, members, folder };
      }),
    );
  };

  return {
    async list(query) {
      const own = await folders.own();
      const wanted = query?.bookIds ?? own;
      const contacts = new Set<string>();
      const found = [];
      for (const folder of wanted) found.push(...(await readFolder(folder, contacts)));
      const complete = own.every((id) => wanted.includes(id));
      return found.map(({ native, members, folder }) => groupOf(native, members, folder, complete ? contacts : undefined));
    },

    async create(name, memberIds, bookId) {
      const folder = bookId ?? (await folders.forWriting());
      const members = await lookUp(memberIds, [], folder);
      const id = await createNative(api, folder, { group: true, name, members }, 'create the group');
      reader.places.set(id, folder);
      return { id, name, memberIds: members.map(({ guid }) => guid), bookIds: [folder] };
    },

    async rename(group, name) {
      const { members, folder } = await current(group);
      await put(group.id, folder, name, members);
    },

    async setMembers(group, memberIds) {
      const { members, name, folder } = await current(group);
      const foreign = new Set(group.foreign ?? []);
      const stays = members.filter((member) => member.guid === '' || foreign.has(foreignText(member)));
      const next = await lookUp(memberIds, members, folder);
      const chosen = new Set(next.map(({ guid }) => guid));
      await put(group.id, folder, name, [...next, ...stays.filter(({ guid }) => guid === '' || !chosen.has(guid))]);
    },

    async delete(group) {
      const { folder } = await current(group);
      const path = pathOf('contacts', folder, 'contact', group.id);
      try {
        await api.write({ method: 'DELETE', path, repeat: 'idempotent', what: 'delete the group', contact: group.id });
      } catch (error) {
        // Read just now: gone means that our first try was done and its answer lost.
        if (!(error instanceof NotFound)) throw error;
      }
      reader.places.delete(group.id);
    },
  };
}
