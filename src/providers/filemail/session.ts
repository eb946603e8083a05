/** Signing in to Filemail (vendor page "Authentication"), renewing the login token and giving it back. */
import { withoutValues } from '../../http/redact.js';
import type { HttpAnswer } from '../../http/types.js';
import { AuthError, ProtocolError, Refused, UsageError } from '../../model/errors.js';
import type { ProviderContext } from '../types.js';
import { judge, signInError, textOf, type Failure } from './answer.js';

/** Sends a form to a path below `/api/`. */
export type Post = (path: string, form: Record<string, string>, what: string, timeout?: number) => Promise<HttpAnswer>;

export interface Session {
  /** Parameters of every signed-in call: `logintoken`, and `apikey` when one is configured. @throws AuthError */
  parameters(): Promise<Record<string, string>>;
  /** Signs in anew, unless that has happened since `stale` was in use. @throws AuthError */
  renew(stale: Record<string, string>): Promise<Record<string, string>>;
  /** The failure without secrets that the server repeats in its words. */
  hide(failure: Failure): Failure;
  /** Destroys the token. Never throws. */
  end(): Promise<void>;
}

async function credentials(ctx: ProviderContext): Promise<{ username: string; password: string }> {
  const username = ctx.user?.trim() ?? '';
  const password = await ctx.secret('password');
  const edit = `cardferry profile edit ${ctx.profile}`;
  if (username === '')
    throw new UsageError('no user to sign in with', { profile: ctx.profile, hint: `${edit} --user you@example.com` });
  if (password === undefined)
    throw new UsageError('no password to sign in with', { profile: ctx.profile, hint: `${edit} --password-stdin` });
  return { username, password: password.reveal() };
}

/** A session that begins with the first call that needs it. */
export function openSession(ctx: ProviderContext, post: Post): Session {
  let current: Record<string, string> | undefined;
  let starting: Promise<Record<string, string>> | undefined;
  const secrets = new Set<string>();

  /** Shorter ones would hit innocent text. */
  const remember = (...texts: string[]): void => {
    for (const text of texts) if (text.length >= 4) secrets.add(text);
  };
  const hide = (failure: Failure): Failure =>
    failure.words === undefined ? failure : { ...failure, words: withoutValues(failure.words, [...secrets]) };

  const begin = async (): Promise<Record<string, string>> => {
    const { username, password } = await credentials(ctx);
    const key = (await ctx.secret('apikey'))?.reveal().trim() ?? '';
    const apikey: Record<string, string> = key === '' ? {} : { apikey: key };
    remember(password, key);
    // The page calls `source` required and leaves it out of its sample: sent always.
    const verdict = judge(
      await post('authentication/login', { username, password, source: 'Desktop', ...apikey }, 'sign in'),
      'sign in',
    );
    if (verdict.failure !== undefined) throw signInError(hide(verdict.failure), key !== '');
    const logintoken = textOf(verdict.fields, 'logintoken', 'sign in');
    if (logintoken === '') throw new ProtocolError('answer of sign in: logintoken is missing');
    remember(logintoken);
    current = { logintoken, ...apikey };
    return current;
  };
  /** All wait for one sign-in. After a refusal nothing is tried again: a captcha follows after a few. */
  const start = (): Promise<Record<string, string>> => {
    starting ??= begin().catch((error: unknown) => {
      if (!(error instanceof AuthError || error instanceof UsageError)) starting = undefined;
      throw error;
    });
    return starting;
  };

  return {
    parameters: start,
    async renew(stale) {
      if (current === stale) {
        current = undefined;
        starting = undefined;
      }
      return start();
    },
    hide,
    async end() {
      const ended = current;
      current = undefined;
      starting = Promise.reject(new Refused('the connection is closed'));
      starting.catch(() => undefined);
      if (ended !== undefined) await post('authentication/logout', ended, 'sign out', 5_000).catch(() => undefined);
    },
  };
}
