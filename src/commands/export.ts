/** `export`: contacts into a file or a folder, a whole file or nothing. */
import { Command } from 'commander';
import type { ContextSource } from './index.js';
import type { Context } from '../context.js';
import type { Card } from '../model/card.js';
import { printable } from '../model/text.js';
import { PROD_ID } from '../version.js';
import { LossCount, writeFolder, writeOut } from './files.js';
import { addReadOptions, examples, readFilter, type ReadOptions } from './shared.js';

export interface ExportOptions extends ReadOptions {
  context: Context;
  output: string;
}

export function exportCommand(context: ContextSource, run = runExport): Command {
  const command = new Command('export')
    .description("Export contacts and groups. The format follows --format, else the file's name, else vcard.")
    .argument('<out>', 'file, folder (vdir), or - for stdout')
    .action((output: string, options: ReadOptions) => run({ ...options, output, context: context() }));
  return examples(addReadOptions(command), [
    'cardferry export contacts.vcf',
    'cardferry export - --format jscontact --group Friends',
    'cardferry export backup/ --profile work',
  ]);
}

export async function runExport(options: ExportOptions): Promise<void> {
  const { context, output } = options;
  const wanted = context.globals.format === 'json' ? 'jscontact' : context.globals.format;
  const toFolder = wanted === 'vdir' || (wanted === undefined && /[\\/]$/.test(output));
  const { formatByExtension, formatByName } = await import('../formats/index.js');
  const format = toFolder ? undefined : wanted === undefined ? await formatByExtension(output, 'vcard') : await formatByName(wanted);
  context.io.status('exporting');
  const connection = await context.connect();
  const filter = await readFilter(context, connection, options);
  const { exportCards } = await import('../engine/export.js');
  const counter = { cards: 0 };
  const cards = counted(exportCards(connection, { ...filter, media: true }), counter, context);
  const losses = new LossCount();
  if (format) await writeOut(output, format.write(cards, { prodId: PROD_ID }, (loss) => losses.add(loss)), context);
  else await writeFolder(output, cards);
  context.io.status(undefined);
  losses.tell(context, format?.name ?? 'vdir');
  if (output !== '-') context.io.note(`${counter.cards} contact(s) and group(s) written to ${printable(output)}`);
}

async function* counted(cards: AsyncIterable<Card>, counter: { cards: number }, context: Context): AsyncGenerator<Card> {
  for await (const card of cards) {
    counter.cards += 1;
    if (counter.cards % 100 === 0) context.io.status(`exporting: ${counter.cards}`);
    yield card;
  }
}
