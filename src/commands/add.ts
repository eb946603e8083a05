/** `add`: one new contact, from options, a file, or a form. */
import { Command } from 'commander';
import type { ContextSource } from './index.js';
import type { Context } from '../context.js';
import type { Card } from '../model/card.js';
import { UsageError } from '../model/errors.js';
import { newUid } from '../model/normalize.js';
import { displayName } from '../model/view.js';
import { addFieldOptions, applyFields, cardFrom, hasFields, type FieldOptions } from './fields.js';
import { checkWrite, emptySummary, finish, noteLosses, writerFor } from './result.js';
import { examples, targetBook } from './shared.js';

export interface AddOptions {
  context: Context;
  fields: FieldOptions;
}

export function addCommand(context: ContextSource, run = runAdd): Command {
  const command = new Command('add')
    .description('Add a contact. Without options, on a terminal, a form asks.')
    .action((fields: FieldOptions) => run({ fields, context: context() }));
  return examples(addFieldOptions(command), [
    'cardferry add --name "Anna Müller" --email work:anna@example.com --phone "mobile:+49 171 1234567"',
    'cardferry add --given Ann --family Lee --address "home:street=1 Main St;city=Springfield" --birthday 1985-04-12',
    'cardferry add --from card.vcf --category friends',
  ]);
}

export async function runAdd({ context, fields }: AddOptions): Promise<void> {
  checkWrite(context);
  const card: Card =
    fields.from === undefined
      ? { '@type': 'Card', version: '1.0', uid: newUid() }
      : await cardFrom(fields.from, context);
  let given = fields;
  if (!hasFields(fields)) {
    if (!context.globals.input)
      throw new UsageError('nothing to add', {
        hint: 'cardferry add --name "…" --email …, or see "cardferry add --help"',
      });
    given = await (await import('./form.js')).contactForm(context, card);
  }
  await applyFields(card, given, context);
  context.io.status('adding the contact');
  const connection = await context.connect();
  const { requireAbility } = await import('../engine/abilities.js');
  requireAbility(connection, 'create');
  const bookId = await targetBook(context, connection);
  const writer = await writerFor(context, connection, 'add');
  const written = await writer.create(card, bookId === undefined ? {} : { bookId });
  await writer.end();
  noteLosses(context, written.losses, displayName(card));
  const summary = emptySummary();
  summary.created.push(written.id);
  await finish(context, summary, {
    ids: context.globals.dryRun ? [] : [written.id],
    done: `added ${displayName(card)}`,
  });
}
