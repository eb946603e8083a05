/** What commands print to stdout: the format, contacts, and lists of other things. */
import type { Context } from '../context.js';
import type { Connection } from '../engine/types.js';
import type { ContactRecord } from '../model/card.js';
import { UsageError } from '../model/errors.js';
import { nearest } from '../model/nearest.js';
import { forTerminal, printable } from '../model/text.js';
import { columnsByName, DEFAULT_COLUMNS, type Names } from '../ui/columns.js';
import { contactCard, csvLine, table, tsvLine } from '../ui/render.js';

/** The output format, checked against what the command can print. @throws UsageError */
export function outputFormat<T extends string>(context: Context, choices: readonly T[], onTerminal: T, inPipe: T): T {
  const wanted = context.globals.format;
  if (wanted === undefined) return context.io.stdoutIsTTY ? onTerminal : inPipe;
  const found = choices.find((choice) => choice === wanted);
  if (found !== undefined) return found;
  const near = nearest(wanted, choices);
  throw new UsageError(
    `--format takes ${choices.join(', ')} here, not "${wanted}"`,
    near === undefined ? {} : { hint: `did you mean ${near}?` },
  );
}

const RECORD_FORMATS = ['table', 'json', 'ndjson', 'csv', 'tsv', 'vcard', 'plain'] as const;
type RecordFormat = (typeof RECORD_FORMATS)[number];

/** The format for contacts, checked together with `--fields` before anything is read. @throws UsageError */
export function recordFormat(context: Context): RecordFormat {
  columnsByName(context.globals.fields ?? []);
  return outputFormat(context, RECORD_FORMATS, 'table', 'tsv');
}

/** Prints records as they arrive; a table needs them all. Returns how many there were. */
export async function printRecords(
  context: Context,
  connection: Connection,
  records: AsyncIterable<ContactRecord>,
  format: RecordFormat,
): Promise<number> {
  switch (format) {
    case 'json':
    case 'ndjson':
      return printJson(context, records, format);
    case 'vcard':
      return printVCards(context, records);
    default:
      return printColumns(context, connection, records, format);
  }
}

async function printJson(
  context: Context,
  records: AsyncIterable<ContactRecord>,
  format: 'json' | 'ndjson',
): Promise<number> {
  let count = 0;
  for await (const record of records) {
    const text = JSON.stringify(contactCard(record));
    await context.io.out(format === 'ndjson' ? `${text}\n` : `${count === 0 ? '[\n' : ',\n'}${text}`);
    count += 1;
  }
  if (format === 'json') await context.io.out(count === 0 ? '[]\n' : '\n]\n');
  return count;
}

async function printVCards(context: Context, records: AsyncIterable<ContactRecord>): Promise<number> {
  const { cardToVCard } = await import('../formats/vcard/map.js');
  let count = 0;
  for await (const { card } of records) {
    const text = cardToVCard(card, { version: '4.0', carry: true });
    await context.io.out(context.io.stdoutIsTTY ? forTerminal(text) : text);
    count += 1;
  }
  return count;
}

async function printColumns(
  context: Context,
  connection: Connection,
  records: AsyncIterable<ContactRecord>,
  format: 'table' | 'csv' | 'tsv' | 'plain',
): Promise<number> {
  const columns = columnsByName(context.globals.fields ?? DEFAULT_COLUMNS);
  const names = await namesFor(
    connection,
    columns.map((column) => column.name),
  );
  const rows: string[][] = [];
  let count = 0;
  if (format === 'csv') await context.io.out(csvLine(columns.map((column) => column.name)));
  for await (const record of records) {
    const cells = columns.map((column) => column.value(record, names));
    count += 1;
    if (format === 'table') rows.push(cells);
    else if (format === 'csv') await context.io.out(csvLine(context.io.stdoutIsTTY ? cells.map(printable) : cells));
    else await context.io.out(tsvLine(cells));
  }
  if (format === 'table' && rows.length > 0) {
    const head = columns.map((column) => column.title);
    await context.io.out(await table(head, rows, { columns: context.io.columns, color: context.io.color.stdout }));
  }
  return count;
}

/** Names of books and groups, asked for only when a column shows them. */
export async function namesFor(
  connection: Connection,
  columns: readonly string[],
  bookIds?: readonly string[],
): Promise<Names> {
  const books = new Map<string, string>();
  const groups = new Map<string, string[]>();
  if (columns.includes('book'))
    for (const book of await connection.provider.books(bookIds)) books.set(book.id, book.name);
  if (columns.includes('groups') && connection.definition.groups !== 'none') {
    const { listGroups } = await import('../engine/groups.js');
    for (const group of await listGroups(connection)) {
      for (const id of group.memberIds) groups.set(id, [...(groups.get(id) ?? []), group.name]);
    }
  }
  return { book: (id) => books.get(id) ?? id, groups: (id) => groups.get(id) ?? [] };
}

const LIST_FORMATS = ['table', 'tsv', 'json', 'ndjson', 'plain'] as const;
type ListFormat = (typeof LIST_FORMATS)[number];

/** A list of things that are no contacts (books, groups, profiles, runs). */
export interface Listing<T> {
  items: readonly T[];
  /** The object of `--json`. */
  json(item: T): unknown;
  /** Cells of table and tsv. */
  cells(item: T): string[];
  head: readonly string[];
  /** The one value of `--format plain`. */
  plain(item: T): string;
  /** Said on a terminal when there is nothing. */
  empty: string;
}

/** The format for lists: a table on a terminal, tsv in a pipe. @throws UsageError */
export function listFormat(context: Context): ListFormat {
  return outputFormat(context, LIST_FORMATS, 'table', 'tsv');
}

export async function printList<T>(context: Context, format: ListFormat, listing: Listing<T>): Promise<void> {
  const { io } = context;
  const { items, json, cells, head, plain, empty } = listing;
  io.status(undefined);
  if (format === 'json') return io.out(`${JSON.stringify(items.map(json))}\n`);
  if (format === 'ndjson') return io.out(items.map((item) => `${JSON.stringify(json(item))}\n`).join(''));
  if (format === 'plain') return io.out(items.map((item) => tsvLine([plain(item)])).join(''));
  if (format === 'tsv') return io.out(items.map((item) => tsvLine(cells(item))).join(''));
  if (items.length === 0) return io.note(empty);
  return io.out(await table(head, items.map(cells), { columns: io.columns, color: io.color.stdout }));
}
