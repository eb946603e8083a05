/** `profile add` and `profile edit`: reads the secrets, tries the sign-in, saves. */
import type { Context } from '../context.js';
import { UsageError } from '../model/errors.js';
import { printable, redactUrl, Secret } from '../model/text.js';
import { providerByName, PROVIDERS } from '../providers/index.js';
import type { AccountInfo, ProviderDefinition } from '../providers/types.js';
import { checkProfileName } from '../store/config.js';
import { secretVariable } from '../store/credentials.js';
import type { Config, Profile } from '../store/types.js';
import { confirm, hidden, needsInput } from '../ui/prompt.js';
import type { ProfileFlags } from './profile-run.js';
import { emptySummary, finish } from './result.js';
import { readAll } from './shared.js';

export async function add(
  context: Context,
  saved: Config,
  name: string | undefined,
  flags: ProfileFlags,
): Promise<void> {
  const { provider } = flags;
  const providers = PROVIDERS.map((one) => one.name).join('|');
  if (provider === undefined) {
    needsInput(context, 'a profile needs --provider', `cardferry profile add NAME --provider ${providers}`);
  } else if (name === undefined) {
    throw new UsageError('a profile needs a name', { hint: `cardferry profile add NAME --provider ${provider}` });
  }
  if (name !== undefined) checkProfileName(name);
  if (name !== undefined && !(await mayReplace(context, saved, name))) return;
  if (provider !== undefined && name !== undefined) {
    const exists = Object.hasOwn(saved.profiles, name);
    return save(context, name, edited({ provider, options: {} }, flags), { flags, adds: true, exists });
  }
  const { profileForm } = await import('./profile-form.js');
  const answers = await profileForm(context, Object.keys(saved.profiles), name, flags);
  if (answers.name !== name && !(await mayReplace(context, saved, answers.name))) return;
  const exists = Object.hasOwn(saved.profiles, answers.name);
  return save(context, answers.name, answers.profile, { flags, adds: true, exists, asked: answers.secrets });
}

async function mayReplace(context: Context, saved: Config, name: string): Promise<boolean> {
  if (!Object.hasOwn(saved.profiles, name) || context.globals.dryRun) return true;
  return confirm(context, `The profile ${name} exists. Replace it?`, `replacing the profile "${name}"`);
}

/** The profile with the flags written over it. */
export function edited(before: Profile, flags: ProfileFlags): Profile {
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

/** What `save` knows beside the profile itself. */
export interface SaveOptions {
  flags: ProfileFlags;
  /** A new profile (`add`): what was kept under that name does not count. */
  adds: boolean;
  /** A profile of that name is there already. */
  exists: boolean;
  /** Secrets that the form asked for. */
  asked?: Map<string, Secret>;
}

/** Reads the secrets, tries the sign-in, saves. */
export async function save(context: Context, name: string, profile: Profile, options: SaveOptions): Promise<void> {
  const { flags, exists } = options;
  checkProfileName(name);
  const definition = await providerByName(profile.provider);
  if (context.globals.books.length > 1) throw new UsageError('a profile has one --book');
  if (context.globals.books[0] !== undefined) profile.book = context.globals.books[0];
  await context.checkProfile(name, profile);
  const secrets = options.asked ?? (await secretsFrom(context, definition, flags));
  if (profile.user === undefined && definition.auth[0] === 'password' && !secrets.has('token')) {
    throw new UsageError(`${definition.name} needs a user name`, { hint: 'add --user NAME' });
  }
  if (secrets.has('password') || secrets.has('token')) delete profile.passwordCommand;
  if (flags.verify !== false) await askSecret(context, definition, name, profile, secrets, options.adds);
  const info = flags.verify === false ? undefined : await tried(context, name, profile, secrets);
  if (!context.globals.dryRun) await keep(context, name, profile, options, secrets);
  const summary = emptySummary();
  (exists ? summary.updated : summary.created).push(name);
  const signedIn = info === undefined ? '' : `: signed in as ${info.user} at ${info.server}`;
  await finish(context, summary, { done: `saved profile ${name}${signedIn}` });
}

/** Where no secret is given, kept, or printed by a command: a question, or a usage error where nobody can answer. */
async function askSecret(
  context: Context,
  definition: ProviderDefinition,
  name: string,
  profile: Profile,
  secrets: Map<string, Secret>,
  adds: boolean,
): Promise<void> {
  const kind = definition.auth[0];
  if (kind === undefined || definition.auth.includes('none') || secrets.size > 0) return;
  if (profile.passwordCommand !== undefined) return;
  if (definition.auth.some((one) => context.env[secretVariable(name, one)])) return;
  if (!adds && (await (await context.secrets()).describe(name)).keys.length > 0) return;
  const later = definition.login === undefined ? '' : `; or --no-verify, then cardferry profile login ${name}`;
  needsInput(
    context,
    `${definition.name} needs a ${kind}`,
    `use --${kind}-stdin, --password-command, or ${secretVariable(name, kind)} in the environment${later}`,
  );
  if (definition.login !== undefined) {
    for (const [key, secret] of await signInElsewhere(context, name, profile)) secrets.set(key, secret);
    return;
  }
  secrets.set(kind, new Secret(await hidden(context, kind === 'token' ? 'Token' : 'Password')));
}

/** Shows the code that a person enters in a browser, and waits. */
export async function signInElsewhere(context: Context, name: string, profile: Profile): Promise<Map<string, Secret>> {
  const { io } = context;
  try {
    return await context.signIn(name, profile, ({ url, code, expiresAt }) => {
      const minutes = Math.max(1, Math.round((expiresAt - context.clock.now()) / 60_000));
      io.note(
        `open ${printable(url)} in a browser and enter the code ${printable(code)} (good for ${minutes} minutes)`,
        {
          important: true,
        },
      );
      io.status('waiting for the sign-in');
    });
  } finally {
    io.status(undefined);
  }
}

/** Signs in. */
async function tried(
  context: Context,
  name: string,
  profile: Profile,
  secrets: Map<string, Secret>,
): Promise<AccountInfo> {
  context.io.status('trying the sign-in');
  const connection = await context.open(name, profile, secrets);
  try {
    return await connection.provider.check();
  } finally {
    await connection.provider.close();
    context.io.status(undefined);
  }
}

async function keep(
  context: Context,
  name: string,
  profile: Profile,
  { flags, adds, exists }: SaveOptions,
  secrets: Map<string, Secret>,
): Promise<void> {
  const store = await context.secrets();
  if (flags.passwordCommand !== undefined || (adds && exists)) await store.remove(name);
  const places = new Set<string>();
  for (const [key, secret] of secrets) places.add(await store.set(name, key, secret));
  await (await context.config()).save(name, profile);
  const file = `${context.paths.config}/secrets.json`;
  if (places.has('file')) context.io.note(`the secret is kept in a file that only you can read: ${printable(file)}`);
  if (places.has('keyring')) context.io.note("the secret is kept in the system's keyring");
}

async function secretsFrom(
  context: Context,
  definition: ProviderDefinition,
  flags: ProfileFlags,
): Promise<Map<string, Secret>> {
  const wanted = [flags.passwordStdin && 'password', flags.tokenStdin && 'token', flags.secretStdin].filter(
    (one) => typeof one === 'string',
  );
  if (wanted.length + (flags.passwordCommand === undefined ? 0 : 1) > 1)
    throw new UsageError('more than one source of secrets', {
      hint: 'use one of --password-stdin, --token-stdin, --secret-stdin, --password-command',
    });
  const keys = (wanted[0] ?? '')
    .split(',')
    .map((key) => key.trim())
    .filter(Boolean);
  const allowed = [
    ...definition.auth.filter((kind) => kind !== 'none'),
    ...definition.options.filter((option) => option.secret === true).map((option) => option.key),
  ];
  for (const key of keys)
    if (!allowed.includes(key))
      throw new UsageError(`${definition.name} has no secret "${printable(key)}"`, {
        hint: `it takes: ${allowed.join(', ') || 'none'}`,
      });
  if (keys.length === 0) return new Map();
  const lines = (await readAll(context.io.stdin)).toString('utf8').split(/\r?\n/);
  const secrets = new Map<string, Secret>();
  keys.forEach((key, index) => {
    const line = lines[index];
    if (line === undefined || line === '')
      throw new UsageError(`stdin holds no ${key}`, { hint: 'one secret a line, in the order of the keys' });
    secrets.set(key, new Secret(line));
  });
  return secrets;
}
