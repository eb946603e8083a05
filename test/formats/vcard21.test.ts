import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FormatLoss } from '../../src/formats/types.js';
import { vcard21 } from '../../src/formats/vcard/index.js';
import { cardToVCard21 } from '../../src/formats/vcard/write21.js';
import { isBase64 } from '../../src/formats/vcard/leftovers.js';
import { parseVCards } from '../../src/formats/vcard/lines.js';
import { parseVCard } from '../../src/formats/vcard/map.js';
import type { Card } from '../../src/model/card.js';
import { diffCards } from '../../src/model/normalize.js';
import { arbitraryCard, arbitraryText } from '../support/arbitrary-card.js';
import { brief, read, write } from '../support/formats.js';

const RUNS = Number(process.env.CARDFERRY_RUNS ?? 60);

const card = (rest: Partial<Card>): Card => ({ '@type': 'Card', version: '1.0', uid: 'u', ...rest });
const lines = (rest: Partial<Card>, losses: FormatLoss[] = []): string[] =>
  cardToVCard21(card(rest), { onLoss: (loss) => losses.push(loss) })
    .split('\r\n')
    .filter((line) => !/^(BEGIN|END|VERSION|UID):/.test(line));

describe('vCard 2.1', () => {
  it('begins with its version, has N, and bare parameters in capitals', () => {
    const text = cardToVCard21(
      card({
        name: { full: 'Jane Doe' },
        phones: {
          p1: { number: '+1 555', features: { mobile: true, fax: true }, contexts: { private: true }, pref: 1 },
        },
        emails: { e1: { address: 'a@example.com', contexts: { work: true } } },
      }),
    );
    expect(text).toBe(
      'BEGIN:VCARD\r\nVERSION:2.1\r\nUID:u\r\nFN:Jane Doe\r\nN:;;;;\r\nEMAIL;WORK;INTERNET:a@example.com\r\n' +
        'TEL;CELL;FAX;HOME;PREF:+1 555\r\nEND:VCARD\r\n',
    );
  });
  it.each<[string, Partial<Card>, string[]]>([
    ['letters', { name: { full: 'J\u00fc' } }, ['FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:J=C3=BC', 'N:;;;;', '']],
    [
      'breaks and backslashes, no charset without need',
      { notes: { n: { note: 'a\nb\\n=;,' } } },
      ['FN:', 'N:;;;;', 'NOTE;ENCODING=QUOTED-PRINTABLE:a=0D=0Ab=5Cn=3D;,', ''],
    ],
    ['semicolons and commas are text', { notes: { n: { note: 'a;b,c:d' } } }, ['FN:', 'N:;;;;', 'NOTE:a;b,c:d', '']],
    [
      'components',
      {
        name: {
          full: 'x',
          components: [
            { kind: 'surname', value: 'a;b,c' },
            { kind: 'given', value: '\u00e9;' },
          ],
        },
      },
      ['FN:x', 'N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:a\\;b,c;=C3=A9\\;;;;', ''],
    ],
    ['blanks at the ends', { name: { full: ' x ' } }, ['FN;ENCODING=QUOTED-PRINTABLE:=20x=20', 'N:;;;;', '']],
    ['lists', { keywords: { 'a,b': true, c: true } }, ['FN:', 'N:;;;;', 'CATEGORIES:a\\,b,c', '']],
    [
      'groups for labels',
      { phones: { p: { number: '5', label: 'Cabin' } } },
      ['FN:5', 'N:;;;;', 'item1.TEL:5', 'item1.X-ABLabel:Cabin', ''],
    ],
  ])('%s', (_, rest, expected) => {
    expect(lines(rest)).toEqual(expected);
  });
  it('breaks lines softly at 76, never in a letter', () => {
    const note = 'Grüße 👩‍👩‍👧‍👦 '.repeat(20);
    const text = cardToVCard21(
      card({ notes: { n: { note } }, links: { l: { uri: `https://example.com/?q=${'a'.repeat(200)}` } } }),
    );
    const long = text.split('\r\n');
    expect(long.every((line) => line.length <= 76)).toBe(true);
    expect(long.filter((line) => line.endsWith('=')).length).toBeGreaterThan(10);
    for (const line of long) expect(line).not.toMatch(/^ /);
    for (const line of long)
      expect(() =>
        decodeURIComponent(
          line
            .replace(/=$/, '')
            .replace(/%/g, '')
            .replace(/=([0-9A-F]{2})/g, '%$1'),
        ),
      ).not.toThrow();
    const back = parseVCard(text).card;
    expect(back.notes?.n1?.note).toBe(note);
    expect(back.links?.l1?.uri).toBe(`https://example.com/?q=${'a'.repeat(200)}`);
  });
  it('no line looks like the end of a card', () => {
    for (let size = 1; size < 160; size += 1) {
      for (const note of [`${'x'.repeat(size)}END:VCARD`, `${'x'.repeat(size)}\\BEGIN:VCARD`]) {
        const text = cardToVCard21(card({ notes: { n: { note } } }));
        expect(parseVCards(text)).toHaveLength(1);
        expect(parseVCard(text).card.notes?.n1?.note).toBe(note);
        expect(text.match(/^(?:BEGIN|END)/gm)).toHaveLength(2);
      }
    }
  });
  it('pictures are indented BASE64 blocks with a blank line behind', () => {
    const uri = `data:image/jpeg;base64,${Buffer.alloc(120, 7).toString('base64')}`;
    const text = cardToVCard21(card({ media: { m: { kind: 'photo', uri } } }));
    expect(text).toMatch(
      /\r\nPHOTO;JPEG;ENCODING=BASE64:\r\n {1}[A-Za-z0-9+/]{74}\r\n(?: [A-Za-z0-9+/=]{1,74}\r\n)+\r\nEND:VCARD/,
    );
    expect(parseVCard(text).card.media?.m1).toEqual({ kind: 'photo', uri });
  });
  it('a picture of 30 MB overflows no stack', () => {
    const uri = `data:image/jpeg;base64,${'A'.repeat(40_000_000)}`;
    expect(cardToVCard21(card({ media: { m: { kind: 'photo', uri } } })).length).toBeGreaterThan(40_000_000);
    expect(['', 'AAAA', 'AAA=', 'AA==', '+/9z'].every(isBase64)).toBe(true);
    expect(['A', 'AAAAA', 'A===', '====', 'AA=A', 'AAA\n', 'AA-_'].some(isBase64)).toBe(false);
  });
  it('tells what it cannot hold, and only that', () => {
    const losses: FormatLoss[] = [];
    const texts = lines(
      {
        name: {
          full: 'A',
          components: [
            { kind: 'given', value: 'Ann' },
            { kind: 'given', value: 'Bea' },
            { kind: 'surname2', value: 'Z' },
          ],
        },
        nicknames: { n: { name: 'Annie' } },
        personalInfo: { i: { kind: 'hobby', value: 'chess' } },
        calendars: { c: { kind: 'calendar', uri: 'https://example.com/c' } },
        onlineServices: { s: { service: 'XMPP', uri: 'xmpp:a@example.com', vCardName: 'impp' } },
        anniversaries: { a: { kind: 'wedding', date: { year: 2001, month: 2, day: 3 } } },
        'example.com:x': 1,
      },
      losses,
    );
    expect([...new Set(losses.map(({ field }) => field))].sort()).toEqual([
      'calendars',
      'name',
      'other',
      'personalInfo',
    ]);
    expect(losses.every(({ uid }) => uid === 'u')).toBe(true);
    expect(texts).toContain('X-SOCIALPROFILE;X-SERVICE-TYPE=XMPP:xmpp:a@example.com');
    expect(texts.join('\n')).not.toMatch(/^(IMPP|CALURI|HOBBY|SORT-STRING|PRODID)/m);
  });
  it('any text comes back', () => {
    fc.assert(
      fc.property(arbitraryText, arbitraryText, (a, b) => {
        const clean = (text: string): string =>
          text
            .replace(/\r\n?/g, '\n')
            .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g, '')
            .replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, '\ufffd');
        const back = parseVCard(
          cardToVCard21(card({ name: { full: a }, notes: { n: { note: b } }, nicknames: { n: { name: `x${a}x` } } })),
        ).card;
        expect(back.name?.full ?? '').toBe(clean(a));
        expect(back.notes?.n1?.note ?? '').toBe(clean(b));
        expect(back.nicknames?.n1?.name).toBe(clean(`x${a}x`));
      }),
      { numRuns: RUNS * 10 },
    );
  });
  it('every card comes back up to what was told, and a second round writes the same bytes', () => {
    fc.assert(
      fc.property(arbitraryCard, (any) => {
        // Which of several labels in one group belongs to what, nobody can say.
        fc.pre(JSON.stringify(any).split('"group":').length < 3);
        const told: FormatLoss[] = [];
        const first = cardToVCard21(any, { onLoss: (loss) => told.push(loss) });
        const items = parseVCards(first);
        expect(items).toHaveLength(1);
        const back = parseVCard(first).card;
        const missing = diffCards(any, back).filter(({ kind }) => kind !== 'extra');
        expect(new Set(missing.map(({ field }) => field))).toEqual(new Set(told.map(({ field }) => field)));
        const again = (text: string): string => cardToVCard21(parseVCard(text).card);
        // Blank labels go, and an address of which only its place is left moves behind the others: once.
        const second = again(again(first));
        expect(again(second)).toBe(second);
        for (const line of first.split('\r\n')) expect(line).toMatch(/^[\x09\x20-\x7e]*$/);
      }),
      { numRuns: RUNS },
    );
  });
  it('is read and written as a format', async () => {
    const text = await write(vcard21, [card({ uid: 'a' }), card({ uid: 'b' })]);
    expect(brief(await read(vcard21, text))).toEqual(['1 a', '7 b']);
  });
});
