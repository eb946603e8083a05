/** Deleted contacts come back into their groups, under their new ids. */
import { describe, expect, it } from 'vitest';
import { undoRun } from '../../src/engine/undo.js';
import { openWriter, type Writer } from '../../src/engine/write.js';
import type { Connection } from '../../src/engine/types.js';
import { Refused, UnknownOutcome, Unsupported } from '../../src/model/errors.js';
import type { Journal } from '../../src/store/types.js';
import { memoryServer, type MemoryOptions, type MemoryServer } from '../fakes/memory.js';
import { all, memoryJournal, person, testClock } from './support.js';

interface Opened {
  server: MemoryServer;
  journal: Journal;
  writer: Writer;
  undo(): ReturnType<typeof undoRun>;
}

function open(options: MemoryOptions = {}): Opened {
  const server = memoryServer(options);
  const journal = memoryJournal();
  const { connection } = server;
  const writer = openWriter({ connection, journal, command: 'test', clock: testClock(), dryRun: false });
  const undo = (): ReturnType<typeof undoRun> =>
    undoRun({ connection, journal, run: writer.run ?? '', clock: testClock(), force: false, dryRun: false });
  return { server, journal, writer, undo };
}

const names = (server: MemoryServer, group: string): string[] =>
  (server.groups.get(group)?.memberIds ?? [])
    .map((id) => server.contacts.get(id)?.card.name?.full ?? `no ${id}`)
    .sort();

function team(server: MemoryServer, id: string, ...people: string[]): string {
  server.groups.set(id, { id, name: id, memberIds: people });
  return id;
}

describe('undo of deletes', () => {
  it('brings contacts back into all their groups: one listing of the groups, one write a group', async () => {
    const { server, writer, undo } = open();
    const [a, b, c] = [server.add(person('A')), server.add(person('B')), server.add(person('C'))];
    team(server, 'g1', a.id, b.id, c.id);
    team(server, 'g2', b.id);
    team(server, 'g3', c.id);
    await Promise.all([writer.delete(a), writer.delete(b)]);
    await writer.end();
    expect(server.calls.get('groups.list')).toBe(1);
    expect(names(server, 'g1')).toEqual(['C']);
    server.calls.clear();
    expect(await undo()).toMatchObject({ ok: true, updated: ['g1', 'g2'] });
    expect([names(server, 'g1'), names(server, 'g2'), names(server, 'g3')]).toEqual([['A', 'B', 'C'], ['B'], ['C']]);
    expect([...server.contacts.keys()]).not.toContain(a.id);
    expect([server.calls.get('groups.list'), server.calls.get('groups.setMembers')]).toEqual([1, 2]);
    expect(await undo()).toMatchObject({ ok: true, updated: [], created: [] });
  });

  it('asks nothing where members are uids, nor where groups are keywords or none', async () => {
    for (const groups of ['own', 'keywords', 'none'] as const) {
      const { server, writer, undo } = open({ groups });
      if (server.provider.groups) server.provider.groups = { ...server.provider.groups, membersByUid: true };
      await writer.delete(server.add(person('A')));
      await writer.end();
      expect((await undo()).created).toHaveLength(1);
      expect(server.calls.get('groups.list')).toBeUndefined();
    }
  });

  it('leaves a group that is gone, and one that somebody put the contact into meanwhile', async () => {
    const { server, writer, undo } = open();
    const a = server.add(person('A'));
    team(server, 'g1', a.id);
    team(server, 'g2', a.id);
    await writer.delete(a);
    await writer.end();
    server.groups.delete('g1');
    expect(await undo()).toMatchObject({ ok: true, updated: ['g2'] });
    expect([...server.groups.keys()]).toEqual(['g2']);
  });

  it('finds the group that the same run deleted, and reads the groups again after it wrote one', async () => {
    const { server, writer, undo } = open();
    const [a, b] = [server.add(person('A')), server.add(person('B'))];
    team(server, 'old', a.id, b.id);
    const [old] = [...server.groups.values()];
    if (old === undefined) throw new Error('no group');
    await writer.delete(a);
    await writer.createGroup('new', [b.id]);
    await writer.deleteGroup({ ...old, memberIds: [b.id] });
    await writer.delete(b);
    await writer.end();
    expect(await undo()).toMatchObject({ ok: true });
    const groups = [...server.groups.values()];
    expect(groups.map(({ name }) => name)).toEqual(['old']);
    expect(names(server, groups[0]?.id ?? '')).toEqual(['A', 'B']);
  });

  it('goes on where it was cut off, also between the contact and its group', async () => {
    const { server, writer, undo } = open();
    const a = server.add(person('A'));
    team(server, 'g1', a.id);
    await writer.delete(a);
    await writer.end();
    server.fault('groups.setMembers', { error: new UnknownOutcome('lost') }, 2);
    expect((await undo()).failed).toMatchObject([{ id: 'g1' }]);
    expect(names(server, 'g1')).toEqual([]);
    expect(await undo()).toMatchObject({ ok: true, created: [], updated: ['g1'] });
    expect([names(server, 'g1'), server.contacts.size]).toEqual([['A'], 1]);
  });

  it('of a deleted group makes it once, also when the first undo was cut off after it', async () => {
    const { server, writer, undo } = open();
    const a = server.add(person('A'));
    const group = await writer.createGroup('Team', [a.id]);
    await writer.end();
    const second = openWriter({
      connection: server.connection,
      journal: memoryJournal(),
      command: 'x',
      clock: testClock(),
      dryRun: false,
    });
    await second.deleteGroup(group);
    expect(await undo()).toMatchObject({ ok: true });
    expect(server.groups.size).toBe(0);
  });

  it('journals the groups before the contact goes; a dry run asks nothing', async () => {
    const { server, journal, writer } = open();
    const a = server.add(person('A'));
    team(server, 'g1', a.id);
    const dry = openWriter({
      connection: server.connection,
      journal,
      command: 'x',
      clock: testClock(),
      dryRun: true,
    });
    await dry.delete(a);
    expect(server.calls.get('groups.list')).toBeUndefined();
    await writer.delete(a);
    expect((await all(journal.entries(writer.run ?? ''))).find((entry) => entry.t === 'intent')).toMatchObject({
      op: 'delete',
      before: { id: a.id, groups: ['g1'] },
    });
  });

  it('keeps the contact when the groups cannot be read, but not where the server has none', async () => {
    const { server, writer } = open();
    const a = server.add(person('A'));
    server.fault('groups.list', { error: new Refused('no') });
    await expect(writer.delete(a)).rejects.toThrow(Refused);
    expect(server.contacts.size).toBe(1);
    const other = open();
    const b = other.server.add(person('B'));
    other.server.fault('groups.list', { error: new Unsupported('switched off') });
    await other.writer.delete(b);
    expect(other.server.contacts.size).toBe(0);
  });

  it('brings the contacts of a deleted book back into groups of other books', async () => {
    const books = [
      { id: 'b1', name: 'Contacts', isDefault: true, readOnly: false },
      { id: 'b2', name: 'Old', isDefault: false, readOnly: false },
    ];
    const { server, writer, undo } = open({ books, bookAdmin: true });
    const { connection }: { connection: Connection } = server;
    const a = server.add(person('A'), 'b2');
    team(server, 'g1', a.id);
    const list = connection.provider.groups;
    if (list === undefined) throw new Error('no groups');
    connection.provider.groups = {
      ...list,
      list: async (query) => (query?.bookIds === undefined ? list.list() : []),
    };
    await writer.deleteBook(books[1] ?? { id: '', name: '', isDefault: false, readOnly: false });
    await writer.end();
    expect(await undo()).toMatchObject({ ok: true });
    expect(names(server, 'g1')).toEqual(['A']);
  });
});
