import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sniffFormat } from '../../src/formats/index.js';
import { ldif } from '../../src/formats/ldif/index.js';
import type { FormatItem } from '../../src/formats/types.js';
import type { Card } from '../../src/model/card.js';
import { arbitraryText } from '../support/arbitrary-card.js';
import { brief, read as readWith, write as writeWith } from '../support/formats.js';

const RUNS = Number(process.env.CARDFERRY_RUNS ?? 60);
const read = (text: string | Uint8Array, size?: number): Promise<FormatItem[]> => readWith(ldif, text, size);
const write = (cards: Iterable<Card>): Promise<string> => writeWith(ldif, cards);
const cardIn = (item: FormatItem | undefined): Card => {
  if (item === undefined || 'error' in item) throw new Error(JSON.stringify(item));
  return item.card;
};

describe('hostile and broken input', () => {
  const good = (name: string): string => `dn: cn=${name}\nobjectclass: person\ncn: ${name}\nuid: ${name}\n`;
  it.each<[string, string, RegExp]>([
    ['a change record', 'dn: cn=x\nchangetype: modify\nreplace: mail\nmail: y\n-\n', /changes an entry \(modify\)/],
    [
      'a folder of a directory',
      'dn: ou=people,dc=x\nobjectclass: top\nobjectclass: organizationalUnit\n',
      /nothing of a contact \(organizationalunit\)/,
    ],
    ['words', 'hello\nworld\n', /nothing of a contact/],
  ])('%s is a bad record with line and raw, and costs no neighbour', async (_, bad, why) => {
    const items = await read(`${good('a')}\n${bad}\n${good('b')}`);
    expect(brief(items).filter((row) => !row.includes('!'))).toEqual(['1 a', expect.stringMatching(/^\d+ b$/)]);
    const wrong = items.find((item) => 'error' in item);
    expect(wrong).toMatchObject({ line: 6, error: expect.stringMatching(why) as string });
    expect(Buffer.from(wrong && 'raw' in wrong ? wrong.raw : []).toString()).toBe(`${bad}\n`);
  });
  it('lines that are no attribute and Base64 that is none are left out with a warning', async () => {
    const [item] = await read(`${good('a')}what\nsn:: %%%\n`);
    expect(item).toMatchObject({
      card: { uid: 'a' },
      warnings: [expect.stringContaining('line 5: no attribute'), 'line 6: sn is no Base64, left out'],
    });
  });
  it('what ldapsearch adds is no record', async () => {
    const text = `# extended LDIF\n#\n# LDAPv3\n\nversion: 1\n\n# a\n${good('a')}\n# search result\nsearch: 2\nresult: 0 Success\n\n# numResponses: 2\n`;
    expect(brief(await read(text))).toEqual(['8 a']);
    expect((await sniffFormat(Buffer.from(text))).name).toBe('ldif');
  });
  it('is recognised by its first record', async () => {
    for (const text of [
      good('a'),
      `version: 1\n${good('a')}`,
      `\ufeff# c\n c\n\n${good('a')}`,
      'dn:: Y249eA==\ncn: x\n',
    ])
      expect((await sniffFormat(Buffer.from(text))).name).toBe('ldif');
  });
  it('a value of 50 MB and one beyond the limit end in bounded time and memory', async () => {
    const started = performance.now();
    expect(brief(await read(`${good('a')}description: ${'x'.repeat(50_000_000)}\n`))).toEqual(['1 a']);
    const folded = `${good('b')}description: x\n${` ${'y'.repeat(1_000_000)}\n`.repeat(70)}\n${good('c')}`;
    const items = await read(folded);
    expect(brief(items)).toEqual(['1! a value is longer than 64 MB (the limit)', expect.stringMatching(/ c$/)]);
    expect(performance.now() - started).toBeLessThan(25_000);
  });
  it('a million lines end in bounded time', async () => {
    const started = performance.now();
    expect(brief(await read(`${good('a')}${' x\n'.repeat(1_000_000)}`))).toEqual([expect.stringMatching(/^1 a/)]);
    expect(brief(await read(`${good('a')}${'mail: x\n'.repeat(250_000)}\n${good('b')}`))[0]).toContain(
      '200,000 values',
    );
    await read(`dn: ${'cn=a,'.repeat(500_000)}\ncn: x\n`);
    await read(`dn: cn=${'\\'.repeat(1_000_000)}\ncn: x\n`);
    expect(performance.now() - started).toBeLessThan(25_000);
  });
  it('no key reaches a prototype', async () => {
    const [item] = await read(`${good('a')}__proto__: x\nconstructor: y\n`);
    expect(Object.keys(cardIn(item)['cardferry:attributes'] as object)).toEqual(['__proto__', 'constructor']);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
  it('any bytes give items, never an exception, however they are cut', async () => {
    const part = fc.oneof(
      fc.constantFrom(
        'dn: cn=a\n',
        'dn:: Y249YQ==\n',
        'objectclass: groupOfNames\n',
        'member: cn=a\n',
        'cn: x\n',
        '\n',
        ' y\n',
        '# z\n',
        'jpegPhoto:: AAAA\n',
        'version: 1\n',
        'mail:',
        ':: ',
        ':< ',
        '\r',
        '\0',
        '\u00e9',
      ),
      arbitraryText,
    );
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 20 }), fc.integer({ min: 1, max: 5 }), async (parts, size) => {
        const text = parts.join('');
        const items = await read(text);
        // Whether a file is UTF-16 is decided by its first bytes.
        if (!text.includes('\0')) expect(brief(await read(text, size))).toEqual(brief(items));
        await write(items.flatMap((item) => ('card' in item ? [item.card] : [])));
      }),
      { numRuns: RUNS * 5 },
    );
    await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => void (await read(bytes))));
  });
});
