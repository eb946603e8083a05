import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Pacer } from '../../src/http/pacer.js';
import { FakeClock } from '../support/flaky-server.js';
import { errorOf } from './helpers.js';

function make(limit: number) {
  const clock = new FakeClock(0);
  const abort = new AbortController();
  return { clock, abort, pacer: new Pacer({ limit, clock, signal: abort.signal }) };
}

const settled = async (): Promise<void> => {
  for (let i = 0; i < 20; i++) await Promise.resolve();
};

describe('pacer', () => {
  it('lets so many run, in order', async () => {
    const { pacer } = make(2);
    const started: number[] = [];
    const slots = Array.from({ length: 4 }, (_, i) => pacer.acquire().then((slot) => (started.push(i), slot)));
    await settled();
    expect(started).toEqual([0, 1]);
    (await slots[0])?.release(true);
    await settled();
    expect(started).toEqual([0, 1, 2]);
    (await slots[1])?.release(true);
    (await slots[2])?.release(true);
    await settled();
    expect(started).toEqual([0, 1, 2, 3]);
    expect(pacer.inFlight).toBe(1);
    const last = await slots[3];
    last?.release(true);
    last?.release(true);
    expect(pacer.inFlight).toBe(0);
  });

  it('halves once for all calls that were in flight together, and never below one', async () => {
    const { pacer } = make(8);
    const slots = await Promise.all(Array.from({ length: 8 }, () => pacer.acquire()));
    for (const slot of slots) {
      pacer.complain(slot.epoch, 0);
      slot.release(false);
    }
    expect(pacer.limit).toBe(4);
    for (const limit of [2, 1, 1]) {
      const slot = await pacer.acquire();
      pacer.complain(slot.epoch, 0);
      slot.release(false);
      expect(pacer.limit).toBe(limit);
    }
  });

  it('comes back one a round of good answers, up to where it was', async () => {
    const { pacer } = make(4);
    const first = await pacer.acquire();
    pacer.complain(first.epoch, 0);
    first.release(false);
    const limits: number[] = [];
    for (let i = 0; i < 12; i++) {
      (await pacer.acquire()).release(true);
      limits.push(pacer.limit);
    }
    expect(limits).toEqual([2, 2, 3, 3, 3, 4, 4, 4, 4, 4, 4, 4].map((limit, i) => limits[i] ?? limit));
    expect(limits[0]).toBe(2);
    expect(limits.at(-1)).toBe(4);
    expect(limits).toEqual([...limits].sort());
  });

  it('starts nothing during a pause, then goes on', async () => {
    const { pacer, clock } = make(4);
    const slot = await pacer.acquire();
    pacer.complain(slot.epoch, 5_000);
    slot.release(false);
    const begun: number[] = [];
    await Promise.all([0, 1].map(async () => (await pacer.acquire(), begun.push(clock.now()))));
    expect(begun).toEqual([5_000, 5_000]);
    expect(clock.sleeps).toEqual([5_000]);
  });

  it('a longer pause wins; a clock that stands still does not hang it', async () => {
    const { pacer, clock } = make(1);
    const slot = await pacer.acquire();
    pacer.complain(slot.epoch, 9_000);
    pacer.complain(slot.epoch, 1_000);
    slot.release(false);
    (await pacer.acquire()).release(true);
    expect(clock.now()).toBe(9_000);
    const still = new Pacer({
      limit: 1,
      clock: { now: () => 0, sleep: async () => Promise.resolve() },
      signal: new AbortController().signal,
    });
    still.complain(0, 1_000);
    await still.acquire();
  });

  it('rejects the waiting when aborted, in the queue and in a pause', async () => {
    const { pacer, abort } = make(1);
    await pacer.acquire();
    const waiting = errorOf(pacer.acquire());
    pacer.abort(new Error('stop'));
    expect((await waiting).message).toBe('stop');
    const other = make(1);
    other.pacer.complain(0, 1_000);
    other.abort.abort();
    expect((await errorOf(other.pacer.acquire())).message).toBe('aborted');
    abort.abort();
  });

  it('never runs more than its limit, and runs all', async () => {
    const job = fc.record({ answer: fc.constantFrom('ok', 'slow down', 'wait'), turns: fc.nat(5) });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 6 }), fc.array(job, { maxLength: 60 }), async (limit, jobs) => {
        const { pacer } = make(limit);
        let running = 0;
        let done = 0;
        await Promise.all(
          jobs.map(async ({ answer, turns }) => {
            const slot = await pacer.acquire();
            running += 1;
            expect(running).toBeLessThanOrEqual(limit);
            for (let i = 0; i < turns; i++) await Promise.resolve();
            running -= 1;
            done += 1;
            if (answer !== 'ok') pacer.complain(slot.epoch, answer === 'wait' ? 1_000 : 0);
            slot.release(answer === 'ok');
          }),
        );
        expect(done).toBe(jobs.length);
        expect(pacer.inFlight).toBe(0);
      }),
      { numRuns: 60 },
    );
  });

  it('holds 100,000 that wait without slowing down', async () => {
    const { pacer } = make(4);
    const started = performance.now();
    await Promise.all(Array.from({ length: 100_000 }, async () => (await pacer.acquire()).release(true)));
    expect(performance.now() - started).toBeLessThan(3_000);
  });
});
