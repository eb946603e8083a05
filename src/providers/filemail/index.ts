/** Filemail, by its contacts API: the definition, and the driver put together. */
import type { AccountInfo, FieldFate, Provider, ProviderContext, ProviderDefinition } from '../types.js';
import { DEFAULT_URL, openApi } from './api.js';
import { Groups } from './groups.js';
import { project, unstorable } from './map.js';
import { BOOK, Reader } from './read.js';
import { requireBook, Writer } from './write.js';

const LOST = [
  ...['nicknames', 'organizations', 'titles', 'addresses', 'onlineServices', 'links', 'birthday', 'anniversaries'],
  ...['notes', 'relatedTo', 'personalInfo', 'photo', 'media', 'preferredLanguages', 'language', 'kind', 'speakToAs'],
  ...['calendars', 'schedulingAddresses', 'cryptoKeys', 'directories', 'localizations', 'vCardProps', 'other'],
] as const;

const FIELD_FATES: readonly FieldFate[] = [
  { field: 'name', fate: 'partly', note: 'the full name as one text' },
  { field: 'emails', fate: 'partly', note: 'exactly one address, without a type' },
  { field: 'phones', fate: 'partly', note: 'one mobile phone; written, but not documented to be given back' },
  { field: 'keywords', fate: 'lost', note: 'they become groups' },
  { field: 'members', fate: 'lost', note: 'groups are kept as groups' },
  ...LOST.map((field): FieldFate => ({ field, fate: 'lost' })),
];

/** The page names no limit: a few at a time are gentle. */
const CONCURRENCY = 4;

export const filemail: ProviderDefinition = {
  name: 'filemail',
  title: 'Filemail',
  docs: 'https://www.filemail.com/apidoc/Contacts.aspx',
  url: 'optional',
  urlExample: DEFAULT_URL,
  auth: ['password'],
  options: [{ key: 'apikey', help: 'API key, where the account has one: sent with every call', secret: true }],
  abilities: ['create', 'update', 'delete', 'groups'],
  groups: 'own',
  fields: FIELD_FATES,
  writeOnly: ['phones'],
  limits: { concurrency: CONCURRENCY },
  open,
};

async function open(ctx: ProviderContext): Promise<Provider> {
  const api = openApi(ctx, CONCURRENCY);
  const user = ctx.user?.trim() ?? '';
  const reader = new Reader({ api, clock: ctx.clock, user });
  const writer = new Writer(api, reader, ctx.book, (message) => ctx.warn(message));

  const check = async (): Promise<AccountInfo> => {
    requireBook(ctx.book);
    const contacts = await reader.all();
    return { user, server: `Filemail at ${api.host}`, details: { Contacts: String(contacts.size) } };
  };

  return {
    definition: filemail,
    check,
    books: async () => [{ ...BOOK }],
    list: (query) => reader.list(query),
    get: (id) => reader.get(id),
    project,
    unstorable,
    create: (contact) => writer.create(contact),
    update: (id, change) => writer.update(id, change),
    delete: (record) => writer.delete(record),
    lookup: ({ card }) => reader.lookup(card),
    groups: new Groups(api, reader, CONCURRENCY),
    close: () => api.close(),
  };
}
