/** `delete`: asks, journals, deletes. */
import { Command } from 'commander';
import type { ContextSource } from './index.js';
import type { Context } from '../context.js';
import { displayName } from '../model/view.js';
import { confirm, needsInput } from '../ui/prompt.js';
import { checkWrite, eachItem, emptySummary, finish, writerFor } from './result.js';
import { bookIds, examples, SELECTOR_HELP, selectorsFrom } from './shared.js';

export interface DeleteOptions {
  context: Context;
  selectors: string[];
}

export function deleteCommand(context: ContextSource, run = runDelete): Command {
  const command = new Command('delete')
    .description('Delete contacts. What they were is journalled: "cardferry undo" puts them back.')
    .argument('<contact...>', SELECTOR_HELP)
    .action((selectors: string[]) => run({ selectors, context: context() }));
  return examples(command, [
    'cardferry delete email:old@example.com',
    'cardferry search "old company" --fields id | cardferry delete - --yes',
    'cardferry delete 5f3a 77c1 --dry-run',
  ]);
}

export async function runDelete({ context, selectors }: DeleteOptions): Promise<void> {
  const { globals } = context;
  checkWrite(context);
  if (!globals.yes && !globals.dryRun) needsInput(context, 'deleting needs a confirmation', 'add --yes to agree');
  const wanted = await selectorsFrom(context, selectors);
  context.io.status('reading');
  const connection = await context.connect();
  const { requireAbility } = await import('../engine/abilities.js');
  requireAbility(connection, 'delete');
  const { selectContacts } = await import('../engine/select.js');
  const records = await selectContacts(connection, wanted, await bookIds(context, connection));
  const summary = emptySummary();
  const [first] = records;
  if (!first) return finish(context, summary, { done: 'nothing to delete' });
  const what = records.length === 1 ? displayName(first.card) || first.id : `${records.length} contacts`;
  context.io.status(undefined);
  if (!globals.dryRun && !(await confirm(context, `Delete ${what} from ${connection.name}?`, 'deleting'))) {
    summary.skipped.push(...records.map((record) => record.id));
    return finish(context, summary, { done: 'nothing was deleted' });
  }
  const writer = await writerFor(context, connection, 'delete');
  await eachItem(
    records,
    (record) => record.id,
    summary,
    async (record) => {
      await writer.delete(record);
      summary.deleted.push(record.id);
    },
  );
  await writer.end();
  await finish(context, summary, { done: `deleted ${what}` });
}
