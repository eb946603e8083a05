/** HTTP of the stand-in: requests with their bytes, faults of whole calls, records. */
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Fault as CommonFault, FaultKind } from '../mdaemon/wire.js';

export interface FakeRequest {
  method: string;
  /** Path and query as they came. */
  url: string;
  headers: Record<string, string>;
  body: Buffer;
  /** Name of the operation: `list`, `create`, `batch`, ... */
  kind: string;
}

export interface Reply {
  status: number;
  /** JSON, or bytes. */
  body?: unknown;
  headers?: Record<string, string>;
}

/**
 * `lost`: a batch brings no answer to this part of it. `503`, `410`: as they say. `gone`: an empty answer with the status
 * `ms`, as of a host that has no API any more. `bad`: 400, whatever was asked.
 */
export interface Fault extends Omit<CommonFault, 'kind'> {
  kind: FaultKind | '503' | '410' | 'lost' | 'gone' | 'bad';
}

const later = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export const errorBody = (code: string, message: string): unknown => ({
  error: {
    code,
    message,
    innerError: { date: '2024-01-01T00:00:00', 'request-id': '00000000-0000-0000-0000-000000000001' },
  },
});

/** The answer of faults that have one, before anything is done. */
export function faultReply({ kind, retryAfter, ms }: Fault): Reply | undefined {
  const headers: Record<string, string> = retryAfter === undefined ? {} : { 'Retry-After': retryAfter };
  if (kind === '429')
    return {
      status: 429,
      body: errorBody('ApplicationThrottled', 'Application is over its MailboxConcurrency limit.'),
      headers,
    };
  if (kind === '503') return { status: 503, body: errorBody('serviceNotAvailable', ''), headers };
  if (kind === '500')
    return { status: 500, body: errorBody('ErrorInternalServerError', 'An internal server error occurred.') };
  if (kind === '410')
    return { status: 410, body: errorBody('syncStateNotFound', 'The sync state generation is not found.') };
  if (kind === 'expired')
    return {
      status: 401,
      body: errorBody('InvalidAuthenticationToken', 'Access token has expired or is not yet valid.'),
    };
  if (kind === 'bad') return { status: 400, body: errorBody('ErrorInvalidProperty', 'Something is wrong.') };
  if (kind === 'gone') return { status: ms ?? 404, body: Buffer.from('') };
  return undefined;
}

export class Faults {
  private readonly list: Fault[] = [];

  add(fault: Fault): void {
    this.list.push({ ...fault });
  }

  /** The fault that hits an operation now. */
  next(kind: string): Fault | undefined {
    const fault = this.list.find(({ on }) => on === undefined || on === kind);
    if (fault === undefined) return undefined;
    if ((fault.skip ?? 0) > 0) {
      fault.skip = (fault.skip ?? 0) - 1;
      return undefined;
    }
    fault.times = (fault.times ?? 1) - 1;
    if (fault.times <= 0) this.list.splice(this.list.indexOf(fault), 1);
    return fault;
  }
}

export interface WireOptions {
  kindOf(request: FakeRequest): string;
  answer(request: FakeRequest): Reply;
  faults: Faults;
  latency: number;
}

export interface Wire {
  readonly url: string;
  readonly requests: FakeRequest[];
  readonly most: number;
  close(): Promise<void>;
}

async function read(incoming: IncomingMessage): Promise<FakeRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const headers = Object.fromEntries(Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]));
  const { method = '', url = '' } = incoming;
  return { method, url, headers, body: Buffer.concat(chunks), kind: 'unknown' };
}

function send(response: ServerResponse, { status, body, headers = {} }: Reply, cut = false): void {
  const bytes = body === undefined ? Buffer.alloc(0) : Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
  const type = Buffer.isBuffer(body)
    ? 'application/octet-stream'
    : 'application/json; odata.metadata=minimal; charset=utf-8';
  const shown = cut ? bytes.subarray(0, bytes.length >> 1) : bytes;
  const described = status === 204 ? {} : { 'content-type': type };
  response.writeHead(status, { ...described, ...headers }).end(shown);
}

/** Starts the server on a free port of this machine. */
export async function openWire({ kindOf, answer, faults, latency }: WireOptions): Promise<Wire> {
  const requests: FakeRequest[] = [];
  const sockets = new Set<Socket>();
  let [busy, most] = [0, 0];

  const handle = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    busy += 1;
    most = Math.max(most, busy);
    try {
      const request = await read(incoming);
      request.kind = kindOf(request);
      requests.push(request);
      if (latency > 0) await later(latency);
      const fault = faults.next(request.kind);
      if (fault?.kind === 'slow') await later(fault.ms ?? 50);
      if (fault?.kind === 'hang') return;
      if (fault?.kind === 'reset-before') return void response.destroy();
      if (fault?.kind === 'html')
        return void response.writeHead(200, { 'content-type': 'text/html' }).end('<!DOCTYPE html><html></html>');
      const refusal = fault === undefined ? undefined : faultReply(fault);
      if (refusal !== undefined) return send(response, refusal);
      const reply = answer(request);
      if (fault?.kind === 'reset-after') response.destroy();
      else if (fault?.kind === '500-after') send(response, faultReply({ kind: '500' }) ?? reply);
      else send(response, reply, fault?.kind === 'cut');
    } finally {
      busy -= 1;
    }
  };

  const server = createServer((incoming, response) => {
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
