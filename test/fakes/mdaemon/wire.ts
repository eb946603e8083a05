/** HTTP of the stand-in: requests taken apart (path and query form, JSON, form, base64, multipart), faults, records. */
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

export interface File {
  field: string;
  name: string;
  type: string;
  bytes: Buffer;
}

export interface FakeRequest {
  method: string;
  /** Path and query as they came. */
  url: string;
  /** Path below the API's base, decoded segments. */
  segments: string[];
  query: Record<string, string>;
  headers: Record<string, string>;
  body: Record<string, unknown>;
  files: File[];
  /** Names of the body's parameters that came as form data. */
  raw: string;
  /** Name of the operation, once it is known. */
  kind: string;
}

export interface Reply {
  status: number;
  /** JSON, or bytes of a download. */
  body: unknown;
  headers?: Record<string, string>;
}

export type FaultKind =
  '429' | '500' | '500-after' | 'reset-before' | 'reset-after' | 'cut' | 'html' | 'expired' | 'slow' | 'hang';

export interface Fault {
  kind: FaultKind;
  /** Name of the operations it hits (`page`, `create`, ...); all when absent. */
  on?: string;
  /** Calls it hits (default 1), after letting `skip` pass. */
  times?: number;
  skip?: number;
  /** `Retry-After` of a 429. */
  retryAfter?: string;
  /** Of `slow`. */
  ms?: number;
}

/** Thrown for what the vendor's page does not know: recorded, answered with 400. */
export class Undocumented extends Error {}

function parseForm(text: string): Record<string, unknown> {
  const root: Record<string, unknown> = {};
  for (const [name, value] of new URLSearchParams(text)) {
    const steps = name.split(':');
    let at: Record<string, unknown> = root;
    for (const step of steps.slice(0, -1)) at = (at[step] ??= {}) as Record<string, unknown>;
    at[steps.at(-1) ?? ''] = value;
  }
  return listsIn(root) as Record<string, unknown>;
}

/** `web_addresses:0:type` makes a list. */
function listsIn(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, member]) => [key, listsIn(member)] as const);
  const list = entries.length > 0 && entries.every(([key]) => /^\d+$/.test(key));
  return list ? entries.map(([, member]) => member) : Object.fromEntries(entries);
}

function parseMultipart(body: Buffer, type: string): File[] {
  const boundary = /boundary="?([^";]+)"?/i.exec(type)?.[1];
  if (boundary === undefined) throw new Undocumented('multipart without a boundary');
  const parts = body.toString('latin1').split(`--${boundary}`).slice(1, -1);
  return parts.map((part) => {
    const end = part.indexOf('\r\n\r\n');
    const head = part.slice(0, end);
    return {
      field: /name="([^"]*)"/i.exec(head)?.[1] ?? '',
      name: Buffer.from(/filename="([^"]*)"/i.exec(head)?.[1] ?? '', 'latin1').toString('utf8'),
      type: /content-type:\s*(\S+)/i.exec(head)?.[1] ?? '',
      bytes: Buffer.from(part.slice(end + 4, -2), 'latin1'),
    };
  });
}

function parseBody(type: string, body: Buffer): { body: Record<string, unknown>; files: File[] } {
  if (body.length === 0) return { body: {}, files: [] };
  if (/^multipart\/form-data/i.test(type)) return { body: {}, files: parseMultipart(body, type) };
  if (/^application\/json/i.test(type))
    return { body: JSON.parse(body.toString('utf8')) as Record<string, unknown>, files: [] };
  if (/^application\/x-www-form-urlencoded/i.test(type)) {
    const form = parseForm(body.toString('utf8'));
    const packed = form['Request'] ?? form['request'];
    if (typeof packed !== 'string') return { body: form, files: [] };
    return { body: JSON.parse(Buffer.from(packed, 'base64').toString('utf8')) as Record<string, unknown>, files: [] };
  }
  throw new Undocumented(`content type "${type}"`);
}

async function read(incoming: IncomingMessage): Promise<FakeRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const raw = Buffer.concat(chunks);
  const url = new URL(incoming.url ?? '/', 'http://fake');
  const headers = Object.fromEntries(Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]));
  const request: FakeRequest = {
    method: incoming.method ?? '',
    url: incoming.url ?? '',
    segments: url.pathname
      .split('/')
      .filter((part) => part !== '')
      .map(decodeURIComponent),
    query: Object.fromEntries(url.searchParams),
    headers,
    body: {},
    files: [],
    raw: raw.toString('utf8'),
    kind: 'unknown',
  };
  try {
    return { ...request, ...parseBody(headers['content-type'] ?? '', raw) };
  } catch (error) {
    return { ...request, body: { '': error instanceof Error ? error.message : 'unreadable' } };
  }
}

export interface Wire {
  readonly url: string;
  readonly requests: FakeRequest[];
  fault(fault: Fault): void;
  /** Most requests that were being answered at a time. */
  readonly most: number;
  close(): Promise<void>;
}

export interface WireOptions {
  /** Names the operation before anything is done. */
  kindOf(request: FakeRequest): string;
  answer(request: FakeRequest): Reply;
  /** What a dead session gets. */
  expired(): Reply;
  latency: number;
}

const later = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function send(response: ServerResponse, { status, body, headers = {} }: Reply): void {
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
  const type = Buffer.isBuffer(body) ? 'application/octet-stream' : 'application/json; charset=utf-8';
  response.writeHead(status, { 'content-type': type, 'content-length': bytes.length, ...headers }).end(bytes);
}

/** Starts the server on a free port of this machine. */
export async function openWire(options: WireOptions): Promise<Wire> {
  const requests: FakeRequest[] = [];
  const faults: Fault[] = [];
  const sockets = new Set<Socket>();
  let [busy, most] = [0, 0];

  const faultFor = (kind: string): Fault | undefined => {
    const fault = faults.find(({ on }) => on === undefined || on === kind);
    if (fault === undefined) return undefined;
    if ((fault.skip ?? 0) > 0) {
      fault.skip = (fault.skip ?? 0) - 1;
      return undefined;
    }
    fault.times = (fault.times ?? 1) - 1;
    if (fault.times <= 0) faults.splice(faults.indexOf(fault), 1);
    return fault;
  };

  /** True when the fault has answered (or will not) and the operation must not happen. */
  const before = async (fault: Fault, response: ServerResponse): Promise<boolean> => {
    if (fault.kind === 'slow') await later(fault.ms ?? 50);
    if (fault.kind === '429') {
      const headers = fault.retryAfter === undefined ? {} : { 'retry-after': fault.retryAfter };
      send(response, { status: 429, body: { error: 'TooManyRequests' }, headers });
    } else if (fault.kind === '500') send(response, { status: 500, body: { error: 'InternalError' } });
    else if (fault.kind === 'expired') send(response, options.expired());
    else if (fault.kind === 'reset-before') response.destroy();
    else if (fault.kind === 'html') {
      response
        .writeHead(200, { 'content-type': 'text/html' })
        .end('<!DOCTYPE html><html><title>Webmail</title></html>');
    } else return fault.kind === 'hang';
    return true;
  };

  const after = (fault: Fault | undefined, response: ServerResponse, reply: Reply): void => {
    if (fault?.kind === 'reset-after') response.destroy();
    else if (fault?.kind === '500-after') send(response, { status: 500, body: { error: 'InternalError' } });
    else if (fault?.kind === 'cut') {
      const bytes = Buffer.from(JSON.stringify(reply.body));
      response
        .writeHead(reply.status, { 'content-type': 'application/json' })
        .end(bytes.subarray(0, bytes.length >> 1));
    } else send(response, reply);
  };

  const handle = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    busy += 1;
    most = Math.max(most, busy);
    try {
      const request = await read(incoming);
      request.kind = options.kindOf(request);
      requests.push(request);
      if (options.latency > 0) await later(options.latency);
      const fault = faultFor(request.kind);
      if (fault !== undefined && (await before(fault, response))) return;
      after(fault, response, options.answer(request));
    } finally {
      busy -= 1;
    }
  };

  const server: Server = createServer((incoming, response) => {
    handle(incoming, response).catch(() => response.destroy());
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    fault: (fault) => void faults.push({ ...fault }),
    get most() {
      return most;
    },
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}
