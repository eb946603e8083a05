/** Sign-in at the stand-in: Basic, or Digest (RFC 7616, MD5, qop auth) with a nonce that counts. */
import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { DavFake } from './handler.js';
import type { Answer } from './reports.js';

const NONCE = '5a7f3c';
const counts = new WeakMap<DavFake, number>();

/** Undefined when signed in, else the 401. */
export function signedIn(fake: DavFake, request: IncomingMessage): Answer | undefined {
  const header = request.headers.authorization;
  if (fake.quirks.auth === 'digest') return digest(fake, request.method ?? '', request.url ?? '', header);
  const expected = `Basic ${Buffer.from(`${fake.user}:${fake.password}`).toString('base64')}`;
  return header === expected ? undefined : { status: 401, headers: { 'www-authenticate': 'Basic realm="fake"' } };
}

function digest(fake: DavFake, method: string, url: string, header: string | undefined): Answer | undefined {
  const challenge: Answer = {
    status: 401,
    headers: { 'www-authenticate': `Digest realm="SabreDAV",qop="auth",nonce="${NONCE}",opaque="df58"` },
  };
  if (header?.startsWith('Digest ') !== true) return challenge;
  const fields = new Map(
    [...header.matchAll(/(\w+)=(?:"([^"]*)"|([^,\s]+))/g)].map((one) => [one[1], one[2] ?? one[3]]),
  );
  const md5 = (text: string): string => createHash('md5').update(text).digest('hex');
  const a1 = md5(`${fake.user}:SabreDAV:${fake.password}`);
  const count = fields.get('nc') ?? '';
  const expected = md5(`${a1}:${NONCE}:${count}:${fields.get('cnonce')}:auth:${md5(`${method}:${url}`)}`);
  if (fields.get('uri') !== url || fields.get('response') !== expected) return challenge;
  const seen = counts.get(fake) ?? 0;
  const now = Number.parseInt(count, 16);
  // Several connections: counts may overtake each other, but none may come twice in a row.
  if (now === seen) fake.violation(`Digest count ${count} twice`);
  counts.set(fake, now);
  return undefined;
}
