import { describe, expect, it } from 'vitest';
import { migrate } from '../../src/engine/migrate.js';
import { undoRun } from '../../src/engine/undo.js';
import type { Card } from '../../src/model/card.js';
import { Stopped } from '../../src/model/errors.js';
import { cloneJson } from '../../src/model/json.js';
import { memoryServer, type MemoryServer } from '../fakes/memory.js';
import { migration, person, testClock } from './support.js';

const names = (server: MemoryServer): string[] =>
  [...server.contacts.values()].map((record) => record.card.name?.full ?? '').sort();

/** A server with room for one phone number and no notes, that gives every contact a uid of its own. */
function narrow(card: Card): Card {
  const { notes: _, ...kept } = cloneJson(card);
  const [first] = Object.entries(kept.phones ?? {});
  if (first !== undefined) kept.phones = { slot1: first[1] };
  return { ...kept, uid: `narrow:${card.name?.full ?? ''}` };
}

describe('a first migration', () => {
  it('creates everything, verifies it, and writes nothing the second time', async () => {
    const [from, to] = [memoryServer({ name: 'old' }), memoryServer({ name: 'new' })];
    for (const name of ['Anna Meyer', 'Bert Brown', 'Chloé Dupont']) from.add(person(name));
    const setup = await migration(from, to);
    const result = await migrate(setup.options());
    expect(result.summary.created).toHaveLength(3);
    expect(result.verified).toEqual({ contacts: 3, equal: 3, differences: [] });
    expect(names(to)).toEqual(['Anna Meyer', 'Bert Brown', 'Chloé Dupont']);
    const writes = to.writes();
    const again = await migrate(setup.options());
    expect(to.writes()).toBe(writes);
    expect(setup.plans).toHaveLength(1);
    expect(again).toMatchObject({ run: undefined, summary: { ok: true, created: [] }, plan: { unchanged: 3 } });
    expect(again.verified).toMatchObject({ equal: 3 });
  });

  it('writes nothing the second time where the target replaces uids and drops fields', async () => {
    const [from, to] = [memoryServer({ name: 'old' }), memoryServer({ name: 'new', project: narrow })];
    from.add(person('Anna', { phones: { a: { number: '1' }, b: { number: '2' } }, notes: { n: { note: 'x' } } }));
    from.add(person('Anna', { uid: 'other', emails: {} }));
    const setup = await migration(from, to);
    const first = await migrate(setup.options());
    expect(first.verified).toEqual({ contacts: 2, equal: 2, differences: [] });
    expect(first.plan.losses.map((loss) => [loss.field, loss.kind, loss.contacts])).toEqual([
      ['phones', 'dropped', 1],
      ['notes', 'dropped', 1],
    ]);
    const writes = to.writes();
    await migrate(setup.options());
    expect(to.writes()).toBe(writes);
    await migrate(setup.options({ restart: true }));
    expect(to.writes()).toBe(writes);
  });

  it('keeps two contacts that are equal as two', async () => {
    const [from, to] = [memoryServer({ name: 'old' }), memoryServer({ name: 'new' })];
    from.add(person('Twin'));
    from.add(person('Twin'));
    const setup = await migration(from, to);
    const result = await migrate(setup.options());
    expect(result.summary.ok).toBe(true);
    expect(names(to)).toEqual(['Twin', 'Twin']);
    await migrate(setup.options({ restart: true }));
    expect(names(to)).toEqual(['Twin', 'Twin']);
    expect(to.calls.get('create')).toBe(2);
  });

  it('does not ask and does not write in a dry run', async () => {
    const [from, to] = [memoryServer({ name: 'old' }), memoryServer({ name: 'new' })];
    from.add(person('Anna'));
    const setup = await migration(from, to);
    const result = await migrate(setup.options({ dryRun: true }));
    expect(result).toMatchObject({ declined: false, plan: { create: 1 }, run: undefined });
    expect(result.verified).toBeUndefined();
    expect(to.writes()).toBe(0);
    expect(await setup.journal.list()).toEqual([]);
    expect((await migrate(setup.options({ confirm: () => Promise.resolve(false) }))).declined).toBe(true);
    expect(to.writes()).toBe(0);
  });
});

describe('what is there already', () => {
  it('is recognised by uid, by address and name, by name; strangers are not joined', async () => {
    const [from, to] = [memoryServer({ name: 'old' }), memoryServer({ name: 'new' })];
    to.add(person('Anna Meyer', { titles: { t: { name: 'Boss' } } }));
    to.add(person('Meyer, Bert', { uid: 'x2', emails: { e: { address: 'BERT@example.org' } } }));
    to.add(person('Carl Lone', { uid: 'x3', emails: {}, phones: { p: { number: '+49 30 1' } } }));
    to.add(person('Dora Info', { uid: 'x4', emails: { e: { address: 'info@example.org' } } }));
    to.add(person('Emil Same', { uid: 'x5', emails: {}, phones: { p: { number: '555 12345678' } } }));
    from.add(person('Anna Meyer', { phones: { p: { number: '2' } } }));
    from.add(person('Bert Meyer', { emails: { e: { address: 'bert@example.org' } } }));
    from.add(person('Carl Lone', { emails: {}, nicknames: { n: { name: 'Charly' } } }));
    from.add(person('Fritz Info', { emails: { e: { address: 'info@example.org' } } }));
    from.add(person('Emil Same', { emails: {}, phones: { p: { number: '666 87654321' } } }));
    const setup = await migration(from, to);
    const result = await migrate(setup.options({ force: true }));
    expect(result.plan).toMatchObject({ create: 2, update: 3 });
    expect(names(to)).toEqual([
      'Anna Meyer',
      'Bert Meyer',
      'Carl Lone',
      'Dora Info',
      'Emil Same',
      'Emil Same',
      'Fritz Info',
    ]);
    const anna = [...to.contacts.values()].find((record) => record.card.name?.full === 'Anna Meyer');
    expect(anna?.card).toMatchObject({ titles: { t: { name: 'Boss' } }, phones: { p: { number: '2' } } });
    expect(result.verified?.differences).toEqual([]);
  });

  it('keeps what only the target has in lists, and does not double one number in two spellings', async () => {
    const [from, to] = [memoryServer({ name: 'old' }), memoryServer({ name: 'new' })];
    to.add(person('Anna', { phones: { a: { number: '+49 30 1234' }, b: { number: '+49 30 99' } } }));
    from.add(person('Anna', { phones: { x: { number: '0049 (30) 1234', contexts: { work: true } } } }));
    const setup = await migration(from, to);
    await migrate(setup.options({ force: true }));
    const [record] = [...to.contacts.values()];
    expect(Object.values(record?.card.phones ?? {}).map((phone) => phone.number)).toEqual([
      '0049 (30) 1234',
      '+49 30 99',
    ]);
  });

  it.each([
    ['skip', 1, 'Old'],
    ['update', 1, 'New'],
    ['duplicate', 2, 'Old'],
    ['ask', 1, 'New'],
  ] as const)('follows --on-conflict %s', async (onConflict, count, title) => {
    const [from, to] = [memoryServer({ name: 'old' }), memoryServer({ name: 'new' })];
    to.add(person('Anna', { titles: { t: { name: 'Old' } } }));
    from.add(person('Anna', { titles: { t: { name: 'New' } } }));
    const setup = await migration(from, to);
    const asked: string[] = [];
    const ask: NonNullable<ReturnType<typeof setup.options>['ask']> = ({ target }) => {
      asked.push(target.id);
      return Promise.resolve('update');
    };
    await migrate(setup.options({ onConflict, ask, force: true }));
    expect(to.contacts.size).toBe(count);
    expect([...to.contacts.values()][0]?.card.titles?.['t']?.name).toBe(title);
    expect(asked).toHaveLength(onConflict === 'ask' ? 1 : 0);
    const writes = to.writes();
    await migrate(setup.options({ onConflict, ask, force: true }));
    expect(to.writes()).toBe(writes);
  });
});

describe('later runs', () => {
  it('carry over changes field by field and keep what was changed on the target', async () => {
    const [from, to] = [memoryServer({ name: 'old' }), memoryServer({ name: 'new' })];
    const anna = from.add(person('Anna', { titles: { t: { name: 'Dev' } }, phones: { p: { number: '1' } } }));
    const setup = await migration(from, to);
    await migrate(setup.options());
    const there = [...to.contacts.values()][0];
    if (there === undefined) throw new Error('nothing was created');
    there.card = {
      ...there.card,
      titles: { t: { name: 'Boss' } },
      phones: { ...there.card.phones, q: { number: '777' } },
    };
    there.etag = 'touched';
    anna.card = { ...anna.card, phones: { p: { number: '2' } } };
    await migrate(setup.options({ onConflict: 'skip' }));
    expect([...to.contacts.values()][0]?.card).toMatchObject({ titles: { t: { name: 'Boss' } } });
    // Both sides touched the phones: with skip the target's stay, with update the source's come and 777 stays.
    expect(phones(to)).toEqual(['1', '777']);
    await migrate(setup.options({ force: true }));
    expect(phones(to)).toEqual(['2', '777']);
    delete anna.card.phones;
    await migrate(setup.options({ force: true }));
    expect(phones(to)).toEqual(['777']);
  });

  it('see what was edited on the target alone: update brings the source back, skip leaves and says so', async () => {
    const [from, to] = [memoryServer({ name: 'old' }), memoryServer({ name: 'new' })];
    from.add(person('Anna', { titles: { t: { name: 'Dev' } } }));
    const setup = await migration(from, to);
    await migrate(setup.options());
    const there = [...to.contacts.values()][0];
    if (there === undefined) throw new Error('nothing was created');
    there.card = { ...there.card, titles: { t: { name: 'Boss' } } };
    there.etag = 'touched';
    const skipped = await migrate(setup.options({ onConflict: 'skip' }));
    expect(skipped.plan).toMatchObject({ skip: 1, unchanged: 0, update: 0 });
    expect([...to.contacts.values()][0]?.card.titles).toMatchObject({ t: { name: 'Boss' } });
    const updated = await migrate(setup.options({ force: true }));
    expect(updated.summary.updated).toHaveLength(1);
    expect([...to.contacts.values()][0]?.card.titles).toMatchObject({ t: { name: 'Dev' } });
    expect(updated.verified).toMatchObject({ equal: 1, differences: [] });
  });

  it('say again what a server did not keep, without writing it again', async () => {
    const keeps = (card: Card): Card => ({ ...card, titles: { t: { name: 'De' } } });
    const [from, to] = [memoryServer({ name: 'old' }), memoryServer({ name: 'new', keeps })];
    from.add(person('Anna', { titles: { t: { name: 'Dev' } } }));
    const setup = await migration(from, to);
    expect((await migrate(setup.options())).verified?.differences).toHaveLength(1);
    const writes = to.writes();
    const again = await migrate(setup.options());
    expect(to.writes()).toBe(writes);
    expect(again.verified?.differences).toHaveLength(1);
  });

  it('follow deletions only with mirror, and only of what came from the source', async () => {
    const [from, to] = [memoryServer({ name: 'old' }), memoryServer({ name: 'new' })];
    const added = ['Anna', 'Bert', 'Carl', 'Dora'].map((name) => from.add(person(name)));
    to.add(person('Target Only'));
    const setup = await migration(from, to);
    await migrate(setup.options());
    from.contacts.delete(added[0]?.id ?? '');
    await migrate(setup.options());
    expect(names(to)).toHaveLength(5);
    const result = await migrate(setup.options({ mirror: true }));
    expect(result.summary.deleted).toHaveLength(1);
    expect(names(to)).toEqual(['Bert', 'Carl', 'Dora', 'Target Only']);
    const writes = to.writes();
    await migrate(setup.options({ mirror: true }));
    expect(to.writes()).toBe(writes);
  });

  it('do not delete what came back under another id', async () => {
    const [from, to] = [memoryServer({ name: 'old' }), memoryServer({ name: 'new' })];
    const anna = from.add(person('Anna'));
    from.add(person('Bert'));
    const setup = await migration(from, to);
    await migrate(setup.options());
    from.contacts.delete(anna.id);
    from.add(person('Anna'));
    const writes = to.writes();
    await migrate(setup.options({ mirror: true }));
    expect(to.writes()).toBe(writes);
  });

  it('bring back what was deleted on the target', async () => {
    const [from, to] = [memoryServer({ name: 'old' }), memoryServer({ name: 'new' })];
    from.add(person('Anna'));
    const setup = await migration(from, to);
    await migrate(setup.options());
    to.contacts.clear();
    await migrate(setup.options());
    expect(names(to)).toEqual(['Anna']);
  });

  it('since the last run: leave alone what did not change on the source', async () => {
    const [from, to] = [memoryServer({ name: 'old' }), memoryServer({ name: 'new' })];
    from.add(person('Anna'));
    const bert = from.add(person('Bert'));
    const setup = await migration(from, to);
    await migrate(setup.options());
    bert.card = { ...bert.card, nicknames: { n: { name: 'Berti' } } };
    const result = await migrate(setup.options({ sinceLast: true }));
    expect(result.summary.updated).toHaveLength(1);
    expect(to.calls.get('update')).toBe(1);
  });
});

const phones = (server: MemoryServer): string[] =>
  Object.values([...server.contacts.values()][0]?.card.phones ?? {})
    .map((phone) => phone.number)
    .sort();

describe('brakes', () => {
  it('stop at an empty source, unless forced', async () => {
    const [from, to] = [memoryServer({ name: 'old' }), memoryServer({ name: 'new' })];
    const setup = await migration(from, to);
    await expect(migrate(setup.options())).rejects.toThrow(Stopped);
    await expect(migrate(setup.options())).rejects.toMatchObject({
      exit: 1,
      hint: expect.stringContaining('--force') as string,
    });
    expect((await migrate(setup.options({ force: true }))).summary.ok).toBe(true);
  });

  it('stop at a source that shrank by more than half', async () => {
    const [from, to] = [memoryServer({ name: 'old' }), memoryServer({ name: 'new' })];
    const added = ['A', 'B', 'C', 'D', 'E'].map((name) => from.add(person(name)));
    const setup = await migration(from, to);
    await migrate(setup.options());
    for (const record of added.slice(0, 3)) from.contacts.delete(record.id);
    await expect(migrate(setup.options({ mirror: true }))).rejects.toThrow(/shrank from 5 to 2/);
    await migrate(setup.options({ mirror: true, force: true }));
    expect(names(to)).toEqual(['D', 'E']);
  });

  it('stop at a plan that overwrites more than half of the target', async () => {
    const [from, to] = [memoryServer({ name: 'old' }), memoryServer({ name: 'new' })];
    for (const name of ['A', 'B', 'C']) {
      to.add(person(name, { titles: { t: { name: 'is' } } }));
      from.add(person(name, { titles: { t: { name: 'will be' } } }));
    }
    const setup = await migration(from, to);
    await expect(migrate(setup.options())).rejects.toThrow(/overwrite 3 of the 3/);
    expect(to.writes()).toBe(0);
  });
});

describe('undo', () => {
  it('takes a whole migration back, groups included, and a later run starts over', async () => {
    const [from, to] = [memoryServer({ name: 'old' }), memoryServer({ name: 'new' })];
    to.add(person('Anna', { titles: { t: { name: 'Old' } } }));
    to.add(person('Other'));
    const anna = from.add(person('Anna', { titles: { t: { name: 'New' } } }));
    const bert = from.add(person('Bert'));
    from.groups.set('g', { id: 'g', name: 'Friends', memberIds: [anna.id, bert.id] });
    const before = cloneJson([...to.contacts.values()].map((record) => record.card));
    const setup = await migration(from, to);
    const { run } = await migrate(setup.options());
    expect([...to.groups.values()]).toMatchObject([
      { name: 'Friends', memberIds: [expect.any(String), expect.any(String)] },
    ]);
    const undone = await undoRun({
      connection: to.connection,
      journal: setup.journal,
      run: run ?? '',
      clock: testClock(),
      force: false,
      dryRun: false,
    });
    expect(undone).toMatchObject({ ok: true, failed: [] });
    expect([...to.contacts.values()].map((record) => record.card)).toEqual(before);
    expect(to.groups.size).toBe(0);
    const result = await migrate(setup.options());
    expect(result.plan).toMatchObject({ create: 1, update: 1 });
  });
});
