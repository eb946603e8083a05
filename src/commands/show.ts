/** `show`: everything about one or more contacts. */
import { Command } from 'commander';
import type { ContextSource } from './index.js';
import type { Context } from '../context.js';
import type { ContactRecord } from '../model/card.js';
import { cardRows, showText } from '../ui/card.js';
import { contactCard } from '../ui/render.js';
import { namesFor, outputFormat, printRecords } from './output.js';
import { bookIds, examples, SELECTOR_HELP, selectorsFrom } from './shared.js';

export interface ShowOptions {
  context: Context;
  selectors: string[];
}

export function showCommand(context: ContextSource, run = runShow): Command {
  const command = new Command('show')
    .description('Show everything about a contact. --format takes plain, json, ndjson and vcard.')
    .argument('<contact...>', SELECTOR_HELP)
    .action((selectors: string[]) => run({ selectors, context: context() }));
  return examples(command, [
    'cardferry show email:anna@example.com',
    'cardferry show 5f3a --format vcard',
    'cardferry show name:"Anna Müller" --json',
  ]);
}

export async function runShow({ context, selectors }: ShowOptions): Promise<void> {
  const format = outputFormat(context, ['plain', 'table', 'json', 'ndjson', 'vcard'], 'plain', 'plain');
  context.io.status('reading');
  const connection = await context.connect();
  const { selectContacts } = await import('../engine/select.js');
  const wanted = await selectorsFrom(context, selectors);
  const found = await selectContacts(connection, wanted, await bookIds(context, connection));
  const records: ContactRecord[] = [];
  for (const record of found)
    records.push(record.hasPhoto === true ? await connection.provider.get(record.id) : record);
  context.io.status(undefined);
  if (format === 'json') {
    await context.io.out(`${JSON.stringify(records.map(contactCard), null, 2)}\n`);
  } else if (format === 'ndjson' || format === 'vcard') {
    await printRecords(context, connection, all(records), format);
  } else {
    const names = await namesFor(
      connection,
      ['book', 'groups'],
      records.flatMap((record) => record.bookIds),
    );
    const texts = records.map((record) => showText(cardRows(record, names), context.io.color.stdout));
    await context.io.out(texts.join('\n'));
  }
}

async function* all<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}
