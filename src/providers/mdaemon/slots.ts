/** Where MDaemon keeps what: the slots of its contact object (vendor page "Contacts", "Contact Object Properties"). */
import type { Address, EmailAddress, Nickname, OnlineService, Phone, Resource, Title } from '../../model/card.js';
import type { EntryTable, Slot, SlotTable } from '../mapping.js';
import { streetOf } from './address.js';
import { TEXTS } from './texts.js';

const WORK = ['work'] as const;
const HOME = ['private'] as const;

const PHONES: readonly Slot[] = [
  { path: 'phone.business', key: 'business', contexts: WORK },
  { path: 'phone.business2', key: 'business2', contexts: WORK },
  { path: 'phone.mobile', key: 'mobile', features: ['mobile'] },
  { path: 'phone.home_mobile', key: 'home_mobile', contexts: HOME, features: ['mobile'], takesPlain: true },
  { path: 'phone.business_fax', key: 'business_fax', contexts: WORK, features: ['fax'], takesPlain: true },
  { path: 'phone.home_fax', key: 'home_fax', contexts: HOME, features: ['fax'], takesPlain: true },
  { path: 'phone.pager', key: 'pager', features: ['pager'] },
  { path: 'phone.business_main', key: 'business_main', contexts: WORK, features: ['main-number'], takesPlain: true },
  { path: 'phone.assistant', key: 'assistant', label: 'assistant' },
  { path: 'phone.car', key: 'car', label: 'car' },
  { path: 'phone.radio', key: 'radio', label: 'radio' },
  { path: 'phone.ip', key: 'ip', label: 'ip' },
  { path: 'phone.other', key: 'other' },
  { path: 'phone.home', key: 'home', contexts: HOME, takesPlain: true },
  { path: 'phone.home2', key: 'home2', contexts: HOME, takesPlain: true },
];

/**
 * One address a type: the page names the types and says nothing of several. What a server holds beyond that (a second
 * of a type, an unknown type) is read, so that nothing is hidden, and never written.
 */
const ADDRESSES: readonly Slot[] = [
  { path: 'addresses.home', key: 'home', contexts: HOME, takesPlain: true },
  { path: 'addresses.business', key: 'business', contexts: WORK, takesPlain: true },
  { path: 'addresses.other', key: 'other' },
  { path: 'addresses.home-2', key: 'home-2', contexts: HOME, readOnly: true },
  { path: 'addresses.business-2', key: 'business-2', contexts: WORK, readOnly: true },
  { path: 'addresses.other-2', key: 'other-2', readOnly: true },
];

const LINKS: readonly Slot[] = [
  { path: 'web_addresses.business', key: 'business', contexts: WORK, takesPlain: true },
  { path: 'web_addresses.home', key: 'home', contexts: HOME, takesPlain: true },
  { path: 'web_addresses.business-2', key: 'business-2', contexts: WORK, readOnly: true },
  { path: 'web_addresses.home-2', key: 'home-2', contexts: HOME, readOnly: true },
  { path: 'web_addresses.other', key: 'other', readOnly: true },
];

/** Members of one address in the native form. */
export const ADDRESS_PARTS = ['address', 'city', 'state', 'zipcode', 'country'] as const;

const KIND_OF_PART: Record<string, string> = {
  address: 'name',
  city: 'locality',
  state: 'region',
  zipcode: 'postcode',
  country: 'country',
};

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

const emails: EntryTable<EmailAddress> = {
  property: 'emails',
  slots: ['email', 'email2', 'email3'].map((key) => ({ path: `emails.${key}`, key })),
  prefBySlot: true,
  write: ({ address }) => ({ '': text(address) }),
  read: (texts) => ({ address: texts[''] ?? '' }),
};

const phones: EntryTable<Phone> = {
  property: 'phones',
  slots: PHONES,
  write: ({ number }) => ({ '': text(number).replace(/^tel:/i, '') }),
  read: (texts) => ({ number: texts[''] ?? '' }),
};

const addresses: EntryTable<Address> = {
  property: 'addresses',
  slots: ADDRESSES,
  parts: ADDRESS_PARTS,
  write: (address) => {
    const parts = address.components ?? [];
    const valuesOf = (kind: string) => parts.filter((part) => part.kind === kind).map((part) => text(part.value));
    return {
      address: streetOf(address),
      city: valuesOf('locality').join(', '),
      state: valuesOf('region').join(', '),
      zipcode: valuesOf('postcode').join(', '),
      country: valuesOf('country').join(', ') || text(address.countryCode),
    };
  },
  read: (texts) => ({
    components: ADDRESS_PARTS.flatMap((part) => {
      const value = texts[part];
      return value === undefined ? [] : [{ kind: KIND_OF_PART[part] ?? part, value }];
    }),
  }),
};

const links: EntryTable<Resource> = {
  property: 'links',
  slots: LINKS,
  write: ({ uri, kind }) => (kind === undefined ? { '': text(uri) } : undefined),
  read: (texts) => ({ uri: texts[''] ?? '' }),
};

const nicknames: EntryTable<Nickname> = {
  property: 'nicknames',
  slots: [{ path: 'nick_name', key: 'nick_name' }],
  write: ({ name }) => ({ '': text(name) }),
  read: (texts) => ({ name: texts[''] ?? '' }),
};

const titles: EntryTable<Title> = {
  property: 'titles',
  slots: [{ path: 'title', key: 'title' }],
  write: ({ name, kind }) => (kind === undefined || kind === 'title' ? { '': text(name) } : undefined),
  read: (texts) => ({ name: texts[''] ?? '' }),
};

const URI = /^[a-z][a-z0-9+.-]*:[^\s]+$/i;

/** IM texts are free: a URI or a user name stands as it is, a service is put before it as "Skype: tom". */
const onlineServices: EntryTable<OnlineService> = {
  property: 'onlineServices',
  slots: ['IM', 'IM2', 'IM3'].map((key) => ({ path: key, key })),
  write: ({ service, uri, user }) => {
    const value = text(uri) || text(user);
    return { '': value !== '' && text(service).trim() !== '' ? `${text(service)}: ${value}` : value };
  },
  read: (texts) => {
    const [, service, rest] = /^([^:\s][^:]*): (.+)$/s.exec(texts[''] ?? '') ?? ['', undefined, texts[''] ?? ''];
    const value = rest ?? '';
    return { ...(service === undefined ? {} : { service }), ...(URI.test(value) ? { uri: value } : { user: value }) };
  },
};

/** The whole contact but its picture and attachments. */
export const TABLE: SlotTable = {
  texts: TEXTS,
  entries: [nicknames, titles, emails, phones, addresses, links, onlineServices],
};
