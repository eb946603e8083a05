/** `book`: address books (folders). */
import { Command } from 'commander';
import type { ContextSource } from './index.js';
import type { Context } from '../context.js';
import type { Connection } from '../engine/types.js';
import { UsageError } from '../model/errors.js';
import { printable } from '../model/text.js';
import { confirm, needsInput } from '../ui/prompt.js';
import { table, tsvLine } from '../ui/render.js';
import { emptySummary, finish } from './result.js';
import { examples, outputFormat } from './shared.js';

export interface BookOptions {
  context: Context;
  action: 'list' | 'create' | 'rename' | 'delete';
  name: string;
  to?: string;
}

export function bookCommand(context: ContextSource, run = runBook): Command {
  const command = new Command('book').description('Address books (folders) of the account.');
  command.command('list').description('list the books').action(() => run({ context: context(), action: 'list', name: '' }));
  command
    .command('create')
    .description('make a book')
    .argument('<name>', 'its name')
    .action((name: string) => run({ context: context(), action: 'create', name }));
  command
    .command('rename')
    .description('give a book another name')
    .argument('<book>', 'name, path or id')
    .argument('<name>', 'the new name')
    .action((name: string, to: string) => run({ context: context(), action: 'rename', name, to }));
  command
    .command('delete')
    .description('delete a book with the contacts in it')
    .argument('<book>', 'name, path or id')
    .action((name: string) => run({ context: context(), action: 'delete', name }));
  return examples(command, ['cardferry book list', 'cardferry book create Suppliers', 'cardferry book rename Suppliers Vendors']);
}

export async function runBook({ context, action, name, to }: BookOptions): Promise<void> {
  const { globals, io } = context;
  if (action === 'delete' && !globals.yes && !globals.dryRun) needsInput(context, 'deleting a book needs a confirmation', 'add --yes to agree');
  if (action !== 'list' && name.trim() === '') throw new UsageError('a book needs a name');
  io.status('reading');
  const connection = await context.connect();
  if (action === 'list') return listBooks(context, connection);
  const [{ openWriter }, { requireAbility }, { resolveBooks }] = await Promise.all([
    import('../engine/write.js'),
    import('../engine/abilities.js'),
    import('../engine/books.js'),
  ]);
  requireAbility(connection, 'bookAdmin');
  const writer = openWriter({ connection, journal: await context.journal(), command: `book ${action}`, clock: context.clock, dryRun: globals.dryRun });
  const summary = emptySummary();
  if (action === 'create') {
    summary.created.push((await writer.createBook(name)).id);
  } else {
    const [book] = await resolveBooks(connection, [name]);
    if (!book) throw new UsageError('no book was named');
    io.status(undefined);
    if (action === 'rename') {
      summary.updated.push((await writer.renameBook(book, to ?? '')).id);
    } else {
      if (!globals.dryRun && !(await confirm(context, `Delete the book ${book.name} and every contact in it?`, 'deleting a book'))) return;
      await writer.deleteBook(book);
      summary.deleted.push(book.id);
    }
  }
  await writer.end();
  const verb = { create: 'made', rename: 'renamed', delete: 'deleted' }[action];
  await finish(context, summary, { ids: summary.created, done: `${verb} book ${printable(name)}` });
}

async function listBooks(context: Context, connection: Connection): Promise<void> {
  const format = outputFormat(context, ['table', 'tsv', 'json', 'ndjson', 'plain'], 'table', 'tsv');
  const books = await connection.provider.books();
  context.io.status(undefined);
  if (format === 'json') return context.io.out(`${JSON.stringify(books)}\n`);
  if (format === 'ndjson') return context.io.out(books.map((book) => `${JSON.stringify(book)}\n`).join(''));
  if (format === 'plain') return context.io.out(books.map((book) => tsvLine([book.name])).join(''));
  const rows = books.map((book) => [book.id, book.name, book.total === undefined ? '' : String(book.total), [book.isDefault ? 'default' : '', book.readOnly ? 'read-only' : ''].filter(Boolean).join(', ')]);
  if (format === 'tsv') return context.io.out(rows.map(tsvLine).join(''));
  return context.io.out(await table(['Id', 'Name', 'Contacts', ''], rows, { columns: context.io.columns, color: context.io.color.stdout }));
}
