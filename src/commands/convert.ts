/** `convert`: one file format into another; no profile involved. */
import { Command } from 'commander';
import type { ContextSource } from './index.js';
import type { Context } from '../context.js';
import type { Format } from '../formats/types.js';
import type { Card } from '../model/card.js';
import { PROD_ID } from '../version.js';
import { addReadFlags, cardsOf, columnMap, type ReadFlags } from './files-in.js';
import { LossCount, mayWrite, targetFormat, tellWritten, writeFolder, writeOut } from './files-out.js';
import { Rejects } from './rejects.js';
import { checkWrite } from './result.js';
import { examples } from './shared.js';

export interface ConvertOptions extends ReadFlags {
  context: Context;
  input: string;
  output: string;
  from?: string;
  to?: string;
  mapFile?: string;
}

type Flags = Omit<ConvertOptions, 'context' | 'input' | 'output'>;

export function convertCommand(context: ContextSource, run = runConvert): Command {
  const command = new Command('convert')
    .description('Convert a contacts file into another format.')
    .argument('<in>', 'file, - for stdin, or a vdir folder')
    .argument('[out]', 'file, - for stdout, or a folder for vdir', '-')
    .option('--from <format>', 'format of the input (found by content)')
    .option('--to <format>', "format of the output (found by OUT's name, else jscontact)")
    .option('--map-file <file>', 'what the columns of a table hold, as a JSON object')
    .action((input: string, output: string, flags: Flags) => run({ ...flags, input, output, context: context() }));
  return examples(addReadFlags(command), [
    'cardferry convert old-phone.vcf new.vcf',
    'cardferry convert contacts.vcf --to jscontact | jq .',
    'cardferry convert contacts.json contacts/ --to vdir',
  ]);
}

export async function runConvert(options: ConvertOptions): Promise<void> {
  const { context, input, output } = options;
  checkWrite(context);
  const target = await targetFormat(output, options.to, 'jscontact');
  const map = await columnMap(context, options.map, options.mapFile);
  const rejects = new Rejects(context, options.rejects);
  const losses = new LossCount();
  const counter = { cards: 0 };
  if (!(await mayWrite(context, output))) return context.io.note('nothing was written');
  context.io.status(`converting ${input}`);
  const cards = counted(cardsOf({ ...options, files: [input], format: options.from, map }, rejects), counter);
  try {
    if (target) await writeOut(output, textOf(target, cards, losses), context);
    else await writeFolder(output, cards, context);
  } finally {
    await rejects.end();
    context.io.status(undefined);
  }
  rejects.tell();
  losses.tell(context, target?.name ?? 'vdir');
  await tellWritten(context, output, `${counter.cards} contact(s) converted to ${target?.title ?? 'vdir'}: ${output}`);
  rejects.raise();
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
