/** The composition root: io, clock, configuration, secrets, journal, connections; each built when first asked for. */
import type { OpenOptions } from './connect.js';
import type { Connection } from './engine/types.js';
import type { Globals } from './globals.js';
import type { Clock, HttpClient, HttpEnvironment } from './http/types.js';
import { type CardferryError, Interrupted, UsageError } from './model/errors.js';
import type { Secret } from './model/text.js';
import { printable } from './model/text.js';
import type { ProviderContext, SignInPrompt } from './providers/types.js';
import type { ConfigStore, Journal, Paths, Profile, SecretStore } from './store/types.js';
import type { Io } from './ui/io.js';
import { VERSION } from './version.js';

/** What a command gets. */
export interface Context {
  readonly io: Io;
  readonly globals: Globals;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly paths: Paths;
  /** Requests that were repeated so far, on all connections. */
  retries(): number;
  config(): Promise<ConfigStore>;
  secrets(): Promise<SecretStore>;
  journal(): Promise<Journal>;
  /**
   * Opens a profile: `name`, else `--profile`, else CARDFERRY_PROFILE, else the default profile, else `local`.
   * @throws UsageError for an unknown profile (suggests the nearest)
   */
  connect(name?: string): Promise<Connection>;
  /** Opens a profile that need not be saved. `given` secrets win over every other source. */
  open(name: string, profile: Profile, given?: Map<string, Secret>): Promise<Connection>;
  /** Signs in where a person agrees in a browser: shows the code, waits, and returns the secrets. @throws Unsupported, AuthError */
  signIn(name: string, profile: Profile, show: (prompt: SignInPrompt) => void): Promise<Map<string, Secret>>;
  /** Checks provider, options and URL of a profile; nothing is opened. @throws UsageError */
  checkProfile(name: string, profile: Profile): Promise<void>;
  /** Opens a migration side: a profile's name, else a contacts file or a vdir folder by path. */
  connectEndpoint(nameOrPath: string, side: 'from' | 'to'): Promise<Connection>;
  /** Closes what was connected (sign-outs included). Never throws. */
  close(): Promise<void>;
}

export interface ContextOptions {
  io: Io;
  globals: Globals;
  env: Readonly<Record<string, string | undefined>>;
  signal: AbortSignal;
  paths: Paths;
  /** Told of each repeated request, for progress. */
  onRetry?: HttpEnvironment['onRetry'];
}

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      const stop = (): void => {
        clearTimeout(timer);
        reject(new Interrupted('interrupted'));
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', stop);
        resolve();
      }, ms);
      if (signal?.aborted) stop();
      else signal?.addEventListener('abort', stop, { once: true });
    }),
};

/** The profile that works with no set-up: a vdir folder in the user's data directory. */
export const BUILT_IN = 'local';

/** Made when first asked for, then kept. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}

export function createContext(options: ContextOptions): Context {
  const { io, globals, env, signal, paths } = options;
  const connections = new Map<string, Promise<Connection>>();
  let retried = 0;
  const config = once(async () => (await import('./store/config.js')).openConfig(paths));
  const secrets = once(async () =>
    (await import('./store/secrets.js')).openSecrets(paths, { keyring: !env['CARDFERRY_NO_KEYRING'] }),
  );
  const journal = once(async () => (await import('./store/journal.js')).openJournal(paths, systemClock));

  const opening = (name: string, profile: Profile): OpenOptions => ({
    ...options,
    onRetry: (event) => {
      retried += 1;
      options.onRetry?.(event);
    },
    clock: systemClock,
    name,
    profile,
    secrets,
  });

  const open = async (name: string, profile: Profile, given?: Map<string, Secret>): Promise<Connection> => {
    const { openProvider } = await import('./connect.js');
    return openProvider({ ...opening(name, profile), ...(given === undefined ? {} : { given }) });
  };

  const connect = async (wanted?: string): Promise<Connection> => {
    const read = once(async () => (await config()).read());
    const name =
      wanted ?? globals.profile ?? (env['CARDFERRY_PROFILE'] || undefined) ?? (await read()).defaultProfile ?? BUILT_IN;
    let made = connections.get(name);
    if (!made) {
      made = (async () => open(name, await profileNamed(name, (await read()).profiles, paths)))();
      connections.set(name, made);
    }
    return made;
  };

  return {
    io,
    globals,
    env,
    clock: systemClock,
    signal,
    paths,
    retries: () => retried,
    config,
    secrets,
    journal,
    connect,
    open,
    signIn: async (name, profile, show) => (await import('./connect.js')).signIn(opening(name, profile), show),
    checkProfile: async (name, profile) => (await import('./connect.js')).checkProfile(name, profile),
    connectEndpoint: async (nameOrPath, side) => {
      const { profiles } = await (await config()).read();
      if (Object.hasOwn(profiles, nameOrPath) || nameOrPath === BUILT_IN) return connect(nameOrPath);
      return endpoint(options, connections, Object.keys(profiles), nameOrPath, side);
    },
    close: () => closeAll(connections),
  };
}

/** A file or folder, opened once a side. */
async function endpoint(
  options: ContextOptions,
  connections: Map<string, Promise<Connection>>,
  profiles: readonly string[],
  path: string,
  side: 'from' | 'to',
): Promise<Connection> {
  const { openPath } = await import('./connect.js');
  const key = `${side}:${path}`;
  const made = connections.get(key) ?? openPath(path, side, profiles, { ...options, clock: systemClock });
  connections.set(key, made);
  return made;
}

async function closeAll(connections: Map<string, Promise<Connection>>): Promise<void> {
  const all = [...connections.values()];
  connections.clear();
  await Promise.allSettled(all.map(async (made) => (await made).provider.close()));
}

async function profileNamed(name: string, profiles: Record<string, Profile>, paths: Paths): Promise<Profile> {
  const found = Object.hasOwn(profiles, name) ? profiles[name] : undefined;
  if (found) return found;
  if (name === BUILT_IN) return { provider: 'local', options: { path: `${paths.data}/contacts` } };
  const { nearest } = await import('./model/nearest.js');
  const near = nearest(name, Object.keys(profiles));
  throw new UsageError(`there is no profile "${printable(name)}"`, {
    hint:
      near === undefined
        ? 'see "cardferry profile list", or make one with "cardferry profile add"'
        : `did you mean "${near}"?`,
  });
}

export type { Globals } from './globals.js';
export type { CardferryError, HttpClient, ProviderContext };
export { VERSION };
