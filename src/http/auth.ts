/** Sign-in by header: Basic (RFC 7617, UTF-8) and Digest (RFC 7616). */
import { createHash, randomBytes } from 'node:crypto';
import type { BasicCredentials, Challenge, HttpAnswer, HttpCall, HttpClientOptions } from './types.js';

/** Value of `Authorization` for Basic, user and password in UTF-8 (RFC 7617, section 2.1). */
export function basicAuth(credentials: BasicCredentials): string {
  return `Basic ${Buffer.from(`${credentials.user}:${credentials.password.reveal()}`, 'utf8').toString('base64')}`;
}

/** One challenge of a `WWW-Authenticate` header: scheme in lower case, parameters by lower-case name. */
export interface ParsedChallenge {
  scheme: string;
  params: Map<string, string>;
}

const CHALLENGE_TOKEN =
  /\s*(?:,\s*)*([!#$%&'*+.^_`|~0-9A-Za-z-]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*))|(?=[\s,]|$))/y;

/**
 * Challenges of a `WWW-Authenticate` header, several in one header included (RFC 9110, section 11.6.1).
 * Nonsense ends the parse; what was understood before it counts.
 */
export function parseChallenges(header: string): ParsedChallenge[] {
  const found: ParsedChallenge[] = [];
  const text = header.slice(0, 8192);
  CHALLENGE_TOKEN.lastIndex = 0;
  for (let match = CHALLENGE_TOKEN.exec(text); match; match = CHALLENGE_TOKEN.exec(text)) {
    const [, name = '', quoted, bare] = match;
    const current = found.at(-1);
    if (quoted === undefined && bare === undefined) found.push({ scheme: name.toLowerCase(), params: new Map() });
    else current?.params.set(name.toLowerCase(), quoted === undefined ? (bare ?? '') : quoted.replace(/\\(.)/g, '$1'));
    if (CHALLENGE_TOKEN.lastIndex >= text.length) break;
  }
  return found;
}

interface DigestState {
  realm: string;
  nonce: string;
  opaque: string | undefined;
  algorithm: string;
  hash: 'md5' | 'sha256';
  session: boolean;
  qop: boolean;
  userhash: boolean;
  /** Uses of this nonce so far. */
  count: number;
}

const HASHES: Record<string, 'md5' | 'sha256'> = { md5: 'md5', 'sha-256': 'sha256' };

function digestState(challenge: ParsedChallenge): DigestState | undefined {
  const { params } = challenge;
  const algorithm = params.get('algorithm') ?? 'MD5';
  const session = /-sess$/i.test(algorithm);
  const hash = HASHES[algorithm.toLowerCase().replace(/-sess$/, '')];
  const nonce = params.get('nonce');
  if (challenge.scheme !== 'digest' || hash === undefined || nonce === undefined) return undefined;
  const qops = params
    .get('qop')
    ?.toLowerCase()
    .split(/[\s,]+/);
  // auth-int alone would need the body's hash; no server we know demands it.
  if (qops !== undefined && !qops.includes('auth')) return undefined;
  return {
    realm: params.get('realm') ?? '',
    nonce,
    opaque: params.get('opaque'),
    algorithm,
    hash,
    session,
    qop: qops !== undefined,
    userhash: params.get('userhash')?.toLowerCase() === 'true',
    count: 0,
  };
}

/** The strongest Digest challenge of an answer that we can meet: SHA-256 before MD5 (RFC 7616, section 3.7). */
function bestState(answer: HttpAnswer): DigestState | undefined {
  const states = answer
    .headers('www-authenticate')
    .flatMap(parseChallenges)
    .map(digestState)
    .filter((state) => state !== undefined);
  return states.find((state) => state.hash === 'sha256') ?? states[0];
}

function quote(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

/** RFC 7616, section 3.4.4: a user name beyond ASCII goes as `username*` (RFC 8187). */
function userParam(user: string, state: DigestState, hashed: (text: string) => string): string {
  if (state.userhash) return `username=${quote(hashed(`${user}:${state.realm}`))}`;
  if (/^[\x20-\x7e]*$/.test(user)) return `username=${quote(user)}`;
  return `username*=UTF-8''${encodeURIComponent(user).replace(/['()*]/g, (c) => `%${c.charCodeAt(0).toString(16)}`)}`;
}

function digestHeader(
  credentials: BasicCredentials,
  state: DigestState,
  request: { method: string; uri: string; cnonce: string },
): string {
  const hashed = (text: string): string => createHash(state.hash).update(text, 'utf8').digest('hex');
  const nc = (++state.count).toString(16).padStart(8, '0');
  const { method, uri, cnonce } = request;
  const plain = hashed(`${credentials.user}:${state.realm}:${credentials.password.reveal()}`);
  const a1 = state.session ? hashed(`${plain}:${state.nonce}:${cnonce}`) : plain;
  const a2 = hashed(`${method}:${uri}`);
  const response = hashed(state.qop ? `${a1}:${state.nonce}:${nc}:${cnonce}:auth:${a2}` : `${a1}:${state.nonce}:${a2}`);
  const parts = [
    userParam(credentials.user, state, hashed),
    `realm=${quote(state.realm)}`,
    `nonce=${quote(state.nonce)}`,
    `uri=${quote(uri)}`,
    `response="${response}"`,
    `algorithm=${state.algorithm}`,
  ];
  if (state.qop) parts.push('qop=auth', `nc=${nc}`, `cnonce="${cnonce}"`);
  else if (state.session) parts.push(`cnonce="${cnonce}"`);
  if (state.opaque !== undefined) parts.push(`opaque=${quote(state.opaque)}`);
  if (state.userhash) parts.push('userhash=true');
  return `Digest ${parts.join(', ')}`;
}

/**
 * Answers Digest challenges (RFC 7616: MD5, SHA-256, their -sess forms, qop auth or none as in RFC 2069). Once a
 * challenge is known, `prepare` signs later calls without another 401. Give one per client: it keeps the nonce.
 */
export function digestChallenge(
  credentials: BasicCredentials,
  makeNonce: () => string = () => randomBytes(12).toString('hex'),
): NonNullable<HttpClientOptions['challenge']> {
  let state: DigestState | undefined;
  const sign = (method: string, url: string): Record<string, string> | undefined => {
    if (state === undefined) return undefined;
    const { pathname, search } = new URL(url);
    const request = { method, uri: `${pathname}${search}`, cnonce: makeNonce() };
    return { authorization: digestHeader(credentials, state, request) };
  };
  const challenge: Challenge = Object.assign(
    (answer: HttpAnswer, call: HttpCall) => {
      const next = bestState(answer);
      if (next === undefined) return undefined;
      state = next;
      return sign(call.method, answer.url);
    },
    { prepare: sign },
  );
  return challenge;
}
