/** What several commands share: selectors, books, read filters, examples. */
import { Option, type Command } from 'commander';
import type { Context } from '../context.js';
import type { Connection, ReadFilter } from '../engine/types.js';
import { UsageError } from '../model/errors.js';
import type { SortKey } from '../providers/types.js';

/** Two or three examples that work when pasted, below the options. */
export function examples(command: Command, lines: readonly string[]): Command {
  for (const sub of command.commands) {
    const own = lines.filter((line) => line.includes(`${command.name()} ${sub.name()}`));
    showExamples(sub, own.length > 0 ? own : lines);
  }
  return showExamples(command, lines);
}

function showExamples(command: Command, lines: readonly string[]): Command {
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

export const SELECTOR_HELP =
  'id, unique prefix of an id, email:ADDRESS, uid:UID or name:"FULL NAME"; - reads ids from stdin';

/** The selectors as given, `-` replaced by the lines of stdin. */
export async function selectorsFrom(context: Context, selectors: readonly string[]): Promise<string[]> {
  const all: string[] = [];
  for (const selector of selectors) {
    if (selector !== '-') all.push(selector);
    else
      all.push(
        ...(await readAll(context.io.stdin))
          .toString('utf8')
          .split(/\r?\n/)
          .filter((line) => line.trim() !== ''),
      );
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
  if (context.globals.books.length > 1)
    throw new UsageError('--book names more than one book to write to', { hint: 'give it once' });
  return (await bookIds(context, connection))?.[0];
}

export const SORTS: readonly SortKey[] = ['name', 'last-name', 'email', 'company', 'updated'];

export type Has = 'email' | 'phone' | 'avatar';

/** `--has email,phone`, also repeated. @throws UsageError */
function hasWhat(text: string, before: Has[] | undefined): Has[] {
  const words = text.split(',').map((word) => {
    if (word === 'email' || word === 'phone' || word === 'avatar') return word;
    throw new UsageError(`--has takes email, phone or avatar, not "${word}"`);
  });
  return [...(before ?? []), ...words];
}

/** The filters that `list`, `search` and `export` share. */
export interface ReadOptions {
  sort?: SortKey;
  desc?: boolean;
  limit?: number;
  offset?: number;
  group?: string;
  has?: Has[];
  changedSince?: string;
}

export function addReadOptions(command: Command): Command {
  return command
    .addOption(new Option('--sort <key>', 'order').choices(SORTS).helpGroup('Order and page:'))
    .addOption(new Option('--desc', 'the other way round').helpGroup('Order and page:'))
    .addOption(
      new Option('--limit <n>', 'at most so many').argParser(wholeNumber('--limit')).helpGroup('Order and page:'),
    )
    .addOption(
      new Option('--offset <n>', 'leave out the first so many')
        .argParser(wholeNumber('--offset'))
        .helpGroup('Order and page:'),
    )
    .addOption(new Option('--group <group>', 'only members of a group').helpGroup('Filters:'))
    .addOption(
      new Option('--has <what>', 'only contacts with one: email, phone or avatar (may be repeated)')
        .argParser(hasWhat)
        .helpGroup('Filters:'),
    )
    .addOption(
      new Option('--changed-since <token>', 'only what changed since a token of "changes"').helpGroup('Filters:'),
    );
}

/** @throws NotFound for an unknown book */
export async function readFilter(context: Context, connection: Connection, options: ReadOptions): Promise<ReadFilter> {
  const has = options.has ?? [];
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
