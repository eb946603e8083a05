/** What `migrate --accounts` does: one migration an account, one report each, one summary of all. */
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Context } from '../context.js';
import type { Account, AccountSide, BadAccount } from '../engine/accounts.js';
import type { Connection, MigrateResult } from '../engine/types.js';
import {
  AuthError,
  CardferryError,
  EXIT,
  InputError,
  Interrupted,
  NotFound,
  PartlyDone,
  UsageError,
} from '../model/errors.js';
import { printable, Secret } from '../model/text.js';
import { systemCode, systemReason, writeFileAtomic } from '../store/files.js';
import type { Profile } from '../store/types.js';
import { confirm } from '../ui/prompt.js';
import { listFormat, printList } from './output.js';
import type { MigrateFlags } from './migrate.js';
import { runMigration } from './migrate-run.js';

export interface AccountsOptions {
  context: Context;
  file: string;
  jobs: number;
  shard?: string;
  allowInlineSecrets: boolean;
  flags: MigrateFlags;
}

/** One row of the summary, as `--json` prints it. */
export interface AccountResult {
  account: string;
  ok: boolean;
  /** Exit code that this account alone would have had. */
  exit: number;
  created: number;
  updated: number;
  unchanged: number;
  deleted: number;
  skipped: number;
  failed: number;
  /** Differences that verification found; absent when it was not made. */
  differences?: number;
  run?: string;
  report?: string;
  error?: { code: string; message: string; hint?: string };
}

export async function runAccountsFile(options: AccountsOptions): Promise<void> {
  const { context, file, shard, flags } = options;
  const { globals, io, clock } = context;
  if (globals.books.length > 0)
    throw new UsageError('--book does not go with --accounts', { hint: 'use the columns from_book and to_book' });
  const format = listFormat(context);
  const engine = await import('../engine/accounts.js');
  const part = shard === undefined ? undefined : engine.parseShard(shard);
  const { header, rows } = await engine.parseAccounts(file, await fileBytes(file));
  const all = engine.readAccounts(file, header, rows, options.allowInlineSecrets);
  const accounts = part === undefined ? all : engine.shardOf(all, part);
  if (!globals.dryRun && !(await confirm(context, `Migrate ${accounts.length} accounts?`, 'migrating'))) {
    return io.note('nothing was written');
  }
  const stamp = new Date(clock.now()).toISOString().replace(/[:.]/g, '-');
  const folder = flags.report ?? join(context.paths.state, 'reports', `accounts-${stamp}`);
  let done = 0;
  const results = await engine.runAccounts(accounts, options.jobs, async (account) => {
    const result = await migrateAccount(context, account, { ...flags, report: join(folder, account.account) });
    done += 1;
    io.note(`${done}/${accounts.length} ${line(result)}`);
    return result;
  });
  if (!globals.dryRun) await writeSummary(folder, part?.index, results);
  await printList(context, format, {
    items: results,
    json: (result) => result,
    cells: (result) => CELLS.map(([, cell]) => cell(result)),
    head: CELLS.map(([title]) => title),
    plain: (result) => result.account,
    empty: 'no accounts',
  });
  if (!globals.dryRun) io.note(`reports: ${printable(folder)}`);
  endWith(results);
}

const CELLS: readonly [title: string, cell: (result: AccountResult) => string][] = [
  ['Account', ({ account }) => account],
  ['Exit', ({ exit }) => String(exit)],
  ['New', ({ created }) => String(created)],
  ['Changed', ({ updated }) => String(updated)],
  ['Same', ({ unchanged }) => String(unchanged)],
  ['Deleted', ({ deleted }) => String(deleted)],
  ['Failed', ({ failed }) => String(failed)],
  ['Differences', ({ differences }) => (differences === undefined ? '' : String(differences))],
  ['Why', ({ error }) => error?.message ?? ''],
];

function line({ account, ok, created, updated, unchanged, failed, error }: AccountResult): string {
  const numbers = `${created} new, ${updated} changed, ${unchanged} the same${failed > 0 ? `, ${failed} failed` : ''}`;
  const why = error === undefined ? '' : `: ${error.message}`;
  return printable(`${account}: ${ok ? 'done' : 'not all done'}: ${numbers}${why}`);
}

/** The side that a run's journal names (`anna:to`), opened by its row. @throws UsageError, NotFound */
export async function openAccountSide(
  context: Context,
  file: string,
  name: string,
  allowInlineSecrets: boolean,
): Promise<Connection> {
  const { parseAccounts, readAccounts } = await import('../engine/accounts.js');
  const { header, rows } = await parseAccounts(file, await fileBytes(file));
  const end = name.endsWith(':from') ? 'from' : 'to';
  const account = name.slice(0, name.lastIndexOf(':'));
  const found = readAccounts(file, header, rows, allowInlineSecrets).find((row) => row.account === account);
  if (found === undefined)
    throw new NotFound(`${printable(file)} has no account ${printable(account)}`, {
      hint: 'name the file of that run',
    });
  if ('error' in found) throw found.error;
  return openSide(context, found[end], name, end);
}

async function fileBytes(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (cause) {
    if (systemCode(cause) === 'ENOENT') throw new NotFound(`there is no file ${printable(file)}`, { cause });
    throw new InputError(`cannot read ${printable(file)}`, { why: systemReason(cause), cause });
  }
}

const NOTHING = { created: 0, updated: 0, unchanged: 0, deleted: 0, skipped: 0, failed: 0 };

/** Never throws but when the whole run was interrupted: what goes wrong costs this account alone. */
async function migrateAccount(
  context: Context,
  account: Account | BadAccount,
  flags: MigrateFlags,
): Promise<AccountResult> {
  const opened: Connection[] = [];
  try {
    if ('error' in account) throw account.error;
    const open = async (side: 'from' | 'to'): Promise<Connection> => {
      const connection = await openSide(context, account[side], `${account.account}:${side}`, side);
      if (!('profile' in account[side])) opened.push(connection);
      return connection;
    };
    const [from, to] = [await open('from'), await open('to')];
    const { fromBook, toBook } = account;
    const books = fromBook === undefined ? [] : [{ from: fromBook, to: toBook ?? fromBook }];
    const result = await runMigration(context, { from, to, flags, books, confirm: () => Promise.resolve(true) });
    return resultOf(account.account, result);
  } catch (error) {
    if (error instanceof Interrupted) throw error;
    const shown = error instanceof CardferryError ? error : undefined;
    const message = error instanceof Error ? error.message : String(error);
    const told = {
      code: shown?.code ?? 'internal',
      message: shown?.why === undefined ? message : `${message}: ${shown.why}`,
      ...(shown?.hint === undefined ? {} : { hint: shown.hint }),
    };
    return { account: account.account, ok: false, exit: shown?.exit ?? EXIT.failed, ...NOTHING, error: told };
  } finally {
    await Promise.allSettled(opened.map((connection) => connection.provider.close()));
  }
}

function resultOf(account: string, { plan, summary, verified, run, reportDir }: MigrateResult): AccountResult {
  const differences = verified?.differences.length;
  const ok = summary.ok && (differences ?? 0) === 0;
  return {
    account,
    ok,
    exit: ok ? EXIT.ok : EXIT.partial,
    created: summary.created.length,
    updated: summary.updated.length,
    unchanged: plan.unchanged,
    deleted: summary.deleted.length,
    skipped: summary.skipped.length,
    failed: summary.failed.length,
    ...(differences === undefined ? {} : { differences }),
    ...(run === undefined ? {} : { run }),
    ...(reportDir === undefined ? {} : { report: reportDir }),
    ...(ok ? {} : { error: { code: 'partial', message: 'some contacts failed or differ: see its report' } }),
  };
}

/** A saved profile (or a file), or one made of the row's cells. @throws UsageError, AuthError */
async function openSide(context: Context, side: AccountSide, name: string, end: 'from' | 'to'): Promise<Connection> {
  if ('profile' in side) return context.connectEndpoint(side.profile, end);
  const { provider, url, user, book, options, passwordCommand, passwordEnv, tokenEnv, password } = side;
  const profile: Profile = {
    provider,
    options,
    ...(url === undefined ? {} : { url }),
    ...(user === undefined ? {} : { user }),
    ...(book === undefined ? {} : { book }),
    ...(passwordCommand === undefined ? {} : { passwordCommand }),
  };
  await context.checkProfile(name, profile);
  const given = new Map<string, Secret>();
  if (password !== undefined) given.set('password', new Secret(password));
  if (passwordEnv !== undefined) given.set('password', variable(context, passwordEnv));
  if (tokenEnv !== undefined) given.set('token', variable(context, tokenEnv));
  return context.open(name, profile, given.size === 0 ? undefined : given);
}

function variable({ env }: Context, name: string): Secret {
  const value = env[name];
  if (value === undefined || value === '')
    throw new AuthError(`the environment has no ${printable(name)}`, { hint: 'export it, or correct the row' });
  return new Secret(value);
}

async function writeSummary(
  folder: string,
  part: number | undefined,
  results: readonly AccountResult[],
): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const name = part === undefined ? 'summary.json' : `summary-${part}.json`;
  async function* text(): AsyncIterable<string> {
    yield `${JSON.stringify({ version: 1, accounts: results }, null, 2)}\n`;
  }
  await writeFileAtomic(join(folder, name), text(), 0o600);
}

/** The worst of the rows: 0; 3 when some went through; else what they all failed with, or 1. */
function endWith(results: readonly AccountResult[]): void {
  const bad = results.filter(({ ok }) => !ok);
  if (bad.length === 0) return;
  const message = `${bad.length} of ${results.length} account(s) are not all done`;
  const hint = 'the summary names each one; the same command goes on';
  const codes = new Set(bad.map(({ exit }) => exit));
  if (bad.length < results.length || codes.has(EXIT.partial)) throw new PartlyDone(message, { hint });
  const [code] = codes;
  throw new AllFailed(message, codes.size === 1 && code !== undefined ? code : EXIT.failed, hint);
}

class AllFailed extends CardferryError {
  readonly code = 'allFailed';
  readonly exit: CardferryError['exit'];
  constructor(message: string, exit: number, hint: string) {
    super(message, { hint });
    this.exit = Object.values(EXIT).find((known) => known === exit) ?? EXIT.failed;
  }
}
