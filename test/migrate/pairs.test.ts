/** From every kind of side to every other, through the built program: all there, few requests, and no write the second time. */
import { afterEach, describe, expect, it } from 'vitest';
import { photoOf } from '../../src/model/view.js';
import { people, peopleGroups } from '../fakes/people.js';
import { expectVerified, Program } from './program.js';
import { KINDS, lineOf, MDAEMON_PAGE, openSide, type Contents, type Kind, type Side } from './sides.js';

const COUNT = 60;
/** Of them in a second address book, where the source has one. */
const ASIDE = 10;
const cards = people(COUNT);
const pictures = cards.filter((card) => photoOf(card) !== undefined).length;
const groups = peopleGroups(cards.slice(0, COUNT - ASIDE));
/** Of MDaemon, when its contacts are in two folders. */
const pages = Math.ceil((COUNT + groups.length) / MDAEMON_PAGE) + 1;

const PAIRS = KINDS.flatMap((from) => KINDS.filter((to) => to !== from).map((to) => [from, to] as const));

const open: Side[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((side) => side.close()));
});

async function start(kind: Kind): Promise<Side> {
  const side = await openSide(kind);
  open.push(side);
  return side;
}

/** What the target must hold; a server without lists has no group that nobody is in. */
function wanted(to: Kind): Contents {
  const lines = new Map(cards.map((card) => [card.uid, lineOf(card)]));
  const lists = groups.map(
    ({ name, memberUids }) => [name, memberUids.map((uid) => lines.get(uid) ?? '').sort()] as const,
  );
  return {
    people: [...lines.values()].sort(),
    groups: Object.fromEntries(lists.filter(([, members]) => to !== 'axigen' || members.length > 0)),
  };
}

/** Categories of the people are groups too where groups are categories: only the lists are compared. */
function lists({ people: lines, groups: all }: Contents): Contents {
  const names = new Set(groups.map(({ name }) => name));
  return { people: lines, groups: Object.fromEntries(Object.entries(all).filter(([name]) => names.has(name))) };
}

/**
 * Most requests of one run, each part as often as it may be needed: sign-in and discovery, the contacts, the groups,
 * what members a group has, the verification. None of them grows with the number of contacts or groups but by pages.
 */
const READS: Record<Kind, { source: number; first: number; second: number }> = {
  local: { source: 0, first: 0, second: 0 },
  carddav: { source: 12, first: 18, second: 14 },
  axigen: { source: 10, first: 18, second: 12 },
  mdaemon: {
    source: 2 * pages + pictures + 3,
    first: 2 * pages + pictures + 3,
    second: pages + pictures + 3,
  },
};

/** Of the source: MDaemon's groups are read together with its contacts, unless they have to be known before those. */
function sourceReads(from: Kind, to: Kind): number {
  return READS[from].source - (from === 'mdaemon' && to !== 'axigen' ? pages : 0);
}

/** One write a contact and a group; MDaemon takes a picture in a request of its own. */
function writes(from: Kind, to: Kind): number {
  const lists = to === 'axigen' ? 0 : groups.length;
  const book = from === 'carddav' && to !== 'axigen' ? 1 : 0;
  return COUNT + lists + book + (to === 'mdaemon' ? pictures : 0);
}

describe('a migration of people with groups and pictures', () => {
  it.each(PAIRS)(
    'from %s to %s',
    async (from, to) => {
      const [source, target] = [await start(from), await start(to)];
      await source.fill(cards.slice(0, -ASIDE), groups);
      await source.fill(cards.slice(-ASIDE), [], from === 'carddav' ? 'Friends' : undefined);
      const program = await Program.with({ old: source.profile, new: target.profile });

      const first = await program.migrate(['old', 'new']);
      expectVerified(first, COUNT);
      expect(first.created).toHaveLength(COUNT);
      expect(lists(await target.contents())).toEqual(wanted(to));
      if (target.gate !== undefined) expect(target.gate.writes()).toBe(writes(from, to));
      expect(target.gate?.reads() ?? 0).toBeLessThanOrEqual(READS[to].first);
      expect(source.gate?.reads() ?? 0).toBeLessThanOrEqual(sourceReads(from, to));
      target.gate?.reset();

      const before = await target.state();
      const second = await program.migrate(['old', 'new']);
      expectVerified(second, COUNT);
      expect(second.plan).toMatchObject({ create: 0, update: 0, delete: 0, unchanged: COUNT, failed: 0 });
      expect(target.gate?.writes() ?? 0).toBe(0);
      expect(target.gate?.reads() ?? 0).toBeLessThanOrEqual(READS[to].second);
      expect(await target.state()).toEqual(before);
      expect(source.gate?.writes() ?? 0).toBe(0);
      source.assertClean();
      target.assertClean();
    },
    60_000,
  );
});
