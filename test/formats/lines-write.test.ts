import { describe, expect, it } from 'vitest';
import { escapeText, formatLine, parseVCards, unescapeText } from '../../src/formats/vcard/lines.js';
import type { VCardParam, VCardProperty } from '../../src/formats/vcard/types.js';

function reread(text: string): VCardProperty {
  const [item] = parseVCards(`BEGIN:VCARD\r\nVERSION:4.0\r\n${text}END:VCARD\r\n`);
  if (!item || 'error' in item) throw new Error(item?.error ?? 'nothing');
  expect(item.warnings).toEqual([]);
  expect(item.properties).toHaveLength(1);
  return item.properties[0]!;
}
function octets(text: string): number[] {
  return text.split('\r\n').map((line) => Buffer.byteLength(line));
}
const line = (value: string, params: VCardParam[] = [], name = 'NOTE'): string =>
  formatLine({ name, params, value }, '4.0');

describe('folding', () => {
  it.each(['😀', 'é', '€', '👩‍👩‍👧', 'a\u0301'])('keeps %s whole at every offset, and lines at 75 octets', (letter) => {
    for (let before = 0; before < 160; before += 1) {
      const value = `${'x'.repeat(before)}${letter}${letter}${'y'.repeat(70)}`;
      const text = line(value);
      expect(Math.max(...octets(text))).toBeLessThanOrEqual(75);
      for (const part of text.split('\r\n')) expect(part).not.toContain('\ufffd');
      expect(reread(text).value).toBe(value);
    }
  });
  it('folds at exactly 75 octets and not before', () => {
    expect(line('x'.repeat(70))).toBe(`NOTE:${'x'.repeat(70)}\r\n`);
    expect(octets(line('x'.repeat(71)))).toEqual([75, 2, 0]);
  });
  it('does not fold beside blanks, which readers eat', () => {
    const value = `${'x'.repeat(68)}  two blanks and ${'more words '.repeat(30)}`;
    const text = line(value);
    for (const part of text.split('\r\n').slice(0, -2)) expect(part).toMatch(/^(NOTE:| )\S(.*\S)?$/);
    expect(reread(text).value.trimEnd()).toBe(value.trimEnd());
  });
  it('keeps letters whole among nothing but blanks', () => {
    for (let blanks = 30; blanks < 90; blanks += 1) {
      const value = `x${' '.repeat(blanks)}😀 😀${' '.repeat(80)}é`;
      const text = line(value);
      expect(Math.max(...octets(text))).toBeLessThanOrEqual(75);
      expect(reread(text).value).toBe(value);
    }
  });
  it('folds a megabyte of blanks all the same', () => {
    const text = line(' '.repeat(1_000_000));
    expect(Math.max(...octets(text))).toBeLessThanOrEqual(75);
    expect(reread(text).value).toHaveLength(1_000_000);
  });
});

describe('values', () => {
  it('escapes text', () => {
    expect(escapeText('a\\b,c;d:e"f\r\ng\rh\ni\u0000\u001b\tj')).toBe('a\\\\b\\,c\\;d:e"f\\ng\\nh\\ni\tj');
    expect(unescapeText(escapeText('C:\\new, x; \\n'))).toBe('C:\\new, x; \\n');
  });
  it('lets no value begin a line', () => {
    expect(line('urn:x\r\nNOTE:evil', [], 'UID')).toBe('UID:urn:x%0D%0ANOTE:evil\r\n');
    expect(line('https://x/\n\u0007y', [], 'URL')).toBe('URL:https://x/%0Ay\r\n');
    expect(line('a text\r\nNOTE:evil')).toBe('NOTE:a text\\nNOTE:evil\r\n');
  });
  it('lets no name do so either', () => {
    const text = formatLine(
      { group: 'a\r\nb', name: 'X-\r\nEVIL:1', params: [{ name: 'P\n;Q', values: ['1'] }], value: 'v' },
      '4.0',
    );
    expect(text).toBe('ab.X-EVIL1;PQ=1:v\r\n');
  });
});

describe('parameters', () => {
  it('quotes when they must be quoted', () => {
    expect(
      line('v', [
        { name: 'TYPE', values: ['home', 'a,b'] },
        { name: 'X', values: ['a:b;c', 'plain text'] },
      ]),
    ).toBe('NOTE;TYPE=home,"a,b";X="a:b;c",plain text:v\r\n');
  });
  it('encodes as RFC 6868 in 4.0', () => {
    const values = ['a^b', 'say "x"', 'two\nlines', '^n', "^'", 'end^', '^\n"', 'a^n-b'];
    const text = line('v', [{ name: 'X-P', values }]);
    expect(text).toContain(`X-P=a^^b,say ^'x^',two^nlines,^^n,^^',end^^,^^^n^',a^^n-b`);
    expect(reread(text).params).toEqual([{ name: 'X-P', values }]);
  });
  it('replaces what 3.0 cannot write', () => {
    const text = formatLine(
      { name: 'NOTE', params: [{ name: 'X-P', values: ['say "x"\r\ny: z'] }], value: 'v' },
      '3.0',
    );
    expect(text).toBe(`NOTE;X-P="say 'x' y: z":v\r\n`);
  });
  it('leaves out parameters without values, and controls', () => {
    expect(
      line('v', [
        { name: 'A', values: [] },
        { name: 'B', values: ['\u001b[1m'] },
      ]),
    ).toBe('NOTE;B=[1m:v\r\n');
  });
});
