import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cardToVCard, parseVCard } from '../../src/formats/vcard/map.js';
import { diffCards } from '../../src/model/normalize.js';
import { arbitraryCard, levelled } from '../support/arbitrary-card.js';

const RUNS = Number(process.env.CARDFERRY_RUNS ?? 100);

describe('cards survive vCard', () => {
  it('4.0 gives back every card exactly', () => {
    fc.assert(
      fc.property(arbitraryCard, (card) => {
        const text = cardToVCard(card, { version: '4.0', carry: true });
        const back = parseVCard(text);
        expect(back.warnings).toEqual([]);
        expect(levelled(back.card)).toEqual(levelled(card));
      }),
      { numRuns: RUNS },
    );
  });

  it('3.0 with carry gives back a card that says the same', () => {
    fc.assert(
      fc.property(arbitraryCard, (card) => {
        const text = cardToVCard(card, { version: '3.0', carry: true });
        const back = parseVCard(text);
        expect(back.warnings).toEqual([]);
        expect(diffCards(card, back.card)).toEqual([]);
      }),
      { numRuns: RUNS },
    );
  });

  it('3.0 with carry and PROP-ID gives back every card exactly', () => {
    fc.assert(
      fc.property(arbitraryCard, (card) => {
        const text = cardToVCard(card, { version: '3.0', carry: true, propIds: true });
        expect(levelled(parseVCard(text).card)).toEqual(levelled(card));
      }),
      { numRuns: RUNS },
    );
  });

  it('what was read and written once is written the same for ever', () => {
    fc.assert(
      fc.property(arbitraryCard, fc.constantFrom('3.0' as const, '4.0' as const), (card, version) => {
        const options = { version, carry: true };
        const once = cardToVCard(parseVCard(cardToVCard(card, options)).card, options);
        const twice = cardToVCard(parseVCard(once).card, options);
        expect(twice).toBe(once);
      }),
      { numRuns: RUNS },
    );
  });

  it('strict 3.0 never throws, is always readable, and names fields that exist', () => {
    fc.assert(
      fc.property(arbitraryCard, (card) => {
        const losses: string[] = [];
        const text = cardToVCard(card, { version: '3.0', carry: false, onLoss: ({ field }) => losses.push(field) });
        expect(text).not.toMatch(/^JSPROP/m);
        expect(text).not.toMatch(/PROP-ID/);
        const missing = diffCards(card, parseVCard(text).card).filter(({ kind }) => kind !== 'extra');
        expect(new Set(losses)).toEqual(new Set(missing.map(({ field }) => field)));
      }),
      { numRuns: RUNS },
    );
  });
});
