/** The one write path. Every change of a server, folder or file goes through a Writer. */
import type { Book, Card, ContactRecord, Group, Photo } from '../model/card.js';
import { Refused } from '../model/errors.js';
import { cloneJson } from '../model/json.js';
import { cardHash } from '../model/normalize.js';
import { diffPatch } from '../model/patch.js';
import { parseDataUri, photoOf } from '../model/view.js';
import type { NewContact, WriteResult } from '../providers/types.js';
import { requireAbility } from './abilities.js';
import { lossesBetween } from './losses.js';
import { Memberships } from './memberships.js';
import { goneOr, Performer } from './perform.js';
import { KeyedLock } from './pool.js';
import { comparable, photosApart, projectCard, type Projection } from './project.js';
import { setSlice, sliceOf, withoutFields } from './slices.js';
import type { Connection, Loss, WriterOptions, Written } from './types.js';
import { bookSteps } from './writebooks.js';
import {
  findEqual,
  idAndEtag,
  imageOf,
  imageOfDeleted,
  PHOTO,
  missing,
  resultOf,
  wholeOf,
  type WriteContext,
} from './writecommon.js';
import { extraSteps, keptAttachments, type ExtraSteps } from './writeextras.js';
import { groupSteps } from './writegroups.js';
import { equalAsShown } from './writeonly.js';
import { moveSteps } from './writemoves.js';
import { photoSteps, sendPhoto, syncPhoto } from './writephotos.js';

export interface CreateOptions {
  bookId?: string;
  /** In a migration: id of the contact on the source. */
  key?: string;
}

/** All methods check the ability first, journal before they send, and may be called side by side. */
export interface Writer extends ExtraSteps {
  create(card: Card, options?: CreateOptions): Promise<Written>;
  /** Nothing is sent when nothing changes. */
  update(record: ContactRecord, next: Card, key?: string): Promise<Written>;
  delete(record: ContactRecord): Promise<void>;
  createGroup(name: string, memberIds: readonly string[], bookId?: string, key?: string): Promise<Group>;
  renameGroup(group: Group, name: string): Promise<void>;
  setMembers(group: Group, memberIds: readonly string[]): Promise<void>;
  deleteGroup(group: Group): Promise<void>;
  setAvatar(record: ContactRecord, photo: Photo): Promise<Written>;
  deleteAvatar(record: ContactRecord): Promise<Written>;
  createBook(name: string): Promise<Book>;
  renameBook(book: Book, name: string): Promise<Book>;
  /** With all contacts in it, each journalled. */
  deleteBook(book: Book): Promise<void>;
  move(record: ContactRecord, bookId: string): Promise<Written>;
  copy(record: ContactRecord, bookId: string): Promise<Written>;
  /** Name of the run in the journal; undefined while nothing was written. */
  readonly run: string | undefined;
  readonly dryRun: boolean;
  /** Ends the run in the journal. Staged writes (files) are made real first, unless the run was stopped. */
  end(stopped?: boolean): Promise<void>;
}

/** @throws nothing; the run's journal is opened by the first write */
export function openWriter(options: WriterOptions): Writer {
  const context: WriteContext = {
    connection: options.connection,
    performer: new Performer(options),
    memberships: new Memberships(options.connection),
    warn: (message) => options.warn?.(message),
    dryRun: options.dryRun,
  };
  const contacts = new ContactWriter(context, options.known);
  const { provider } = options.connection;
  return {
    create: (card, created) => contacts.create(card, created),
    update: (record, next, key) => contacts.update(record, next, key),
    delete: (record) => contacts.delete(record),
    ...photoSteps(context, (record, next) => contacts.update(record, next)),
    ...moveSteps(
      context,
      (card, bookId) => contacts.create(card, { bookId }),
      (record) => contacts.delete(record),
    ),
    ...groupSteps(context),
    ...bookSteps(context),
    ...extraSteps(context),
    get run() {
      return context.performer.run;
    },
    dryRun: options.dryRun,
    async end(stopped = false) {
      if (context.performer.run !== undefined && !stopped) await provider.flush?.();
      await context.performer.end();
    },
  };
}

class ContactWriter {
  readonly #context: WriteContext;
  readonly #known: (id: string) => boolean;
  /** Ids made by this run: none of them is taken for another lost create. */
  readonly #made = new Set<string>();
  readonly #lock = new KeyedLock();

  constructor(context: WriteContext, known: ((id: string) => boolean) | undefined) {
    this.#context = context;
    this.#known = (id) => this.#made.has(id) || known?.(id) === true;
  }

  get #connection(): Connection {
    return this.#context.connection;
  }

  async create(card: Card, { bookId, key }: CreateOptions = {}): Promise<Written> {
    requireAbility(this.#connection, 'create');
    const projection = await projectCard(this.#connection, card);
    const losses = lossesBetween(this.#connection, card, projection.card);
    if (this.#context.dryRun) return { id: card.uid, losses };
    const contact: NewContact = { card, ...(bookId === undefined ? {} : { bookId }) };
    // Equal contacts go one after another: a lost answer could otherwise claim its twin.
    const result = await this.#lock.run(this.#lockKey(projection), () => this.#sendCreate(contact, projection, key));
    const written: Written = { ...result, losses };
    return projection.photoApart ? this.#addPhoto(written, card) : written;
  }

  #lockKey({ card }: Projection): string {
    return cardHash(comparable(this.#connection, card));
  }

  async #sendCreate(contact: NewContact, projection: Projection, key: string | undefined): Promise<WriteResult> {
    const { provider } = this.#connection;
    const { bookId, card } = contact;
    const result = await this.#context.performer.perform<WriteResult>({
      intent: {
        op: 'create',
        after: card,
        ...(bookId === undefined ? {} : { bookId }),
        ...(key === undefined ? {} : { key }),
      },
      send: () => provider.create?.(contact) ?? missing('add contacts'),
      settle: () => this.#findCreated(contact, projection.card),
      outcome: idAndEtag,
    });
    this.#made.add(result.id);
    return result;
  }

  async #findCreated(contact: NewContact, projected: Card): Promise<WriteResult | undefined> {
    const { provider } = this.#connection;
    if (provider.lookup !== undefined) {
      const found = await provider.lookup(contact);
      return found === undefined || this.#known(found.id) ? undefined : resultOf(found);
    }
    return findEqual(this.#connection, projected, contact.bookId, (id) => !this.#known(id));
  }

  /** The picture of a new contact, where it takes a call of its own. A refused one is a loss, not a failed contact. */
  async #addPhoto(written: Written, card: Card): Promise<Written> {
    const parsed = parseDataUri(photoOf(card)?.resource.uri ?? '');
    if (parsed === undefined) return written;
    const bare = withoutFields(card, PHOTO);
    try {
      await sendPhoto(
        this.#context,
        { id: written.id, bookIds: written.bookIds ?? [], card: bare, hasPhoto: false },
        parsed,
      );
      return withoutEtag(written);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      const loss: Loss = { field: 'photo', kind: 'dropped', value: error.why ?? error.message };
      return { ...written, losses: [...written.losses, loss] };
    }
  }

  async update(record: ContactRecord, next: Card, key?: string): Promise<Written> {
    requireAbility(this.#connection, 'update');
    const before = this.#context.dryRun ? record : await wholeOf(this.#connection, record);
    const wanted = keepingPhoto(record, before, next);
    const projection = await projectCard(this.#connection, wanted);
    const losses = lossesBetween(this.#connection, wanted, projection.card);
    if (this.#context.dryRun) return { id: record.id, losses };
    const apart = photosApart(this.#connection);
    const written = await this.#sendUpdate(before, wanted, { apart, losses, key });
    return apart ? syncPhoto(this.#context, before, wanted, written) : written;
  }

  async #sendUpdate(
    before: ContactRecord,
    next: Card,
    { apart, losses, key }: { apart: boolean; losses: Loss[]; key: string | undefined },
  ): Promise<Written> {
    const { provider } = this.#connection;
    const photo = apart ? PHOTO : new Set<string>();
    const last = apart ? { ...before, card: withoutFields(before.card, photo) } : before;
    const card = apart ? withoutFields(next, photo) : next;
    const patch = diffPatch(last.card, card);
    if (Object.keys(patch).length === 0) {
      return {
        id: before.id,
        losses,
        bookIds: before.bookIds,
        ...(before.etag === undefined ? {} : { etag: before.etag }),
      };
    }
    const result = await this.#context.performer.perform<WriteResult>({
      intent: {
        op: 'update',
        id: before.id,
        before: imageOf(before),
        after: next,
        ...(key === undefined ? {} : { key }),
      },
      send: () => provider.update?.(before.id, { next: card, patch, last }) ?? missing('change contacts'),
      settle: async () => {
        const now = await provider.get(before.id);
        const wanted = (await projectCard(this.#connection, card)).card;
        const found = apart ? withoutFields(now.card, photo) : now.card;
        return equalAsShown(this.#connection, wanted, found) ? resultOf(now) : undefined;
      },
      outcome: idAndEtag,
    });
    return { ...result, losses };
  }

  async delete(record: ContactRecord): Promise<void> {
    requireAbility(this.#connection, 'delete');
    if (this.#context.dryRun) return;
    const { provider } = this.#connection;
    const whole = await wholeOf(this.#connection, record);
    const groups = await this.#context.memberships.of(whole.id);
    const attachments = await keptAttachments(this.#context, whole);
    await this.#context.performer.perform<true>({
      intent: { op: 'delete', id: whole.id, before: imageOfDeleted(whole, groups, attachments) },
      send: async () => {
        await (provider.delete?.(whole) ?? missing('delete contacts'));
        return true;
      },
      settle: () => goneOr(() => provider.get(whole.id), true),
      outcome: () => ({ id: whole.id }),
    });
  }
}

/** Lists may leave pictures out: then a missing picture means "unchanged", never "remove it". */
function keepingPhoto(record: ContactRecord, whole: ContactRecord, next: Card): Card {
  const left = record.hasPhoto === true && photoOf(record.card) === undefined && photoOf(next) === undefined;
  if (!left || photoOf(whole.card) === undefined) return next;
  const kept = cloneJson(next);
  setSlice(kept, 'photo', sliceOf(whole.card, 'photo'));
  return kept;
}

function withoutEtag(written: Written): Written {
  const { etag: _, ...rest } = written;
  return rest;
}
