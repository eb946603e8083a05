/** Any CardDAV server (RFC 6352): Radicale, Xandikos, Cyrus, DAViCal, SOGo, sabre (Nextcloud, ownCloud, Baikal) … */
import type { DavAccount } from '../dav/index.js';
import { cardToVCard, parseVCard } from '../formats/vcard/index.js';
import type { Book, ContactRecord } from '../model/card.js';
import { FIELDS } from '../model/fields.js';
import { bookAdmin } from './carddav/books.js';
import { changesSince, currentToken } from './carddav/changes.js';
import {
  createCard,
  deleteCard,
  getRecord,
  isGroup,
  listAll,
  lookupCard,
  relocateCard,
  updateCard,
} from './carddav/contacts.js';
import { groupAbility } from './carddav/groups.js';
import type { Session } from './carddav/session.js';
import { CONCURRENCY, noContact, openClient, openSession, toBook, versionOf } from './carddav/session.js';
import type {
  AccountInfo,
  ContactChange,
  ListQuery,
  NewContact,
  Provider,
  ProviderContext,
  ProviderDefinition,
} from './types.js';

export const carddav: ProviderDefinition = {
  name: 'carddav',
  title: 'CardDAV server',
  docs: 'https://www.rfc-editor.org/rfc/rfc6352',
  url: 'required',
  urlExample: 'https://dav.example.com/',
  auth: ['password', 'token', 'none'],
  options: [
    {
      key: 'addressbook',
      help: 'path of the address book to write to',
      example: '/dav/addressbooks/user/ann/contacts/',
    },
    { key: 'auth', help: 'the only way to sign in', choices: ['basic', 'digest', 'bearer'] },
    { key: 'groups', help: 'groups are cards of their own, or categories of contacts', choices: ['own', 'categories'] },
  ],
  abilities: ['create', 'update', 'delete', 'changes', 'groups', 'avatars', 'bookAdmin', 'move', 'copy'],
  groups: 'own',
  // What vCard has no property for travels as JSPROP (RFC 9555, section 3.2.1) or as an X- property.
  fields: FIELDS.map((field) => ({ field: field.name, fate: 'kept' as const })),
  limits: { concurrency: CONCURRENCY, pageSize: 100 },
  open,
};

/** Sends nothing: the address books are discovered by the first call that needs them. */
async function open(ctx: ProviderContext): Promise<Provider> {
  const { dav, path } = await openClient(ctx);
  const warn = (message: string): void => ctx.warn(message);
  const uids = new Map<string, string>();
  let opening: Promise<Session> | undefined;
  let opened: Session | undefined;
  const replace = (next: Session): void => {
    opened = next;
    opening = Promise.resolve(next);
  };
  const session = (): Promise<Session> => {
    opening ??= openSession(ctx, dav, path).then((found) => (opened = found));
    opening.catch(() => (opening = undefined));
    return opening;
  };

  async function* list(query: ListQuery): AsyncGenerator<ContactRecord> {
    for await (const record of listAll(await session(), query, warn)) {
      if (isGroup(record)) query.onGroup?.(record);
      else yield record;
    }
  }

  return {
    definition: carddav,
    check: async () => describe(await session(), ctx),
    async books(): Promise<Book[]> {
      const found = await session();
      return found.ids.books.map((book) => toBook(found, book));
    },
    list,
    tellsGroups: true,
    async get(id) {
      const record = await getRecord(await session(), id);
      if (isGroup(record)) throw noContact(id);
      return record;
    },
    close: () => dav.close(),
    // Before the first request 3.0 is assumed, which every server takes; both versions carry every field.
    project: (card) => parseVCard(cardToVCard(card, { version: versionOf(opened?.ids.defaultBook), carry: true })).card,
    async create(contact: NewContact) {
      const result = await createCard(await session(), contact, 'create the contact');
      uids.set(result.id, contact.card.uid);
      return result;
    },
    async update(id: string, change: ContactChange) {
      uids.delete(id);
      return updateCard(await session(), id, change, 'update the contact');
    },
    delete: async (record) => deleteCard(await session(), record, 'delete the contact'),
    changes: {
      current: async (bookIds) => currentToken(await session(), bookIds),
      since: async (token, bookIds) => changesSince(await session(), token, bookIds, warn),
    },
    ...(ctx.options['groups'] !== 'categories' && { groups: groupAbility({ session, warn, uids }) }),
    bookAdmin: bookAdmin({ session, replace }),
    move: async (record, bookId) => relocateCard(await session(), 'MOVE', record, bookId),
    copy: async (record, bookId) => relocateCard(await session(), 'COPY', record, bookId),
    lookup: async (contact) => lookupCard(await session(), contact, warn),
  };
}

/** What `profile test` shows. */
function describe({ account, ids, dav }: Session, ctx: ProviderContext): AccountInfo {
  const { defaultBook } = ids;
  const details: Record<string, string> = {
    'address books': ids.books.map((book) => `${book.name}${book.writable ? '' : ' (read-only)'}`).join(', ') || 'none',
    'new contacts go to': defaultBook?.path ?? 'no book',
    vCard: versionOf(defaultBook),
    changes: defaultBook?.sync === true ? 'sync-collection' : 'etags',
    groups: ctx.options['groups'] === 'categories' ? 'categories' : 'group cards',
    ...(account.server !== undefined && { software: account.server.slice(0, 80) }),
    ...paths(account),
  };
  const user = account.displayName ?? ctx.user ?? account.principal ?? 'anonymous';
  return { user, server: dav.http.base.host, details };
}

function paths({ principal, homes }: DavAccount): Record<string, string> {
  return { ...(principal !== undefined && { principal }), ...(homes.length > 0 && { home: homes.join(', ') }) };
}
