/** `group`: groups, and who is in them. */
import { Command, Option } from 'commander';
import type { ContextSource } from './index.js';
import type { Context } from '../context.js';
import type { SortKey } from '../providers/types.js';
import { examples, SELECTOR_HELP, SORTS } from './shared.js';

export type GroupAction = 'list' | 'show' | 'create' | 'rename' | 'delete' | 'add' | 'remove';

export interface GroupOptions {
  context: Context;
  action: GroupAction;
  group: string;
  name?: string;
  contacts: string[];
  sort?: SortKey;
  desc?: boolean;
}

async function runGroup(options: GroupOptions): Promise<void> {
  const { runGroup: run } = await import('./group-run.js');
  return run(options);
}

export function groupCommand(context: ContextSource, run = runGroup): Command {
  const command = new Command('group').description("Groups and their members: the server's own, else its categories.");
  const act = (action: GroupAction, group = '', contacts: string[] = [], name?: string): Promise<void> =>
    run({ context: context(), action, group, contacts, ...(name === undefined ? {} : { name }) });
  const sub = (usage: string, help: string): Command => command.command(usage).description(help);
  sub('list', 'list the groups').action(() => act('list'));
  sub('show', 'list the members of a group')
    .argument('<group>', 'name or id')
    .addOption(new Option('--sort <key>', 'order').choices(SORTS))
    .option('--desc', 'the other way round')
    .action((group: string, options: Pick<GroupOptions, 'sort' | 'desc'>) =>
      run({ ...options, context: context(), action: 'show', group, contacts: [] }),
    );
  sub('create', 'make a group')
    .argument('<group>', 'name')
    .argument('[contact...]', SELECTOR_HELP)
    .action((group: string, contacts: string[]) => act('create', group, contacts));
  sub('rename', 'give a group another name')
    .argument('<group>', 'name or id')
    .argument('<name>', 'the new name')
    .action((group: string, name: string) => act('rename', group, [], name));
  sub('delete', 'delete a group; its members stay')
    .argument('<group>', 'name or id')
    .action((group: string) => act('delete', group));
  for (const [action, help] of [
    ['add', 'put contacts into a group'],
    ['remove', 'take contacts out of a group'],
  ] as const) {
    sub(action, help)
      .argument('<group>', 'name or id')
      .argument('<contact...>', SELECTOR_HELP)
      .action((group: string, contacts: string[]) => act(action, group, contacts));
  }
  return examples(command, [
    'cardferry group list',
    'cardferry group show Friends --sort last-name',
    'cardferry group create Friends email:anna@example.com',
    'cardferry group add Friends 5f3a 77c1',
  ]);
}
