import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Card } from '../../src/model/card.js';
import { FIELDS } from '../../src/model/fields.js';
import { diffCards } from '../../src/model/normalize.js';
import { createBody, FAVORITE, parseContact, project, updateBody } from '../../src/providers/portsip/map.js';
import { placeOf, toId } from '../../src/providers/portsip/places.js';
import { portsip } from '../../src/providers/portsip/index.js';
import { LIMITS } from '../fakes/portsip.js';
import { people } from '../fakes/people.js';
import { arbitraryCard } from '../support/arbitrary-card.js';
import { cardOf, named } from './portsip-setup.js';

/** A contact as the vendor's page shows it, with something in every member. */
const FULL = {
  id: 'NzAwNTUxOTA5NzczMTQ4MTYw',
  name: 'Ada King',
  email: 'ada@example.com',
  company: 'Engines Ltd',
  title: 'Programmer',
  business: '1',
  business2: '2',
  mobile_phone: '3',
  mobile_phone2: '4',
  home_phone: '5',
  home_phone2: '6',
  other: '7',
  business_fax: '8',
  home_fax: '9',
  address: '1 Main St, Springfield',
  notes: 'line one\r\nline two',
  sync_type: 'Microsoft 365',
  favorite: true,
};

const read = (native: unknown): Card => parseContact(native, 'read the contact', 'host personal').card;
/** What a server makes of a new contact. */
const stored = (card: Card): Card => ({
  ...read({ ...createBody(card), id: '1', favorite: card[FAVORITE] === true }),
  uid: card.uid,
});

describe('reading', () => {
  test('the whole contact of the page', () => {
    const work = { contexts: { work: true } };
    const home = { contexts: { private: true } };
    const mobile = { features: { mobile: true } };
    const fax = { features: { fax: true } };
    expect(read(FULL)).toEqual({
      '@type': 'Card',
      version: '1.0',
      uid: expect.stringMatching(/^urn:uuid:/) as string,
      name: { full: 'Ada King' },
      emails: { email: { address: 'ada@example.com' } },
      organizations: { company: { name: 'Engines Ltd' } },
      titles: { title: { name: 'Programmer' } },
      phones: {
        business: { number: '1', ...work },
        business2: { number: '2', ...work },
        mobile_phone: { number: '3', ...mobile },
        mobile_phone2: { number: '4', ...mobile },
        home_phone: { number: '5', ...home },
        home_phone2: { number: '6', ...home },
        other: { number: '7' },
        business_fax: { number: '8', ...work, ...fax },
        home_fax: { number: '9', ...home, ...fax },
      },
      addresses: { address: { full: '1 Main St, Springfield' } },
      notes: { notes: { note: 'line one\nline two' } },
      [FAVORITE]: true,
    });
  });

  test('it loses nothing on the way back', () => {
    expect(diffCards(read(FULL), project(read(FULL)))).toEqual([]);
    const { id: _, sync_type: __, favorite: ___, ...texts } = FULL;
    expect(createBody(read(FULL))).toEqual({ ...texts, notes: 'line one\nline two' });
  });

  test('null, missing and blank are absent; numbers are texts; ids and books make uids', () => {
    const bare = { '@type': 'Card', version: '1.0' };
    const blank = Object.fromEntries(Object.keys(LIMITS).map((key, at) => [key, at % 2 === 0 ? null : '  ']));
    for (const native of [{ ...blank, favorite: null, sync_type: null }, {}]) {
      expect(read({ id: 'a', ...native })).toEqual({ ...bare, uid: read({ id: 'a' }).uid });
    }
    expect(read({ id: 7, business: 12345 }).phones?.['business']?.number).toBe('12345');
    const uids = ['host personal', 'host company', 'other personal'].map(
      (origin) => parseContact({ id: 'a' }, 'x', origin).card.uid,
    );
    expect(new Set(uids).size).toBe(3);
    expect(read({ id: 'a' }).uid).toBe(read({ id: 'a' }).uid);
  });

  test('an answer that is none names the field', () => {
    expect(() => read({ id: 'a', notes: ['x'] })).toThrow('read the contact: notes must be a string, got an array');
    expect(() => read({ name: 'Ada' })).toThrow('id is missing');
    expect(() => read('a')).toThrow('must be an object');
    expect(read(JSON.parse('{"id":"a","__proto__":{"name":"Eve"}}')).name).toBeUndefined();
  });

  test('ids of the two books never meet', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('personal', 'company'),
        fc.oneof(
          fc.string(),
          fc.string().map((text) => `company:${text}`),
          fc.constant('personal:company:'),
        ),
        (book, raw) => {
          expect(placeOf(toId({ book, raw }))).toEqual({ book, raw });
        },
      ),
    );
  });
});

describe('writing', () => {
  const paths = (members: Partial<Card>): Record<string, string> => createBody(cardOf(members));

  test('the name: full, else its components, cut at 64 characters', () => {
    const components = [
      { kind: 'surname', value: 'King' },
      { kind: 'given', value: 'Ada' },
    ];
    expect(paths({ name: { components } })).toEqual({ name: 'Ada King' });
    expect(paths({ name: { full: 'Countess', components } })).toEqual({ name: 'Countess' });
    const long = '👩‍🚀𝒜'.repeat(40);
    expect(Array.from(paths({ name: { full: long } })['name'] ?? '')).toHaveLength(64);
    expect(long.startsWith(paths({ name: { full: long } })['name'] ?? 'none')).toBe(true);
  });

  test('the best e-mail address, company and title; no roles', () => {
    expect(
      paths({
        emails: { a: { address: 'a@x.org' }, b: { address: 'b@x.org', pref: 1, contexts: { work: true } } },
        organizations: { a: { units: [{ name: 'Unit' }] }, b: { name: 'Second' }, c: { name: 'Best', pref: 1 } },
        titles: { a: { name: 'Role', kind: 'role' }, b: { name: 'Title', kind: 'title' } },
      }),
    ).toEqual({ email: 'b@x.org', company: 'Best', title: 'Title' });
  });

  test('phones go where they belong, then where least is lost', () => {
    const work = { contexts: { work: true as const } };
    const mobile = { features: { mobile: true as const, voice: true as const } };
    expect(
      paths({
        phones: {
          a: { number: 'w1', ...work },
          b: { number: 'w2', ...work },
          c: { number: 'w3', ...work },
          d: { number: 'tel:m1', ...mobile },
          e: { number: 'm2', ...mobile, ...work },
          f: { number: 'f1', features: { fax: true } },
          g: { number: 'f2', features: { fax: true }, contexts: { private: true } },
          h: { number: 'h1', contexts: { private: true } },
          i: { number: 'x1' },
        },
      }),
    ).toEqual({
      ...{ business: 'w1', business2: 'w2', mobile_phone: 'm1', mobile_phone2: 'm2' },
      ...{ home_phone: 'h1', other: 'x1', business_fax: 'f1', home_fax: 'f2' },
    });
  });

  test('what would be wrong when cut is left out whole', () => {
    const long = '1'.repeat(129);
    const body = paths({ emails: { e: { address: `${long}@x.org` } }, phones: { p: { number: long } } });
    expect(body).toEqual({});
    expect(paths({ phones: { p: { number: '📞'.repeat(128) } } })).toEqual({ other: '📞'.repeat(128) });
  });

  test('the address on one line, notes joined; both cut', () => {
    const components = [
      { kind: 'name', value: 'Main St' },
      { kind: 'number', value: '1' },
      { kind: 'locality', value: 'Springfield' },
      { kind: 'country', value: 'USA' },
    ];
    expect(paths({ addresses: { a: { components } } })).toEqual({ address: 'Main St 1, Springfield, USA' });
    expect(paths({ addresses: { a: { full: ' 1 Main St\r\n  Springfield\n' } } })).toEqual({
      address: '1 Main St, Springfield',
    });
    expect(paths({ notes: { a: { note: 'one\r\ntwo' }, b: { note: ' ' }, c: { note: 'three' } } })).toEqual({
      notes: 'one\ntwo\n\nthree',
    });
    expect(paths({ notes: { a: { note: '𝒜'.repeat(2000) } } })['notes']).toBe('𝒜'.repeat(1024));
    expect(paths({ addresses: { a: { full: 'x'.repeat(500) } } })['address']).toBe('x'.repeat(128));
  });

  test('an update without a change of texts sends none', () => {
    const card = named('Ada', { nicknames: { n: { name: 'Addie' } } });
    const { flat } = parseContact({ ...createBody(card), id: 'a' }, 'x', 'y');
    expect(updateBody(card, { ...card, nicknames: { n: { name: 'Ad' } } }, flat)).toBeUndefined();
    expect(updateBody(card, { ...card, [FAVORITE]: true }, flat)).toBeUndefined();
  });

  test('only true is a favourite', () => {
    for (const value of [false, 'true', 1, null])
      expect(project(cardOf({ [FAVORITE]: value }))[FAVORITE]).toBeUndefined();
    expect(project(cardOf({ [FAVORITE]: true }))[FAVORITE]).toBe(true);
  });
});

describe('projection', () => {
  const valid = (card: Card): void => {
    for (const [key, text] of Object.entries(createBody(card))) {
      expect(Array.from(text).length).toBeLessThanOrEqual(LIMITS[key] ?? 0);
      expect(text.trim()).not.toBe('');
    }
  };

  test('ordinary and hard people: projecting twice changes nothing, and what it keeps is what a server gives back', () => {
    for (const card of people(400, { seed: 7 })) {
      const once = project(card);
      expect(project(once)).toEqual(once);
      expect(stored(card)).toEqual(once);
      valid(card);
    }
  });

  test('any card: the same', () => {
    fc.assert(
      fc.property(arbitraryCard, fc.boolean(), (given, favorite) => {
        const card = favorite ? { ...given, [FAVORITE]: true } : given;
        const once = project(card);
        expect(project(once)).toEqual(once);
        expect(stored(card)).toEqual(once);
        valid(card);
      }),
    );
  });

  test('any texts at and around the limits: the same', () => {
    const unit = fc.constantFrom('a', ' ', ',', '\n', '\r', '𝒜', '\t', '\u00a0');
    const text = fc.tuple(fc.string({ unit, maxLength: 8 }), fc.nat(1030), fc.string({ unit, maxLength: 8 }));
    const long = text.map(([head, length, tail]) => `${head}${'x'.repeat(length)}${tail}`);
    fc.assert(
      fc.property(long, long, long, fc.array(long, { maxLength: 3 }), (full, number, address, notes) => {
        const card = cardOf({
          name: { full },
          titles: { t: { name: full } },
          emails: { e: { address: number } },
          phones: { p: { number: `tel:${number}` }, q: { number: full, label: number } },
          addresses: { a: { full: address }, b: { components: [{ kind: 'name', value: address }] } },
          notes: Object.fromEntries(notes.map((note, index) => [`n${index}`, { note }])),
        });
        const once = project(card);
        expect(project(once)).toEqual(once);
        expect(stored(card)).toEqual(once);
        valid(card);
      }),
    );
  });

  test('the fates say what it does', () => {
    const fates = new Map(portsip.fields.map(({ field, fate }) => [field, fate]));
    const lost = new Set(FIELDS.map(({ name }) => name).filter((name) => fates.get(name) === 'lost'));
    const properties = FIELDS.filter(({ name }) => lost.has(name)).flatMap((field) => field.properties);
    for (const card of people(300, { seed: 5 }).map(project)) {
      expect(properties.filter((property) => card[property] !== undefined)).toEqual([]);
    }
    expect(Object.keys(read(FULL)).sort()).toEqual(
      ['@type', 'version', 'uid', FAVORITE]
        .concat(FIELDS.filter(({ name }) => !lost.has(name)).flatMap(({ properties }) => [...properties]))
        .sort(),
    );
  });
});
