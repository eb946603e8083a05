/** Groups, books, pictures and leftovers of a migration, and walks at random with a server that fails now and then. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { migrate } from '../../src/engine/migrate.js';
import type { Book, Card } from '../../src/model/card.js';
import { Interrupted, NotFound, Refused, Stopped, Unavailable } from '../../src/model/errors.js';
import { acquireLock } from '../../src/store/lock.js';
import { lockTarget } from '../../src/engine/sidelock.js';
import { migrationFolder } from '../../src/engine/state.js';
import { memoryServer, type MemoryServer } from '../fakes/memory.js';
import { memoryJournal, migration, person } from './support.js';

const noKeywords = ({ keywords: _, ...card }: Card): Card => card;
const cards = (server: MemoryServer): Card[] => [...server.contacts.values()].map((record) => record.card);
const book = (id: string, name: string, extra: Partial<Book> = {}): Book => ({
  id,
  name,
  isDefault: false,
  readOnly: false,
  ...extra,
});

async function secondRunWritesNothing(to: MemoryServer, run: () => Promise<unknown>): Promise<void> {
  const writes = to.writes();
  await run();
  expect(to.writes()).toBe(writes);
}

describe('groups', () => {
  it('become categories where the target has no lists', async () => {
    const [from, to] = [memoryServer({ name: 'old' }), memoryServer({ name: 'new', groups: 'keywords' })];
    const anna = from.add(person('Anna', { keywords: { Own: true } }));
    from.add(person('Bert'));
    from.groups.set('g', { id: 'g', name: 'Friends', memberIds: [anna.id] });
    const setup = await migration(from, to, memoryJournal());
    const result = await migrate(setup.options());
    expect(cards(to).map((card) => card.keywords)).toEqual([{ Own: true, Friends: true }, undefined]);
    expect(to.calls.get('create')).toBe(2);
    expect(result.plan.groups.rule).toContain('categories');
    await secondRunWritesNothing(to, () => migrate(setup.options()));
    from.groups.delete('g');
    await migrate(setup.options({ force: true }));
    expect(cards(to)[0]?.keywords).toEqual({ Own: true });
  });

  it('are made of categories where the target has only lists', async () => {
    const [from, to] = [
      memoryServer({ name: 'old', groups: 'keywords' }),
      memoryServer({ name: 'new', project: noKeywords }),
    ];
    from.add(person('Anna', { keywords: { Work: true, Friends: true } }));
    from.add(person('Bert', { keywords: { Work: true } }));
    const setup = await migration(from, to, memoryJournal());
    const result = await migrate(setup.options());
    expect([...to.groups.values()].map((group) => [group.name, group.memberIds.length])).toEqual([
      ['Work', 2],
      ['Friends', 1],
    ]);
    expect(result.plan.losses).toEqual([]);
    expect(result.plan.groups).toMatchObject({ create: 2 });
    await secondRunWritesNothing(to, () => migrate(setup.options()));
  });

  it('that fit nowhere are a loss in the plan and go to the leftovers', async () => {
    const [from, to] = [
      memoryServer({ name: 'old' }),
      memoryServer({ name: 'new', groups: 'none', project: noKeywords }),
    ];
    const anna = from.add(person('Anna', { keywords: { Work: true } }));
    from.groups.set('g', { id: 'g', name: 'Friends', memberIds: [anna.id] });
    const setup = await migration(from, to, memoryJournal());
    const result = await migrate(setup.options());
    expect(result.plan.losses.map((loss) => [loss.field, loss.contacts])).toEqual([
      ['keywords', 1],
      ['groups', 1],
    ]);
    const text = await readFile(join(result.reportDir ?? '', 'leftovers.vcf'), 'utf8');
    expect(text).toContain('KIND:group');
    expect(text).toContain('CATEGORIES:Work');
    expect(text).not.toContain('EMAIL');
  });

  it('follow changes of members, keep members of the target, name those that are not there', async () => {
    const [from, to] = [memoryServer({ name: 'old' }), memoryServer({ name: 'new' })];
    const [anna, bert, carl] = ['Anna', 'Bert', 'Carl'].map((name) => from.add(person(name)));
    const group = { id: 'g', name: 'Friends', memberIds: [anna?.id ?? '', bert?.id ?? '', 'nobody'] };
    from.groups.set('g', group);
    const own = to.add(person('Own'));
    to.groups.set('t', { id: 't', name: 'Friends', memberIds: [own.id] });
    const setup = await migration(from, to, memoryJournal());
    await migrate(setup.options());
    const members = (): string[] =>
      [...to.groups.values()]
        .flatMap((one) => one.memberIds.map((id) => to.contacts.get(id)?.card.name?.full ?? ''))
        .sort();
    expect(to.groups.size).toBe(1);
    expect(members()).toEqual(['Anna', 'Bert', 'Own']);
    expect(setup.events).toContainEqual({
      type: 'warning',
      message: expect.stringContaining('Friends: 1 members') as string,
    });
    group.memberIds = [bert?.id ?? '', carl?.id ?? ''];
    await migrate(setup.options());
    expect(members()).toEqual(['Bert', 'Carl', 'Own']);
  });

  it('choose what is migrated with --group', async () => {
    const [from, to] = [memoryServer({ name: 'old' }), memoryServer({ name: 'new' })];
    const anna = from.add(person('Anna'));
    from.add(person('Bert'));
    from.groups.set('g', { id: 'g', name: 'Friends', memberIds: [anna.id] });
    from.groups.set('h', { id: 'h', name: 'Others', memberIds: [] });
    const setup = await migration(from, to, memoryJournal());
    await migrate(setup.options({ group: 'friends' }));
    expect(cards(to).map((card) => card.name?.full)).toEqual(['Anna']);
    expect([...to.groups.values()].map((group) => group.name)).toEqual(['Friends']);
    await expect(migrate(setup.options({ group: 'Nobody' }))).rejects.toThrow(NotFound);
  });
});

describe('address books', () => {
  const books = (): Book[] => [book('s1', 'Contacts', { isDefault: true }), book('s2', 'Work'), book('s3', 'Private')];

  it('go to the books of the same name, others are made', async () => {
    const from = memoryServer({ name: 'old', books: books() });
    const to = memoryServer({
      name: 'new',
      bookAdmin: true,
      books: [book('t1', 'Kontakte', { isDefault: true }), book('t2', 'work')],
    });
    for (const [name, id] of [
      ['A', 's1'],
      ['B', 's2'],
      ['C', 's3'],
    ] as const)
      from.add(person(name), id);
    const setup = await migration(from, to, memoryJournal());
    const result = await migrate(setup.options());
    expect(result.plan.books).toEqual({
      create: ['Private'],
      mapping: [
        { from: 'Contacts', to: 'Kontakte' },
        { from: 'Work', to: 'work' },
        { from: 'Private', to: 'Private' },
      ],
    });
    expect([...to.contacts.values()].map((record) => [record.card.name?.full, record.bookIds[0]])).toEqual([
      ['A', 't1'],
      ['B', 't2'],
      ['C', 'b3'],
    ]);
    await secondRunWritesNothing(to, () => migrate(setup.options()));
  });

  it('are chosen and renamed by --book; one contact may be in two books', async () => {
    const from = memoryServer({ name: 'old', books: books() });
    const to = memoryServer({ name: 'new', bookAdmin: true });
    from.add(person('Same'), 's2');
    from.add(person('Same'), 's3');
    from.add(person('Not asked'), 's1');
    const setup = await migration(from, to, memoryJournal());
    const pairs = [
      { from: 'Work', to: 'Contacts' },
      { from: 's3', to: 'New' },
    ];
    await migrate(setup.options({ books: pairs }));
    expect([...to.contacts.values()].map((record) => [record.card.name?.full, record.bookIds[0]])).toEqual([
      ['Same', 'b1'],
      ['Same', 'b2'],
    ]);
    await secondRunWritesNothing(to, () => migrate(setup.options({ books: pairs, restart: true })));
    await expect(migrate(setup.options({ books: [{ from: 'Nope', to: 'Contacts' }] }))).rejects.toThrow(NotFound);
    const { bookAdmin: _, ...plain } = to.provider;
    await expect(
      migrate(setup.options({ to: { ...to.connection, provider: plain }, books: [{ from: 'Work', to: 'Nope' }] })),
    ).rejects.toThrow(NotFound);
  });
});

describe('pictures', () => {
  const gif = 'data:image/gif;base64,R0lGODlhAQABAIAAAP///wAAACwAAAAAAQABAAACAkQBADs=';
  const png =
    'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

  it('that the server stores anew count as equal, also after the state is lost', async () => {
    const from = memoryServer({ name: 'old' });
    from.add(person('Anna', { media: { p: { kind: 'photo', uri: gif } } }));
    const to = memoryServer({ name: 'new', reencodesPhotos: true });
    const provider = { ...to.provider };
    provider.create = async (contact) => {
      const result = (await to.provider.create?.(contact)) ?? { id: '' };
      const record = to.contacts.get(result.id);
      if (record !== undefined) record.card = { ...record.card, media: { photo: { kind: 'photo', uri: png } } };
      return result;
    };
    const setup = await migration(from, to, memoryJournal());
    expect((await migrate(setup.options({ to: { ...to.connection, provider } }))).verified?.differences).toEqual([]);
    await secondRunWritesNothing(to, () => migrate(setup.options()));
    await secondRunWritesNothing(to, () => migrate(setup.options({ restart: true, match: [] })));
  });

  it('that go by a call of their own arrive, follow changes, and a refused one is no difference', async () => {
    const from = memoryServer({ name: 'old' });
    const anna = from.add(person('Anna', { media: { p: { kind: 'photo', uri: gif } } }));
    from.add(person('Bert', { media: { p: { kind: 'photo', uri: gif } } }));
    const to = memoryServer({ name: 'new', avatars: 'set', concurrency: 1 });
    const setup = await migration(from, to, memoryJournal());
    to.fault('avatars.set', { error: new Refused('too large') });
    const result = await migrate(setup.options());
    expect(result.verified).toMatchObject({ equal: 2, differences: [] });
    expect(result.summary.ok).toBe(true);
    anna.card = { ...anna.card, media: { p: { kind: 'photo', uri: png } } };
    await migrate(setup.options({ force: true }));
    expect((await to.provider.avatars?.get([...to.contacts.keys()][0] ?? ''))?.mediaType).toBe('image/png');
  });
});

describe('a book that is aside (shared by everybody)', () => {
  it('is neither matched nor written unless it is named', async () => {
    const books = [book('own', 'Own', { isDefault: true }), book('all', 'All', { aside: true })];
    const [from, to] = [memoryServer({ name: 'old' }), memoryServer({ name: 'new', books })];
    const anna = from.add(person('Anna'));
    to.add(anna.card, 'all');
    const setup = await migration(from, to, memoryJournal());
    expect((await migrate(setup.options({ dryRun: true }))).plan).toMatchObject({ create: 1, unchanged: 0 });
    const source = from.connection.provider;
    const [own] = await source.books();
    const named = setup.options({ dryRun: true, books: [{ from: own?.name ?? '', to: 'All' }] });
    expect((await migrate(named)).plan).toMatchObject({ create: 0, unchanged: 1 });
  });
});

describe('one migration at a time', () => {
  it('is kept by a lock, and Ctrl-C leaves what was done', async () => {
    const [from, to] = [memoryServer({ name: 'old' }), memoryServer({ name: 'new', concurrency: 1 })];
    for (let n = 0; n < 10; n++) from.add(person(`P${n}`));
    const setup = await migration(from, to, memoryJournal());
    const folder = migrationFolder(setup.stateDir, 'profile old', 'profile new');
    const lock = await acquireLock(join(folder, 'lock'), 'test');
    await expect(migrate(setup.options())).rejects.toThrow(Stopped);
    await lock.release();
    // Another source into the same target.
    const other = await lockTarget(setup.stateDir, to.connection, 'migrate elsewhere new');
    await expect(migrate(setup.options())).rejects.toMatchObject({
      message: expect.stringMatching(/^process \d+ has been at this for .*: migrate elsewhere new$/) as string,
    });
    expect((await migrate(setup.options({ dryRun: true }))).plan.create).toBe(10);
    await other.release();
    const abort = new AbortController();
    const create = to.provider.create?.bind(to.provider);
    let made = 0;
    const provider = {
      ...to.provider,
      create: (...args: Parameters<NonNullable<typeof create>>) => {
        if (++made === 4) abort.abort();
        return create?.(...args) ?? Promise.reject(new Error('no create'));
      },
    };
    await expect(migrate(setup.options({ signal: abort.signal, to: { ...to.connection, provider } }))).rejects.toThrow(
      Interrupted,
    );
    expect(to.contacts.size).toBe(4);
    expect((await migrate(setup.options())).summary.created).toHaveLength(6);
  });
});

interface Edit {
  side: 'source' | 'target';
  what: 'add' | 'title' | 'phone' | 'remove';
  pick: number;
  value: string;
}
const edit = (): fc.Arbitrary<Edit> =>
  fc.record({
    side: fc.constantFrom('source' as const, 'source' as const, 'target' as const),
    what: fc.constantFrom('add' as const, 'add' as const, 'title' as const, 'phone' as const, 'remove' as const),
    pick: fc.nat(20),
    value: fc.constantFrom('1', '22', '333'),
  });

function apply(server: MemoryServer, { what, pick, value, side }: Edit): void {
  if (what === 'add')
    return void server.add(person(`${side} ${pick}`, { uid: `${side}-${pick}-${server.contacts.size}` }));
  const record = [...server.contacts.values()][pick % Math.max(1, server.contacts.size)];
  if (record === undefined) return;
  if (what === 'remove') return void server.contacts.delete(record.id);
  record.etag = `edited-${Math.random()}`;
  record.card =
    what === 'title'
      ? { ...record.card, titles: { t: { name: value } } }
      : { ...record.card, phones: { p: { number: value } } };
}

describe('random walks', () => {
  const narrow = (card: Card): Card => ({ ...noKeywords(card), uid: 'server' });
  const fault = fc.record({
    op: fc.constantFrom('create', 'update', 'get', 'list'),
    kind: fc.constantFrom('before' as const, 'after' as const, 'away' as const),
  });

  it('end with everything of the source on the target, nothing twice, and a run that writes nothing', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ edits: fc.array(edit(), { maxLength: 5 }), faults: fc.array(fault, { maxLength: 3 }) }), {
          minLength: 1,
          maxLength: 4,
        }),
        async (rounds) => {
          const [from, to] = [
            memoryServer({ name: 'old' }),
            memoryServer({ name: 'new', project: narrow, concurrency: 2 }),
          ];
          const setup = await migration(from, to, memoryJournal());
          const added = new Map<string, number>();
          for (const { edits, faults } of rounds) {
            for (const one of edits) {
              apply(one.side === 'source' ? from : to, one);
              if (one.what === 'add')
                added.set(`${one.side} ${one.pick}`, (added.get(`${one.side} ${one.pick}`) ?? 0) + 1);
            }
            for (const { op, kind } of faults)
              to.fault(op, kind === 'away' ? { error: new Unavailable('away') } : kind);
            await migrate(setup.options({ force: true })).catch(() => undefined);
          }
          to.heal();
          const there = new Set(to.contacts.keys());
          const result = await migrate(setup.options({ force: true }));
          expect(result.verified?.differences).toEqual([]);
          expect(to.contacts.size).toBe(there.size + result.summary.created.length);
          const ids = new Set([...result.summary.created, ...result.summary.updated]);
          expect(ids.size).toBe(result.summary.created.length + result.summary.updated.length);
          const sourceNames = cards(from).map((card) => card.name?.full ?? '');
          const targetNames = cards(to).map((card) => card.name?.full ?? '');
          for (const name of new Set(sourceNames)) {
            expect(targetNames.filter((one) => one === name).length).toBeGreaterThanOrEqual(
              sourceNames.filter((one) => one === name).length,
            );
          }
          for (const name of new Set(targetNames)) {
            expect(targetNames.filter((one) => one === name).length, name).toBeLessThanOrEqual(added.get(name) ?? 0);
          }
          const writes = to.writes();
          await migrate(setup.options({ force: true }));
          expect(to.writes()).toBe(writes);
        },
      ),
      { numRuns: 40 },
    );
  }, 60_000);
});
