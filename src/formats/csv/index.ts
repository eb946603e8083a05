/** The CSV formats: `csv` reads every program's table and writes our own; the others write one program's. */
import { headText } from '../head.js';
import type { Format } from '../types.js';
import type { Dialect } from './dialect.js';
import { google } from './google.js';
import { findHeader } from './header.js';
import type { Program } from './names.js';
import { outlook, outlookCom } from './outlook.js';
import { thunderbird, yahoo } from './programs.js';
import { readCsv } from './read.js';
import { writeOwn, writeTable } from './write.js';

export { parseMap, parseMapFile } from './map.js';

const NONE: ReadonlySet<string> = new Set();

/** By the names of the columns; a table without one that is known is told from prose by its second row. */
function sniff(head: Uint8Array): { score: number; program: Program } {
  const text = headText(head);
  const found = /^\s*[[{<]|^\s*BEGIN:/i.test(text) ? undefined : findHeader(text, true, NONE);
  if (found === undefined) return { score: 0, program: 'other' };
  const { cells, delimiter, known, skipped } = found;
  if (known.program === 'own') return { score: 0.95, program: 'own' };
  if (known.count >= 3) return { score: 0.9, program: known.program };
  if (known.count === 2) return { score: 0.7, program: known.program };
  const second = text.slice(skipped).split(/\r\n|\r|\n/)[1] ?? '';
  const named = cells.filter((name) => name.trim() !== '').length;
  const even = named > 1 && second.split(delimiter).length >= named && (known.count > 0 || named === cells.length);
  const score = known.count === 1 ? (even || cells.length === 1 ? 0.5 : 0.3) : even ? 0.2 : 0;
  return { score, program: known.program };
}

export const csv: Format = {
  name: 'csv',
  title: 'CSV (reads every program, writes all there is)',
  extensions: ['csv', 'tsv'],
  mediaType: 'text/csv',
  sniff: (head) => sniff(head).score,
  read: readCsv,
  write: (cards, options) => writeOwn(cards, options),
};

function formatOf(dialect: Dialect, program: Program): Format {
  return {
    name: dialect.name,
    title: dialect.title,
    extensions: ['csv'],
    mediaType: 'text/csv',
    sniff: (head) => {
      const found = sniff(head);
      return found.program === program ? found.score * 0.9 : 0;
    },
    read: readCsv,
    write: (cards, options, onLoss) => writeTable(cards, dialect, options, onLoss),
  };
}

export const csvOutlook = formatOf(outlook, 'outlook');
export const csvOutlookCom = formatOf(outlookCom, 'outlook-com');
export const csvGoogle = formatOf(google, 'google');
export const csvYahoo = formatOf(yahoo, 'yahoo');
export const csvThunderbird = formatOf(thunderbird, 'thunderbird');
