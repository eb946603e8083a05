/** The whole command tree, loaded: for completion and the man page. */
import type { Command } from 'commander';
import { GLOBAL_OPTIONS } from '../globals.js';
import { COMMANDS } from './index.js';

export interface OptionNode {
  /** `-p, --profile <name>`. */
  flags: string;
  help: string;
  long: string;
  short?: string;
  takesValue: boolean;
  choices: readonly string[];
}
export interface CommandNode {
  name: string;
  usage: string;
  summary: string;
  description: string;
  arguments: { name: string; help: string; choices: readonly string[] }[];
  options: OptionNode[];
  examples: string[];
  commands: CommandNode[];
}

/** All commands with their options, in the order of the help. */
export async function commandTree(): Promise<{ commands: CommandNode[]; globals: OptionNode[] }> {
  const never = (): never => {
    throw new Error('the tree is only described, never run');
  };
  const commands = await Promise.all(COMMANDS.map(async (entry) => node((await entry.load())(never), entry.summary)));
  const globals = GLOBAL_OPTIONS.map(({ flags, help }) => {
    const words = flags.split(/[ ,]+/);
    const short = words.find((word) => /^-[^-]/.test(word));
    return {
      flags,
      help,
      long: words.find((word) => word.startsWith('--')) ?? '',
      ...(short === undefined ? {} : { short }),
      takesValue: flags.includes('<'),
      choices: [],
    };
  });
  return { commands, globals };
}

function node(command: Command, summary: string): CommandNode {
  return {
    name: command.name(),
    usage: command.usage(),
    summary,
    description: command.description(),
    arguments: command.registeredArguments.map((argument) => ({
      name: argument.name(),
      help: argument.description,
      choices: argument.argChoices ?? [],
    })),
    options: command.options.map((option) => ({
      flags: option.flags,
      help: option.description,
      long: option.long ?? '',
      ...(option.short === undefined ? {} : { short: option.short }),
      takesValue: option.required || option.optional,
      choices: option.argChoices ?? [],
    })),
    examples: examplesOf(command),
    commands: command.commands.map((sub) => node(sub, sub.description())),
  };
}

/** The examples that `examples()` put below the help. */
function examplesOf(command: Command): string[] {
  let text = '';
  const before = command.configureOutput();
  command.configureOutput({ writeOut: (part) => (text += part) });
  command.outputHelp();
  command.configureOutput(before);
  const at = text.indexOf('\nExamples:\n');
  return at < 0
    ? []
    : text
        .slice(at)
        .split('\n')
        .filter((line) => line.startsWith('  $ '))
        .map((line) => line.slice(4));
}
