import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openHttp } from '../../src/http/client.js';
import { Pacer } from '../../src/http/pacer.js';
import { rateMs } from '../../src/http/retry.js';
import { FakeClock, startFlaky } from '../support/flaky-server.js';

const signal = new AbortController().signal;

/** Time that goes on to the next sleeper when nobody has anything else to do. */
class EventClock {
  private at = 0;
  private sleepers: { until: number; wake(): void }[] = [];

  readonly now = (): number => this.at;
  readonly sleep = (ms: number): Promise<void> =>
    new Promise((wake) => void this.sleepers.push({ until: this.at + ms, wake }));

  async run(): Promise<void> {
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve));
      const next = this.sleepers.sort((a, b) => a.until - b.until).shift();
      if (next === undefined) return;
      this.at = next.until;
      next.wake();
    }
  }
}

/** When each of `count` calls began, each of them taking `takes` milliseconds. */
async function starts(perSecond: number | undefined, limit: number, count: number, takes: number): Promise<number[]> {
  const clock = new EventClock();
  const pacer = new Pacer({ limit, perSecond, clock, signal });
  const begun: number[] = [];
  const calls = Array.from({ length: count }, async () => {
    const slot = await pacer.acquire();
    begun.push(clock.now());
    await clock.sleep(takes);
    slot.release(true);
  });
  await clock.run();
  await Promise.all(calls);
  return begun;
}

/** Most calls that began within any second. */
const densest = (begun: readonly number[]): number =>
  Math.max(...begun.map((at) => begun.filter((other) => other >= at && other < at + 1000).length));

describe('calls a second', () => {
  it('no limit: no wait', async () => {
    expect(await starts(undefined, 4, 100, 0)).toEqual(Array(100).fill(0));
  });

  it('so many at once, the next ones when the second is over', async () => {
    expect(await starts(3, 10, 8, 0)).toEqual([0, 0, 0, 1000, 1000, 1000, 2000, 2000]);
  });

  it('never more within any second, however long calls take; all are made', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 6 }),
        fc.nat(60),
        fc.nat(700),
        async (perSecond, limit, count, takes) => {
          const begun = await starts(perSecond, limit, count, takes);
          expect(begun).toHaveLength(count);
          if (count > 0) expect(densest(begun)).toBeLessThanOrEqual(perSecond);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('a pause of the server comes on top', async () => {
    const clock = new EventClock();
    const pacer = new Pacer({ limit: 9, perSecond: 2, clock, signal });
    const slot = await pacer.acquire();
    pacer.complain(slot.epoch, 5000);
    slot.release(false);
    const begun: number[] = [];
    const calls = [0, 1, 2].map(async () => (await pacer.acquire(), begun.push(clock.now())));
    await clock.run();
    await Promise.all(calls);
    expect(begun).toEqual([5000, 5000, 6000]);
  });

  it('a clock that stands still, or is set back, hangs nothing', async () => {
    const still = new Pacer({
      limit: 9,
      perSecond: 2,
      clock: { now: () => 0, sleep: () => Promise.resolve() },
      signal,
    });
    for (let i = 0; i < 10; i += 1) (await still.acquire()).release(true);
    let now = 1e9;
    const slept: number[] = [];
    const clock = { now: () => now, sleep: async (ms: number) => void slept.push(ms) };
    const back = new Pacer({ limit: 9, perSecond: 2, clock, signal });
    for (let i = 0; i < 2; i += 1) (await back.acquire()).release(true);
    now = 0;
    (await back.acquire()).release(true);
    expect(slept).toEqual([]);
  });

  it('repeats count as well', async () => {
    const server = await startFlaky([{ status: 500 }, { status: 200 }]);
    const clock = new FakeClock(0);
    const http = openHttp(
      { base: server.url, concurrency: 4, perSecond: 1 },
      { clock, signal, userAgent: 'test', random: () => 0 },
    );
    await http.send({ method: 'GET', url: '', repeat: 'safe', what: 'read' });
    expect(clock.now()).toBe(1000);
    await http.close();
    await server.close();
  });
});

describe('429 that names no time', () => {
  it('doubles up to a minute where the server counts by the minute', () => {
    expect([0, 1, 2, 3, 4, 99].map((attempt) => rateMs(attempt, 5000))).toEqual([
      5000, 10_000, 20_000, 40_000, 60_000, 60_000,
    ]);
  });

  it.each([
    [5000, 15_000],
    [undefined, 750],
  ])('the first pause %s', async (ratePause, total) => {
    const server = await startFlaky([{ status: 429 }, { status: 429 }, { status: 200 }]);
    const clock = new FakeClock(0);
    const http = openHttp(
      { base: server.url, concurrency: 4, ...(ratePause === undefined ? {} : { ratePause }) },
      { clock, signal, userAgent: 'test', random: () => 1 },
    );
    await http.send({ method: 'POST', url: '', repeat: 'never', what: 'create' });
    expect(clock.now()).toBe(total);
    await http.close();
    await server.close();
  });
});
