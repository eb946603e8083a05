/** Reading Filemail's answers: HTTP 200 is not success, the body decides (vendor page "ApiDocumentation"). */
import { clip, serverWords } from '../../http/answer.js';
import { asObject } from '../../http/check.js';
import type { HttpAnswer } from '../../http/types.js';
import {
  AuthError,
  NotFound,
  ProtocolError,
  Refused,
  Unavailable,
  UnknownOutcome,
  type CardferryError,
  type ErrorDetails,
} from '../../model/errors.js';

/** Members by lower-case name, none of them null: the vendor writes `contacts` and `Contacts`. */
export type Fields = ReadonlyMap<string, unknown>;

/** @throws ProtocolError naming `where` */
export function fieldsOf(value: unknown, where: string): Fields {
  const fields = new Map<string, unknown>();
  for (const [name, member] of Object.entries(asObject(value, where))) {
    const key = name.toLowerCase();
    if (member !== null && member !== undefined && !fields.has(key)) fields.set(key, member);
  }
  return fields;
}

/** A text; ids and error codes may come as numbers. '' when absent. @throws ProtocolError naming `where` */
export function textOf(fields: Fields, key: string, where: string): string {
  const value = fields.get(key);
  if (value === undefined) return '';
  if (typeof value === 'string') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  throw new ProtocolError(`answer of ${where}.${key} must be a text`);
}

/** What a failed call said. */
export interface Failure {
  /** `errorcode`; undefined when there is none, or nothing of it can be read. */
  code: number | undefined;
  words: string | undefined;
  status: number;
}

export type Verdict = { fields: Fields; failure?: undefined } | { failure: Failure };

const EXPIRED = 2003;
const INTERRUPTED = 1009;
const INVALID_PARAMETER = 1002;
const NOT_FOUND = 1005;

export const isExpired = (failure: Failure): boolean => failure.code === EXPIRED;

function codeOf(fields: Fields): number | undefined {
  const value = fields.get('errorcode');
  if (value === undefined || value === '' || value === 0 || value === '0') return undefined;
  const code = typeof value === 'string' || typeof value === 'number' ? Number(value) : NaN;
  return Number.isInteger(code) ? code : -1;
}

/** Name and sentence of a failure: `InvalidParameter: Contact not found`. */
function wordsOf(fields: Fields): string | undefined {
  const texts = ['errorname', 'responsestatus', 'status'].map((key) => fields.get(key));
  const name = texts.find((text) => typeof text === 'string' && !/^(?:ok|error|)$/i.test(text));
  const words = [name, fields.get('errormessage')].filter((text) => typeof text === 'string' && text.trim() !== '');
  return words.length === 0 ? undefined : clip(words.join(': '), 200);
}

/**
 * Success is `responsestatus` (in `group/get` `status`) "ok" in any case and no `errorcode`. Both styles of failure
 * are understood: `{responsestatus, errorcode, errormessage}` and `{status: "error", errorcode, errorname, …}`.
 * @throws ProtocolError for HTML, cut JSON, or JSON that says neither
 */
export function judge(answer: HttpAnswer, what: string): Verdict {
  const { status } = answer;
  let fields: Fields;
  try {
    fields = fieldsOf(answer.json(), what);
  } catch (error) {
    if (status < 400) throw error;
    return { failure: { code: undefined, words: serverWords(answer), status } };
  }
  const said = [fields.get('responsestatus'), fields.get('status')].filter((text) => text !== undefined);
  const code = codeOf(fields);
  if (code === undefined && said.length === 0 && status < 400) {
    throw new ProtocolError(`answer of ${what}: there is no status in it`, {
      hint: 'check the URL with `cardferry profile test`; a proxy or a login page may be in between',
    });
  }
  const ok = said.length > 0 && said.every((text) => typeof text === 'string' && text.toLowerCase() === 'ok');
  if (ok && code === undefined && status < 400) return { fields };
  return { failure: { code, words: wordsOf(fields), status } };
}

/** "ServiceInterruption": a short answer with that code, whatever else it says. */
export function isBusy(answer: HttpAnswer): boolean {
  if (answer.body.length > 2048 || !answer.body.includes(String(INTERRUPTED))) return false;
  try {
    return codeOf(fieldsOf(answer.json(), '')) === INTERRUPTED;
  } catch {
    return false;
  }
}

const BROWSER = 'sign in at Filemail with a browser once and do it there';
const SSO = 'use an account with a password of its own: a command line cannot pass single sign-on';
const FACTOR = 'use an account without two-step verification: a command line cannot pass it';

/** Codes that say why somebody is not let in (vendor page "ApiDocumentation", error codes). */
const AUTH: Record<number, { why: string; hint: string }> = {
  2001: {
    why: 'wrong user or password',
    hint: 'the user is the whole e-mail address; change both with `cardferry profile edit`',
  },
  2002: { why: 'the password is too weak and must be changed', hint: `${BROWSER}, then store the new one` },
  2003: { why: 'the sign-in is not valid any more', hint: 'check it with `cardferry profile test`' },
  2004: { why: 'the account has expired', hint: 'renew it at Filemail' },
  2005: { why: 'a captcha must be solved first', hint: BROWSER },
  2006: { why: "the company's directory (LDAP) could not make the user", hint: 'ask the administrator' },
  2007: {
    why: "wrong user or password in the company's directory (LDAP)",
    hint: 'change it with `cardferry profile edit`',
  },
  2009: { why: "the company's own sign-in is required", hint: SSO },
  2016: { why: 'the account asks for a second factor', hint: FACTOR },
  2017: { why: 'the account asks for a second factor', hint: FACTOR },
  2018: { why: 'the account asks for a second factor', hint: FACTOR },
  2019: { why: 'the password must be reset first', hint: `${BROWSER}, then store the new one` },
  2040: { why: 'the sign-in has expired', hint: 'check it with `cardferry profile test`' },
  2041: { why: 'the sign-in was used already', hint: 'check it with `cardferry profile test`' },
};
for (const code of [2011, 2012, 2013, 2014, 2015, 2020, 2021, 2022]) {
  AUTH[code] = { why: 'the account signs in by single sign-on', hint: SSO };
}

function detailsOf({ words, status }: Failure, more: ErrorDetails = {}): ErrorDetails {
  return { status, ...(words === undefined ? {} : { why: words }), ...more };
}

function interrupted(what: string, failure: Failure): Unavailable {
  const hint = 'the service is interrupted; try again later';
  return new Unavailable(`cannot ${what}: Filemail is not available now`, detailsOf(failure, { hint }));
}

/** The error of a refused sign-in. */
export function signInError(failure: Failure, hasApiKey: boolean): CardferryError {
  if (failure.code === INTERRUPTED) return interrupted('sign in', failure);
  const known = AUTH[failure.code ?? -1];
  if (known !== undefined)
    return new AuthError(`cannot sign in: ${known.why}`, detailsOf(failure, { hint: known.hint }));
  const hint = hasApiKey
    ? 'check user, password and API key with `cardferry profile edit`'
    : 'the server may want an API key: `cardferry profile edit NAME --secret-stdin password,apikey`';
  return new AuthError('cannot sign in: Filemail refused', detailsOf(failure, { hint }));
}

export interface About {
  what: string;
  /** What an id in the call stands for: with one, 1002 says that there is no such thing. */
  about?: string;
  contact?: string;
  /** A second try could make a second contact. */
  once: boolean;
}

/** The error of a failed call, by `errorcode` alone. */
export function callError(failure: Failure, { what, about, contact, once }: About): CardferryError {
  const { code } = failure;
  const subject = contact === undefined ? {} : { contact };
  if (code === INTERRUPTED && once) {
    return new UnknownOutcome(`${what}: the service was interrupted, so it may or may not have happened`, {
      ...detailsOf(failure, { hint: 'look before you repeat it' }),
    });
  }
  if (code === INTERRUPTED) return interrupted(what, failure);
  const auth = AUTH[code ?? -1];
  if (auth !== undefined) return new AuthError(`cannot ${what}: ${auth.why}`, detailsOf(failure, { hint: auth.hint }));
  if (code === NOT_FOUND || (code === INVALID_PARAMETER && about !== undefined)) {
    return new NotFound(`cannot ${what}: there is no such ${about ?? 'contact'}`, detailsOf(failure, subject));
  }
  if (code === undefined && failure.status === 401) {
    return new AuthError(`cannot ${what}: not signed in`, detailsOf(failure));
  }
  const reason = code === 2008 ? 'you have no permission for it' : 'Filemail refused';
  return new Refused(`cannot ${what}: ${reason}`, detailsOf(failure, subject));
}
