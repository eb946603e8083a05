/** Signing in to PortSIP PBX (pages "Authentication" and "About"): three families of calls, one bearer token. */
import { isWebPage, serverWords, webPage, WrongServer } from '../../http/answer.js';
import { asObject, asString, member, optString } from '../../http/check.js';
import type { HttpAnswer, HttpClient } from '../../http/types.js';
import { AuthError, ProtocolError, UsageError } from '../../model/errors.js';
import type { ErrorDetails } from '../../model/errors.js';
import type { ProviderContext } from '../types.js';
import { errorCode } from './answers.js';

export interface Session {
  /** Headers of a signed-in call; signs in or refreshes first when that is due. @throws AuthError, UsageError */
  headers(): Promise<Record<string, string>>;
  /** After a 401: refreshes, else signs in anew. @throws AuthError */
  renew(): Promise<void>;
}

/**
 * `oauth`: `/login/oauth/token`, in all of v22. `auth`: `/auth/…`, from v22.2 on. `login`: `/login`, whose answer is not
 * described and which has no refresh: it is the last resort. A token is refreshed by its own family.
 */
type Family = 'oauth' | 'auth' | 'login';

interface Tokens {
  family: Family;
  access: string;
  refresh: string | undefined;
  /** Milliseconds since the epoch: shortly before the access token ends. */
  renewAt: number;
}

/** "client_id: fixed" on the Authentication page: public, the same for every installation. */
const CLIENT_ID = '9d806019-75b2-4b3d-bb8b-f5a3a412cc0a';
/** A token is renewed a minute before its end, or in the last tenth of a short life. */
const MARGIN = 60_000;

interface Credentials {
  username: string;
  password: string;
  domain?: string;
}

async function credentials(ctx: ProviderContext): Promise<Credentials> {
  const { profile } = ctx;
  const username = ctx.user?.trim() ?? '';
  const password = await ctx.secret('password');
  const domain = ctx.options['domain']?.trim() ?? '';
  const edit = `cardferry profile edit ${profile}`;
  if (username === '')
    throw new UsageError('no user to sign in with', { profile, hint: `${edit} --user EXTENSION_USER` });
  if (password === undefined)
    throw new UsageError('no password to sign in with', { profile, hint: `${edit} --password-stdin` });
  return { username, password: password.reveal(), ...(domain === '' ? {} : { domain }) };
}

function post(http: HttpClient, url: string, body: Record<string, string>, form: boolean): Promise<HttpAnswer> {
  return http.send({
    ...{ method: 'POST', url, anonymous: true, repeat: 'idempotent', what: 'sign in', accept: [401, 501] },
    headers: {
      accept: 'application/json',
      'content-type': form ? 'application/x-www-form-urlencoded' : 'application/json',
    },
    body: form ? new URLSearchParams(body).toString() : JSON.stringify(body),
  });
}

function askTokens(http: HttpClient, family: Family, given: Credentials): Promise<HttpAnswer> {
  if (family === 'auth') return post(http, 'auth/sign_in', { ...given }, false);
  if (family === 'login') return post(http, 'login', { ...given }, false);
  const form = { grant_type: 'password', ...given, scope: 'all', client_id: CLIENT_ID };
  return post(http, 'login/oauth/token', form, true);
}

function askRefresh(http: HttpClient, family: Family, refresh_token: string): Promise<HttpAnswer> {
  if (family === 'auth') return post(http, 'auth/refresh_token', { refresh_token }, false);
  const form = { grant_type: 'refresh_token', refresh_token, client_id: CLIENT_ID };
  return post(http, 'login/oauth/token', form, true);
}

function secondFactor(details: ErrorDetails = {}): AuthError {
  return new AuthError('cannot sign in: the account asks for a second factor', {
    ...details,
    hint:
      'a command line cannot answer it: use a user without two-factor authentication, or store an access token with ' +
      '`cardferry profile edit --token-stdin`',
  });
}

const SECOND_FACTOR = /two.?factor|\b2fa\b|\bmfa\b|\botp\b|one.?time/i;
/** "No tenant information found by the provided SIP domain" ("FAQ" page). */
const NO_TENANT = /tenant|sip domain/i;

/** Statuses of calls that are not there. */
const ABSENT: ReadonlySet<number> = new Set([404, 405, 501]);

function refusal(answer: HttpAnswer, domain: string | undefined): Error {
  const { status } = answer;
  const [code, words] = [errorCode(answer), serverWords(answer) ?? ''];
  const why = words || code;
  const details: ErrorDetails = { status, ...(why === '' ? {} : { why }) };
  if (SECOND_FACTOR.test(`${code} ${words}`)) return secondFactor(details);
  if (status === 404 && NO_TENANT.test(words)) {
    return new AuthError('cannot sign in: there is no tenant with that SIP domain', {
      ...details,
      hint: 'give the SIP domain of the tenant: `cardferry profile edit --option domain=…`',
    });
  }
  if (ABSENT.has(status)) {
    return new WrongServer('cannot sign in: there is no PortSIP REST API at this address', {
      ...details,
      page: isWebPage(answer),
      hint: 'give the address with its port, such as https://pbx.example.com:8887',
    });
  }
  if (isWebPage(answer)) return webPage(answer, 'sign in', 'JSON');
  const wrong = code === 'UNAUTHORIZED' || status === 401;
  const tenant = domain === undefined ? '; users of a tenant need its SIP domain too: `--option domain=…`' : '';
  return new AuthError(`cannot sign in: ${wrong ? 'wrong user or password' : 'the server refused'}`, {
    ...details,
    hint: `the user is the name of an extension user; change it with \`cardferry profile edit\`${tenant}`,
  });
}

/** The part of a 404 that says "this call is not there" rather than "no such tenant"; 405 and 501 say the same. */
function isMissing(answer: HttpAnswer): boolean {
  return ABSENT.has(answer.status) && !NO_TENANT.test(serverWords(answer) ?? '');
}

/** Whether an answer of `/login`, which other servers have too, is one of PortSIP: a token, or an error as documented. */
function isOurs(answer: HttpAnswer): boolean {
  if (answer.status >= 400) return answer.status === 401 || errorCode(answer) !== '';
  if (isWebPage(answer) || answer.body.length === 0) return false;
  const body = asObject(answer.json(), 'sign in');
  return ['access_token', 'two_factor_enabled'].some((key) => member(body, key) !== undefined);
}

interface SignedIn {
  by: Family;
  answer: HttpAnswer;
}

/** Asks the families in turn until one is there; when none is, the first one's answer says it. */
async function askFamilies(http: HttpClient, given: Credentials): Promise<SignedIn> {
  const first = await askTokens(http, 'oauth', given);
  if (!isMissing(first)) return { by: 'oauth', answer: first };
  const second = await askTokens(http, 'auth', given);
  if (!isMissing(second)) return { by: 'auth', answer: second };
  const last = await askTokens(http, 'login', given);
  return isMissing(last) || !isOurs(last) ? { by: 'oauth', answer: first } : { by: 'login', answer: last };
}

/** Milliseconds that an access token lives, by "either expires_at or expires_in"; 0 when neither says it. */
function lifeOf(body: Record<string, unknown>, asked: number): number {
  const seconds = Number(member(body, 'expires_in') ?? NaN);
  if (!Number.isNaN(seconds)) return seconds * 1000;
  const at = member(body, 'expires_at');
  return typeof at === 'string' ? (Date.parse(at) || asked) - asked : 0;
}

/** What a 2xx answer says. `asked`: the time before it was asked. @throws AuthError, ProtocolError */
function parseTokens(answer: HttpAnswer, family: Family, asked: number): Tokens {
  const where = 'sign in';
  const body = asObject(answer.json(), where);
  if (member(body, 'two_factor_enabled') === true && member(body, 'access_token') === undefined) throw secondFactor();
  const access = asString(member(body, 'access_token'), `${where}: access_token`);
  if (access === '') throw new ProtocolError(`answer of ${where}: access_token is empty`);
  const life = lifeOf(body, asked);
  return {
    family,
    access,
    refresh: family === 'login' ? undefined : optString(body, 'refresh_token', where),
    renewAt: life > 0 ? asked + life - Math.min(MARGIN, life / 10) : Infinity,
  };
}

/** A session that begins with the first call that needs it. `http` is asked for when it is used. */
export function openSession(ctx: ProviderContext, http: () => HttpClient): Session {
  let family: Family | undefined;
  let session: Promise<Tokens> | undefined;

  const signIn = async (): Promise<Tokens> => {
    const given = await credentials(ctx);
    const asked = ctx.clock.now();
    const known = family;
    const { by, answer } =
      known === undefined
        ? await askFamilies(http(), given)
        : { by: known, answer: await askTokens(http(), known, given) };
    if (answer.status >= 400) throw refusal(answer, given.domain);
    const tokens = parseTokens(answer, by, asked);
    family = by;
    return tokens;
  };

  /** A refresh token is good for once; a refused one leaves the password. */
  const refreshed = async (tokens: Tokens | undefined): Promise<Tokens> => {
    if (tokens?.refresh === undefined || tokens.refresh === '') return signIn();
    const asked = ctx.clock.now();
    const answer = await askRefresh(http(), tokens.family, tokens.refresh);
    return answer.status >= 400 ? signIn() : parseTokens(answer, tokens.family, asked);
  };

  /** All wait for one. After a refusal nothing is tried again: accounts are locked after a few. */
  const keep = (making: Promise<Tokens>): Promise<Tokens> => {
    const made = making.catch((error: unknown) => {
      if (session === made && !(error instanceof AuthError || error instanceof UsageError)) session = undefined;
      throw error;
    });
    session = made;
    return made;
  };

  const current = async (): Promise<Tokens> => {
    const found = session ?? keep(signIn());
    const tokens = await found;
    if (ctx.clock.now() < tokens.renewAt) return tokens;
    return session === found ? keep(refreshed(tokens)) : (session ?? current());
  };

  /** A token that the user brought, when there is no password. It ends when it ends. */
  const ready = async (): Promise<string | undefined> =>
    (await ctx.secret('password')) === undefined ? (await ctx.secret('token'))?.reveal() : undefined;
  let brought: Promise<string | undefined> | undefined;

  return {
    async headers() {
      const token = (await (brought ??= ready())) ?? (await current()).access;
      return { authorization: `Bearer ${token}` };
    },
    async renew() {
      if ((await (brought ??= ready())) !== undefined) {
        throw new AuthError('the access token is not accepted: it has expired or was revoked', {
          status: 401,
          hint: `store a new one: \`cardferry profile edit ${ctx.profile} --token-stdin\`, or user and password`,
        });
      }
      const old = await session?.catch(() => undefined);
      await keep(refreshed(old));
    },
  };
}
