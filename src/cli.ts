/** Builds the command tree, reads the global options, handles signals; the only place that turns errors into exit codes. */
import { homedir } from 'node:os';
import type { Command } from 'commander';
import type { CommandEntry } from './commands/index.js';
import type { Context } from './context.js';
import { commandIndex, GLOBAL_OPTIONS, readGlobals } from './globals.js';
import { EXIT, type ExitCode, Interrupted, UsageError } from './model/errors.js';
import { nearest } from './model/nearest.js';
import { printable } from './model/text.js';
import { VERSION } from './version.js';

const DESCRIPTION =
  'One command line for contacts on every mail server: list, edit, convert, and migrate them without losing a field.';

const FOOTER = `
Examples:
  $ cardferry list
  $ cardferry profile add work --provider carddav --url https://dav.example.com --user anna
  $ cardferry migrate contacts.vcf work --dry-run

Contacts are named by id, a unique prefix of an id, email:ADDRESS, uid:UID or name:"FULL NAME".
Exit codes: 0 done, 1 failed, 2 usage, 3 partly done, 4 sign-in, 5 not found, 6 conflict, 7 unreachable, 130 interrupted.
"cardferry COMMAND --help" shows the options of a command. The manual: man cardferry
`;

/** A stop that takes longer ends the process. */
const PATIENCE_MS = 1500;

const INTERRUPTED = { hint: 'what was done is journalled; the same command goes on from there' };

/** What one command line shares with the code that reports how it ended. */
interface Run {
  args: readonly string[];
  controller: AbortController;
  /** The command (or sub-command) that parses the line. */
  command?: Command;
  context?: Context;
}

/** Adds the global options to a command that is going to parse the whole line. */
async function withGlobals(command: Command): Promise<Command> {
  const { Option } = await import('commander');
  for (const { flags, help, many } of GLOBAL_OPTIONS) {
    const option = new Option(flags, help).helpGroup('Global options:');
    if (many) option.argParser((value: string, before: string[] | undefined) => [...(before ?? []), value]);
    command.addOption(option);
  }
  return quiet(command);
}

/** Errors are thrown instead of printed. */
function quiet(command: Command): Command {
  return command
    .exitOverride()
    .showSuggestionAfterError(true)
    .helpOption('-h, --help', 'show help')
    .helpCommand(false)
    .configureOutput({ writeErr: () => undefined });
}

async function rootCommand(): Promise<Command> {
  const { Command: Root } = await import('commander');
  return withGlobals(
    new Root('cardferry').description(DESCRIPTION).version(VERSION, '-V, --version', 'print the version'),
  );
}

/** The commands by group, then the options that all of them take. */
async function rootHelp(root: Command, entries: readonly CommandEntry[]): Promise<string> {
  for (const group of ['Read', 'Write', 'Move', 'Set up'] as const) {
    root.commandsGroup(`${group}:`);
    for (const entry of entries) {
      if (entry.group === group) root.command(entry.name).summary(entry.summary).description(entry.summary);
    }
  }
  const sections = root.helpInformation().trimEnd().split('\n\n');
  const isOptions = (section: string): boolean => /^(?:Global o|O)ptions:/.test(section);
  const ordered = [...sections.filter((one) => !isOptions(one)), ...sections.filter(isOptions)];
  return `${ordered.join('\n\n')}\n${FOOTER}`;
}

/** A line without a command: help or the version; an option that is not there is an error. */
async function runRoot({ args }: Run): Promise<void> {
  const [root, { COMMANDS }] = await Promise.all([rootCommand(), import('./commands/index.js')]);
  root.configureOutput({ writeOut: () => undefined });
  const { CommanderError } = await import('commander');
  try {
    root.parse([...args], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError && error.exitCode === 0)) throw error;
    if (error.code === 'commander.version') return void process.stdout.write(`${VERSION}\n`);
  }
  process.stdout.write(await rootHelp(root, COMMANDS));
}

/** Makes the context when a command first asks for it: after parsing, before its work. */
async function contextSource(run: Run): Promise<() => Context> {
  const [{ createContext }, { processIo }, { resolvePaths }] = await Promise.all([
    import('./context.js'),
    import('./ui/io.js'),
    import('./store/paths.js'),
  ]);
  return () => {
    if (run.context) return run.context;
    const globals = readGlobals(run.command?.opts() ?? {}, process.stdin.isTTY === true);
    const { env } = process;
    const io = processIo({ env, quiet: globals.quiet, color: globals.color });
    const paths = resolvePaths(env, homedir(), globals.configDir);
    run.context = createContext({ io, globals, env, signal: run.controller.signal, paths });
    return run.context;
  };
}

async function runLine(run: Run): Promise<void> {
  const { args } = run;
  const index = commandIndex(args);
  const name = args[index];
  if (name === undefined) return runRoot(run);
  const rest = args.toSpliced(index, 1);
  if (name === 'help') return runLine({ ...run, args: [...rest, '--help'] });
  const { COMMANDS } = await import('./commands/index.js');
  const entry = COMMANDS.find((candidate) => candidate.name === name);
  // The word may be the value of an option that does not exist.
  if (!entry) (await rootCommand()).parse(args.slice(0, index), { from: 'user' });
  if (!entry)
    throw unknown(
      'command',
      name,
      '',
      COMMANDS.map((candidate) => candidate.name),
    );
  const [build, source, root] = await Promise.all([entry.load(), contextSource(run), rootCommand()]);
  const command = quiet(build(source).summary(entry.summary));
  root.addCommand(command);
  const found = command.commands.length === 0 ? { command, rest } : subCommand(command, rest);
  if (found === undefined) return command.outputHelp();
  run.command = await withGlobals(found.command);
  await run.command.parseAsync(found.rest, { from: 'user' });
}

/** The sub-command that a line names, and the line without it; undefined when only help is asked for. */
function subCommand(parent: Command, args: readonly string[]): { command: Command; rest: string[] } | undefined {
  const names = parent.commands.map((command) => command.name());
  const index = commandIndex(args);
  const name = args[index];
  if (name === undefined || name === 'help') {
    if (name === 'help' || args.includes('--help') || args.includes('-h')) return undefined;
    throw new UsageError(`${parent.name()} needs a sub-command`, { hint: `one of: ${names.join(', ')}` });
  }
  const command = parent.commands.find((candidate) => candidate.name() === name);
  if (!command) throw unknown('sub-command', name, `${parent.name()} `, names);
  return { command, rest: args.toSpliced(index, 1) };
}

function unknown(what: string, name: string, prefix: string, names: readonly string[]): UsageError {
  const near = nearest(name, names);
  const all = prefix === '' ? 'see "cardferry --help"' : `one of: ${names.join(', ')}`;
  return new UsageError(`there is no ${what} "${printable(`${prefix}${name}`)}"`, {
    hint: near === undefined ? all : `did you mean "cardferry ${prefix}${near}"?`,
  });
}

/** Runs one command line. Never throws; resolves with the exit code. */
export async function main(args: readonly string[]): Promise<ExitCode> {
  const run: Run = { args, controller: new AbortController() };
  // A reader that went away (`| head`) ends the output, nothing else; `io` tells the command.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  onSignals(run);
  // Thrown where nobody waits, in an event of a library: told like any other error, never as a stack trace.
  process.once('uncaughtException', (error) => {
    void report(error, run).then((code) => process.exit(code));
  });
  try {
    await runLine(run);
    return run.controller.signal.aborted ? EXIT.interrupted : EXIT.ok;
  } catch (error) {
    return await report(error, run);
  } finally {
    run.context?.io.status(undefined);
    await run.context?.close();
  }
}

/** The first signal stops the work cleanly; the second one ends the process at once, and so does a stop that takes long. */
function onSignals(run: Run): void {
  const leave = (): never => process.exit(EXIT.interrupted);
  const stop = (): void => {
    if (run.controller.signal.aborted) leave();
    run.controller.abort();
    setTimeout(() => void report(new Interrupted('interrupted', INTERRUPTED), run).finally(leave), PATIENCE_MS).unref();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
}

let reported = false;

/** Tells an error, once: three parts for people, one object for scripts. */
async function report(error: unknown, run: Run): Promise<ExitCode> {
  const [{ CommanderError }, { errorAsJson, errorAsText, exitCodeOf }, { PipeClosed, wantsColor }] = await Promise.all([
    import('commander'),
    import('./ui/errors.js'),
    import('./ui/io.js'),
  ]);
  const { args, controller, context } = run;
  if (error instanceof PipeClosed) return EXIT.ok;
  let shown = error;
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return EXIT.ok;
    shown = usageError(error.message, args);
  } else if (controller.signal.aborted || (error instanceof Error && error.name === 'ExitPromptError')) {
    shown = new Interrupted('interrupted', INTERRUPTED);
  }
  if (reported) return exitCodeOf(shown);
  reported = true;
  const debug = args.includes('--debug');
  const color = wantsColor(process.stderr.isTTY === true, { env: process.env, color: !args.includes('--no-color') });
  context?.io.status(undefined);
  process.stderr.write(`${wantsJson(run) ? errorAsJson(shown) : errorAsText(shown, { debug, color })}\n`);
  return exitCodeOf(shown);
}

/** What commander found wrong, with its suggestion as the remedy. */
function usageError(text: string, args: readonly string[]): UsageError {
  const [message = '', ...rest] = text.replace(/^error: /, '').split('\n');
  const suggestion = rest.join(' ').replace(/[()]/g, '').trim();
  const help = ['cardferry', args[commandIndex(args)], '--help'].filter((word) => word !== undefined).join(' ');
  return new UsageError(message, { hint: suggestion === '' ? `see "${help}"` : suggestion });
}

/** `--json` and `--format json`, also on a line that could not be parsed. */
function wantsJson({ args, context }: Run): boolean {
  if (context) return /^(?:nd)?json$/.test(context.globals.format ?? '');
  const format = args[args.indexOf('--format') + 1];
  return (
    args.some((arg) => /^--json$|^--format=(?:nd)?json$/.test(arg)) ||
    (args.includes('--format') && /^(?:nd)?json$/.test(format ?? ''))
  );
}
