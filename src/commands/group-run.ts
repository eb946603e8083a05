/** What `group` does. */
import type { Context } from '../context.js';
import type { Connection, Group } from '../engine/types.js';
import type { ContactRecord } from '../model/card.js';
import { UsageError } from '../model/errors.js';
import { confirm, needsInput } from '../ui/prompt.js';
import type { GroupOptions } from './group.js';
import { listFormat, printList, printRecords, recordFormat } from './output.js';
import { checkWrite, emptySummary, finish, writerFor } from './result.js';
import { bookIds, selectorsFrom, targetBook } from './shared.js';

export async function runGroup(options: GroupOptions): Promise<void> {
  const { context, action } = options;
  if (action === 'list') return listAll(context);
  if (action === 'show') return showMembers(options);
  checkWrite(context);
  if (options.group.trim() === '' || options.name?.trim() === '') throw new UsageError('a group needs a name');
  if (action === 'delete' && !context.globals.yes && !context.globals.dryRun) {
    needsInput(context, 'deleting a group needs a confirmation', 'add --yes to agree');
  }
  const selectors = await selectorsFrom(context, options.contacts);
  context.io.status('reading');
  const connection = await context.connect();
  const { requireAbility } = await import('../engine/abilities.js');
  requireAbility(connection, 'groups');
  const books = await bookIds(context, connection);
  const { selectContacts } = await import('../engine/select.js');
  const records = selectors.length === 0 ? [] : await selectContacts(connection, selectors, books);
  if (action === 'create') return create(context, connection, options.group, records);
  const { resolveGroup } = await import('../engine/groups.js');
  const group = await resolveGroup(connection, options.group, books);
  context.io.status(undefined);
  return change(options, connection, group, records);
}

async function create(context: Context, connection: Connection, name: string, records: ContactRecord[]): Promise<void> {
  const { createGroup } = await import('../engine/groups.js');
  const writer = await writerFor(context, connection, 'group create');
  const group = await createGroup(connection, writer, name, records, await targetBook(context, connection));
  await writer.end();
  const summary = emptySummary();
  summary.created.push(group.id);
  const ids = context.globals.dryRun ? [] : [group.id];
  await finish(context, summary, { ids, done: `made group ${name} with ${records.length} member(s)` });
}

async function change(
  { context, action, name }: GroupOptions,
  connection: Connection,
  group: Group,
  records: ContactRecord[],
): Promise<void> {
  const groups = await import('../engine/groups.js');
  const summary = emptySummary();
  const question = `Delete the group ${group.name}? Its ${group.memberIds.length} member(s) stay.`;
  if (action === 'delete' && !context.globals.dryRun && !(await confirm(context, question, 'deleting a group'))) {
    summary.skipped.push(group.id);
    return finish(context, summary, { done: 'nothing was deleted' });
  }
  const writer = await writerFor(context, connection, `group ${action}`);
  let after: Group | undefined;
  if (action === 'delete') await groups.deleteGroup(connection, writer, group);
  else if (action === 'rename') after = await groups.renameGroup(connection, writer, group, name ?? '');
  else if (action === 'add') after = await groups.addMembers(connection, writer, group, records);
  else after = await groups.removeMembers(connection, writer, group, records);
  await writer.end();
  const did = after === group ? 'skipped' : action === 'delete' ? 'deleted' : 'updated';
  summary[did].push(group.id);
  await finish(context, summary, { done: `${DONE[did]} group ${group.name}` });
}

const DONE = { skipped: 'nothing to change in', deleted: 'deleted', updated: 'changed' };

async function listAll(context: Context): Promise<void> {
  const format = listFormat(context);
  context.io.status('reading');
  const connection = await context.connect();
  const { listGroups } = await import('../engine/groups.js');
  await printList(context, format, {
    items: await listGroups(connection, await bookIds(context, connection)),
    json: groupJson,
    cells: (group) => [group.id, group.name, String(group.memberIds.length + (group.foreign?.length ?? 0))],
    head: ['Id', 'Name', 'Members'],
    plain: (group) => group.name,
    empty: 'no groups',
  });
}

function groupJson(group: Group): Record<string, unknown> {
  const { id, name, memberIds, foreign } = group;
  return { id, name, members: memberIds, ...(foreign?.length ? { foreign } : {}) };
}

async function showMembers({ context, group, sort, desc }: GroupOptions): Promise<void> {
  const format = recordFormat(context);
  context.io.status('reading');
  const connection = await context.connect();
  const { readMembers } = await import('../engine/groupmembers.js');
  const books = await bookIds(context, connection);
  const filter = {
    media: format === 'vcard',
    ...(books === undefined ? {} : { bookIds: books }),
    ...(sort === undefined ? {} : { sort, descending: desc === true }),
  };
  await printRecords(context, connection, readMembers(connection, group, filter), format);
  context.io.status(undefined);
}
