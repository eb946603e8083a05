import { describe, expect, test } from 'vitest';
import { FAVORITE } from '../../src/providers/portsip/map.js';
import { added, all, connect, named } from './portsip-setup.js';

describe('changes', () => {
  test('the token first, then the list; then only what changed, with whole cards', async () => {
    const { fake, provider } = await connect();
    const kept = await added(provider, named('Kept'));
    const gone = await added(provider, named('Gone'));
    const before = fake.requests.length;
    const first = await provider.changes?.since(undefined);
    expect(fake.requests.slice(before).map(({ kind }) => kind)).toEqual(['token', 'list']);
    expect(first).toMatchObject({ updated: [], removed: [] });
    expect(first?.reset).toBeUndefined();
    expect(first?.created.map(({ id }) => id)).toEqual([kept.id, gone.id]);
    fake.store.add({ name: 'New' }, { favorite: true });
    await provider.delete?.(gone);
    const delta = await provider.changes?.since(first?.token);
    expect(delta?.removed).toEqual([gone.id]);
    expect(delta?.created.map(({ card }) => [card.name?.full, card[FAVORITE]])).toEqual([['New', true]]);
    const [listed] = (await all(provider.list({}))).filter(({ card }) => card.name?.full === 'New');
    expect(delta?.created).toEqual([listed]);
    fake.assertClean();
  });

  test.each([400, 403] as const)('an unknown token (%d): everything, with a new token', async (unknownToken) => {
    const { fake, provider } = await connect({ unknownToken });
    const record = await added(provider, named('Ada'));
    for (const token of ['forgotten', '', '..', 'a/b?c']) {
      const delta = await provider.changes?.since(token);
      expect(delta).toMatchObject({ reset: true, removed: [], updated: [] });
      expect(delta?.created).toEqual([record]);
      expect((await provider.changes?.since(delta?.token))?.created).toEqual([]);
    }
    fake.assertClean();
  });

  test('an answer lost where a token is good for once: everything', async () => {
    const { fake, provider } = await connect({ syncTokens: 'once' });
    const token = await provider.changes?.current();
    const record = await added(provider, named('Ada'));
    fake.fault({ kind: 'reset-after', on: 'diff' });
    expect(await provider.changes?.since(token)).toMatchObject({ reset: true, created: [{ id: record.id }] });
  });

  test('made and deleted between two tokens: told as removed, or not at all', async () => {
    for (const ghosts of [true, false]) {
      const { fake, provider } = await connect({ ghosts });
      const token = await provider.changes?.current();
      const { id } = fake.store.add({ name: 'Ada' });
      const contact = fake.store.contacts.get(id);
      if (contact !== undefined) fake.store.remove(contact);
      expect(await provider.changes?.since(token)).toMatchObject({
        created: [],
        updated: [],
        removed: ghosts ? [id] : [],
      });
    }
  });

  test('a server without sync tokens, and company contacts', async () => {
    const { provider } = await connect({ syncTokens: 'none' });
    await expect(provider.changes?.current()).rejects.toMatchObject({ code: 'notFound' });
    await expect(provider.changes?.current(['company'])).rejects.toMatchObject({ code: 'unsupported' });
    await expect(provider.changes?.since('x', ['personal', 'company'])).rejects.toMatchObject({ code: 'unsupported' });
  });
});
