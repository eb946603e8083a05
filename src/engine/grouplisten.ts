/** Groups heard while the source is listed, so that contacts and groups cost one reading. */
import type { ContactRecord, Group } from '../model/card.js';
import { uidKey } from '../model/normalize.js';
import { fullName } from '../model/view.js';

export class GroupEars {
  readonly #cards: ContactRecord[] = [];
  /** Of copies in several books the first one listed counts. */
  readonly #ids = new Map<string, string>();

  readonly onGroup = (record: ContactRecord): void => {
    this.#cards.push(record);
  };

  /** Passes contacts on, and remembers whose uid is whose. */
  async *hear(records: AsyncIterable<ContactRecord>): AsyncGenerator<ContactRecord> {
    for await (const record of records) {
      const key = uidKey(record.card.uid);
      if (!this.#ids.has(key)) this.#ids.set(key, record.id);
      yield record;
    }
  }

  /** What was heard, members by id; those who are no contacts of the listing are `foreign`. */
  groups(): Group[] {
    return this.#cards.map(({ id, bookIds, etag, card }) => {
      const memberIds = new Set<string>();
      const foreign: string[] = [];
      for (const member of Object.keys(card.members ?? {})) {
        const contact = this.#ids.get(uidKey(member));
        if (contact === undefined) foreign.push(member);
        else memberIds.add(contact);
      }
      return {
        id,
        name: fullName(card),
        memberIds: [...memberIds],
        bookIds,
        ...(etag === undefined ? {} : { etag }),
        ...(foreign.length > 0 ? { foreign } : {}),
      };
    });
  }
}
