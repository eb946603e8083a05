import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Card } from '../../src/model/card.js';
import { InputError } from '../../src/model/errors.js';
import { cloneJson, equalJson } from '../../src/model/json.js';
import { applyPatch, diffPatch, escapePointer, splitPointer } from '../../src/model/patch.js';
import { anyCard, card, fullCard } from './cards.js';

/** JSON with awkward keys and nulls inside; never null at the top. */
const awkward = fc.letrec((tie) => ({
  key: fc.constantFrom('a', 'b', 'a/b', 'a~b', '~1', '', '__proto__', 'constructor', 'prototype', '0', 'ü'),
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(null, 0, 1, true, 'x'),
    fc.array(tie('value'), { maxLength: 3 }),
    tie('object'),
  ),
  object: fc.dictionary(tie('key') as fc.Arbitrary<string>, tie('value'), { maxKeys: 4 }),
})).object;

const holding = (value: unknown): Card => card({ keywords: { x: true }, 'example.com:x': cloneJson(value) });

describe('diffPatch and applyPatch', () => {
  it('apply(a, diff(a, b)) is b, and a stays as it was', () => {
    fc.assert(
      fc.property(anyCard, anyCard, (a, b) => {
        const before = JSON.stringify(a);
        const result = applyPatch(a, diffPatch(a, b));
        expect(equalJson(result, b)).toBe(true);
        expect(JSON.stringify(a)).toBe(before);
      }),
      { numRuns: 300 },
    );
  });

  it('does so with nulls, escapes and hostile keys inside extensions', () => {
    fc.assert(
      fc.property(awkward, awkward, (x, y) => {
        const patch = diffPatch(holding(x), holding(y));
        const through = JSON.parse(JSON.stringify(patch)) as typeof patch;
        expect(equalJson(applyPatch(holding(x), through), holding(y))).toBe(true);
        expect(Object.getPrototypeOf({})).toBe(Object.prototype);
        expect(({} as Record<string, unknown>).polluted).toBeUndefined();
      }),
      { numRuns: 500 },
    );
  });

  it('is empty for equal cards, whatever the order of members', () => {
    const a = fullCard();
    const b = Object.fromEntries(Object.entries(fullCard()).reverse()) as Card;
    expect(diffPatch(a, b)).toEqual({});
  });

  it('goes as deep as it makes sense: members of objects, whole arrays', () => {
    const after = fullCard();
    after.emails = {
      e1: { address: 'new@example.com', contexts: { private: true }, pref: 1 },
      e9: { address: 'x@y.z' },
    };
    after.organizations = { ...after.organizations, o1: { name: 'Acme', units: [{ name: 'Sales' }] } };
    delete after.notes;
    after.keywords = { 'a/b~c': true };
    expect(diffPatch(fullCard(), after)).toEqual({
      'emails/e1/address': 'new@example.com',
      'emails/e1/contexts/private': true,
      'emails/e1/contexts/work': null,
      'emails/e2': null,
      'emails/e9': { address: 'x@y.z' },
      'organizations/o1/units': [{ name: 'Sales' }],
      notes: null,
      'keywords/friends': null,
      'keywords/vip': null,
      'keywords/a~1b~0c': true,
    });
  });

  it('shares nothing with its input but texts', () => {
    const value = { address: 'x@y.z' };
    const before = card({ emails: { a: { address: 'a@b.c' } } });
    const after = applyPatch(before, { 'emails/b': value });
    value.address = 'changed';
    expect(after.emails?.b?.address).toBe('x@y.z');
    expect(after.emails?.a).not.toBe(before.emails?.a);
  });
});

describe('applyPatch refuses', () => {
  const base = card({ emails: { a: { address: 'a@b.c' } }, vCardProps: [['x', {}, 'text', '1']] });
  const refused = (patch: Record<string, unknown>): string => {
    try {
      applyPatch(base, patch);
    } catch (error) {
      expect(error).toBeInstanceOf(InputError);
      return error instanceof Error ? error.message : '';
    }
    return '';
  };
  it('a missing parent', () =>
    expect(refused({ 'phones/a/number': '1' })).toContain('"phones/a/number" has no parent'));
  it('a text as parent', () => expect(refused({ 'emails/a/address/x': '1' })).toContain('no parent'));
  it('a way into a list', () => expect(refused({ 'vCardProps/0': null })).toContain('points into a list'));
  it('one path before another', () => {
    expect(refused({ emails: {}, 'emails/a/address': 'x' })).toBe('patch: "emails" and "emails/a/address" overlap');
    expect(refused({ 'emails/a': null, 'emails/a-b': { address: 'x@y.z' } })).toBe('');
  });
  it('broken escapes and missing values', () => {
    expect(refused({ 'keywords/~2': true })).toContain('no JSON pointer');
    expect(refused({ language: undefined })).toContain('no value');
  });
  it('ways into prototypes', () => {
    for (const name of ['__proto__', 'constructor', 'prototype']) {
      const patch = JSON.parse(`{"${name}":{"polluted":1}}`) as Record<string, unknown>;
      expect(refused(patch)).toContain('no property');
      expect(refused({ [`${name}/polluted`]: 1 })).toContain('no property');
      expect(refused({ [`emails/a/${name}/polluted`]: 1 })).toContain('no parent');
    }
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
  it('but takes such names as keys of maps', () => {
    const patched = applyPatch(card({ keywords: { a: true } }), {
      'keywords/__proto__': true,
      'keywords/constructor': true,
    });
    expect(Object.keys(patched.keywords ?? {})).toEqual(['a', '__proto__', 'constructor']);
    expect(Object.getPrototypeOf(patched.keywords)).toBe(Object.prototype);
    expect(Object.keys(applyPatch(patched, { 'keywords/__proto__': null }).keywords ?? {})).toEqual([
      'a',
      'constructor',
    ]);
  });
  it('and lets the absent be removed', () =>
    expect(applyPatch(base, { phones: null, 'emails/zz': null })).toEqual(base));
});

describe('pointers', () => {
  it('escape and split are inverse', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' }), { minLength: 1 }), (keys) => {
        expect(splitPointer(keys.map(escapePointer).join('/'))).toEqual(keys);
      }),
    );
  });
});
