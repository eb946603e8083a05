/**
 * The Mailbox API of the stand-in, by the vendor's pages and no further: whatever is missing, unexpected or malformed is a
 * 400 and goes on record.
 */
import type { AxigenState, Item } from './state.js';
import type { WireReply, WireRequest } from './wire.js';

export interface RestOptions {
  user: string;
  password: string;
  /** Accepted as `Authorization: Bearer`. */
  token: string;
  fullName: string;
  /** Page size of the WebMail: what an absent `limit` means. */
  pageSize: number;
  /** Most items a page whatever `limit` says. */
  pageCap: number;
  /**
   * `none`: the API is off (404); `sessionless`: no `/login`, plain Basic; `no-delta`: older than the delta call;
   * `contacts-only`: the calls of the Contacts page and no other.
   */
  mode: 'full' | 'sessionless' | 'no-delta' | 'no-folders' | 'contacts-only' | 'none';
  /** Status of a list of folders that is refused. */
  foldersOff?: 403;
  /** What `totalItems` of a list says; undefined leaves it out. */
  total?: (count: number) => number | null | undefined;
  /** How an empty list is written. */
  empty?: 'list' | 'null' | 'absent';
}

type Check = (value: string) => boolean;
const anything: Check = () => true;
const number: Check = (value) => /^\d+$/.test(value);
const truth: Check = (value) => value === 'true' || value === 'false';
const oneOf =
  (...values: string[]): Check =>
  (value) =>
    values.includes(value);

const json = (status: number, value: unknown): WireReply => ({
  status,
  headers: { 'content-type': 'application/json; charset=utf-8' },
  body: JSON.stringify(value),
});
/** Without the members that this server leaves out. */
const written = (
  { empty = 'list' }: RestOptions,
  body: Record<string, unknown> & { items: readonly unknown[] },
): Record<string, unknown> => {
  if (empty === 'list' || body.items.length > 0) return body;
  const { items: _, ...rest } = body;
  return empty === 'null' ? { ...rest, items: null } : rest;
};
const problem = (status: number, text: string): WireReply =>
  json(status, { errorCode: `E${String(status)}`, errorDescription: text });

class Malformed extends Error {}

export class RestHalf {
  /** Calls that the vendor's pages do not allow. */
  readonly violations: string[] = [];
  readonly #state: AxigenState;
  readonly #options: RestOptions;
  /** Session id to the `Authorization` it was opened with. */
  readonly #sessions = new Map<string, string>();
  #serial = 0;
  /** What the server remembers for the account, whoever asked last (Contacts page). */
  sticky: { sort: string; dir: string } = { sort: 'name', dir: 'DESC' };

  constructor(state: AxigenState, options: RestOptions) {
    this.#state = state;
    this.#options = options;
  }

  get sessions(): number {
    return this.#serial;
  }

  /** Ends every session: the next calls get 401. */
  expire(): void {
    this.#sessions.clear();
  }

  handle(request: WireRequest): WireReply {
    try {
      return this.#route(request);
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      this.violations.push(`${request.method} ${request.path}: ${error.message}`);
      return problem(400, error.message);
    }
  }

  #route(request: WireRequest): WireReply {
    if (this.#options.mode === 'none') return { status: 404, body: 'not found' };
    const path = request.path.replace(/^\/api\/v1/, '');
    const call = `${request.method} ${path}`;
    if (call === 'POST /login') return this.#login(request);
    const refusal = this.#signedIn(request);
    if (refusal !== undefined) return refusal;
    if (request.method === 'GET' && request.body.length > 0) throw new Malformed('a GET has no body');
    switch (call) {
      case 'GET /contacts/':
        return this.#list(request);
      case 'GET /contacts/autocomplete':
        return this.#autocomplete(request);
      case 'POST /contacts/avatars/search':
        return this.#avatars(request);
      case 'GET /contacts/delta':
        return this.#delta(request);
      case 'GET /account/info':
        this.#query(request, {});
        return this.#options.mode === 'contacts-only' ? problem(404, 'no such endpoint') : this.#account();
      default:
        return this.#folders(request, path);
    }
  }

  #login(request: WireRequest): WireReply {
    if (this.#options.mode === 'sessionless') return problem(404, 'no such endpoint');
    this.#query(request, {});
    if (request.body.length > 0) throw new Malformed('the sign-in has no body');
    const sign = request.headers['authorization'] ?? '';
    if (!this.#accepts(sign)) return problem(401, 'wrong user or password');
    this.#serial += 1;
    const sessid = `s${String(this.#serial)}-${Buffer.from(String(this.#serial * 7919)).toString('hex')}`;
    this.#sessions.set(sessid, sign);
    return json(200, { sessid });
  }

  #accepts(sign: string): boolean {
    const { user, password, token } = this.#options;
    const basic = `Basic ${Buffer.from(`${user}:${password}`, 'utf8').toString('base64')}`;
    return sign === basic || sign === `Bearer ${token}`;
  }

  /** Both headers are needed, and the sign-in must be the one the session was opened with. */
  #signedIn(request: WireRequest): WireReply | undefined {
    const sign = request.headers['authorization'] ?? '';
    const sessid = request.headers['x-axigen-session'];
    if (this.#options.mode === 'sessionless') {
      if (sessid !== undefined) throw new Malformed('there are no sessions here');
      return this.#accepts(sign) ? undefined : problem(401, 'not signed in');
    }
    const open = sessid === undefined ? undefined : this.#sessions.get(sessid);
    return open !== undefined && open === sign ? undefined : problem(401, 'not signed in');
  }

  /** Parameters by name; each known one is checked, each unknown or repeated one is refused. */
  #query(request: WireRequest, known: Record<string, Check>, required: readonly string[] = []): Map<string, string> {
    const found = new Map<string, string>();
    for (const [name, value] of request.query) {
      const check = Object.hasOwn(known, name) ? known[name] : undefined;
      if (check === undefined) throw new Malformed(`unexpected parameter ${name}`);
      if (found.has(name)) throw new Malformed(`parameter ${name} comes twice`);
      if (!check(value)) throw new Malformed(`parameter ${name} is invalid: ${value}`);
      found.set(name, value);
    }
    for (const name of required) if (!found.get(name)) throw new Malformed(`parameter ${name} is missing`);
    return found;
  }

  #body(request: WireRequest): Record<string, unknown> {
    if (!/^application\/json\b/.test(request.headers['content-type'] ?? ''))
      throw new Malformed('the body is not sent as JSON');
    let body: unknown;
    try {
      body = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(request.body));
    } catch {
      throw new Malformed('the body is no JSON in UTF-8');
    }
    if (typeof body !== 'object' || body === null || Array.isArray(body)) throw new Malformed('the body is no object');
    return body as Record<string, unknown>;
  }

  #instance(item: Item): Record<string, unknown> {
    const { id, folderId, isDistributionList, name, email, firstName, lastName, nickName, reversedName } = item;
    return { id, folderId, isDistributionList, name, email, firstName, lastName, nickName, reversedName };
  }

  #scope(query: ReadonlyMap<string, string>): string | undefined {
    const folderId = query.get('folderId');
    if (folderId === undefined) return '';
    return this.#state.folders.has(folderId) ? folderId : undefined;
  }

  #list(request: WireRequest): WireReply {
    const query = this.#query(request, {
      folderId: anything,
      sort: oneOf('name', 'email'),
      dir: oneOf('ASC', 'DESC'),
      start: number,
      limit: number,
      syncTokenOnly: truth,
    });
    const sort = (this.sticky.sort = query.get('sort') ?? this.sticky.sort);
    const dir = (this.sticky.dir = query.get('dir') ?? this.sticky.dir);
    const scope = this.#scope(query);
    if (scope === undefined) return problem(404, 'no such folder');
    const syncToken = this.#state.token(scope);
    if (query.get('syncTokenOnly') === 'true') return json(200, { syncToken });
    const start = Number(query.get('start') ?? 0);
    const limit = Math.min(Number(query.get('limit') ?? this.#options.pageSize), this.#options.pageCap);
    const key = (item: Item): string => (sort === 'email' ? item.email : item.name).toLowerCase();
    const sign = dir === 'ASC' ? 1 : -1;
    const all = this.#state
      .items()
      .filter((item) => scope === '' || item.folderId === scope)
      .sort((a, b) => sign * (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : a.id < b.id ? -1 : 1));
    const items = all.slice(start, start + limit).map((item) => this.#instance(item));
    const { total } = this.#options;
    const totalItems = total === undefined ? all.length : total(all.length);
    return json(
      200,
      written(this.#options, { syncToken, totalItems, sortInfo: { field: sort, direction: dir }, items }),
    );
  }

  #autocomplete(request: WireRequest): WireReply {
    const between: Check = (value) => number(value) && Number(value) >= 1 && Number(value) <= 50;
    const query = this.#query(request, { query: anything, limit: between }, ['query']);
    const typed = (query.get('query') ?? '').toLowerCase();
    const hits = this.#state
      .items()
      .filter((item) =>
        [item.name, item.email, item.firstName, item.lastName, item.nickName].some((text) =>
          text.toLowerCase().includes(typed),
        ),
      );
    const items = hits.slice(0, Number(query.get('limit') ?? 10)).map((item) => this.#instance(item));
    return json(200, written(this.#options, { totalItems: items.length, items }));
  }

  #avatars(request: WireRequest): WireReply {
    this.#query(request, {});
    const body = this.#body(request);
    const keys = Object.keys(body);
    const [key] = keys;
    if (keys.length !== 1 || (key !== 'contactIds' && key !== 'contactEmailAddresses')) {
      throw new Malformed(`exactly one of contactIds and contactEmailAddresses, not: ${keys.join(', ')}`);
    }
    const wanted: unknown = body[key];
    if (!Array.isArray(wanted) || wanted.some((entry) => typeof entry !== 'string'))
      throw new Malformed(`${key} is no list of strings`);
    const all = this.#state.items();
    const found = (wanted as string[]).map((entry) => {
      // By address it is the first contact whose main address contains the text: somebody else's, at times.
      const item =
        key === 'contactIds'
          ? all.find(({ id }) => id === entry)
          : all.find(({ mainEmail }) => mainEmail.toLowerCase().includes(entry.toLowerCase()));
      if (item === undefined) return { email: key === 'contactIds' ? '' : entry };
      return { id: item.id, email: item.email, ...(item.photo === '' ? {} : { data: item.photo }) };
    });
    // A server that writes empty lists its own way tells only those that have a picture.
    const items = this.#options.empty === undefined ? found : found.filter((entry) => 'data' in entry);
    return json(200, written(this.#options, { items }));
  }

  #delta(request: WireRequest): WireReply {
    if (this.#options.mode === 'no-delta') return problem(404, 'no such endpoint');
    const query = this.#query(request, { folderId: anything, syncToken: anything, limit: number });
    const scope = this.#scope(query);
    if (scope === undefined) return problem(404, 'no such folder');
    const limit = Math.min(Number(query.get('limit') ?? this.#options.pageSize), this.#options.pageCap);
    const round = this.#state.since(scope, query.get('syncToken'), limit);
    // A token it does not know is the server's doing (restored, rebuilt), not the client's.
    if (round === undefined) return problem(400, 'invalid syncToken');
    const items = new Map(this.#state.items().map((item) => [item.id, item]));
    const of = (kind: 'new' | 'replaced'): unknown[] =>
      round.found.flatMap((one) => {
        const item = one.kind === kind ? items.get(one.id) : undefined;
        return item === undefined ? [] : [this.#instance(item)];
      });
    const removed = round.found.filter(({ kind }) => kind === 'removed').map(({ id, folderId }) => ({ id, folderId }));
    return json(200, {
      syncToken: round.token,
      totalItems: items.size,
      sortInfo: { field: this.sticky.sort, direction: this.sticky.dir },
      moreAvailable: round.more,
      newItems: of('new'),
      replacedItems: of('replaced'),
      removedItems: removed,
    });
  }

  #account(): WireReply {
    const [accountName = '', domainName = ''] = this.#options.user.split('@');
    const { fullName } = this.#options;
    return json(200, { accountName, domainName, fullName, folderContainerId: this.#state.rootId, quotas: {} });
  }

  #folders(request: WireRequest, path: string): WireReply {
    const match = /^\/folders\/([^/]*)$/.exec(path);
    const none = this.#options.mode === 'no-folders' || this.#options.mode === 'contacts-only';
    if (match === null || none) {
      if (!none) this.violations.push(`${request.method} ${request.path}: no such route`);
      return problem(404, 'no such endpoint');
    }
    const id = decodeURIComponent(match[1] ?? '');
    if (id === '') return request.method === 'GET' ? this.#listFolders(request) : this.#createFolder(request);
    this.#query(request, {});
    const folder = this.#state.folders.get(id);
    if (request.method !== 'PATCH' && request.method !== 'DELETE') throw new Malformed('no such route');
    if (folder === undefined) return problem(404, 'no such folder');
    if (folder.special) return problem(403, 'operation not permitted');
    if (request.method === 'DELETE') {
      if (request.body.length > 0) throw new Malformed('a DELETE has no body');
      this.#state.deleteFolder(id);
      return { status: 200 };
    }
    folder.name = this.#folderName(this.#body(request), ['name']);
    return json(200, this.#folderInstance(id));
  }

  #listFolders(request: WireRequest): WireReply {
    if (this.#options.foldersOff !== undefined) return problem(this.#options.foldersOff, 'operation not permitted');
    const query = this.#query(request, {
      type: oneOf('all', 'mails', 'events', 'tasks', 'notes', 'contacts'),
      accessMode: oneOf('all', 'local', 'public', 'shared'),
      syncTokenOnly: truth,
    });
    const fits = (wanted: string | undefined, value: string): boolean =>
      wanted === undefined || wanted === 'all' || wanted === value;
    const items = [...this.#state.folders.values()]
      .filter(
        (folder) => fits(query.get('type'), folder.folderType) && fits(query.get('accessMode'), folder.accessMode),
      )
      .map(({ id }) => this.#folderInstance(id));
    return json(200, { syncToken: `f${String(items.length)}`, items });
  }

  #folderName(body: Record<string, unknown>, known: readonly string[]): string {
    for (const name of Object.keys(body))
      if (!known.includes(name)) throw new Malformed(`unexpected parameter ${name}`);
    const { name } = body;
    if (typeof name !== 'string' || name === '') throw new Malformed('parameter name is missing');
    return name;
  }

  #createFolder(request: WireRequest): WireReply {
    if (request.method !== 'POST') throw new Malformed('no such route');
    this.#query(request, {});
    const body = this.#body(request);
    const name = this.#folderName(body, ['name', 'type', 'parentId']);
    if (name.length > 100) return problem(400, 'folder name too long');
    const type = body['type'] ?? 'mails';
    if (typeof type !== 'string') throw new Malformed('parameter type is invalid');
    const made = this.#state.createFolder(name, this.#options.user, { folderType: type });
    return json(200, this.#folderInstance(made.id));
  }

  #folderInstance(id: string): Record<string, unknown> {
    const folder = this.#state.folders.get(id);
    if (folder === undefined) return {};
    const shown = Object.fromEntries(Object.entries(folder).filter(([key]) => key !== 'special'));
    const totalItems = this.#state.items().filter((item) => item.folderId === id).length;
    return { ...shown, folderSize: 0, totalItems, unreadItems: 0 };
  }
}
