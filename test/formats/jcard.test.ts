import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { basic, extended } from '../../src/formats/jcard/dates.js';
import { jcard } from '../../src/formats/jcard/index.js';
import { sniffFormat } from '../../src/formats/index.js';
import type { FormatItem } from '../../src/formats/types.js';
import { parseVCard } from '../../src/formats/vcard/map.js';
import type { Card } from '../../src/model/card.js';
import { arbitraryCard, levelled } from '../support/arbitrary-card.js';
import { brief, read as readWith, write as writeWith } from '../support/formats.js';

const RUNS = Number(process.env.CARDFERRY_RUNS ?? 60);
const read = (text: string | Uint8Array, size?: number): Promise<FormatItem[]> => readWith(jcard, text, size);
const write = (cards: Iterable<Card>): Promise<string> => writeWith(jcard, cards);

function vCardOf(lines: string): Card {
  return parseVCard(`BEGIN:VCARD\r\nVERSION:4.0\r\n${lines.trim().replace(/\n/g, '\r\n')}\r\nEND:VCARD\r\n`).card;
}
const jCardOf = (...elements: unknown[]): string =>
  JSON.stringify(['vcard', [['version', {}, 'text', '4.0'], ...elements]]);

describe('jCard and the vCard that says the same', () => {
  it.each<[string, string, unknown[]]>([
    ['structured values', 'N:Doe;Jane,Ann;;Dr.;', [['n', {}, 'text', ['Doe', ['Jane', 'Ann'], '', 'Dr.', '']]]],
    ['an organization of one part', 'ORG:Example, Inc.', [['org', {}, 'text', 'Example, Inc.']]],
    ['units', 'ORG:Example;Sales', [['org', {}, 'text', ['Example', 'Sales']]]],
    ['lists', 'CATEGORIES:a\\,b,c;d', [['categories', {}, 'text', 'a,b', 'c;d']]],
    ['a list of nicknames', 'NICKNAME:Jo,Joe', [['nickname', {}, 'text', 'Jo', 'Joe']]],
    ['text without escapes', 'NOTE:a\\nb\\, c\\; d\\\\', [['note', {}, 'text', 'a\nb, c; d\\']]],
    [
      'a value of another type',
      'TEL;VALUE=uri;TYPE=home,voice:tel:+1-555-0100',
      [['tel', { type: ['home', 'voice'] }, 'uri', 'tel:+1-555-0100']],
    ],
    [
      'parameters in any case, and numbers',
      'EMAIL;PREF=1:a@example.com',
      [['EMAIL', { Pref: 1 }, 'TEXT', 'a@example.com']],
    ],
    ['a date', 'BDAY:19850412', [['bday', {}, 'date-and-or-time', '1985-04-12']]],
    ['a date without year', 'BDAY:--0412', [['bday', {}, 'date', '--04-12']]],
    [
      'a moment with offset',
      'ANNIVERSARY:20090808T143000-0500',
      [['anniversary', {}, 'date-and-or-time', '2009-08-08T14:30:00-05:00']],
    ],
    ['a time stamp', 'REV:20240102T030405Z', [['rev', {}, 'timestamp', '2024-01-02T03:04:05Z']]],
    ['what is no day', 'BDAY:---12', [['bday', {}, 'date-and-or-time', '---12']]],
    ['a gender', 'GENDER:M;Fellow', [['gender', {}, 'text', ['M', 'Fellow']]]],
    [
      'sort keys',
      'FN:x\nN;SORT-AS="Harten,Rene":van der Harten;Rene;;;',
      [
        ['fn', {}, 'text', 'x'],
        ['n', { 'sort-as': ['Harten', 'Rene'] }, 'text', ['van der Harten', 'Rene', '', '', '']],
      ],
    ],
    [
      'groups',
      'g1.ADR:;;Main St;Town;;;\ng1.X-ABLabel:Cabin',
      [
        ['adr', { group: 'g1' }, 'text', ['', '', 'Main St', 'Town', '', '', '']],
        ['x-ablabel', { group: 'g1' }, 'unknown', 'Cabin'],
      ],
    ],
    ['an extension of unknown type', 'X-FOO:a\\,b\\;c', [['x-foo', {}, 'unknown', 'a\\,b\\;c']]],
    ['an extension of text', 'X-FOO;VALUE=text:a\\,b', [['x-foo', {}, 'text', 'a,b']]],
    [
      'numbers and truth',
      'X-N;VALUE=integer:5\nX-B;VALUE=boolean:TRUE',
      [
        ['x-n', {}, 'integer', 5],
        ['x-b', {}, 'boolean', true],
      ],
    ],
    ['binary data', 'X-BLOB;ENCODING=b:AAEC', [['x-blob', { encoding: 'b' }, 'unknown', 'AAEC']]],
    [
      'a picture',
      'PHOTO:data:image/png;base64,iVBORw0KGgo=',
      [['photo', {}, 'uri', 'data:image/png;base64,iVBORw0KGgo=']],
    ],
    [
      'RELATED as text',
      'RELATED;VALUE=text;TYPE=spouse:Ann\\, not Bob',
      [['related', { type: 'spouse' }, 'text', 'Ann, not Bob']],
    ],
  ])('%s', async (_, lines, elements) => {
    const [item] = await read(jCardOf(['uid', {}, 'uri', 'urn:x:1'], ...elements));
    expect(item).toMatchObject({ warnings: [] });
    expect(levelled((item as { card: Card }).card)).toEqual(levelled(vCardOf(`UID:urn:x:1\n${lines}`)));
  });

  it('is written with types, lists and dates of RFC 7095', async () => {
    const card = vCardOf(
      'UID:urn:x:1\nFN:Jane\nN:Doe;Jane;Ann,Bea;;\nBDAY:--0412\nREV:20240102T030405Z\nCATEGORIES:a,b\nORG:Inc.\nTZ:-0500\nEMAIL;TYPE=work;PREF=2:a@example.com',
    );
    const [name, properties] = JSON.parse(await write([card])) as [string, unknown[][]];
    expect(name).toBe('vcard');
    expect(properties[0]).toEqual(['version', {}, 'text', '4.0']);
    const by = (key: string): unknown => properties.find(([first]) => first === key);
    expect(by('n')).toEqual(['n', {}, 'text', ['Doe', 'Jane', ['Ann', 'Bea'], '', '', '', '']]);
    expect(by('bday')).toEqual(['bday', {}, 'date-and-or-time', '--04-12']);
    expect(by('rev')).toEqual(['rev', {}, 'timestamp', '2024-01-02T03:04:05Z']);
    expect(by('categories')).toEqual(['categories', {}, 'text', 'a', 'b']);
    expect(by('org')).toEqual(['org', {}, 'text', 'Inc.']);
    expect(by('email')).toEqual(['email', { type: 'work', pref: '2' }, 'text', 'a@example.com']);
  });
});

describe('dates', () => {
  it.each<[string, string, string]>([
    ['date', '19850412', '1985-04-12'],
    ['date', '1985-04', '1985-04'],
    ['date', '--0412', '--04-12'],
    ['date', '---12', '---12'],
    ['date-and-or-time', '1985', '1985'],
    ['date-and-or-time', 'T102200', 'T10:22:00'],
    ['date-and-or-time', '19961022T1400', '1996-10-22T14:00'],
    ['date-and-or-time', '---22T14', '---22T14'],
    ['date-time', '19961022T140000-0500', '1996-10-22T14:00:00-05:00'],
    ['date-time', '--1022T14+01', '--10-22T14+01'],
    ['time', '102200', '10:22:00'],
    ['time', '1022', '10:22'],
    ['time', '10', '10'],
    ['time', '-2200', '-22:00'],
    ['time', '--00', '--00'],
    ['time', '102200Z', '10:22:00Z'],
    ['time', '10-0800', '10-08:00'],
    ['timestamp', '20240102T030405.5Z', '2024-01-02T03:04:05.5Z'],
    ['utc-offset', '-0500', '-05:00'],
    ['utc-offset', '+01', '+01'],
    ['text', '19850412', '19850412'],
  ])('%s %s', (type, short, long) => {
    expect(extended(['x', {}, type, short])).toEqual(['x', {}, type, long]);
    expect(basic(['x', {}, type, long])).toEqual(['x', {}, type, short]);
  });
});

describe('cards survive jCard', () => {
  it('every card exactly, and what was read is written the same for ever', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryCard, async (card) => {
        const text = await write([card]);
        const [back] = await read(text);
        expect(levelled((back as { card: Card }).card)).toEqual(levelled(card));
        const again = await write([(back as { card: Card }).card]);
        const [third] = await read(again);
        expect(await write([(third as { card: Card }).card])).toBe(again);
      }),
      { numRuns: RUNS },
    );
  });
  it('no loss is told, for nothing is lost', async () => {
    const losses: unknown[] = [];
    const card: Card = { '@type': 'Card', version: '1.0', uid: 'u', 'example.com:x': { y: 1 } };
    for await (const part of jcard.write([card], {}, (loss) => losses.push(loss)))
      expect(part).toContain('example.com:x');
    expect(losses).toEqual([]);
  });
});

describe('files', () => {
  const one = (uid: string): string => jCardOf(['uid', {}, 'text', uid], ['fn', {}, 'text', `N ${uid}`]);
  const rdap = `{"objectClassName":"domain","entities":[{"vcardArray":${one('a')},"entities":[{"vcardArray":${one('b')}}]}]}`;
  it.each<[string, string, string[]]>([
    ['one', one('a'), ['1 a']],
    ['one on many lines', JSON.stringify(JSON.parse(one('a')), null, 2), ['2 a']],
    ['an array', `[${one('a')},\n${one('b')}]`, ['1 a', '2 b']],
    ['NDJSON', `${one('a')}\n${one('b')}\n\n${one('c')}\n`, ['1 a', '2 b', '4 c']],
    ['RDAP', rdap, ['1 a', '1 b']],
    ['RDAP, an array', `[${rdap}]`, ['1 a', '1 b']],
    ['with subcomponents as jCal', `["vcard",${JSON.stringify((JSON.parse(one('a')) as unknown[])[1])},[]]`, ['1 a']],
  ])('%s', async (_, text, expected) => {
    for (const size of [1, 7, 65536]) expect(brief(await read(text, size))).toEqual(expected);
    expect((await sniffFormat(Buffer.from(text))).name).toBe('jcard');
  });
  it('writes an array of several, one alone, and an empty list', async () => {
    const cards = ['a', 'b', 'c'].map((uid): Card => ({ '@type': 'Card', version: '1.0', uid }));
    expect((JSON.parse(await write(cards)) as unknown[]).length).toBe(3);
    expect((JSON.parse(await write(cards.slice(0, 2))) as unknown[][])[1]?.[0]).toBe('vcard');
    expect((JSON.parse(await write(cards.slice(0, 1))) as unknown[])[0]).toBe('vcard');
    expect(JSON.parse(await write([]))).toEqual([]);
    expect(brief(await read(await write(cards)))).toEqual(
      ['2 a', '5 b', '8 c'].map((row) => expect.stringContaining(row.slice(-1)) as string),
    );
  });
});

describe('hostile and broken input', () => {
  const good = jCardOf(['uid', {}, 'text', 'good']);
  it.each<[string, string, RegExp]>([
    ['no properties', '["vcard",[]]', /holds no property/],
    ['no array', '["vcard",{}]', /array of properties/],
    ['only wrong properties', '["vcard",[["version",{},"text","4.0"],5,["x"]]]', /holds no property \(property 2/],
    ['another component', '["vcalendar",[["uid",{},"text","a"]]]', /no jCard/],
    ['depth', `["vcard",[["x-a",{},"text",${'['.repeat(100_000)}${']'.repeat(100_000)}]]]`, /deeper than 200 levels/],
  ])('%s is a bad record with line and raw, and costs no neighbour', async (_, bad, why) => {
    for (const text of [`[${good},\n${bad},\n${good}]`]) {
      const items = await read(text);
      expect(brief([items[0]!, items.at(-1)!])).toEqual(['1 good', '3 good']);
      const wrong = items.filter((item) => 'error' in item);
      expect(wrong.length).toBeGreaterThan(0);
      for (const item of wrong) {
        expect(item).toMatchObject({ line: 2, error: expect.stringMatching(why) as string });
        expect('raw' in item && item.raw.length > 0).toBe(true);
      }
    }
  });
  it('a cut file gives what was whole', async () => {
    expect(brief(await read(`[${good},["vcard",[["uid",{},"te`))[0]).toBe('1 good');
    expect(brief(await read('["vcard"'))[0]).toMatch(/^1! /);
  });
  it('properties that are none are left out with a warning', async () => {
    const [item] = await read(
      jCardOf(['uid', {}, 'text', 'u'], ['fn'], null, ['x y', {}, 'text', 'z'], ['fn', [], 'text', 'A']),
    );
    expect(item).toMatchObject({
      card: { uid: 'u' },
      warnings: expect.arrayContaining([expect.stringContaining('"x y"')]) as string[],
    });
    expect(item && 'warnings' in item ? item.warnings : []).toHaveLength(4);
  });
  it('keeps lists of extensions as they are', async () => {
    const element = ['x-list', { group: 'g' }, 'text', ['a', ['b', 'c']], 'd'];
    const [item] = await read(jCardOf(['uid', {}, 'text', 'u'], element));
    expect((item as { card: Card }).card.vCardProps).toEqual([element]);
    const [back] = await read(await write([(item as { card: Card }).card]));
    expect((back as { card: Card }).card.vCardProps).toEqual([element]);
  });
  it('no key reaches a prototype, no control character and no lone surrogate reaches a card', async () => {
    const [item] = await read(
      '["vcard",[["uid",{"__proto__":"x"},"text","u"],["categories",{},"text","__proto__"],["note",{"__proto__":{"polluted":1}},"text","a\\u0000\\u001b[31m\\ud800b"]]]',
    );
    const { card } = item as { card: Card };
    expect(Object.keys(card.keywords ?? {})).toEqual(['__proto__']);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    expect(Object.values(card.notes ?? {})[0]?.note).toBe('a[31m\ufffdb');
  });
  it('any JSON gives items, never an exception', async () => {
    const json = fc.jsonValue({ maxDepth: 4 });
    const element = fc.tuple(
      fc.oneof(
        fc.constantFrom('n', 'fn', 'adr', 'bday', 'uid', 'org', 'photo', 'x-a', 'jsprop', 'related', 'rev', 'version'),
        fc.string(),
      ),
      fc.oneof(
        fc.constant({}),
        fc.dictionary(fc.constantFrom('type', 'group', 'altid', 'language', 'encoding', 'jsptr', '__proto__'), json),
        json,
      ),
      fc.oneof(fc.constantFrom('text', 'uri', 'unknown', 'date', 'integer'), fc.string()),
      json,
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(element, json), { maxLength: 6 }), async (elements) => {
        const items = await read(JSON.stringify(['vcard', elements]));
        for (const item of items) {
          if ('error' in item) continue;
          const [back] = await read(await write([item.card]));
          expect(levelled((back as { card: Card }).card)).toEqual(levelled(item.card));
        }
      }),
      { numRuns: RUNS * 4 },
    );
    await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => void (await read(bytes))));
  });
  it('a value of 20 MB takes no long time', async () => {
    const text = jCardOf(['uid', {}, 'text', 'u'], ['note', {}, 'text', 'a long text, '.repeat(1_600_000)]);
    const started = performance.now();
    expect(brief(await read(text, 65536))).toEqual(['1 u']);
    expect(performance.now() - started).toBeLessThan(25_000);
  });
});
