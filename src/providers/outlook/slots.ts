/**
 * Where a contact's entries go: the slots of both shapes (vendor page "contact resource type", v1.0 and beta). What
 * the flat shape has no member for goes into MAPI properties, as "Outlook extended properties overview" provides.
 */
import type { Address, EmailAddress, Nickname, OnlineService, Phone, Resource } from '../../model/card.js';
import type { EntryTable, Slot, SlotTable } from '../mapping.js';
import { addressFrom, addressTexts } from './address.js';
import type { Dialect } from './dialect.js';
import { textSlots } from './texts.js';

const WORK = ['work'] as const;
const HOME = ['private'] as const;

/** Native path of an extended property, by its id. */
export const extendedPath = (id: string): string => `extended.${id}`;

/** Ids of MAPI properties by what they hold ([MS-OXPROPS]). */
const TAG = {
  other: 'String 0x3A1F',
  assistant: 'String 0x3A2E',
  businessFax: 'String 0x3A24',
  homeFax: 'String 0x3A25',
  otherFax: 'String 0x3A23',
  pager: 'String 0x3A21',
  radio: 'String 0x3A1D',
  homePage: 'String 0x3A50',
} as const;

/** Two business and two home numbers, one of each other kind: the server refuses a contact with more. */
const PHONES: readonly (Omit<Slot, 'path'> & { flat: string; typed: string })[] = [
  { key: 'business', contexts: WORK, flat: 'businessPhones.0', typed: 'phones.business.0' },
  { key: 'business2', contexts: WORK, flat: 'businessPhones.1', typed: 'phones.business.1' },
  { key: 'mobile', features: ['mobile'], flat: 'mobilePhone', typed: 'phones.mobile.0' },
  {
    ...{ key: 'businessFax', contexts: WORK, features: ['fax'], takesPlain: true },
    ...{ flat: extendedPath(TAG.businessFax), typed: 'phones.businessFax.0' },
  },
  {
    ...{ key: 'homeFax', contexts: HOME, features: ['fax'], takesPlain: true },
    ...{ flat: extendedPath(TAG.homeFax), typed: 'phones.homeFax.0' },
  },
  { key: 'otherFax', features: ['fax'], flat: extendedPath(TAG.otherFax), typed: 'phones.otherFax.0' },
  { key: 'pager', features: ['pager'], flat: extendedPath(TAG.pager), typed: 'phones.pager.0' },
  { key: 'assistant', label: 'assistant', flat: extendedPath(TAG.assistant), typed: 'phones.assistant.0' },
  { key: 'radio', label: 'radio', flat: extendedPath(TAG.radio), typed: 'phones.radio.0' },
  { key: 'other', flat: extendedPath(TAG.other), typed: 'phones.other.0' },
  { key: 'home', contexts: HOME, takesPlain: true, flat: 'homePhones.0', typed: 'phones.home.0' },
  { key: 'home2', contexts: HOME, takesPlain: true, flat: 'homePhones.1', typed: 'phones.home.1' },
];

const ADDRESSES: readonly (Omit<Slot, 'path'> & { flat: string; typed: string })[] = [
  { key: 'business', contexts: WORK, takesPlain: true, flat: 'businessAddress', typed: 'postalAddresses.business' },
  { key: 'home', contexts: HOME, takesPlain: true, flat: 'homeAddress', typed: 'postalAddresses.home' },
  { key: 'other', flat: 'otherAddress', typed: 'postalAddresses.other' },
];

const FLAT_LINKS: readonly Slot[] = [
  { path: 'businessHomePage', key: 'work', contexts: WORK, takesPlain: true },
  { path: extendedPath(TAG.homePage), key: 'home', contexts: HOME, takesPlain: true },
];

const TYPED_LINKS: readonly Slot[] = [
  { path: 'websites.work', key: 'work', contexts: WORK, takesPlain: true },
  { path: 'websites.home', key: 'home', contexts: HOME, takesPlain: true },
  { path: 'websites.other', key: 'other' },
  { path: 'websites.blog', key: 'blog', label: 'blog' },
  { path: 'websites.profile', key: 'profile', label: 'profile' },
];

/** Members of an address in the native form, in our order. */
export const ADDRESS_PARTS = ['street', 'city', 'state', 'countryOrRegion', 'postalCode'] as const;
export const TYPED_ADDRESS_PARTS = ['postOfficeBox', ...ADDRESS_PARTS] as const;

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const shaped = (dialect: Dialect, slots: readonly (Omit<Slot, 'path'> & { flat: string; typed: string })[]): Slot[] =>
  slots.map(({ flat, typed, ...slot }) => ({ ...slot, path: dialect.shape === 'flat' ? flat : typed }));

const EMAIL_SLOTS: readonly Slot[] = [0, 1, 2].map((at) => ({ path: `emailAddresses.${at}`, key: `email${at + 1}` }));

/** A label stands in `name`, which otherwise is the person's name. */
const plainEmails: EntryTable<EmailAddress> = {
  property: 'emails',
  slots: EMAIL_SLOTS,
  prefBySlot: true,
  parts: ['address', 'name'],
  write: ({ address, label }) =>
    text(address).trim() === '' ? undefined : { address: text(address), name: text(label).trim() },
  read: ({ address, name }) =>
    address === undefined ? undefined : { address, ...(name === undefined ? {} : { label: name }) },
};

const TYPE_CONTEXT: Record<string, string> = { work: 'work', personal: 'private' };

/** With a type; a label that has none beside it stands in `otherLabel`. */
const typedEmails: EntryTable<EmailAddress> = {
  property: 'emails',
  slots: EMAIL_SLOTS,
  prefBySlot: true,
  parts: ['address', 'name', 'type', 'otherLabel'],
  write: ({ address, label, contexts }) => {
    if (text(address).trim() === '') return undefined;
    const type = contexts?.['work'] === true ? 'work' : contexts?.['private'] === true ? 'personal' : '';
    const name = text(label).trim();
    if (type !== '' || name === '') return { address: text(address), type, name };
    return { address: text(address), type: 'other', otherLabel: name };
  },
  read: ({ address, name, type = '', otherLabel }) => {
    if (address === undefined) return undefined;
    const context = Object.hasOwn(TYPE_CONTEXT, type) ? TYPE_CONTEXT[type] : undefined;
    const label = type === 'other' ? (otherLabel ?? name) : name;
    return {
      address,
      ...(context === undefined ? {} : { contexts: { [context]: true as const } }),
      ...(label === undefined ? {} : { label }),
    };
  },
};

function phones(dialect: Dialect): EntryTable<Phone> {
  return {
    property: 'phones',
    slots: shaped(dialect, PHONES),
    write: ({ number }) => ({ '': text(number).replace(/^tel:/i, '') }),
    read: (texts) => ({ number: texts[''] ?? '' }),
  };
}

function addresses(dialect: Dialect): EntryTable<Address> {
  const typed = dialect.shape === 'typed';
  return {
    property: 'addresses',
    slots: shaped(dialect, ADDRESSES),
    parts: typed ? TYPED_ADDRESS_PARTS : ADDRESS_PARTS,
    write: (address) => ({ ...addressTexts(address, typed) }),
    read: addressFrom,
  };
}

const flatLinks: EntryTable<Resource> = {
  property: 'links',
  slots: FLAT_LINKS,
  write: ({ uri, kind }) => (kind === undefined ? { '': text(uri) } : undefined),
  read: (texts) => ({ uri: texts[''] ?? '' }),
};

const typedLinks: EntryTable<Resource> = {
  property: 'links',
  slots: TYPED_LINKS,
  parts: ['address', 'displayName'],
  write: ({ uri, kind, label }) =>
    kind === undefined && text(uri).trim() !== '' ? { address: text(uri), displayName: text(label) } : undefined,
  read: ({ address, displayName }) =>
    address === undefined ? undefined : { uri: address, ...(displayName === undefined ? {} : { label: displayName }) },
};

const nicknames: EntryTable<Nickname> = {
  property: 'nicknames',
  slots: [{ path: 'nickName', key: 'nickName' }],
  write: ({ name }) => ({ '': text(name) }),
  read: (texts) => ({ name: texts[''] ?? '' }),
};

const URI = /^[a-z][a-z0-9+.-]*:[^\s]+$/i;

/** Texts are free: a URI or a user name stands as it is, a service is put before it as "Skype: tom". */
const onlineServices: EntryTable<OnlineService> = {
  property: 'onlineServices',
  slots: [0, 1, 2].map((at) => ({ path: `imAddresses.${at}`, key: `im${at + 1}` })),
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

const TABLES = new Map<Dialect, SlotTable>();

/** The whole contact but its picture. */
export function tableOf(dialect: Dialect): SlotTable {
  let table = TABLES.get(dialect);
  if (table === undefined) {
    const emails = dialect.typedEmails ? typedEmails : plainEmails;
    const links = dialect.shape === 'flat' ? flatLinks : typedLinks;
    const entries = [nicknames, emails, phones(dialect), addresses(dialect), links, onlineServices];
    TABLES.set(dialect, (table = { texts: textSlots(dialect), entries }));
  }
  return table;
}
