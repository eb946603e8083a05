/**
 * A stand-in for Axigen, written from the vendor's pages: the Mailbox API and CardDAV over one store. Strict: what the pages
 * do not document (a route, parameter, body member, header) is answered with 400 and recorded; `assertClean` throws then.
 * The quirks of its CardDAV are those that public clients report of Axigen X6; each has a switch.
 */
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { DavHalf } from './axigen/dav.js';
import type { DavHalfOptions } from './axigen/dav.js';
import { RestHalf } from './axigen/rest.js';
import type { RestOptions } from './axigen/rest.js';
import { AxigenState } from './axigen/state.js';
import { Faults, faultReply, readRequest, sendReply, sleep } from './axigen/wire.js';
import type { Fault, LoggedRequest, WireReply, WireRequest } from './axigen/wire.js';

export type { Fault, LoggedRequest } from './axigen/wire.js';

export interface AxigenOptions extends Partial<RestOptions>, Partial<DavHalfOptions> {
  /** Milliseconds before every answer. */
  latency?: number;
}

export interface FakeAxigen {
  /** Origin, without a slash at the end. */
  readonly url: string;
  readonly user: string;
  readonly password: string;
  /** Accepted as bearer token too. */
  readonly token: string;
  /** The cards, as CardDAV holds them. */
  readonly dav: DavHalf;
  /** Folders, REST ids and sync tokens of the same cards. */
  readonly state: AxigenState;
  readonly rest: RestHalf;
  readonly requests: readonly LoggedRequest[];
  /** Puts a contact there, as the WebMail would. Returns the path. */
  add(vcard: string, where?: { folder?: string; directory?: boolean; name?: string }): string;
  /** Requests by method and kind: `PUT`, `PROPFIND`, `GET contacts/`, `POST login`, … */
  counts(): Record<string, number>;
  /** Most requests answered at a time. */
  most(): number;
  fault(fault: Fault): void;
  /** Runs before each request is answered. */
  onRequest(hook: (request: { method: string; path: string }) => void): void;
  /** Ends every session of the Mailbox API. */
  expire(): void;
  /** Sessions that were opened so far. */
  sessions(): number;
  /** @throws Error naming each undocumented request, and each fault that never came to be */
  assertClean(): void;
  close(): Promise<void>;
}

const REST: RestOptions = {
  user: 'ann@example.com',
  password: 'päss:word',
  token: 'bearer-7f3a',
  fullName: 'Ann Example',
  pageSize: 25,
  pageCap: 500,
  mode: 'full',
};

function kindOf({ method, path }: WireRequest): string {
  if (!path.startsWith('/api/')) return method;
  return `${method} ${path.replace(/^\/api\/v1\//, '').replace(/^folders\/[^/]+$/, 'folders/ID')}`;
}

/** Starts the stand-in on a free port of this machine. */
export async function startAxigen(options: AxigenOptions = {}): Promise<FakeAxigen> {
  const restOptions: RestOptions = { ...REST, ...options };
  const dav = new DavHalf(restOptions, options);
  const state = new AxigenState(dav, restOptions.user);
  const rest = new RestHalf(state, restOptions);
  const faults = new Faults();
  const requests: LoggedRequest[] = [];
  const hooks: ((request: { method: string; path: string }) => void)[] = [];
  const counts: Record<string, number> = {};
  let [busy, most] = [0, 0];

  const perform = (message: IncomingMessage, request: WireRequest): WireReply =>
    request.path.startsWith('/api/') ? rest.handle(request) : dav.handle(message, request.body);

  /** Undefined: no answer will come. */
  const answer = async (
    message: IncomingMessage,
    request: WireRequest,
    fault: Fault | undefined,
  ): Promise<WireReply | undefined> => {
    if (fault?.kind === 'reset-before' || fault?.kind === 'hang') return undefined;
    if (fault?.kind === 'slow') await sleep(fault.ms ?? 50);
    if (fault?.kind === 'expired') rest.expire();
    return (fault === undefined ? undefined : faultReply(fault)) ?? perform(message, request);
  };

  const handle = async (message: IncomingMessage, response: ServerResponse): Promise<void> => {
    busy += 1;
    most = Math.max(most, busy);
    try {
      const request = await readRequest(message);
      const { method, path } = request;
      const kind = kindOf(request);
      counts[kind] = (counts[kind] ?? 0) + 1;
      for (const hook of hooks) hook({ method, path });
      if ((options.latency ?? 0) > 0) await sleep(options.latency ?? 0);
      const fault = faults.next(request);
      const reply = await answer(message, request, fault);
      requests.push({ method, path, query: request.query.toString(), status: reply?.status ?? 'lost' });
      if (reply !== undefined) sendReply(response, reply, fault);
      else if (fault?.kind === 'reset-before') response.destroy();
    } finally {
      busy -= 1;
    }
  };

  const server = createServer((message, response) => {
    handle(message, response).catch((error: unknown) => {
      rest.violations.push(`the stand-in failed: ${String(error)}`);
      response.destroy();
    });
  });
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  return {
    url: `http://127.0.0.1:${String(port)}`,
    user: restOptions.user,
    password: restOptions.password,
    token: restOptions.token,
    dav,
    state,
    rest,
    requests,
    add: (vcard, where = {}) => {
      const path = dav.add(vcard, where);
      if (where.directory === true) state.place(path, state.folder('Domain contacts').id);
      if (where.folder !== undefined) state.place(path, state.folder(where.folder).id);
      return path;
    },
    counts: () => ({ ...counts }),
    most: () => most,
    fault: (fault) => {
      faults.add(fault);
    },
    onRequest: (hook) => void hooks.push(hook),
    expire: () => {
      rest.expire();
    },
    sessions: () => rest.sessions,
    assertClean() {
      const unused = faults.unused().map((fault) => `a fault that never came to be: ${fault}`);
      const problems = [...rest.violations, ...dav.violations, ...unused];
      if (problems.length > 0) throw new Error(`the stand-in complains:\n${problems.join('\n')}`);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        for (const socket of sockets) socket.destroy();
      }),
  };
}
