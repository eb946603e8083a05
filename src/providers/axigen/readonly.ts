/**
 * Axigen with CardDAV switched off (or failing): the Mailbox API alone. Nine fields a contact, no writes of contacts: the members for
 * them are not there, so that such commands are refused before any request.
 */
import type { Card, ContactRecord, EmailAddress } from '../../model/card.js';
import { displayName, ranked } from '../../model/view.js';
import { AuthError, CardferryError, Interrupted } from '../../model/errors.js';
import type { AccountInfo, ListQuery, Provider, ProviderDefinition } from '../types.js';
import { deltaSince, deltaToken, folderOf, isUnoffered, ownOnly } from './delta.js';
import { allFolders, folderAdmin, folderBooks } from './folders.js';
import type { AxigenRest } from './rest.js';
import { complete, photoById, summaries, summaryById, summaryCard } from './summary.js';
import type { RestContact } from './shapes.js';

export interface ReadOnlyParts {
  definition: ProviderDefinition;
  rest: AxigenRest;
  /** Who signs in: part of derived uids. */
  user: string;
  server: string;
  /** Why CardDAV is not used, as the first half of a sentence. */
  why: string;
  warn: (message: string) => void;
  close: () => Promise<void>;
}

const READ = new Set(['name', 'nicknames', 'emails']);

/** What is left of the provider without CardDAV. */
export function readOnlyDefinition(whole: ProviderDefinition, why: string): ProviderDefinition {
  return {
    ...whole,
    limited: `${why}, and the Mailbox API only reads contacts`,
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

async function* list(parts: ReadOnlyParts, query: ListQuery): AsyncGenerator<ContactRecord> {
  const { rest, user } = parts;
  const media = query.media ?? false;
  if (query.bookIds === undefined) yield* summaries(rest, { user, media, wanted: await ownOnly(parts) });
  else for (const bookId of query.bookIds) yield* summaries(rest, { user, media, folderId: folderOf(bookId) });
}

/** Who is signed in, as far as the server tells: contacts are read without the account's page. */
async function account(rest: AxigenRest): Promise<{ user: string; fullName: string }> {
  try {
    return await rest.account();
  } catch (error) {
    if (error instanceof AuthError || error instanceof Interrupted || !(error instanceof CardferryError)) throw error;
    await rest.token();
    return { user: '', fullName: '' };
  }
}

async function check({ rest, user, server, why }: ReadOnlyParts): Promise<AccountInfo> {
  const { user: found, fullName } = await account(rest);
  return {
    user: found || user,
    server,
    details: {
      ...(fullName === '' ? {} : { name: fullName }),
      access: `read-only: ${why}, and the Mailbox API cannot write contacts`,
      fields: 'name, first name, last name, nickname, one e-mail address',
    },
  };
}

export function openReadOnly(given: ReadOnlyParts): Provider {
  const warned = new Set<string>();
  const warn = (message: string): void => {
    if (!warned.has(message)) given.warn(message);
    warned.add(message);
  };
  const parts: ReadOnlyParts = { ...given, warn };
  const { definition, rest, user } = parts;
  return {
    definition,
    check: () => check(parts),
    async books() {
      const books = await folderBooks(rest, { own: 'listed' }).catch((error: unknown) => {
        if (!isUnoffered(error)) throw error;
        return [allFolders()];
      });
      return books.map((book, at) => ({ ...book, isDefault: at === 0 }));
    },
    list: (query) => list(parts, query),
    get: (id) => summaryById(rest, id, user),
    close: parts.close,
    project: summarize,
    autocomplete: (prefix, limit) => complete(rest, prefix, limit),
    changes: {
      current: (bookIds) => deltaToken(parts, bookIds),
      since: (token, bookIds) => deltaSince(parts, token, bookIds),
    },
    avatars: { get: (id) => photoById(rest, id) },
    bookAdmin: folderAdmin(rest),
  };
}
