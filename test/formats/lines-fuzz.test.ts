import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BrokenCard, formatLine, parseVCards, readVCards } from '../../src/formats/vcard/lines.js';
import type { RawCard } from '../../src/formats/vcard/types.js';

type Item = RawCard | BrokenCard;

async function* cut(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  for (let at = 0, i = 0; at < bytes.length; i += 1) {
    const size = sizes[i % sizes.length] ?? 1;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}
async function collect(source: AsyncIterable<Uint8Array>): Promise<Item[]> {
  const items: Item[] = [];
  for await (const item of readVCards(source, { keepRaw: true })) items.push(item);
  return items;
}

/** Text that looks like vCards enough to reach every branch. */
const piece = fc.constantFrom(
  ...[
    'BEGIN:VCARD',
    'END:VCARD',
    'VERSION:2.1',
    'VERSION:3.0',
    'AGENT:',
    'FN:a',
    'N;ENCODING=QUOTED-PRINTABLE:a=',
    '=3B=',
    ' b',
    '\tc',
    '',
  ],
  ...[
    'PHOTO;BASE64:',
    'AAAA',
    '/9j/ ',
    'TEL;X="a:b',
    'c":1',
    'item1.X-A;TYPE="a,b":v',
    ':',
    ';',
    '"',
    '=',
    '\u00e9',
    '\ufeff',
    '\0',
    'junk',
  ],
);
const end = fc.constantFrom('\r\n', '\n', '\r', '', '\r\r\n');
const vcardish = fc
  .array(fc.tuple(piece, end), { maxLength: 60 })
  .map((rows) => Buffer.from(rows.map(([a, b]) => a + b).join(''), 'utf8'));

describe('any bytes', () => {
  it('give items, never an exception', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2000 }), (bytes) => {
        parseVCards(bytes);
        parseVCards(
          Buffer.concat([
            Buffer.from('BEGIN:VCARD\nVERSION:2.1\nNOTE;QUOTED-PRINTABLE:'),
            bytes,
            Buffer.from('\nEND:VCARD\n'),
          ]),
          { keepRaw: true },
        );
      }),
      { numRuns: 500 },
    );
    fc.assert(
      fc.property(vcardish, (bytes) => void parseVCards(bytes)),
      { numRuns: 2000 },
    );
  });

  it('give the same items however they are cut into chunks', async () => {
    await fc.assert(
      fc.asyncProperty(
        vcardish,
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 }),
        async (bytes, sizes) => {
          expect(await collect(cut(bytes, sizes))).toEqual(parseVCards(bytes, { keepRaw: true }));
        },
      ),
      { numRuns: 500 },
    );
    const text = `\ufeffBEGIN:VCARD\r\nVERSION:2.1\r\nFN;CHARSET=UTF-8:Zoë 😀\r\nPHOTO;BASE64:\r\n AAAA\r\n BBBB\r\n\r\nEND:VCARD\r\n`;
    for (const bytes of [Buffer.from(text), Buffer.from(text, 'utf16le'), Buffer.from(text, 'utf16le').swap16()]) {
      const whole = parseVCards(bytes, { keepRaw: true });
      for (let size = 1; size < 70; size += 1) expect(await collect(cut(bytes, [size]))).toEqual(whole);
    }
  });

  it('never cost a neighbour', () => {
    const good = 'BEGIN:VCARD\r\nVERSION:3.0\r\nFN:good\r\nEND:VCARD\r\n';
    fc.assert(
      fc.property(vcardish, (junk) => {
        // What may swallow the next line on purpose (a soft break, an open AGENT) is closed first.
        const items = parseVCards(
          Buffer.concat([Buffer.from(good), junk, Buffer.from('\r\n\r\nX:1\r\n'), Buffer.from(good)]),
        );
        const names = items.flatMap((item) =>
          'error' in item ? [] : item.properties.filter((p) => p.value === 'good'),
        );
        expect(names).toHaveLength(2);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('what is written', () => {
  const letters = fc
    .string({ unit: 'grapheme', maxLength: 200 })
    .map((text) =>
      text.replace(/[\u0000-\u001f\u007f]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, ''),
    );
  it('is read back, in lines of at most 75 octets', () => {
    fc.assert(
      fc.property(letters, fc.array(letters, { maxLength: 3 }), (value, values) => {
        const text = formatLine(
          { name: 'X-TEST', params: values.length > 0 ? [{ name: 'X-P', values }] : [], value },
          '4.0',
        );
        for (const line of text.split('\r\n')) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(75);
        const [item] = parseVCards(`BEGIN:VCARD\r\nVERSION:4.0\r\n${text}END:VCARD\r\n`);
        if (!item || 'error' in item) throw new Error('not read');
        expect(item.properties[0]).toMatchObject({
          name: 'X-TEST',
          value,
          params: values.length > 0 ? [{ name: 'X-P', values }] : [],
        });
      }),
      { numRuns: 1000 },
    );
  });
});

describe('limits and time', () => {
  /** Hands out the same chunk again and again. */
  async function* repeat(head: string, chunk: Buffer, times: number, tail: string): AsyncGenerator<Uint8Array> {
    yield Buffer.from(head);
    for (let i = 0; i < times; i += 1) yield chunk;
    yield Buffer.from(tail);
  }
  const CHUNK = 64 * 1024;
  const NEXT = '\r\nEND:VCARD\r\nBEGIN:VCARD\r\nVERSION:3.0\r\nFN:next\r\nEND:VCARD\r\n';

  it('reads one line of 50 MB', async () => {
    const items = await collect(repeat('BEGIN:VCARD\r\nFN:a\r\nNOTE:', Buffer.alloc(CHUNK, 'x'), 800, NEXT));
    expect(items).toHaveLength(2);
    expect((items[0] as RawCard).properties[1]?.value).toHaveLength(800 * CHUNK);
  });
  it('reads a million folded lines', async () => {
    const items = await collect(
      repeat('BEGIN:VCARD\r\nFN:a\r\nNOTE:', Buffer.from('\r\n x'.repeat(10_000)), 100, NEXT),
    );
    expect((items[0] as RawCard).properties[1]?.value).toHaveLength(1_000_000);
  });
  it('reads a million folds of a header that never ends', async () => {
    const items = await collect(
      repeat('BEGIN:VCARD\r\nFN:a\r\nX;P="', Buffer.from('\r\n a:'.repeat(10_000)), 100, NEXT),
    );
    expect(items).toHaveLength(2);
    expect((items[0] as RawCard).properties.length).toBeGreaterThan(0);
  });
  it('refuses one value beyond 64 MB by name and goes on', async () => {
    for (const chunk of [Buffer.alloc(CHUNK, 'x'), Buffer.from(`\r\n ${'x'.repeat(CHUNK - 3)}`)]) {
      const items = await collect(repeat('BEGIN:VCARD\r\nFN:a\r\nNOTE:', chunk, 1100, NEXT));
      expect(items[0]).toMatchObject({ line: 1, error: expect.stringContaining('64 MB (the limit)') as string });
      expect((items[0] as BrokenCard).raw.length).toBeLessThanOrEqual(64 * 1024);
      expect((items[1] as RawCard).properties[0]?.value).toBe('next');
    }
  });
  it('refuses 200,001 properties by name and goes on', async () => {
    const items = await collect(repeat('BEGIN:VCARD\r\nFN:a', Buffer.from('\r\nX:1'.repeat(10_000)), 21, NEXT));
    expect(items.map((item) => ('error' in item ? item.error : item.properties[0]?.value))).toEqual([
      'the card has more than 200,000 properties (the limit)',
      'next',
    ]);
  });
  it('refuses nesting beyond 32 by name and goes on', async () => {
    const nested = 'AGENT:\r\nBEGIN:VCARD\r\n'.repeat(40);
    const items = await collect(
      repeat(`BEGIN:VCARD\r\nFN:a\r\n${nested}`, Buffer.from(`FN:b${'\r\nEND:VCARD'.repeat(40)}`), 1, NEXT),
    );
    expect(items.map((item) => ('error' in item ? item.error : item.properties[0]?.value))).toEqual([
      'cards are nested deeper than 32 levels (the limit)',
      'next',
    ]);
  });
  it('survives 200,000 BEGIN without END', async () => {
    let count = 0;
    for await (const item of readVCards(repeat('', Buffer.from('BEGIN:VCARD\r\n'.repeat(10_000)), 20, '')))
      count += 'error' in item ? 1 : 0;
    expect(count).toBe(200_000);
  });
  it.each([
    ['blanks in a header', `X ${' '.repeat(900_000)};${' '.repeat(900_000)}=1:v`],
    ['quotes', `X;P=${'"a'.repeat(400_000)}:v`],
    ['parameters', `X${';TYPE=a'.repeat(100_000)}:v`],
    ['values', `X;TYPE=${'a,'.repeat(400_000)}b:v`],
    ['carets', `X;P=${'^'.repeat(900_000)}:v`],
    ['backslashes', `N:${'\\'.repeat(2_000_000)}`],
    ['quoted-printable', `NOTE;QUOTED-PRINTABLE:${'=41'.repeat(1_000_000)}`],
    ['equals signs', `NOTE;QUOTED-PRINTABLE:${'='.repeat(2_000_000)}`],
    ['broken base64', `PHOTO;BASE64:${'A '.repeat(1_000_000)}!`],
    ['almost a marker', `${' '.repeat(2_000_000)}END:VCARD`],
  ])('takes no long time over %s', (_, line) => {
    const started = performance.now();
    parseVCards(`BEGIN:VCARD\r\nVERSION:2.1\r\nFN:a\r\n\r\n${line}\r\nEND:VCARD\r\n`);
    expect(performance.now() - started).toBeLessThan(5000);
  });
  it('keeps memory flat while it reads', async () => {
    const card = `BEGIN:VCARD\r\nVERSION:3.0\r\nUID:${'u'.repeat(36)}\r\nFN:a name\r\nNOTE:${'n'.repeat(800)}\r\nEND:VCARD\r\n`;
    const chunk = Buffer.from(card.repeat(1000));
    let most = 0;
    let count = 0;
    const uids: string[] = [];
    const before = process.memoryUsage().heapUsed;
    for await (const item of readVCards(repeat('', chunk, 150, ''))) {
      count += 1;
      // One short text of each card is kept, as a plan does: it must not keep the rest alive.
      if (!('error' in item)) uids.push(item.properties[0]?.value ?? '');
      if (count % 10_000 === 0) most = Math.max(most, process.memoryUsage().heapUsed - before);
    }
    expect(count).toBe(150_000);
    expect(uids[149_999]).toHaveLength(36);
    expect(most).toBeLessThan(120 * 1024 * 1024);
  });
});
