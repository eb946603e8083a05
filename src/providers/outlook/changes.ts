/** What changed since a token: rounds in all folders, and the changed contacts read whole. */
import { asArray, asObject, member, optString } from '../../http/check.js';
import type { ContactRecord } from '../../model/card.js';
import { NotFound, Refused } from '../../model/errors.js';
import type { Changes } from '../types.js';
import { IN_FLIGHT } from './api.js';
import type { Api } from './api.js';
import type { Call } from './call.js';
import { DEFAULT } from './folders.js';
import type { Folder, Folders } from './folders.js';
import type { Reader } from './read.js';
import { round } from './rounds.js';
import type { Round, Touched } from './rounds.js';
import { readToken, writeToken } from './token.js';
import type { Mark } from './token.js';

/** A folder to be tracked: the name of its mark, and how it is addressed. */
interface Tracked {
  key: string;
  id: string;
}

/** Contacts that a round left out and that are there: with so many it was no full one. */
const MOST_THERE = 4;

/** Statuses that say that a link is not good any more ("Delta query overview"). */
const STALE = new Set([400, 404, 410]);

export class ChangeLog {
  constructor(
    private readonly api: Api,
    private readonly folders: Folders,
    private readonly reader: Reader,
  ) {}

  async current(bookIds?: readonly string[]): Promise<string> {
    const marks = new Map<string, Mark>();
    for (const { key, id } of await this.tracked(bookIds)) {
      const result = await this.first(id);
      if (result !== undefined) marks.set(key, result.mark);
    }
    return writeToken({ dialect: this.api.dialect.name, folders: marks });
  }

  async since(token: string | undefined, bookIds?: readonly string[]): Promise<Changes> {
    const known = token === undefined ? undefined : readToken(token, this.api.dialect.name);
    if (known === undefined) return this.everything(bookIds, token !== undefined);
    const tracked = await this.tracked(bookIds);
    const keys = new Set(tracked.map(({ key }) => key));
    // Nobody says what was in a folder that is gone.
    if (bookIds === undefined && [...known.folders.keys()].some((key) => !keys.has(key))) {
      return this.everything(bookIds, true);
    }
    const marks = new Map(known.folders);
    const touched: Touched[] = [];
    for (const { key, id } of tracked) {
      const from = known.folders.get(key);
      try {
        const result = from === undefined ? await this.first(id) : await round(this.api, id, from);
        if (result === undefined) continue;
        const { gone, mark } = await this.confirmed(result);
        marks.set(key, mark);
        touched.push(...result.touched, ...gone);
      } catch (error) {
        const stale = (error instanceof Refused || error instanceof NotFound) && STALE.has(error.status ?? 0);
        if (from === undefined || !stale) throw error;
        return this.everything(bookIds, true);
      }
    }
    return { ...(await this.read(touched)), token: writeToken({ dialect: this.api.dialect.name, folders: marks }) };
  }

  /** The first round of a folder. Undefined for an empty default folder whose id nobody tells: there is no mark yet. */
  private async first(id: string): Promise<Round | undefined> {
    try {
      return await round(this.api, id, undefined);
    } catch (error) {
      if (id === DEFAULT && error instanceof NotFound) return undefined;
      throw error;
    }
  }

  /** Asks for each contact that a full round left out. Many that are there show that it was none. */
  private async confirmed({ missing, mark }: Round): Promise<{ gone: Touched[]; mark: Mark }> {
    const gone = new Set<string>();
    const asked = new Set<string>();
    for (let at = 0; at < missing.length && asked.size - gone.size < MOST_THERE; at += IN_FLIGHT) {
      const some = missing.slice(at, at + IN_FLIGHT);
      const there = await Promise.all(some.map((id) => this.isThere(id)));
      for (const [index, id] of some.entries()) {
        asked.add(id);
        if (there[index] === false) gone.add(id);
      }
    }
    // One that is there is so in another folder.
    const ids = (mark.ids ?? []).filter((id) => !asked.has(id));
    const touched = [...gone].map((id) => ({ id, removed: true, fresh: false }));
    return { gone: touched, mark: mark.ids === undefined ? mark : { ...mark, ids } };
  }

  private async isThere(id: string): Promise<boolean> {
    try {
      await this.reader.native(id);
      return true;
    } catch (error) {
      if (error instanceof NotFound) return false;
      throw error;
    }
  }

  /** The token first, so that nothing falls in between. */
  private async everything(bookIds: readonly string[] | undefined, reset: boolean): Promise<Changes> {
    const token = await this.current(bookIds);
    const created: ContactRecord[] = [];
    const query = { media: true, ...(bookIds === undefined ? {} : { bookIds }) };
    for await (const record of this.reader.list(query)) created.push(record);
    return { created, updated: [], removed: [], token, ...(reset ? { reset } : {}) };
  }

  private async read(touched: readonly Touched[]): Promise<Omit<Changes, 'token'>> {
    const removed = new Set(touched.filter((one) => one.removed).map(({ id }) => id));
    const there = new Map(touched.filter((one) => !one.removed).map((one) => [one.id, one]));
    const changes: Omit<Changes, 'token'> = { created: [], updated: [], removed: [] };
    const found = await Promise.all([...there.values()].map(async (one) => ({ one, record: await this.find(one.id) })));
    for (const { one, record } of found) {
      if (record === undefined) {
        // It came and went.
        if (!one.fresh) removed.add(one.id);
        continue;
      }
      // Out of one folder and into another.
      const moved = removed.delete(one.id);
      changes[one.fresh && !moved ? 'created' : 'updated'].push(record);
    }
    changes.removed.push(...removed);
    return changes;
  }

  private async find(id: string): Promise<ContactRecord | undefined> {
    try {
      return await this.reader.get(id);
    } catch (error) {
      if (error instanceof NotFound) return undefined;
      throw error;
    }
  }

  private async tracked(bookIds: readonly string[] | undefined): Promise<Tracked[]> {
    const all = await this.folders.all();
    const wanted = bookIds === undefined ? all : await Promise.all(bookIds.map((id) => this.folders.find(id)));
    const lists = await Promise.all([...new Set(wanted)].map((folder) => this.ways(folder, all)));
    return lists.flat();
  }

  private async ways({ book, serverId, sure }: Folder, all: readonly Folder[]): Promise<Tracked[]> {
    if (!book.isDefault) return serverId === undefined ? [] : [{ key: serverId, id: serverId }];
    if (sure && serverId !== undefined) return [{ key: DEFAULT, id: serverId }];
    const main = await this.defaultId(all, serverId);
    const alias = serverId === undefined || serverId === main ? [] : [{ key: serverId, id: serverId }];
    return [{ key: DEFAULT, id: main }, ...alias];
  }

  /**
   * The default folder's own id, which v1.0 of Graph does not list: it stands in the contacts that are in it (vendor
   * page "Known issues"), and in the folders below it, which v1.0 lists. Else its well-known name does, perhaps.
   */
  private async defaultId(all: readonly Folder[], alias: string | undefined): Promise<string> {
    const { wire } = this.api.dialect;
    const what = 'find the default address book';
    const query = { $top: 1, $select: wire('parentFolderId') };
    const call: Call = { method: 'GET', path: this.api.path('contacts'), query, repeat: 'safe', what };
    const [first] = asArray(member(this.api.object(call, await this.api.send(call)), 'value'), `${what}: value`);
    const parent = first === undefined ? undefined : optString(asObject(first, what), wire('parentFolderId'), what);
    const other = all.some(({ serverId }) => serverId === parent && serverId !== alias);
    if (parent !== undefined && !other) return parent;
    return this.api.dialect.name === 'graph' && alias === undefined ? (parentOf(all) ?? DEFAULT) : DEFAULT;
  }
}

/** What all folders at the top are in. */
function parentOf(all: readonly Folder[]): string | undefined {
  const top = all.filter(({ book, path }) => !book.isDefault && path === book.name);
  const parents = new Set(top.map(({ parentId }) => parentId));
  return parents.size === 1 ? [...parents][0] : undefined;
}
