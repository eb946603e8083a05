/** `book`: address books (folders). */
import { Command } from 'commander';
import type { ContextSource } from './index.js';
import type { Context } from '../context.js';
import type { Connection } from '../engine/types.js';
import type { Book } from '../model/card.js';
import { UsageError } from '../model/errors.js';
import { confirm, needsInput } from '../ui/prompt.js';
import { listFormat, printList } from './output.js';
import { checkWrite, emptySummary, finish, writerFor } from './result.js';
import { examples } from './shared.js';

export interface BookOptions {
  context: Context;
  action: 'list' | 'create' | 'rename' | 'delete';
  name: string;
  to?: string;
}

export function bookCommand(context: ContextSource, run = runBook): Command {
  const command = new Command('book').description('Address books (folders) of the account.');
  command
    .command('list')
    .description('list the books')
    .action(() => run({ context: context(), action: 'list', name: '' }));
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
  return examples(command, [
    'cardferry book list',
    'cardferry book create Suppliers',
    'cardferry book rename Suppliers Vendors',
  ]);
}

export async function runBook(options: BookOptions): Promise<void> {
  const { context, action, name, to } = options;
  const { globals, io } = context;
  if (action === 'list') return listBooks(context);
  checkWrite(context);
  if (name.trim() === '' || to?.trim() === '') throw new UsageError('a book needs a name');
  if (action === 'delete' && !globals.yes && !globals.dryRun) {
    needsInput(context, 'deleting a book needs a confirmation', 'add --yes to agree');
  }
  io.status('reading');
  const connection = await context.connect();
  const { requireAbility } = await import('../engine/abilities.js');
  requireAbility(connection, 'bookAdmin');
  const book = action === 'create' ? undefined : await bookNamed(connection, name);
  io.status(undefined);
  const summary = emptySummary();
  if (action === 'delete' && book && !(await agreed(context, book))) {
    summary.skipped.push(book.id);
    return finish(context, summary, { done: 'nothing was deleted' });
  }
  const writer = await writerFor(context, connection, `book ${action}`);
  if (!book) {
    summary.created.push((await writer.createBook(name)).id);
  } else if (action === 'rename') {
    summary.updated.push((await writer.renameBook(book, to ?? '')).id);
  } else {
    await writer.deleteBook(book);
    summary.deleted.push(book.id);
  }
  await writer.end();
  const verb = { create: 'made', rename: 'renamed', delete: 'deleted' }[action];
  const ids = globals.dryRun ? [] : summary.created;
  await finish(context, summary, { ids, done: `${verb} book ${name}${to === undefined ? '' : ` to ${to}`}` });
}

async function bookNamed(connection: Connection, name: string): Promise<Book> {
  const { resolveBooks } = await import('../engine/books.js');
  const [book] = await resolveBooks(connection, [name]);
  if (!book) throw new UsageError('no book was named');
  return book;
}

async function agreed(context: Context, book: Book): Promise<boolean> {
  if (context.globals.dryRun) return true;
  return confirm(context, `Delete the book ${book.name} and every contact in it?`, 'deleting a book');
}

async function listBooks(context: Context): Promise<void> {
  const format = listFormat(context);
  context.io.status('reading');
  const connection = await context.connect();
  const marks = (book: Book): string =>
    [book.isDefault ? 'default' : '', book.readOnly ? 'read-only' : ''].filter((mark) => mark !== '').join(', ');
  await printList(context, format, {
    items: await connection.provider.books(),
    json: (book) => book,
    cells: (book) => [book.id, book.name, book.total === undefined ? '' : String(book.total), marks(book)],
    head: ['Id', 'Name', 'Contacts', ''],
    plain: (book) => book.name,
    empty: 'no address books',
  });
}
