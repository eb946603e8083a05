import { describe, expect, it } from 'vitest';
import type { Card } from '../../src/model/card.js';
import { InputError } from '../../src/model/errors.js';
import { addAddress, addTyped, appendField, FIELD_SPELLINGS, parseDate, setField } from '../../src/model/build.js';
import { card, fullCard } from './cards.js';

function built(...fields: [string, string][]): Card {
  const made = card();
  for (const [field, value] of fields) setField(made, field, value);
  return made;
}

function complaint(run: () => void): string {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(InputError);
    if (error instanceof InputError) return `${error.message} / ${error.hint ?? ''}`;
  }
  return '';
}

describe('parseDate', () => {
  it.each([
    ['1985-04-12', { year: 1985, month: 4, day: 12 }],
    [' 19850412 ', { year: 1985, month: 4, day: 12 }],
    ['1985-4-2', { year: 1985, month: 4, day: 2 }],
    ['--04-12', { month: 4, day: 12 }],
    ['--0412', { month: 4, day: 12 }],
    ['--02-29', { month: 2, day: 29 }],
    ['2000-02-29', { year: 2000, month: 2, day: 29 }],
    ['1985-04', { year: 1985, month: 4 }],
    ['1985', { year: 1985 }],
    ['1985-04-12T00:00:00Z', { year: 1985, month: 4, day: 12 }],
    ['1985-04-12 00:00:00.000', { year: 1985, month: 4, day: 12 }],
  ])('%s', (text, date) => expect(parseDate(text)).toEqual(date));
  it.each([
    '',
    '12.04.1985',
    '1985-13-01',
    '1985-00-01',
    '1985-02-29',
    '1900-02-29',
    '--04',
    '--02-30',
    '1985-04-12T23:00:00Z',
    '1985-04-12T00:00:00+02:00',
    'x'.repeat(500),
  ])('refuses %s', (text) => expect(complaint(() => parseDate(text))).toMatch(/is no date \/ write 1985-04-12/));
});

describe('setField', () => {
  it('makes a whole contact', () => {
    const made = built(
      ['name', 'Anna Li'],
      ['given', 'Anna'],
      ['family', 'Li'],
      ['nickname', 'Anni'],
      ['org', 'Acme'],
      ['department', 'R&D'],
      ['title', 'CTO'],
      ['role', 'Chair'],
      ['note', 'a\nb'],
      ['birthday', '--04-12'],
      ['anniversary', '2010-06-01'],
      ['category', 'vip'],
      ['category', 'friends'],
      ['url', 'example.com/a b'],
      ['email', 'a@b.c'],
      ['email:work', 'w@b.c'],
      ['phone:mobile', '1'],
      ['phone:home-fax', '2'],
      ['phone:Boat', '3'],
      ['address:home:street', 'Main St 1'],
      ['address:home:city', 'Berlin'],
      ['address:work:city', 'Bonn'],
      ['-', 'nothing'],
    );
    expect(made).toEqual(
      card({
        name: {
          full: 'Anna Li',
          components: [
            { kind: 'given', value: 'Anna' },
            { kind: 'surname', value: 'Li' },
          ],
        },
        nicknames: { n1: { name: 'Anni' } },
        organizations: { o1: { name: 'Acme', units: [{ name: 'R&D' }] } },
        titles: { t1: { name: 'CTO', kind: 'title' }, t2: { name: 'Chair', kind: 'role' } },
        notes: { n1: { note: 'a\nb' } },
        anniversaries: {
          b1: { kind: 'birth', date: { month: 4, day: 12 } },
          w2: { kind: 'wedding', date: { year: 2010, month: 6, day: 1 } },
        },
        keywords: { vip: true, friends: true },
        links: { l1: { uri: 'https://example.com/a%20b' } },
        emails: { e1: { address: 'a@b.c' }, e2: { address: 'w@b.c', contexts: { work: true } } },
        phones: {
          p1: { number: '1', features: { mobile: true } },
          p2: { number: '2', contexts: { private: true }, features: { fax: true } },
          p3: { number: '3', label: 'Boat' },
        },
        addresses: {
          a1: {
            contexts: { private: true },
            components: [
              { kind: 'name', value: 'Main St 1' },
              { kind: 'locality', value: 'Berlin' },
            ],
          },
          a2: { contexts: { work: true }, components: [{ kind: 'locality', value: 'Bonn' }] },
        },
      }),
    );
  });

  it('replaces the best one of single values and leaves the others', () => {
    const made = card({
      notes: { a: { note: 'one' }, b: { note: 'two' } },
      titles: { r: { name: 'Chair', kind: 'role' }, x: { name: 'Dev' }, y: { name: 'CTO', pref: 1 } },
    });
    setField(made, 'note', 'new');
    setField(made, 'title', 'CEO');
    expect(made.notes).toEqual({ a: { note: 'new' }, b: { note: 'two' } });
    expect(made.titles).toEqual({
      r: { name: 'Chair', kind: 'role' },
      x: { name: 'Dev' },
      y: { name: 'CEO', pref: 1 },
    });
  });

  it('removes with an empty value', () => {
    const made = fullCard();
    for (const field of ['name', 'nickname', 'note', 'birthday', 'anniversary', 'url', 'title', 'role', 'department'])
      setField(made, field, '');
    for (const property of ['name', 'nicknames', 'notes', 'anniversaries', 'links', 'titles'])
      expect(made).not.toHaveProperty(property);
    expect(made.organizations).toEqual({ o1: { name: 'Acme' }, o2: { name: 'Club' } });
    setField(made, 'email', '');
    expect(made.emails).toEqual(fullCard().emails);
  });

  it('keeps a derived full name in step, and leaves one that says something else', () => {
    const made = fullCard();
    setField(made, 'family', 'Meier');
    expect(made.name?.full).toBe('Dr. Änne Meier');
    setField(made, 'prefix', '');
    expect(made.name?.full).toBe('Änne Meier');
    setField(made, 'suffix', 'Jr.');
    setField(made, 'middle', 'B.');
    expect(made.name?.full).toBe('Änne B. Meier Jr.');
    expect(made.name?.components?.map((part) => part.kind)).toEqual(['given', 'given2', 'surname', 'generation']);
    setField(made, 'suffix', 'PhD');
    expect(made.name?.full).toBe('Änne B. Meier PhD');
    const other = card({ name: { full: 'The Boss', components: [{ kind: 'given', value: 'Bo' }] } });
    setField(other, 'given', 'Jo');
    expect(other.name).toEqual({ full: 'The Boss', components: [{ kind: 'given', value: 'Jo' }] });
    for (const part of ['given', 'middle', 'family', 'suffix']) setField(made, part, '');
    expect(made.name).toBeUndefined();
  });

  it('drops name parts that a new full name contradicts, keeps those it contains', () => {
    const made = fullCard();
    setField(made, 'name', 'Dr. Aenne Mueller-Schmidt');
    expect(made.name).toEqual({ full: 'Dr. Aenne Mueller-Schmidt' });
    const same = fullCard();
    setField(same, 'name', 'Frau Dr. Änne Müller');
    expect(same.name?.components).toHaveLength(3);
  });

  it('gives a type to an address or number that is there', () => {
    const made = built(
      ['email', 'a@b.c'],
      ['email:work', 'A@B.c'],
      ['phone:home', '1'],
      ['phone:Boat', '1'],
      ['phone', '1'],
    );
    expect(made.emails).toEqual({ e1: { address: 'a@b.c', contexts: { work: true } } });
    expect(made.phones).toEqual({ p1: { number: '1', label: 'Boat' } });
  });

  it('names the wrong field or value', () => {
    expect(complaint(() => setField(card(), 'emial', 'x'))).toMatch(
      /there is no field "emial" \/ did you mean email\?/,
    );
    expect(complaint(() => setField(card(), '__proto__', 'x'))).toMatch(/there is no field/);
    expect(complaint(() => setField(card(), 'constructor', 'x'))).toMatch(/there is no field/);
    expect(complaint(() => setField(card(), 'given:home', 'x'))).toMatch(/takes no type/);
    expect(complaint(() => setField(card(), 'address:home', 'x'))).toMatch(/names no part of an address/);
    expect(complaint(() => setField(card(), 'email', 'nobody'))).toMatch(/"nobody" is no e-mail address/);
    expect(complaint(() => setField(card(), 'email', 'a@b\r\nX: y'))).toMatch(/no e-mail address/);
    expect(complaint(() => setField(card(), 'birthday', 'soon'))).toMatch(/is no date/);
    expect(FIELD_SPELLINGS).toContain('department');
  });

  it('takes a hostile category as a plain key', () => {
    const made = built(['category', '__proto__']);
    expect(Object.keys(made.keywords ?? {})).toEqual(['__proto__']);
  });

  it('drops the label of an address whose parts change', () => {
    const made = card({
      addresses: {
        a: {
          contexts: { private: true },
          full: 'Main St, Bonn',
          countryCode: 'DE',
          components: [{ kind: 'locality', value: 'Bonn' }],
        },
      },
    });
    setField(made, 'address:home:city', 'Berlin');
    setField(made, 'address:home:country', 'France');
    expect(made.addresses?.a).toEqual({
      contexts: { private: true },
      components: [
        { kind: 'locality', value: 'Berlin' },
        { kind: 'country', value: 'France' },
      ],
    });
  });
});

describe('appendField', () => {
  it('never replaces what another column gave', () => {
    const made = card();
    const columns: [string, string][] = [
      ['given', 'Anna'],
      ['family', 'Li'],
      ['name', 'Acme Sales'],
      ['note', 'one'],
      ['note', 'two'],
      ['note', 'one'],
      ['note', ' '],
      ['title', 'CTO'],
      ['title', 'Dev'],
      ['org', 'Acme'],
      ['org', 'Club'],
      ['phone:home', '1'],
      ['phone:work', '1'],
      ['phone:work', '1'],
      ['email', '/o=ex/cn=anna'],
      ['department', 'A'],
      ['department', 'B'],
    ];
    for (const [field, value] of columns) appendField(made, field, value);
    expect(made.name?.components).toHaveLength(2);
    expect(made.name?.full).toBe('Acme Sales');
    expect(Object.values(made.notes ?? {}).map((note) => note.note)).toEqual(['one', 'two']);
    expect(Object.values(made.titles ?? {}).map((title) => title.name)).toEqual(['CTO', 'Dev']);
    expect(made.organizations).toEqual({
      o1: { name: 'Acme', units: [{ name: 'A' }, { name: 'B' }] },
      o2: { name: 'Club' },
    });
    expect(Object.values(made.phones ?? {})).toEqual([
      { number: '1', contexts: { private: true } },
      { number: '1', contexts: { work: true } },
    ]);
    expect(Object.values(made.emails ?? {})).toEqual([{ address: '/o=ex/cn=anna' }]);
  });
  it('puts the company beside the department, whichever column is first', () => {
    const made = card();
    appendField(made, 'department', 'R&D');
    appendField(made, 'org', 'Acme');
    expect(made.organizations).toEqual({ o1: { units: [{ name: 'R&D' }], name: 'Acme' } });
  });
});

describe('addTyped', () => {
  const phone = (text: string): unknown => {
    const made = card();
    addTyped(made, 'phone', text);
    return made.phones?.p1;
  };
  const email = (text: string): unknown => {
    const made = card();
    addTyped(made, 'email', text);
    return made.emails?.e1;
  };
  it.each([
    ['+49 30 1', { number: '+49 30 1' }],
    ['home:+49', { number: '+49', contexts: { private: true } }],
    ['WORK-FAX: 1', { number: '1', contexts: { work: true }, features: { fax: true } }],
    ['work,mobile:1', { number: '1', contexts: { work: true }, features: { mobile: true } }],
    ['cell:1', { number: '1', features: { mobile: true } }],
    ['main:1', { number: '1', features: { 'main-number': true } }],
    ['pager:1', { number: '1', features: { pager: true } }],
    ['other:1', { number: '1' }],
    ['Summer house:1', { number: '1', label: 'Summer house' }],
    ['home-boat:1', { number: '1', label: 'home-boat' }],
    ['tel:+49-30', { number: 'tel:+49-30' }],
    ['home:tel:+49-30', { number: 'tel:+49-30', contexts: { private: true } }],
    ['sip:anna@x.org', { number: 'sip:anna@x.org' }],
    ['12:34', { number: '12:34' }],
    ['constructor:1', { number: '1', label: 'constructor' }],
  ])('phone %s', (text, entry) => expect(phone(text)).toEqual(entry));
  it.each([
    ['a@b.c', { address: 'a@b.c' }],
    ['work:a@b.c', { address: 'a@b.c', contexts: { work: true } }],
    ['fax:a@b.c', { address: 'a@b.c', label: 'fax' }],
    ['mailto:a@b.c', { address: 'a@b.c' }],
    ['home:mailto:a@b.c', { address: 'a@b.c', contexts: { private: true } }],
    ['a@[IPv6:2001:db8::1]', { address: 'a@[IPv6:2001:db8::1]' }],
    ['"a:b"@c.d', { address: '"a:b"@c.d' }],
    ['Büro:a@b.c', { address: 'a@b.c', label: 'Büro' }],
  ])('email %s', (text, entry) => expect(email(text)).toEqual(entry));
  it('refuses what is none', () => {
    expect(complaint(() => email('work:'))).toMatch(/is no e-mail address/);
    expect(complaint(() => email('a b@c'))).toMatch(/is no e-mail address/);
    expect(complaint(() => phone('home:'))).toMatch(/is empty/);
    expect(complaint(() => phone('1\u001b'))).toMatch(/is no phone number/);
  });
  it('never overwrites a key', () => {
    const made = card({ emails: { e2: { address: 'x@y.z' } } });
    addTyped(made, 'email', 'a@b.c');
    addTyped(made, 'email', 'd@b.c');
    expect(Object.keys(made.emails ?? {})).toEqual(['e2', 'e3', 'e4']);
  });
});

describe('addAddress', () => {
  const address = (text: string): unknown => {
    const made = card();
    addAddress(made, text);
    return made.addresses?.a1;
  };
  it('reads parts, types and escapes', () => {
    expect(address('home:street=Main St 1;city=Berlin;state=BE;postcode=10115;country=Germany')).toEqual({
      contexts: { private: true },
      components: [
        { kind: 'name', value: 'Main St 1' },
        { kind: 'locality', value: 'Berlin' },
        { kind: 'region', value: 'BE' },
        { kind: 'postcode', value: '10115' },
        { kind: 'country', value: 'Germany' },
      ],
    });
    expect(address(String.raw`Boat\: red:street=a\;b\=c=d\\e\nf; CITY = x:y ;`)).toEqual({
      label: 'Boat: red',
      components: [
        { kind: 'name', value: 'a;b=c=d\\e\nf' },
        { kind: 'locality', value: 'x:y' },
      ],
    });
    expect(address('street=at 12:30')).toEqual({ components: [{ kind: 'name', value: 'at 12:30' }] });
  });
  it('names what is wrong', () => {
    expect(complaint(() => address('home:town=x'))).toMatch(/an address has no "town" \/ parts are street/);
    expect(complaint(() => address('home:streat=x'))).toMatch(/did you mean street\?/);
    expect(complaint(() => address('home:Main St 1'))).toMatch(/"Main St 1" is no part/);
    expect(complaint(() => address('home:'))).toMatch(/the address is empty/);
    expect(complaint(() => address('home:constructor=x'))).toMatch(/an address has no "constructor"/);
  });
});
