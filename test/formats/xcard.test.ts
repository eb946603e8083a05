import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sniffFormat } from '../../src/formats/index.js';
import type { FormatItem } from '../../src/formats/types.js';
import { parseVCard } from '../../src/formats/vcard/map.js';
import { xcard } from '../../src/formats/xcard/index.js';
import type { Card } from '../../src/model/card.js';
import { arbitraryCard, levelled } from '../support/arbitrary-card.js';
import { brief, read as readWith, write as writeWith } from '../support/formats.js';

const RUNS = Number(process.env.CARDFERRY_RUNS ?? 60);
const NS = 'urn:ietf:params:xml:ns:vcard-4.0';
const read = (text: string | Uint8Array, size?: number): Promise<FormatItem[]> => readWith(xcard, text, size);
const write = (cards: Iterable<Card>): Promise<string> => writeWith(xcard, cards);
const list = (content: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<vcards xmlns="${NS}">\n${content}\n</vcards>\n`;
const one = (uid: string, more = ''): string => `<vcard><uid><text>${uid}</text></uid>${more}</vcard>`;

function vCardOf(lines: string): Card {
  return parseVCard(`BEGIN:VCARD\r\nVERSION:4.0\r\n${lines.trim().replace(/\n/g, '\r\n')}\r\nEND:VCARD\r\n`).card;
}

describe('xCard and the vCard that says the same', () => {
  it.each<[string, string, string]>([
    [
      'a name',
      'N:Doe;Jane,Ann;;Dr.;',
      '<n><surname>Doe</surname><given>Jane</given><given>Ann</given><additional/><prefix>Dr.</prefix><suffix/></n>',
    ],
    [
      'blanks and breaks in values',
      'NOTE:  a\\n\\n b\\, <&> ;\nURL:x:y',
      '<note><text>  a\n\n b, &lt;&amp;&gt; ;</text></note><url><uri>x:y</uri></url>',
    ],
    [
      'CDATA, entities, comments',
      'NOTE:a<b>\u{1f600}c',
      '<note><!-- x --><text>a<![CDATA[<b>]]>&#x1F600;<!-- y -->c</text></note>',
    ],
    [
      'parameters',
      'TEL;TYPE=home,voice;PREF=1;VALUE=uri:tel:+1-555-0100',
      '<tel><parameters><type><text>home</text><text>voice</text></type><pref><integer>1</integer></pref></parameters><uri>tel:+1-555-0100</uri></tel>',
    ],
    [
      'an address',
      'ADR;LABEL="a^nb":;;Main St;Town;;1;X',
      '<adr><parameters><label><text>a\nb</text></label></parameters><pobox/><ext/><street>Main St</street><locality>Town</locality><region/><code>1</code><country>X</country></adr>',
    ],
    [
      'newer components',
      'ADR:;;;Town;;;;;;;5;High St;;;;;;',
      '<adr><pobox/><ext/><street/><locality>Town</locality><region/><code/><country/><streetnumber>5</streetnumber><streetname>High St</streetname></adr>',
    ],
    ['an organization', 'ORG:A\\;B;C', '<org><text>A;B</text><text>C</text></org>'],
    ['lists', 'CATEGORIES:a\\,b,c', '<categories><text>a,b</text><text>c</text></categories>'],
    [
      'dates',
      'BDAY:--0203\nANNIVERSARY:20090808T143000-0500',
      '<bday><date>--0203</date></bday><anniversary><date-time>20090808T143000-0500</date-time></anniversary>',
    ],
    ['a time', 'BDAY:T102200', '<bday><time>102200</time></bday>'],
    ['a text as date', 'BDAY;VALUE=text:circa 1800', '<bday><text>circa 1800</text></bday>'],
    ['a gender', 'GENDER:O;it is it', '<gender><sex>O</sex><identity>it is it</identity></gender>'],
    ['a source id', 'CLIENTPIDMAP:1;urn:x:2', '<clientpidmap><sourceid>1</sourceid><uri>urn:x:2</uri></clientpidmap>'],
    [
      'groups',
      'g1.EMAIL:a@example.com\ng1.X-ABLabel:Cabin',
      '<group name="g1"><email><text>a@example.com</text></email><x-ablabel><unknown>Cabin</unknown></x-ablabel></group>',
    ],
    [
      'extensions',
      'X-FOO;X-BAR=q:a\\,b',
      '<x-foo><parameters><x-bar><unknown>q</unknown></x-bar></parameters><unknown>a\\,b</unknown></x-foo>',
    ],
    [
      'languages',
      'LANG;PREF=1:fr\nTZ;VALUE=utc-offset:-0500',
      '<lang><parameters><pref><integer>1</integer></pref></parameters><language-tag>fr</language-tag></lang><tz><utc-offset>-0500</utc-offset></tz>',
    ],
    ['text without a value element', 'FN:Jane', '<fn> Jane\n</fn>'],
  ])('%s', async (_, lines, elements) => {
    for (const size of [3, 65536]) {
      const [item] = await read(list(`<vcard><uid><uri>urn:x:1</uri></uid>${elements}</vcard>`), size);
      expect(item).toMatchObject({ warnings: [] });
      expect(levelled((item as { card: Card }).card)).toEqual(levelled(vCardOf(`UID:urn:x:1\n${lines}`)));
    }
  });

  it('is written as RFC 6351 says', async () => {
    const text = await write([
      vCardOf(
        'UID:urn:x:1\nFN:J & <D>\nN:Doe;Jane;;;\nBDAY:19850412\nREV:20240102T030405Z\nTEL;TYPE=home,voice;PREF=1:5\nCATEGORIES:a,b\nORG:A;B\nADR:;;Main St;Town;;;',
      ),
    ]);
    expect(text.startsWith(list('').split('\n\n')[0]!)).toBe(true);
    for (const part of [
      '<uid><uri>urn:x:1</uri></uid>',
      '<fn><text>J &amp; &lt;D&gt;</text></fn>',
      '<n><surname>Doe</surname><given>Jane</given><additional/><prefix/><suffix/></n>',
      '<bday><date>19850412</date></bday>',
      '<rev><timestamp>20240102T030405Z</timestamp></rev>',
      '<type><text>voice</text><text>home</text></type>',
      '<pref><integer>1</integer></pref>',
      '<categories><text>a</text><text>b</text></categories>',
      '<org><text>A</text><text>B</text></org>',
      '<pobox/><ext/><street>Main St</street><locality>Town</locality><region/><code/><country/>',
    ])
      expect(text).toContain(part);
    expect(text).not.toContain('version>');
  });
});

describe('cards survive xCard', () => {
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
  it('with letters that XML does not have', async () => {
    const card: Card = {
      '@type': 'Card',
      version: '1.0',
      uid: 'u',
      name: { full: 'a\uffffb\ufffe' },
      notes: { n: { note: 'x\uffff' } },
      keywords: { 'k\uffff': true },
      'example.com:x': { '\uffff': '\uffff\u007f' },
      vCardProps: [
        ['1x', {}, 'unknown', 'name that is no element'],
        ['x-y', { '2z': 'parameter that is no element' }, 'unknown', 'v'],
        ['gender', {}, 'text', ['a', 'b', 'c']],
      ],
    };
    const [back] = await read(await write([card]));
    expect(levelled((back as { card: Card }).card)).toEqual(levelled(card));
  });
});

describe('elements of other namespaces', () => {
  const element = '<a xmlns="urn:o" q="1&quot;"><b>t &amp; <c xmlns="urn:p" xmlns:r="urn:r" r:s="2" r:t="3"/>u</b></a>';
  it('are kept as XML properties and written again as they were', async () => {
    const [item] = await read(
      `<v:vcards xmlns:v="${NS}" xmlns:o="urn:o"><v:vcard><v:uid><v:text>u</v:text></v:uid><o:a q='1"'><o:b>t &amp; <c xmlns="urn:p" xmlns:k="urn:r" k:s="2" k:t="3"/>u</o:b></o:a></v:vcard></v:vcards>`,
    );
    const kept = element.replaceAll('r:', 'k:').replace('xmlns:r', 'xmlns:k');
    expect((item as { card: Card }).card.vCardProps).toEqual([['xml', {}, 'text', kept]]);
    const text = await write([(item as { card: Card }).card]);
    expect(text).toContain(`\n${kept}\n`);
    expect(((await read(text))[0] as { card: Card }).card).toEqual((item as { card: Card }).card);
  });
  it.each([
    '<a',
    '</vcard><vcard>',
    `<fn xmlns="${NS}"/>`,
    '<a xmlns="urn:o">\n</a >',
    '<!-- --><a/>',
    '<a xmlns=""/>x',
    '&lol;',
  ])('XML text that is not so is text: %s', async (value) => {
    const card: Card = { '@type': 'Card', version: '1.0', uid: 'u', vCardProps: [['xml', {}, 'text', value]] };
    const items = await read(await write([card, card]));
    expect(items.map((item) => ('card' in item ? item.card : item))).toEqual([card, card]);
  });
  it('are reported inside of properties', async () => {
    const [item] = await read(list('<vcard><fn><text>A</text><x xmlns="urn:o"/></fn>words</vcard>'));
    expect(item).toMatchObject({
      card: { name: { full: 'A' } },
      warnings: ['text between properties was left out', 'the element "x" in fn was left out'],
    });
  });
});

describe('files', () => {
  it.each<[string, string, string[]]>([
    ['a list', list(`${one('a')}\n${one('b')}`), ['3 a', '4 b']],
    ['a vcard alone', `<vcard xmlns="${NS}"><fn><text>A</text></fn><uid><text>a</text></uid></vcard>`, ['1 a']],
    ['a prefix', `<x:vcards xmlns:x="${NS}"><x:vcard><x:uid><x:text>a</x:text></x:uid></x:vcard></x:vcards>`, ['1 a']],
    [
      'an envelope',
      `<iq><item xmlns="urn:o"><vcard xmlns="${NS}"><uid><text>a</text></uid></vcard></item></iq>`,
      ['1 a'],
    ],
    ['two files in one', list(one('a')) + list(one('b')), ['3 a', '7 b']],
    [
      'comments that speak of vcard',
      list(`<!-- <vcard> -->${one('a', '<!-- </vcard> --><note><text><![CDATA[</vcard>]]></text></note>')}`),
      ['3 a'],
    ],
    ['an empty list', list(''), []],
    ['no namespace', `<vcards>${one('a')}</vcards>`, ['1 a']],
  ])('%s', async (_, text, expected) => {
    for (const size of [1, 5, 65536]) expect(brief(await read(text, size))).toEqual(expected);
    expect((await sniffFormat(Buffer.from(text))).name).toBe('xcard');
  });
  it.each<[string, BufferEncoding, Uint8Array]>([
    ['UTF-16', 'utf16le', Buffer.from([0xff, 0xfe])],
    ['ISO-8859-1', 'latin1', Buffer.alloc(0)],
  ])('in %s', async (encoding, buffer, mark) => {
    const text = `<?xml version="1.0" encoding="${encoding}"?><vcards xmlns="${NS}">${one('a', '<fn><text>J\u00fcrgen</text></fn>')}</vcards>`;
    const bytes = Buffer.concat([mark, Buffer.from(text, buffer)]);
    for (const size of [1, 65536])
      expect((await read(bytes, size))[0]).toMatchObject({ card: { name: { full: 'J\u00fcrgen' } }, warnings: [] });
    expect((await sniffFormat(bytes)).name).toBe('xcard');
  });
  it('writes an empty list', async () => {
    expect(brief(await read(await write([])))).toEqual([]);
  });
});

describe('hostile and broken input', () => {
  it.each<[string, string, RegExp]>([
    ['a missing end tag', '<vcard><fn><text>A</text></vcard>', /^no well-formed XML: unexpected close tag/],
    ['a line further down', '<vcard>\n<fn>\n</vcard>', /^line 6: no well-formed XML: unexpected close tag/],
    ['a missing end of the card', '<vcard><fn><text>A</text></fn>', /unclosed tag: vcard/],
    ['an undefined entity', '<vcard><fn><text>&lol;</text></fn></vcard>', /undefined entity/],
    ['an unbound prefix', '<vcard><q:fn/></vcard>', /unbound namespace prefix/],
    ['a prefix that objects know', '<vcard><constructor:fn/><a toString:b="c"/></vcard>', /unbound namespace prefix/],
    ['a stray <', '<vcard><fn><text>a < b</text></fn></vcard>', /no well-formed XML/],
    ['control characters', '<vcard><fn><text>&#1;</text></fn></vcard>', /no well-formed XML/],
    ['nothing in it', '<vcard/>', /holds no property/],
    ['another namespace', '<vcard xmlns="urn:o"><fn/></vcard>', /of the namespace "urn:o"/],
    [
      'depth',
      `<vcard>${'<a>'.repeat(100_000)}${'</a>'.repeat(100_000)}</vcard>`,
      /deeper than 32 levels \(the limit\)/,
    ],
    [
      'many attributes',
      `<vcard><a ${Array.from({ length: 200_000 }, (_, i) => `b${i}="c"`).join(' ')}/></vcard>`,
      /more than 1,000 attributes/,
    ],
  ])('%s costs no neighbour', async (_, bad, why) => {
    const items = await read(list(`${one('a')}\n${bad}\n${one('c')}`));
    expect(brief(items).filter((row) => !row.includes('!'))).toEqual(['3 a', expect.stringMatching(/^[57] c$/)]);
    const wrong = items.find((item) => 'error' in item);
    expect(wrong).toMatchObject({ line: 4, error: expect.stringMatching(why) as string });
    expect(Buffer.from(wrong && 'raw' in wrong ? wrong.raw : []).toString()).toContain(
      `<vcards xmlns="${NS}">${bad.slice(0, 100)}`,
    );
  });
  it('refuses a DOCTYPE before anything of it is used', async () => {
    const lol = Array.from({ length: 9 }, (_, i) => `<!ENTITY l${i + 1} "${`&l${i};`.repeat(10)}">`).join('');
    const bombs = [
      `<?xml version="1.0"?>\n<!DOCTYPE x [<!ENTITY l0 "lol">${lol}]><vcards xmlns="${NS}"><vcard><fn><text>&l9;</text></fn></vcard></vcards>`,
      `\n<!doctype x SYSTEM "file:///etc/passwd"><vcards xmlns="${NS}"><vcard><fn><text>&x;</text></fn></vcard></vcards>`,
    ];
    for (const text of bombs) expect(brief(await read(text))).toEqual(['2! the file has a DOCTYPE: it is refused']);
  });
  it('a cut file gives what was whole', async () => {
    expect(brief(await read(list(`${one('a')}\n<vcard><fn>`).slice(0, -12)))).toEqual([
      '3 a',
      '4! the XML is cut: it ends inside a contact',
    ]);
    expect(brief(await read(list(one('a')).slice(0, -10)))).toEqual([
      '3 a',
      '4! the XML is cut: the closing tag of the list is missing',
    ]);
  });
  it('text that is no XML is one bad record', async () => {
    expect(brief(await read('hello'))).toEqual(['1! there is no vcard element in the file']);
    expect(brief(await read(''))).toEqual([]);
  });
  it.each<[string, string]>([
    ['<', '<'],
    ['open comments', '<!--'],
    ['open tags', '<a '],
    ['records', '<vcard '],
    ['records in records', '<vcard>'],
    ['quotes', '<a b="'],
    ['ampersands', '&amp;'],
    ['carriage returns', '\r'],
  ])('5 MB of %s end in bounded time', async (_, part) => {
    const started = performance.now();
    const count = Math.min(200_000, Math.floor(5_000_000 / part.length));
    const repeated = part.startsWith('<vcard')
      ? part.repeat(20_000)
      : part.repeat(Math.max(count, Math.floor(2_000_000 / part.length)));
    await read(list(`<vcard><fn><text>${repeated}`));
    await read(list(repeated));
    expect(performance.now() - started).toBeLessThan(20_000);
  });
  it('any pieces of XML give items, never an exception, however they are cut', async () => {
    const part = fc.constantFrom(
      '<vcard>',
      '</vcard>',
      '<fn><text>A</text></fn>',
      '<v:vcard xmlns:v="' + NS + '">',
      '</v:vcard>',
      '<group name="g">',
      '</group>',
      '<a xmlns="urn:o"/>',
      '<!--',
      '-->',
      '<![CDATA[',
      ']]>',
      '<?x',
      '?>',
      '<n><given>',
      '</given></n>',
      '&amp;',
      '&#0;',
      '\r\n',
      ' ',
      'x',
      '"',
      '>',
      '<',
      '\u00e9',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 25 }), fc.integer({ min: 1, max: 5 }), async (parts, size) => {
        const text = list(parts.join(''));
        expect(brief(await read(text, size))).toEqual(brief(await read(text)));
      }),
      { numRuns: RUNS * 8 },
    );
    await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => void (await read(bytes))));
  });
});
