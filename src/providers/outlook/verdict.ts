/** What an answer inside a batch means for its call, by the client's own rules for whole calls. */
import { judgeStatus } from '../../http/retry.js';
import type { Repeat } from '../../http/types.js';
import { Unavailable } from '../../model/errors.js';
import type { Call } from './call.js';

/**
 * `done`: the driver reads it. `refused`: by the rate limiter, to be sent again after a pause. `unknown`: it may have
 * been done. `alone`: to be sent as a call of its own, which the client repeats and signs in as it is due.
 */
export type Verdict = 'done' | 'refused' | 'unknown' | 'alone';

/** @param status undefined when the batch brought no answer to the call */
export function judgeItem(status: number | undefined, repeat: Repeat): Verdict {
  if (status === undefined) return repeat === 'never' ? 'unknown' : 'alone';
  if (status === 429 || (status === 503 && repeat !== 'never')) return 'refused';
  // Not signed in, so not processed.
  if (status === 401) return 'alone';
  const { kind } = judgeStatus(status, repeat);
  if (kind === 'return' || kind === 'refused') return 'done';
  return kind === 'unknown' ? 'unknown' : 'alone';
}

export function busyOver({ what, contact }: Call, status: number, waitMs: number): Unavailable {
  return new Unavailable(`cannot ${what}: the server answered ${status} too often`, {
    status,
    why: `it asks to wait ${Math.ceil(waitMs / 1000)} seconds`,
    hint: 'try again later, or with a lower --concurrency',
    ...(contact === undefined ? {} : { contact }),
  });
}
