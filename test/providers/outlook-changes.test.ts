import { describe, expect, test } from 'vitest';
import type { Changes, Provider } from '../../src/providers/types.js';
import { Unsupported } from '../../src/model/errors.js';
import { person } from '../conformance/cards.js';
import type { FakeOutlook } from '../fakes/outlook.js';
import { connect, NAMES, seed } from './outlook-setup.js';

function changesOf(provider: Provider): NonNullable<Provider['changes']> {
  if (provider.changes === undefined) throw new Error('no changes');
  return provider.changes;
}

const ids = ({ created, updated, removed }: Changes) => ({
  created: created.map(({ id }) => id).sort(),
  updated: updated.map(({ id }) => id).sort(),
  removed: [...removed].sort(),
});

function note(fake: FakeOutlook, id: string, text: string): void {
  const contact = fake.store.find(id);
  if (contact === undefined) throw new Error('not there');
  contact.texts['personalNotes'] = text;
  fake.store.save(contact);
}

describe.each(NAMES)('changes: %s', (name) => {
  test.each([false, true])('over many pages and all folders (full rounds: %s)', async (fullSync) => {
    const { fake, provider, again } = await connect(name, { maxPageSize: 3, fullSync });
    const { store } = fake;
    const work = store.addFolder('Work');
    const first = Array.from({ length: 10 }, (_none, number) => seed(fake, name, person(number)));
    const others = Array.from({ length: 5 }, (_none, number) => seed(fake, name, person(100 + number), work.id));
    const token = await changesOf(provider).current();
    expect(ids(await changesOf(provider).since(token))).toEqual({ created: [], updated: [], removed: [] });
    const added = seed(fake, name, person(50), work.id);
    note(fake, first[3] ?? '', 'new');
    note(fake, others[0] ?? '', 'once');
    note(fake, others[0] ?? '', 'twice');
    const gone = store.find(first[7] ?? '');
    if (gone !== undefined) store.remove(gone);
    const fleeting = store.find(seed(fake, name, person(60)));
    if (fleeting !== undefined) store.remove(fleeting);
    const delta = await changesOf(await again()).since(token);
    const expected = { created: [added], updated: [first[3], others[0]].sort(), removed: delta.removed };
    expect(ids(delta)).toEqual(expected);
    expect(delta.removed).toContain(first[7]);
    expect(delta.updated.find(({ id }) => id === others[0])?.card.notes?.['notes']?.note).toBe('twice');
    expect(delta.created[0]?.card.uid).toMatch(/^urn:uuid:0/);
    expect(delta.reset).toBeUndefined();
    expect(ids(await changesOf(provider).since(delta.token))).toEqual({ created: [], updated: [], removed: [] });
    fake.assertClean();
  });

  test('an empty default folder has a token too', async () => {
    const { fake, provider } = await connect(name);
    const token = await changesOf(provider).current();
    const id = seed(fake, name, person(1));
    expect(ids(await changesOf(provider).since(token))).toEqual({ created: [id], updated: [], removed: [] });
    fake.assertClean();
  });
});

test('a contact that moves to another folder is updated, not removed', async () => {
  const { fake, provider } = await connect();
  const work = fake.store.addFolder('Work');
  const id = seed(fake, 'graph', person(1));
  const token = await changesOf(provider).current();
  const contact = fake.store.find(id);
  if (contact !== undefined) fake.store.move(contact, work.id);
  const delta = await changesOf(provider).since(token);
  expect(ids(delta)).toEqual({ created: [], updated: [id], removed: [] });
  expect(delta.updated[0]?.bookIds).toEqual([work.id]);
});

test('folders that come bring their contacts; with one that goes, all is told anew', async () => {
  const { fake, provider, again } = await connect();
  seed(fake, 'graph', person(1));
  const token = await changesOf(provider).current();
  const work = fake.store.addFolder('Work');
  const id = seed(fake, 'graph', person(2), work.id);
  const delta = await changesOf(await again()).since(token);
  expect(ids(delta)).toEqual({ created: [id], updated: [], removed: [] });
  fake.store.removeFolder(work);
  const reset = await changesOf(await again()).since(delta.token);
  expect(reset.reset).toBe(true);
  expect(reset.created).toHaveLength(1);
});

test('only the books that were asked for', async () => {
  const { fake, provider } = await connect();
  const work = fake.store.addFolder('Work');
  const token = await changesOf(provider).current();
  const [here, there] = [seed(fake, 'graph', person(1)), seed(fake, 'graph', person(2), work.id)];
  const delta = await changesOf(provider).since(token, ['contacts']);
  expect(ids(delta)).toEqual({ created: [here], updated: [], removed: [] });
  expect(ids(await changesOf(provider).since(delta.token))).toEqual({ created: [there], updated: [], removed: [] });
});

test('a link that is not good any more, and a token of another dialect or of nobody, start anew', async () => {
  const { fake, provider } = await connect();
  const id = seed(fake, 'graph', person(1));
  const token = await changesOf(provider).current();
  fake.fault({ kind: '410', on: 'delta' });
  const reset = await changesOf(provider).since(token);
  expect([reset.reset, reset.created.map((record) => record.id)]).toEqual([true, [id]]);
  expect(ids(await changesOf(provider).since(reset.token))).toEqual({ created: [], updated: [], removed: [] });
  const other = await connect('graph-beta');
  expect((await changesOf(other.provider).since(token)).reset).toBe(true);
  for (const nonsense of ['', '%%%', 'AAAA', token.slice(0, -9)]) {
    expect((await changesOf(provider).since(nonsense)).reset).toBe(true);
  }
});

test('an Outlook host that does not say that it tracks changes does not', async () => {
  const { fake, provider } = await connect('outlook-v2', { tracks: false });
  seed(fake, 'outlook-v2', person(1));
  await expect(changesOf(provider).current()).rejects.toBeInstanceOf(Unsupported);
});

test.each(['outlook-beta', 'outlook-v2'] as const)('%s: full rounds leave out what is gone', async (name) => {
  const { fake, provider, again } = await connect(name, { fullSync: true, buries: false, maxPageSize: 3 });
  const ids = Array.from({ length: 8 }, (_none, number) => seed(fake, name, person(number)));
  const token = await changesOf(provider).current();
  const remove = (id = ''): void => {
    const contact = fake.store.find(id);
    if (contact !== undefined) fake.store.remove(contact);
  };
  remove(ids[2]);
  remove(ids[5]);
  const delta = await changesOf(await again()).since(token);
  const gone = [ids[2] ?? '', ids[5] ?? ''].sort();
  expect([delta.created, delta.updated, [...delta.removed].sort()]).toEqual([[], [], gone]);
  const calm = await changesOf(provider).since(delta.token);
  expect([calm.removed, fake.counts()['get']]).toEqual([[], 2]);
  for (const id of ids) remove(id);
  expect((await changesOf(provider).since(calm.token)).removed).toHaveLength(6);
  fake.assertClean();
});

test('Outlook rounds that tell what has changed cost no more questions', async () => {
  const { fake, provider } = await connect('outlook-beta');
  for (let number = 0; number < 5; number += 1) seed(fake, 'outlook-beta', person(number));
  const token = await changesOf(provider).current();
  const delta = await changesOf(provider).since(token);
  expect([delta.removed, fake.counts()['get']]).toEqual([[], undefined]);
});

describe('an empty default folder whose id is not listed', () => {
  test('is found by the folders in it', async () => {
    const { fake, provider } = await connect('graph', { alias: false });
    fake.store.addFolder('Work');
    const token = await changesOf(provider).current();
    const id = seed(fake, 'graph', person(1));
    expect(ids(await changesOf(provider).since(token))).toEqual({ created: [id], updated: [], removed: [] });
  });

  test('is tracked as soon as it has a contact', async () => {
    const { fake, provider } = await connect('graph', { alias: false });
    const token = await changesOf(provider).current();
    const still = await changesOf(provider).since(token);
    expect(ids(still)).toEqual({ created: [], updated: [], removed: [] });
    const id = seed(fake, 'graph', person(1));
    const delta = await changesOf(provider).since(still.token);
    expect(ids(delta)).toEqual({ created: [id], updated: [], removed: [] });
    expect(delta.reset).toBeUndefined();
    expect(ids(await changesOf(provider).since(delta.token))).toEqual({ created: [], updated: [], removed: [] });
  });
});
