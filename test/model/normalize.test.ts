import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Card } from '../../src/model/card.js';
import { FIELDS } from '../../src/model/fields.js';
import { cloneJson, isObject } from '../../src/model/json.js';
import { cardHash, diffCards, fieldHashes } from '../../src/model/normalize.js';
import { anyCard, card, fullCard } from './cards.js';

function reversed(value: unknown, rename: boolean): unknown {
  if (!isObject(value)) return value;
  const entries = Object.entries(value).reverse();
  return Object.fromEntries(entries.map(([key, member], i) => [rename ? `k${i}` : key, member]));
}

const KEYED = ['nicknames', 'organizations', 'emails', 'phones', 'addresses', 'onlineServices', 'links', 'notes'];
const MAPS = [...KEYED, 'titles', 'anniversaries', 'personalInfo', 'media'];

/** The same card with other map keys, in another order. */
function shuffled(original: Card): Card {
  const copy: Card = card();
  for (const [key, value] of Object.entries(cloneJson(original)).reverse()) {
    if (key === 'keywords') copy[key] = reversed(value, false) as Record<string, true>;
    else if (MAPS.includes(key)) copy[key] = reversed(value, true);
    else if (key === 'vCardProps') copy[key] = [...(value as NonNullable<Card['vCardProps']>)].reverse();
    else copy[key] = value;
  }
  return copy;
}

describe('diffCards', () => {
  it('finds no difference between a card and itself, its copy, or the copy with other keys and order', () => {
    fc.assert(
      fc.property(anyCard, (a) => {
        expect(diffCards(a, a)).toEqual([]);
        expect(diffCards(a, cloneJson(a))).toEqual([]);
        expect(diffCards(a, shuffled(a))).toEqual([]);
        expect(cardHash(shuffled(a))).toBe(cardHash(a));
        expect(fieldHashes(shuffled(a))).toEqual(fieldHashes(a));
      }),
      { numRuns: 300 },
    );
  });

  it('reports a removed entry in its field, and only there', () => {
    const fieldOf = (property: string, entry: unknown): string => {
      const kind = isObject(entry) ? entry.kind : '';
      if (property === 'anniversaries') return kind === 'birth' ? 'birthday' : 'anniversaries';
      if (property === 'media') return kind === 'photo' ? 'photo' : 'media';
      return property;
    };
    fc.assert(
      fc.property(anyCard, fc.nat(), (a, n) => {
        const all = [...MAPS, 'keywords'].flatMap((property) =>
          Object.entries((a[property] ?? {}) as Record<string, unknown>).map(([key, entry]) => ({
            property,
            key,
            entry,
          })),
        );
        const gone = all[n % Math.max(all.length, 1)];
        if (gone === undefined) return;
        const found = cloneJson(a);
        delete (found[gone.property] as Record<string, unknown>)[gone.key];
        const differences = diffCards(a, found);
        expect(differences.length).toBeGreaterThan(0);
        expect(new Set(differences.map((d) => d.field))).toEqual(new Set([fieldOf(gone.property, gone.entry)]));
        expect(differences.filter((d) => d.kind === 'missing')).toHaveLength(1);
        const back = diffCards(found, a);
        expect(back.filter((d) => d.kind === 'extra')).toHaveLength(1);
        expect(cardHash(found)).not.toBe(cardHash(a));
      }),
      { numRuns: 300 },
    );
  });

  it('keeps every text within 80 characters, whole characters only', () => {
    fc.assert(
      fc.property(anyCard, anyCard, (a, b) => {
        for (const { expected = '', found = '' } of diffCards(a, b)) {
          expect(expected.length).toBeLessThanOrEqual(80);
          expect(found.length).toBeLessThanOrEqual(80);
          expect(expected).not.toMatch(/[\ud800-\udbff](?:…|$)/);
        }
      }),
    );
  });

  it('names each field of a full card when it is lost', () => {
    const names = FIELDS.map((field) => field.name);
    const lost = diffCards(fullCard(), card());
    expect(new Set(lost.map((d) => d.field))).toEqual(new Set(names));
    expect(lost.every((d) => d.kind === 'missing')).toBe(true);
    expect(Object.keys(fieldHashes(fullCard())).sort()).toEqual([...names].sort());
    expect(new Set(diffCards(card(), fullCard()).map((d) => d.kind))).toEqual(new Set(['extra']));
  });

  it('reads differences aloud', () => {
    const texts = diffCards(fullCard(), card()).map((d) => `${d.field}: ${d.expected ?? ''}`);
    expect(texts).toEqual([
      'name: Dr. Änne Müller',
      'nicknames: Anni',
      'organizations: Acme, Research',
      'organizations: Club',
      'titles: CTO',
      'titles: Chair (role)',
      'emails: anna@example.com (work)',
      'emails: anna@example.org (home)',
      'phones: +49 30 1234 (home fax)',
      'phones: +49 30 1235 (mobile)',
      'addresses: Hauptstr. 5, 10115 Berlin (work)',
      'onlineServices: Mastodon: @anna@example.social',
      'links: https://example.com/a',
      'birthday: 1985-04-12',
      'anniversaries: wedding --06-01',
      'notes: First line, second line',
      'keywords: friends',
      'keywords: vip',
      'relatedTo: urn:uuid:0a1b2c3d-0000-4000-8000-000000000002 (spouse)',
      'personalInfo: hobby: chess, high',
      expect.stringMatching(/^photo: image\/gif, 43 bytes, [0-9a-f]{8}$/),
      'media: https://example.com/logo.png',
      'preferredLanguages: de',
      'language: de',
      'kind: org',
      'members: urn:uuid:0a1b2c3d-0000-4000-8000-000000000003',
      'speakToAs: she/her',
      'speakToAs: feminine',
      'calendars: https://example.com/c.ics',
      'schedulingAddresses: mailto:anna@example.com',
      'cryptoKeys: https://example.com/key.asc',
      'directories: https://example.com/dir',
      'localizations: fr titles/t1/name: "Directrice technique"',
      'vCardProps: X-SHOE-SIZE: 38',
      'other: example.com:color: {"fur":"red"}',
    ]);
  });
});

describe('hostile and large cards', () => {
  it('survives members of the wrong type', () => {
    const wrong = {
      name: 5,
      emails: [1],
      phones: { a: null },
      notes: { a: { note: {} } },
      media: 'x',
      vCardProps: [null, [1], 'x'],
    };
    const bad = card(wrong as unknown as Partial<Card>);
    expect(diffCards(bad, card())).toEqual([]);
    expect(diffCards(card(), bad)).toEqual([]);
    expect(fieldHashes(bad)).toEqual({});
  });
  it('refuses bottomless nesting instead of overflowing the stack', () => {
    let deep: unknown = 1;
    for (let i = 0; i < 100_000; i++) deep = [deep];
    expect(() => diffCards(card({ 'x:y': deep }), card())).toThrow(/nested deeper/);
  });
  it('does no quadratic work on thousands of entries', () => {
    const phones = (label: string): Partial<Card> => ({
      phones: Object.fromEntries(
        Array.from({ length: 20_000 }, (_, i) => [`p${i}`, { number: `${label}${i}`, label }]),
      ),
    });
    const start = performance.now();
    expect(diffCards(card(phones('a')), card(phones('b')))).toHaveLength(40_000);
    expect(performance.now() - start).toBeLessThan(10_000);
  });
  it('compares thousands of pairs in seconds, keys renamed', () => {
    const a = fullCard();
    const b = shuffled(a);
    b.titles = { z: { name: 'Chair', kind: 'role' }, y: { name: 'CTO', kind: 'title', organizationId: 'k1' } };
    b.localizations = { fr: { 'titles/y/name': 'Directrice technique' } };
    expect(diffCards(a, b)).toEqual([]);
    const start = performance.now();
    for (let i = 0; i < 1000; i++) diffCards(a, b);
    expect(performance.now() - start).toBeLessThan(5000);
  });
});
