/** Sign-in of WebDAV servers: Basic, Digest (sabre's default) or a bearer token. */
import { basicAuth, digestChallenge, parseChallenges } from '../http/auth.js';
import type { HttpClientOptions } from '../http/types.js';
import type { Secret } from '../model/text.js';

export type DavScheme = 'basic' | 'digest' | 'bearer';

export interface DavCredentials {
  user?: string;
  password?: Secret;
  token?: Secret;
  /** Only this one; without it Basic first and whatever the server's challenge asks for. */
  scheme?: DavScheme;
}

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** Whether a password may go out unasked: the connection is encrypted or stays on this machine. */
function isPrivate(base: string): boolean {
  const url = new URL(base);
  return url.protocol === 'https:' || LOOPBACK.test(url.hostname);
}

/**
 * How calls are signed. Basic is sent unasked over https and loopback (it saves a round trip a call); elsewhere only
 * when asked for. A Digest challenge is answered, and from then on Basic is not sent any more.
 */
export function davSignIn(
  credentials: DavCredentials,
  base: string,
): Pick<HttpClientOptions, 'authorize' | 'challenge'> {
  const { user, password, token, scheme } = credentials;
  if (token !== undefined && scheme !== 'basic' && scheme !== 'digest') {
    return { authorize: () => ({ authorization: `Bearer ${token.reveal()}` }) };
  }
  const secret = password ?? token;
  if (user === undefined || secret === undefined) return {};
  const basic = { authorization: basicAuth({ user, password: secret }) };
  const digest = digestChallenge({ user, password: secret });
  let sendBasic = scheme !== 'digest' && isPrivate(base);
  const challenge: NonNullable<HttpClientOptions['challenge']> = Object.assign(
    (...[answer, call]: Parameters<NonNullable<HttpClientOptions['challenge']>>) => {
      const signed = scheme === 'basic' ? undefined : digest(answer, call);
      if (signed !== undefined) sendBasic = false;
      if (signed !== undefined || sendBasic || scheme === 'digest') return signed;
      const asked = answer.headers('www-authenticate').flatMap(parseChallenges);
      if (!asked.some((one) => one.scheme === 'basic')) return undefined;
      sendBasic = true;
      return basic;
    },
    { prepare: (method: string, url: string) => (sendBasic ? undefined : digest.prepare?.(method, url)) },
  );
  return { authorize: () => (sendBasic ? basic : {}), challenge };
}
