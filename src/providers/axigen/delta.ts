/**
 * What changed, by the Mailbox API's delta ("Mailbox API – Contacts" page, Contacts Delta): contacts with its nine fields,
 * of all folders or of some. The only feed where CardDAV is off, and the one of single folders where it is on.
 */
import type { ContactRecord } from '../../model/card.js';
import { CardferryError, NotFound } from '../../model/errors.js';
import type { Changes } from '../types.js';
import { contactFolders, isOwn, plainId, restId } from './folders.js';
import type { AxigenRest } from './rest.js';
import type { RestContact } from './shapes.js';
import { summaryRecord } from './summary.js';

export interface DeltaParts {
  rest: AxigenRest;
  /** Who signs in: part of derived uids. */
  user: string;
  warn?: (message: string) => void;
}

/** Statuses of a call that the server does not have, or does not let this account make. */
const UNOFFERED: ReadonlySet<number> = new Set([403, 404, 405, 501]);

export function isUnoffered(error: unknown): boolean {
  return error instanceof CardferryError && UNOFFERED.has(error.status ?? 0);
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

/** The Mailbox API's id of a folder; '' for all of them. @throws NotFound */
export function folderOf(bookId: string): string {
  const folder = plainId(bookId);
  if (folder === undefined) throw new NotFound('there is no such address book', { contact: bookId });
  return folder;
}

function scopes(bookIds: readonly string[] | undefined): string[] {
  return bookIds === undefined ? [''] : bookIds.map(folderOf);
}

/**
 * Which contacts are the user's own: a list without a folder also holds public, lent and trashed folders. All are where
 * the server does not tell its folders.
 */
export async function ownOnly({ rest, warn }: DeltaParts): Promise<(contact: RestContact) => boolean> {
  const folders = await rest.folders().catch((error: unknown) => {
    if (!isUnoffered(error)) throw error;
    return undefined;
  });
  if (folders === undefined) {
    warn?.('the server does not list its folders: contacts of public, shared and deleted folders are read as well');
    return () => true;
  }
  const own = new Set(
    contactFolders(folders)
      .filter(isOwn)
      .map(({ id }) => id),
  );
  return (contact) => own.has(contact.folderId);
}

/** A token for now, of the given folders or of all. */
export async function deltaToken({ rest }: DeltaParts, bookIds?: readonly string[]): Promise<string> {
  const tokens: Tokens = new Map();
  for (const scope of scopes(bookIds)) tokens.set(scope, await rest.token(scope || undefined));
  return writeTokens(tokens);
}

/** The tokens of exactly these scopes; undefined when the text holds none of ours, or others. */
function usable(token: string | undefined, asked: readonly string[]): Tokens | undefined {
  const tokens = token === undefined ? undefined : readTokens(token);
  return tokens?.size === asked.length && asked.every((scope) => tokens.has(scope)) ? tokens : undefined;
}

/** What changed since a token of exactly these folders; with any other one everything, as `reset`. */
export async function deltaSince(parts: DeltaParts, token?: string, bookIds?: readonly string[]): Promise<Changes> {
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
    if (found.reset && asked.length > 1) return { ...(await deltaSince(parts, undefined, bookIds)), reset: true };
    reset ||= found.reset;
    all.created.push(...records(found.created));
    all.updated.push(...records(found.replaced));
    all.removed.push(...found.removed.map(restId));
    tokens.set(scope, found.token);
  }
  return { ...all, token: writeTokens(tokens), ...(reset ? { reset: true, removed: [] } : {}) };
}
