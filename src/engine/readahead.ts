/** Reading small pieces of a file that are mostly asked for in order: one system call brings many. */
import type { FileHandle } from 'node:fs/promises';

const CHUNK = 1 << 18;

/** For files whose written part never changes (append only). */
export class ReadAhead {
  #chunk: Buffer = Buffer.alloc(0);
  #start = 0;

  /** Bytes from `at`; `end` is how far the file may be read. @throws Error when the file is shorter than that */
  async read(file: FileHandle, at: number, length: number, end: number): Promise<Buffer> {
    const held = this.#held(at, length);
    if (held !== undefined) return held;
    const chunk = Buffer.allocUnsafe(Math.max(length, Math.min(CHUNK, end - at)));
    let filled = 0;
    while (filled < chunk.length) {
      const { bytesRead } = await file.read(chunk, filled, chunk.length - filled, at + filled);
      if (bytesRead === 0) throw new Error('a work file was cut while it was in use');
      filled += bytesRead;
    }
    // A huge record is not kept: memory stays flat.
    if (chunk.length <= CHUNK) [this.#chunk, this.#start] = [chunk, at];
    return chunk.subarray(0, length);
  }

  #held(at: number, length: number): Buffer | undefined {
    const from = at - this.#start;
    if (from < 0 || from + length > this.#chunk.length) return undefined;
    return this.#chunk.subarray(from, from + length);
  }
}
