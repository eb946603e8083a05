/** The beginning of a table: delimiter and header row. */
import { MAX_HEADER } from './limits.js';
import { type Known, recognise } from './names.js';
import { type Row, RowScanner } from './rows.js';

const DELIMITERS = [',', ';', '\t', '|'] as const;
const SEP = /^\ufeff*[ \t]*"?sep=(.)"?[ \t]*(\r\n|\r|\n|$)/i;

export interface Opening {
  delimiter: string;
  /** Characters before the header row: marks, `sep=;`, blank lines. */
  skipped: number;
  /** Line of the header row. */
  line: number;
}

/** What stands before the header row, and the delimiter when the file names it (`sep=;`). */
function leadOf(text: string): { skipped: number; line: number; sep?: string } {
  const sep = SEP.exec(text);
  let skipped = sep === null ? 0 : sep[0].length;
  skipped +=
    /^[\ufeff\s]*(?=[^\s\ufeff]|$)/.exec(text.slice(skipped, skipped + MAX_HEADER))?.[0].replace(/[^\r\n\ufeff]*$/, '')
      .length ?? 0;
  const line = 1 + (text.slice(0, skipped).match(/\r\n|\r|\n/g)?.length ?? 0);
  return { skipped, line, ...(sep?.[1] === undefined ? {} : { sep: sep[1] }) };
}

/** The first row of the text at that delimiter; undefined while its end is not there. */
function firstRow(text: string, delimiter: string, complete: boolean): Row | undefined {
  const scanner = new RowScanner(delimiter);
  const rows = scanner.scan(text);
  const row = rows[0] ?? (complete ? scanner.end()[0] : undefined);
  return row?.error === undefined ? row : undefined;
}

export interface Found extends Opening {
  cells: string[];
  known: Known;
}

/**
 * The header row of a text that begins a file, by the delimiter with which the most names are known; of those that tie
 * the one with the most columns. Undefined while the row is not complete.
 */
export function findHeader(text: string, complete: boolean, mapped: ReadonlySet<string>): Found | undefined {
  const { skipped, line, sep } = leadOf(text);
  const body = text.slice(skipped);
  let best: (Found & { score: number }) | undefined;
  for (const delimiter of sep === undefined ? DELIMITERS : [sep]) {
    const row = firstRow(body, delimiter, complete);
    if (row === undefined) continue;
    const known = recognise(row.cells);
    const named = row.cells.filter((name) => mapped.has(headerKey(name))).length;
    const score = (known.count + named) * 10_000 + row.cells.length;
    if (best === undefined || score > best.score) best = { delimiter, skipped, line, cells: row.cells, known, score };
  }
  return best;
}

/** How names of `--map` are compared with those of columns. */
export function headerKey(name: string): string {
  return name.normalize('NFC').trim().toLowerCase().replace(/\s+/g, ' ');
}
