/** Files that are read, for `import` and `convert`: by content, record by record, rejects told and kept. */
import type { Context } from '../context.js';
import type { ItemError } from '../engine/types.js';
import type { Format, FormatItem } from '../formats/types.js';
import type { Card } from '../model/card.js';
import { InputError, NotFound, PartlyDone, UsageError } from '../model/errors.js';
import { printable } from '../model/text.js';
import { isMissing } from './shared.js';

/** The bytes of a file, or of stdin for `-`. @throws InputError */
export async function* readChunks(file: string, context: Context): AsyncGenerator<Uint8Array> {
  if (file === '-') {
    for await (const chunk of context.io.stdin) yield Buffer.from(chunk);
    return;
  }
  const { createReadStream } = await import('node:fs');
  try {
    for await (const chunk of createReadStream(file, { highWaterMark: 1 << 18 })) yield chunk as Uint8Array;
  } catch (cause) {
    if (isMissing(cause)) throw new NotFound(`there is no file ${file}`);
    throw new InputError(`cannot read ${file}`, { why: cause instanceof Error ? cause.message : String(cause), cause });
  }
}

const HEAD = 65_536;

/** One file to read: its name for messages, its format, its bytes. */
export interface Source {
  name: string;
  format: Format;
  chunks: AsyncIterable<Uint8Array>;
}

/**
 * The file, stdin for `-`, or every vCard file of a folder (vdir) and of the folders in it (its address books). The
 * format is the named one, else found by content.
 * @throws InputError, UsageError
 */
export async function* openSources(
  file: string,
  context: Context,
  wanted: string | undefined,
): AsyncGenerator<Source, void> {
  const { stat } = await import('node:fs/promises');
  const info = file === '-' ? undefined : await stat(file).catch(() => undefined);
  if (info?.isDirectory() !== true) {
    if (wanted === 'vdir') throw new UsageError(`${file} is no folder`, { hint: 'vdir is a folder of vCard files' });
    yield openSource(file, context, wanted);
    return;
  }
  if (wanted !== undefined && wanted !== 'auto' && wanted !== 'vdir') {
    throw new UsageError(`${file} is a folder`, { hint: 'a folder is read as vdir' });
  }
  const files = await vdirFiles(file);
  if (files.length === 0)
    throw new InputError(`${file} holds no vCard files`, { hint: 'a vdir has one .vcf file a contact' });
  const { vcard } = await import('../formats/vcard/index.js');
  for (const name of files) yield { name, format: vcard, chunks: readChunks(name, context) };
}

/** Hidden files are half-written ones of other programs. */
async function vdirFiles(folder: string): Promise<string[]> {
  const [{ readdir }, { join }] = await Promise.all([import('node:fs/promises'), import('node:path')]);
  const files: string[] = [];
  for (const entry of (await readdir(folder, { withFileTypes: true })).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (entry.name.startsWith('.')) continue;
    if (entry.isDirectory()) {
      const inside = await readdir(path);
      files.push(
        ...inside
          .filter(isCardFile)
          .sort()
          .map((name) => join(path, name)),
      );
    } else if (isCardFile(entry.name)) files.push(path);
  }
  return files;
}

const isCardFile = (name: string): boolean => /^[^.].*\.vcf$/i.test(name);

async function openSource(file: string, context: Context, wanted: string | undefined): Promise<Source> {
  const { formatByName, sniffFormat } = await import('../formats/index.js');
  if (wanted !== undefined && wanted !== 'auto') {
    return { name: file, format: await formatByName(wanted), chunks: readChunks(file, context) };
  }
  const source = readChunks(file, context);
  const start: Uint8Array[] = [];
  let size = 0;
  while (size < HEAD) {
    const next = await source.next();
    if (next.done === true) break;
    start.push(next.value);
    size += next.value.length;
  }
  const format = await sniffFormat(Buffer.concat(start).subarray(0, HEAD), file === '-' ? undefined : file);
  const chunks = (async function* (): AsyncGenerator<Uint8Array> {
    yield* start;
    yield* source;
  })();
  return { name: file, format, chunks };
}

/** Collects what was rejected: raw records into a file that is itself a valid input, a line each on stderr. */
export class Rejects {
  /** For the outcome as JSON. */
  readonly failed: { id: string; error: ItemError }[] = [];
  readonly #raw: Uint8Array[] = [];
  constructor(
    private readonly context: Context,
    private readonly file: string | undefined,
  ) {}

  add(source: string, item: Extract<FormatItem, { error: string }>): void {
    this.failed.push({ id: `${source}:${item.line}`, error: { code: 'input', message: item.error } });
    const hint = item.hint === undefined ? '' : ` (${printable(item.hint)})`;
    this.context.io.note(`rejected: ${printable(source)}, line ${item.line}: ${printable(item.error)}${hint}`, {
      important: true,
    });
    if (this.file !== undefined) this.#raw.push(item.raw);
  }

  get count(): number {
    return this.failed.length;
  }

  /** @throws PartlyDone when some records were rejected, InputError when all were */
  raise(done: number): void {
    if (this.count === 0) return;
    const hint = this.file === undefined ? 'keep them with --rejects FILE' : `they are in ${this.file}`;
    const message = `${this.count} record(s) could not be read`;
    throw done === 0 ? new InputError(message, { hint }) : new PartlyDone(message, { hint });
  }

  /** Writes the rejects file when there is something to write. */
  async end(): Promise<void> {
    if (this.file === undefined || this.#raw.length === 0 || this.context.globals.dryRun) return;
    const { writeFileAtomic } = await import('../store/files.js');
    const records = this.#raw;
    await writeFileAtomic(
      this.file,
      (async function* () {
        for (const raw of records) {
          yield raw;
          if (raw.at(-1) !== 0x0a) yield '\r\n';
        }
      })(),
    );
  }
}

/** Cards of a source; bad records go to `rejects`, the first repairs are told, all of them with --verbose. */
export async function* cardsOf(
  source: string,
  items: AsyncIterable<FormatItem>,
  rejects: Rejects,
  context: Context,
): AsyncGenerator<Card> {
  let repairs = 0;
  for await (const item of items) {
    if ('error' in item) {
      rejects.add(source, item);
      continue;
    }
    repairs += item.warnings.length;
    for (const warning of item.warnings.slice(
      0,
      context.globals.verbose ? undefined : Math.max(0, SHOWN - repairs + item.warnings.length),
    )) {
      context.io.note(`note: ${printable(source)}, line ${item.line}: ${printable(warning)}`);
    }
    yield item.card;
  }
  if (repairs > SHOWN && !context.globals.verbose) {
    context.io.note(`note: ${printable(source)}: ${repairs - SHOWN} further repairs (--verbose shows all)`);
  }
}

/** Repairs that are told without --verbose. */
const SHOWN = 10;
