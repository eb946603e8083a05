/** Sign-in of the stand-in: sessions, CSRF tokens, second factors, as on the vendor's page "Authenticate". */
import { randomUUID } from 'node:crypto';
import { Undocumented } from './wire.js';
import type { FakeRequest, Reply } from './wire.js';

export interface AuthOptions {
  user: string;
  password: string;
  /** Answers `csrf_token` and wants it on every write. */
  csrf: boolean;
  /** A login without the login-token step gets 403. */
  loginToken: boolean;
  /** What `authed:false` says instead of signing in, or `TwoFactorAuthSetupRequired` beside `authed:true`. */
  warning?: 'TwoFactorAuthRequired' | 'OldPassword' | 'TwoFactorAuthSetupRequired';
  /** The user is frozen: 404. */
  frozen: boolean;
  /** 400 MustAcceptTermsOfUse. */
  terms: boolean;
  /** What a dead session gets. */
  sessionError: Reply;
}

const LOGIN = new Set(['user', 'password', 'remember_user', 'terms_of_use_acknowledged', 'data']);

export class Auth {
  /** Open sessions: token to CSRF token. */
  readonly sessions = new Map<string, string>();
  signIns = 0;
  #tokens = new Map<string, string>();

  constructor(private readonly options: AuthOptions) {}

  loginToken(data: string): Reply {
    const cookie = randomUUID();
    this.#tokens.set(data, cookie);
    return {
      status: 200,
      body: { success: true },
      headers: { 'set-cookie': `LoginToken=${cookie}; HttpOnly; Path=/` },
    };
  }

  signIn(request: FakeRequest): Reply {
    const { options } = this;
    const unknown = Object.keys(request.body).filter((name) => !LOGIN.has(name));
    if (request.method !== 'POST' || unknown.length > 0) throw new Undocumented(`sign-in with ${unknown.join(', ')}`);
    if (request.url.includes('password=')) throw new Undocumented('password in the URL');
    const { user, password, data } = request.body;
    this.signIns += 1;
    const cookie = typeof data === 'string' ? this.#tokens.get(data) : undefined;
    if (options.loginToken && (cookie === undefined || !(request.headers['cookie'] ?? '').includes(cookie))) {
      return { status: 403, body: { error: 'Forbidden' } };
    }
    if (typeof data === 'string') this.#tokens.delete(data);
    if (options.frozen) return { status: 404, body: Buffer.from('') };
    if (typeof user !== 'string' || typeof password !== 'string')
      return { status: 400, body: { error: 'MissingParameter' } };
    if (user !== options.user || password !== options.password)
      return { status: 400, body: { error: 'InvalidUserOrPassword' } };
    if (options.terms) return { status: 400, body: { error: 'MustAcceptTermsOfUse' } };
    if (options.warning !== undefined && options.warning !== 'TwoFactorAuthSetupRequired') {
      return {
        status: 200,
        body: { authed: false, warning: options.warning, token: randomUUID(), user, partial: 'a**@example.com' },
      };
    }
    const session = randomUUID();
    const csrf = randomUUID();
    this.sessions.set(session, csrf);
    const body = { authed: true, session, user, remembered: false, ...(options.csrf ? { csrf_token: csrf } : {}) };
    return {
      status: 200,
      body: options.warning === undefined ? body : { ...body, warning: options.warning, token: randomUUID() },
    };
  }

  signOut(request: FakeRequest): Reply {
    const session = request.body['session'] ?? request.query['session'];
    if (typeof session !== 'string' || !this.sessions.delete(session))
      return { status: 400, body: { error: 'InvalidRequest' } };
    return { status: 200, body: { success: true } };
  }

  /** Undefined when the request is signed in, else what it gets. */
  refuse(request: FakeRequest): Reply | undefined {
    const bearer = /^Bearer (.+)$/.exec(request.headers['authorization'] ?? '')?.[1];
    const csrf = this.sessions.get(bearer ?? request.query['session'] ?? '');
    if (csrf === undefined) return this.options.sessionError;
    if (!this.options.csrf || request.method === 'GET') return undefined;
    const sent = request.headers['x-csrf-token'] ?? request.body['CSRFToken'];
    return sent === csrf ? undefined : { status: 403, body: { error: 'Forbidden' } };
  }
}
