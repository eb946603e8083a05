/** Where a profile's secret comes from: the environment, else its password command, else the store. */
import { AuthError } from '../model/errors.js';
import { printable, Secret } from '../model/text.js';
import type { Profile, SecretStore } from './types.js';

export interface CommandResult {
  /** Exit code; null when it was killed or could not be started. */
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface ResolveSecretOptions {
  profileName: string;
  profile: Profile;
  /** `password`, `token`, or the key of a secret option. */
  key: string;
  env: Readonly<Record<string, string | undefined>>;
  secrets: SecretStore;
  /** Runs the password command; replaceable in tests. */
  runCommand?(command: string): Promise<CommandResult>;
}

/** `CARDFERRY_<NAME>_<KEY>`, upper case, everything but letters and digits as `_`. */
export function secretVariable(profileName: string, key: string): string {
  return `CARDFERRY_${profileName}_${key}`.toUpperCase().replace(/[^A-Z0-9]/g, '_');
}

/**
 * The secret, or undefined when none was given. A password command speaks for `password` and `token`; when it fails,
 * nothing else is tried.
 *
 * @throws AuthError when the password command fails or prints nothing, with the first line of its stderr
 */
export async function resolveSecret(options: ResolveSecretOptions): Promise<Secret | undefined> {
  const { profileName, profile, key, env, secrets } = options;
  const given = env[secretVariable(profileName, key)];
  if (given !== undefined && given !== '') return new Secret(given);
  const command = profile.passwordCommand;
  if (command === undefined || (key !== 'password' && key !== 'token')) return secrets.get(profileName, key);
  const result = await (options.runCommand ?? runShell)(command);
  const secret = firstLine(result.stdout);
  if (result.code === 0 && secret !== '') return new Secret(secret);
  const words = printable(firstLine(result.stderr.trim()).slice(0, 200));
  const end = result.code === null ? 'did not end by itself' : `ended with exit code ${result.code}`;
  throw new AuthError(`the password command ${result.code === 0 ? 'printed nothing' : end}: ${printable(command)}`, {
    ...(words === '' ? {} : { why: words }),
    hint: 'run it by hand to see what it says; it must print the password on its first line',
    profile: profileName,
  });
}

function firstLine(text: string): string {
  return text.split(/\r\n|\r|\n/, 1)[0] ?? '';
}

const MOST_OUTPUT = 64 * 1024;
const TIMEOUT = 60_000;

/**
 * Runs a command line by the user's shell (`sh -c`, on Windows `cmd`), for at most a minute. It may ask on the terminal
 * when there is one; piped input of ours is not for it.
 */
export async function runShell(command: string): Promise<CommandResult> {
  const { spawn } = await import('node:child_process');
  return new Promise((resolve) => {
    const child = spawn(command, {
      shell: process.platform === 'win32' ? true : '/bin/sh',
      stdio: [process.stdin.isTTY ? 'inherit' : 'ignore', 'pipe', 'pipe'],
      timeout: TIMEOUT,
      windowsHide: true,
    });
    let stdout = '';
    let stderr = '';
    const finish = (code: number | null): void => {
      resolve({ code, stdout, stderr });
      child.stdout?.destroy();
      child.stderr?.destroy();
    };
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout = (stdout + text).slice(0, MOST_OUTPUT)));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr = (stderr + text).slice(0, MOST_OUTPUT)));
    child.on('error', (error) => resolve({ code: null, stdout: '', stderr: error.message }));
    // A helper that goes on in the background (an agent) may hold the pipes open: it is not waited for.
    child.on('exit', (code) => setTimeout(() => finish(code), 200));
    child.on('close', (code) => finish(code));
  });
}
