import { describe, expect, test } from 'vitest';
import type { Card } from '../../src/model/card.js';
import { createBody, parseContact, updateBody } from '../../src/providers/mdaemon/map.js';
import { photoUri, tinyJpeg } from '../fakes/pictures.js';
import { FULL, read } from './mdaemon-sample.js';
import { cardOf } from './mdaemon-setup.js';

describe('native to card', () => {
  test('every documented member has its place', () => {
    const work = { work: true };
    const home = { private: true };
    expect(read(FULL)).toEqual({
      '@type': 'Card',
      version: '1.0',
      uid: 'urn:uuid:8f14e45f-ceea-467f-9575-6c5a1b2c3d4e',
      name: {
        full: 'Dr. Ada M. King Jr.',
        components: [
          { kind: 'title', value: 'Dr.' },
          { kind: 'given', value: 'Ada' },
          { kind: 'given2', value: 'M.' },
          { kind: 'surname', value: 'King' },
          { kind: 'generation', value: 'Jr.' },
          { kind: 'credential', value: 'MD' },
        ],
      },
      nicknames: { nick_name: { name: 'Countess' } },
      organizations: { company: { name: 'Engines Ltd', units: [{ name: 'Research' }] } },
      titles: { title: { name: 'Programmer' } },
      emails: {
        email: { address: 'ada@example.com', pref: 1 },
        email2: { address: 'ada@home.example', pref: 2 },
        email3: { address: 'a@third.example', pref: 3 },
      },
      phones: {
        business: { number: '3', contexts: work },
        business2: { number: '4', contexts: work },
        mobile: { number: '2', features: { mobile: true } },
        home_mobile: { number: '1', contexts: home, features: { mobile: true } },
        business_fax: { number: '9', contexts: work, features: { fax: true } },
        home_fax: { number: '10', contexts: home, features: { fax: true } },
        pager: { number: '12', features: { pager: true } },
        business_main: { number: '7', contexts: work, features: { 'main-number': true } },
        assistant: { number: '8', label: 'assistant' },
        car: { number: '11', label: 'car' },
        radio: { number: '13', label: 'radio' },
        ip: { number: '14', label: 'ip' },
        other: { number: '15' },
        home: { number: '5', contexts: home },
        home2: { number: '6', contexts: home },
      },
      addresses: {
        home: {
          contexts: home,
          components: [
            { kind: 'name', value: '1 Main St\nBack house' },
            { kind: 'locality', value: 'Springfield' },
            { kind: 'region', value: 'IL' },
            { kind: 'postcode', value: '62701' },
            { kind: 'country', value: 'USA' },
          ],
        },
        business: {
          contexts: work,
          components: [
            { kind: 'name', value: '2 Side St' },
            { kind: 'locality', value: 'Paris' },
            { kind: 'country', value: 'France' },
          ],
        },
        other: { components: [{ kind: 'locality', value: 'Rome' }] },
      },
      links: {
        business: { uri: 'https://example.com', contexts: work },
        home: { uri: 'https://ada.example', contexts: home },
      },
      onlineServices: {
        IM: { uri: 'xmpp:ada@example.com' },
        IM2: { service: 'Skype', user: 'ada.king' },
        IM3: { user: 'ada42' },
      },
      anniversaries: {
        birthday: { kind: 'birth', date: { year: 1980, month: 5, day: 6 } },
        anniversary: { kind: 'wedding', date: { year: 2001, month: 12, day: 31 } },
      },
      keywords: { Friends: true, Work: true },
      relatedTo: {
        'Bob Boole': { relation: { agent: true } },
        William: { relation: { spouse: true } },
        Byron: { relation: { child: true } },
        Anne: { relation: { child: true } },
      },
      notes: { notes: { note: 'line one\nline two' } },
      media: { picture: { kind: 'photo', uri: photoUri(tinyJpeg(3)) } },
      'mdaemon.com:office': 'Room 5',
      'mdaemon.com:manager': 'Charles B.',
      'mdaemon.com:file_as': 'King, Ada',
      'mdaemon.com:account_name': 'ada',
      'mdaemon.com:government_id': 'G1',
      'mdaemon.com:customer_id': 'C1',
      'mdaemon.com:blackberry_pin': 'B1',
      'mdaemon.com:notes_html': '<b>line one</b>',
    });
  });

  test('what it gave comes back to the same members', () => {
    const server = ['id', 'group', 'picture', 'attachments', 'folder', 'permissions'];
    const rest = Object.fromEntries(Object.entries(FULL).filter(([name]) => !server.includes(name)));
    expect(createBody(read(FULL))).toEqual({
      ...rest,
      categories: 'Friends,Work',
      notes: 'line one\nline two',
      birthday: '1980-05-06T10:00:00+00:00',
      anniversary: '2001-12-31T10:00:00+00:00',
    });
  });

  test('blank, null, absent and numeric members', () => {
    const native = parseContact(
      {
        id: 'x1',
        name: '',
        company: null,
        emails: {},
        phone: null,
        customer_id: 42,
        addresses: [{ type: 'home', address: ' ' }],
      },
      'x',
    );
    expect(native.card).toEqual({
      '@type': 'Card',
      version: '1.0',
      uid: expect.stringMatching(/^urn:uuid:[0-9a-f-]{36}$/) as string,
      'mdaemon.com:customer_id': '42',
    });
  });

  test('a second address of a type and an unknown type are read, and not hidden', () => {
    const addresses = [
      { type: 'home', city: 'A' },
      { type: 'HOME', city: 'B' },
      { type: 'holiday', city: 'C' },
    ];
    const card = read({ id: 'x', addresses });
    expect(Object.entries(card.addresses ?? {}).map(([key, { components }]) => [key, components?.[0]?.value])).toEqual([
      ['home', 'A'],
      ['other', 'C'],
      ['home-2', 'B'],
    ]);
  });

  test('hostile names stay plain keys', () => {
    const card = read({ id: 'x', partner: '__proto__', categories: '__proto__,constructor' });
    expect(Object.keys(card.relatedTo ?? {})).toEqual(['__proto__']);
    expect(Object.keys(card.keywords ?? {})).toEqual(['__proto__', 'constructor']);
    expect(({} as Record<string, unknown>)['relation']).toBeUndefined();
    expect(createBody(card)).toEqual({ partner: '__proto__', categories: '__proto__,constructor' });
  });

  test.each([
    [{ id: 'x', company: {} }, /list contacts: contacts\[3\]\.company must be a string, got an object/],
    [{ id: 'x', emails: 'a@b' }, /contacts\[3\]\.emails must be an object/],
    [{ id: 'x', phone: { mobile: [] } }, /contacts\[3\]\.phone\.mobile must be a string/],
    [{ id: 'x', addresses: [{ type: 'home', city: {} }] }, /contacts\[3\]\.addresses\[0\]\.city must be a string/],
    [{ name: 'x' }, /id is missing/],
    [null, /must be an object, got null/],
  ])('a wrong type is named: %j', (native, message) => {
    expect(() => parseContact(native, 'list contacts: contacts[3]')).toThrow(message);
  });
});

describe('card to native', () => {
  const body = (card: Partial<Card>) => createBody(cardOf(card));

  test('a new contact holds only what there is', () => {
    expect(body({ name: { full: 'Ada' }, emails: { x: { address: 'a@b.example' } } })).toEqual({
      name: 'Ada',
      emails: { email: 'a@b.example' },
    });
    expect(body({})).toEqual({});
  });

  test('a name without a full text is made from its components', () => {
    const components = [
      { kind: 'given', value: 'Ada' },
      { kind: 'surname', value: 'King' },
      { kind: 'surname2', value: 'Noel' },
    ];
    expect(body({ name: { components } })).toEqual({
      name: 'Ada King Noel',
      name_details: { first_name: 'Ada', last_name: 'King Noel' },
    });
  });

  test('phones go where they belong by contexts, features and label; the keys of another vendor do not matter', () => {
    const phones = {
      p1: { number: '1', contexts: { work: true as const }, features: { voice: true as const } },
      p2: { number: '2', features: { mobile: true as const, voice: true as const } },
      p3: { number: '3' },
      p4: { number: '4', contexts: { private: true as const }, features: { fax: true as const } },
      p5: { number: '5', label: 'Car' },
      p6: { number: '6', contexts: { work: true as const }, features: { 'main-number': true as const } },
      p7: { number: 'tel:+49-30-7', contexts: { private: true as const }, pref: 1 },
      p8: { number: '8', contexts: { work: true as const }, label: 'Reception' },
    };
    expect(body({ phones })).toEqual({
      phone: {
        business: '1',
        mobile: '2',
        other: '3',
        home_fax: '4',
        car: '5',
        business_main: '6',
        home: '+49-30-7',
        business2: '8',
      },
    });
  });

  test('more numbers than slots: the next best slot, never a wrong one', () => {
    const numbers = (count: number, rest: object) =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`p${i}`, { number: String(i), ...rest }]));
    expect(body({ phones: numbers(5, { contexts: { work: true } }) })).toEqual({
      phone: { business: '0', business2: '1', other: '2' },
    });
    expect(body({ phones: numbers(4, { features: { mobile: true } }) })).toEqual({
      phone: { mobile: '0', home_mobile: '1', other: '2' },
    });
    expect(body({ phones: numbers(4, {}) })).toEqual({ phone: { other: '0', home: '1', home2: '2' } });
    expect(body({ phones: numbers(4, { features: { fax: true } }) })).toEqual({
      phone: { business_fax: '0', home_fax: '1', other: '2' },
    });
  });

  test('the best of each kind is kept, by pref', () => {
    const emails = Object.fromEntries([4, 3, 2, 1].map((pref) => [`e${pref}`, { address: `${pref}@b.example`, pref }]));
    expect(body({ emails })).toEqual({
      emails: { email: '1@b.example', email2: '2@b.example', email3: '3@b.example' },
    });
  });

  test('an address without a type goes to other, a second one elsewhere; street parts become lines', () => {
    const components = [
      { kind: 'number', value: '5' },
      { kind: 'name', value: 'Main St' },
      { kind: 'apartment', value: 'Apt 2' },
      { kind: 'locality', value: 'X' },
    ];
    expect(
      body({
        addresses: {
          a: { components },
          b: { full: 'all\nof it' },
          c: { components: [{ kind: 'country', value: 'Y' }], contexts: { work: true } },
        },
      }),
    ).toEqual({
      addresses: [
        { type: 'home', address: 'all\nof it', city: '', state: '', zipcode: '', country: '' },
        { type: 'business', address: '', city: '', state: '', zipcode: '', country: 'Y' },
        { type: 'other', address: 'Apt 2\n5 Main St', city: 'X', state: '', zipcode: '', country: '' },
      ],
    });
  });

  test('dates: whole ones only, and no impossible ones', () => {
    const born = (date: object) => body({ anniversaries: { b: { kind: 'birth', date } } } as Partial<Card>);
    expect(born({ year: 1985, month: 4, day: 12 })).toEqual({ birthday: '1985-04-12T10:00:00+00:00' });
    expect(born({ '@type': 'Timestamp', utc: '1985-04-12T23:00:00Z' })).toEqual({
      birthday: '1985-04-12T10:00:00+00:00',
    });
    expect(born({ month: 4, day: 12 })).toEqual({});
    expect(born({ year: 1985, month: 4 })).toEqual({});
    expect(born({ year: 1985, month: 2, day: 30 })).toEqual({});
    expect(born({ year: 2000, month: 2, day: 29 })).toEqual({ birthday: '2000-02-29T10:00:00+00:00' });
    expect(born({ year: 1900, month: 2, day: 29 })).toEqual({});
  });

  test('categories and children with commas cannot be stored', () => {
    expect(body({ keywords: { 'a,b': true, ' c ': true, '': true } })).toEqual({ categories: 'c' });
    expect(
      body({
        relatedTo: {
          'A, B': { relation: { child: true } },
          C: { relation: { child: true } },
          'urn:uuid:1': { relation: { spouse: true } },
        },
      }),
    ).toEqual({ children: 'C' });
  });
});

describe('updates', () => {
  const before = read(FULL);
  const change = (edit: (card: Card) => void) => {
    const next = structuredClone(before);
    edit(next);
    return updateBody(before, next);
  };

  test('nothing changed, nothing sent', () => {
    expect(change(() => undefined)).toBeUndefined();
  });

  test('only the property that changed, and "" to empty it', () => {
    expect(change((card) => (card.titles = { t: { name: 'Countess' } }))).toEqual({ title: 'Countess' });
    expect(change((card) => delete card.titles)).toEqual({ title: '' });
    expect(change((card) => delete card.notes)).toEqual({ notes: '' });
  });

  test('an object is sent whole', () => {
    expect(change((card) => delete card.emails?.['email2'])).toEqual({
      emails: { email: 'ada@example.com', email2: '', email3: 'a@third.example' },
    });
    const prefer = (card: Card) =>
      Object.assign(card.emails?.['email3'] ?? {}, { pref: 1 }) && delete card.emails?.['email']?.pref;
    expect(change(prefer)).toEqual({
      emails: { email: 'a@third.example', email2: 'ada@home.example', email3: 'ada@example.com' },
    });
  });

  test('a list is sent whole, with blanks for what is removed', () => {
    expect(change((card) => delete card.addresses?.['business'])).toEqual({
      addresses: [
        FULL.addresses[0],
        FULL.addresses[2],
        { type: 'business', address: '', city: '', state: '', zipcode: '', country: '' },
      ],
    });
    expect(change((card) => delete card.links)).toEqual({
      web_addresses: [
        { type: 'business', address: '' },
        { type: 'home', address: '' },
      ],
    });
  });

  test('name and its details go together', () => {
    expect(change((card) => (card.name = { ...card.name, full: 'Ada King' }))).toEqual({
      name: 'Ada King',
      name_details: FULL.name_details,
    });
    expect(change((card) => (card.name = { full: FULL.name }))).toEqual({
      name: FULL.name,
      name_details: { first_name: '', middle_name: '', last_name: '', title: '', suffix: '' },
    });
  });
});
