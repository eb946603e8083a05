/** Signing in to MDaemon Webmail (vendor page "Authenticate"), renewing and ending the session. */
import { randomUUID } from 'node:crypto';
import { asObject, isObject, member, optBoolean, optString } from '../../http/check.js';
import { isWebPage, serverWords, webPage } from '../../http/answer.js';
import type { HttpAnswer, HttpClient } from '../../http/types.js';
import { AuthError, ProtocolError, Refused, UsageError } from '../../model/errors.js';
import type { ProviderContext } from '../types.js';

interface State {
  token: string;
  csrf: string | undefined;
  user: string;
}

export interface Session {
  /** Headers of a signed-in call; signs in first when that has not happened. @throws AuthError */
  headers(method: string): Promise<Record<string, string>>;
  /** Signs in anew. @throws AuthError */
  renew(): Promise<void>;
  /** The account's own address, as the server says it. Signs in first. */
  user(): Promise<string>;
  /** Signs out, as sessions are counted by the server. Never throws. */
  end(): Promise<void>;
}

const WEBMAIL = 'sign in to Webmail with a browser once and do it there';

/** Why `authed` is false, or true and not enough: HTTP 200 does not mean signed in. */
const WARNINGS: Record<string, { message: string; hint: string }> = {
  TwoFactorAuthRequired: {
    message: 'the account asks for a second factor at each sign-in',
    hint: 'a command line cannot answer it: use an account without two-factor sign-in, or ask the administrator',
  },
  TwoFactorAuthSetupRequired: { message: 'a second factor must be set up first', hint: WEBMAIL },
  OldPassword: { message: 'the password has expired and must be changed', hint: `${WEBMAIL}, then store the new one` },
};

const ERRORS: Record<string, { message: string; hint: string }> = {
  InvalidUserOrPassword: {
    message: 'wrong user or password',
    hint: 'the user is the whole e-mail address; change both with `cardferry profile edit`',
  },
  MustAcceptTermsOfUse: { message: 'the terms of use must be accepted first', hint: WEBMAIL },
  AuthRefused: { message: 'the server refused the sign-in', hint: 'check user and password' },
};

function wordsOf(answer: HttpAnswer): { error: string; parameter: string } {
  try {
    const body = answer.json();
    const text = (key: string) => {
      const value = isObject(body) ? member(body, key) : undefined;
      return typeof value === 'string' ? value : '';
    };
    return { error: text('error'), parameter: text('parameter') };
  } catch {
    return { error: '', parameter: '' };
  }
}

function refusal(answer: HttpAnswer, error: string): Error {
  const known = Object.hasOwn(ERRORS, error) ? ERRORS[error] : undefined;
  const { status } = answer;
  if (known !== undefined) {
    return new AuthError(`cannot sign in: ${known.message}`, { status, why: error, hint: known.hint });
  }
  if (isWebPage(answer)) return webPage(answer, 'sign in', 'JSON');
  // "404 for frozen or disabled users"; a wrong URL answers the same.
  if (status === 404) {
    return new AuthError('cannot sign in: the account is frozen or disabled, or this is no MDaemon Webmail', {
      status,
      ...(error === '' ? {} : { why: error }),
      hint: 'check the URL, and ask the administrator about the account',
    });
  }
  const why = error || (serverWords(answer) ?? `HTTP ${status}`);
  return new AuthError('cannot sign in: the server refused', {
    status,
    why,
    hint: 'check user and password, and --url',
  });
}

/** What a 2xx answer says. @throws AuthError for every `authed` that is no sign-in, ProtocolError */
function parseSignIn(answer: HttpAnswer): { state: State; warning: string | undefined } {
  const where = 'sign in';
  const body = asObject(answer.json(), where);
  const error = optString(body, 'error', where);
  if (error !== undefined) throw refusal(answer, error);
  const warning = optString(body, 'warning', where);
  const token = optString(body, 'session', where);
  const authed = optBoolean(body, 'authed', where);
  if (authed === undefined && warning === undefined)
    throw new ProtocolError('answer of sign in: authed is missing', {
      why: 'it is JSON, but not what MDaemon answers',
      hint: 'check --url: it must be the address of MDaemon Webmail',
    });
  if (authed !== true) throw warned(warning);
  if (token === undefined || token === '') throw new ProtocolError('answer of sign in: session is missing');
  const state = { token, csrf: optString(body, 'csrf_token', where), user: optString(body, 'user', where) ?? '' };
  return { state, warning };
}

function warned(warning: string | undefined): AuthError {
  const known = warning !== undefined && Object.hasOwn(WARNINGS, warning) ? WARNINGS[warning] : undefined;
  return new AuthError(`cannot sign in: ${known?.message ?? 'the server did not let us in'}`, {
    ...(warning === undefined ? {} : { why: warning }),
    hint: known?.hint ?? WEBMAIL,
  });
}

async function credentials(ctx: ProviderContext): Promise<{ user: string; password: string }> {
  const user = ctx.user?.trim() ?? '';
  const password = await ctx.secret('password');
  const edit = `cardferry profile edit ${ctx.profile}`;
  if (user === '')
    throw new UsageError('no user to sign in with', { profile: ctx.profile, hint: `${edit} --user you@example.com` });
  if (password === undefined) {
    throw new UsageError('no password to sign in with', { profile: ctx.profile, hint: `${edit} --password-stdin` });
  }
  return { user, password: password.reveal() };
}

/** One sign-in request. 400, 401 and 403 come back as answers. */
async function attempt(
  http: HttpClient,
  body: Record<string, string>,
  cookie: string | undefined,
): Promise<HttpAnswer> {
  return http.send({
    method: 'POST',
    url: 'authenticate/basic',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json',
      ...(cookie === undefined ? {} : { cookie }),
    },
    body: JSON.stringify(body),
    repeat: 'idempotent',
    anonymous: true,
    accept: [401],
    what: 'sign in',
  });
}

/**
 * Step 1 of a sign-in on servers with `UseCSRFTokens` for logins: a one-use cookie for a UUID of ours. The path with
 * `=` and `&` in it is the documented one.
 */
async function loginToken(http: HttpClient): Promise<{ data: string; cookie: string }> {
  const data = randomUUID();
  const answer = await http.send({
    method: 'GET',
    url: `settings/logon_settings=login_token&data=${data}`,
    repeat: 'safe',
    anonymous: true,
    accept: [401],
    what: 'ask for a login token',
  });
  const cookie = answer
    .headers('set-cookie')
    .map((line) => line.split(';', 1)[0]?.trim() ?? '')
    .filter((pair) => pair.includes('='))
    .join('; ');
  return { data, cookie };
}

async function signIn(ctx: ProviderContext, http: HttpClient): Promise<{ state: State; warning: string | undefined }> {
  const { user, password } = await credentials(ctx);
  let answer = await attempt(http, { user, password }, undefined);
  if (answer.status === 403) {
    const { data, cookie } = await loginToken(http);
    answer = await attempt(http, { user, password, data }, cookie === '' ? undefined : cookie);
  }
  if (answer.status >= 400) throw refusal(answer, wordsOf(answer).error);
  return parseSignIn(answer);
}

async function signOut(http: HttpClient, { token, csrf }: State): Promise<void> {
  await http.send({
    method: 'POST',
    url: 'authenticate/logout',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      ...(csrf === undefined ? {} : { 'x-csrf-token': csrf }),
    },
    body: new URLSearchParams({ session: token }).toString(),
    repeat: 'safe',
    anonymous: true,
    accept: [401],
    timeout: 5_000,
    what: 'sign out',
  });
}

/** A session that begins with the first call that needs it. `http` is asked for when it is used. */
export function openSession(ctx: ProviderContext, http: () => HttpClient): Session {
  let state: State | undefined;
  let starting: Promise<State> | undefined;

  const begin = async (): Promise<State> => {
    const { state: found, warning } = await signIn(ctx, http());
    // Kept even when it is not enough, so that it is signed out.
    state = found;
    if (warning !== undefined && Object.hasOwn(WARNINGS, warning)) throw warned(warning);
    return found;
  };
  /** All wait for one sign-in. After a refusal nothing is tried again: accounts are locked after a few. */
  const start = (): Promise<State> => {
    starting ??= begin().catch((error: unknown) => {
      if (!(error instanceof AuthError || error instanceof UsageError)) starting = undefined;
      throw error;
    });
    return starting;
  };

  return {
    async headers(method) {
      const { token, csrf } = await start();
      // "every POST, PUT, DELETE" carries the CSRF token.
      const guarded = csrf !== undefined && method !== 'GET';
      return { authorization: `Bearer ${token}`, ...(guarded ? { 'x-csrf-token': csrf } : {}) };
    },
    async renew() {
      starting = undefined;
      state = undefined;
      await start();
    },
    async user() {
      return (await start()).user;
    },
    async end() {
      const ended = state;
      state = undefined;
      starting = Promise.reject(new Refused('the connection is closed'));
      starting.catch(() => undefined);
      if (ended !== undefined) await signOut(http(), ended).catch(() => undefined);
    },
  };
}
