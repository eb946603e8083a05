/** `search`: contacts by words in their names, addresses, numbers and notes. */
import { Command } from 'commander';
import type { ContextSource } from './index.js';
import { runList, type ListOptions } from './list.js';
import { addReadOptions, examples, type ReadOptions } from './shared.js';

export function searchCommand(context: ContextSource, run: (options: ListOptions) => Promise<void> = runList): Command {
  const command = new Command('search')
    .description(
      'Search by name, nickname, e-mail, company, department, title, phone, city and note.\n' +
        'Every word must match somewhere; case and accents do not count.',
    )
    .argument('<query...>', 'words to look for')
    .action((words: string[], options: ReadOptions) => run({ ...options, query: words.join(' '), context: context() }));
  return examples(addReadOptions(command), [
    'cardferry search müller',
    'cardferry search anna berlin --fields name,phone',
    'cardferry search @example.com --json',
  ]);
}
