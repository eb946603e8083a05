/** The contract between a driver and everything else. Terms: RFC 9610 (books, ContactCard), RFC 9553 (Card). */
import type { Book, Card, ContactRecord, Group, Photo } from '../model/card.js';
import type { PatchObject } from '../model/patch.js';
import type { Secret } from '../model/text.js';
import type { Clock, HttpClient, HttpClientOptions } from '../http/types.js';
import type { AttachmentAbility, CompanyAbility, FrequentAbility, OwnExports } from './extras.js';

export type * from './extras.js';

/** One `--option KEY=VALUE` or secret of a provider, as `profile add` asks for it and the docs show it. */
export interface OptionSpec {
  key: string;
  help: string;
  /** Kept in the keyring, given by `--secret-stdin`, never shown. */
  secret?: boolean;
  required?: boolean;
  example?: string;
  choices?: readonly string[];
}

/** The fate of a field at this provider, for matrices and lost-field tables. Facts in code decide; a test compares. */
export interface FieldFate {
  /** Name of a field of `model/fields.ts`. */
  field: string;
  fate: 'kept' | 'partly' | 'lost' | 'readOnly';
  /** The server's slots and limits in a few words: "3 addresses", "64 characters". */
  note?: string;
}

/** Everything optional that a provider may offer, by name; `providers` prints them, a test compares them with the code. */
export type Ability =
  | 'create'
  | 'update'
  | 'delete'
  | 'search'
  | 'autocomplete'
  | 'changes'
  | 'groups'
  | 'avatars'
  | 'bookAdmin'
  | 'move'
  | 'copy'
  | 'attachments'
  | 'companies'
  | 'frequent'
  | 'away';

/** What a driver is, known without a sign-in. */
export interface ProviderDefinition {
  readonly name: string;
  readonly title: string;
  /** The vendor's page or the standard. */
  readonly docs: string;
  readonly url: 'required' | 'optional' | 'none';
  readonly urlExample?: string;
  /** Ways to sign in, first is the default. */
  readonly auth: readonly ('password' | 'token' | 'none')[];
  readonly options: readonly OptionSpec[];
  readonly abilities: readonly Ability[];
  /** Why this very server can do less than others of its kind; for errors about what is missing. */
  readonly limited?: string;
  /** How groups are kept: the server's own lists, categories of its contacts (keywords), or not at all. */
  readonly groups: 'own' | 'keywords' | 'none';
  readonly fields: readonly FieldFate[];
  /** Fields whose fate the vendor does not document: written, but the plan says they may not be kept. */
  readonly unsure?: readonly string[];
  /**
   * Fields that are written and that reading may not show again. Where a contact does not show one, nothing is known
   * of it there: it is no difference, it cannot be verified, and it alone is no reason to write the contact again.
   */
  readonly writeOnly?: readonly string[];
  readonly limits: { concurrency: number; pageSize?: number };
  /** The server stores pictures anew (size, compression): two pictures count as equal when both are there. */
  readonly reencodesPhotos?: true;
  open(ctx: ProviderContext): Promise<Provider>;
  /**
   * Signs in where a person agrees in a browser (`profile login`, RFC 8628): shows the code, waits, and keeps what it
   * got by `ctx.keepSecret`. @throws AuthError when it was declined or has expired
   */
  login?(ctx: ProviderContext, show: (prompt: SignInPrompt) => void): Promise<void>;
}

/** What a person needs to sign in on another device (RFC 8628, section 3.2). */
export interface SignInPrompt {
  url: string;
  code: string;
  /** Milliseconds since the epoch. */
  expiresAt: number;
}

/** What a driver gets from outside. It reads no files and no environment, and keeps no time of its own. */
export interface ProviderContext {
  /** Name of the profile, for errors. */
  profile: string;
  url?: string;
  user?: string;
  /** Address book to write to by default, by name, path or id, when the profile names one. */
  book?: string;
  options: Readonly<Record<string, string>>;
  /** `password`, `token`, or the key of a secret option. Undefined when none was given. */
  secret(key: string): Promise<Secret | undefined>;
  /** Keeps a secret that the server gave (a new refresh token) where the profile's secrets are. */
  keepSecret(key: string, value: Secret): Promise<void>;
  /** Opens the profile's one keep-alive pool with the user's limits applied. */
  http(options: HttpClientOptions): HttpClient;
  clock: Clock;
  signal: AbortSignal;
  /** A warning for the user (stderr). The text may hold server words: the receiver makes it printable. */
  warn(message: string): void;
}

export type SortKey = 'name' | 'last-name' | 'email' | 'company' | 'updated';

export interface ListQuery {
  /** Books to read, by id; all readable ones of the user when absent. */
  bookIds?: readonly string[];
  /** Pictures must be in the cards (export, migrate). Without it a driver may leave them out and set `hasPhoto`. */
  media?: boolean;
  /** Asked only of drivers whose `honours.sort` holds the key. */
  sort?: { key: SortKey; descending: boolean };
  /**
   * Told of each card of kind `group` that the listing passes over, so that contacts and groups cost one reading.
   * Only drivers with `tellsGroups` call it.
   */
  onGroup?: GroupListener;
  /** Told of each contact that is there and cannot be read, instead of the user (`ProviderContext.warn`). */
  onReject?: RejectListener;
}

/** What `ListQuery.onGroup` is told: the group's card, its members as uids. */
export type GroupListener = (record: ContactRecord) => void;

/** What `ListQuery.onReject` is told. */
export type RejectListener = (contact: Unreadable) => void;

/** A contact that is there and cannot be read. */
export interface Unreadable {
  /** Where it is: the path on the server, the file in a folder. */
  id: string;
  error: string;
  /** What is there, as far as it was read. */
  raw: Uint8Array;
}

export interface NewContact {
  card: Card;
  bookId?: string;
}

export interface ContactChange {
  /** The whole card as it shall be. */
  next: Card;
  /** The same as a patch against `last.card`. */
  patch: PatchObject;
  /** What was read before. Its etag guards the write where the server can; `etag: undefined` means unconditional. */
  last: ContactRecord;
}

export interface WriteResult {
  id: string;
  etag?: string;
  bookIds?: string[];
}

/** One row an e-mail address (autocomplete). */
export interface Suggestion {
  id: string;
  name: string;
  email: string;
  /** For groups: the addresses are the members'. */
  group?: boolean;
  bookId?: string;
  organization?: string;
}

export interface Changes {
  /** Full cards. An id may come as created or updated more than once: the last one counts. */
  created: ContactRecord[];
  updated: ContactRecord[];
  removed: string[];
  token: string;
  /** The token could not be used (expired, unknown): everything is in `created` and `removed` says nothing. */
  reset?: boolean;
}

export interface AccountInfo {
  /** Who we are signed in as, in the server's words. */
  user: string;
  server: string;
  /** Further facts for `profile test`, label to value. */
  details: Record<string, string>;
}

export interface GroupAbility {
  /** Members are kept by the uid of their card: a contact that comes back under its uid is a member again. */
  readonly membersByUid?: true;
  list(query?: { bookIds?: readonly string[] }): Promise<Group[]>;
  create(name: string, memberIds: readonly string[], bookId?: string): Promise<Group>;
  rename(group: Group, name: string): Promise<void>;
  /** Replaces the members. Foreign members stay. */
  setMembers(group: Group, memberIds: readonly string[]): Promise<void>;
  delete(group: Group): Promise<void>;
  /** Ids of the members in the server's order; undefined when it does not know that one. */
  sorted?(group: Group, sort: NonNullable<ListQuery['sort']>): Promise<string[] | undefined>;
}

/** Pictures where the server has calls of its own; elsewhere the engine reads and writes `media` in the card. */
export interface AvatarAbility {
  get(id: string): Promise<Photo | undefined>;
  /** Pictures of many contacts in one request, by contact id; those it leaves out are asked for one by one. */
  all?(): Promise<Map<string, Photo>>;
  set?(id: string, photo: Photo): Promise<void>;
  delete?(id: string): Promise<void>;
  /** Why pictures cannot be removed, where there is no `delete`. */
  readonly noDelete?: string;
}

export interface BookAdmin {
  /** The books it makes take no new contacts (see `Book.aside`): a migration makes none of them. */
  readonly aside?: true;
  create(name: string): Promise<Book>;
  rename(id: string, name: string): Promise<Book>;
  delete(id: string): Promise<void>;
}

/** Groups are cards of kind `group` in no list: `list` and `get` yield people, organizations, places; never groups. */
export interface Provider {
  readonly definition: ProviderDefinition;
  /** Signs in and says who and what it found. */
  check(): Promise<AccountInfo>;
  /** `wanted`: ids or names of the only ones that matter. A driver may leave out others that would cost a request. */
  books(wanted?: readonly string[]): Promise<Book[]>;
  /** Streams, page by page, until the server says it is done. Never holds more than a page (or a batch per book). */
  list(query: ListQuery): AsyncIterable<ContactRecord>;
  /** The whole contact, picture included. @throws NotFound */
  get(id: string): Promise<ContactRecord>;
  close(): Promise<void>;

  /**
   * The card as this server would give it back: mapped to the native form and back, without any request. The engine
   * computes losses by comparing; no driver writes loss code. Must be pure and deterministic. The uid may differ.
   */
  project(card: Card): Card;
  /** The same where only an asynchronous way is exact (file formats). The engine prefers it; `project` approximates. */
  projectLater?(card: Card): Promise<Card>;
  /** Why this server cannot hold the card at all ("a Filemail contact needs an e-mail address"); undefined when it can. */
  unstorable?(card: Card): string | undefined;

  /** Groups are cards among the contacts: `list` tells them to `onGroup`. */
  readonly tellsGroups?: true;
  readonly honours?: { sort?: readonly SortKey[] };
  /** @throws Conflict when the uid or name exists; Refused with the server's words; UnknownOutcome. */
  create?(contact: NewContact): Promise<WriteResult>;
  /** @throws NotFound, Conflict (changed meanwhile), Refused, UnknownOutcome */
  update?(id: string, change: ContactChange): Promise<WriteResult>;
  /** @throws NotFound, Conflict */
  delete?(record: ContactRecord): Promise<void>;
  /** Server search that finds at least what the client would: candidates, filtered again by the engine. */
  search?(words: readonly string[], query: ListQuery): AsyncIterable<ContactRecord>;
  /**
   * Names of the fields (`model/fields.ts`) that `search` looks into as thoroughly as the client would. Where some are
   * missing the server's search may overlook contacts, and only reading them all is complete.
   */
  readonly searchCovers?: readonly string[];
  /** @throws Unsupported when this server has it switched off: the engine then looks itself */
  autocomplete?(prefix: string, limit: number): Promise<Suggestion[]>;
  changes?: {
    /** A token for now. */
    current(bookIds?: readonly string[]): Promise<string>;
    since(token: string | undefined, bookIds?: readonly string[]): Promise<Changes>;
  };
  groups?: GroupAbility;
  avatars?: AvatarAbility;
  bookAdmin?: BookAdmin;
  attachments?: AttachmentAbility;
  companies?: CompanyAbility;
  frequent?: FrequentAbility;
  /** Whether that address answers that it is out of office. @throws NotFound when the server does not tell of it */
  away?(address: string): Promise<boolean>;
  ownExports?: OwnExports;
  move?(record: ContactRecord, bookId: string): Promise<WriteResult>;
  copy?(record: ContactRecord, bookId: string): Promise<WriteResult>;
  /**
   * Looks for a contact whose create was sent and whose answer was lost. Cheaper than listing: by chosen href or uid.
   * Where it is missing the engine lists and compares.
   */
  lookup?(contact: NewContact): Promise<ContactRecord | undefined>;
  /** Writes that were staged become real (files): called once before verification and at the end. */
  flush?(): Promise<void>;
}
