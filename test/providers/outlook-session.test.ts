import { describe, expect, test } from 'vitest';
import { AuthError, UsageError } from '../../src/model/errors.js';
import { outlook } from '../../src/providers/outlook/index.js';
import type { SignInPrompt } from '../../src/providers/types.js';
import { person } from '../conformance/cards.js';
import type { FakeOutlook } from '../fakes/outlook.js';
import { testContext } from '../support/context.js';
import type { TestContext } from '../support/context.js';
import { all, connect, resourceOf, seed, startFake } from './outlook-setup.js';

interface Given {
  options?: Record<string, string>;
  secrets?: Record<string, string>;
  token?: string;
  now?: { at: number };
  waits?: number[];
  trace?: string[];
}

function contextOf(
  fake: FakeOutlook,
  { options, secrets, token, now, waits = [], trace = [] }: Given = {},
): TestContext {
  const clock = { now: () => now?.at ?? 1_700_000_000_000, sleep: async (ms: number) => void waits.push(ms) };
  return testContext({
    url: fake.url,
    ...(token === undefined ? {} : { token }),
    secrets: secrets ?? {},
    options: { 'client-id': fake.auth.clientId, authority: fake.url, ...options },
    http: { clock, trace: (line) => trace.push(line) },
  });
}

describe('device code', () => {
  test('asks as told, slows down, and keeps what it gets', async () => {
    for (const dialect of ['graph', 'outlook-beta'] as const) {
      const fake = await startFake();
      const waits: number[] = [];
      const trace: string[] = [];
      const context = contextOf(fake, { options: { dialect }, waits, trace });
      fake.auth.polls = ['authorization_pending', 'slow_down', 'authorization_pending'];
      const prompts: SignInPrompt[] = [];
      await outlook.login?.(context, (prompt) => prompts.push(prompt));
      expect(prompts).toEqual([
        { url: 'https://microsoft.com/devicelogin', code: 'F3PQ7XK9', expiresAt: 1_700_000_900_000 },
      ]);
      expect(waits).toEqual([5000, 5000, 10_000, 10_000]);
      const resource = resourceOf(dialect);
      expect(fake.auth.scopes).toEqual([`${resource}/Contacts.ReadWrite offline_access`]);
      expect(fake.requests[0]?.url).toBe('/common/oauth2/v2.0/devicecode');
      expect(context.kept.get('refresh-token')).toMatch(/^refresh-/);
      // The access token is good for the next command.
      const provider = await outlook.open(context);
      expect(await all(provider.list({}))).toEqual([]);
      expect(fake.calls()['token']).toBe(4);
      await provider.close();
      for (const line of trace) expect(line).not.toMatch(/refresh-\d|access-\d|DEVICE-CODE/);
      fake.assertClean();
    }
  });

  test.each([
    ['authorization_declined', 'the sign-in was declined'],
    ['expired_token', 'the code has expired'],
    ['bad_verification_code', 'Microsoft does not know its code'],
    ['invalid_grant', 'the sign-in has ended'],
  ])('%s ends it', async (error, message) => {
    const fake = await startFake();
    const context = contextOf(fake);
    fake.auth.polls = [error];
    const failed = await outlook.login?.(context, () => undefined).catch((thrown: unknown) => thrown);
    expect(failed).toBeInstanceOf(AuthError);
    expect((failed as AuthError).message).toContain(message);
    expect((failed as AuthError).why).toMatch(/^AADSTS/);
    expect(context.kept.size).toBe(0);
  });

  test('without an app there is nobody to sign in as; another mailbox needs another permission', async () => {
    const fake = await startFake();
    await expect(
      outlook.login?.(contextOf(fake, { options: { 'client-id': '' } }), () => undefined),
    ).rejects.toBeInstanceOf(UsageError);
    await outlook.login?.(contextOf(fake, { options: { mailbox: 'x@contoso.example' } }), () => undefined);
    expect(fake.auth.scopes.at(-1)).toBe(
      'https://graph.microsoft.com/Contacts.ReadWrite https://graph.microsoft.com/Contacts.ReadWrite.Shared offline_access',
    );
  });
});

describe('refresh', () => {
  const refreshed = async (given: Given = {}) => {
    const fake = await startFake();
    const secrets = { 'refresh-token': fake.auth.issueRefresh('https://graph.microsoft.com') };
    const context = contextOf(fake, { secrets, ...given });
    return { fake, context, provider: await outlook.open(context) };
  };

  test('in the middle of a run: once for all calls, and the new refresh token is kept', async () => {
    const { fake, context, provider } = await refreshed();
    const ids = [1, 2, 3, 4, 5, 6].map((number) => seed(fake, 'graph', person(number)));
    expect(await all(provider.list({}))).toHaveLength(6);
    const first = context.kept.get('refresh-token');
    fake.expire();
    await Promise.all([
      ...ids.map((id) => provider.get(id)),
      all(provider.list({})),
      provider.create?.({ card: person(7) }),
    ]);
    expect(fake.calls()['token']).toBe(2);
    expect(context.kept.get('refresh-token')).not.toBe(first);
    expect(fake.store.contacts.size).toBe(7);
    await provider.close();
    fake.assertClean();
  });

  test('at the start: once for all calls that come together', async () => {
    const { fake, provider } = await refreshed();
    await Promise.all(['A', 'B', 'C'].map(async (name) => provider.bookAdmin?.create(name)));
    expect(fake.calls()['create folder']).toBe(3);
    expect(fake.calls()['token']).toBe(1);
    await provider.close();
  });

  test('before the token ends, by the clock', async () => {
    const now = { at: 1_700_000_000_000 };
    const { fake, provider } = await refreshed({ now });
    await provider.books();
    now.at += 3_600_000;
    await all(provider.list({}));
    expect(fake.calls()['token']).toBe(2);
    expect(fake.requests.filter(({ kind }) => kind === 'list')).toHaveLength(1);
    await provider.close();
  });

  test('a dead refresh token: sign in again; nothing is tried twice', async () => {
    const fake = await startFake();
    const context = contextOf(fake, { secrets: { 'refresh-token': 'dead' } });
    const provider = await outlook.open(context);
    const failed = await provider.books().catch((thrown: unknown) => thrown);
    expect(failed).toMatchObject({ message: 'the sign-in has ended', hint: 'cardferry profile login test' });
    await provider.close();
  });

  test('a token for another app or mailbox is not used', async () => {
    const { fake, context, provider } = await refreshed();
    await provider.books();
    await provider.close();
    const other = await outlook.open({ ...context, options: { ...context.options, mailbox: 'ada@contoso.example' } });
    await other.books();
    expect(fake.calls()['token']).toBe(2);
    await other.close();
  });

  test('a keyring that does not take the new token is no reason to stop', async () => {
    const { fake, context } = await refreshed();
    const provider = await outlook.open({ ...context, keepSecret: () => Promise.reject(new Error('locked')) });
    expect(await all(provider.list({}))).toEqual([]);
    expect(context.warnings[0]).toContain('locked');
    expect(fake.calls()['token']).toBe(1);
    await provider.close();
  });
});

describe('an app by itself', () => {
  const secrets = (fake: FakeOutlook) => ({ 'client-secret': fake.auth.clientSecret });

  test('signs in for a mailbox, in a tenant', async () => {
    const fake = await startFake();
    const options = { tenant: 'contoso.example', mailbox: 'ada@contoso.example' };
    const context = contextOf(fake, { options, secrets: secrets(fake) });
    const provider = await outlook.open(context);
    await provider.create?.({ card: person(1) });
    expect(await all(provider.list({}))).toHaveLength(1);
    expect(fake.auth.scopes).toEqual(['https://graph.microsoft.com/.default']);
    expect(fake.requests.find(({ kind }) => kind === 'create')?.url).toBe('/v1.0/users/ada%40contoso.example/contacts');
    expect((await provider.check()).user).toBe('ada@contoso.example');
    fake.expire();
    await provider.books();
    await all(provider.list({}));
    expect(fake.calls()['token']).toBe(2);
    await provider.close();
    fake.assertClean();
  });

  test('needs both', async () => {
    const fake = await startFake();
    for (const options of [{ mailbox: 'ada@contoso.example' }, { tenant: 'contoso.example' }]) {
      const provider = await outlook.open(contextOf(fake, { options, secrets: secrets(fake) }));
      await expect(provider.books()).rejects.toBeInstanceOf(UsageError);
      await provider.close();
    }
    expect(fake.requests).toEqual([]);
  });

  test('with a wrong secret is refused', async () => {
    const fake = await startFake();
    const options = { tenant: 'contoso.example', mailbox: 'ada@contoso.example' };
    const provider = await outlook.open(contextOf(fake, { options, secrets: { 'client-secret': 'wrong' } }));
    const failed = await provider.books().catch((thrown: unknown) => thrown);
    expect(failed).toBeInstanceOf(AuthError);
    expect((failed as AuthError).why).toContain('AADSTS7000215');
    await provider.close();
  });
});

describe('a ready token', () => {
  test('has no renewal: a clear word when it ends', async () => {
    const { fake, provider } = await connect();
    await provider.books();
    fake.expire();
    await expect(all(provider.list({}))).rejects.toMatchObject({
      code: 'auth',
      message: 'the token was refused: it has ended, or is for another service',
    });
  });

  test('from a command that gives a new one each time: asked again', async () => {
    const fake = await startFake();
    const context = contextOf(fake);
    const issue = () => fake.auth.issue('https://graph.microsoft.com');
    let token = issue();
    const { Secret } = await import('../../src/model/text.js');
    const provider = await outlook.open({
      ...context,
      secret: async (key) => (key === 'token' ? new Secret(token) : undefined),
    });
    await provider.books();
    fake.expire();
    token = issue();
    expect(await all(provider.list({}))).toEqual([]);
    await provider.close();
  });

  test('gives way to a refresh token when it is refused', async () => {
    const fake = await startFake();
    const secrets = { 'refresh-token': fake.auth.issueRefresh('https://graph.microsoft.com') };
    const provider = await outlook.open(contextOf(fake, { token: 'old', secrets }));
    expect(await all(provider.list({}))).toEqual([]);
    await provider.close();
  });
});

describe('national clouds', () => {
  test.each([
    ['graph.microsoft.us', 'https://login.microsoftonline.us', 'https://graph.microsoft.us'],
    ['https://dod-graph.microsoft.us/v1.0/', 'https://login.microsoftonline.us', 'https://dod-graph.microsoft.us'],
    [
      'https://microsoftgraph.chinacloudapi.cn',
      'https://login.chinacloudapi.cn',
      'https://microsoftgraph.chinacloudapi.cn',
    ],
    [undefined, 'https://login.microsoftonline.com', 'https://graph.microsoft.com'],
  ])('%s', async (url, authority, resource) => {
    const { appOf, scopeOf } = await import('../../src/providers/outlook/oauth.js');
    const { dialectOf, rootUrl } = await import('../../src/providers/outlook/dialect.js');
    const dialect = dialectOf('graph');
    const context = testContext({
      ...(url === undefined ? {} : { url }),
      options: { 'client-id': 'x', tenant: 'a b' },
    });
    const app = appOf(dialect, context);
    expect(app.endpoint).toBe(`${authority}/a%20b/oauth2/v2.0/`);
    expect(scopeOf(app)).toBe(`${resource}/Contacts.ReadWrite offline_access`);
    expect(rootUrl(dialect, url, 'p')).toBe(`${resource}/v1.0/`);
  });

  test('bases with and without a version, behind a proxy, and nonsense', async () => {
    const { dialectOf, rootUrl } = await import('../../src/providers/outlook/dialect.js');
    expect(rootUrl(dialectOf('outlook-v2'), 'https://proxy.example/ms/api/v2.0/', 'p')).toBe(
      'https://proxy.example/ms/api/v2.0/',
    );
    expect(rootUrl(dialectOf('outlook-beta'), undefined, 'p')).toBe('https://outlook.office.com/api/beta/');
    expect(rootUrl(dialectOf('graph-beta'), 'http://127.0.0.1:8080', 'p')).toBe('http://127.0.0.1:8080/beta/');
    expect(() => rootUrl(dialectOf('graph'), 'http://[', 'p')).toThrow(UsageError);
  });
});

describe('the dialect of a profile', () => {
  test.each([
    ['https://outlook.office.com/api/beta', 'outlook-beta'],
    ['outlook.office365.com/api/v2.0/', 'outlook-v2'],
    ['https://proxy.example/ms/beta', 'graph-beta'],
    ['https://graph.microsoft.us/v1.0', 'graph'],
    ['https://graph.microsoft.us', 'graph'],
    [undefined, 'graph'],
  ] as const)('%s: %s', async (url, name) => {
    const { dialectFor } = await import('../../src/providers/outlook/dialect.js');
    expect(dialectFor(undefined, url, 'p').name).toBe(name);
    expect(dialectFor(name, url, 'p').name).toBe(name);
  });

  test('must not contradict the URL', async () => {
    const url = 'https://outlook.office.com/api/beta';
    for (const dialect of ['graph', 'outlook-v2', 'graph-beta']) {
      await expect(outlook.open(testContext({ url, options: { dialect } }))).rejects.toThrow(UsageError);
    }
    const provider = await outlook.open(testContext({ url }));
    expect(provider.bookAdmin).toBeUndefined();
    await provider.close();
  });
});
