import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { jcard } from '../../src/formats/jcard/index.js';
import { xcard } from '../../src/formats/xcard/index.js';
import { parseVCard } from '../../src/formats/vcard/map.js';
import type { Card } from '../../src/model/card.js';
import { levelled } from '../support/arbitrary-card.js';
import { read, write } from '../support/formats.js';
import { jsonCard, readGoldens, wholeCard } from './runner.js';

const FOLDER = new URL('./', import.meta.url);
const files = readdirSync(FOLDER).filter((name) => name.endsWith('.txt'));
const cards = files
  .flatMap((file) => readGoldens(new URL(file, FOLDER)))
  .map(({ input }) =>
    input.trimStart().startsWith('{') ? (jsonCard(input) as unknown as Card) : parseVCard(wholeCard(input)).card,
  );

describe.each([jcard, xcard])('every golden card survives $name', (format) => {
  it('exactly', async () => {
    expect(cards.length).toBeGreaterThan(100);
    const items = await read(format, await write(format, cards));
    const back = items.map((item) => ('card' in item ? item.card : item));
    expect(levelled(back)).toEqual(levelled(cards));
  });
});
