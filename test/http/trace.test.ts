import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../src/model/text.js';
import { basicAuth } from '../../src/http/auth.js';
import { openHttp } from '../../src/http/client.js';
import { byteSize } from '../../src/http/trace.js';
import { Unavailable, UsageError } from '../../src/model/errors.js';
import { FakeClock, type Reply } from '../support/flaky-server.js';
import { LOOPBACK_TLS } from '../support/tls.js';
import { errorOf, setup } from './helpers.js';

const PLANTED = [
  'hunter2hunter2',
  's3ss10n-1d',
  'c00k13-v4lue',
  'apikey-4711',
  'p@ss w0rd/ü',
  'refresh-0815',
  'otp-123456',
] as const;
const [password, session, cookie, apikey, odd, refresh, otp] = PLANTED;

/** Everything that a user may see of an error. */
function textsOf(error: Error & Record<string, unknown>): string {
  return [error.message, error.why, error.hint, error.stack, JSON.stringify(error), inspect(error, { depth: 10 })].join(
    '\n',
  );
}

function expectClean(text: string): void {
  for (const secret of [...PLANTED, encodeURIComponent(odd), Buffer.from(`user:${password}`).toString('base64')]) {
    expect(text).not.toContain(secret);
  }
}

describe('the trace', () => {
  it('shows the conversation', async () => {
    const { get, trace, server } = await setup([{ headers: { 'content-type': 'application/json' }, body: '{"a":1}' }]);
    await get('contacts?a=1');
    expect(trace[0]).toBe(`> GET ${server.url}/api/contacts?a=1`);
    expect(trace).toContain('>   user-agent: cardferry/test');
    expect(trace).toContain('< 200 in 0 ms, 7 B');
    expect(trace.at(-1)).toBe('<   {"a":1}');
  });

  it('cuts bodies at 2 KB, leaves binary out, and makes controls visible', async () => {
    const { get, trace } = await setup([
      { headers: { 'content-type': 'text/vcard' }, body: `\u001b]0;x\u0007\r\n${'y'.repeat(5000)}` },
      { headers: { 'content-type': 'image/png' }, body: Buffer.alloc(100) },
    ]);
    await get();
    await get();
    expect(trace.some((line) => line.includes('\\e]0;x\\x07'))).toBe(true);
    expect(Math.max(...trace.map((line) => line.length))).toBeLessThan(2200);
    expect(trace.at(-1)).toBe('<   (100 bytes of image/png)');
    expect(byteSize(3_400)).toBe('3.4 KB');
    expect(byteSize(2_500_000)).toBe('2.5 MB');
  });

  it('holds no secret, wherever it was planted', async () => {
    const reply: Reply = {
      status: 503,
      headers: {
        'set-cookie': [`sid=${cookie}; Path=/`],
        'x-axigen-session': session,
        'content-type': 'application/json',
        location: `/x?session=${session}`,
        'www-authenticate': `Digest realm="r", nonce="${session}"`,
      },
      body: JSON.stringify({
        message: `bad session ${session} of ${password}, ${encodeURIComponent(odd)}`,
        token: refresh,
        deep: [{ refresh_token: refresh, list: [{ otp }] }],
      }),
    };
    const { client, trace } = await setup(
      [reply],
      {
        secretNames: ['X-My-Key', 'otp'],
        authorize: () => ({
          Authorization: basicAuth({ user: 'user', password: new Secret(password) }),
          'X-My-Key': apikey,
          Cookie: `sid=${cookie}`,
        }),
      },
      { retries: 1 },
    );
    const bodies: [string, string | Uint8Array][] = [
      ['application/json', JSON.stringify({ user: 'u', password: odd, nested: { client_secret: apikey }, otp })],
      [
        'application/x-www-form-urlencoded',
        new URLSearchParams({ password: odd, refresh_token: refresh, otp }).toString(),
      ],
      ['application/json', `{"password":"${password}", "token" : "${refresh}`],
      ['text/plain', `password=${password}&session=${session}`],
      ['application/json', Buffer.from(JSON.stringify({ token: refresh }))],
    ];
    const errors: string[] = [];
    for (const repeat of ['safe', 'never'] as const) {
      for (const [type, body] of bodies) {
        const query = { session, token: odd, otp, q: 'visible' };
        const call = {
          method: 'POST',
          url: 'login',
          query,
          headers: { 'content-type': type },
          body,
          repeat,
          what: 'sign in',
        } as const;
        errors.push(textsOf(await errorOf(client.send(call))));
      }
    }
    const text = [...trace, ...errors].join('\n');
    expect(text).toContain('q=visible');
    expect(text).toContain('***');
    expect(text).toContain('bad session ***');
    expectClean(text);
  });

  it('holds no secret when the call fails, redirects, or is refused', async () => {
    const { client, trace, server } = await setup(
      (_request, count) =>
        [
          { fault: 'reset' as const },
          { status: 302, headers: { location: `https://other.example.com/?session=${session}` } },
          { status: 401, body: JSON.stringify({ error: `no ${apikey}` }) },
        ][count] ?? {},
      { authorize: () => ({ 'x-api-key': apikey }) },
    );
    const call = { method: 'GET', url: `a?session=${session}&data=${odd}`, repeat: 'never', what: 'look' } as const;
    const errors: string[] = [];
    for (let i = 0; i < 3; i++) errors.push(textsOf(await errorOf(client.send(call))));
    errors.push(
      textsOf(
        await errorOf(client.send({ ...call, url: `https://u:${password}@other.example.com/?session=${session}` })),
      ),
    );
    errors.push(textsOf(await errorOf(client.send({ ...call, url: `http://[bad?session=${session}` }))));
    await server.close();
    errors.push(textsOf(await errorOf(client.send(call))));
    expectClean([...trace, ...errors].join('\n'));
    expect(errors[2]).toContain('no ***');
  });
});

describe('what errors say of an answer', () => {
  it('keeps the words of the server, without the secrets of the call', async () => {
    const { get } = await setup([{ status: 503, body: `{"message":"password: too short (${password})"}` }], {
      authorize: () => ({ 'x-api-key': password }),
    });
    expect((await errorOf(get())).why).toBe('password: too short (***)');
  });

  it('quotes cut JSON without what has the name of a secret', async () => {
    const { get } = await setup([{ body: `{"user":"jo","session":"${session}` }]);
    const answer = await get();
    const error = await errorOf(Promise.resolve().then(() => answer.json()));
    expect(error.why).toBe('it begins with {"user":"jo","session":***');
    expectClean(textsOf(error));
  });
});

describe('TLS', () => {
  it('is refused with a hint, without repeats, until the authority is known', async () => {
    const { get, server, clock } = await setup([{ body: 'ok' }], {}, {}, LOOPBACK_TLS);
    const error = await errorOf(get());
    expect(error).toBeInstanceOf(Unavailable);
    expect(error.message).toMatch(/self.signed certificate/);
    expect(error.hint).toContain('--option ca-file=FILE');
    expect(clock.sleeps).toEqual([]);
    const known = await setup([{ body: 'ok' }], {}, { ca: LOOPBACK_TLS.cert }, LOOPBACK_TLS);
    expect((await known.get()).text()).toBe('ok');
    expect(server.requests).toHaveLength(0);
  });

  it('says when the authority file is none', () => {
    const env = { clock: new FakeClock(), signal: new AbortController().signal, userAgent: 't' };
    expect(() => openHttp({ base: 'https://a.example', concurrency: 1 }, { ...env, ca: 'hello' })).toThrow(UsageError);
  });
});
