/** `move` and `copy`: contacts into another address book of the same account. */
import { Command } from 'commander';
import type { ContextSource } from './index.js';
import type { Context } from '../context.js';
import type { ContactRecord } from '../model/card.js';
import { UsageError } from '../model/errors.js';
import { checkWrite, eachItem, emptySummary, finish, writerFor } from './result.js';
import { bookIds, examples, SELECTOR_HELP, selectorsFrom } from './shared.js';

export interface MoveOptions {
  context: Context;
  action: 'move' | 'copy';
  selectors: string[];
  to: string;
}

export function moveCommand(context: ContextSource, run = runMove): Command {
  return build('move', 'Move contacts into another address book of the account.', context, run);
}

export function copyCommand(context: ContextSource, run = runMove): Command {
  return build('copy', 'Copy contacts into another address book of the account.', context, run);
}

function build(
  action: 'move' | 'copy',
  help: string,
  context: ContextSource,
  run: (options: MoveOptions) => Promise<void>,
): Command {
  const command = new Command(action)
    .description(help)
    .argument('<contact...>', SELECTOR_HELP)
    .requiredOption('--to <book>', 'the book, by name, path or id')
    .action((selectors: string[], options: { to: string }) =>
      run({ ...options, action, selectors, context: context() }),
    );
  return examples(command, [
    `cardferry ${action} email:anna@example.com --to Suppliers`,
    `cardferry search acme --fields id | cardferry ${action} - --to Suppliers`,
  ]);
}

export async function runMove({ context, action, selectors, to }: MoveOptions): Promise<void> {
  checkWrite(context);
  const wanted = await selectorsFrom(context, selectors);
  context.io.status('reading');
  const connection = await context.connect();
  const [{ requireAbility }, { resolveBooks }, { selectContacts }] = await Promise.all([
    import('../engine/abilities.js'),
    import('../engine/books.js'),
    import('../engine/select.js'),
  ]);
  requireAbility(connection, action);
  const [book] = await resolveBooks(connection, [to]);
  if (!book) throw new UsageError('--to names no book');
  const records = await selectContacts(connection, wanted, await bookIds(context, connection));
  const writer = await writerFor(context, connection, action);
  const summary = emptySummary();
  const done = action === 'move' ? summary.updated : summary.created;
  const each = async (record: ContactRecord): Promise<void> => {
    if (record.bookIds.includes(book.id)) summary.skipped.push(record.id);
    else done.push((await writer[action](record, book.id)).id);
  };
  await eachItem(records, (record) => record.id, summary, each);
  await writer.end();
  const there = summary.skipped.length;
  await finish(context, summary, {
    ids: context.globals.dryRun ? [] : done,
    done: [
      `${action === 'move' ? 'moved' : 'copied'} ${done.length} contact(s) to ${book.name}`,
      ...(there > 0 ? [`left ${there} that ${there === 1 ? 'is' : 'are'} in it already`] : []),
    ].join(', '),
  });
}
