/** A driver connected to the stand-in, with a clock that does not wait. */
import { afterEach } from 'vitest';
import { openHttp } from '../../src/http/client.js';
import type { Clock, HttpEnvironment } from '../../src/http/types.js';
import type { Card, ContactRecord } from '../../src/model/card.js';
import { Secret } from '../../src/model/text.js';
import { mdaemon } from '../../src/providers/mdaemon/index.js';
import type { Provider, ProviderContext } from '../../src/providers/types.js';
import { startMdaemon } from '../fakes/mdaemon.js';
import type { FakeMdaemon, MdaemonOptions } from '../fakes/mdaemon.js';

export interface Connected {
  fake: FakeMdaemon;
  provider: Provider;
  /** Another connection to the same server. */
  again: (changes?: Partial<ProviderContext>) => Promise<Provider>;
  trace: string[];
  waits: number[];
}

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

export async function connect(
  options: MdaemonOptions = {},
  changes: Partial<ProviderContext> = {},
  env: Partial<HttpEnvironment> = {},
): Promise<Connected> {
  const fake = await startMdaemon(options);
  closers.push(() => fake.close());
  const trace: string[] = [];
  const waits: number[] = [];
  const clock: Clock = {
    now: () => 1_700_000_000_000,
    sleep: async (ms) => void waits.push(ms),
  };
  const signal = new AbortController().signal;
  const again = async (more: Partial<ProviderContext> = {}): Promise<Provider> => {
    const provider = await mdaemon.open({
      profile: 'work',
      url: fake.url,
      user: fake.user,
      options: {},
      secret: async () => new Secret(fake.password),
      keepSecret: async () => undefined,
      http: (given) => openHttp(given, { clock, signal, userAgent: 'test', trace: (line) => trace.push(line), ...env }),
      clock,
      signal,
      warn: () => undefined,
      ...changes,
      ...more,
    });
    closers.push(() => provider.close());
    return provider;
  };
  return { fake, provider: await again(), again, trace, waits };
}

export async function all<T>(items: AsyncIterable<T> | Iterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

export function cardOf(members: Partial<Card>): Card {
  return { '@type': 'Card', version: '1.0', uid: 'urn:uuid:9d2c9a1e-5a40-4d3f-9a53-2f2f0c1f3a11', ...members };
}

/** The body of the last request of a kind, parsed. */
export function lastBody(fake: FakeMdaemon, kind: string): unknown {
  return fake.requests.findLast((request) => request.kind === kind)?.body;
}

export async function added(provider: Provider, card: Partial<Card>, bookId?: string): Promise<ContactRecord> {
  const { id } = (await provider.create?.({ card: cardOf(card), ...(bookId === undefined ? {} : { bookId }) })) ?? {
    id: '',
  };
  return provider.get(id);
}
