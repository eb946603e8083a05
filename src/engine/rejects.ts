/** Records of a source that could not be read, kept on disk while a transfer runs. */
import type { Spool, WorkFolder } from './spool.js';
import type { Connection, RejectedRecord } from './types.js';

interface Kept {
  error: string;
  hint?: string;
  line: number;
  raw: string;
}

/** Records that are named one by one in a summary; the report names all. */
const NAMED = 100;

export class RejectBin {
  /** The first ones, without their bytes. */
  readonly named: { line: number; error: string }[] = [];
  readonly #spool: Spool<Kept>;
  #turn: Promise<unknown> = Promise.resolve();
  #count = 0;

  constructor(spool: Spool<Kept>) {
    this.#spool = spool;
  }

  /** Takes what the connection could not read from now on. */
  static async listen(connection: Connection, folder: WorkFolder): Promise<RejectBin> {
    const bin = new RejectBin(await folder.spool<Kept>());
    connection.onReject?.((record) => bin.add(record));
    return bin;
  }

  get count(): number {
    return this.#count;
  }

  add({ error, hint, line, raw }: RejectedRecord): void {
    this.#count += 1;
    if (this.named.length < NAMED) this.named.push({ line, error });
    const kept: Kept = {
      error,
      line,
      raw: Buffer.from(raw).toString('base64'),
      ...(hint === undefined ? {} : { hint }),
    };
    this.#turn = this.#turn.then(() => this.#spool.append(kept));
  }

  /** Everything once more, in order. @throws when the disk refused a record */
  all(): AsyncIterable<RejectedRecord> {
    const spool = this.#spool;
    const turn = this.#turn;
    return {
      async *[Symbol.asyncIterator]() {
        await turn;
        for await (const kept of spool.all()) yield { ...kept, raw: Buffer.from(kept.raw, 'base64') };
      },
    };
  }
}
