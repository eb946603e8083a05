import { describe, expect, test } from 'vitest';
import { all, cardOf, connect, matching, textOf } from './axigen-setup.js';

const named = (full: string, address: string): string =>
  textOf(cardOf({ name: { full }, emails: { e1: { address } } }));

describe('answers that are not what the pages say', () => {
  test.each([
    ['html', 'protocol'],
    ['cut', 'unavailable'],
  ] as const)('%s', async (kind, code) => {
    const { fake, provider } = await connect();
    fake.fault({ kind, on: 'autocomplete', times: 9 });
    await expect(provider.autocomplete?.('bob', 5)).rejects.toMatchObject({ code });
  });

  test('the wrong field is named', async () => {
    const { fake, provider } = await connect();
    fake.add(named('Bob', 'bob@example.org'));
    fake.state.items()[0] = { ...(fake.state.items()[0] as never as object), id: 7 } as never;
    await expect(provider.autocomplete?.('bob', 5)).rejects.toMatchObject({
      code: 'protocol',
      message: matching(/items\[0\]\.id must be a string, got a number/),
    });
  });

  test.each([
    ['429', '2', [2000]],
    ['429', new Date(Date.UTC(2024, 0, 2) + 7000).toUTCString(), [7000]],
  ] as const)('%s with Retry-After %s is obeyed', async (kind, retryAfter, waits) => {
    const waited: number[] = [];
    const clock = { now: () => Date.UTC(2024, 0, 2), sleep: (ms: number) => Promise.resolve(void waited.push(ms)) };
    const { fake, provider } = await connect({}, { options: { 'dav-path': '/Contacts/' }, http: { clock } });
    fake.fault({ kind, retryAfter, on: 'autocomplete' });
    await provider.autocomplete?.('bob', 5);
    expect(waited).toEqual(waits);
    fake.assertClean();
  });

  test('no secret is in a trace', async () => {
    const trace: string[] = [];
    const { fake, provider } = await connect(
      {},
      { options: { 'dav-path': '/Contacts/' }, http: { trace: (line) => trace.push(line) } },
    );
    await provider.autocomplete?.('bob', 5);
    await all(provider.list({}));
    const basic = Buffer.from(`${fake.user}:${fake.password}`).toString('base64');
    expect(trace.length).toBeGreaterThan(4);
    for (const line of trace) for (const secret of ['s1-', basic, fake.password]) expect(line).not.toContain(secret);
  });
});
