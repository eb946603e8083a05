/** `company`: companies, their departments, and who is in them. */
import { Command } from 'commander';
import type { ContextSource } from './index.js';
import type { Context } from '../context.js';
import { listFormat, printList, printRecords, recordFormat } from './output.js';
import { bookIds, examples } from './shared.js';

export interface CompanyOptions {
  context: Context;
  action: 'list' | 'departments' | 'contacts';
  company: string;
  department?: string;
}

export function companyCommand(context: ContextSource, run = runCompany): Command {
  const command = new Command('company').description(
    "Companies and departments: as the server lists them, else as the contacts' organizations say.",
  );
  command
    .command('list')
    .description('list the companies')
    .action(() => run({ context: context(), action: 'list', company: '' }));
  command
    .command('departments')
    .description('list the departments of a company')
    .argument('<company>', 'its name')
    .action((company: string) => run({ context: context(), action: 'departments', company }));
  command
    .command('contacts')
    .description('list the contacts of a company, or of one of its departments')
    .argument('<company>', 'its name')
    .argument('[department]', 'its name; "Uncategorized" are those without one')
    .action((company: string, department: string | undefined) =>
      run({ context: context(), action: 'contacts', company, ...(department === undefined ? {} : { department }) }),
    );
  return examples(command, [
    'cardferry company list',
    'cardferry company departments "Acme GmbH"',
    'cardferry company contacts "Acme GmbH" Research --fields name,email',
  ]);
}

export async function runCompany(options: CompanyOptions): Promise<void> {
  const { context, action, company } = options;
  if (action === 'contacts') return printContacts(options);
  const format = listFormat(context);
  context.io.status('reading');
  const connection = await context.connect();
  const books = await bookIds(context, connection);
  const { listCompanies, listDepartments } = await import('../engine/companies.js');
  if (action === 'departments') {
    return printList(context, format, {
      items: await listDepartments(connection, company, books),
      json: (name) => ({ name }),
      cells: (name) => [name],
      head: ['Department'],
      plain: (name) => name,
      empty: 'no departments',
    });
  }
  return printList(context, format, {
    items: await listCompanies(connection, books),
    json: ({ name, hasDepartments }) => ({ name, hasDepartments }),
    cells: ({ name, hasDepartments }) => [name, hasDepartments ? 'departments' : ''],
    head: ['Company', ''],
    plain: ({ name }) => name,
    empty: 'no companies',
  });
}

async function printContacts({ context, company, department }: CompanyOptions): Promise<void> {
  const format = recordFormat(context);
  context.io.status('reading');
  const connection = await context.connect();
  const books = await bookIds(context, connection);
  const { companyContacts } = await import('../engine/companies.js');
  const records = await companyContacts(connection, company, department, books);
  context.io.status(undefined);
  await printRecords(context, connection, each(records), format);
}

async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}
