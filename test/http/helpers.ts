import { afterEach } from 'vitest';
import { openHttp } from '../../src/http/client.js';
import type { HttpAnswer, HttpCall, HttpClient, HttpClientOptions, HttpEnvironment } from '../../src/http/types.js';
import { FakeClock, startFlaky, type FlakyServer } from '../support/flaky-server.js';

const cleanups: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

export interface Setup {
  server: FlakyServer;
  client: HttpClient;
  clock: FakeClock;
  abort: AbortController;
  trace: string[];
  retries: { what: string; reason: string; waitMs: number; attempt: number }[];
  get: (path?: string, more?: Partial<HttpCall>) => Promise<HttpAnswer>;
  post: (more?: Partial<HttpCall>) => Promise<HttpAnswer>;
}

export async function setup(
  handler: Parameters<typeof startFlaky>[0],
  options: Partial<HttpClientOptions> = {},
  env: Partial<HttpEnvironment> = {},
  tls?: { key: string; cert: string },
): Promise<Setup> {
  const server = await startFlaky(handler, tls);
  const clock = new FakeClock();
  const abort = new AbortController();
  const trace: string[] = [];
  const retries: Setup['retries'] = [];
  const client = openHttp(
    { base: `${server.url}/api`, concurrency: 4, ...options },
    {
      ...{ clock, signal: abort.signal, userAgent: 'cardferry/test', random: () => 1 },
      trace: (line) => trace.push(line),
      onRetry: (event) => retries.push(event),
      ...env,
    },
  );
  cleanups.push(
    () => server.close(),
    () => client.close(),
  );
  const send = (base: HttpCall, more: Partial<HttpCall> = {}): Promise<HttpAnswer> => client.send({ ...base, ...more });
  return {
    ...{ server, client, clock, abort, trace, retries },
    get: (url = 'contacts', more) => send({ method: 'GET', url, repeat: 'safe', what: 'list contacts' }, more),
    post: (more) =>
      send({ method: 'POST', url: 'contacts', body: '{}', repeat: 'never', what: 'create the contact' }, more),
  };
}

/** The error that a promise rejects with; fails when it resolves. */
export async function errorOf(promise: Promise<unknown>): Promise<Error & Record<string, unknown>> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof Error) return error as Error & Record<string, unknown>;
    throw error;
  }
  throw new Error('it did not fail');
}
