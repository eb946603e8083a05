/** A tiny server on loopback that answers as told, and breaks as told. */
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';

export interface SeenRequest {
  method: string;
  /** Path and query. */
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

/** What to answer. `fault`: reset before the answer, cut its body, hang before or inside it. */
export interface Reply {
  status?: number;
  headers?: Record<string, string | string[]>;
  body?: string | Buffer;
  fault?: 'reset' | 'cut' | 'hang' | 'hang-body';
  /** Waited for before answering. */
  after?: Promise<unknown>;
}

export interface FlakyServer {
  url: string;
  port: number;
  requests: SeenRequest[];
  /** Most requests that were in work at a time. */
  readonly mostInFlight: number;
  /** TCP connections that were opened. */
  readonly connections: number;
  close(): Promise<void>;
}

/** `handler` gets each request and its number, from 0. A list answers in turn, its last entry for ever. */
export async function startFlaky(
  handler: ((request: SeenRequest, count: number) => Reply | Promise<Reply>) | readonly Reply[],
  tls?: { key: string; cert: string },
): Promise<FlakyServer> {
  const requests: SeenRequest[] = [];
  const sockets = new Set<Socket>();
  const state = { inFlight: 0, mostInFlight: 0, connections: 0 };
  const answer = async (seen: SeenRequest, response: ServerResponse): Promise<void> => {
    const count = requests.push(seen) - 1;
    const reply = typeof handler === 'function' ? await handler(seen, count) : (handler[count] ?? handler.at(-1) ?? {});
    await reply.after;
    state.inFlight -= 1;
    send(reply, response);
  };
  const listener: Parameters<typeof createServer>[1] = (request, response) => {
    state.inFlight += 1;
    state.mostInFlight = Math.max(state.mostInFlight, state.inFlight);
    const parts: Buffer[] = [];
    request.on('data', (chunk: Buffer) => parts.push(chunk));
    request.on('end', () => {
      const { method = '', url: path = '', headers } = request;
      void answer({ method, path, headers, body: Buffer.concat(parts).toString('utf8') }, response);
    });
  };
  const server = tls ? createTlsServer(tls, listener) : createServer(listener);
  server.on('connection', (socket: Socket) => {
    state.connections += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    port,
    requests,
    get mostInFlight() {
      return state.mostInFlight;
    },
    get connections() {
      return state.connections;
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function send(reply: Reply, response: ServerResponse): void {
  const { status = 200, headers = {}, body = '', fault } = reply;
  if (fault === 'hang') return;
  if (fault === 'reset') {
    response.socket?.resetAndDestroy();
    return;
  }
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  if (fault === undefined) {
    response.writeHead(status, headers).end(bytes);
    return;
  }
  response.writeHead(status, { ...headers, 'content-length': String(bytes.length + 10) });
  response.write(bytes, () => {
    if (fault === 'cut') response.socket?.destroy();
  });
}

/** Time that stands still but for sleeps, which take no real time. */
export class FakeClock {
  readonly sleeps: number[] = [];
  constructor(public time = Date.UTC(2026, 0, 1)) {}
  now(): number {
    return this.time;
  }
  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) throw new Error('aborted');
    this.sleeps.push(ms);
    this.time += ms;
    await Promise.resolve();
  }
}
