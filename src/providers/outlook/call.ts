/** One request to the API and its answer, whether it travels alone or inside a batch. */
import type { HttpAnswer, HttpCall, Repeat } from '../../http/types.js';

export interface Call {
  method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  /** Below the API's root with its segments percent-encoded, or a link of the server's. */
  path: string;
  query?: HttpCall['query'];
  json?: unknown;
  /** A picture to send. */
  picture?: { mediaType: string; bytes: Uint8Array };
  headers?: Record<string, string>;
  repeat: Repeat;
  what: string;
  /** Id of the contact it is about, for errors. */
  contact?: string;
}

export interface Reply {
  status: number;
  header(name: string): string | undefined;
  /** @throws ProtocolError when it is no JSON */
  json(): unknown;
  bytes(): Uint8Array;
  /** No body at all. */
  empty: boolean;
  /** The start of the body, to tell HTML from JSON. */
  start(): string;
}

export function replyOf(answer: HttpAnswer): Reply {
  return {
    status: answer.status,
    header: answer.header,
    json: () => answer.json(),
    bytes: () => new Uint8Array(answer.body),
    empty: answer.body.length === 0,
    start: () => answer.body.subarray(0, 64).toString('latin1'),
  };
}

/** A path from segments, each percent-encoded. */
export function pathOf(...segments: string[]): string {
  return segments.map((segment) => encodeURIComponent(segment)).join('/');
}

export function httpCall(call: Call): HttpCall {
  const { method, path, query, json, picture, headers, repeat, what } = call;
  const type = picture?.mediaType ?? (json === undefined ? undefined : 'application/json');
  const body = picture?.bytes ?? (json === undefined ? undefined : JSON.stringify(json));
  return {
    ...{ method, url: path, repeat, what },
    headers: { ...headers, ...(type === undefined ? {} : { 'content-type': type }) },
    ...(query === undefined ? {} : { query }),
    ...(body === undefined ? {} : { body }),
  };
}
