/** `autocomplete`: one row an e-mail address, best first, for mail programs and shells. */
import { Command, Option } from 'commander';
import type { ContextSource } from './index.js';
import type { Context } from '../context.js';
import type { Suggestion } from '../providers/types.js';
import { tsvLine } from '../ui/render.js';
import { outputFormat } from './output.js';
import { examples, wholeNumber } from './shared.js';

export interface AutocompleteOptions {
  context: Context;
  prefix: string;
  limit: number;
}

export function autocompleteCommand(context: ContextSource, run = runAutocomplete): Command {
  const command = new Command('autocomplete')
    .description(
      'Complete a name or address: one row an e-mail address, best first.\n--format takes plain, json, mutt (its query_command) and aerc (its address-book-cmd).',
    )
    .argument('<prefix>', 'the beginning of a name or an address')
    .addOption(new Option('--limit <n>', 'at most so many rows').argParser(wholeNumber('--limit', 1)).default(10))
    .action((prefix: string, options: { limit: number }) => run({ ...options, prefix, context: context() }));
  return examples(command, [
    'cardferry autocomplete ann',
    'cardferry autocomplete ann --format json --limit 5',
    'cardferry autocomplete --format mutt ann',
  ]);
}

export async function runAutocomplete({ context, prefix, limit }: AutocompleteOptions): Promise<void> {
  const format = outputFormat(context, ['plain', 'json', 'mutt', 'aerc'], 'plain', 'plain');
  const connection = await context.connect();
  const { completeAddresses } = await import('../engine/query.js');
  const rows = await completeAddresses(connection, prefix, limit);
  await context.io.out(render(rows, format));
}

function render(rows: readonly Suggestion[], format: 'plain' | 'json' | 'mutt' | 'aerc'): string {
  if (format === 'json') return `${JSON.stringify(rows)}\n`;
  const lines = rows.map((row) => {
    const name = row.name === row.email ? '' : row.name;
    if (format === 'plain') return tsvLine([mailbox(name, row.email)]);
    return tsvLine(format === 'mutt' ? [row.email, name, row.organization ?? ''] : [row.email, name]);
  });
  // mutt skips the first line of a query_command's answer: it is a message.
  return (format === 'mutt' ? `${rows.length} found\n` : '') + lines.join('');
}

/** `Name <address>` as RFC 5322 writes it: the name is quoted where it must be. */
function mailbox(name: string, address: string): string {
  if (name === '') return address;
  const quoted = /[()<>[\]:;@\\,."]/.test(name) ? `"${name.replace(/["\\]/g, '\\$&')}"` : name;
  return `${quoted} <${address}>`;
}
