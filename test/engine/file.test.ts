import { describe, expect, it } from 'vitest';
import { fileConnection, type FileBookOptions } from '../../src/engine/filebook.js';
import { exportCards } from '../../src/engine/export.js';
import { importCards, type ImportOptions } from '../../src/engine/import.js';
import { migrate } from '../../src/engine/migrate.js';
import { openWriter } from '../../src/engine/write.js';
import type { Connection } from '../../src/engine/types.js';
import { formatByName } from '../../src/formats/index.js';
import type { Format } from '../../src/formats/types.js';
import type { Card } from '../../src/model/card.js';
import { Stopped } from '../../src/model/errors.js';
import { memoryServer, type MemoryServer } from '../fakes/memory.js';
import { all, memoryJournal, migration, person, testClock } from './support.js';

/** A file in memory. */
class Disk {
  text: string | undefined;
  commits = 0;
  warnings: string[] = [];
  constructor(text?: string) {
    this.text = text;
  }
  async connect(format: string, overrides: Partial<FileBookOptions> = {}): Promise<Connection> {
    return fileConnection({
      path: 'contacts.vcf',
      format: await formatByName(format),
      exists: this.text !== undefined,
      readBytes: () => this.#bytes(),
      commit: async (pieces) => {
        let text = '';
        for await (const piece of pieces) text += piece;
        this.text = text;
        this.commits += 1;
      },
      warn: (message) => void this.warnings.push(message),
      ...overrides,
    });
  }
  async *#bytes(): AsyncIterable<Uint8Array> {
    yield await Promise.resolve(Buffer.from(this.text ?? '', 'utf8'));
  }
}

const vcf = (...cards: string[]): string =>
  cards.map((card) => `BEGIN:VCARD\r\nVERSION:4.0\r\n${card}\r\nEND:VCARD\r\n`).join('');

describe('a contacts file', () => {
  it('is read with stable ids; broken records are named and skipped', async () => {
    const disk = new Disk(
      `${vcf('UID:urn:uuid:A\r\nFN:Anna', 'UID:b\r\nFN:Bert', 'UID:b\r\nFN:Bert 2', 'FN:No Uid')}BEGIN:VCARD\r\nVERSION:9\r\n`,
    );
    const connection = await disk.connect('vcard');
    const rejected: unknown[] = [];
    connection.onReject?.((record) => rejected.push(record));
    const records = await all(connection.provider.list({}));
    expect(records.map((record) => record.card.name?.full)).toEqual(['Anna', 'Bert', 'Bert 2', 'No Uid']);
    expect(records.slice(1, 3).map((record) => record.id)).toEqual(['b', 'b~2']);
    expect((await all((await disk.connect('vcard')).provider.list({}))).map((record) => record.id)).toEqual(
      records.map((record) => record.id),
    );
    expect(rejected).toMatchObject([{ line: expect.any(Number) as number }]);
  });

  it('is written whole by flush, and not at all before', async () => {
    const disk = new Disk(
      vcf('UID:a\r\nFN:Anna', 'UID:b\r\nFN:Bert', 'UID:g\r\nKIND:group\r\nFN:Friends\r\nMEMBER:urn:uuid:x\r\nMEMBER:a'),
    );
    const before = disk.text;
    const connection = await disk.connect('vcard');
    const writer = openWriter({
      connection,
      journal: memoryJournal(),
      command: 'x',
      clock: testClock(),
      dryRun: false,
    });
    const [anna, bert] = await all(connection.provider.list({}));
    if (anna === undefined || bert === undefined) throw new Error('not read');
    const made = await writer.create(person('Carl'));
    await writer.update(anna, { ...anna.card, titles: { t: { name: 'Dev' } } });
    await writer.delete(bert);
    const [friends] = (await connection.provider.groups?.list()) ?? [];
    expect(friends).toMatchObject({ name: 'Friends', memberIds: ['a'], foreign: ['urn:uuid:x'] });
    if (friends !== undefined) await writer.setMembers(friends, ['a', made.id]);
    expect(disk.text).toBe(before);
    await writer.end();
    await connection.provider.flush?.();
    expect(disk.commits).toBe(1);
    const again = await disk.connect('vcard');
    const records = await all(again.provider.list({}));
    expect(records.map((record) => [record.id, record.card.name?.full])).toEqual([
      ['a', 'Anna'],
      [made.id, 'Carl'],
    ]);
    expect(records[0]?.card.titles).toBeDefined();
    expect(await again.provider.groups?.list()).toMatchObject([{ memberIds: ['a', made.id], foreign: ['urn:uuid:x'] }]);
  });

  it('with unreadable records is not written: they would be lost', async () => {
    const disk = new Disk(`${vcf('UID:a\r\nFN:Anna')}BEGIN:VCARD\r\nVERSION:9\r\n`);
    const connection = await disk.connect('vcard');
    const writer = openWriter({
      connection,
      journal: memoryJournal(),
      command: 'x',
      clock: testClock(),
      dryRun: false,
    });
    await expect(writer.create(person('B'))).rejects.toThrow(Stopped);
    expect(disk.commits).toBe(0);
  });

  it('is both ends of migrations that write nothing the second time', async () => {
    for (const name of ['vcard', 'vcard3', 'jscontact']) {
      const disk = new Disk();
      const server = memoryServer({ name: 'old' });
      const anna = server.add(
        person('Anna', { keywords: { Work: true }, phones: { p: { number: '1', features: { mobile: true } } } }),
      );
      server.add(person('Zoë "Q" \u202e;,\n', { notes: { n: { note: 'a\nb, c; d' } } }));
      server.groups.set('g', { id: 'g', name: 'Friends', memberIds: [anna.id] });
      const to = await disk.connect(name);
      const setup = await migration(server, server);
      const result = await migrate(setup.options({ to }));
      expect(result.verified, name).toEqual({ contacts: 2, equal: 2, differences: [] });
      expect(disk.commits).toBe(1);
      await migrate(setup.options({ to: await disk.connect(name) }));
      expect(disk.commits).toBe(1);
      const back = memoryServer({ name: 'new' });
      const there = await migrate(setup.options({ from: await disk.connect(name), to: back.connection }));
      expect(there.verified?.differences).toEqual([]);
      expect([...back.groups.values()]).toMatchObject([{ name: 'Friends' }]);
      const writes = back.writes();
      await migrate(setup.options({ from: await disk.connect(name), to: back.connection }));
      expect(back.writes()).toBe(writes);
    }
  });

  it('says which format has no room for groups', async () => {
    const plain: Format = { ...(await formatByName('jscontact')), name: 'plain' };
    const names: Format = {
      ...plain,
      async *write(cards) {
        for await (const card of cards) yield `${card.name?.full ?? ''}\n`;
      },
      async *read(source) {
        let text = '';
        for await (const piece of source) text += Buffer.from(piece).toString('utf8');
        let line = 0;
        for (const full of text.split('\n').slice(0, -1)) {
          yield {
            card: { '@type': 'Card', version: '1.0', uid: `x${++line}`, name: { full } },
            line,
            warnings: [],
            uidDerived: true,
          };
        }
      },
    };
    const connection = await new Disk().connect('jscontact', { format: names });
    expect(connection.definition.groups).toBe('none');
    const disk = new Disk();
    const to = await disk.connect('jscontact', { format: names });
    const server = memoryServer({ name: 'old' });
    server.add(person('Anna'));
    server.groups.set('g', { id: 'g', name: 'Friends', memberIds: [] });
    const setup = await migration(server, server);
    const result = await migrate(setup.options({ to }));
    expect(disk.text).toBe('Anna\n');
    expect(result.plan.losses.map((loss) => loss.field)).toEqual(['emails', 'groups']);
    expect(result.verified?.differences).toEqual([]);
  });
});

function items(...cards: Card[]): ImportOptions['items'] {
  return (async function* () {
    for (const [index, card] of cards.entries())
      yield await Promise.resolve({ source: 'a.vcf', item: { card, line: index + 1, warnings: [] } });
  })();
}

function importing(
  server: MemoryServer,
  cards: Card[],
  overrides: Partial<ImportOptions> = {},
): ReturnType<typeof importCards> {
  return importCards({
    connection: server.connection,
    journal: memoryJournal(),
    clock: testClock(),
    dryRun: false,
    onConflict: 'update',
    items: items(...cards),
    ...overrides,
  });
}

describe('an import', () => {
  it('makes an address book where the account has none, and none when nothing is new', async () => {
    const server = memoryServer({ books: [], bookAdmin: true });
    await importing(server, []);
    expect(server.books).toEqual([]);
    const { summary } = await importing(server, [person('Anna')]);
    expect(summary).toMatchObject({ ok: true, failed: [] });
    expect(server.books.map((book) => book.name)).toEqual(['Contacts']);
    expect([...server.contacts.values()].map((record) => record.bookIds)).toEqual([[server.books[0]?.id]]);
  });

  it('keeps duplicates of the file as they are, and writes nothing the second time', async () => {
    const server = memoryServer();
    const cards = [
      person('Anna'),
      person('Twin'),
      person('Twin'),
      person('Twin', { titles: { t: { name: 'third' } } }),
    ];
    const first = await importing(server, cards);
    expect(first.summary.created).toHaveLength(4);
    const writes = server.writes();
    const again = await importing(server, cards);
    expect(server.writes()).toBe(writes);
    expect(again.summary).toMatchObject({ ok: true, created: [], updated: [] });
    expect(again.summary.skipped).toHaveLength(4);
    expect(again.run).toBeUndefined();
  });

  it.each([
    ['skip', 1, { t: { name: 'Old' } }],
    ['update', 1, { t: { name: 'New' } }],
    ['duplicate', 2, { t: { name: 'Old' } }],
  ] as const)('with --on-conflict %s', async (onConflict, count, titles) => {
    const server = memoryServer();
    server.add(person('Anna', { titles: { t: { name: 'Old' } }, nicknames: { n: { name: 'Annie' } } }));
    await importing(server, [person('Anna', { titles: { t: { name: 'New' } } })], { onConflict });
    expect(server.contacts.size).toBe(count);
    expect([...server.contacts.values()][0]?.card).toMatchObject({ titles, nicknames: { n: { name: 'Annie' } } });
    const writes = server.writes();
    await importing(server, [person('Anna', { titles: { t: { name: 'New' } } })], { onConflict });
    expect(server.writes()).toBe(writes);
  });

  it('group cards become groups, or categories', async () => {
    const group: Card = {
      '@type': 'Card',
      version: '1.0',
      uid: 'g',
      kind: 'group',
      name: { full: 'Friends' },
      members: { [person('Anna').uid]: true, nobody: true },
    };
    for (const groups of ['own', 'keywords'] as const) {
      const server = memoryServer({ groups });
      const cards = [group, person('Anna'), person('Bert')];
      const own = groups === 'own' ? 1 : 0;
      const planned = await importing(server, cards, { dryRun: true });
      expect(planned).toMatchObject({ summary: { ok: true }, groups: { created: own, lost: 0 } });
      expect(planned.summary.created).toHaveLength(2 + own);
      const result = await importing(server, cards);
      expect(result.summary.created).toHaveLength(2 + own);
      expect(result.groups).toEqual({ created: own, updated: 0, unchanged: 0, failed: 0, lost: 0 });
      const [anna] = [...server.contacts.values()];
      if (groups === 'own')
        expect([...server.groups.values()]).toMatchObject([{ name: 'Friends', memberIds: [anna?.id] }]);
      else expect(anna?.card.keywords).toEqual({ Friends: true });
      expect(result.summary.ok).toBe(true);
      const writes = server.writes();
      expect((await importing(server, cards)).groups).toMatchObject({ created: 0, unchanged: own });
      expect(server.writes()).toBe(writes);
    }
  });

  it('a file with a group alone: its members are contacts that are there already', async () => {
    const server = memoryServer();
    const anna = server.add(person('Anna'));
    const group: Card = {
      '@type': 'Card',
      version: '1.0',
      uid: 'g',
      kind: 'group',
      name: { full: 'Friends' },
      members: { [anna.card.uid]: true, nobody: true },
    };
    const result = await importing(server, [group]);
    expect([...server.groups.values()]).toMatchObject([{ name: 'Friends', memberIds: [anna.id] }]);
    expect(result).toMatchObject({ summary: { ok: true }, groups: { created: 1, updated: 0 } });
    const writes = server.writes();
    expect(await importing(server, [group])).toMatchObject({ groups: { created: 0, unchanged: 1 } });
    expect(server.writes()).toBe(writes);
  });

  it('says how many groups have no place', async () => {
    const server = memoryServer({ groups: 'none', project: ({ keywords: _, ...card }) => card });
    const group: Card = { '@type': 'Card', version: '1.0', uid: 'g', kind: 'group', name: { full: 'Friends' } };
    expect(await importing(server, [group, person('Anna')])).toMatchObject({ groups: { lost: 1, created: 0 } });
  });

  it('only says what it would do in a dry run', async () => {
    const server = memoryServer({ project: ({ notes: _, ...card }) => card });
    const result = await importing(server, [person('Anna', { notes: { n: { note: 'x' } } })], { dryRun: true });
    expect(result).toMatchObject({ summary: { created: ['a.vcf:1'] }, losses: [{ field: 'notes', contacts: 1 }] });
    expect(server.writes()).toBe(0);
  });
});

describe('an export', () => {
  it('ends with the groups; a filter keeps only those with members', async () => {
    const server = memoryServer();
    const [anna, bert] = [server.add(person('Anna')), server.add(person('Bert'))];
    server.groups.set('g', { id: 'g', name: 'Friends', memberIds: [anna.id, bert.id], foreign: ['mailto:x@y.org'] });
    server.groups.set('h', { id: 'h', name: 'Empty', memberIds: [] });
    const cards = await all(exportCards(server.connection, {}));
    expect(cards.map((card) => card.name?.full)).toEqual(['Anna', 'Bert', 'Friends', 'Empty']);
    expect(Object.keys(cards[2]?.members ?? {})).toEqual([anna.card.uid, bert.card.uid, 'mailto:x@y.org']);
    const some = await all(exportCards(server.connection, { query: 'bert' }));
    expect(some.map((card) => card.name?.full)).toEqual(['Bert', 'Friends']);
    const words = await all(exportCards(server.connection, {}, { groups: 'keywords' }));
    expect(words.map((card) => card.keywords)).toEqual([{ Friends: true }, { Friends: true }]);
  });
});
