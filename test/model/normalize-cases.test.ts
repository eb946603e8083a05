import { describe, expect, it } from 'vitest';
import type { Card } from '../../src/model/card.js';
import { cardHash, diffCards, equalCards } from '../../src/model/normalize.js';
import { card, GIF } from './cards.js';

/** Each difference as one line. */
function told(expected: Partial<Card>, found: Partial<Card>): string[] {
  return diffCards(card(expected), card(found)).map(
    (d) => `${d.field} ${d.kind}: ${d.expected ?? '-'} | ${d.found ?? '-'}`,
  );
}

describe('tolerated differences', () => {
  const same = (a: Partial<Card>, b: Partial<Card>): void => {
    expect(told(a, b)).toEqual([]);
    expect(told(b, a)).toEqual([]);
    expect(cardHash(card(a))).toBe(cardHash(card(b)));
  };

  it('uid, time stamps and writers marks', () => {
    expect(equalCards(card({ uid: 'x', updated: 'y' }), card({ uid: 'z', created: 'y', prodId: 'p' }))).toBe(true);
    same(
      {
        vCardProps: [
          ['version', {}, 'text', '4.0'],
          ['REV', {}, 'text', 'x'],
        ],
      },
      {},
    );
  });
  it('@type, vCardName, empty members, individual', () => {
    same(
      { emails: { a: { address: 'a@b.c', '@type': 'EmailAddress', vCardName: 'email', contexts: {}, label: '' } } },
      { emails: { b: { address: 'a@b.c' } } },
    );
    same({ kind: 'individual', keywords: {}, notes: { n: { note: ' ' } }, emails: { e: { address: '' } } }, {});
  });
  it('case of contexts and features, and the voice a phone has anyway', () => {
    same(
      { phones: { a: { number: '1', contexts: { WORK: true }, features: { voice: true } } } },
      { phones: { b: { number: '1', contexts: { work: true } } } },
    );
    same(
      { phones: { a: { number: '1', features: { voice: true, mobile: true } } } },
      { phones: { b: { number: '1', features: { Mobile: true } } } },
    );
  });
  it('line breaks, trailing blanks, Unicode form', () => {
    same({ notes: { a: { note: 'a \r\nb\u0065\u0301\r\n' } } }, { notes: { b: { note: 'a\nb\u00e9' } } });
  });
  it('white space of a full name, and a full name made of the parts', () => {
    const components = [
      { kind: 'given', value: 'Anna' },
      { kind: 'surname', value: 'Li' },
    ];
    same({ name: { full: 'Anna  Li', components } }, { name: { full: 'Anna Li ', components, isOrdered: false } });
    same({ name: { components } }, { name: { full: 'Anna Li', components: [...components].reverse() } });
  });
  it('domain case, mailto, tel', () => {
    same({ emails: { a: { address: 'Anna@EXAMPLE.org' } } }, { emails: { b: { address: 'Anna@example.org' } } });
    same({ phones: { a: { number: 'tel:+49-30' } } }, { phones: { b: { number: '+49-30' } } });
  });
  it('percent-encoding case and scheme case of URIs', () => {
    same({ links: { a: { uri: 'HTTPS://x.org/%c3%a4' } } }, { links: { b: { uri: 'https://x.org/%C3%A4' } } });
  });
  it('base64 line breaks and media type spelling of a picture', () => {
    const broken = GIF.replace(/(.{20})/g, '$1\r\n ');
    same(
      { media: { a: { kind: 'photo', uri: `data:image/gif;base64,${GIF}`, mediaType: 'image/gif' } } },
      { media: { b: { kind: 'photo', uri: `data:IMAGE/GIF\\;base64\\,${broken}` } } },
    );
  });
  it('pref numbers, as long as the first stays the first', () => {
    const emails = (a?: number, b?: number): Partial<Card> => ({
      emails: {
        x: { address: 'x@y.z', ...(a === undefined ? {} : { pref: a }) },
        w: { address: 'w@y.z', ...(b === undefined ? {} : { pref: b }) },
      },
    });
    same(emails(1, 2), emails(10, 50));
    expect(told(emails(1), emails())).toEqual([]);
    expect(told(emails(), emails(1, 2))).toEqual([]);
    expect(told(emails(undefined, 1), emails())).toEqual(['emails changed: w@y.z comes first | x@y.z comes first']);
    expect(told(emails(1, 2), emails(2, 1))).toEqual(['emails changed: x@y.z comes first | w@y.z comes first']);
  });
  it('order of address components, and a full text that only repeats them', () => {
    const components = [
      { kind: 'name', value: 'Main St 1' },
      { kind: 'locality', value: 'Berlin' },
    ];
    same(
      { addresses: { a: { components } } },
      { addresses: { b: { components: [...components].reverse(), full: 'Main St 1,\nBerlin' } } },
    );
    expect(told({ addresses: { a: { components } } }, { addresses: { b: { full: 'Berlin\nMain St 1' } } })).toEqual([]);
    expect(told({ addresses: { a: { full: 'Berlin\nMain St 1' } } }, { addresses: { b: { components } } })).toEqual([]);
  });
  it('components that a server derives from a full name', () => {
    const derived = {
      full: 'Anna Li',
      components: [
        { kind: 'given', value: 'Anna' },
        { kind: 'surname', value: 'Li' },
      ],
    };
    expect(told({ name: { full: 'Anna Li' } }, { name: derived })).toEqual([]);
    expect(told({ name: derived }, { name: { full: 'Anna Li' } })).toEqual([
      'name changed: given Anna, surname Li | Anna Li',
    ]);
  });
  it('group and case of vCard parameters, order of properties', () => {
    same(
      {
        vCardProps: [
          ['X-A', { TYPE: 'Home', group: 'item1' }, 'text', '1'],
          ['x-b', {}, 'text', '2'],
        ],
      },
      {
        vCardProps: [
          ['x-b', {}, 'unknown', '2'],
          ['x-a', { type: ['home'], group: 'item7' }, 'text', '1'],
        ],
      },
    );
  });
  it('spelling of uids of members and relations', () => {
    const uid = '0A1B2C3D-0000-4000-8000-000000000001';
    same({ members: { [`urn:uuid:${uid}`]: true } }, { members: { [uid.toLowerCase()]: true } });
  });
  it('fractions of seconds, gregorian calendar, a label "Other"', () => {
    const birth = (date: Record<string, unknown>): Partial<Card> => ({ anniversaries: { a: { kind: 'birth', date } } });
    same(birth({ year: 1985, calendarScale: 'gregorian' }), birth({ year: 1985, '@type': 'PartialDate' }));
    same(
      birth({ '@type': 'Timestamp', utc: '2000-01-01T00:00:00.000Z' }),
      birth({ '@type': 'Timestamp', utc: '2000-01-01T00:00:00Z' }),
    );
    same({ phones: { a: { number: '1', label: 'Other' } } }, { phones: { a: { number: '1' } } });
  });
});

describe('real differences', () => {
  it('type or label lost: one change, not missing and extra', () => {
    const phones = { a: { number: '+49 30', contexts: { private: true as const }, features: { fax: true as const } } };
    expect(told({ phones }, { phones: { b: { number: '+49 30' } } })).toEqual([
      'phones changed: +49 30 (home fax) | +49 30',
    ]);
    expect(
      told({ emails: { a: { address: 'a@b.c', label: 'Yacht' } } }, { emails: { a: { address: 'a@b.c' } } }),
    ).toEqual(['emails changed: a@b.c (Yacht) | a@b.c']);
  });
  it('two equal numbers stay two', () => {
    const one = { number: '1', features: { fax: true as const } };
    expect(told({ phones: { a: one, b: one } }, { phones: { a: one } })).toEqual(['phones missing: 1 (fax) | -']);
    expect(told({ phones: { a: one } }, { phones: { a: one, b: one } })).toEqual(['phones extra: - | 1 (fax)']);
  });
  it('a cut text, also beyond what is shown', () => {
    expect(told({ notes: { a: { note: 'all of it' } } }, { notes: { b: { note: 'all of' } } })).toEqual([
      'notes changed: all of it | all of',
    ]);
    const [cut] = told({ notes: { a: { note: 'x'.repeat(5000) } } }, { notes: { b: { note: 'x'.repeat(4096) } } });
    expect(cut).toMatch(/^notes changed: x+… \[5,000 characters\] \| x+… \[4,096 characters\]$/);
  });
  it('a note that went into another', () => {
    expect(
      told({ notes: { a: { note: 'one' }, b: { note: 'two' } } }, { notes: { a: { note: 'one\n\ntwo' } } }),
    ).toEqual(['notes changed: one | one, two', 'notes changed: two | one, two']);
  });
  it('single values: name, birthday, photo, kind, language', () => {
    expect(told({ name: { full: 'A' } }, { name: { full: 'B' } })).toEqual(['name changed: A | B']);
    const born = (year: number): Partial<Card> => ({
      anniversaries: { x: { kind: 'birth', date: { year, month: 3, day: 1 } } },
    });
    expect(told(born(1985), born(1604))).toEqual(['birthday changed: 1985-03-01 | 1604-03-01']);
    expect(told({ anniversaries: { x: { kind: 'birth', date: { month: 3, day: 1 } } } }, born(1604))).toEqual([
      'birthday changed: --03-01 | 1604-03-01',
    ]);
    expect(told({ language: 'de' }, { language: 'en' })).toEqual(['language changed: de | en']);
    expect(told({ kind: 'org' }, {})).toEqual(['kind missing: org | -']);
  });
  it('a birthday moved by a time zone', () => {
    const date = { year: 1985, month: 3, day: 1 };
    const stamp = { '@type': 'Timestamp' as const, utc: '1985-02-28T23:00:00Z' };
    expect(
      told({ anniversaries: { x: { kind: 'birth', date } } }, { anniversaries: { x: { kind: 'birth', date: stamp } } }),
    ).toHaveLength(1);
  });
  it('other bytes in a picture, unless one picture is as good as another', () => {
    const photo = (text: string): Card =>
      card({ media: { a: { kind: 'photo', uri: `data:image/png;base64,${Buffer.from(text).toString('base64')}` } } });
    expect(diffCards(photo('one'), photo('two'))).toMatchObject([{ field: 'photo', kind: 'changed' }]);
    expect(diffCards(photo('one'), photo('two'), { photos: 'present' })).toEqual([]);
    expect(diffCards(photo('one'), card(), { photos: 'present' })).toMatchObject([{ kind: 'missing' }]);
    const [difference] = diffCards(photo('one'), photo('two'));
    expect(difference?.expected).not.toBe(difference?.found);
  });
  it('units and the organization of a title', () => {
    expect(
      told(
        { organizations: { a: { name: 'Acme', units: [{ name: 'R' }] } } },
        { organizations: { b: { name: 'Acme' } } },
      ),
    ).toEqual(['organizations changed: Acme, R | Acme']);
    const organizations = { x: { name: 'Acme' }, y: { name: 'Club' } };
    const title = (organizationId?: string): Partial<Card> => ({
      organizations,
      titles: { t: { name: 'Chair', ...(organizationId === undefined ? {} : { organizationId }) } },
    });
    expect(told(title('x'), title('y'))).toHaveLength(1);
    expect(told(title('x'), title())).toHaveLength(1);
    expect(told(title(), title('x'))).toEqual([]);
    const renamed = {
      organizations: { p: { name: 'Club' }, q: { name: 'Acme' } },
      titles: { t: { name: 'Chair', organizationId: 'q' } },
    };
    expect(told(title('x'), renamed)).toEqual([]);
  });
  it('an address that lost its city, another one of the same type, and what only the label said', () => {
    const address = (...values: string[]): Partial<Card> => ({
      addresses: {
        a: {
          contexts: { work: true },
          components: values.map((value, i) => ({ kind: ['name', 'locality'][i] ?? 'country', value })),
        },
      },
    });
    expect(told(address('Main St', 'Berlin'), address('Main St'))).toEqual([
      'addresses changed: Main St, Berlin (work) | Main St (work)',
    ]);
    expect(told(address('Main St'), address('Elm St'))).toEqual(['addresses changed: Main St (work) | Elm St (work)']);
    const components = [{ kind: 'name', value: 'Main St' }];
    const full = { addresses: { a: { components, full: 'c/o Bo\nMain St' } } };
    expect(told(full, { addresses: { a: { components } } })).toHaveLength(1);
    expect(told({ addresses: { a: { components } } }, full)).toEqual([]);
  });
  it('country code, coordinates', () => {
    const components = [{ kind: 'name', value: 'Main St' }];
    expect(told({ addresses: { a: { components, countryCode: 'DE' } } }, { addresses: { a: { components } } })).toEqual(
      ['addresses changed: name Main St; countryCode="de" | name Main St'],
    );
  });
  it('unknown members of entries and of the card', () => {
    expect(
      told({ emails: { a: { address: 'a@b.c', 'x.org:y': 1 } } }, { emails: { a: { address: 'a@b.c' } } }),
    ).toEqual(['emails changed: a@b.c; x.org:y=1 | a@b.c']);
    expect(told({ 'x.org:y': { a: 1 } }, { 'x.org:y': { a: 2 } })).toEqual([
      'other changed: x.org:y: {"a":1} | x.org:y: {"a":2}',
    ]);
  });
  it('keys from strangers are only keys', () => {
    const keywords = JSON.parse('{"__proto__":true,"constructor":true}') as Record<string, true>;
    expect(told({ keywords }, {})).toEqual(['keywords missing: __proto__ | -', 'keywords missing: constructor | -']);
    expect(told({ keywords }, { keywords: { constructor: true } as unknown as Record<string, true> })).toEqual([
      'keywords missing: __proto__ | -',
    ]);
    const hostile = JSON.parse('{"__proto__":{"number":"1"}}') as NonNullable<Card['phones']>;
    expect(told({ phones: hostile }, {})).toEqual(['phones missing: 1 | -']);
  });
});
