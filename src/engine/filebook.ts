/** A contacts file as a connection: read as a stream; writes are staged on disk and the whole file is written at once. */
import type { BadRecord, Format, FormatItem, ReadOptions } from '../formats/types.js';
import type { Book, Card, ContactRecord } from '../model/card.js';
import { NotFound, Stopped } from '../model/errors.js';
import { cardHash, uidKey } from '../model/normalize.js';
import { KeyedLock } from './pool.js';
import type { Provider, ProviderDefinition, WriteResult } from '../providers/types.js';
import { FileGroups } from './filegroups.js';
import { throughFormat, whatFits, type Holds } from './fileprobe.js';
import { IdSet } from './idset.js';
import { nothingReadable } from './rejects.js';
import { shortHash, withoutFields } from './slices.js';
import { WorkFolder, type Spool } from './spool.js';
import type { Connection, RejectedRecord } from './types.js';

export interface FileBookOptions {
  path: string;
  format: Format;
  /** False for a file that is still to be made (or is empty). */
  exists: boolean;
  /** The file from its beginning; called for each pass. */
  readBytes: () => AsyncIterable<Uint8Array>;
  /** Writes the whole file or leaves it as it is. */
  commit: (text: AsyncIterable<string>) => Promise<void>;
  prodId?: string;
  readOptions?: ReadOptions;
  warn?: (message: string) => void;
}

/** The one book of a file. */
const BOOK: Book = { id: 'file', name: 'Contacts', isDefault: true, readOnly: false };

/** @throws what reading and writing the format's probe throws; nothing is read from the file yet */
export async function fileConnection(options: FileBookOptions): Promise<Connection> {
  const { path, format } = options;
  const holds = await whatFits(format);
  const book = new FileBook(options, holds);
  const definition = definitionOf(format, holds, () => book);
  return {
    name: path,
    kind: 'file',
    definition,
    provider: book.provider(definition),
    readOnly: false,
    onReject: (handler) => book.onReject(handler),
  };
}

function definitionOf(format: Format, holds: Holds, open: () => FileBook): ProviderDefinition {
  const definition: ProviderDefinition = {
    name: format.name,
    title: `${format.title} file`,
    docs: '',
    url: 'none',
    auth: ['none'],
    options: [],
    abilities: [
      'create',
      'update',
      'delete',
      ...(holds.groups ? ['groups' as const] : []),
      ...(holds.photos ? ['avatars' as const] : []),
    ],
    groups: holds.groups ? 'own' : holds.keywords ? 'keywords' : 'none',
    fields: [],
    limits: { concurrency: 1 },
    open: () => Promise.resolve(open().provider(definition)),
  };
  return definition;
}

class FileBook {
  readonly #options: FileBookOptions;
  readonly #holds: Holds;
  readonly #groups: FileGroups;
  readonly #lock = new KeyedLock();
  #exists: boolean;
  #reject: ((record: RejectedRecord) => void) | undefined;
  #folder: WorkFolder | undefined;
  #staged: Spool<Card> | undefined;
  /** Id to index in the staged cards, for contacts of the file. */
  readonly #changed = new Map<string, number>();
  readonly #deleted = new Set<string>();
  /** New contacts in order: id to index in the staged cards. */
  readonly #created = new Map<string, number>();
  /** Ids of the file, filled by the first whole pass. */
  #ids: IdSet | undefined;
  /** Records that cannot be read: writing the file would lose them. */
  #broken = 0;
  #dirty = false;

  constructor(options: FileBookOptions, holds: Holds) {
    this.#options = options;
    this.#holds = holds;
    this.#exists = options.exists;
    this.#groups = new FileGroups(() => this.#scan());
  }

  onReject(handler: (record: RejectedRecord) => void): void {
    this.#reject = handler;
  }

  provider(definition: ProviderDefinition): Provider {
    return {
      definition,
      check: () =>
        Promise.resolve({ user: '', server: this.#options.path, details: { format: this.#options.format.title } }),
      books: () => Promise.resolve([BOOK]),
      list: () => this.#list(),
      get: (id) => this.#get(id),
      close: () => this.#close(),
      project: (card) => this.#project(card),
      projectLater: async (card) => (await throughFormat(this.#options.format, card)).card,
      create: ({ card }) => this.#lock.run('write', () => this.#create(card)),
      update: (id, { next }) => this.#lock.run('write', () => this.#update(id, next)),
      delete: (record) => this.#lock.run('write', () => this.#delete(record.id)),
      flush: () => this.#flush(),
      ...(this.#holds.groups ? { groups: this.#groups.ability(() => (this.#dirty = true)) } : {}),
    };
  }

  #project(card: Card): Card {
    const lost = new Set([...(this.#holds.keywords ? [] : ['keywords']), ...(this.#holds.photos ? [] : ['photo'])]);
    return lost.size === 0 ? card : withoutFields(card, lost);
  }

  /**
   * The file's records in order, each with its id; groups go to `#groups`. Complaints are made on the first pass only.
   * @throws InputError when nothing in the file can be read
   */
  async *#records(): AsyncIterable<ContactRecord> {
    if (!this.#exists) return void (this.#ids ??= new IdSet());
    const first = this.#ids === undefined;
    const ids = new IdSet();
    let [cards, bad] = [0, 0];
    let worst: BadRecord | undefined;
    this.#groups.begin();
    for await (const item of this.#options.format.read(this.#options.readBytes(), this.#options.readOptions ?? {})) {
      if (first) this.#complain(item);
      if (!('card' in item)) {
        worst ??= item;
        bad += 1;
        continue;
      }
      cards += 1;
      if (item.card.kind === 'group' && this.#holds.groups) {
        this.#groups.found(item.card);
        continue;
      }
      const derived = item.uidDerived === true;
      const id = ids.take(derived ? contentId(item.card) : uidKey(item.card.uid));
      this.#groups.contact(id, item.card.uid);
      yield { id, bookIds: [BOOK.id], card: item.card, ...(derived ? { uidDerived: true } : {}) };
    }
    if (cards === 0 && worst !== undefined) throw nothingReadable(this.#options.path, worst, bad);
    this.#groups.complete();
    this.#ids ??= ids;
  }

  #complain(item: FormatItem): void {
    const { path, warn } = this.#options;
    if ('card' in item) {
      for (const warning of item.warnings) warn?.(`${path}, line ${item.line}: ${warning}`);
      return;
    }
    this.#broken += 1;
    const { error, hint, line, raw } = item;
    if (this.#reject === undefined) warn?.(`${path}, line ${line}: ${error}`);
    else this.#reject({ error, line, raw, ...(hint === undefined ? {} : { hint }) });
  }

  async *#list(): AsyncIterable<ContactRecord> {
    for await (const record of this.#records()) {
      if (this.#deleted.has(record.id)) continue;
      const index = this.#changed.get(record.id);
      yield index === undefined ? record : { ...record, card: await this.#read(index) };
    }
    for (const [id, index] of this.#created) yield { id, bookIds: [BOOK.id], card: await this.#read(index) };
  }

  async #get(id: string): Promise<ContactRecord> {
    const index = this.#created.get(id) ?? this.#changed.get(id);
    if (index !== undefined && !this.#deleted.has(id)) return { id, bookIds: [BOOK.id], card: await this.#read(index) };
    for await (const record of this.#list()) if (record.id === id) return record;
    throw new NotFound(`no contact "${id}" in ${this.#options.path}`, { contact: id });
  }

  async #scan(): Promise<IdSet> {
    if (this.#ids !== undefined) return this.#ids;
    for await (const _ of this.#records());
    return (this.#ids ??= new IdSet());
  }

  /** @throws Stopped when the file holds records that cannot be read: writing it would lose them */
  async #stage(card: Card): Promise<number> {
    await this.#scan();
    if (this.#broken > 0) {
      throw new Stopped(`${this.#options.path} holds ${this.#broken} records that cannot be read and would be lost`, {
        hint: 'repair or remove them first, or write to another file',
      });
    }
    this.#folder ??= await WorkFolder.temporary();
    this.#staged ??= await this.#folder.spool<Card>();
    this.#dirty = true;
    return this.#staged.append(card);
  }

  async #read(index: number): Promise<Card> {
    if (this.#staged === undefined) throw new NotFound('the contact is not staged');
    return this.#staged.read(index);
  }

  async #create(card: Card): Promise<WriteResult> {
    const taken = await this.#scan();
    // Ids are what reading the file again will give: the uid, or what the contact says where the format has no uids.
    const id = taken.take(await this.#idOf(card));
    this.#created.set(id, await this.#stage(card));
    this.#groups.contact(id, card.uid);
    return { id, bookIds: [BOOK.id] };
  }

  async #idOf(card: Card): Promise<string> {
    if (this.#holds.uids) return uidKey(card.uid);
    return contentId((await throughFormat(this.#options.format, card)).card);
  }

  async #update(id: string, next: Card): Promise<WriteResult> {
    const record = await this.#get(id);
    const index = await this.#stage({ ...next, uid: record.card.uid });
    const places = this.#created.has(id) ? this.#created : this.#changed;
    places.set(id, index);
    return { id: this.#holds.uids ? id : await this.#idOf(next), bookIds: [BOOK.id] };
  }

  async #delete(id: string): Promise<void> {
    await this.#get(id);
    this.#dirty = true;
    if (!this.#created.delete(id)) this.#deleted.add(id);
    this.#groups.forget(id);
  }

  /** Writes the file when anything was staged; afterwards it is read anew. */
  async #flush(): Promise<void> {
    if (!this.#dirty) return;
    await this.#groups.load();
    const { format, prodId, commit } = this.#options;
    await commit(format.write(this.#all(), prodId === undefined ? {} : { prodId }, () => undefined));
    this.#exists = true;
    this.#dirty = false;
    this.#changed.clear();
    this.#created.clear();
    this.#deleted.clear();
    this.#ids = undefined;
    this.#broken = 0;
    this.#groups.reset();
    await this.#discard();
  }

  async *#all(): AsyncIterable<Card> {
    for await (const { card } of this.#list()) yield card;
    yield* this.#groups.cards();
  }

  async #discard(): Promise<void> {
    await this.#folder?.dispose();
    this.#staged = undefined;
    this.#folder = undefined;
  }

  /** What was staged and not flushed is given up: the file stays as it was. */
  #close(): Promise<void> {
    return this.#discard();
  }
}

const contentId = (card: Card): string => `c-${shortHash(cardHash(card))}`;
