/**
 * A stand-in for MDaemon Webmail's API, written from the vendor's pages. Strict: what they do not document (a route,
 * parameter, body member, type) is answered with 400 InvalidRequest and recorded; `assertClean` throws then.
 */
import { Auth } from './mdaemon/auth.js';
import type { AuthOptions } from './mdaemon/auth.js';
import { Failure } from './mdaemon/bodies.js';
import { Contacts } from './mdaemon/contacts.js';
import type { ContactRules } from './mdaemon/contacts.js';
import { route } from './mdaemon/routes.js';
import type { Params, Routed } from './mdaemon/routes.js';
import { Store } from './mdaemon/state.js';
import { openWire, Undocumented } from './mdaemon/wire.js';
import type { FakeRequest, Fault, Reply } from './mdaemon/wire.js';

export type { Fault, FakeRequest } from './mdaemon/wire.js';
export type { FakeContact, FakeFolder, Store } from './mdaemon/state.js';

export interface MdaemonOptions extends Partial<ContactRules>, Partial<AuthOptions> {
  /** Status of `{"error": …}` answers: the contacts page gives none (default 400). */
  errorStatus?: number;
  /** The folders route is there (default), answers under another key, as a bare list, or not at all. */
  folderRoute?: 'folders' | 'other-key' | 'list' | 'none';
  /** Milliseconds before every answer. */
  latency?: number;
}

export interface FakeMdaemon {
  /** Origin; the API is below `/WorldClientAPI`. */
  readonly url: string;
  readonly user: string;
  readonly password: string;
  readonly store: Store;
  readonly requests: readonly FakeRequest[];
  /** Requests by operation: `page`, `contact`, `create`, `update`, `delete`, `authenticate basic`, ... */
  counts(): Record<string, number>;
  /** Most requests answered at a time. */
  most(): number;
  fault(fault: Fault): void;
  /** Ends all sessions. */
  expire(): void;
  /** Open sessions. */
  sessions(): number;
  /** @throws Error naming each undocumented request */
  assertClean(): void;
  close(): Promise<void>;
}

const RULES: ContactRules = {
  pageSize: 50,
  maxPageSize: 100_000,
  total: true,
  blanks: true,
  listMembers: true,
  newIdOnMove: false,
  objects: 'merge',
  lists: 'replace',
};

const AUTH: AuthOptions = {
  user: 'ada@example.com',
  password: 'correct horse',
  csrf: false,
  loginToken: false,
  frozen: false,
  terms: false,
  sessionError: { status: 401, body: { error: 'Unauthorized' } },
};

/** The folder operations ("Folders" page). */
function folderAnswer(store: Store, kind: string, params: Params, body: Record<string, unknown>, shape: string): Reply {
  const show = ({ path, ...folder }: { path: string; id: number }) => ({
    ...folder,
    path,
    type: 2,
    depth: 1,
    has_subs: false,
    subscribed: true,
  });
  if (kind === 'folders') {
    if (shape === 'none') return { status: 404, body: Buffer.from('') };
    const list = [...store.folders.values()].map(show);
    if (shape === 'list') return { status: 200, body: list };
    return { status: 200, body: shape === 'folders' ? { folders: list } : { success: true, items: list } };
  }
  if (kind === 'createFolder') {
    const { create, type, name, parent_id: parent, ...rest } = body;
    if (create !== 1 || type !== 2 || typeof parent !== 'number' || Object.keys(rest).length > 0)
      throw new Undocumented('create folder');
    if (typeof name !== 'string' || name === '') throw new Failure('InvalidParameter', 'name');
    return { status: 200, body: { success: true, id: store.addFolder({ display_name: name, parent_id: parent }).id } };
  }
  const folder = store.folders.get(Number(params['id']));
  if (folder === undefined) throw new Failure('InvalidParameter', 'id');
  if (kind === 'folder') return { status: 200, body: show(folder) };
  if (folder.default === true) throw new Failure('InadequatePermissions');
  if (kind === 'deleteFolder') {
    store.folders.delete(folder.id);
    for (const { id } of store.inFolders([folder.id])) store.contacts.delete(id);
    return { status: 200, body: { success: true } };
  }
  const { rename, ...rest } = body;
  if (typeof rename !== 'string' || Object.keys(rest).length > 0) throw new Undocumented('change of a folder');
  // The id may change.
  const made = store.addFolder({ ...folder, id: store.number(), display_name: rename, path: rename });
  for (const contact of store.inFolders([folder.id])) contact.folder = made.id;
  store.folders.delete(folder.id);
  return { status: 200, body: { success: true, id: made.id } };
}

/** Starts the stand-in on a free port of this machine. */
export async function startMdaemon(options: MdaemonOptions = {}): Promise<FakeMdaemon> {
  const rules: ContactRules = { ...RULES, ...options };
  const authOptions: AuthOptions = { ...AUTH, ...options };
  const store = new Store();
  const auth = new Auth(authOptions);
  const contacts = new Contacts(store, rules, authOptions.user);
  const problems: string[] = [];
  const { errorStatus = 400, folderRoute = 'folders', latency = 0 } = options;

  const routed = (request: FakeRequest): Routed | Undocumented => {
    try {
      return route(request);
    } catch (error) {
      return error instanceof Undocumented ? error : new Undocumented(String(error));
    }
  };

  const perform = ({ kind, params }: Routed, request: FakeRequest): Reply => {
    if (kind === 'loginToken') return auth.loginToken(params['data'] ?? '');
    if (kind === 'authenticate basic') return auth.signIn(request);
    if (kind === 'authenticate logout') return auth.signOut(request);
    const refused = auth.refuse(request);
    if (refused !== undefined) return refused;
    if (/folder/i.test(kind)) return folderAnswer(store, kind, params, request.body, folderRoute);
    return contacts.answer(kind, params, request);
  };

  const answer = (request: FakeRequest): Reply => {
    try {
      const found = routed(request);
      if (found instanceof Undocumented) throw found;
      if ('' in request.body) throw new Undocumented(`body: ${String(request.body[''])}`);
      return perform(found, request);
    } catch (error) {
      if (error instanceof Failure) {
        const parameter = error.parameter === undefined ? {} : { parameter: error.parameter };
        return { status: errorStatus, body: { error: error.error, ...parameter } };
      }
      problems.push(`${request.method} ${request.url}: ${error instanceof Error ? error.message : String(error)}`);
      return { status: 400, body: { error: 'InvalidRequest' } };
    }
  };

  const kindOf = (request: FakeRequest): string => {
    const found = routed(request);
    return found instanceof Undocumented ? 'unknown' : found.kind;
  };
  const wire = await openWire({ kindOf, answer, expired: () => authOptions.sessionError, latency });

  return {
    url: wire.url,
    user: authOptions.user,
    password: authOptions.password,
    store,
    requests: wire.requests,
    counts() {
      const counts: Record<string, number> = {};
      for (const { kind } of wire.requests) counts[kind] = (counts[kind] ?? 0) + 1;
      return counts;
    },
    most: () => wire.most,
    fault: (fault) => wire.fault(fault),
    expire: () => auth.sessions.clear(),
    sessions: () => auth.sessions.size,
    assertClean() {
      if (problems.length > 0) throw new Error(`undocumented requests:\n${problems.join('\n')}`);
    },
    close: () => wire.close(),
  };
}
