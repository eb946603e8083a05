/** `migrate`: plan, apply, verify. */
import { Command, Option } from 'commander';
import type { ContextSource } from './index.js';
import type { Context } from '../context.js';
import type { ConflictPolicy, MatchKey, MigrateOptions, Overflow } from '../engine/types.js';
import { UsageError } from '../model/errors.js';
import { needsInput } from '../ui/prompt.js';
import { examples } from './shared.js';

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

export function migrateCommand(context: ContextSource, run = runMigrate): Command {
  const command = new Command('migrate')
    .description(
      'Move contacts from one server, file or folder to another: plan, apply, verify.\n' +
        'The plan says what will not fit before a byte is written. An interrupted run goes on with the same command;\n' +
        'a finished one writes nothing when it is given again; "undo" takes it back.',
    )
    .argument('<from>', 'profile, contacts file or vdir folder')
    .argument('<to>', 'profile, contacts file or vdir folder')
    .action((from: string, to: string, flags: MigrateFlags) => {
      const made = context();
      if (!made.globals.yes && !made.globals.dryRun)
        needsInput(made, 'migrating needs a confirmation', 'add --yes to agree, or --dry-run for the plan alone');
      return run({ context: made, from, to, flags, books: made.globals.books.map(bookPair) });
    });
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
  return examples(command, [
    'cardferry migrate old-server new-server --dry-run',
    'cardferry migrate contacts.vcf work --yes',
    'cardferry migrate work backup/ --yes --book Contacts=Archive',
  ]);
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
