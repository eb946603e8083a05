import { describe, expect, it } from 'vitest';
import { vcard, vcard3 } from '../../src/formats/vcard/index.js';
import type { Format, FormatItem, FormatLoss } from '../../src/formats/types.js';
import type { Card } from '../../src/model/card.js';

const bytes = (text: string, encoding: BufferEncoding = 'utf8'): Uint8Array =>
  new Uint8Array(Buffer.from(text, encoding));
async function* chunks(text: string, size = 7): AsyncGenerator<Uint8Array> {
  const all = bytes(text);
  for (let at = 0; at < all.length; at += size) yield all.subarray(at, at + size);
}
async function readAll(format: Format, text: string): Promise<FormatItem[]> {
  const items: FormatItem[] = [];
  for await (const item of format.read(chunks(text), {})) items.push(item);
  return items;
}
async function writeAll(format: Format, cards: Card[], losses: FormatLoss[] = []): Promise<string> {
  let text = '';
  for await (const piece of format.write(cards, { prodId: '-//test//EN' }, (loss) => losses.push(loss))) text += piece;
  return text;
}

const one = 'BEGIN:VCARD\r\nVERSION:3.0\r\nUID:1\r\nFN:One\r\nEND:VCARD\r\n';

describe('sniffing', () => {
  it.each([
    ['plain', bytes(one), 1],
    ['lower case after a mark and blank lines', bytes(`\ufeff\r\n\r\n${one.toLowerCase()}`), 1],
    ['UTF-16LE with mark', bytes(`\ufeff${one}`, 'utf16le'), 1],
    ['UTF-16BE with mark', new Uint8Array(Buffer.from(`\ufeff${one}`, 'utf16le').swap16()), 1],
    ['UTF-16LE without mark', bytes(one, 'utf16le'), 1],
    ['JSON', bytes('[{"@type":"Card"}]'), 0],
    ['CSV', bytes('First Name,Last Name\r\na,b\r\n'), 0],
    ['a calendar', bytes('BEGIN:VCALENDAR\r\n'), 0],
    ['nothing', bytes(''), 0],
  ])('%s', (_, head, expected) => {
    expect(vcard.sniff(head)).toBe(expected);
  });

  it('is less sure when text stands before', () => {
    expect(vcard.sniff(bytes(`hello\r\n${one}`))).toBeGreaterThan(0);
    expect(vcard.sniff(bytes(`hello\r\n${one}`))).toBeLessThan(1);
  });

  it('prefers vcard to vcard3', () => {
    expect(vcard3.sniff(bytes(one))).toBeLessThan(vcard.sniff(bytes(one)));
  });
});

describe('reading', () => {
  it('gives cards with lines and broken records in place', async () => {
    const items = await readAll(vcard, `${one}garbage\r\nBEGIN:VCARD\r\nVERSION:2.1\r\nN:Two\r\nEND:VCARD\r\n`);
    expect(items).toHaveLength(3);
    expect(items[0]).toMatchObject({ line: 1, card: { uid: '1' }, warnings: [] });
    expect(items[1]).toMatchObject({ line: 6, error: expect.any(String) as string });
    expect(items[2]).toMatchObject({ line: 7, card: { name: { components: [{ kind: 'surname', value: 'Two' }] } } });
  });
});

describe('writing', () => {
  const card: Card = {
    '@type': 'Card',
    version: '1.0',
    uid: '1',
    name: { full: 'One' },
    personalInfo: { i1: { kind: 'hobby', value: 'x' } },
  };

  it('vcard writes 4.0 and loses nothing', async () => {
    const losses: FormatLoss[] = [];
    const text = await writeAll(vcard, [card, card], losses);
    expect(text.startsWith('BEGIN:VCARD\r\nVERSION:4.0\r\nPRODID:-//test//EN\r\nUID:1\r\n')).toBe(true);
    expect(text.match(/HOBBY:x/g)).toHaveLength(2);
    expect(losses).toEqual([]);
  });

  it('vcard3 writes 3.0 and tells what it leaves out', async () => {
    const losses: FormatLoss[] = [];
    const text = await writeAll(vcard3, [card], losses);
    expect(text).toContain('VERSION:3.0\r\n');
    expect(text).not.toContain('HOBBY');
    expect(losses).toEqual([{ field: 'personalInfo', uid: '1', detail: expect.any(String) as string }]);
  });
});
