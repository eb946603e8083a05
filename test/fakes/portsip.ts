/**
 * A stand-in for PortSIP PBX's REST API (v22), written from the vendor's pages. Strict: what they do not document (a
 * route, parameter, header value, body member, type) is answered with 400 and recorded; `assertClean` throws then.
 */
import { openWire, Undocumented } from './mdaemon/wire.js';
import type { FakeRequest, Fault, Reply } from './mdaemon/wire.js';
import { Auth, BAD_TOKEN, MISSING } from './portsip/auth.js';
import type { AuthOptions } from './portsip/auth.js';
import { LIMITS, Store, view } from './portsip/state.js';
import type { FakeBook, FakeContact } from './portsip/state.js';

export type { FakeRequest, Fault } from './mdaemon/wire.js';
export type { FakeContact, Store } from './portsip/state.js';
export { LIMITS } from './portsip/state.js';

export interface PortsipOptions extends Partial<AuthOptions> {
  /** What the page leaves open: an update merges into the contact, or replaces it. */
  update?: 'merge' | 'replace';
  /** What the user may do with company contacts; `absent`: the route is not there. */
  company?: 'full' | 'view' | 'none' | 'absent';
  /** `once`: a token is forgotten when it was used; `none`: the routes are not there. */
  syncTokens?: 'kept' | 'once' | 'none';
  /** A contact that was made and deleted between two tokens is told as deleted. */
  ghosts?: boolean;
  /** 400 for a token that is no token (403 is documented for unknown ones). */
  unknownToken?: 400 | 403;
  /** What else than the number of contacts `count` says. */
  count?: (count: number, items: number) => number | null;
  /** Milliseconds before every answer. */
  latency?: number;
}

export interface FakePortsip {
  /** Origin; the API is below `/api`. */
  readonly url: string;
  readonly user: string;
  readonly password: string;
  readonly store: Store;
  readonly auth: Auth;
  readonly requests: readonly FakeRequest[];
  /** Requests by operation: `list`, `read`, `create`, `update`, `destroy`, `favorite`, `oauth token`, ... */
  counts(): Record<string, number>;
  /** Runs once, after the next list was answered. */
  afterList: (() => void) | undefined;
  fault(fault: Fault): void;
  /** Ends all access tokens. */
  expire(): void;
  /** @throws Error naming each undocumented request */
  assertClean(): void;
  close(): Promise<void>;
}

interface Routed {
  kind: string;
  book: FakeBook;
  id: string;
}

/** Operations on one contact, and on its list, by method and last segment. */
const ON_CONTACT: Readonly<Record<string, string>> = {
  'GET ': 'read',
  'POST ': 'update',
  'POST destroy': 'destroy',
  'POST favorite': 'favorite',
  'POST unfavorite': 'unfavorite',
};
const SIGN_IN: Readonly<Record<string, string>> = {
  'login/oauth/token': 'oauth token',
  login: 'login',
  'auth/sign_in': 'auth sign_in',
  'auth/refresh_token': 'auth refresh',
};

function route({ method, segments, query, url }: FakeRequest): Routed {
  const [base, ...rest] = segments;
  const undocumented = new Undocumented(`${method} ${url}`);
  if (base !== 'api') throw undocumented;
  const signIn = SIGN_IN[rest.join('/')];
  if (signIn !== undefined && method === 'POST') return { kind: signIn, book: 'personal', id: '' };
  const book: FakeBook = rest[0] === 'user' ? 'personal' : 'company';
  const [contacts, id, action = '', ...more] = book === 'personal' ? rest.slice(1) : rest;
  if (contacts !== 'contacts' || more.length > 0) throw undocumented;
  if (id === undefined) {
    if (method !== 'GET' && method !== 'POST') throw undocumented;
    return { kind: method === 'GET' ? 'list' : 'create', book, id: '' };
  }
  if (Object.keys(query).length > 0) throw undocumented;
  if (id === 'sync_tokens' && book === 'personal' && method === 'POST') {
    if (action === '') return { kind: 'token', book, id: '' };
    throw undocumented;
  }
  const kind = ON_CONTACT[`${method} ${action}`];
  if (kind === undefined || (book === 'company' && kind.includes('favorite'))) throw undocumented;
  return { kind, book, id };
}

/** `sync_tokens/{token}/diff`; the token may hold anything. */
function routeDiff(request: FakeRequest): Routed | undefined {
  const found = /^\/api\/user\/contacts\/sync_tokens\/([^/?]+)\/diff$/.exec(request.url);
  if (found === null || request.method !== 'POST') return undefined;
  return { kind: 'diff', book: 'personal', id: decodeURIComponent(found[1] ?? '') };
}

const refused = (status: number, code: string, message: string): Reply => ({
  status,
  body: { errors: [{ code, message, detail: null }] },
});

const INVALID = refused(400, 'VALIDATE_FAILED', 'field validation failed');
const NO_PERMISSION = refused(403, 'FORBIDDEN', 'permission denied');
const NO_CONTACT = refused(404, 'NOT_FOUND', 'contact not found');
const DONE: Reply = { status: 200, body: Buffer.alloc(0) };

/** @throws Undocumented for members and types that the page does not know */
function texts(request: FakeRequest): Record<string, string> | undefined {
  if (!/^application\/json\b/.test(request.headers['content-type'] ?? '')) throw new Undocumented('content type');
  let valid = true;
  for (const [key, value] of Object.entries(request.body)) {
    const most = Object.hasOwn(LIMITS, key) ? LIMITS[key] : undefined;
    if (most === undefined) throw new Undocumented(`body member ${key}`);
    if (typeof value !== 'string') throw new Undocumented(`${key} is no text`);
    if (Array.from(value).length > most || (key === 'name' && value === '')) valid = false;
  }
  return valid ? (request.body as Record<string, string>) : undefined;
}

class Contacts {
  constructor(
    readonly store: Store,
    readonly options: PortsipOptions,
  ) {}

  answer(routed: Routed, request: FakeRequest): Reply {
    const { kind, book, id } = routed;
    if (book === 'company') {
      const { company = 'none' } = this.options;
      if (company === 'absent') return MISSING();
      if (company === 'none' || (company === 'view' && request.method === 'POST')) return NO_PERMISSION;
    }
    if (kind !== 'create' && kind !== 'update' && request.raw !== '') throw new Undocumented(`${kind} with a body`);
    if (kind === 'list') return this.#list(book, request);
    if (kind === 'create') return this.#create(book, request);
    if (kind === 'token' || kind === 'diff') return this.#delta(kind, id);
    const contact = this.store.contacts.get(id);
    if (contact?.book !== book) return NO_CONTACT;
    return this.#one(kind, contact, request);
  }

  #list(book: FakeBook, { query }: FakeRequest): Reply {
    const { skip = '0', top = '100', ...rest } = query;
    if (Object.keys(rest).length > 0) throw new Undocumented(`list with ${Object.keys(rest).join(', ')}`);
    if (!/^\d+$/.test(skip) || !/^\d+$/.test(top) || Number(top) < 1 || Number(top) > 100) {
      throw new Undocumented(`skip=${skip}, top=${top}`);
    }
    const all = this.store.in(book);
    const items = all.slice(Number(skip), Number(skip) + Number(top)).map(view);
    const count = this.options.count === undefined ? all.length : this.options.count(all.length, items.length);
    return { status: 200, body: { count, items } };
  }

  #create(book: FakeBook, request: FakeRequest): Reply {
    const given = texts(request);
    if (given === undefined) return INVALID;
    return { status: 201, body: { id: this.store.add(given, { book }).id } };
  }

  #one(kind: string, contact: FakeContact, request: FakeRequest): Reply {
    if (kind === 'read') return { status: 200, body: view(contact) };
    if (kind === 'destroy') {
      this.store.remove(contact);
      return { ...DONE, status: 204 };
    }
    if (kind === 'update') {
      const given = texts(request);
      if (given === undefined) return INVALID;
      this.store.change(contact, given, this.options.update ?? 'merge');
    } else this.store.mark(contact, kind === 'favorite');
    return DONE;
  }

  #delta(kind: string, token: string): Reply {
    const { syncTokens = 'kept', ghosts = false, unknownToken = 403 } = this.options;
    if (syncTokens === 'none') return MISSING();
    if (kind === 'token') return { status: 201, body: { token: this.store.token() } };
    if (!this.store.knows(token)) return refused(unknownToken, 'UNKNOWN', 'unknown sync token');
    const items = this.store.since(token, ghosts).map(({ id, type }) => {
      const contact = this.store.contacts.get(id);
      if (contact === undefined) return { id, change_type: type };
      const { sync_type: _, ...rest } = view(contact);
      return { ...rest, change_type: type };
    });
    if (syncTokens === 'once') this.store.forget(token);
    return { status: 200, body: { token: this.store.token(), items } };
  }
}

/** Starts the stand-in on a free port of this machine. */
export async function startPortsip(options: PortsipOptions = {}): Promise<FakePortsip> {
  const authOptions: AuthOptions = {
    ...{ user: '101', password: 'correct horse', domain: undefined, families: ['oauth', 'auth'], twoFactor: false },
    missing: 404,
    ...{ life: 1800, tellLife: 'expires_in', failure: 400, now: () => Date.now() },
    ...options,
  };
  const store = new Store();
  const auth = new Auth(authOptions);
  const contacts = new Contacts(store, options);
  const problems: string[] = [];
  const routed = (request: FakeRequest): Routed => routeDiff(request) ?? route(request);

  const perform = (request: FakeRequest): Reply => {
    const found = routed(request);
    if ('' in request.body) throw new Undocumented(`body: ${String(request.body[''])}`);
    if (/^(oauth|auth|login)\b/.test(found.kind)) return auth.answer(found.kind, request);
    return auth.refuse(request) ?? contacts.answer(found, request);
  };

  const fake: FakePortsip = {
    url: '',
    ...{ user: authOptions.user, password: authOptions.password, store, auth },
    requests: [],
    counts() {
      const counts: Record<string, number> = {};
      for (const { kind } of this.requests) counts[kind] = (counts[kind] ?? 0) + 1;
      return counts;
    },
    afterList: undefined,
    fault: () => undefined,
    expire: () => auth.access.clear(),
    assertClean() {
      if (problems.length > 0) throw new Error(`undocumented requests:\n${problems.join('\n')}`);
    },
    close: () => Promise.resolve(),
  };

  const wire = await openWire({
    kindOf: (request) => {
      try {
        return routed(request).kind;
      } catch {
        return 'unknown';
      }
    },
    answer: (request) => {
      try {
        const reply = perform(request);
        const meddle = request.kind === 'list' ? fake.afterList : undefined;
        if (meddle !== undefined) {
          fake.afterList = undefined;
          meddle();
        }
        return reply;
      } catch (error) {
        problems.push(`${request.method} ${request.url}: ${error instanceof Error ? error.message : String(error)}`);
        return refused(400, 'UNKNOWN', 'unknown error');
      }
    },
    expired: BAD_TOKEN,
    latency: options.latency ?? 0,
  });
  return Object.assign(fake, {
    url: wire.url,
    requests: wire.requests,
    fault: (fault: Fault) => wire.fault(fault),
    close: () => wire.close(),
  });
}
