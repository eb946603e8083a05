import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCard } from '../../src/formats/card-check.js';
import { jscontact } from '../../src/formats/jscontact.js';
import type { FormatItem } from '../../src/formats/types.js';
import type { Card } from '../../src/model/card.js';
import { InputError } from '../../src/model/errors.js';

async function* chunks(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
async function read(text: string | Uint8Array, size = 65536): Promise<FormatItem[]> {
  const items: FormatItem[] = [];
  for await (const item of jscontact.read(chunks(Buffer.from(text), size), {})) items.push(item);
  return items;
}
function brief(items: readonly FormatItem[]): string[] {
  return items.map((item) => ('error' in item ? `${item.line}! ${item.error}` : `${item.line} ${item.card.uid}`));
}
async function write(cards: Card[], onLoss = (): void => undefined): Promise<string> {
  let text = '';
  for await (const part of jscontact.write(cards, {}, onLoss)) text += part;
  return text;
}
const card = (uid: string, more: object = {}): Card => ({ '@type': 'Card', version: '1.0', uid, ...more });
const json = (uid: string, more: object = {}): string => JSON.stringify(card(uid, more));

describe('shapes of a file', () => {
  const [a, b, c] = [json('a'), json('b', { notes: { n1: { note: 'x ] } , [ { "\\ " \n' } } }), json('c')];
  it.each([
    ['an array', `[${a},${b},${c}]`, ['1 a', '1 b', '1 c']],
    ['an array, one a line', `[\n${a},\n${b},\n${c}\n]\n`, ['2 a', '3 b', '4 c']],
    ['an array of one, as we write it', `[\n${a}\n]\n`, ['2 a']],
    ['NDJSON', `${a}\n${b}\n${c}`, ['1 a', '2 b', '3 c']],
    ['NDJSON with CR LF and blank lines', `${a}\r\n\r\n${b}\r\n${c}\r\n`, ['1 a', '3 b', '4 c']],
    ['one card', b, ['1 b']],
    ['one card over many lines', JSON.stringify(JSON.parse(b), null, 2), ['1 b']],
    [
      'cards one after the other',
      [a, b, c].map((text) => JSON.stringify(JSON.parse(text), null, 2)).join('\n'),
      ['1 a', '6 b', '16 c'],
    ],
    ['cards with nothing between them', `${a}${b}${c}`, ['1 a', '1 b', '1 c']],
    ['record separators (RFC 7464)', `\u001e${a}\n\u001e${b}\n`, ['1 a', '2 b']],
    ['a byte order mark', `\ufeff[${a}]`, ['1 a']],
    ['an empty array', ' [ ] ', []],
    ['two arrays', `[${a}]\n[${b}]`, ['1 a', '2 b']],
  ])('%s', async (_, text, expected) => {
    for (const size of [65536, 1, 2, 3, 7]) expect(brief(await read(text, size))).toEqual(expected);
    // The same after the kind of file is known.
    const many = text.replace(/^(\ufeff? ?\[)/, '$1\n\n\n\n');
    if (many === text) return;
    for (const size of [1, 2, 3, 7])
      expect((await read(many, size)).map((item) => ('card' in item ? item.card.uid : item.error))).toEqual(
        expected.map((row) => row.slice(2)),
      );
  });
  it('reads UTF-16 with a mark', async () => {
    expect(brief(await read(Buffer.from(`\ufeff[${a},${b}]`, 'utf16le')))).toEqual(['1 a', '1 b']);
    expect(brief(await read(Buffer.from(`\ufeff${a}\n${b}`, 'utf16le').swap16(), 1))).toEqual(['1 a', '2 b']);
  });
  it('reads ContactCards, and drops what is not of the card', async () => {
    const [item] = await read(JSON.stringify([{ ...card('u'), id: '7', addressBookIds: { b: true } }]));
    expect(item).toEqual({ card: card('u'), line: 1, warnings: [] });
  });
});

it('is not misled by an escaped quote, wherever a chunk ends', async () => {
  // The line breaks: records are looked for as soon as the kind of file is known, not at its end.
  const text = `[\n\n\n\n${json('a', { notes: { n: { note: 'one " ] }, {' } } })},${json('b', { notes: { n: { note: '\\\\' } } })},${json('c')}]`;
  for (let size = 1; size < 30; size += 1) expect(brief(await read(text, size))).toEqual(['5 a', '5 b', '5 c']);
});

describe('bad records', () => {
  it('are items with line and raw text, and cost no neighbour', async () => {
    const bad = '{"@type":"Card","version":"1.0","uid":"b","emails":{"e1":{"address":5}}}';
    for (const text of [`[${json('a')},\n${bad},\n${json('c')}]`, `${json('a')}\n${bad}\n${json('c')}\n`]) {
      const items = await read(text);
      expect(brief(items)).toEqual(['1 a', '2! contact 2: emails.e1.address must be a string', '3 c']);
      expect(items[1] && 'raw' in items[1] ? Buffer.from(items[1].raw).toString() : '').toBe(bad);
    }
  });
  it.each([
    ['a cut line', '{"@type":"Card",'],
    ['an open string', '{"@type":"Card","uid":"x'],
    ['a stray bracket', ']'],
    ['words', 'hello world'],
    ['a scalar', '42'],
    ['null', 'null'],
  ])('NDJSON: %s', async (_, bad) => {
    const got = brief(await read(`${json('a')}\n${bad}\n${json('c')}`));
    expect(got).toHaveLength(3);
    expect(got[1]).toMatch(/^2! contact 2: /);
    expect(got[2]).toBe('3 c');
    expect(brief(await read(`${bad}\n${json('a')}\n${json('c')}`)).slice(-2)).toEqual(['2 a', '3 c']);
    const rows = [json('a'), json('b'), json('c'), bad, json('e'), bad, json('g')];
    const many = brief(await read(rows.join('\n'), 50));
    expect(many.map((row) => row.slice(0, 3))).toEqual(['1 a', '2 b', '3 c', '4! ', '5 e', '6! ', '7 g']);
  });
  it.each([
    ['a wrong brace', '{"a":1]}'],
    ['an open string', '{"uid":"x\n}'],
    ['a scalar', '42'],
    ['a missing value', '{"uid":}'],
  ])('array: %s', async (_, bad) => {
    const got = brief(await read(`[\n${json('a')},\n${bad},\n${json('c')}\n]`));
    expect(got[0]).toBe('2 a');
    expect(got.at(-1)).toMatch(/ c$/);
    expect(got.length).toBeGreaterThan(2);
  });
  it('a cut array gives what was whole', async () => {
    expect(brief(await read(`[${json('a')},{"@type":"Ca`))).toEqual([
      '1 a',
      '1! contact 2: the JSON is cut: it ends inside a contact',
    ]);
    expect(brief(await read(`[${json('a')},`))).toEqual([
      '1 a',
      '1! contact 2: the JSON is cut: the closing ] is missing',
    ]);
  });
  it('nesting beyond 200 levels is refused by name', async () => {
    const deep = `{"@type":"Card","version":"1.0","uid":"d","x":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
    for (const text of [`[${deep},${json('c')}]`, `${json('a')}\n${deep}\n${json('c')}`]) {
      const got = brief(await read(text));
      expect(got.find((row) => row.includes('!'))).toContain('deeper than 200 levels (the limit)');
      expect(got.at(-1)).toMatch(/ c$/);
    }
  });
  it('warns of bytes that are no UTF-8', async () => {
    const [item] = await read(Buffer.from(`[${json('a', { name: { full: 'caf\u00e9' } })}]`, 'latin1'));
    expect(item && 'warnings' in item ? item.warnings.join() : '').toContain('not UTF-8');
  });
  it('any bytes give items, never an exception', async () => {
    const part = fc.constantFrom(
      '[',
      ']',
      '{',
      '}',
      ',',
      ':',
      '"',
      '\\',
      '\n',
      ' ',
      '1',
      '{"@type":"Card","version":"1.0","uid":"u"}',
      '\u00e9',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 40 }), fc.integer({ min: 1, max: 5 }), async (parts, size) => {
        const text = `[{}\n\n\n\n${parts.join('')}`;
        expect(brief(await read(text, size))).toEqual(brief(await read(text)));
      }),
      { numRuns: 1000 },
    );
    await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => void (await read(bytes))));
  });
});

describe('the checker', () => {
  it.each<[unknown, string]>([
    [null, 'a contact must be a JSON object'],
    [[], 'a contact must be a JSON object'],
    [{ '@type': 'Event' }, '@type must be "Card"'],
    [card('u', { version: '9' }), 'version must be "1.0"'],
    [card('u', { uid: 5 }), 'uid must be a string'],
    [card('u', { emails: [] }), 'emails must be an object'],
    [card('u', { emails: { e1: {} } }), 'emails.e1.address must be a string'],
    [card('u', { emails: { e1: { address: 'a', pref: 0 } } }), 'emails.e1.pref must be a whole number from 1 to 100'],
    [
      card('u', { emails: { e1: { address: 'a', contexts: { work: false } } } }),
      'emails.e1.contexts.work must be true',
    ],
    [card('u', { Emails: {} }), 'Emails must be spelled "emails"'],
    [card('u', { phones: { p: { Number: '1' } } }), 'phones.p.Number must be spelled "number"'],
    [card('u', { name: { components: [{ kind: 'given' }] } }), 'name.components.0.value must be a string'],
    [
      card('u', { anniversaries: { b: { kind: 'birth', date: { year: 1980, month: 13 } } } }),
      'anniversaries.b.date.month must be a whole number from 1 to 12',
    ],
    [
      card('u', { anniversaries: { b: { kind: 'birth', date: { '@type': 'Timestamp' } } } }),
      'anniversaries.b.date.utc must be a string',
    ],
    [card('u', { anniversaries: { b: { kind: 'birth' } } }), 'anniversaries.b.date must be an object'],
    [card('u', { keywords: { a: 1 } }), 'keywords.a must be true'],
    [card('u', { media: { m: { kind: 'photo' } } }), 'media.m.uri must be a string'],
    [card('u', { localizations: { de: 'x' } }), 'localizations.de must be an object'],
    [
      card('u', { vCardProps: [['x', {}, 'text']] }),
      'vCardProps.0 must be an array of name, parameters, type and value',
    ],
    [
      card('u', { vCardProps: [['x', { a: 1 }, 'text', 'v']] }),
      'vCardProps.0.1.a must be a string or an array of strings',
    ],
    [card('u', { emails: { 'a\u001b[31m': 5 } }), 'emails.a\\e[31m must be an object'],
  ])('%j', (value, message) => {
    expect(() => parseCard(value)).toThrow(InputError);
    expect(() => parseCard(value)).toThrow(message);
  });
  it('keeps unknown properties, and does not change its input', () => {
    const input = {
      ...card('u', { 'example.com:x': { deep: [1, null] }, emails: { e1: { address: 'a', future: 1 } } }),
      id: '1',
    };
    const before = structuredClone(input);
    expect(parseCard(input)).toEqual(
      card('u', { 'example.com:x': { deep: [1, null] }, emails: { e1: { address: 'a', future: 1 } } }),
    );
    expect(input).toEqual(before);
  });
  it('derives a uid from the content, the same at every run', async () => {
    const text = '{"@type":"Card","version":"2.0","name":{"full":"A"}}';
    const [item] = await read(`${text}\n${text}\n`);
    const again = parseCard(JSON.parse(text));
    expect(again.uid).toMatch(/^urn:uuid:/);
    expect(again.version).toBe('1.0');
    expect(item).toMatchObject({ card: again, uidDerived: true });
    expect(parseCard({ ...JSON.parse(text), name: { full: 'B' } }).uid).not.toBe(again.uid);
  });
  it('leaves pictures that are on a JMAP server, with a warning', async () => {
    const [item] = await read(JSON.stringify(card('u', { media: { m1: { kind: 'photo', blobId: 'b' } } })));
    expect(item).toMatchObject({ card: card('u'), warnings: [expect.stringContaining('blobId')] });
  });
  it('lets no key reach a prototype', async () => {
    const text = `{"@type":"Card","version":"1.0","uid":"u","__proto__":{"polluted":1},"keywords":{"__proto__":true,"constructor":true}}`;
    const [item] = await read(text);
    if (!item || 'error' in item) throw new Error('not read');
    expect(Object.keys(item.card)).not.toContain('__proto__');
    expect('polluted' in item.card).toBe(false);
    expect(Object.keys(item.card.keywords ?? {})).toEqual(['__proto__', 'constructor']);
    expect(await write([item.card])).toContain('"keywords":{"__proto__":true,"constructor":true}');
  });
});

describe('writing', () => {
  it('is an array, one card a line, that reads back', async () => {
    const cards = [card('a', { notes: { n: { note: 'x\ny\u2028' } } }), card('b', { 'example.com:x': [{ y: null }] })];
    const text = await write(cards);
    expect(text.split('\n')).toHaveLength(5);
    expect(JSON.parse(text)).toEqual(cards);
    expect((await read(text)).map((item) => ('card' in item ? item.card : item))).toEqual(cards);
    expect(JSON.parse(await write([]))).toEqual([]);
  });
  it('makes lone surrogates well-formed and leaves backslashes alone', async () => {
    const [back] = JSON.parse(await write([card('a', { name: { full: 'x\ud83d y😀 \\ud83d' } })])) as Card[];
    expect(back?.name?.full).toBe('x\ufffd y😀 \\ud83d');
  });
  it('writes version 1.0, never extra', async () => {
    const losses: unknown[] = [];
    let text = '';
    for await (const part of jscontact.write([{ ...card('a'), version: '2.0', extra: 1 }], {}, (loss) =>
      losses.push(loss),
    ))
      text += part;
    expect(JSON.parse(text)).toEqual([card('a')]);
    expect(losses).toMatchObject([{ field: 'other', uid: 'a' }]);
  });
  it('refuses nesting that would overflow', async () => {
    let deep: unknown = 1;
    for (let i = 0; i < 300; i += 1) deep = [deep];
    await expect(write([card('a', { x: deep })])).rejects.toThrow('200 levels');
  });
  it('reads 20,000 cards of an array at speed', async () => {
    const text = await write(
      Array.from({ length: 20_000 }, (_, i) =>
        card(`u${i}`, { emails: { e1: { address: `a${i}@example.com` } }, notes: { n: { note: 'n'.repeat(500) } } }),
      ),
    );
    let count = 0;
    for await (const item of jscontact.read(chunks(Buffer.from(text), 65536), {})) count += 'card' in item ? 1 : 0;
    expect(count).toBe(20_000);
  });
});
