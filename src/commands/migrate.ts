/** `migrate`: plan, apply, verify. */
import { Command, Option } from 'commander';
import type { ContextSource } from './index.js';
import type { Context } from '../context.js';
import type { ConflictPolicy, MatchKey, MigrateOptions, Overflow } from '../engine/types.js';
import { UsageError } from '../model/errors.js';
import { needsInput } from '../ui/prompt.js';
import { examples, wholeNumber } from './shared.js';
import type { AccountsOptions } from './migrate-accounts.js';

export interface MigrateFlags {
  onConflict: ConflictPolicy;
  match: MatchKey[];
  overflow: Overflow;
  group?: string;
  sinceLast?: boolean;
  mirror?: boolean;
  /** False with `--no-verify`. */
  verify: boolean;
  report?: string;
  restart?: boolean;
  force?: boolean;
}

interface AccountsFlags {
  accounts?: string;
  jobs?: number;
  shard?: string;
  allowInlineSecrets?: boolean;
}
export interface MigrateCommandOptions {
  context: Context;
  from: string;
  to: string;
  flags: MigrateFlags;
  books: MigrateOptions['books'];
}

const MATCHES: readonly MatchKey[] = ['uid', 'email', 'name'];

/** Loaded with the action: the engine is large. */
async function runMigrate(options: MigrateCommandOptions): Promise<void> {
  const { runMigrate: run } = await import('./migrate-run.js');
  return run(options);
}

async function runAccounts(options: AccountsOptions): Promise<void> {
  const { runAccountsFile } = await import('./migrate-accounts.js');
  return runAccountsFile(options);
}

export function migrateCommand(context: ContextSource, run = runMigrate, runMany = runAccounts): Command {
  const command = new Command('migrate')
    .description(
      'Move contacts from one server, file or folder to another: plan, apply, verify.\n' +
        'The plan says what will not fit before a byte is written. An interrupted run goes on with the same command;\n' +
        'a finished one writes nothing when it is given again; "undo" takes it back.',
    )
    .argument('[from]', 'profile, contacts file or vdir folder')
    .argument('[to]', 'profile, contacts file or vdir folder')
    .action((from: string | undefined, to: string | undefined, flags: MigrateFlags & AccountsFlags) =>
      start(context(), { from, to }, flags, { run, runMany }),
    );
  const add = (group: string, option: Option): Command => command.addOption(option.helpGroup(group));
  add('What:', new Option('--group <group>', 'only members of a group'));
  add('What:', new Option('--since-last', 'only what changed since the last run'));
  add('What:', new Option('--mirror', 'deletions follow too'));
  add(
    'How:',
    new Option('--on-conflict <policy>', 'a contact that is there already and differs')
      .choices(['skip', 'update', 'duplicate', 'ask'])
      .default('update'),
  );
  add(
    'How:',
    new Option('--match <keys>', 'how a contact is recognised on the target')
      .argParser(matchKeys)
      .default([...MATCHES], 'uid,email,name'),
  );
  add(
    'How:',
    new Option('--overflow <where>', 'where fields go that do not fit')
      .choices(['notes', 'file', 'drop'])
      .default('file'),
  );
  add('How:', new Option('--no-verify', 'do not read the target back'));
  add('How:', new Option('--report <dir>', 'where report.json, report.html, leftovers.vcf and rejects.vcf go'));
  add('How:', new Option('--restart', 'forget what earlier runs did'));
  add('How:', new Option('--force', 'let a brake pass: empty or shrunken source, mass deletion or overwriting'));
  add('Many accounts:', new Option('--accounts <file.csv>', 'one row an account, instead of FROM and TO'));
  add('Many accounts:', new Option('--jobs <n>', 'accounts at a time (default 1)').argParser(wholeNumber('--jobs', 1)));
  add('Many accounts:', new Option('--shard <i/n>', 'only the I-th of N even parts of the file'));
  add('Many accounts:', new Option('--allow-inline-secrets', 'let the file hold passwords in plain text'));
  return examples(command, [
    'cardferry migrate old-server new-server --dry-run',
    'cardferry migrate contacts.vcf work --yes',
    'cardferry migrate work backup/ --yes --book Contacts=Archive',
    'cardferry migrate --accounts accounts.csv --jobs 4 --shard 2/8 --yes',
  ]);
}

/** One migration or many: checks what goes together before anything is opened. @throws UsageError */
function start(
  context: Context,
  { from, to }: { from: string | undefined; to: string | undefined },
  all: MigrateFlags & AccountsFlags,
  { run, runMany }: { run: typeof runMigrate; runMany: typeof runAccounts },
): Promise<void> {
  const { accounts, jobs, shard, allowInlineSecrets, ...flags } = all;
  const agreed = (): void => {
    if (!context.globals.yes && !context.globals.dryRun)
      needsInput(context, 'migrating needs a confirmation', 'add --yes to agree, or --dry-run for the plan alone');
  };
  if (accounts !== undefined) {
    if (from !== undefined) throw new UsageError('--accounts stands instead of FROM and TO');
    if (flags.onConflict === 'ask') throw new UsageError('--on-conflict ask does not go with --accounts');
    agreed();
    const options = { context, file: accounts, jobs: jobs ?? 1, allowInlineSecrets: allowInlineSecrets ?? false };
    return runMany({ ...options, flags, ...(shard === undefined ? {} : { shard }) });
  }
  if (jobs !== undefined || shard !== undefined || allowInlineSecrets !== undefined)
    throw new UsageError('--jobs, --shard and --allow-inline-secrets go with --accounts');
  if (from === undefined || to === undefined)
    throw new UsageError('migrate needs a source and a target', { hint: 'cardferry migrate FROM TO' });
  agreed();
  return run({ context, from, to, flags, books: context.globals.books.map(bookPair) });
}

function matchKeys(text: string): MatchKey[] {
  return text.split(',').map((word) => {
    const key = MATCHES.find((candidate) => candidate === word.trim());
    if (key === undefined) throw new UsageError(`--match takes ${MATCHES.join(', ')}, not "${word}"`);
    return key;
  });
}

/** `SRC=DST`, or `BOOK` for the same name on both sides. */
function bookPair(text: string): { from: string; to: string } {
  const at = text.indexOf('=');
  if (at < 0) return { from: text, to: text };
  if (at === 0 || at === text.length - 1) throw new UsageError(`--book takes SRC=DST here, not "${text}"`);
  return { from: text.slice(0, at), to: text.slice(at + 1) };
}
