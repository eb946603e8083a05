/**
 * Servers that hold only some fields, in every ordered pair with each other and with the wide ones, through the built
 * program: what fits arrives, what does not is foreseen, and the second run writes nothing.
 */
import { afterEach, describe, expect, it } from 'vitest';
import type { Card } from '../../src/model/card.js';
import { emailsOf, fullName, keywordsOf } from '../../src/model/view.js';
import { filemail } from '../../src/providers/filemail/index.js';
import { outlook } from '../../src/providers/outlook/index.js';
import { portsip } from '../../src/providers/portsip/index.js';
import type { Provider, ProviderDefinition } from '../../src/providers/types.js';
import { startFilemail } from '../fakes/filemail.js';
import { startOutlook } from '../fakes/outlook.js';
import { people } from '../fakes/people.js';
import { startPortsip } from '../fakes/portsip.js';
import { testContext } from '../support/context.js';
import { Program, type SavedProfile } from './program.js';
import { KINDS, openSide, type Kind } from './sides.js';

type Narrow = 'outlook' | 'portsip' | 'filemail';
const NARROW: Record<Narrow, ProviderDefinition> = { outlook, portsip, filemail };
const NAMES = Object.keys(NARROW) as Narrow[];

interface NarrowSide {
  profile: SavedProfile;
  cards(): Promise<Card[]>;
  fill(cards: readonly Card[]): Promise<void>;
  writes(): number;
  assertClean(): void;
  close(): Promise<void>;
}

const WRITES =
  /^(?:create|update|delete|destroy|favorite|unfavorite|set ?photo|photo ?put|put ?photo)$|contacts\/(?:add|update|delete|group\/(?:add|update|delete)|addtogroup|removefromgroup)$/i;

async function openNarrow(kind: Narrow): Promise<NarrowSide> {
  const [fake, secret] = await startNarrow(kind);
  const profile: SavedProfile = { provider: kind, url: fake.url, ...secret };
  const { counts, assertClean, close } = fake;
  const withProvider = async <T>(work: (provider: Provider) => Promise<T>): Promise<T> => {
    const provider = await NARROW[kind].open(testContext({ ...profile, ...secret }));
    try {
      return await work(provider);
    } finally {
      await provider.close();
    }
  };
  return {
    profile,
    cards: () => withProvider(cardsOf),
    fill: (cards) =>
      withProvider(
        async (provider) => void (await Promise.all(cards.map(async (card) => provider.create?.({ card })))),
      ),
    writes: () =>
      Object.entries(counts.call(fake)).reduce((sum, [name, count]) => sum + (WRITES.test(name) ? count : 0), 0),
    assertClean: () => assertClean.call(fake),
    close: () => close.call(fake),
  };
}

interface Fake {
  url: string;
  counts(): Record<string, number>;
  assertClean(): void;
  close(): Promise<void>;
}

async function startNarrow(kind: Narrow): Promise<[fake: Fake, secret: Partial<SavedProfile>]> {
  if (kind === 'outlook') {
    const fake = await startOutlook();
    return [fake, { token: fake.auth.issue('https://graph.microsoft.com') }];
  }
  const fake = kind === 'portsip' ? await startPortsip() : await startFilemail();
  return [fake, { user: fake.user, password: fake.password }];
}

async function openAny(kind: Kind | Narrow): Promise<NarrowSide> {
  if (kind === 'outlook' || kind === 'portsip' || kind === 'filemail') return openNarrow(kind);
  const side = await openSide(kind);
  return { ...side, writes: () => side.gate?.writes() ?? 0 };
}

async function cardsOf(provider: Provider): Promise<Card[]> {
  const cards: Card[] = [];
  for await (const { card } of provider.list({ media: true })) cards.push(card);
  return cards;
}

/** What every server keeps. */
const lineOf = (card: Card): string => `${fullName(card)} | ${emailsOf(card)[0] ?? ''}`;
const lines = (cards: readonly Card[]): string[] => cards.map(lineOf).sort();

const COUNT = 25;
/** Filemail needs an address and a name; a name is cut at 64 characters by PortSIP. */
const cards = people(80)
  .filter((card) => emailsOf(card).length > 0 && fullName(card) !== '' && fullName(card).length <= 64)
  .slice(0, COUNT);

/** Categories become groups where those are the server's own: one write a group, and one a member. */
const words = cards.flatMap(keywordsOf);
const memberships = words.length + new Set(words).size;

const ALL: readonly (Kind | Narrow)[] = [...KINDS, ...NAMES];
const PAIRS = ALL.flatMap((from) => ALL.filter((to) => to !== from).map((to) => [from, to] as const)).filter((pair) =>
  pair.some((kind) => NAMES.some((name) => name === kind)),
);

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((side) => side.close()));
});

describe('a migration with a server that holds less', () => {
  it.each(PAIRS)(
    'from %s to %s',
    async (from, to) => {
      const [source, target] = [await openAny(from), await openAny(to)];
      open.push(source, target);
      await source.fill(cards);
      const there = await source.cards();
      expect(there).toHaveLength(COUNT);
      const written = source.writes();
      const program = await Program.with({ old: source.profile, new: target.profile });

      const first = await program.migrate(['old', 'new']);
      expect(first.verified).toMatchObject({ contacts: COUNT, equal: COUNT, differences: [] });
      expect(lines(await target.cards())).toEqual(lines(there));

      const before = target.writes();
      // One write a contact, and one more for a picture or a favourite; a folder is not counted.
      if (to !== 'local') expect(before).toBeGreaterThanOrEqual(COUNT);
      expect(before).toBeLessThanOrEqual(2 * COUNT + 2 + (to === 'filemail' ? memberships : 0));
      const second = await program.migrate(['old', 'new']);
      expect(second.plan).toMatchObject({ create: 0, update: 0, delete: 0, unchanged: COUNT });
      expect(target.writes()).toBe(before);
      expect(source.writes()).toBe(written);
      source.assertClean();
      target.assertClean();
    },
    60_000,
  );
});
