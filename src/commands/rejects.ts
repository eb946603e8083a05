/** What `import` and `convert` could not read: told, counted, kept in a file that is itself a valid input. */
import type { Context } from '../context.js';
import { nothingReadable } from '../engine/rejects.js';
import type { ItemError } from '../engine/types.js';
import type { BadRecord } from '../formats/types.js';
import { InputError, NotFound, PartlyDone, type CardferryError } from '../model/errors.js';
import { printable } from '../model/text.js';

interface Raw {
  format: string;
  bytes: Uint8Array;
  /** What the file must begin with. */
  head: Uint8Array | undefined;
}

/** Whether two records can stand in one file. */
function together(a: Raw, b: Raw): boolean {
  return a.format === b.format && Buffer.compare(a.head ?? Buffer.alloc(0), b.head ?? Buffer.alloc(0)) === 0;
}

/** What happens while one file is read. */
export interface Tally {
  good(): void;
  bad(item: BadRecord): void;
  /** `error`: it could not be read to its end. */
  end(error?: InputError | NotFound): void;
}

function itemError({ code, message, why, hint }: CardferryError): ItemError {
  return { code, message: why === undefined ? message : `${message}: ${why}`, ...(hint === undefined ? {} : { hint }) };
}

export class Rejects {
  /** For the outcome as JSON: records by `FILE:LINE`, whole files by name. */
  readonly failed: { id: string; error: ItemError }[] = [];
  readonly #raw: Raw[] = [];
  readonly #files: (InputError | NotFound)[] = [];
  #records = 0;
  /** Files that were read, also those without a contact in them. */
  #readable = 0;
  /** Records that were written to the rejects file, and such as stand in no file of their format. */
  #kept = 0;
  #strays = 0;

  constructor(
    private readonly context: Context,
    private readonly file: string | undefined,
  ) {}

  get count(): number {
    return this.failed.length;
  }

  /** A file that cannot be opened, or is of no known format. */
  addFile(name: string, error: InputError | NotFound): void {
    this.#files.push(error);
    this.failed.push({ id: name, error: itemError(error) });
  }

  /** A file is going to be read. A first bad record waits until it is clear that it is not all there is. */
  begin(name: string, format: string): Tally {
    let [good, bad] = [0, 0];
    let first: BadRecord | undefined;
    const tell = (item: BadRecord): void => this.#add(name, format, item);
    return {
      good: () => {
        if (good === 0 && bad === 1 && first !== undefined) tell(first);
        good += 1;
      },
      bad: (item) => {
        bad += 1;
        first ??= item;
        if (good === 0 && bad === 2) tell(first);
        if (good > 0 || bad > 1) tell(item);
      },
      end: (error) => {
        const alone = good === 0 && bad === 1 ? first : undefined;
        if (alone !== undefined) this.#keep(format, alone);
        if (error !== undefined) this.addFile(name, error);
        else if (good === 0 && first !== undefined) this.addFile(name, nothingReadable(name, first, bad));
        else this.#readable += 1;
        if (good > 0 && error !== undefined) this.#readable += 1;
      },
    };
  }

  #add(source: string, format: string, item: BadRecord): void {
    this.#records += 1;
    this.failed.push({ id: `${source}:${item.line}`, error: { code: 'input', message: item.error } });
    const hint = item.hint === undefined ? '' : ` (${printable(item.hint)})`;
    this.context.io.note(`rejected: ${printable(source)}, line ${item.line}: ${printable(item.error)}${hint}`, {
      important: true,
    });
    this.#keep(format, item);
  }

  #keep(format: string, { raw, head }: BadRecord): void {
    if (this.file === undefined || raw.length === 0) return;
    this.#raw.push({ format: format.startsWith('vcard') ? 'vcard' : format, bytes: raw, head });
  }

  /** Names the files that gave nothing, unless the one error at the end says the same. */
  tell(): void {
    if (this.#readable === 0 && this.#files.length === 1) return;
    for (const error of this.#files) {
      const why = error.why === undefined ? '' : `: ${printable(error.why)}`;
      this.context.io.note(`failed: ${printable(error.message)}${why}`, { important: true });
    }
  }

  /** @throws InputError, NotFound when there were files and none could be read */
  raiseIfNothing(): void {
    const [first] = this.#files;
    if (this.#readable > 0 || first === undefined) return;
    if (this.#files.length === 1) throw first;
    const message = `none of the ${this.#files.length} files holds a contact that can be read`;
    const hint = 'they are named above, each with its reason';
    const missing = this.#files.every((error) => error instanceof NotFound);
    throw missing ? new NotFound(message, { hint }) : new InputError(message, { hint });
  }

  /** @throws PartlyDone when some records or files could not be read; InputError, NotFound when none could */
  raise(): void {
    this.raiseIfNothing();
    if (this.count === 0) return;
    const parts = [
      ...(this.#records > 0 ? [`${this.#records} record(s)`] : []),
      ...(this.#files.length > 0 ? [`${this.#files.length} file(s)`] : []),
    ];
    throw new PartlyDone(`${parts.join(' and ')} could not be read`, { hint: this.#whereabouts() });
  }

  #whereabouts(): string {
    if (this.#records === 0) return 'they are named above; the rest is done';
    if (this.file === undefined) return 'keep the records with --rejects FILE, repair them, and import that file';
    const places = [
      ...(this.#kept > 0 ? [`they are in ${this.file}: repair them there, and import that file`] : []),
      ...(this.#strays > 0 ? [`what is no whole record is in ${strayName(this.file)}`] : []),
    ];
    return places.length === 0 ? 'they are named above; the rest is done' : places.join('; ');
  }

  /** Writes the rejects file when there is something to write; what cannot stand in it goes into a text file beside it. */
  async end(): Promise<void> {
    if (this.file === undefined || this.#raw.length === 0 || this.context.globals.dryRun) return;
    const [{ writeFileAtomic }, { rejectsFile, standsAlone, straysFile }] = await Promise.all([
      import('../store/files.js'),
      import('../formats/rejects.js'),
    ]);
    const whole = this.#raw.map(({ format, bytes }) => standsAlone(format, bytes));
    // A file is of one format (and one table): that of its first record.
    const first = this.#raw[whole.indexOf(true)];
    const [kept, strays]: [Uint8Array[], Uint8Array[]] = [[], []];
    for (const [index, raw] of this.#raw.entries()) {
      const fits = whole[index] === true && first !== undefined && together(raw, first);
      (fits ? kept : strays).push(raw.bytes);
    }
    if (first !== undefined) await writeFileAtomic(this.file, rejectsFile(first.format, kept, first.head));
    if (strays.length > 0) await writeFileAtomic(strayName(this.file), straysFile(strays));
    this.#kept = kept.length;
    this.#strays = strays.length;
  }
}

function strayName(file: string): string {
  return `${file}.unreadable.txt`;
}
