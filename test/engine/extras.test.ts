/** Attachments, companies, common contacts and pictures through the engine: journal, undo, and servers without them. */
import { describe, expect, it } from 'vitest';
import { mediaTypeOf, pickAttachment } from '../../src/engine/attachments.js';
import { exportAvatars } from '../../src/engine/avatars.js';
import { companyContacts, listCompanies, listDepartments } from '../../src/engine/companies.js';
import { frequentJson, frequentOf, parseFrequent } from '../../src/engine/frequent.js';
import { openWriter } from '../../src/engine/write.js';
import type { FrequentContact } from '../../src/model/card.js';
import { InputError, NotFound, ProtocolError, UsageError } from '../../src/model/errors.js';
import { memoryServer, type MemoryServer } from '../fakes/memory.js';
import { tinyJpeg } from '../fakes/pictures.js';
import { FILE, open, withFiles } from './files-support.js';
import { all, memoryJournal, person, testClock } from './support.js';

describe('attachments', () => {
  it('are added and taken back', async () => {
    const setup = withFiles();
    const { writer, undo } = open(setup);
    const record = setup.server.add(person('A'));
    await writer.addAttachment(record, FILE);
    await writer.addAttachment(record, FILE);
    await writer.end();
    expect(setup.files.get(record.id)).toHaveLength(2);
    expect(await undo()).toMatchObject({ ok: true });
    expect(setup.files.get(record.id)).toEqual([]);
    expect(await undo()).toMatchObject({ ok: true, updated: [] });
  });

  it('are put back byte for byte after they were deleted, alone or with their contact', async () => {
    const setup = withFiles();
    const { server, files } = setup;
    const record = server.add(person('A'));
    const seed = open(setup);
    const made = await seed.writer.addAttachment(record, FILE);
    const alone = open(setup);
    await alone.writer.deleteAttachment(record, made);
    await alone.writer.end();
    expect(files.get(record.id)).toEqual([]);
    expect(await alone.undo()).toMatchObject({ ok: true, updated: [record.id] });
    expect(files.get(record.id)).toMatchObject([{ name: 'a.txt', mediaType: 'text/plain', size: 5 }]);
    const together = open(setup);
    await together.writer.delete(await server.provider.get(record.id));
    await together.writer.end();
    expect(server.contacts.size).toBe(0);
    const done = await together.undo();
    expect(done).toMatchObject({ ok: true });
    const back = files.get(done.created[0] ?? '') ?? [];
    expect(back.map(({ bytes }) => Buffer.from(bytes).toString())).toEqual(['hello']);
    expect(await together.undo()).toMatchObject({ ok: true, created: [] });
    expect(files.get(done.created[0] ?? '')).toHaveLength(1);
  });

  it('that are too large to be kept: said before, and said by undo', async () => {
    const setup = withFiles();
    const record = setup.server.add(person('A'));
    const big = await open(setup).writer.addAttachment(record, { ...FILE, bytes: Buffer.alloc(6 * 1024 * 1024) });
    const { writer, undo, warnings, journal } = open(setup);
    await writer.deleteAttachment(record, big);
    await writer.end();
    expect(warnings).toEqual(['the attachment "a.txt" is too large to be kept: undo will not bring it back']);
    expect(JSON.stringify(await all(journal.entries(writer.run ?? ''))).length).toBeLessThan(2000);
    expect((await undo()).failed).toMatchObject([{ id: record.id, error: { code: 'refused' } }]);
  });

  it('whose answer was lost are looked for before they are sent again', async () => {
    for (const moment of ['before', 'after'] as const) {
      const setup = withFiles();
      const record = setup.server.add(person('A'));
      const { writer } = open(setup);
      setup.state.lose = moment;
      const made = await writer.addAttachment(record, FILE);
      expect(setup.files.get(record.id)).toHaveLength(1);
      setup.state.lose = moment;
      await writer.deleteAttachment(record, made);
      expect([setup.files.get(record.id), setup.state.sent]).toEqual([[], 2]);
    }
  });

  it('nothing is sent in a dry run or to a read-only profile', async () => {
    const setup = withFiles();
    const record = setup.server.add(person('A'));
    const { connection } = setup.server;
    const rest = { journal: memoryJournal(), command: 'x', clock: testClock() };
    const dry = openWriter({ connection, dryRun: true, ...rest });
    await dry.addAttachment(record, FILE);
    await dry.deleteAttachment(record, { id: 'f1', name: 'x', mediaType: 'x', size: 1 });
    const locked = openWriter({ connection: { ...connection, readOnly: true }, dryRun: false, ...rest });
    await expect(locked.addAttachment(record, FILE)).rejects.toThrow(UsageError);
    expect(setup.state.sent).toBe(0);
  });

  it('are picked by id, name, or as the only one', () => {
    const list = ['1', '2', '3'].map((id) => ({ id, name: id === '3' ? 'b' : 'a', mediaType: 'x/y', size: 1 }));
    const record = { id: 'c', bookIds: [], card: person('A') };
    expect(pickAttachment(list, record, '2').id).toBe('2');
    expect(pickAttachment(list, record, 'b').id).toBe('3');
    expect(() => pickAttachment(list, record, 'a')).toThrow(UsageError);
    expect(() => pickAttachment(list, record)).toThrow(UsageError);
    expect(() => pickAttachment(list, record, 'z')).toThrow(NotFound);
    expect(pickAttachment(list.slice(2), record).id).toBe('3');
    expect(mediaTypeOf('x.PDF', Buffer.from('%PDF'))).toBe('application/pdf');
    expect(mediaTypeOf('x.pdf', tinyJpeg(1).bytes)).toBe('image/jpeg');
    expect(mediaTypeOf('constructor', Buffer.from(''))).toBe('application/octet-stream');
  });
});

describe('companies', () => {
  const org = (name: string, ...units: string[]) => ({
    organizations: { o: { name, ...(units.length > 0 && { units: units.map((unit) => ({ name: unit })) }) } },
  });
  const filled = (): MemoryServer => {
    const server = memoryServer();
    server.add(person('Ada', org('Zeta')));
    server.add(person('Bob', org('Acme Söhne', 'Research')));
    server.add(person('Eve', org('Acme Söhne')));
    server.add(person('Dan', org('', 'lost')));
    server.add(person('Fay'));
    return server;
  };
  const names = (records: readonly { card: { name?: { full?: string } } }[]): unknown[] =>
    records.map(({ card }) => card.name?.full);

  it('are read from the organizations where the server lists none', async () => {
    const { connection } = filled();
    expect(await listCompanies(connection)).toEqual([
      { name: 'Acme Söhne', hasDepartments: true },
      { name: 'Zeta', hasDepartments: false },
    ]);
    expect(await listDepartments(connection, 'acme sohne')).toEqual(['Research', 'Uncategorized']);
    expect(names(await companyContacts(connection, 'ACME SÖHNE', undefined))).toEqual(['Bob', 'Eve']);
    expect(names(await companyContacts(connection, 'Acme Söhne', 'uncategorized'))).toEqual(['Eve']);
    await expect(listDepartments(connection, 'Acne Söhne')).rejects.toMatchObject({
      hint: 'did you mean "Acme Söhne"?',
    });
    await expect(companyContacts(connection, 'Nowhere', undefined)).rejects.toThrow(NotFound);
    await expect(companyContacts(connection, 'Zeta', 'Research')).rejects.toMatchObject({
      message: 'no department "Research" in "Zeta"',
    });
  });

  it("come from the server's search, and from the list when that misses one", async () => {
    for (const misses of [false, true]) {
      const { connection } = filled();
      const { provider } = connection;
      Object.assign(provider, { searchCovers: ['organizations'] });
      provider.search = async function* (words) {
        expect(words).toEqual(['Acme', 'Söhne']);
        for await (const record of provider.list({})) if (!misses || names([record])[0] !== 'Eve') yield record;
      };
      provider.companies = {
        list: async () => [{ name: 'Acme Söhne', hasDepartments: true }],
        departments: async () => ['Uncategorized'],
        contacts: async (company) => {
          if (company !== 'Acme Söhne') throw new NotFound('no such company');
          return ['Eve'];
        },
      };
      expect(names(await companyContacts(connection, 'Acme Söhne', 'Uncategorized'))).toEqual(['Eve']);
      await expect(companyContacts(connection, 'Nix', 'Uncategorized')).rejects.toMatchObject({
        message: 'no company "Nix"',
      });
    }
  });
});

describe('common contacts', () => {
  const entry = (email: string, used = 1): FrequentContact => ({ name: email, email, used, lastUsed: 1000 });
  function withList(list: FrequentContact[]): {
    server: MemoryServer;
    state: { list: readonly FrequentContact[]; sent: number };
  } {
    const server = memoryServer();
    const state: { list: readonly FrequentContact[]; sent: number } = { list, sent: 0 };
    server.provider.frequent = {
      list: async () => [...state.list],
      set: async (next) => {
        state.sent += 1;
        state.list = next;
      },
    };
    return { server, state };
  }

  it('are replaced, taken back, and left alone when they changed since', async () => {
    const { server, state } = withList([entry('a@x', 3)]);
    const { writer, undo } = open({ server });
    const before = [...state.list];
    await writer.setFrequent(before, before);
    expect(state.sent).toBe(0);
    await writer.setFrequent(before, [entry('b@x')]);
    await writer.end();
    // Counting on is no change.
    state.list = [entry('b@x', 9)];
    expect(await undo()).toMatchObject({ ok: true });
    expect(state.list).toEqual(before);
    expect(await undo()).toMatchObject({ ok: true, updated: [] });
    state.list = [entry('c@x')];
    expect((await undo()).failed).toMatchObject([{ error: { code: 'conflict' } }]);
    expect(await undo(true)).toMatchObject({ ok: true });
    expect(state.list).toEqual(before);
  });

  it('of contacts: what is known of their use stays', () => {
    const record = (name: string, ...emails: string[]) => ({
      id: name,
      bookIds: [],
      card: person(name, { emails: Object.fromEntries(emails.map((address, at) => [`e${at}`, { address }])) }),
    });
    const list = frequentOf([record('A', 'x@x', 'A@x'), record('B', 'b@x')], [entry('a@x', 3)], 5000);
    expect(list).toEqual([entry('a@x', 3), { name: 'B', email: 'b@x', used: 1, lastUsed: 5000, contactId: 'B' }]);
    expect(() => frequentOf([record('C')], [], 0)).toThrow(NotFound);
  });

  it('go to JSON and back; what is wrong is named', () => {
    const list = [{ ...entry('a@x', 3), contactId: 'id1' }, entry('b@x', 0)];
    expect(parseFrequent(JSON.stringify(list.map(frequentJson)), 0)).toEqual(list);
    expect(frequentJson(entry('a@x'))).toEqual({
      name: 'a@x',
      email: 'a@x',
      used: 1,
      lastUsed: '1970-01-01T00:00:01.000Z',
    });
    expect(parseFrequent('[{"email":"a@x"}]', 7)).toEqual([{ name: '', email: 'a@x', used: 1, lastUsed: 7 }]);
    for (const [text, words] of [
      ['{', 'no JSON'],
      ['{}', 'no JSON array'],
      ['[1]', 'entry 1 is no object'],
      ['[{"email":"a@x"},{"name":"b"}]', 'entry 2: email is missing'],
      ['[{"email":"a@x","used":"3"}]', 'used must be'],
      ['[{"email":"a@x","lastUsed":"soon"}]', 'lastUsed must be'],
    ] as const) {
      expect(() => parseFrequent(text, 0)).toThrow(InputError);
      expect(() => parseFrequent(text, 0)).toThrow(words);
    }
  });
});

describe('all pictures', () => {
  it('in one call where there is one; those it leaves out, or a failure, one by one', async () => {
    for (const kind of ['all', 'some', 'fails'] as const) {
      const server = memoryServer({ avatars: 'set' });
      const media = (level: number) => ({
        media: {
          p: { kind: 'photo', uri: `data:image/jpeg;base64,${Buffer.from(tinyJpeg(level).bytes).toString('base64')}` },
        },
      });
      const [a, b] = [server.add(person('A', media(1))), server.add(person('B', media(2)))];
      const { avatars } = server.provider;
      if (avatars === undefined) throw new Error('no avatars');
      const photos = new Map([[a.id, tinyJpeg(1)]]);
      if (kind === 'all') photos.set(b.id, tinyJpeg(2));
      avatars.all = async () => (kind === 'fails' ? Promise.reject(new ProtocolError('too large')) : photos);
      const exported = await all(exportAvatars(server.connection, {}));
      expect(exported.map(({ record }) => record.id)).toEqual([a.id, b.id]);
      expect(server.calls.get('avatars.get')).toBe(kind === 'all' ? undefined : kind === 'some' ? 1 : undefined);
    }
  });
});
