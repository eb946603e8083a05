/** Address books: MDaemon's folders of type 2 (vendor page "Folders"). */
import { asArray, asObject, isObject, member, optArray, optObject } from '../../http/check.js';
import type { Book } from '../../model/card.js';
import { NotFound, ProtocolError, Refused } from '../../model/errors.js';
import type { BookAdmin } from '../types.js';
import { pathOf } from './api.js';
import type { Api } from './api.js';
import { isTrue, scalar } from './map.js';

/** Folder type of contacts. */
const CONTACTS = '2';
/** Name of the own default contacts, understood wherever a folder id is. */
export const PERSONAL = 'personal';

export interface Folder {
  book: Book;
  /** Neither public nor shared by somebody else. */
  own: boolean;
  readable: boolean;
  path: string;
  parent: string;
}

export interface Folders {
  /** Read once a connection. Default first. */
  all(): Promise<Folder[]>;
  /** Ids of the user's own readable folders, default first. */
  own(): Promise<string[]>;
  /** Where new contacts go: the profile's book, else the own default. @throws NotFound */
  forWriting(): Promise<string>;
  admin: BookAdmin;
}

/** Only true permissions are listed; a folder of one's own may come without any. */
function allows(folder: Record<string, unknown>, names: readonly string[], where: string): boolean {
  const permissions = optObject(folder, 'permissions', where);
  if (permissions === undefined || isTrue(member(folder, 'admin'))) return true;
  return names.some((name) => isTrue(member(permissions, name)));
}

function parseFolder(value: unknown, where: string): Folder | undefined {
  const folder = asObject(value, where);
  const id = scalar(folder, 'id', where);
  if (id === '') throw new ProtocolError(`answer of ${where}.id is missing`);
  const type = scalar(folder, 'type', where);
  if (type !== '' && type !== CONTACTS) return undefined;
  const path = scalar(folder, 'path', where);
  const name = scalar(folder, 'display_name', where) || path || id;
  const own = !isTrue(member(folder, 'public')) && !isTrue(member(folder, 'shared'));
  const book: Book = {
    id,
    name,
    ...(path !== '' && path !== name ? { description: path } : {}),
    isDefault: own && isTrue(member(folder, 'default')),
    readOnly: !allows(folder, ['can_create', 'can_edit', 'can_write'], where),
  };
  return { book, own, readable: allows(folder, ['can_read'], where), path, parent: scalar(folder, 'parent_id', where) };
}

/** The page does not name the member that holds the list: any list of objects with an id will do, or a bare list. */
function folderItems(answer: unknown, what: string): unknown[] {
  if (Array.isArray(answer)) return answer as unknown[];
  const body = asObject(answer, what);
  const named = optArray(body, 'folders', what);
  if (named !== undefined) return named;
  const lists = Object.values(body).filter((value): value is unknown[] => Array.isArray(value));
  const list = lists.find((items) => items.every((item) => isObject(item) && member(item, 'id') !== undefined));
  return asArray(list, `${what}: folders`);
}

/** Servers that do not answer for folders still have the address book names of the contacts page. */
async function personalOnly(api: Api): Promise<Folder[]> {
  const what = 'list contacts';
  const query = { max_per_page: 1 };
  const page = await api.object({
    method: 'GET',
    path: pathOf('contacts', PERSONAL, 'page', 1),
    query,
    repeat: 'safe',
    what,
  });
  const [first] = asArray(member(page, 'contacts'), `${what}: contacts`);
  const id = isObject(first) ? scalar(first, 'folder', what) : '';
  const book: Book = { id: id || PERSONAL, name: 'Contacts', isDefault: true, readOnly: false };
  return [{ book, own: true, readable: true, path: '', parent: '' }];
}

async function readFolders(api: Api): Promise<Folder[]> {
  const what = 'list address books';
  let answer: unknown;
  try {
    answer = await api.call({ method: 'GET', path: 'folders/type/2', repeat: 'safe', what });
  } catch (error) {
    if (error instanceof NotFound || error instanceof Refused) return personalOnly(api);
    throw error;
  }
  const folders = folderItems(answer, what)
    .map((item, index) => parseFolder(item, `${what}: folders[${index}]`))
    .filter((folder) => folder !== undefined);
  if (folders.length === 0) return personalOnly(api);
  const mark = folders.find(({ book }) => book.isDefault) ?? folders.find(({ own }) => own);
  for (const { book } of folders) book.isDefault = book === mark?.book;
  return folders.sort((a, b) => Number(b.book.isDefault) - Number(a.book.isDefault));
}

function matches({ book, path }: Folder, name: string): boolean {
  const folded = name.trim().toLowerCase();
  return [book.name, path].some((text) => text !== '' && text.toLowerCase() === folded);
}

export function openFolders(api: Api, wanted: string | undefined): Folders {
  let known: Promise<Folder[]> | undefined;
  const all = (): Promise<Folder[]> => {
    known ??= readFolders(api).catch((error: unknown) => {
      known = undefined;
      throw error;
    });
    return known;
  };

  return {
    all,
    async own() {
      const folders = await all();
      return folders.filter((folder) => folder.own && folder.readable).map(({ book }) => book.id);
    },
    async forWriting() {
      const folders = await all();
      const found =
        wanted === undefined
          ? folders.find(({ book }) => book.isDefault)
          : (folders.find(({ book }) => book.id === wanted) ?? folders.find((folder) => matches(folder, wanted)));
      if (found !== undefined) return found.book.id;
      throw new NotFound(wanted === undefined ? 'there is no default address book' : `no address book "${wanted}"`, {
        hint: `there are: ${folders.map(({ book }) => book.name).join(', ')}`,
      });
    },
    admin: bookAdmin(api, all, () => (known = undefined)),
  };
}

function bookAdmin(api: Api, all: () => Promise<Folder[]>, forget: () => void): BookAdmin {
  const find = async (id: string): Promise<Folder> => {
    const found = (await all()).find(({ book }) => book.id === id);
    if (found !== undefined) return found;
    throw new NotFound(`no address book "${id}"`);
  };
  const written = (book: Book): Book => {
    forget();
    return book;
  };
  return {
    async create(name) {
      // Beside the default folder; -1 is the root.
      const parent = (await all()).find(({ book }) => book.isDefault)?.parent ?? '';
      const parentId = Number.isInteger(Number(parent)) && parent !== '' ? Number(parent) : -1;
      const json = { create: 1, type: 2, name, parent_id: parentId };
      const what = `create address book "${name}"`;
      const answer = await api.write({ method: 'PUT', path: 'folders', json, repeat: 'never', what });
      const id = scalar(answer, 'id', what);
      if (id === '') throw new ProtocolError(`answer of ${what}: id is missing`);
      return written({ id, name, isDefault: false, readOnly: false });
    },
    async rename(id, name) {
      const { book } = await find(id);
      const what = `rename address book "${book.name}"`;
      const path = pathOf('folders', id);
      // The answer's id counts: it may be another one than before.
      const answer = await api.write({ method: 'POST', path, json: { rename: name }, repeat: 'never', what });
      return written({ ...book, id: scalar(answer, 'id', what) || id, name });
    },
    async delete(id) {
      const { book } = await find(id);
      // "Folders" page: a built-in folder (default) cannot be edited.
      if (book.isDefault) throw new Refused(`the address book "${book.name}" is built in and cannot be deleted`);
      const what = `delete address book "${book.name}"`;
      await api.write({ method: 'DELETE', path: pathOf('folders', id), repeat: 'never', what });
      forget();
    },
  };
}
