/** A proxy in front of a server on loopback: counts what passes, and lets a test act around every write. */
import { createServer, request as send } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

interface Passed {
  method: string;
  path: string;
  write: boolean;
}

/** A moment in the life of a write: it has come in; it was done, and nobody knows yet; its answer is out. */
export type Moment = 'arrived' | 'done' | 'answered';

/**
 * `count`: the how many-th write since the hook was set, from 1. With 'break' the connection breaks at that moment, with
 * 'hold' nothing more comes: for a client that is about to die.
 */
type WriteHook = (moment: Moment, count: number) => 'break' | 'hold' | undefined;

export interface Gate {
  url: string;
  passed: Passed[];
  writes(): number;
  reads(): number;
  /** Replaces the hook, counts writes from 1 again. */
  watch(hook: WriteHook | undefined): void;
  /** Forgets what has passed. */
  reset(): void;
  close(): Promise<void>;
}

const WRITES = new Set(['PUT', 'DELETE', 'PATCH', 'MKCOL', 'PROPPATCH', 'MOVE', 'COPY']);

/** POST writes too, but for signing in and out, and CardDAV's POST is none of ours. */
function isWrite({ method = '', url = '' }: IncomingMessage): boolean {
  return WRITES.has(method) || (method === 'POST' && !/login|logout|authenticate/i.test(url));
}

export async function openGate(target: string): Promise<Gate> {
  const { hostname, port } = new URL(target);
  const passed: Passed[] = [];
  const state: { hook: WriteHook | undefined; count: number } = { hook: undefined, count: 0 };

  const pass = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await bytesOf(request);
    const { method = '', url: path = '', headers } = request;
    const write = isWrite(request);
    passed.push({ method, path, write });
    const count = write ? ++state.count : 0;
    const lost = (moment: Moment): boolean => {
      const fate = write ? state.hook?.(moment, count) : undefined;
      if (fate === 'break') response.destroy();
      return fate !== undefined;
    };
    if (lost('arrived')) return;
    const answer = await forward({ hostname, port, method, path, headers }, body);
    if (lost('done')) return;
    response.writeHead(answer.status, answer.headers);
    response.end(answer.body, () => void lost('answered'));
  };

  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    pass(request, response).catch(() => response.destroy());
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    passed,
    writes: () => passed.filter(({ write }) => write).length,
    reads: () => passed.filter(({ write }) => !write).length,
    watch(hook) {
      state.hook = hook;
      state.count = 0;
    },
    reset: () => void passed.splice(0),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

async function bytesOf(stream: AsyncIterable<unknown>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

interface Answer {
  status: number;
  headers: string[];
  body: Buffer;
}

interface Forwarded {
  hostname: string;
  port: string;
  method: string;
  path: string;
  headers: IncomingMessage['headers'];
}

/** The host header stays the gate's: addresses that the server makes of it lead through the gate. */
function forward(options: Forwarded, body: Buffer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = send({ ...options, agent: false }, (incoming) => {
      bytesOf(incoming).then((bytes) => {
        const headers = incoming.rawHeaders.filter((_, at, all) => !HOP.has((all[at - (at % 2)] ?? '').toLowerCase()));
        resolve({ status: incoming.statusCode ?? 502, headers, body: bytes });
      }, reject);
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** Headers of a connection, not of an answer (RFC 9110, section 7.6.1); the length is made anew. */
const HOP = new Set(['connection', 'keep-alive', 'transfer-encoding', 'content-length']);
