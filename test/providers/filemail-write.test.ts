import { describe, expect, test } from 'vitest';
import type { Group } from '../../src/model/card.js';
import { NotFound, Refused, UnknownOutcome } from '../../src/model/errors.js';
import type { GroupAbility, Provider } from '../../src/providers/types.js';
import { all, connect, create, simple, update } from './filemail-setup.js';

const groupsOf = (provider: Provider): GroupAbility => {
  if (provider.groups === undefined) throw new Error('no groups');
  return provider.groups;
};

describe('create', () => {
  test('name, address, and the mobile phone only when there is one', async () => {
    const { fake, provider, ctx } = await connect();
    await create(provider, simple('Ada', 'ada@example.org', '+44 7700'));
    await create(provider, simple('Bob', 'bob@example.org'));
    expect(fake.sent('contacts/add')).toEqual([
      { name: 'Ada', email: 'ada@example.org', mobile: '+44 7700' },
      { name: 'Bob', email: 'bob@example.org' },
    ]);
    expect(ctx.warnings).toEqual([]);
  });

  test('1,000 creates: one list before the first, then one write each', async () => {
    const { fake, provider } = await connect();
    const cards = Array.from({ length: 1000 }, (_none, n) => simple(`N ${n}`, `n${n}@x.org`));
    await Promise.all(cards.map((card) => create(provider, card)));
    expect(fake.counts()).toEqual({ 'contacts/get': 1, 'contacts/add': 1000 });
  });

  test('a name that the server cuts is told', async () => {
    const { fake, provider, ctx } = await connect({ nameLimit: 5 });
    const { id } = await create(provider, simple('Ada Lovelace', 'ada@example.org'));
    expect(ctx.warnings).toEqual([`Filemail stored the name of contact ${id} as "Ada L", not as "Ada Lovelace"`]);
    expect(fake.store.contacts.size).toBe(1);
  });

  test.each(['reset-after', '500-after', 'cut', 'html'] as const)('%s: unknown, sent once', async (kind) => {
    const { fake, provider } = await connect();
    fake.fault({ kind, on: 'contacts/add' });
    await expect(create(provider, simple('Ada', 'ada@example.org'))).rejects.toBeInstanceOf(UnknownOutcome);
    expect(fake.counts()['contacts/add']).toBe(1);
  });

  test.each([Infinity, 8])('a lost one is found by name and address (names kept to %d)', async (nameLimit) => {
    const { fake, provider } = await connect({ nameLimit });
    const card = simple('Ada Lovelace', 'ada@example.org', '+44');
    fake.fault({ kind: 'reset-after', on: 'contacts/add' });
    await expect(create(provider, card)).rejects.toBeInstanceOf(UnknownOutcome);
    const [stored] = [...fake.store.contacts.keys()];
    expect((await provider.lookup?.({ card }))?.id).toBe(stored);
    // Also when it is looked for a second time.
    expect((await provider.lookup?.({ card }))?.id).toBe(stored);
  });

  test('a contact that was there before is never taken for the lost one', async () => {
    const { fake, provider } = await connect();
    fake.store.add({ name: 'Ada', email: 'ada@example.org' });
    const card = simple('Ada', 'ada@example.org');
    fake.fault({ kind: 'reset-before', on: 'contacts/add' });
    await expect(create(provider, card)).rejects.toBeInstanceOf(UnknownOutcome);
    expect(await provider.lookup?.({ card })).toBeUndefined();
    fake.fault({ kind: 'reset-after', on: 'contacts/add' });
    await expect(create(provider, card)).rejects.toBeInstanceOf(UnknownOutcome);
    expect((await provider.lookup?.({ card }))?.id).toBe([...fake.store.contacts.keys()][1]);
  });

  test('nor one that another create was answered with, as long as there is another', async () => {
    const { fake, provider } = await connect();
    const [first, second] = [simple('Ada', 'ada@example.org', '1'), simple('Ada', 'ada@example.org', '2')];
    const slow = create(provider, second);
    await slow;
    fake.fault({ kind: 'reset-after', on: 'contacts/add' });
    await expect(create(provider, first)).rejects.toBeInstanceOf(UnknownOutcome);
    const found = await provider.lookup?.({ card: first });
    expect(fake.store.contacts.get(found?.id ?? '')?.mobile).toBe('1');
  });
});

describe('update', () => {
  test('only what changed is sent; an empty mobile only when one was shown and is to go', async () => {
    const { fake, provider } = await connect({ mobile: 'shown' });
    const id = fake.store.add({ name: 'Ada', email: 'ada@example.org', mobile: '+44' }).id;
    const step = async (members: Parameters<typeof update>[2]): Promise<Record<string, string> | undefined> => {
      const before = fake.sent('contacts/update').length;
      await update(provider, await provider.get(id), members);
      return fake.sent('contacts/update')[before];
    };
    expect(await step({ name: { full: 'Ada L.' } })).toEqual({ contactid: id, name: 'Ada L.' });
    expect(await step({ emails: { x: { address: 'a@example.org' } } })).toEqual({
      contactid: id,
      email: 'a@example.org',
    });
    expect(await step({ phones: { x: { number: '+1', features: { mobile: true } } } })).toEqual({
      contactid: id,
      mobile: '+1',
    });
    expect(await step({ notes: { n: { note: 'not kept' } } })).toBeUndefined();
    expect(await step({ phones: undefined } as never)).toEqual({ contactid: id, mobile: '' });
    expect(await step({ name: { full: 'Ada' } })).toEqual({ contactid: id, name: 'Ada' });
    expect(fake.store.contacts.get(id)).toMatchObject({ name: 'Ada', email: 'a@example.org', mobile: '' });
  });

  test('a hidden mobile is neither cleared nor touched', async () => {
    const { fake, provider } = await connect();
    const id = fake.store.add({ name: 'Ada', email: 'ada@example.org', mobile: '+44' }).id;
    await update(provider, await provider.get(id), { name: { full: 'Ada L.' } });
    expect(fake.sent('contacts/update')).toEqual([{ contactid: id, name: 'Ada L.' }]);
    expect(fake.store.contacts.get(id)?.mobile).toBe('+44');
  });

  test('a name that is taken away becomes the address; one that never was is not made up', async () => {
    const { fake, provider } = await connect();
    const id = fake.store.add({ name: 'Ada', email: 'ada@example.org' }).id;
    const bare = fake.store.add({ name: '', email: 'b@example.org' }).id;
    await update(provider, await provider.get(id), { name: undefined } as never);
    await update(provider, await provider.get(bare), { emails: { e: { address: 'c@example.org' } } });
    expect(fake.sent('contacts/update')).toEqual([
      { contactid: id, name: 'ada@example.org' },
      { contactid: bare, email: 'c@example.org' },
    ]);
  });

  test('the address cannot be taken away', async () => {
    const { fake, provider } = await connect();
    const id = fake.store.add({ name: 'Ada', email: 'ada@example.org' }).id;
    await expect(update(provider, await provider.get(id), { emails: undefined } as never)).rejects.toBeInstanceOf(
      Refused,
    );
    expect(fake.counts()['contacts/update']).toBeUndefined();
  });

  test('a lost answer is asked for again; an unknown id is NotFound, another wrong parameter is not', async () => {
    const { fake, provider } = await connect();
    const id = fake.store.add({ name: 'Ada', email: 'ada@example.org' }).id;
    const last = await provider.get(id);
    fake.fault({ kind: 'reset-after', on: 'contacts/update' });
    await update(provider, last, { name: { full: 'New' } });
    expect(fake.store.contacts.get(id)?.name).toBe('New');
    fake.refuse({ code: 'InvalidParameter', on: 'contacts/update', message: "Parameter 'mobile' is not valid" });
    const error: unknown = await update(provider, last, { name: { full: 'X' } }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Refused);
    expect((error as Refused).why).toContain("'mobile' is not valid");
    fake.store.contacts.delete(id);
    await expect(update(provider, last, { name: { full: 'X' } })).rejects.toBeInstanceOf(NotFound);
  });
});

describe('delete', () => {
  test('a lost answer and then "not found" means done; otherwise it is NotFound', async () => {
    const { fake, provider } = await connect();
    const [one, two] = ['A', 'B'].map((name) => fake.store.add({ name, email: 'x@x.org' }).id);
    const records = await all(provider.list({}));
    fake.fault({ kind: 'reset-after', on: 'contacts/delete' });
    await provider.delete?.(records[0]!);
    expect(fake.store.contacts.has(one ?? '')).toBe(false);
    fake.store.contacts.delete(two ?? '');
    await expect(provider.delete?.(records[1]!)).rejects.toBeInstanceOf(NotFound);
  });

  test('"not available now" is tried again', async () => {
    const { fake, provider } = await connect();
    fake.store.add({ name: 'A', email: 'x@x.org' });
    const [record] = await all(provider.list({}));
    fake.refuse({ code: 'ServiceInterruption', on: 'contacts/delete', times: 2 });
    await provider.delete?.(record!);
    expect(fake.store.contacts.size).toBe(0);
  });
});

describe('groups', () => {
  test('two groups of one name are two, by id', async () => {
    const { fake, provider } = await connect();
    const ada = fake.store.add({ name: 'Ada', email: 'a@x.org' });
    const [first, second] = [fake.store.addGroup('Twins', [ada]), fake.store.addGroup('Twins')];
    const groups = groupsOf(provider);
    const listed = await groups.list();
    expect(listed.map(({ id, memberIds }) => [id, memberIds])).toEqual([
      [first, [ada.id]],
      [second, []],
    ]);
    await groups.rename(listed[1]!, 'Other');
    await groups.delete(listed[0]!);
    expect([...fake.store.groups.values()]).toEqual([{ id: second, name: 'Other' }]);
    expect(fake.store.contacts.size).toBe(1);
  });

  test('requests: two to list, one when the contacts were just read, one without groups', async () => {
    const { fake, provider } = await connect();
    await groupsOf(provider).list();
    expect(fake.counts()).toEqual({ 'contacts/group/get': 1 });
    fake.store.addGroup('Friends');
    await groupsOf(provider).list();
    expect(fake.counts()).toEqual({ 'contacts/group/get': 2, 'contacts/get': 1 });
    await all(provider.list({}));
    await groupsOf(provider).list();
    expect(fake.counts()).toEqual({ 'contacts/group/get': 3, 'contacts/get': 2 });
  });

  test('only the differences are sent, whatever group object is handed in', async () => {
    const { fake, provider } = await connect();
    const ids = ['a', 'b', 'c', 'd'].map((name) => fake.store.add({ name, email: `${name}@x.org` }).id);
    const [a = '', b = '', c = '', d = ''] = ids;
    const groups = groupsOf(provider);
    const made = await groups.create('Friends', [a, b, b]);
    await groups.setMembers(made, [b, c]);
    await groups.setMembers(made, [b, c]);
    await groups.setMembers(made, [a, b, d]);
    expect(fake.counts()).toEqual({
      'contacts/group/add': 1,
      'contacts/addtogroup': 5,
      'contacts/removefromgroup': 2,
    });
    expect((await groups.list())[0]?.memberIds).toEqual([a, b, d]);
  });

  test('what is not known of this connection is taken from the group that is handed in', async () => {
    const { fake, provider } = await connect();
    const ids = ['a', 'b'].map((name) => fake.store.add({ name, email: `${name}@x.org` }));
    const id = fake.store.addGroup('Friends', ids);
    const group: Group = { id, name: 'Friends', memberIds: ids.map((one) => one.id) };
    await groupsOf(provider).setMembers(group, [ids[1]!.id]);
    expect(fake.counts()).toEqual({ 'contacts/removefromgroup': 1 });
  });

  test('a member that is gone is removed; one that is not there cannot be added, and no half group stays', async () => {
    const { fake, provider } = await connect();
    const [a, b] = ['a', 'b'].map((name) => fake.store.add({ name, email: `${name}@x.org` }).id);
    const groups = groupsOf(provider);
    const made = await groups.create('Friends', [a!, b!]);
    fake.store.contacts.delete(a!);
    await groups.setMembers(made, [b!]);
    await expect(groups.setMembers(made, [b!, 'nobody'])).rejects.toBeInstanceOf(NotFound);
    await expect(groups.create('More', [b!, 'nobody'])).rejects.toBeInstanceOf(NotFound);
    expect([...fake.store.groups.values()].map(({ name }) => name)).toEqual(['Friends']);
  });

  test('lost answers: creating is unknown, everything else is repeated', async () => {
    const { fake, provider } = await connect({ unknownGroup: 'NotFound' });
    const { id } = fake.store.add({ name: 'a', email: 'a@x.org' });
    const groups = groupsOf(provider);
    fake.fault({ kind: 'reset-after', on: 'contacts/group/add' });
    await expect(groups.create('Friends', [id])).rejects.toBeInstanceOf(UnknownOutcome);
    const [group] = await groups.list();
    for (const on of [
      'contacts/addtogroup',
      'contacts/removefromgroup',
      'contacts/group/update',
      'contacts/group/delete',
    ])
      fake.fault({ kind: 'reset-after', on });
    await groups.setMembers(group!, [id]);
    await groups.setMembers(group!, []);
    await groups.rename(group!, 'Pals');
    expect(fake.store.groups.get(group!.id)?.name).toBe('Pals');
    await groups.delete(group!);
    expect(fake.store.groups.size).toBe(0);
    await expect(groups.delete(group!)).rejects.toBeInstanceOf(NotFound);
    await expect(groups.rename(group!, 'x')).rejects.toBeInstanceOf(NotFound);
  });
});
