import { afterEach, describe, expect, it } from 'vitest';
import { cleanEtag, davSignIn, discover } from '../../src/dav/index.js';
import type { HttpAnswer, HttpCall } from '../../src/http/types.js';
import { Secret } from '../../src/model/text.js';
import { bench, closeAll } from './support.js';

afterEach(closeAll);

const CALL: HttpCall = { method: 'GET', url: 'http://dav.example.com/a', repeat: 'safe', what: 'look' };
const BASIC = `Basic ${Buffer.from('ann:pä:ss').toString('base64')}`;

function asked(...values: string[]): HttpAnswer {
  const none = (): never => {
    throw new Error('not read');
  };
  return {
    status: 401,
    url: CALL.url,
    header: () => values[0],
    headers: () => values,
    body: Buffer.alloc(0),
    text: () => '',
    json: none,
  };
}

describe('davSignIn', () => {
  const credentials = { user: 'ann', password: new Secret('pä:ss') };

  it.each(['https://dav.example.com/', 'http://localhost:1/', 'http://127.0.0.1/', 'http://[::1]:1/'])(
    'sends Basic unasked to %s',
    (base) => {
      expect(davSignIn(credentials, base).authorize?.(CALL)).toEqual({ authorization: BASIC });
    },
  );

  it('sends nothing unasked over plain http, and Basic when asked', () => {
    const { authorize, challenge } = davSignIn(credentials, 'http://dav.example.com/');
    expect(authorize?.(CALL)).toEqual({});
    expect(challenge?.(asked('Negotiate'), CALL)).toBeUndefined();
    expect(challenge?.(asked('Basic realm="x"'), CALL)).toEqual({ authorization: BASIC });
    expect(authorize?.(CALL)).toEqual({ authorization: BASIC });
  });

  it('prefers Digest, keeps to it, and sends no Basic any more', () => {
    const { authorize, challenge } = davSignIn(credentials, 'https://dav.example.com/');
    const answer = asked('Basic realm="x"', 'Digest realm="x", nonce="n", qop="auth"');
    expect(challenge?.(answer, CALL)?.['authorization']).toMatch(/^Digest /);
    expect(authorize?.(CALL)).toEqual({});
    expect(challenge?.prepare?.('GET', CALL.url)?.['authorization']).toMatch(/nc=00000002/);
  });

  it('obeys the one scheme it is told', () => {
    const digest = davSignIn({ ...credentials, scheme: 'digest' }, 'https://dav.example.com/');
    expect(digest.authorize?.(CALL)).toEqual({});
    expect(digest.challenge?.(asked('Basic realm="x"'), CALL)).toBeUndefined();
    const basic = davSignIn({ ...credentials, scheme: 'basic' }, 'https://dav.example.com/');
    expect(basic.challenge?.(asked('Digest realm="x", nonce="n", qop="auth"'), CALL)).toBeUndefined();
    const bearer = davSignIn({ token: new Secret('t0k') }, 'https://dav.example.com/');
    expect(bearer.authorize?.(CALL)).toEqual({ authorization: 'Bearer t0k' });
    expect(davSignIn({}, 'https://dav.example.com/')).toEqual({});
  });

  it('needs one 401 at a Digest server, not one a call', async () => {
    const { server, dav } = await bench({ quirks: 'sabre' });
    await discover(dav, '/');
    await discover(dav, '/');
    const basic = server.requests.filter((request) => request.headers.authorization?.startsWith('Basic'));
    expect(basic.length).toBeLessThanOrEqual(2);
    server.assertClean();
  });
});

describe('cleanEtag', () => {
  it.each([
    ['"a"', '"a"'],
    [' W/"a" ', '"a"'],
    ['a', '"a"'],
    ['', undefined],
    [undefined, undefined],
    ['"a\r\nX: y"', undefined],
    ['"ü€"', undefined],
  ])('%j becomes %j', (raw, etag) => {
    expect(cleanEtag(raw)).toBe(etag);
  });
});
