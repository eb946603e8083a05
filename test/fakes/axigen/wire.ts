/** The plumbing of the stand-in: requests as values, answers as values, faults on demand, a log. */
import type { IncomingMessage, ServerResponse } from 'node:http';

export interface WireRequest {
  method: string;
  /** Decoded nowhere: as it came, without the query. */
  path: string;
  query: URLSearchParams;
  /** Lower-case names. */
  headers: Record<string, string>;
  body: Buffer;
}

export interface WireReply {
  status: number;
  headers?: Record<string, string>;
  body?: string | Buffer;
}

/** One request of the log. Secrets are left out. */
export interface LoggedRequest {
  method: string;
  path: string;
  query: string;
  status: number | 'lost';
}

/**
 * What goes wrong. `reset-before`: the connection breaks and nothing was done; `reset-after` and `500-after`: it was done;
 * `cut`: half of the body; `html`: a page instead of the answer; `expired`: every session ended; `slow`: after `ms`; `hang`: never.
 */
export type FaultKind =
  '429' | '500' | '500-after' | 'reset-before' | 'reset-after' | 'cut' | 'html' | 'expired' | 'slow' | 'hang';

export interface Fault {
  kind: FaultKind;
  /** Part of `METHOD path`, such as `PUT`, `GET /api/v1/contacts/delta`; all when absent. */
  on?: string;
  /** Calls it hits (default 1), after letting `skip` pass. */
  times?: number;
  skip?: number;
  /** `Retry-After` of a 429: seconds or a date. */
  retryAfter?: string;
  /** Of `slow`. */
  ms?: number;
}

/** Faults in the order in which they were asked for; each request meets the first that fits. */
export class Faults {
  readonly #list: Fault[] = [];

  add(fault: Fault): void {
    this.#list.push({ ...fault });
  }

  next(request: { method: string; path: string }): Fault | undefined {
    const text = `${request.method} ${request.path}`;
    const fault = this.#list.find(({ on }) => text.includes(on ?? ''));
    if (fault === undefined) return undefined;
    if ((fault.skip ?? 0) > 0) {
      fault.skip = (fault.skip ?? 0) - 1;
      return undefined;
    }
    fault.times = (fault.times ?? 1) - 1;
    if (fault.times <= 0) this.#list.splice(this.#list.indexOf(fault), 1);
    return fault;
  }

  /** Faults that never came to be: a test that asked for them tests nothing. */
  unused(): string[] {
    return this.#list.map(({ kind, on }) => `${kind} on "${on ?? ''}"`);
  }
}

const BROKEN: WireReply = {
  status: 500,
  headers: { 'content-type': 'application/json' },
  body: '{"errorDescription":"internal error"}',
};

/** The answer of a fault that comes instead of the server's own, with nothing done. */
export function faultReply(fault: Fault): WireReply | undefined {
  if (fault.kind === '500') return BROKEN;
  if (fault.kind === '429') {
    return { status: 429, ...(fault.retryAfter === undefined ? {} : { headers: { 'retry-after': fault.retryAfter } }) };
  }
  if (fault.kind === 'html') {
    return { status: 200, headers: { 'content-type': 'text/html' }, body: '<!DOCTYPE html><title>Sign in</title>' };
  }
  return undefined;
}

export async function readRequest(message: IncomingMessage): Promise<WireRequest> {
  const parts: Buffer[] = [];
  for await (const part of message) parts.push(part as Buffer);
  const url = new URL(message.url ?? '/', 'http://stand.in');
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(message.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  const path = (message.url ?? '/').replace(/[?#].*$/s, '');
  return { method: message.method ?? 'GET', path, query: url.searchParams, headers, body: Buffer.concat(parts) };
}

/** Sends the answer, or as much of it as the fault lets through. */
export function sendReply(response: ServerResponse, answered: WireReply, fault: Fault | undefined): void {
  if (fault?.kind === 'reset-after') {
    response.destroy();
    return;
  }
  const reply = fault?.kind === '500-after' ? BROKEN : answered;
  const body = Buffer.from(reply.body ?? '');
  const length = { 'content-length': String(body.length) };
  const bare = reply.status === 204 || reply.status === 304;
  response.writeHead(reply.status, { ...reply.headers, ...(bare ? {} : length) });
  if (fault?.kind === 'cut') {
    response.write(body.subarray(0, Math.floor(body.length / 2)));
    setImmediate(() => response.destroy());
    return;
  }
  response.end(body);
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
