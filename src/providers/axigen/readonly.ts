/**
 * Axigen with CardDAV switched off: the Mailbox API alone. Nine fields a contact, no writes of contacts: the members for
 * them are not there, so that such commands are refused before any request.
 */
import type { Card, ContactRecord, EmailAddress } from '../../model/card.js';
import { NotFound } from '../../model/errors.js';
import { displayName, ranked } from '../../model/view.js';
import type { Changes, ListQuery, Provider, ProviderDefinition } from '../types.js';
import { contactFolders, folderAdmin, folderBooks, isOwn, plainId } from './folders.js';
import type { AxigenRest } from './rest.js';
import { complete, photoById, summaries, summaryById, summaryCard, summaryRecord } from './summary.js';
import type { RestContact } from './shapes.js';

export interface ReadOnlyParts {
  definition: ProviderDefinition;
  rest: AxigenRest;
  /** Who signs in: part of derived uids. */
  user: string;
  server: string;
  close(): Promise<void>;
}

/** Scope to server token: a token of one folder must not be used with another (Contacts page). '' is all folders. */
type Tokens = Map<string, string>;

function writeTokens(tokens: Tokens): string {
  return `rest.${Buffer.from(JSON.stringify([...tokens])).toString('base64url')}`;
}

/** What {@link writeTokens} wrote; undefined for anything else. */
function readTokens(token: string): Tokens | undefined {
  if (!token.startsWith('rest.')) return undefined;
  let pairs: unknown;
  try {
    pairs = JSON.parse(Buffer.from(token.slice(5), 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
  if (!Array.isArray(pairs)) return undefined;
  const tokens: Tokens = new Map();
  for (const pair of pairs as unknown[]) {
    if (!Array.isArray(pair)) return undefined;
    const [scope, value] = pair as unknown[];
    if (typeof scope !== 'string' || typeof value !== 'string') return undefined;
    tokens.set(scope, value);
  }
  return tokens;
}

function folderOf(bookId: string): string {
  const folder = plainId(bookId);
  if (folder === undefined) throw new NotFound('there is no such address book', { contact: bookId });
  return folder;
}

function scopes(bookIds: readonly string[] | undefined): string[] {
  return bookIds === undefined ? [''] : bookIds.map(folderOf);
}

const READ = new Set(['name', 'nicknames', 'emails']);

/** What is left of the provider without CardDAV. */
export function readOnlyDefinition(whole: ProviderDefinition): ProviderDefinition {
  return {
    ...whole,
    abilities: ['autocomplete', 'changes', 'avatars', 'bookAdmin'],
    groups: 'none',
    fields: whole.fields.map(({ field }) => ({
      field,
      fate: READ.has(field) || field === 'photo' ? 'readOnly' : 'lost',
    })),
    unsure: [],
  };
}

/** The address that the API shows: "the first defined one of main, business, home" (Schemas page). */
function shownEmail(card: Card): string | undefined {
  const place = ({ contexts }: EmailAddress): number => (contexts?.['work'] ? 1 : contexts?.['private'] ? 2 : 0);
  const all = ranked(card.emails).map(([, email]) => email);
  const main = all[0]?.pref === undefined ? undefined : all[0];
  return (main ?? all.sort((a, b) => place(a) - place(b))[0])?.address;
}

/** The fields of a card that the Mailbox API would show. */
function summarize(card: Card): Card {
  const { name, nicknames, uid } = card;
  const part = (wanted: string): string => name?.components?.find(({ kind }) => kind === wanted)?.value ?? '';
  const contact: RestContact = {
    id: '',
    folderId: '',
    isDistributionList: false,
    // A stored vCard always has a full name, whatever it is made of.
    name: displayName(card),
    email: shownEmail(card) ?? '',
    firstName: part('given'),
    lastName: part('surname'),
    nickName: ranked(nicknames)[0]?.[1].name ?? '',
  };
  return { ...summaryCard(contact, ''), uid };
}

export function openReadOnly(parts: ReadOnlyParts): Provider {
  const { definition, rest, user, server } = parts;

  /** Which contacts are the user's own: a list without a folder also holds public, lent and trashed folders. */
  async function ownOnly(): Promise<(contact: RestContact) => boolean> {
    const own = new Set(
      contactFolders(await rest.folders())
        .filter(isOwn)
        .map(({ id }) => id),
    );
    return (contact) => own.has(contact.folderId);
  }

  async function* list(query: ListQuery): AsyncGenerator<ContactRecord> {
    const media = query.media ?? false;
    if (query.bookIds === undefined) yield* summaries(rest, { user, media, wanted: await ownOnly() });
    else for (const bookId of query.bookIds) yield* summaries(rest, { user, media, folderId: folderOf(bookId) });
  }

  async function current(bookIds?: readonly string[]): Promise<string> {
    const tokens: Tokens = new Map();
    for (const scope of scopes(bookIds)) tokens.set(scope, await rest.token(scope || undefined));
    return writeTokens(tokens);
  }

  async function since(token: string | undefined, bookIds?: readonly string[]): Promise<Changes> {
    const before = token === undefined ? undefined : readTokens(token);
    const wanted = bookIds === undefined ? await ownOnly() : () => true;
    const records = (found: readonly RestContact[]): ContactRecord[] =>
      found.filter((item) => !item.isDistributionList && wanted(item)).map((item) => summaryRecord(item, user));
    const all: Changes = { created: [], updated: [], removed: [], token: '' };
    const tokens: Tokens = new Map();
    const asked = scopes(bookIds);
    const known = before !== undefined && before.size === asked.length && asked.every((scope) => before.has(scope));
    let reset = token !== undefined && !known;
    for (const scope of asked) {
      const found = await rest.changes(known ? before.get(scope) : undefined, scope || undefined);
      all.created.push(...records(found.created));
      all.updated.push(...records(found.replaced));
      all.removed.push(...found.removed.map((id) => `rest:${id}`));
      tokens.set(scope, found.token);
      reset ||= found.reset;
    }
    // One folder that had to begin anew makes all begin anew: half a feed would read as removals.
    if (reset && known && asked.length > 1) return { ...(await since(undefined, bookIds)), reset: true };
    return { ...all, token: writeTokens(tokens), ...(reset ? { reset: true, removed: [] } : {}) };
  }

  return {
    definition,
    async check() {
      const account = await rest.account();
      return {
        user: account.user || user,
        server,
        details: {
          ...(account.fullName === '' ? {} : { name: account.fullName }),
          access: 'read-only: CardDAV is off on this server, and the Mailbox API cannot write contacts',
          fields: 'name, first name, last name, nickname, one e-mail address',
        },
      };
    },
    async books() {
      const books = await folderBooks(rest);
      return books.map((book, at) => ({ ...book, isDefault: at === 0 }));
    },
    list,
    get: (id) => summaryById(rest, id, user),
    close: parts.close,
    project: summarize,
    autocomplete: (prefix, limit) => complete(rest, prefix, limit),
    changes: { current, since },
    avatars: { get: (id) => photoById(rest, id) },
    bookAdmin: folderAdmin(rest),
  };
}
