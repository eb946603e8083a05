/** What follows a try: the driver gets the answer, the call goes out again, or it is given up with an error. */
import {
  authError,
  failureError,
  interrupted,
  statusError,
  statusText,
  waitTooLong,
  type CallFacts,
} from './errors.js';
import type { TransportFailure } from './failure.js';
import { maxBodyOf, type Journey, type Try } from './journey.js';
import type { Pacer } from './pacer.js';
import { nextHop } from './redirect.js';
import { withoutValues, type Redactor } from './redact.js';
import { backoffMs, rateMs, judgeStatus, RETRY_AFTER_MOST, retryAfterMs } from './retry.js';
import type { SignIn, Signed } from './sign-in.js';
import type { Trace } from './trace.js';
import type { HttpAnswer, HttpCall, HttpClientOptions, HttpEnvironment, RetryEvent } from './types.js';
import { requireSecure } from './url.js';

const DEFAULT_RETRIES = 4;

/** Repeats that each kind of failure is worth, within the call's own number. */
const MOST: Record<TransportFailure['kind'], number> = {
  aborted: 0,
  invalid: 0,
  cap: 0,
  tls: 0,
  dns: 1,
  garbled: 1,
  connect: Infinity,
  timeout: Infinity,
  broken: Infinity,
};

export interface PolicyParts {
  pacer: Pacer;
  signIn: SignIn;
  redactor: Redactor;
  trace: Trace;
  env: HttpEnvironment;
  /** See `HttpClientOptions.ratePause`. */
  ratePause?: number | undefined;
  /** See `HttpClientOptions.busy`. */
  busy?: HttpClientOptions['busy'] | undefined;
}

export class Policy {
  constructor(private readonly parts: PolicyParts) {}

  /** The answer for the driver, or undefined when the call shall go out again (after the wait that is due). */
  async judge(journey: Journey, result: Try): Promise<HttpAnswer | undefined> {
    if (result.failure) return this.afterFailure(journey, result.failure);
    const { answer, signed, epoch } = result;
    const { call } = journey;
    const accepted = call.accept?.includes(answer.status) === true;
    const expired = call.anonymous !== true && this.parts.signIn.isExpired(answer);
    if (expired || (answer.status === 401 && !accepted)) {
      await this.signInAgain(journey, answer, signed, expired);
      return undefined;
    }
    if (this.parts.busy?.(answer) === true && (await this.afterBusy(journey))) return undefined;
    if (accepted) return answer;
    if (this.redirect(journey, answer)) return undefined;
    return this.afterStatus(journey, answer, epoch);
  }

  get retries(): number {
    return this.parts.env.retries ?? DEFAULT_RETRIES;
  }

  /** See `HttpClient.pause`. */
  pause(event: RetryEvent): void {
    const { pacer, trace, env } = this.parts;
    pacer.complain(undefined, Math.min(event.waitMs, RETRY_AFTER_MOST));
    trace.event(`${event.what}: ${event.reason}; again in ${event.waitMs} ms`);
    env.onRetry?.(event);
  }

  private facts(journey: Journey): CallFacts {
    const clean = (text: string): string => withoutValues(text, journey.secrets);
    return { what: journey.call.what, host: journey.url.host, tries: journey.tries, clean };
  }

  /** A call whose sign-in was refused was not processed: even a create may go out again. */
  private async signInAgain(journey: Journey, answer: HttpAnswer, signed: Signed, expired: boolean): Promise<void> {
    const { call } = journey;
    const { signIn, trace } = this.parts;
    if (call.anonymous === true) throw authError(this.facts(journey), answer);
    if (!expired && !journey.challenged) {
      const asked: HttpCall = { ...call, method: journey.method, url: journey.url.href };
      const headers = signIn.challenge(answer, asked);
      if (headers) {
        journey.challenged = true;
        journey.challenge = headers;
        return;
      }
    }
    if (journey.renewed) throw authError(this.facts(journey), answer);
    journey.renewed = true;
    journey.challenge = undefined;
    trace.event(`${call.what}: the sign-in has expired`);
    if (!(await signIn.renew(signed))) throw authError(this.facts(journey), answer);
  }

  /** True when the answer is a redirect, which the journey follows now. */
  private redirect(journey: Journey, answer: HttpAnswer): boolean {
    const { call, url, method, hops } = journey;
    const show = (target: URL): string => withoutValues(this.parts.redactor.url(target.href), journey.secrets);
    const hop = nextHop(answer, { what: call.what, url, method, hops, show, anonymous: call.anonymous === true });
    if (!hop) return false;
    requireSecure(hop.url, this.parts.env.allowHttp);
    journey.hops += 1;
    journey.url = hop.url;
    journey.method = hop.method;
    // Its headers were made for the URL that redirects.
    journey.challenge = undefined;
    journey.challenged = false;
    if (!hop.keepBody) journey.body = undefined;
    journey.headers = Object.fromEntries(
      Object.entries(journey.headers).filter(
        ([name]) =>
          (hop.keepBody || !name.startsWith('content-')) && !(hop.foreign && this.parts.redactor.isSecret(name)),
      ),
    );
    return true;
  }

  private async afterStatus(journey: Journey, answer: HttpAnswer, epoch: number): Promise<HttpAnswer | undefined> {
    const { status } = answer;
    const verdict = judgeStatus(status, journey.repeat);
    const asked = status >= 400 ? retryAfterMs(answer.header('retry-after'), this.parts.env.clock.now()) : undefined;
    const pause = asked !== undefined && asked > 0 ? asked : undefined;
    const wait = pause ?? this.unasked(journey, status);
    const paced = status === 429 || status === 503;
    if (paced) this.parts.pacer.complain(epoch, Math.min(status === 429 ? wait : (pause ?? 0), RETRY_AFTER_MOST));
    if (verdict.kind === 'return') return answer;
    const facts = this.facts(journey);
    if (verdict.kind !== 'repeat') throw statusError(facts, answer, verdict.kind);
    if (wait > RETRY_AFTER_MOST) throw waitTooLong(facts, answer, wait);
    if (!this.mayRepeat(journey, String(status), verdict.most)) throw statusError(facts, answer, 'unavailable');
    // The pacer holds back this call with all others until the pause is over.
    await this.repeat(journey, statusText(status), wait, paced && (status === 429 || pause !== undefined));
    return undefined;
  }

  /** True when the call goes out again; else the driver says what the answer means. */
  private async afterBusy(journey: Journey): Promise<boolean> {
    const wait = this.backoff(journey);
    if (journey.repeat === 'never' || !this.mayRepeat(journey, 'busy', Infinity)) return false;
    await this.repeat(journey, 'the server is busy', wait, false);
    return true;
  }

  private async afterFailure(journey: Journey, failure: TransportFailure): Promise<undefined> {
    const unknown = failure.sent && journey.repeat === 'never';
    const wait = this.backoff(journey);
    if (unknown || !this.mayRepeat(journey, failure.kind, MOST[failure.kind])) {
      throw failureError(this.facts(journey), failure, unknown, maxBodyOf(journey.call));
    }
    await this.repeat(journey, failure.reason, wait, false);
    return undefined;
  }

  /** The wait when the server names none. */
  private unasked(journey: Journey, status: number): number {
    const { ratePause } = this.parts;
    return status === 429 && ratePause !== undefined ? rateMs(journey.repeats, ratePause) : this.backoff(journey);
  }

  private backoff(journey: Journey): number {
    return backoffMs(journey.repeats, (this.parts.env.random ?? Math.random)());
  }

  private mayRepeat(journey: Journey, kind: string, most: number): boolean {
    const spent = journey.spent.get(kind) ?? 0;
    if (spent >= most || journey.repeats >= this.retries) return false;
    journey.spent.set(kind, spent + 1);
    journey.repeats += 1;
    return true;
  }

  private async repeat(journey: Journey, reason: string, waitMs: number, paced: boolean): Promise<void> {
    const { env, trace } = this.parts;
    const { what } = journey.call;
    trace.event(`${what}: ${reason}; again in ${waitMs} ms`, journey.secrets);
    env.onRetry?.({ what, reason, waitMs, attempt: journey.repeats });
    if (paced) return;
    try {
      await env.clock.sleep(waitMs, env.signal);
    } catch (error) {
      throw env.signal.aborted ? interrupted(what) : error;
    }
  }
}
