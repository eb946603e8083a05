/** Questions, on stderr, only where somebody can answer. */
import type { Io } from './io.js';
import { UsageError } from '../model/errors.js';
import { printable } from '../model/text.js';

/** The parts of the context that a question needs. */
export interface Asker {
  io: Io;
  signal: AbortSignal;
  globals: { yes: boolean; input: boolean };
}

/** Streams for @inquirer: questions are no data. */
function streams(asker: Asker): { output: NodeJS.WritableStream; signal: AbortSignal } {
  asker.io.status(undefined);
  return { output: process.stderr, signal: asker.signal };
}

/**
 * Yes or no. `--yes` answers; where nobody can answer, it is a usage error that names the way out.
 * @throws UsageError
 */
export async function confirm(asker: Asker, question: string, what: string): Promise<boolean> {
  if (asker.globals.yes) return true;
  needsInput(asker, `${what} needs a confirmation`, 'add --yes to agree');
  const prompts = await import('@inquirer/prompts');
  return prompts.confirm({ message: printable(question), default: false }, streams(asker));
}

export async function input(
  asker: Asker,
  question: string,
  options: { default?: string; required?: boolean; check?(text: string): true | string } = {},
): Promise<string> {
  needsInput(asker, `"${question}" is not given`, 'give it as an option');
  const prompts = await import('@inquirer/prompts');
  return prompts.input(
    {
      message: printable(question),
      ...(options.default === undefined ? {} : { default: options.default }),
      required: options.required ?? false,
      validate: (text) => options.check?.(text) ?? true,
    },
    streams(asker),
  );
}

/** A secret: nothing is shown while it is typed. */
export async function hidden(asker: Asker, question: string): Promise<string> {
  needsInput(asker, `"${question}" is not given`, 'use --password-stdin or --password-command');
  const prompts = await import('@inquirer/prompts');
  return prompts.password({ message: printable(question), mask: false }, streams(asker));
}

export async function choose<T extends string>(
  asker: Asker,
  question: string,
  choices: readonly { value: T; name: string; description?: string }[],
): Promise<T> {
  needsInput(asker, `"${question}" is not given`, 'give it as an option');
  const prompts = await import('@inquirer/prompts');
  return prompts.select<T>(
    { message: printable(question), choices: choices.map((choice) => ({ ...choice, name: printable(choice.name) })) },
    streams(asker),
  );
}

/** @throws UsageError when nobody can be asked */
export function needsInput(asker: Asker, what: string, remedy: string): void {
  if (asker.globals.input && asker.io.stderrIsTTY) return;
  throw new UsageError(`${what}, and there is nobody to ask (no terminal, or --no-input)`, { hint: remedy });
}
