/** Fields that the target takes and does not show again: written once, never verified, no reason to write twice. */
import { describe, expect, it } from 'vitest';
import { migrate } from '../../src/engine/migrate.js';
import { lossesOf } from '../../src/engine/losses.js';
import { importCards } from '../../src/engine/import.js';
import { undoRun } from '../../src/engine/undo.js';
import { openWriter } from '../../src/engine/write.js';
import type { Card } from '../../src/model/card.js';
import { planText } from '../../src/ui/plan.js';
import { memoryServer, type MemoryOptions, type MemoryServer } from '../fakes/memory.js';
import { memoryJournal, migration, person, testClock, type Setup } from './support.js';

interface Target extends MemoryServer {
  /** Phones as they were written, newest last, by name. */
  given: string[];
}

const numbers = (card: Card): string =>
  Object.values(card.phones ?? {})
    .map(({ number }) => number)
    .join(' ');

/** A server that takes phones, keeps them to itself, and has uids of its own. */
function secretive(options: MemoryOptions = {}): Target {
  const given: string[] = [];
  const server = memoryServer({
    name: 'new',
    writeOnly: ['phones'],
    etags: false,
    project: (card) => ({ ...card, uid: `own:${card.name?.full ?? ''}` }),
    keeps(card) {
      given.push(`${card.name?.full ?? ''}: ${numbers(card)}`);
      const { phones: _, ...shown } = card;
      return shown;
    },
    ...options,
  });
  given.length = 0;
  return Object.assign(server, { given });
}

const PHONE = (number: string): Partial<Card> => ({ phones: { p1: { number } } });

async function moved(to: Target, ...cards: Card[]): Promise<{ from: MemoryServer; setup: Setup }> {
  const from = memoryServer({ name: 'old' });
  for (const card of cards) from.add(card);
  return { from, setup: await migration(from, to) };
}

describe('a field that cannot be read back', () => {
  it('is written, named in the plan and in the verification, and no difference', async () => {
    const to = secretive();
    const { setup } = await moved(to, person('Anna', PHONE('+1')), person('Bob'));
    const result = await migrate(setup.options());
    expect(to.given).toEqual(['Anna: +1', 'Bob: ']);
    expect(result.summary.ok).toBe(true);
    expect(result.verified).toEqual({
      contacts: 2,
      equal: 2,
      differences: [],
      unchecked: [{ field: 'phones', contacts: 1 }],
    });
    expect(result.plan.losses).toEqual([
      {
        field: 'phones',
        kind: 'unread',
        contacts: 1,
        examples: [{ contact: 'Anna', value: expect.stringContaining('+1') as string }],
      },
    ]);
    const lines = planText(result.plan);
    expect(lines).toContain('  what will not fit: nothing');
    expect(lines.find((line) => line.includes('cannot be read back from new, and so not checked'))).toBeDefined();
  });

  it('is no reason for a second run to write: with and without verification', async () => {
    for (const verify of [true, false]) {
      const to = secretive();
      const { setup } = await moved(to, person('Anna', PHONE('+1')), person('Bob', PHONE('+2')));
      await migrate(setup.options({ verify }));
      const writes = to.writes();
      for (const more of [{}, {}, { sinceLast: true }]) {
        const again = await migrate(setup.options({ verify, ...more }));
        expect(to.writes()).toBe(writes);
        expect(again.plan).toMatchObject({ create: 0, update: 0, unchanged: 2 });
      }
    }
  });

  it('is written again when the source has another value', async () => {
    const to = secretive();
    const { from, setup } = await moved(to, person('Anna', PHONE('+1')), person('Bob', PHONE('+2')));
    await migrate(setup.options());
    const [anna] = [...from.contacts.values()];
    anna!.card = { ...anna!.card, ...PHONE('+9') };
    const second = await migrate(setup.options());
    expect(second.plan).toMatchObject({ update: 1, unchanged: 1 });
    expect(to.given.slice(2)).toEqual(['Anna: +9']);
    expect(second.verified).toMatchObject({ equal: 2, differences: [], unchecked: [{ field: 'phones', contacts: 2 }] });
    const writes = to.writes();
    await migrate(setup.options());
    expect(to.writes()).toBe(writes);
  });

  it('does not go out again with a change of something else', async () => {
    const to = secretive();
    const { from, setup } = await moved(to, person('Anna', PHONE('+1')));
    await migrate(setup.options());
    const [anna] = [...from.contacts.values()];
    anna!.card = { ...anna!.card, notes: { n: { note: 'new' } } };
    await migrate(setup.options());
    // Somebody may have changed it there since.
    expect(to.given.slice(1)).toEqual(['Anna: ']);
  });

  it('reaches a contact that was there before: once', async () => {
    const to = secretive();
    to.add(person('Anna'));
    to.given.length = 0;
    const { setup } = await moved(to, person('Anna', PHONE('+1')));
    const first = await migrate(setup.options());
    expect(first.plan).toMatchObject({ create: 0, update: 1 });
    expect(to.given).toEqual(['Anna: +1']);
    expect(first.verified).toMatchObject({ equal: 1, differences: [], unchecked: [{ field: 'phones', contacts: 1 }] });
    const writes = to.writes();
    expect((await migrate(setup.options())).plan).toMatchObject({ update: 0, unchanged: 1 });
    expect(to.writes()).toBe(writes);
  });

  it('is written once more by --restart, which knows nothing of earlier runs', async () => {
    const to = secretive();
    const { setup } = await moved(to, person('Anna', PHONE('+1')), person('Bob'));
    await migrate(setup.options());
    expect((await migrate(setup.options({ restart: true }))).plan).toMatchObject({ update: 1, unchanged: 1 });
    expect((await migrate(setup.options())).plan).toMatchObject({ update: 0, unchanged: 2 });
  });

  it('is no conflict: nothing is asked, doubled or left out because of it', async () => {
    for (const onConflict of ['skip', 'duplicate', 'ask'] as const) {
      const to = secretive();
      to.add(person('Anna'));
      const { setup } = await moved(to, person('Anna', PHONE('+1')));
      const ask = (): never => {
        throw new Error('asked');
      };
      const result = await migrate(setup.options({ onConflict, ask }));
      expect(result.plan).toMatchObject({ create: 0, update: 0, skip: 0, unchanged: 1 });
      expect(to.contacts.size).toBe(1);
    }
  });

  it('is compared and verified where the target does show it', async () => {
    const to = memoryServer({
      name: 'new',
      writeOnly: ['phones'],
      project: (card) => ({ ...card, uid: card.name?.full ?? '' }),
    });
    to.add(person('Anna', PHONE('+5')));
    const from = memoryServer({ name: 'old' });
    from.add(person('Anna', PHONE('+1')));
    from.add(person('Bob', PHONE('+2')));
    const setup = await migration(from, to);
    const first = await migrate(setup.options());
    expect(first.plan).toMatchObject({ create: 1, update: 1 });
    expect(first.verified).toEqual({ contacts: 2, equal: 2, differences: [] });
    const bob = [...to.contacts.values()].find(({ card }) => card.name?.full === 'Bob');
    bob!.card = { ...bob!.card, ...PHONE('+3') };
    const again = await migrate(setup.options({ onConflict: 'skip' }));
    expect(again.plan).toMatchObject({ skip: 1, unchanged: 1 });
  });

  it('does not hide that another field was not kept', async () => {
    const to = secretive({
      keeps(card) {
        const { phones: _, emails: __, ...shown } = card;
        return shown;
      },
    });
    const { setup } = await moved(to, person('Anna', PHONE('+1')));
    const result = await migrate(setup.options());
    expect(result.summary.ok).toBe(false);
    expect(result.verified?.differences.map(({ field }) => field)).toEqual(['emails']);
  });

  it('a second import writes nothing; one that changes something takes it along', async () => {
    const to = secretive();
    const journal = memoryJournal();
    const run = (...cards: Card[]): ReturnType<typeof importCards> =>
      importCards({
        connection: to.connection,
        journal,
        clock: testClock(),
        dryRun: false,
        onConflict: 'update',
        items: (async function* () {
          for (const [index, card] of cards.entries())
            yield { source: 'f', item: { card, line: index + 1, warnings: [] } };
        })(),
        onReject: () => undefined,
      } as Parameters<typeof importCards>[0]);
    expect((await run(person('Anna', PHONE('+1')))).summary.created).toHaveLength(1);
    const writes = to.writes();
    const second = await run(person('Anna', PHONE('+1')));
    expect(to.writes()).toBe(writes);
    expect(second.summary.skipped).toHaveLength(1);
    await run(person('Anna', { ...PHONE('+1'), notes: { n: { note: 'x' } } }));
    expect(to.given.at(-1)).toBe('Anna: +1');
    await run(person('Anna', { ...PHONE('+1'), notes: { n: { note: 'x' } } }));
    expect(to.writes()).toBe(writes + 1);
  });

  it('is no change that keeps an undo from taking the contact back', async () => {
    const to = secretive();
    const { setup } = await moved(to, person('Anna', PHONE('+1')));
    const { run } = await migrate(setup.options());
    await undoRun({
      connection: to.connection,
      journal: setup.journal,
      run: run ?? '',
      clock: testClock(),
      command: 'undo',
      dryRun: false,
      force: false,
      onEvent: () => undefined,
    } as unknown as Parameters<typeof undoRun>[0]);
    expect(to.contacts.size).toBe(0);
  });

  it('a lost create is found again without it', async () => {
    const to = secretive();
    const writer = openWriter({
      connection: to.connection,
      journal: memoryJournal(),
      command: 'add',
      clock: testClock(),
      dryRun: false,
    });
    to.fault('create', 'after');
    const written = await writer.create(person('Anna', PHONE('+1')));
    expect(to.contacts.size).toBe(1);
    expect([...to.contacts.keys()]).toEqual([written.id]);
    expect(written.losses).toEqual([
      { field: 'phones', kind: 'unread', value: expect.stringContaining('+1') as string },
    ]);
  });

  it('is told only of contacts that have it', () => {
    const { connection } = secretive();
    expect(lossesOf(connection, person('Bob'))).toEqual([]);
  });
});
