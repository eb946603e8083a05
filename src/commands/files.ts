/** Files in and out, for `export`, `import` and `convert`: a whole file or nothing, losses and rejects told. */
import type { Context } from '../context.js';
import type { Format, FormatItem, FormatLoss } from '../formats/types.js';
import type { Card } from '../model/card.js';
import { InputError } from '../model/errors.js';
import { FIELDS } from '../model/fields.js';
import { printable } from '../model/text.js';

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
    throw new InputError(`cannot read ${file}`, { why: cause instanceof Error ? cause.message : String(cause), cause });
  }
}

const HEAD = 65_536;

/** The source's format (named, or found by content) and its whole stream. @throws InputError, UsageError */
export async function openSource(file: string, context: Context, wanted: string | undefined): Promise<{ format: Format; chunks: AsyncIterable<Uint8Array> }> {
  const { formatByName, sniffFormat } = await import('../formats/index.js');
  if (wanted !== undefined && wanted !== 'auto') return { format: await formatByName(wanted), chunks: readChunks(file, context) };
  const source = readChunks(file, context);
  const start: Uint8Array[] = [];
  let size = 0;
  while (size < HEAD) {
    const next = await source.next();
    if (next.done === true) break;
    start.push(next.value);
    size += next.value.length;
  }
  const head = Buffer.concat(start).subarray(0, HEAD);
  const format = await sniffFormat(head, file === '-' ? undefined : file);
  const chunks = (async function* (): AsyncGenerator<Uint8Array> {
    yield* start;
    yield* source;
  })();
  return { format, chunks };
}

/** Collects what was rejected: raw records into a file that is itself a valid input, a line each on stderr. */
export class Rejects {
  count = 0;
  readonly #raw: Uint8Array[] = [];
  constructor(
    private readonly context: Context,
    private readonly file: string | undefined,
  ) {}

  add(source: string, item: Extract<FormatItem, { error: string }>): void {
    this.count += 1;
    const hint = item.hint === undefined ? '' : ` (${printable(item.hint)})`;
    this.context.io.note(`rejected: ${printable(source)}, line ${item.line}: ${printable(item.error)}${hint}`, { important: true });
    if (this.file !== undefined) this.#raw.push(item.raw);
  }

  /** Writes the rejects file when there is something to write. */
  async end(): Promise<void> {
    if (this.file === undefined || this.#raw.length === 0) return;
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

/** Cards of a source; bad records go to `rejects`, repairs are told with --verbose. */
export async function* cardsOf(source: string, items: AsyncIterable<FormatItem>, rejects: Rejects, context: Context): AsyncGenerator<Card> {
  for await (const item of items) {
    if ('error' in item) {
      rejects.add(source, item);
      continue;
    }
    if (context.globals.verbose) for (const warning of item.warnings) context.io.note(`note: ${printable(source)}, line ${item.line}: ${printable(warning)}`);
    yield item.card;
  }
}

/** Counts what a writer could not hold, to be told by field and count. */
export class LossCount {
  readonly #fields = new Map<string, { contacts: Set<string>; example: string }>();

  add(loss: FormatLoss): void {
    const known = this.#fields.get(loss.field) ?? { contacts: new Set<string>(), example: loss.detail };
    known.contacts.add(loss.uid);
    this.#fields.set(loss.field, known);
  }

  tell(context: Context, format: string): void {
    for (const [field, { contacts, example }] of this.#fields) {
      const title = FIELDS.find((candidate) => candidate.name === field)?.title ?? field;
      context.io.note(`warning: ${format} cannot hold ${title}: ${contacts.size} contact(s), such as ${printable(example)}`);
    }
  }
}

/** Writes a text stream to a file as a whole or not at all, or to stdout for `-`. */
export async function writeOut(file: string, text: AsyncIterable<string>, context: Context): Promise<void> {
  if (file === '-') {
    for await (const piece of text) await context.io.out(piece);
    return;
  }
  const { writeFileAtomic } = await import('../store/files.js');
  await writeFileAtomic(file, text);
}

/** One vCard a file into a folder; names from the uids. Returns how many. */
export async function writeFolder(folder: string, cards: AsyncIterable<Card>): Promise<number> {
  const [{ mkdir }, { join }, { writeFileAtomic }, { safeFileName }, { cardToVCard }] = await Promise.all([
    import('node:fs/promises'),
    import('node:path'),
    import('../store/files.js'),
    import('../formats/vdir-name.js'),
    import('../formats/vcard/map.js'),
  ]);
  await mkdir(folder, { recursive: true });
  const taken = new Set<string>();
  let count = 0;
  for await (const card of cards) {
    let name = safeFileName(card.uid);
    for (let again = 2; taken.has(name.toLowerCase()); again += 1) name = `${safeFileName(card.uid)}-${again}`;
    taken.add(name.toLowerCase());
    const text = cardToVCard(card, { version: '4.0', carry: true });
    await writeFileAtomic(
      join(folder, `${name}.vcf`),
      (async function* () {
        yield text;
      })(),
    );
    count += 1;
  }
  return count;
}
