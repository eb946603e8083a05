/** What the stand-in keeps: contacts of two books, and a log of changes for the sync tokens. */
import { randomUUID } from 'node:crypto';

export type FakeBook = 'personal' | 'company';

/** The 15 texts and their most characters, by the vendor's page. */
export const LIMITS: Readonly<Record<string, number>> = {
  name: 64,
  email: 128,
  company: 128,
  title: 128,
  business: 128,
  business2: 128,
  mobile_phone: 128,
  mobile_phone2: 128,
  home_phone: 128,
  home_phone2: 128,
  other: 128,
  business_fax: 128,
  home_fax: 128,
  address: 128,
  notes: 1024,
};

export interface FakeContact {
  id: string;
  book: FakeBook;
  /** Never blank ones. */
  texts: Record<string, string>;
  favorite: boolean;
  sync_type: string | null;
}

export type ChangeType = 'CREATED' | 'UPDATED' | 'DELETED';

export class Store {
  readonly contacts = new Map<string, FakeContact>();
  /** Newest contacts first, as some lists are. */
  newestFirst = false;
  readonly #log: { id: string; type: ChangeType }[] = [];
  readonly #tokens = new Map<string, number>();
  #next = 700_551_909_773_148_160n;

  /** A contact as the API would have made it. Blank texts are none. */
  add(
    texts: Record<string, string>,
    { book = 'personal', favorite = false, sync_type = null }: Partial<Omit<FakeContact, 'id' | 'texts'>> = {},
  ): FakeContact {
    // Lengths that need padding: ids hold `=`.
    const id = Buffer.from(String((this.#next += 1n)) + (this.contacts.size % 2 === 0 ? '0' : '')).toString('base64');
    const contact: FakeContact = { id, book, texts: {}, favorite, sync_type };
    this.contacts.set(id, contact);
    this.#put(contact, texts);
    this.#note(contact, 'CREATED');
    return contact;
  }

  change(contact: FakeContact, texts: Record<string, string>, rule: 'merge' | 'replace'): void {
    if (rule === 'replace') contact.texts = {};
    this.#put(contact, texts);
    this.#note(contact, 'UPDATED');
  }

  mark(contact: FakeContact, favorite: boolean): void {
    contact.favorite = favorite;
    this.#note(contact, 'UPDATED');
  }

  remove(contact: FakeContact): void {
    this.contacts.delete(contact.id);
    this.#note(contact, 'DELETED');
  }

  in(book: FakeBook): FakeContact[] {
    const all = [...this.contacts.values()].filter((contact) => contact.book === book);
    return this.newestFirst ? all.reverse() : all;
  }

  token(): string {
    const token = `${randomUUID()}/=+`;
    this.#tokens.set(token, this.#log.length);
    return token;
  }

  knows(token: string): boolean {
    return this.#tokens.has(token);
  }

  forget(token?: string): void {
    if (token === undefined) this.#tokens.clear();
    else this.#tokens.delete(token);
  }

  /** Each contact once. One that was made and deleted since may be told as deleted, or not at all. */
  since(token: string, ghosts: boolean): { id: string; type: ChangeType }[] {
    const changes = new Map<string, ChangeType>();
    const made = new Set<string>();
    for (const { id, type } of this.#log.slice(this.#tokens.get(token) ?? 0)) {
      if (type === 'CREATED') made.add(id);
      changes.set(id, type === 'UPDATED' && made.has(id) ? 'CREATED' : type);
    }
    return [...changes]
      .map(([id, type]) => ({ id, type }))
      .filter(({ id, type }) => type !== 'DELETED' || ghosts || !made.has(id));
  }

  #put(contact: FakeContact, texts: Record<string, string>): void {
    for (const key of Object.keys(LIMITS)) {
      const text = texts[key];
      if (text === undefined) continue;
      if (text.trim() === '') delete contact.texts[key];
      else contact.texts[key] = text;
    }
  }

  #note({ id, book }: FakeContact, type: ChangeType): void {
    if (book === 'personal') this.#log.push({ id, type });
  }
}

/** "Blank fields are explicitly included as null values." */
export function view(contact: FakeContact): Record<string, unknown> {
  const { id, book, texts, favorite, sync_type } = contact;
  const all: Record<string, unknown> = {};
  for (const key of Object.keys(LIMITS)) all[key] = texts[key] ?? null;
  return { id, ...all, sync_type, ...(book === 'personal' ? { favorite } : {}) };
}
