/** The explicit list of commands. Each module is loaded only when its command runs (or for the man page). */
import type { Command } from 'commander';
import type { Context } from '../context.js';

/** Gives the context once the options are parsed. */
export type ContextSource = () => Context;

export interface CommandEntry {
  name: string;
  summary: string;
  group: 'Read' | 'Write' | 'Move' | 'Set up';
  load(): Promise<(context: ContextSource) => Command>;
}

const lazy = (
  name: string,
  group: CommandEntry['group'],
  summary: string,
  load: () => Promise<(context: ContextSource) => Command>,
): CommandEntry => ({ name, group, summary, load });

export const COMMANDS: readonly CommandEntry[] = [
  lazy('list', 'Read', 'list contacts, streamed', async () => (await import('./list.js')).listCommand),
  lazy('search', 'Read', 'find contacts by words', async () => (await import('./search.js')).searchCommand),
  lazy(
    'autocomplete',
    'Read',
    'complete a name or an e-mail address',
    async () => (await import('./autocomplete.js')).autocompleteCommand,
  ),
  lazy('show', 'Read', 'everything about a contact', async () => (await import('./show.js')).showCommand),
  lazy('changes', 'Read', 'what changed since a token', async () => (await import('./changes.js')).changesCommand),
  lazy(
    'company',
    'Read',
    'companies, departments, who is in them',
    async () => (await import('./company.js')).companyCommand,
  ),
  lazy('away', 'Read', 'is somebody out of office', async () => (await import('./away.js')).awayCommand),
  lazy('add', 'Write', 'add a contact', async () => (await import('./add.js')).addCommand),
  lazy('update', 'Write', 'change a contact', async () => (await import('./update.js')).updateCommand),
  lazy('delete', 'Write', 'delete contacts', async () => (await import('./delete.js')).deleteCommand),
  lazy('group', 'Write', 'groups and their members', async () => (await import('./group.js')).groupCommand),
  lazy('avatar', 'Write', 'pictures of contacts', async () => (await import('./avatar.js')).avatarCommand),
  lazy('book', 'Write', 'address books (folders)', async () => (await import('./book.js')).bookCommand),
  lazy('move', 'Write', 'move contacts into another book', async () => (await import('./move.js')).moveCommand),
  lazy('copy', 'Write', 'copy contacts into another book', async () => (await import('./move.js')).copyCommand),
  lazy(
    'attachment',
    'Write',
    'files kept with contacts',
    async () => (await import('./attachment.js')).attachmentCommand,
  ),
  lazy('frequent', 'Write', 'common contacts', async () => (await import('./frequent.js')).frequentCommand),
  lazy('undo', 'Write', 'list the writes, or take a run back', async () => (await import('./undo.js')).undoCommand),
  lazy('export', 'Move', 'contacts into a file or folder', async () => (await import('./export.js')).exportCommand),
  lazy('import', 'Move', 'contacts from files', async () => (await import('./import.js')).importCommand),
  lazy('convert', 'Move', 'one file format into another', async () => (await import('./convert.js')).convertCommand),
  lazy(
    'migrate',
    'Move',
    'one server, file or folder into another, verified',
    async () => (await import('./migrate.js')).migrateCommand,
  ),
  lazy(
    'profile',
    'Set up',
    'the servers, and how to sign in to them',
    async () => (await import('./profile.js')).profileCommand,
  ),
  lazy(
    'providers',
    'Set up',
    'what each provider can do',
    async () => (await import('./providers.js')).providersCommand,
  ),
  lazy(
    'completion',
    'Set up',
    'completion for bash, zsh and fish',
    async () => (await import('./completion.js')).completionCommand,
  ),
];
