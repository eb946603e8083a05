import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { guarded, rowText, unguarded, wellFormed } from '../../src/formats/csv/cells.js';
import { MAX_COLUMNS } from '../../src/formats/csv/limits.js';
import { type Row, RowScanner } from '../../src/formats/csv/rows.js';
import { arbitraryText } from '../support/arbitrary-text.js';

function scan(text: string, size = Math.max(1, text.length), delimiter = ','): Row[] {
  const scanner = new RowScanner(delimiter);
  const rows: Row[] = [];
  for (let at = 0; at < text.length; at += size) rows.push(...scanner.scan(text.slice(at, at + size)));
  return [...rows, ...scanner.end()];
}
const cellsOf = (text: string, delimiter = ','): string[][] =>
  scan(text, undefined, delimiter).map(({ cells }) => cells);

/** Letters that matter, so that random texts are full of edges. */
const soup = fc.string({ unit: fc.constantFrom('a', '"', '"', ',', '\r', '\n', ' ', 'ä'), maxLength: 30 });

describe('rows', () => {
  it('takes every line end, also in cells and also the last one missing', () => {
    expect(cellsOf('a,b\r\nc,d\re,f\n"g\r\nh",i')).toEqual([
      ['a', 'b'],
      ['c', 'd'],
      ['e', 'f'],
      ['g\r\nh', 'i'],
    ]);
  });
  it('keeps empty cells and blank lines', () => {
    expect(cellsOf(',\n\n"",\n')).toEqual([['', ''], [''], ['', '']]);
  });
  it('takes quotes behind blanks, before blanks, doubled, and not doubled', () => {
    expect(cellsOf('a, "b, c" ,"d ""e"" f","say "hi" you, too"\nx"y,"z')).toEqual([
      ['a', 'b, c', 'd "e" f', 'say "hi" you, too'],
      // The last quote never closes.
      [],
    ]);
  });
  it('counts the lines of the file', () => {
    expect(scan('a\r\n"b\nc"\r\nd\re\n').map(({ line }) => line)).toEqual([1, 2, 4, 5]);
  });
  it('gives each row as it stood', () => {
    expect(scan('a,"b\n""c",\r\nd').map(({ text }) => text)).toEqual(['a,"b\n""c",', 'd']);
  });
  it('reads what another reader reads, of all that is well-formed', () => {
    const cell = fc.oneof(soup, arbitraryText).map(wellFormed);
    const table = fc.array(fc.array(cell, { minLength: 1, maxLength: 4 }), { maxLength: 4 });
    fc.assert(
      fc.property(table, (rows) => {
        const text = rows.map(rowText).join('');
        expect(cellsOf(text)).toEqual(rows);
        const other: unknown = parse(text, {
          relax_column_count: true,
          record_delimiter: '\r\n',
          skip_empty_lines: false,
        });
        expect(other).toEqual(rows);
      }),
    );
  });
  it('does not depend on where the text is cut', () => {
    fc.assert(
      fc.property(soup, fc.integer({ min: 1, max: 5 }), (text, size) => {
        expect(scan(text, size)).toEqual(scan(text));
      }),
      { numRuns: 2000 },
    );
  });
  it('loses no letter of a text that has no quotes', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', ';', '\n', ' ') }), (text) => {
        const rows = cellsOf(text, ';').map((cells) => cells.join(';'));
        expect(rows.join('\n') + (text.endsWith('\n') ? '\n' : '')).toBe(text);
      }),
    );
  });
});

describe('quotes that never close', () => {
  it('cost the line where they opened, and no other', () => {
    const rows = scan('a,"b\nc,d\n"e\nf",g\nh,i');
    expect(rows.map(({ line, error, cells }) => [line, error === undefined ? cells : 'broken'])).toEqual([
      [1, 'broken'],
      [2, ['c', 'd']],
      [3, ['e\nf', 'g']],
      [5, ['h', 'i']],
    ]);
  });
  it('mark the rows they swallowed', () => {
    expect(scan('a,"b\nc,d').map(({ unsure }) => unsure)).toEqual([undefined, true]);
  });
  it('give up a file full of them, in no time', () => {
    expect(() => scan('"x\n'.repeat(1_000_000), 65_536)).toThrow('more than 1000 quotes never close');
  });
});

describe('limits', () => {
  it('one row of 50 MB with nothing but delimiters', () => {
    const rows = scan(`${','.repeat(50_000_000)}\nx`, 1_000_000);
    expect(rows.map(({ error, cells }) => error ?? cells)).toEqual([
      `it has more than ${MAX_COLUMNS} columns (the limit)`,
      ['x'],
    ]);
    expect(rows[0]?.text.length).toBeLessThan(100_000);
  });
  it('one cell of 50 MB is a cell, one of 70 MB is too long', () => {
    expect(scan('x'.repeat(50_000_000), 1_000_000)[0]?.cells[0]?.length).toBe(50_000_000);
    const rows = scan(`${'x'.repeat(70_000_000)}\ny`, 1_000_000);
    expect(rows.map(({ error, cells }) => error ?? cells)).toEqual(['it is longer than 64 MB (the limit)', ['y']]);
  });
});

describe('formulas', () => {
  it.each(['=1+1', '@SUM(A1)', '\tx', '\rx', '+cmd|x', '-2+3+cmd', "'=1", "''-x", '+A1', '-a'])(
    '%j is disarmed',
    (text) => {
      expect(guarded(text)).toBe(`'${text}`);
    },
  );
  it.each([
    '+49 30 1234',
    '+1 (555) 010-0',
    '-1',
    '+1 555 0100 ext. 3',
    '+1;5',
    '+49 1 ::: +49 2',
    "'quoted'",
    "'",
    'a=b',
    '',
  ])('%j is left alone', (text) => expect(guarded(text)).toBe(text));
  it('comes back exactly', () => {
    const text = fc.oneof(
      arbitraryText,
      fc.string({ unit: fc.constantFrom("'", '=', '+', '-', '@', '\t', '1', ' ', 'a') }),
    );
    fc.assert(
      fc.property(text, (one) => {
        expect(unguarded(guarded(one))).toBe(one);
      }),
      { numRuns: 2000 },
    );
  });
});
