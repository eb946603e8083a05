/** The one HTTP client: a keep-alive pool a profile, limits, repeats, renewal of the sign-in, a redacted trace. */
import { makeAnswer } from './answer.js';
import { interrupted } from './errors.js';
import { TransportFailure } from './failure.js';
import { beginJourney, maxBodyOf, type Journey, type Try } from './journey.js';
import { Pacer } from './pacer.js';
import { Policy } from './policy.js';
import { Redactor, secretValues, withoutValues } from './redact.js';
import { SignIn } from './sign-in.js';
import { Trace } from './trace.js';
import { Transport } from './transport.js';
import type { HttpAnswer, HttpCall, HttpClient, HttpClientOptions, HttpEnvironment, RetryEvent } from './types.js';
import { parseBase, requireSecure } from './url.js';

const DEFAULT_TIMEOUT = 30_000;
const MOST_CONNECT = 10_000;
/** Milliseconds that a write in flight gets to bring its answer home when the run is interrupted. */
const GRACE = 2_000;

/**
 * Opens a client; nothing is sent before the first call.
 *
 * @throws UsageError when the base is no URL, is plain http without leave, or the CA file holds no certificate
 */
export function openHttp(options: HttpClientOptions, env: HttpEnvironment): HttpClient {
  return new Client(options, env);
}

class Client implements HttpClient {
  readonly base: URL;
  private readonly pacer: Pacer;
  private readonly signIn: SignIn;
  private readonly redactor: Redactor;
  private readonly trace: Trace;
  private readonly transport: Transport;
  private readonly policy: Policy;
  /** Ways to stop the calls in flight when the run is interrupted. */
  private readonly stops = new Set<() => void>();
  private readonly onAbort = (): void => {
    this.pacer.abort(interrupted('waiting for the server'));
    for (const stop of this.stops) stop();
  };

  constructor(
    options: HttpClientOptions,
    private readonly env: HttpEnvironment,
  ) {
    this.base = parseBase(options.base);
    requireSecure(this.base, env.allowHttp);
    const limit = Math.max(1, Math.floor(env.concurrency ?? options.concurrency));
    this.pacer = new Pacer({ limit, perSecond: options.perSecond, clock: env.clock, signal: env.signal });
    this.signIn = new SignIn(options);
    this.redactor = new Redactor(options.secretNames);
    this.trace = new Trace(env.trace?.bind(env), this.redactor);
    const connectMs = Math.min(env.timeout ?? DEFAULT_TIMEOUT, MOST_CONNECT);
    this.transport = new Transport({ connections: limit, connectMs, ca: env.ca });
    const { pacer, signIn, redactor, trace } = this;
    this.policy = new Policy({
      pacer,
      signIn,
      redactor,
      trace,
      env,
      ratePause: options.ratePause,
      busy: options.busy?.bind(options),
    });
    env.signal.addEventListener('abort', this.onAbort);
  }

  async send(call: HttpCall): Promise<HttpAnswer> {
    const journey = beginJourney(call, this.base, this.env);
    for (;;) {
      if (this.env.signal.aborted) throw interrupted(call.what);
      const answer = await this.policy.judge(journey, await this.attempt(journey));
      if (answer) return answer;
    }
  }

  get retries(): number {
    return this.policy.retries;
  }

  pause(event: RetryEvent): void {
    this.policy.pause(event);
  }

  async close(): Promise<void> {
    this.env.signal.removeEventListener('abort', this.onAbort);
    await this.transport.close();
  }

  /** Waits for its turn, signs, sends once. Sign-in happens before the turn, so that a renewal never waits for itself. */
  private async attempt(journey: Journey): Promise<Try> {
    const anonymous = journey.call.anonymous === true;
    for (;;) {
      const shown: HttpCall = { ...journey.call, method: journey.method, url: journey.url.href };
      const signed = anonymous
        ? { headers: {}, generation: -1 }
        : await this.signIn.headers(shown, journey.url, journey.challenge);
      const slot = await this.turn(journey);
      if (!anonymous && this.signIn.isStale(signed)) {
        slot.release(false);
        continue;
      }
      let good = false;
      try {
        const headers = { ...journey.headers, ...signed.headers };
        journey.tries += 1;
        // Each Digest header counts up: where the next one can be made, this one is not used again.
        if (this.signIn.prepares) journey.challenge = undefined;
        const answer = await this.exchange(journey, headers);
        good = answer.status !== 429 && answer.status !== 503;
        return { signed, epoch: slot.epoch, answer };
      } catch (failure) {
        if (!(failure instanceof TransportFailure)) throw failure;
        this.trace.event(`${journey.call.what}: ${failure.reason}`, journey.secrets);
        return { signed, epoch: slot.epoch, failure };
      } finally {
        slot.release(good);
      }
    }
  }

  private async turn(journey: Journey): ReturnType<Pacer['acquire']> {
    try {
      return await this.pacer.acquire();
    } catch (error) {
      throw this.env.signal.aborted ? interrupted(journey.call.what) : error;
    }
  }

  private async exchange(journey: Journey, headers: Record<string, string>): Promise<HttpAnswer> {
    const { call, url, method, body } = journey;
    journey.secrets = secretValues(this.redactor, url, headers, call);
    this.trace.request({ method, url, headers, body }, journey.secrets);
    const started = this.env.clock.now();
    const idleMs = call.timeout ?? this.env.timeout ?? DEFAULT_TIMEOUT;
    const raw = await this.transport.send(
      {
        ...{ method, url, headers, body, idleMs },
        maxBody: maxBodyOf(call),
        totalMs: call.timeout ?? idleMs * 10,
        safe: journey.repeat === 'safe',
      },
      (stop) => this.register(journey.repeat === 'safe' ? stop : (): void => void setTimeout(stop, GRACE)),
    );
    this.trace.answer(raw, url, this.env.clock.now() - started, journey.secrets);
    const { secrets } = journey;
    const words = (text: string): string => withoutValues(text, secrets);
    return makeAnswer(raw, url.href, call.what, { words, quote: (text) => words(this.redactor.body(text, '')) });
  }

  private register(stop: () => void): () => void {
    this.stops.add(stop);
    if (this.env.signal.aborted) stop();
    return () => this.stops.delete(stop);
  }
}
