/** Writing contacts (vendor page "Contacts"): no version marks, the last writer wins. */
import type { Card, ContactRecord } from '../../model/card.js';
import { NotFound, Refused, UnknownOutcome } from '../../model/errors.js';
import { fullName } from '../../model/view.js';
import type { ContactChange, NewContact, WriteResult } from '../types.js';
import { orUnknown, type Api, type Call } from './api.js';
import { nativeOf, unstorable } from './map.js';
import { BOOK, parseContact, type Contact, type Reader } from './read.js';

/** @throws NotFound */
export function requireBook(bookId: string | undefined): void {
  if (bookId === undefined || bookId === BOOK.id || bookId.toLowerCase() === BOOK.name.toLowerCase()) return;
  throw new NotFound(`there is no address book "${bookId}"`, { hint: `Filemail has one: ${BOOK.name}` });
}

/**
 * A delete whose first try may have been done without an answer: only then a second try that finds nothing means done.
 * @throws NotFound when it was not there in the first place
 */
export async function deleteOnce(api: Api, call: Omit<Call, 'repeat'>): Promise<void> {
  try {
    await api.call({ ...call, repeat: 'never' });
    return;
  } catch (error) {
    if (!(error instanceof UnknownOutcome)) throw error;
  }
  try {
    await api.call({ ...call, repeat: 'idempotent' });
  } catch (error) {
    if (!(error instanceof NotFound)) throw error;
  }
}

/** The parameters of `contacts/update`: only what changed. An empty `mobile` only where one was shown and is to go. */
function changedFields(last: Card, next: Card): Record<string, string> {
  const [before, after] = [nativeOf(last), nativeOf(next)];
  const fields: Record<string, string> = {};
  const nameless = fullName(last) === '' && fullName(next) === '';
  if (!nameless && after.name !== before.name) fields['name'] = after.name;
  if (after.email !== before.email) fields['email'] = after.email;
  if (after.mobile !== before.mobile) fields['mobile'] = after.mobile;
  return fields;
}

export class Writer {
  constructor(
    private readonly api: Api,
    private readonly reader: Reader,
    /** The profile's address book. */
    private readonly book: string | undefined,
    private readonly warn: (message: string) => void,
  ) {}

  async create({ card, bookId }: NewContact): Promise<WriteResult> {
    const what = 'create the contact';
    const reason = unstorable(card);
    if (reason !== undefined) throw new Refused(`cannot ${what}: ${reason}`);
    requireBook(bookId ?? this.book);
    await this.reader.beforeCreate(card);
    const native = nativeOf(card);
    const { name, email, mobile } = native;
    const form = { name, email, ...(mobile === '' ? {} : { mobile }) };
    const fields = await this.api.call({ path: 'contacts/add', form, repeat: 'never', what });
    const made = orUnknown(what, () => parseContact(fields.get('contact'), `${what}: contact`));
    this.reader.created(card, made.id);
    this.compare(native, made);
    return { id: made.id, bookIds: [BOOK.id] };
  }

  async update(id: string, { next, last }: ContactChange): Promise<WriteResult> {
    const what = 'update the contact';
    const form = changedFields(last.card, next);
    if (form['email'] === '') {
      throw new Refused(`cannot ${what}: ${unstorable(next) ?? 'it needs an e-mail address'}`, { contact: id });
    }
    const result = { id, bookIds: [BOOK.id] };
    if (Object.keys(form).length === 0) {
      await this.reader.get(id);
      return result;
    }
    const call: Call = { path: 'contacts/update', form: { contactid: id, ...form }, repeat: 'idempotent', what };
    try {
      await this.api.call({ ...call, about: 'contact', contact: id });
    } catch (error) {
      throw await this.notFoundOrRefused(id, error);
    } finally {
      this.reader.wrote(id);
    }
    return result;
  }

  async delete({ id }: ContactRecord): Promise<void> {
    const form = { contactid: id };
    const call = { path: 'contacts/delete', form, what: 'delete the contact', about: 'contact', contact: id };
    try {
      await deleteOnce(this.api, call);
    } finally {
      this.reader.wrote(id);
    }
  }

  /** The same code says that the id is unknown and that another parameter is wrong: the list knows which. */
  private async notFoundOrRefused(id: string, error: unknown): Promise<unknown> {
    if (!(error instanceof NotFound)) return error;
    this.reader.wrote(id);
    if ((await this.reader.find(id)) === undefined) return error;
    const why = error.why === undefined ? {} : { why: error.why };
    return new Refused('cannot update the contact: Filemail refused', { ...why, contact: id });
  }

  /** `add` answers with the contact as it was stored: names may be trimmed or cut, the page does not say. */
  private compare(sent: ReturnType<typeof nativeOf>, stored: Contact): void {
    for (const key of ['name', 'email', 'mobile'] as const) {
      const [was, is] = [sent[key], stored[key].trim()];
      if (is === '' || is === was.trim()) continue;
      this.warn(`Filemail stored the ${key} of contact ${stored.id} as "${is}", not as "${was}"`);
    }
  }
}
