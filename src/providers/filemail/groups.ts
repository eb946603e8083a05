/** Groups: Filemail's own lists. Who is in them is told by the contacts (vendor page "Contacts"). */
import { asArray } from '../../http/check.js';
import type { Group } from '../../model/card.js';
import { NotFound, UnknownOutcome } from '../../model/errors.js';
import type { GroupAbility } from '../types.js';
import { orUnknown, type Api, type Call } from './api.js';
import { BOOK, parseGroup, type Reader } from './read.js';
import { deleteOnce, requireBook } from './write.js';

export class Groups implements GroupAbility {
  /** Members by group id, as this connection read and wrote them last. */
  private readonly members = new Map<string, Set<string>>();

  constructor(
    private readonly api: Api,
    private readonly reader: Reader,
    private readonly concurrency: number,
  ) {}

  /** Two requests, one when the contacts were just read. Members in the order of the contacts. */
  async list(query?: { bookIds?: readonly string[] }): Promise<Group[]> {
    if (query?.bookIds !== undefined && !query.bookIds.includes(BOOK.id)) return [];
    const what = 'list groups';
    const fields = await this.api.call({ path: 'contacts/group/get', repeat: 'safe', what });
    const found = asArray(fields.get('groups') ?? [], `${what}: groups`).map((item, index) =>
      parseGroup(item, `${what}: groups[${index}]`),
    );
    const members = new Map(found.map(({ id }) => [id, new Set<string>()]));
    if (found.length > 0) {
      for (const contact of (await this.reader.all()).values()) {
        for (const groupId of contact.groupIds) members.get(groupId)?.add(contact.id);
      }
    }
    this.members.clear();
    for (const [id, set] of members) this.members.set(id, set);
    const distinct = new Map(found.map((group) => [group.id, group]));
    return [...distinct.values()].map(({ id, name }) => ({
      id,
      name,
      memberIds: [...(members.get(id) ?? [])],
      bookIds: [BOOK.id],
    }));
  }

  async create(name: string, memberIds: readonly string[], bookId?: string): Promise<Group> {
    requireBook(bookId);
    const what = 'create the group';
    const fields = await this.api.call({ path: 'contacts/group/add', form: { name }, repeat: 'never', what });
    const made = orUnknown(what, () =>
      asArray(fields.get('groups'), `${what}: groups`).map((item, index) =>
        parseGroup(item, `${what}: groups[${index}]`),
      ),
    );
    // The sample shows the new group alone; of more it is the one that was not known.
    const fresh = made.length === 1 ? made : made.filter((group) => group.name === name && !this.members.has(group.id));
    const [group] = fresh;
    if (group === undefined || fresh.length > 1) {
      throw new UnknownOutcome(`${what}: the server did not say which group is the new one`, {
        hint: 'list the groups before you repeat it',
      });
    }
    this.members.set(group.id, new Set());
    const ids = [...new Set(memberIds)];
    try {
      await this.change(group.id, ids, []);
    } catch (error) {
      // All or nothing: a group that lacks members would pass for a finished one.
      await this.delete({ id: group.id, name, memberIds: [] }).catch(() => undefined);
      throw error;
    }
    return { id: group.id, name, memberIds: ids, bookIds: [BOOK.id] };
  }

  async rename({ id }: Group, name: string): Promise<void> {
    const form = { contactgroupid: id, name };
    await this.api.call({
      ...about(id),
      path: 'contacts/group/update',
      form,
      repeat: 'idempotent',
      what: 'rename the group',
    });
  }

  /** Sends only the differences. */
  async setMembers(group: Group, memberIds: readonly string[]): Promise<void> {
    const now = this.members.get(group.id) ?? new Set(group.memberIds);
    const wanted = new Set(memberIds);
    const add = [...wanted].filter((id) => !now.has(id));
    const remove = [...now].filter((id) => !wanted.has(id));
    this.members.set(group.id, new Set(now));
    await this.change(group.id, add, remove);
  }

  /** The group goes, its contacts stay. */
  async delete({ id }: Group): Promise<void> {
    const form = { contactgroupid: id };
    await deleteOnce(this.api, { ...about(id), path: 'contacts/group/delete', form, what: 'delete the group' });
    for (const contact of this.members.get(id) ?? []) this.reader.wrote(contact);
    this.members.delete(id);
  }

  /** Both calls end in the same state when they are repeated. @throws the first error; what was sent meanwhile is done */
  private async change(groupId: string, add: readonly string[], remove: readonly string[]): Promise<void> {
    const jobs = [...add.map((id) => ({ id, joins: true })), ...remove.map((id) => ({ id, joins: false }))];
    const members = this.members.get(groupId) ?? new Set();
    const failures: unknown[] = [];
    const worker = async (): Promise<void> => {
      for (let job = jobs.shift(); job !== undefined && failures.length === 0; job = jobs.shift()) {
        await this.send(groupId, job.id, job.joins, members).catch((error: unknown) => failures.push(error));
      }
    };
    await Promise.all(Array.from({ length: this.concurrency }, worker));
    if (failures.length > 0) throw failures[0];
  }

  private async send(groupId: string, id: string, joins: boolean, members: Set<string>): Promise<void> {
    const form = { contactgroupid: groupId, contactid: id };
    const call: Call = {
      path: joins ? 'contacts/addtogroup' : 'contacts/removefromgroup',
      form,
      repeat: 'idempotent',
      what: joins ? 'add the contact to the group' : 'remove the contact from the group',
      about: 'contact or group',
      contact: id,
    };
    try {
      await this.api.call(call);
    } catch (error) {
      // No longer a member, or gone altogether: what was asked for.
      if (joins || !(error instanceof NotFound)) throw error;
    } finally {
      this.reader.wrote(id);
    }
    if (joins) members.add(id);
    else members.delete(id);
  }
}

function about(id: string): Pick<Call, 'about' | 'contact'> {
  return { about: 'group', contact: id };
}
