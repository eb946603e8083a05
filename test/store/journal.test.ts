import { readFile, readdir, stat, truncate, writeFile, mkdir, appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { Card } from '../../src/model/card.js';
import { NotFound, Stopped } from '../../src/model/errors.js';
import { openJournal } from '../../src/store/journal.js';
import { lines } from '../../src/store/lines.js';
import type { Journal, JournalEntry, Paths, RunJournal } from '../../src/store/types.js';
import { FakeClock } from '../support/flaky-server.js';
import { errorOf, scratchPaths } from './helpers.js';

const header = { command: 'delete', profile: 'work', provider: 'carddav' };
const card: Card = { '@type': 'Card', version: '1.0', uid: 'urn:uuid:1', name: { full: 'Jürgen "J" \n ☃' } };

async function make(): Promise<{ journal: Journal; paths: Paths; clock: FakeClock; folder: string }> {
  const paths = await scratchPaths();
  const clock = new FakeClock(Date.UTC(2026, 10, 21, 20, 45, 12));
  return { journal: openJournal(paths, clock), paths, clock, folder: join(paths.state, 'runs') };
}

/** What a killed process leaves: the file is closed, nothing is written. */
async function kill(run: RunJournal): Promise<void> {
  await (run as unknown as { file?: { close(): Promise<void> } }).file?.close();
}

async function all(journal: Journal, run: string): Promise<JournalEntry[]> {
  const entries: JournalEntry[] = [];
  for await (const entry of journal.entries(run)) entries.push(entry);
  return entries;
}

describe('a run', () => {
  it('leaves no trace when it writes nothing', async () => {
    const { journal, paths } = await make();
    const run = await journal.begin(header);
    await run.end();
    expect(await readdir(paths.state).catch(() => 'none')).toBe('none');
    expect(await journal.list()).toEqual([]);
  });

  it('is read back as it was written, private to the user', async () => {
    const { journal, folder, clock } = await make();
    const run = await journal.begin({ ...header, undoes: '20261121-204500-aaaaaa' });
    expect(run.run).toMatch(/^20261121-204512-[0-9a-f]{6}$/);
    const before = { id: '7', bookIds: ['b'], etag: '"1"', card };
    expect(await run.intent({ op: 'delete', id: '7', before })).toBe(1);
    await run.outcome({ seq: 1, status: 'done', id: '7' });
    expect(await run.intent({ op: 'group.create', after: { id: '', name: 'G', memberIds: [] } })).toBe(2);
    await run.outcome({ seq: 2, status: 'failed', error: { code: 'refused', message: 'no' } });
    clock.time += 1000;
    await run.end();
    await run.end();
    expect(await all(journal, run.run)).toEqual([
      { t: 'run', version: 1, run: run.run, ...header, undoes: '20261121-204500-aaaaaa', startedAt: clock.time - 1000 },
      { t: 'intent', seq: 1, op: 'delete', id: '7', before },
      { t: 'outcome', seq: 1, status: 'done', id: '7' },
      { t: 'intent', seq: 2, op: 'group.create', after: { id: '', name: 'G', memberIds: [] } },
      { t: 'outcome', seq: 2, status: 'failed', error: { code: 'refused', message: 'no' } },
      { t: 'end', at: clock.time },
    ]);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    expect((await stat(join(folder, `${run.run}.ndjson`))).mode & 0o777).toBe(0o600);
    expect(await errorOf(run.intent({ op: 'create' }))).toBeInstanceOf(Stopped);
  });

  it('has an intent on disk when it resolves, and shares the syncs', async () => {
    const { journal, folder } = await make();
    const run = await journal.begin(header);
    await run.intent({ op: 'create' });
    const file = join(folder, `${run.run}.ndjson`);
    const handle = (run as unknown as { file: { datasync(): Promise<void> } }).file;
    const sync = vi.spyOn(handle, 'datasync');
    const numbers = await Promise.all(Array.from({ length: 50 }, () => run.intent({ op: 'create', after: card })));
    expect(new Set(numbers).size).toBe(50);
    expect(sync.mock.calls.length).toBeLessThanOrEqual(2);
    expect((await readFile(file, 'utf8')).split('\n')).toHaveLength(53);
    sync.mockClear();
    await run.outcome({ seq: 1, status: 'done' });
    expect(sync).not.toHaveBeenCalled();
    await run.intent({ op: 'create' });
    expect(sync).toHaveBeenCalledTimes(1);
    await run.end();
  });

  it('stops before any request when it cannot be written', async () => {
    const { journal, paths } = await make();
    await mkdir(join(paths.state, '..'), { recursive: true });
    await writeFile(paths.state, 'a file where the folder should be');
    const run = await journal.begin(header);
    const error = await errorOf(run.intent({ op: 'create' }));
    expect(error).toBeInstanceOf(Stopped);
    expect(error.message).toContain('cannot write the journal');
    expect(error.hint).toContain('nothing is written to a server without it');
    await run.end();
  });

  it('a full disk stops it, cuts what was half written, and lets later outcomes in', async () => {
    const { journal, folder } = await make();
    const run = await journal.begin(header);
    await run.intent({ op: 'create' });
    const handle = (run as unknown as { file: { write(...args: unknown[]): Promise<unknown> } }).file;
    const write = vi.spyOn(handle, 'write').mockImplementationOnce(async () => {
      const half = `{"t":"intent","seq":2,"name":"${'x'.repeat(500)}","op":"create"}\n{"t":"intent","seq":3,"op":"create"}\n{"t"`;
      await appendFile(join(folder, `${run.run}.ndjson`), half);
      throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
    });
    const error = await errorOf(run.intent({ op: 'create' }));
    expect(error).toBeInstanceOf(Stopped);
    expect(error.message).toContain('the disk is full');
    write.mockRestore();
    await run.outcome({ seq: 1, status: 'done', id: 'x' });
    await run.end();
    expect((await all(journal, run.run)).map((entry) => entry.t)).toEqual(['run', 'intent', 'outcome', 'end']);
  });
});

describe('reading', () => {
  it('a file cut at any byte: never throws, never invents', async () => {
    const { journal, folder } = await make();
    const run = await journal.begin(header);
    for (let i = 1; i <= 2; i++) {
      await run.intent({ op: 'update', id: `ü${i}`, before: { id: `ü${i}`, bookIds: [], card } });
      await run.outcome({ seq: i, status: i === 2 ? 'unknown' : 'done' });
    }
    await run.end();
    const file = join(folder, `${run.run}.ndjson`);
    const whole = await all(journal, run.run);
    const bytes = await readFile(file);
    for (let length = bytes.length; length >= 0; length--) {
      await truncate(file, length);
      const entries = await all(journal, run.run);
      const complete = bytes.subarray(0, length).filter((byte) => byte === 10).length;
      expect(entries).toEqual(whole.slice(0, complete));
      const [summary] = await journal.list();
      const intents = entries.filter((entry) => entry.t === 'intent').length;
      const outcomes = entries.flatMap((entry) => (entry.t === 'outcome' ? [entry.status] : []));
      if (complete === 0) expect(summary).toBeUndefined();
      else
        expect(summary).toMatchObject({
          writes: outcomes.filter((status) => status === 'done').length,
          open: intents - outcomes.length,
        });
    }
  }, 30_000);

  it('passes over what is no entry', async () => {
    const { journal, folder } = await make();
    const run = await journal.begin(header);
    await run.intent({ op: 'create' });
    const file = join(folder, `${run.run}.ndjson`);
    const bad = [
      '\0\0\0\0',
      '[]',
      'null',
      '{"t":"intent","seq":0,"op":"create"}',
      '{"t":"intent","seq":2,"op":"format-disk"}',
      '{"t":"intent","seq":2,"op":"toString"}',
      '{"t":"intent","seq":3,"op":"create","after":[]}',
      '{"t":"outcome","seq":1,"status":"maybe"}',
      '{"t":"outcome","seq":1,"status":"done","id":5}',
      '{"t":"end"}',
      '{"t":"other"}',
    ];
    await run.end();
    await appendFile(file, `${bad.join('\n')}\n`);
    expect((await all(journal, run.run)).map((entry) => entry.t)).toEqual(['run', 'intent', 'end']);
  });

  it('names what is not there, whatever the name', async () => {
    const { journal } = await make();
    for (const run of ['20261121-204512-3f9a', '../../etc/passwd', '', '20261121-204512-3f9a/../x']) {
      expect(await errorOf(all(journal, run))).toBeInstanceOf(NotFound);
    }
  });

  it('lines: any cut of the chunks gives the same lines, and keeps to its limit', async () => {
    const cut = fc.tuple(
      fc.array(fc.string({ unit: fc.constantFrom('a', '\n', 'b') }), { maxLength: 30 }),
      fc.integer({ min: 1, max: 5 }),
    );
    async function* source(parts: readonly string[]): AsyncIterable<Buffer> {
      for (const part of parts) yield await Promise.resolve(Buffer.from(part));
    }
    await fc.assert(
      fc.asyncProperty(cut, async ([parts, most]) => {
        const expected = parts.join('').split('\n').slice(0, -1);
        const found: string[] = [];
        for await (const line of lines(source(parts))) found.push(line.toString());
        expect(found).toEqual(expected);
        const short: string[] = [];
        for await (const line of lines(source(parts), most)) short.push(line.toString());
        expect(short).toEqual(expected.map((line) => line.slice(0, most)));
      }),
    );
  });
});

describe('the list', () => {
  it('is newest first, with counts, and knows what was undone', async () => {
    const { journal, clock, folder } = await make();
    const write = async (more: { undoes?: string }, finish: boolean): Promise<string> => {
      clock.time += 1000;
      const run = await journal.begin({ ...header, ...more });
      await run.intent({ op: 'create', after: card });
      await run.intent({ op: 'create', after: card });
      await run.outcome({ seq: 1, status: 'done', id: 'a' });
      if (finish) {
        await run.outcome({ seq: 2, status: 'failed' });
        await run.end();
      } else await kill(run);
      return run.run;
    };
    const first = await write({}, true);
    const second = await write({}, false);
    const undoFirst = await write({ undoes: first }, true);
    const undoSecond = await write({ undoes: second }, false);
    await writeFile(join(folder, 'notes.txt'), 'x');
    await writeFile(join(folder, '20261121-204512-abcdef.ndjson'), 'garbage\n');
    const list = await journal.list();
    expect(list.map(({ run, writes, open, undone }) => [run, writes, open, undone])).toEqual([
      [undoSecond, 1, 1, false],
      [undoFirst, 1, 0, false],
      [second, 1, 1, false],
      [first, 1, 0, true],
    ]);
    expect(list[3]).toEqual({
      run: first,
      command: 'delete',
      profile: 'work',
      startedAt: Date.UTC(2026, 10, 21, 20, 45, 13),
      writes: 1,
      open: 0,
      undone: true,
    });
    await write({ undoes: undoFirst }, true);
    expect((await journal.list()).find((run) => run.run === first)?.undone).toBe(false);
  });

  it('reads 30 MB of pictures quickly', async () => {
    const { journal, folder } = await make();
    const run = await journal.begin(header);
    const photo = { ...card, media: { m: { kind: 'photo', uri: `data:image/png;base64,${'A'.repeat(1_000_000)}` } } };
    for (let i = 1; i <= 30; i++) {
      await run.intent({ op: 'create', after: photo });
      await run.outcome({ seq: i, status: 'done' });
    }
    await run.end();
    expect((await stat(join(folder, `${run.run}.ndjson`))).size).toBeGreaterThan(30e6);
    const started = performance.now();
    expect((await journal.list())[0]).toMatchObject({ writes: 30, open: 0 });
    expect(performance.now() - started).toBeLessThan(3_000);
  }, 30_000);
});
