/** Address books: the tree of contact folders (vendor pages "List contactFolders", "List childFolders"). */
import { asArray, asObject, member, optString } from '../../http/check.js';
import type { Book } from '../../model/card.js';
import { NotFound, ProtocolError, Refused } from '../../model/errors.js';
import type { BookAdmin } from '../types.js';
import type { Api } from './api.js';
import type { Call } from './call.js';
import { pages } from './pages.js';

/**
 * Id of the default folder here, which is its well-known name: v1.0 of Graph leaves that folder out of the list, and
 * its own id stands only in the contacts that are in it.
 */
export const DEFAULT = 'contacts';

/** Folders a page. */
const PAGE = 100;

export interface Folder {
  book: Book;
  /** Names from the top, joined by `/`. */
  path: string;
  /** The server's id; undefined for a default folder that is not in the list. */
  serverId: string | undefined;
  /** The server's id of what it is in. */
  parentId: string | undefined;
  /** The server says that this is the default folder; else its name alone does. */
  sure: boolean;
}

function parseFolder(value: unknown, where: string, api: Api, above: string): Folder {
  const { wire } = api.dialect;
  const folder = asObject(value, where);
  const id = optString(folder, wire('id'), where) ?? '';
  if (id === '') throw new ProtocolError(`answer of ${where}: id is missing`);
  const name = optString(folder, wire('displayName'), where) || id;
  const sure = optString(folder, wire('wellKnownName'), where)?.toLowerCase() === DEFAULT;
  const isDefault = sure || (above === '' && name.toLowerCase() === DEFAULT);
  const path = above === '' ? name : `${above}/${name}`;
  const description = path === name ? {} : { description: path };
  const book: Book = { id: isDefault ? DEFAULT : id, name, ...description, isDefault, readOnly: false };
  return { book, path, serverId: id, parentId: optString(folder, wire('parentFolderId'), where), sure };
}

/** Where the context names the mailbox by its address: `…/$metadata#users('ada%40contoso.example')/contactFolders`. */
function userOf(page: Record<string, unknown>, what: string): string | undefined {
  const found = /#users\('([^']+)'\)/i.exec(optString(page, '@odata.context', what) ?? '')?.[1];
  const name = found?.replace(/%40/i, '@') ?? '';
  return /^[^@\s%]+@[^@\s%]+\.[^@\s%]+$/.test(name) ? name : undefined;
}

async function tree(api: Api, parent: Folder | undefined, tell: (user: string) => void): Promise<Folder[]> {
  const what = 'list address books';
  const path =
    parent?.serverId === undefined
      ? api.path('contactFolders')
      : api.path('contactFolders', parent.serverId, 'childFolders');
  const folders: Folder[] = [];
  for await (const page of pages(api, { path, query: { $top: PAGE }, what })) {
    const items = asArray(member(page, 'value'), `${what}: value`);
    const user = userOf(page, what);
    if (user !== undefined) tell(user);
    folders.push(...items.map((item, at) => parseFolder(item, `${what}: value[${at}]`, api, parent?.path ?? '')));
  }
  // Asked for within one turn, so that they share a batch.
  const below = await Promise.all(folders.map((folder) => tree(api, folder, tell)));
  return folders.flatMap((folder, at) => [folder, ...(below[at] ?? [])]);
}

async function readFolders(api: Api, tell: (user: string) => void): Promise<Folder[]> {
  const seen = new Set<string>();
  const folders = (await tree(api, undefined, tell)).filter(
    ({ serverId = '' }) => !seen.has(serverId) && seen.add(serverId),
  );
  const main = folders.find(({ sure }) => sure) ?? folders.find(({ book }) => book.isDefault);
  for (const { book, serverId } of folders) {
    if (!book.isDefault || serverId === main?.serverId) continue;
    book.isDefault = false;
    book.id = serverId ?? '';
  }
  const book: Book = { id: DEFAULT, name: 'Contacts', isDefault: true, readOnly: false };
  const first = main ?? { book, path: 'Contacts', serverId: undefined, parentId: undefined, sure: false };
  return [first, ...folders.filter((folder) => folder !== main)];
}

function matches({ book, path }: Folder, name: string): boolean {
  const wanted = name.toLowerCase();
  return [book.name, path].some((own) => own.toLowerCase() === wanted);
}

export class Folders {
  /** The mailbox's address, once the server has told. */
  user: string | undefined;
  private known: Promise<Folder[]> | undefined;

  constructor(
    private readonly api: Api,
    private readonly wanted: string | undefined,
  ) {}

  /** Read once a connection. Default first. */
  all(): Promise<Folder[]> {
    this.known ??= readFolders(this.api, (user) => (this.user = user)).catch((error: unknown) => {
      this.known = undefined;
      throw error;
    });
    return this.known;
  }

  async books(): Promise<Book[]> {
    return (await this.all()).map(({ book }) => ({ ...book }));
  }

  /** The book that a contact's `parentFolderId` means. */
  async bookOf(parent: string | undefined): Promise<string> {
    const found = (await this.all()).find(({ serverId }) => serverId !== undefined && serverId === parent);
    return found?.book.id ?? DEFAULT;
  }

  /** @throws NotFound */
  async find(id: string): Promise<Folder> {
    const found = (await this.all()).find(({ book, serverId }) => book.id === id || serverId === id);
    if (found === undefined) throw new NotFound(`no address book "${id}"`, { hint: await this.names() });
    return found;
  }

  /** Where new contacts go: the profile's book, else the default. @throws NotFound */
  async forWriting(): Promise<string> {
    const { wanted } = this;
    if (wanted === undefined) return DEFAULT;
    const folders = await this.all();
    const found =
      folders.find(({ book, serverId }) => book.id === wanted || serverId === wanted) ??
      folders.find((folder) => matches(folder, wanted));
    if (found !== undefined) return found.book.id;
    throw new NotFound(`no address book "${wanted}"`, { hint: await this.names() });
  }

  /** Path of the contacts of a book, to create in and to look in. */
  contactsOf(bookId: string): string {
    return bookId === DEFAULT ? this.api.path('contacts') : this.api.path('contactFolders', bookId, 'contacts');
  }

  /**
   * Paths that together hold all contacts of a book, and perhaps others. `contacts` is the default folder alone or
   * the whole mailbox, depending on the page; a default folder known by its own id is read by that.
   */
  sourcesOf({ book, serverId, sure }: Folder): string[] {
    const own = serverId === undefined ? [] : [this.api.path('contactFolders', serverId, 'contacts')];
    if (!book.isDefault) return own;
    return sure ? own : [this.api.path('contacts'), ...own];
  }

  forget(): void {
    this.known = undefined;
  }

  private async names(): Promise<string> {
    return `there are: ${(await this.all()).map(({ book }) => book.name).join(', ')}`;
  }
}

/** Graph only: the Outlook pages have folders to read and no more. */
export function bookAdmin(api: Api, folders: Folders): BookAdmin {
  const builtIn = async (id: string, verb: string): Promise<Book> => {
    const { book } = await folders.find(id);
    if (book.isDefault) throw new Refused(`the address book "${book.name}" is built in and cannot be ${verb}`);
    return book;
  };
  const done = (answer: Record<string, unknown>, what: string): Book => {
    folders.forget();
    const folder = parseFolder(answer, what, api, '-');
    return { id: folder.serverId ?? '', name: folder.book.name, isDefault: false, readOnly: false };
  };
  return {
    async create(name) {
      const what = `create address book "${name}"`;
      const path = api.path('contactFolders');
      const call: Call = { method: 'POST', path, json: { displayName: name }, repeat: 'never', what };
      return done(api.object(call, await api.send(call)), what);
    },
    async rename(id, name) {
      const { name: old } = await builtIn(id, 'renamed');
      const what = `rename address book "${old}"`;
      const path = api.path('contactFolders', id);
      const call: Call = { method: 'PATCH', path, json: { displayName: name }, repeat: 'idempotent', what };
      return done(api.object(call, await api.send(call)), what);
    },
    async delete(id) {
      const { name } = await builtIn(id, 'deleted');
      const what = `delete address book "${name}"`;
      await api.send({ method: 'DELETE', path: api.path('contactFolders', id), repeat: 'idempotent', what });
      folders.forget();
    },
  };
}
