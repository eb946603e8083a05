import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csv, csvGoogle, csvOutlook, csvOutlookCom, csvThunderbird, csvYahoo } from '../../src/formats/csv/index.js';
import type { Card } from '../../src/model/card.js';
import { equalJson } from '../../src/model/json.js';
import { diffCards } from '../../src/model/normalize.js';
import { arbitraryCard } from '../support/arbitrary-card.js';
import { readCards, writeCards } from './csv-support.js';

const RUNS = Number(process.env['CSV_RUNS'] ?? 100);
const PROGRAMS = [csvOutlook, csvOutlookCom, csvGoogle, csvYahoo, csvThunderbird];

describe('our own table', () => {
  it('gives every card back as it was', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(arbitraryCard, { minLength: 1, maxLength: 3 }), async (cards) => {
        const { text, losses } = await writeCards(csv, cards);
        expect(losses).toEqual([]);
        const back = await readCards(text);
        expect(back).toHaveLength(cards.length);
        for (const [i, card] of cards.entries()) if (!equalJson(card, back[i])) expect(back[i]).toEqual(card);
      }),
      { numRuns: RUNS },
    );
  });
});

describe.each(PROGRAMS.map((format) => [format.name, format] as const))('%s', (_, format) => {
  it('takes any card, tells what it loses, and writes the same for ever', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryCard, async (card) => {
        const first = await writeCards(format, [card]);
        const cards = await readCards(first.text);
        expect(cards.length).toBeLessThanOrEqual(1);
        const second = await writeCards(format, cards);
        expect(second.text).toBe(first.text);
        const back: Card = cards[0] ?? { '@type': 'Card', version: '1.0', uid: card.uid };
        const lost = diffCards(card, back).filter(({ kind }) => kind !== 'extra');
        expect(new Set(first.losses.map(({ field }) => field))).toEqual(new Set(lost.map(({ field }) => field)));
      }),
      { numRuns: RUNS },
    );
  });
});
