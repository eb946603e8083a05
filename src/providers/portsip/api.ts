/** Calls to PortSIP PBX's REST API: base URL, bodies, and errors from what the answers say. */
import { isWebPage, serverWords, webPage } from '../../http/answer.js';
import { asObject } from '../../http/check.js';
import type { HttpAnswer, HttpCall, HttpClient, Repeat } from '../../http/types.js';
import {
  AuthError,
  Conflict,
  NotFound,
  ProtocolError,
  Refused,
  UnknownOutcome,
  UsageError,
} from '../../model/errors.js';
import type { ErrorDetails } from '../../model/errors.js';
import type { ProviderContext } from '../types.js';
import { errorCode } from './answers.js';
import { openSession } from './session.js';

export interface Call {
  /** "Only GET and POST": POST creates, changes and deletes ("About" page). */
  method: 'GET' | 'POST';
  /** Below `/api/`, segments percent-encoded. */
  path: string;
  query?: HttpCall['query'];
  json?: unknown;
  repeat: Repeat;
  what: string;
  /** Id of the contact it is about, for errors: a 404 means that there is none. */
  contact?: string;
}

export interface Api {
  /** Sends a call and gives the object it answers. @throws NotFound, Refused, AuthError, ProtocolError, UnknownOutcome */
  object(call: Call): Promise<Record<string, unknown>>;
  /** The same for calls that answer nothing. */
  send(call: Call): Promise<void>;
  /** Signs in when that has not happened. @throws AuthError */
  signIn(): Promise<void>;
  readonly host: string;
  close(): Promise<void>;
}

/** Gateways stop a client at 1,000 to 10,000 calls a minute ("FAQ" page, `access_limit`); 5,000 is what most have. */
const PER_SECOND = 60;
const RATE_PAUSE = 5_000;

/**
 * The API's base from what the user gave: with `/api` or without, `https://` may be left out.
 * @throws UsageError
 */
export function baseUrl(given: string | undefined, profile: string): string {
  const text = given?.trim() ?? '';
  const hint = 'give the address with its port, such as https://pbx.example.com:8887';
  if (text === '') throw new UsageError('portsip needs a URL', { profile, hint });
  let url: URL;
  try {
    url = new URL(text.includes('://') ? text : `https://${text}`);
  } catch (cause) {
    throw new UsageError('the URL of the profile is none', { profile, hint, cause });
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, '').replace(/\/api$/i, '')}/api/`;
}

/** @throws for every status from 400 on, and for 2xx answers that are an error all the same */
function check(call: Call, answer: HttpAnswer): HttpAnswer {
  const { status } = answer;
  if (status < 400 && !answer.body.subarray(0, 64).includes('"errors"')) return answer;
  const code = errorCode(answer);
  if (status < 400 && code === '') return answer;
  if (isWebPage(answer)) throw webPage(answer, call.what, 'JSON');
  const words = serverWords(answer);
  const why = [code, words].filter((part) => part !== undefined && part !== '' && part !== 'UNKNOWN').join(': ');
  const details: ErrorDetails = {
    status,
    ...(why === '' ? {} : { why }),
    ...(call.contact === undefined ? {} : { contact: call.contact }),
  };
  const message = `cannot ${call.what}`;
  if (status === 404 || code === 'NOT_FOUND') {
    throw new NotFound(call.contact === undefined ? message : `${message}: there is no such contact`, details);
  }
  if (status === 403) throw new Refused(`${message}: you have no permission for it`, details);
  if (code === 'UNAUTHORIZED') throw new AuthError(`${message}: not signed in`, details);
  if (status === 409 || status === 412) throw new Conflict(message, details);
  throw new Refused(`${message}: the server refused`, details);
}

/** An answer to a create that says nothing usable: it may have been stored. */
function unknown(call: Call, error: ProtocolError): UnknownOutcome {
  return new UnknownOutcome(`${call.what}: the answer cannot be read, so it may or may not have happened`, {
    why: error.message,
    hint: 'look before you repeat it',
    cause: error,
  });
}

/** Opens the API; nothing is sent before the first call. @throws UsageError */
export function openApi(ctx: ProviderContext, concurrency: number): Api {
  const base = baseUrl(ctx.url, ctx.profile);
  const session = openSession(ctx, () => http);
  const http: HttpClient = ctx.http({
    base,
    authorize: () => session.headers(),
    renew: () => session.renew(),
    concurrency,
    perSecond: PER_SECOND,
    ratePause: RATE_PAUSE,
    secretNames: ['access_token', 'refresh_token', 'token', 'password'],
  });

  const send = async (call: Call): Promise<HttpAnswer> => {
    const { method, path, query, json, repeat, what } = call;
    const answer = await http.send({
      ...{ method, url: path, repeat, what },
      ...(query === undefined ? {} : { query }),
      headers: { accept: 'application/json', ...(json === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
    });
    return check(call, answer);
  };

  return {
    async object(call) {
      const answer = await send(call);
      try {
        return asObject(answer.json(), call.what);
      } catch (error) {
        if (call.repeat === 'never' && error instanceof ProtocolError) throw unknown(call, error);
        throw error;
      }
    },
    async send(call) {
      const answer = await send(call);
      if (isWebPage(answer)) throw webPage(answer, call.what, 'JSON');
    },
    signIn: async () => void (await session.headers()),
    host: new URL(base).host,
    close: () => http.close(),
  };
}
