import { describe, expect, it } from 'vitest';
import { checkPhoto, deleteAvatar, getAvatar, setAvatar } from '../../src/engine/avatars.js';
import {
  addMembers,
  createGroup,
  deleteGroup,
  listGroups,
  removeMembers,
  renameGroup,
  resolveGroup,
} from '../../src/engine/groups.js';
import { undoRun } from '../../src/engine/undo.js';
import { openWriter, type Writer } from '../../src/engine/write.js';
import type { Card, ContactRecord } from '../../src/model/card.js';
import {
  Conflict,
  InputError,
  NotFound,
  Refused,
  UnknownOutcome,
  Unsupported,
  UsageError,
} from '../../src/model/errors.js';
import type { Journal } from '../../src/store/types.js';
import { memoryServer, type MemoryOptions, type MemoryServer } from '../fakes/memory.js';
import { all, memoryJournal, person, testClock } from './support.js';

const GIF = Buffer.from('R0lGODlhAQABAIAAAP///wAAACwAAAAAAQABAAACAkQBADs=', 'base64');
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

function open(options: MemoryOptions = {}): {
  server: MemoryServer;
  journal: Journal;
  writer: (dryRun?: boolean) => Writer;
  undo: (run: string | undefined, force?: boolean) => ReturnType<typeof undoRun>;
} {
  const server = memoryServer(options);
  const journal = memoryJournal();
  const { connection } = server;
  return {
    server,
    journal,
    writer: (dryRun = false) => openWriter({ connection, journal, command: 'test', clock: testClock(), dryRun }),
    undo: (run, force = false) =>
      undoRun({ connection, journal, run: run ?? '', clock: testClock(), force, dryRun: false }),
  };
}
const only = (server: MemoryServer): ContactRecord => {
  const [record] = [...server.contacts.values()];
  if (record === undefined) throw new Error('nothing there');
  return record;
};

describe('the writer', () => {
  it('journals the intent with what was there before the request leaves', async () => {
    const { server, journal, writer } = open();
    const record = server.add(person('Anna'));
    const seen: number[] = [];
    server.provider.update = async (id) => {
      seen.push((await all(journal.entries('run-1'))).length);
      return Promise.resolve({ id, etag: 'new' });
    };
    const one = writer();
    const next = { ...record.card, titles: { t: { name: 'Dev' } } };
    await one.update(record, next);
    await one.end();
    expect(seen).toEqual([2]);
    expect(await all(journal.entries(one.run ?? ''))).toMatchObject([
      { t: 'run', command: 'test' },
      { t: 'intent', op: 'update', id: record.id, before: { card: record.card }, after: next },
      { t: 'outcome', status: 'done', id: record.id, etag: 'new' },
      { t: 'end' },
    ]);
  });

  it('sends nothing and journals nothing in a dry run, and when nothing changes', async () => {
    const { server, journal, writer } = open({ project: ({ notes: _, ...card }) => card });
    const record = server.add(person('Anna'));
    const dry = writer(true);
    expect((await dry.create(person('Bert', { notes: { n: { note: 'lost' } } }))).losses).toMatchObject([
      { field: 'notes', kind: 'dropped' },
    ]);
    await dry.update(record, person('Other'));
    await dry.delete(record);
    await dry.createGroup('g', []);
    await dry.end();
    await writer().update(record, structuredClone(record.card));
    expect(server.writes()).toBe(0);
    expect(await journal.list()).toEqual([]);
  });

  it('looks before it repeats an update or a delete whose answer was lost', async () => {
    for (const kind of ['before', 'after'] as const) {
      const { server, writer } = open();
      const record = server.add(person('Anna'));
      server.fault('update', kind);
      await writer().update(record, { ...record.card, titles: { t: { name: 'Dev' } } });
      expect(server.calls.get('update')).toBe(kind === 'after' ? 1 : 2);
      server.fault('delete', kind);
      await writer().delete(only(server));
      expect(server.calls.get('delete')).toBe(kind === 'after' ? 1 : 2);
      expect(server.contacts.size).toBe(0);
    }
  });

  it('leaves the outcome unknown when it cannot look', async () => {
    const { server, journal, writer } = open();
    server.fault('create', 'after');
    server.fault('list', { error: new UnknownOutcome('no answer') }, 5);
    const one = writer();
    await expect(one.create(person('Anna'))).rejects.toThrow(UnknownOutcome);
    expect(await all(journal.entries(one.run ?? ''))).toContainEqual(
      expect.objectContaining({ t: 'outcome', status: 'unknown' }),
    );
  });

  it('does not take an equal contact that was there before for the lost one', async () => {
    const server = memoryServer();
    const old = server.add(person('Anna'));
    server.fault('create', 'before');
    const one = openWriter({
      connection: server.connection,
      journal: memoryJournal(),
      command: 'x',
      clock: testClock(),
      dryRun: false,
      known: (id) => id === old.id,
    });
    expect((await one.create(person('Anna'))).id).not.toBe(old.id);
    expect(server.contacts.size).toBe(2);
  });

  it('never loses a picture that the list left out', async () => {
    const { server, writer, undo } = open({ slimLists: true });
    const media = { p: { kind: 'photo', uri: `data:image/gif;base64,${GIF.toString('base64')}` } };
    server.add(person('Anna', { media }));
    const [listed] = await all(server.provider.list({}));
    if (listed === undefined) throw new Error('nothing listed');
    expect(listed.card.media).toBeUndefined();
    await writer().update(listed, { ...listed.card, titles: { t: { name: 'Dev' } } });
    expect(only(server).card).toMatchObject({ media, titles: { t: { name: 'Dev' } } });
    const one = writer();
    const [again] = await all(server.provider.list({}));
    await one.delete(again ?? listed);
    await undo(one.run);
    expect(only(server).card.media).toEqual(media);
  });

  it('refuses a change of something that changed meanwhile', async () => {
    const { server, writer } = open();
    const record = structuredClone(server.add(person('Anna')));
    only(server).etag = 'other';
    await expect(writer().update(record, person('Other'))).rejects.toThrow(Conflict);
  });

  it('refuses on read-only profiles and without the ability before any request', async () => {
    const server = memoryServer({ without: ['update'] });
    const journal = memoryJournal();
    const locked = openWriter({
      connection: { ...server.connection, readOnly: true },
      journal,
      command: 'x',
      clock: testClock(),
      dryRun: false,
    });
    await expect(locked.create(person('A'))).rejects.toThrow(UsageError);
    const one = openWriter({ connection: server.connection, journal, command: 'x', clock: testClock(), dryRun: false });
    await expect(one.update({ id: '1', bookIds: [], card: person('A') }, person('B'))).rejects.toThrow(Unsupported);
    expect(server.calls.size).toBe(0);
  });
});

describe('books, moves, copies', () => {
  const books = (): MemoryOptions['books'] => [
    { id: 'b1', name: 'Contacts', isDefault: true, readOnly: false },
    { id: 'b2', name: 'Old', isDefault: false, readOnly: false },
  ];
  it('deletes a book with its contacts and puts all of it back', async () => {
    const { server, writer, undo } = open({ books: books() ?? [], bookAdmin: true });
    server.add(person('Keep'));
    for (const name of ['A', 'B']) server.add(person(name), 'b2');
    const one = writer();
    const old = server.books[1];
    if (old === undefined) throw new Error('no book');
    await one.deleteBook(old);
    await one.end();
    expect(server.contacts.size).toBe(1);
    expect(await undo(one.run)).toMatchObject({ ok: true });
    const place = server.books.find((book) => book.name === 'Old')?.id;
    expect(
      [...server.contacts.values()]
        .filter((record) => record.bookIds[0] === place)
        .map((record) => record.card.name?.full),
    ).toEqual(expect.arrayContaining(['A', 'B']));
  });

  it.each([[[]], [['move', 'copy'] as const]])(
    'moves and copies, natively or by itself (%s missing)',
    async (without) => {
      const { server, writer, undo } = open({ books: books() ?? [], without });
      const record = server.add(person('Anna'));
      const one = writer();
      await one.move(record, 'b2');
      await one.end();
      expect([...server.contacts.values()].map((entry) => entry.bookIds)).toEqual([['b2']]);
      await undo(one.run);
      expect([...server.contacts.values()].map((entry) => entry.bookIds)).toEqual([['b1']]);
      const two = writer();
      await two.copy(only(server), 'b2');
      await two.end();
      expect(server.contacts.size).toBe(2);
      await undo(two.run);
      expect(server.contacts.size).toBe(1);
    },
  );
});

describe('groups', () => {
  it.each(['own', 'keywords'] as const)('work the same way as %s', async (groups) => {
    const { server, writer, undo } = open({ groups });
    const [a, b] = [server.add(person('A')), server.add(person('B'))];
    const { connection } = server;
    const made = await createGroup(connection, writer(), 'Friends', [a]);
    expect(await listGroups(connection)).toMatchObject([{ name: 'Friends', memberIds: [a.id] }]);
    await expect(createGroup(connection, writer(), 'Friends', [b])).rejects.toThrow(Conflict);
    const now = await server.provider.get(b.id);
    await addMembers(connection, writer(), made, [now]);
    expect((await resolveGroup(connection, 'friends')).memberIds).toEqual([a.id, b.id]);
    const renamed = await renameGroup(connection, writer(), await resolveGroup(connection, 'Friends'), 'Family');
    expect((await listGroups(connection)).map((group) => group.name)).toEqual(['Family']);
    const gone = await server.provider.get(a.id);
    await removeMembers(connection, writer(), await resolveGroup(connection, 'Family'), [gone]);
    const before = server.writes();
    const family = await resolveGroup(connection, 'Family');
    expect(await removeMembers(connection, writer(), family, [gone])).toBe(family);
    expect(await addMembers(connection, writer(), family, [await server.provider.get(b.id)])).toBe(family);
    expect(await renameGroup(connection, writer(), family, 'Family')).toBe(family);
    expect(server.writes()).toBe(before);
    const last = writer();
    await deleteGroup(connection, last, { ...renamed, memberIds: [b.id] });
    await last.end();
    expect(await listGroups(connection)).toEqual([]);
    expect(server.contacts.size).toBe(2);
    expect((await undo(last.run)).ok).toBe(true);
    expect(await listGroups(connection)).toMatchObject([{ name: 'Family', memberIds: [b.id] }]);
  });

  it('refuses an empty keyword group, a name that categories cannot hold, and groups where there are none', async () => {
    const noCommas = (card: Card): Card => {
      const kept = structuredClone(card);
      for (const name of Object.keys(kept.keywords ?? {})) if (name.includes(',')) delete kept.keywords?.[name];
      return kept;
    };
    const { server, writer } = open({ groups: 'keywords', project: noCommas });
    const record = server.add(person('A'));
    await expect(createGroup(server.connection, writer(), 'Empty', [])).rejects.toThrow(UsageError);
    await expect(createGroup(server.connection, writer(), 'a, b', [record])).rejects.toThrow(InputError);
    const none = memoryServer({ groups: 'none', project: ({ keywords: _, ...card }) => card });
    await expect(listGroups(none.connection)).rejects.toThrow(Unsupported);
  });

  it('makes a lost group once', async () => {
    const { server, writer } = open();
    server.fault('groups.create', 'after');
    await writer().createGroup('Friends', []);
    expect(server.groups.size).toBe(1);
  });
});

describe('pictures', () => {
  it.each([{}, { avatars: 'setAndDelete' as const }])(
    'are set, read, replaced, deleted and restored (%j)',
    async (options) => {
      const { server, writer, undo } = open(options);
      const { connection, provider } = server;
      const record = server.add(person('Anna'));
      expect(await getAvatar(connection, record)).toBeUndefined();
      await setAvatar(connection, writer(), record, checkPhoto(GIF, 'a.gif'));
      const before = server.writes();
      expect(
        await setAvatar(connection, writer(), await provider.get(record.id), checkPhoto(GIF, 'a.gif')),
      ).toBeUndefined();
      expect(server.writes()).toBe(before);
      const one = writer();
      await setAvatar(connection, one, await provider.get(record.id), checkPhoto(PNG, 'b.png'));
      await one.end();
      expect((await getAvatar(connection, await provider.get(record.id)))?.mediaType).toBe('image/png');
      await undo(one.run);
      expect(Buffer.from((await getAvatar(connection, await provider.get(record.id)))?.bytes ?? [])).toEqual(GIF);
      const two = writer();
      await deleteAvatar(connection, two, await provider.get(record.id));
      expect(await getAvatar(connection, await provider.get(record.id))).toBeUndefined();
      await expect(deleteAvatar(connection, writer(), await provider.get(record.id))).rejects.toThrow(NotFound);
      await two.end();
      await undo(two.run);
      expect((await getAvatar(connection, await provider.get(record.id)))?.mediaType).toBe('image/gif');
    },
  );

  it('are refused when they are none, or too large', () => {
    expect(() => checkPhoto(Buffer.from('<html>'), 'x.jpg')).toThrow(InputError);
    expect(() => checkPhoto(Buffer.concat([GIF, Buffer.alloc(4_000_000)]), 'x.gif')).toThrow(/too large/);
  });

  it('that the server refuses are a loss, not a failed contact', async () => {
    const { server, writer } = open({ avatars: 'set' });
    server.fault('avatars.set', { error: new Refused('no', { why: 'too large' }) });
    const media = { p: { kind: 'photo', uri: `data:image/gif;base64,${GIF.toString('base64')}` } };
    const written = await writer().create(person('Anna', { media }));
    expect(written.losses).toEqual([{ field: 'photo', kind: 'dropped', value: 'too large' }]);
    await expect(writer().deleteAvatar(only(server))).rejects.toThrow(Unsupported);
  });
});

describe('undo', () => {
  it('leaves alone what was changed since, unless forced, and says so', async () => {
    const { server, writer, undo } = open();
    const record = server.add(person('Anna'));
    const one = writer();
    await one.update(record, { ...record.card, titles: { t: { name: 'Dev' } } });
    const { id } = await one.create(person('Bert'));
    await one.end();
    for (const key of [record.id, id]) {
      const now = await server.provider.get(key);
      await writer().update(now, { ...now.card, titles: { t: { name: 'Touched' } } });
    }
    const left = await undo(one.run);
    expect(left.failed.map((failure) => failure.error.code)).toEqual(['conflict', 'conflict']);
    expect(server.contacts.size).toBe(2);
    expect(await undo(one.run, true)).toMatchObject({ ok: true, deleted: [id], updated: [record.id] });
    expect(only(server).card).toEqual(person('Anna'));
  });

  it('goes from the newest write to the oldest', async () => {
    const { server, writer, undo } = open({ etags: false });
    const record = server.add(person('Anna'));
    const one = writer();
    await one.update(record, { ...record.card, titles: { t: { name: 'Dev' } } });
    const now = await server.provider.get(record.id);
    await one.update(now, { ...now.card, titles: { t: { name: 'Boss' } } });
    await one.end();
    expect(await undo(one.run)).toMatchObject({ ok: true });
    expect(only(server).card).toEqual(person('Anna'));
  });

  it('undoes an undo', async () => {
    const { server, journal, writer, undo } = open();
    const record = server.add(person('Anna'));
    const one = writer();
    await one.delete(record);
    await one.end();
    await undo(one.run);
    expect(server.contacts.size).toBe(1);
    const [newest] = await journal.list();
    await undo(newest?.run);
    expect(server.contacts.size).toBe(0);
  });

  it('refuses a run of another provider', async () => {
    const { server, journal, writer } = open();
    const one = writer();
    await one.create(person('Anna'));
    const other = memoryServer({ name: 'other' });
    await expect(
      undoRun({
        connection: other.connection,
        journal,
        run: one.run ?? '',
        clock: testClock(),
        force: false,
        dryRun: false,
      }),
    ).rejects.toThrow(UsageError);
    expect(server.contacts.size).toBe(1);
  });
});
