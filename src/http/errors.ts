/** The errors of calls, in words: what failed, why in the server's words, what to try. */
import {
  AuthError,
  Interrupted,
  ProtocolError,
  Refused,
  Unavailable,
  UnknownOutcome,
  UsageError,
  type CardferryError,
  type ErrorDetails,
} from '../model/errors.js';
import { printable } from '../model/text.js';
import { isWebPage, serverWords } from './answer.js';
import type { TransportFailure } from './failure.js';
import type { HttpAnswer } from './types.js';

const STATUS_TEXT: Record<number, string> = {
  401: 'Unauthorized',
  408: 'Request Timeout',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
  507: 'Insufficient Storage',
};

/** "503 Service Unavailable" */
export function statusText(status: number): string {
  const text = STATUS_TEXT[status];
  return text === undefined ? String(status) : `${status} ${text}`;
}

/** Facts of a call that its errors need. */
export interface CallFacts {
  what: string;
  host: string;
  /** How often it was sent, or tried to be sent. */
  tries: number;
  /** Removes the call's own secrets from a text. */
  clean(text: string): string;
}

function times(tries: number): string {
  return tries > 1 ? `, tried ${tries} times` : '';
}

function answered(facts: CallFacts, answer: HttpAnswer): ErrorDetails {
  const words = serverWords(answer);
  const page = isWebPage(answer) ? { why: 'it answered with a web page' } : {};
  return { status: answer.status, ...(words === undefined ? page : { why: facts.clean(words) }) };
}

export function interrupted(what: string): Interrupted {
  return new Interrupted(`interrupted: ${what}`, { hint: 'run the same command again to go on' });
}

export function authError(facts: CallFacts, answer: HttpAnswer): AuthError {
  const status =
    answer.status === 401 ? `${statusText(401)} from ${facts.host}` : `the session at ${facts.host} has ended`;
  return new AuthError(`cannot ${facts.what}: not signed in (${status})`, {
    ...answered(facts, answer),
    status: 401,
    hint: 'check user and password with `cardferry profile test`; change them with `cardferry profile edit`',
  });
}

/** A status that was not overcome. `unknown`: the write may have happened. */
export function statusError(
  facts: CallFacts,
  answer: HttpAnswer,
  kind: 'unavailable' | 'refused' | 'unknown',
): CardferryError {
  const status = statusText(answer.status);
  const details = answered(facts, answer);
  if (kind === 'unknown') return unknownOutcome(facts, `the server answered ${status}`, details);
  if (kind === 'refused') {
    const hint = 'check --url; run it again with --debug to see the answer';
    return new Refused(`cannot ${facts.what}: the server answered ${status}`, { ...details, hint });
  }
  const hint =
    answer.status === 429
      ? 'try again later, or with a lower --concurrency'
      : 'try again later; what was done so far is kept';
  return new Unavailable(`cannot ${facts.what}: the server answered ${status}${times(facts.tries)}`, {
    ...details,
    hint,
  });
}

export function waitTooLong(facts: CallFacts, answer: HttpAnswer, waitMs: number): Unavailable {
  const minutes = Math.ceil(waitMs / 60_000);
  const wait = minutes < 120 ? `${minutes} minutes` : `${Math.ceil(minutes / 60)} hours`;
  return new Unavailable(`cannot ${facts.what}: the server asks to wait ${wait} (${statusText(answer.status)})`, {
    ...answered(facts, answer),
    hint: `run it again in ${wait}`,
  });
}

function unknownOutcome(facts: CallFacts, reason: string, details: ErrorDetails): UnknownOutcome {
  return new UnknownOutcome(`${facts.what}: ${reason}, so it may or may not have happened`, {
    hint: 'look before you repeat it; `cardferry undo --list` shows what was sent',
    ...details,
  });
}

/** A failure that was not overcome. `unknown`: the write may have happened. */
export function failureError(
  facts: CallFacts,
  failure: TransportFailure,
  unknown: boolean,
  limit: number,
): CardferryError {
  const reason = printable(facts.clean(failure.reason));
  const details: ErrorDetails = { cause: failure };
  if (failure.kind === 'aborted') return interrupted(facts.what);
  if (failure.kind === 'invalid')
    return new UsageError(`cannot ${facts.what}: not allowed in HTTP: ${reason}`, details);
  if (failure.kind === 'cap') {
    return new ProtocolError(`cannot ${facts.what}: the answer is larger than the limit of ${limit} bytes`, details);
  }
  if (unknown) return unknownOutcome(facts, failure.kind === 'timeout' ? 'no answer came in time' : reason, details);
  if (failure.kind === 'garbled') return new ProtocolError(`cannot ${facts.what}: ${reason}`, details);
  const text = `cannot ${facts.what}: ${reason} (${facts.host}${times(facts.tries)})`;
  return new Unavailable(text, { ...details, hint: hintFor(failure) });
}

function hintFor(failure: TransportFailure): string {
  if (failure.kind === 'tls') {
    return 'if a private authority signed the certificate, give it with --option ca-file=FILE; the host name must be the one in the certificate';
  }
  if (failure.kind === 'dns') return 'check the host name of the URL';
  if (failure.kind === 'timeout') return 'try again later, or with a longer --timeout';
  return failure.kind === 'connect' ? 'check host and port of the URL, and that the server runs' : 'try again later';
}
