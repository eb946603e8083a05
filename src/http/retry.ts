/** When a call is sent again, and after how long. Pure: time and chance come from the caller. */
import type { Repeat } from './types.js';

/** First wait, longest wait, and the longest wait that a server may ask for, in milliseconds. */
export const BACKOFF_FIRST = 250;
export const BACKOFF_MOST = 30_000;
export const RETRY_AFTER_MOST = 300_000;
const RATE_MOST = 60_000;

/**
 * Milliseconds to wait by a `Retry-After` header: seconds or an HTTP date (RFC 9110, section 10.2.3), relative to
 * `now` (milliseconds since the epoch). Undefined when absent or nonsense; 0 for a date that has passed.
 */
export function retryAfterMs(header: string | undefined, now: number): number | undefined {
  const text = header?.trim() ?? '';
  if (/^\d+(?:\.\d+)?$/.test(text)) return Math.ceil(Number(text) * 1000);
  if (!/^[A-Za-z]{3,9}, |^[A-Za-z]{3} [A-Za-z]{3} /.test(text)) return undefined;
  const at = Date.parse(/GMT|UTC|[+-]\d{4}$/.test(text) ? text : `${text} GMT`);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}

/** Exponential backoff with full jitter: anything from 0 to 250 ms, 500 ms, 1 s … 30 s. `random` is in 0..1. */
export function backoffMs(attempt: number, random: number): number {
  return Math.round(random * Math.min(BACKOFF_MOST, BACKOFF_FIRST * 2 ** Math.min(attempt, 20)));
}

/** The pause after a 429 of a server that counts by the minute: `first`, then double, up to a minute. */
export function rateMs(attempt: number, first: number): number {
  return Math.min(RATE_MOST, first * 2 ** Math.min(attempt, 20));
}

/**
 * - `return`: the driver reads the answer. - `repeat`: send it again, at most `most` times.
 * - `refused`: a 5xx that says it was not and will not be done. - `unknown`: it may have been done.
 */
export type Verdict = { kind: 'return' } | { kind: 'refused' } | { kind: 'unknown' } | { kind: 'repeat'; most: number };

const REFUSED = new Set([501, 505, 507, 508, 510, 511]);
const PASSING = new Set([502, 503, 504, 509, 520, 521, 522, 523, 524, 529, 530]);

/** What to do about a status that the driver did not ask to see. 401 is not decided here. */
export function judgeStatus(status: number, repeat: Repeat): Verdict {
  // Refused by the rate limiter before it was processed (RFC 6585, section 4): even a create may be sent again.
  if (status === 429) return { kind: 'repeat', most: Infinity };
  if (status < 500 && status !== 408) return { kind: 'return' };
  if (REFUSED.has(status)) return { kind: 'refused' };
  if (repeat === 'never') return { kind: 'unknown' };
  return { kind: 'repeat', most: status === 408 || PASSING.has(status) ? Infinity : 1 };
}
