/**
 * A stand-in for Filemail's contacts API, written from the vendor's pages. Strict: a call, parameter or header that
 * they do not document is answered with 2010 InvalidRequest and recorded; `assertClean` throws then.
 */
import { randomBytes } from 'node:crypto';
import { Failure, failed, reply } from './filemail/answers.js';
import type { AnswerRules, CodeName } from './filemail/answers.js';
import { Store } from './filemail/state.js';
import type { StoreRules } from './filemail/state.js';
import { openWire, Undocumented } from './mdaemon/wire.js';
import type { FakeRequest, Fault, Reply } from './mdaemon/wire.js';

export type { Fault, FakeRequest } from './mdaemon/wire.js';

export interface FilemailOptions extends Partial<AnswerRules>, Partial<StoreRules> {
  user?: string;
  password?: string;
  /** Required on every call when set ("Required" in older copies of the pages). */
  apiKey?: string;
  /** A new sign-in ends the tokens before it. */
  oneToken?: boolean;
  /** Milliseconds before every answer. */
  latency?: number;
}

/** A refusal instead of what a call would do; with `after` beside it. */
export interface Refusal {
  code: CodeName;
  /** Path below `/api/`; every call when absent. */
  on?: string;
  /** Calls it hits (default 1), after letting `skip` pass. */
  times?: number;
  skip?: number;
  after?: boolean;
  message?: string;
}

export interface FakeFilemail {
  /** Origin; the API is below `/api`. */
  readonly url: string;
  readonly user: string;
  readonly password: string;
  readonly store: Store;
  readonly requests: readonly FakeRequest[];
  /** Parameters of the requests to a path below `/api/`, in order, `logintoken` and `apikey` left out. */
  sent(path: string): Record<string, string>[];
  /** Requests by path below `/api/`, without those of signing in and out. */
  counts(): Record<string, number>;
  fault(fault: Fault): void;
  refuse(refusal: Refusal): void;
  /** Ends all tokens. */
  expire(): void;
  /** Tokens that are valid. */
  tokens(): number;
  /** @throws Error naming each undocumented request */
  assertClean(): void;
  close(): Promise<void>;
}

const AUTH = 'authentication/';

interface Spec {
  needs: readonly string[];
  takes?: readonly string[];
}

/** Every call below `/api/` with its parameters; all but login also need `logintoken`. */
const CALLS: Record<string, Spec> = {
  'authentication/login': { needs: ['username', 'password', 'source'] },
  'authentication/logout': { needs: [] },
  'contacts/get': { needs: [] },
  'contacts/add': { needs: ['name', 'email'], takes: ['mobile'] },
  'contacts/update': { needs: ['contactid'], takes: ['name', 'email', 'mobile'] },
  'contacts/delete': { needs: ['contactid'] },
  'contacts/group/get': { needs: [] },
  'contacts/group/add': { needs: ['name'] },
  'contacts/group/update': { needs: ['contactgroupid', 'name'] },
  'contacts/group/delete': { needs: ['contactgroupid'] },
  'contacts/addtogroup': { needs: ['contactgroupid', 'contactid'] },
  'contacts/removefromgroup': { needs: ['contactgroupid', 'contactid'] },
};

const SOURCES = ['Web', 'Iphone', 'Ipad', 'WindowsPhone', 'WindowsTab', 'AndroidPhone', 'AndroidTab'];
const MORE_SOURCES = ['Outlook', 'Desktop', 'Downloader', 'Thunderbird'];

/** Parameters may come as headers, so that a header of ours with such a name would be one. */
const HEADERS = [
  ...['host', 'connection', 'content-type', 'content-length', 'transfer-encoding'],
  ...['accept', 'accept-encoding', 'user-agent'],
];

const pathOf = ({ segments }: FakeRequest): string => (segments[0] === 'api' ? segments.slice(1).join('/') : '');

/** Query and form together. @throws Undocumented */
function formOf(request: FakeRequest): Map<string, string> {
  const form = new Map<string, string>();
  const pairs = [...new URLSearchParams(request.url.split('?')[1] ?? ''), ...new URLSearchParams(request.raw)];
  for (const [name, value] of pairs) {
    if (form.has(name)) throw new Undocumented(`parameter ${name} comes twice`);
    form.set(name, value);
  }
  return form;
}

/** @throws Undocumented for what the pages do not name, Failure for what is missing */
function check(
  request: FakeRequest,
  kind: string,
  form: ReadonlyMap<string, string>,
  apiKey: string | undefined,
): void {
  const call = Object.hasOwn(CALLS, kind) ? CALLS[kind] : undefined;
  if (call === undefined) throw new Undocumented(`${request.method} ${request.url}`);
  if (request.method !== 'GET' && request.method !== 'POST') throw new Undocumented(`method ${request.method}`);
  const type = request.headers['content-type'] ?? '';
  if (request.raw !== '' && type !== 'application/x-www-form-urlencoded') throw new Undocumented(`type "${type}"`);
  const token = kind === 'authentication/login' ? [] : ['logintoken'];
  const known = new Set([...call.needs, ...(call.takes ?? []), ...token, 'apikey']);
  for (const name of form.keys()) if (!known.has(name)) throw new Undocumented(`${kind}: parameter ${name}`);
  for (const name of Object.keys(request.headers)) {
    if (!HEADERS.includes(name)) throw new Undocumented(`${kind}: header ${name}`);
  }
  const source = form.get('source');
  if (source !== undefined && ![...SOURCES, ...MORE_SOURCES].includes(source))
    throw new Undocumented(`source ${source}`);
  for (const name of [...(apiKey === undefined ? [] : ['apikey']), ...token, ...call.needs]) {
    if ((form.get(name) ?? '') === '')
      throw new Failure('InputParameterMissing', `Required parameter missing: "${name}"`);
  }
  if (apiKey !== undefined && form.get('apikey') !== apiKey) throw new Failure('InvalidParameter', 'Invalid apikey');
}

/** Starts the stand-in on a free port of this machine. */
export async function startFilemail(options: FilemailOptions = {}): Promise<FakeFilemail> {
  const { user = 'ada@example.com', password = 'correct horse', apiKey, oneToken = false, latency = 0 } = options;
  const rules: AnswerRules & StoreRules = {
    errors: 'one',
    keys: 'documented',
    mobile: 'hidden',
    noGroups: 'list',
    nameLimit: Infinity,
    emptyMobile: 'clears',
    unknownGroup: 'InvalidParameter',
    validEmail: /^[^\s@]+@[^\s@]+$/u,
    ...options,
  };
  const store = new Store(rules);
  const tokens = new Set<string>();
  const problems: string[] = [];
  const refusals: Refusal[] = [];

  const signIn = (form: ReadonlyMap<string, string>): Record<string, unknown> => {
    if (form.get('username') !== user || form.get('password') !== password)
      throw new Failure('WrongUsernamePassword', 'Wrong username or password');
    if (oneToken) tokens.clear();
    const token = randomBytes(16).toString('hex');
    tokens.add(token);
    return { responsestatus: 'ok', logintoken: token };
  };
  const perform = (kind: string, form: ReadonlyMap<string, string>): Record<string, unknown> => {
    if (kind === 'authentication/login') return signIn(form);
    const token = form.get('logintoken') ?? '';
    if (!tokens.has(token)) throw new Failure('InvalidOrExpiredLoginToken', `Invalid logintoken ${token}`);
    if (kind !== 'authentication/logout') return store.perform(kind, form);
    tokens.delete(token);
    return { responsestatus: 'ok', logintoken: token };
  };
  const refusalFor = (kind: string): Refusal | undefined => {
    const refusal = refusals.find(({ on }) => on === undefined || on === kind);
    if (refusal === undefined) return undefined;
    if ((refusal.skip ?? 0) > 0) {
      refusal.skip = (refusal.skip ?? 0) - 1;
      return undefined;
    }
    refusal.times = (refusal.times ?? 1) - 1;
    if (refusal.times <= 0) refusals.splice(refusals.indexOf(refusal), 1);
    return refusal;
  };

  const answer = (request: FakeRequest): Reply => {
    const kind = pathOf(request);
    try {
      const form = formOf(request);
      check(request, kind, form, apiKey);
      const refusal = refusalFor(kind);
      if (refusal?.after === true) perform(kind, form);
      if (refusal !== undefined) throw new Failure(refusal.code, refusal.message);
      return reply(perform(kind, form), rules);
    } catch (error) {
      if (error instanceof Failure) return failed(error, rules);
      problems.push(`${request.method} ${request.url}: ${error instanceof Error ? error.message : String(error)}`);
      return failed(new Failure('InvalidRequest'), rules);
    }
  };
  const expired = (): Reply => failed(new Failure('InvalidOrExpiredLoginToken'), rules);
  const wire = await openWire({ kindOf: pathOf, answer, expired, latency });

  return {
    url: wire.url,
    user,
    password,
    store,
    requests: wire.requests,
    sent: (path) =>
      wire.requests
        .filter(({ kind }) => kind === path)
        .map((request) => {
          const { logintoken: _token, apikey: _key, ...rest } = Object.fromEntries(formOf(request));
          return rest;
        }),
    counts() {
      const counts: Record<string, number> = {};
      for (const { kind } of wire.requests) if (!kind.startsWith(AUTH)) counts[kind] = (counts[kind] ?? 0) + 1;
      return counts;
    },
    fault: (fault) => wire.fault(fault),
    refuse: (refusal) => void refusals.push({ ...refusal }),
    expire: () => tokens.clear(),
    tokens: () => tokens.size,
    assertClean() {
      if (problems.length > 0) throw new Error(`undocumented requests:\n${problems.join('\n')}`);
    },
    close: () => wire.close(),
  };
}

export type { CodeName };
