/** An in-memory provider for engine tests: abilities, mapping, latency and faults as the test wants them. */
import type { Book, Card, ContactRecord, Group, Photo } from '../../src/model/card.js';
import { type CardferryError, Conflict, NotFound, UnknownOutcome } from '../../src/model/errors.js';
import { cloneJson } from '../../src/model/json.js';
import { parseDataUri, photoOf, toDataUri } from '../../src/model/view.js';
import type { Connection } from '../../src/engine/types.js';
import type {
  ContactChange,
  ListQuery,
  NewContact,
  Provider,
  ProviderDefinition,
  WriteResult,
} from '../../src/providers/types.js';

export type FaultKind = 'before' | 'after' | { error: CardferryError; after?: boolean };

export interface MemoryOptions {
  name?: string;
  /** Mapping to the native form and back; identity when absent. */
  project?: (card: Card) => Card;
  /** What it really stores of a card, when that is less than it says. */
  keeps?: (card: Card) => Card;
  groups?: 'own' | 'keywords' | 'none';
  books?: Book[];
  bookAdmin?: boolean;
  /** Members to leave out: `update`, `delete`, `lookup`, `changes`, … */
  without?: readonly (keyof Provider)[];
  /** Pictures by calls of their own, not in the contact. */
  avatars?: 'set' | 'setAndDelete';
  etags?: boolean;
  lookup?: boolean;
  reencodesPhotos?: true;
  /** Lists leave pictures out unless asked for. */
  slimLists?: boolean;
  concurrency?: number;
  unsure?: readonly string[];
  writeOnly?: readonly string[];
  unstorable?: (card: Card) => string | undefined;
  /** Called before each request; may wait or throw. */
  onCall?(op: string, count: number): Promise<void> | void;
}

export interface MemoryServer {
  provider: Provider;
  definition: ProviderDefinition;
  connection: Connection;
  contacts: Map<string, ContactRecord>;
  groups: Map<string, Group>;
  books: Book[];
  /** Requests so far, by name. */
  calls: Map<string, number>;
  /** Number of requests that write. */
  writes(): number;
  /** The next request of that name fails: `before` it did anything, `after` it was done (the answer is lost). */
  fault(op: string, kind: FaultKind, times?: number): void;
  /** No more faults. */
  heal(): void;
  add(card: Card, bookId?: string): ContactRecord;
}

const WRITES = [
  'create',
  'update',
  'delete',
  'groups.create',
  'groups.rename',
  'groups.setMembers',
  'groups.delete',
  'avatars.set',
  'avatars.delete',
  'books.create',
  'books.rename',
  'books.delete',
  'move',
  'copy',
];

const identity = (card: Card): Card => card;

export function memoryServer(options: MemoryOptions = {}): MemoryServer {
  const name = options.name ?? 'memory';
  const mapping = options.project ?? identity;
  const project = (card: Card): Card => withoutApart(mapping(card));
  const contacts = new Map<string, ContactRecord>();
  const groups = new Map<string, Group>();
  const photos = new Map<string, Photo>();
  const books: Book[] = options.books ?? [{ id: 'b1', name: 'Contacts', isDefault: true, readOnly: false }];
  const calls = new Map<string, number>();
  const faults = new Map<string, FaultKind[]>();
  let next = 1;
  let version = 1;

  async function call<T>(op: string, work: () => T): Promise<T> {
    const count = (calls.get(op) ?? 0) + 1;
    calls.set(op, count);
    await options.onCall?.(op, count);
    const fault = faults.get(op)?.shift();
    if (fault === 'before') throw new UnknownOutcome(`${op}: the answer was lost`);
    if (typeof fault === 'object' && fault.after !== true) throw fault.error;
    const result = work();
    if (fault === 'after') throw new UnknownOutcome(`${op}: the answer was lost`);
    if (typeof fault === 'object') throw fault.error;
    return result;
  }

  function stored(id: string, card: Card, bookIds: string[]): ContactRecord {
    const said = project(card);
    const kept = cloneJson(options.keeps?.(said) ?? said);
    const record: ContactRecord = { id, bookIds, card: kept };
    if (options.etags !== false) record.etag = `e${version++}`;
    contacts.set(id, record);
    return record;
  }
  const idOf = (): string => `${name}-${String(next++).padStart(5, '0')}`;
  const defaultBook = (): string => (books.find((book) => book.isDefault) ?? books[0])?.id ?? '';

  function shown(record: ContactRecord, media: boolean): ContactRecord {
    const copy = cloneJson(record);
    const photo = photos.get(record.id);
    if (photo !== undefined && media)
      copy.card.media = { ...copy.card.media, photo: { kind: 'photo', uri: toDataUri(photo) } };
    if (photo !== undefined && !media) copy.hasPhoto = true;
    if (!media && options.slimLists === true && photoOf(copy.card) !== undefined) {
      delete copy.card.media;
      copy.hasPhoto = true;
    }
    return copy;
  }
  const one = (id: string): ContactRecord => {
    const record = contacts.get(id);
    if (record === undefined) throw new NotFound(`no contact ${id}`);
    return record;
  };
  const result = ({ id, etag, bookIds }: ContactRecord): WriteResult => ({
    id,
    bookIds,
    ...(etag === undefined ? {} : { etag }),
  });
  function guard(last: ContactRecord): ContactRecord {
    const record = one(last.id);
    if (last.etag !== undefined && last.etag !== record.etag) throw new Conflict('changed meanwhile');
    return record;
  }

  const definition: ProviderDefinition = {
    name,
    title: 'Memory',
    docs: '',
    url: 'none',
    auth: ['none'],
    options: [],
    abilities: ['create', 'update', 'delete'],
    groups: options.groups ?? 'own',
    fields: [],
    limits: { concurrency: options.concurrency ?? 4 },
    ...(options.unsure === undefined ? {} : { unsure: options.unsure }),
    ...(options.writeOnly === undefined ? {} : { writeOnly: options.writeOnly }),
    ...(options.reencodesPhotos === undefined ? {} : { reencodesPhotos: true }),
    open: () => Promise.resolve(provider),
  };

  const provider: Provider = {
    definition,
    check: () => Promise.resolve({ user: 'me', server: name, details: {} }),
    books: () => call('books', () => cloneJson(books)),
    async *list(query: ListQuery) {
      const ids = await call('list', () => [...contacts.keys()]);
      for (const id of ids) {
        const record = contacts.get(id);
        if (record === undefined) continue;
        if (query.bookIds !== undefined && !record.bookIds.some((book) => query.bookIds?.includes(book))) continue;
        await options.onCall?.('list.item', 0);
        yield shown(record, query.media === true);
      }
    },
    get: (id) => call('get', () => shown(one(id), true)),
    close: () => Promise.resolve(),
    project,
    create: ({ card, bookId }: NewContact) =>
      call('create', () => result(stored(idOf(), withoutApart(card), [bookId ?? defaultBook()]))),
    update: (id, { next: card, last }: ContactChange) =>
      call('update', () => result(stored(id, withoutApart(card), guard({ ...last, id }).bookIds))),
    delete: (record) =>
      call('delete', () => {
        guard(record);
        contacts.delete(record.id);
        for (const group of groups.values()) group.memberIds = group.memberIds.filter((id) => id !== record.id);
      }),
    move: (record, bookId) =>
      call('move', () => {
        const moved = { ...guard(record), bookIds: [bookId] };
        contacts.set(record.id, moved);
        return result(moved);
      }),
    copy: (record, bookId) => call('copy', () => result(stored(idOf(), one(record.id).card, [bookId]))),
  };

  function withoutApart(card: Card): Card {
    if (options.avatars === undefined || photoOf(card) === undefined) return card;
    const bare = cloneJson(card);
    delete bare.media;
    return bare;
  }

  if (options.avatars !== undefined) {
    provider.avatars = {
      get: (id) => call('avatars.get', () => photos.get(id)),
      set: (id, photo) => call('avatars.set', () => void photos.set(one(id).id, photo)),
      ...(options.avatars === 'setAndDelete'
        ? { delete: (id: string) => call('avatars.delete', () => void photos.delete(id)) }
        : {}),
    };
  }
  if ((options.groups ?? 'own') === 'own') {
    let counter = 1;
    const held = (group: Group): Group => {
      const found = groups.get(group.id);
      if (found === undefined) throw new NotFound(`no group ${group.id}`);
      return found;
    };
    provider.groups = {
      list: () => call('groups.list', () => cloneJson([...groups.values()])),
      create: (groupName, memberIds) =>
        call('groups.create', () => {
          const group: Group = { id: `${name}-g${counter++}`, name: groupName, memberIds: [...memberIds] };
          groups.set(group.id, group);
          return cloneJson(group);
        }),
      rename: (group, groupName) => call('groups.rename', () => void (held(group).name = groupName)),
      setMembers: (group, memberIds) => call('groups.setMembers', () => void (held(group).memberIds = [...memberIds])),
      delete: (group) => call('groups.delete', () => void groups.delete(held(group).id)),
    };
  }
  if (options.bookAdmin === true) {
    provider.bookAdmin = {
      create: (bookName) =>
        call('books.create', () => {
          const book: Book = { id: `b${books.length + 1}`, name: bookName, isDefault: false, readOnly: false };
          books.push(book);
          return cloneJson(book);
        }),
      rename: (id, bookName) =>
        call('books.rename', () => {
          const book = books.find((candidate) => candidate.id === id);
          if (book === undefined) throw new NotFound(`no book ${id}`);
          book.name = bookName;
          return cloneJson(book);
        }),
      delete: (id) =>
        call('books.delete', () => {
          books.splice(
            books.findIndex((book) => book.id === id),
            1,
          );
          for (const record of [...contacts.values()]) if (record.bookIds.includes(id)) contacts.delete(record.id);
        }),
    };
  }
  if (options.lookup === true) {
    provider.lookup = ({ card }) =>
      call('lookup', () => [...contacts.values()].find((record) => record.card.uid === card.uid));
  }
  if (options.unstorable !== undefined) provider.unstorable = options.unstorable;
  for (const member of options.without ?? []) delete provider[member];

  return {
    provider,
    definition,
    connection: { name, kind: 'profile', definition, provider, readOnly: false },
    contacts,
    groups,
    books,
    calls,
    writes: () => WRITES.reduce((sum, op) => sum + (calls.get(op) ?? 0), 0),
    fault(op, kind, times = 1) {
      faults.set(op, [...(faults.get(op) ?? []), ...new Array<FaultKind>(times).fill(kind)]);
    },
    heal: () => faults.clear(),
    add(card, bookId) {
      const record = stored(idOf(), withoutApart(card), [bookId ?? defaultBook()]);
      const photo = parseDataUri(photoOf(card)?.resource.uri ?? '');
      if (options.avatars !== undefined && photo !== undefined) photos.set(record.id, photo);
      return record;
    },
  };
}
