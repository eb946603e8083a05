/** `completion`: scripts for bash, zsh and fish, generated from the same command tree as the help. */
import { Argument, Command } from 'commander';
import type { ContextSource } from './index.js';
import type { Context } from '../context.js';
import { examples } from './shared.js';

export interface CompletionOptions {
  context: Context;
  shell: 'bash' | 'zsh' | 'fish';
}

export function completionCommand(context: ContextSource, run = runCompletion): Command {
  const command = new Command('completion')
    .description('Print a completion script; it completes commands, options, profiles, books and groups.')
    .addArgument(new Argument('<shell>', 'bash, zsh or fish').choices(['bash', 'zsh', 'fish']))
    .action((shell: CompletionOptions['shell']) => run({ shell, context: context() }));
  return examples(command, [
    'cardferry completion bash > ~/.local/share/bash-completion/completions/cardferry',
    'cardferry completion zsh > ~/.zfunc/_cardferry',
    'cardferry completion fish > ~/.config/fish/completions/cardferry.fish',
  ]);
}

async function runCompletion({ context, shell }: CompletionOptions): Promise<void> {
  const { commandTree } = await import('./tree.js');
  const { script } = await import('../ui/completion.js');
  await context.io.out(script(shell, await commandTree()));
}
