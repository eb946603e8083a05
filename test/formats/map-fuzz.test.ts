import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cardToVCard, parseVCard } from '../../src/formats/vcard/map.js';
import { diffCards } from '../../src/model/normalize.js';
import { arbitraryText, levelled } from '../support/arbitrary-card.js';

const RUNS = Number(process.env.CARDFERRY_RUNS ?? 60);

const NAMES = (
  'FN N NICKNAME PHOTO LOGO SOUND BDAY ANNIVERSARY DEATHDATE BIRTHPLACE X-ANNIVERSARY X-ABDATE ADR LABEL GEO TZ EMAIL TEL X-MS-TEL IMPP ' +
  'SOCIALPROFILE X-SOCIALPROFILE X-AIM LANG LANGUAGE ORG TITLE ROLE MEMBER KIND RELATED X-ABRELATEDNAMES X-SPOUSE X-MANAGER CATEGORIES NOTE ' +
  'URL CONTACT-URI SOURCE ORG-DIRECTORY EXPERTISE HOBBY KEY CALURI FBURL CALADRURI PRODID REV CREATED GRAMGENDER PRONOUNS GENDER XML ' +
  'X-ABLABEL X-ABADR X-ABSHOWAS SORT-STRING X-ADDRESSBOOKSERVER-KIND X-ADDRESSBOOKSERVER-MEMBER X-ANDROID-CUSTOM AGENT JSPROP X-FOO UID'
).split(' ');
const PARAMS = [
  'TYPE=home',
  'TYPE=work,pref',
  'TYPE="cell,fax"',
  'PREF=1',
  'PREF=7',
  'HOME',
  'X-OWN',
  'VALUE=text',
  'VALUE=uri',
  'VALUE=date',
  'LANGUAGE=fr',
  'LANGUAGE=de',
  'ALTID=1',
  'ALTID=2',
  'PROP-ID=e1',
  'PROP-ID=x',
  'PROP-ID=__proto__',
  'ENCODING=b',
  'MEDIATYPE=image/png',
  'LABEL="a^nb"',
  'GEO="geo:1,2"',
  'TZ=-0500',
  'CC=de',
  'SORT-AS="a,b"',
  'JSCOMPS=";1;0"',
  'JSCOMPS="s,-;0;1;2"',
  'PHONETIC=ipa',
  'SCRIPT=Latn',
  'DERIVED=true',
  'LEVEL=expert',
  'INDEX=2',
  'SERVICE-TYPE=Foo',
  'USERNAME=bar',
  'X-USER=baz',
  'AUTHOR-NAME=Me',
  'CREATED=20200101T000000Z',
  'CALSCALE=chinese',
  'X-APPLE-OMIT-YEAR=1604',
  'JSPTR="example.com:a"',
  'JSPTR=emails/e1/label',
  'PID=1.1',
  'X-P="q;r"',
  'TYPE=spouse',
  'TYPE=JPEG',
];
const VALUES = [
  'a',
  'Doe;Jane;;;',
  'a;b;c;d;e;f;g;h',
  'a,b,c',
  '19850412',
  '--0412',
  '1604-03-15',
  '20200101T101010Z',
  'https://example.com/x',
  'urn:uuid:1',
  'data:image/jpeg;base64,AAAA',
  'data:image/jpeg\\;base64\\,AAAA',
  'AAAA',
  'geo:1,2',
  '1;2',
  '-0500',
  'Europe/Paris',
  'group',
  'org',
  'COMPANY',
  '_$!<Anniversary>!$_',
  '_$!<Spouse>!$_',
  'us',
  '{"a":1}',
  '"text"',
  'null',
  'vnd.android.cursor.item/nickname;x;1',
  '',
  ';;;;',
  '\\n\\;\\,\\\\',
  '\\',
];

const line = fc
  .tuple(
    fc.constantFrom('', '', '', 'g1.', 'G1.', 'g2.', 'item1.'),
    fc.constantFrom(...NAMES),
    fc.subarray(PARAMS, { maxLength: 3 }),
    fc.oneof(
      fc.constantFrom(...VALUES),
      arbitraryText.map((text) => text.replace(/[\r\n]/g, ' ')),
    ),
  )
  .map(([group, name, params, value]) => `${group}${[name, ...params].join(';')}:${value}`);
const vCard = fc
  .tuple(fc.constantFrom('2.1', '3.0', '4.0'), fc.array(line, { minLength: 1, maxLength: 12 }))
  .map(([version, lines]) => ['BEGIN:VCARD', `VERSION:${version}`, ...lines, 'END:VCARD', ''].join('\r\n'));

describe('any lines at all', () => {
  it('become a card that 4.0 gives back exactly', () => {
    fc.assert(
      fc.property(vCard, (text) => {
        const { card } = parseVCard(text);
        expect(levelled(parseVCard(cardToVCard(card, { version: '4.0', carry: true })).card)).toEqual(levelled(card));
      }),
      { numRuns: RUNS * 4 },
    );
  });

  it('become a card that 3.0 with carry says again', () => {
    fc.assert(
      fc.property(vCard, (text) => {
        const { card } = parseVCard(text);
        expect(diffCards(card, parseVCard(cardToVCard(card, { version: '3.0', carry: true })).card)).toEqual([]);
      }),
      { numRuns: RUNS * 2 },
    );
  });

  it('give the same card and the same uid every time', () => {
    fc.assert(
      fc.property(vCard, (text) => {
        expect(JSON.stringify(parseVCard(text))).toBe(JSON.stringify(parseVCard(text)));
      }),
      { numRuns: RUNS },
    );
  });

  it('never touch a prototype', () => {
    const card = parseVCard(
      'BEGIN:VCARD\r\nVERSION:4.0\r\nCATEGORIES:__proto__\r\nMEMBER;VALUE=text:__proto__\r\nRELATED;VALUE=text:__proto__\r\n' +
        'EMAIL;PROP-ID=__proto__:a@example.com\r\nX-A;__PROTO__=b:c\r\nTITLE;ALTID=1:a\r\nTITLE;ALTID=1;LANGUAGE=__proto__:b\r\nEND:VCARD\r\n',
    ).card;
    expect(Object.getPrototypeOf(card.keywords)).toBe(Object.prototype);
    expect(Object.keys(card.keywords ?? {})).toEqual(['__proto__']);
    expect(Object.keys(card.emails ?? {})).toEqual(['__proto__']);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});
