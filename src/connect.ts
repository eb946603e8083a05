/** Opens drivers, files and folders for the context: the one place that joins profiles, secrets, HTTP and drivers. */
import { readFile, stat } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import type { ContextOptions } from './context.js';
import type { Connection } from './engine/types.js';
import type { Clock, HttpEnvironment } from './http/types.js';
import { AuthError, CardferryError, InputError, NotFound, Unsupported, UsageError } from './model/errors.js';
import { nearest } from './model/nearest.js';
import { parseBase, requireSecure } from './http/url.js';
import { printable, type Secret } from './model/text.js';
import { providerByName } from './providers/index.js';
import type { ProviderContext, ProviderDefinition, SignInPrompt } from './providers/types.js';
import { resolveSecret } from './store/credentials.js';
import type { Profile, SecretStore } from './store/types.js';
import { VERSION } from './version.js';

export interface OpenOptions extends ContextOptions {
  clock: Clock;
  name: string;
  profile: Profile;
  secrets(): Promise<SecretStore>;
  /** Secrets that win over every other source; what the driver keeps goes in here too, and nowhere else. */
  given?: Map<string, Secret>;
}

/** Options that every provider with a URL understands, beside its own. */
const COMMON_OPTIONS = ['allow-http', 'ca-file'];

/** Opens the driver of a profile; errors that it throws later carry the profile's name. */
export async function openProvider(options: OpenOptions): Promise<Connection> {
  const { name, profile } = options;
  const definition = await providerByName(profile.provider);
  checkOptions(definition, profile, name);
  const context = await providerContext(options, definition);
  const provider = await named(name, () => definition.open(context));
  return {
    name,
    kind: 'profile',
    definition,
    provider: withProfile(provider, name),
    readOnly: profile.readOnly ?? false,
  };
}

/**
 * Signs in where a person agrees in a browser, and returns the secrets that this gave.
 * @throws Unsupported when the provider has no such sign-in
 */
export async function signIn(options: OpenOptions, show: (prompt: SignInPrompt) => void): Promise<Map<string, Secret>> {
  const { name, profile } = options;
  const definition = await providerByName(profile.provider);
  checkOptions(definition, profile, name);
  const given = new Map<string, Secret>();
  const context = await providerContext({ ...options, given }, definition);
  await named(name, async () => {
    if (definition.login === undefined) throw new Unsupported(`${definition.name} has no sign-in by a browser`);
    await definition.login(context, show);
  });
  return given;
}

/** Provider, options and URL, without opening anything. @throws UsageError */
export async function checkProfile(name: string, profile: Profile): Promise<void> {
  checkOptions(await providerByName(profile.provider), profile, name);
  // A bare domain is looked up by the driver.
  const { url = '', options } = profile;
  if (url.includes('://'))
    await named(name, async () => requireSecure(parseBase(url), options['allow-http'] === 'true'));
}

function checkOptions(definition: ProviderDefinition, profile: Profile, name: string): void {
  const known = [
    ...definition.options.filter((option) => !option.secret).map((option) => option.key),
    ...(definition.url === 'none' ? [] : COMMON_OPTIONS),
  ];
  for (const key of Object.keys(profile.options)) {
    if (known.includes(key)) continue;
    const near = nearest(key, known);
    throw new UsageError(`${definition.name} has no option "${printable(key)}"`, {
      profile: name,
      hint: near === undefined ? `it takes: ${known.join(', ') || 'none'}` : `did you mean ${near}?`,
    });
  }
  for (const option of definition.options) {
    const value = profile.options[option.key];
    if (option.choices && value !== undefined && !option.choices.includes(value)) {
      throw new UsageError(`option ${option.key} takes ${option.choices.join(' or ')}, not "${printable(value)}"`, {
        profile: name,
      });
    }
  }
  if (definition.url === 'required' && profile.url === undefined) {
    throw new UsageError(`profile "${printable(name)}" has no URL`, {
      hint: `cardferry profile edit ${name} --url ${definition.urlExample ?? 'https://mail.example.com'}`,
    });
  }
}

async function providerContext(options: OpenOptions, definition: ProviderDefinition): Promise<ProviderContext> {
  const { name, profile, io, signal, clock, env } = options;
  const environment =
    definition.url === 'none' && definition.name === 'local' ? undefined : await httpEnvironment(options);
  const openHttp = environment && (await import('./http/client.js')).openHttp;
  return {
    profile: name,
    ...(profile.url === undefined ? {} : { url: profile.url }),
    ...(profile.user === undefined ? {} : { user: profile.user }),
    ...(profile.book === undefined ? {} : { book: profile.book }),
    options: profile.options,
    secret: async (key) =>
      options.given?.get(key) ??
      resolveSecret({ profileName: name, profile, key, env, secrets: await options.secrets() }),
    keepSecret: async (key, value) => {
      if (options.given) options.given.set(key, value);
      else await (await options.secrets()).set(name, key, value);
    },
    http(client) {
      if (!openHttp || !environment) throw new AuthError(`${definition.name} speaks no HTTP`);
      return openHttp(client, environment);
    },
    clock,
    signal,
    warn: (message) => io.note(`warning: ${printable(message)} (profile ${printable(name)})`),
  };
}

async function httpEnvironment(options: OpenOptions): Promise<HttpEnvironment> {
  const { globals, profile, io, clock, signal } = options;
  const caFile = profile.options['ca-file'];
  return {
    clock,
    signal,
    userAgent: `cardferry/${VERSION}`,
    allowHttp: profile.options['allow-http'] === 'true',
    ...(globals.timeout === undefined ? {} : { timeout: globals.timeout }),
    ...(globals.retries === undefined ? {} : { retries: globals.retries }),
    ...(globals.concurrency === undefined ? {} : { concurrency: globals.concurrency }),
    ...(caFile === undefined ? {} : { ca: await readText(caFile) }),
    ...(globals.debug ? { trace: (line: string) => io.note(printable(line), { important: true }) } : {}),
    onRetry(event) {
      options.onRetry?.(event);
      if (globals.verbose || globals.debug) {
        io.note(
          `waiting ${(event.waitMs / 1000).toFixed(1)} s before trying again: ${printable(event.what)} (${printable(event.reason)})`,
        );
      }
    },
  };
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new InputError(`cannot read ${printable(file)}`, {
      why: cause instanceof Error ? cause.message : String(cause),
      hint: 'check the option ca-file',
      cause,
    });
  }
}

async function named<T>(profile: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof CardferryError) error.profile ??= profile;
    throw error;
  }
}

/** Abilities of a provider that are objects with calls of their own. */
const NESTED: ReadonlySet<string | symbol> = new Set([
  'changes',
  'groups',
  'avatars',
  'bookAdmin',
  'attachments',
  'companies',
  'frequent',
]);

/** The same provider whose errors name the profile. Absent abilities stay absent. */
function withProfile<T extends object>(provider: T, profile: string): T {
  const wrap = (key: string | symbol, value: unknown): unknown => {
    if (typeof value === 'object' && value !== null && NESTED.has(key)) return withProfile(value, profile);
    if (typeof value !== 'function') return value;
    return (...args: unknown[]): unknown => {
      const result: unknown = Reflect.apply(value, provider, args);
      if (result instanceof Promise) return named(profile, async () => (await result) as unknown);
      return isIterable(result) ? iterate(result, profile) : result;
    };
  };
  return new Proxy(provider, { get: (target, key) => wrap(key, Reflect.get(target, key)) });
}

function isIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

async function* iterate(source: AsyncIterable<unknown>, profile: string): AsyncGenerator {
  try {
    yield* source;
  } catch (error) {
    if (error instanceof CardferryError) error.profile ??= profile;
    throw error;
  }
}

/** A contacts file or a vdir folder as one side of a migration. @throws UsageError, NotFound */
export async function openPath(
  path: string,
  side: 'from' | 'to',
  profiles: readonly string[],
  options: ContextOptions & { clock: Clock },
): Promise<Connection> {
  const info = await stat(path).catch(() => undefined);
  const looksLikePath = /[\\/.]/.test(path);
  if (!info && (side === 'from' || !looksLikePath)) {
    const near = nearest(path, profiles);
    throw looksLikePath
      ? new NotFound(`there is no file or folder ${printable(path)}`, {
          hint: 'name a profile, a contacts file or a vdir folder',
        })
      : new UsageError(`"${printable(path)}" is neither a profile nor a file`, {
          hint: near === undefined ? 'see "cardferry profile list"' : `did you mean "${near}"?`,
        });
  }
  const folder = info ? info.isDirectory() : /[\\/]$/.test(path) || extname(path) === '';
  if (folder) {
    const profile: Profile = { provider: 'local', options: { path: resolve(path) } };
    const opened = await openProvider({ ...options, name: resolve(path), profile, secrets: noSecrets });
    return { ...opened, kind: 'folder' };
  }
  const { openFile } = await import('./file.js');
  return openFile(resolve(path), side, options);
}

const noSecrets = (): Promise<never> => Promise.reject(new AuthError('a folder has no secrets'));
