import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { openHttp } from '../../src/http/client.js';
import {
  Interrupted,
  ProtocolError,
  Refused,
  Unavailable,
  UnknownOutcome,
  UsageError,
} from '../../src/model/errors.js';
import { FakeClock } from '../support/flaky-server.js';
import { errorOf, setup } from './helpers.js';

describe('a call', () => {
  it('goes below the base, with query, headers and body', async () => {
    const { server, client } = await setup([{ body: 'ok' }]);
    const answer = await client.send({
      method: 'PROPFIND',
      url: 'a/b?x=1',
      query: { $top: 5, q: 'a b&c', gone: undefined, on: true, odd: '\ud800' },
      headers: { Depth: '1', 'User-Agent': 'mine' },
      body: 'grüße',
      repeat: 'safe',
      what: 'list',
    });
    expect(answer.text()).toBe('ok');
    expect(answer.url).toBe(`${server.url}/api/a/b?x=1&$top=5&q=a%20b%26c&on=true&odd=%EF%BF%BD`);
    const [seen] = server.requests;
    expect(seen).toMatchObject({
      method: 'PROPFIND',
      path: '/api/a/b?x=1&$top=5&q=a%20b%26c&on=true&odd=%EF%BF%BD',
      body: 'grüße',
    });
    expect(seen?.headers).toMatchObject({
      depth: '1',
      'user-agent': 'mine',
      'accept-encoding': 'gzip',
      'content-length': '7',
    });
  });

  it('gives all values of a header, and the first by name in any case', async () => {
    const { get } = await setup([{ headers: { DAV: ['1, 2', 'addressbook'], 'X-One': 'y' } }]);
    const answer = await get();
    expect(answer.headers('dav')).toEqual(['1, 2', 'addressbook']);
    expect(answer.header('X-ONE')).toBe('y');
    expect(answer.header('none')).toBeUndefined();
    expect(answer.headers('none')).toEqual([]);
  });

  it('reuses its connections and keeps to its number of calls', async () => {
    const { server, get } = await setup(() => ({ after: new Promise((resolve) => setTimeout(resolve, 5)) }), {
      concurrency: 3,
    });
    await Promise.all(Array.from({ length: 20 }, () => get()));
    expect(server.mostInFlight).toBe(3);
    expect(server.connections).toBe(3);
  });

  it('takes the number of the environment when there is one', async () => {
    const slow = () => ({ after: new Promise((resolve) => setTimeout(resolve, 5)) });
    const { server, get } = await setup(slow, { concurrency: 1 }, { concurrency: 5 });
    await Promise.all(Array.from({ length: 20 }, () => get()));
    expect(server.mostInFlight).toBe(5);
  });

  it('returns 4xx, accepted statuses and 304 as they are', async () => {
    for (const status of [304, 403, 404, 409, 412, 418]) {
      const { get } = await setup([{ status }]);
      expect((await get()).status).toBe(status);
    }
    for (const status of [301, 401, 408, 429, 500, 507]) {
      const { get, server } = await setup([{ status, headers: { location: '/x' } }]);
      expect((await get('contacts', { accept: [status] })).status).toBe(status);
      expect(server.requests).toHaveLength(1);
    }
  });

  it('ignores 1xx answers', async () => {
    const server = createServer((socket) => {
      socket.once('data', () => {
        socket.write('HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const env = { clock: new FakeClock(), signal: new AbortController().signal, userAgent: 't' };
    const client = openHttp({ base: `http://127.0.0.1:${port}`, concurrency: 1 }, env);
    const answer = await client.send({ method: 'GET', url: '', repeat: 'safe', what: 'look' });
    expect([answer.status, answer.text(), answer.header('link')]).toEqual([200, 'ok', undefined]);
    await client.close();
    server.close();
  });
});

describe('bodies', () => {
  const text = 'Grüße '.repeat(1000);
  it.each([
    ['gzip', gzipSync(text)],
    ['x-gzip', gzipSync(text)],
    ['deflate', deflateSync(text)],
    ['deflate', deflateRawSync(text)],
    ['br', brotliCompressSync(text)],
    ['identity', Buffer.from(text)],
  ])('decodes %s', async (coding, body) => {
    const { get } = await setup([{ headers: { 'content-encoding': coding }, body }]);
    expect((await get()).text()).toBe(text);
  });

  it('decodes the charset of the content type, UTF-8 when it is unknown', async () => {
    const { get } = await setup([
      { headers: { 'content-type': 'text/plain; charset="iso-8859-1"' }, body: Buffer.from([0xe9]) },
      { headers: { 'content-type': 'text/plain; charset=klingon' }, body: 'é' },
    ]);
    expect((await get()).text()).toBe('é');
    expect((await get()).text()).toBe('é');
  });

  it('takes a large compressed body from a server that closes at once behind it', async () => {
    const big = randomBytes(3_000_000);
    const packed = gzipSync(big);
    const head = 'HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\nconnection: close\r\n\r\n';
    const server = createServer((socket) => {
      socket.once('data', () => socket.end(Buffer.concat([Buffer.from(head), packed])));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { get } = await setup([], { base: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` });
    for (let nr = 0; nr < 5; nr++) expect((await get()).body.equals(big)).toBe(true);
    server.close();
  });

  it('an empty body with a coding is empty', async () => {
    const { get } = await setup([{ status: 200, headers: { 'content-encoding': 'gzip' } }]);
    expect((await get()).body).toHaveLength(0);
  });

  it('stops at the cap: plain, announced, and unpacked', async () => {
    const big = Buffer.alloc(200_000, 97);
    for (const reply of [
      { body: big },
      { headers: { 'transfer-encoding': 'chunked' }, body: big },
      { headers: { 'content-encoding': 'gzip' }, body: gzipSync(big) },
    ]) {
      const { get, server } = await setup([reply]);
      const error = await errorOf(get('contacts', { maxBody: 100_000 }));
      expect(error).toBeInstanceOf(ProtocolError);
      expect(error.message).toBe('cannot list contacts: the answer is larger than the limit of 100000 bytes');
      expect(server.requests).toHaveLength(1);
      expect((await get('contacts', { maxBody: 200_000 })).body).toHaveLength(200_000);
    }
  });

  it('a damaged or unasked coding is an error of the answer, for a create an unknown outcome', async () => {
    const cut = { headers: { 'content-encoding': 'gzip' }, body: gzipSync(text).subarray(0, 40) };
    const odd = { headers: { 'content-encoding': 'zstd' }, body: 'x' };
    const { get, post } = await setup([cut]);
    expect(await errorOf(get())).toBeInstanceOf(ProtocolError);
    expect(await errorOf(post())).toBeInstanceOf(UnknownOutcome);
    const other = await setup([odd]);
    expect((await errorOf(other.get())).message).toContain('encoded in a way that was not asked for (zstd)');
  });

  it('reads JSON and says what is wrong with it', async () => {
    const { get } = await setup([
      { body: '\ufeff{"a":[1]}' },
      { headers: { 'content-type': 'text/html' }, body: '<!DOCTYPE html><title>Login</title>' },
      { headers: { 'content-type': 'application/json' }, body: '<html>' },
      { body: '{"contacts":[{"name":"Ad' },
      { body: '{"a":1,}' },
      { body: '' },
    ]);
    expect((await get()).json()).toEqual({ a: [1] });
    const texts: string[] = [];
    for (let i = 0; i < 5; i++) {
      const answer = await get();
      expect(() => answer.json()).toThrow(ProtocolError);
      texts.push((await errorOf(Promise.resolve().then(() => answer.json()))).message);
    }
    expect(texts).toEqual([
      expect.stringMatching(/^cannot list contacts: \S+ answered with a web page, not JSON$/),
      expect.stringMatching(/^cannot list contacts: \S+ answered with a web page, not JSON$/),
      'answer of list contacts: the JSON is cut off after 24 characters',
      'answer of list contacts: no valid JSON at character 7',
      expect.stringMatching(/^cannot list contacts: \S+ answered nothing where JSON was due$/),
    ]);
  });
});

describe('repeats by the rule of the call', () => {
  it.each([502, 503, 504, 408])('%d: reads and idempotent writes again, a create is unknown', async (status) => {
    const { get, post, server, clock } = await setup([
      { status },
      { status },
      { body: 'ok' },
      { status },
      { body: 'ok' },
      { status },
    ]);
    expect((await get()).text()).toBe('ok');
    expect(clock.sleeps).toEqual([250, 500]);
    expect((await post({ repeat: 'idempotent', method: 'PUT' })).text()).toBe('ok');
    const error = await errorOf(post());
    expect(error).toBeInstanceOf(UnknownOutcome);
    expect(error.status).toBe(status);
    expect(server.requests).toHaveLength(6);
  });

  it('500 once only', async () => {
    const { get, server } = await setup([
      { status: 500, headers: { 'content-type': 'text/plain' }, body: 'database \u001b[31mlocked\nline 2' },
    ]);
    const error = await errorOf(get());
    expect(error).toBeInstanceOf(Unavailable);
    expect(error.message).toBe('cannot list contacts: the server answered 500 Internal Server Error, tried 2 times');
    expect(error.why).toBe('database \\e[31mlocked');
    expect(server.requests).toHaveLength(2);
  });

  it('501 and 507 are refusals', async () => {
    for (const status of [501, 507]) {
      const { post, server } = await setup([{ status, body: '{"error":{"code":"Q","message":"mailbox full"}}' }]);
      const error = await errorOf(post());
      expect(error).toBeInstanceOf(Refused);
      expect(error).toMatchObject({ status, why: 'mailbox full' });
      expect(server.requests).toHaveLength(1);
    }
  });

  it("never shows HTML as the server's words", async () => {
    const { get } = await setup([{ status: 503, headers: { 'content-type': 'text/plain' }, body: '<html><h1>Busy' }]);
    expect((await errorOf(get())).why).toBe('it answered with a web page');
  });

  it('429 again for every rule, after Retry-After in seconds or as a date', async () => {
    const { post, clock, server, retries } = await setup(
      (_request, count) =>
        [
          { status: 429, headers: { 'retry-after': '7' } },
          { status: 429, headers: { 'retry-after': new Date(Date.UTC(2026, 0, 1) + 19_000).toUTCString() } },
          { status: 429 },
          { status: 201 },
        ][count] ?? {},
    );
    expect((await post()).status).toBe(201);
    // 7 s; the date is 12 s later; then the third backoff.
    expect(clock.sleeps).toEqual([7_000, 12_000, 1_000]);
    expect(server.requests).toHaveLength(4);
    expect(retries[0]).toEqual({
      what: 'create the contact',
      reason: '429 Too Many Requests',
      waitMs: 7_000,
      attempt: 1,
    });
  });

  it('gives up after the retries, naming status and words', async () => {
    const { get, server } = await setup([{ status: 429, body: '"slow down"' }], {}, { retries: 2 });
    const error = await errorOf(get());
    expect(error).toBeInstanceOf(Unavailable);
    expect(error).toMatchObject({ status: 429, why: 'slow down' });
    expect(server.requests).toHaveLength(3);
  });

  it('does not wait longer than five minutes', async () => {
    const { get, clock, server } = await setup([{ status: 503, headers: { 'retry-after': '7200' } }]);
    const error = await errorOf(get());
    expect(error).toBeInstanceOf(Unavailable);
    expect(error.message).toBe('cannot list contacts: the server asks to wait 2 hours (503 Service Unavailable)');
    expect(server.requests).toHaveLength(1);
    expect(clock.sleeps).toEqual([]);
  });

  it('a reset connection: reads again, a create is unknown', async () => {
    const { get, post, server } = await setup([
      { fault: 'reset' },
      { fault: 'cut', body: 'half' },
      { body: 'ok' },
      { fault: 'reset' },
    ]);
    expect((await get()).text()).toBe('ok');
    const error = await errorOf(post());
    expect(error).toBeInstanceOf(UnknownOutcome);
    expect(error.message).toMatch(/^create the contact: the connection was .*, so it may or may not have happened$/);
    expect(server.requests).toHaveLength(4);
  });

  it('a refused connection is tried again for every rule, then named', async () => {
    const { post, server, clock, client } = await setup([{}]);
    await server.close();
    const error = await errorOf(post());
    expect(error).toBeInstanceOf(Unavailable);
    expect(error.message).toBe(
      `cannot create the contact: the connection was refused (127.0.0.1:${server.port}, tried 5 times)`,
    );
    expect(clock.sleeps).toEqual([250, 500, 1000, 2000]);
    await client.close();
  });

  it('a server that hangs: time limit, before and inside the answer', async () => {
    for (const fault of ['hang', 'hang-body'] as const) {
      const { get, post, server } = await setup([{ fault, body: 'x' }], {}, { retries: 1 });
      const error = await errorOf(get('contacts', { timeout: 60 }));
      expect(error).toBeInstanceOf(Unavailable);
      expect(error.message).toContain('no answer in time');
      expect(server.requests).toHaveLength(2);
      expect(await errorOf(post({ timeout: 60 }))).toBeInstanceOf(UnknownOutcome);
    }
  });
});

describe('interruption', () => {
  it('stops a read in flight', async () => {
    const { get, abort, server } = await setup([{ fault: 'hang' }]);
    const pending = errorOf(get());
    while (server.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 2));
    abort.abort();
    expect(await pending).toBeInstanceOf(Interrupted);
    expect(await errorOf(get())).toBeInstanceOf(Interrupted);
    expect(server.requests).toHaveLength(1);
  });

  it('lets a write in flight bring its answer home', async () => {
    let answer = (): void => undefined;
    const { post, abort, server } = await setup([
      { status: 201, after: new Promise<void>((resolve) => (answer = resolve)) },
    ]);
    const pending = post();
    while (server.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 2));
    abort.abort();
    answer();
    expect((await pending).status).toBe(201);
    expect(await errorOf(post())).toBeInstanceOf(Interrupted);
  });

  it('frees those who wait for their turn', async () => {
    const { get, abort, server } = await setup([{ fault: 'hang' }], { concurrency: 1 });
    const pending = [errorOf(get()), errorOf(get()), errorOf(get())];
    while (server.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 2));
    abort.abort();
    for (const error of await Promise.all(pending)) expect(error).toBeInstanceOf(Interrupted);
  });
});

describe('plain http and odd URLs', () => {
  const env = { clock: new FakeClock(), signal: new AbortController().signal, userAgent: 't' };
  it.each([
    'http://127.0.0.1:1',
    'http://127.9.8.7',
    'http://[::1]:5232/',
    'http://localhost',
    'https://mail.example.com',
  ])('allows %s', async (base) => {
    await openHttp({ base, concurrency: 1 }, env).close();
  });
  it.each([
    'http://mail.example.com',
    'http://128.0.0.1',
    'http://127.0.0.1.evil.com',
    'http://localhost.evil.com',
    'http://[::2]',
  ])('refuses %s unless allowed', async (base) => {
    expect(() => openHttp({ base, concurrency: 1 }, env)).toThrow(UsageError);
    expect(() => openHttp({ base, concurrency: 1 }, env)).toThrow(/plain http/);
    await openHttp({ base, concurrency: 1 }, { ...env, allowHttp: true }).close();
  });
  it.each(['mail.example.com', 'ftp://mail.example.com', ''])('refuses "%s"', (base) => {
    expect(() => openHttp({ base, concurrency: 1 }, env)).toThrow(UsageError);
  });
  it('refuses another origin with credentials, and other schemes', async () => {
    const { get, server } = await setup([{}]);
    for (const url of [
      'https://other.example.com/x',
      'http://127.0.0.1:1/x',
      'file:///etc/passwd',
      'javascript:1',
      'http://[',
    ]) {
      expect(await errorOf(get(url))).toBeInstanceOf(ProtocolError);
    }
    expect(await errorOf(get('//other.example.com/x'))).toBeInstanceOf(UsageError);
    expect(server.requests).toHaveLength(0);
  });
  it('refuses header values that HTTP forbids', async () => {
    const { get, server } = await setup([{}]);
    const error = await errorOf(get('contacts', { headers: { 'if-match': 'a\r\nX-Evil: 1' } }));
    expect(error).toBeInstanceOf(UsageError);
    expect(server.requests).toHaveLength(0);
  });
});
