/**
 * Signing in to Axigen. The Mailbox API starts a session with `POST /login` and wants both the same `Authorization` and
 * `X-Axigen-Session` on every later call ("Authentication and Authorization" page); CardDAV takes `Authorization` alone.
 */
import { asObject, asString } from '../../http/check.js';
import { basicAuth } from '../../http/auth.js';
import type { HttpAnswer, HttpClient } from '../../http/types.js';
import { AuthError, UsageError } from '../../model/errors.js';
import type { ProviderContext } from '../types.js';
import { failure, serverWords } from './shapes.js';

export interface AxigenSession {
  /** Calls below `/api/v1/`. The session is opened by the first of them: CardDAV alone never needs one. */
  readonly http: HttpClient;
  /** Forgets the session; the API documents no sign-out. */
  close(): Promise<void>;
}

/** The server's root, from what the user typed: scheme optional, `/api/v1` and its like cut off. @throws UsageError */
export function serverRoot(url: string | undefined): URL {
  const hint = 'give the address of the WebMail, such as --url https://mail.example.com';
  if (url === undefined || url.trim() === '') throw new UsageError('axigen needs the URL of the server', { hint });
  const spelt = /^[a-z][a-z0-9+.-]*:\/\//i.test(url) ? url : `https://${url}`;
  let root: URL;
  try {
    root = new URL(spelt);
  } catch {
    throw new UsageError('the URL of the server cannot be read', { hint });
  }
  root.hash = '';
  root.search = '';
  root.pathname = root.pathname.replace(/\/+$/, '').replace(/\/api(\/v1)?$/, '') + '/';
  return root;
}

function refused(ctx: ProviderContext, answer: HttpAnswer): AuthError {
  const why = serverWords(answer);
  const whole = ctx.user?.includes('@') ?? true;
  const hint = whole
    ? 'check the user name and the password with `profile edit`; accounts with 2-step verification need a token'
    : 'Axigen wants the whole address as user name, such as ann@example.com';
  return new AuthError('the server refused the sign-in', {
    status: answer.status,
    hint,
    ...(why === undefined ? {} : { why }),
  });
}

/**
 * Value of `Authorization` for every call: Basic, or Bearer when the profile says `auth=bearer` or holds a token only.
 * @throws AuthError when there is nothing to sign in with
 */
export async function authorization(ctx: ProviderContext): Promise<string> {
  const wanted = ctx.options['auth'];
  const password = wanted === 'bearer' ? undefined : await ctx.secret('password');
  const token = wanted === 'basic' || password !== undefined ? undefined : await ctx.secret('token');
  if (token !== undefined) return `Bearer ${token.reveal()}`;
  if (wanted === 'bearer')
    throw new AuthError('there is no token for this profile', { hint: 'store one: `profile edit --token-stdin`' });
  if (password === undefined) {
    throw new AuthError('there is no password for this profile', {
      hint: 'store one: `profile edit --password-stdin`',
    });
  }
  if (ctx.user === undefined || ctx.user === '') {
    throw new UsageError('axigen needs a user name', { hint: 'the whole address: --user ann@example.com' });
  }
  return basicAuth({ user: ctx.user, password });
}

export function openSession(ctx: ProviderContext, root: URL, header: () => Promise<string>): AxigenSession {
  /** `null`: the server has no sign-in call; seen on one deployment, which takes plain Basic. */
  let session: Promise<string | null> | undefined;

  async function signIn(): Promise<string | null> {
    const answer = await http.send({
      method: 'POST',
      url: 'login',
      headers: { authorization: await header() },
      repeat: 'safe',
      what: 'sign in',
      accept: [401],
      anonymous: true,
    });
    if (answer.status === 404) return null;
    if (answer.status === 401) throw refused(ctx, answer);
    if (answer.status >= 300) throw failure(answer, 'sign in to the Mailbox API');
    return asString(asObject(answer.json(), 'sign in')['sessid'], 'sign in: sessid');
  }

  function current(): Promise<string | null> {
    session ??= signIn().catch((error: unknown) => {
      // A refusal stays: trying a wrong password again and again locks accounts.
      if (!(error instanceof AuthError)) session = undefined;
      throw error;
    });
    return session;
  }

  const http: HttpClient = ctx.http({
    base: new URL('api/v1/', root).href,
    concurrency: 4,
    secretNames: ['sessid', 'x-axigen-session'],
    authorize: async () => {
      const sessid = await current();
      const headers = { authorization: await header() };
      return sessid === null ? headers : { ...headers, 'x-axigen-session': sessid };
    },
    renew: async () => {
      const old = await session?.catch(() => undefined);
      session = undefined;
      // Without sessions there is nothing to renew: the name or password is wrong.
      if (old === null)
        throw new AuthError('the server refused the sign-in', { status: 401, hint: 'check user and password' });
      await current();
    },
  });

  return {
    http,
    close: () => http.close(),
  };
}
