/**
 * JSContact (RFC 9553) as plain JSON types, and what a server adds around a card.
 * vCard leftovers travel in `vCardProps`, `vCardParams` and `vCardName` (RFC 9555, sections 2.15 to 3).
 */

/** A key of a JSContact map: 1 to 255 characters of `[A-Za-z0-9_-]` (RFC 9553, section 1.4.1). */
export type Id = string;

/** A vCard property that has no JSContact home, as in jCard: name, parameters, type, value (RFC 9555, section 2.15.1). */
export type VCardProp = [name: string, params: Record<string, string | string[]>, type: string, ...values: unknown[]];

/** What every JSContact object may carry beside its own properties. Unknown names are kept, never dropped. */
export interface Extensible {
  '@type'?: string;
  /** vCard parameters without a JSContact home, lower-case names (RFC 9555, section 2.15.2). */
  vCardParams?: Record<string, string | string[]>;
  /** The vCard property this came from when the object type does not say (RFC 9555, section 2.15.3). */
  vCardName?: string;
  [extension: string]: unknown;
}

/** Contexts and preference that most objects share. `pref` is 1..100, lower is better. */
export interface Ranked extends Extensible {
  contexts?: Record<string, true>;
  pref?: number;
  label?: string;
}

export interface NameComponent extends Extensible {
  kind: string;
  value: string;
  phonetic?: string;
}
export interface Name extends Extensible {
  components?: NameComponent[];
  isOrdered?: boolean;
  defaultSeparator?: string;
  full?: string;
  sortAs?: Record<string, string>;
  phoneticScript?: string;
  phoneticSystem?: string;
}
export interface Nickname extends Ranked {
  name: string;
}
export interface OrgUnit extends Extensible {
  name: string;
  sortAs?: string;
}
export interface Organization extends Ranked {
  name?: string;
  units?: OrgUnit[];
  sortAs?: string;
}
export interface Title extends Ranked {
  name: string;
  kind?: string;
  organizationId?: Id;
}
export interface EmailAddress extends Ranked {
  address: string;
}
export interface Phone extends Ranked {
  number: string;
  features?: Record<string, true>;
}
export interface OnlineService extends Ranked {
  service?: string;
  uri?: string;
  user?: string;
}
export interface LanguagePref extends Ranked {
  language: string;
}
export interface AddressComponent extends Extensible {
  kind: string;
  value: string;
  phonetic?: string;
}
export interface Address extends Ranked {
  components?: AddressComponent[];
  isOrdered?: boolean;
  defaultSeparator?: string;
  full?: string;
  countryCode?: string;
  coordinates?: string;
  timeZone?: string;
}
/** A date that may lack its year, or its month and day (RFC 9553, section 2.8.1). */
export interface PartialDate extends Extensible {
  year?: number;
  month?: number;
  day?: number;
  calendarScale?: string;
}
export interface Timestamp extends Extensible {
  '@type': 'Timestamp';
  utc: string;
}
export interface Anniversary extends Extensible {
  kind: string;
  date: PartialDate | Timestamp;
  place?: Address;
  label?: string;
}
export interface Relation extends Extensible {
  relation?: Record<string, true>;
}
export interface Note extends Extensible {
  note: string;
  created?: string;
  author?: { '@type'?: string; name?: string; uri?: string };
}
export interface PersonalInfo extends Extensible {
  kind: string;
  value: string;
  level?: string;
  listAs?: number;
  label?: string;
}
/** Media, links, calendars, keys and directories share this shape (RFC 9553, section 1.4.4). */
export interface Resource extends Ranked {
  kind?: string;
  uri: string;
  mediaType?: string;
  listAs?: number;
}
export interface SpeakToAs extends Extensible {
  grammaticalGender?: string;
  pronouns?: Record<Id, Ranked & { pronouns: string }>;
}

/** A JSContact Card. Always written with `version` "1.0" and a `uid`. */
export interface Card extends Extensible {
  '@type': 'Card';
  version: string;
  uid: string;
  created?: string;
  updated?: string;
  kind?: string;
  language?: string;
  prodId?: string;
  members?: Record<string, true>;
  relatedTo?: Record<string, Relation>;
  name?: Name;
  nicknames?: Record<Id, Nickname>;
  organizations?: Record<Id, Organization>;
  speakToAs?: SpeakToAs;
  titles?: Record<Id, Title>;
  emails?: Record<Id, EmailAddress>;
  onlineServices?: Record<Id, OnlineService>;
  phones?: Record<Id, Phone>;
  preferredLanguages?: Record<Id, LanguagePref>;
  calendars?: Record<Id, Resource>;
  schedulingAddresses?: Record<Id, Ranked & { uri: string }>;
  addresses?: Record<Id, Address>;
  cryptoKeys?: Record<Id, Resource>;
  directories?: Record<Id, Resource>;
  links?: Record<Id, Resource>;
  media?: Record<Id, Resource>;
  localizations?: Record<string, Record<string, unknown>>;
  anniversaries?: Record<Id, Anniversary>;
  keywords?: Record<string, true>;
  notes?: Record<Id, Note>;
  personalInfo?: Record<Id, PersonalInfo>;
  vCardProps?: VCardProp[];
}

/** A card as one server holds it. What belongs to the server stays around the card, never inside. */
export interface ContactRecord {
  /** The provider's own id: opaque, case-sensitive. */
  id: string;
  /** Ids of the address books it is in (RFC 9610 `addressBookIds`). */
  bookIds: string[];
  card: Card;
  /** Version mark for conditional writes, where the server has one. */
  etag?: string;
  /** The uid was made by us (or is the server's id): it must never be used to recognise a contact elsewhere. */
  uidDerived?: boolean;
  /** The server will not let us change it (public book, company directory). */
  readOnly?: boolean;
  /** The picture or attachments exist on the server but were not read (lists of servers that leave them out). */
  hasPhoto?: boolean;
  /** Files are kept with the contact, as far as this reading tells. */
  hasAttachments?: boolean;
  /** The server's own object, for drivers that merge into it. Never printed, never journalled. */
  native?: unknown;
}

/** A named list of contacts. `memberIds` are ids of ContactRecords of the same provider. */
export interface Group {
  id: string;
  name: string;
  memberIds: string[];
  bookIds?: string[];
  etag?: string;
  /** Members the server names that are no contact of ours: an address or a uid, as the server wrote it. */
  foreign?: string[];
}

/** An address book (RFC 9610): a folder on most servers. */
export interface Book {
  id: string;
  name: string;
  description?: string;
  isDefault: boolean;
  readOnly: boolean;
  /** Read only when it is named: a list of everything leaves it out (a view of contacts that another book has, a directory). */
  aside?: boolean;
  /** Number of contacts, when the server tells without listing. */
  total?: number;
}

/** RFC 9610's ContactCard: the card plus the provider's id and books. The shape of `--json`. */
export type ContactCard = Card & { id: string; addressBookIds: Record<string, true> };

/** One picture, inline. */
export interface Photo {
  mediaType: string;
  bytes: Uint8Array;
}

/** A file kept with a contact. */
export interface Attachment {
  /** The server's own id, of use only together with the contact's. */
  id: string;
  name: string;
  mediaType: string;
  /** Bytes. */
  size: number;
}

/** An address that the user often writes to, as the server counts it. */
export interface FrequentContact {
  name: string;
  email: string;
  /** Milliseconds since the epoch. */
  lastUsed: number;
  /** How often it was chosen. */
  used: number;
  /** The contact it belongs to. */
  contactId?: string;
}
