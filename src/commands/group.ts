/** `group`: groups, and who is in them. */
import { Command } from 'commander';
import type { ContextSource } from './index.js';
import type { Context } from '../context.js';
import type { Connection } from '../engine/types.js';
import type { Group } from '../model/card.js';
import { printable } from '../model/text.js';
import { tsvLine, table } from '../ui/render.js';
import { confirm, needsInput } from '../ui/prompt.js';
import { emptySummary, finish } from './result.js';
import { bookIds, examples, outputFormat, printRecords, RECORD_FORMATS, SELECTOR_HELP, selectorsFrom, targetBook } from './shared.js';

export type GroupAction = 'list' | 'show' | 'create' | 'rename' | 'delete' | 'add' | 'remove';

export interface GroupOptions {
  context: Context;
  action: GroupAction;
  group: string;
  name?: string;
  contacts: string[];
}

export function groupCommand(context: ContextSource, run = runGroup): Command {
  const command = new Command('group').description("Groups and their members: the server's own, else its categories.");
  const act = (action: GroupAction, group = '', contacts: string[] = [], name?: string): Promise<void> =>
    run({ context: context(), action, group, contacts, ...(name === undefined ? {} : { name }) });
  const sub = (usage: string, help: string): Command => command.command(usage).description(help);
  sub('list', 'list the groups').action(() => act('list'));
  sub('show', 'list the members of a group').argument('<group>', 'name or id').action((group: string) => act('show', group));
  sub('create', 'make a group')
    .argument('<group>', 'name')
    .argument('[contact...]', SELECTOR_HELP)
    .action((group: string, contacts: string[]) => act('create', group, contacts));
  sub('rename', 'give a group another name')
    .argument('<group>', 'name or id')
    .argument('<name>', 'the new name')
    .action((group: string, name: string) => act('rename', group, [], name));
  sub('delete', 'delete a group; its members stay').argument('<group>', 'name or id').action((group: string) => act('delete', group));
  for (const [action, help] of [['add', 'put contacts into a group'], ['remove', 'take contacts out of a group']] as const) {
    sub(action, help)
      .argument('<group>', 'name or id')
      .argument('<contact...>', SELECTOR_HELP)
      .action((group: string, contacts: string[]) => act(action, group, contacts));
  }
  return examples(command, ['cardferry group list', 'cardferry group create Friends email:anna@example.com', 'cardferry group add Friends 5f3a 77c1']);
}

export async function runGroup(options: GroupOptions): Promise<void> {
  const { context, action } = options;
  if (action === 'delete' && !context.globals.yes && !context.globals.dryRun) needsInput(context, 'deleting a group needs a confirmation', 'add --yes to agree');
  context.io.status('reading');
  const connection = await context.connect();
  if (action === 'list') return listAll(context, connection);
  const groups = await import('../engine/groups.js');
  if (action === 'show') return showMembers(context, connection, options.group);
  const { openWriter } = await import('../engine/write.js');
  const { selectContacts } = await import('../engine/select.js');
  const books = await bookIds(context, connection);
  const records = options.contacts.length === 0 ? [] : await selectContacts(connection, await selectorsFrom(context, options.contacts), books);
  const writer = openWriter({ connection, journal: await context.journal(), command: `group ${action}`, clock: context.clock, dryRun: context.globals.dryRun });
  const summary = emptySummary();
  if (action === 'create') {
    const group = await groups.createGroup(connection, writer, options.group, records, await targetBook(context, connection));
    summary.created.push(group.id);
    await writer.end();
    return finish(context, summary, { ids: [group.id], done: `made group ${printable(options.group)} with ${records.length} member(s)` });
  }
  const group = await groups.resolveGroup(connection, options.group, books);
  if (action === 'delete') {
    context.io.status(undefined);
    if (!context.globals.dryRun && !(await confirm(context, `Delete the group ${group.name}? Its ${group.memberIds.length} member(s) stay.`, 'deleting a group'))) return;
    await groups.deleteGroup(connection, writer, group);
    summary.deleted.push(group.id);
  } else {
    if (action === 'rename') await groups.renameGroup(connection, writer, group, options.name ?? '');
    if (action === 'add') await groups.addMembers(connection, writer, group, records);
    if (action === 'remove') await groups.removeMembers(connection, writer, group, records);
    summary.updated.push(group.id);
  }
  await writer.end();
  await finish(context, summary, { done: `${action === 'delete' ? 'deleted' : 'changed'} group ${printable(group.name)}` });
}

async function listAll(context: Context, connection: Connection): Promise<void> {
  const format = outputFormat(context, ['table', 'tsv', 'json', 'ndjson', 'plain'], 'table', 'tsv');
  const { listGroups } = await import('../engine/groups.js');
  const found = await listGroups(connection, await bookIds(context, connection));
  context.io.status(undefined);
  if (format === 'json') return context.io.out(`${JSON.stringify(found.map(groupJson))}\n`);
  if (format === 'ndjson') return context.io.out(found.map((group) => `${JSON.stringify(groupJson(group))}\n`).join(''));
  const rows = found.map((group) => [group.id, group.name, String(group.memberIds.length + (group.foreign?.length ?? 0))]);
  if (format !== 'table') return context.io.out(rows.map((row) => tsvLine(format === 'plain' ? row.slice(1, 2) : row)).join(''));
  if (rows.length === 0) return context.io.note('no groups');
  return context.io.out(await table(['Id', 'Name', 'Members'], rows, { columns: context.io.columns, color: context.io.color.stdout }));
}

function groupJson(group: Group): Record<string, unknown> {
  return { id: group.id, name: group.name, members: group.memberIds, ...(group.foreign?.length ? { foreign: group.foreign } : {}) };
}

async function showMembers(context: Context, connection: Connection, name: string): Promise<void> {
  const format = outputFormat(context, RECORD_FORMATS, 'table', 'tsv');
  const { readContacts } = await import('../engine/query.js');
  const books = await bookIds(context, connection);
  await printRecords(context, connection, readContacts(connection, { group: name, ...(books === undefined ? {} : { bookIds: books }) }), format);
  context.io.status(undefined);
}
