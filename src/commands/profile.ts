/** `profile`: the servers, and how to sign in to them. */
import { Command } from 'commander';
import type { ContextSource } from './index.js';
import { examples, collect } from './shared.js';
import type { ProfileAction, ProfileFlags, ProfileOptions } from './profile-run.js';

/** Loaded with the first action: declaring must stay light. */
async function runProfile(options: ProfileOptions): Promise<void> {
  const { runProfile: run } = await import('./profile-run.js');
  return run(options);
}

export function profileCommand(context: ContextSource, run = runProfile): Command {
  const command = new Command('profile').description('Profiles: the servers, and how to sign in to them.');
  const act =
    (action: ProfileAction) =>
    (name: string | undefined, flags: ProfileFlags): Promise<void> =>
      run({ context: context(), action, flags, ...(name === undefined ? {} : { name }) });
  const sub = (name: string, help: string, argument?: string): Command => {
    const made = command.command(name).description(help);
    return argument === undefined ? made : made.argument(argument, 'name of the profile');
  };
  withFlags(sub('add', 'make a profile; without options, on a terminal, it asks', '[name]')).action(act('add'));
  withFlags(sub('edit', 'change a profile: what is not named stays', '<name>')).action(act('edit'));
  sub('list', 'list the profiles').action(() => act('list')(undefined, {}));
  sub('show', 'show a profile, never its secrets', '[name]').action(act('show'));
  sub('remove', 'remove a profile and its secrets', '<name>').action(act('remove'));
  sub('default', 'choose the profile that commands use; without NAME: say which', '[name]').action(act('default'));
  sub('test', 'sign in and say who and what was found', '[name]').action(act('test'));
  withSecrets(sub('login', 'sign in again and keep the new secret', '[name]')).action(act('login'));
  sub('logout', 'forget the secrets of a profile', '[name]').action(act('logout'));
  return examples(command, [
    'cardferry profile add work --provider carddav --url https://dav.example.com --user anna --password-stdin < secret.txt',
    'cardferry profile add office --provider mdaemon --url https://mail.example.com --user anna@example.com --password-command "pass show mail/office"',
    'cardferry profile test work',
  ]);
}

function withSecrets(command: Command): Command {
  return command
    .option('--password-stdin', 'read the password from stdin')
    .option('--token-stdin', 'read a token from stdin')
    .option('--secret-stdin <keys>', 'read several secrets from stdin, one a line: password,apikey');
}

function withFlags(command: Command): Command {
  return withSecrets(command)
    .option(
      '--provider <name>',
      'axigen, mdaemon, outlook, portsip, filemail, carddav or local; see "cardferry providers"',
    )
    .option('--url <url>', 'address of the server')
    .option('--user <user>', 'user name, mostly the e-mail address')
    .option('--password-command <command>', 'a command that prints the password; nothing is kept')
    .option('--option <key=value>', 'an option of the provider (may be repeated)', collect)
    .option('--read-only', 'refuse every write')
    .option('--no-read-only', 'allow writes again')
    .option('--no-verify', 'save without trying the sign-in');
}
