/** `frequent`: addresses that the user often writes to, on the servers that keep them. */
import { Command } from 'commander';
import type { ContextSource } from './index.js';
import type { Context } from '../context.js';
import type { Connection } from '../engine/types.js';
import type { FrequentContact } from '../model/card.js';
import { UsageError } from '../model/errors.js';
import { confirm, needsInput } from '../ui/prompt.js';
import { readBytes } from './fields.js';
import { listFormat, printList } from './output.js';
import { checkWrite, emptySummary, finish, writerFor } from './result.js';
import { bookIds, examples, SELECTOR_HELP, selectorsFrom } from './shared.js';

export interface FrequentOptions {
  context: Context;
  action: 'list' | 'set';
  contacts: string[];
  /** JSON file, - for stdin. */
  from?: string;
}

const SETTING = 'replacing the common contacts';

export function frequentCommand(context: ContextSource, run = runFrequent): Command {
  const command = new Command('frequent').description('Common contacts: those the user often writes to (MDaemon).');
  command
    .command('list')
    .description('list them, most used first')
    .action(() => run({ context: context(), action: 'list', contacts: [] }));
  command
    .command('set')
    .description('replace the list by these contacts, or by a file')
    .argument('[contact...]', SELECTOR_HELP)
    .option('--from <file>', 'JSON as "frequent list --json" prints it; - reads stdin')
    .action((contacts: string[], { from }: { from?: string }) =>
      run({ context: context(), action: 'set', contacts, ...(from === undefined ? {} : { from }) }),
    );
  return examples(command, [
    'cardferry frequent list',
    'cardferry frequent list --json > common.json',
    'cardferry frequent set email:anna@example.com email:bob@example.com',
    'cardferry frequent set --from common.json --yes',
  ]);
}

export async function runFrequent(options: FrequentOptions): Promise<void> {
  const { context, action } = options;
  if (action === 'set') return setList(options);
  const format = listFormat(context);
  context.io.status('reading');
  const connection = await context.connect();
  const { byUse, frequentJson, listFrequent } = await import('../engine/frequent.js');
  await printList(context, format, {
    items: byUse(await listFrequent(connection)).map(frequentJson),
    json: (entry) => entry,
    cells: ({ name, email, used, lastUsed }) => [email, name, String(used), lastUsed],
    head: ['E-mail', 'Name', 'Used', 'Last used'],
    plain: ({ email }) => email,
    empty: 'no common contacts',
  });
}

async function setList({ context, contacts, from }: FrequentOptions): Promise<void> {
  const { globals, clock } = context;
  checkWrite(context);
  if ((from === undefined) === (contacts.length === 0)) {
    throw new UsageError('frequent set takes contacts or --from FILE', { hint: 'cardferry frequent set --help' });
  }
  if (!globals.yes && !globals.dryRun) needsInput(context, `${SETTING} needs a confirmation`, 'add --yes to agree');
  const { frequentOf, listFrequent, parseFrequent } = await import('../engine/frequent.js');
  const given =
    from === undefined
      ? undefined
      : parseFrequent(new TextDecoder().decode(await readBytes(from, context)), clock.now());
  const selectors = await selectorsFrom(context, contacts);
  const connection = await open(context);
  const before = await listFrequent(connection);
  const { selectContacts } = await import('../engine/select.js');
  const next =
    given ??
    frequentOf(await selectContacts(connection, selectors, await bookIds(context, connection)), before, clock.now());
  context.io.status(undefined);
  return replace(context, connection, before, next);
}

/** Refuses before any request where there is no such list, or nothing may be written. */
async function open(context: Context): Promise<Connection> {
  context.io.status('reading');
  const connection = await context.connect();
  const { requireAbility, requireWritable } = await import('../engine/abilities.js');
  requireAbility(connection, 'frequent');
  requireWritable(connection);
  return connection;
}

async function replace(
  context: Context,
  connection: Connection,
  before: readonly FrequentContact[],
  next: readonly FrequentContact[],
): Promise<void> {
  const summary = emptySummary();
  const emails = next.map(({ email }) => email);
  const { sameFrequent } = await import('../engine/frequent.js');
  if (sameFrequent(before, next)) {
    summary.skipped.push(...emails);
    return finish(context, summary, { done: 'these are the common contacts already' });
  }
  const question = `Replace ${before.length} common contact(s) by ${next.length}?`;
  if (!context.globals.dryRun && !(await confirm(context, question, SETTING))) {
    summary.skipped.push(...emails);
    return finish(context, summary, { done: 'nothing was changed' });
  }
  const writer = await writerFor(context, connection, 'frequent set');
  await writer.setFrequent(before, next);
  await writer.end();
  summary.updated.push(...emails);
  await finish(context, summary, { done: `set ${next.length} common contact(s)` });
}
