/** The process dies at every step in turn; the same command again ends in the same state, and nothing is there twice. */
import { describe, expect, it } from 'vitest';
import { migrate } from '../../src/engine/migrate.js';
import { undoRun } from '../../src/engine/undo.js';
import type { Connection } from '../../src/engine/types.js';
import type { Card } from '../../src/model/card.js';
import { Interrupted } from '../../src/model/errors.js';
import { cloneJson } from '../../src/model/json.js';
import type { Provider } from '../../src/providers/types.js';
import type { Journal } from '../../src/store/types.js';
import { memoryServer, type MemoryServer } from '../fakes/memory.js';
import { memoryJournal, migration, person, testClock } from './support.js';

const PIXEL = 'data:image/gif;base64,R0lGODlhAQABAIAAAP///wAAACwAAAAAAQABAAACAkQBADs=';

/** Dies at the n-th tick, and stays dead. */
class Life {
  ticks = 0;
  #left: number;
  constructor(left: number) {
    this.#left = left;
  }
  get dead(): boolean {
    return this.ticks >= this.#left;
  }
  tick(): void {
    if (!this.dead) this.ticks += 1;
    if (this.dead) throw new Interrupted('killed');
  }
  async around<T>(work: () => Promise<T>): Promise<T> {
    this.tick();
    const result = await work();
    this.tick();
    return result;
  }
}

function mortalJournal(journal: Journal, life: Life): Journal {
  return {
    ...journal,
    async begin(header) {
      const run = await journal.begin(header);
      return {
        run: run.run,
        intent: (intent) => life.around(() => run.intent(intent)),
        outcome: (outcome) => life.around(() => run.outcome(outcome)),
        end: () => life.around(() => run.end()),
      };
    },
  };
}

/** Every writing request may be the last thing the process sees: before it was done, or after. */
function mortalConnection(server: MemoryServer, life: Life): Connection {
  const { provider } = server;
  const mortal: Provider = {
    ...provider,
    create: (contact) => life.around(async () => (await provider.create?.(contact)) ?? { id: '' }),
    update: (id, change) => life.around(async () => (await provider.update?.(id, change)) ?? { id }),
    delete: (record) => life.around(async () => provider.delete?.(record)),
  };
  if (provider.groups !== undefined) {
    const { groups } = provider;
    mortal.groups = {
      ...groups,
      create: (...args) => life.around(() => groups.create(...args)),
      setMembers: (...args) => life.around(() => groups.setMembers(...args)),
      delete: (...args) => life.around(() => groups.delete(...args)),
    };
  }
  if (provider.avatars?.set !== undefined) {
    const { avatars } = provider;
    mortal.avatars = { ...avatars, set: (...args) => life.around(async () => avatars.set?.(...args)) };
  }
  return { ...server.connection, provider: mortal };
}

/** Gives its own uids, keeps one phone. */
function narrow(card: Card): Card {
  const kept = cloneJson(card);
  const [first] = Object.entries(kept.phones ?? {});
  if (first !== undefined) kept.phones = { slot1: first[1] };
  return { ...kept, uid: 'server-uid' };
}

function world(): { from: MemoryServer; to: MemoryServer } {
  const from = memoryServer({ name: 'old' });
  const to = memoryServer({ name: 'new', project: narrow, avatars: 'set', concurrency: 2 });
  to.add(person('Known', { titles: { t: { name: 'Old' } } }));
  to.add(person('Stranger'));
  const known = from.add(person('Known', { titles: { t: { name: 'New' } } }));
  const anna = from.add(person('Anna', { phones: { a: { number: '1' }, b: { number: '2' } } }));
  from.add(person('Twin'));
  from.add(person('Twin'));
  from.add(person('Photo', { media: { p: { kind: 'photo', uri: PIXEL } } }));
  from.groups.set('g', { id: 'g', name: 'Friends', memberIds: [known.id, anna.id] });
  return { from, to };
}

async function endState(server: MemoryServer): Promise<unknown> {
  const contacts: string[] = [];
  const names = new Map<string, string>();
  for await (const { id, card } of server.provider.list({ media: true })) {
    names.set(id, card.name?.full ?? '');
    const titles = Object.values(card.titles ?? {}).map((title) => title.name);
    contacts.push(
      `${card.name?.full ?? ''} ${titles.join()} ${Object.keys(card.phones ?? {}).length} ${Object.keys(card.media ?? {}).length}`,
    );
  }
  const groups = [...server.groups.values()].map((group) => [
    group.name,
    group.memberIds.map((id) => names.get(id)).sort(),
  ]);
  return { contacts: contacts.sort(), groups };
}

const WANTED = {
  contacts: ['Anna  1 0', 'Known New 0 0', 'Photo  0 1', 'Stranger  0 0', 'Twin  0 0', 'Twin  0 0'],
  groups: [['Friends', ['Anna', 'Known']]],
};

describe('a migration that is killed', () => {
  it('at any step goes on to the same end, with nothing twice', async () => {
    for (let step = 1; ; step++) {
      const { from, to } = world();
      const setup = await migration(from, to, memoryJournal());
      const life = new Life(step);
      const doomed = {
        ...setup.options({ force: true }),
        to: mortalConnection(to, life),
        journal: mortalJournal(setup.journal, life),
      };
      const survived = await migrate(doomed).then(
        () => true,
        (error: unknown) => {
          expect(error).toBeInstanceOf(Interrupted);
          return false;
        },
      );
      const result = await migrate(setup.options({ force: true }));
      expect(await endState(to), `killed at step ${step}`).toEqual(WANTED);
      expect(result.verified?.differences, `killed at step ${step}`).toEqual([]);
      const writes = to.writes();
      await migrate(setup.options({ force: true }));
      expect(to.writes(), `third run after step ${step}`).toBe(writes);
      if (survived) return expect(step).toBeGreaterThan(40);
    }
  }, 60_000);

  it('can be undone after any step', async () => {
    for (let step = 1; ; step += 3) {
      const { from, to } = world();
      const before = await endState(to);
      const setup = await migration(from, to, memoryJournal());
      const life = new Life(step);
      const doomed = {
        ...setup.options({ force: true }),
        to: mortalConnection(to, life),
        journal: mortalJournal(setup.journal, life),
      };
      const survived = await migrate(doomed).then(
        () => true,
        () => false,
      );
      for (const { run } of await setup.journal.list()) {
        const undone = await undoRun({
          connection: to.connection,
          journal: setup.journal,
          run,
          clock: testClock(),
          force: false,
          dryRun: false,
        });
        expect(undone.failed, `killed at step ${step}`).toEqual([]);
      }
      expect(await endState(to), `killed at step ${step}`).toEqual(before);
      if (survived) return;
    }
  }, 60_000);
});

describe('an undo that is killed', () => {
  it('at any step goes on to the same end', async () => {
    for (let step = 1; ; step++) {
      const server = memoryServer({ name: 'new' });
      const records = ['Anna', 'Bert', 'Twin', 'Twin'].map((name) => server.add(person(name)));
      const before = await endState(server);
      const setup = await migration(server, server, memoryJournal());
      const { openWriter } = await import('../../src/engine/write.js');
      const writer = openWriter({
        connection: server.connection,
        journal: setup.journal,
        command: 'delete',
        clock: testClock(),
        dryRun: false,
      });
      for (const record of records) await writer.delete(record);
      await writer.end();
      const life = new Life(step);
      const options = {
        connection: server.connection,
        journal: setup.journal,
        run: writer.run ?? '',
        clock: testClock(),
        force: false,
        dryRun: false,
      };
      const survived = await undoRun({
        ...options,
        connection: mortalConnection(server, life),
        journal: mortalJournal(setup.journal, life),
      }).then(
        () => true,
        () => false,
      );
      await undoRun(options);
      const state = await endState(server);
      expect(state, `killed at step ${step}`).toEqual(before);
      if (survived) return;
    }
  }, 60_000);
});
