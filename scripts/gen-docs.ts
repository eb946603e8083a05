/** Command tree + provider tables → man page, README matrix, tables of lost fields. `--check` says whether they are fresh. */
import { readFile, writeFile } from 'node:fs/promises';
import { matrix } from '../src/commands/providers.js';
import { commandTree, type CommandNode, type OptionNode } from '../src/commands/tree.js';
import { FIELDS } from '../src/model/fields.js';
import { PROVIDERS } from '../src/providers/index.js';
import type { ProviderDefinition } from '../src/providers/types.js';
import { VERSION } from '../src/version.js';

/** roff: a backslash, a leading dot or quote, and a hyphen are special. */
const roff = (text: string): string =>
  text
    .replace(/\\/g, '\\e')
    .replace(/-/g, '\\-')
    .replace(/^([.'])/gm, '\\&$1');

const optionRoff = (option: OptionNode): string =>
  `.TP\n\\fB${roff(option.flags)}\\fR\n${roff(option.help)}${option.choices.length > 0 ? ` (${roff(option.choices.join(', '))})` : ''}\n`;

function commandRoff(command: CommandNode, prefix: string): string {
  const name = `${prefix}${command.name}`;
  const parts = [
    `.SS "${roff(`${name} ${command.usage.replace('[options] ', '').replace('[options]', '').trim()}`.trim())}"\n`,
  ];
  parts.push(`${roff(command.description).replace(/\n/g, '\n.br\n')}\n`);
  for (const argument of command.arguments)
    if (argument.help !== '') parts.push(`.TP\n\\fI${roff(argument.name)}\\fR\n${roff(argument.help)}\n`);
  parts.push(...command.options.map(optionRoff));
  if (command.examples.length > 0)
    parts.push('.PP\n.nf\n', ...command.examples.map((example) => `  ${roff(example)}\n`), '.fi\n');
  parts.push(...command.commands.map((sub) => commandRoff(sub, `${name} `)));
  return parts.join('');
}

async function manPage(): Promise<string> {
  const { commands, globals } = await commandTree();
  const frame = await readFile('docs/man-frame.txt', 'utf8');
  return frame
    .replace('@VERSION@', VERSION)
    .replace('@GLOBALS@', () => globals.map(optionRoff).join(''))
    .replace('@COMMANDS@', () => commands.map((command) => commandRoff(command, '')).join(''));
}

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`;

function abilityTable(definitions: readonly ProviderDefinition[]): string {
  const head = ['', ...definitions.map((definition) => `\`${definition.name}\``)];
  return row(head) + row(head.map(() => '---')) + matrix(definitions).map(row).join('');
}

function fieldTable(definitions: readonly ProviderDefinition[]): string {
  const head = ['field', ...definitions.map((definition) => `\`${definition.name}\``)];
  const rows = FIELDS.map((field) => [
    field.title,
    ...definitions.map((definition) => {
      const fate = definition.fields.find((one) => one.field === field.name);
      return fate === undefined
        ? 'kept'
        : `${fate.fate === 'readOnly' ? 'read-only' : fate.fate}${fate.note === undefined ? '' : ` (${fate.note})`}`;
    }),
  ]);
  return row(head) + row(head.map(() => '---')) + rows.map(row).join('');
}

/** The text with everything between the two marks replaced. */
function between(text: string, mark: string, inner: string): string {
  const start = `<!-- ${mark} -->\n`;
  const end = `<!-- /${mark} -->`;
  const from = text.indexOf(start);
  const to = text.indexOf(end);
  if (from < 0 || to < 0) throw new Error(`no ${start.trim()} … ${end} in the file`);
  return text.slice(0, from + start.length) + inner + text.slice(to);
}

export async function generated(): Promise<Record<string, string>> {
  const definitions = await Promise.all(PROVIDERS.map((one) => one.load()));
  const readme = await readFile('README.md', 'utf8');
  const fields = await readFile('docs/fields.md', 'utf8');
  return {
    'man/cardferry.1': await manPage(),
    'README.md': between(readme, 'providers', abilityTable(definitions)),
    'docs/fields.md': between(fields, 'fields', fieldTable(definitions)),
  };
}

const check = process.argv.includes('--check');
let stale = 0;
for (const [file, text] of Object.entries(await generated())) {
  const before = await readFile(file, 'utf8').catch(() => '');
  if (before === text) continue;
  stale += 1;
  if (check) process.stderr.write(`${file} is stale: npm run docs\n`);
  else await writeFile(file, text);
}
if (check && stale > 0) process.exitCode = 1;
