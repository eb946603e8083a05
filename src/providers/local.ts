/** A folder of contacts on this machine: a vdir as khard, vdirsyncer and pimsync use it, one vCard a file. */
import { unlink } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Book, Card, ContactRecord } from '../model/card.js';
import { NotFound, Refused, UsageError } from '../model/errors.js';
import { FIELDS } from '../model/fields.js';
import { printable } from '../model/text.js';
import { parseVCards } from '../formats/vcard/lines.js';
import { cardFromVCard } from '../formats/vcard/map.js';
import { Books, type LocalBook } from './local/books.js';
import { changesSince, currentToken } from './local/changes.js';
import { fileError } from './local/files.js';
import { LocalGroups } from './local/groups.js';
import { Vdir, type WriteVersion } from './local/vdir.js';
import type {
  AccountInfo,
  ContactChange,
  ListQuery,
  NewContact,
  Provider,
  ProviderContext,
  ProviderDefinition,
  WriteResult,
} from './types.js';

export const local: ProviderDefinition = {
  name: 'local',
  title: 'Local folder (vdir)',
  docs: 'https://vdirsyncer.pimutils.org/en/stable/vdir.html',
  url: 'none',
  auth: ['none'],
  options: [
    {
      key: 'path',
      help: 'the folder; each folder in it is an address book of its own',
      required: true,
      example: '~/contacts',
    },
    {
      key: 'version',
      // Programs on python-vobject (khard, radicale) destroy the pictures of 4.0 cards when they write them back.
      help: 'vCard version of new files (3.0); existing ones keep theirs',
      choices: ['3.0', '4.0'],
    },
  ],
  abilities: ['create', 'update', 'delete', 'changes', 'groups', 'bookAdmin', 'move', 'copy'],
  groups: 'own',
  fields: FIELDS.map(({ name }) => ({ field: name, fate: 'kept' })),
  limits: { concurrency: 8 },
  async open(ctx) {
    return new LocalProvider(ctx);
  },
};

function folderOf(ctx: ProviderContext): string {
  const path = ctx.options['path'];
  if (path === undefined || path === '')
    throw new UsageError('local needs a folder', { hint: 'set --option path=DIR' });
  return resolve(/^~(?=$|[/\\])/.test(path) ? join(homedir(), path.slice(1)) : path);
}

function versionOf(ctx: ProviderContext): WriteVersion {
  const version = ctx.options['version'] ?? '3.0';
  if (version === '3.0' || version === '4.0') return version;
  throw new UsageError(`option version is 3.0 or 4.0, not "${printable(version)}"`);
}

class LocalProvider implements Provider {
  readonly definition = local;
  readonly tellsGroups = true;
  readonly groups: LocalGroups;
  readonly changes: NonNullable<Provider['changes']>;
  readonly bookAdmin: NonNullable<Provider['bookAdmin']>;
  readonly #books: Books;
  readonly #vdir: Vdir;

  /** @throws UsageError for a missing path or an unknown version; nothing on disk is touched */
  constructor(ctx: ProviderContext) {
    this.#books = new Books(folderOf(ctx), ctx.book);
    this.#vdir = new Vdir(this.#books, versionOf(ctx), ctx.signal, (message) => ctx.warn(message));
    this.groups = new LocalGroups(this.#vdir);
    this.changes = {
      current: async (bookIds) => currentToken(this.#vdir, await this.#chosen(bookIds)),
      since: async (token, bookIds) => changesSince(this.#vdir, token, await this.#chosen(bookIds)),
    };
    this.bookAdmin = {
      create: async (name) => publicBook(await this.#books.create(name)),
      rename: async (id, name) => publicBook(await this.#books.rename(id, name)),
      delete: async (id) => this.#vdir.forgetBook(await this.#books.delete(id)),
    };
  }

  async check(): Promise<AccountInfo> {
    const there = (await this.#books.base()) !== undefined;
    const books = await this.#books.all(true);
    let contacts = 0;
    for (const book of books) contacts += (await this.#vdir.names(book)).length;
    return {
      user: this.#books.root,
      server: 'vdir folder',
      details: {
        folder: there ? this.#books.root : `${this.#books.root} (made at the first write)`,
        books: String(books.length),
        files: String(contacts),
      },
    };
  }

  async books(): Promise<Book[]> {
    return (await this.#books.all(true)).map(publicBook);
  }

  async #chosen(bookIds: readonly string[] | undefined): Promise<LocalBook[]> {
    const books = await this.#books.all(true);
    if (bookIds === undefined) return books;
    return Promise.all(bookIds.map(async (id) => books.find((book) => book.id === id) ?? this.#books.byId(id)));
  }

  async *list(query: ListQuery): AsyncGenerator<ContactRecord, void, undefined> {
    for await (const { cards } of this.#vdir.files(await this.#chosen(query.bookIds), query.onReject)) {
      for (const { record, group } of cards) {
        if (group) query.onGroup?.(record);
        else yield record;
      }
    }
  }

  async get(id: string): Promise<ContactRecord> {
    const { card } = await this.#vdir.find(id);
    if (card.group) throw new NotFound(`"${printable(id)}" is a group`, { contact: id });
    return card.record;
  }

  async flush(): Promise<void> {
    await this.#vdir.sync();
  }

  async close(): Promise<void> {
    await this.#vdir.sync();
  }

  project(card: Card): Card {
    const text = this.#vdir.toBytes(card, this.#vdir.version);
    const item = parseVCards(text)[0];
    if (!item || 'error' in item)
      throw new Refused('this contact cannot be written as a vCard', { why: item?.error ?? 'nothing was written' });
    return cardFromVCard(item).card;
  }

  async create({ card, bookId }: NewContact): Promise<WriteResult> {
    const book = await this.#books.byId(bookId);
    const { id, etag } = await this.#vdir.add(book, card.uid, this.#vdir.toBytes(card, this.#vdir.version));
    return { id, etag, bookIds: [book.id] };
  }

  async update(id: string, { next, last }: ContactChange): Promise<WriteResult> {
    const { file, card } = await this.#vdir.findForWrite(id, last.etag);
    // 2.1 is not written: such a file becomes 3.0.
    const etag = await this.#vdir.replace(file, next, card.version);
    return { id, etag, bookIds: [file.book.id] };
  }

  async delete(record: ContactRecord): Promise<void> {
    const { file } = await this.#vdir.findForWrite(record.id, record.etag);
    await this.#remove(file.book, file.name, record.id);
  }

  async #remove(book: LocalBook, name: string, id: string): Promise<void> {
    try {
      // The name in the folder: of a link the link goes, not what it leads to.
      await unlink(join(book.path, name));
    } catch (error) {
      throw fileError(error, `cannot delete "${printable(id)}"`, id);
    }
    await this.#vdir.forget(book, name);
  }

  async move(record: ContactRecord, bookId: string): Promise<WriteResult> {
    const { file } = await this.#vdir.findForWrite(record.id, record.etag);
    if (file.book.id === bookId) return { id: record.id, etag: file.etag, bookIds: [bookId] };
    const made = await this.copy(record, bookId);
    await this.#remove(file.book, file.name, record.id);
    return made;
  }

  /** Byte for byte, under the same name; the same uid in two books is legal in a vdir. */
  async copy(record: ContactRecord, bookId: string): Promise<WriteResult> {
    const target = await this.#books.byId(bookId);
    const { file, card } = await this.#vdir.findForWrite(record.id, record.etag);
    const { id, etag } = await this.#vdir.add(target, card.record.card.uid, file.bytes, file.name);
    return { id, etag, bookIds: [target.id] };
  }

  async lookup({ card, bookId }: NewContact): Promise<ContactRecord | undefined> {
    return this.#vdir.byUid(await this.#books.byId(bookId), card.uid);
  }
}

function publicBook({ id, name, description, isDefault, readOnly }: LocalBook): Book {
  return { id, name, ...(description === undefined ? {} : { description }), isDefault, readOnly };
}
