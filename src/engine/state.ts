/** What a migration remembers between runs: which source contact is which target contact, and both as last synced. */
import { createHash } from 'node:crypto';
import { mkdir, open, rename, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createReadStream } from 'node:fs';
import { isObject } from '../model/json.js';
import type { Base } from './merge.js';
import { onDisk } from './perform.js';
import { ReadAhead } from './readahead.js';

interface PairLine {
  k: 'pair';
  /** Source id, target id. */
  s: string;
  d: string;
  base?: Base;
}
interface GroupLine {
  k: 'group';
  s: string;
  d: string;
  /** Target ids of the members that came from the source. */
  m: string[];
}
type Line =
  | PairLine
  | GroupLine
  | { k: 'gone'; s: string }
  | { k: 'gone-group'; s: string }
  | { k: 'run'; run: string; at: number }
  | { k: 'done'; at: number; source: number };

export interface KnownGroup {
  target: string;
  members: string[];
}

interface Place {
  target: string;
  at: number;
  length: number;
  run: string | undefined;
}

/** Folder of a migration: the same for the same two sides. */
export function migrationFolder(stateDir: string, from: string, to: string): string {
  const name = createHash('sha256')
    .update(JSON.stringify([from, to]))
    .digest('hex')
    .slice(0, 16);
  return join(stateDir, 'migrations', name);
}

/** Append-only NDJSON, compacted when it is opened. In memory: ids and where the rest stands. */
export class MigrationState {
  readonly #path: string;
  #file: FileHandle;
  #end = 0;
  #lines = 0;
  readonly #pairs = new Map<string, Place>();
  readonly #groups = new Map<string, KnownGroup>();
  readonly #runs: string[] = [];
  #lastRun: string | undefined;
  #lastDone: number | undefined;
  #finished = true;
  #turn: Promise<void> = Promise.resolve();
  #ahead = new ReadAhead();

  private constructor(path: string, file: FileHandle) {
    this.#path = path;
    this.#file = file;
  }

  static async open(folder: string, restart: boolean): Promise<MigrationState> {
    const path = join(folder, 'state.ndjson');
    return onDisk(async () => {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      if (restart) await rm(path, { force: true });
      const state = new MigrationState(path, await open(path, 'a+', 0o600));
      await state.#load();
      if (state.#lines > 2 * (state.#pairs.size + state.#groups.size) + 64) await state.#compact();
      return state;
    });
  }

  /** Source ids that were brought over. */
  get size(): number {
    return this.#pairs.size;
  }
  /** Contacts of the source when the last run finished. */
  get lastCount(): number | undefined {
    return this.#lastDone;
  }
  /** Runs in the journal, oldest first. */
  get runs(): readonly string[] {
    return this.#runs;
  }
  /** The last run that wrote, when it did not come to its end. */
  get openRun(): string | undefined {
    return this.#finished ? undefined : this.#lastRun;
  }

  target(sourceId: string): string | undefined {
    return this.#pairs.get(sourceId)?.target;
  }
  /** Run in which the pair was noted. */
  runOf(sourceId: string): string | undefined {
    return this.#pairs.get(sourceId)?.run;
  }
  pairs(): IterableIterator<[string, { target: string }]> {
    return this.#pairs.entries();
  }
  group(sourceId: string): KnownGroup | undefined {
    return this.#groups.get(sourceId);
  }
  groups(): IterableIterator<[string, KnownGroup]> {
    return this.#groups.entries();
  }

  /** Both sides as last synced; undefined when only the ids are known. */
  async base(sourceId: string): Promise<Base | undefined> {
    const place = this.#pairs.get(sourceId);
    if (place === undefined) return undefined;
    const line = await this.#read(place);
    return line.k === 'pair' && isObject(line.base) ? line.base : undefined;
  }

  setPair(source: string, target: string, base: Base | undefined): Promise<void> {
    return this.#append({ k: 'pair', s: source, d: target, ...(base === undefined ? {} : { base }) });
  }
  removePair(source: string): Promise<void> {
    return this.#append({ k: 'gone', s: source });
  }
  setGroup(source: string, target: string, members: string[]): Promise<void> {
    return this.#append({ k: 'group', s: source, d: target, m: members });
  }
  removeGroup(source: string): Promise<void> {
    return this.#append({ k: 'gone-group', s: source });
  }
  /** A run of the journal begins. */
  begin(run: string, at: number): Promise<void> {
    return this.#append({ k: 'run', run, at });
  }
  /** The run came to its end with so many contacts on the source. */
  done(at: number, source: number): Promise<void> {
    return this.#append({ k: 'done', at, source });
  }

  async close(): Promise<void> {
    await this.#turn.catch(() => undefined);
    await this.#file.close();
  }

  #append(line: Line): Promise<void> {
    const bytes = Buffer.from(`${JSON.stringify(line)}\n`, 'utf8');
    const write = this.#turn.then(() =>
      onDisk(async () => {
        await this.#file.appendFile(bytes);
        this.#take(line, this.#end, bytes.length);
        this.#end += bytes.length;
      }),
    );
    this.#turn = write.catch(() => undefined);
    return write;
  }

  #take(line: Line, at: number, length: number): void {
    this.#lines += 1;
    if (line.k === 'pair') this.#pairs.set(line.s, { target: line.d, at, length, run: this.#lastRun });
    else if (line.k === 'gone') this.#pairs.delete(line.s);
    else if (line.k === 'group') this.#groups.set(line.s, { target: line.d, members: line.m });
    else if (line.k === 'gone-group') this.#groups.delete(line.s);
    else if (line.k === 'run') {
      this.#runs.push(line.run);
      this.#lastRun = line.run;
      this.#finished = false;
    } else {
      this.#lastDone = line.source;
      this.#finished = true;
    }
  }

  /** Reads all lines; a torn last one (the process died while writing) is cut off. */
  async #load(): Promise<void> {
    const input = createReadStream(this.#path, { encoding: 'utf8' });
    const { size } = await this.#file.stat();
    let at = 0;
    for await (const text of createInterface({ input, crlfDelay: Infinity })) {
      const length = Buffer.byteLength(text, 'utf8') + 1;
      const line = at + length <= size ? parseLine(text) : undefined;
      if (line !== undefined) this.#take(line, at, length);
      else if (at + length > size) break;
      at += length;
    }
    this.#end = Math.min(at, size);
    if (this.#end < size) await this.#file.truncate(this.#end);
  }

  async #read(place: Place): Promise<Line> {
    await this.#turn;
    const bytes = await this.#ahead.read(this.#file, place.at, place.length, this.#end);
    return parseLine(bytes.toString('utf8')) ?? { k: 'gone', s: '' };
  }

  /** Writes only what still counts, aside, then renames. Runs stay in order, so that each pair keeps its run. */
  async #compact(): Promise<void> {
    const aside = `${this.#path}.new`;
    const file = await open(aside, 'w', 0o600);
    const write = (line: Line): Promise<void> => file.appendFile(`${JSON.stringify(line)}\n`);
    const order = [...this.#pairs.entries()].sort(([, a], [, b]) => a.at - b.at);
    let run: string | undefined;
    for (const [, place] of order) {
      if (place.run !== undefined && place.run !== run) await write({ k: 'run', run: (run = place.run), at: 0 });
      await write(await this.#read(place));
    }
    for (const [source, group] of this.#groups)
      await write({ k: 'group', s: source, d: group.target, m: group.members });
    if (this.#lastRun !== undefined && this.#lastRun !== run) await write({ k: 'run', run: this.#lastRun, at: 0 });
    if (this.#finished && this.#lastDone !== undefined) await write({ k: 'done', at: 0, source: this.#lastDone });
    await file.datasync();
    await file.close();
    await rename(aside, this.#path);
    await this.#file.close();
    this.#file = await open(this.#path, 'a+', 0o600);
    const finished = this.#finished;
    const last = this.#lastDone;
    this.#pairs.clear();
    this.#groups.clear();
    this.#runs.length = 0;
    this.#lines = 0;
    this.#ahead = new ReadAhead();
    await this.#load();
    this.#finished = finished;
    this.#lastDone = last;
  }
}

const isText = (value: unknown): value is string => typeof value === 'string';

/** A line of our own file, checked: a damaged one is left out rather than trusted. */
function parseLine(text: string): Line | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isObject(value)) return undefined;
  const { k, s, d, m, run, at, source } = value;
  if (k === 'pair' && isText(s) && isText(d))
    return { k, s, d, ...(isBase(value['base']) ? { base: value['base'] } : {}) };
  if (k === 'group' && isText(s) && isText(d) && Array.isArray(m) && m.every(isText)) return { k, s, d, m };
  if ((k === 'gone' || k === 'gone-group') && isText(s)) return { k, s };
  if (k === 'run' && isText(run) && typeof at === 'number') return { k, run, at };
  if (k === 'done' && typeof source === 'number' && typeof at === 'number') return { k, at, source };
  return undefined;
}

function isBase(value: unknown): value is Base {
  if (!isObject(value)) return false;
  return ['source', 'target', 'entries'].every((name) => isObject(value[name]));
}
