/**
 * Axigen with CardDAV switched off: the Mailbox API alone. Nine fields a contact, no writes of contacts: the members for
 * them are not there, so that such commands are refused before any request.
 */
import type { Card, ContactRecord, EmailAddress } from '../../model/card.js';
import { NotFound } from '../../model/errors.js';
import { displayName, ranked } from '../../model/view.js';
import type { AccountInfo, Changes, ListQuery, Provider, ProviderDefinition } from '../types.js';
import { contactFolders, folderAdmin, folderBooks, isOwn, plainId, restId } from './folders.js';
import type { AxigenRest } from './rest.js';
import { complete, photoById, summaries, summaryById, summaryCard, summaryRecord } from './summary.js';
import type { RestContact } from './shapes.js';

export interface ReadOnlyParts {
  definition: ProviderDefinition;
  rest: AxigenRest;
  /** Who signs in: part of derived uids. */
  user: string;
  server: string;
  close: () => Promise<void>;
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

/** Which contacts are the user's own: a list without a folder also holds public, lent and trashed folders. */
async function ownOnly({ rest }: ReadOnlyParts): Promise<(contact: RestContact) => boolean> {
  const folders = contactFolders(await rest.folders()).filter(isOwn);
  const own = new Set(folders.map(({ id }) => id));
  return (contact) => own.has(contact.folderId);
}

async function* list(parts: ReadOnlyParts, query: ListQuery): AsyncGenerator<ContactRecord> {
  const { rest, user } = parts;
  const media = query.media ?? false;
  if (query.bookIds === undefined) yield* summaries(rest, { user, media, wanted: await ownOnly(parts) });
  else for (const bookId of query.bookIds) yield* summaries(rest, { user, media, folderId: folderOf(bookId) });
}

async function current({ rest }: ReadOnlyParts, bookIds?: readonly string[]): Promise<string> {
  const tokens: Tokens = new Map();
  for (const scope of scopes(bookIds)) tokens.set(scope, await rest.token(scope || undefined));
  return writeTokens(tokens);
}

/** The tokens of exactly these scopes; undefined when the text holds none of ours, or others. */
function usable(token: string | undefined, asked: readonly string[]): Tokens | undefined {
  const tokens = token === undefined ? undefined : readTokens(token);
  return tokens?.size === asked.length && asked.every((scope) => tokens.has(scope)) ? tokens : undefined;
}

async function since(parts: ReadOnlyParts, token?: string, bookIds?: readonly string[]): Promise<Changes> {
  const { rest, user } = parts;
  const wanted = bookIds === undefined ? await ownOnly(parts) : () => true;
  const records = (found: readonly RestContact[]): ContactRecord[] =>
    found.filter((item) => !item.isDistributionList && wanted(item)).map((item) => summaryRecord(item, user));
  const asked = scopes(bookIds);
  const before = usable(token, asked);
  const all: Changes = { created: [], updated: [], removed: [], token: '' };
  const tokens: Tokens = new Map();
  let reset = token !== undefined && before === undefined;
  for (const scope of asked) {
    const found = await rest.changes(before?.get(scope), scope || undefined);
    // One folder that had to begin anew makes all begin anew: half a feed would read as removals.
    if (found.reset && asked.length > 1) return { ...(await since(parts, undefined, bookIds)), reset: true };
    reset ||= found.reset;
    all.created.push(...records(found.created));
    all.updated.push(...records(found.replaced));
    all.removed.push(...found.removed.map(restId));
    tokens.set(scope, found.token);
  }
  return { ...all, token: writeTokens(tokens), ...(reset ? { reset: true, removed: [] } : {}) };
}

async function check({ rest, user, server }: ReadOnlyParts): Promise<AccountInfo> {
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
}

export function openReadOnly(parts: ReadOnlyParts): Provider {
  const { definition, rest, user } = parts;
  return {
    definition,
    check: () => check(parts),
    async books() {
      const books = await folderBooks(rest);
      // Here the user's own folders are all there is to list.
      return books.map(({ aside: _aside, ...book }, at) => ({ ...book, isDefault: at === 0 }));
    },
    list: (query) => list(parts, query),
    get: (id) => summaryById(rest, id, user),
    close: parts.close,
    project: summarize,
    autocomplete: (prefix, limit) => complete(rest, prefix, limit),
    changes: {
      current: (bookIds) => current(parts, bookIds),
      since: (token, bookIds) => since(parts, token, bookIds),
    },
    avatars: { get: (id) => photoById(rest, id) },
    bookAdmin: folderAdmin(rest),
  };
}
