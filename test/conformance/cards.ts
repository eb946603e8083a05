/** Cards that a provider must survive: ordinary ones, rich ones, and hostile data. */
import type { Card } from '../../src/model/card.js';

let count = 0;

/** A uid that no other card of this run has. */
export function freshUid(): string {
  return `urn:uuid:00000000-0000-4000-8000-${(++count).toString(16).padStart(12, '0')}`;
}

export function card(members: Partial<Card>): Card {
  return { '@type': 'Card', version: '1.0', uid: freshUid(), ...members };
}

/** Somebody with a name and an address, different for every number. */
export function person(number: number, members: Partial<Card> = {}): Card {
  return card({
    name: named(`Given${number}`, `Family${number}`),
    emails: { e1: { address: `person${number}@example.org` } },
    ...members,
  });
}

function named(given: string, surname: string): NonNullable<Card['name']> {
  const components = [
    { kind: 'given', value: given },
    { kind: 'surname', value: surname },
  ];
  return { full: `${given} ${surname}`, components };
}

/** A small picture (GIF, 1 × 1). */
export const PICTURE = 'data:image/gif;base64,R0lGODlhAQABAIAAAP///wAAACH5BAAAAAAALAAAAAABAAEAAAICRAEAOw==';

/** Something in every field that people use. */
export function rich(): Card {
  return card({
    name: {
      full: 'Dr. Ada Maria Lovelace',
      components: [
        { kind: 'title', value: 'Dr.' },
        { kind: 'given', value: 'Ada' },
        { kind: 'given2', value: 'Maria' },
        { kind: 'surname', value: 'Lovelace' },
      ],
    },
    nicknames: { k1: { name: 'Countess' } },
    organizations: { o1: { name: 'Analytical Engines', units: [{ name: 'Programs' }] } },
    titles: { t1: { name: 'Programmer' } },
    emails: {
      e1: { address: 'ada@example.org', contexts: { work: true }, pref: 1 },
      e2: { address: 'ada@home.example', contexts: { private: true } },
    },
    phones: {
      p1: { number: '+44 20 7946 0001', contexts: { work: true }, features: { voice: true } },
      p2: { number: '+44 7700 900002', features: { mobile: true } },
    },
    addresses: {
      a1: {
        contexts: { work: true },
        components: [
          { kind: 'name', value: '12 St James Square' },
          { kind: 'locality', value: 'London' },
          { kind: 'postcode', value: 'SW1Y 4LB' },
          { kind: 'country', value: 'United Kingdom' },
        ],
      },
    },
    links: { l1: { uri: 'https://example.org/ada' } },
    anniversaries: { b1: { kind: 'birth', date: { year: 1815, month: 12, day: 10 } } },
    notes: { n1: { note: 'First line\nSecond line; with, marks' } },
    keywords: { Friends: true },
  });
}

/** Data that breaks naive programs, by what it is. */
export const HOSTILE: Record<string, () => Card> = {
  'right-to-left text': () => person(901, { name: { full: 'דָּוִד \u202eevil\u202c كوهين' } }),
  emoji: () => person(902, { name: { full: '👩‍👩‍👧‍👦 Family 🏳️‍🌈 𝒜' } }),
  'combining marks': () => person(903, { name: { full: 'Zoe\u0308 A\u030angstro\u0308m' } }),
  quotes: () => person(904, { name: { full: `Conan "The 'Barbarian'" O\`Brien \\ ; , : ^` } }),
  'line breaks in a note': () => person(905, { notes: { n1: { note: 'one\ntwo\n\nfour' } } }),
  'a formula': () => person(906, { name: { full: '=1+1' }, notes: { n1: { note: '@SUM(A1:A9)' } } }),
  'an escape sequence': () => person(907, { notes: { n1: { note: 'red \u001b[31malert\u001b[0m' } } }),
  markup: () => person(908, { name: { full: '<b>&amp; ]]> <!--' } }),
  'a note of 10,000 characters': () =>
    person(909, { notes: { n1: { note: 'Größe 😀 '.repeat(1112).slice(0, 10_000) } } }),
  'a card without a name': () => card({ emails: { e1: { address: 'nameless@example.org' } } }),
  'an empty name': () => person(910, { name: { full: '' } }),
};
