/** `migrate --accounts`: the accounts file, its shards, and the accounts run side by side. */
import { InputError, UsageError } from '../model/errors.js';
import { nearest } from '../model/nearest.js';
import { printable } from '../model/text.js';
import { forEachLimited } from './pool.js';

/** One side of an account: a saved profile, or everything that makes one. Never holds a secret unless it was allowed. */
export type AccountSide =
  | { profile: string }
  | {
      provider: string;
      url?: string;
      user?: string;
      book?: string;
      options: Record<string, string>;
      passwordCommand?: string;
      /** Names of environment variables. */
      passwordEnv?: string;
      tokenEnv?: string;
      /** Only with `--allow-inline-secrets`. */
      password?: string;
    };

export interface Account {
  account: string;
  /** 1-based line of its row. */
  line: number;
  from: AccountSide;
  to: AccountSide;
  /** Book to read, where the row names one. */
  fromBook?: string;
  toBook?: string;
}

/** A row that cannot be run: it costs this account only. */
export interface BadAccount {
  account: string;
  line: number;
  error: UsageError;
}

/** One row of the file: its line and its cells, in the order of the header. */
export interface AccountRow {
  line: number;
  cells: readonly string[];
}

const SIDE_COLUMNS = ['provider', 'url', 'user', 'password_env', 'password_command', 'token_env', 'book', 'password'];
const KNOWN = [
  'account',
  'from',
  'to',
  ...['from', 'to'].flatMap((side) => SIDE_COLUMNS.map((name) => `${side}_${name}`)),
];
const OPTION = /^(?:from|to)_option\.[A-Za-z0-9._-]+$/;

/** What names an account: it becomes a folder of its report. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._@+-]{0,120}$/;

/**
 * The accounts of a file. Columns may come in any order.
 *
 * @throws UsageError for an unknown or missing column, a secret that is not allowed, or a name that comes twice
 */
export function readAccounts(
  file: string,
  header: readonly string[],
  rows: readonly AccountRow[],
  allowInlineSecrets: boolean,
): (Account | BadAccount)[] {
  const columns = header.map((name) => name.trim().toLowerCase());
  checkColumns(file, columns, allowInlineSecrets);
  const names = new Set<string>();
  return rows.map(({ line, cells }) => {
    const cell = (name: string): string => (cells[columns.indexOf(name)] ?? '').trim();
    const account = cell('account') || `row-${line}`;
    try {
      if (cells.length > columns.length) throw new UsageError(`${cells.length} cells, but ${columns.length} columns`);
      if (!NAME.test(account) || account.endsWith('.'))
        throw new UsageError(`"${printable(account)}" cannot name an account`, {
          hint: 'use letters, digits and . _ @ + -, beginning with a letter or digit, at most 120',
        });
      if (names.has(account.toLowerCase())) throw new UsageError(`there are two accounts "${account}"`);
      names.add(account.toLowerCase());
      return { account, line, ...sidesOf(columns, cell) };
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      const hint = error.hint === undefined ? {} : { hint: error.hint };
      return { account, line, error: new UsageError(`${printable(file)}, line ${line}: ${error.message}`, hint) };
    }
  });
}

function checkColumns(file: string, columns: readonly string[], allowInlineSecrets: boolean): void {
  for (const [index, name] of columns.entries()) {
    if (columns.indexOf(name) !== index)
      throw new UsageError(`${printable(file)}: column "${printable(name)}" comes twice`);
    if (KNOWN.includes(name) || OPTION.test(name)) continue;
    const near = nearest(name, KNOWN);
    throw new UsageError(`${printable(file)}: unknown column "${printable(name)}"`, {
      hint:
        near === undefined ? `there are: ${KNOWN.join(', ')}, from_option.KEY, to_option.KEY` : `did you mean ${near}?`,
    });
  }
  for (const side of ['from', 'to']) {
    if (!columns.includes(side) && !columns.includes(`${side}_provider`))
      throw new UsageError(`${printable(file)}: there is no column "${side}" and no "${side}_provider"`);
    if (columns.includes(`${side}_password`) && !allowInlineSecrets)
      throw new UsageError(`${printable(file)}: column "${side}_password" holds secrets in plain text`, {
        hint: `name a variable in ${side}_password_env or a command in ${side}_password_command, or add --allow-inline-secrets`,
      });
  }
}

function sidesOf(columns: readonly string[], cell: (name: string) => string): Omit<Account, 'account' | 'line'> {
  const fromBook = cell('from_book');
  const toBook = cell('to_book');
  return {
    from: sideOf('from', columns, cell),
    to: sideOf('to', columns, cell),
    ...(fromBook === '' ? {} : { fromBook }),
    ...(toBook === '' ? {} : { toBook }),
  };
}

function sideOf(side: 'from' | 'to', columns: readonly string[], cell: (name: string) => string): AccountSide {
  const profile = cell(side);
  const provider = cell(`${side}_provider`);
  if ((profile === '') === (provider === ''))
    throw new UsageError(
      profile === '' ? `neither ${side} nor ${side}_provider is given` : `both ${side} and ${side}_provider are given`,
    );
  if (profile !== '') return { profile };
  const options = columns.flatMap((name) => {
    const value = name.startsWith(`${side}_option.`) ? cell(name) : '';
    return value === '' ? [] : [[name.slice(`${side}_option.`.length), value] as const];
  });
  const texts = {
    url: cell(`${side}_url`),
    user: cell(`${side}_user`),
    book: side === 'to' ? cell('to_book') : '',
    passwordCommand: cell(`${side}_password_command`),
    passwordEnv: cell(`${side}_password_env`),
    tokenEnv: cell(`${side}_token_env`),
    password: cell(`${side}_password`),
  };
  const given = Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== ''));
  const secrets = ['passwordCommand', 'passwordEnv', 'tokenEnv', 'password'].filter((name) => name in given);
  if (secrets.length > 1) throw new UsageError(`more than one source of the secret of "${side}"`);
  return { provider, options: Object.fromEntries(options), ...given };
}

/** `I/N` as numbers, 1-based. @throws UsageError */
export function parseShard(text: string): { index: number; count: number } {
  const match = /^(\d{1,6})\/(\d{1,6})$/.exec(text);
  const [index, count] = [Number(match?.[1]), Number(match?.[2])];
  if (match === null || index < 1 || index > count)
    throw new UsageError(`--shard takes I/N with 1 ≤ I ≤ N, such as 2/8, not "${printable(text)}"`);
  return { index, count };
}

/** Every N-th row: shards are disjoint, together complete, and differ by at most one row. */
export function shardOf<T>(rows: readonly T[], { index, count }: { index: number; count: number }): T[] {
  return rows.filter((_, at) => at % count === index - 1);
}

/** Runs each account, at most `jobs` at a time; results in the order of the rows. Only an interruption stops the rest. */
export async function runAccounts<T, R>(
  accounts: readonly T[],
  jobs: number,
  run: (account: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  await forEachLimited(accounts, jobs, async (account, index) => {
    results[index] = await run(account);
  });
  return results;
}

/** Header and rows of the file, with line numbers. @throws InputError naming file and line */
export async function parseAccounts(
  file: string,
  bytes: Uint8Array,
): Promise<{ header: readonly string[]; rows: AccountRow[] }> {
  const { parse } = await import('csv-parse/sync');
  const records: { line: number; cells: string[] }[] = [];
  try {
    parse(Buffer.from(bytes), {
      bom: true,
      relax_column_count: true,
      skip_empty_lines: true,
      record_delimiter: ['\r\n', '\n', '\r'],
      max_record_size: 1 << 20,
      on_record: (cells: string[], { lines }) => {
        const breaks = cells.reduce((sum, text) => sum + (text.match(/\r\n|\n|\r/g)?.length ?? 0), 0);
        records.push({ line: lines - breaks, cells });
        return null;
      },
    });
  } catch (cause) {
    throw new InputError(`${printable(file)} is no readable CSV file`, {
      why: cause instanceof Error ? cause.message : String(cause),
      hint: 'check the quotes of the line that it names',
      cause,
    });
  }
  const [first, ...rows] = records;
  if (first === undefined)
    throw new InputError(`${printable(file)} is empty`, { hint: 'the first line names the columns' });
  return { header: first.cells, rows: rows.filter(({ cells }) => cells.some((cell) => cell.trim() !== '')) };
}
