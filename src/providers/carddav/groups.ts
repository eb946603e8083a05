/** Groups as cards of kind `group` (RFC 6350, section 6.1.4; in 3.0 X-ADDRESSBOOKSERVER-KIND), members by uid. */
import { readCards } from '../../dav/index.js';
import type { DavEntry } from '../../dav/index.js';
import type { Card, ContactRecord, Group } from '../../model/card.js';
import { NotFound } from '../../model/errors.js';
import { newUid, uidKey } from '../../model/normalize.js';
import { fullName } from '../../model/view.js';
import type { GroupAbility, ListQuery } from '../types.js';
import { createCard, deleteCard, getRecord, isGroup, listAll, updateCard } from './contacts.js';
import type { Session } from './session.js';
import { noContact, toRecord } from './session.js';

export interface GroupContext {
  session: () => Promise<Session>;
  warn: (message: string) => void;
  /** Contact id to uid, as far as this run has seen them; fills up. */
  uids: Map<string, string>;
}

/** The ability, for accounts whose groups are cards. */
export function groupAbility(context: GroupContext): GroupAbility {
  return {
    membersByUid: true,
    list: (query) => listGroups(context, query ?? {}),
    create: (name, memberIds, bookId) => createGroup(context, { name, memberIds, bookId }),
    rename: async (group, name) => {
      await change(context, group, (card) => ({ ...card, name: { full: name } }), 'rename the group');
    },
    setMembers: (group, memberIds) => setMembers(context, group, memberIds),
    delete: async (group) => {
      const session = await context.session();
      await readGroup(session, group.id);
      await deleteCard(session, group, 'delete the group');
    },
  };
}

/** One pass over the books: uids of the contacts, and the groups. Members may be in any book. */
async function listGroups({ session: open, warn, uids }: GroupContext, query: ListQuery): Promise<Group[]> {
  const session = await open();
  const wanted = query.bookIds === undefined ? undefined : new Set(query.bookIds.map((id) => bookKey(session, id)));
  const found: ContactRecord[] = [];
  const contacts = new Map<string, string>();
  for await (const record of listAll(session, {}, warn)) {
    if (!isGroup(record)) {
      uids.set(record.id, record.card.uid);
      remember(contacts, record, session);
    } else if (wanted === undefined || record.bookIds.some((id) => wanted.has(id))) found.push(record);
  }
  return found.map((record) => toGroup(record, contacts));
}

function bookKey(session: Session, id: string): string {
  const book = session.ids.book(id);
  if (book === undefined) throw new NotFound(`there is no address book ${id}`);
  return session.ids.bookId(book);
}

/** Of copies in several books the one in the default book counts, else the first. */
function remember(contacts: Map<string, string>, record: ContactRecord, session: Session): void {
  const key = uidKey(record.card.uid);
  const { defaultBook } = session.ids;
  const better = defaultBook !== undefined && record.bookIds[0] === session.ids.bookId(defaultBook);
  if (better || !contacts.has(key)) contacts.set(key, record.id);
}

function toGroup(record: ContactRecord, contacts: ReadonlyMap<string, string>): Group {
  const members = Object.keys(record.card.members ?? {});
  const memberIds = new Set<string>();
  const foreign: string[] = [];
  for (const member of members) {
    const id = contacts.get(uidKey(member));
    if (id === undefined) foreign.push(member);
    else memberIds.add(id);
  }
  return {
    id: record.id,
    name: fullName(record.card),
    memberIds: [...memberIds],
    bookIds: record.bookIds,
    ...(record.etag !== undefined && { etag: record.etag }),
    ...(foreign.length > 0 && { foreign }),
  };
}

async function createGroup(
  context: GroupContext,
  { name, memberIds, bookId }: { name: string; memberIds: readonly string[]; bookId: string | undefined },
): Promise<Group> {
  const session = await context.session();
  const members = await membersOf(context, session, memberIds);
  const card: Card = { '@type': 'Card', version: '1.0', uid: newUid(), kind: 'group', name: { full: name }, members };
  const contact = { card, ...(bookId !== undefined && { bookId }) };
  const result = await createCard(session, contact, 'create the group');
  const { id, bookIds, etag } = result;
  return { id, name, memberIds: [...memberIds], ...(bookIds && { bookIds }), ...(etag !== undefined && { etag }) };
}

async function setMembers(context: GroupContext, group: Group, memberIds: readonly string[]): Promise<void> {
  const session = await context.session();
  const members = await membersOf(context, session, memberIds);
  const foreign = new Set(group.foreign ?? []);
  const update = (card: Card): Card => {
    const kept = Object.keys(card.members ?? {}).filter((member) => foreign.has(member));
    return { ...card, members: { ...Object.fromEntries(kept.map((member) => [member, true as const])), ...members } };
  };
  await change(context, group, update, 'set the members of the group');
}

/** Reads the group, changes its card, writes it. @throws NotFound; Conflict when it changed since it was listed */
async function change(
  { session: open }: GroupContext,
  group: Group,
  update: (card: Card) => Card,
  what: string,
): Promise<void> {
  const session = await open();
  const last = await readGroup(session, group.id);
  // The etag of the listing guards the write: what was shown is what is changed.
  const etag = group.etag ?? last.etag;
  const guarded: ContactRecord = { ...last, ...(etag !== undefined && { etag }) };
  const result = await updateCard(session, group.id, { next: update(last.card), last: guarded }, what);
  if (result.etag === undefined) delete group.etag;
  else group.etag = result.etag;
}

/** @throws NotFound when there is no such card, or it is a contact */
async function readGroup(session: Session, id: string): Promise<ContactRecord> {
  const record = await getRecord(session, id);
  if (!isGroup(record)) throw new NotFound(`${id} is a contact, not a group`, { contact: id });
  return record;
}

/** The uids of contacts, read where this run has not seen them. @throws NotFound naming the first that is not there */
async function membersOf(
  { uids, warn }: GroupContext,
  session: Session,
  ids: readonly string[],
): Promise<Record<string, true>> {
  const unknown = ids.filter((id) => !uids.has(id));
  for (const book of session.ids.books) {
    const entries = new Map<string, DavEntry>();
    for (const id of unknown) {
      const place = session.ids.places(id)[0];
      if (place?.book === book) entries.set(place.path, { path: place.path });
    }
    if (entries.size === 0) continue;
    for await (const found of readCards(session.dav, book.request, [...entries.values()], {
      version4: book.version4,
    })) {
      if ('error' in found) warn(`the contact at ${found.path} cannot be read`);
      else keep(uids, toRecord(session, book, found));
    }
  }
  const members: [string, true][] = [];
  for (const id of ids) {
    if (!uids.has(id)) keep(uids, await getRecord(session, id));
    const uid = uids.get(id);
    if (uid === undefined) throw noContact(id);
    members.push([uid, true]);
  }
  return Object.fromEntries(members);
}

function keep(uids: Map<string, string>, record: ContactRecord): void {
  if (!isGroup(record)) uids.set(record.id, record.card.uid);
}
