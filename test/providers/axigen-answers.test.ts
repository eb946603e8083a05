import { describe, expect, test } from 'vitest';
import { axigen } from '../../src/providers/axigen/index.js';
import { testContext } from '../support/context.js';
import { all, cardOf, connect, matching, start, textOf } from './axigen-setup.js';

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

  test('pages instead of cards: an error, not an empty address book with warnings', async () => {
    const { fake, provider, ctx } = await connect();
    for (const full of ['Anna', 'Bob', 'Chloe']) fake.add(named(full, `${full}@example.org`));
    fake.fault({ kind: 'html', on: 'REPORT', times: 9 });
    await expect(all(provider.list({}))).rejects.toMatchObject({
      code: 'protocol',
      message: matching(/answered with a web page, not WebDAV/),
    });
    expect(ctx.warnings).toEqual([]);
    expect(fake.counts()['GET']).toBeUndefined();
  });

  test('a card that cannot be read is told to who lists, else to the user', async () => {
    const { fake, provider, ctx } = await connect();
    fake.add(named('Anna', 'anna@example.org'));
    fake.add('no card at all', { name: 'bad.vcf' });
    const told: string[] = [];
    const found = await all(
      provider.list({ onReject: ({ id, raw }) => told.push(`${id}: ${Buffer.from(raw).toString()}`) }),
    );
    expect(found).toHaveLength(1);
    expect(told).toEqual(['/Contacts/Contacts/bad.vcf: no card at all']);
    expect(ctx.warnings).toEqual([]);
    await all(provider.list({}));
    expect(ctx.warnings).toEqual([matching(/bad\.vcf cannot be read and is left out/)]);
  });

  test.each([400, 403, 404, 405, 'page'] as const)(
    'neither CardDAV (%s) nor the Mailbox API: one error, and no word of read-only',
    async (davOff) => {
      const fake = await start({ davOff, mode: 'none' });
      const ctx = testContext({ url: fake.url, user: fake.user, password: fake.password });
      await expect(axigen.open(ctx)).rejects.toMatchObject({
        exit: 1,
        message: matching(/there is no Mailbox API at 127\.0\.0\.1/),
        hint: matching(/--url/),
      });
      expect(ctx.warnings).toEqual([]);
    },
  );

  test('neither CardDAV (500) nor the Mailbox API: the server fails, one error', async () => {
    const fake = await start({ davOff: 500, mode: 'none' });
    const ctx = testContext({ url: fake.url, user: fake.user, password: fake.password });
    await expect(axigen.open(ctx)).rejects.toMatchObject({ code: 'unavailable', status: 500 });
    expect(ctx.warnings).toEqual([]);
  });

  test.each([400, 500, 'page'] as const)('CardDAV off (%s) and a wrong password: an error', async (davOff) => {
    const fake = await start({ davOff });
    const ctx = testContext({ url: fake.url, user: fake.user, password: 'wrong' });
    await expect(axigen.open(ctx)).rejects.toMatchObject({ code: 'auth' });
    expect(ctx.warnings).toEqual([]);
    expect(fake.counts()['POST login']).toBe(1);
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
