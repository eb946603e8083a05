/** What `profile` does: saves, shows, tries and forgets profiles. */
import type { Context } from '../context.js';
import type { AccountInfo, ProviderDefinition } from '../providers/types.js';
import { NotFound, UsageError } from '../model/errors.js';
import { nearest } from '../model/nearest.js';
import { printable, redactUrl, Secret } from '../model/text.js';
import { providerByName, PROVIDERS } from '../providers/index.js';
import type { Config, Profile } from '../store/types.js';
import { confirm, hidden, needsInput } from '../ui/prompt.js';
import { showText, type Row } from '../ui/card.js';
import { table, tsvLine } from '../ui/render.js';
import { outputFormat, readAll } from './shared.js';

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
  const config = await context.config();
  const saved = await config.read();
  switch (action) {
    case 'add':
      return add(context, saved, name, flags);
    case 'edit':
      return save(context, given(saved, name), edited(named(saved, given(saved, name)), flags), flags);
    case 'list':
      return list(context, saved);
    case 'show':
      return show(context, saved, await current(context, saved, name));
    case 'remove':
      return remove(context, saved, name);
    case 'default':
      return setDefault(context, saved, name);
    case 'test':
      return test(context, await current(context, saved, name));
    case 'login':
      return login(context, saved, await current(context, saved, name));
    case 'logout':
      await (await context.secrets()).remove(await current(context, saved, name));
      return context.io.note('the secrets are forgotten');
  }
}

function given(saved: Config, name: string | undefined): string {
  if (name === undefined) throw new UsageError('which profile?', { hint: `there is: ${Object.keys(saved.profiles).join(', ') || 'none yet'}` });
  return name;
}

function named(saved: Config, name: string): Profile {
  const found = Object.hasOwn(saved.profiles, name) ? saved.profiles[name] : undefined;
  if (found) return found;
  const near = nearest(name, Object.keys(saved.profiles));
  throw new UsageError(`there is no profile "${printable(name)}"`, { hint: near === undefined ? 'cardferry profile list' : `did you mean "${near}"?` });
}

/** The named profile, else the one that commands would use. */
async function current(context: Context, saved: Config, name: string | undefined): Promise<string> {
  const chosen = name ?? context.globals.profile ?? context.env['CARDFERRY_PROFILE'] ?? saved.defaultProfile ?? 'local';
  if (chosen !== 'local') named(saved, chosen);
  return chosen;
}

async function add(context: Context, saved: Config, name: string | undefined, flags: ProfileFlags): Promise<void> {
  const asks = flags.provider === undefined;
  if (asks) needsInput(context, 'a profile needs --provider', `cardferry profile add NAME --provider ${PROVIDERS.map((one) => one.name).join('|')}`);
  if (!asks && name === undefined) throw new UsageError('a profile needs a name', { hint: 'cardferry profile add NAME --provider …' });
  if (name !== undefined && Object.hasOwn(saved.profiles, name)) {
    if (!(await confirm(context, `The profile ${name} exists. Replace it?`, `replacing the profile "${name}"`))) return;
  }
  if (!asks && name !== undefined) return save(context, name, edited({ provider: flags.provider ?? '', options: {} }, flags), flags);
  const { profileForm } = await import('./profile-form.js');
  const answers = await profileForm(context, Object.keys(saved.profiles), name, flags);
  return save(context, answers.name, answers.profile, flags, answers.secrets);
}

/** The profile with the flags written over it. */
function edited(before: Profile, flags: ProfileFlags): Profile {
  const options = { ...before.options };
  for (const text of flags.option ?? []) {
    const at = text.indexOf('=');
    if (at < 1) throw new UsageError(`--option takes KEY=VALUE, not "${printable(text)}"`);
    if (at === text.length - 1) delete options[text.slice(0, at)];
    else options[text.slice(0, at)] = text.slice(at + 1);
  }
  return {
    ...before,
    options,
    ...(flags.provider === undefined ? {} : { provider: flags.provider }),
    ...(flags.url === undefined ? {} : { url: checkedUrl(flags.url) }),
    ...(flags.user === undefined ? {} : { user: flags.user }),
    ...(flags.passwordCommand === undefined ? {} : { passwordCommand: flags.passwordCommand }),
    ...(flags.readOnly === undefined ? {} : { readOnly: flags.readOnly }),
  };
}

/** A URL must not carry a password: it would be kept in a file that is no secret. */
function checkedUrl(text: string): string {
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return text;
  let url: URL;
  try {
    url = new URL(text);
  } catch (cause) {
    throw new UsageError(`"${redactUrl(text)}" is no URL`, { hint: 'such as https://mail.example.com', cause });
  }
  if (url.username !== '' || url.password !== '') {
    throw new UsageError('the URL holds a user name or a password', { hint: 'use --user and --password-stdin' });
  }
  return text;
}

/** Reads the secrets, tries the sign-in, saves. */
async function save(context: Context, name: string, profile: Profile, flags: ProfileFlags, asked?: Map<string, Secret>): Promise<void> {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name)) throw new UsageError(`"${printable(name)}" is no name for a profile`, { hint: 'letters, digits, . _ -' });
  const definition = await providerByName(profile.provider);
  if (context.globals.books.length === 1) profile.book = context.globals.books[0] ?? '';
  const secrets = asked ?? (await secretsFrom(context, definition, flags));
  if (profile.user === undefined && definition.auth[0] === 'password' && !secrets.has('token')) {
    throw new UsageError(`${definition.name} needs a user name`, { hint: 'add --user NAME' });
  }
  let info: AccountInfo | undefined;
  if (flags.verify !== false) {
    context.io.status('trying the sign-in');
    const connection = await context.open(name, profile, secrets);
    try {
      info = await connection.provider.check();
    } finally {
      await connection.provider.close();
      context.io.status(undefined);
    }
  }
  const store = await context.secrets();
  if (profile.passwordCommand !== undefined && flags.passwordCommand !== undefined) await store.remove(name);
  const places = new Set<string>();
  for (const [key, secret] of secrets) places.add(await store.set(name, key, secret));
  await (await context.config()).save(name, profile);
  if (places.has('file')) context.io.note(`the secret is kept in a file that only you can read: ${context.paths.config}/secrets.json`);
  if (places.has('keyring')) context.io.note("the secret is kept in the system's keyring");
  context.io.note(`saved profile ${name}${info ? `: signed in as ${printable(info.user)} at ${printable(info.server)}` : ''}`);
  if (context.globals.format === 'json') await context.io.out(`${JSON.stringify({ ok: true, profile: name })}\n`);
}

async function secretsFrom(context: Context, definition: ProviderDefinition, flags: ProfileFlags): Promise<Map<string, Secret>> {
  const wanted = [flags.passwordStdin && 'password', flags.tokenStdin && 'token', flags.secretStdin].filter((one) => typeof one === 'string');
  if (wanted.length + (flags.passwordCommand === undefined ? 0 : 1) > 1) throw new UsageError('more than one source of secrets', { hint: 'use one of --password-stdin, --token-stdin, --secret-stdin, --password-command' });
  const keys = (wanted[0] ?? '').split(',').map((key) => key.trim()).filter(Boolean);
  const allowed = [...definition.auth.filter((kind) => kind !== 'none'), ...definition.options.filter((option) => option.secret === true).map((option) => option.key)];
  for (const key of keys) if (!allowed.includes(key)) throw new UsageError(`${definition.name} has no secret "${printable(key)}"`, { hint: `it takes: ${allowed.join(', ') || 'none'}` });
  if (keys.length === 0) return new Map();
  const lines = (await readAll(context.io.stdin)).toString('utf8').split(/\r?\n/);
  const secrets = new Map<string, Secret>();
  keys.forEach((key, index) => {
    const line = lines[index];
    if (line === undefined || line === '') throw new UsageError(`stdin holds no ${key}`, { hint: 'one secret a line, in the order of the keys' });
    secrets.set(key, new Secret(line));
  });
  return secrets;
}

async function list(context: Context, saved: Config): Promise<void> {
  const format = outputFormat(context, ['table', 'tsv', 'json', 'ndjson', 'plain'], 'table', 'tsv');
  const rows = Object.entries(saved.profiles).map(([name, profile]) => ({ name, provider: profile.provider, url: profile.url, user: profile.user, default: saved.defaultProfile === name }));
  if (format === 'json') return context.io.out(`${JSON.stringify(rows)}\n`);
  if (format === 'ndjson') return context.io.out(rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  if (format === 'plain') return context.io.out(rows.map((row) => tsvLine([row.name])).join(''));
  const cells = rows.map((row) => [row.name, row.provider, row.url ?? '', row.user ?? '', row.default ? 'default' : '']);
  if (format === 'tsv') return context.io.out(cells.map(tsvLine).join(''));
  if (cells.length === 0) return context.io.note('no profiles yet; the built-in "local" works without one');
  return context.io.out(await table(['Name', 'Provider', 'URL', 'User', ''], cells, { columns: context.io.columns, color: context.io.color.stdout }));
}

async function show(context: Context, saved: Config, name: string): Promise<void> {
  const format = outputFormat(context, ['plain', 'table', 'json'], 'plain', 'plain');
  const profile: Profile = saved.profiles[name] ?? { provider: 'local', options: { path: `${context.paths.data}/contacts` } };
  const kept = await (await context.secrets()).describe(name);
  if (format === 'json') return context.io.out(`${JSON.stringify({ name, ...profile, default: saved.defaultProfile === name, secrets: kept })}\n`);
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
  return context.io.out(showText(rows.filter(([, text]) => text !== ''), context.io.color.stdout));
}

async function remove(context: Context, saved: Config, name: string | undefined): Promise<void> {
  const chosen = given(saved, name);
  named(saved, chosen);
  if (context.globals.input && !(await confirm(context, `Remove the profile ${chosen} and its secrets?`, 'removing a profile'))) return;
  await (await context.secrets()).remove(chosen);
  await (await context.config()).remove(chosen);
  context.io.note(`removed profile ${chosen}`);
}

async function setDefault(context: Context, saved: Config, name: string | undefined): Promise<void> {
  if (name === undefined) return context.io.out(`${saved.defaultProfile ?? 'local'}\n`);
  if (name !== 'local') named(saved, name);
  await (await context.config()).setDefault(name === 'local' && !Object.hasOwn(saved.profiles, name) ? undefined : name);
  return context.io.note(`commands now use ${name}`);
}

async function test(context: Context, name: string): Promise<void> {
  const format = outputFormat(context, ['plain', 'table', 'json'], 'plain', 'plain');
  context.io.status('signing in');
  const connection = await context.connect(name);
  const info = await connection.provider.check();
  const books = await connection.provider.books();
  context.io.status(undefined);
  if (format === 'json') return context.io.out(`${JSON.stringify({ ok: true, profile: name, ...info, books })}\n`);
  const rows: Row[] = [['Profile', name], ['Signed in as', info.user], ['Server', info.server], ...Object.entries(info.details), ['Books', books.map((book) => book.name).join(', ')]];
  return context.io.out(showText(rows.filter(([, text]) => text !== ''), context.io.color.stdout));
}

async function login(context: Context, saved: Config, name: string): Promise<void> {
  const profile = named(saved, name);
  if (profile.passwordCommand !== undefined) throw new UsageError(`profile "${name}" takes its password from a command`, { hint: `cardferry profile edit ${name} --password-command …` });
  const definition = await providerByName(profile.provider);
  const kind = definition.auth.find((one) => one !== 'none');
  if (kind === undefined) throw new NotFound(`${definition.name} has no sign-in`);
  const secrets = new Map([[kind, new Secret(await hidden(context, kind === 'token' ? 'Token' : 'Password'))]]);
  return save(context, name, profile, {}, secrets);
}
