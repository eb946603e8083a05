/** `changes`: what was created, updated and removed since a token, and the next token. */
import { Command } from 'commander';
import type { ContextSource } from './index.js';
import type { Context } from '../context.js';
import { displayName } from '../model/view.js';
import { contactCard, tsvLine } from '../ui/render.js';
import { outputFormat } from './output.js';
import { bookIds, examples } from './shared.js';

export interface ChangesOptions {
  context: Context;
  since?: string;
  all?: boolean;
}

export function changesCommand(context: ContextSource, run = runChanges): Command {
  const command = new Command('changes')
    .description(
      'Created, updated and removed contacts since a token, and the next token. Without --since: the token for now.',
    )
    .option('--since <token>', 'a token of an earlier run')
    .option('--all', 'list everything as created')
    .action((options: { since?: string; all?: boolean }) => run({ ...options, context: context() }));
  return examples(command, [
    'cardferry changes --json',
    'cardferry changes --since "$TOKEN" --json',
    'cardferry changes --all --json',
  ]);
}

export async function runChanges({ context, since, all }: ChangesOptions): Promise<void> {
  const format = outputFormat(context, ['json', 'tsv', 'plain', 'table'], 'plain', 'tsv');
  context.io.status('reading');
  const connection = await context.connect();
  const { readChanges } = await import('../engine/changes.js');
  const books = await bookIds(context, connection);
  const changes = await readChanges(connection, {
    ...(since === undefined ? {} : { since }),
    all: all ?? false,
    ...(books === undefined ? {} : { bookIds: books }),
  });
  context.io.status(undefined);
  if (changes.reset === true && since !== undefined) {
    context.io.note(
      'warning: the token is no longer known to the server: everything is listed, removals cannot be told',
    );
  }
  if (format === 'json') {
    const { created, updated, removed, token } = changes;
    return context.io.out(
      `${JSON.stringify({ created: created.map(contactCard), updated: updated.map(contactCard), removed, token })}\n`,
    );
  }
  const lines = [
    ...changes.created.map((record) => ['created', record.id, displayName(record.card)]),
    ...changes.updated.map((record) => ['updated', record.id, displayName(record.card)]),
    ...changes.removed.map((id) => ['removed', id, '']),
    ['token', changes.token, ''],
  ];
  return context.io.out(lines.map(tsvLine).join(''));
}
