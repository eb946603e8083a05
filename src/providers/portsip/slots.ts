/** Where PortSIP PBX keeps what: the 15 texts of a contact (REST API reference, User, Contacts). */
import type { Address, Card, EmailAddress, Organization, Phone, Title } from '../../model/card.js';
import { addressLine, fullName } from '../../model/view.js';
import type { EntryTable, Slot, SlotTable, TextSlot } from '../mapping.js';

/** "max: 64" of `name`, "max: 128" of the others, "max: 1024" of `notes`, in characters. */
const NAME_MAX = 64;
const TEXT_MAX = 128;
const NOTES_MAX = 1024;

const WORK = ['work'] as const;
const HOME = ['private'] as const;
const MOBILE = ['mobile'] as const;
const FAX = ['fax'] as const;

const slot = (path: string, shape: Omit<Slot, 'path' | 'key' | 'max'> = {}): Slot => ({
  path,
  key: path,
  max: TEXT_MAX,
  ...shape,
});

const PHONES: readonly Slot[] = [
  slot('business', { contexts: WORK }),
  slot('business2', { contexts: WORK }),
  slot('mobile_phone', { features: MOBILE }),
  slot('mobile_phone2', { features: MOBILE }),
  slot('business_fax', { contexts: WORK, features: FAX, takesPlain: true }),
  slot('home_fax', { contexts: HOME, features: FAX, takesPlain: true }),
  slot('other'),
  slot('home_phone', { contexts: HOME, takesPlain: true }),
  slot('home_phone2', { contexts: HOME, takesPlain: true }),
];

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const filled = (value: string): boolean => value.trim() !== '';

/** Characters as the vendor counts them (JSON Schema: code points). */
function fits(value: string): boolean {
  return value.length <= TEXT_MAX || Array.from(value).length <= TEXT_MAX;
}

/** A number or address that is cut would reach somebody else: what does not fit whole is left out. */
const whole = (value: string): Record<string, string> | undefined => (fits(value) ? { '': value } : undefined);

const emails: EntryTable<EmailAddress> = {
  property: 'emails',
  slots: [slot('email')],
  prefBySlot: true,
  write: ({ address }) => whole(text(address)),
  read: (texts) => ({ address: texts[''] ?? '' }),
};

const phones: EntryTable<Phone> = {
  property: 'phones',
  slots: PHONES,
  write: ({ number }) => whole(text(number).replace(/^tel:/i, '')),
  read: (texts) => ({ number: texts[''] ?? '' }),
};

const organizations: EntryTable<Organization> = {
  property: 'organizations',
  slots: [slot('company')],
  prefBySlot: true,
  write: ({ name }) => ({ '': text(name) }),
  read: (texts) => ({ name: texts[''] ?? '' }),
};

const titles: EntryTable<Title> = {
  property: 'titles',
  slots: [slot('title')],
  prefBySlot: true,
  write: ({ name, kind }) => (kind === undefined || kind === 'title' ? { '': text(name) } : undefined),
  read: (texts) => ({ name: texts[''] ?? '' }),
};

const oneLine = (value: string): string => value.replace(/\s*(?:\r\n|\r|\n)\s*/g, ', ');

/** One free line: the full text as it stands, else the components. */
const addresses: EntryTable<Address> = {
  property: 'addresses',
  slots: [slot('address')],
  prefBySlot: true,
  write: (address) => {
    const full = text(address.full);
    return { '': filled(full) ? oneLine(full.trim()) : addressLine(address) };
  },
  read: (texts) => ({ full: oneLine((texts[''] ?? '').trim()) }),
};

/** The display name; made from the components when there is no full one. */
const name: TextSlot = {
  path: 'name',
  max: NAME_MAX,
  get: (card) => (filled(text(card.name?.full)) ? text(card.name?.full) : fullName(card)),
  set: (card, full) => (card.name = { full }),
};

const lines = (value: string): string => value.replace(/\r\n?/g, '\n');

const notes: TextSlot = {
  path: 'notes',
  max: NOTES_MAX,
  get: (card: Card) =>
    Object.values(card.notes ?? {})
      .map((note) => lines(text(note.note)))
      .filter(filled)
      .join('\n\n'),
  set: (card, value) => (card.notes = { notes: { note: lines(value) } }),
};

/** The whole contact but its mark as a favourite. */
export const TABLE: SlotTable = { texts: [name, notes], entries: [emails, organizations, titles, phones, addresses] };

/** The documented texts, in the order of the vendor's page. */
export const TEXTS = [
  'name',
  'email',
  'company',
  'title',
  'business',
  'business2',
  'mobile_phone',
  'mobile_phone2',
  'home_phone',
  'home_phone2',
  'other',
  'business_fax',
  'home_fax',
  'address',
  'notes',
] as const;
