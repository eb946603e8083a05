import { describe, expect, test } from 'vitest';
import { baseUrl } from '../../src/providers/portsip/api.js';
import { portsip } from '../../src/providers/portsip/index.js';
import { FIELDS } from '../../src/model/fields.js';
import { CLIENT_ID } from '../fakes/portsip/auth.js';
import { all, connect, named } from './portsip-setup.js';

const errorOf = (promise: Promise<unknown> | undefined): Promise<unknown> =>
  Promise.resolve(promise).then(
    () => undefined,
    (error: unknown) => error,
  );

describe('definition', () => {
  test('says the fate of every field, in the order of the fields', () => {
    const order = FIELDS.map(({ name }) => name);
    expect(portsip.fields.map(({ field }) => field).sort()).toEqual([...order].sort());
  });

  test.each([
    ['https://pbx.example.com:8887', 'https://pbx.example.com:8887/api/'],
    [' pbx.example.com:8887/api/ ', 'https://pbx.example.com:8887/api/'],
    ['http://10.0.0.1:8888/pbx/API', 'http://10.0.0.1:8888/pbx/api/'],
  ])('%s is %s', (given, base) => expect(baseUrl(given, 'work')).toBe(base));

  test('no URL, and none', () => {
    expect(() => baseUrl(' ', 'work')).toThrow('needs a URL');
    expect(() => baseUrl('https://', 'work')).toThrow('is none');
  });
});

describe('signing in', () => {
  test('the documented way of all v22; check says who and what it found', async () => {
    const { fake, provider } = await connect(
      { company: 'full', domain: 'sip.example.com' },
      {
        options: { domain: 'sip.example.com' },
      },
    );
    fake.store.add({ name: 'Ada' });
    expect(await provider.check()).toEqual({
      user: '101',
      server: `PortSIP PBX at ${new URL(fake.url).host}`,
      details: {
        'SIP domain': 'sip.example.com',
        'Address books': 'Personal contacts (default, 1 contact), Company contacts (0 contacts)',
      },
    });
    expect(fake.requests[0]?.body).toEqual({
      grant_type: 'password',
      username: '101',
      password: 'correct horse',
      domain: 'sip.example.com',
      scope: 'all',
      client_id: CLIENT_ID,
    });
    // One of them, to be sure that 1 is the number of all, not of the page.
    expect(fake.counts()).toEqual({ 'oauth token': 1, list: 3 });
    fake.assertClean();
  });

  test('no secret is in a URL or in a trace', async () => {
    const { fake, provider, trace, time } = await connect();
    await provider.check();
    time.now += 1_790_000;
    await all(provider.list({}));
    const tokens = [...fake.auth.access.keys()];
    const secrets = ['correct horse', 'correct+horse', ...tokens, ...tokens.map(encodeURIComponent)];
    secrets.push(String(fake.requests.find(({ body }) => body['refresh_token'] !== undefined)?.body['refresh_token']));
    expect(secrets).toHaveLength(7);
    expect(trace.length).toBeGreaterThan(6);
    for (const secret of secrets) {
      for (const { url } of fake.requests) expect(url).not.toContain(secret);
      for (const line of trace) expect(line).not.toContain(secret);
    }
  });

  test('where the OAuth calls are missing, the newer ones are used, also to refresh', async () => {
    const { fake, provider, time } = await connect({ families: ['auth'] });
    await provider.get('x').catch(() => undefined);
    time.now += 1_790_000;
    await all(provider.list({}));
    expect(fake.counts()).toEqual({ 'oauth token': 1, 'auth sign_in': 1, read: 1, 'auth refresh': 1, list: 1 });
    // The refresh token is lost as well: straight to the family that is there.
    fake.auth.forget();
    await all(provider.list({}));
    expect(fake.counts()).toMatchObject({ 'oauth token': 1, 'auth sign_in': 2, 'auth refresh': 2 });
    fake.assertClean();
  });

  test.each([404, 405, 501] as const)('%i: the call is not there, and the next way is tried', async (missing) => {
    const newer = await connect({ families: ['auth'], missing });
    await newer.provider.check();
    expect(newer.fake.counts()).toMatchObject({ 'oauth token': 1, 'auth sign_in': 1 });
    const oldest = await connect(
      { families: ['login'], missing, domain: 'sip.example.com' },
      { options: { domain: 'sip.example.com' } },
    );
    await all(oldest.provider.list({}));
    expect(oldest.fake.requests.find(({ kind }) => kind === 'login')?.body).toEqual({
      ...{ username: '101', password: 'correct horse', domain: 'sip.example.com' },
    });
    // It has no refresh: the password again, and no other way.
    oldest.time.now += 1_790_000;
    await all(oldest.provider.list({}));
    expect(oldest.fake.counts()).toEqual({ 'oauth token': 1, 'auth sign_in': 1, login: 2, list: 2 });
    const none = await connect({ families: [], missing });
    expect(await errorOf(none.provider.check())).toMatchObject({
      code: 'protocol',
      message: 'cannot sign in: there is no PortSIP REST API at this address',
    });
    for (const { fake } of [newer, oldest, none]) fake.assertClean();
  });

  test('the last way: a refusal and a second factor are told, another server is not taken for PortSIP', async () => {
    const wrong = await connect({ families: ['login'] }, { password: 'wrong' });
    expect(await errorOf(wrong.provider.check())).toMatchObject({
      code: 'auth',
      message: 'cannot sign in: wrong user or password',
    });
    const factor = await connect({ families: ['login'], twoFactor: true });
    expect(await errorOf(factor.provider.check())).toMatchObject({
      code: 'auth',
      message: expect.stringContaining('second factor') as string,
    });
    const other = await connect({ families: ['login'] });
    other.fake.fault({ kind: 'html', on: 'login' });
    expect(await errorOf(other.provider.check())).toMatchObject({
      code: 'protocol',
      message: 'cannot sign in: there is no PortSIP REST API at this address',
    });
  });

  test.each([
    ['expires_in', 1800, 1_700_000, 1_790_000],
    ['expires_at', 1800, 1_700_000, 1_790_000],
    ['expires_in', 100, 85_000, 95_000],
  ] as const)(
    '%s of %d s: refreshed shortly before the end, by one call for all',
    async (tellLife, life, good, due) => {
      const { fake, provider, time } = await connect({ tellLife, life });
      const start = time.now;
      await all(provider.list({}));
      time.now = start + good;
      await all(provider.list({}));
      expect(fake.counts()).toEqual({ 'oauth token': 1, list: 2 });
      time.now = start + due;
      await Promise.all([all(provider.list({})), all(provider.list({})), provider.create?.({ card: named('Ada') })]);
      expect(fake.counts()).toMatchObject({ 'oauth token': 2, list: 4, create: 1 });
      expect(fake.requests.filter(({ kind }) => kind === 'oauth token').at(-1)?.body).toMatchObject({
        grant_type: 'refresh_token',
        client_id: CLIENT_ID,
      });
      fake.assertClean();
    },
  );

  test('a token that ends unexpectedly is refreshed once; a refused refresh leaves the password', async () => {
    const { fake, provider } = await connect({ tellLife: 'none' });
    await all(provider.list({}));
    fake.expire();
    await Promise.all([all(provider.list({})), all(provider.list({})), provider.create?.({ card: named('Ada') })]);
    expect(fake.counts()).toMatchObject({ 'oauth token': 2 });
    fake.auth.forget();
    await all(provider.list({}));
    expect(fake.counts()).toMatchObject({ 'oauth token': 4 });
    expect(fake.store.contacts.size).toBe(1);
    fake.assertClean();
  });

  test.each([
    [{}, { password: 'wrong' }, 'wrong user or password', /SIP domain/],
    [{ failure: 401 }, { password: 'wrong' }, 'wrong user or password', /SIP domain/],
    [{}, { options: { domain: 'nowhere' } }, 'no tenant with that SIP domain', /option domain/],
    [{ twoFactor: true }, {}, 'second factor', /--token-stdin/],
    [{ twoFactor: true, families: ['auth'] }, {}, 'second factor', /--token-stdin/],
  ] as const)('refused %j %j', async (options, more, message, hint) => {
    const { fake, provider } = await connect(options, more);
    const failed = await errorOf(provider.check());
    expect(failed).toMatchObject({
      code: 'auth',
      exit: 4,
      message: expect.stringContaining(message) as string,
      hint: expect.stringMatching(hint) as string,
    });
    const sent = fake.requests.length;
    // No second try: accounts are locked after a few.
    expect(await errorOf(all(provider.list({})))).toMatchObject({ code: 'auth' });
    expect(fake.requests).toHaveLength(sent);
    fake.assertClean();
  });

  test('another address: no such API, or a page', async () => {
    const { provider } = await connect({ families: [] });
    expect(await errorOf(provider.check())).toMatchObject({
      code: 'protocol',
      message: 'cannot sign in: there is no PortSIP REST API at this address',
    });
    const other = await connect();
    other.fake.fault({ kind: 'html', on: 'oauth token' });
    expect(await errorOf(other.provider.check())).toMatchObject({
      code: 'protocol',
      message: expect.stringMatching(/HTML|web page/) as string,
    });
  });

  test('a ready access token: used as it is, never renewed', async () => {
    const { fake, provider: first, again } = await connect();
    await first.check();
    const [token = ''] = fake.auth.access.keys();
    const { provider } = await again({ token }, ['user', 'password']);
    expect(await provider.check()).toMatchObject({ user: 'the owner of the access token' });
    expect(fake.counts()['oauth token']).toBe(1);
    fake.expire();
    expect(await errorOf(all(provider.list({})))).toMatchObject({
      code: 'auth',
      message: 'the access token is not accepted: it has expired or was revoked',
      hint: expect.stringContaining('--token-stdin') as string,
    });
    expect(fake.counts()['oauth token']).toBe(1);
    fake.assertClean();
  });

  test.each([
    ['user', 'no user to sign in with'],
    ['password', 'no password to sign in with'],
  ] as const)('without a %s nothing is sent', async (key, message) => {
    const { fake, again } = await connect();
    const { provider } = await again({}, [key]);
    expect(await errorOf(provider.check())).toMatchObject({ code: 'usage', message });
    expect(fake.requests).toEqual([]);
  });
});

describe('listing', () => {
  const fill = (fake: { store: { add(texts: Record<string, string>): unknown } }, count: number): void => {
    for (let i = 0; i < count; i += 1) fake.store.add({ name: `Person ${i}` });
  };
  const pagesOf = (fake: { requests: readonly { kind: string; query: Record<string, string> }[] }) =>
    fake.requests.filter(({ kind }) => kind === 'list').map(({ query }) => query);

  test('999 contacts are 10 requests, from 0 on', async () => {
    const { fake, provider } = await connect();
    fill(fake, 999);
    expect(new Set((await all(provider.list({}))).map(({ id }) => id)).size).toBe(999);
    expect(pagesOf(fake)).toEqual(Array.from({ length: 10 }, (_, i) => ({ skip: String(i * 100), top: '100' })));
    expect(fake.requests).toHaveLength(11);
    fake.assertClean();
  });

  test.each([
    [0, 1],
    [1, 1],
    [99, 1],
    [100, 2],
    [101, 2],
    [250, 3],
    [300, 4],
  ])('a `count` of the page or of all: %i contacts in %i requests', async (people, requests) => {
    for (const count of [(total: number) => total, (_: number, items: number) => items]) {
      const { fake, provider } = await connect({ count });
      fill(fake, people);
      expect(new Set((await all(provider.list({}))).map(({ id }) => id)).size).toBe(people);
      expect(pagesOf(fake)).toHaveLength(requests);
      fake.assertClean();
    }
  });

  test('a `count` of the page is not shown as the number of all', async () => {
    const { fake, provider } = await connect({ company: 'full', count: (_, items) => items });
    fill(fake, 3);
    for (const name of ['Ours', 'Yours']) fake.store.add({ name }, { book: 'company' });
    expect((await provider.check()).details).toEqual({
      'Address books': 'Personal contacts (default), Company contacts',
    });
    fake.assertClean();
  });

  test('a contact that goes while pages are read does not hide another', async () => {
    const { fake, provider } = await connect();
    fill(fake, 250);
    const [first] = fake.store.contacts.values();
    fake.afterList = () => {
      if (first !== undefined) fake.store.remove(first);
    };
    const names = (await all(provider.list({}))).map(({ card }) => card.name?.full);
    expect(new Set(names).size).toBe(250);
    expect(names).toHaveLength(250);
  });

  test('a contact that comes first while pages are read comes once, and is found', async () => {
    const { fake, provider } = await connect();
    fill(fake, 250);
    fake.store.newestFirst = true;
    fake.afterList = () => fake.store.add({ name: 'New' });
    const names = (await all(provider.list({}))).map(({ card }) => card.name?.full);
    expect(names).toHaveLength(251);
    expect(new Set(names).size).toBe(251);
  });

  test.each([
    ['too many', (count: number) => count + 5, 3 + 1 + 4],
    ['none', () => null, 4],
  ] as const)('a `count` of %s ends all the same', async (_, count, most) => {
    const { fake, provider } = await connect({ count });
    fill(fake, 250);
    expect(await all(provider.list({}))).toHaveLength(250);
    expect(pagesOf(fake).length).toBeLessThanOrEqual(most);
  });

  test('a reader who stops early asks for no more than the next page', async () => {
    const { fake, provider } = await connect();
    fill(fake, 500);
    for await (const record of provider.list({})) {
      expect(record.bookIds).toEqual(['personal']);
      break;
    }
    expect(pagesOf(fake).length).toBeLessThanOrEqual(2);
  });

  test('at most 60 calls a second', async () => {
    const { fake, provider, time } = await connect();
    fill(fake, 6100);
    await all(provider.list({}));
    expect(time.waits).toContain(1000);
  });
});

describe('answers that are no answers', () => {
  test('a page instead of JSON, cut JSON, a wrong type are named', async () => {
    const { fake, provider } = await connect();
    fake.store.add({ name: 'Ada' });
    for (const kind of ['html', 'cut'] as const) {
      fake.fault({ kind, on: 'list' });
      expect(await errorOf(all(provider.list({})))).toMatchObject({ code: 'protocol' });
    }
    const [contact] = fake.store.contacts.values();
    if (contact !== undefined) Object.assign(contact.texts, { email: { not: 'text' } });
    expect(await errorOf(all(provider.list({})))).toMatchObject({
      code: 'protocol',
      message: expect.stringContaining('list contacts: items[0].email must be a string, got an object') as string,
    });
  });

  test('a page is no proof that a contact is gone or was written', async () => {
    const { fake, provider } = await connect();
    const { id } = fake.store.add({ name: 'Ada' });
    const record = await provider.get(id);
    for (const on of ['update', 'destroy']) {
      fake.fault({ kind: 'html', on });
      const next = { ...record.card, name: { full: 'Eve' } };
      const failed =
        on === 'update' ? provider.update?.(id, { next, patch: {}, last: record }) : provider.delete?.(record);
      expect(await errorOf(failed)).toMatchObject({ code: 'protocol' });
    }
    expect((await provider.get(id)).card.name?.full).toBe('Ada');
  });

  test.each(['', '.', '..', 'sync_tokens', 'export', 'a/b?c#d', '\ud800', '../../contacts'])(
    'the id %j is NotFound and calls nothing else',
    async (id) => {
      const { fake, provider } = await connect();
      expect(await errorOf(provider.get(id))).toMatchObject({ code: 'notFound' });
      expect(Object.keys(fake.counts()).filter((kind) => kind !== 'oauth token' && kind !== 'read')).toEqual([]);
      fake.assertClean();
    },
  );

  test('429 without a time: waits that grow to a minute', async () => {
    const { fake, provider, time } = await connect();
    fake.fault({ kind: '429', on: 'list', times: 2 });
    await all(provider.list({}));
    expect(time.waits).toEqual([5000, 10_000]);
  });

  test('429 with a time: that time', async () => {
    const { fake, provider, time } = await connect();
    fake.fault({ kind: '429', on: 'list', retryAfter: '7' });
    await all(provider.list({}));
    expect(time.waits).toEqual([7000]);
  });
});
