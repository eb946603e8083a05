/** How each kind of write is taken back. */
import type { Card, ContactRecord, Group } from '../model/card.js';
import { NotFound, Refused } from '../model/errors.js';
import { diffCards, fieldHashes } from '../model/normalize.js';
import { parseDataUri, photoOf } from '../model/view.js';
import type { Image, Intent, Outcome } from '../store/types.js';
import { photoRule, photosApart, projectCard } from './project.js';
import { setSlice, sliceOf } from './slices.js';
import type { Connection } from './types.js';
import { attachmentBack, frequentBack, restoreAttachments } from './undoextras.js';
import { Rejoining } from './undogroups.js';
import type { Writer } from './write.js';
import { findEqual, PHOTO } from './writecommon.js';
import { unreadFields } from './writeonly.js';

export interface Undone {
  did: 'created' | 'updated' | 'deleted' | 'skipped' | 'changedSince';
  /** The new id of what was put back. */
  id?: string;
}

export interface Ended {
  status: Outcome['status'] | 'open';
  id?: string;
  etag?: string;
}

export interface UndoerOptions {
  connection: Connection;
  writer: Writer;
  force: boolean;
  run: string;
  /** What earlier, cut-off undos of the run put back: sequence number to id. */
  restored: ReadonlyMap<number, string>;
  /** What cut-off undos may have put back: their outcome is unknown. */
  maybeRestored: ReadonlySet<number>;
  /** Ids that the run created. */
  created: ReadonlySet<string>;
}

const SKIPPED: Undone = { did: 'skipped' };
const CHANGED: Undone = { did: 'changedSince' };

/** Undoes one write at a time; remembers which ids what it put back has now. */
export class Undoer {
  readonly #connection: Connection;
  readonly #writer: Writer;
  readonly #options: UndoerOptions;
  /** Old id to new id, of contacts, books and groups. */
  readonly #ids = new Map<string, string>();
  readonly #books = new Map<string, string>();
  readonly #groups = new Map<string, string>();
  readonly #rejoining = new Rejoining();
  /** Contacts that belong to a write already: none is taken for the result of another, lost one. */
  readonly #claimed: Set<string>;

  constructor(options: UndoerOptions) {
    this.#options = options;
    this.#claimed = new Set([...options.created, ...options.restored.values()]);
    this.#connection = options.connection;
    this.#writer = options.writer;
  }

  /** @throws what the driver throws for this write */
  async undo(intent: Intent, ended: Ended): Promise<Undone> {
    const { op } = intent;
    if (op === 'create' || op === 'copy') return this.#uncreate(intent, ended);
    if (op === 'update') return this.#restore(intent, ended);
    if (op === 'delete') return this.#undelete(intent);
    if (op === 'move') return this.#moveBack(intent, ended);
    if (op === 'avatar.set' || op === 'avatar.delete') return this.#photoBack(intent);
    if (op === 'book.create' || op === 'book.rename' || op === 'book.delete') return this.#bookBack(intent, ended);
    if (op === 'attachment.add' || op === 'attachment.delete') {
      const record = await this.#current(intent.id ?? '');
      return attachmentBack(this.#connection, this.#writer, record, { intent, ended });
    }
    if (op === 'frequent.set') return frequentBack(this.#connection, this.#writer, intent, this.#options.force);
    return this.#groupBack(intent, ended);
  }

  async #current(id: string): Promise<ContactRecord | undefined> {
    try {
      return await this.#connection.provider.get(this.#ids.get(id) ?? id);
    } catch (error) {
      if (error instanceof NotFound) return undefined;
      throw error;
    }
  }

  /** Still as the run wrote it: the same version mark, else the same content; what somebody added since is a change. */
  async #asWritten(current: ContactRecord, intent: Intent, etag: string | undefined): Promise<boolean> {
    if (this.#options.force || (etag !== undefined && current.etag === etag)) return true;
    const after = cardOf(intent);
    if (after === undefined) return false;
    const connection = this.#connection;
    const expected = await this.#readBack(after, imageOf(intent)?.card);
    const unknown = [...(connection.definition.unsure ?? []), ...unreadFields(connection, current.card)];
    const ignored = new Set([...unknown, ...(photosApart(connection) ? PHOTO : [])]);
    return diffCards(expected, current.card, photoRule(connection)).every(({ field }) => ignored.has(field));
  }

  /** What reading shows after the write: the fields that it changed as the server keeps them, the others as they were. */
  async #readBack(after: Card, before: Card | undefined): Promise<Card> {
    const { card } = await projectCard(this.#connection, after);
    if (before === undefined) return card;
    const [old, now] = [fieldHashes(before), fieldHashes(after)];
    const expected: Card = { ...before };
    for (const field of new Set([...Object.keys(old), ...Object.keys(now)])) {
      if (old[field] !== now[field]) setSlice(expected, field, sliceOf(card, field));
    }
    return expected;
  }

  async #uncreate(intent: Intent, ended: Ended): Promise<Undone> {
    const after = cardOf(intent);
    const id = ended.id ?? (after === undefined ? undefined : await this.#findLost(after, intent.bookId));
    const current = id === undefined ? undefined : await this.#current(id);
    if (current === undefined) return SKIPPED;
    if (!(await this.#asWritten(current, intent, ended.etag))) return CHANGED;
    try {
      await this.#writer.delete(current);
    } catch (error) {
      if (error instanceof NotFound) return SKIPPED;
      throw error;
    }
    return { did: 'deleted' };
  }

  /** A create whose outcome is unknown: looked for by what was to be written. */
  async #findLost(after: Card, bookId: string | undefined): Promise<string | undefined> {
    const connection = this.#connection;
    const contact = { card: after, ...(bookId === undefined ? {} : { bookId }) };
    const { card } = await projectCard(connection, after);
    const found =
      connection.provider.lookup === undefined
        ? await findEqual(connection, card, bookId, (id) => !this.#claimed.has(id))
        : await connection.provider.lookup(contact);
    if (found === undefined || this.#claimed.has(found.id)) return undefined;
    this.#claimed.add(found.id);
    return found.id;
  }

  async #restore(intent: Intent, ended: Ended): Promise<Undone> {
    const before = imageOf(intent);
    const current = await this.#current(ended.id ?? intent.id ?? '');
    if (before === undefined) return SKIPPED;
    if (current === undefined) return this.#options.force ? this.#putBack(intent, before) : CHANGED;
    if (diffCards(before.card, current.card, photoRule(this.#connection)).length === 0) return SKIPPED;
    if (!(await this.#asWritten(current, intent, ended.etag))) return CHANGED;
    const { id } = await this.#writer.update(current, before.card);
    return { did: 'updated', id };
  }

  async #undelete(intent: Intent): Promise<Undone> {
    const before = imageOf(intent);
    if (before === undefined) return SKIPPED;
    const { restored, maybeRestored } = this.#options;
    const lost = maybeRestored.has(intent.seq) ? await this.#findLost(before.card, undefined) : undefined;
    const earlier = restored.get(intent.seq) ?? lost;
    if (earlier !== undefined) {
      this.#isBack(before, earlier);
      await restoreAttachments(this.#connection, this.#writer, before, earlier);
      return SKIPPED;
    }
    if ((await this.#current(before.id)) !== undefined) return SKIPPED;
    return this.#putBack(intent, before);
  }

  async #putBack(intent: Intent, before: Image): Promise<Undone> {
    const bookId = this.#home(before.bookIds);
    const options = { key: `undo:${intent.seq}`, ...(bookId === undefined ? {} : { bookId }) };
    const { id } = await this.#writer.create(before.card, options);
    this.#isBack(before, id);
    await restoreAttachments(this.#connection, this.#writer, before, id);
    return { did: 'created', id };
  }

  #isBack(before: Image, id: string): void {
    this.#ids.set(before.id, id);
    this.#rejoining.note(before, id);
  }

  /** What is left when all writes are taken back: groups that miss contacts which have new ids now. */
  memberships(): ReturnType<Rejoining['steps']> {
    return this.#rejoining.steps(this.#connection, this.#writer, this.#groups);
  }

  /** The book it was in, under the id that it has now. */
  #home(bookIds: readonly string[] | undefined): string | undefined {
    const old = bookIds?.[0];
    return old === undefined ? undefined : (this.#books.get(old) ?? old);
  }

  async #moveBack(intent: Intent, ended: Ended): Promise<Undone> {
    const before = imageOf(intent);
    const current = await this.#current(ended.id ?? intent.id ?? '');
    const home = before?.bookIds[0];
    if (home === undefined || current === undefined || current.bookIds.includes(home)) return SKIPPED;
    const { id } = await this.#writer.move(current, this.#books.get(home) ?? home);
    return { did: 'updated', id };
  }

  async #photoBack(intent: Intent): Promise<Undone> {
    const before = imageOf(intent);
    const current = await this.#current(intent.id ?? '');
    // A contact that the run made goes away as a whole.
    if (before === undefined || current === undefined || this.#options.created.has(before.id)) return SKIPPED;
    const [old, now] = [photoOf(before.card)?.resource.uri, photoOf(current.card)?.resource.uri];
    if (old === now && current.hasPhoto !== true) return SKIPPED;
    const photo = old === undefined ? undefined : parseDataUri(old);
    if (photo !== undefined) await this.#writer.setAvatar(current, photo);
    else if (this.#canDeletePhotos()) await this.#writer.deleteAvatar(current);
    else throw new Refused(`${this.#connection.definition.name} cannot delete pictures`, { contact: current.id });
    return { did: 'updated', id: current.id };
  }

  #canDeletePhotos(): boolean {
    return !photosApart(this.#connection) || this.#connection.provider.avatars?.delete !== undefined;
  }

  async #groupBack(intent: Intent, ended: Ended): Promise<Undone> {
    const before = groupOf(intent.before);
    const groups = (await this.#connection.provider.groups?.list()) ?? [];
    const id = ended.id ?? intent.id;
    const current =
      groups.find((group) => group.id === id) ??
      (ended.id === undefined && intent.op === 'group.create'
        ? groups.find((group) => group.name === intent.name)
        : undefined);
    if (intent.op === 'group.create') {
      if (current === undefined) return SKIPPED;
      const after = groupOf(intent.after);
      if (!this.#options.force && (current.name !== after?.name || this.#grew(current, after))) return CHANGED;
      await this.#writer.deleteGroup(current);
      return { did: 'deleted', id: current.id };
    }
    if (before === undefined) return SKIPPED;
    const members = before.memberIds.map((member) => this.#ids.get(member) ?? member);
    if (intent.op === 'group.delete') {
      const { restored, maybeRestored } = this.#options;
      const lost = maybeRestored.has(intent.seq) ? groups.find(({ name }) => name === before.name)?.id : undefined;
      const earlier = restored.get(intent.seq) ?? lost;
      if (earlier !== undefined) this.#groups.set(before.id, earlier);
      if (current !== undefined || groups.some((group) => group.id === earlier)) return SKIPPED;
      const home = this.#home(before.bookIds);
      const made = await this.#writer.createGroup(before.name, members, home, `undo:${intent.seq}`);
      this.#groups.set(before.id, made.id);
      return { did: 'created', id: made.id };
    }
    if (current === undefined) return CHANGED;
    if (intent.op === 'group.rename') await this.#writer.renameGroup(current, before.name);
    else await this.#writer.setMembers(current, members);
    return { did: 'updated', id: current.id };
  }

  /** Somebody put contacts into it since. Members that the undo itself deleted are gone, which is no change. */
  #grew(current: Group, after: Group): boolean {
    const ours = new Set(after.memberIds);
    return current.memberIds.some((member) => !ours.has(member));
  }

  async #bookBack(intent: Intent, ended: Ended): Promise<Undone> {
    const books = await this.#connection.provider.books();
    const current = books.find((book) => book.id === (ended.id ?? intent.id ?? ''));
    if (intent.op === 'book.delete') {
      if (current !== undefined) return SKIPPED;
      const made = await this.#writer.createBook(intent.name ?? '');
      if (intent.id !== undefined) this.#books.set(intent.id, made.id);
      return { did: 'created', id: made.id };
    }
    if (current === undefined) return SKIPPED;
    if (intent.op === 'book.rename') {
      await this.#writer.renameBook(current, groupOf(intent.before)?.name ?? current.name);
      return { did: 'updated', id: current.id };
    }
    for await (const record of this.#connection.provider.list({ bookIds: [current.id] })) {
      if (!this.#options.force && record.bookIds.includes(current.id)) return CHANGED;
    }
    await this.#writer.deleteBook(current);
    return { did: 'deleted', id: current.id };
  }
}

function cardOf({ after }: Intent): Card | undefined {
  return after !== undefined && '@type' in after ? after : undefined;
}

function imageOf({ before }: Intent): Image | undefined {
  return before !== undefined && 'card' in before ? before : undefined;
}

function groupOf(value: Intent['before'] | Intent['after']): Group | undefined {
  return value !== undefined && 'memberIds' in value ? (value as Group) : undefined;
}
