/** Microsoft 365 and Outlook.com, by Microsoft Graph or the Outlook REST API: the definition, and the driver put together. */
import type { AccountInfo, FieldFate, Provider, ProviderContext, ProviderDefinition } from '../types.js';
import { openApi } from './api.js';
import { ChangeLog } from './changes.js';
import { DIALECT_NAMES, dialectFor } from './dialect.js';
import type { Dialect } from './dialect.js';
import { Extras } from './extras.js';
import { bookAdmin, Folders } from './folders.js';
import { login } from './login.js';
import { project } from './map.js';
import { PAGE_SIZE, Reader } from './read.js';
import { Writer } from './write.js';

/** Of the default dialect; the others keep as much or more, but for what only Graph's beta has. */
const FIELD_FATES: readonly FieldFate[] = [
  { field: 'name', fate: 'partly', note: 'full name, prefix, first, middle, last name, suffix, Japanese readings' },
  { field: 'nicknames', fate: 'partly', note: 'one' },
  { field: 'organizations', fate: 'partly', note: 'one, with one department' },
  { field: 'titles', fate: 'partly', note: 'one job title, one profession' },
  { field: 'emails', fate: 'partly', note: '3 addresses in order, with labels; types only in the beta of Graph' },
  {
    field: 'phones',
    fate: 'partly',
    note: '12 slots: 2 business, 2 home, mobile, 3 fax, pager, assistant, radio, other',
  },
  { field: 'addresses', fate: 'partly', note: 'one each: home, business, other' },
  { field: 'onlineServices', fate: 'partly', note: '3 instant messaging addresses' },
  { field: 'links', fate: 'partly', note: 'one business, one home; 5 where websites have types' },
  { field: 'birthday', fate: 'partly', note: 'from 1601 on; without a year as Outlook writes it (1604)' },
  { field: 'anniversaries', fate: 'partly', note: 'one wedding date' },
  { field: 'notes', fate: 'partly', note: 'one text; several are joined' },
  { field: 'keywords', fate: 'kept', note: 'categories' },
  { field: 'relatedTo', fate: 'partly', note: 'names of assistant, spouse, children' },
  { field: 'photo', fate: 'partly', note: 'one, up to 4 MB, perhaps stored anew; cannot be removed' },
  { field: 'other', fate: 'partly', note: "Outlook's own fields (initials, office, manager, file as, ...)" },
  { field: 'personalInfo', fate: 'lost' },
  { field: 'media', fate: 'lost' },
  { field: 'preferredLanguages', fate: 'lost' },
  { field: 'language', fate: 'lost' },
  { field: 'kind', fate: 'lost' },
  { field: 'members', fate: 'lost', note: 'groups are kept as categories' },
  { field: 'speakToAs', fate: 'lost' },
  { field: 'calendars', fate: 'lost' },
  { field: 'schedulingAddresses', fate: 'lost' },
  { field: 'cryptoKeys', fate: 'lost' },
  { field: 'directories', fate: 'lost' },
  { field: 'localizations', fate: 'lost' },
  { field: 'vCardProps', fate: 'lost' },
];

/** Writes kept going at once: four batches, so that the next is full when one comes back. */
const CONCURRENCY = 80;

const NO_PHOTO_DELETE = "Microsoft does not allow deleting a contact's photo";

export const outlook: ProviderDefinition = {
  name: 'outlook',
  title: 'Outlook / Microsoft 365',
  docs: 'https://learn.microsoft.com/graph/api/resources/contact',
  url: 'optional',
  urlExample: 'https://graph.microsoft.us',
  auth: ['token'],
  options: [
    {
      key: 'dialect',
      help: 'API to speak (default: by the URL, else graph)',
      choices: DIALECT_NAMES,
      example: 'graph',
    },
    { key: 'client-id', help: 'application (client) id of your app registration' },
    { key: 'tenant', help: 'tenant to sign in to: its id or domain (default common)', example: 'contoso.example' },
    { key: 'authority', help: 'base of the sign-in endpoints', example: 'https://login.microsoftonline.us' },
    { key: 'mailbox', help: 'mailbox to open instead of your own', example: 'ada@contoso.example' },
    { key: 'client-secret', help: 'secret of an app that signs in by itself', secret: true },
    { key: 'refresh-token', help: 'what `profile login` keeps', secret: true },
  ],
  abilities: ['create', 'update', 'delete', 'changes', 'groups', 'avatars', 'bookAdmin'],
  groups: 'keywords',
  fields: FIELD_FATES,
  reencodesPhotos: true,
  limits: { concurrency: CONCURRENCY, pageSize: PAGE_SIZE },
  open,
  login,
};

/** The Outlook pages have folders to read only. */
function definitionOf(dialect: Dialect): ProviderDefinition {
  if (dialect.family === 'graph') return outlook;
  return { ...outlook, abilities: outlook.abilities.filter((ability) => ability !== 'bookAdmin') };
}

async function open(ctx: ProviderContext): Promise<Provider> {
  const dialect = dialectFor(ctx.options['dialect'], ctx.url, ctx.profile);
  const api = openApi(dialect, ctx);
  const folders = new Folders(api, ctx.book);
  const warn = (message: string): void => ctx.warn(message);
  const extras = new Extras(dialect, warn);
  const reader = new Reader(api, folders, extras, warn);
  const writer = new Writer(api, folders, reader, extras);
  const log = new ChangeLog(api, folders, reader);

  const check = async (): Promise<AccountInfo> => {
    const all = await folders.all();
    return {
      user: folders.user ?? (ctx.options['mailbox'] || ctx.user || 'me'),
      server: `${dialect.title} at ${api.host}`,
      details: { 'Address books': all.map(({ path }) => path).join(', ') },
    };
  };

  return {
    definition: definitionOf(dialect),
    check,
    books: () => folders.books(),
    list: (query) => reader.list(query),
    get: (id) => reader.get(id),
    project: (card) => project(card, dialect, extras.kept),
    create: (contact) => writer.create(contact),
    update: (id, change) => writer.update(id, change),
    delete: (record) => writer.delete(record),
    lookup: (contact) => reader.lookup(contact),
    changes: {
      current: (bookIds) => log.current(bookIds),
      since: (token, bookIds) => log.since(token, bookIds),
    },
    avatars: {
      noDelete: NO_PHOTO_DELETE,
      get: (id) => reader.photo(id),
      set: (id, photo) => writer.setPhoto(id, photo),
    },
    ...(dialect.family === 'graph' ? { bookAdmin: bookAdmin(api, folders) } : {}),
    close: () => api.close(),
  };
}
