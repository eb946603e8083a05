/** Builds the command tree, reads the global options, handles signals; the only place that turns errors into exit codes. */
import { homedir } from 'node:os';
import type { Command } from 'commander';
import type { Context } from './context.js';
import { commandIndex, GLOBAL_OPTIONS, readGlobals } from './globals.js';
import { EXIT, type ExitCode } from './model/errors.js';
import { VERSION } from './version.js';

const DESCRIPTION = 'One command line for contacts on every mail server: list, edit, convert, and migrate them without losing a field.';

const FOOTER = `
Examples:
  $ cardferry list
  $ cardferry profile add work --provider carddav --url https://dav.example.com --user anna
  $ cardferry migrate contacts.vcf work --dry-run

Contacts are named by id, a unique prefix of an id, email:ADDRESS, uid:UID or name:"FULL NAME".
Exit codes: 0 done, 1 failed, 2 usage, 3 partly done, 4 sign-in, 5 not found, 6 conflict, 7 unreachable, 130 interrupted.
"cardferry COMMAND --help" shows the options of a command. The manual: man cardferry`;

/** The root command with global options; commands are added by the caller. */
export async function buildProgram(): Promise<Command> {
  const { Command: Root, Option } = await import('commander');
  const program = new Root('cardferry').description(DESCRIPTION).version(VERSION, '-V, --version', 'print the version').helpOption('-h, --help', 'show help');
  program.optionsGroup('Global options:');
  for (const { flags, help, many } of GLOBAL_OPTIONS) {
    const option = new Option(flags, help).helpGroup('Global options:');
    if (many) option.argParser((value: string, before: string[] | undefined) => [...(before ?? []), value]);
    program.addOption(option);
  }
  program.helpCommand(false).exitOverride().showSuggestionAfterError(true).addHelpText('after', FOOTER);
  return program;
}

/** Finds unknown global options where no command is named; help and version are no errors. */
async function checkRoot(args: readonly string[]): Promise<void> {
  const program = await buildProgram();
  program.configureOutput({ writeOut: () => undefined, writeErr: () => undefined });
  try {
    program.parse(args.filter((arg) => arg !== 'help'), { from: 'user' });
  } catch (error) {
    const { CommanderError } = await import('commander');
    if (!(error instanceof CommanderError && error.exitCode === 0)) throw error;
  }
}

async function rootHelp(): Promise<string> {
  const [program, { COMMANDS }] = await Promise.all([buildProgram(), import('./commands/index.js')]);
  for (const group of ['Read', 'Write', 'Move', 'Set up'] as const) {
    program.commandsGroup(`${group}:`);
    for (const entry of COMMANDS) if (entry.group === group) program.command(entry.name).summary(entry.summary).description(entry.summary);
  }
  return program.helpInformation() + FOOTER + '\n';
}

/** Makes the context when a command first asks for it: after parsing, before its work. */
function contextSource(program: Command, controller: AbortController, made: { context?: Context }): () => Promise<() => Context> {
  return async () => {
    const [{ createContext }, { processIo }, { resolvePaths }] = await Promise.all([
      import('./context.js'),
      import('./ui/io.js'),
      import('./store/paths.js'),
    ]);
    return () => {
      if (made.context) return made.context;
      const globals = readGlobals(program.opts(), process.stdin.isTTY === true);
      const { env } = process;
      const io = processIo({ env, quiet: globals.quiet, color: globals.color });
      const paths = resolvePaths(env, homedir(), globals.configDir);
      made.context = createContext({ io, globals, env, signal: controller.signal, paths });
      return made.context;
    };
  };
}

async function run(args: readonly string[], controller: AbortController, made: { context?: Context }): Promise<void> {
  const index = commandIndex(args);
  const name = index < 0 ? undefined : args[index];
  if (name === undefined || name === 'help') {
    const topic = name === 'help' ? args[index + 1] : undefined;
    if (topic !== undefined) return run([topic, '--help'], controller, made);
    await checkRoot(args);
    const version = args.includes('--version') || args.includes('-V');
    process.stdout.write(version ? `${VERSION}\n` : await rootHelp());
    return;
  }
  const { COMMANDS } = await import('./commands/index.js');
  const entry = COMMANDS.find((candidate) => candidate.name === name);
  if (!entry) return unknownCommand(name, COMMANDS.map((candidate) => candidate.name));
  const program = await buildProgram();
  program.configureOutput({ writeErr: () => undefined });
  const [build, source] = await Promise.all([entry.load(), contextSource(program, controller, made)()]);
  const command = build(source);
  inherit(command);
  program.addCommand(command.summary(entry.summary));
  await program.parseAsync([...args], { from: 'user' });
}

/** Errors are thrown, help names the global options, in every nested command. */
function inherit(command: Command): void {
  command.exitOverride().showSuggestionAfterError(true).helpOption('-h, --help', 'show help').helpCommand(false);
  command.configureOutput({ writeErr: () => undefined });
  if (command.commands.length === 0) command.configureHelp({ showGlobalOptions: true });
  command.commands.forEach(inherit);
}

async function unknownCommand(name: string, names: readonly string[]): Promise<never> {
  const [{ nearest }, { UsageError }, { printable }] = await Promise.all([import('./model/nearest.js'), import('./model/errors.js'), import('./model/text.js')]);
  const near = nearest(name, names);
  throw new UsageError(`there is no command "${printable(name)}"`, { hint: near === undefined ? 'see "cardferry --help"' : `did you mean "cardferry ${near}"?` });
}

/** Runs one command line. Never throws; resolves with the exit code. */
export async function main(args: readonly string[]): Promise<ExitCode> {
  const controller = new AbortController();
  const made: { context?: Context } = {};
  onSignals(controller);
  try {
    await run(args, controller, made);
    return controller.signal.aborted ? EXIT.interrupted : EXIT.ok;
  } catch (error) {
    return await report(error, args, controller, made.context);
  } finally {
    made.context?.io.status(undefined);
    await made.context?.close();
  }
}

/** The first signal stops the work cleanly; the second one ends the process at once, and so does a stop that takes long. */
function onSignals(controller: AbortController): void {
  let seen = 0;
  const stop = (): void => {
    seen += 1;
    if (seen > 1) process.exit(EXIT.interrupted);
    controller.abort();
    setTimeout(() => process.exit(EXIT.interrupted), 1800).unref();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  process.on('SIGHUP', stop);
}

async function report(error: unknown, args: readonly string[], controller: AbortController, context: Context | undefined): Promise<ExitCode> {
  const [{ CommanderError }, ui, { UsageError, Interrupted }, { PipeClosed }] = await Promise.all([
    import('commander'),
    import('./ui/errors.js'),
    import('./model/errors.js'),
    import('./ui/io.js'),
  ]);
  if (error instanceof PipeClosed) return EXIT.ok;
  let shown = error;
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return EXIT.ok;
    const [message = '', ...rest] = error.message.replace(/^error: /, '').split('\n');
    const hint = rest.join(' ').replace(/[()]/g, '').trim();
    shown = new UsageError(message, { hint: hint === '' ? `see "${['cardferry', args[commandIndex(args)], '--help'].filter(Boolean).join(' ')}"` : hint });
  } else if (controller.signal.aborted || (error instanceof Error && error.name === 'ExitPromptError')) {
    shown = new Interrupted('interrupted', { hint: 'what was done is journalled; the same command goes on from there' });
  }
  const debug = args.includes('--debug');
  const json = args.includes('--json') || /^n?djson$|^json$/.test(context?.globals.format ?? '');
  const color = process.stderr.isTTY === true && !process.env['NO_COLOR'] && !args.includes('--no-color') && process.env['TERM'] !== 'dumb';
  context?.io.status(undefined);
  process.stderr.write(`${json ? ui.errorAsJson(shown) : ui.errorAsText(shown, { debug, color })}\n`);
  return ui.exitCodeOf(shown);
}
