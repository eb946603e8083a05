import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { cardToVCard, parseVCard } from '../../src/formats/vcard/map.js';
import type { Card } from '../../src/model/card.js';
import { diffCards } from '../../src/model/normalize.js';
import { levelled } from '../support/arbitrary-card.js';
import { contentLines, jsonCard, particular, readGoldens, wholeCard } from './runner.js';
import type { Block, Golden } from './runner.js';

const FOLDER = new URL('./', import.meta.url);

function read(golden: Golden): { card: Card; warnings: string[] } {
  if (golden.input.trimStart().startsWith('{')) return { card: jsonCard(golden.input) as unknown as Card, warnings: [] };
  return parseVCard(wholeCard(golden.input));
}

function checkBack(block: Block, card: Card): string[] {
  const [version, mode] = block.rest.split(' ');
  const losses: string[] = [];
  const text = cardToVCard(card, {
    version: version === '3.0' ? '3.0' : '4.0',
    carry: mode !== 'strict',
    onLoss: ({ field }) => losses.push(field),
  });
  expect(contentLines(text)).toEqual(block.body === '' ? [] : block.body.split('\n'));
  return losses;
}

function check(golden: Golden): void {
  const { card, warnings } = read(golden);
  let losses: string[] | undefined;
  const told: string[] = [];
  for (const block of golden.blocks) {
    if (block.kind === 'convert') expect(levelled(particular(card))).toEqual(levelled(JSON.parse(block.body)));
    else if (block.kind === 'warn') expect(warnings.join('\n')).toContain(block.rest);
    else if (block.kind === 'back') losses = checkBack(block, card);
    else if (block.kind === 'loss') told.push(block.rest);
    else throw new Error(`unknown block "${block.kind}"`);
  }
  if (losses !== undefined) expect([...new Set(losses)].sort()).toEqual(told.sort());
  if (!golden.blocks.some(({ kind }) => kind === 'warn')) expect(warnings).toEqual([]);
}

for (const file of readdirSync(FOLDER).filter((name) => name.endsWith('.txt')).sort()) {
  describe(file, () => {
    const goldens = readGoldens(new URL(file, FOLDER));
    it.each(goldens.map((golden) => [golden.name, golden] as const))('%s', (_, golden) => {
      check(golden);
      const { card } = read(golden);
      const again = parseVCard(cardToVCard(card, { version: '4.0', carry: true })).card;
      expect(levelled(again)).toEqual(levelled(card));
      expect(diffCards(card, parseVCard(cardToVCard(card, { version: '3.0', carry: true })).card)).toEqual([]);
    });
  });
}
