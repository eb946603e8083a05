/** Contacts of a vdir: one vCard a file, ids from file names, nothing kept between runs. */
import { basename, dirname, join } from 'node:path';
import type { Card, ContactRecord } from '../../model/card.js';
import { Conflict, Interrupted, NotFound, Refused } from '../../model/errors.js';
import { deriveUid, uidKey } from '../../model/keys.js';
import { printable } from '../../model/text.js';
import { parseVCards } from '../../formats/vcard/lines.js';
import { cardFromVCard, cardToVCard } from '../../formats/vcard/map.js';
import type { RawCard } from '../../formats/vcard/types.js';
import { hashedFileName, safeFileName } from '../../formats/vdir-name.js';
import type { RejectListener } from '../types.js';
import { type Books, isItem, type LocalBook } from './books.js';
import {
  createFile,
  entriesOfFolder,
  etagOf,
  fileError,
  isOurs,
  readRegular,
  replaceFile,
  resolveInside,
  syncFolder,
} from './files.js';

/** Files read at the same time. */
const CONCURRENCY = 16;

export type WriteVersion = '3.0' | '4.0';

/** One card of a file. */
export interface LocalCard {
  record: ContactRecord;
  version: WriteVersion;
  group: boolean;
}

export interface LocalFile {
  book: LocalBook;
  name: string;
  /** Behind links. */
  real: string;
  bytes: Buffer;
  etag: string;
  cards: LocalCard[];
  /** Why there is no card, when there is none. */
  broken?: string;
  /** Records beside the cards that cannot be read. */
  problems: Problem[];
}

interface Problem {
  line: number;
  error: string;
  raw: Uint8Array;
}

export class Vdir {
  readonly #warned = new Set<string>();
  readonly #uids = new Map<string, Promise<Map<string, string>>>();
  /** Folders whose new names may not be on disk yet. */
  readonly #touched = new Set<string>();

  constructor(
    readonly books: Books,
    /** Version of new files. */
    readonly version: WriteVersion,
    readonly signal: AbortSignal,
    readonly warn: (message: string) => void,
  ) {}

  /** Ids are file names without `.vcf`; in other books than the default the folder stands in front. */
  idOf(book: LocalBook, name: string, index = 0): string {
    const bare = name.endsWith('.vcf') ? name.slice(0, -4) : name;
    const id = index === 0 ? bare : `${bare}#${index + 1}`;
    return book.isDefault ? id : `${book.folder === '' ? '.' : book.folder}/${id}`;
  }

  /** Names of the items of a book, in order. Links that leave the folder are reported and left out. */
  async names(book: LocalBook): Promise<string[]> {
    const base = await this.books.base();
    if (base === undefined) return [];
    const names: string[] = [];
    for (const entry of await entriesOfFolder(book.path, base)) {
      if (!isItem(entry.name)) continue;
      if (entry.kind === 'file') names.push(entry.name);
      else if (entry.outside) this.#warnOnce(`${book.path}/${entry.name}`, 'a link that leaves the folder, skipped');
    }
    return names;
  }

  /**
   * Every file of the books that can be read, in the order of names; broken ones come without cards and are reported: to
   * `reject`, else to the user.
   */
  async *files(books: readonly LocalBook[], reject?: RejectListener): AsyncGenerator<LocalFile, void, undefined> {
    for (const book of books) {
      const names = await this.names(book);
      const running: Promise<LocalFile | undefined>[] = [];
      let next = 0;
      const start = (): void => {
        const name = names[next++];
        if (name !== undefined) running.push(this.#tolerant(book, name, reject));
      };
      while (running.length < CONCURRENCY && next < names.length) start();
      for (let file = running.shift(); file; file = running.shift()) {
        if (this.signal.aborted) {
          await Promise.allSettled(running);
          throw new Interrupted('interrupted');
        }
        start();
        const loaded = await file;
        if (loaded) yield loaded;
      }
    }
  }

  /** A file that vanished or cannot be read costs no other one. */
  async #tolerant(book: LocalBook, name: string, reject?: RejectListener): Promise<LocalFile | undefined> {
    const path = `${book.path}/${name}`;
    const broken = (error: string, raw: Uint8Array): void =>
      reject === undefined ? this.#warnOnce(path, `${error}, skipped`) : reject({ id: path, error, raw });
    try {
      const file = await this.load(book, name);
      if (file.broken !== undefined) broken(file.broken, file.bytes);
      else if (reject === undefined) this.#warnPartly(file);
      else for (const { line, error, raw } of file.problems) reject({ id: `${path}, line ${line}`, error, raw });
      if (file.cards.length > 1)
        this.#warnOnce(path, `holds ${file.cards.length} contacts; it can be read, but not changed`);
      return file;
    } catch (error) {
      if (error instanceof NotFound) return undefined;
      if (!isOurs(error)) throw error;
      const why = error.why ?? error.message;
      const bytes = Buffer.alloc(0);
      broken(why, bytes);
      return { book, name, real: join(book.path, name), bytes, etag: '', cards: [], broken: why, problems: [] };
    }
  }

  #warnPartly({ book, name, problems }: LocalFile): void {
    if (problems.length === 0) return;
    const what = problems.map(({ line, error }) => `line ${line}: ${error}`).join('; ');
    this.#warnOnce(`${book.path}/${name}#`, what, `${book.path}/${name}`);
  }

  #warnOnce(key: string, message: string, file = key): void {
    if (this.#warned.has(key)) return;
    this.#warned.add(key);
    this.warn(`${file}: ${message}`);
  }

  /** @throws NotFound, Refused (no regular file, a link that leaves the folder) */
  async load(book: LocalBook, name: string): Promise<LocalFile> {
    const what = `${printable(book.path)}/${printable(name)}`;
    const base = await this.books.base();
    if (base === undefined) throw new NotFound(`${what}: it is not there`);
    const real = await resolveInside(join(book.path, name), base, what);
    const bytes = await readRegular(real, what);
    const file: LocalFile = { book, name, real, bytes, etag: etagOf(bytes), cards: [], problems: [] };
    for (const item of parseVCards(bytes)) {
      if ('error' in item) file.problems.push(item);
      else this.#addCard(file, item);
    }
    const [first] = file.problems;
    if (file.cards.length === 0)
      file.broken = first === undefined ? 'an empty file' : `line ${first.line}: ${first.error}`;
    return file;
  }

  #addCard(file: LocalFile, raw: RawCard): void {
    try {
      const { card, uidMissing } = cardFromVCard(raw);
      const id = this.idOf(file.book, file.name, file.cards.length);
      const record: ContactRecord = { id, bookIds: [file.book.id], card, etag: file.etag };
      if (uidMissing) {
        card.uid = deriveUid('local', id);
        record.uidDerived = true;
      }
      file.cards.push({ record, version: raw.version === '4.0' ? '4.0' : '3.0', group: card.kind === 'group' });
    } catch (error) {
      if (!isOurs(error)) throw error;
      file.problems.push({ line: raw.line, error: error.message, raw: file.bytes });
    }
  }

  /** The file and card of an id. An id never names anything outside of the books. @throws NotFound, Refused */
  async find(id: string): Promise<{ file: LocalFile; card: LocalCard }> {
    const missing = (): NotFound => new NotFound(`there is no contact "${printable(id)}"`, { contact: id });
    const slash = id.indexOf('/');
    const folder = slash < 0 ? undefined : id.slice(0, slash);
    const pick = (book: LocalBook): boolean =>
      folder === undefined ? book.isDefault : book.folder === (folder === '.' ? '' : folder);
    const book = (await this.books.all()).find(pick) ?? (await this.books.all(true)).find(pick);
    const bare = id.slice(slash + 1);
    if (!book || !isFileName(bare)) throw missing();
    const counted = /^(.+)#([1-9]\d{0,5})$/.exec(bare);
    const tries: [name: string, index: number][] = [[`${bare}.vcf`, 0]];
    if (isItem(bare)) tries.push([bare, 0]);
    if (counted?.[1] !== undefined) tries.push([`${counted[1]}.vcf`, Number(counted[2]) - 1]);
    for (const [name, index] of tries) {
      const file = await this.#loadOrNothing(book, name);
      const card = file?.cards[index];
      if (file && card) return { file, card };
      if (file?.broken !== undefined)
        throw new Refused(`"${printable(id)}" is no contact that can be read`, { why: file.broken, contact: id });
    }
    throw missing();
  }

  async #loadOrNothing(book: LocalBook, name: string): Promise<LocalFile | undefined> {
    try {
      const file = await this.load(book, name);
      if (file.broken === undefined) this.#warnPartly(file);
      return file;
    } catch (error) {
      if (error instanceof NotFound) return undefined;
      throw error;
    }
  }

  /** The same, for writing: the file holds this card alone and is what was read. @throws Refused, Conflict */
  async findForWrite(id: string, etag: string | undefined): Promise<{ file: LocalFile; card: LocalCard }> {
    const found = await this.find(id);
    if (found.file.cards.length > 1) {
      throw new Refused(`${printable(found.file.name)} holds ${found.file.cards.length} contacts`, {
        why: 'a vdir has one contact a file',
        hint: 'split it: cardferry convert FILE FOLDER/ --to vdir',
        contact: id,
      });
    }
    if (etag !== undefined && etag !== found.file.etag) {
      throw new Conflict(`"${printable(id)}" has changed since it was read`, { contact: id, hint: 'read it again' });
    }
    return found;
  }

  toBytes(card: Card, version: WriteVersion): Buffer {
    return Buffer.from(cardToVCard(card, { version, carry: true }), 'utf8');
  }

  async replace(file: LocalFile, card: Card, version: WriteVersion): Promise<string> {
    const bytes = this.toBytes(card, version);
    try {
      await replaceFile(file.real, bytes);
    } catch (error) {
      throw fileError(error, `cannot write ${printable(file.name)}`);
    }
    this.#touched.add(dirname(file.real));
    await this.#noteUid(file.book, card.uid, file.name);
    return etagOf(bytes);
  }

  /** All names are on disk too: once for many writes. */
  async sync(): Promise<void> {
    const folders = [...this.#touched];
    this.#touched.clear();
    for (const folder of folders) await syncFolder(folder);
  }

  /** A new file for the uid; `wanted` is tried first as its name. @throws Conflict when the book has that uid */
  async add(book: LocalBook, uid: string, bytes: Uint8Array, wanted?: string): Promise<{ id: string; etag: string }> {
    await this.books.ensureBase();
    const uids = await this.uids(book);
    const holder = uids.get(uidKey(uid));
    if (holder !== undefined) throw exists(uid, holder);
    const names = [`${safeFileName(uid)}.vcf`, `${hashedFileName(uid)}.vcf`];
    if (wanted !== undefined && isFileName(wanted)) names.unshift(wanted);
    for (const name of names) {
      try {
        if (!(await createFile(join(book.path, name), bytes))) continue;
      } catch (error) {
        throw fileError(error, `cannot write ${printable(name)}`);
      }
      this.#touched.add(book.path);
      uids.set(uidKey(uid), name);
      return { id: this.idOf(book, name), etag: etagOf(bytes) };
    }
    throw exists(uid, names[0] ?? '');
  }

  /** Uid (without spelling) to file name, of one book: read once, kept up with our own writes. */
  async uids(book: LocalBook): Promise<Map<string, string>> {
    let known = this.#uids.get(book.folder);
    if (!known) {
      known = this.#readUids(book);
      this.#uids.set(book.folder, known);
      known.catch(() => this.#uids.delete(book.folder));
    }
    return known;
  }

  async #readUids(book: LocalBook): Promise<Map<string, string>> {
    const uids = new Map<string, string>();
    for await (const file of this.files([book])) {
      for (const { record } of file.cards) if (!record.uidDerived) uids.set(uidKey(record.card.uid), file.name);
    }
    return uids;
  }

  async #noteUid(book: LocalBook, uid: string, name: string): Promise<void> {
    const known = await this.#uids.get(book.folder);
    known?.set(uidKey(uid), name);
  }

  /** The file of that name is gone from the book. */
  async forget(book: LocalBook, name: string): Promise<void> {
    const known = await this.#uids.get(book.folder);
    for (const [uid, holder] of known ?? []) if (holder === name) known?.delete(uid);
  }

  forgetBook(book: LocalBook): void {
    this.#uids.delete(book.folder);
  }

  /** By the name that a new file for this uid would have. */
  async byUid(book: LocalBook, uid: string): Promise<ContactRecord | undefined> {
    const known = await this.#uids.get(book.folder);
    const names = new Set([known?.get(uidKey(uid)), `${safeFileName(uid)}.vcf`, `${hashedFileName(uid)}.vcf`]);
    for (const name of names) {
      const file = name === undefined ? undefined : await this.#loadOrNothing(book, name);
      const card = file?.cards.find(({ record }) => uidKey(record.card.uid) === uidKey(uid));
      if (card) return card.record;
    }
    return undefined;
  }
}

function exists(uid: string, name: string): Conflict {
  return new Conflict(`there is a contact with the uid ${printable(uid)} already`, {
    why: printable(name),
    contact: uid,
  });
}

/** A name in this folder and nothing else: no path, not hidden. */
function isFileName(name: string): boolean {
  return name !== '' && name.length <= 250 && !/[/\\\0]/.test(name) && !name.startsWith('.') && basename(name) === name;
}
