/** Tables of every program, read row by row. */
import { InputError } from '../../model/errors.js';
import type { DateOrder, FormatItem, ReadOptions } from '../types.js';
import { ByteDecoder } from './bytes.js';
import { isNoDate, orderShown } from './dates.js';
import { findHeader, type Found, headerKey } from './header.js';
import { MAX_HEADER } from './limits.js';
import { Plan } from './plan.js';
import { recordOf } from './record.js';
import { type Row, RowScanner } from './rows.js';

/** Bytes that are looked at before the charset is settled. */
const HEAD = 32 * 1024;
/** Rows, and characters of them, that wait until one shows how dates are written. */
const MOST_ROWS = 2000;
const MOST_TEXT = 8 * 1024 * 1024;

/** @throws InputError when it is no table, or none of its columns is known; UsageError for an unknown encoding */
export async function* readCsv(source: AsyncIterable<Uint8Array>, options: ReadOptions): AsyncGenerator<FormatItem> {
  const pieces = textOf(source, options.encoding);
  const mapped = new Set([...(options.map?.keys() ?? [])].map(headerKey));
  let start = '';
  let found: Found | undefined;
  let table: Table | undefined;
  for await (const { text, guessed } of pieces) {
    if (table === undefined) {
      start += text;
      found = findHeader(start, false, mapped);
      if (found === undefined && start.length > MAX_HEADER) throw noHeader();
      if (found === undefined) continue;
      table = new Table(found, options);
      yield* table.take(start.slice(found.skipped), guessed);
      start = '';
    } else yield* table.take(text, guessed);
  }
  if (table === undefined) {
    found = findHeader(start, true, mapped);
    if (found === undefined) {
      if (start.trim() === '') return;
      throw noHeader();
    }
    table = new Table(found, options);
    yield* table.take(start.slice(found.skipped), undefined);
  }
  yield* table.end();
}

function noHeader(): InputError {
  return new InputError('it does not begin with the names of columns', {
    why: `its first row is broken, or longer than ${MAX_HEADER / 1024 / 1024} MB (the limit)`,
    hint: 'is it a CSV file? Its first row must hold the names of the columns',
  });
}

interface Piece {
  text: string;
  /** The charset, when nothing but habit spoke for it. */
  guessed: string | undefined;
}

async function* textOf(source: AsyncIterable<Uint8Array>, encoding: string | undefined): AsyncGenerator<Piece> {
  let waiting: Uint8Array[] = [];
  let size = 0;
  let decoder: ByteDecoder | undefined;
  const open = async (): Promise<ByteDecoder> => {
    const head = Buffer.concat(waiting);
    waiting = [head];
    return ByteDecoder.open(head, encoding);
  };
  for await (const chunk of source) {
    if (decoder === undefined) {
      waiting.push(chunk);
      size += chunk.length;
      if (size < HEAD) continue;
      decoder = await open();
    } else waiting = [chunk];
    for (const bytes of waiting) yield pieceOf(await decoder.write(bytes), decoder);
  }
  if (decoder === undefined) {
    decoder = await open();
    for (const bytes of waiting) yield pieceOf(await decoder.write(bytes), decoder);
  }
  yield pieceOf(await decoder.end(), decoder);
}

function pieceOf(text: string, decoder: ByteDecoder): Piece {
  return { text, guessed: decoder.guessed ? decoder.charset : undefined };
}

/** The rows of one file. */
class Table {
  readonly #plan: Plan;
  readonly #scanner: RowScanner;
  readonly #language: string;
  readonly #known: readonly string[];
  #header: Row | undefined;
  #order: DateOrder | undefined;
  /** The order was not shown by the file. */
  #assumed = false;
  #held: Row[] = [];
  #heldText = 0;
  /** Warnings about the file, told with its next record. */
  #news: string[] = [];
  #toldGuess = false;

  constructor(found: Found, options: ReadOptions) {
    this.#plan = new Plan(found, options.map ?? new Map<string, string>());
    this.#scanner = new RowScanner(found.delimiter, found.line);
    this.#language = found.known.language;
    this.#known = this.#plan.unknown;
    this.#order = options.dateOrder ?? (this.#plan.days.length === 0 ? 'mdy' : undefined);
    if (this.#known.length > 0) {
      const names = this.#known.slice(0, 20).join(', ');
      const more = this.#known.length > 20 ? `, and ${this.#known.length - 20} more` : '';
      this.#news.push(`columns that are kept as they are: ${names}${more}`);
    }
  }

  *take(text: string, guessed: string | undefined): Generator<FormatItem> {
    if (guessed !== undefined && !this.#toldGuess) {
      this.#toldGuess = true;
      this.#news.push(`the text is not UTF-8 and was read as ${guessed} (--encoding names another charset)`);
    }
    yield* this.#rows(this.#scanner.scan(text));
  }

  *end(): Generator<FormatItem> {
    yield* this.#rows(this.#scanner.end());
    yield* this.#release();
  }

  *#rows(rows: readonly Row[]): Generator<FormatItem> {
    for (const row of rows) {
      if (this.#header === undefined) {
        this.#header = row;
        continue;
      }
      if (this.#order === undefined) yield* this.#hold(row);
      else yield* this.#record(row, this.#order);
    }
  }

  /** Rows wait from the first date on that could be read in two ways. */
  *#hold(row: Row): Generator<FormatItem> {
    const shown = this.#shownBy(row);
    if (shown === 'mdy' || shown === 'dmy') {
      this.#order = shown;
      yield* this.#release();
      yield* this.#record(row, shown);
      return;
    }
    if (shown === undefined && this.#held.length === 0) {
      yield* this.#record(row, this.#usual());
      return;
    }
    this.#held.push(row);
    this.#heldText += row.text.length;
    if (this.#held.length >= MOST_ROWS || this.#heldText >= MOST_TEXT) yield* this.#release();
  }

  #shownBy(row: Row): ReturnType<typeof orderShown> {
    const all = this.#plan.days.map((i) => orderShown(row.cells[i] ?? ''));
    return all.find((one) => one === 'mdy' || one === 'dmy') ?? all.find((one) => one !== undefined);
  }

  #usual(): DateOrder {
    return this.#language === 'en' ? 'mdy' : 'dmy';
  }

  *#release(): Generator<FormatItem> {
    const held = this.#held;
    this.#held = [];
    if (this.#order === undefined && held.length > 0) {
      this.#order = this.#usual();
      this.#assumed = true;
      const first = held[0];
      const [says, other] = this.#order === 'mdy' ? ['month/day/year', 'dmy'] : ['day/month/year', 'mdy'];
      const example = this.#plan.days
        .map((i) => first?.cells[i] ?? '')
        .find((cell) => !isNoDate(cell) && orderShown(cell) === 'open');
      this.#news.push(
        `dates such as ${example?.trim()} were read as ${says} (--date-order ${other} reads them the other way)`,
      );
    }
    for (const row of held) yield* this.#record(row, this.#order ?? this.#usual());
  }

  *#record(row: Row, order: DateOrder): Generator<FormatItem> {
    const header = this.#header;
    const item = header === undefined ? undefined : recordOf(row, this.#plan, order, header);
    if (item === undefined) return;
    if ('error' in item) {
      yield item;
      return;
    }
    const shown = this.#assumed ? this.#shownBy(row) : undefined;
    if (shown !== undefined && shown !== 'open' && shown !== order) {
      this.#assumed = false;
      this.#news.push(
        `this date shows that dates were read the wrong way: read the file again with --date-order ${shown}`,
      );
    }
    yield { ...item, warnings: [...this.#news.splice(0), ...item.warnings] };
  }
}
