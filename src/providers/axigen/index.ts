/**
 * Axigen: contacts whole over CardDAV, and by the Mailbox API (REST) what only that has: folders, autocomplete, the account.
 * The Mailbox API's contacts page: https://www.axigen.com/documentation/mailbox-api-contacts-p666960100
 */
import { DavClient, lastName } from '../../dav/index.js';
import type { Book, ContactRecord } from '../../model/card.js';
import { AuthError, CardferryError, Interrupted, type Unavailable } from '../../model/errors.js';
import type { AccountInfo, ListQuery, Provider, ProviderContext, ProviderDefinition } from '../types.js';
import { AxigenCards, projectCard } from './cards.js';
import { AxigenChanges, bothFeeds } from './changes.js';
import { findCollections, type Collection } from './collections.js';
import { FIELDS, UNSURE } from './fates.js';
import { folderAdmin, folderBooks, plainId } from './folders.js';
import { openReadOnly, readOnlyDefinition } from './readonly.js';
import { AxigenRest } from './rest.js';
import { authorization, openSession, serverRoot } from './session.js';
import { complete, summaries, summaryById } from './summary.js';
import { createCard, deleteCard, lookupCard, updateCard } from './writes.js';

/** Requests at a time. The vendor names no limit; a mail server has other work to do. */
const CONCURRENCY = 4;

interface Parts {
  ctx: ProviderContext;
  cards: AxigenCards;
  rest: AxigenRest;
  root: URL;
  close: () => Promise<void>;
}

function toBook(book: Collection): Book {
  return {
    id: book.path,
    name: book.name,
    description: book.main ? 'every contact that you may edit, whatever folder it is in' : 'over CardDAV',
    isDefault: book.main,
    readOnly: !book.writable,
    // Only the main collection is read when no book is named.
    ...(book.main ? {} : { aside: true }),
  };
}

/** Folders are told where the Mailbox API is on. CardDAV alone is a whole address book: its absence stops nothing. */
async function books({ ctx, cards, rest }: Parts): Promise<Book[]> {
  const collections = await cards.collections();
  const own = collections.map(toBook);
  const names = collections.filter(({ main }) => main).flatMap(({ name, path }) => [name, lastName(path)]);
  try {
    return [...own, ...(await folderBooks(rest, { collection: names }))];
  } catch (error) {
    if (error instanceof Interrupted || !(error instanceof CardferryError)) throw error;
    const off = error.status === 404 || error.status === 403;
    if (!off) ctx.warn(`the folders could not be listed: ${error.message}`);
    return own;
  }
}

async function* list({ ctx, cards, rest }: Parts, query: ListQuery): AsyncGenerator<ContactRecord> {
  if (query.bookIds === undefined) yield* cards.list(await cards.main(), query);
  for (const id of query.bookIds ?? []) {
    const folderId = plainId(id);
    if (folderId === undefined) yield* cards.list(await cards.book(id), query);
    else {
      ctx.warn(
        'a single folder is read by the Mailbox API: name, one e-mail address and nickname only, and nothing is written',
      );
      yield* summaries(rest, { user: ctx.user ?? '', folderId, media: query.media ?? false });
    }
  }
}

async function check({ ctx, cards, rest, root }: Parts): Promise<AccountInfo> {
  const main = await cards.main();
  const details: Record<string, string> = {
    'address book': `${main.name} (${main.path}${main.writable ? '' : ', read-only'})`,
    'vCard version': '3.0',
  };
  let user = ctx.user ?? '';
  try {
    const account = await rest.account();
    user = account.user || user;
    if (account.fullName !== '') details['name'] = account.fullName;
    details['Mailbox API'] = 'on';
  } catch (error) {
    if (error instanceof Interrupted || !(error instanceof CardferryError)) throw error;
    details['Mailbox API'] = `not usable: ${error.message}`;
  }
  return { user, server: root.host, details };
}

function provider(parts: Parts): Provider {
  const { ctx, cards, rest } = parts;
  const changes = new AxigenChanges(cards);
  const user = ctx.user ?? '';
  return {
    definition: axigen,
    check: () => check(parts),
    books: () => books(parts),
    list: (query) => list(parts, query),
    tellsGroups: true,
    get: (id) => (plainId(id) === undefined ? cards.get(id) : summaryById(rest, id, user)),
    close: parts.close,
    project: projectCard,
    create: (contact) => createCard(cards, contact),
    update: (id, change) => updateCard(cards, id, change),
    delete: (record) => deleteCard(cards, record),
    lookup: (contact) => lookupCard(cards, contact),
    autocomplete: (prefix, limit) => complete(rest, prefix, limit),
    changes: bothFeeds(changes, { rest, user }),
    bookAdmin: folderAdmin(rest),
  };
}

/**
 * Whether the Mailbox API reads contacts, by its Contacts page alone; where its token cannot be had, by the account.
 * @throws when it is not there
 */
async function probe(rest: AxigenRest): Promise<void> {
  try {
    await rest.token();
  } catch (error) {
    if (error instanceof AuthError || error instanceof Interrupted || !(error instanceof CardferryError)) throw error;
    await rest.account();
  }
}

async function openWithoutDav(parts: Omit<Parts, 'cards'>, failure: Unavailable | undefined): Promise<Provider> {
  const { ctx, rest, root, close } = parts;
  // Where the Mailbox API is missing too this is no Axigen, or none that works, and nothing is read-only.
  await probe(rest).catch(async (error: unknown) => {
    await close();
    throw failure === undefined || error instanceof AuthError || error instanceof Interrupted ? error : failure;
  });
  const why =
    failure === undefined
      ? 'CardDAV is off on this server'
      : `CardDAV fails on this server (HTTP ${String(failure.status)})`;
  ctx.warn(`${why}: contacts can only be read, by name, one e-mail address and nickname`);
  const definition = readOnlyDefinition(axigen, why);
  const warn = (message: string): void => ctx.warn(message);
  return openReadOnly({ definition, rest, user: ctx.user ?? '', server: root.host, why, warn, close });
}

async function open(ctx: ProviderContext): Promise<Provider> {
  const root = serverRoot(ctx.url);
  let header: Promise<string> | undefined;
  const sign = (): Promise<string> => (header ??= authorization(ctx));
  const session = openSession(ctx, root, sign);
  // CardDAV takes Basic (or the token) on each request, and no session.
  const authorize = async (): Promise<Record<string, string>> => ({ authorization: await sign() });
  const dav = new DavClient(ctx.http({ base: root.href, concurrency: CONCURRENCY, authorize }));
  const close = async (): Promise<void> => {
    await Promise.all([session.close(), dav.close()]);
  };
  const pinned = ctx.options['dav-path'];
  let found: Promise<readonly Collection[]> | undefined;
  let failure: Unavailable | undefined;
  const collections = (): Promise<readonly Collection[]> =>
    (found ??= findCollections(dav, pinned, ctx.book, (error) => (failure = error)).catch((error: unknown) => {
      found = undefined;
      throw error;
    }));
  const cards = new AxigenCards({ dav, collections, user: ctx.user ?? '', warn: (message) => ctx.warn(message) });
  const rest = new AxigenRest(session);
  try {
    // Which abilities there are depends on CardDAV. A path that the user pinned is taken at its word: no request yet.
    if (pinned !== undefined || (await collections()).length > 0) return provider({ ctx, cards, rest, root, close });
  } catch (error) {
    await close();
    throw error;
  }
  return openWithoutDav({ ctx, rest, root, close }, failure);
}

export const axigen: ProviderDefinition = {
  name: 'axigen',
  title: 'Axigen',
  docs: 'https://www.axigen.com/documentation/mailbox-api-contacts-p666960100',
  url: 'required',
  urlExample: 'https://mail.example.com',
  auth: ['password', 'token'],
  options: [
    {
      key: 'dav-path',
      help: 'path of the CardDAV address book or of what holds it (else discovered)',
      example: '/Contacts/Contacts/',
    },
    { key: 'auth', help: 'sign in with a password (basic) or an OAuth token (bearer)', choices: ['basic', 'bearer'] },
  ],
  abilities: ['create', 'update', 'delete', 'autocomplete', 'changes', 'groups', 'avatars', 'bookAdmin'],
  groups: 'keywords',
  fields: FIELDS,
  unsure: UNSURE,
  limits: { concurrency: CONCURRENCY, pageSize: 200 },
  open,
};
