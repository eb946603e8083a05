/** The global options: one table for parsing, help, completion and the man page. */
import { UsageError } from './model/errors.js';

export interface GlobalOption {
  /** As commander spells it. */
  flags: string;
  help: string;
  /** May be given several times. */
  many?: boolean;
}

export const GLOBAL_OPTIONS: readonly GlobalOption[] = [
  {
    flags: '-p, --profile <name>',
    help: 'the profile to act on (CARDFERRY_PROFILE, else the default, else the built-in "local")',
  },
  { flags: '--json', help: 'shorthand for --format json' },
  { flags: '--format <format>', help: 'table (on a terminal), json, ndjson, csv, tsv, vcard, plain' },
  { flags: '--fields <a,b,c>', help: 'columns of table, csv and tsv: id,name,email,phone,organization,title,book,…' },
  {
    flags: '--book <book>',
    help: 'an address book by name, path or id; may be repeated where a command reads',
    many: true,
  },
  { flags: '-q, --quiet', help: 'say less' },
  { flags: '-v, --verbose', help: 'say more' },
  { flags: '--debug', help: 'show the HTTP conversation (redacted) on stderr' },
  { flags: '-y, --yes', help: 'agree to every question' },
  { flags: '--no-input', help: 'never ask' },
  { flags: '--dry-run', help: 'say what would be done, write nothing' },
  { flags: '--timeout <seconds>', help: 'give a call up after this long without an answer' },
  { flags: '--concurrency <n>', help: 'most requests in flight at a time' },
  { flags: '--retries <n>', help: 'repeats of a call that failed for a passing reason' },
  { flags: '--no-color', help: 'no colours (NO_COLOR does the same)' },
  { flags: '--config-dir <dir>', help: 'configuration, secrets and state under DIR alone (CARDFERRY_CONFIG_DIR)' },
];

const WITH_VALUE = new Set(
  GLOBAL_OPTIONS.filter((option) => option.flags.includes('<')).flatMap((option) =>
    option.flags.split(/[ ,]+/).filter((word) => word.startsWith('-')),
  ),
);

/** Position of the command's name in the arguments: the first word that is no option and no global option's value. */
export function commandIndex(args: readonly string[]): number {
  for (let index = 0; index < args.length; index += 1) {
    const arg = args[index] ?? '';
    if (arg === '--') return -1;
    if (!arg.startsWith('-') || arg === '-') return index;
    if (WITH_VALUE.has(arg)) index += 1;
  }
  return -1;
}

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
  color: boolean;
  /** Milliseconds. */
  timeout?: number;
  concurrency?: number;
  retries?: number;
  configDir?: string;
}

function positive(name: string, text: unknown, least: number, whole: boolean): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (
    typeof text !== 'string' ||
    text === '' ||
    !Number.isFinite(value) ||
    value < least ||
    (whole && !Number.isInteger(value))
  ) {
    throw new UsageError(
      `--${name} takes ${whole ? 'a whole number' : 'a number'} from ${least}, not "${typeof text === 'string' ? text : ''}"`,
      { hint: `such as --${name} ${name === 'timeout' ? 30 : 4}` },
    );
  }
  return value;
}

/** Checks what commander parsed for the global options. @throws UsageError */
export function readGlobals(raw: Record<string, unknown>, stdinIsTTY: boolean): Globals {
  const text = (key: string): string | undefined => (typeof raw[key] === 'string' ? raw[key] : undefined);
  const format = raw['json'] === true ? (text('format') ?? 'json') : text('format');
  const timeout = positive('timeout', raw['timeout'], 0.001, false);
  const concurrency = positive('concurrency', raw['concurrency'], 1, true);
  const retries = positive('retries', raw['retries'], 0, true);
  const profile = text('profile');
  const fields = text('fields');
  const configDir = text('configDir');
  return {
    ...(profile === undefined ? {} : { profile }),
    ...(format === undefined ? {} : { format }),
    ...(fields === undefined
      ? {}
      : {
          fields: fields
            .split(',')
            .map((field) => field.trim())
            .filter(Boolean),
        }),
    books: Array.isArray(raw['book']) ? raw['book'].map(String) : [],
    quiet: raw['quiet'] === true,
    verbose: raw['verbose'] === true,
    debug: raw['debug'] === true,
    yes: raw['yes'] === true,
    input: raw['input'] !== false && stdinIsTTY,
    dryRun: raw['dryRun'] === true,
    color: raw['color'] !== false,
    ...(timeout === undefined ? {} : { timeout: timeout * 1000 }),
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(retries === undefined ? {} : { retries }),
    ...(configDir === undefined ? {} : { configDir }),
  };
}
