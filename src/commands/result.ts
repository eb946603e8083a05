/** How commands that write tell what they did: one JSON object, or lines on stderr and ids on stdout. */
import type { Context } from '../context.js';
import type { Connection, FieldLoss, ItemError, Loss, WriteSummary } from '../engine/types.js';
import type { Writer } from '../engine/write.js';
import { CardferryError, PartlyDone } from '../model/errors.js';
import { FIELDS } from '../model/fields.js';
import { printable } from '../model/text.js';
import { outputFormat } from './output.js';

export function emptySummary(): WriteSummary {
  return { ok: true, created: [], updated: [], deleted: [], skipped: [], failed: [] };
}

/** What every command that writes checks before it connects. @throws UsageError for a format it cannot print */
export function checkWrite(context: Context): void {
  outputFormat(context, ['plain', 'table', 'json', 'ndjson'], 'plain', 'plain');
}

/** The one write path, journalled under the command's name. */
export async function writerFor(context: Context, connection: Connection, command: string): Promise<Writer> {
  const { openWriter } = await import('../engine/write.js');
  const { clock, globals } = context;
  return openWriter({
    connection,
    journal: await context.journal(),
    command,
    clock,
    dryRun: globals.dryRun,
    warn: (message) => context.io.note(`warning: ${printable(message)}`),
  });
}

/** What an item's error says, for the `failed` list. */
export function itemError(error: unknown): ItemError {
  if (!(error instanceof CardferryError))
    return { code: 'internal', message: error instanceof Error ? error.message : String(error) };
  const message = error.why === undefined ? error.message : `${error.message}: ${error.why}`;
  return { code: error.code, message, ...(error.hint === undefined ? {} : { hint: error.hint }) };
}

/** Runs `work` for each item; a failed one is noted and the rest goes on. Errors that concern the whole run end it. */
export async function eachItem<T>(
  items: readonly T[],
  id: (item: T) => string,
  summary: WriteSummary,
  work: (item: T) => Promise<void>,
): Promise<void> {
  let firstError: CardferryError | undefined;
  for (const item of items) {
    try {
      await work(item);
    } catch (error) {
      if (
        items.length === 1 ||
        !(error instanceof CardferryError) ||
        ['auth', 'interrupted', 'stopped', 'usage', 'unsupported'].includes(error.code)
      )
        throw error;
      firstError ??= error;
      summary.failed.push({ id: id(item), error: itemError(error) });
    }
  }
  summary.ok = summary.failed.length === 0;
  const done = summary.created.length + summary.updated.length + summary.deleted.length + summary.skipped.length;
  if (firstError !== undefined && done === 0) throw firstError;
}

/** What a write could not hold, one warning a loss. */
export function noteLosses(context: Context, losses: readonly Loss[], contact: string): void {
  for (const loss of losses) {
    if (loss.kind === 'unsure' && !context.globals.verbose) continue;
    const what = {
      dropped: 'is not kept',
      changed: `becomes ${printable(loss.becomes ?? '')}`,
      unsure: 'may not be kept',
      unread: 'may not be given back: it cannot be checked',
    }[loss.kind];
    context.io.note(`warning: ${printable(contact)}: ${loss.field} ${printable(loss.value)} ${what}`);
  }
}

/** What a target could not hold, by field and count. */
export function noteFieldLosses(context: Context, losses: readonly FieldLoss[], target: string): void {
  for (const loss of losses) {
    if (loss.kind === 'unsure' && !context.globals.verbose) continue;
    const verb = { dropped: 'cannot keep', changed: 'changes', unsure: 'may not keep', unread: 'may not give back' }[
      loss.kind
    ];
    const [example] = loss.examples;
    const such = example === undefined ? '' : `, such as ${printable(example.value)} of ${printable(example.contact)}`;
    context.io.note(
      `warning: ${printable(target)} ${verb} ${fieldTitle(loss.field)}: ${loss.contacts} contact(s)${such}`,
    );
  }
}

function fieldTitle(name: string): string {
  return FIELDS.find((field) => field.name === name)?.title ?? name;
}

/** Prints the outcome; the exit code is 3 when some items failed. `done` is the line for people, such as "created". */
export async function finish(
  context: Context,
  summary: WriteSummary,
  options: { ids?: readonly string[]; done?: string } = {},
): Promise<void> {
  const { globals, io } = context;
  io.status(undefined);
  if (globals.format === 'json' || globals.format === 'ndjson') {
    await io.out(`${JSON.stringify(summary)}\n`);
  } else {
    for (const id of options.ids ?? []) await io.out(`${printable(id)}\n`);
    for (const { id, error } of summary.failed)
      io.note(`failed: ${printable(id)}: ${printable(error.message)}`, { important: true });
    if (options.done !== undefined)
      io.note(printable(globals.dryRun ? `not done (--dry-run): ${options.done}` : options.done));
  }
  if (summary.failed.length > 0) {
    throw new PartlyDone(`${summary.failed.length} of the contacts failed`, {
      hint: 'they are named above; the rest is done',
    });
  }
}
