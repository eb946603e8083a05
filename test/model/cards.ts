/** Cards for the tests of the model: one with everything, and arbitrary ones. */
import fc from 'fast-check';
import type { Card } from '../../src/model/card.js';

/** A 1x1 GIF. */
export const GIF = 'R0lGODlhAQABAIAAAP///wAAACH5BAAAAAAALAAAAAABAAEAAAICRAEAOw==';

export function card(members: Partial<Card> = {}): Card {
  return { '@type': 'Card', version: '1.0', uid: 'urn:uuid:0a1b2c3d-0000-4000-8000-000000000001', ...members };
}

/** One entry in every field. */
export function fullCard(): Card {
  return card({
    kind: 'org',
    language: 'de',
    created: '2020-01-01T00:00:00Z',
    updated: '2021-01-01T00:00:00Z',
    name: {
      components: [
        { kind: 'title', value: 'Dr.' },
        { kind: 'given', value: 'Änne' },
        { kind: 'surname', value: 'Müller' },
      ],
      full: 'Dr. Änne Müller',
    },
    nicknames: { n1: { name: 'Anni' } },
    organizations: { o1: { name: 'Acme', units: [{ name: 'Research' }] }, o2: { name: 'Club' } },
    titles: { t1: { name: 'CTO', kind: 'title', organizationId: 'o1' }, t2: { name: 'Chair', kind: 'role' } },
    emails: {
      e1: { address: 'anna@example.com', contexts: { work: true }, pref: 1 },
      e2: { address: 'anna@example.org', contexts: { private: true } },
    },
    phones: {
      p1: { number: '+49 30 1234', contexts: { private: true }, features: { fax: true } },
      p2: { number: '+49 30 1235', features: { mobile: true } },
    },
    addresses: {
      a1: {
        contexts: { work: true },
        components: [
          { kind: 'name', value: 'Hauptstr. 5' },
          { kind: 'locality', value: 'Berlin' },
          { kind: 'postcode', value: '10115' },
        ],
        countryCode: 'DE',
      },
    },
    onlineServices: { s1: { service: 'Mastodon', user: '@anna@example.social' } },
    links: { l1: { uri: 'https://example.com/a' } },
    media: {
      m1: { kind: 'photo', uri: `data:image/gif;base64,${GIF}` },
      m2: { kind: 'logo', uri: 'https://example.com/logo.png' },
    },
    anniversaries: {
      b: { kind: 'birth', date: { year: 1985, month: 4, day: 12 } },
      w: { kind: 'wedding', date: { month: 6, day: 1 } },
    },
    notes: { n1: { note: 'First line\nsecond line' } },
    keywords: { friends: true, vip: true },
    relatedTo: { 'urn:uuid:0a1b2c3d-0000-4000-8000-000000000002': { relation: { spouse: true } } },
    personalInfo: { i1: { kind: 'hobby', value: 'chess', level: 'high' } },
    preferredLanguages: { l1: { language: 'de' } },
    members: { 'urn:uuid:0a1b2c3d-0000-4000-8000-000000000003': true },
    speakToAs: { grammaticalGender: 'feminine', pronouns: { p1: { pronouns: 'she/her' } } },
    calendars: { c1: { kind: 'calendar', uri: 'https://example.com/c.ics' } },
    schedulingAddresses: { s1: { uri: 'mailto:anna@example.com' } },
    cryptoKeys: { k1: { uri: 'https://example.com/key.asc' } },
    directories: { d1: { kind: 'entry', uri: 'https://example.com/dir' } },
    localizations: { fr: { 'titles/t1/name': 'Directrice technique' } },
    vCardProps: [['x-shoe-size', { group: 'item1' }, 'unknown', '38']],
    'example.com:color': { fur: 'red' },
  });
}

const word = fc
  .oneof(
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }),
    fc.constantFrom('Anna', 'Bo Li', 'Ünal', '山田', '__proto__', 'constructor', 'a', 'ab', "O'Neil"),
  )
  .filter((text) => text.trim() !== '');
const contexts = fc.constantFrom(undefined, { private: true }, { work: true }, { private: true, work: true });
const id = fc.stringMatching(/^[A-Za-z0-9_-]{1,8}$/).filter((key) => key !== '__proto__');
const pref = fc.option(fc.integer({ min: 1, max: 100 }), { nil: undefined });

function map<T>(entry: fc.Arbitrary<T>): fc.Arbitrary<Record<string, T>> {
  return fc.dictionary(id, entry, { minKeys: 1, maxKeys: 4 });
}

/** Drops undefined members, as JSON does. */
export function plain<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

const number = fc.stringMatching(/^\+?[0-9][0-9 ()-]{2,14}[0-9]$/);
const address = fc
  .tuple(fc.stringMatching(/^[a-z.]{1,8}$/), fc.stringMatching(/^[a-z]{1,8}\.org$/))
  .map((p) => p.join('@'));
const components = (kinds: string[]) =>
  fc.uniqueArray(fc.record({ kind: fc.constantFrom(...kinds), value: word }), {
    minLength: 1,
    maxLength: 4,
    selector: (part) => part.kind,
  });

/** Cards with any of the usual fields; never `null`, never localizations (which go through map keys). */
export const anyCard: fc.Arbitrary<Card> = fc
  .record(
    {
      name: fc.record(
        { full: word, components: components(['title', 'given', 'given2', 'surname', 'generation']) },
        { requiredKeys: ['full'] },
      ),
      nicknames: map(fc.record({ name: word })),
      organizations: map(fc.record({ name: word, units: fc.array(fc.record({ name: word }), { maxLength: 2 }) })),
      titles: map(fc.record({ name: word, kind: fc.constantFrom('title', 'role') })),
      emails: map(fc.record({ address, contexts, pref })),
      phones: map(
        fc.record({ number, contexts, pref, features: fc.constantFrom(undefined, { fax: true }, { mobile: true }) }),
      ),
      addresses: map(
        fc.record({ contexts, components: components(['name', 'locality', 'region', 'postcode', 'country']) }),
      ),
      onlineServices: map(fc.record({ service: word, user: word })),
      links: map(fc.record({ uri: fc.webUrl(), pref })),
      notes: map(fc.record({ note: fc.oneof(word, fc.lorem()) })),
      keywords: fc.dictionary(word, fc.constant(true as const), { minKeys: 1, maxKeys: 4 }),
      anniversaries: map(
        fc.record({
          kind: fc.constantFrom('birth', 'wedding', 'death'),
          date: fc.record({ year: fc.integer({ min: 1900, max: 2100 }), month: fc.integer({ min: 1, max: 12 }) }),
        }),
      ),
      personalInfo: map(fc.record({ kind: fc.constantFrom('hobby', 'interest'), value: word })),
      media: map(fc.record({ kind: fc.constantFrom('photo', 'logo'), uri: fc.webUrl() })),
      vCardProps: fc.array(fc.tuple(fc.constantFrom('x-a', 'x-b'), fc.constant({}), fc.constant('text'), word), {
        minLength: 1,
        maxLength: 4,
      }),
      'example.com:extra': fc.jsonValue({ maxDepth: 3 }).filter((value) => value !== null),
    },
    { requiredKeys: [] },
  )
  .map((members) => card(plain(members) as Partial<Card>));
