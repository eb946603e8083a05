/** One request, one answer or one failure, over undici: time limits, body cap, decoding. No policy. */
import { rootCertificates } from 'node:tls';
import type { Dispatcher, Pool } from 'undici';
import { UsageError } from '../model/errors.js';
import type { RawAnswer } from './answer.js';
import { BodySink } from './body.js';
import { TransportFailure, failureOf } from './failure.js';

export interface WireRequest {
  method: string;
  url: URL;
  headers: Record<string, string>;
  body: string | Uint8Array | undefined;
  maxBody: number;
  /** Milliseconds until the headers of the answer, and between two pieces of its body. */
  idleMs: number;
  /** Milliseconds for all of it. */
  totalMs: number;
  /** Whether undici may pipeline it or take it for harmless. */
  safe: boolean;
}

export interface TransportOptions {
  connections: number;
  /** Milliseconds for a connection, TLS included. */
  connectMs: number;
  ca: string | undefined;
}

function headerMap(headers: Record<string, string | string[] | undefined>): Map<string, string[]> {
  const map = new Map<string, string[]>();
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) map.set(name.toLowerCase(), Array.isArray(value) ? value : [value]);
  }
  return map;
}

/** One exchange in progress: what undici tells, turned into one promise. */
class Exchange implements Dispatcher.DispatchHandler {
  readonly answer: Promise<RawAnswer>;
  /** Told when the exchange is over, either way. */
  onDone: () => void = () => undefined;
  sent = false;
  private resolve!: (answer: RawAnswer) => void;
  private reject!: (failure: TransportFailure) => void;
  private controller: Dispatcher.DispatchController | undefined;
  private failure: TransportFailure | undefined;
  private done = false;
  private head: { status: number; headers: Map<string, string[]>; sink: BodySink } | undefined;

  constructor(private readonly request: WireRequest) {
    this.answer = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    if (this.failure) controller.abort(this.failure);
    else this.sent = true;
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    if (status < 200) return;
    const map = headerMap(headers);
    const sink = new BodySink(map.get('content-encoding')?.join(',') ?? '', this.request.maxBody, (failure) =>
      this.fail(failure),
    );
    this.head = { status, headers: map, sink };
    const length = Number(map.get('content-length')?.[0] ?? 0);
    if (this.request.method !== 'HEAD' && length > this.request.maxBody) sink.tooLarge();
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.head?.sink.write(chunk);
  }

  onResponseEnd(): void {
    const head = this.head;
    if (!head) return;
    void head.sink.end().then((body) => {
      if (body !== undefined) this.finish(() => this.resolve({ status: head.status, headers: head.headers, body }));
    });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.fail(error);
  }

  fail(error: unknown): void {
    if (this.done) return;
    const failure = failureOf(error, this.sent);
    this.failure = failure;
    this.head?.sink.destroy();
    this.finish(() => this.reject(failure));
    if (this.controller?.aborted === false) this.controller.abort(failure);
  }

  private finish(settle: () => void): void {
    if (this.done) return;
    this.done = true;
    settle();
    this.onDone();
  }
}

/** Pools by origin; undici is loaded with the first request. */
export class Transport {
  private readonly pools = new Map<string, Pool>();
  private closed = false;

  /** @throws UsageError when `ca` holds no certificate */
  constructor(private readonly options: TransportOptions) {
    if (options.ca !== undefined && !options.ca.includes('-----BEGIN CERTIFICATE-----')) {
      throw new UsageError('the file of the private certificate authority holds no PEM certificate', {
        hint: 'give a file with -----BEGIN CERTIFICATE----- by --option ca-file=FILE',
      });
    }
  }

  /**
   * @param cancelled set by the caller to stop it: called with a function that gives the exchange up
   * @throws TransportFailure, always
   */
  async send(request: WireRequest, cancelled: (stop: () => void) => () => void): Promise<RawAnswer> {
    const pool = await this.pool(request.url.origin);
    const exchange = new Exchange(request);
    const timer = setTimeout(() => {
      exchange.fail(new TransportFailure('timeout', exchange.sent, 'no answer in time', undefined));
    }, request.totalMs);
    const release = cancelled(() => {
      exchange.fail(new TransportFailure('aborted', exchange.sent, 'interrupted', undefined));
    });
    exchange.onDone = () => {
      clearTimeout(timer);
      release();
    };
    try {
      pool.dispatch(
        {
          path: `${request.url.pathname}${request.url.search}`,
          method: request.method,
          headers: request.headers,
          body: request.body ?? null,
          idempotent: request.safe,
          headersTimeout: request.idleMs,
          bodyTimeout: request.idleMs,
        },
        exchange,
      );
    } catch (error) {
      exchange.fail(error);
    }
    return exchange.answer;
  }

  async close(): Promise<void> {
    this.closed = true;
    const pools = [...this.pools.values()];
    this.pools.clear();
    await Promise.all(pools.map((pool) => pool.destroy()));
  }

  private async pool(origin: string): Promise<Pool> {
    const known = this.pools.get(origin);
    if (known) return known;
    const undici = await import('./undici.js');
    if (this.closed) throw new TransportFailure('aborted', false, 'the connection is closed', undefined);
    const { connections, connectMs, ca } = this.options;
    const pool =
      this.pools.get(origin) ??
      new undici.Pool(origin, {
        connections,
        pipelining: 1,
        allowH2: false,
        connect: { timeout: connectMs, ...(ca === undefined ? {} : { ca: [...rootCertificates, ca] }) },
      });
    this.pools.set(origin, pool);
    return pool;
  }
}
