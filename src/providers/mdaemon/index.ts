/** MDaemon Webmail, by its Webmail API ("WorldClientAPI"): the definition, and the driver put together. */
import { UsageError } from '../../model/errors.js';
import type { AccountInfo, FieldFate, Provider, ProviderContext, ProviderDefinition } from '../types.js';
import { openApi } from './api.js';
import { attachmentAbility } from './attachments.js';
import { allPictures, companyAbility, frequentAbility, isAway, ownExports } from './extras.js';
import { openFolders } from './folders.js';
import { Groups } from './groups.js';
import { project } from './map.js';
import { sortedMembers, SORTS } from './order.js';
import { PAGE_SIZE, Reader } from './read.js';
import { Writer } from './write.js';

const FIELD_FATES: readonly FieldFate[] = [
  { field: 'name', fate: 'partly', note: 'full name, prefix, first, middle, last name, suffix; no phonetic forms' },
  { field: 'nicknames', fate: 'partly', note: 'one' },
  { field: 'organizations', fate: 'partly', note: 'one, with one department' },
  { field: 'titles', fate: 'partly', note: 'one job title, no roles' },
  { field: 'emails', fate: 'partly', note: '3 addresses in order, without types' },
  {
    field: 'phones',
    fate: 'partly',
    note: '15 slots: 3 business, 2 home, 2 mobile, 2 fax, pager, assistant, car, radio, IP, other',
  },
  { field: 'addresses', fate: 'partly', note: 'one each: home, business, other' },
  { field: 'onlineServices', fate: 'partly', note: '3 instant messaging addresses' },
  { field: 'links', fate: 'partly', note: 'one business, one home' },
  { field: 'birthday', fate: 'partly', note: 'whole dates only, not without a year' },
  { field: 'anniversaries', fate: 'partly', note: 'one wedding date' },
  { field: 'notes', fate: 'partly', note: 'one text; several are joined' },
  { field: 'keywords', fate: 'partly', note: 'categories; none with a comma' },
  { field: 'relatedTo', fate: 'partly', note: 'names of assistant, partner, children' },
  { field: 'photo', fate: 'partly', note: 'one, inline; the server may store it anew as JPEG' },
  { field: 'other', fate: 'partly', note: "MDaemon's own fields (office, manager, file as, ...)" },
  { field: 'personalInfo', fate: 'lost' },
  { field: 'media', fate: 'lost' },
  { field: 'preferredLanguages', fate: 'lost' },
  { field: 'language', fate: 'lost' },
  { field: 'kind', fate: 'lost' },
  { field: 'members', fate: 'lost', note: 'groups are kept as groups' },
  { field: 'speakToAs', fate: 'lost' },
  { field: 'calendars', fate: 'lost' },
  { field: 'schedulingAddresses', fate: 'lost' },
  { field: 'cryptoKeys', fate: 'lost' },
  { field: 'directories', fate: 'lost' },
  { field: 'localizations', fate: 'lost' },
  { field: 'vCardProps', fate: 'lost' },
];

const ABILITIES = [
  'create',
  'update',
  'delete',
  'search',
  'autocomplete',
  'groups',
  'avatars',
  'bookAdmin',
  'move',
  'copy',
  'attachments',
  'companies',
  'frequent',
  'away',
] as const;

/** Two to four requests at a time are gentle; the page names no limit. */
const CONCURRENCY = 4;

export const mdaemon: ProviderDefinition = {
  name: 'mdaemon',
  title: 'MDaemon',
  docs: 'https://github.com/mdaemon-technologies/WorldClientAPI',
  url: 'required',
  urlExample: 'https://mail.example.com',
  auth: ['password'],
  options: [
    {
      key: 'sort',
      help: 'who sorts; the server also shows its users the order that was asked for last',
      choices: ['client', 'server'],
      example: 'server',
    },
  ],
  abilities: ABILITIES,
  groups: 'own',
  fields: FIELD_FATES,
  reencodesPhotos: true,
  limits: { concurrency: CONCURRENCY, pageSize: PAGE_SIZE },
  open,
};

/** The server keeps an order that it is asked for as the user's own: it sorts only where the profile says so. */
function whoSorts({ options, profile }: ProviderContext): string {
  const sort = options['sort'] ?? 'client';
  if (sort === 'client' || sort === 'server') return sort;
  throw new UsageError(`option sort is client or server, not "${sort}"`, { profile });
}

async function open(ctx: ProviderContext): Promise<Provider> {
  const api = openApi(ctx, CONCURRENCY);
  const folders = openFolders(api, ctx.book);
  const serverSorts = whoSorts(ctx) === 'server';
  const reader = new Reader(api, folders, serverSorts);
  const writer = new Writer(api, folders, reader);
  const groups = new Groups(api, folders, reader);
  if (serverSorts) groups.sorted = (group, sort) => sortedMembers(api, reader, group, sort);

  const check = async (): Promise<AccountInfo> => {
    const user = await api.user();
    const all = await folders.all();
    const names = all.map(({ book, own }) => {
      const marks = [book.isDefault ? 'default' : '', own ? '' : 'shared', book.readOnly ? 'read-only' : ''].filter(
        (mark) => mark !== '',
      );
      return marks.length === 0 ? book.name : `${book.name} (${marks.join(', ')})`;
    });
    return {
      user: user || (ctx.user ?? ''),
      server: `MDaemon at ${api.host}`,
      details: { 'Address books': names.join(', ') },
    };
  };

  return {
    definition: mdaemon,
    check,
    books: async () => (await folders.all()).map(({ book }) => ({ ...book })),
    list: (query) => reader.list(query),
    tellsGroups: true,
    get: (id) => reader.get(id),
    project,
    create: (contact) => writer.create(contact),
    update: (id, change) => writer.update(id, change),
    delete: (record) => writer.delete(record),
    search: (words, query) => reader.search(words, query),
    // Of phones only three slots are searched, and no notes at all ("Search Contacts").
    searchCovers: ['name', 'nicknames', 'emails', 'organizations', 'titles', 'addresses'],
    autocomplete: (prefix, limit) => reader.autocomplete(prefix, limit),
    groups,
    ...(serverSorts && { honours: { sort: SORTS } }),
    avatars: { ...writer.avatars, all: () => allPictures(api) },
    bookAdmin: folders.admin,
    move: (record, bookId) => writer.move(record, bookId),
    copy: (record, bookId) => writer.copy(record, bookId),
    attachments: attachmentAbility(api, reader),
    companies: companyAbility(api, folders),
    frequent: frequentAbility(api),
    away: (address) => isAway(api, address),
    ownExports: ownExports(api, folders, reader),
    close: () => api.close(),
  };
}
