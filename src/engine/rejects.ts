/** Records of a source that could not be read, kept on disk while a transfer runs. */
import { InputError } from '../model/errors.js';
import { printable } from '../model/text.js';
import type { Spool, WorkFolder } from './spool.js';
import type { Connection, RejectedRecord } from './types.js';

interface Kept {
  error: string;
  hint?: string;
  id?: string;
  line: number;
  raw: string;
}

/** Records that are named one by one in a summary; the report names all. */
const NAMED = 100;

/** A file in which nothing can be read. `first` is what was found first, `count` how many there were. */
export function nothingReadable(file: string, first: Omit<RejectedRecord, 'raw'>, count: number): InputError {
  const more = count > 1 ? ` (and ${count - 1} more that cannot be read)` : '';
  return new InputError(`${printable(file)} holds no contact that can be read`, {
    why: `line ${first.line}: ${first.error}${more}`,
    hint: first.hint ?? 'check that it is the right file; --format (in convert --from) names its format',
  });
}

export class RejectBin {
  /** The first ones, without their bytes. */
  readonly named: { id?: string; line: number; error: string }[] = [];
  readonly #spool: Spool<Kept>;
  readonly #ids = new Set<string>();
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

  /** One with an id counts once, however often the source is read. */
  add({ error, hint, id, line, raw }: RejectedRecord): void {
    if (id !== undefined && this.#ids.has(id)) return;
    if (id !== undefined) this.#ids.add(id);
    this.#count += 1;
    const named = id === undefined ? {} : { id };
    if (this.named.length < NAMED) this.named.push({ ...named, line, error });
    const kept: Kept = {
      error,
      line,
      ...named,
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
