/** `update`: changes to one contact, by options, a patch, a file, `$EDITOR`, or a form. */
import { Command, Option } from 'commander';
import type { ContextSource } from './index.js';
import type { Context } from '../context.js';
import { parseCard } from '../formats/card-check.js';
import type { Card, ContactRecord } from '../model/card.js';
import { UsageError } from '../model/errors.js';
import { removeField } from '../model/build.js';
import { applyPatch, diffPatch } from '../model/patch.js';
import { displayName } from '../model/view.js';
import { addFieldOptions, applyFields, cardFrom, fromOption, hasFields, type FieldOptions } from './fields.js';
import { checkWrite, emptySummary, finish, noteLosses, writerFor } from './result.js';
import { bookIds, collect, examples, SELECTOR_HELP, selectorsFrom } from './shared.js';

export interface UpdateFlags extends FieldOptions {
  remove?: string[];
  patch?: string;
  edit?: boolean;
}
export interface UpdateOptions {
  context: Context;
  selector: string;
  flags: UpdateFlags;
}

export function updateCommand(context: ContextSource, run = runUpdate): Command {
  const command = new Command('update')
    .description('Change a contact. What is not named stays as it is. Without options, on a terminal, a form asks.')
    .argument('<contact>', SELECTOR_HELP)
    .action((selector: string, flags: UpdateFlags) => run({ selector, flags, context: context() }));
  addFieldOptions(command)
    .addOption(
      new Option('--remove <field[=value]>', 'remove a field, or one value of it (may be repeated)')
        .argParser(collect)
        .helpGroup('Change:'),
    )
    .addOption(
      new Option('--patch <json>', 'a JMAP PatchObject: {"titles/t1/name":"CTO","notes":null}').helpGroup('Change:'),
    )
    .addOption(new Option('--edit', 'edit the vCard in $EDITOR').helpGroup('Change:'));
  return examples(command, [
    'cardferry update email:anna@example.com --title CTO --phone "work:+49 30 1234"',
    'cardferry update 5f3a --remove phone=+49301234 --remove note',
    `cardferry update 5f3a --patch '{"keywords/friends":true}'`,
  ]);
}

export async function runUpdate({ context, selector, flags }: UpdateOptions): Promise<void> {
  checkWrite(context);
  const patch = flags.patch === undefined ? undefined : parsePatch(flags.patch);
  const asks = !hasFields(flags) && patch === undefined && flags.remove === undefined && flags.edit !== true;
  if (asks && !context.globals.input) {
    throw new UsageError('nothing to change', { hint: 'name a field, or see "cardferry update --help"' });
  }
  const wanted = await selectorsFrom(context, [selector]);
  context.io.status('reading the contact');
  const connection = await context.connect();
  const { requireAbility } = await import('../engine/abilities.js');
  requireAbility(connection, 'update');
  const { selectContacts } = await import('../engine/select.js');
  const [record, ...others] = await selectContacts(connection, wanted, await bookIds(context, connection));
  if (!record || others.length > 0) throw new UsageError(`update takes one contact, not ${wanted.length}`);
  context.io.status(undefined);
  const next = await changed(context, record, flags, patch, asks);
  const summary = emptySummary();
  if (Object.keys(diffPatch(record.card, next)).length === 0) {
    summary.skipped.push(record.id);
    return finish(context, summary, { done: 'nothing to change' });
  }
  const writer = await writerFor(context, connection, 'update');
  const written = await writer.update(record, next);
  await writer.end();
  noteLosses(context, written.losses, displayName(next));
  summary.updated.push(written.id);
  const ids = context.globals.dryRun ? [] : [written.id];
  await finish(context, summary, { ids, done: `changed ${displayName(next)}` });
}

async function changed(
  context: Context,
  record: ContactRecord,
  flags: UpdateFlags,
  patch: Record<string, unknown> | undefined,
  asks: boolean,
): Promise<Card> {
  let next: Card = structuredClone(record.card);
  if (flags.from !== undefined) next = { ...next, ...(await cardFrom(flags.from, context)), uid: record.card.uid };
  for (const removal of flags.remove ?? []) {
    const at = removal.indexOf('=');
    fromOption(() =>
      at < 0 ? removeField(next, removal) : removeField(next, removal.slice(0, at), removal.slice(at + 1)),
    );
  }
  await applyFields(next, asks ? await (await import('./form.js')).contactForm(context, next) : flags, context);
  if (patch) next = fromOption(() => parseCard(applyPatch(next, patch)));
  if (flags.edit === true) next = await (await import('./editor.js')).editCard(context, next);
  return next;
}

function parsePatch(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new UsageError('--patch is no JSON', { why: cause instanceof Error ? cause.message : String(cause), cause });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new UsageError('--patch takes a JSON object: pointers to values, null removes');
  }
  return Object.fromEntries(Object.entries(value));
}
