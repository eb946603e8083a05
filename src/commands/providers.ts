/** `providers`: what each provider can do, as a matrix. */
import { Command } from 'commander';
import type { ContextSource } from './index.js';
import type { Context } from '../context.js';
import { FIELDS } from '../model/fields.js';
import { providerByName, PROVIDERS } from '../providers/index.js';
import type { Ability, ProviderDefinition } from '../providers/types.js';
import { showText, type Row } from '../ui/card.js';
import { table, tsvLine } from '../ui/render.js';
import { outputFormat } from './output.js';
import { examples } from './shared.js';

export interface ProvidersOptions {
  context: Context;
  name?: string;
}

/** Everything optional, in the order of the matrix. */
export const ABILITIES: readonly Ability[] = [
  'create',
  'update',
  'delete',
  'search',
  'autocomplete',
  'changes',
  'groups',
  'avatars',
  'bookAdmin',
  'move',
  'copy',
];

export function providersCommand(context: ContextSource, run = runProviders): Command {
  const command = new Command('providers')
    .description('What each provider can do; with NAME, its options and the fate of every field.')
    .argument('[name]', 'a provider')
    .action((name: string | undefined) => run({ context: context(), ...(name === undefined ? {} : { name }) }));
  return examples(command, ['cardferry providers', 'cardferry providers mdaemon', 'cardferry providers --json']);
}

export async function runProviders({ context, name }: ProvidersOptions): Promise<void> {
  const format = outputFormat(context, ['table', 'tsv', 'json', 'plain'], 'table', 'tsv');
  if (name !== undefined) return showOne(context, await providerByName(name), format);
  const all = await Promise.all(PROVIDERS.map((one) => one.load()));
  if (format === 'json') return context.io.out(`${JSON.stringify(all.map(asJson))}\n`);
  const rows = matrix(all);
  if (format !== 'table') return context.io.out(rows.map(tsvLine).join(''));
  const head = ['', ...all.map((definition) => definition.name)];
  return context.io.out(
    await table(head, rows, { columns: Math.max(100, context.io.columns), color: context.io.color.stdout }),
  );
}

/** One row an ability, one column a provider: `yes`, or what the tool does instead. */
export function matrix(definitions: readonly ProviderDefinition[]): string[][] {
  return ABILITIES.map((ability) => [label(ability), ...definitions.map((definition) => cell(definition, ability))]);
}

const LABELS: Partial<Record<Ability, string>> = {
  create: 'add',
  bookAdmin: 'make books',
  avatars: 'avatar',
  groups: 'group',
};
const label = (ability: Ability): string => LABELS[ability] ?? ability;

function cell(definition: ProviderDefinition, ability: Ability): string {
  if (ability === 'groups' && definition.groups === 'keywords') return 'categories';
  if (definition.abilities.includes(ability)) return 'yes';
  if (ability === 'search' || ability === 'autocomplete') return 'by us';
  if (ability === 'avatars' && definition.fields.some((field) => field.field === 'photo' && field.fate !== 'lost'))
    return 'yes';
  return '-';
}

function asJson(definition: ProviderDefinition): Record<string, unknown> {
  const { name, title, docs, url, auth, options, abilities, groups, fields, limits } = definition;
  return { name, title, docs, url, auth, options, abilities, groups, fields, limits };
}

async function showOne(
  context: Context,
  definition: ProviderDefinition,
  format: 'table' | 'tsv' | 'json' | 'plain',
): Promise<void> {
  if (format === 'json') return context.io.out(`${JSON.stringify(asJson(definition))}\n`);
  const fields = definition.fields.map((fate) => [
    FIELDS.find((field) => field.name === fate.field)?.title ?? fate.field,
    fate.fate,
    fate.note ?? '',
  ]);
  if (format === 'tsv') return context.io.out(fields.map(tsvLine).join(''));
  const rows: Row[] = [
    ['Provider', `${definition.name}: ${definition.title}`],
    ['Page', definition.docs],
    ['URL', definition.urlExample ?? definition.url],
    ['Sign-in', definition.auth.join(', ')],
    ...definition.options.map((option): Row => [
      option.secret === true ? 'Secret' : 'Option',
      `${option.key}: ${option.help}${option.choices ? ` (${option.choices.join(', ')})` : ''}`,
    ]),
    [
      'Can',
      ABILITIES.filter((ability) => cell(definition, ability) !== '-')
        .map(label)
        .join(', '),
    ],
  ];
  await context.io.out(`${showText(rows, context.io.color.stdout)}\n`);
  return context.io.out(
    await table(['Field', 'Fate', ''], fields, {
      columns: Math.max(80, context.io.columns),
      color: context.io.color.stdout,
    }),
  );
}
