/** What the stand-in keeps: folders, contacts, sessions; and the documented members of a contact object. */
import { randomUUID } from 'node:crypto';

export interface FakeMember {
  guid: string;
  name: string;
  email: string;
}

export interface FakeAttachment {
  id: number;
  name: string;
  mime_type: string;
  bytes: Buffer;
}

/** A contact: texts by member, nested objects and lists as the page shows them. */
export interface FakeContact {
  id: string;
  folder: number;
  group: boolean;
  texts: Record<string, string>;
  nested: Record<string, Record<string, string>>;
  lists: Record<string, Record<string, string>[]>;
  members: FakeMember[];
  picture: string;
  attachments: FakeAttachment[];
}

export interface FakeFolder {
  id: number;
  display_name: string;
  path: string;
  parent_id: number;
  default?: boolean;
  public?: boolean;
  shared?: boolean;
  /** Only true ones are sent. */
  permissions: Record<string, boolean>;
}

export const TEXTS = [
  'name',
  'categories',
  'company',
  'title',
  'office',
  'department',
  'assistant',
  'manager',
  'nick_name',
  'partner',
  'children',
  'birthday',
  'anniversary',
  'notes',
  'notes_html',
  'IM',
  'IM2',
  'IM3',
  'government_id',
  'customer_id',
  'file_as',
  'account_name',
  'blackberry_pin',
] as const;

export const NESTED: Record<string, readonly string[]> = {
  emails: ['email', 'email2', 'email3'],
  name_details: ['first_name', 'middle_name', 'last_name', 'title', 'suffix'],
  phone: [
    'home_mobile',
    'mobile',
    'business',
    'business2',
    'home',
    'home2',
    'business_main',
    'assistant',
    'business_fax',
    'home_fax',
    'car',
    'pager',
    'radio',
    'ip',
    'other',
  ],
};

export const LISTS: Record<string, { types: readonly string[]; members: readonly string[] }> = {
  web_addresses: { types: ['business', 'home'], members: ['type', 'address'] },
  addresses: {
    types: ['home', 'business', 'other'],
    members: ['type', 'address', 'city', 'state', 'zipcode', 'country'],
  },
};

const ALL = { can_create: true, can_delete: true, can_edit: true, can_read: true, can_write: true, can_rename: true };

export class Store {
  readonly folders = new Map<number, FakeFolder>();
  readonly contacts = new Map<string, FakeContact>();
  /** Uploaded pictures that may be carried by a create or update. */
  readonly pictures = new Set<string>();
  /** Files uploaded for unsaved contacts. */
  readonly temps = new Map<string, FakeAttachment>();
  frequent: unknown[] = [];
  sortColumn = 'name';
  groupSort = 'name';
  #next = 100;

  constructor() {
    this.addFolder({ id: 12, display_name: 'Contacts', default: true });
  }

  number(): number {
    return (this.#next += 1);
  }

  addFolder(folder: Partial<FakeFolder>): FakeFolder {
    const name = folder.display_name ?? 'Folder';
    const made: FakeFolder = {
      id: folder.id ?? this.number(),
      display_name: name,
      path: name,
      parent_id: 0,
      permissions: { ...ALL },
      ...folder,
    };
    this.folders.set(made.id, made);
    return made;
  }

  /** A contact as the API would have made it, from the members of the page. */
  add(given: Record<string, unknown>, folder = 12): FakeContact {
    const contact: FakeContact = {
      id: typeof given['id'] === 'string' ? given['id'] : randomUUID(),
      folder,
      group: given['group'] === true,
      texts: {},
      nested: {},
      lists: {},
      members: (given['members'] as FakeMember[] | undefined) ?? [],
      picture: typeof given['picture'] === 'string' ? given['picture'] : '',
      attachments: [],
    };
    for (const key of TEXTS) if (typeof given[key] === 'string') contact.texts[key] = given[key];
    for (const key of Object.keys(NESTED))
      contact.nested[key] = { ...(given[key] as Record<string, string> | undefined) };
    for (const key of Object.keys(LISTS))
      contact.lists[key] = structuredClone((given[key] as Record<string, string>[] | undefined) ?? []);
    this.contacts.set(contact.id, contact);
    return contact;
  }

  inFolders(ids: readonly number[]): FakeContact[] {
    return [...this.contacts.values()].filter((contact) => ids.includes(contact.folder));
  }
}

export function text(contact: FakeContact, path: string): string {
  const [first = '', second] = path.split('.');
  return (second === undefined ? contact.texts[first] : contact.nested[first]?.[second]) ?? '';
}

/** The members that the page shows, all of them with '' where there is nothing, or only those with content. */
export function view(contact: FakeContact, blanks: boolean): Record<string, unknown> {
  const filled = (record: Record<string, string>, keys: readonly string[]): Record<string, string> =>
    Object.fromEntries(
      keys.map((key) => [key, record[key] ?? ''] as const).filter(([, value]) => blanks || value !== ''),
    );
  const out: Record<string, unknown> = { id: contact.id, group: contact.group, ...filled(contact.texts, TEXTS) };
  for (const [key, keys] of Object.entries(NESTED)) out[key] = filled(contact.nested[key] ?? {}, keys);
  for (const [key, { members }] of Object.entries(LISTS)) {
    out[key] = (contact.lists[key] ?? []).map((entry) => filled(entry, members));
  }
  return { ...out, folder: contact.folder };
}
