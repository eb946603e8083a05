/** What `profile` does: lists, shows, tries and forgets profiles. */
import type { Context } from '../context.js';
import { Unsupported, UsageError } from '../model/errors.js';
import { nearest } from '../model/nearest.js';
import { printable, Secret } from '../model/text.js';
import { providerByName } from '../providers/index.js';
import type { Config, Profile } from '../store/types.js';
import { confirm, hidden } from '../ui/prompt.js';
import { showText, type Row } from '../ui/card.js';
import { listFormat, outputFormat, printList } from './output.js';
import { add, edited, save, signInElsewhere } from './profile-save.js';
import { checkWrite, emptySummary, finish } from './result.js';

export type ProfileAction = 'add' | 'edit' | 'list' | 'show' | 'remove' | 'default' | 'test' | 'login' | 'logout';

export interface ProfileFlags {
  provider?: string;
  url?: string;
  user?: string;
  passwordStdin?: boolean;
  tokenStdin?: boolean;
  secretStdin?: string;
  passwordCommand?: string;
  option?: string[];
  readOnly?: boolean;
  /** False with `--no-verify`. */
  verify?: boolean;
}

export interface ProfileOptions {
  context: Context;
  action: ProfileAction;
  name?: string;
  flags: ProfileFlags;
}

export async function runProfile({ context, action, name, flags }: ProfileOptions): Promise<void> {
  if (!READS.has(action)) checkWrite(context);
  const saved = await (await context.config()).read();
  switch (action) {
    case 'add':
      return add(context, saved, name, flags);
    case 'edit':
      return edit(context, saved, given(saved, name), flags);
    case 'list':
      return list(context, saved);
    case 'show':
      return show(context, saved, current(context, saved, name));
    case 'remove':
      return remove(context, saved, given(saved, name));
    case 'default':
      return setDefault(context, saved, name);
    case 'test':
      return test(context, current(context, saved, name));
    case 'login':
      return login(context, saved, current(context, saved, name), flags);
    case 'logout':
      return logout(context, current(context, saved, name));
  }
}

const READS: ReadonlySet<ProfileAction> = new Set<ProfileAction>(['list', 'show', 'test', 'default']);

function given(saved: Config, name: string | undefined): string {
  if (name === undefined)
    throw new UsageError('which profile?', {
      hint: `there is: ${Object.keys(saved.profiles).join(', ') || 'none yet'}`,
    });
  return name;
}

function named(saved: Config, name: string): Profile {
  const found = Object.hasOwn(saved.profiles, name) ? saved.profiles[name] : undefined;
  if (found) return found;
  const near = nearest(name, Object.keys(saved.profiles));
  throw new UsageError(`there is no profile "${printable(name)}"`, {
    hint: near === undefined ? 'cardferry profile list' : `did you mean "${near}"?`,
  });
}

/** The named profile, else the one that commands would use. */
function current(context: Context, saved: Config, name: string | undefined): string {
  const { globals, env } = context;
  const chosen = name ?? globals.profile ?? (env['CARDFERRY_PROFILE'] || undefined) ?? saved.defaultProfile ?? 'local';
  if (chosen !== 'local') named(saved, chosen);
  return chosen;
}

const EDITS: readonly (keyof ProfileFlags)[] = [
  'provider',
  'url',
  'user',
  'passwordStdin',
  'tokenStdin',
  'secretStdin',
  'passwordCommand',
  'option',
  'readOnly',
];

function edit(context: Context, saved: Config, name: string, flags: ProfileFlags): Promise<void> {
  const profile = named(saved, name);
  if (EDITS.every((key) => flags[key] === undefined) && context.globals.books.length === 0) {
    throw new UsageError('nothing to change', { hint: 'see "cardferry profile edit --help"' });
  }
  return save(context, name, edited(profile, flags), { flags, adds: false, exists: true });
}

async function list(context: Context, saved: Config): Promise<void> {
  const rows = Object.entries(saved.profiles).map(([name, { provider, url, user }]) => ({
    name,
    provider,
    url,
    user,
    default: saved.defaultProfile === name,
  }));
  await printList(context, listFormat(context), {
    items: rows,
    json: (row) => row,
    cells: (row) => [row.name, row.provider, row.url ?? '', row.user ?? '', row.default ? 'default' : ''],
    head: ['Name', 'Provider', 'URL', 'User', ''],
    plain: (row) => row.name,
    empty: 'no profiles yet; the built-in "local" works without one',
  });
}

async function show(context: Context, saved: Config, name: string): Promise<void> {
  const format = outputFormat(context, ['plain', 'table', 'json'], 'plain', 'plain');
  const profile: Profile = saved.profiles[name] ?? {
    provider: 'local',
    options: { path: `${context.paths.data}/contacts` },
  };
  const kept = await (await context.secrets()).describe(name);
  if (format === 'json')
    return context.io.out(
      `${JSON.stringify({ name, ...profile, default: saved.defaultProfile === name, secrets: kept })}\n`,
    );
  const rows: Row[] = [
    ['Name', name],
    ['Provider', profile.provider],
    ['URL', profile.url ?? ''],
    ['User', profile.user ?? ''],
    ['Book', profile.book ?? ''],
    ...Object.entries(profile.options).map(([key, value]): Row => [`Option ${key}`, value]),
    ['Read-only', profile.readOnly === true ? 'yes' : ''],
    ['Password by', profile.passwordCommand ?? ''],
    ['Secrets', kept.keys.length === 0 ? 'none kept' : `${kept.keys.join(', ')} (${kept.where})`],
    ['Default', saved.defaultProfile === name ? 'yes' : ''],
  ];
  return context.io.out(
    showText(
      rows.filter(([, text]) => text !== ''),
      context.io.color.stdout,
    ),
  );
}

async function remove(context: Context, saved: Config, name: string): Promise<void> {
  named(saved, name);
  const summary = emptySummary();
  const question = `Remove the profile ${name} and its secrets?`;
  if (!context.globals.dryRun && !(await confirm(context, question, 'removing a profile'))) {
    summary.skipped.push(name);
    return finish(context, summary, { done: 'nothing was removed' });
  }
  if (!context.globals.dryRun) {
    await (await context.secrets()).remove(name);
    await (await context.config()).remove(name);
  }
  summary.deleted.push(name);
  await finish(context, summary, { done: `removed profile ${name}` });
}

async function setDefault(context: Context, saved: Config, name: string | undefined): Promise<void> {
  if (name === undefined) {
    const format = outputFormat(context, ['plain', 'json'], 'plain', 'plain');
    const chosen = saved.defaultProfile ?? 'local';
    return context.io.out(format === 'json' ? `${JSON.stringify({ default: chosen })}\n` : `${chosen}\n`);
  }
  checkWrite(context);
  if (name !== 'local') named(saved, name);
  const built = name === 'local' && !Object.hasOwn(saved.profiles, name);
  if (!context.globals.dryRun) await (await context.config()).setDefault(built ? undefined : name);
  const summary = emptySummary();
  summary.updated.push(name);
  await finish(context, summary, { done: `commands now use ${name}` });
}

async function logout(context: Context, name: string): Promise<void> {
  if (!context.globals.dryRun) await (await context.secrets()).remove(name);
  const summary = emptySummary();
  summary.updated.push(name);
  await finish(context, summary, { done: `the secrets of ${name} are forgotten` });
}

async function test(context: Context, name: string): Promise<void> {
  const format = outputFormat(context, ['plain', 'table', 'json'], 'plain', 'plain');
  context.io.status('signing in');
  const connection = await context.connect(name);
  const info = await connection.provider.check();
  const books = await connection.provider.books();
  context.io.status(undefined);
  if (format === 'json') return context.io.out(`${JSON.stringify({ ok: true, profile: name, ...info, books })}\n`);
  const rows: Row[] = [
    ['Profile', name],
    ['Signed in as', info.user],
    ['Server', info.server],
    ...Object.entries(info.details),
    ['Books', books.map((book) => book.name).join(', ')],
  ];
  return context.io.out(
    showText(
      rows.filter(([, text]) => text !== ''),
      context.io.color.stdout,
    ),
  );
}

async function login(context: Context, saved: Config, name: string, flags: ProfileFlags): Promise<void> {
  const profile = named(saved, name);
  if (profile.passwordCommand !== undefined) {
    throw new UsageError(`profile "${name}" takes its password from a command`, {
      hint: `cardferry profile edit ${name} --password-command …`,
    });
  }
  const definition = await providerByName(profile.provider);
  const kind = definition.auth.find((one) => one !== 'none');
  if (kind === undefined) throw new Unsupported(`${definition.name} has no sign-in`, { profile: name });
  const options = { flags, adds: false, exists: true };
  if (flags.passwordStdin || flags.tokenStdin || flags.secretStdin !== undefined) {
    return save(context, name, profile, options);
  }
  if (definition.login !== undefined) {
    await context.checkProfile(name, profile);
    return save(context, name, profile, { ...options, asked: await signInElsewhere(context, name, profile) });
  }
  const asked = new Map([[kind, new Secret(await hidden(context, kind === 'token' ? 'Token' : 'Password'))]]);
  return save(context, name, profile, { ...options, asked });
}
