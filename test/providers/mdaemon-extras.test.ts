import { describe, expect, test } from 'vitest';
import { tinyJpeg } from '../fakes/pictures.js';
import { added, all, connect, lastBody } from './mdaemon-setup.js';

const FILE = {
  name: 'Vertrag "März".pdf',
  mediaType: 'application/pdf',
  bytes: Buffer.from('%PDF-1.7\r\n\0\xff', 'latin1'),
};
const bytesOf = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString('hex');

describe('attachments', () => {
  test('added, listed, read byte for byte, deleted', async () => {
    const { fake, provider } = await connect({ csrf: true });
    const { id } = await added(provider, { name: { full: 'Ada' } });
    expect(await provider.attachments?.list(id)).toEqual([]);
    const made = await provider.attachments?.add(id, FILE);
    expect(made).toEqual({
      id: expect.stringMatching(/^\d+$/) as string,
      name: 'Vertrag _März_.pdf',
      mediaType: 'application/pdf',
      size: FILE.bytes.length,
    });
    expect(await provider.attachments?.list(id)).toEqual([made]);
    expect(bytesOf(await provider.attachments?.get(id, made?.id ?? ''))).toBe(bytesOf(FILE.bytes));
    const [record] = await all(provider.list({}));
    expect(record).toMatchObject({ id, hasAttachments: true });
    expect(await provider.get(id)).toMatchObject({ hasAttachments: true });
    await provider.attachments?.delete(id, made?.id ?? '');
    expect(await provider.attachments?.list(id)).toEqual([]);
    expect((await provider.get(id)).hasAttachments).toBeUndefined();
    expect(
      fake.requests.filter(({ kind }) => /ttachment|download/.test(kind)).map(({ method, url }) => `${method} ${url}`),
    ).toEqual([
      `POST /WorldClientAPI/contacts/12/contact/${id}/attachment`,
      `GET /WorldClientAPI/contacts/12/contact/${id}/attachment/${made?.id ?? ''}`,
      `DELETE /WorldClientAPI/contacts/12/contact/${id}/attachment/${made?.id ?? ''}`,
    ]);
    expect(fake.requests.find(({ kind }) => kind === 'uploadAttachment')?.files).toMatchObject([
      { field: 'Attachment', type: 'application/pdf' },
    ]);
    fake.assertClean();
  });

  test('of a contact or a file that is not there', async () => {
    const { fake, provider } = await connect();
    const { id } = await added(provider, { name: { full: 'Ada' } });
    await expect(provider.attachments?.list('nobody')).rejects.toMatchObject({ code: 'notFound' });
    await expect(provider.attachments?.get(id, '7')).rejects.toMatchObject({ code: 'notFound' });
    await expect(provider.attachments?.delete(id, '7')).rejects.toMatchObject({
      code: 'notFound',
      message: 'cannot delete the attachment: there is no such attachment',
    });
    fake.assertClean();
  });

  test.each(['reset-after', 'cut', 'html'] as const)(
    'an answer lost by %s: sent once, outcome unknown',
    async (kind) => {
      const { fake, provider } = await connect();
      const { id } = await added(provider, { name: { full: 'Ada' } });
      fake.fault({ kind, on: 'uploadAttachment' });
      await expect(provider.attachments?.add(id, FILE)).rejects.toMatchObject({ code: 'unknownOutcome' });
      expect(fake.counts()['uploadAttachment']).toBe(1);
    },
  );

  test('a media type that is none goes as octets; no header is broken by a name', async () => {
    const { fake, provider } = await connect();
    const { id } = await added(provider, { name: { full: 'Ada' } });
    await provider.attachments?.add(id, { ...FILE, name: 'a\r\nX-Evil: 1/../b', mediaType: 'text/plain\r\nX: 1' });
    expect(fake.requests.find(({ kind }) => kind === 'uploadAttachment')?.files).toMatchObject([
      { name: 'a__X-Evil: 1_.._b', type: 'application/octet-stream' },
    ]);
  });
});

describe('companies', () => {
  test('companies, departments and names over all own folders', async () => {
    const { fake, provider } = await connect();
    const other = fake.store.addFolder({ display_name: 'Clients' });
    fake.store.add({ name: 'Ada', company: 'Acme & Söhne', department: 'R&D' });
    fake.store.add({ name: 'Bob', company: 'Acme & Söhne' });
    fake.store.add({ name: 'Eve', company: 'Acme & Söhne', department: 'Sales' }, other.id);
    fake.store.add({ name: 'Dan', company: '__proto__' }, other.id);
    const { companies } = provider;
    expect(await companies?.list()).toEqual([
      { name: 'Acme & Söhne', hasDepartments: true },
      { name: '__proto__', hasDepartments: false },
    ]);
    expect(await companies?.departments('Acme & Söhne')).toEqual(['R&D', 'Uncategorized', 'Sales']);
    expect(await companies?.departments('Acme & Söhne', [String(other.id)])).toEqual(['Sales']);
    expect(await companies?.contacts('Acme & Söhne', 'R&D')).toEqual(['Ada']);
    expect(await companies?.contacts('Acme & Söhne', 'Uncategorized')).toEqual(['Bob']);
    await expect(companies?.departments('Nowhere')).rejects.toMatchObject({ code: 'notFound' });
    expect(fake.requests.some(({ url }) => url.includes('departments/contacts?company=Acme'))).toBe(true);
    fake.assertClean();
  });
});

describe('common contacts', () => {
  test('read and replaced in the documented form', async () => {
    const { fake, provider } = await connect({ csrf: true });
    fake.store.frequent = [
      ['Ada', 'ada@example.com', { date: 1700000000000, used: 7, guid: 'g1' }],
      ['', 'bob@example.com', { date: 0, used: 1, guid: '' }],
    ];
    const list = (await provider.frequent?.list()) ?? [];
    expect(list).toEqual([
      { name: 'Ada', email: 'ada@example.com', lastUsed: 1700000000000, used: 7, contactId: 'g1' },
      { name: '', email: 'bob@example.com', lastUsed: 0, used: 1 },
    ]);
    await provider.frequent?.set([...list].reverse());
    expect(lastBody(fake, 'setCommon')).toEqual({ common_contacts: [...fake.store.frequent] });
    expect(fake.store.frequent[1]).toEqual(['Ada', 'ada@example.com', { date: 1700000000000, used: 7, guid: 'g1' }]);
    expect(fake.requests.at(-1)).toMatchObject({ method: 'PUT', url: '/WorldClientAPI/contacts/personal/common' });
    fake.assertClean();
  });

  test('an answer of another shape is named', async () => {
    const { fake, provider } = await connect();
    fake.store.frequent = [['Ada', 7]];
    await expect(provider.frequent?.list()).rejects.toMatchObject({
      code: 'protocol',
      message: expect.stringContaining('common_contacts[0][1]') as string,
    });
  });
});

describe('out of office', () => {
  test('of the own domain; elsewhere it is said', async () => {
    const { fake, provider } = await connect();
    expect(await provider.away?.('away@example.com')).toBe(true);
    expect(await provider.away?.('here+x@example.com')).toBe(false);
    await expect(provider.away?.('who@other.example')).rejects.toMatchObject({
      code: 'notFound',
      message: expect.stringContaining('no such address in your own domain') as string,
    });
    fake.assertClean();
  });
});

describe('all pictures', () => {
  test('in one request', async () => {
    const { fake, provider } = await connect();
    const ids = [1, 2].map(
      (level) =>
        fake.store.add({ name: `n${level}`, picture: Buffer.from(tinyJpeg(level).bytes).toString('base64') }).id,
    );
    fake.store.add({ name: 'none' });
    const photos = await provider.avatars?.all?.();
    expect([...(photos?.keys() ?? [])]).toEqual(ids);
    expect(bytesOf(photos?.get(ids[1] ?? '')?.bytes)).toBe(bytesOf(tinyJpeg(2).bytes));
    expect(fake.requests.at(-1)).toMatchObject({ method: 'GET', url: '/WorldClientAPI/contacts/pictures' });
    fake.assertClean();
  });
});

describe("the server's own files", () => {
  test('CSV and groups of a book, the vCard of a contact', async () => {
    const { fake, provider } = await connect();
    const record = await added(provider, { name: { full: 'Ada' }, emails: { e: { address: 'ada@example.com' } } });
    await provider.groups?.create('Team', [record.id]);
    const text = async (bytes: Promise<Uint8Array> | undefined): Promise<string> =>
      Buffer.from((await bytes) ?? []).toString('utf8');
    expect(await text(provider.ownExports?.book('csv'))).toContain('"ada@example.com"');
    expect(await text(provider.ownExports?.book('groups', '12'))).toContain('"Team","ada@example.com"');
    expect(await text(provider.ownExports?.contact(record))).toMatch(/^BEGIN:VCARD[^]*FN:Ada/);
    expect(fake.requests.slice(-3).map(({ url }) => url)).toEqual([
      '/WorldClientAPI/contacts/12/export/contacts.csv',
      '/WorldClientAPI/contacts/12/export/contacts.csv?groups=1',
      `/WorldClientAPI/contacts/12/contact/${record.id}/vcard`,
    ]);
    await expect(provider.ownExports?.book('csv', '999')).rejects.toMatchObject({ code: 'notFound' });
    fake.fault({ kind: 'html', on: 'csv' });
    await expect(provider.ownExports?.book('csv')).rejects.toMatchObject({ code: 'protocol' });
    fake.assertClean();
  });
});

describe('option sort=server', () => {
  const people = [
    ['Carl Adams', 'Adams', 'c@example.com'],
    ['Ada Brown', 'Brown', 'b@example.com'],
    ['Bob Clark', 'Clark', 'a@example.com'],
  ] as const;
  const add = (fake: Awaited<ReturnType<typeof connect>>['fake'], folder: number, only: readonly number[]): string[] =>
    only.map((at) => {
      const [name = '', last_name = '', email = ''] = people[at] ?? [];
      return fake.store.add({ name, name_details: { last_name }, emails: { email } }, folder).id;
    });

  test('the server sorts a folder, a few folders are put together in order', async () => {
    const { fake, again } = await connect();
    const provider = await again({ options: { sort: 'server' } });
    const other = fake.store.addFolder({ display_name: 'Clients' });
    add(fake, 12, [0, 1]);
    add(fake, other.id, [2]);
    expect(provider.honours?.sort).toEqual(['name', 'last-name', 'email', 'company']);
    const names = async (key: 'name' | 'last-name' | 'email', descending: boolean): Promise<unknown[]> =>
      (await all(provider.list({ sort: { key, descending } }))).map(({ card }) => card.name?.full);
    expect(await names('name', false)).toEqual(['Ada Brown', 'Bob Clark', 'Carl Adams']);
    expect(await names('last-name', true)).toEqual(['Bob Clark', 'Ada Brown', 'Carl Adams']);
    expect(await names('email', false)).toEqual(['Bob Clark', 'Ada Brown', 'Carl Adams']);
    expect(fake.requests.at(-1)?.url).toContain('sort_column=email&sort_ascending=true');
    fake.assertClean();
  });

  test('the members of a group too; nothing of it without the option', async () => {
    const { fake, provider, again } = await connect();
    const server = await again({ options: { sort: 'server' } });
    const ids = add(fake, 12, [0, 1, 2]);
    const team = await server.groups?.create('Team', ids);
    if (team === undefined) throw new Error('no group');
    expect(await server.groups?.sorted?.(team, { key: 'last-name', descending: true })).toEqual([...ids].reverse());
    expect(await server.groups?.sorted?.(team, { key: 'updated', descending: true })).toBeUndefined();
    expect(provider.groups?.sorted).toBeUndefined();
    expect(provider.honours).toBeUndefined();
    await expect(again({ options: { sort: 'maybe' } })).rejects.toMatchObject({ code: 'usage' });
    fake.assertClean();
  });
});
