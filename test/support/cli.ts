/** The built program as a child process, with a configuration of its own, in a pipe or on a terminal. */
import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const BIN = join(root, 'bin', 'cardferry.js');

export interface Done {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  /** For stdin; without it stdin is empty. */
  input?: string | Uint8Array;
  env?: Record<string, string | undefined>;
  /** Another configuration folder than the session's; false for none at all. */
  dir?: string | false;
  cwd?: string;
  /** Signal to send after so many milliseconds, or when stderr or stdout first says something that fits. */
  kill?: { signal: NodeJS.Signals; when: number | Promise<unknown> };
}

const folders: string[] = [];

/** A folder that goes away with the tests of the file. */
export function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'cardferry-cli-'));
  folders.push(made);
  return made;
}

/** Builds what is missing or stale. Files of an older build stay: programs of other tests may be running. */
beforeAll(async () => {
  await promisify(execFile)(process.execPath, [join(root, 'scripts', 'ensure.mjs')], {
    env: { ...process.env, CARDFERRY_BUILD_KEEP: '1' },
  });
}, 120_000);

afterAll(() => {
  for (const made of folders.splice(0)) rmSync(made, { recursive: true, force: true });
});

function environment(extra: RunOptions['env'] = {}): NodeJS.ProcessEnv {
  const { PATH, HOME } = process.env;
  return { PATH, HOME, TERM: 'xterm', LC_ALL: 'C.UTF-8', CARDFERRY_NO_KEYRING: '1', ...extra };
}

/** One configuration folder and its command lines. */
export class Cli {
  readonly dir = folder();

  args(args: readonly string[], dir: string | false = this.dir): string[] {
    return [BIN, ...(dir === false ? [] : ['--config-dir', dir]), ...args];
  }

  /** In a pipe. */
  run(args: readonly string[], options: RunOptions = {}): Promise<Done> {
    const child = spawn(process.execPath, this.args(args, options.dir), {
      env: environment(options.env),
      cwd: options.cwd ?? this.dir,
    });
    return finished(child, options);
  }

  /** Must end with 0; gives stdout. */
  async ok(args: readonly string[], options: RunOptions = {}): Promise<string> {
    const { code, stdout, stderr } = await this.run(args, options);
    if (code !== 0) throw new Error(`cardferry ${args.join(' ')} ended with ${code}:\n${stderr}${stdout}`);
    return stdout;
  }

  async json(args: readonly string[], options: RunOptions = {}): Promise<unknown> {
    return JSON.parse(await this.ok([...args, '--json'], options));
  }

  /** On a terminal (all three streams); `answers` are typed one after another as soon as their question is shown. */
  async tty(
    args: readonly string[],
    options: RunOptions & { answers?: readonly [RegExp, string][] } = {},
  ): Promise<Done> {
    const line = [process.execPath, ...this.args(args, options.dir)].map(
      (word) => `'${word.replaceAll("'", `'\\''`)}'`,
    );
    const script = join(folder(), 'run.sh');
    writeFileSync(script, `stty cols 120 rows 40 2>/dev/null\nexec ${line.join(' ')}\n`);
    const child = spawn('script', ['-qec', `sh ${script}`, '/dev/null'], {
      env: environment(options.env),
      cwd: options.cwd ?? this.dir,
    });
    const waiting = [...(options.answers ?? [])];
    let seen = '';
    child.stdout.on('data', (chunk: Buffer) => {
      seen += chunk.toString('utf8');
      const [next] = waiting;
      if (next?.[0].test(seen) !== true) return;
      seen = '';
      waiting.shift();
      child.stdin.write(next[1]);
    });
    return finished(child, options, options.answers !== undefined);
  }
}

function finished(child: ReturnType<typeof spawn>, options: RunOptions, open = false): Promise<Done> {
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout?.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => err.push(chunk));
  // A program that does not read its input may end before it is written.
  child.stdin?.on('error', () => undefined);
  if (!open) child.stdin?.end(options.input ?? '');
  if (options.kill) {
    const { signal, when } = options.kill;
    const due = typeof when === 'number' ? new Promise((resolve) => setTimeout(resolve, when)) : when;
    void due.then(() => child.kill(signal));
  }
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      resolve({ code, stdout: Buffer.concat(out).toString('utf8'), stderr: Buffer.concat(err).toString('utf8') });
    });
  });
}

/** The one object on stderr that an error is with `--json`. */
export function errorOf(done: Done): Record<string, unknown> {
  const parsed = JSON.parse(done.stderr) as { error: Record<string, unknown> };
  return parsed.error;
}

/** What `--json` of a command that writes prints, typed out by hand. */
export interface Outcome {
  ok: boolean;
  created: string[];
  updated: string[];
  deleted: string[];
  skipped: string[];
  failed: { id: string; error: { code: string; message: string } }[];
}

export const OUTCOME_KEYS = ['ok', 'created', 'updated', 'deleted', 'skipped', 'failed'];

export function outcome(stdout: string): Outcome {
  return JSON.parse(stdout) as Outcome;
}
