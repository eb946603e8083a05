/** Files kept with contacts, migrated. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { migrate } from '../../src/engine/migrate.js';
import type { MigrateOptions, MigrateResult } from '../../src/engine/types.js';
import { memoryServer, type MemoryServer } from '../fakes/memory.js';
import { FILE, open, withFiles } from './files-support.js';
import { memoryJournal, person, testClock } from './support.js';

describe('a migration', () => {
  let stateDir = '';
  beforeEach(async () => {
    stateDir = await mkdtemp(join(tmpdir(), 'cardferry-extras-'));
  });
  afterEach(() => rm(stateDir, { recursive: true, force: true }));

  const run = (from: MemoryServer, to: MemoryServer, more: Partial<MigrateOptions> = {}): Promise<MigrateResult> =>
    migrate({
      from: from.connection,
      to: to.connection,
      journal: memoryJournal(),
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
      confirm: () => Promise.resolve(true),
      onEvent: () => undefined,
      ...more,
    });

  it('brings the files, once; those that come later follow', async () => {
    const [from, to] = [withFiles({ name: 'old' }), withFiles({ name: 'new' })];
    const [a, b] = [from.server.add(person('A')), from.server.add(person('B'))];
    const seed = open(from).writer;
    await seed.addAttachment(a, FILE);
    await seed.addAttachment(a, FILE);
    const dry = await run(from.server, to.server, { dryRun: true });
    expect(dry.plan.attachments).toBe(2);
    expect(to.state.sent).toBe(0);
    const first = await run(from.server, to.server);
    expect(first.summary).toMatchObject({ ok: true, created: { length: 2 } });
    const filesOf = (): string[] =>
      [...to.files].map(([id, list]) => `${to.server.contacts.get(id)?.card.name?.full ?? ''} ${list.length}`).sort();
    expect(filesOf()).toEqual(['A 2']);
    const second = await run(from.server, to.server);
    expect([second.plan.attachments, to.state.sent]).toEqual([undefined, 2]);
    for (const list of to.files.values()) list.pop();
    await seed.addAttachment(b, { ...FILE, name: 'late.txt' });
    await run(from.server, to.server);
    expect(filesOf()).toEqual(['A 2', 'B 1']);
    expect(to.state.sent).toBe(4);
  });

  it('a refused file fails its contact alone, and the next run tries it again', async () => {
    const [from, to] = [withFiles({ name: 'old' }), withFiles({ name: 'new' })];
    const a = from.server.add(person('A'));
    from.server.add(person('B'));
    await open(from).writer.addAttachment(a, FILE);
    to.state.refuse = true;
    const first = await run(from.server, to.server);
    expect(first.summary).toMatchObject({ ok: false, failed: [{ id: a.id, error: { code: 'refused' } }] });
    expect(to.server.contacts.size).toBe(2);
    to.state.refuse = false;
    expect((await run(from.server, to.server)).summary.ok).toBe(true);
    expect([...to.files.values()].flat()).toHaveLength(1);
  });

  it('says what is lost where the target keeps no files', async () => {
    const from = withFiles({ name: 'old' });
    const to = memoryServer({ name: 'new' });
    await open(from).writer.addAttachment(from.server.add(person('A')), FILE);
    from.server.add(person('B'));
    const { plan } = await run(from.server, to, { dryRun: true });
    expect(plan.losses).toEqual([
      {
        field: 'attachments',
        kind: 'dropped',
        contacts: 1,
        examples: [{ contact: 'A', value: 'the files kept with the contact' }],
      },
    ]);
  });
});
