/** What real address books hold and programs break on: the hard cases of the contact generator. */
import type { Anniversary, Card, EmailAddress, Phone } from '../../src/model/card.js';
import { COMPANIES } from './people-words.js';
import { setPhoto, tinyPng } from './pictures.js';

/** Changes an ordinary card; `before` makes the contact that stands in front of it. */
export type Twist = (card: Card, index: number, before: () => Card) => void;

const LONG_NOTE = Array.from({ length: 1200 }, (_, line) => `Z${String(line).padStart(4, '0')} äß`).join('\n');

/** What makes a contact hard, in the order in which they come. */
export const HARD: readonly (readonly [string, Twist])[] = [
  [
    'company',
    (card, index) => {
      const name = COMPANIES[index % COMPANIES.length] ?? 'Acme';
      card.kind = 'org';
      card.name = { full: name };
      card.organizations = { o1: { name } };
      delete card.titles;
      delete card.anniversaries;
      delete card.nicknames;
    },
  ],
  [
    'twin',
    (card, _index, before) => {
      // Same name and address as the one before, yet another person: only the uid and the phone tell them apart.
      const other = before();
      if (other.name !== undefined) card.name = other.name;
      if (other.emails !== undefined) card.emails = other.emails;
    },
  ],
  [
    'phones',
    (card) => {
      const kinds: [string, Omit<Phone, 'number'>][] = [
        ['+1 (415) 555-0100', { contexts: { work: true }, features: { voice: true }, pref: 1 }],
        ['+1 415 555 0101', { contexts: { private: true }, features: { voice: true } }],
        ['+1.415.555.0102', { contexts: { work: true }, features: { mobile: true } }],
        ['+1 415 555 0103', { contexts: { work: true }, features: { fax: true } }],
        ['+1 415 555 0104', { contexts: { private: true }, features: { fax: true } }],
        ['+1 415 555 0105', { features: { pager: true } }],
        ['1-800-FLOWERS', {}],
        ['4711,,12#', { contexts: { work: true }, features: { voice: true } }],
      ];
      card.phones = Object.fromEntries(kinds.map(([number, rest], at) => [`p${String(at + 1)}`, { number, ...rest }]));
    },
  ],
  [
    'emails',
    (card, index) => {
      const names = ['first', 'second', 'third', 'fourth', 'fifth+tag'];
      const list = names.map((name, at): [string, EmailAddress] => [
        `e${String(at + 1)}`,
        {
          address: `${name}.${String(index)}@example.org`,
          ...(at === 0 ? { pref: 1 } : {}),
          ...(at < 4 ? { contexts: at % 2 === 0 ? { work: true } : { private: true } } : {}),
        },
      ]);
      card.emails = Object.fromEntries(list);
    },
  ],
  [
    'address',
    (card) => {
      card.addresses = {
        a1: {
          contexts: { work: true },
          components: [
            { kind: 'name', value: 'c/o Smith; Sons, Ltd\nBuilding 5, 3rd floor\nDock "B"' },
            { kind: 'locality', value: 'Frankfurt a. M., Höchst' },
            { kind: 'region', value: 'Hessen; DE' },
            { kind: 'postcode', value: 'D-65929' },
            { kind: 'country', value: 'Germany' },
          ],
        },
        a2: {
          contexts: { private: true },
          components: [
            { kind: 'postOfficeBox', value: 'PO Box 12' },
            { kind: 'locality', value: 'Reykjavík' },
          ],
        },
      };
    },
  ],
  [
    'yearless',
    (card, index) => {
      const birth: Anniversary = { kind: 'birth', date: { month: 2, day: (index % 29) + 1 } };
      card.anniversaries = { b1: birth, w1: { kind: 'wedding', date: { year: 2004, month: 2, day: 29 } } };
    },
  ],
  [
    'note',
    (card) => {
      card.notes = { n1: { note: LONG_NOTE.slice(0, 10_000) } };
    },
  ],
  [
    'emoji',
    (card) => {
      card.name = {
        components: [
          { kind: 'surname', value: '🦊 Fuchs' },
          { kind: 'given', value: 'Ida 👩🏽‍🚀' },
        ],
        full: 'Ida 👩🏽‍🚀 🦊 Fuchs',
      };
      card.keywords = { '🎉 party': true };
    },
  ],
  [
    'marks',
    (card) => {
      // Decomposed: the mark is a character of its own, and it must stay one.
      const given = 'Zoe\u0308';
      const family = 'An\u0303asco Z\u030c\u0323a\u0301k';
      card.name = {
        components: [
          { kind: 'surname', value: family },
          { kind: 'given', value: given },
        ],
        full: `${given} ${family}`,
      };
    },
  ],
  [
    'formula',
    (card) => {
      card.name = {
        components: [
          { kind: 'surname', value: '=1+1' },
          { kind: 'given', value: '@SUM(A1:A9)' },
        ],
        full: '@SUM(A1:A9) =1+1',
      };
      card.notes = { n1: { note: '=HYPERLINK("http://example.org","click")\n-2+3\n+49' } };
    },
  ],
  [
    'quotes',
    (card) => {
      card.name = {
        components: [
          { kind: 'title', value: 'Dr.' },
          { kind: 'surname', value: 'Back\\slash; Semi, Comma' },
          { kind: 'given', value: 'Robert "Bob"' },
          { kind: 'given2', value: '<b>&amp;</b>' },
          { kind: 'credential', value: 'MBA, PhD' },
        ],
        full: 'Dr. Robert "Bob" <b>&amp;</b> Back\\slash; Semi, Comma MBA, PhD',
      };
      card.nicknames = { k1: { name: 'B\\n' }, k2: { name: "Rob'); DROP TABLE contacts;--" } };
      card.organizations = { o1: { name: 'A\\B; C, D', units: [{ name: 'x;y' }, { name: 'z,\\' }] } };
    },
  ],
  [
    'rtl',
    (card) => {
      card.name = {
        components: [
          { kind: 'surname', value: 'بن سعود' },
          { kind: 'given', value: 'عبد العزيز' },
        ],
        full: 'عبد العزيز بن سعود (Aziz)',
      };
      card.titles = { t1: { name: 'مدير عام', kind: 'title' }, t2: { name: 'Board member', kind: 'role' } };
    },
  ],
  ['photo', (card, index) => setPhoto(card, tinyPng((index * 2_654_435) & 0xff_ff_ff))],
  [
    'lonely',
    (card) => {
      // A given name and a phone, nothing else.
      for (const key of [
        'emails',
        'addresses',
        'organizations',
        'titles',
        'anniversaries',
        'notes',
        'keywords',
        'links',
      ] as const)
        delete card[key];
      card.name = { components: [{ kind: 'given', value: 'Cher' }], full: 'Cher' };
    },
  ],
];
