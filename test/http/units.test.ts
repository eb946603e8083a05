import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  asArray,
  asBoolean,
  asNumber,
  asObject,
  asString,
  member,
  optArray,
  optBoolean,
  optNumber,
  optObject,
  optString,
} from '../../src/http/check.js';
import { failureOf } from '../../src/http/failure.js';
import { jsonStop } from '../../src/http/json-stop.js';
import { backoffMs, judgeStatus, retryAfterMs } from '../../src/http/retry.js';
import { ProtocolError } from '../../src/model/errors.js';

describe('checkers', () => {
  it('name the field and what came instead', () => {
    const where = 'list contacts: contacts[3].emails';
    expect(() => asObject('x', where)).toThrow(
      'answer of list contacts: contacts[3].emails must be an object, got a string',
    );
    expect(() => asObject([], where)).toThrow('must be an object, got an array');
    expect(() => asArray(null, where)).toThrow('must be an array, got null');
    expect(() => asString(undefined, where)).toThrow('must be a string, got nothing');
    expect(() => asNumber('1', where)).toThrow('must be a number, got a string');
    expect(() => asNumber(NaN, where)).toThrow(ProtocolError);
    expect(() => asBoolean(1, where)).toThrow('must be true or false, got a number');
    expect(() => asString(true, where)).toThrow('must be a string, got true');
  });

  it('optional members: absent and null are the same, the name joins the path', () => {
    const object = { s: 'x', n: 1, b: false, o: {}, a: [1], nil: null };
    expect(optString(object, 's', 'look')).toBe('x');
    expect(optNumber(object, 'n', 'look')).toBe(1);
    expect(optBoolean(object, 'b', 'look')).toBe(false);
    expect(optObject(object, 'o', 'look')).toEqual({});
    expect(optArray(object, 'a', 'look')).toEqual([1]);
    expect(optString(object, 'nil', 'look')).toBeUndefined();
    expect(optString(object, 'none', 'look')).toBeUndefined();
    expect(() => optString(object, 'n', 'look')).toThrow('answer of look: n must be a string, got a number');
    expect(() => optString(object, 'n', 'look: a[1]')).toThrow('answer of look: a[1].n must be a string');
  });

  it('do not see what a prototype offers', () => {
    expect(member({}, 'constructor')).toBeUndefined();
    expect(optObject({}, '__proto__', 'x')).toBeUndefined();
    expect(member(asObject(JSON.parse('{"__proto__":{"a":1}}'), 'x'), '__proto__')).toEqual({ a: 1 });
  });
});

describe('Retry-After', () => {
  const now = Date.UTC(1994, 10, 6, 8, 49, 0);
  it.each([
    ['120', 120_000],
    [' 3 ', 3_000],
    ['0', 0],
    ['1.5', 1_500],
    ['Sun, 06 Nov 1994 08:49:37 GMT', 37_000],
    ['Sunday, 06-Nov-94 08:49:37 GMT', 37_000],
    ['Sun Nov  6 08:49:37 1994', 37_000],
    ['Sun, 06 Nov 1994 08:48:00 GMT', 0],
    ['soon', undefined],
    ['-5', undefined],
    ['', undefined],
    ['1994', 1_994_000],
    [undefined, undefined],
  ])('%s', (header, ms) => {
    expect(retryAfterMs(header, now)).toBe(ms);
  });
});

describe('backoff', () => {
  it('doubles from 250 ms to 30 s, with full jitter', () => {
    expect([0, 1, 2, 3, 6, 7, 8, 1000].map((n) => backoffMs(n, 1))).toEqual([
      250, 500, 1000, 2000, 16000, 30000, 30000, 30000,
    ]);
    expect(backoffMs(3, 0)).toBe(0);
    expect(backoffMs(3, 0.5)).toBe(1000);
  });
});

describe('statuses', () => {
  it('are judged by the rule of the call', () => {
    const kinds = (status: number) =>
      (['safe', 'idempotent', 'never'] as const).map((rule) => judgeStatus(status, rule).kind);
    expect(kinds(200)).toEqual(['return', 'return', 'return']);
    expect(kinds(404)).toEqual(['return', 'return', 'return']);
    expect(kinds(429)).toEqual(['repeat', 'repeat', 'repeat']);
    for (const status of [408, 500, 502, 503, 504, 509, 520, 599])
      expect(kinds(status)).toEqual(['repeat', 'repeat', 'unknown']);
    expect(kinds(507)).toEqual(['refused', 'refused', 'refused']);
    expect(judgeStatus(500, 'safe')).toEqual({ kind: 'repeat', most: 1 });
  });
});

describe('failures', () => {
  const coded = (code: string, message = 'm') => Object.assign(new Error(message), { code });
  it('are told apart by code, also inside others', () => {
    expect(failureOf(coded('ENOTFOUND'), false)).toMatchObject({ kind: 'dns', reason: 'there is no such host' });
    expect(failureOf(coded('ECONNREFUSED'), false).kind).toBe('connect');
    expect(failureOf(new AggregateError([coded('ECONNREFUSED')]), false).reason).toBe('the connection was refused');
    expect(failureOf(new Error('x', { cause: coded('EAI_AGAIN') }), false).reason).toBe(
      'the name server did not answer',
    );
    expect(failureOf(coded('DEPTH_ZERO_SELF_SIGNED_CERT', 'self-signed certificate'), false)).toMatchObject({
      kind: 'tls',
      reason: 'self-signed certificate (DEPTH_ZERO_SELF_SIGNED_CERT)',
    });
    expect(failureOf(coded('UND_ERR_HEADERS_TIMEOUT'), true).kind).toBe('timeout');
    expect(failureOf(coded('ECONNRESET'), true)).toMatchObject({ kind: 'broken', sent: true });
    expect(failureOf('odd', true).reason).toBe('odd');
  });
});

describe('where JSON stops', () => {
  it.each([
    ['{"a":1,}', 7, false],
    ['{"a" 1}', 5, false],
    ['[1 2]', 3, false],
    ['[01]', 1, false],
    ['{"a":tru', 5, true],
    ['{"a":"x', 7, true],
    ['{"a":"x\\u12', 11, true],
    ['{"a":"\\q"}', 6, false],
    ['["a\nb"]', 3, false],
    ['[1,', 3, true],
    ['{', 1, true],
    ['{}x', 2, false],
    ["{'a':1}", 1, false],
    ['[}', 1, false],
  ])('%s', (text, at, cut) => {
    expect(jsonStop(text)).toEqual({ at, cut });
  });

  it('any cut of good JSON is a cut, and good JSON runs to its end', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 4 }), fc.nat(), (json, n) => {
        expect(jsonStop(json).at).toBe(json.length);
        const cut = json.slice(0, n % json.length);
        try {
          JSON.parse(cut);
        } catch {
          expect(jsonStop(cut).cut).toBe(true);
        }
      }),
    );
  });

  it('is quick on long and deep texts', () => {
    const started = performance.now();
    jsonStop(`["${'x'.repeat(5_000_000)}`);
    jsonStop('['.repeat(1_000_000));
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});
