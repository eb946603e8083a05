/** The stand-in itself: it must refuse what the vendor's pages do not allow, or the driver's tests prove nothing. */
import { afterEach, describe, expect, test } from 'vitest';
import { cardToVCard } from '../../src/formats/vcard/index.js';
import { startAxigen, type AxigenOptions, type FakeAxigen } from './axigen.js';
import { people } from './people.js';
import { photoUri, tinyPng } from './pictures.js';

const open: FakeAxigen[] = [];
afterEach(async () => {
  for (const fake of open.splice(0)) await fake.close();
});

async function start(options: AxigenOptions = {}): Promise<FakeAxigen> {
  const fake = await startAxigen(options);
  open.push(fake);
  return fake;
}

type Call = (
  path: string,
  init?: RequestInit & { headers?: Record<string, string> },
) => Promise<{ status: number; body: Record<string, unknown> }>;

async function signedIn(fake: FakeAxigen): Promise<Call> {
  const authorization = `Basic ${Buffer.from(`${fake.user}:${fake.password}`).toString('base64')}`;
  const answer = await fetch(`${fake.url}/api/v1/login`, { method: 'POST', headers: { authorization } });
  const { sessid } = (await answer.json()) as { sessid: string };
  return async (path, init = {}) => {
    const headers = { authorization, 'x-axigen-session': sessid, ...init.headers };
    const response = await fetch(`${fake.url}/api/v1/${path}`, { ...init, headers });
    const text = await response.text();
    return { status: response.status, body: text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : {} };
  };
}

const postJson = (value: unknown): RequestInit & { headers: Record<string, string> } => ({
  method: 'POST',
  body: JSON.stringify(value),
  headers: { 'content-type': 'application/json' },
});

describe('strictness', () => {
  test.each<[string, (RequestInit & { headers?: Record<string, string> })?]>([
    ['contacts/?page=1'],
    ['contacts/?sort=company'],
    ['contacts/?dir=asc'],
    ['contacts/?start=-1'],
    ['contacts/?limit=many'],
    ['contacts/?syncTokenOnly=1'],
    ['contacts/?start=1&start=2'],
    ['contacts/autocomplete'],
    ['contacts/autocomplete?query=a&limit=51'],
    ['contacts/autocomplete?query=a&limit=0'],
    ['contacts/delta?sort=name'],
    ['contacts/avatars/search', postJson({ contactsIds: [] })],
    ['contacts/avatars/search', postJson({ contactIds: [], contactEmailAddresses: [] })],
    ['contacts/avatars/search', postJson({ contactIds: 'x' })],
    [
      'contacts/avatars/search',
      { method: 'POST', body: '{"contactIds":[]}', headers: { 'content-type': 'text/plain' } },
    ],
    ['contacts/avatars/search', { method: 'POST', body: '{', headers: { 'content-type': 'application/json' } }],
    ['account/info?x=1'],
    ['folders/?type=contact'],
    ['folders/', postJson({ type: 'contacts' })],
    ['folders/', postJson({ name: 'x', color: 'red' })],
  ])('%s is a 400 on record', async (path, init) => {
    const fake = await start();
    const call = await signedIn(fake);
    expect((await call(path, init)).status).toBe(400);
    expect(() => {
      fake.assertClean();
    }).toThrow(/stand-in complains/);
  });

  test.each(['contacts', 'contacts/MTY=', 'logout', 'contacts/search'])(
    'the undocumented route %s is a 404 on record',
    async (path) => {
      const fake = await start();
      const call = await signedIn(fake);
      expect((await call(path)).status).toBe(404);
      expect(() => {
        fake.assertClean();
      }).toThrow(/no such route/);
    },
  );

  test('both headers are needed, of one sign-in', async () => {
    const fake = await start();
    const call = await signedIn(fake);
    expect((await call('account/info')).status).toBe(200);
    expect((await call('account/info', { headers: { authorization: '' } })).status).toBe(401);
    expect((await call('account/info', { headers: { 'x-axigen-session': 'x' } })).status).toBe(401);
    expect((await call('account/info', { headers: { authorization: `Bearer ${fake.token}` } })).status).toBe(401);
    fake.expire();
    expect((await call('account/info')).status).toBe(401);
    fake.assertClean();
  });

  test('a session on CardDAV, and a fault that never came, are complained about', async () => {
    const fake = await start();
    await fetch(`${fake.url}/Contacts/Contacts/x.vcf`, { headers: { 'x-axigen-session': 's' } });
    fake.fault({ kind: '500', on: 'nowhere' });
    expect(() => {
      fake.assertClean();
    }).toThrow(/knows no sessions[\s\S]*never came to be/);
  });
});

describe('behaviour of the pages', () => {
  test('sort and direction are remembered; the first direction is DESC', async () => {
    const fake = await start();
    for (const card of people(5)) fake.add(cardToVCard(card, { version: '3.0', carry: true }));
    const call = await signedIn(fake);
    expect((await call('contacts/')).body['sortInfo']).toEqual({ field: 'name', direction: 'DESC' });
    await call('contacts/?sort=email&dir=ASC');
    expect((await call('contacts/?limit=1')).body['sortInfo']).toEqual({ field: 'email', direction: 'ASC' });
    fake.assertClean();
  });

  test('pictures by address are those of the first main address that contains the text', async () => {
    const fake = await start();
    const photo = { p: { kind: 'photo', uri: photoUri(tinyPng(1)), mediaType: 'image/png' } };
    const card = (uid: string, address: string, media?: typeof photo): string =>
      cardToVCard(
        {
          '@type': 'Card',
          version: '1.0',
          uid,
          name: { full: uid },
          emails: { e: { address } },
          ...(media && { media }),
        },
        { version: '3.0', carry: true },
      );
    fake.add(card('joann', 'joann@x.org', photo));
    fake.add(card('ann', 'ann@x.org'));
    const call = await signedIn(fake);
    const { body } = await call(
      'contacts/avatars/search',
      postJson({ contactEmailAddresses: ['ANN@x.org', 'none@x.org'] }),
    );
    expect(body['items']).toEqual([
      {
        id: fake.state.items().find(({ uid }) => uid === 'joann')?.id,
        email: 'joann@x.org',
        data: Buffer.from(tinyPng(1).bytes).toString('base64'),
      },
      { email: 'none@x.org' },
    ]);
    fake.assertClean();
  });

  test('tokens need encoding, belong to their folder, and lead to the differences in rounds', async () => {
    const fake = await start();
    for (const card of people(5)) fake.add(cardToVCard(card, { version: '3.0', carry: true }));
    const call = await signedIn(fake);
    const first = (await call('contacts/delta?limit=2')).body;
    expect([first['moreAvailable'], (first['newItems'] as unknown[]).length]).toEqual([true, 2]);
    const token = String(first['syncToken']);
    expect(token).toMatch(/[+/=,]/);
    expect((await call(`contacts/delta?syncToken=${token}`)).status).toBe(400);
    expect(
      ((await call(`contacts/delta?syncToken=${encodeURIComponent(token)}`)).body['newItems'] as unknown[]).length,
    ).toBe(3);
    const folderId = encodeURIComponent(fake.state.folder('Contacts').id);
    expect((await call(`contacts/delta?folderId=${folderId}&syncToken=${encodeURIComponent(token)}`)).status).toBe(400);
    fake.assertClean();
  });

  test('the special folders stay; the first delete goes to the trash, the second one is for good', async () => {
    const fake = await start();
    const call = await signedIn(fake);
    const id = encodeURIComponent(fake.state.folder('Contacts').id);
    expect((await call(`folders/${id}`, { method: 'DELETE' })).status).toBe(403);
    const made = (await call('folders/', postJson({ name: 'x', type: 'contacts' }))).body;
    const path = `folders/${encodeURIComponent(String(made['id']))}`;
    await call(path, { method: 'DELETE' });
    expect(fake.state.folder('x').parentId).toBe(fake.state.folder('Trash').id);
    await call(path, { method: 'DELETE' });
    expect(() => fake.state.folder('x')).toThrow();
    fake.assertClean();
  });
});
