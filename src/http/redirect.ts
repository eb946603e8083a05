/** Redirects by hand: where they may go, with which method, and never with credentials to another origin. */
import { ProtocolError } from '../model/errors.js';
import type { HttpAnswer } from './types.js';

const STATUSES = new Set([301, 302, 303, 307, 308]);
const READS = new Set(['GET', 'HEAD', 'OPTIONS', 'PROPFIND', 'REPORT']);
export const MOST_REDIRECTS = 5;

export interface Hop {
  url: URL;
  method: string;
  /** The body and its headers go along. */
  keepBody: boolean;
  /** Another origin: no header that may hold a secret goes along. */
  foreign: boolean;
}

export interface Travelling {
  what: string;
  url: URL;
  method: string;
  anonymous: boolean;
  hops: number;
  /** The URL as it may be shown. */
  show(url: URL): string;
}

/**
 * The next request of a redirect, or undefined when the answer is none. The method stays (PROPFIND and REPORT must),
 * but for 303, and for POST at 301 and 302 where every client sends GET (RFC 9110, section 15.4).
 *
 * @throws ProtocolError for a loop, for plain http after https, and for another origin unless the call is an
 *   anonymous read (the discovery of RFC 6764 goes to other hosts)
 */
export function nextHop(answer: HttpAnswer, from: Travelling): Hop | undefined {
  const location = answer.header('location');
  if (!STATUSES.has(answer.status) || location === undefined) return undefined;
  const details = { status: answer.status };
  if (from.hops >= MOST_REDIRECTS) {
    throw new ProtocolError(`cannot ${from.what}: more than ${MOST_REDIRECTS} redirects`, details);
  }
  const url = parse(location, from);
  const foreign = url.origin !== from.url.origin;
  if (foreign && from.url.protocol === 'https:' && url.protocol === 'http:') {
    throw new ProtocolError(
      `cannot ${from.what}: the server redirects from https to plain http (${from.show(url)})`,
      details,
    );
  }
  if (foreign && !(from.anonymous && READS.has(from.method))) {
    throw new ProtocolError(`cannot ${from.what}: the server redirects to ${from.show(url)}, another server`, {
      ...details,
      hint: `if that is where your account is, use --url ${url.origin}`,
    });
  }
  const toGet = answer.status === 303 || (from.method === 'POST' && (answer.status === 301 || answer.status === 302));
  const method = toGet && from.method !== 'HEAD' ? 'GET' : from.method;
  return { url, method, keepBody: !toGet, foreign };
}

function parse(location: string, from: Travelling): URL {
  let url: URL;
  try {
    url = new URL(location, from.url);
  } catch {
    throw new ProtocolError(`cannot ${from.what}: the server redirects to something that is no URL`);
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw new ProtocolError(`cannot ${from.what}: the server redirects to something that is no http URL`);
  }
  url.username = '';
  url.password = '';
  url.hash = '';
  return url;
}
