/** `convert`: one file format into another; no profile involved. */
import { Command } from 'commander';
import type { ContextSource } from './index.js';
import type { Context } from '../context.js';
import type { Format } from '../formats/types.js';
import type { Card } from '../model/card.js';
import { PartlyDone } from '../model/errors.js';
import { printable } from '../model/text.js';
import { PROD_ID } from '../version.js';
import { cardsOf, LossCount, openSource, Rejects, writeFolder, writeOut } from './files.js';
import { examples } from './shared.js';

export interface ConvertOptions {
  context: Context;
  input: string;
  output: string;
  from?: string;
  to?: string;
  encoding?: string;
  rejects?: string;
}

type Flags = Omit<ConvertOptions, 'context' | 'input' | 'output'>;

export function convertCommand(context: ContextSource, run = runConvert): Command {
  const command = new Command('convert')
    .description('Convert a contacts file into another format.')
    .argument('<in>', 'file, or - for stdin')
    .argument('[out]', 'file, - for stdout, or a folder for vdir', '-')
    .option('--from <format>', 'format of the input (found by content)')
    .option('--to <format>', "format of the output (found by OUT's name, else jscontact)")
    .option('--encoding <charset>', 'charset of text that is not UTF-8 and says nothing')
    .option('--rejects <file>', 'write unreadable records here, as they stood')
    .action((input: string, output: string, flags: Flags) => run({ ...flags, input, output, context: context() }));
  return examples(command, [
    'cardferry convert old-phone.vcf new.vcf',
    'cardferry convert contacts.vcf --to jscontact | jq .',
    'cardferry convert contacts.json contacts/ --to vdir',
  ]);
}

export async function runConvert(options: ConvertOptions): Promise<void> {
  const { context, input, output } = options;
  const { formatByExtension, formatByName } = await import('../formats/index.js');
  const toFolder = options.to === 'vdir' || (options.to === undefined && /[\\/]$/.test(output));
  const target = toFolder ? undefined : options.to === undefined ? await formatByExtension(output) : await formatByName(options.to);
  context.io.status(`converting ${printable(input)}`);
  const { format, chunks } = await openSource(input, context, options.from);
  const rejects = new Rejects(context, options.rejects);
  const losses = new LossCount();
  const counter = { cards: 0 };
  const items = format.read(chunks, options.encoding === undefined ? {} : { encoding: options.encoding });
  const cards = counted(cardsOf(input, items, rejects, context), counter);
  if (target) await writeOut(output, textOf(target, cards, losses), context);
  else await writeFolder(output, cards);
  await rejects.end();
  losses.tell(context, target?.name ?? 'vdir');
  context.io.status(undefined);
  if (output !== '-') context.io.note(`${counter.cards} contact(s) from ${format.title} to ${target?.title ?? 'vdir'}: ${printable(output)}`);
  if (rejects.count > 0) throw new PartlyDone(`${rejects.count} record(s) could not be read`, { hint: options.rejects === undefined ? 'keep them with --rejects FILE' : `they are in ${options.rejects}` });
}

function textOf(format: Format, cards: AsyncIterable<Card>, losses: LossCount): AsyncIterable<string> {
  return format.write(cards, { prodId: PROD_ID }, (loss) => losses.add(loss));
}

async function* counted(cards: AsyncIterable<Card>, counter: { cards: number }): AsyncGenerator<Card> {
  for await (const card of cards) {
    counter.cards += 1;
    yield card;
  }
}
