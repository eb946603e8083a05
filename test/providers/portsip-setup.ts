/** A driver connected to the stand-in, with a clock that moves only when told. */
import { afterEach } from 'vitest';
import type { Card, ContactRecord } from '../../src/model/card.js';
import { diffPatch } from '../../src/model/patch.js';
import { portsip } from '../../src/providers/portsip/index.js';
import type { Provider, WriteResult } from '../../src/providers/types.js';
import { startPortsip } from '../fakes/portsip.js';
import type { FakePortsip, PortsipOptions } from '../fakes/portsip.js';
import { testContext } from '../support/context.js';
import type { TestContext, TestContextOptions } from '../support/context.js';

type Given = 'user' | 'password';

export interface Connected {
  fake: FakePortsip;
  provider: Provider;
  ctx: TestContext;
  /** Milliseconds since the epoch, for driver and stand-in. */
  time: { now: number; waits: number[] };
  trace: string[];
  /** Another connection to the same server. */
  again(more?: TestContextOptions, without?: readonly Given[]): Promise<{ provider: Provider; ctx: TestContext }>;
}

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

export async function connect(options: PortsipOptions = {}, more: TestContextOptions = {}): Promise<Connected> {
  const time = { now: Date.UTC(2024, 11, 2), waits: [] as number[] };
  const fake = await startPortsip({ now: () => time.now, ...options });
  closers.push(() => fake.close());
  const trace: string[] = [];
  const clock = { now: () => time.now, sleep: async (ms: number) => void time.waits.push(ms) };
  const again: Connected['again'] = async (changes = {}, without = []) => {
    const given: TestContextOptions = {
      ...{ url: fake.url, user: fake.user, password: fake.password },
      ...{ http: { clock, trace: (line: string) => void trace.push(line) } },
      ...more,
      ...changes,
    };
    for (const key of without) delete given[key];
    const ctx = testContext(given);
    const provider = await portsip.open(ctx);
    closers.push(() => provider.close());
    return { provider, ctx };
  };
  const { provider, ctx } = await again();
  return { fake, provider, ctx, time, trace, again };
}

export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

export function cardOf(members: Partial<Card>): Card {
  return { '@type': 'Card', version: '1.0', uid: 'urn:uuid:9d2c9a1e-5a40-4d3f-9a53-2f2f0c1f3a11', ...members };
}

export const named = (full: string, members: Partial<Card> = {}): Card => cardOf({ name: { full }, ...members });

export async function added(provider: Provider, card: Card, bookId?: string): Promise<ContactRecord> {
  const made = await provider.create?.({ card, ...(bookId === undefined ? {} : { bookId }) });
  return provider.get(made?.id ?? '');
}

export async function change(
  provider: Provider,
  last: ContactRecord,
  edit: (card: Card) => void,
): Promise<WriteResult | undefined> {
  const next = structuredClone(last.card);
  edit(next);
  return provider.update?.(last.id, { next, patch: diffPatch(last.card, next), last });
}

/** The body of the last request of a kind. */
export function lastBody(fake: FakePortsip, kind: string): Record<string, unknown> | undefined {
  return fake.requests.findLast((request) => request.kind === kind)?.body;
}
