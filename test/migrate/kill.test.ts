/** The program dies in the middle of a migration, or answers get lost: the same command ends as if nothing had happened. */
import { readdirSync, watch } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import type { Card } from '../../src/model/card.js';
import { people, peopleGroups } from '../fakes/people.js';
import type { Done } from '../support/cli.js';
import type { Moment } from './gate.js';
import { expectVerified, Program, textOf } from './program.js';
import { openSide, type Contents, type Kind, type Side } from './sides.js';

type Remote = Extract<Kind, 'mdaemon' | 'carddav'>;
const COMMAND = ['migrate', 'old', 'new', '--yes'];

const open: Side[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((side) => side.close()));
});

interface World {
  program: Program;
  target: Side;
  /** What the source holds, and the target must. */
  wanted: Contents;
  count: number;
}

/** A folder to move from, and an empty target. Two of the contacts say the same but for their uids. */
async function world(to: Kind, count: number): Promise<World> {
  const [source, target] = [await openSide('local'), await openSide(to)];
  open.push(source, target);
  const cards = people(count, { hard: false });
  const twin: Card = { ...structuredClone(cards[1]!), uid: 'urn:uuid:11111111-2222-4333-8444-555555555555' };
  const all = [...cards, twin];
  await source.fill(all, peopleGroups(all).slice(0, 2));
  const program = await Program.with({ old: source.profile, new: target.profile });
  return { program, target, wanted: await source.contents(), count: all.length };
}

/** Kills the program at the `count`-th write. Resolves with how it ended: `code` null when it was killed in time. */
async function killed({ program, target }: World, moment: Moment, count: number): Promise<Done> {
  const due = new Promise<void>((resolve) => {
    target.gate?.watch((now, at) => {
      if (now !== moment || at !== count) return undefined;
      resolve();
      return 'hold';
    });
  });
  const done = await program.run(COMMAND, { kill: { signal: 'SIGKILL', when: due } });
  target.gate?.watch(undefined);
  return done;
}

/** The same command, now undisturbed; and once more, which writes nothing. */
async function finishes({ program, target, wanted, count }: World): Promise<void> {
  const answer = await program.migrate(['old', 'new']);
  expectVerified(answer, count);
  expect(await target.contents()).toEqual(wanted);
  target.gate?.reset();
  const before = await target.state();
  expectVerified(await program.migrate(['old', 'new']), count);
  expect(target.gate?.writes() ?? 0).toBe(0);
  expect(await target.state()).toEqual(before);
  target.assertClean();
}

/** Early and late, before the server did it, before it said so, and just after. */
const DEATHS: readonly (readonly [Moment, number])[] = [
  ['arrived', 2],
  ['answered', 3],
  ['done', 4],
  ['arrived', 1],
];

describe('killed again and again', () => {
  it.each<Remote>(['mdaemon', 'carddav'])(
    'on the way to %s it loses and doubles nothing',
    async (to) => {
      const made = await world(to, 14);
      let deaths = 0;
      for (const [moment, count] of DEATHS) {
        const { code } = await killed(made, moment, count);
        expect(code, `at ${moment} ${count}`).toBeNull();
        deaths += 1;
      }
      // From here on each run gets one or two writes done and never hears of the last one, up to the groups. (The first of
      // two may be the upload of a picture, which saves nothing.)
      let ended: Done | undefined;
      while (ended?.code !== 0) {
        ended = await killed(made, 'done', 1 + (deaths % 2));
        if (ended.code === null) deaths += 1;
        else expect(ended.code, textOf(ended)).toBe(0);
        expect(deaths).toBeLessThan(40);
      }
      expect(deaths).toBeGreaterThan(DEATHS.length);
      await finishes(made);
    },
    120_000,
  );

  it('on the way to a folder it loses and doubles nothing', async () => {
    const made = await world('local', 60);
    const codes: (number | null)[] = [];
    for (const count of [1, 9, 30, 70]) {
      let events = 0;
      let due = (): void => undefined;
      const when = new Promise<void>((resolve) => (due = resolve));
      const watcher = watch(made.target.folder ?? '', () => void (++events === count && due()));
      codes.push((await made.program.run(COMMAND, { kill: { signal: 'SIGKILL', when } })).code);
      watcher.close();
    }
    expect(codes.filter((code) => code === null).length).toBeGreaterThanOrEqual(2);
    await finishes(made);
    // All parts of the interrupted migration are one run to take back.
    expect((await made.program.run(['undo', '--yes'])).code).toBe(0);
    expect(readdirSync(made.target.folder ?? '').filter((name) => name.endsWith('.vcf'))).toEqual([]);
  }, 120_000);
});

describe('interrupted by Ctrl-C', () => {
  it.each<[Remote, Moment]>([
    ['mdaemon', 'arrived'],
    ['carddav', 'answered'],
  ])(
    'on the way to %s it ends at once, says how to go on, and goes on',
    async (to, moment) => {
      const made = await world(to, 12);
      let began = 0;
      const due = new Promise<void>((resolve) => {
        made.target.gate?.watch((now, at) => {
          if (now !== moment || at !== 5) return undefined;
          began = performance.now();
          resolve();
          return 'hold';
        });
      });
      const { code, stderr } = await made.program.run(COMMAND, { kill: { signal: 'SIGINT', when: due } });
      const took = performance.now() - began;
      made.target.gate?.watch(undefined);
      expect(code).toBe(130);
      expect(stderr).toContain('the same command goes on from there');
      expect(took).toBeLessThan(2000);
      const there = (await made.target.contents()).people.length;
      expect(there).toBeGreaterThan(0);
      expect(there).toBeLessThan(made.count);
      await finishes(made);
    },
    60_000,
  );
});

describe('answers that get lost', () => {
  it.each<Remote>(['mdaemon', 'carddav'])(
    'by %s after it did the work: nothing is there twice',
    async (to) => {
      const made = await world(to, 12);
      let lost = 0;
      made.target.gate?.watch((moment, at) => {
        if (moment !== 'done' || at % 3 !== 0) return undefined;
        lost += 1;
        return 'break';
      });
      const answer = await made.program.migrate(['old', 'new']);
      made.target.gate?.watch(undefined);
      expect(lost).toBeGreaterThan(3);
      expectVerified(answer, made.count);
      expect(await made.target.contents()).toEqual(made.wanted);
      await finishes(made);
    },
    60_000,
  );
});
