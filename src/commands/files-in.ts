/** Files that are read, for `import` and `convert`: by content, record by record; a bad file costs no other one. */
import { Option, type Command } from 'commander';
import type { Context } from '../context.js';
import type { DateOrder, Format, ReadRecord } from '../formats/types.js';
import type { Card } from '../model/card.js';
import { InputError, NotFound, UsageError } from '../model/errors.js';
import { printable } from '../model/text.js';
import type { Rejects } from './rejects.js';
import { collect } from './shared.js';

/** The bytes of a file, or of stdin for `-`. @throws NotFound, InputError, Interrupted */
async function* readChunks(file: string, context: Context): AsyncGenerator<Uint8Array> {
  if (file === '-') {
    for await (const chunk of context.io.stdin) yield Buffer.from(chunk);
    return;
  }
  const { fileChunks } = await import('../store/chunks.js');
  yield* fileChunks(file, context.signal);
}

const HEAD = 65_536;

/** One file to read: its name for messages, its format, its bytes. */
interface Source {
  name: string;
  format: Format;
  chunks: AsyncIterable<Uint8Array>;
}

/**
 * The file, stdin for `-`, or every vCard file of a folder (vdir) and of the folders in it (its address books). The
 * format is the named one, else found by content.
 * @throws NotFound, InputError, UsageError
 */
async function* openSources(file: string, context: Context, wanted: string | undefined): AsyncGenerator<Source, void> {
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
    throw new InputError(`${printable(file)} holds no vCard files`, { hint: 'a vdir has one .vcf file a contact' });
  const { vcard } = await import('../formats/vcard/index.js');
  for (const name of files) yield { name, format: vcard, chunks: readChunks(name, context) };
}

/** Hidden files are half-written ones of other programs. @throws InputError */
async function vdirFiles(folder: string): Promise<string[]> {
  const { join } = await import('node:path');
  const files: string[] = [];
  for (const entry of await entriesOf(folder)) {
    const path = join(folder, entry.name);
    if (entry.name.startsWith('.')) continue;
    if (entry.isDirectory()) {
      const inside = (await entriesOf(path)).map(({ name }) => name).filter(isCardFile);
      files.push(...inside.map((name) => join(path, name)));
    } else if (isCardFile(entry.name)) files.push(path);
  }
  return files;
}

async function entriesOf(folder: string): Promise<{ name: string; isDirectory(): boolean }[]> {
  const { readdir } = await import('node:fs/promises');
  try {
    return (await readdir(folder, { withFileTypes: true })).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (cause) {
    throw (await import('../store/chunks.js')).cannotRead(folder, cause);
  }
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

export interface ReadRequest {
  context: Context;
  files: readonly string[];
  /** Name of the format, when it is not to be found by content. */
  format?: string | undefined;
  encoding?: string | undefined;
  /** Of tables: column to field. */
  map?: ReadonlyMap<string, string> | undefined;
  /** Of tables: how 3/4/1985 is meant. */
  dateOrder?: DateOrder | undefined;
}

/** How the records of files are read: what `import` and `convert` share. */
export interface ReadFlags {
  encoding?: string;
  map?: string[];
  dateOrder?: DateOrder;
  rejects?: string;
}

export function addReadFlags(command: Command): Command {
  return command
    .option('--encoding <charset>', 'charset of text that is not UTF-8 and says nothing')
    .option('--map <column=field>', 'what a column of a table holds (may be repeated; - skips it)', collect)
    .addOption(
      new Option(
        '--date-order <order>',
        'how dates such as 3/4/1985 are meant where the file does not show it',
      ).choices(['mdy', 'dmy']),
    )
    .option('--rejects <file>', 'write unreadable records here, as they stood');
}

/** `--map COLUMN=FIELD`, which may be repeated, over `--map-file FILE.json`. @throws UsageError, InputError, NotFound */
export async function columnMap(
  context: Context,
  pairs: readonly string[] | undefined,
  file?: string,
): Promise<ReadonlyMap<string, string> | undefined> {
  if (pairs === undefined && file === undefined) return undefined;
  const { parseMap, parseMapFile } = await import('../formats/csv/map.js');
  const map = new Map<string, string>();
  if (file !== undefined) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of readChunks(file, context)) chunks.push(chunk);
    for (const [column, field] of parseMapFile(Buffer.concat(chunks).toString('utf8'))) map.set(column, field);
  }
  for (const pair of pairs ?? []) map.set(...parseMap(pair));
  return map;
}

export interface SourceRecord {
  source: string;
  item: ReadRecord;
}

/**
 * The records of all files. Bad ones go to `rejects`, and so does a file that cannot be read or that holds none: the
 * other files are read all the same.
 * @throws UsageError, Interrupted
 */
export async function* recordsOf(request: ReadRequest, rejects: Rejects): AsyncGenerator<SourceRecord> {
  const { context, files, format } = request;
  for (const file of files) {
    try {
      for await (const source of openSources(file, context, format)) yield* readSource(source, request, rejects);
    } catch (error) {
      rejects.addFile(file, aboutFile(error));
    }
  }
}

async function* readSource(
  { name, format, chunks }: Source,
  { context, encoding, map, dateOrder }: ReadRequest,
  rejects: Rejects,
): AsyncGenerator<SourceRecord> {
  const tally = rejects.begin(name, format.name);
  const repairs = new Repairs(name, context);
  try {
    const options = {
      ...(encoding === undefined ? {} : { encoding }),
      ...(map === undefined ? {} : { map }),
      ...(dateOrder === undefined ? {} : { dateOrder }),
    };
    for await (const item of format.read(chunks, options)) {
      if ('error' in item) tally.bad(item);
      else {
        tally.good();
        repairs.tell(item);
        yield { source: name, item };
      }
    }
    tally.end();
  } catch (error) {
    tally.end(aboutFile(error));
  }
  repairs.end();
}

/** What concerns this file alone; anything else is thrown on. */
function aboutFile(error: unknown): InputError | NotFound {
  if (error instanceof InputError || error instanceof NotFound) return error;
  throw error;
}

/** The cards of all files. @throws InputError when there is none that can be read */
export async function* cardsOf(request: ReadRequest, rejects: Rejects): AsyncGenerator<Card> {
  for await (const { item } of recordsOf(request, rejects)) yield item.card;
  // Before the writer ends its output: where nothing was read nothing is written.
  rejects.raiseIfNothing();
}

/** Repairs of one file that are told without --verbose. */
const SHOWN = 10;

/** Tells what was mended in a file: the first repairs, all of them with --verbose. */
class Repairs {
  #count = 0;

  constructor(
    private readonly source: string,
    private readonly context: Context,
  ) {}

  tell({ line, warnings }: ReadRecord): void {
    for (const warning of warnings) {
      this.#count += 1;
      if (this.#count > SHOWN && !this.context.globals.verbose) continue;
      this.context.io.note(`note: ${printable(this.source)}, line ${line}: ${printable(warning)}`);
    }
  }

  end(): void {
    const more = this.#count - SHOWN;
    if (more > 0 && !this.context.globals.verbose)
      this.context.io.note(`note: ${printable(this.source)}: ${more} further repairs (--verbose shows all)`);
  }
}
