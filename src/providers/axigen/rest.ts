/**
 * Axigen's Mailbox API (REST): what it reads, and folders. Its pages document no way to fetch one contact or to write one.
 * Pages: "Mailbox API – Contacts", "– Folders", "– Account".
 */
import { asArray, asObject, asString, optBoolean, optNumber } from '../../http/check.js';
import type { HttpAnswer, HttpCall } from '../../http/types.js';
import { ProtocolError } from '../../model/errors.js';
import type { AxigenSession } from './session.js';
import { failure, parseContacts, parseFolder, text, type RestContact, type RestFolder } from './shapes.js';

/** Most contacts a page; the API documents no maximum, and a server that sends fewer is read on from there. */
const PAGE = 200;
/** Contact ids a call for pictures; the page names no limit. */
const AVATARS = 50;
/** Readings of the whole list when it changes under our hands. */
const PASSES = 3;
/** The longest answer of autocomplete (Contacts page: `limit` is 1-50). */
const COMPLETIONS = 50;

export interface RestChanges {
  created: RestContact[];
  replaced: RestContact[];
  removed: string[];
  token: string;
  /** Everything is in `created`; `removed` says nothing. */
  reset: boolean;
}

interface Page {
  items: RestContact[];
  /** Undefined when the server does not count them. */
  total: number | undefined;
  token: string;
}

interface Round extends RestChanges {
  more: boolean;
}

function json(value: unknown): Pick<HttpCall, 'body' | 'headers'> {
  return { body: JSON.stringify(value), headers: { 'content-type': 'application/json' } };
}

/** The documented calls. Every method throws the client's errors, and NotFound, Refused, Unavailable, ProtocolError. */
export class AxigenRest {
  readonly #session: AxigenSession;

  constructor(session: AxigenSession) {
    this.#session = session;
  }

  async #send(call: HttpCall): Promise<HttpAnswer> {
    const answer = await this.#session.http.send(call);
    const good = answer.status >= 200 && answer.status < 300;
    const named = call.query?.['folderId'] !== undefined || /^folders\/./.test(call.url);
    if (!good && call.accept?.includes(answer.status) !== true) throw failure(answer, call.what, named);
    return answer;
  }

  async #read(what: string, url: string, query: HttpCall['query'] = {}): Promise<Record<string, unknown>> {
    return asObject((await this.#send({ method: 'GET', url, query, repeat: 'safe', what })).json(), what);
  }

  async #page(folderId: string | undefined, start: number): Promise<Page> {
    const what = 'list contacts';
    // The server remembers sort and direction for the account: an absent one would be another client's choice.
    const query = { folderId, sort: 'name', dir: 'ASC', start, limit: PAGE };
    const answer = await this.#read(what, 'contacts/', query);
    const total = optNumber(answer, 'totalItems', what);
    // Contacts that are counted and not there are no empty list.
    if (total !== undefined && total > start) asArray(answer['items'], `${what}: items`);
    return {
      items: parseContacts(answer, 'items', what),
      total,
      token: text(answer, 'syncToken', what),
    };
  }

  /** One reading from start to end; says whether the list stayed the same meanwhile. */
  async *#pass(folderId: string | undefined, seen: Set<string>): AsyncGenerator<RestContact, boolean> {
    let first: string | undefined;
    const met = new Set<string>();
    for (let start = 0; ;) {
      const { items, total, token } = await this.#page(folderId, start);
      first ??= token;
      const before = met.size;
      for (const item of items) {
        met.add(item.id);
        if (seen.has(item.id)) continue;
        seen.add(item.id);
        yield item;
      }
      start += items.length;
      // Nothing new: the end, or a server that gives the same page again and again.
      if (met.size === before || (total !== undefined && start >= total)) return token === first;
    }
  }

  /** Every contact once, distribution lists included, by name. `folderId` absent: of all contact folders. */
  async *contacts(folderId?: string): AsyncGenerator<RestContact> {
    const seen = new Set<string>();
    // A contact removed between two pages moves a later one onto a page that was read already: look again for those.
    for (let tries = 0; tries < PASSES; tries += 1) if (yield* this.#pass(folderId, seen)) return;
  }

  /** A token for now, without the contacts. */
  async token(folderId?: string): Promise<string> {
    const what = 'ask for the sync token';
    const query = { folderId, sort: 'name', dir: 'ASC', start: 0, limit: 1, syncTokenOnly: true };
    return asString((await this.#read(what, 'contacts/', query))['syncToken'], `${what}: syncToken`);
  }

  /** At most 50 contacts; which fields are matched, and how, is not documented. */
  async autocomplete(query: string, limit: number): Promise<RestContact[]> {
    const what = 'complete an address';
    const bounded = Math.min(Math.max(Math.trunc(limit), 1), COMPLETIONS);
    return parseContacts(await this.#read(what, 'contacts/autocomplete', { query, limit: bounded }), 'items', what);
  }

  /** Pictures by contact id; contacts without one are left out. */
  async avatars(ids: readonly string[]): Promise<Map<string, Uint8Array>> {
    const what = 'read pictures';
    const found = new Map<string, Uint8Array>();
    for (let at = 0; at < ids.length; at += AVATARS) {
      // By id, never by address: the server takes the first contact whose address *contains* the text (Contacts page).
      const contactIds = ids.slice(at, at + AVATARS);
      const call = {
        method: 'POST',
        url: 'contacts/avatars/search',
        repeat: 'safe',
        what,
        ...json({ contactIds }),
      } as const;
      const answer = asObject((await this.#send(call)).json(), what);
      asArray(answer['items'] ?? [], `${what}: items`).forEach((value, index) => {
        const where = `${what}: items[${String(index)}]`;
        const item = asObject(value, where);
        const id = text(item, 'id', where);
        const data = text(item, 'data', where);
        if (data !== '' && contactIds.includes(id)) found.set(id, Buffer.from(data, 'base64'));
      });
    }
    return found;
  }

  /** One round of the delta. 404: the server has no such call. 400: it does not take the token. */
  async #round(token: string | undefined, folderId: string | undefined): Promise<Round | 400 | 404> {
    const what = 'list changed contacts';
    const query = { folderId, syncToken: token, limit: PAGE };
    const accept = token === undefined ? [404] : [400, 404];
    const answer = await this.#send({ method: 'GET', url: 'contacts/delta', query, repeat: 'safe', what, accept });
    if (answer.status === 400 || answer.status === 404) return answer.status;
    const round = asObject(answer.json(), what);
    const removed = asArray(round['removedItems'] ?? [], `${what}: removedItems`);
    return {
      created: parseContacts({ newItems: round['newItems'] ?? [] }, 'newItems', what),
      replaced: parseContacts({ replacedItems: round['replacedItems'] ?? [] }, 'replacedItems', what),
      removed: removed.map((item, at) => {
        const where = `${what}: removedItems[${String(at)}]`;
        return asString(asObject(item, where)['id'], `${where}.id`);
      }),
      token: asString(round['syncToken'], `${what}: syncToken`),
      more: optBoolean(round, 'moreAvailable', what) ?? false,
      reset: false,
    };
  }

  /** Rounds until nothing more is available. */
  async #rounds(from: string | undefined, folderId: string | undefined): Promise<RestChanges | 400 | 404> {
    const all: RestChanges = { created: [], replaced: [], removed: [], token: from ?? '', reset: false };
    for (let token = from; ; token = all.token) {
      const round = await this.#round(token, folderId);
      if (typeof round === 'number') return round;
      const found = round.created.length + round.replaced.length + round.removed.length;
      all.created.push(...round.created);
      all.replaced.push(...round.replaced);
      all.removed.push(...round.removed);
      all.token = round.token;
      if (!round.more) return all;
      if (found === 0 && round.token === token) {
        throw new ProtocolError('the server says that more changes are available, but sends none');
      }
    }
  }

  /** A server without the delta call: everything, unless the token says that nothing changed. */
  async #whole(from: string | undefined, folderId: string | undefined): Promise<RestChanges> {
    // Taken before the list: what changes in between is told once more next time, never lost.
    const token = await this.token(folderId);
    const same: RestChanges = { created: [], replaced: [], removed: [], token, reset: false };
    if (from === token) return same;
    for await (const contact of this.contacts(folderId)) same.created.push(contact);
    return { ...same, reset: from !== undefined };
  }

  /** What changed since a token of the same scope; without one, everything as created. */
  async changes(from: string | undefined, folderId?: string): Promise<RestChanges> {
    const found = await this.#rounds(from, folderId);
    if (typeof found !== 'number') return found;
    if (found === 404 || from === undefined) return this.#whole(from, folderId);
    // A token is refused after a restore of the server or a rebuilt folder: begin anew.
    const again = await this.#rounds(undefined, folderId);
    if (typeof again === 'number') return this.#whole(undefined, folderId);
    return { ...again, removed: [], reset: true };
  }

  /** Folders of every kind: only with all of them a contact folder below the trash is told from the others. */
  async folders(): Promise<RestFolder[]> {
    const what = 'list folders';
    const items = (await this.#read(what, 'folders/', { type: 'all', accessMode: 'all' }))['items'];
    return asArray(items, `${what}: items`).map((item, at) => parseFolder(item, `${what}: items[${String(at)}]`));
  }

  async #writeFolder(call: HttpCall): Promise<RestFolder> {
    return parseFolder((await this.#send(call)).json(), call.what);
  }

  /** A contact folder at the root. */
  createFolder(name: string): Promise<RestFolder> {
    const what = `create the folder ${name}`;
    return this.#writeFolder({
      method: 'POST',
      url: 'folders/',
      repeat: 'never',
      what,
      ...json({ name, type: 'contacts' }),
    });
  }

  renameFolder(id: string, name: string): Promise<RestFolder> {
    const url = `folders/${encodeURIComponent(id)}`;
    return this.#writeFolder({
      method: 'PATCH',
      url,
      repeat: 'idempotent',
      what: 'rename the folder',
      ...json({ name }),
    });
  }

  /** Moves the folder to the trash, unless the account says otherwise (Folders page). */
  async deleteFolder(id: string): Promise<void> {
    // Never repeated: a second delete would find the folder in the trash and destroy it.
    const url = `folders/${encodeURIComponent(id)}`;
    await this.#send({ method: 'DELETE', url, repeat: 'never', what: 'delete the folder' });
  }

  /** Who is signed in (Account page). */
  async account(): Promise<{ user: string; fullName: string }> {
    const what = 'read the account';
    const info = await this.#read(what, 'account/info');
    const name = text(info, 'accountName', what);
    const domain = text(info, 'domainName', what);
    const user = name.includes('@') || domain === '' ? name : `${name}@${domain}`;
    return { user, fullName: text(info, 'fullName', what) };
  }
}
