/**
 * Golden tables, in the notation of `test/golden/runner.ts`:
 *
 *     > test NAME
 *     the table
 *     > bytes CHARSET        (before the outcome: as these bytes, a mark included for UTF-16)
 *     > map COLUMN=FIELD     (any number)
 *     > cards
 *     the Cards as a JSON array, without what every card has
 *     > warn TEXT            (a part of a warning; all warnings must be named)
 *     > bad LINE TEXT        (a row that cannot be read)
 *     > back FORMAT
 *     the rows of that table, one `Column: text` a line, a blank line between rows
 *     > loss FIELD           (after `back`: what it cannot hold)
 */
import { type Buffer } from 'node:buffer';
import { readdirSync } from 'node:fs';
import iconv from 'iconv-lite';
import { describe, expect, it } from 'vitest';
import { RowScanner } from '../../src/formats/csv/rows.js';
import { parseMap } from '../../src/formats/csv/map.js';
import { formatByName } from '../../src/formats/index.js';
import { particular, readGoldens } from '../golden/runner.js';
import type { Golden } from '../golden/runner.js';
import { broken, readItems, records, writeCards } from './csv-support.js';

const FOLDER = new URL('../golden/csv/', import.meta.url);

function bytesOf(golden: Golden): Buffer {
  const charset = golden.blocks.find(({ kind }) => kind === 'bytes')?.rest ?? 'utf-8';
  const text = `${golden.input.replace(/\n/g, '\r\n')}\r\n`;
  return iconv.encode(text, charset, { addBOM: /^utf-?16/i.test(charset) });
}

/** `Column: text` of each cell that is not empty. */
export function rowsOf(text: string): string {
  const scanner = new RowScanner(',');
  const [header, ...rows] = [...scanner.scan(text.replace(/^\ufeff/, '')), ...scanner.end()];
  return rows
    .map(({ cells }) =>
      cells
        .flatMap((cell, i) => (cell === '' ? [] : [`${header?.cells[i]}: ${cell.replace(/\n/g, '\\n')}`]))
        .join('\n'),
    )
    .join('\n\n');
}

async function check(golden: Golden): Promise<void> {
  const map = new Map(golden.blocks.filter(({ kind }) => kind === 'map').map(({ rest }) => parseMap(rest)));
  const items = await readItems(bytesOf(golden), { map });
  const read = records(items);
  const told = (kind: string): string[] => golden.blocks.filter((block) => block.kind === kind).map(({ rest }) => rest);
  expect(broken(items).map(({ line, error }) => `${line} ${error}`)).toEqual(told('bad'));
  const warnings = read.flatMap((item) => item.warnings);
  expect(warnings).toEqual(told('warn').map((text) => expect.stringContaining(text) as string));
  for (const [i, { kind, rest, body }] of golden.blocks.entries()) {
    if (kind === 'cards') {
      const cards = read.map(({ card, uidDerived }) => particular(uidDerived ? { ...card, uid: 'golden' } : card));
      expect(cards).toEqual(JSON.parse(body));
    } else if (kind === 'back') {
      const cards = read.map(({ card }) => card);
      const { text, losses } = await writeCards(await formatByName(rest), cards);
      expect(rowsOf(text)).toBe(body);
      const next = golden.blocks.slice(i + 1);
      const end = next.findIndex((block) => block.kind !== 'loss');
      const named = next.slice(0, end < 0 ? next.length : end).map((block) => block.rest);
      expect([...new Set(losses.map(({ field }) => field))].sort()).toEqual(named.sort());
    }
  }
}

for (const file of readdirSync(FOLDER).sort()) {
  describe(file, () => {
    it.each(readGoldens(new URL(file, FOLDER)).map((golden) => [golden.name, golden] as const))('%s', (_, golden) =>
      check(golden),
    );
  });
}
