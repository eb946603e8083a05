/**
 * Axigen's contact folders as address books, over the Mailbox API ("Mailbox API – Folders" page). Ids of this API are
 * shown as `rest:ID`: they have nothing to do with the uids and paths of CardDAV.
 */
import type { Book } from '../../model/card.js';
import { Refused } from '../../model/errors.js';
import { foldText } from '../../model/normalize.js';
import type { BookAdmin } from '../types.js';
import type { AxigenRest } from './rest.js';
import type { RestFolder } from './shapes.js';

const PREFIX = 'rest:';

/** The id that the user sees for an id of the Mailbox API. */
export function restId(id: string): string {
  return `${PREFIX}${id}`;
}

/** The Mailbox API's id; undefined when it is none of its ids. */
export function plainId(id: string): string | undefined {
  return id.startsWith(PREFIX) ? id.slice(PREFIX.length) : undefined;
}

function readable(folder: RestFolder): boolean {
  return folder.permissions === undefined || folder.permissions.includes('r');
}

function editable(folder: RestFolder): boolean {
  return folder.permissions === undefined || folder.permissions.includes('i');
}

/** The user's own folder, neither the domain's nor lent by somebody else. */
export function isOwn(folder: RestFolder): boolean {
  return folder.accessMode === 'local' || folder.accessMode === '';
}

/** Contact folders that can be read, own ones first; without those in the trash, where a first delete moves a folder. */
export function contactFolders(all: readonly RestFolder[]): RestFolder[] {
  const byId = new Map(all.map((folder) => [folder.id, folder]));
  const trashed = (folder: RestFolder | undefined, depth = 0): boolean =>
    folder !== undefined && depth < 100 && (folder.role === 'trash' || trashed(byId.get(folder.parentId), depth + 1));
  const found = all.filter((folder) => folder.folderType === 'contacts' && readable(folder) && !trashed(folder));
  return [...found.filter(isOwn), ...found.filter((folder) => !isOwn(folder))];
}

/** `Contacts/Team`, and whose it is when it is not the user's: two people's folders often have one name. */
function folderName(folder: RestFolder, byId: ReadonlyMap<string, RestFolder>): string {
  const parts = [folder.name];
  let parent = byId.get(folder.parentId);
  for (let depth = 0; parent?.folderType === 'contacts' && depth < 100; depth += 1) {
    parts.unshift(parent.name);
    parent = byId.get(parent.parentId);
  }
  const owner = isOwn(folder) || folder.ownerUsername === '' ? '' : ` (${folder.ownerUsername})`;
  return `${parts.join('/')}${owner}`;
}

function describe(folder: RestFolder): string {
  const whose = isOwn(folder) ? 'folder' : `${folder.accessMode} folder`;
  return `${whose}${editable(folder) ? '' : ', not editable'}; read by its nine summary fields only`;
}

/** One folder as a book. Read-only: its contacts are read by the Mailbox API, which cannot write them. */
function toBook(folder: RestFolder, byId: ReadonlyMap<string, RestFolder>, aside = true): Book {
  return {
    id: restId(folder.id),
    name: folderName(folder, byId),
    description: describe(folder),
    isDefault: false,
    readOnly: true,
    // Its contacts are in the CardDAV collection, whole, or they are nobody's own: no part of a list of everything.
    ...(aside ? { aside } : {}),
    ...(folder.totalItems === undefined ? {} : { total: folder.totalItems }),
  };
}

/** The one book where the server does not tell its folders: what a list without a folder holds. */
export function allFolders(): Book {
  const description = 'all contact folders; read by its nine summary fields only';
  return { id: PREFIX, name: 'All contacts', description, isDefault: true, readOnly: true };
}

/**
 * Whether a folder is what the CardDAV collection is made of: the user's own one at the root that has the collection's
 * name (`/Contacts/Contacts/` and the folder "Contacts", where new contacts land). Both names lead to the collection.
 */
function isCollection(folder: RestFolder, byId: ReadonlyMap<string, RestFolder>, names: readonly string[]): boolean {
  const atRoot = byId.get(folder.parentId)?.folderType !== 'contacts';
  return isOwn(folder) && atRoot && names.some((name) => foldText(name) === foldText(folder.name));
}

/**
 * @param collection names of the CardDAV collection: the folder that is the same thing is left out
 * @param own `listed`: a list of everything goes through the user's own folders, since there is no collection
 */
export async function folderBooks(
  rest: AxigenRest,
  { collection = [], own = 'aside' }: { collection?: readonly string[]; own?: 'aside' | 'listed' },
): Promise<Book[]> {
  const all = await rest.folders();
  const byId = new Map(all.map((folder) => [folder.id, folder]));
  const others = contactFolders(all).filter((folder) => !isCollection(folder, byId, collection));
  return others.map((folder) => toBook(folder, byId, !isOwn(folder) || own === 'aside'));
}

/** Creates, renames and deletes contact folders. What is no folder (the CardDAV collections) is refused before any request. */
export function folderAdmin(rest: AxigenRest): BookAdmin {
  const folderId = (id: string): string => {
    const plain = plainId(id);
    if (plain !== undefined) return plain;
    throw new Refused("this address book is the server's own view of all folders: it cannot be renamed or deleted", {
      hint: 'name one of the folders of `book list`',
    });
  };
  const single = (folder: RestFolder): Book => toBook(folder, new Map());
  return {
    aside: true,
    create: async (name) => single(await rest.createFolder(name)),
    rename: async (id, name) => single(await rest.renameFolder(folderId(id), name)),
    delete: async (id) => rest.deleteFolder(folderId(id)),
  };
}
