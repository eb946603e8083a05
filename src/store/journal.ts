/** The journal of writes: one NDJSON file a run, each intent on disk before its request leaves. */
import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { NotFound, Stopped } from '../model/errors.js';
import { printable } from '../model/text.js';
import type { Clock } from '../http/types.js';
import { syncFolder, systemCode, systemReason } from './files.js';
import { parseEntry, scanRun, type RunScan } from './journal-read.js';
import { lines } from './lines.js';
import type { Intent, Journal, JournalEntry, Outcome, Paths, RunHeader, RunJournal, RunSummary } from './types.js';

const RUN_ID = /^\d{8}-\d{6}-[0-9a-f]{4,8}$/;

/** Opens the journal below `paths.state`; nothing is created before the first intent. */
export function openJournal(paths: Paths, clock: Clock): Journal {
  const folder = join(paths.state, 'runs');
  return {
    begin: async (header) => Promise.resolve(new RunWriter(folder, clock, header)),
    list: () => listRuns(folder),
    entries: (run) => readEntries(folder, run),
  };
}

function fileOf(folder: string, run: string): string {
  return join(folder, `${run}.ndjson`);
}

/** `20261121-204512-3f9a01`: the start in UTC, and random digits (many accounts may start in one second). */
function newRunId(now: number): string {
  const [day = '', time = ''] = new Date(now).toISOString().slice(0, 19).replace(/[-:]/g, '').split('T');
  return `${day}-${time}-${randomBytes(3).toString('hex')}`;
}

interface Queued {
  line: string;
  /** Must be on disk before it counts as written. */
  sync: boolean;
  resolve(): void;
  reject(error: Stopped): void;
}

class RunWriter implements RunJournal {
  run: string;
  private seq = 0;
  private readonly startedAt: number;
  private file: FileHandle | undefined;
  /** Bytes of whole lines written. */
  private size = 0;
  private queue: Queued[] = [];
  private flushing: Promise<void> | undefined;
  private broken: Stopped | undefined;
  private ended = false;

  constructor(
    private readonly folder: string,
    private readonly clock: Clock,
    private readonly header: Omit<RunHeader, 't' | 'version' | 'run' | 'startedAt'>,
  ) {
    this.startedAt = clock.now();
    this.run = newRunId(this.startedAt);
  }

  async intent(intent: Omit<Intent, 't' | 'seq'>): Promise<number> {
    if (this.ended) throw new Stopped('the run has ended: nothing more is written');
    const seq = (this.seq += 1);
    const entry: Intent = { t: 'intent', seq, ...intent };
    await this.append(entry, true);
    return seq;
  }

  async outcome(outcome: Omit<Outcome, 't'>): Promise<void> {
    // The reader counts outcomes by the beginning of their lines: these three come first.
    const { seq, status, ...rest } = outcome;
    await this.append({ t: 'outcome', seq, status, ...rest }, false);
  }

  async end(always = false): Promise<void> {
    if (this.ended) return;
    this.ended = true;
    try {
      await this.flushing;
      if ((this.file || always) && !this.broken) await this.append({ t: 'end', at: this.clock.now() }, true);
    } finally {
      await this.file?.close();
      this.file = undefined;
    }
  }

  private append(entry: JournalEntry, sync: boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      this.queue.push({ line: `${JSON.stringify(entry)}\n`, sync, resolve, reject });
      this.flushing ??= this.flush();
    });
  }

  /** Writes what is queued, with one sync for all, until nothing is; what comes meanwhile forms the next batch. */
  private async flush(): Promise<void> {
    await Promise.resolve();
    while (this.queue.length > 0) {
      const batch = this.queue;
      this.queue = [];
      try {
        if (this.broken) throw this.broken;
        await this.writeBatch(batch);
        for (const item of batch) item.resolve();
      } catch (error) {
        const stopped = this.asStopped(error);
        for (const item of batch) item.reject(stopped);
      }
    }
    this.flushing = undefined;
  }

  private async writeBatch(batch: readonly Queued[]): Promise<void> {
    this.file ??= await this.create();
    const bytes = Buffer.from(batch.map((item) => item.line).join(''), 'utf8');
    try {
      for (let at = 0; at < bytes.length;) {
        at += (await this.file.write(bytes, at, bytes.length - at, this.size + at)).bytesWritten;
      }
      if (batch.some((item) => item.sync)) await this.file.datasync();
      this.size += bytes.length;
    } catch (error) {
      // No half line shall stand before what may still be written: outcomes, when room was made.
      await this.file.truncate(this.size).catch(() => (this.broken = this.asStopped(error)));
      throw error;
    }
  }

  private async create(): Promise<FileHandle> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    const file = await this.createFile();
    const header: RunHeader = { t: 'run', version: 1, run: this.run, ...this.header, startedAt: this.startedAt };
    const bytes = Buffer.from(`${JSON.stringify(header)}\n`, 'utf8');
    try {
      await file.writeFile(bytes);
    } catch (error) {
      await file.close();
      await rm(fileOf(this.folder, this.run), { force: true });
      throw error;
    }
    this.size = bytes.length;
    await syncFolder(this.folder);
    return file;
  }

  private async createFile(): Promise<FileHandle> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await open(fileOf(this.folder, this.run), 'wx', 0o600);
      } catch (error) {
        if (systemCode(error) !== 'EEXIST' || attempt >= 20) throw error;
        this.run = newRunId(this.startedAt);
      }
    }
  }

  private asStopped(error: unknown): Stopped {
    if (error instanceof Stopped) return error;
    const file = printable(fileOf(this.folder, this.run));
    return new Stopped(`cannot write the journal ${file}: ${systemReason(error)}`, {
      hint: 'nothing is written to a server without it; make room or make the folder writable, or choose another by --config-dir',
      cause: error,
    });
  }
}

async function runIds(folder: string): Promise<string[]> {
  try {
    const names = await readdir(folder);
    return names
      .filter((name) => name.endsWith('.ndjson'))
      .map((name) => name.slice(0, -'.ndjson'.length))
      .filter((run) => RUN_ID.test(run));
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw new Stopped(`cannot read the journal ${printable(folder)}: ${systemReason(error)}`, { cause: error });
  }
}

async function listRuns(folder: string): Promise<RunSummary[]> {
  const scans: RunScan[] = [];
  for (const run of await runIds(folder)) {
    const scan = await scanRun(fileOf(folder, run));
    if (scan?.header.run === run) scans.push(scan);
  }
  scans.sort((a, b) => b.header.startedAt - a.header.startedAt || (a.header.run < b.header.run ? 1 : -1));
  // Newest first: a run is taken back by one that ended and was not itself taken back later.
  const undone = new Set<string>();
  for (const { header, ended } of scans) {
    if (ended && header.undoes !== undefined && !undone.has(header.run)) undone.add(header.undoes);
  }
  return scans.map(({ header: { run, command, profile, startedAt, continues }, writes, open: left }) => ({
    ...{ run, command, profile, startedAt, writes },
    open: left,
    undone: undone.has(run),
    ...(continues === undefined ? {} : { continues }),
  }));
}

async function* readEntries(folder: string, run: string): AsyncIterable<JournalEntry> {
  const unknown = (): NotFound =>
    new NotFound(`there is no run "${printable(run)}" in the journal`, {
      hint: '`cardferry undo --list` shows the runs',
    });
  if (!RUN_ID.test(run)) throw unknown();
  try {
    for await (const line of lines(createReadStream(fileOf(folder, run)))) {
      const entry = parseEntry(line);
      if (entry) yield entry;
    }
  } catch (error) {
    if (systemCode(error) === 'ENOENT') throw unknown();
    throw error;
  }
}
