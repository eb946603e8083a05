/** Migrations to and from Filemail through the engine: requests counted, answers lost, groups, what cannot be stored. */
import { describe, expect, test } from 'vitest';
import { migrate } from '../../src/engine/migrate.js';
import { listGroups } from '../../src/engine/groups.js';
import type { Connection } from '../../src/engine/types.js';
import { openWriter } from '../../src/engine/write.js';
import { filemail } from '../../src/providers/filemail/index.js';
import { memoryServer, type MemoryServer } from '../fakes/memory.js';
import { people } from '../fakes/people.js';
import { all as listed, memoryJournal, migration, person, testClock, type Setup } from '../engine/support.js';
import { connect, simple, type Connected } from './filemail-setup.js';
import type { FilemailOptions } from '../fakes/filemail.js';

const connectionOf = ({ provider }: Connected): Connection => ({
  name: 'fm',
  kind: 'profile',
  definition: filemail,
  provider,
  readOnly: false,
});

const MOBILE = { phones: { p1: { number: '+44 7700', features: { mobile: true as const } } } };

async function to(
  options: FilemailOptions,
  fill: (from: MemoryServer) => void,
): Promise<Connected & { from: MemoryServer; setup: Setup }> {
  const connected = await connect(options);
  const from = memoryServer({ name: 'old' });
  fill(from);
  const target = { ...memoryServer(), connection: connectionOf(connected) };
  const setup = await migration(from, target, memoryJournal());
  return { ...connected, from, setup };
}

const WRITES = /add|update|delete|remove/;
const writesIn = (counts: Record<string, number>): number =>
  Object.entries(counts).reduce((sum, [path, count]) => sum + (WRITES.test(path) ? count : 0), 0);

describe('to Filemail', () => {
  test(
    '1,000 contacts: one list, one write each, one list to verify; the second run one list and no write',
    { timeout: 120_000 },
    async () => {
      const { fake, setup } = await to({}, (from) => {
        for (let n = 0; n < 1000; n++) from.add(person(`Person ${n}`, n % 2 === 0 ? MOBILE : {}));
      });
      const result = await migrate(setup.options());
      expect(fake.counts()).toEqual({ 'contacts/get': 2, 'contacts/add': 1000 });
      expect(result.summary).toMatchObject({ ok: true, failed: [] });
      expect(result.verified).toMatchObject({
        equal: 1000,
        differences: [],
        unchecked: [{ field: 'phones', contacts: 500 }],
      });
      const again = await migrate(setup.options());
      expect(again.plan).toMatchObject({ create: 0, update: 0, unchanged: 1000 });
      expect(fake.counts()).toEqual({ 'contacts/get': 3, 'contacts/add': 1000 });
    },
  );

  test('people of all kinds: what is planned as lost is lost, the rest is there; the second run writes nothing', async () => {
    const { fake, setup } = await to({ mobile: 'shown' }, (from) => {
      for (const card of people(150, { seed: 11 })) from.add(card);
    });
    const first = await migrate(setup.options());
    expect(first.verified?.differences).toEqual([]);
    expect(first.summary.failed.every(({ error }) => error.code === 'unstorable' || error.code === 'refused')).toBe(
      true,
    );
    expect(first.summary.created.length + first.summary.failed.length).toBe(first.plan.source);
    const writes = writesIn(fake.counts());
    const again = await migrate(setup.options());
    expect(again.plan).toMatchObject({ update: 0, unchanged: first.summary.created.length });
    expect(writesIn(fake.counts()) - writes).toBe(again.plan.create);
  });

  test('a contact without an address fails with its reason, everything else is done', async () => {
    const { fake, setup } = await to({}, (from) => {
      from.add(person('Ada'));
      from.add(person('Nobody', { emails: {} }));
      from.add(person('Broken', { emails: { e: { address: 'two@at@signs' } } }));
    });
    const result = await migrate(setup.options());
    expect(result.summary.created).toHaveLength(1);
    expect(result.summary.failed.map(({ error }) => error.code).sort()).toEqual(['refused', 'unstorable']);
    expect(result.summary.failed.map(({ error }) => error.message).join()).toContain('InvalidEmail');
    expect([...fake.store.contacts.values()].map(({ name }) => name)).toEqual(['Ada']);
  });

  test('groups and categories arrive as groups, without further lists', async () => {
    const { fake, setup, provider } = await to({}, (from) => {
      const [ada, bob] = [from.add(person('Ada', { keywords: { VIP: true } })), from.add(person('Bob'))];
      from.groups.set('g1', { id: 'g1', name: 'Friends', memberIds: [ada.id, bob.id] });
    });
    await migrate(setup.options());
    const groups = await listGroups({ ...connectionOf({ provider } as Connected) });
    expect(groups.map(({ name, memberIds }) => [name, memberIds.length])).toEqual([
      ['Friends', 2],
      ['VIP', 1],
    ]);
    const counts = fake.counts();
    expect(counts).toMatchObject({ 'contacts/group/add': 2, 'contacts/addtogroup': 3, 'contacts/add': 2 });
    const again = await migrate(setup.options());
    expect(again.plan.groups).toMatchObject({ create: 0, update: 0, unchanged: 2 });
    expect(writesIn(fake.counts())).toBe(writesIn(counts));
  });

  test('every 7th answer to an add is lost, twins in the source and on the server: nothing doubled, nothing lost', async () => {
    const { fake, setup } = await to({ nameLimit: 12 }, (from) => {
      for (let n = 0; n < 40; n++) from.add(person(`Somebody With A Long Name ${n % 20}`, { uid: `u${n}` }));
    });
    for (let n = 0; n < 5; n++)
      fake.store.add({ name: `Somebody With`, email: `somebody.with.a.long.name.${n}@example.org` });
    const before = fake.store.contacts.size;
    for (let n = 1; n <= 6; n++) {
      fake.fault({ kind: n % 2 === 0 ? 'reset-after' : 'reset-before', on: 'contacts/add', skip: 5 });
    }
    const result = await migrate(setup.options({ onConflict: 'duplicate', match: [] }));
    expect(result.summary.failed).toEqual([]);
    expect(fake.store.contacts.size - before).toBe(40);
    expect(new Set(result.summary.created).size).toBe(40);
  });

  test('a mobile phone reaches a contact that is there already, once', async () => {
    const { fake, setup } = await to({}, (from) => void from.add(person('Ada', MOBILE)));
    const id = fake.store.add({ name: 'Ada', email: 'ada@example.org' }).id;
    await migrate(setup.options());
    expect(fake.sent('contacts/update')).toEqual([{ contactid: id, mobile: '+44 7700' }]);
    await migrate(setup.options());
    expect(fake.sent('contacts/update')).toHaveLength(1);
  });
});

describe('a single add', () => {
  test('a lost answer is found: one contact, also beside an older twin', async () => {
    const connected = await connect({});
    const { fake } = connected;
    fake.store.add({ name: 'Ada', email: 'ada@example.org' });
    const writer = openWriter({
      connection: connectionOf(connected),
      journal: memoryJournal(),
      command: 'add',
      clock: testClock(),
      dryRun: false,
    });
    fake.fault({ kind: 'reset-after', on: 'contacts/add' });
    const written = await writer.create(simple('Ada', 'ada@example.org'));
    expect([...fake.store.contacts.keys()].indexOf(written.id)).toBe(1);
    expect(fake.store.contacts.size).toBe(2);
    fake.fault({ kind: 'reset-before', on: 'contacts/add' });
    const third = await writer.create(simple('Ada', 'ada@example.org'));
    expect([...fake.store.contacts.keys()].indexOf(third.id)).toBe(2);
    expect(fake.store.contacts.size).toBe(3);
  });
});

describe('from Filemail', () => {
  test('contacts with groups in three requests; that mobiles may be missing is said', async () => {
    const connected = await connect({});
    const { fake } = connected;
    const ada = fake.store.add({ name: 'Ada', email: 'ada@example.org', mobile: '+44' });
    fake.store.add({ name: 'Bob', email: 'bob@example.org' });
    fake.store.addGroup('Friends', [ada]);
    const target = memoryServer({ name: 'new' });
    const setup = await migration({ ...memoryServer(), connection: connectionOf(connected) }, target);
    const result = await migrate(setup.options());
    expect(result.verified).toEqual({ contacts: 2, equal: 2, differences: [] });
    expect(fake.counts()).toEqual({ 'contacts/group/get': 1, 'contacts/get': 2 });
    expect([...target.groups.values()]).toMatchObject([{ name: 'Friends', memberIds: [expect.any(String) as string] }]);
    expect(setup.events).toContainEqual({
      type: 'warning',
      message: 'fm may hold phones that it does not give back: those cannot be migrated',
    });
    expect(await listed(connected.provider.list({}))).toHaveLength(2);
  });
});
