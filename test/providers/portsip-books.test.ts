import { describe, expect, test } from 'vitest';
import { all, connect, named } from './portsip-setup.js';

const errorOf = (promise: Promise<unknown> | undefined): Promise<unknown> =>
  Promise.resolve(promise).then(
    () => undefined,
    (error: unknown) => error,
  );

describe('company contacts', () => {
  test('a second book, read when it is named; its ids say so', async () => {
    const { fake, provider } = await connect({ company: 'full' });
    fake.store.add({ name: 'Mine' });
    fake.store.add({ name: 'Ours' }, { book: 'company' });
    expect(await provider.books()).toEqual([
      { id: 'personal', name: 'Personal contacts', isDefault: true, readOnly: false },
      {
        ...{ id: 'company', name: 'Company contacts', description: 'of the whole company' },
        ...{ isDefault: false, readOnly: false, aside: true, total: 1 },
      },
    ]);
    expect((await all(provider.list({}))).map(({ card }) => card.name?.full)).toEqual(['Mine']);
    const [ours] = await all(provider.list({ bookIds: ['company'] }));
    expect(ours?.id).toMatch(/^company:/);
    expect(ours?.bookIds).toEqual(['company']);
    expect(await provider.get(ours?.id ?? '')).toEqual(ours);
    expect(await all(provider.list({ bookIds: ['personal', 'company', 'company'] }))).toHaveLength(2);
    await expect(provider.get(`personal:${ours?.id ?? ''}`)).rejects.toMatchObject({ code: 'notFound' });
    expect(await errorOf(all(provider.list({ bookIds: ['other'] })))).toMatchObject({ code: 'notFound' });
    fake.assertClean();
  });

  test('not asked for when only personal contacts are meant', async () => {
    const { fake, provider } = await connect({ company: 'full' });
    const { id } = fake.store.add({ name: 'Mine' });
    for (const wanted of [['personal'], ['PERSONAL Contacts', 'personal']]) {
      expect((await provider.books(wanted)).map((book) => book.id)).toEqual(['personal']);
    }
    await all(provider.list({ bookIds: ['personal'] }));
    await provider.get(id);
    expect(fake.requests.filter(({ url }) => url.startsWith('/api/contacts'))).toEqual([]);
    // Anything else needs to know what there is.
    for (const wanted of [['personal', 'company'], ['Nowhere'], [' '], []]) {
      expect((await provider.books(wanted)).map((book) => book.id)).toEqual(['personal', 'company']);
    }
    fake.assertClean();
  });

  test.each(['none', 'absent'] as const)('not there for users without the right (%s)', async (company) => {
    const { provider, ctx } = await connect({ company });
    expect((await provider.books()).map(({ id }) => id)).toEqual(['personal']);
    expect(ctx.warnings).toEqual([]);
  });

  test('what else fails is warned of, and hides nothing personal', async () => {
    const { fake, provider, ctx } = await connect({ company: 'full' });
    fake.fault({ kind: '500', on: 'list', times: 9 });
    expect((await provider.books()).map(({ id }) => id)).toEqual(['personal']);
    // Asked once a connection.
    expect(await provider.books()).toHaveLength(1);
    expect(ctx.warnings).toHaveLength(1);
    expect(ctx.warnings[0]).toMatch(/company contacts cannot be read/);
  });

  test('written when the profile names it; a refusal is remembered', async () => {
    const { fake, again } = await connect({ company: 'view' });
    const { provider } = await again({ book: 'company CONTACTS' });
    expect((await provider.books()).map(({ id, isDefault, readOnly }) => [id, isDefault, readOnly])).toEqual([
      ['company', true, false],
      ['personal', false, false],
    ]);
    expect(await errorOf(provider.create?.({ card: named('Ada') }))).toMatchObject({
      code: 'refused',
      message: 'cannot create the contact: you have no permission for it',
      why: 'FORBIDDEN: permission denied',
    });
    expect((await provider.books())[0]).toMatchObject({ id: 'company', readOnly: true });
    await provider.create?.({ card: named('Ada'), bookId: 'personal' });
    const lost = await again({ book: 'Nowhere' });
    expect((await lost.provider.books())[0]).toMatchObject({ id: 'personal', isDefault: true });
    await expect(lost.provider.create?.({ card: named('Ada') })).rejects.toMatchObject({
      code: 'notFound',
      hint: 'there are: Personal contacts, Company contacts',
    });
    expect(fake.store.contacts.size).toBe(1);
    fake.assertClean();
  });
});
