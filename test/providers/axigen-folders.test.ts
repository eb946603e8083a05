import { describe, expect, test } from 'vitest';
import { pickBook } from '../../src/engine/books.js';
import { all, cardOf, connect, matching, textOf } from './axigen-setup.js';

const named = (full: string): string => textOf(cardOf({ name: { full } }));

describe('folders', () => {
  test('the CardDAV collection is the book to write to; folders are told beside it', async () => {
    const { fake, provider } = await connect({}, { options: { 'dav-path': '/Contacts/' } });
    fake.add(named('A'));
    fake.state.createFolder('Team', fake.user, { parentId: fake.state.folder('Contacts').id });
    fake.state.createFolder('Contacts', 'bob@example.com', { accessMode: 'shared', permissions: ['l', 'r'] });
    fake.state.createFolder('Hidden', fake.user, { permissions: ['l'] });
    fake.state.createFolder('Notes', fake.user, { folderType: 'notes' });
    const gone = fake.state.createFolder('Gone', fake.user);
    fake.state.createFolder('Inside', fake.user, { parentId: gone.id });
    fake.state.deleteFolder(gone.id);
    const books = await provider.books();
    expect(books.map(({ name, isDefault, readOnly, total }) => [name, isDefault, readOnly, total])).toEqual([
      ['Axigen Contacts', true, false, undefined],
      ['Axigen Directory', false, true, undefined],
      ['Collected addresses', false, true, 0],
      ['Contacts/Team', false, true, 0],
      ['Domain contacts (ann@example.com)', false, true, 0],
      ['Public contacts (ann@example.com)', false, true, 0],
      ['Contacts (bob@example.com)', false, true, 0],
    ]);
    expect(books[0]?.id).toBe('/Contacts/Contacts/');
    fake.assertClean();
  });

  test('the default folder and the collection are one book, called by either name', async () => {
    const { fake, provider } = await connect({}, { options: { 'dav-path': '/Contacts/' } });
    const books = await provider.books();
    for (const name of ['Contacts', 'Axigen Contacts', '/Contacts/Contacts/', 'axigen contacts'])
      expect(pickBook(books, name, 'test').id).toBe('/Contacts/Contacts/');
    // A folder of that name deeper down, or somebody else's, is another one.
    fake.state.createFolder('Contacts', fake.user, { parentId: fake.state.folder('Collected addresses').id });
    expect((await provider.books()).map(({ name }) => name)).toContain('Collected addresses/Contacts');
    fake.assertClean();
  });

  test('a folder is read by the Mailbox API, with a warning, and nothing is written to it', async () => {
    const { fake, provider, ctx } = await connect();
    fake.state.createFolder('Team', fake.user);
    fake.add(named('In team'), { folder: 'Team' });
    fake.add(named('Not in team'));
    const id = `rest:${fake.state.folder('Team').id}`;
    const records = await all(provider.list({ bookIds: [id] }));
    expect(records.map(({ card, readOnly }) => [card.name?.full, readOnly])).toEqual([['In team', true]]);
    expect(ctx.warnings).toEqual([matching(/read by the Mailbox API/)]);
    const [record] = records;
    if (record === undefined) throw new Error('no record');
    await expect(provider.create?.({ card: cardOf(), bookId: id })).rejects.toMatchObject({
      code: 'refused',
      hint: /leave --book out/,
    });
    await expect(provider.update?.(record.id, { next: record.card, patch: {}, last: record })).rejects.toMatchObject({
      code: 'refused',
    });
    await expect(provider.delete?.(record)).rejects.toMatchObject({ code: 'refused' });
    expect(fake.counts()).not.toHaveProperty('PUT');
    expect(fake.counts()).not.toHaveProperty('DELETE');
    fake.assertClean();
  });

  test('create, rename, delete', async () => {
    const { fake, provider } = await connect();
    const made = await provider.bookAdmin?.create('Müller & Söhne');
    expect(made).toMatchObject({ name: 'Müller & Söhne', id: matching(/^rest:/) });
    const id = made?.id ?? '';
    expect(await provider.bookAdmin?.rename(id, 'New')).toMatchObject({ id, name: 'New' });
    expect(fake.state.folders.get(id.slice(5))).toMatchObject({ name: 'New', folderType: 'contacts' });
    await provider.bookAdmin?.delete(id);
    expect((await provider.books()).map(({ name }) => name)).not.toContain('New');
    await expect(provider.bookAdmin?.rename('/Contacts/Contacts/', 'x')).rejects.toMatchObject({ code: 'refused' });
    await expect(provider.bookAdmin?.delete('rest:bm90aGluZw==')).rejects.toMatchObject({ code: 'notFound' });
    await expect(provider.bookAdmin?.delete(`rest:${fake.state.folder('Contacts').id}`)).rejects.toMatchObject({
      code: 'refused',
      status: 403,
      why: /operation not permitted/,
    });
    fake.assertClean();
  });

  test('a delete whose answer is lost is not sent again: the second one would destroy the folder', async () => {
    const { fake, provider } = await connect();
    const id = (await provider.bookAdmin?.create('Old'))?.id ?? '';
    fake.fault({ kind: 'reset-after', on: 'DELETE' });
    await expect(provider.bookAdmin?.delete(id)).rejects.toMatchObject({ code: 'unknownOutcome' });
    expect(fake.state.folders.get(id.slice(5))?.parentId).toBe(fake.state.folder('Trash').id);
    fake.assertClean();
  });

  test.each(['none', 'no-folders'] as const)('Mailbox API %s: the CardDAV book alone, without a word', async (mode) => {
    const { fake, provider, ctx } = await connect({ mode });
    expect((await provider.books()).map(({ name }) => name)).toEqual(['Axigen Contacts']);
    expect(ctx.warnings).toEqual([]);
    expect((await provider.check()).details['Mailbox API']).toMatch(mode === 'none' ? /^not usable/ : /^on/);
    fake.assertClean();
  });

  test('a Mailbox API that fails is told, and stops nothing', async () => {
    const { fake, provider, ctx } = await connect();
    fake.fault({ kind: '500', on: '/folders/', times: 2 });
    expect((await provider.books()).map(({ name }) => name)).toEqual(['Axigen Contacts']);
    expect(ctx.warnings).toEqual([matching(/^the folders could not be listed/)]);
    fake.assertClean();
  });
});
