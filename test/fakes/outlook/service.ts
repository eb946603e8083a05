/** The operations on contacts, pictures and folders, as routes of one mailbox. */
import { Failure, missing, Undocumented } from './failure.js';
import { Pages } from './paging.js';
import { parsePrefer, parseQuery } from './query.js';
import type { Query, Wishes } from './query.js';
import { apply } from './apply.js';
import { changeKey, extendedValue, show, showExtended, spell } from './shape.js';
import type { Spelling } from './shape.js';
import type { FakeContact, FakeFolder, Store } from './store.js';
import { deltaRound, syncRound } from './tracking.js';
import type { Reply } from './wire.js';

type Json = Record<string, unknown>;

export interface Rules {
  /** Most items that a page has, whatever was asked for. */
  maxPageSize: number;
  /** What `GET /contacts` covers: the pages say both. */
  covers: 'default' | 'all';
  /** v1.0 leaves the default folder out of the list (personal accounts show it). */
  listsDefault: boolean;
  /** Outlook's rounds of synchronization are always full ones: the page says both. */
  fullSync: boolean;
  /** Outlook's answers say that they are tracked. */
  tracks: boolean;
  /** One extended property only can be expanded at a time. */
  expandsOne: boolean;
  /** Lists cut notes. */
  cutsNotes: boolean;
  /** Personal accounts have no pictures of contacts. */
  photos: 'kept' | 'personal';
  /** Conditional requests are minded. */
  guards: boolean;
  /** Extended properties are known. */
  extended: boolean;
  /** Outlook's rounds tell what is gone. */
  buries: boolean;
  /** `contacts` stands for the default folder's id. */
  alias: boolean;
  /** Updates are answered with 204. */
  quiet: boolean;
}

/** A request below the mailbox, whole or part of a batch. */
export interface Part {
  method: string;
  /** Decoded segments below `me` or `users/{id}`. */
  segments: string[];
  query: URLSearchParams;
  headers: Record<string, string>;
  /** JSON value, or the bytes of a picture. */
  body: unknown;
  /** Absolute URL of the request, for links. */
  href: string;
}

const ROUTES: readonly [kind: string, method: string, path: RegExp][] = [
  ['list', 'GET', /^(contactfolders\/\*\/)?contacts$/],
  ['delta', 'GET', /^contactfolders\/\*\/contacts\/delta$/],
  ['create', 'POST', /^(contactfolders\/\*\/)?contacts$/],
  ['get', 'GET', /^contacts\/\*$/],
  ['update', 'PATCH', /^contacts\/\*$/],
  ['delete', 'DELETE', /^contacts\/\*$/],
  ['photo', 'GET', /^contacts\/\*\/photo\/\$value$/],
  ['set photo', 'PUT', /^contacts\/\*\/photo\/\$value$/],
  ['folders', 'GET', /^contactfolders(\/\*\/childfolders)?$/],
  ['create folder', 'POST', /^contactfolders$/],
  ['rename folder', 'PATCH', /^contactfolders\/\*$/],
  ['delete folder', 'DELETE', /^contactfolders\/\*$/],
];

/** Name of the operation; `*` stands for an id. */
export function kindOf(method: string, segments: readonly string[], family: string): string {
  const words = segments.map((segment, at) =>
    at % 2 === 1 && segments[at - 1] !== 'photo' && at < 2 ? '*' : segment.toLowerCase(),
  );
  const path = words.join('/');
  const found = ROUTES.find(([, verb, pattern]) => verb === method && pattern.test(path))?.[0];
  const graphOnly = ['delta', 'create folder', 'rename folder', 'delete folder'];
  if (found === undefined || (family === 'outlook' && graphOnly.includes(found)))
    throw new Undocumented(`no route ${method} ${path}`);
  return found;
}

export class Service {
  constructor(
    private readonly store: Store,
    private readonly rules: Rules,
    private readonly spelling: Spelling,
  ) {}

  answer(kind: string, part: Part): Reply {
    const { segments, body, headers } = part;
    const type = headers['content-type'];
    if (
      (kind === 'create' || kind === 'update' || kind.endsWith('e folder')) &&
      kind !== 'delete folder' &&
      type !== 'application/json'
    )
      throw new Undocumented('JSON without its content type');
    const wishes = parsePrefer(headers['prefer'], kind === 'delta' || kind === 'list', this.spelling);
    if (kind.includes('folder')) return this.folders(kind, part);
    if (kind === 'list' || kind === 'delta') return this.lists(kind, part, wishes);
    if (kind === 'create') return this.create(segments, body as Json, wishes);
    const contact = this.store.find(segments[1] ?? '');
    if (/[^\w=-]/.test(segments[1] ?? '')) throw new Failure(400, 'ErrorInvalidIdMalformed', 'Id is malformed.');
    if (contact === undefined) throw missing();
    if (kind.includes('photo')) return this.photo(kind, part, contact);
    if (kind === 'get') {
      const query = parseQuery(part.query, ['$expand', '$select'], this.spelling);
      this.limitExpand(query);
      return this.shown(200, contact, query, wishes);
    }
    this.guard(headers['if-match'], contact);
    parseQuery(part.query, [], this.spelling);
    if (kind === 'delete') {
      this.store.remove(contact);
      return { status: 204 };
    }
    this.change(contact, body as Json, false);
    if (this.rules.quiet) return { status: 204 };
    return this.shown(200, contact, undefined, wishes);
  }

  private guard(etag: string | undefined, contact: FakeContact): void {
    if (etag === undefined || !this.rules.guards || etag === `W/"${changeKey(contact)}"`) return;
    throw new Failure(412, 'ErrorIrresolvableConflict', 'The send or update operation could not be performed.');
  }

  private limitExpand({ expand }: Query): void {
    if (!this.rules.extended && expand.length > 0)
      throw new Failure(400, 'BadRequest', "Could not find a property named 'SingleValueExtendedProperties'.");
    if (this.rules.expandsOne && expand.length > 1)
      throw new Failure(400, 'ErrorInvalidUrlQueryFilter', 'The query filter contains one or more invalid nodes.');
  }

  /** As a whole or not at all. */
  private change(contact: FakeContact, body: Json, isNew: boolean): void {
    if (!this.rules.extended && spell('singleValueExtendedProperties', this.spelling) in body)
      throw new Failure(400, 'RequestBodyRead', "The property 'SingleValueExtendedProperties' does not exist.");
    const trial = { ...structuredClone({ ...contact, photo: undefined }), photo: contact.photo };
    apply(trial, body, this.spelling, isNew);
    Object.assign(contact, trial);
    this.store.save(contact);
  }

  private create(segments: readonly string[], body: Json, wishes: Wishes): Reply {
    const folder = segments.length === 1 ? this.store.main : this.folder(segments[1]);
    const contact = this.store.blank(folder.id);
    this.change(contact, body, true);
    return this.shown(201, contact, undefined, wishes);
  }

  private folder(id: string | undefined): FakeFolder {
    const folder = id === 'contacts' && this.rules.alias ? this.store.main : this.store.folders.get(id ?? '');
    if (folder === undefined) throw missing();
    return folder;
  }

  item(contact: FakeContact, query: Query | undefined, wishes: Wishes, listed: boolean): Json {
    const { spelling } = this;
    const whole = show(contact, spelling);
    const notes = spell('personalNotes', spelling);
    if (listed && this.rules.cutsNotes) whole[notes] = String(whole[notes]).slice(0, 256);
    const { select } = query ?? {};
    const members = Object.entries(whole).filter(([name]) => select === undefined || select.has(name));
    const id = wishes.immutable ? contact.immutableId : contact.id;
    const extended = showExtended(contact, query?.expand ?? [], spelling);
    return {
      '@odata.etag': `W/"${changeKey(contact)}"`,
      [spell('id', spelling)]: id,
      ...Object.fromEntries(members),
      ...(extended.length === 0 ? {} : { [spell('singleValueExtendedProperties', spelling)]: extended }),
    };
  }

  private shown(status: number, contact: FakeContact, query: Query | undefined, wishes: Wishes): Reply {
    const context = {
      '@odata.context': "https://graph.microsoft.com/v1.0/$metadata#users('ada%40contoso.example')/contacts/$entity",
    };
    return { status, body: { ...context, ...this.item(contact, query, wishes, false) } };
  }

  private lists(kind: string, part: Part, wishes: Wishes): Reply {
    const { segments, query: given } = part;
    const folder = segments.length === 1 ? undefined : this.folder(segments[1]);
    const tracking = kind === 'delta' || wishes.track;
    const allowed = tracking ? ['$select', 'token'] : ['$select', '$top', '$skip', '$expand', '$filter'];
    const query = parseQuery(given, allowed, this.spelling);
    this.limitExpand(query);
    if (!this.rules.extended && query.filter !== undefined)
      throw new Failure(400, 'ErrorInvalidUrlQueryFilter', 'The query filter contains one or more invalid nodes.');
    const show = (contact: FakeContact): Json => this.item(contact, query, wishes, true);
    const size = Math.min(wishes.pageSize ?? 10, this.rules.maxPageSize);
    if (tracking) {
      const { store } = this;
      const idOf = (contact: FakeContact): string => (wishes.immutable ? contact.immutableId : contact.id);
      const request = {
        store,
        folder: folder?.id ?? store.main.id,
        href: part.href,
        token: query.token,
        size,
        show,
        idOf,
      };
      return kind === 'delta'
        ? deltaRound(request)
        : syncRound({ ...request, full: this.rules.fullSync, tracks: this.rules.tracks, buries: this.rules.buries });
    }
    const all = folder === undefined && this.rules.covers === 'all';
    const there = all ? [...this.store.contacts.values()] : this.store.inFolder((folder ?? this.store.main).id);
    const { filter } = query;
    const found =
      filter === undefined
        ? there
        : there.filter((one) => extendedValue(one, filter.id)?.toLowerCase() === filter.value.toLowerCase());
    return new Pages(this.rules.maxPageSize).answer(found.map(show), query, part.href);
  }

  private photo(kind: string, { body, headers }: Part, contact: FakeContact): Reply {
    if (this.rules.photos === 'personal')
      throw new Failure(403, 'ErrorAccessDenied', 'Not supported for this account.');
    if (kind === 'photo') {
      if (contact.photo === undefined)
        throw new Failure(404, 'ImageNotFound', 'Exception of type ImageNotFoundException was thrown.');
      return { status: 200, body: contact.photo.bytes, headers: { 'Content-Type': contact.photo.type } };
    }
    if (!Buffer.isBuffer(body) || !/^image\/(jpeg|png|gif)$/.test(headers['content-type'] ?? ''))
      throw new Undocumented('a picture that is none');
    contact.photo = { type: 'image/jpeg', bytes: body };
    // Not tracked by delta, but a new version.
    contact.version += 1;
    return { status: 200 };
  }

  private folders(kind: string, part: Part): Reply {
    const { segments, body } = part;
    if (kind === 'folders') return this.listFolders(part, segments[1]);
    parseQuery(part.query, [], this.spelling);
    if (kind === 'create folder')
      return { status: 201, body: this.showFolder(this.store.addFolder(this.nameIn(body, this.store.main.id))) };
    const folder = this.folder(segments[1]);
    if (folder === this.store.main)
      throw new Failure(400, 'ErrorInvalidRequest', 'The default folder cannot be changed.');
    if (kind === 'delete folder') {
      this.store.removeFolder(folder);
      return { status: 204 };
    }
    folder.name = this.nameIn(body, folder.parent);
    return { status: 200, body: this.showFolder(folder) };
  }

  private nameIn(body: unknown, parent: string): string {
    const { displayName, ...rest } = body as Json;
    if (typeof displayName !== 'string' || Object.keys(rest).length > 0) throw new Undocumented('body of a folder');
    if (this.store.childrenOf(parent).some((folder) => folder.name === displayName))
      throw new Failure(409, 'ErrorFolderExists', 'A folder with the specified name already exists.');
    return displayName;
  }

  /** v1.0 lists what is below the default folder; the others the top level, and below it by asking for it. */
  private listFolders(part: Part, parent: string | undefined): Reply {
    const query = parseQuery(part.query, ['$top', '$skip'], this.spelling);
    const { store, spelling, rules } = this;
    const top = spelling.name === 'graph' || spelling.name === 'outlook-v2';
    const first = top && !rules.listsDefault ? store.childrenOf(store.main.id) : [store.main];
    const list = parent === undefined ? first : store.childrenOf(this.folder(parent).id);
    const reply = new Pages(rules.maxPageSize).answer(
      list.map((folder) => this.showFolder(folder)),
      query,
      part.href,
    );
    const context = "https://graph.microsoft.com/v1.0/$metadata#users('ada%40contoso.example')/contactFolders";
    return { ...reply, body: { '@odata.context': context, ...(reply.body as Json) } };
  }

  private showFolder({ id, name, parent }: FakeFolder): Json {
    const { spelling, store } = this;
    const beta = spelling.name.endsWith('beta');
    const members: Json = {
      ...{ id, displayName: name, parentFolderId: parent },
      ...(beta ? { wellKnownName: id === store.main.id ? 'contacts' : null } : {}),
    };
    return Object.fromEntries(Object.entries(members).map(([key, value]) => [spell(key, spelling), value]));
  }
}
