/** `export`: contacts into a file or a folder, a whole file or nothing. */
import { Command } from 'commander';
import type { ContextSource } from './index.js';
import type { Context } from '../context.js';
import type { Card } from '../model/card.js';
import type { WriteSummary } from '../engine/types.js';
import { UsageError } from '../model/errors.js';
import { printable } from '../model/text.js';
import type { Unreadable } from '../providers/types.js';
import { PROD_ID } from '../version.js';
import { LossCount, mayWrite, targetFormat, tellWritten, writeFolder, writeOut } from './files-out.js';
import { addReadOptions, examples, readFilter, type ReadOptions } from './shared.js';

export interface ExportOptions extends ReadOptions {
  context: Context;
  output: string;
  serverSide?: boolean;
  serverGroups?: boolean;
}

export function exportCommand(context: ContextSource, run = runExport): Command {
  const command = new Command('export')
    .description("Export contacts and groups. The format follows --format, else the file's name, else vcard.")
    .argument('<out>', 'file, folder (vdir), or - for stdout')
    .option('--server-side', "the server's own file: CSV of a book, or vCards (MDaemon)")
    .option('--server-groups', "with --server-side: the book's groups in the server's own CSV")
    .action((output: string, options: Omit<ExportOptions, 'context' | 'output'>) =>
      run({ ...options, output, context: context() }),
    );
  return examples(addReadOptions(command), [
    'cardferry export contacts.vcf',
    'cardferry export - --format jscontact --group Friends',
    'cardferry export backup/ --profile work',
    'cardferry export outlook.csv --server-side --book Contacts',
  ]);
}

export async function runExport(options: ExportOptions): Promise<void> {
  const { context, output } = options;
  if (options.serverSide === true) return (await import('./export-own.js')).exportOwn(options);
  if (options.serverGroups === true) throw new UsageError('--server-groups goes with --server-side');
  const { format: wanted } = context.globals;
  const toStdout = output === '-';
  // --json asks for the outcome as JSON, and for JSContact where the contacts themselves go to stdout.
  const format = await targetFormat(output, wanted === 'json' ? (toStdout ? 'jscontact' : undefined) : wanted, 'vcard');
  if (!(await mayWrite(context, output))) return context.io.note('nothing was written');
  context.io.status('exporting');
  const connection = await context.connect();
  const filter = await readFilter(context, connection, options);
  const { exportCards } = await import('../engine/export.js');
  const counter = { cards: 0 };
  const failed: WriteSummary['failed'] = [];
  const onReject = ({ id, error }: Unreadable): void =>
    void failed.push({ id, error: { code: 'input', message: `cannot be read: ${error}` } });
  const cards = counted(exportCards(connection, { ...filter, media: true, onReject }), counter, context);
  const losses = new LossCount();
  if (format)
    await writeOut(
      output,
      format.write(cards, { prodId: PROD_ID }, (loss) => losses.add(loss)),
      context,
    );
  else await writeFolder(output, cards, context);
  losses.tell(context, format?.name ?? 'vdir');
  for (const field of connection.definition.writeOnly ?? [])
    context.io.note(`warning: ${printable(connection.name)} may hold ${field} that it does not give back`);
  await tellWritten(context, output, `${counter.cards} contact(s) and group(s) written to ${output}`, failed);
}

async function* counted(
  cards: AsyncIterable<Card>,
  counter: { cards: number },
  context: Context,
): AsyncGenerator<Card> {
  for await (const card of cards) {
    counter.cards += 1;
    if (counter.cards % 100 === 0) context.io.status(`exporting: ${counter.cards}`);
    yield card;
  }
}
