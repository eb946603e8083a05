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
 * What goes wrong. `reset-before`: the connection breaks and nothing was done; `reset-after`: it was done, then it breaks;
 * `cut`: half of the body; `html`: a page instead of the answer; `expired`: the session ended; `slow`: after `ms`; `hang`: never.
 */
export type FaultKind =
  '429' | '429-date' | '500' | '503' | 'reset-before' | 'reset-after' | 'cut' | 'html' | 'expired' | 'slow' | 'hang';

export interface Fault {
  kind: FaultKind;
  /** `METHOD path` or a part of it (`PUT`, `/contacts/delta`); a pattern is tested against the same text. Default: all. */
  on?: string | RegExp;
  /** How many requests it hits. Default 1. */
  times?: number;
  /** How many matching requests pass first. Default 0. */
  after?: number;
  /** Seconds in `Retry-After` (429, 503). Default 1. */
  seconds?: number;
  /** Milliseconds (slow). Default 50. */
  ms?: number;
}

/** Faults in the order in which they were asked for; each request meets the first that fits. */
export class Faults {
  readonly #list: Required<Fault>[] = [];

  add(fault: Fault): void {
    this.#list.push({ on: '', times: 1, after: 0, seconds: 1, ms: 50, ...fault });
  }

  next(request: { method: string; path: string }): Required<Fault> | undefined {
    const text = `${request.method} ${request.path}`;
    for (const fault of this.#list) {
      const fits = typeof fault.on === 'string' ? text.includes(fault.on) : fault.on.test(text);
      if (!fits || fault.times === 0) continue;
      if (fault.after > 0) fault.after -= 1;
      else {
        fault.times -= 1;
        return fault;
      }
    }
    return undefined;
  }

  /** Faults that never came to be: a test that asked for them tests nothing. */
  unused(): string[] {
    return this.#list
      .filter(({ times }) => times > 0 && times < Infinity)
      .map(({ kind, on }) => `${kind} on "${String(on)}"`);
  }
}

/** The answer of a fault that replaces the server's own. */
export function faultReply(fault: Required<Fault>, now: number): WireReply | undefined {
  const later = { 'retry-after': String(fault.seconds) };
  switch (fault.kind) {
    case '429':
      return { status: 429, headers: later };
    case '429-date':
      return { status: 429, headers: { 'retry-after': new Date(now + fault.seconds * 1000).toUTCString() } };
    case '503':
      return { status: 503, headers: later };
    case '500':
      return {
        status: 500,
        headers: { 'content-type': 'application/json' },
        body: '{"errorDescription":"internal error"}',
      };
    case 'html':
      return { status: 200, headers: { 'content-type': 'text/html' }, body: '<!DOCTYPE html><title>Sign in</title>' };
    default:
      return undefined;
  }
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
export function sendReply(response: ServerResponse, reply: WireReply, fault: Required<Fault> | undefined): void {
  if (fault?.kind === 'reset-after') {
    response.socket?.destroy();
    return;
  }
  const body = Buffer.from(reply.body ?? '');
  const length = { 'content-length': String(body.length) };
  const bare = reply.status === 204 || reply.status === 304;
  response.writeHead(reply.status, { ...reply.headers, ...(bare ? {} : length) });
  if (fault?.kind === 'cut') {
    response.write(body.subarray(0, Math.floor(body.length / 2)));
    setImmediate(() => response.socket?.destroy());
    return;
  }
  response.end(body);
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
