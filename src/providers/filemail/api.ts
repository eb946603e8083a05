/** Calls to Filemail's API: always POST with a form, so that no secret and no personal data is in a URL. */
import type { HttpAnswer, HttpClient, Repeat } from '../../http/types.js';
import { ProtocolError, UnknownOutcome, UsageError } from '../../model/errors.js';
import type { ProviderContext } from '../types.js';
import { callError, isBusy, isExpired, judge, type Fields } from './answer.js';
import { openSession } from './session.js';

export const DEFAULT_URL = 'https://www.filemail.com';
/** The whole list comes in one answer: 20,000 contacts are a few megabytes. */
const MAX_BODY = 192 * 1024 * 1024;

export interface Call {
  /** Below `/api/`. */
  path: string;
  /** The call's own parameters. */
  form?: Record<string, string>;
  repeat: Repeat;
  what: string;
  /** What an id in `form` stands for: "contact", "group". */
  about?: string;
  /** Id of the contact or group it is about, for errors. */
  contact?: string;
}

export interface Api {
  /**
   * Sends a call and gives the members of a successful answer. An expired sign-in is renewed once.
   * @throws NotFound, Refused, AuthError, Unavailable, ProtocolError; UnknownOutcome when the answer of a `never` call
   *   cannot be read
   */
  call(call: Call): Promise<Fields>;
  readonly host: string;
  close(): Promise<void>;
}

/** @throws UsageError */
function baseUrl(given: string | undefined, profile: string): string {
  const text = given?.trim() ?? '';
  if (text === '') return `${DEFAULT_URL}/`;
  try {
    const url = new URL(text.includes('://') ? text : `https://${text}`);
    return `${url.origin}${url.pathname.replace(/\/+$/, '').replace(/\/api$/i, '')}/`;
  } catch (cause) {
    throw new UsageError('the URL of the profile is none', { profile, hint: `such as ${DEFAULT_URL}`, cause });
  }
}

/** What reading an answer throws becomes UnknownOutcome: the write was sent, and may have been done. */
export function orUnknown<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    throw new UnknownOutcome(`${what}: the answer cannot be read, so it may or may not have happened`, {
      why: error.message,
      hint: 'look before you repeat it',
      cause: error,
    });
  }
}

/** Opens the API; nothing is sent before the first call. @throws UsageError */
export function openApi(ctx: ProviderContext, concurrency: number): Api {
  const base = baseUrl(ctx.url, ctx.profile);
  const http: HttpClient = ctx.http({
    base,
    busy: isBusy,
    concurrency,
    secretNames: ['logintoken', 'apikey', 'password'],
  });
  const post = (path: string, form: Record<string, string>, repeat: Repeat, what: string, timeout?: number) =>
    http.send({
      method: 'POST',
      url: `api/${path}`,
      headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(form).toString(),
      repeat,
      what,
      accept: [401],
      maxBody: MAX_BODY,
      ...(timeout === undefined ? {} : { timeout }),
    });
  const session = openSession(ctx, (path, form, what, timeout) => post(path, form, 'idempotent', what, timeout));

  const verdictOf = (call: Call, answer: HttpAnswer) => {
    const read = () => judge(answer, call.what);
    return call.repeat === 'never' ? orUnknown(call.what, read) : read();
  };

  const send = async (call: Call, parameters: Record<string, string>) =>
    verdictOf(call, await post(call.path, { ...parameters, ...call.form }, call.repeat, call.what));

  return {
    async call(call) {
      const parameters = await session.parameters();
      let verdict = await send(call, parameters);
      // An expired token means that nothing was done: even `add` may go out again.
      if (verdict.failure !== undefined && isExpired(verdict.failure)) {
        verdict = await send(call, await session.renew(parameters));
      }
      if (verdict.failure === undefined) return verdict.fields;
      throw callError(session.hide(verdict.failure), { ...call, once: call.repeat === 'never' });
    },
    host: new URL(base).host,
    async close() {
      await session.end();
      await http.close();
    },
  };
}
