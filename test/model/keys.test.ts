import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nearest, editDistance } from '../../src/model/nearest.js';
import { BOOKKEEPING, FIELDS, fieldByName, fieldOfProperty, fieldTitle, nearestField } from '../../src/model/fields.js';
import { deriveUid, foldText, newUid, uidKey } from '../../src/model/normalize.js';
import { fullCard } from './cards.js';

describe('foldText', () => {
  it.each([
    ['Søren  Müller ', 'soren muller'],
    ['ÉCOLE\t\nŁódź', 'ecole lodz'],
    ['Straße', 'strasse'],
    ['İstanbul', 'istanbul'],
    ['ﬁn ①', 'fin 1'],
    ['ΣΊΣΥΦΟΣ', 'σισυφοσ'],
    ['Ёлка', 'елка'],
    ['مُحَمَّد', 'محمد'],
    ['ガ', 'ガ'],
    ['한국', '한국'],
    ['कि', 'कि'],
    ['O\u2019Neil', "o'neil"],
  ])('%s', (text, folded) => expect(foldText(text)).toBe(folded));
  it('folding twice changes nothing', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(foldText(foldText(text))).toBe(foldText(text));
      }),
      { numRuns: 1000 },
    );
  });
});

describe('uids', () => {
  const uuid = '0a1b2c3d-1111-4222-8333-444455556666';
  it('are recognised in any spelling', () => {
    for (const form of [
      uuid,
      uuid.toUpperCase(),
      `urn:uuid:${uuid}`,
      `URN:UUID:${uuid.toUpperCase()}`,
      ` {${uuid}} `,
    ]) {
      expect(uidKey(form)).toBe(uuid);
    }
    expect(uidKey('Mixed@Case')).toBe('Mixed@Case');
    expect(uidKey('urn:uuid:Not-A-Uuid')).toBe('Not-A-Uuid');
  });
  it('derive the same for the same parts and differ for others', () => {
    expect(deriveUid('axigen', 'anna', '1')).toBe(deriveUid('axigen', 'anna', '1'));
    expect(deriveUid('a', 'bc')).not.toBe(deriveUid('ab', 'c'));
    expect(deriveUid('x')).toMatch(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    // Written into journals and id maps: must stay what it is.
    expect(deriveUid('local', 'me', '1')).toBe('urn:uuid:1c02a493-ebe9-5055-be04-c225389dc0a6');
  });
  it('are new each time', () => {
    expect(newUid()).not.toBe(newUid());
    expect(uidKey(newUid())).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4/);
  });
});

describe('nearest', () => {
  const words = ['list', 'search', 'show', 'delete', 'export', 'import', 'migrate', 'profile', 'autocomplete', 'undo'];
  it.each([
    ['lsit', 'list'],
    ['LIST', 'list'],
    ['serach', 'search'],
    ['exprot', 'export'],
    ['imprt', 'import'],
    ['migrat', 'migrate'],
    ['auto', 'autocomplete'],
    ['profiel', 'profile'],
    ['undoo', 'undo'],
    ['xyz', undefined],
    ['', undefined],
    ['x'.repeat(10_000), undefined],
  ])('%s', (word, expected) => expect(nearest(word, words)).toBe(expected));
  it('does not take any short word for any other', () => {
    expect(nearest('a', ['b'])).toBeUndefined();
    expect(nearest('to', ['id'])).toBeUndefined();
  });
  it('finds every word with one typing mistake', () => {
    const longer = words.filter((word) => word.length > 3);
    fc.assert(
      fc.property(fc.constantFrom(...longer), fc.nat(), (word, n) => {
        const at = n % (word.length - 1);
        const swapped = word.slice(0, at) + (word[at + 1] ?? '') + (word[at] ?? '') + word.slice(at + 2);
        expect(nearest(swapped, longer)).toBe(word);
      }),
    );
  });
  it('counts edits', () => {
    expect(editDistance('kitten', 'sitting')).toBe(3);
    expect(editDistance('ab', 'ba')).toBe(1);
    expect(editDistance('', 'abc')).toBe(3);
  });
});

describe('fields', () => {
  it('have unique names and titles', () => {
    expect(new Set(FIELDS.map((field) => field.name)).size).toBe(FIELDS.length);
    expect(new Set(FIELDS.map((field) => field.title)).size).toBe(FIELDS.length);
  });
  it('cover every property of a card', () => {
    for (const property of Object.keys(fullCard())) {
      const field = fieldOfProperty(property);
      if (BOOKKEEPING.has(property)) expect(field).toBeUndefined();
      else expect(field).toBe(property.includes(':') ? 'other' : property);
    }
    expect(fieldOfProperty('vCardParams')).toBe('other');
    expect(fieldOfProperty('constructor')).toBe('other');
  });
  it('are found by name', () => {
    expect(fieldByName('emails')?.title).toBe('e-mail addresses');
    expect(fieldTitle('keywords')).toBe('categories');
    expect(fieldTitle('nonsense')).toBe('nonsense');
    expect(nearestField('phons')).toBe('phones');
  });
});
