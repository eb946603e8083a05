/** A mailbox as Exchange keeps it: one store behind all four ways to it. */
export interface FakeEmail {
  address: string;
  name: string;
  type?: string | undefined;
  otherLabel?: string | undefined;
}

export type Texts = Record<string, string>;

/** By kind of number; `business` and `home` have two places. */
export type FakePhones = Record<string, string[]>;

export interface FakeContact {
  /** Changes when the contact moves; the immutable one does not. */
  id: string;
  immutableId: string;
  folder: string;
  version: number;
  /** Position in the history of the mailbox. */
  sequence: number;
  created: string;
  modified: string;
  texts: Texts;
  emails: FakeEmail[];
  phones: FakePhones;
  addresses: Record<string, Texts>;
  websites: Record<string, { address: string; displayName: string }>;
  lists: Record<'imAddresses' | 'children' | 'categories', string[]>;
  flag: Record<string, unknown>;
  isFavorite: boolean;
  /** Extended properties that are no field: by id, in small letters. */
  extended: Map<string, string>;
  photo: { type: string; bytes: Buffer } | undefined;
}

export interface FakeFolder {
  id: string;
  name: string;
  parent: string;
}

export interface Removal {
  contact: FakeContact;
  folder: string;
  sequence: number;
}

const ROOT = 'AAMkAGI2AAEOAAA=';

/** Ids that differ in the case of one letter only. */
function opaque(prefix: string, number: number): string {
  const letter = number % 2 === 0 ? 'a' : 'A';
  return `${prefix}-_${String(Math.floor(number / 2)).padStart(6, '0')}${letter}=`;
}

export class Store {
  readonly contacts = new Map<string, FakeContact>();
  readonly folders = new Map<string, FakeFolder>();
  readonly removals: Removal[] = [];
  readonly main: FakeFolder;
  private count = 0;
  private sequence = 0;

  constructor(readonly folderName = 'Contacts') {
    this.main = this.addFolder(folderName, ROOT);
  }

  /** The clock goes on by a second with each change. */
  now(): string {
    return new Date(Date.UTC(2024, 0, 1) + this.sequence * 1000).toISOString().replace('.000', '');
  }

  step(): number {
    return ++this.sequence;
  }

  get at(): number {
    return this.sequence;
  }

  addFolder(name: string, parent?: string): FakeFolder {
    const folder = { id: opaque('AQMkADAwATM', this.count++), name, parent: parent ?? this.main.id };
    this.folders.set(folder.id, folder);
    return folder;
  }

  childrenOf(parent: string): FakeFolder[] {
    return [...this.folders.values()].filter((folder) => folder.parent === parent);
  }

  blank(folder: string): FakeContact {
    const number = this.count++;
    return {
      id: opaque('AAMkAGI2THk', number),
      immutableId: opaque('AAkALgAAAAAAHYQ', number),
      folder,
      version: 0,
      sequence: 0,
      created: '',
      modified: '',
      texts: {},
      emails: [],
      phones: {},
      addresses: {},
      websites: {},
      lists: { imAddresses: [], children: [], categories: [] },
      flag: { flagStatus: 'notFlagged' },
      isFavorite: false,
      extended: new Map(),
      photo: undefined,
    };
  }

  save(contact: FakeContact): void {
    contact.version += 1;
    contact.sequence = this.step();
    contact.modified = this.now();
    if (contact.created === '') contact.created = contact.modified;
    this.contacts.set(contact.immutableId, contact);
  }

  remove(contact: FakeContact): void {
    this.contacts.delete(contact.immutableId);
    this.removals.push({ contact, folder: contact.folder, sequence: this.step() });
  }

  move(contact: FakeContact, folder: string): void {
    this.removals.push({ contact: { ...contact }, folder: contact.folder, sequence: this.step() });
    contact.folder = folder;
    contact.id = opaque('AAMkAGI2THk', this.count++);
    contact.sequence = this.step();
  }

  removeFolder(folder: FakeFolder): void {
    for (const child of this.childrenOf(folder.id)) this.removeFolder(child);
    for (const contact of this.inFolder(folder.id)) this.remove(contact);
    this.folders.delete(folder.id);
  }

  inFolder(folder: string): FakeContact[] {
    return [...this.contacts.values()].filter((contact) => contact.folder === folder);
  }

  /** By either form of its id. */
  find(id: string): FakeContact | undefined {
    return this.contacts.get(id) ?? [...this.contacts.values()].find((contact) => contact.id === id);
  }
}
