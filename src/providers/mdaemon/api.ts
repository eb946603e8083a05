/** Calls to MDaemon's Webmail API: base URL, bodies, and errors from what the answers say. */
import { randomBytes } from 'node:crypto';
import { serverWords } from '../../http/answer.js';
import { asObject, isObject, member } from '../../http/check.js';
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
import type { CardferryError, ErrorDetails } from '../../model/errors.js';
import type { Photo } from '../../model/card.js';
import type { ProviderContext } from '../types.js';
import { openSession } from './session.js';

export interface Upload {
  name: string;
  mediaType: string;
  bytes: Uint8Array;
}

export interface Call {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below the API's base, segments percent-encoded. */
  path: string;
  query?: HttpCall['query'];
  json?: unknown;
  /** Form body, for the two calls whose page shows "POST data". */
  form?: Record<string, string>;
  uploads?: readonly Upload[];
  repeat: Repeat;
  what: string;
  /** Id of the contact it is about, for errors. */
  contact?: string;
}

export interface Api {
  /** Sends a call and gives its JSON. @throws NotFound, Refused, AuthError, ProtocolError, and what the client throws */
  call(call: Call): Promise<unknown>;
  /** The same for answers that are an object. */
  object(call: Call): Promise<Record<string, unknown>>;
  /** The same for writes: `success` must be true. @throws UnknownOutcome when a `never` call's answer is unreadable */
  write(call: Call): Promise<Record<string, unknown>>;
  /** A download. @throws NotFound, Refused */
  bytes(call: Call): Promise<Uint8Array>;
  user(): Promise<string>;
  readonly host: string;
  close(): Promise<void>;
}

const API_PATH = '/WorldClientAPI';

/**
 * The API's base from what the user gave: with `/WorldClientAPI` or without, `https://` may be left out.
 * @throws UsageError
 */
export function baseUrl(given: string | undefined, profile: string): string {
  const text = given?.trim() ?? '';
  const hint = 'give the address of Webmail, such as https://mail.example.com';
  if (text === '') throw new UsageError('mdaemon needs a URL', { profile, hint });
  let url: URL;
  try {
    url = new URL(text.includes('://') ? text : `https://${text}`);
  } catch (cause) {
    throw new UsageError('the URL of the profile is none', { profile, hint, cause });
  }
  const path = url.pathname.replace(/\/+$/, '');
  const at = path.toLowerCase().indexOf(API_PATH.toLowerCase());
  return `${url.origin}${at < 0 ? path : path.slice(0, at)}${API_PATH}/`;
}

/** A path from segments, each percent-encoded. */
export function pathOf(...segments: (string | number)[]): string {
  return segments.map((segment) => encodeURIComponent(String(segment))).join('/');
}

function multipart(uploads: readonly Upload[]): { type: string; body: Uint8Array } {
  const boundary = `cardferry-${randomBytes(12).toString('hex')}`;
  const parts = uploads.flatMap(({ name, mediaType, bytes }) => {
    const file = name.replace(/[\p{Cc}"\\/]/gu, '_');
    // "the name of the file input being `Attachment`"
    const head = `--${boundary}\r\ncontent-disposition: form-data; name="Attachment"; filename="${file}"\r\ncontent-type: ${mediaType}\r\n\r\n`;
    return [Buffer.from(head), bytes, Buffer.from('\r\n')];
  });
  const body = Buffer.concat([...parts, Buffer.from(`--${boundary}--\r\n`)]);
  return { type: `multipart/form-data; boundary=${boundary}`, body };
}

function bodyOf(call: Call, type: string): { headers: Record<string, string>; body?: string | Uint8Array } {
  const accept = { accept: type };
  if (call.uploads !== undefined) {
    const { type: contentType, body } = multipart(call.uploads);
    return { headers: { ...accept, 'content-type': contentType }, body };
  }
  if (call.form !== undefined) {
    const body = new URLSearchParams(call.form).toString();
    return { headers: { ...accept, 'content-type': 'application/x-www-form-urlencoded' }, body };
  }
  if (call.json === undefined) return { headers: accept };
  return { headers: { ...accept, 'content-type': 'application/json' }, body: JSON.stringify(call.json) };
}

/** Error codes and sentences that say "there is no such thing". */
const MISSING = /not\s?found|no such|does\s?n[o']t exist/i;
/** An id that means nothing to the server: `InvalidParameter` names the parameter in a path as `id`. */
const ID_NAMES = new Set(['id', 'guid', 'folder', 'page']);

/** What other parameters name. */
const NAMED: Record<string, string> = {
  move: 'address book',
  copy: 'address book',
  company: 'company',
  department: 'department',
  attachment: 'attachment',
  contact: 'address in your own domain',
};

/** The error of an answer. `error` is its code or sentence, '' when it has none. */
function errorOf(
  call: Call,
  status: number,
  error: string,
  parameter: string,
  words: string | undefined,
): CardferryError {
  const why = error === '' ? words : parameter === '' ? error : `${error}: ${parameter}`;
  const details: ErrorDetails = {
    status,
    ...(why === undefined ? {} : { why }),
    ...(call.contact === undefined ? {} : { contact: call.contact }),
  };
  const message = `cannot ${call.what}`;
  const reads = call.method === 'GET' || call.method === 'DELETE';
  const unknownId = error === 'InvalidParameter' && (ID_NAMES.has(parameter) || (parameter === '' && reads));
  const named = error === 'InvalidParameter' && Object.hasOwn(NAMED, parameter) ? NAMED[parameter] : undefined;
  if (named !== undefined) return new NotFound(`${message}: there is no such ${named}`, details);
  if (status === 404 || unknownId || MISSING.test(error))
    return new NotFound(`${message}: there is no such contact or address book`, details);
  if (error === 'InvalidSession' || error === 'Unauthorized')
    return new AuthError(`${message}: not signed in`, details);
  if (error === 'InadequatePermissions' || status === 403) {
    return new Refused(`${message}: you have no permission for it`, details);
  }
  if (status === 409 || status === 412) return new Conflict(message, details);
  return new Refused(`${message}: the server refused`, details);
}

function errorMembers(answer: HttpAnswer): { error: string; parameter: string } | undefined {
  try {
    const body = answer.json();
    if (!isObject(body)) return undefined;
    const [error, parameter] = [member(body, 'error'), member(body, 'parameter')];
    if (typeof error !== 'string') return undefined;
    return { error, parameter: typeof parameter === 'string' ? parameter : '' };
  } catch {
    return undefined;
  }
}

/** Errors come with 200 as well: a string `error` is one whatever the status. */
function checked(call: Call, answer: HttpAnswer): unknown {
  const { status } = answer;
  if (status < 400) {
    const body = answer.json();
    const error = isObject(body) ? member(body, 'error') : undefined;
    if (typeof error !== 'string') return body;
  }
  const { error, parameter } = errorMembers(answer) ?? { error: '', parameter: '' };
  throw errorOf(call, status, error, parameter, serverWords(answer));
}

/** A dead session says so with 401, or with an `error` under other statuses. Such answers are short. */
function expired(answer: HttpAnswer): boolean {
  if (answer.body.length > 2048 || !answer.body.includes('"error"')) return false;
  const error = errorMembers(answer)?.error;
  return error === 'InvalidSession' || error === 'Unauthorized';
}

/** Opens the API; nothing is sent before the first call. @throws UsageError */
export function openApi(ctx: ProviderContext, concurrency: number): Api {
  const base = baseUrl(ctx.url, ctx.profile);
  const session = openSession(ctx, () => http);
  const http: HttpClient = ctx.http({
    base,
    authorize: (call) => session.headers(call.method),
    renew: () => session.renew(),
    expired,
    concurrency,
    secretNames: ['session', 'new_session', 'token', 'csrf_token', 'CSRFToken', 'x-csrf-token', 'password', 'data'],
  });

  const send = (call: Call, accept = 'application/json'): Promise<HttpAnswer> => {
    const { method, path, query, repeat, what } = call;
    return http.send({
      method,
      url: path,
      repeat,
      what,
      ...bodyOf(call, accept),
      ...(query === undefined ? {} : { query }),
    });
  };
  const call = async (request: Call): Promise<unknown> => checked(request, await send(request));
  const object = async (request: Call) => asObject(await call(request), request.what);
  const written = async (request: Call) => {
    const answer = await object(request);
    if (member(answer, 'success') === true) return answer;
    throw new ProtocolError(`answer of ${request.what}: success must be true`);
  };

  return {
    call,
    object,
    async write(request) {
      try {
        return await written(request);
      } catch (error) {
        if (!(error instanceof ProtocolError) || request.repeat !== 'never') throw error;
        throw new UnknownOutcome(`${request.what}: the answer cannot be read, so it may or may not have happened`, {
          why: error.message,
          hint: 'look before you repeat it',
          cause: error,
        });
      }
    },
    async bytes(request) {
      const answer = await send(request, '*/*');
      if (answer.status >= 400) checked(request, answer);
      return new Uint8Array(answer.body);
    },
    user: () => session.user(),
    host: new URL(base).host,
    async close() {
      await session.end();
      await http.close();
    },
  };
}

/** A picture as a file to upload. */
export function pictureFile({ mediaType, bytes }: Photo): Upload {
  const extension = /^image\/(jpeg|png|gif|webp|bmp)$/.exec(mediaType)?.[1] ?? 'img';
  return { name: `picture.${extension === 'jpeg' ? 'jpg' : extension}`, mediaType, bytes };
}
