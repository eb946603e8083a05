/** What only some servers have, as small contracts: files with contacts, companies, common contacts, exports of their own. */
import type { Attachment, ContactRecord, FrequentContact } from '../model/card.js';

export interface AttachmentFile {
  name: string;
  mediaType: string;
  bytes: Uint8Array;
}

export interface AttachmentAbility {
  /** @throws NotFound when there is no such contact */
  list(contactId: string): Promise<Attachment[]>;
  /** @throws NotFound */
  get(contactId: string, attachmentId: string): Promise<Uint8Array>;
  /** Gives the new one. Two of one name are legal. @throws NotFound, Refused, UnknownOutcome */
  add(contactId: string, file: AttachmentFile): Promise<Attachment>;
  /** @throws NotFound, UnknownOutcome */
  delete(contactId: string, attachmentId: string): Promise<void>;
}

export interface Company {
  name: string;
  /** Some of its contacts name a department. */
  hasDepartments: boolean;
}

/** Companies as the server lists them. Where it is missing they are read from the cards' organizations. */
export interface CompanyAbility {
  list(bookIds?: readonly string[]): Promise<Company[]>;
  /** Contacts without a department are under a name of the server's. @throws NotFound for an unknown company */
  departments(company: string, bookIds?: readonly string[]): Promise<string[]>;
  /** Names of the contacts. @throws NotFound for an unknown company */
  contacts(company: string, department: string, bookIds?: readonly string[]): Promise<string[]>;
}

export interface FrequentAbility {
  list(): Promise<FrequentContact[]>;
  /** Replaces the list. */
  set(list: readonly FrequentContact[]): Promise<void>;
}

/** The server's own exports, byte for byte. */
export interface OwnExports {
  /**
   * A whole book as CSV, or its groups in a form of the server's own.
   * @param bookId the default book when absent
   */
  book(format: 'csv' | 'groups', bookId?: string): Promise<Uint8Array>;
  contact(record: ContactRecord): Promise<Uint8Array>;
}
