/** The two address books of a PortSIP user, and how an id says which one it is from. */
import { NotFound } from '../../model/errors.js';

export const PERSONAL = 'personal';
export const COMPANY = 'company';

/** Calls of the personal contacts (page "User", Contacts), and of the company's (page "Contacts"). */
const ROOTS: Readonly<Record<string, string>> = { [PERSONAL]: 'user/contacts', [COMPANY]: 'contacts' };
export const NAMES: Readonly<Record<string, string>> = {
  [PERSONAL]: 'Personal contacts',
  [COMPANY]: 'Company contacts',
};

export interface Place {
  book: string;
  /** The server's own id. */
  raw: string;
}

const PREFIX = /^(personal|company):/;

/** Personal contacts keep the server's id; the company's get the book before it. Unambiguous whatever the ids hold. */
export function toId({ book, raw }: Place): string {
  return book === COMPANY || PREFIX.test(raw) ? `${book}:${raw}` : raw;
}

export function placeOf(id: string): Place {
  const book = PREFIX.exec(id)?.[1];
  return book === undefined ? { book: PERSONAL, raw: id } : { book, raw: id.slice(book.length + 1) };
}

/** Path of a book's calls. @throws NotFound for a book that PortSIP has not */
export function rootOf(book: string): string {
  const root = Object.hasOwn(ROOTS, book) ? ROOTS[book] : undefined;
  if (root !== undefined) return root;
  throw new NotFound(`no address book "${book}"`, { hint: `there are: ${Object.keys(ROOTS).join(', ')}` });
}

/** Ids that would make another call of the path. */
const NO_IDS = new Set(['', '.', '..', 'sync_tokens', 'export']);

/**
 * Path of a contact, with what is done to it (`destroy`). The id is opaque and may hold `=` and worse.
 * @throws NotFound for an id that no contact can have
 */
export function contactPath(id: string, action?: string): string {
  const { book, raw } = placeOf(id);
  if (NO_IDS.has(raw)) throw new NotFound('there is no such contact', { contact: id });
  // A lone surrogate, which no server can have sent, cannot be encoded: it becomes a replacement character.
  const segment = encodeURIComponent(Buffer.from(raw, 'utf8').toString('utf8'));
  return `${rootOf(book)}/${segment}${action === undefined ? '' : `/${action}`}`;
}

/** The book that a name or id means, the personal one for none; undefined for a book that PortSIP has not. */
export function bookByName(name: string | undefined): string | undefined {
  const wanted = name?.trim().toLowerCase() ?? '';
  if (wanted === '') return PERSONAL;
  return Object.keys(ROOTS).find((id) => id === wanted || NAMES[id]?.toLowerCase() === wanted);
}

/** The same for writing. @throws NotFound */
export function bookNamed(name: string | undefined): string {
  const book = bookByName(name);
  if (book !== undefined) return book;
  throw new NotFound(`no address book "${name ?? ''}"`, { hint: `there are: ${Object.values(NAMES).join(', ')}` });
}
