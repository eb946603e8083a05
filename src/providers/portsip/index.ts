/** PortSIP PBX, by its REST API (v22): the definition, and the driver put together. */
import type { AccountInfo, FieldFate, Provider, ProviderContext, ProviderDefinition } from '../types.js';
import { openApi } from './api.js';
import { changesOf } from './delta.js';
import { project } from './map.js';
import { PERSONAL } from './places.js';
import { PAGE_SIZE, Reader } from './read.js';
import { Writer } from './write.js';

const FIELD_FATES: readonly FieldFate[] = [
  { field: 'name', fate: 'partly', note: 'one display name, 64 characters' },
  { field: 'nicknames', fate: 'lost' },
  { field: 'organizations', fate: 'partly', note: 'one name, 128 characters, no departments' },
  { field: 'titles', fate: 'partly', note: 'one job title, 128 characters, no roles' },
  { field: 'emails', fate: 'partly', note: 'one address, without type' },
  {
    field: 'phones',
    fate: 'partly',
    note: '9 slots: 2 business, 2 mobile, 2 home, business fax, home fax, other',
  },
  { field: 'addresses', fate: 'partly', note: 'one, as a line of 128 characters' },
  { field: 'onlineServices', fate: 'lost' },
  { field: 'links', fate: 'lost' },
  { field: 'birthday', fate: 'lost' },
  { field: 'anniversaries', fate: 'lost' },
  { field: 'notes', fate: 'partly', note: 'one text of 1,024 characters; several are joined' },
  { field: 'keywords', fate: 'lost' },
  { field: 'relatedTo', fate: 'lost' },
  { field: 'personalInfo', fate: 'lost' },
  { field: 'photo', fate: 'lost' },
  { field: 'media', fate: 'lost' },
  { field: 'preferredLanguages', fate: 'lost' },
  { field: 'language', fate: 'lost' },
  { field: 'kind', fate: 'lost' },
  { field: 'members', fate: 'lost' },
  { field: 'speakToAs', fate: 'lost' },
  { field: 'calendars', fate: 'lost' },
  { field: 'schedulingAddresses', fate: 'lost' },
  { field: 'cryptoKeys', fate: 'lost' },
  { field: 'directories', fate: 'lost' },
  { field: 'localizations', fate: 'lost' },
  { field: 'vCardProps', fate: 'lost' },
  { field: 'other', fate: 'partly', note: 'the mark as a favourite' },
];

/** Four at a time stay within what the gateway allows in a minute. */
const CONCURRENCY = 4;

export const portsip: ProviderDefinition = {
  name: 'portsip',
  title: 'PortSIP PBX',
  docs: 'https://support.portsip.com/development-portsip/rest-apis/version-22.1/about',
  url: 'required',
  urlExample: 'https://pbx.example.com:8887',
  auth: ['password', 'token'],
  options: [{ key: 'domain', help: 'SIP domain of the tenant that the user belongs to', example: 'sip.example.com' }],
  abilities: ['create', 'update', 'delete', 'changes'],
  groups: 'none',
  fields: FIELD_FATES,
  limits: { concurrency: CONCURRENCY, pageSize: PAGE_SIZE },
  open: (ctx) => Promise.resolve(open(ctx)),
};

function open(ctx: ProviderContext): Provider {
  const api = openApi(ctx, CONCURRENCY);
  const reader = new Reader(api, ctx);
  const writer = new Writer(api, ctx, reader);

  const check = async (): Promise<AccountInfo> => {
    await api.signIn();
    const own = await reader.total(PERSONAL);
    const books = (await reader.books()).map(({ id, name, total, isDefault }) => {
      const count = id === PERSONAL ? own : total;
      const contacts = count === undefined ? [] : [`${count} ${count === 1 ? 'contact' : 'contacts'}`];
      const told = [...(isDefault ? ['default'] : []), ...contacts].join(', ');
      return told === '' ? name : `${name} (${told})`;
    });
    const domain = ctx.options['domain'];
    return {
      user: ctx.user ?? 'the owner of the access token',
      server: `PortSIP PBX at ${api.host}`,
      details: {
        ...(domain === undefined ? {} : { 'SIP domain': domain }),
        'Address books': books.join(', '),
      },
    };
  };

  return {
    definition: portsip,
    check,
    books: (wanted) => reader.books(wanted),
    list: (query) => reader.list(query),
    get: (id) => reader.get(id),
    project,
    create: (contact) => writer.create(contact),
    update: (id, change) => writer.update(id, change),
    delete: (record) => writer.delete(record),
    lookup: (contact) => writer.lookup(contact),
    changes: changesOf(api, reader),
    close: () => api.close(),
  };
}
