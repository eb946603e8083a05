import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ldif } from '../../src/formats/ldif/index.js';
import type { FormatItem, FormatLoss } from '../../src/formats/types.js';
import type { Card } from '../../src/model/card.js';
import { diffCards } from '../../src/model/normalize.js';
import { arbitraryCard } from '../support/arbitrary-card.js';
import { read as readWith, write as writeWith } from '../support/formats.js';

const RUNS = Number(process.env.CARDFERRY_RUNS ?? 60);
const read = (text: string | Uint8Array, size?: number): Promise<FormatItem[]> => readWith(ldif, text, size);
const write = (cards: Iterable<Card>, losses?: FormatLoss[]): Promise<string> => writeWith(ldif, cards, losses);
const cardIn = (item: FormatItem | undefined): Card => {
  if (item === undefined || 'error' in item) throw new Error(JSON.stringify(item));
  return item.card;
};
const card = (rest: Partial<Card>): Card => ({ '@type': 'Card', version: '1.0', uid: 'u', ...rest });

const PERSON = `dn: cn=Jane Doe,mail=jane@example.com
objectclass: top
objectclass: person
objectclass: organizationalPerson
objectclass: inetOrgPerson
objectclass: mozillaAbPersonAlpha
`;

describe('reading', () => {
  it('knows every attribute of Thunderbird', async () => {
    const [item] = await read(`${PERSON}givenName: Jane
sn: Doe
cn: Jane Doe
mozillaNickname: JD
mail: jane@example.com
mozillaSecondEmail: jd@example.net
telephoneNumber: 1
homePhone: 2
fax: 3
pager: 4
mobile: 5
mozillaHomeStreet: Home St 1
mozillaHomeStreet2: Flat 2
mozillaHomeLocalityName: Hometown
mozillaHomeState: HS
mozillaHomePostalCode: 11
mozillaHomeCountryName: Homeland
street: Work St 1
mozillaWorkStreet2: Room 2
l: Worktown
st: WS
postalCode: 22
c: DE
title: Boss
ou: Sales
o: Example
mozillaWorkUrl: https://work.example
mozillaHomeUrl: home.example
birthyear: 1985
birthmonth: 04
birthday: 12
custom1: one
mozillaCustom4: four
description:: bGluZSBvbmUKbGluZSB0d28=
nsAIMid: jd
preferredLanguage: fr, en;q=0.5
jpegPhoto:: /9j/4AAQSkZJRgABAQAASABIAAD/
modifytimestamp: 1700000000
employeeNumber: 7
entryUUID: 0F0F0F0F-1111-2222-3333-444444444444
`);
    expect(item).toMatchObject({ line: 1, warnings: [] });
    expect(item).not.toHaveProperty('uidDerived');
    expect(cardIn(item)).toEqual({
      '@type': 'Card',
      version: '1.0',
      uid: 'urn:uuid:0f0f0f0f-1111-2222-3333-444444444444',
      updated: '2023-11-14T22:13:20Z',
      name: {
        components: [
          { kind: 'given', value: 'Jane' },
          { kind: 'surname', value: 'Doe' },
        ],
        full: 'Jane Doe',
      },
      nicknames: { n1: { name: 'JD' } },
      organizations: { o1: { name: 'Example', units: [{ name: 'Sales' }] } },
      titles: { t1: { name: 'Boss', kind: 'title' } },
      emails: { e1: { address: 'jane@example.com', pref: 1 }, e2: { address: 'jd@example.net' } },
      phones: {
        p1: { number: '1', contexts: { work: true } },
        p2: { number: '2', contexts: { private: true } },
        p3: { number: '5', features: { mobile: true } },
        p4: { number: '3', features: { fax: true } },
        p5: { number: '4', features: { pager: true } },
      },
      onlineServices: { s1: { service: 'AIM', user: 'jd', vCardName: 'x-aim' } },
      addresses: {
        a1: {
          components: [
            { kind: 'apartment', value: 'Room 2' },
            { kind: 'name', value: 'Work St 1' },
            { kind: 'locality', value: 'Worktown' },
            { kind: 'region', value: 'WS' },
            { kind: 'postcode', value: '22' },
          ],
          countryCode: 'DE',
          contexts: { work: true },
        },
        a2: {
          components: [
            { kind: 'apartment', value: 'Flat 2' },
            { kind: 'name', value: 'Home St 1' },
            { kind: 'locality', value: 'Hometown' },
            { kind: 'region', value: 'HS' },
            { kind: 'postcode', value: '11' },
            { kind: 'country', value: 'Homeland' },
          ],
          contexts: { private: true },
        },
      },
      links: {
        l1: { uri: 'https://work.example', contexts: { work: true } },
        l2: { uri: 'https://home.example', contexts: { private: true } },
      },
      anniversaries: { a1: { kind: 'birth', date: { year: 1985, month: 4, day: 12 } } },
      notes: { n1: { note: 'line one\nline two' } },
      preferredLanguages: { l1: { language: 'fr', pref: 1 }, l2: { language: 'en', pref: 2 } },
      media: { m1: { kind: 'photo', uri: 'data:image/jpeg;base64,/9j/4AAQSkZJRgABAQAASABIAAD/' } },
      vCardProps: [
        ['x-custom1', {}, 'text', 'one'],
        ['x-custom4', {}, 'text', 'four'],
      ],
      'cardferry:attributes': { employeenumber: ['7'] },
    });
  });
  it.each<[string, string, Partial<Card>]>([
    [
      'older names',
      'xmozillanickname: J\ncellphone: 5\ncompany: E\ndepartment: D\nzip: 1\nworkurl: https://w.example',
      {
        nicknames: { n1: { name: 'J' } },
        phones: { p1: { number: '5', features: { mobile: true } } },
        organizations: { o1: { name: 'E', units: [{ name: 'D' }] } },
        addresses: { a1: { components: [{ kind: 'postcode', value: '1' }], contexts: { work: true } } },
        links: { l1: { uri: 'https://w.example', contexts: { work: true } } },
      },
    ],
    [
      'continuation lines, options, comments, empty values',
      'cn;lang-de: Jo\n  hn\n# about\n # nothing\nsn:\nMAIL:a@example.com',
      {
        name: { full: 'Jo hn' },
        emails: { e1: { address: 'a@example.com' } },
      },
    ],
    [
      'raw UTF-8 and Base64',
      'cn: J\u00fcrgen\nsn:: TcO8bGxlcg==',
      { name: { components: [{ kind: 'surname', value: 'M\u00fcller' }], full: 'J\u00fcrgen' } },
    ],
    [
      'a birthday without year',
      'cn: x\nbirthmonth: 2\nbirthday: 3',
      { name: { full: 'x' }, anniversaries: { a1: { kind: 'birth', date: { month: 2, day: 3 } } } },
    ],
    [
      'no birthday at all',
      'cn: x\nbirthyear: 0\nbirthday: 3',
      { name: { full: 'x' }, 'cardferry:attributes': { birthyear: ['0'], birthday: ['3'] } },
    ],
    [
      'a postal address',
      'cn: x\npostalAddress: 1 St$Town \\24',
      { name: { full: 'x' }, addresses: { a1: { full: '1 St\nTown $', contexts: { work: true } } } },
    ],
    [
      'a street in it',
      'cn: x\npostalAddress: 1 St',
      {
        name: { full: 'x' },
        addresses: { a1: { components: [{ kind: 'name', value: '1 St' }], contexts: { work: true } } },
      },
    ],
    [
      'several values',
      'cn: x\nmail: a@x\nmail: b@x\nmail: a@x\nsn: one\nsn: two',
      {
        name: { components: [{ kind: 'surname', value: 'one' }], full: 'x' },
        emails: { e1: { address: 'a@x', pref: 1 }, e2: { address: 'b@x' } },
        'cardferry:attributes': { sn: ['two'] },
      },
    ],
    [
      'a directory',
      'cn: x\ndisplayName: X Y\nuid: xy\ncreateTimestamp: 20240102030405Z\nmodifyTimestamp: 20240102030406Z\nlabeledURI: https://x.example my page',
      {
        uid: 'xy',
        created: '2024-01-02T03:04:05Z',
        updated: '2024-01-02T03:04:06Z',
        name: { full: 'X Y' },
        links: { l1: { uri: 'https://x.example', label: 'my page' } },
        'cardferry:attributes': { cn: ['x'] },
      },
    ],
  ])('%s', async (_, lines, expected) => {
    for (const text of [`${PERSON}${lines}\n`, `version: 1\n\n${PERSON}${lines}\n\n`.replace(/\n/g, '\r\n')]) {
      for (const size of [1, 65536]) {
        const items = await read(text, size);
        expect(items).toHaveLength(1);
        const { uid, ...rest } = cardIn(items[0]);
        expect({ ...rest, ...(expected.uid === undefined ? {} : { uid }) }).toEqual({
          '@type': 'Card',
          version: '1.0',
          ...expected,
        });
      }
    }
  });
  it('never follows a link, never keeps a password', async () => {
    const [item] = await read(
      `${PERSON}cn: x\njpegPhoto:< file:///etc/passwd\nuserPassword:: e1NTSEF9eA==\nuserCertificate;binary:: AAEC\n`,
    );
    expect(item).toMatchObject({
      card: { name: { full: 'x' } },
      warnings: [
        expect.stringContaining('at another place ("file:///etc/passwd"), which is not read'),
        expect.stringContaining('userpassword was left out'),
        'usercertificate was left out: it is no text (3 bytes)',
      ],
    });
    expect(JSON.stringify(cardIn(item))).not.toContain('SSHA');
  });
  it('text of another code page, with a warning', async () => {
    const bytes = Buffer.from(`${PERSON}cn: J\u00fcrgen\n`, 'latin1');
    expect((await read(bytes))[0]).toMatchObject({
      card: { name: { full: 'J\u00fcrgen' } },
      warnings: [expect.stringContaining('windows-1252')],
    });
  });
  it('the same entry has the same uid every time, and another when it changes', async () => {
    const [a, b] = await read(
      `${PERSON}cn: x\nmodifytimestamp: 1700000000\n\n${PERSON}cn: x\nmodifytimestamp: 1700000001\n`,
    );
    expect(cardIn(a).uid).toBe(cardIn(b).uid);
    expect(a).toMatchObject({ uidDerived: true });
    expect(cardIn((await read(`${PERSON}cn: y\n`))[0]).uid).not.toBe(cardIn(a).uid);
  });
});

describe('writing', () => {
  it('is what Thunderbird reads', async () => {
    const text = await write([
      card({
        uid: 'urn:uuid:0f0f0f0f-1111-2222-3333-444444444444',
        updated: '2023-11-14T22:13:20Z',
        name: {
          full: 'J\u00fcrgen, Dr.',
          components: [
            { kind: 'given', value: 'J\u00fcrgen' },
            { kind: 'surname', value: ' x' },
          ],
        },
        emails: { e2: { address: 'b@example.com' }, e1: { address: 'a@example.com', pref: 1 } },
        notes: { n: { note: `a\nb ${'c'.repeat(100)}` } },
      }),
    ]);
    expect(text).toBe(`dn:: ${Buffer.from('cn=J\u00fcrgen\\, Dr.,mail=a@example.com').toString('base64')}
objectclass: top
objectclass: person
objectclass: organizationalPerson
objectclass: inetOrgPerson
objectclass: mozillaAbPersonAlpha
givenName:: ${Buffer.from('J\u00fcrgen').toString('base64')}
sn:: ${Buffer.from(' x').toString('base64')}
cn:: ${Buffer.from('J\u00fcrgen, Dr.').toString('base64')}
mail: a@example.com
mozillaSecondEmail: b@example.com
${fold(`description:: ${Buffer.from(`a\nb ${'c'.repeat(100)}`).toString('base64')}`)}
modifytimestamp: 1700000000
entryUUID: 0f0f0f0f-1111-2222-3333-444444444444

`);
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(76);
  });
  it('tells what it cannot hold, and only that', async () => {
    const losses: FormatLoss[] = [];
    await write(
      [
        card({
          name: { full: 'A B' },
          emails: { a: { address: 'a@x' }, b: { address: 'b@x' }, c: { address: 'c@x' } },
          phones: { a: { number: '1', features: { mobile: true } }, b: { number: '2', features: { mobile: true } } },
          addresses: { a: { full: '1 St\nTown', contexts: { work: true } } },
          keywords: { k: true },
          media: { m: { kind: 'photo', uri: 'data:image/png;base64,iVBORw0KGgo=' } },
          vCardProps: [
            ['x-custom2', {}, 'text', 'kept'],
            ['x-other', {}, 'text', 'lost'],
          ],
        }),
      ],
      losses,
    );
    expect(losses.map(({ field }) => field).sort()).toEqual(['emails', 'keywords', 'phones', 'photo', 'vCardProps']);
    expect(losses.find(({ field }) => field === 'emails')?.detail).toContain('c@x');
  });
  it('attributes that an LDIF file brought come back, but no others of that name', async () => {
    const input = `${PERSON}cn: x\nuid: u\nemployeeNumber: 7\nx-two: a\nx-two: b\n`;
    const [item] = await read(input);
    const again = await write([cardIn(item)]);
    expect(again).toContain('employeenumber: 7\nx-two: a\nx-two: b\n');
    const hostile = {
      'a b': ['1'],
      dn: ['cn=x'],
      objectclass: ['group'],
      userpassword: ['x'],
      'a\nb': ['2'],
      mail: ['z@x'],
      ok: 'x',
    };
    const text = await write([card({ name: { full: 'x' }, 'cardferry:attributes': hostile })]);
    expect(text).not.toMatch(/a b|userpassword|mail|: group|^dn: cn=x\n[^]*^dn/m);
  });
  it('every card comes back up to what was told, and a second round writes the same bytes', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryCard, async (any) => {
        const told: FormatLoss[] = [];
        const first = await write([any], told);
        const items = await read(first);
        expect(items).toHaveLength(1);
        const back = cardIn(items[0]);
        const missing = diffCards(any, back).filter(({ kind }) => kind !== 'extra');
        expect(missing.map(({ field }) => field).sort()).toEqual(told.map(({ field }) => field).sort());
        const second = await write([back]);
        const third = await write((await read(second)).map(cardIn));
        expect(await write((await read(third)).map(cardIn))).toBe(third);
        expect(first).toMatch(/^[\n\x20-\x7e]*$/);
      }),
      { numRuns: RUNS },
    );
  });
});

function fold(line: string): string {
  return line.replace(
    /^(.{76})(.+)$/,
    (_, start: string, rest: string) => `${start}\n ${rest.replace(/(.{75})(?=.)/g, '$1\n ')}`,
  );
}
