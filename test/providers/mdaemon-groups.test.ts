import { describe, expect, test } from 'vitest';
import type { ContactRecord } from '../../src/model/card.js';
import { added, all, cardOf, connect, lastBody } from './mdaemon-setup.js';

const person = (name: string) => ({
  name: { full: name },
  emails: { e: { address: `${name.toLowerCase()}@example.com` } },
});

describe('groups', () => {
  test.each([true, false])('listed with their members (in lists: %s); strangers are foreign', async (listMembers) => {
    const { fake, provider } = await connect({ listMembers });
    const ada = fake.store.add({ name: 'Ada' });
    const members = [
      { guid: ada.id, name: 'Ada', email: 'ada@example.com' },
      { guid: '', name: 'Guest', email: 'guest@other.example' },
      { guid: 'gone', name: '', email: 'gone@other.example' },
    ];
    const team = fake.store.add({ name: 'Team', group: true, members });
    const empty = fake.store.add({ name: 'Empty', group: true });
    expect(await provider.groups?.list()).toEqual([
      {
        id: team.id,
        name: 'Team',
        memberIds: [ada.id],
        bookIds: ['12'],
        foreign: ['Guest <guest@other.example>', 'gone@other.example'],
      },
      { id: empty.id, name: 'Empty', memberIds: [], bookIds: ['12'] },
    ]);
    expect(fake.counts()['contact']).toBe(listMembers ? undefined : 2);
    fake.assertClean();
  });

  test.each([true, false])('told with the contacts, in one reading (members in lists: %s)', async (listMembers) => {
    const { fake, provider } = await connect({ listMembers });
    const ada = fake.store.add({ name: 'Ada' });
    const members = [
      { guid: ada.id, name: 'Ada', email: 'ada@example.com' },
      { guid: '', name: 'Guest', email: 'guest@other.example' },
    ];
    const team = fake.store.add({ name: 'Team', group: true, members });
    const told: ContactRecord[] = [];
    const [record] = await all(provider.list({ media: true, onGroup: (group) => told.push(group) }));
    expect(told).toMatchObject([
      {
        id: team.id,
        bookIds: ['12'],
        card: { kind: 'group', name: { full: 'Team' }, members: { [record?.card.uid ?? '']: true } },
      },
    ]);
    expect(Object.keys(told[0]?.card.members ?? {})).toContain('Guest <guest@other.example>');
    expect(fake.counts()['page']).toBe(1);
    expect(fake.counts()['contact']).toBe(listMembers ? undefined : 1);
    fake.assertClean();
  });

  test('a member that was deleted and put back takes its old place', async () => {
    const { fake, provider } = await connect();
    const [ada, bob] = [await added(provider, person('Ada')), await added(provider, person('Bob'))];
    const made = await provider.groups?.create('Team', [ada.id, bob.id]);
    await provider.delete?.(ada);
    const [team] = (await provider.groups?.list()) ?? [];
    expect(team).toMatchObject({ memberIds: [bob.id], foreign: ['Ada <ada@example.com>'] });
    if (team === undefined || made === undefined) throw new Error('no group');
    await provider.groups?.setMembers(team, [bob.id]);
    expect(fake.store.contacts.get(team.id)?.members).toHaveLength(2);
    const again = await added(provider, person('Ada'));
    await provider.groups?.setMembers(team, [bob.id, again.id]);
    expect(fake.store.contacts.get(team.id)?.members.map(({ guid }) => guid)).toEqual([bob.id, again.id]);
  });

  test('members made by this connection are not read again', async () => {
    const { fake, provider } = await connect();
    const made: string[] = [];
    for (const name of ['A', 'B', 'C', 'D', 'E'])
      made.push((await provider.create?.({ card: cardOf(person(name)) }))?.id ?? '');
    await provider.groups?.create('Team', made);
    expect(fake.counts()).toMatchObject({ create: 6 });
    expect([fake.counts()['page'], fake.counts()['contact']]).toEqual([undefined, undefined]);
    expect(lastBody(fake, 'create')).toMatchObject({
      members: { length: 5, 0: { name: 'A', email: 'a@example.com' } },
    });
  });

  test('created with names and addresses of its members', async () => {
    const { fake, provider } = await connect();
    const [ada, bob] = [await added(provider, person('Ada')), await added(provider, person('Bob'))];
    const group = await provider.groups?.create('Team', [bob.id, ada.id, bob.id]);
    expect(group).toMatchObject({ name: 'Team', memberIds: [bob.id, ada.id], bookIds: ['12'] });
    expect(lastBody(fake, 'create')).toEqual({
      group: true,
      name: 'Team',
      members: [
        { guid: bob.id, name: 'Bob', email: 'bob@example.com' },
        { guid: ada.id, name: 'Ada', email: 'ada@example.com' },
      ],
    });
    expect(await provider.groups?.list()).toEqual([group]);
    await expect(provider.groups?.create('Bad', ['nobody'])).rejects.toMatchObject({
      code: 'notFound',
      contact: 'nobody',
    });
    fake.assertClean();
  });

  test('many members are looked up by listing, not one by one', async () => {
    const { fake, provider } = await connect();
    const ids = Array.from(
      { length: 50 },
      (_, i) => fake.store.add({ name: `n${i}`, emails: { email: `n${i}@example.com` } }).id,
    );
    const group = await provider.groups?.create('All', ids);
    expect(group?.memberIds).toEqual(ids);
    expect(fake.counts()).toEqual({ 'authenticate basic': 1, folders: 1, page: 1, create: 1 });
  });

  test('rename and new members keep those the server knows alone', async () => {
    const { fake, provider } = await connect();
    const [ada, bob] = [await added(provider, person('Ada')), await added(provider, person('Bob'))];
    const guest = { guid: '', name: 'Guest', email: 'guest@other.example' };
    const stored = fake.store.add({
      name: 'Team',
      group: true,
      members: [{ guid: ada.id, name: 'Ada', email: 'a@x' }, guest],
    });
    const [team] = (await provider.groups?.list()) ?? [];
    if (team === undefined) throw new Error('no group');
    await provider.groups?.rename(team, 'Crew');
    expect(fake.store.contacts.get(stored.id)).toMatchObject({
      texts: { name: 'Crew' },
      members: [{ guid: ada.id }, guest],
    });
    await provider.groups?.setMembers(team, [bob.id]);
    expect(fake.store.contacts.get(stored.id)?.members).toEqual([
      { guid: bob.id, name: 'Bob', email: 'bob@example.com' },
      guest,
    ]);
    expect(fake.store.contacts.get(stored.id)?.texts['name']).toBe('Crew');
    await provider.groups?.setMembers(team, []);
    expect(fake.store.contacts.get(stored.id)?.members).toEqual([guest]);
    fake.assertClean();
  });

  test('deleted; what is no group is not touched', async () => {
    const { fake, provider } = await connect();
    const ada = await added(provider, person('Ada'));
    const team = await provider.groups?.create('Team', [ada.id]);
    if (team === undefined) throw new Error('no group');
    fake.fault({ kind: 'reset-after', on: 'delete' });
    await provider.groups?.delete(team);
    expect(await provider.groups?.list()).toEqual([]);
    await expect(provider.groups?.delete(team)).rejects.toMatchObject({ code: 'notFound' });
    await expect(provider.groups?.rename({ ...team, id: ada.id }, 'x')).rejects.toMatchObject({ code: 'notFound' });
    expect(fake.store.contacts.get(ada.id)?.texts['name']).toBe('Ada');
    fake.assertClean();
  });

  test('a lost answer to a create is not repeated', async () => {
    const { fake, provider } = await connect();
    fake.fault({ kind: 'reset-after', on: 'create' });
    await expect(provider.groups?.create('Team', [])).rejects.toMatchObject({ code: 'unknownOutcome' });
    expect(fake.store.contacts.size).toBe(1);
  });
});
