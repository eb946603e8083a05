/** Folders, REST ids and sync tokens over the cards that CardDAV stores: one store, two views. */
import { createHash } from 'node:crypto';
import { summarize, type Summary } from './fields.js';

/** One stored card as the CardDAV half holds it. */
export interface StoredCard {
  /** Path of the resource. */
  path: string;
  etag: string;
  text: string;
}

/** What the REST half reads from the store. */
export interface CardSource {
  cards(): Iterable<StoredCard>;
  /** Another value after every change. */
  version(): unknown;
}

export interface FakeFolder {
  id: string;
  name: string;
  parentId: string;
  role: string;
  ownerUsername: string;
  ownerFullname: string;
  folderType: string;
  accessMode: string;
  permissions: string[];
  /** May be neither renamed nor deleted. */
  special: boolean;
}

export interface Item extends Summary {
  id: string;
  folderId: string;
  etag: string;
}

/** Contact id to "folder and version". */
type Snapshot = ReadonlyMap<string, string>;

export interface Difference {
  kind: 'new' | 'replaced' | 'removed';
  id: string;
  folderId: string;
}

const ALL_RIGHTS = ['l', 'r', 's', 'w', 'i', 'k', 'x', 't', 'e', 'a'];
const ROOT = 'MTY3Nzk4MDk=';

export class AxigenState {
  readonly rootId = ROOT;
  readonly folders = new Map<string, FakeFolder>();
  readonly #source: CardSource;
  /** Folder of a card by path; the default folder when it says nothing. */
  readonly #placed = new Map<string, string>();
  readonly #numbers = new Map<string, number>();
  readonly #snapshots = new Map<string, Snapshot>();
  #serial = 100;
  #cache: { version: unknown; items: Item[] } | undefined;
  #placements = 0;

  constructor(source: CardSource, user: string) {
    this.#source = source;
    const add = (name: string, folder: Partial<FakeFolder>): FakeFolder => this.#addFolder(name, user, folder);
    add('INBOX', { folderType: 'mails', role: 'inbox', special: true });
    add('Trash', { folderType: 'mails', role: 'trash', special: true });
    add('Contacts', { special: true });
    add('Collected addresses', { special: true });
    const root = add('Public folders', {
      folderType: 'public_container',
      accessMode: 'public',
      permissions: ['l'],
      special: true,
    });
    const shared = { accessMode: 'public', parentId: root.id, special: true };
    add('Domain contacts', { ...shared, permissions: ['l', 'r'] });
    add('Public contacts', { ...shared, permissions: ['l', 'r'] });
  }

  #addFolder(name: string, user: string, folder: Partial<FakeFolder>): FakeFolder {
    this.#serial += 1;
    const made: FakeFolder = {
      id: Buffer.from(`16779809_${String(this.#serial)}\n4`).toString('base64'),
      name,
      parentId: ROOT,
      role: '',
      ownerUsername: user,
      ownerFullname: '',
      folderType: 'contacts',
      accessMode: 'local',
      permissions: ALL_RIGHTS,
      special: false,
      ...folder,
    };
    this.folders.set(made.id, made);
    return made;
  }

  /** A folder by its name. */
  folder(name: string): FakeFolder {
    const found = [...this.folders.values()].find((folder) => folder.name === name);
    if (found === undefined) throw new Error(`the stand-in has no folder ${name}`);
    return found;
  }

  createFolder(name: string, user: string, folder: Partial<FakeFolder> = {}): FakeFolder {
    return this.#addFolder(name, user, folder);
  }

  /** Puts a card into another folder: its REST id changes, as the samples of the vendor's page suggest. */
  place(path: string, folderId: string): void {
    this.#placed.set(path, folderId);
    this.#placements += 1;
  }

  /** The first delete moves a folder to the trash, a delete inside the trash destroys it. */
  deleteFolder(id: string): void {
    const trash = this.folder('Trash').id;
    const folder = this.folders.get(id);
    if (folder === undefined) return;
    if (folder.parentId === trash) this.folders.delete(id);
    else folder.parentId = trash;
    this.#placements += 1;
  }

  #itemId(path: string, folderId: string): string {
    const key = `${path}\n${folderId}`;
    let number = this.#numbers.get(key);
    if (number === undefined) this.#numbers.set(key, (number = this.#numbers.size + 3000));
    const folder = Buffer.from(folderId, 'base64').toString('latin1').split('\n')[0] ?? '';
    return Buffer.from(`${folder}_${String(number)}\n4`).toString('base64');
  }

  items(): Item[] {
    const version = `${String(this.#source.version())}/${String(this.#placements)}`;
    if (this.#cache?.version === version) return this.#cache.items;
    const known = new Map(this.#cache?.items.map((item) => [`${item.id} ${item.etag}`, item]));
    const home = this.folder('Contacts').id;
    const items: Item[] = [];
    for (const { path, etag, text } of this.#source.cards()) {
      const folderId = this.#placed.get(path) ?? home;
      if (!this.folders.has(folderId)) continue;
      const id = this.#itemId(path, folderId);
      items.push(known.get(`${id} ${etag}`) ?? { ...summarize(text), id, folderId, etag });
    }
    this.#cache = { version, items };
    return items;
  }

  #register(scope: string, snapshot: Snapshot): string {
    const hash = createHash('sha256').update(scope);
    for (const [id, mark] of [...snapshot].sort(([a], [b]) => (a < b ? -1 : 1))) hash.update(`${id} ${mark}\n`);
    // A token that breaks whoever forgets to encode it.
    const token = `+/${hash.digest('base64').slice(0, 20)}=,`.repeat(scope === '' ? this.folders.size : 1);
    this.#snapshots.set(token, snapshot);
    return token;
  }

  #snapshot(scope: string): Snapshot {
    const mine = this.items().filter((item) => scope === '' || item.folderId === scope);
    return new Map(mine.map((item) => [item.id, `${item.folderId} ${item.etag}`]));
  }

  /** Token for now. `scope` is a folder id, or '' for all. */
  token(scope: string): string {
    return this.#register(scope, this.#snapshot(scope));
  }

  /** Every token ever given is refused from now on. */
  forgetTokens(): void {
    this.#snapshots.clear();
  }

  /** Differences since a token, at most `limit`, and the token behind them; undefined for a token it never gave. */
  since(
    scope: string,
    token: string | undefined,
    limit: number,
  ): { found: Difference[]; token: string; more: boolean } | undefined {
    const before = token === undefined ? new Map<string, string>() : this.#snapshots.get(token);
    if (before === undefined || (token !== undefined && token !== this.#register(scope, before))) return undefined;
    const now = this.#snapshot(scope);
    const all: Difference[] = [];
    for (const [id, mark] of now) {
      const old = before.get(id);
      const folderId = mark.split(' ')[0] ?? '';
      if (old === undefined) all.push({ kind: 'new', id, folderId });
      else if (old !== mark) all.push({ kind: 'replaced', id, folderId });
    }
    for (const [id, mark] of before)
      if (!now.has(id)) all.push({ kind: 'removed', id, folderId: mark.split(' ')[0] ?? '' });
    const found = all.slice(0, limit);
    const after = new Map(before);
    for (const { kind, id } of found) {
      if (kind === 'removed') after.delete(id);
      else after.set(id, now.get(id) ?? '');
    }
    return { found, token: this.#register(scope, after), more: all.length > found.length };
  }
}
