import { describe, expect, it } from 'vitest';
import { nextHop } from '../../src/http/redirect.js';
import { ProtocolError } from '../../src/model/errors.js';
import { makeAnswer } from '../../src/http/answer.js';
import { startFlaky } from '../support/flaky-server.js';
import { errorOf, setup } from './helpers.js';

const to = (location: string, status = 302) => ({ status, headers: { location } });
const authorize = () => ({ authorization: 'Bearer tok-en' });

describe('redirects', () => {
  it.each([301, 302, 307, 308])('%d keeps method, body and sign-in on the same server', async (status) => {
    const { client, server } = await setup([to('/dav/', status), { status: 207 }], { authorize });
    const answer = await client.send({
      method: 'PROPFIND',
      url: '/.well-known/carddav',
      body: '<a/>',
      headers: { depth: '0' },
      repeat: 'safe',
      what: 'discover',
    });
    expect(answer.url).toBe(`${server.url}/dav/`);
    expect(server.requests[1]).toMatchObject({ method: 'PROPFIND', path: '/dav/', body: '<a/>' });
    expect(server.requests[1]?.headers).toMatchObject({ authorization: 'Bearer tok-en', depth: '0' });
  });

  it.each([301, 302, 303])('%d turns POST into GET without body', async (status) => {
    const { post, server } = await setup([to('done', status), { body: 'ok' }], { authorize });
    expect((await post({ headers: { 'content-type': 'application/json' } })).text()).toBe('ok');
    expect(server.requests[1]).toMatchObject({ method: 'GET', path: '/api/done', body: '' });
    expect(server.requests[1]?.headers['content-type']).toBeUndefined();
  });

  it('307 keeps POST', async () => {
    const { post, server } = await setup([to('/other', 307), { status: 201 }], { authorize });
    expect((await post({ body: '{"a":1}' })).status).toBe(201);
    expect(server.requests[1]).toMatchObject({ method: 'POST', body: '{"a":1}' });
  });

  it('never carries credentials to another server', async () => {
    const other = await startFlaky([{ body: 'evil' }]);
    const { get, post, client } = await setup([to(`${other.url}/x?session=s3cret`)], { authorize });
    const signIn = {
      method: 'POST',
      url: 'login',
      body: 'password=x',
      repeat: 'safe',
      what: 'sign in',
      anonymous: true,
    } as const;
    for (const call of [() => get(), () => post(), () => client.send(signIn)]) {
      const error = await errorOf(call());
      expect(error).toBeInstanceOf(ProtocolError);
      expect(error.message).toContain(`the server redirects to ${other.url}/x?session=***, another server`);
      expect(error.hint).toContain(`--url ${other.url}`);
    }
    expect(other.requests).toHaveLength(0);
    await other.close();
  });

  it('lets an anonymous read go to another server, without its secrets', async () => {
    const other = await startFlaky([{ body: 'ok' }]);
    const { get } = await setup([to(`${other.url}/x`)], { authorize });
    const answer = await get('a', { anonymous: true, headers: { cookie: 'a=b', depth: '0' } });
    expect(answer.url).toBe(`${other.url}/x`);
    expect(other.requests[0]?.headers).toMatchObject({ depth: '0' });
    expect(other.requests[0]?.headers).not.toHaveProperty('cookie');
    expect(other.requests[0]?.headers).not.toHaveProperty('authorization');
    await other.close();
  });

  it('stops at a loop', async () => {
    const { get, server } = await setup([to('/again')]);
    expect((await errorOf(get())).message).toBe('cannot list contacts: more than 5 redirects');
    expect(server.requests).toHaveLength(6);
  });

  it('drops user info, refuses other schemes and what is no URL', async () => {
    const plain = await setup((request) =>
      request.path === '/x' ? { body: 'ok' } : to(`http://u:p@${request.headers.host}/x`),
    );
    expect((await plain.get()).url).toBe(`${plain.server.url}/x`);
    for (const location of ['file:///etc/passwd', 'http://[']) {
      const { get } = await setup([to(location)]);
      expect(await errorOf(get())).toBeInstanceOf(ProtocolError);
    }
  });

  it('is an answer without Location', async () => {
    const { get } = await setup([{ status: 302 }]);
    expect((await get()).status).toBe(302);
  });

  it('never goes from https to plain http', () => {
    const raw = { status: 301, headers: new Map([['location', ['http://mail.example.com/']]]), body: Buffer.alloc(0) };
    const from = {
      what: 'look',
      url: new URL('https://mail.example.com/'),
      method: 'GET',
      anonymous: true,
      hops: 0,
      show: String,
    };
    expect(() => nextHop(makeAnswer(raw, 'https://mail.example.com/', 'look'), from)).toThrow(
      /from https to plain http/,
    );
  });
});
