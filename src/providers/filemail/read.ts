/**
 * Reading contacts: Filemail gives the whole list, with each contact's groups, and nothing smaller (vendor page
 * "Contacts"). One reading answers for many single contacts, as long as nothing was written to them since.
 */
import { asArray } from '../../http/check.js';
import type { Book, Card, ContactRecord } from '../../model/card.js';
import { NotFound, ProtocolError } from '../../model/errors.js';
import { deriveUid, foldText } from '../../model/normalize.js';
import type { Clock } from '../../http/types.js';
import type { ListQuery } from '../types.js';
import { fieldsOf, textOf } from './answer.js';
import type { Api } from './api.js';
import { cardOf, nativeOf, type Native } from './map.js';

export const BOOK: Book = { id: 'contacts', name: 'Contacts', isDefault: true, readOnly: false };

/** Milliseconds that a reading answers for contacts that nothing was written to since. */
const FRESH_MS = 5_000;

export interface Contact extends Native {
  id: string;
  groupIds: string[];
}

/** One contact of `contacts/get` or of the answer of `contacts/add`. @throws ProtocolError naming `where` */
export function parseContact(value: unknown, where: string): Contact {
  const fields = fieldsOf(value, where);
  const id = textOf(fields, 'contactid', where);
  if (id === '') throw new ProtocolError(`answer of ${where}.contactid is missing`);
  const groups = fields.get('groups');
  const list = groups === undefined ? [] : asArray(groups, `${where}.groups`);
  return {
    id,
    name: textOf(fields, 'name', where),
    email: textOf(fields, 'email', where),
    mobile: textOf(fields, 'mobile', where),
    groupIds: list.map((group, index) => parseGroup(group, `${where}.groups[${index}]`).id),
  };
}

/** `contactgroupname` in the group calls, `name` inside a contact. @throws ProtocolError naming `where` */
export function parseGroup(value: unknown, where: string): { id: string; name: string } {
  const fields = fieldsOf(value, where);
  const id = textOf(fields, 'contactgroupid', where);
  if (id === '') throw new ProtocolError(`answer of ${where}.contactgroupid is missing`);
  return { id, name: textOf(fields, 'contactgroupname', where) || textOf(fields, 'name', where) };
}

/** What the server held at some time between `began` and `ended` (steps, see `Reader.step`). */
interface Reading {
  contacts: ReadonlyMap<string, Contact>;
  began: number;
  /** Milliseconds since the epoch. */
  at: number;
}

export interface ReaderOptions {
  api: Api;
  clock: Clock;
  user: string;
}

export class Reader {
  /** Counts readings and writes, so that it is known which came first. */
  private step = 0;
  private lastWrite = 0;
  private readonly written = new Map<string, number>();
  /** When each id was seen first: contacts that were there before a create are never its result. */
  private readonly seen = new Map<string, number>();
  /** When the create of a card began; `open` until `add` has answered with an id. */
  private readonly creates = new WeakMap<Card, { began: number; open: boolean }>();
  /** Ids that `add` has answered with, or that were found for it. */
  private readonly made = new Set<string>();
  private last: Reading | undefined;
  private running: { began: number; reading: Promise<Reading> } | undefined;

  constructor(private readonly options: ReaderOptions) {}

  /** One request. */
  async *list({ bookIds }: ListQuery): AsyncGenerator<ContactRecord> {
    if (bookIds !== undefined && !bookIds.includes(BOOK.id)) return;
    const { contacts } = await this.read();
    for (const contact of contacts.values()) yield this.recordOf(contact);
  }

  /** At most one request; none while a reading is a few seconds old and holds what was written since. @throws NotFound */
  async get(id: string): Promise<ContactRecord> {
    const contact = await this.find(id);
    if (contact === undefined) throw new NotFound('there is no such contact', { contact: id });
    return this.recordOf(contact);
  }

  async find(id: string): Promise<Contact | undefined> {
    const known = this.recent(this.written.get(id) ?? 0)?.contacts.get(id);
    if (known !== undefined) return known;
    return (await this.since(this.written.get(id) ?? 0)).contacts.get(id);
  }

  /** Everything as it is now: nothing was written since it was read. */
  async all(): Promise<ReadonlyMap<string, Contact>> {
    return (this.recent(this.lastWrite) ?? (await this.since(this.lastWrite))).contacts;
  }

  /** A write to the contact (or to its groups) has ended, well or not. */
  wrote(id: string): void {
    this.step += 1;
    this.lastWrite = this.step;
    this.written.set(id, this.step);
  }

  /** Before a create is sent: from now on a new id may be its contact. Reads the list when nothing was read yet. */
  async beforeCreate(card: Card): Promise<void> {
    if (this.creates.get(card)?.open === true) return;
    if (this.last === undefined) await this.since(0);
    this.creates.set(card, { began: ++this.step, open: true });
  }

  created(card: Card, id: string): void {
    this.claim(card, id);
    this.wrote(id);
  }

  /**
   * The contact of a create whose answer was lost: the name (which the server may have cut) and the address, not there
   * before, and best one that no other create was answered with. Reads the list.
   */
  async lookup(card: Card): Promise<ContactRecord | undefined> {
    const began = this.creates.get(card)?.began ?? 0;
    const wanted = nativeOf(card);
    const { contacts } = await this.read();
    let found: Contact | undefined;
    for (const contact of contacts.values()) {
      const made = this.made.has(contact.id);
      if ((this.seen.get(contact.id) ?? 0) <= began && !made) continue;
      if (!isSame(contact, wanted) || (made && found !== undefined)) continue;
      if (found === undefined || this.made.has(found.id) || contact.name === wanted.name) found = contact;
    }
    if (found === undefined) return undefined;
    this.claim(card, found.id);
    return this.recordOf(found);
  }

  /** The create is over: nothing else may take its contact. */
  private claim(card: Card, id: string): void {
    const create = this.creates.get(card);
    if (create !== undefined) create.open = false;
    this.made.add(id);
  }

  private recordOf(contact: Contact): ContactRecord {
    const { api, user } = this.options;
    const uid = deriveUid('filemail', api.host, user.toLowerCase(), contact.id);
    return { id: contact.id, bookIds: [BOOK.id], card: cardOf(contact, uid), uidDerived: true };
  }

  /** The last reading, when it began after that step and is not old. */
  private recent(after: number): Reading | undefined {
    const { last } = this;
    if (last === undefined || last.began < after) return undefined;
    const age = this.options.clock.now() - last.at;
    return age >= 0 && age <= FRESH_MS ? last : undefined;
  }

  /** A reading that is under way and began after that step, else a new one. */
  private since(after: number): Promise<Reading> {
    if (this.running !== undefined && this.running.began >= after) return this.running.reading;
    return this.read();
  }

  private read(): Promise<Reading> {
    const began = ++this.step;
    const reading = this.request(began).finally(() => {
      if (this.running?.reading === reading) this.running = undefined;
    });
    this.running = { began, reading };
    return reading;
  }

  private async request(began: number): Promise<Reading> {
    const what = 'list contacts';
    const at = this.options.clock.now();
    const fields = await this.options.api.call({ path: 'contacts/get', repeat: 'safe', what });
    const contacts = new Map<string, Contact>();
    // No contacts come as null or not at all, too: the status, which `call` has checked, says that this is the answer.
    for (const [index, item] of asArray(fields.get('contacts') ?? [], `${what}: contacts`).entries()) {
      const contact = parseContact(item, `${what}: contacts[${index}]`);
      if (!contacts.has(contact.id)) contacts.set(contact.id, contact);
    }
    const ended = ++this.step;
    for (const id of contacts.keys()) if (!this.seen.has(id)) this.seen.set(id, ended);
    const reading = { contacts, began, at };
    if (this.last === undefined || this.last.began < began) this.last = reading;
    return reading;
  }
}

/** The same address, and the same name as far as the server kept it. */
function isSame(contact: Contact, wanted: Native): boolean {
  if (contact.email.trim().toLowerCase() !== wanted.email.toLowerCase()) return false;
  const [kept, sent] = [foldText(contact.name), foldText(wanted.name)];
  return kept === sent || (kept !== '' && sent.startsWith(kept));
}
