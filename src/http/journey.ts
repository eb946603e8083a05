/** A call on its way: what is sent next, and what has happened to it so far. */
import { ProtocolError } from '../model/errors.js';
import { lowerCased } from './headers.js';
import type { TransportFailure } from './failure.js';
import type { Signed } from './sign-in.js';
import type { HttpAnswer, HttpCall, HttpEnvironment, Repeat } from './types.js';
import { callUrl, requireSecure } from './url.js';

const DEFAULT_MAX_BODY = 256 * 1024 * 1024;

export interface Journey {
  readonly call: HttpCall;
  url: URL;
  method: string;
  body: HttpCall['body'];
  /** Lower-case names; without those that sign in. */
  headers: Record<string, string>;
  repeat: Repeat;
  /** Times it was sent, or tried to be sent. */
  tries: number;
  /** Repeats so far, all and by kind of trouble. */
  repeats: number;
  readonly spent: Map<string, number>;
  hops: number;
  renewed: boolean;
  /** Headers that answer a 401 challenge. */
  challenge: Record<string, string> | undefined;
  challenged: boolean;
  /** Secret values of the last try, to keep them out of texts. */
  secrets: readonly string[];
}

/** What one try brought, the sign-in it was made with, and the pacer's epoch. */
export type Try = { signed: Signed; epoch: number } & (
  { answer: HttpAnswer; failure?: undefined } | { answer?: undefined; failure: TransportFailure }
);

/**
 * @throws UsageError for plain http without leave
 * @throws ProtocolError for a URL that is none, or of another origin than the base unless the call is anonymous
 */
export function beginJourney(call: HttpCall, base: URL, env: HttpEnvironment): Journey {
  const url = callUrl(call, base);
  requireSecure(url, env.allowHttp);
  if (call.anonymous !== true && url.origin !== base.origin) {
    throw new ProtocolError(`cannot ${call.what}: ${url.origin} is another server than ${base.origin}`, {
      hint: `the credentials of this profile do not go there; if your account is there, use --url ${url.origin}`,
    });
  }
  const headers = { 'user-agent': env.userAgent, 'accept-encoding': 'gzip', ...lowerCased(call.headers ?? {}) };
  const { method, body, repeat } = call;
  const fresh = { tries: 0, repeats: 0, spent: new Map<string, number>(), hops: 0, renewed: false, challenged: false };
  return { call, url, method, body, headers, repeat, ...fresh, challenge: undefined, secrets: [] };
}

/** The cap of the answer's body in bytes. */
export function maxBodyOf(call: HttpCall): number {
  return call.maxBody ?? DEFAULT_MAX_BODY;
}
