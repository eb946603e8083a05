/** Groups of a vdir: cards of kind group (4.0), or X-ADDRESSBOOKSERVER-KIND (3.0), whose members are uids. */
import { unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Card, Group } from '../../model/card.js';
import { NotFound, UsageError } from '../../model/errors.js';
import { put } from '../../model/json.js';
import { newUid, uidKey } from '../../model/keys.js';
import { printable } from '../../model/text.js';
import { displayName } from '../../model/view.js';
import type { GroupAbility } from '../types.js';
import type { LocalBook } from './books.js';
import { fileError } from './files.js';
import type { LocalCard, LocalFile, Vdir } from './vdir.js';

/** Contacts and groups of the whole vdir, by uid. */
interface Census {
  /** Ids of the contacts with that uid, by the folder of their book. */
  ids: Map<string, Map<string, string>>;
  /** Uid by contact id. */
  uids: Map<string, string>;
  groups: { book: LocalBook; card: LocalCard }[];
}

async function census(vdir: Vdir): Promise<Census> {
  const all: Census = { ids: new Map(), uids: new Map(), groups: [] };
  for await (const { book, cards } of vdir.files(await vdir.books.all(true))) {
    for (const card of cards) {
      if (card.group) all.groups.push({ book, card });
      else addContact(all, book, card);
    }
  }
  return all;
}

function addContact(all: Census, book: LocalBook, { record }: LocalCard): void {
  const key = uidKey(record.card.uid);
  const places = all.ids.get(key) ?? new Map<string, string>();
  if (!places.has(book.folder)) places.set(book.folder, record.id);
  all.ids.set(key, places);
  all.uids.set(record.id, record.card.uid);
}

/** The contact with that uid, in the group's own book if it can be. */
function idFor(all: Census, uid: string, book: LocalBook): string | undefined {
  const places = all.ids.get(uidKey(uid));
  return places?.get(book.folder) ?? places?.values().next().value;
}

function toGroup(all: Census, book: LocalBook, { record }: LocalCard): Group {
  const memberIds: string[] = [];
  const foreign: string[] = [];
  for (const uid of Object.keys(record.card.members ?? {})) {
    const id = idFor(all, uid, book);
    if (id === undefined) foreign.push(uid);
    else if (!memberIds.includes(id)) memberIds.push(id);
  }
  const group: Group = { id: record.id, name: displayName(record.card), memberIds, bookIds: [book.id] };
  if (record.etag !== undefined) group.etag = record.etag;
  if (foreign.length > 0) group.foreign = foreign;
  return group;
}

export class LocalGroups implements GroupAbility {
  readonly membersByUid = true;

  constructor(readonly vdir: Vdir) {}

  async list(query: { bookIds?: readonly string[] } = {}): Promise<Group[]> {
    const all = await census(this.vdir);
    const wanted = query.bookIds;
    return all.groups
      .filter(({ book }) => wanted === undefined || wanted.includes(book.id))
      .map(({ book, card }) => toGroup(all, book, card));
  }

  async create(name: string, memberIds: readonly string[], bookId?: string): Promise<Group> {
    if (name.trim() === '') throw new UsageError('a group needs a name');
    const book = await this.vdir.books.byId(bookId);
    const all = await census(this.vdir);
    const card: Card = { '@type': 'Card', version: '1.0', uid: newUid(), kind: 'group', name: { full: name } };
    card.members = membersOf(all, memberIds, {});
    const { id, etag } = await this.vdir.add(book, card.uid, this.vdir.toBytes(card, this.vdir.version));
    return { id, name, memberIds: [...memberIds], bookIds: [book.id], etag };
  }

  async rename(group: Group, name: string): Promise<void> {
    if (name.trim() === '') throw new UsageError('a group needs a name');
    const { file, card } = await this.#find(group);
    await this.vdir.replace(file, { ...card.record.card, name: { full: name } }, card.version);
  }

  async setMembers(group: Group, memberIds: readonly string[]): Promise<void> {
    const { file, card } = await this.#find(group);
    const all = await census(this.vdir);
    const old = card.record.card.members ?? {};
    const foreign: Record<string, true> = {};
    for (const uid of Object.keys(old)) if (idFor(all, uid, file.book) === undefined) put(foreign, uid, true);
    await this.vdir.replace(
      file,
      { ...card.record.card, members: membersOf(all, memberIds, foreign, old) },
      card.version,
    );
  }

  async delete(group: Group): Promise<void> {
    const { file } = await this.#find(group);
    try {
      await unlink(join(file.book.path, file.name));
    } catch (error) {
      throw fileError(error, `cannot delete the group "${printable(group.name)}"`, group.id);
    }
    await this.vdir.forget(file.book, file.name);
  }

  /** @throws NotFound when the id is a contact's; Conflict when the group has changed */
  async #find(group: Group): Promise<{ file: LocalFile; card: LocalCard }> {
    const found = await this.vdir.findForWrite(group.id, group.etag);
    if (!found.card.group) throw new NotFound(`there is no group "${printable(group.id)}"`, { contact: group.id });
    return found;
  }
}

/** Members as uids: the foreign ones, then the contacts; a uid that stood there before keeps its spelling. */
function membersOf(
  all: Census,
  ids: readonly string[],
  foreign: Record<string, true>,
  old: Record<string, true> = {},
): Record<string, true> {
  const spelling = new Map(Object.keys(old).map((uid) => [uidKey(uid), uid]));
  const members: Record<string, true> = { ...foreign };
  for (const id of ids) {
    const uid = all.uids.get(id);
    if (uid === undefined) throw new NotFound(`there is no contact "${printable(id)}"`, { contact: id });
    put(members, spelling.get(uidKey(uid)) ?? uid, true);
  }
  return members;
}
