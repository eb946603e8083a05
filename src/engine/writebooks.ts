/** Address books through the one write path. */
import type { Book } from '../model/card.js';
import { Conflict } from '../model/errors.js';
import type { BookAdmin } from '../providers/types.js';
import type { Intent } from '../store/types.js';
import { requireAbility } from './abilities.js';
import { imageOfDeleted, missing, type WriteContext } from './writecommon.js';
import type { Writer } from './write.js';
import { keptAttachments } from './writeextras.js';

/** The journal has no image for books: name and id stand in intents of their own. */
export function bookSteps(context: WriteContext): Pick<Writer, 'createBook' | 'renameBook' | 'deleteBook'> {
  const { connection, performer, dryRun } = context;
  const { provider } = connection;
  const admin = (): BookAdmin => {
    requireAbility(connection, 'bookAdmin');
    return provider.bookAdmin ?? missing('create, rename or delete address books');
  };
  return {
    async createBook(name) {
      const books = admin();
      if (dryRun) return { id: name, name, isDefault: false, readOnly: false };
      const there = await provider.books();
      if (there.some((book) => book.name === name)) {
        throw new Conflict(`there is an address book "${name}" already`, { hint: 'choose another name' });
      }
      const before = new Set(there.map((book) => book.id));
      return performer.perform<Book>({
        intent: { op: 'book.create', name },
        send: () => books.create(name),
        settle: async () => (await provider.books()).find((book) => book.name === name && !before.has(book.id)),
        outcome: (book) => ({ id: book.id }),
      });
    },
    async renameBook(book, name) {
      const books = admin();
      if (dryRun || book.name === name) return { ...book, name };
      return performer.perform<Book>({
        intent: { op: 'book.rename', id: book.id, name, before: { id: book.id, name: book.name, memberIds: [] } },
        send: () => books.rename(book.id, name),
        settle: async () => (await provider.books()).find((entry) => entry.name === name),
        outcome: (renamed) => ({ id: renamed.id }),
      });
    },
    async deleteBook(book) {
      const books = admin();
      if (dryRun) return;
      await performer.performAll<true>(contactsOf(context, book), {
        intent: {
          op: 'book.delete',
          id: book.id,
          name: book.name,
          before: { id: book.id, name: book.name, memberIds: [] },
        },
        send: () => books.delete(book.id).then(() => true),
        settle: async () => ((await provider.books()).some((entry) => entry.id === book.id) ? undefined : true),
        outcome: () => ({ id: book.id }),
      });
    },
  };
}

/** What goes with the book: one delete intent a group and a contact, so that undo can put them back, contacts first. */
async function* contactsOf(context: WriteContext, book: Book): AsyncIterable<Omit<Intent, 't' | 'seq'>> {
  for (const group of (await context.connection.provider.groups?.list({ bookIds: [book.id] })) ?? []) {
    yield { op: 'group.delete', id: group.id, bookId: book.id, before: group };
  }
  for await (const record of context.connection.provider.list({ bookIds: [book.id], media: true })) {
    const groups = await context.memberships.of(record.id);
    const attachments = await keptAttachments(context, record);
    const before = imageOfDeleted(record, groups, attachments);
    yield { op: 'delete', id: record.id, bookId: book.id, before };
  }
}
