/** Signing in at the stand-in: three families of calls, tokens that end, refresh tokens that are good for once. */
import { randomBytes } from 'node:crypto';
import type { FakeRequest, Reply } from '../mdaemon/wire.js';
import { Undocumented } from '../mdaemon/wire.js';

export type Family = 'oauth' | 'auth' | 'login';

export interface AuthOptions {
  user: string;
  password: string;
  /** SIP domain of the tenant, when users of a tenant sign in. */
  domain: string | undefined;
  /** Families that are there. */
  families: readonly Family[];
  /** Answer of the families that are not there. */
  missing: 404 | 405 | 501;
  twoFactor: boolean;
  /** Seconds that an access token lives, or an `expires_at` instead. */
  life: number;
  tellLife: 'expires_in' | 'expires_at' | 'none';
  /** Status of a failed login: 400 is documented, 401 is what later versions may say. */
  failure: 400 | 401;
  now(): number;
}

export const CLIENT_ID = '9d806019-75b2-4b3d-bb8b-f5a3a412cc0a';

const error = (status: number, code: string, message: string): Reply => ({
  status,
  body: { errors: [{ code, message }] },
});

export const MISSING = (): Reply => error(404, 'UNKNOWN', 'page not found');
export const BAD_TOKEN = (): Reply => error(401, 'UNAUTHORIZED', 'Invalid access token');

/** Takes exactly these parameters; those with a value must have it. @throws Undocumented */
function expect(body: Record<string, unknown>, wanted: Record<string, string | undefined>, optional: string[]): void {
  for (const [key, value] of Object.entries(wanted)) {
    const given = body[key];
    if (typeof given !== 'string') throw new Undocumented(`sign-in without ${key}`);
    if (value !== undefined && given !== value) throw new Undocumented(`${key}=${given}`);
  }
  const extra = Object.keys(body).filter((key) => !(key in wanted) && !optional.includes(key));
  if (extra.length > 0) throw new Undocumented(`sign-in with ${extra.join(', ')}`);
}

export class Auth {
  /** Access token to the moment of its end. */
  readonly access = new Map<string, number>();
  readonly #refresh = new Map<string, Family>();

  constructor(readonly options: AuthOptions) {}

  answer(kind: string, request: FakeRequest): Reply {
    const form = (request.headers['content-type'] ?? '').includes('urlencoded');
    const family: Family = kind === 'login' ? 'login' : kind.startsWith('oauth') ? 'oauth' : 'auth';
    if (!this.options.families.includes(family)) return { ...MISSING(), status: this.options.missing };
    if (form !== (family === 'oauth')) throw new Undocumented(`content type of ${kind}`);
    if (request.headers['authorization'] !== undefined) throw new Undocumented('sign-in with a token');
    const { body } = request;
    const refreshes = family === 'oauth' ? body['grant_type'] === 'refresh_token' : kind === 'auth refresh';
    return refreshes ? this.#renew(family, body) : this.#signIn(family, body);
  }

  /** Undefined when the request is signed in, else what it gets. */
  refuse(request: FakeRequest): Reply | undefined {
    const token = /^Bearer (.+)$/.exec(request.headers['authorization'] ?? '')?.[1] ?? '';
    const end = this.access.get(token);
    return end === undefined || end <= this.options.now() ? BAD_TOKEN() : undefined;
  }

  #signIn(family: Family, body: Record<string, unknown>): Reply {
    const { user, password, domain, twoFactor, failure } = this.options;
    const fixed = { grant_type: 'password', scope: 'all', client_id: CLIENT_ID };
    const open = { username: undefined, password: undefined };
    expect(body, family === 'oauth' ? { ...fixed, ...open } : open, ['domain']);
    if (body['domain'] !== undefined && body['domain'] !== domain) {
      return error(404, 'UNKNOWN', 'No tenant information found by the provided SIP domain');
    }
    if (body['username'] !== user || body['password'] !== password || body['domain'] !== domain) {
      return error(failure, 'UNAUTHORIZED', 'Login failed, authentication error');
    }
    if (!twoFactor) return this.#tokens(family);
    if (family === 'oauth') return error(400, 'TWO_FACTOR_REQUIRED', 'two-factor authentication is enabled');
    return { status: 200, body: { two_factor_enabled: true, token: randomBytes(12).toString('hex') } };
  }

  #renew(family: Family, body: Record<string, unknown>): Reply {
    const fixed = { grant_type: 'refresh_token', client_id: CLIENT_ID };
    expect(body, family === 'oauth' ? { ...fixed, refresh_token: undefined } : { refresh_token: undefined }, []);
    const token = String(body['refresh_token']);
    const of = this.#refresh.get(token);
    this.#refresh.delete(token);
    if (of !== family) return error(400, 'UNKNOWN', 'unknown error');
    return this.#tokens(family);
  }

  #tokens(family: Family): Reply {
    const { life, tellLife, now } = this.options;
    const [access, refresh] = [randomBytes(24).toString('base64'), randomBytes(24).toString('base64')];
    const end = now() + life * 1000;
    this.access.set(access, end);
    this.#refresh.set(refresh, family);
    const told = {
      expires_in: { expires_in: life },
      expires_at: { expires_at: new Date(end).toISOString() },
      none: {},
    }[tellLife];
    return { status: 200, body: { access_token: access, refresh_token: refresh, token_type: 'Bearer', ...told } };
  }

  /** Ends all refresh tokens too. */
  forget(): void {
    this.access.clear();
    this.#refresh.clear();
  }
}
