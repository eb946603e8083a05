/**
 * A stand-in for Microsoft Graph (v1.0, beta) and the Outlook REST API (beta, v2.0) over one mailbox, with the sign-in
 * beside them. Strict: what the vendor's pages do not show (a route, query option, header value, form field) is
 * answered with 400 and recorded; `assertClean` throws then.
 */
import { Auth } from './outlook/auth.js';
import { batchParts, batchReply } from './outlook/batch.js';
import { Failure, Undocumented } from './outlook/failure.js';
import { kindOf, Service } from './outlook/service.js';
import type { Part, Rules } from './outlook/service.js';
import type { Spelling } from './outlook/shape.js';
import { Store } from './outlook/store.js';
import { errorBody, faultReply, Faults, openWire } from './outlook/wire.js';
import type { FakeRequest, Fault, Reply } from './outlook/wire.js';

export type { Fault, FakeRequest } from './outlook/wire.js';
export type { FakeContact, FakeFolder, Store } from './outlook/store.js';

export interface OutlookOptions extends Partial<Rules> {
  /** Milliseconds before every answer. */
  latency?: number;
  /** Name of the default folder. */
  folderName?: string;
  /** The mailbox that `/users/…` means. */
  mailbox?: string;
  /** Batches are refused as by a proxy that knows none: with this status, or 404. */
  noBatch?: boolean | number;
}

export interface FakeOutlook {
  readonly url: string;
  readonly store: Store;
  readonly auth: Auth;
  readonly requests: readonly FakeRequest[];
  /** Operations, those inside batches included: `list`, `create`, `photo`, ... */
  counts(): Record<string, number>;
  /** HTTP requests by kind, a batch being one. */
  calls(): Record<string, number>;
  /** Most requests answered at a time. */
  most(): number;
  fault(fault: Fault): void;
  /** Ends all access tokens. */
  expire(): void;
  /** @throws Error naming each undocumented request */
  assertClean(): void;
  close(): Promise<void>;
}

const RULES: Rules = {
  maxPageSize: 1000,
  covers: 'default',
  listsDefault: false,
  fullSync: false,
  tracks: true,
  expandsOne: false,
  cutsNotes: false,
  photos: 'kept',
  guards: true,
  extended: true,
  buries: true,
  alias: true,
  quiet: false,
};

const VERSIONS: readonly (Spelling & { path: string; resource: string })[] = [
  { name: 'graph', family: 'graph', shape: 'flat', path: '/v1.0', resource: 'https://graph.microsoft.com' },
  { name: 'graph-beta', family: 'graph', shape: 'typed', path: '/beta', resource: 'https://graph.microsoft.com' },
  {
    name: 'outlook-beta',
    family: 'outlook',
    shape: 'typed',
    path: '/api/beta',
    resource: 'https://outlook.office.com',
  },
  { name: 'outlook-v2', family: 'outlook', shape: 'flat', path: '/api/v2.0', resource: 'https://outlook.office.com' },
];

const SIGN_IN = /^\/[^/]+\/oauth2\/v2\.0\/(devicecode|token)$/;

/** Starts the stand-in on a free port of this machine. */
export async function startOutlook(options: OutlookOptions = {}): Promise<FakeOutlook> {
  const rules: Rules = { ...RULES, ...options };
  const store = new Store(options.folderName);
  const auth = new Auth();
  const faults = new Faults();
  const problems: string[] = [];
  const operations: string[] = [];
  const { mailbox = 'ada@contoso.example', latency = 0 } = options;

  const versionOf = (pathname: string) => VERSIONS.find(({ path }) => pathname.startsWith(`${path}/`));

  const partOf = (request: FakeRequest, version: (typeof VERSIONS)[number], token: string): Part => {
    const url = new URL(request.url, wire.url);
    const segments = url.pathname
      .slice(version.path.length + 1)
      .split('/')
      .map(decodeURIComponent);
    const [owner, name] = segments;
    const issued = auth.tokens.get(token);
    if (owner === 'users' && version.family === 'graph' && name === mailbox) segments.splice(0, 2);
    else if (owner === 'me') {
      if (issued?.app === true)
        throw new Failure(400, 'BadRequest', '/me request is only valid with delegated authentication flow.');
      segments.splice(0, 1);
    } else if (owner === 'users')
      throw new Failure(404, 'ErrorInvalidUser', `The requested user '${name ?? ''}' is invalid.`);
    else throw new Undocumented(`path ${url.pathname}`);
    const type = request.headers['content-type'] ?? '';
    const body: unknown = type === 'application/json' ? JSON.parse(request.body.toString('utf8')) : request.body;
    if (request.method === 'GET' && request.body.length > 0) throw new Undocumented('GET with a body');
    return {
      method: request.method,
      segments,
      query: url.searchParams,
      headers: request.headers,
      body,
      href: url.href,
    };
  };

  const guarded = (request: FakeRequest, work: () => Reply): Reply => {
    try {
      return work();
    } catch (error) {
      if (error instanceof Failure) return { status: error.status, body: errorBody(error.code, error.message) };
      problems.push(`${request.method} ${request.url}: ${error instanceof Error ? error.message : String(error)}`);
      return { status: 400, body: errorBody('BadRequest', 'undocumented') };
    }
  };

  const perform = (request: FakeRequest, version: (typeof VERSIONS)[number], token: string): Reply =>
    guarded(request, () => {
      const part = partOf(request, version, token);
      const kind = kindOf(part.method, part.segments, version.family);
      operations.push(kind);
      return new Service(store, rules, version).answer(kind, part);
    });

  const partKind = (request: FakeRequest, version: (typeof VERSIONS)[number]): string => {
    try {
      const { pathname } = new URL(request.url, 'http://fake');
      const segments = pathname
        .slice(version.path.length + 1)
        .split('/')
        .map(decodeURIComponent);
      return kindOf(request.method, segments.slice(segments[0] === 'users' ? 2 : 1), version.family);
    } catch {
      return 'unknown';
    }
  };

  /** One part of a batch: faults hit it as they would a call of its own. */
  const performPart = (request: FakeRequest, version: (typeof VERSIONS)[number], token: string): Reply | undefined => {
    const fault = faults.next(partKind(request, version));
    const refusal = fault === undefined ? undefined : faultReply(fault);
    if (refusal !== undefined) return refusal;
    const reply = perform(request, version, token);
    if (fault?.kind === 'lost' || fault?.kind === 'reset-after') return undefined;
    return fault?.kind === '500-after' ? faultReply({ kind: '500' }) : reply;
  };

  const answer = (request: FakeRequest): Reply => {
    const { pathname } = new URL(request.url, 'http://fake');
    if (SIGN_IN.test(pathname)) return guarded(request, () => auth.answer(request));
    const version = versionOf(pathname);
    if (version === undefined)
      return guarded(request, () => {
        throw new Undocumented('no such version');
      });
    const token = /^Bearer (\S+)$/.exec(request.headers['authorization'] ?? '')?.[1] ?? '';
    if (auth.tokens.get(token)?.resource !== version.resource)
      return {
        status: 401,
        body: errorBody('InvalidAuthenticationToken', 'Access token validation failure. Invalid audience.'),
      };
    if (pathname !== `${version.path}/$batch`) return perform(request, version, token);
    const { noBatch = false } = options;
    if (noBatch !== false) return { status: noBatch === true ? 404 : noBatch, body: Buffer.from('') };
    return guarded(request, () => {
      if (version.family !== 'graph') throw new Undocumented('a JSON batch to the Outlook API');
      return batchReply(batchParts(request, version.path), (part) => performPart(part, version, token));
    });
  };

  const nameOf = (request: FakeRequest): string => {
    const { pathname } = new URL(request.url, 'http://fake');
    const signIn = SIGN_IN.exec(pathname)?.[1];
    if (signIn !== undefined) return signIn;
    if (pathname.endsWith('/$batch')) return 'batch';
    const version = versionOf(pathname);
    return version === undefined ? 'unknown' : partKind(request, version);
  };

  const wire = await openWire({ kindOf: nameOf, answer, faults, latency });
  const tally = (names: readonly string[]): Record<string, number> => {
    const counts: Record<string, number> = {};
    for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
    return counts;
  };
  return {
    url: wire.url,
    store,
    auth,
    requests: wire.requests,
    counts: () => tally(operations),
    calls: () => tally(wire.requests.map(({ kind }) => kind)),
    most: () => wire.most,
    fault: (fault) => faults.add(fault),
    expire: () => auth.tokens.clear(),
    assertClean() {
      if (problems.length > 0) throw new Error(`undocumented requests:\n${problems.join('\n')}`);
    },
    close: () => wire.close(),
  };
}
