import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Card } from '../../src/model/card.js';
import { FIELDS } from '../../src/model/fields.js';
import { diffCards, equalCards } from '../../src/model/normalize.js';
import { dialectOf } from '../../src/providers/outlook/dialect.js';
import { createBody, parseContact, project, updateBody } from '../../src/providers/outlook/map.js';
import { outlook } from '../../src/providers/outlook/index.js';
import { rich } from '../conformance/cards.js';
import { people } from '../fakes/people.js';
import { arbitraryCard } from '../support/arbitrary-card.js';
import { cardOf, connect, NAMES, seed } from './outlook-setup.js';

const graph = dialectOf('graph');
const beta = dialectOf('outlook-beta');

describe.each(NAMES)('projection: %s', (name) => {
  const dialect = dialectOf(name);

  test('people: projecting twice changes nothing, and what it keeps is what the server gives back', async () => {
    const { fake, provider } = await connect(name);
    const cards = people(200, { seed: 11, photos: false });
    const ids = cards.map((card) => seed(fake, name, card));
    const found = new Map<string, Card>();
    for await (const record of provider.list({})) found.set(record.id, record.card);
    for (const [at, card] of cards.entries()) {
      const once = project(card, dialect);
      expect(diffCards(once, project(once, dialect))).toEqual([]);
      const back = found.get(ids[at] ?? '');
      expect(diffCards(once, back ?? cardOf())).toEqual([]);
      expect(back?.uid).toBe(card.uid);
    }
    fake.assertClean();
  });

  test('any card: projecting twice is projecting once, and turning one into another takes one update', () => {
    fc.assert(
      fc.property(arbitraryCard, arbitraryCard, (card, other) => {
        const [once, next] = [project(card, dialect), project(other, dialect)];
        expect(diffCards(once, project(once, dialect))).toEqual([]);
        expect(updateBody(once, once, dialect)).toBeUndefined();
        if (!equalCards(once, next)) expect(updateBody(once, next, dialect)).toBeDefined();
      }),
      { numRuns: 40 },
    );
  });
});

describe('bodies', () => {
  test('the flat shape of Graph, MAPI properties for what it lacks', () => {
    const card: Card = {
      ...rich(),
      uid: 'urn:uuid:1',
      phones: {
        a: { number: '1', contexts: { work: true } },
        b: { number: '2', contexts: { work: true } },
        c: { number: '3', contexts: { work: true } },
        d: { number: '4', features: { mobile: true } },
        e: { number: '5', contexts: { private: true }, features: { fax: true } },
        f: { number: '6' },
      },
    };
    const body = createBody(card, graph);
    expect(body).toMatchObject({
      displayName: 'Dr. Ada Maria Lovelace',
      title: 'Dr.',
      givenName: 'Ada',
      middleName: 'Maria',
      surname: 'Lovelace',
      nickName: 'Countess',
      companyName: 'Analytical Engines',
      department: 'Programs',
      jobTitle: 'Programmer',
      emailAddresses: [
        { address: 'ada@example.org', name: 'Dr. Ada Maria Lovelace' },
        { address: 'ada@home.example', name: 'Dr. Ada Maria Lovelace' },
      ],
      businessPhones: ['1', '2'],
      mobilePhone: '4',
      businessAddress: {
        street: '12 St James Square',
        city: 'London',
        state: null,
        countryOrRegion: 'United Kingdom',
        postalCode: 'SW1Y 4LB',
      },
      businessHomePage: 'https://example.org/ada',
      birthday: '1815-12-10T00:00:00Z',
      categories: ['Friends'],
    });
    expect(body['homePhones']).toBeUndefined();
    expect(body['singleValueExtendedProperties']).toEqual([
      { id: 'String {66094469-6666-4936-8beb-663bd579a4d3} Name CardferryUid', value: 'urn:uuid:1' },
      { id: 'String 0x3A25', value: '5' },
      { id: 'String 0x3A1F', value: '6' },
    ]);
    // The third business number has no place anywhere.
    expect(diffCards(card, project(card, graph)).map(({ field, expected }) => [field, expected])).toContainEqual([
      'phones',
      '3 (work)',
    ]);
  });

  test('the typed shape of the Outlook API, a given name always', () => {
    const body = createBody(
      cardOf({
        uid: 'urn:uuid:2',
        organizations: { o: { name: 'Acme' } },
        phones: { p: { number: '1', contexts: { work: true }, features: { fax: true } } },
        addresses: { a: { contexts: { private: true }, components: [{ kind: 'postOfficeBox', value: 'PO 1' }] } },
        links: { l: { uri: 'https://blog.example', label: 'blog' } },
      }),
      beta,
    );
    const none = { Street: null, City: null, State: null, CountryOrRegion: null, PostalCode: null };
    expect(body).toEqual({
      GivenName: '',
      CompanyName: 'Acme',
      Phones: [{ Type: 'BusinessFax', Number: '1' }],
      PostalAddresses: [{ Type: 'Home', PostOfficeBox: 'PO 1', ...none }],
      Websites: [{ Type: 'Blog', Address: 'https://blog.example', DisplayName: 'blog' }],
      SingleValueExtendedProperties: [
        { PropertyId: 'String {66094469-6666-4936-8beb-663bd579a4d3} Name CardferryUid', Value: 'urn:uuid:2' },
      ],
    });
    expect(
      createBody(cardOf({ phones: { m: { number: '1', features: { mobile: true } } } }), dialectOf('outlook-v2')),
    ).toMatchObject({
      MobilePhone1: '1',
    });
  });

  test('an update names what changed, lists and addresses whole, the display name with every part of a name', () => {
    const before = project(rich(), graph);
    const surname = (value: string) => ({
      ...before,
      name: {
        ...before.name,
        components: [
          { kind: 'given', value: 'Ada' },
          { kind: 'surname', value },
        ],
      },
    });
    expect(updateBody(before, before, graph)).toBeUndefined();
    expect(updateBody(before, { ...before, notes: { n: { note: 'x' } } }, graph)).toEqual({ personalNotes: 'x' });
    expect(updateBody(before, surname('King'), graph)).toEqual({
      displayName: 'Dr. Ada Maria Lovelace',
      title: null,
      middleName: null,
      surname: 'King',
    });
    const moved = {
      ...before,
      addresses: { business: { contexts: { work: true as const }, components: [{ kind: 'locality', value: 'Bath' }] } },
    };
    expect(updateBody(before, moved, graph)).toEqual({
      businessAddress: { street: null, city: 'Bath', state: null, countryOrRegion: null, postalCode: null },
    });
    const bare = cardOf({ name: before.name ?? {} });
    expect(updateBody(before, bare, graph)).toEqual({
      nickName: null,
      companyName: null,
      department: null,
      jobTitle: null,
      emailAddresses: [],
      businessPhones: [],
      mobilePhone: null,
      businessAddress: { street: null, city: null, state: null, countryOrRegion: null, postalCode: null },
      businessHomePage: null,
      birthday: null,
      categories: [],
      personalNotes: '',
    });
  });

  test('what has no member and is taken away becomes empty, or the date that means none', () => {
    const before = cardOf({
      phones: { f: { number: '1', features: { fax: true } } },
      anniversaries: { w: { kind: 'wedding', date: { year: 2001, month: 2, day: 3 } } },
    });
    expect(updateBody(before, cardOf(), graph)).toEqual({
      singleValueExtendedProperties: [
        { id: 'SystemTime 0x3A41', value: '4501-01-01T00:00:00Z' },
        { id: 'String 0x3A23', value: '' },
      ],
    });
  });
});

const native = (members: Record<string, unknown>) =>
  parseContact({ id: 'X', ...members }, 'list contacts: value[0]', graph);

describe('reading', () => {
  test('the first ten characters of a birthday, whatever the time; 1604 is no year', () => {
    const date = (birthday: string) => native({ birthday }).card.anniversaries?.['birth']?.date;
    expect(date('1974-07-22T11:59:00Z')).toEqual({ year: 1974, month: 7, day: 22 });
    expect(date('1974-07-22T00:00:00Z')).toEqual({ year: 1974, month: 7, day: 22 });
    expect(date('1604-02-29T11:59:00Z')).toEqual({ month: 2, day: 29 });
    expect(date('4501-01-01T00:00:00Z')).toBeUndefined();
    const yearless = cardOf({ anniversaries: { b: { kind: 'birth', date: { month: 2, day: 29 } } } });
    expect(createBody(yearless, graph)['birthday']).toBe('1604-02-29T00:00:00Z');
    expect(diffCards(yearless, project(yearless, graph))).toEqual([]);
    const early = cardOf({ anniversaries: { b: { kind: 'birth', date: { year: 1600, month: 1, day: 1 } } } });
    expect(project(early, graph).anniversaries).toBeUndefined();
  });

  test('names and file-as that the server made are no fields; others are', () => {
    const person = { displayName: 'Ada Lovelace', givenName: 'Ada', surname: 'Lovelace' };
    const { card } = native({
      ...person,
      fileAs: 'Lovelace, Ada',
      emailAddresses: [
        { name: 'Ada Lovelace (ada@example.org)', address: 'ada@example.org' },
        { name: 'Office', address: 'office@example.org' },
        { name: 'x@example.org', address: 'x@example.org' },
      ],
    });
    expect(card['microsoft.com:fileAs']).toBeUndefined();
    expect(Object.values(card.emails ?? {})).toEqual([
      { address: 'ada@example.org', pref: 1 },
      { address: 'office@example.org', label: 'Office', pref: 2 },
      { address: 'x@example.org', pref: 3 },
    ]);
    expect(native({ ...person, fileAs: 'The Countess' }).card['microsoft.com:fileAs']).toBe('The Countess');
  });

  test('tags come in small letters, without zeros, with their type', () => {
    const entries = [
      { id: 'String 0x3a24', value: '1' },
      { id: 'string 0x3A21001F', value: '2' },
      { id: 'SystemTime 0x3a41', value: '2001-02-03T00:00:00Z' },
      { id: 'String {66094469-6666-4936-8BEB-663BD579A4D3} Name CardferryUid', value: 'urn:uuid:7' },
      { id: 'String 0x1234', value: 'nobody asked' },
    ];
    const { card, uidDerived } = native({ singleValueExtendedProperties: entries });
    expect(card.uid).toBe('urn:uuid:7');
    expect(uidDerived).toBe(false);
    expect(card.phones).toEqual({
      businessFax: { number: '1', contexts: { work: true }, features: { fax: true } },
      pager: { number: '2', features: { pager: true } },
    });
    expect(card.anniversaries).toEqual({ wedding: { kind: 'wedding', date: { year: 2001, month: 2, day: 3 } } });
  });

  test('null, empty texts, empty objects and lists are nothing; __proto__ is a word like any other', () => {
    const empty = {
      nickName: null,
      homeAddress: {},
      otherAddress: null,
      businessPhones: [],
      personalNotes: '',
      birthday: null,
    };
    const { card } = native({ ...empty, categories: ['__proto__'], children: ['constructor'] });
    expect(Object.keys(card).sort()).toEqual(['@type', 'keywords', 'relatedTo', 'uid', 'version']);
    expect(Object.keys(card.keywords ?? {})).toEqual(['__proto__']);
  });

  test('a wrong type is named', () => {
    expect(() => native({ givenName: 7 })).toThrow('list contacts: value[0].givenName must be a string');
    expect(() => native({ emailAddresses: [{ address: [] }] })).toThrow('emailAddresses[0].address must be a string');
    expect(() => native({ businessPhones: {} })).toThrow('businessPhones must be an array');
  });
});

describe('what only some dialects have', () => {
  test('flags: completion is cut to the day, times in other zones are not told', () => {
    const flag = (members: Record<string, unknown>) =>
      parseContact({ Id: 'X', Flag: members }, 'get', beta).card['microsoft.com:flag'];
    const at = (DateTime: string, TimeZone = 'UTC') => ({ DateTime, TimeZone });
    expect(flag({ FlagStatus: 'NotFlagged' })).toBeUndefined();
    expect(flag({ FlagStatus: 'Flagged', DueDateTime: at('2017-12-22T08:00:00.0000000') })).toEqual({
      flagStatus: 'flagged',
      dueDateTime: '2017-12-22T08:00:00Z',
    });
    const done = cardOf({
      'microsoft.com:flag': { flagStatus: 'complete', completedDateTime: '2018-02-05T18:00:00Z' },
    });
    expect(createBody(done, beta)['Flag']).toEqual({
      FlagStatus: 'Complete',
      CompletedDateTime: at('2018-02-05T00:00:00.0000000'),
    });
    expect(flag({ FlagStatus: 'Flagged', DueDateTime: at('2017-12-22T08:00:00', 'Pacific Standard Time') })).toEqual({
      flagStatus: 'flagged',
    });
    expect(updateBody(done, cardOf(), beta)).toEqual({ Flag: { FlagStatus: 'NotFlagged' } });
  });

  test('types and labels of e-mail addresses in the beta of Graph', () => {
    const dialect = dialectOf('graph-beta');
    const card = cardOf({
      emails: {
        a: { address: 'a@x.example', contexts: { work: true } },
        b: { address: 'b@x.example', contexts: { private: true }, label: 'Cottage' },
        c: { address: 'c@x.example', label: 'Club' },
      },
    });
    expect(diffCards(card, project(card, dialect))).toEqual([]);
    expect(createBody(card, dialect)['emailAddresses']).toEqual([
      { address: 'a@x.example', type: 'work' },
      { address: 'b@x.example', name: 'Cottage', type: 'personal' },
      { address: 'c@x.example', type: 'other', otherLabel: 'Club' },
    ]);
  });

  test('Japanese readings', () => {
    const card = cardOf({
      name: {
        full: '山田 太郎',
        phoneticScript: 'Hira',
        components: [
          { kind: 'given', value: '太郎', phonetic: 'たろう' },
          { kind: 'surname', value: '山田', phonetic: 'やまだ' },
        ],
      },
      organizations: { o: { name: '東京', sortAs: 'とうきょう' } },
    });
    expect(diffCards(card, project(card, graph))).toEqual([]);
    expect(createBody(card, graph)).toMatchObject({
      yomiGivenName: 'たろう',
      yomiSurname: 'やまだ',
      yomiCompanyName: 'とうきょう',
    });
    const lonely = native({ yomiGivenName: 'たろう' }).card;
    expect(lonely['microsoft.com:yomiGivenName']).toBe('たろう');
    expect(diffCards(lonely, project(lonely, graph))).toEqual([]);
  });
});

test('the declared fates agree with the projection', () => {
  const named = outlook.fields.map(({ field }) => field).sort();
  expect(named).toEqual(FIELDS.map(({ name }) => name).sort());
  const everything = cardOf({
    ...rich(),
    kind: 'individual',
    language: 'en',
    members: { 'urn:uuid:1': true },
    relatedTo: { Eve: { relation: { spouse: true } } },
    onlineServices: { o: { user: 'ada' } },
    personalInfo: { p: { kind: 'hobby', value: 'chess' } },
    preferredLanguages: { l: { language: 'fr' } },
    speakToAs: { grammaticalGender: 'feminine' },
    calendars: { c: { uri: 'https://x.example/c' } },
    schedulingAddresses: { s: { uri: 'mailto:a@x.example' } },
    cryptoKeys: { k: { uri: 'https://x.example/k' } },
    directories: { d: { uri: 'https://x.example/d' } },
    localizations: { de: { 'name/full': 'Ada' } },
    vCardProps: [['x-foo', {}, 'text', 'bar']],
    media: { m: { kind: 'logo', uri: 'https://x.example/l' } },
    anniversaries: {
      b: { kind: 'birth', date: { year: 1990, month: 1, day: 2 } },
      w: { kind: 'wedding', date: { year: 2010, month: 1, day: 2 } },
    },
    'microsoft.com:manager': 'Grace',
  });
  const lost = new Set(
    diffCards(everything, project(everything, graph)).flatMap(({ field, kind }) => (kind === 'missing' ? [field] : [])),
  );
  for (const { field, fate } of outlook.fields) {
    if (field === 'photo' || field === 'kind') continue;
    expect([field, lost.has(field)]).toEqual([field, fate === 'lost']);
  }
});

test('second entries of a type go along as they are', () => {
  const site = (Type: string, Address: string) => ({ Type, Address, DisplayName: null });
  const town = (Type: string, City: string) => ({ Type, City });
  const { card, leftover } = parseContact(
    {
      Id: 'x',
      Websites: [site('Work', 'https://a.example'), site('Work', 'https://b.example')],
      PostalAddresses: [town('Home', 'Ulm'), town('Home', 'Bonn'), town('Unknown', 'Rome'), town('Other', 'Oslo')],
    },
    'test',
    beta,
  );
  const body = updateBody(card, { ...card, links: {}, addresses: {} }, beta, { leftover });
  expect(body).toEqual({
    Websites: [site('Work', 'https://b.example')],
    PostalAddresses: [town('Home', 'Bonn'), town('Other', 'Oslo')],
  });
});
