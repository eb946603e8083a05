/** A ProviderContext for tests: the real HTTP client against loopback, a clock that does not wait, warnings kept. */
import { openHttp } from '../../src/http/client.js';
import type { Clock, HttpEnvironment } from '../../src/http/types.js';
import { Secret } from '../../src/model/text.js';
import type { ProviderContext } from '../../src/providers/types.js';

export interface TestContext extends ProviderContext {
  warnings: string[];
  /** What the driver asked to be kept. */
  kept: Map<string, string>;
  abort(): void;
}

export interface TestContextOptions {
  url?: string;
  user?: string;
  password?: string;
  token?: string;
  book?: string;
  options?: Record<string, string>;
  /** Values of secret options, by key. */
  secrets?: Record<string, string>;
  http?: Partial<HttpEnvironment>;
}

/** Time that stands still and never waits. */
export function stillClock(now = Date.UTC(2024, 0, 2)): Clock {
  return { now: () => now, sleep: () => Promise.resolve() };
}

export function testContext(options: TestContextOptions = {}): TestContext {
  const warnings: string[] = [];
  const controller = new AbortController();
  const clock = options.http?.clock ?? stillClock();
  const secrets: Record<string, string | undefined> = {
    password: options.password,
    token: options.token,
    ...options.secrets,
  };
  const kept = new Map<string, string>();
  return {
    profile: 'test',
    ...(options.url !== undefined && { url: options.url }),
    ...(options.user !== undefined && { user: options.user }),
    ...(options.book !== undefined && { book: options.book }),
    options: options.options ?? {},
    secret(key) {
      const value = secrets[key];
      return Promise.resolve(value === undefined ? undefined : new Secret(value));
    },
    keepSecret(key, value) {
      kept.set(key, value.reveal());
      secrets[key] = value.reveal();
      return Promise.resolve();
    },
    kept,
    http: (client) =>
      openHttp(client, { clock, signal: controller.signal, userAgent: 'cardferry/test', retries: 2, ...options.http }),
    clock,
    signal: controller.signal,
    warn: (message) => void warnings.push(message),
    warnings,
    abort: () => controller.abort(),
  };
}
