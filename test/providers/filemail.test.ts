import { describe, expect, test } from 'vitest';
import {
  AuthError,
  NotFound,
  ProtocolError,
  Refused,
  Unavailable,
  UnknownOutcome,
  UsageError,
} from '../../src/model/errors.js';
import { all, cardOf, connect, create, open, simple, start, update } from './filemail-setup.js';
import type { CodeName } from '../fakes/filemail.js';

const KEYS = ['documented', 'pascal', 'lower'] as const;

describe('signing in', () => {
  test('one sign-in for many calls, as Desktop; the token is given back at the end', async () => {
    const { fake, provider } = await connect();
    await Promise.all([all(provider.list({})), all(provider.list({})), provider.check()]);
    expect(fake.sent('authentication/login')).toEqual([
      { username: 'ada@example.com', password: 'correct horse', source: 'Desktop' },
    ]);
    expect(fake.tokens()).toBe(1);
    await provider.close();
    expect(fake.tokens()).toBe(0);
    expect(fake.requests.at(-1)?.url).toBe('/api/authentication/logout');
  });

  test('nothing is sent before the first call, nor at the end when nothing was', async () => {
    const { fake, provider } = await connect();
    await provider.books();
    await provider.close();
    expect(fake.requests).toEqual([]);
  });

  test('the API key goes with every call when there is one', async () => {
    const { fake, provider } = await connect({ apiKey: 'key-1234' });
    await create(provider, simple('Ada', 'ada@example.org'));
    await provider.close();
    expect(fake.requests).toHaveLength(4);
    for (const { raw } of fake.requests) expect(raw).toContain('apikey=key-1234');
  });

  test('without the key that is needed: refused, with what to try', async () => {
    const { provider } = await connect({ apiKey: 'key-1234' }, { secrets: {} });
    const error: unknown = await provider.check().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(AuthError);
    expect(error).toMatchObject({ hint: expect.stringContaining('--secret-stdin password,apikey') as unknown });
  });

  test('a wrong password is told once, never tried again, and never shown', async () => {
    const { fake, provider } = await connect({}, { password: 'wrong horse' });
    const first: unknown = await provider.check().catch((thrown: unknown) => thrown);
    expect(first).toBeInstanceOf(AuthError);
    expect(JSON.stringify(first)).not.toContain('wrong horse');
    await expect(all(provider.list({}))).rejects.toBeInstanceOf(AuthError);
    expect(fake.requests).toHaveLength(1);
  });

  test.each<[CodeName, string]>([
    ['PasswordTooWeak', 'password'],
    ['AccountExpired', 'expired'],
    ['CaptchaRequiredForNextLogin', 'captcha'],
    ['CorpAuthenticationRequired', 'company'],
    ['SsoRequired', 'single sign-on'],
    ['TwoFactorTokenRequired', 'second factor'],
    ['PasswordResetRequired', 'reset'],
    ['UnknownError', 'refused'],
  ])('%s: clear words, no second try', async (code, word) => {
    const { fake, provider } = await connect({ errors: 'two' });
    fake.refuse({ code, on: 'authentication/login', times: 5, message: 'says correct horse' });
    const error: unknown = await provider.check().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(AuthError);
    expect((error as AuthError).message).toContain(word);
    expect((error as AuthError).why).toBe(`${code}: says ***`);
    await expect(provider.check()).rejects.toBeInstanceOf(AuthError);
    expect(fake.requests).toHaveLength(1);
  });

  test('without user or password nothing is sent', async () => {
    const fake = await start();
    await expect((await open(fake, { user: ' ' })).provider.check()).rejects.toBeInstanceOf(UsageError);
    const { provider } = await open(fake, { password: undefined } as never);
    await expect(provider.check()).rejects.toBeInstanceOf(UsageError);
    expect(fake.requests).toEqual([]);
  });

  test('an expired token is renewed once, for all calls that meet it, and they are repeated: also add', async () => {
    const { fake, provider } = await connect({ oneToken: true });
    const { id } = await create(provider, simple('Ada', 'ada@example.org'));
    fake.expire();
    const made = await Promise.all([
      create(provider, simple('Bob', 'bob@example.org')),
      create(provider, simple('Eve', 'eve@example.org')),
      all(provider.list({})),
    ]);
    expect(made).toHaveLength(3);
    expect(fake.store.contacts.size).toBe(3);
    expect(fake.sent('authentication/login')).toHaveLength(2);
    expect((await provider.get(id)).id).toBe(id);
  });

  test('a token that is refused again is an AuthError, not a loop', async () => {
    const { fake, provider } = await connect();
    fake.fault({ kind: 'expired', on: 'contacts/get', times: 10 });
    await expect(all(provider.list({}))).rejects.toBeInstanceOf(AuthError);
    expect(fake.counts()).toEqual({ 'contacts/get': 2 });
  });

  test('the token and the key never show in words or the trace', async () => {
    const trace: string[] = [];
    const { fake, provider } = await connect(
      { apiKey: 'key-1234' },
      { http: { trace: (line) => void trace.push(line) } },
    );
    await create(provider, simple('Ada', 'ada@example.org'));
    const token = /logintoken=([0-9a-f]+)/.exec(fake.requests.at(-1)?.raw ?? '')?.[1] ?? 'none';
    fake.refuse({ code: 'InvalidRequest', message: `bad token ${token} and key-1234` });
    const error: unknown = await provider.check().catch((thrown: unknown) => thrown);
    expect((error as Refused).why).toBe('InvalidRequest: bad token *** and ***');
    await provider.close();
    for (const secret of [token, 'key-1234', 'correct horse', 'correct+horse'])
      expect(trace.join('\n')).not.toContain(secret);
  });

  test('the URL: the public service by default, with /api or without, https by default', async () => {
    const { fake, provider } = await connect();
    const again = await open(fake, { url: `${fake.url}/api/` });
    expect((await again.provider.check()).server).toBe((await provider.check()).server);
    await expect(open(fake, { url: 'http://' })).rejects.toBeInstanceOf(UsageError);
    const { provider: plain } = await open(fake, { url: '' });
    expect((await plain.books()).map(({ name }) => name)).toEqual(['Contacts']);
  });
});

describe('answers', () => {
  test.each(KEYS)('keys %s: contacts and groups are read', async (keys) => {
    const { fake, provider } = await connect({ keys, mobile: 'shown' });
    const ada = fake.store.add({ name: 'Ada', email: 'ada@example.org', mobile: '+44' });
    const group = fake.store.addGroup('Friends', [ada]);
    expect((await all(provider.list({})))[0]).toMatchObject({
      id: ada.id,
      bookIds: ['contacts'],
      uidDerived: true,
      card: {
        name: { full: 'Ada' },
        emails: { email: { address: 'ada@example.org' } },
        phones: { mobile: { number: '+44', features: { mobile: true } } },
      },
    });
    expect(await provider.groups?.list()).toEqual([
      { id: group, name: 'Friends', memberIds: [ada.id], bookIds: ['contacts'] },
    ]);
  });

  test.each(['one', 'two'] as const)('failures in style %s, by code', async (errors) => {
    const { fake, provider } = await connect({ errors });
    const on = 'contacts/add';
    const codes: [CodeName, unknown][] = [
      ['InvalidEmail', Refused],
      ['InputParameterMissing', Refused],
      ['InvalidParameter', Refused],
      ['UnknownError', Refused],
      ['AccessDenied', Refused],
      ['AccountExpired', AuthError],
      ['WrongUsernamePassword', AuthError],
    ];
    for (const [code, kind] of codes) {
      fake.refuse({ code, on, message: 'In the\u0007 words of the server' });
      const error: unknown = await create(provider, simple('A', 'a@b')).catch((thrown: unknown) => thrown);
      expect(error, code).toBeInstanceOf(kind);
      expect((error as Refused).why).toBe(`${code}: In the\\x07 words of the server`);
    }
    fake.refuse({ code: 'NotFound', on: 'contacts/update' });
    const last = { id: 'x', bookIds: [], card: simple('A', 'a@b') };
    await expect(update(provider, last, { name: { full: 'B' } })).rejects.toBeInstanceOf(NotFound);
    expect(fake.store.contacts.size).toBe(0);
  });

  test('an HTML page, cut JSON, or JSON without a status is an error, never an empty list', async () => {
    const { fake, provider } = await connect();
    fake.fault({ kind: 'html', on: 'contacts/get' });
    await expect(all(provider.list({}))).rejects.toBeInstanceOf(ProtocolError);
    fake.fault({ kind: 'cut', on: 'contacts/get' });
    await expect(all(provider.list({}))).rejects.toBeInstanceOf(ProtocolError);
    fake.fault({ kind: 'html', on: 'contacts/group/get' });
    await expect(provider.groups?.list()).rejects.toBeInstanceOf(ProtocolError);
  });

  test('"not available now" is tried again, and told as such when it stays', async () => {
    const { fake, provider } = await connect();
    fake.store.add({ name: 'Ada', email: 'ada@example.org' });
    fake.refuse({ code: 'ServiceInterruption', times: 2 });
    expect(await all(provider.list({}))).toHaveLength(1);
    fake.refuse({ code: 'ServiceInterruption', on: 'contacts/get', times: 20 });
    await expect(all(provider.list({}))).rejects.toBeInstanceOf(Unavailable);
  });

  test('"not available now" at a create: it may have happened', async () => {
    const { fake, provider } = await connect();
    fake.refuse({ code: 'ServiceInterruption', on: 'contacts/add' });
    await expect(create(provider, simple('A', 'a@b'))).rejects.toBeInstanceOf(UnknownOutcome);
    expect(fake.counts()['contacts/add']).toBe(1);
  });
});

describe('reading', () => {
  test.each(['null', 'absent'] as const)(
    'no contacts, written as %s: an empty list, and a create works',
    async (empty) => {
      const { fake, provider } = await connect({ empty });
      expect(await all(provider.list({}))).toEqual([]);
      await expect(provider.get('1')).rejects.toBeInstanceOf(NotFound);
      const { id } = await create(provider, simple('Ada', 'ada@example.org'));
      expect((await all(provider.list({}))).map((record) => record.id)).toEqual([id]);
      // A refusal has no contacts either, and is none.
      fake.refuse({ code: 'AccessDenied', on: 'contacts/get' });
      await expect(all(provider.list({}))).rejects.toBeInstanceOf(Refused);
    },
  );

  test('1,000 contacts are one request, and as many single ones cost no more', async () => {
    const { fake, provider } = await connect();
    const ids = Array.from({ length: 1000 }, (_none, n) => fake.store.add({ name: `N ${n}`, email: `n${n}@x.org` }).id);
    expect(await all(provider.list({}))).toHaveLength(1000);
    expect(fake.counts()).toEqual({ 'contacts/get': 1 });
    await Promise.all(ids.map((id) => provider.get(id)));
    expect(fake.counts()).toEqual({ 'contacts/get': 1 });
  });

  test('many single reads at a time share one request', async () => {
    const { fake, provider } = await connect();
    const ids = Array.from({ length: 50 }, (_none, n) => fake.store.add({ name: `N ${n}`, email: `n${n}@x.org` }).id);
    const records = await Promise.all(ids.map((id) => provider.get(id)));
    expect(records.map(({ id }) => id)).toEqual(ids);
    expect(fake.counts()).toEqual({ 'contacts/get': 1 });
  });

  test('a single read is never older than a write, and never older than a few seconds', async () => {
    let now = 1_700_000_000_000;
    const clock = { now: () => now, sleep: async () => undefined };
    const { fake, provider } = await connect({}, { http: { clock } });
    const ids = ['A', 'B', 'C'].map((name) => fake.store.add({ name, email: 'x@x.org' }).id);
    const [one = '', two = ''] = ids;
    const last = await provider.get(one);
    await update(provider, last, { name: { full: 'A2' } });
    expect((await provider.get(two)).card.name?.full).toBe('B');
    expect(fake.counts()['contacts/get']).toBe(1);
    expect((await provider.get(one)).card.name?.full).toBe('A2');
    expect(fake.counts()['contacts/get']).toBe(2);
    fake.store.contacts.get(two)!.name = 'B by somebody';
    now += 5_001;
    expect((await provider.get(two)).card.name?.full).toBe('B by somebody');
    expect(fake.counts()['contacts/get']).toBe(3);
    const late = fake.store.add({ name: 'late', email: 'x@x.org' }).id;
    expect((await provider.get(late)).id).toBe(late);
  });

  test('1,000 updates one after another read the list a few times, not a thousand', async () => {
    let now = 1_700_000_000_000;
    const clock = { now: () => (now += 10), sleep: async () => undefined };
    const { fake, provider } = await connect({}, { http: { clock } });
    const ids = Array.from({ length: 1000 }, (_none, n) => fake.store.add({ name: `N ${n}`, email: `n${n}@x.org` }).id);
    for (const id of ids) await update(provider, await provider.get(id), { name: { full: 'New' } });
    expect(fake.counts()['contacts/update']).toBe(1000);
    expect(fake.counts()['contacts/get']).toBeLessThan(20);
  });

  test('another book holds nothing; another book is not written to', async () => {
    const { fake, provider } = await connect();
    expect(await all(provider.list({ bookIds: ['other'] }))).toEqual([]);
    await expect(provider.create?.({ card: simple('A', 'a@b'), bookId: 'other' })).rejects.toBeInstanceOf(NotFound);
    expect(fake.counts()).toEqual({});
    const { provider: second } = await open(fake, { book: 'Work' });
    await expect(second.check()).rejects.toBeInstanceOf(NotFound);
    const { provider: third } = await open(fake, { book: 'contacts' });
    await expect(third.check()).resolves.toMatchObject({ user: 'ada@example.com', details: { Contacts: '0' } });
  });

  test('a contact without name or address is still read', async () => {
    const { fake, provider } = await connect();
    fake.store.add({ name: '', email: '' });
    const [record] = await all(provider.list({}));
    expect(record?.card.name).toBeUndefined();
    expect(record?.card.emails).toBeUndefined();
  });

  test('plus signs, spaces and other scripts arrive as they are', async () => {
    const { fake, provider } = await connect();
    const { id } = await create(provider, simple('Zoë & Æ=1+1 😀', 'a+b%c@x.org', '+49 30/12-34'));
    expect(fake.store.contacts.get(id)).toMatchObject({
      name: 'Zoë & Æ=1+1 😀',
      email: 'a+b%c@x.org',
      mobile: '+49 30/12-34',
    });
  });
});

describe('refusals before anything is sent', () => {
  test('no address', async () => {
    const { fake, provider } = await connect();
    await expect(create(provider, cardOf({ name: { full: 'Ada' } }))).rejects.toBeInstanceOf(Refused);
    expect(fake.requests).toEqual([]);
  });
});
