/** The process's streams, as commands see them. Only this file writes to them. */

import type { Ora } from 'ora';
import { forTerminal, printable } from '../model/text.js';

/** Stdout was closed by its reader (`| head`): the command ends quietly. */
export class PipeClosed extends Error {}

export interface Io {
  stdin: NodeJS.ReadableStream;
  stdoutIsTTY: boolean;
  stderrIsTTY: boolean;
  stdinIsTTY: boolean;
  /** Colour on stdout / stderr, by NO_COLOR, FORCE_COLOR, TERM=dumb, --no-color and the streams. */
  color: { stdout: boolean; stderr: boolean };
  columns: number;
  /** Data to stdout; on a terminal nothing in a text can drive it. Resolves when the stream can take more. @throws PipeClosed */
  out(text: string | Uint8Array): Promise<void>;
  /** A whole line to stderr; hidden by --quiet unless `important`. Never mixes with a running spinner. */
  note(line: string, options?: { important?: boolean }): void;
  /** A line that replaces itself on a terminal (spinner, progress); undefined clears it. Nothing when stderr is no terminal or with --quiet. */
  status(line: string | undefined): void;
}

export interface IoOptions {
  env: Readonly<Record<string, string | undefined>>;
  quiet: boolean;
  color: boolean;
}

/** By NO_COLOR, FORCE_COLOR, TERM=dumb, `--no-color` (`color` false) and the stream. */
export function wantsColor(isTTY: boolean, options: Pick<IoOptions, 'env' | 'color'>): boolean {
  const { env } = options;
  if (!options.color) return false;
  if (env['NO_COLOR']) return false;
  if (env['FORCE_COLOR'] !== undefined && env['FORCE_COLOR'] !== '') return env['FORCE_COLOR'] !== '0';
  return isTTY && env['TERM'] !== 'dumb';
}

/** A spinner on stderr, loaded only when something takes long enough to be shown. */
function spinner(
  enabled: boolean,
  color: boolean,
): { set(line: string | undefined): void; around(write: () => void): void } {
  let wanted: string | undefined;
  let shown: Ora | undefined;
  let loading = false;
  const load = async (): Promise<void> => {
    const { default: ora } = await import('ora');
    if (wanted === undefined) return void (loading = false);
    shown = ora({
      stream: process.stderr,
      discardStdin: false,
      hideCursor: true,
      color: color ? 'cyan' : false,
      text: wanted,
    });
    shown.start();
  };
  return {
    set(line) {
      wanted = enabled && line !== undefined ? printable(line) : undefined;
      if (wanted === undefined) {
        shown?.stop();
        shown = undefined;
        loading = false;
      } else if (shown) {
        shown.text = wanted;
      } else if (!loading) {
        loading = true;
        setTimeout(() => void load(), 80).unref();
      }
    },
    around(write) {
      shown?.clear();
      write();
      shown?.render();
    },
  };
}

/** The real streams of the process. */
export function processIo(options: IoOptions): Io {
  const { stdin, stdout, stderr } = process;
  let closed = false;
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') closed = true;
  });
  const color = {
    stdout: wantsColor(stdout.isTTY === true, options),
    stderr: wantsColor(stderr.isTTY === true, options),
  };
  const wait = spinner(stderr.isTTY === true && !options.quiet && options.env['TERM'] !== 'dumb', color.stderr);
  return {
    stdin,
    stdoutIsTTY: stdout.isTTY === true,
    stderrIsTTY: stderr.isTTY === true,
    stdinIsTTY: stdin.isTTY === true,
    color,
    columns: stdout.columns ?? 80,
    async out(text) {
      if (closed) throw new PipeClosed();
      let ready = true;
      const shown = stdout.isTTY === true && typeof text === 'string' ? forTerminal(text, color.stdout) : text;
      wait.around(() => (ready = stdout.write(shown)));
      if (!ready) await drained(stdout);
      if (closed) throw new PipeClosed();
    },
    note(line, { important = false } = {}) {
      if (options.quiet && !important) return;
      wait.around(() => stderr.write(`${line}\n`));
    },
    status: (line) => wait.set(line),
  };
}

function drained(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      stream.off('drain', done);
      stream.off('error', done);
      stream.off('close', done);
      resolve();
    };
    stream.on('drain', done);
    stream.on('error', done);
    stream.on('close', done);
  });
}
