/** Records on disk, one JSON text a line; in memory only where each line starts. For sets larger than memory. */
import { mkdir, mkdtemp, open, rm, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { ReadAhead } from './readahead.js';

const BUFFER = 1 << 18;

/** Append, then read by index in any order. Not shared between processes; the file is private (0600). */
export class Spool<T> {
  readonly #file: FileHandle;
  readonly #path: string;
  #starts = new Float64Array(1024);
  #count = 0;
  #end = 0;
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #flushed = 0;
  #turn: Promise<void> = Promise.resolve();
  readonly #ahead = new ReadAhead();

  private constructor(file: FileHandle, path: string) {
    this.#file = file;
    this.#path = path;
  }

  /** Makes the folder (0700) where needed. */
  static async open<T>(folder: string, name = `${randomUUID()}.ndjson`): Promise<Spool<T>> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const path = join(folder, name);
    return new Spool<T>(await open(path, 'w+', 0o600), path);
  }

  get count(): number {
    return this.#count;
  }

  /** Returns the record's index. */
  async append(record: T): Promise<number> {
    const line = Buffer.from(`${JSON.stringify(record)}\n`, 'utf8');
    if (this.#count + 1 >= this.#starts.length) this.#grow();
    const index = this.#count++;
    this.#starts[index] = this.#end;
    this.#end += line.length;
    this.#starts[this.#count] = this.#end;
    this.#pending.push(line);
    this.#pendingBytes += line.length;
    if (this.#pendingBytes >= BUFFER) await this.#flush();
    return index;
  }

  /** The record as it was appended: our own JSON, read back. */
  async read(index: number): Promise<T> {
    const start = this.#starts[index];
    const end = this.#starts[index + 1];
    if (index < 0 || index >= this.#count || start === undefined || end === undefined) {
      throw new RangeError(`no record ${index} in the spool`);
    }
    if (end > this.#flushed) await this.#flush();
    const bytes = await this.#ahead.read(this.#file, start, end - start, this.#flushed);
    return JSON.parse(bytes.toString('utf8')) as T;
  }

  /** All records in order. */
  async *all(): AsyncIterable<T> {
    for (let index = 0; index < this.#count; index++) yield await this.read(index);
  }

  /** Closes and deletes the file. */
  async discard(): Promise<void> {
    await this.#turn.catch(() => undefined);
    await this.#file.close();
    await rm(this.#path, { force: true });
  }

  #grow(): void {
    const larger = new Float64Array(this.#starts.length * 2);
    larger.set(this.#starts);
    this.#starts = larger;
  }

  #flush(): Promise<void> {
    this.#turn = this.#turn.then(async () => {
      const bytes = Buffer.concat(this.#pending);
      this.#pending = [];
      this.#pendingBytes = 0;
      let written = 0;
      while (written < bytes.length) {
        const step = await this.#file.write(bytes, written, bytes.length - written, this.#flushed + written);
        written += step.bytesWritten;
      }
      this.#flushed += written;
    });
    return this.#turn;
  }
}

/** A private folder for spools, which goes away with all of them. */
export class WorkFolder {
  readonly #path: string;
  readonly #open: { discard(): Promise<void> }[] = [];

  private constructor(path: string) {
    this.#path = path;
  }

  /** In the system's folder for temporary files. */
  static async temporary(): Promise<WorkFolder> {
    return new WorkFolder(await mkdtemp(join(tmpdir(), 'cardferry-')));
  }

  /** At a place of its own; what an earlier process left there is removed. */
  static async at(path: string): Promise<WorkFolder> {
    await rm(path, { recursive: true, force: true });
    return new WorkFolder(path);
  }

  async spool<T>(): Promise<Spool<T>> {
    const spool = await Spool.open<T>(this.#path);
    this.#open.push(spool);
    return spool;
  }

  async dispose(): Promise<void> {
    await Promise.all(this.#open.splice(0).map((spool) => spool.discard()));
    await rm(this.#path, { recursive: true, force: true });
  }
}
