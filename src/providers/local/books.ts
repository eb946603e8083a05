/** The address books of a vdir: the folder itself, and each folder in it. */
import { access, constants, mkdir, realpath, rmdir, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Book } from '../../model/card.js';
import { Conflict, NotFound, Refused, UsageError } from '../../model/errors.js';
import { printable } from '../../model/text.js';
import {
  createFile,
  entriesOfFolder,
  errorCode,
  fileError,
  type FolderEntry,
  makeFolder,
  readMeta,
  replaceFile,
} from './files.js';

export interface LocalBook extends Book {
  /** Name of the folder below the vdir; '' for the vdir itself. */
  folder: string;
  path: string;
}

/** Id of the vdir itself as a book. */
const ROOT = 'default';
/** Metadata of a vdir, beside the items (vdir, section "Metadata"). */
const META: ReadonlySet<string> = new Set(['displayname', 'description', 'color', 'order']);

export function isItem(name: string): boolean {
  return !name.startsWith('.') && /\.vcf$/i.test(name);
}

export class Books {
  #base: string | undefined;
  #known: LocalBook[] | undefined;

  /** `wanted`: the default book by id or name. */
  constructor(
    readonly root: string,
    readonly wanted: string | undefined,
  ) {}

  /** The real path of the vdir; undefined while it does not exist. @throws UsageError when it is no folder */
  async base(): Promise<string | undefined> {
    if (this.#base !== undefined) return this.#base;
    try {
      const real = await realpath(this.root);
      if (!(await stat(real)).isDirectory()) {
        throw new UsageError(`${printable(this.root)} is no folder`, { hint: 'set --option path=DIR to a folder' });
      }
      this.#base = real;
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return undefined;
      throw fileError(error, `cannot open ${printable(this.root)}`);
    }
    return this.#base;
  }

  /** The same, made when it is missing. */
  async ensureBase(): Promise<string> {
    if ((await this.base()) === undefined) {
      try {
        await makeFolder(this.root);
      } catch (error) {
        throw fileError(error, `cannot make ${printable(this.root)}`);
      }
    }
    return (await this.base()) ?? this.root;
  }

  /**
   * Default first. As last read: writing thousands of contacts must not read the folder thousands of times; `fresh`
   * reads again. @throws NotFound when the book that the profile names is not there (unless `lenient`)
   */
  async all(fresh = false, lenient = false): Promise<LocalBook[]> {
    if (!this.#known || fresh) this.#known = await this.#read();
    const chosen = this.#default(this.#known, lenient);
    for (const book of this.#known) book.isDefault = book === chosen;
    return [...this.#known].sort((a, b) => Number(b.isDefault) - Number(a.isDefault));
  }

  async #read(): Promise<LocalBook[]> {
    const base = await this.base();
    const entries = base === undefined ? [] : await entriesOfFolder(base, base);
    const folders = entries.filter((entry) => entry.kind === 'folder' && !entry.name.startsWith('.'));
    const books: LocalBook[] = [];
    if (isBook(entries, folders)) books.push(await this.#book('', base ?? this.root));
    const root = books.length > 0;
    for (const { name } of folders) books.push(await this.#book(name, join(base ?? this.root, name), root));
    return books;
  }

  async #book(folder: string, path: string, root = false): Promise<LocalBook> {
    const name = (await readMeta(path, 'displayname')) ?? (folder || 'Contacts');
    const description = await readMeta(path, 'description');
    // A folder may be called like the root: the slash keeps them apart.
    const id = folder === '' ? ROOT : folder === ROOT && root ? `${folder}/` : folder;
    const readOnly = await access(path, constants.W_OK).then(
      () => false,
      (error: unknown) => errorCode(error) !== 'ENOENT',
    );
    return {
      id,
      name,
      ...(description === undefined ? {} : { description }),
      isDefault: false,
      readOnly,
      folder,
      path,
    };
  }

  #default(books: readonly LocalBook[], lenient: boolean): LocalBook | undefined {
    const { wanted } = this;
    if (wanted === undefined) return books[0];
    const fold = wanted.toLowerCase();
    const chosen =
      books.find((book) => book.id === wanted || book.folder === wanted) ??
      books.find((book) => book.name === wanted) ??
      books.find((book) => book.name.toLowerCase() === fold);
    if (chosen || lenient) return chosen ?? books[0];
    const there = books.map((book) => printable(book.name)).join(', ');
    throw new NotFound(`there is no address book "${printable(wanted)}"`, { hint: `there are: ${there}` });
  }

  /** @throws NotFound listing what there is */
  async byId(id: string | undefined): Promise<LocalBook> {
    const pick = (book: LocalBook): boolean => (id === undefined ? book.isDefault : book.id === id);
    const known = (await this.all()).find(pick);
    if (known) return known;
    const books = await this.all(true);
    const found = books.find(pick);
    if (found) return found;
    throw new NotFound(`there is no address book "${printable(id ?? '')}"`, {
      hint: `there are: ${books.map((book) => book.id).join(', ')}`,
    });
  }

  async create(name: string): Promise<LocalBook> {
    const clean = cleanName(name);
    const books = await this.all(true, true);
    if (books.some((book) => book.name === clean))
      throw new Conflict(`there is an address book "${printable(clean)}" already`);
    const base = await this.ensureBase();
    const root = books.find((book) => book.folder === '');
    // With a folder in it the vdir would stop being a book while it holds no contact: its name says that it stays one.
    if (root && (await readMeta(base, 'displayname')) === undefined)
      await createFile(join(base, 'displayname'), Buffer.from(`${root.name}\n`));
    const folder = folderName(clean);
    try {
      await mkdir(join(base, folder), { mode: 0o700 });
    } catch (error) {
      throw fileError(error, `cannot make the address book "${printable(clean)}"`);
    }
    await replaceFile(join(base, folder, 'displayname'), Buffer.from(`${clean}\n`));
    return this.#named(folder);
  }

  async #named(folder: string): Promise<LocalBook> {
    const found = (await this.all(true, true)).find((book) => book.folder === folder);
    if (!found) throw new NotFound(`the address book "${printable(folder)}" is gone`);
    return found;
  }

  async rename(id: string, name: string): Promise<LocalBook> {
    const clean = cleanName(name);
    const book = await this.byId(id);
    if ((await this.all(true, true)).some((other) => other.folder !== book.folder && other.name === clean)) {
      throw new Conflict(`there is an address book "${printable(clean)}" already`);
    }
    await this.ensureBase();
    try {
      await replaceFile(join(book.path, 'displayname'), Buffer.from(`${clean}\n`));
    } catch (error) {
      throw fileError(error, `cannot rename the address book "${printable(book.name)}"`);
    }
    return this.#named(book.folder);
  }

  /** Removes items and metadata, then the folder; refuses when anything else is in it. */
  async delete(id: string): Promise<LocalBook> {
    const book = await this.byId(id);
    const base = await this.ensureBase();
    if (book.folder === '') {
      throw new Refused(`"${printable(book.name)}" is the folder itself and is not deleted`, {
        hint: `remove ${printable(base)} yourself`,
      });
    }
    const entries = await entriesOfFolder(book.path, base);
    const foreign = entries.find(
      (entry) =>
        entry.kind !== 'file' ||
        !(isItem(entry.name) || META.has(entry.name) || /\.vcf\.[0-9a-f]{12}\.tmp$/.test(entry.name)),
    );
    if (foreign) {
      throw new Refused(`the address book "${printable(book.name)}" holds something that is no contact`, {
        why: `${book.folder}/${foreign.name}`,
        hint: 'move it away first',
      });
    }
    try {
      for (const { name } of entries) await unlink(join(book.path, name));
      await rmdir(book.path);
    } catch (error) {
      throw fileError(error, `cannot delete the address book "${printable(book.name)}"`);
    }
    this.#known = undefined;
    return book;
  }
}

/** The vdir itself is a book when it holds cards, no folder at all, or a name of its own. */
function isBook(entries: readonly FolderEntry[], folders: readonly FolderEntry[]): boolean {
  return (
    folders.length === 0 ||
    entries.some((entry) => entry.kind === 'file' && (isItem(entry.name) || entry.name === 'displayname'))
  );
}

function cleanName(name: string): string {
  const clean = name.replace(/[\0-\x1f\x7f]/g, ' ').trim();
  if (clean === '') throw new UsageError('an address book needs a name');
  return clean;
}

/** A folder for the name: letters and digits of every script, never hidden, never a path. */
function folderName(name: string): string {
  const plain = name
    .normalize('NFC')
    .replace(/[^\p{L}\p{N}_. -]+/gu, '-')
    .replace(/^[-. ]+|[-. ]+$/g, '');
  const cut = Array.from(plain).slice(0, 60).join('').trim();
  return cut === '' || /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i.test(cut)
    ? `book-${Buffer.from(name).toString('hex').slice(0, 16)}`
    : cut;
}
