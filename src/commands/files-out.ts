/** Files and folders that are written, for `export` and `convert`: whole or not at all, losses told. */
import type { Context } from '../context.js';
import type { Format, FormatLoss } from '../formats/types.js';
import type { Card } from '../model/card.js';
import type { WriteSummary } from '../engine/types.js';
import { PartlyDone, UsageError } from '../model/errors.js';
import { FIELDS } from '../model/fields.js';
import { forTerminal, printable } from '../model/text.js';
import { confirm } from '../ui/prompt.js';
import { emptySummary, finish } from './result.js';

/** The named format, else the one of the file's name, else `fallback`; undefined for a folder (vdir). @throws UsageError */
export async function targetFormat(
  file: string,
  wanted: string | undefined,
  fallback: string,
): Promise<Format | undefined> {
  if (wanted === 'vdir') {
    if (file === '-') throw new UsageError('vdir is a folder, it cannot go to stdout', { hint: 'name a folder' });
    return undefined;
  }
  const { formatByExtension, formatByName } = await import('../formats/index.js');
  if (wanted !== undefined) return formatByName(wanted);
  return (await isFolder(file)) ? undefined : formatByExtension(file, fallback);
}

async function isFolder(path: string): Promise<boolean> {
  if (path === '-') return false;
  if (/[\\/]$/.test(path)) return true;
  const { stat } = await import('node:fs/promises');
  return (await stat(path).catch(() => undefined))?.isDirectory() === true;
}

/**
 * The outcome: one object with `--json`, else a line on stderr. Nothing where the data went to stdout.
 *
 * @param failed what could not be read and is not in the file
 * @throws PartlyDone when there is any
 */
export async function tellWritten(
  context: Context,
  file: string,
  done: string,
  failed: WriteSummary['failed'] = [],
): Promise<void> {
  context.io.status(undefined);
  if (file !== '-') {
    await finish(context, { ...emptySummary(), ok: failed.length === 0, created: [file], failed }, { done });
    return;
  }
  for (const { id, error } of failed)
    context.io.note(`failed: ${printable(id)}: ${printable(error.message)}`, { important: true });
  if (failed.length > 0)
    throw new PartlyDone(`${failed.length} of the contacts could not be read`, { hint: 'they are named above' });
}

/** Counts what a writer could not hold, to be told by field and count. */
export class LossCount {
  readonly #fields = new Map<string, { contacts: Set<string>; example: string }>();

  add(loss: FormatLoss): void {
    const known = this.#fields.get(loss.field) ?? { contacts: new Set<string>(), example: loss.detail };
    known.contacts.add(loss.uid);
    this.#fields.set(loss.field, known);
  }

  tell(context: Context, format: string): void {
    for (const [field, { contacts, example }] of this.#fields) {
      const title = FIELDS.find((candidate) => candidate.name === field)?.title ?? field;
      context.io.note(
        `warning: ${format} cannot hold ${title}: ${contacts.size} contact(s), such as ${printable(example)}`,
      );
    }
  }
}

/** Asks before a file that is there is written over; in a script naming it is the agreement, as with `>`. */
export async function mayWrite(context: Context, file: string): Promise<boolean> {
  const { globals } = context;
  if (file === '-' || globals.dryRun || globals.yes || !globals.input || !context.io.stderrIsTTY) return true;
  const { stat } = await import('node:fs/promises');
  const info = await stat(file).catch(() => undefined);
  if (info?.isFile() !== true) return true;
  return confirm(context, `${file} is there already. Write over it?`, 'writing over a file');
}

/** Data that goes to stdout: byte for byte into a pipe, harmless on a terminal. */
function dataText({ io }: Context, text: string): string {
  return io.stdoutIsTTY ? forTerminal(text) : text;
}

/** Writes a text stream to a file as a whole or not at all, or to stdout for `-`. */
export async function writeOut(file: string, text: AsyncIterable<string>, context: Context): Promise<void> {
  if (file === '-') {
    for await (const piece of text) await context.io.out(dataText(context, piece));
    return;
  }
  if (context.globals.dryRun) return drain(text);
  const { writeFileAtomic } = await import('../store/files.js');
  await writeFileAtomic(file, text);
}

/** A dry run reads and converts everything, and keeps nothing. */
async function drain(pieces: AsyncIterable<unknown>): Promise<void> {
  const source = pieces[Symbol.asyncIterator]();
  while ((await source.next()).done !== true);
}

/** One vCard a file into a folder; names from the uids. */
export async function writeFolder(folder: string, cards: AsyncIterable<Card>, context: Context): Promise<void> {
  if (context.globals.dryRun) return drain(cards);
  const [{ mkdir }, { join }, { once, writeFileAtomic }, { safeFileName }, { cardToVCard }] = await Promise.all([
    import('node:fs/promises'),
    import('node:path'),
    import('../store/files.js'),
    import('../formats/vdir-name.js'),
    import('../formats/vcard/map.js'),
  ]);
  const taken = new Map<string, number>();
  for await (const card of cards) {
    // Not before there is a contact: where nothing can be read nothing is made.
    if (taken.size === 0) await mkdir(folder, { recursive: true });
    const name = safeFileName(card.uid);
    const before = taken.get(name.toLowerCase()) ?? 0;
    taken.set(name.toLowerCase(), before + 1);
    const file = join(folder, `${name}${before === 0 ? '' : `-again-${before}`}.vcf`);
    await writeFileAtomic(file, once(cardToVCard(card, { version: '3.0', carry: true })));
  }
  if (taken.size === 0) await mkdir(folder, { recursive: true });
}
