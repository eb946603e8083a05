/** URLs of calls: resolved against the base, their query, and where plain http is allowed. */
import { ProtocolError, UsageError } from '../model/errors.js';
import { redactUrl } from '../model/text.js';
import type { HttpCall } from './types.js';

/** The base as a folder, so that relative paths go below it. @throws UsageError when it is no http(s) URL */
export function parseBase(base: string): URL {
  let url: URL;
  try {
    url = new URL(base);
  } catch {
    throw new UsageError(`not a URL: ${redactUrl(base)}`, { hint: 'give it as https://mail.example.com' });
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw new UsageError(`not an https URL: ${redactUrl(base)}`, { hint: 'give it as https://mail.example.com' });
  }
  url.username = '';
  url.password = '';
  url.search = '';
  url.hash = '';
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return url;
}

/** 127.0.0.0/8, ::1 and localhost (RFC 6761, section 6.3). `hostname` as in URL. */
export function isLoopback(hostname: string): boolean {
  return /^127(?:\.\d{1,3}){3}$/.test(hostname) || hostname === '[::1]' || /^(?:.*\.)?localhost\.?$/i.test(hostname);
}

/** @throws UsageError for plain http to anything but this machine, unless the profile allows it */
export function requireSecure(url: URL, allowHttp: boolean | undefined): void {
  if (url.protocol === 'https:' || allowHttp === true || isLoopback(url.hostname)) return;
  throw new UsageError(`${url.origin} is plain http: passwords and contacts would go unencrypted`, {
    hint: 'use https://, or allow it for this profile with --option allow-http=true',
  });
}

function encode(text: string): string {
  return encodeURIComponent(Buffer.from(text, 'utf8').toString('utf8'));
}

/**
 * The absolute URL of a call. Query values are percent-encoded, a space as `%20`; undefined ones are left out.
 *
 * @throws ProtocolError when `call.url` (often a server's href) is no http(s) URL
 */
export function callUrl(call: HttpCall, base: URL): URL {
  let url: URL;
  try {
    url = new URL(call.url, base);
  } catch {
    // The cause would quote the URL with its secrets.
    throw new ProtocolError(`cannot ${call.what}: not a URL: ${redactUrl(call.url)}`);
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw new ProtocolError(`cannot ${call.what}: not an http URL: ${redactUrl(url.href)}`);
  }
  url.hash = '';
  const pairs = Object.entries(call.query ?? {}).flatMap(([name, value]) =>
    value === undefined ? [] : [`${encode(name).replace(/%24/g, '$')}=${encode(String(value))}`],
  );
  if (pairs.length > 0) url.search = `${url.search === '' ? '?' : `${url.search}&`}${pairs.join('&')}`;
  return url;
}
