/** What engine tests share: people, a clock that does not wait, a journal in a folder that goes away. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import type { Clock } from '../../src/http/types.js';
import type { Card } from '../../src/model/card.js';
import { deriveUid } from '../../src/model/normalize.js';
import { openJournal } from '../../src/store/journal.js';
import { NotFound } from '../../src/model/errors.js';
import type { Journal, JournalEntry, RunHeader } from '../../src/store/types.js';
import type { MigrateEvent, MigrateOptions, PlanSummary } from '../../src/engine/types.js';
import type { MemoryServer } from '../fakes/memory.js';

const folders: string[] = [];

afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

export async function tempFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'cardferry-test-'));
  folders.push(folder);
  return folder;
}

/** Time passes only by sleeping. */
export function testClock(): Clock & { slept: number[] } {
  let now = Date.UTC(2026, 0, 1);
  const slept: number[] = [];
  return {
    slept,
    now: () => (now += 1000),
    sleep(ms) {
      slept.push(ms);
      now += ms;
      return Promise.resolve();
    },
  };
}

export function testJournal(state: string): Journal {
  return openJournal({ config: state, data: state, state, own: true }, testClock());
}

/** A journal in memory, for tests that run many times over. */
export function memoryJournal(): Journal {
  const runs = new Map<string, JournalEntry[]>();
  const headers: RunHeader[] = [];
  return {
    begin(header) {
      const run = `run-${runs.size + 1}`;
      const entries: JournalEntry[] = [];
      runs.set(run, entries);
      headers.push({ t: 'run', version: 1, run, startedAt: runs.size, ...header });
      let seq = 0;
      return Promise.resolve({
        run,
        intent(intent) {
          seq += 1;
          entries.push(structuredClone({ t: 'intent', seq, ...intent }));
          return Promise.resolve(seq);
        },
        outcome: (outcome) => Promise.resolve(void entries.push({ t: 'outcome', ...outcome })),
        end: () => Promise.resolve(void entries.push({ t: 'end', at: 0 })),
      });
    },
    list: () =>
      Promise.resolve(
        headers
          .filter(({ run }) => (runs.get(run)?.length ?? 0) > 0)
          .map(({ run, command, profile, startedAt }) => ({
            run,
            command,
            profile,
            startedAt,
            writes: 0,
            open: 0,
            undone: headers.some((other) => other.undoes === run),
          }))
          .reverse(),
      ),
    async *entries(run) {
      const header = headers.find((candidate) => candidate.run === run);
      if (header === undefined) throw new NotFound(run);
      yield header;
      yield* runs.get(run) ?? [];
    },
  };
}

/** A contact; the uid follows from the name. */
export function person(name: string, extra: Partial<Card> = {}): Card {
  const address = `${name.toLowerCase().replace(/[^a-z0-9]+/g, '.')}@example.org`;
  return {
    '@type': 'Card',
    version: '1.0',
    uid: deriveUid('test', name),
    name: { full: name },
    emails: { e1: { address } },
    ...extra,
  };
}

export interface Setup {
  stateDir: string;
  journal: Journal;
  plans: PlanSummary[];
  events: MigrateEvent[];
  options(overrides?: Partial<MigrateOptions>): MigrateOptions;
}

/** Options of a migration between two memory servers, with everything at its default. */
export async function migration(from: MemoryServer, to: MemoryServer, journaled?: Journal): Promise<Setup> {
  const stateDir = await tempFolder();
  const journal = journaled ?? testJournal(stateDir);
  const plans: PlanSummary[] = [];
  const events: MigrateEvent[] = [];
  return {
    stateDir,
    journal,
    plans,
    events,
    options: (overrides = {}) => ({
      from: from.connection,
      to: to.connection,
      journal,
      clock: testClock(),
      signal: new AbortController().signal,
      stateDir,
      onConflict: 'update',
      match: ['uid', 'email', 'name'],
      overflow: 'file',
      books: [],
      sinceLast: false,
      mirror: false,
      verify: true,
      restart: false,
      force: false,
      dryRun: false,
      confirm(plan) {
        plans.push(plan);
        return Promise.resolve(true);
      },
      onEvent: (event) => void events.push(event),
      ...overrides,
    }),
  };
}

export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}
