/** What a driver says about a call, and what it gets back. The client behind it: `client.ts`. */
import type { Secret } from '../model/text.js';

/**
 * Whether the client may send a call again after it may have reached the server:
 * `safe` reads, `idempotent` writes that end in the same state, `never` (a second one could make a second contact).
 */
export type Repeat = 'safe' | 'idempotent' | 'never';

export interface HttpCall {
  method: string;
  /** Absolute URL, or a path relative to the client's base. Only the base's origin is ever called with credentials. */
  url: string;
  query?: Record<string, string | number | boolean | undefined>;
  headers?: Record<string, string>;
  body?: string | Uint8Array;
  repeat: Repeat;
  /** What it is for, in the words of an error: "list contacts", "create the contact". */
  what: string;
  /** Statuses outside 2xx that the driver wants to see as they are: no retry, no error. */
  accept?: readonly number[];
  /** Do not add credentials (sign-in calls). No renewal either. Only such calls may go to another origin. */
  anonymous?: boolean;
  /** Cap of the answer's body in bytes, when the client's default does not fit. */
  maxBody?: number;
  /** Overall limit for this call in milliseconds, when the client's default does not fit. */
  timeout?: number;
}

export interface HttpAnswer {
  status: number;
  /** The URL that answered, after redirects. */
  url: string;
  /** First value of a header, by lower-case name. */
  header(name: string): string | undefined;
  /** All values of a header (several DAV headers come). */
  headers(name: string): string[];
  body: Buffer;
  /** The body as text: the charset of the content type, else UTF-8. */
  text(): string;
  /** The body as JSON. Throws ProtocolError when it is HTML, cut or nonsense, with the start of what came. */
  json(): unknown;
}

/** Answers to a 401 challenge; `prepare`, where there is one, signs a first try with what is known by then. */
export interface Challenge {
  (answer: HttpAnswer, call: HttpCall): Record<string, string> | undefined;
  /** `url` is absolute. Undefined before the first challenge. */
  prepare?(method: string, url: string): Record<string, string> | undefined;
}

export interface HttpClientOptions {
  /** Origin and base path, such as `https://mail.example.com/WorldClientAPI/`. */
  base: string;
  /** Headers that sign a call in (`Authorization`, `X-CSRF-Token`). Called before each non-anonymous call. */
  authorize?(call: HttpCall): Promise<Record<string, string>> | Record<string, string>;
  /**
   * Signs in again. Single-flight: concurrent expirations wait for one renewal, and so do calls that come meanwhile;
   * its own calls must therefore be `anonymous`. Throws AuthError when refused: then no further sign-in is tried.
   */
  renew?(): Promise<void>;
  /** Says that an answer means "session expired", beside status 401. */
  expired?(answer: HttpAnswer): boolean;
  /**
   * Says that an answer of any status means "not now, try again later". Calls that may be repeated are, by the same
   * rules as after a 503; then the driver gets the answer. Calls of `repeat: 'never'` get it at once.
   */
  busy?(answer: HttpAnswer): boolean;
  /** Answers to a 401 challenge (Digest): headers for a second try, or undefined. */
  challenge?: Challenge;
  /** Most calls in flight at a time; the profile's `--concurrency` may lower or raise it. */
  concurrency: number;
  /** Most calls begun within any second, repeats and sign-ins included. No limit when absent. */
  perSecond?: number;
  /**
   * Milliseconds of the first pause after a 429 that names none; it doubles, up to a minute. For servers that count by
   * the minute. Without it such a pause is as short as after other failures.
   */
  ratePause?: number;
  /** Query parameters and headers to redact beside the common ones. */
  secretNames?: readonly string[];
}

export interface HttpClient {
  readonly base: URL;
  /**
   * Sends a call. Returns any 2xx and 3xx-after-redirects answer, any status in `accept`, and 4xx answers other than
   * 401 and 429 as they are (the driver reads them). Obeys Retry-After on 429 and 503, repeats by the call's rule,
   * renews the sign-in once on 401.
   *
   * @throws Unavailable when it cannot connect, times out, or 429/5xx persist;
   *   UnknownOutcome when a `never` call may have reached the server and no usable answer came (also on 408 and 5xx);
   *   Refused on 501, 505, 507 and the like, which say that it was not done and will not be;
   *   AuthError on 401 after renewal; ProtocolError when the body is over the cap, or for a redirect that is not followed
   *   (another server, plain http, a loop); Interrupted when the run was aborted.
   */
  send(call: HttpCall): Promise<HttpAnswer>;
  /** How often a call may be repeated (`--retries`). */
  readonly retries: number;
  /**
   * For an answer some parts of which the rate limiter refused (429 inside a batch): as after a 429 of a whole call,
   * fewer calls are in flight, and none starts for `waitMs`. The driver sends those parts again at once.
   */
  pause(event: RetryEvent): void;
  close(): Promise<void>;
}

/** A wait before something is sent again: its `attempt`-th repeat. */
export interface RetryEvent {
  what: string;
  reason: string;
  waitMs: number;
  attempt: number;
}

/** What the client needs from outside: time, cancellation, limits, a place for the trace. */
export interface HttpEnvironment {
  clock: Clock;
  signal: AbortSignal;
  /** Milliseconds without an answer before a call is given up (default 30,000). */
  timeout?: number;
  /** Repeats beyond the first try (default 4). */
  retries?: number;
  concurrency?: number;
  allowHttp?: boolean;
  /** PEM of a private certificate authority. */
  ca?: string;
  userAgent: string;
  /** Redacted lines for `--debug`. */
  trace?(line: string): void;
  /** Chance for the waits between repeats, 0..1 (default Math.random); replaceable in tests. */
  random?(): number;
  /** Told of each wait and repeat, for progress. */
  onRetry?(event: RetryEvent): void;
}

/** Time, replaceable in tests. */
export interface Clock {
  now(): number;
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export interface BasicCredentials {
  user: string;
  password: Secret;
}
