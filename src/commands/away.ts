/** `away`: whether an address answers that it is out of office. */
import { Command } from 'commander';
import type { ContextSource } from './index.js';
import type { Context } from '../context.js';
import { UsageError } from '../model/errors.js';
import { printable } from '../model/text.js';
import { outputFormat } from './output.js';
import { examples } from './shared.js';

export interface AwayOptions {
  context: Context;
  email: string;
}

export function awayCommand(context: ContextSource, run = runAway): Command {
  const command = new Command('away')
    .description('Whether somebody of your domain has an out-of-office answer on (MDaemon).')
    .argument('<email>', 'an address of your own domain')
    .action((email: string) => run({ context: context(), email }));
  return examples(command, ['cardferry away anna@example.com', 'cardferry away anna@example.com --json']);
}

export async function runAway({ context, email: given }: AwayOptions): Promise<void> {
  const format = outputFormat(context, ['plain', 'table', 'tsv', 'json', 'ndjson'], 'table', 'plain');
  const email = given.replace(/^email:/i, '').trim();
  if (!/^[^\s@]+@[^\s@]+$/.test(email)) {
    throw new UsageError(`"${given}" is no e-mail address`, { hint: 'cardferry away anna@example.com' });
  }
  context.io.status('asking');
  const connection = await context.connect();
  const { requireAbility } = await import('../engine/abilities.js');
  requireAbility(connection, 'away');
  const away = (await connection.provider.away?.(email)) === true;
  context.io.status(undefined);
  const word = away ? 'away' : 'here';
  if (format === 'json' || format === 'ndjson') await context.io.out(`${JSON.stringify({ email, away })}\n`);
  else if (format === 'table') {
    const text = away ? 'has an out-of-office answer on' : 'has no out-of-office answer on';
    await context.io.out(`${printable(email)} ${text}\n`);
  } else await context.io.out(format === 'tsv' ? `${printable(email)}\t${word}\n` : `${word}\n`);
}
