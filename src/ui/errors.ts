/** Errors as people and scripts read them: three parts on stderr, or one JSON object. */
import { CardferryError, EXIT, type ExitCode } from '../model/errors.js';
import { printable, printableLines } from '../model/text.js';

export function exitCodeOf(error: unknown): ExitCode {
  return error instanceof CardferryError ? error.exit : EXIT.failed;
}

/** `{"error":{"code","message","hint","profile","status"}}`: the contract of `--json`. */
export function errorAsJson(error: unknown): string {
  if (!(error instanceof CardferryError)) {
    return JSON.stringify({
      error: { code: 'internal', message: messageOf(error), hint: null, profile: null, status: null },
    });
  }
  return JSON.stringify({
    error: {
      code: error.code,
      message: error.why === undefined ? error.message : `${error.message}: ${error.why}`,
      hint: error.hint ?? null,
      profile: error.profile ?? null,
      contact: error.contact,
      status: error.status ?? null,
    },
  });
}

/** What failed (with profile and contact), why, what to try; the stack only with `--debug`. */
export function errorAsText(error: unknown, options: { debug: boolean; color: boolean }): string {
  const red = (text: string): string => (options.color ? `\u001b[31m${text}\u001b[39m` : text);
  const lines: string[] = [];
  if (error instanceof CardferryError) {
    const about = error.profile === undefined ? '' : ` (profile ${printable(error.profile)})`;
    lines.push(`${red('error:')} ${printableLines(error.message)}${about}`);
    if (error.contact !== undefined) lines.push(`  contact: ${printable(error.contact)}`);
    if (error.why !== undefined) lines.push(`  why: ${printableLines(error.why)}`);
    if (error.hint !== undefined) lines.push(`  try: ${printableLines(error.hint)}`);
  } else {
    lines.push(`${red('error:')} unexpected: ${printable(messageOf(error))}`);
    lines.push('  try: the same command with --debug, and report what it prints');
  }
  if (options.debug) lines.push(...stackOf(error));
  return lines.join('\n');
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function stackOf(error: unknown): string[] {
  const lines: string[] = [];
  for (let cause = error; cause instanceof Error && lines.length < 100; cause = cause.cause) {
    lines.push(printableLines(cause.stack ?? cause.message));
  }
  return lines;
}
