/** What several commands share: read filters, column and record output, examples. */
import { Option, type Command } from 'commander';
import type { Context } from '../context.js';
import type { Connection, ReadFilter } from '../engine/types.js';
import type { ContactRecord } from '../model/card.js';
import { UsageError } from '../model/errors.js';
import { nearest } from '../model/nearest.js';
import type { SortKey } from '../providers/types.js';
import { columnsByName, DEFAULT_COLUMNS, type Names } from '../ui/columns.js';
import { contactCard, csvLine, table, tsvLine } from '../ui/render.js';

/** Two or three examples that work when pasted, below the options. */
export function examples(command: Command, lines: readonly string[]): Command {
  return command.addHelpText('after', `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}`);
}

/** A whole number not below `least`, for option parsers. @throws UsageError */
export function wholeNumber(option: string, least = 0): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isInteger(value) || value < least) {
      throw new UsageError(`${option} takes a whole number from ${least}, not "${text}"`);
    }
    return value;
  };
}

/** Collects an option that may be repeated. */
export function collect(value: string, before: string[] | undefined): string[] {
  return [...(before ?? []), value];
}

export const SELECTOR_HELP = 'id, unique prefix of an id, email:ADDRESS, uid:UID or name:"FULL NAME"; - reads ids from stdin';

/** The selectors as given, `-` replaced by the lines of stdin. */
export async function selectorsFrom(context: Context, selectors: readonly string[]): Promise<string[]> {
  const all: string[] = [];
  for (const selector of selectors) {
    if (selector !== '-') all.push(selector);
    else all.push(...(await readAll(context.io.stdin)).toString('utf8').split(/\r?\n/).filter((line) => line.trim() !== ''));
  }
  return all;
}

/** All of a stream (stdin). */
export async function readAll(stream: AsyncIterable<string | Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

/** Ids of the books of `--book`, or undefined for all. @throws NotFound */
export async function bookIds(context: Context, connection: Connection): Promise<string[] | undefined> {
  const { books } = context.globals;
  if (books.length === 0) return undefined;
  const { resolveBooks } = await import('../engine/books.js');
  return (await resolveBooks(connection, books)).map((book) => book.id);
}

/** The one book to write to, or undefined for the profile's default. @throws UsageError, NotFound */
export async function targetBook(context: Context, connection: Connection): Promise<string | undefined> {
  if (context.globals.books.length > 1) throw new UsageError('--book names more than one book to write to', { hint: 'give it once' });
  return (await bookIds(context, connection))?.[0];
}

const SORTS: readonly SortKey[] = ['name', 'last-name', 'email', 'company', 'updated'];

/** The filters that `list`, `search` and `export` share. */
export interface ReadOptions {
  sort?: SortKey;
  desc?: boolean;
  limit?: number;
  offset?: number;
  group?: string;
  has?: string[];
  changedSince?: string;
}

export function addReadOptions(command: Command): Command {
  return command
    .addOption(new Option('--sort <key>', 'order').choices(SORTS).helpGroup('Order and page:'))
    .addOption(new Option('--desc', 'the other way round').helpGroup('Order and page:'))
    .addOption(new Option('--limit <n>', 'at most so many').argParser(wholeNumber('--limit')).helpGroup('Order and page:'))
    .addOption(new Option('--offset <n>', 'leave out the first so many').argParser(wholeNumber('--offset')).helpGroup('Order and page:'))
    .addOption(new Option('--group <group>', 'only members of a group').helpGroup('Filters:'))
    .addOption(new Option('--has <what>', 'only contacts with one: email, phone or avatar (may be repeated)').argParser(collect).helpGroup('Filters:'))
    .addOption(new Option('--changed-since <token>', 'only what changed since a token of "changes"').helpGroup('Filters:'));
}

/** @throws UsageError for an unknown `--has`; NotFound for an unknown book */
export async function readFilter(context: Context, connection: Connection, options: ReadOptions): Promise<ReadFilter> {
  const has = (options.has ?? []).flatMap((text) => text.split(',')).map((word) => {
    if (word === 'email' || word === 'phone' || word === 'avatar') return word;
    throw new UsageError(`--has takes email, phone or avatar, not "${word}"`);
  });
  const books = await bookIds(context, connection);
  return {
    ...(books === undefined ? {} : { bookIds: books }),
    ...(has.length === 0 ? {} : { has }),
    ...(options.group === undefined ? {} : { group: options.group }),
    ...(options.changedSince === undefined ? {} : { changedSince: options.changedSince }),
    ...(options.sort === undefined ? {} : { sort: options.sort }),
    ...(options.desc === undefined ? {} : { descending: options.desc }),
    ...(options.limit === undefined ? {} : { limit: options.limit }),
    ...(options.offset === undefined ? {} : { offset: options.offset }),
  };
}

/** The output format, checked against what the command can print. @throws UsageError */
export function outputFormat<T extends string>(context: Context, choices: readonly T[], onTerminal: T, inPipe: T): T {
  const wanted = context.globals.format;
  if (wanted === undefined) return context.io.stdoutIsTTY ? onTerminal : inPipe;
  const found = choices.find((choice) => choice === wanted);
  if (found !== undefined) return found;
  const near = nearest(wanted, choices);
  throw new UsageError(`--format takes ${choices.join(', ')} here, not "${wanted}"`, near === undefined ? {} : { hint: `did you mean ${near}?` });
}

export const RECORD_FORMATS = ['table', 'json', 'ndjson', 'csv', 'tsv', 'vcard', 'plain'] as const;
export type RecordFormat = (typeof RECORD_FORMATS)[number];

/** Prints records as they arrive; a table needs them all. Returns how many there were. */
export async function printRecords(context: Context, connection: Connection, records: AsyncIterable<ContactRecord>, format: RecordFormat): Promise<number> {
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

async function printJson(context: Context, records: AsyncIterable<ContactRecord>, format: 'json' | 'ndjson'): Promise<number> {
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
    await context.io.out(cardToVCard(card, { version: '4.0', carry: true }));
    count += 1;
  }
  return count;
}

async function printColumns(context: Context, connection: Connection, records: AsyncIterable<ContactRecord>, format: 'table' | 'csv' | 'tsv' | 'plain'): Promise<number> {
  const columns = columnsByName(context.globals.fields ?? DEFAULT_COLUMNS);
  const names = await namesFor(connection, columns.map((column) => column.name));
  const rows: string[][] = [];
  let count = 0;
  if (format === 'csv') await context.io.out(csvLine(columns.map((column) => column.name)));
  for await (const record of records) {
    const cells = columns.map((column) => column.value(record, names));
    count += 1;
    if (format === 'table') rows.push(cells);
    else await context.io.out(format === 'csv' ? csvLine(cells) : tsvLine(cells));
  }
  if (format === 'table' && rows.length > 0) {
    const head = columns.map((column) => column.title);
    await context.io.out(await table(head, rows, { columns: context.io.columns, color: context.io.color.stdout }));
  }
  return count;
}

/** Names of books and groups, asked for only when a column shows them. */
export async function namesFor(connection: Connection, columns: readonly string[]): Promise<Names> {
  const books = new Map<string, string>();
  const groups = new Map<string, string[]>();
  if (columns.includes('book')) for (const book of await connection.provider.books()) books.set(book.id, book.name);
  if (columns.includes('groups')) {
    const { listGroups } = await import('../engine/groups.js');
    for (const group of await listGroups(connection)) {
      for (const id of group.memberIds) groups.set(id, [...(groups.get(id) ?? []), group.name]);
    }
  }
  return { book: (id) => books.get(id) ?? id, groups: (id) => groups.get(id) ?? [] };
}
