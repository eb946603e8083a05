/** The composition root: io, clock, configuration, secrets, journal, connections; all built when first asked for. */
import type { Connection } from './engine/types.js';
import type { Clock } from './http/types.js';
import type { ConfigStore, Journal, Paths, SecretStore } from './store/types.js';
import type { Io } from './ui/io.js';

/** The global options, parsed and checked. */
export interface Globals {
  profile?: string;
  format?: string;
  fields?: string[];
  /** `--book`, in the order given. */
  books: string[];
  quiet: boolean;
  verbose: boolean;
  debug: boolean;
  yes: boolean;
  /** False with `--no-input` or when stdin is no terminal. */
  input: boolean;
  dryRun: boolean;
  /** Milliseconds. */
  timeout?: number;
  concurrency?: number;
  retries?: number;
  configDir?: string;
}

/** What a command gets. */
export interface Context {
  readonly io: Io;
  readonly globals: Globals;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly paths: Paths;
  config(): Promise<ConfigStore>;
  secrets(): Promise<SecretStore>;
  journal(): Promise<Journal>;
  /**
   * Opens a profile: `name`, else `--profile`, else CARDFERRY_PROFILE, else the default profile, else `local`.
   * @throws UsageError for an unknown profile (suggests the nearest)
   */
  connect(name?: string): Promise<Connection>;
  /** Opens a migration side: a profile's name, else a contacts file or a vdir folder by path. */
  connectEndpoint(nameOrPath: string, side: 'from' | 'to'): Promise<Connection>;
  /** Closes what was connected (sign-outs included). */
  close(): Promise<void>;
}
