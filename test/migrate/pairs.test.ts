import { describe, it } from 'vitest';
import { people, peopleGroups } from '../fakes/people.js';
import { Program, expectVerified } from './program.js';
import { openSide } from './sides.js';
const cards = people(60);
const groups = peopleGroups(cards);
describe('x', () => {
  it.each([['axigen', 'carddav'], ['local', 'mdaemon'], ['carddav', 'axigen']] as const)('%s %s', async (from, to) => {
    const [source, target] = [await openSide(from), await openSide(to)];
    await source.fill(cards, groups);
    const program = await Program.with({ old: source.profile, new: target.profile });
    const t = Date.now();
    const first = await program.migrate(['old', 'new']);
    expectVerified(first, 60);
    console.log(from, to, Date.now() - t, target.gate!.passed.map((p) => p.method + ' ' + p.path).join('\n').slice(0, 9000));
    target.gate!.reset();
    await program.migrate(['old', 'new']);
    console.log('SECOND', target.gate!.passed.map((p) => p.method + ' ' + p.path).join('\n'));
    await source.close(); await target.close();
  }, 60000);
});
