import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cardOf as fromNative, nativeOf, project, unstorable } from '../../src/providers/filemail/map.js';
import { filemail } from '../../src/providers/filemail/index.js';
import { FIELDS } from '../../src/model/fields.js';
import { diffCards } from '../../src/model/normalize.js';
import { arbitraryCard } from '../support/arbitrary-card.js';
import { people } from '../fakes/people.js';
import { cardOf } from './filemail-setup.js';

const MOBILE = { mobile: true } as const;

describe('a card as Filemail takes it', () => {
  test('full name, the preferred address, the preferred mobile phone', () => {
    const card = cardOf({
      name: { full: ' Ada  Lovelace ' },
      emails: { a: { address: 'second@example.org' }, b: { address: ' first@example.org ', pref: 1 } },
      phones: {
        a: { number: '+44 20 7946 0001', pref: 1 },
        b: { number: '+44 7700 900001', features: MOBILE },
        c: { number: 'tel:+447700900002', features: { ...MOBILE, voice: true }, contexts: { work: true }, pref: 2 },
      },
    });
    expect(nativeOf(card)).toEqual({ name: 'Ada Lovelace', email: 'first@example.org', mobile: '+447700900002' });
  });

  test('only what is said to be a mobile phone is one', () => {
    const phones = {
      a: { number: '1' },
      b: { number: '2', features: { fax: true as const } },
      c: { number: '', features: MOBILE },
    };
    expect(nativeOf(cardOf({ phones })).mobile).toBe('');
    expect(nativeOf(cardOf({ phones: { a: { number: '3', features: { Mobile: true } } } })).mobile).toBe('3');
  });

  test('a name is required: organization, nickname, then the address stand in', () => {
    const emails = { e: { address: 'ada@example.org' } };
    expect(nativeOf(cardOf({ emails, organizations: { o: { name: 'Engines' } } })).name).toBe('Engines');
    expect(nativeOf(cardOf({ emails, nicknames: { n: { name: 'Countess' } } })).name).toBe('Countess');
    expect(nativeOf(cardOf({ emails, name: { full: '  ' } })).name).toBe('ada@example.org');
    const components = [
      { kind: 'given', value: 'Ada' },
      { kind: 'surname', value: 'King' },
    ];
    expect(nativeOf(cardOf({ emails, name: { components } })).name).toBe('Ada King');
  });

  test('no address, or nothing like one: cannot be stored; none is made up', () => {
    expect(unstorable(cardOf({ name: { full: 'Ada' } }))).toBe('a Filemail contact needs an e-mail address');
    expect(unstorable(cardOf({ emails: { e: { address: '/o=Org/cn=ada' } } }))).toContain('"/o=Org/cn=ada" is none');
    expect(unstorable(cardOf({ emails: { e: { address: '@' }, f: { address: 'a@b' } } }))).toBeUndefined();
    expect(nativeOf(cardOf({ emails: { e: { address: '/o=Org', pref: 1 }, f: { address: 'a@b' } } })).email).toBe(
      'a@b',
    );
  });

  test('what does not fit is a difference, not a change of the rest', () => {
    const card = cardOf({
      name: { full: 'Ada' },
      emails: { a: { address: 'a@example.org' }, b: { address: 'b@example.org' } },
      notes: { n: { note: 'x' } },
      keywords: { Friends: true },
    });
    expect(diffCards(card, project(card)).map(({ field, kind }) => [field, kind])).toEqual([
      ['emails', 'missing'],
      ['notes', 'missing'],
      ['keywords', 'missing'],
    ]);
  });

  test('people and any card: projecting twice is projecting once, and is what comes back', () => {
    for (const card of people(200, { seed: 5 })) {
      expect(project(project(card))).toEqual(project(card));
      expect(fromNative(nativeOf(card), card.uid)).toEqual(project(card));
    }
    fc.assert(
      fc.property(arbitraryCard, (card) => {
        const before = JSON.stringify(card);
        const once = project(card);
        expect(JSON.stringify(card)).toBe(before);
        expect(project(once)).toEqual(once);
        expect(new URLSearchParams(new URLSearchParams({ ...nativeOf(card) }).toString()).get('name')).toBe(
          nativeOf(card).name,
        );
      }),
    );
  });

  test('every field has a fate, and the fates are those of the projection', () => {
    expect(filemail.fields.map(({ field }) => field).sort()).toEqual(FIELDS.map(({ name }) => name).sort());
    const kept = filemail.fields.filter(({ fate }) => fate !== 'lost').map(({ field }) => field);
    expect(kept).toEqual(['name', 'emails', 'phones']);
    expect(Object.keys(project(people(50, { seed: 1 })[0] ?? cardOf({}))).sort()).toEqual(
      expect.arrayContaining(['@type', 'uid', 'version']),
    );
    for (const card of people(200, { seed: 2 })) {
      const properties = Object.keys(project(card)).filter((key) => !['@type', 'version', 'uid'].includes(key));
      expect(properties.every((property) => kept.includes(property))).toBe(true);
    }
  });
});
