/** `list`: contacts, a page or all of them, streamed. */
import { Command } from 'commander';
import type { ContextSource } from './index.js';
import type { Context } from '../context.js';
import { printRecords, recordFormat } from './output.js';
import { addReadOptions, examples, readFilter, type ReadOptions } from './shared.js';

export interface ListOptions extends ReadOptions {
  context: Context;
  /** Words to look for (`search`). */
  query?: string;
}

export function listCommand(context: ContextSource, run: (options: ListOptions) => Promise<void> = runList): Command {
  const command = new Command('list')
    .description('List contacts: a page or all of them, streamed as they arrive.')
    .action((options: ReadOptions) => run({ ...options, context: context() }));
  return examples(addReadOptions(command), [
    'cardferry list',
    'cardferry list --sort last-name --limit 20 --fields name,email,phone',
    'cardferry list --profile work --has avatar --json',
  ]);
}

export async function runList(options: ListOptions): Promise<void> {
  const { context } = options;
  const format = recordFormat(context);
  context.io.status('reading contacts');
  const connection = await context.connect();
  const filter = {
    ...(await readFilter(context, connection, options)),
    ...(options.query === undefined ? {} : { query: options.query }),
  };
  const { readContacts } = await import('../engine/query.js');
  const count = await printRecords(
    context,
    connection,
    readContacts(connection, { ...filter, media: format === 'vcard' }),
    format,
  );
  context.io.status(undefined);
  if (format === 'table') context.io.note(count === 0 ? 'no contacts' : `${count} contact${count === 1 ? '' : 's'}`);
}
