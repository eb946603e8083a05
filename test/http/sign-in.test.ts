import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { basicAuth, digestChallenge, parseChallenges } from '../../src/http/auth.js';
import type { HttpAnswer, HttpCall } from '../../src/http/types.js';
import { AuthError, Unavailable } from '../../src/model/errors.js';
import { Secret } from '../../src/model/text.js';
import type { Reply, SeenRequest } from '../support/flaky-server.js';
import { errorOf, setup } from './helpers.js';

/** A server that knows one session at a time. */
function sessions(valid: () => string) {
  return (request: SeenRequest): Reply =>
    request.headers.authorization === `Bearer ${valid()}`
      ? { body: 'ok' }
      : { status: 401, body: '{"error":"expired"}' };
}

describe('renewal', () => {
  it('signs in again once for all calls that found the session dead, and repeats even a create', async () => {
    let mine = 'old';
    let renewals = 0;
    const { get, post, server } = await setup(
      sessions(() => 'new'),
      {
        concurrency: 4,
        authorize: () => ({ Authorization: `Bearer ${mine}` }),
        async renew() {
          renewals += 1;
          await new Promise((resolve) => setTimeout(resolve, 10));
          mine = 'new';
        },
      },
    );
    const answers = await Promise.all([get(), get(), post(), get(), get(), get(), post()]);
    expect(answers.map((answer) => answer.text())).toEqual(Array(7).fill('ok'));
    expect(renewals).toBe(1);
    expect(server.requests.filter((request) => request.headers.authorization === 'Bearer new')).toHaveLength(7);
    expect(server.requests).toHaveLength(11);
  });

  it('works with one call in flight: the sign-in does not wait for the call that waits for it', async () => {
    let mine = 'old';
    const { get, client } = await setup(
      (request) => (request.path === '/api/login' ? { body: 'new' } : sessions(() => 'new')(request)),
      {
        concurrency: 1,
        authorize: () => ({ authorization: `Bearer ${mine}` }),
        async renew() {
          const call: HttpCall = { method: 'POST', url: 'login', repeat: 'safe', what: 'sign in', anonymous: true };
          mine = (await client.send(call)).text();
        },
      },
    );
    expect((await Promise.all([get(), get(), get()])).map((answer) => answer.text())).toEqual(['ok', 'ok', 'ok']);
  });

  it("gives up after the second 401, with hint and the server's words", async () => {
    let renewals = 0;
    const { get, server } = await setup(
      sessions(() => 'never'),
      {
        authorize: () => ({}),
        renew: async () => {
          renewals += 1;
          await Promise.resolve();
        },
      },
    );
    const error = await errorOf(get());
    expect(error).toBeInstanceOf(AuthError);
    expect(error).toMatchObject({ status: 401, why: 'expired' });
    expect(error.hint).toContain('cardferry profile test');
    expect(server.requests).toHaveLength(2);
    expect(renewals).toBe(1);
  });

  it('does not try a refused sign-in again: a wrong password must not lock the account', async () => {
    let renewals = 0;
    const { get } = await setup(
      sessions(() => 'x'),
      {
        renew: async () => {
          renewals += 1;
          await Promise.resolve();
          throw new AuthError('wrong password');
        },
      },
    );
    for (let i = 0; i < 3; i++) expect((await errorOf(get())).message).toBe('wrong password');
    expect((await Promise.all([errorOf(get()), errorOf(get())])).map((error) => error.message)).toEqual(
      Array(2).fill('wrong password'),
    );
    expect(renewals).toBe(1);
  });

  it('tries again after a sign-in that failed for other reasons', async () => {
    let mine = 'old';
    let renewals = 0;
    const { get } = await setup(
      sessions(() => 'new'),
      {
        authorize: () => ({ authorization: `Bearer ${mine}` }),
        renew: async () => {
          await Promise.resolve();
          renewals += 1;
          if (renewals === 1) throw new Unavailable('no network');
          mine = 'new';
        },
      },
    );
    expect(await errorOf(get())).toBeInstanceOf(Unavailable);
    expect((await get()).text()).toBe('ok');
  });

  it('knows expired sessions that come with another status', async () => {
    let session = 1;
    const { post, server } = await setup(
      (request) => ({ body: request.headers['x-s'] === '2' ? '{"ok":1}' : '{"error":"InvalidSession"}' }),
      {
        authorize: () => ({ 'X-S': String(session) }),
        expired: (answer) => answer.text().includes('InvalidSession'),
        renew: async () => {
          await Promise.resolve();
          session += 1;
        },
      },
    );
    expect((await post()).json()).toEqual({ ok: 1 });
    expect(server.requests).toHaveLength(2);
  });

  it('leaves anonymous calls without headers, and their 401 is an AuthError unless accepted', async () => {
    const { get, server } = await setup([{ status: 401 }], { authorize: () => ({ authorization: 'Bearer x' }) });
    expect(await errorOf(get('contacts', { anonymous: true }))).toBeInstanceOf(AuthError);
    expect((await get('contacts', { anonymous: true, accept: [401] })).status).toBe(401);
    expect(server.requests.some((request) => 'authorization' in request.headers)).toBe(false);
  });

  it('returns 403 to the driver', async () => {
    const { get } = await setup([{ status: 403 }]);
    expect((await get()).status).toBe(403);
  });
});

describe('Basic', () => {
  it('is UTF-8', () => {
    expect(basicAuth({ user: 'Aladdin', password: new Secret('open sesame') })).toBe(
      'Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==',
    );
    // RFC 7617, section 2.1
    expect(basicAuth({ user: 'test', password: new Secret('123£') })).toBe('Basic dGVzdDoxMjPCow==');
  });
});

describe('challenges', () => {
  it('are parsed, several in one header included', () => {
    expect(parseChallenges('Digest realm="a \\"b\\", c", qop="auth,auth-int", nonce=n, Basic realm="x"')).toEqual([
      {
        scheme: 'digest',
        params: new Map([
          ['realm', 'a "b", c'],
          ['qop', 'auth,auth-int'],
          ['nonce', 'n'],
        ]),
      },
      { scheme: 'basic', params: new Map([['realm', 'x']]) },
    ]);
    expect(parseChallenges('Negotiate, Basic realm=x').map((challenge) => challenge.scheme)).toEqual([
      'negotiate',
      'basic',
    ]);
    expect(parseChallenges('')).toEqual([]);
    expect(parseChallenges('realm="x')).toHaveLength(0);
    const started = performance.now();
    parseChallenges('a '.repeat(100_000));
    parseChallenges(`Digest x="${'\\'.repeat(100_000)}`);
    expect(performance.now() - started).toBeLessThan(500);
  });
});

function unauthorized(header: string | string[], url = 'http://www.example.org/dir/index.html'): HttpAnswer {
  const values = Array.isArray(header) ? header : [header];
  const body = Buffer.alloc(0);
  return { status: 401, url, header: () => values[0], headers: () => values, body, text: () => '', json: () => null };
}

const call: HttpCall = { method: 'GET', url: '/dir/index.html', repeat: 'safe', what: 'look' };
const mufasa = { user: 'Mufasa', password: new Secret('Circle of Life') };
const cnonce = 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ';
const rfc = (algorithm: string) =>
  `Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=${algorithm}, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"`;

describe('Digest', () => {
  // RFC 7616, section 3.9.1
  it('answers the examples of the standard', () => {
    const answer = digestChallenge(mufasa, () => cnonce);
    const md5 = answer(unauthorized(rfc('MD5')), call)?.['authorization'];
    expect(md5).toContain('response="8ca523f5e9506fed4657c9700eebdbec"');
    const sha = answer(unauthorized([rfc('MD5'), rfc('SHA-256')]), call)?.['authorization'] ?? '';
    expect(sha).toContain('response="753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"');
    expect(sha).toContain('algorithm=SHA-256, qop=auth, nc=00000001, cnonce="');
    expect(sha).toContain('opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"');
  });

  it('does -sess, userhash, the form without qop, and names beyond ASCII', () => {
    const md5 = (text: string) => createHash('md5').update(text).digest('hex');
    const answer = digestChallenge({ user: 'Jäsøn', password: new Secret('pw') }, () => 'c');
    const old = answer(unauthorized('Digest realm="r", nonce="n"'), call)?.['authorization'] ?? '';
    expect(old).toContain(`response="${md5(`${md5('Jäsøn:r:pw')}:n:${md5('GET:/dir/index.html')}`)}"`);
    expect(old).toContain("username*=UTF-8''J%C3%A4s%C3%B8n");
    expect(old).not.toContain('qop');
    const sess = answer(unauthorized('Digest realm="r", nonce="n", qop=auth, algorithm=MD5-sess'), call)?.[
      'authorization'
    ];
    const a1 = md5(`${md5('Jäsøn:r:pw')}:n:c`);
    expect(sess).toContain(`response="${md5(`${a1}:n:00000001:c:auth:${md5('GET:/dir/index.html')}`)}"`);
    const hashed = answer(unauthorized('Digest realm="r", nonce="n", qop=auth, userhash=true'), call)?.[
      'authorization'
    ];
    expect(hashed).toContain(`username="${md5('Jäsøn:r')}"`);
    expect(hashed).toContain('userhash=true');
  });

  it('declines what it cannot do', () => {
    const answer = digestChallenge(mufasa);
    for (const header of [
      'Basic realm="x"',
      'Digest realm="x"',
      rfc('SHA-512-256'),
      'Digest nonce=n, qop="auth-int"',
    ]) {
      expect(answer(unauthorized(header), call)).toBeUndefined();
    }
  });

  it('signs later calls ahead, counting up', async () => {
    const seen: string[] = [];
    const { get, post, server } = await setup(
      (request) => {
        seen.push(/nc=(\d+)/.exec(request.headers.authorization ?? '')?.[1] ?? '-');
        return seen.at(-1) === '-'
          ? { status: 401, headers: { 'WWW-Authenticate': 'Digest realm="r", nonce="n", qop="auth"' } }
          : { body: 'ok' };
      },
      { challenge: digestChallenge(mufasa) },
    );
    await get();
    await get('x?y=1');
    expect((await post()).text()).toBe('ok');
    expect(seen).toEqual(['-', '00000001', '00000002', '00000003']);
    expect(server.requests[2]?.headers.authorization).toContain('uri="/api/x?y=1"');
  });

  it('takes a new nonce when the old one is stale, and stops at a wrong password', async () => {
    let nonce = 'n1';
    const challenge = () => ({
      status: 401,
      headers: { 'www-authenticate': `Digest realm="r", nonce="${nonce}", qop="auth", stale=true` },
    });
    const { get, server } = await setup(
      (request) =>
        (request.headers.authorization ?? '').includes(`nonce="${nonce}"`) && nonce !== 'bad'
          ? { body: 'ok' }
          : challenge(),
      { challenge: digestChallenge(mufasa) },
    );
    await get();
    nonce = 'n2';
    expect((await get()).text()).toBe('ok');
    expect(server.requests).toHaveLength(4);
    nonce = 'bad';
    expect(await errorOf(get())).toBeInstanceOf(AuthError);
    expect(server.requests).toHaveLength(6);
  });
});
