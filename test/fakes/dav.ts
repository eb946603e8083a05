/** A CardDAV server on loopback that plays real ones, strictly. */
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createDavHandler } from './dav/handler.js';
import type { DavFake, DavHandlerOptions, DavRequest } from './dav/handler.js';
import { quirksOf } from './dav/quirks.js';
import type { DavQuirks, QuirkName } from './dav/quirks.js';
import { DavStore } from './dav/store.js';

export { createDavHandler, DavStore, quirksOf };
export { QUIRKS } from './dav/quirks.js';
export { FakeBook, uidOf, type FakeCard } from './dav/store.js';
export type { DavFake, DavHandlerOptions, DavQuirks, DavRequest, QuirkName };

/** What goes wrong with the next matching requests. */
export interface DavFault {
  method?: string;
  /** Part of the path. */
  path?: string;
  /** How many requests it hits (default 1). */
  times?: number;
  /** Matching requests that go well before (default 0). */
  after?: number;
  /**
   * `before`: the connection breaks and nothing happens; `afterwards`: it happens, then the connection breaks; `cut`: half of
   * the body; `html`: a web page with status 200; else a status.
   */
  kind: 'before' | 'afterwards' | 'cut' | 'html' | { status: number; headers?: Record<string, string>; body?: string };
}

export type RequestHook = (request: { method: string; path: string }) => Promise<void> | void;

export interface RunningDav {
  url: string;
  user: string;
  password: string;
  store: DavStore;
  fake: DavFake;
  requests: DavRequest[];
  fault(fault: DavFault): void;
  /** Runs before each request is answered; the answer waits for it. */
  onRequest(hook: RequestHook): void;
  assertClean(): void;
  close(): Promise<void>;
}

export interface StartDavOptions extends Partial<Omit<DavHandlerOptions, 'quirks'>> {
  quirks?: QuirkName | DavQuirks;
}

/** Starts one with a book `contacts` ("Contacts") and, to move things to, `friends` ("Friends"). */
export async function startDav(options: StartDavOptions = {}): Promise<RunningDav> {
  const { quirks = 'plain', store = new DavStore(['contacts', 'Contacts'], ['friends', 'Friends']), ...rest } = options;
  const fake = createDavHandler({ ...rest, store, quirks: typeof quirks === 'string' ? quirksOf(quirks) : quirks });
  const faults: DavFault[] = [];
  const hooks: RequestHook[] = [];
  const server = createServer((request, response) => {
    const { method = '', url = '' } = request;
    const serve = async (): Promise<void> => {
      for (const hook of hooks) await hook({ method, path: url });
      const fault = takeFault(faults, method, url);
      await (fault === undefined ? fake.handle(request, response) : suffer(fault, fake, request, response));
    };
    void serve();
  });
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    user: fake.user,
    password: fake.password,
    store,
    fake,
    requests: fake.requests,
    fault: (fault) => void faults.push({ ...fault }),
    onRequest: (hook) => void hooks.push(hook),
    assertClean: () => fake.assertClean(),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function takeFault(faults: DavFault[], method: string, path: string): DavFault | undefined {
  const index = faults.findIndex((one) => (one.method ?? method) === method && path.includes(one.path ?? ''));
  const fault = faults[index];
  if (fault === undefined) return undefined;
  if ((fault.after ?? 0) > 0) {
    fault.after = (fault.after ?? 0) - 1;
    return undefined;
  }
  fault.times = (fault.times ?? 1) - 1;
  if (fault.times === 0) faults.splice(index, 1);
  return fault;
}

async function suffer(
  { kind }: DavFault,
  fake: DavFake,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  if (kind === 'before') {
    request.socket.destroy();
    return;
  }
  if (kind === 'html') {
    response.writeHead(200, { 'content-type': 'text/html' }).end('<!DOCTYPE html><html><body>Sign in</body></html>');
    return;
  }
  if (typeof kind === 'object') {
    response.writeHead(kind.status, kind.headers).end(kind.body);
    return;
  }
  const answer = fake.answer(request, Buffer.concat(chunks));
  if (kind === 'afterwards') {
    request.socket.destroy();
    return;
  }
  const body = Buffer.from(answer.body ?? '');
  response.writeHead(answer.status, { ...answer.headers, 'content-length': String(body.length) });
  response.write(body.subarray(0, Math.floor(body.length / 2)), () => request.socket.destroy());
}
