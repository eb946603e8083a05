/** What the stand-in insists on: a request outside the standards is a bug of ours, whatever real servers forgive. */
import type { IncomingHttpHeaders } from 'node:http';
import type { RequestElement } from './xml.js';

const METHODS = new Set([
  'OPTIONS',
  'PROPFIND',
  'REPORT',
  'GET',
  'PUT',
  'DELETE',
  'MKCOL',
  'PROPPATCH',
  'MOVE',
  'COPY',
]);
const HEADERS = new Set([
  ...['host', 'connection', 'content-length', 'transfer-encoding', 'user-agent', 'accept', 'accept-encoding'],
  ...['authorization', 'content-type', 'depth', 'destination', 'overwrite', 'if-match', 'if-none-match'],
]);
const ALLOWED: Record<string, readonly string[]> = {
  depth: ['PROPFIND', 'REPORT'],
  destination: ['MOVE', 'COPY'],
  overwrite: ['MOVE', 'COPY'],
  'if-none-match': ['PUT'],
  'if-match': ['PUT', 'DELETE'],
  accept: ['GET'],
};
const XML_METHODS = new Set(['PROPFIND', 'REPORT', 'MKCOL', 'PROPPATCH']);
const C = '{urn:ietf:params:xml:ns:carddav}';
const PROPERTIES = new Set([
  ...['resourcetype', 'displayname', 'current-user-principal', 'current-user-privilege-set', 'owner', 'getetag'].map(
    dav,
  ),
  ...['supported-report-set', 'sync-token'].map(dav),
  ...['addressbook-home-set', 'addressbook-description', 'supported-address-data', 'max-resource-size'].map(card),
  ...['default-addressbook-URL', 'address-data'].map(card),
  '{http://calendarserver.org/ns/}getctag',
]);

function dav(name: string): string {
  return `{DAV:}${name}`;
}
function card(name: string): string {
  return C + name;
}

/** What is wrong with method, URL and headers; undefined when nothing. */
export function checkHead(method: string, url: string, headers: IncomingHttpHeaders): string | undefined {
  if (!METHODS.has(method)) return `method ${method}`;
  if (url.includes('?') || url.includes('//')) return `URL ${url}`;
  if (!/^\/(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/]|%[0-9A-Fa-f]{2})*$/.test(url)) return `URL that is not encoded: ${url}`;
  for (const [name, value] of Object.entries(headers)) {
    if (!HEADERS.has(name)) return `header ${name}`;
    const methods = ALLOWED[name];
    if (methods !== undefined && name !== 'accept' && !methods.includes(method)) return `${name} on ${method}`;
    if (name.startsWith('if-') && value !== '*' && !/^"[^"]*"$/.test(String(value))) return `${name}: ${String(value)}`;
  }
  const deep = method === 'PROPFIND' || method === 'REPORT';
  if (deep && headers.depth !== '0' && headers.depth !== '1') return `${method} with Depth ${String(headers.depth)}`;
  if ((method === 'MOVE' || method === 'COPY') && headers.overwrite !== 'F') return `${method} that may overwrite`;
  return checkType(method, headers);
}

function checkType(method: string, headers: IncomingHttpHeaders): string | undefined {
  const type = headers['content-type'];
  if (method === 'PUT') return type === 'text/vcard; charset=utf-8' ? undefined : `PUT of ${type}`;
  if (XML_METHODS.has(method) && headers['content-length'] !== '0' && type !== undefined) {
    return type === 'application/xml; charset=utf-8' ? undefined : `${method} of ${type}`;
  }
  return undefined;
}

/** Unknown property names in a request. */
export function checkProps(names: readonly string[]): string | undefined {
  const unknown = names.find((name) => !PROPERTIES.has(name));
  return unknown === undefined ? undefined : `unknown property ${unknown}`;
}

export function propNames(element: RequestElement | undefined): string[] {
  return element?.children.map((one) => one.name) ?? [];
}

/** What is wrong with a vCard that a client sends; undefined when nothing. RFC 6350, section 3.2; RFC 6352, section 5.1. */
export function checkCard(body: Buffer, versions: readonly string[]): string | undefined {
  const text = body.toString('utf8');
  if (!body.equals(Buffer.from(text, 'utf8'))) return 'vCard that is not UTF-8';
  if (!text.endsWith('\r\n') || /[^\r]\n|\r[^\n]/.test(text)) return 'vCard whose lines do not end in CRLF';
  const long = text.split('\r\n').find((line) => Buffer.byteLength(line) > 75);
  if (long !== undefined) return `vCard with a line of more than 75 octets: ${long.slice(0, 30)}`;
  const version = /^VERSION:(.*)\r$/m.exec(text)?.[1] ?? 'none';
  if (!versions.includes(version)) return `vCard ${version} to a server that lists ${versions.join(', ')}`;
  if (version === '3.0' && /^(?:PHOTO|LOGO|KEY|SOUND)[^:\r\n]*:data:/im.test(text)) return 'data: URI in vCard 3.0';
  if (!/^UID[;:]/m.test(text)) return 'vCard without UID';
  if (!/^FN[;:]/m.test(text)) return 'vCard without FN';
  if (version === '3.0' && !/^N[;:]/m.test(text)) return 'vCard 3.0 without N';
  const begins = text.match(/^BEGIN:VCARD\r$/gm)?.length;
  return begins === 1 ? undefined : 'more than one vCard in a resource';
}
