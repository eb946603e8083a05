import { describe, expect, it } from 'vitest';
import { type BrokenCard, parseVCards, splitEscaped, unescapeText } from '../../src/formats/vcard/lines.js';
import type { RawCard, VCardProperty } from '../../src/formats/vcard/types.js';

type Item = RawCard | BrokenCard;
const isCard = (item: Item): item is RawCard => !('error' in item);

function cardsOf(input: string | Uint8Array, encoding?: string): RawCard[] {
  const items = parseVCards(input, encoding === undefined ? {} : { encoding });
  expect(items.filter((item) => !isCard(item))).toEqual([]);
  return items.filter(isCard);
}
function card(lines: string | Uint8Array, version = '3.0', encoding?: string): RawCard {
  const body = typeof lines === 'string' ? Buffer.from(lines, 'utf8') : lines;
  const all = Buffer.concat([
    Buffer.from(`BEGIN:VCARD\r\nVERSION:${version}\r\n`),
    body,
    Buffer.from('\r\nEND:VCARD\r\n'),
  ]);
  const [first, ...rest] = cardsOf(all, encoding);
  expect(rest).toEqual([]);
  return first!;
}
function one(lines: string | Uint8Array, version = '3.0', encoding?: string): VCardProperty {
  const { properties } = card(lines, version, encoding);
  expect(properties).toHaveLength(1);
  return properties[0]!;
}
const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');
const SMALL = 'BEGIN:VCARD\nVERSION:3.0\nFN:Zoë\nEND:VCARD\n';

describe('byte order marks and UTF-16', () => {
  it.each([
    ['UTF-8 mark', Buffer.from(`\ufeff${SMALL}`)],
    ['repeated marks', Buffer.from(`\ufeff\ufeff${SMALL}`)],
    ['UTF-16LE', Buffer.from(`\ufeff${SMALL}`, 'utf16le')],
    ['UTF-16BE', Buffer.from(`\ufeff${SMALL}`, 'utf16le').swap16()],
  ])('%s', (_, bytes) => {
    const [first] = cardsOf(bytes);
    expect(first?.properties[0]?.value).toBe('Zoë');
    expect(first?.warnings).toEqual([]);
  });
  it('finds UTF-16 without a mark and says so', () => {
    for (const bytes of [Buffer.from(SMALL, 'utf16le'), Buffer.from(SMALL, 'utf16le').swap16()]) {
      const [first] = cardsOf(bytes);
      expect(first?.properties[0]?.value).toBe('Zoë');
      expect(first?.warnings.join()).toMatch(/UTF-16(LE|BE) without a byte order mark/);
    }
  });
  it('skips a mark before a later BEGIN of joined files', () => {
    expect(cardsOf(Buffer.from(`${SMALL}\ufeff${SMALL}\ufeff\ufeff${SMALL}`))).toHaveLength(3);
    expect(cardsOf(Buffer.from(`\ufeff${SMALL}\ufeff${SMALL}`, 'utf16le'))).toHaveLength(2);
    expect(cardsOf(Buffer.from(`BEGIN:VCARD\nFN:a\n\ufeffBEGIN:VCARD\nFN:b\nEND:VCARD`))).toHaveLength(2);
  });
  it('keeps CHARSET away from text that was UTF-16', () => {
    const text =
      'BEGIN:VCARD\nVERSION:2.1\nN;CHARSET=ISO-8859-1:Zoë\nFN;CHARSET=ISO-8859-1;ENCODING=QUOTED-PRINTABLE:Zo=EB\nEND:VCARD\n';
    expect(cardsOf(Buffer.from(`\ufeff${text}`, 'utf16le'))[0]?.properties.map((p) => p.value)).toEqual(['Zoë', 'Zoë']);
  });
});

describe('lines', () => {
  it.each([
    ['CR LF', '\r\n'],
    ['LF', '\n'],
    ['CR', '\r'],
    ['CR CR LF', '\r\r\n'],
  ])('ends at %s', (_, end) => {
    const text = ['BEGIN:VCARD', 'VERSION:3.0', 'FN:a', 'NOTE:b', ' c', 'END:VCARD', ''].join(end);
    expect(cardsOf(text)[0]?.properties.map((p) => p.value)).toEqual(['a', 'bc']);
  });
  it('does not end at other separators', () => {
    const value = 'a\u0085b\u2028c\u2029d\u000be\u000cf';
    expect(one(`NOTE:${value}`).value).toBe(value);
  });
  it('removes one blank of a fold and no more', () => {
    expect(one('NOTE:a\r\n  b\r\n\tc\r\n \r\n d ').value).toBe('a bcd ');
  });
  it('keeps blanks at both ends of a value', () => {
    expect(one('NOTE:  a\u00a0 ').value).toBe('  a\u00a0 ');
  });
  it('joins letters that were folded in the middle', () => {
    const bytes = Buffer.from('NOTE:Grüße 😀!');
    for (let at = 6; at < bytes.length; at += 1) {
      const folded = Buffer.concat([bytes.subarray(0, at), Buffer.from('\r\n '), bytes.subarray(at)]);
      expect(one(folded).value).toBe('Grüße 😀!');
    }
  });
  it('joins a header that was folded', () => {
    const property = one('ADR;TYPE=home;LABEL="12\r\n  Main St: x\r\n ";X=\r\n 1:;;St;;\r\n ;;');
    expect(property.params).toEqual([
      { name: 'TYPE', values: ['home'] },
      { name: 'LABEL', values: ['12 Main St: x'] },
      { name: 'X', values: ['1'] },
    ]);
    expect(property.value).toBe(';;St;;;;');
  });
  it('treats a blank line as the end of nothing', () => {
    expect(card('FN:a\r\n\r\nNOTE:b\r\n\r\n c').properties.map((p) => p.value)).toEqual(['a', 'bc']);
  });
});

describe('quoted-printable', () => {
  it('joins soft breaks without unfolding the next line', () => {
    expect(one('NOTE;ENCODING=QUOTED-PRINTABLE:a=\r\n b=\r\nc', '2.1').value).toBe('a bc');
    expect(one('NOTE;QUOTED-PRINTABLE;CHARSET=UTF-8:Gr=C3=\r\n=BC=C3=9Fe', '2.1').value).toBe('Grüße');
  });
  it('does not swallow END after a last soft break', () => {
    expect(one('NOTE;ENCODING=QUOTED-PRINTABLE:a=', '2.1').value).toBe('a');
  });
  it('reads it in 3.0 too', () => {
    expect(one('NOTE;ENCODING=QUOTED-PRINTABLE:=E2=82=AC').value).toBe('€');
  });
  it('keeps encoded separators as data', () => {
    const { value } = one('N;ENCODING=QUOTED-PRINTABLE:a=3Bb;c=2Cd;e=5Cn;\\;f', '2.1');
    expect(value).toBe('a\\;b;c\\,d;e\\\\n;\\;f');
    expect(splitEscaped(value, ';').map(unescapeText)).toEqual(['a;b', 'c,d', 'e\\n', ';f']);
  });
  it('makes encoded line breaks escapes', () => {
    expect(one('NOTE;ENCODING=QUOTED-PRINTABLE:a=0D=0Ab=0Ac=0D=\r\n=0Ad', '2.1').value).toBe('a\\nb\\nc\\nd');
  });
  it('leaves what is no code', () => {
    expect(one('NOTE;ENCODING=QUOTED-PRINTABLE:1=2 =ZZ =4', '2.1').value).toBe('1=2 =ZZ =4');
  });
});

describe('base64', () => {
  const bytes = Buffer.from('GIF89a and more bytes than one line of text can hold', 'latin1');
  const text = bytes.toString('base64');
  it.each([
    ['indented, blank line', `PHOTO;BASE64;GIF:\r\n ${text.slice(0, 20)}\r\n ${text.slice(20)}\r\n\r\nNOTE:x`],
    [
      'not indented, blank line',
      `PHOTO;ENCODING=BASE64;TYPE=GIF:\r\n${text.slice(0, 20)}\r\n${text.slice(20)}\r\n\r\nNOTE:x`,
    ],
    ['no blank line', `PHOTO;ENCODING=BASE64;TYPE=GIF:${text.slice(0, 20)}\r\n${text.slice(20)}\r\nNOTE:x`],
    ['folded as in 3.0', `PHOTO;ENCODING=b;TYPE=GIF:${text.slice(0, 20)}\r\n ${text.slice(20)}\r\nNOTE:x`],
    ['blanks on the blank line', `PHOTO;GIF;ENCODING=BASE64:\r\n${text}\r\n  \r\nNOTE:x`],
  ])('%s', (_, lines) => {
    const [photo, note] = card(lines, '2.1').properties;
    expect(photo).toMatchObject({ name: 'PHOTO', value: '', params: [{ name: 'TYPE', values: ['GIF'] }] });
    expect(Buffer.from(photo?.binary ?? [])).toEqual(bytes);
    expect(note?.value).toBe('x');
  });
  it('ends at END', () => {
    expect(Buffer.from(one(`PHOTO;ENCODING=BASE64:${text}`, '2.1').binary ?? [])).toEqual(bytes);
  });
  it('is text where the property is text', () => {
    expect(one(`NOTE;ENCODING=B;CHARSET=UTF-8:${Buffer.from('Grüße\nhier').toString('base64')}`).value).toBe(
      'Grüße\\nhier',
    );
  });
  it('keeps a link that only claims to be base64', () => {
    const property = one('PHOTO;ENCODING=b:https://example.com/a.jpg');
    expect(property).toMatchObject({ value: 'https://example.com/a.jpg', params: [] });
    expect(property.binary).toBeUndefined();
  });
  it('gives no bytes for an empty photo', () => {
    expect(one('PHOTO;ENCODING=b;TYPE=JPEG:').binary).toHaveLength(0);
  });
});

describe('headers', () => {
  it('compares names without case, strips blanks, keeps the group as written', () => {
    expect(one('Item1 . eMail ; type = Home :a@example.com')).toMatchObject({
      group: 'Item1',
      name: 'EMAIL',
      params: [{ name: 'TYPE', values: ['Home'] }],
      value: 'a@example.com',
    });
  });
  it('lets quoted values hold separators', () => {
    expect(one('ADR;LABEL="a: b; c, d";X=1:v').params).toEqual([
      { name: 'LABEL', values: ['a: b; c, d'] },
      { name: 'X', values: ['1'] },
    ]);
  });
  it('falls back to the first colon when a quote is not closed', () => {
    expect(card('TEL;TYPE="home:123\r\nFN:a').properties).toMatchObject([
      { name: 'TEL', value: '123', params: [{ name: 'TYPE', values: ['home'] }] },
      { name: 'FN', value: 'a' },
    ]);
    expect(one('TEL;X="a:say "b": c').value).toBe('say "b": c');
  });
  it('takes a quote inside a value for a letter', () => {
    expect(one('X-A;LABEL=5" pipe;TYPE=x:v')).toMatchObject({
      value: 'v',
      params: [{ values: ['5" pipe'] }, { values: ['x'] }],
    });
  });
  it('names bare parameters', () => {
    expect(one('TEL;HOME;VOICE:1', '2.1').params).toEqual([{ name: 'TYPE', values: ['HOME', 'VOICE'] }]);
    expect(one('PHOTO;URL:http://example.com', '2.1').params).toEqual([{ name: 'VALUE', values: ['URL'] }]);
    expect(one('NOTE;8BIT;;:x', '2.1').params).toEqual([]);
  });
  it.each(['TEL;TYPE=HOME,FAX:1', 'TEL;TYPE=HOME;TYPE=FAX:1', 'TEL;TYPE="HOME,FAX":1', 'TEL;HOME;FAX:1'])(
    'reads %s',
    (line) => {
      expect(one(line).params).toEqual([{ name: 'TYPE', values: ['HOME', 'FAX'] }]);
    },
  );
  it('undoes RFC 6868', () => {
    expect(one("X-A;P=a^nb^^c^'d^xe^:v").params).toEqual([{ name: 'P', values: ['a\nb^c"d^xe^'] }]);
  });
  it('decodes parameters like values', () => {
    expect(one(latin1('X-A;LABEL=Stra\xdfe:v')).params).toEqual([{ name: 'LABEL', values: ['Straße'] }]);
  });
  it('gives each card parameters of its own', () => {
    const [a, b] = cardsOf(`${SMALL.replace('FN', 'FN;X=1')}${SMALL.replace('FN', 'FN;X=1')}`);
    a!.properties[0]!.params[0]!.values.push('2');
    expect(b!.properties[0]!.params).toEqual([{ name: 'X', values: ['1'] }]);
  });
  it.each(['no colon here', 'a b c: d', ': nameless', 'é:x'])('skips %s with a warning that names the line', (line) => {
    const { properties, warnings } = card(`FN:a\r\n${line}\r\nNOTE:b`);
    expect(properties.map((p) => p.value)).toEqual(['a', 'b']);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('line 4');
  });
});

describe('charsets', () => {
  it('follows CHARSET', () => {
    expect(one(latin1('N;CHARSET=ISO-8859-2:\xb3\xf3d\xbc'), '2.1').value).toBe('łódź');
    expect(one(latin1('N;CHARSET=windows-1251:\xcf\xf0'), '2.1').value).toBe('Пр');
    expect(one(latin1('N;CHARSET=CP850:M\x81ller'), '2.1').value).toBe('Müller');
  });
  it('reads windows-1252 with the letters that Node 20 gets wrong', () => {
    const { properties, warnings } = card(latin1('NOTE:\x80 \x93a\x94 \x96 \xfc'));
    expect(properties[0]?.value).toBe('€ “a” – ü');
    expect(warnings.join()).toContain('not UTF-8, read as windows-1252');
  });
  it('takes the charset of the user for what says nothing', () => {
    expect(one(latin1('NOTE:\xb3\xf3d\xbc'), '3.0', 'iso-8859-2').value).toBe('łódź');
    expect(one(latin1('NOTE:M\x81ller'), '3.0', 'cp850').value).toBe('Müller');
    expect(one('NOTE:łódź', '3.0', 'iso-8859-2').value).toBe('łódź');
    expect(() => parseVCards(SMALL, { encoding: 'klingon' })).toThrow(/klingon/);
  });
  it('reads several charsets in one file', () => {
    const bytes = Buffer.concat([
      latin1('FN:caf\xe9\r\n'),
      Buffer.from('NOTE:café\r\n'),
      latin1('ORG;CHARSET=SHIFT_JIS:\x83\x5c'),
    ]);
    expect(card(bytes).properties.map((p) => p.value)).toEqual(['café', 'café', 'ソ']);
  });
  it('decodes before it un-escapes: second bytes that look like a backslash', () => {
    expect(one(latin1('N;CHARSET=SHIFT_JIS:\x95\x5c;\x83\x5c'), '2.1').value).toBe('表;ソ');
    expect(one('N;CHARSET=SHIFT_JIS;ENCODING=QUOTED-PRINTABLE:=95=5C;=83\\;=83=5C=3B', '2.1').value).toBe(
      '表;ソ;ソ\\;',
    );
  });
  it('believes the bytes when CHARSET=UTF-8 is wrong', () => {
    expect(one(latin1('FN;CHARSET=UTF-8:caf\xe9')).value).toBe('café');
  });
  it('warns of a charset that it does not know', () => {
    expect(card(Buffer.from('FN;CHARSET=X-NONE:é')).warnings.join()).toContain('X-NONE');
  });
});

describe('cards', () => {
  it('reads a nested AGENT of 2.1 as one property', () => {
    const { properties } = card('N:a\r\nAGENT:\r\nBEGIN:VCARD\r\nVERSION:2.1\r\nN:b,;c\r\nEND:VCARD\r\nTEL:1', '2.1');
    expect(properties.map((p) => p.name)).toEqual(['N', 'AGENT', 'TEL']);
    expect(unescapeText(properties[1]!.value)).toBe('BEGIN:VCARD\nVERSION:2.1\nN:b,;c\nEND:VCARD');
  });
  it('reads agents in agents, and one that begins on the same line', () => {
    expect(
      card('AGENT:\r\nBEGIN:VCARD\r\nAGENT:\r\nBEGIN:VCARD\r\nN:c\r\nEND:VCARD\r\nEND:VCARD\r\nN:a', '2.1').properties,
    ).toHaveLength(2);
    expect(card('AGENT:BEGIN:VCARD\r\nN:b\r\nEND:VCARD\r\nN:a', '2.1').properties.map((p) => p.name)).toEqual([
      'AGENT',
      'N',
    ]);
  });
  it('leaves an escaped AGENT of 3.0 alone', () => {
    expect(one('AGENT:BEGIN:VCARD\\nFN:b\\nEND:VCARD\\n').value).toBe('BEGIN:VCARD\\nFN:b\\nEND:VCARD\\n');
  });
  it('closes a card without END before the next one', () => {
    const cards = cardsOf('BEGIN:VCARD\nVERSION:3.0\nFN:a\nBEGIN:VCARD\nVERSION:3.0\nFN:b\nEND:VCARD\n');
    expect(cards.map((c) => c.properties[0]?.value)).toEqual(['a', 'b']);
    expect(cards[0]?.warnings.join()).toContain('END:VCARD is missing');
    expect(cards[1]?.warnings).toEqual([]);
  });
  it('closes nested cards without END too', () => {
    const cards = cardsOf(
      'BEGIN:VCARD\nVERSION:2.1\nN:a\nAGENT:\nBEGIN:VCARD\nN:b\n\nBEGIN:VCARD\nVERSION:2.1\nN:c\nEND:VCARD\n',
    );
    expect(cards.map((c) => c.properties.map((p) => p.name))).toEqual([['N', 'AGENT'], ['N']]);
    const [only] = cardsOf('BEGIN:VCARD\nVERSION:2.1\nN:a\nAGENT:\nBEGIN:VCARD\nN:b\nEND:VCARD\n');
    expect(only?.properties).toHaveLength(2);
    expect(only?.warnings.join()).toContain('at the end of the file');
  });
  it('delivers a card that the file cuts', () => {
    const [cut] = cardsOf('BEGIN:VCARD\nVERSION:3.0\nFN:a\nNOTE:b');
    expect(cut?.properties).toHaveLength(2);
    expect(cut?.warnings.join()).toContain('END:VCARD is missing');
  });
  it.each([
    ['missing', 'FN:a', '3.0', /VERSION is missing/],
    ['late', 'FN:a\nVERSION:4.0', '4.0', undefined],
    ['doubled', 'VERSION:3.0\nVERSION:3.0\nFN:a', '3.0', undefined],
    ['contradicting', 'VERSION:2.1\nVERSION:3.0\nFN:a', '2.1', /second VERSION/],
    ['unknown', 'VERSION:9\nFN:a', '3.0', /unknown VERSION/],
    ['unknown minor', 'VERSION:4.1\nFN:a', '4.0', /unknown VERSION/],
  ])('VERSION %s', (_, lines, version, warning) => {
    const [first] = cardsOf(`BEGIN:VCARD\n${lines}\nEND:VCARD\n`);
    expect(first?.version).toBe(version);
    expect(first?.properties).toHaveLength(1);
    if (warning) expect(first?.warnings.join()).toMatch(warning);
    else expect(first?.warnings).toEqual([]);
  });
  it('reads files joined without a line end', () => {
    expect(cardsOf(`${SMALL.trim()}${SMALL.trim()}\ufeff${SMALL}`)).toHaveLength(3);
  });
  it('starts a card whose BEGIN is missing at VERSION', () => {
    const cards = cardsOf(`${SMALL}VERSION:3.0\nFN:b\nEND:VCARD\n${SMALL}`);
    expect(cards.map((c) => c.properties[0]?.value)).toEqual(['Zoë', 'b', 'Zoë']);
    expect(cards[1]?.warnings.join()).toContain('BEGIN:VCARD is missing');
  });
  it('escapes commas of 2.1 names: they are text there', () => {
    expect(one('N:a,b\\;c;d', '2.1').value).toBe('a\\,b\\;c;d');
    expect(one('N:a,b;d', '3.0').value).toBe('a,b;d');
    expect(one('CATEGORIES:a,b', '2.1').value).toBe('a,b');
  });
  it('ignores padding, and lower case and blanks in the markers', () => {
    expect(cardsOf('\r\n \r\nbegin : vcard \r\nfn:a\r\nEnd:vCard\t\r\n\x1a\0\0\0')).toHaveLength(1);
  });
  it('counts lines and keeps the bytes when asked', () => {
    const text = `${SMALL}\r\nBEGIN:VCARD\r\nVERSION:3.0\r\nNOTE:a\r\n b\r\nFN:caf`;
    const bytes = Buffer.concat([Buffer.from(text), latin1('\xe9\r\nEND:VCARD\r\n'), Buffer.from(SMALL)]);
    const cards = parseVCards(bytes, { keepRaw: true }).filter(isCard);
    expect(cards.map((c) => c.line)).toEqual([1, 6, 12]);
    expect(cards[1]?.properties.map((p) => p.line)).toEqual([8, 10]);
    expect(Buffer.concat(cards.map((c) => c.raw ?? Buffer.alloc(0)))).toEqual(
      Buffer.from(bytes.toString('latin1').replace('END:VCARD\n\r\n', 'END:VCARD\n'), 'latin1'),
    );
    expect(parseVCards(SMALL).find(isCard)?.raw).toBeUndefined();
  });
});

describe('what cannot be used', () => {
  it('is an item of its own and costs no neighbour', () => {
    const items = parseVCards(`hello\nworld\n${SMALL}BEGIN:VCARD\nVERSION:3.0\njunk\nEND:VCARD\n${SMALL}tail: x\n`);
    expect(items.map((item) => (isCard(item) ? 'card' : `${item.line} ${item.error}`))).toEqual([
      '1 text outside of BEGIN:VCARD and END:VCARD',
      'card',
      expect.stringMatching(/^7 the card holds no property/) as string,
      'card',
      '15 text outside of BEGIN:VCARD and END:VCARD',
    ]);
    expect(items.flatMap((item) => (isCard(item) ? [] : [Buffer.from(item.raw).toString()]))).toEqual([
      'hello\nworld\n',
      'BEGIN:VCARD\nVERSION:3.0\njunk\nEND:VCARD\n',
      'tail: x\n',
    ]);
  });
  it('says of binary data that it is', () => {
    const [item] = parseVCards(Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0, 1, 2, 3, 0xff]));
    expect(item).toMatchObject({ error: 'binary data, no vCard' });
  });
  it('never reads terminal escapes into warnings', () => {
    expect(card('FN:a\r\n\u001b[31mred').warnings.join()).toContain('\\e[31mred');
  });
  it('gives nothing for nothing', () => {
    expect(parseVCards('')).toEqual([]);
    expect(parseVCards('\r\n\r\n')).toEqual([]);
  });
});

describe('text', () => {
  it('un-escapes in one scan', () => {
    expect(unescapeText('a\\\\n\\n\\N\\,\\;\\:\\"\\x\\')).toBe('a\\n\n\n,;:"\\x\\');
  });
  it('splits on unescaped separators', () => {
    expect(splitEscaped('a\\;b;c\\\\;;d\\', ';')).toEqual(['a\\;b', 'c\\\\', '', 'd\\']);
    expect(splitEscaped('a,b\\,c', ',')).toEqual(['a', 'b\\,c']);
  });
});
