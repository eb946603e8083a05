/** `attachment`: files kept with contacts, on the servers that have them. */
import { Command } from 'commander';
import type { ContextSource } from './index.js';
import type { Context } from '../context.js';
import { examples, SELECTOR_HELP } from './shared.js';

export interface AttachmentOptions {
  context: Context;
  action: 'list' | 'get' | 'add' | 'delete';
  contact: string;
  /** Attachments by id or name; files to add. */
  names: string[];
  /** File that `get` writes. */
  output?: string;
}

async function runAttachment(options: AttachmentOptions): Promise<void> {
  const { runAttachment: run } = await import('./attachment-run.js');
  return run(options);
}

export function attachmentCommand(context: ContextSource, run = runAttachment): Command {
  const command = new Command('attachment').description('Files kept with contacts (MDaemon).');
  command
    .command('list')
    .description('list the files of a contact')
    .argument('<contact>', SELECTOR_HELP)
    .action((contact: string) => run({ context: context(), action: 'list', contact, names: [] }));
  command
    .command('get')
    .description('write a file of a contact to disk')
    .argument('<contact>', SELECTOR_HELP)
    .argument('[attachment]', 'id or name (default: the only one)')
    .option('-o, --output <file>', 'file to write, - for stdout (default: the name of the attachment)')
    .action((contact: string, name: string | undefined, { output }: { output?: string }) =>
      run({
        context: context(),
        action: 'get',
        contact,
        names: name === undefined ? [] : [name],
        ...(output === undefined ? {} : { output }),
      }),
    );
  command
    .command('add')
    .description('put files to a contact')
    .argument('<contact>', SELECTOR_HELP)
    .argument('<file...>', 'files to add')
    .action((contact: string, names: string[]) => run({ context: context(), action: 'add', contact, names }));
  command
    .command('delete')
    .description('delete files of a contact')
    .argument('<contact>', SELECTOR_HELP)
    .argument('<attachment...>', 'id or name')
    .action((contact: string, names: string[]) => run({ context: context(), action: 'delete', contact, names }));
  return examples(command, [
    'cardferry attachment list email:anna@example.com',
    'cardferry attachment get email:anna@example.com contract.pdf -o contract.pdf',
    'cardferry attachment add email:anna@example.com contract.pdf',
    'cardferry attachment delete email:anna@example.com contract.pdf --yes',
  ]);
}
