import { describe, expect, test } from 'vitest';
import { diffCards } from '../../src/model/normalize.js';
import { diffPatch } from '../../src/model/patch.js';
import type { Card, ContactRecord } from '../../src/model/card.js';
import type { Provider, WriteResult } from '../../src/providers/types.js';
import { people } from '../fakes/people.js';
import { photoUri, tinyJpeg, tinyPng } from '../fakes/pictures.js';
import { added, all, cardOf, connect, lastBody } from './mdaemon-setup.js';

const photo = (level: number) => ({ m: { kind: 'photo', uri: photoUri(tinyJpeg(level)) } });

async function change(
  provider: Provider,
  last: ContactRecord,
  edit: (card: Card) => void,
): Promise<WriteResult | undefined> {
  const next = structuredClone(last.card);
  edit(next);
  return provider.update?.(last.id, { next, patch: diffPatch(last.card, next), last });
}

describe('create', () => {
  test('what comes back is what was promised, for ordinary and hard people', async () => {
    const { fake, provider } = await connect();
    const cards = people(60, { seed: 3 });
    const ids: string[] = [];
    for (const card of cards) ids.push((await provider.create?.({ card }))?.id ?? '');
    const listed = new Map((await all(provider.list({ media: true }))).map((record) => [record.id, record.card]));
    for (const [index, card] of cards.entries()) {
      expect(diffCards(provider.project(card), listed.get(ids[index] ?? '') ?? cardOf({}))).toEqual([]);
    }
    fake.assertClean();
  });

  test('in a book; in the profile’s book by name, path or id', async () => {
    const { fake, provider, again } = await connect();
    const folder = fake.store.addFolder({ display_name: 'Clients', path: 'Contacts/Clients' });
    expect(await provider.create?.({ card: cardOf({}), bookId: String(folder.id) })).toMatchObject({
      bookIds: [String(folder.id)],
    });
    for (const book of ['clients', 'Contacts/Clients', String(folder.id)]) {
      const other = await again({ book });
      expect(await other.create?.({ card: cardOf({}) })).toMatchObject({ bookIds: [String(folder.id)] });
    }
    const lost = await again({ book: 'Nowhere' });
    await expect(lost.create?.({ card: cardOf({}) })).rejects.toMatchObject({
      code: 'notFound',
      hint: 'there are: Contacts, Clients',
    });
    fake.assertClean();
  });

  test('a picture is uploaded first and carried by the create', async () => {
    const { fake, provider } = await connect({ csrf: true });
    const record = await added(provider, { name: { full: 'Ada' }, media: photo(5) });
    expect(record.card.media).toEqual({ picture: { kind: 'photo', uri: photoUri(tinyJpeg(5)) } });
    const upload = fake.requests.find(({ kind }) => kind === 'uploadPicture');
    expect(upload?.url).toBe('/WorldClientAPI/contacts/12/new/picture');
    expect(upload?.files).toMatchObject([{ field: 'Attachment', name: 'picture.jpg', type: 'image/jpeg' }]);
    fake.assertClean();
  });

  test('the day of a birthday stays, wherever the server thinks it is', async () => {
    const zones = [-600, -300, 0, 120, 330, 660, 720, 780, 825];
    const readings = [...zones, -720, -660].map((zone) => ({ zone }));
    for (const reading of [...readings, ...zones.map((zone) => ({ zone, days: true }))]) {
      const { provider } = await connect(reading);
      const date = { year: 1985, month: 4, day: 1 };
      const record = await added(provider, { anniversaries: { b: { kind: 'birth', date } } });
      expect(record.card.anniversaries).toEqual({ birthday: { kind: 'birth', date } });
    }
  });

  test('a read-only book refuses in words', async () => {
    const { fake, provider } = await connect({ errorStatus: 200 });
    const folder = fake.store.addFolder({ display_name: 'Public', public: true, permissions: { can_read: true } });
    const failed = provider.create?.({ card: cardOf({}), bookId: String(folder.id) });
    await expect(failed).rejects.toMatchObject({
      code: 'refused',
      why: 'InadequatePermissions',
      message: 'cannot create the contact: you have no permission for it',
    });
  });

  test.each(['reset-after', '500-after', 'cut', 'reset-before', 'html'] as const)(
    'an answer lost by %s: the create is not sent twice',
    async (kind) => {
      const { fake, provider } = await connect();
      fake.fault({ kind, on: 'create' });
      await expect(provider.create?.({ card: cardOf({ name: { full: 'Ada' } }) })).rejects.toMatchObject({
        code: 'unknownOutcome',
      });
      expect(fake.store.contacts.size).toBe(/before|html/.test(kind) ? 0 : 1);
      expect(fake.counts()['create']).toBe(1);
    },
  );

  test.each(['429', 'expired'] as const)('refused before it was done by %s: sent again', async (kind) => {
    const { fake, provider, waits } = await connect();
    fake.fault({ kind, on: 'create', retryAfter: '3' });
    await provider.create?.({ card: cardOf({ name: { full: 'Ada' } }) });
    expect(fake.store.contacts.size).toBe(1);
    if (kind === '429') expect(waits).toContain(3000);
  });
});

describe('update', () => {
  test.each([
    { objects: 'merge', lists: 'replace' },
    { objects: 'replace', lists: 'merge' },
  ] as const)('changes what it should and nothing else, when the server %j', async (rules) => {
    const { fake, provider } = await connect(rules);
    for (const card of people(40, { seed: 11 })) {
      const last = await added(provider, card);
      await change(provider, last, (next) => {
        next.name = { full: 'Changed' };
        delete next.addresses?.['home'];
        next.phones = { ...next.phones, pager: { number: '4711', features: { pager: true } } };
        delete next.emails?.['email2'];
        delete next.links;
      });
      const expected = structuredClone(last.card);
      expected.name = { full: 'Changed' };
      delete expected.addresses?.['home'];
      expected.phones = { ...expected.phones, pager: { number: '4711', features: { pager: true } } };
      delete expected.emails?.['email2'];
      delete expected.links;
      expect(diffCards(expected, (await provider.get(last.id)).card)).toEqual([]);
    }
    fake.assertClean();
  });

  test('sends only what changed; nothing when nothing did', async () => {
    const { fake, provider } = await connect();
    const last = await added(provider, { name: { full: 'Ada' }, notes: { n: { note: 'x' } }, media: photo(1) });
    await change(provider, last, (card) => (card.notes = { n: { note: 'y' } }));
    expect(lastBody(fake, 'update')).toEqual({ notes: 'y' });
    await change(provider, await provider.get(last.id), () => undefined);
    expect(fake.counts()['update']).toBe(1);
    expect(fake.counts()['uploadPicture']).toBe(1);
  });

  test('a picture: set, replaced, removed; left alone by records that were read without it', async () => {
    const { fake, provider } = await connect();
    const last = await added(provider, { name: { full: 'Ada' } });
    await change(provider, last, (card) => (card.media = photo(1)));
    const [listed] = await all(provider.list({}));
    expect(listed).toMatchObject({ hasPhoto: true });
    await change(provider, listed ?? last, (card) => (card.name = { full: 'Ada K' }));
    const withOne = await provider.get(last.id);
    expect(withOne.card.media).toEqual({ picture: { kind: 'photo', uri: photoUri(tinyJpeg(1)) } });
    await change(provider, withOne, (card) => (card.media = photo(2)));
    const withTwo = await provider.get(last.id);
    expect(withTwo.card.media).toEqual({ picture: { kind: 'photo', uri: photoUri(tinyJpeg(2)) } });
    await change(provider, withTwo, (card) => delete card.media);
    expect((await provider.get(last.id)).card.media).toBeUndefined();
    expect(fake.counts()).toMatchObject({ uploadPicture: 2, deletePicture: 1 });
    fake.assertClean();
  });

  test('changed meanwhile: a conflict, and nothing is written; without an etag it is written', async () => {
    const { fake, provider, again } = await connect();
    const last = await added(provider, { name: { full: 'Ada' }, notes: { n: { note: '1' } } });
    const other = await again();
    await change(other, await other.get(last.id), (card) => (card.notes = { n: { note: '2' } }));
    await expect(change(provider, last, (card) => (card.name = { full: 'Eve' }))).rejects.toMatchObject({
      code: 'conflict',
      exit: 6,
    });
    await expect(provider.delete?.(last)).rejects.toMatchObject({ code: 'conflict' });
    expect(fake.store.contacts.get(last.id)?.texts).toMatchObject({ name: 'Ada', notes: '2' });
    const unguarded = { ...last };
    delete unguarded.etag;
    await change(provider, unguarded, (card) => (card.name = { full: 'Eve' }));
    expect(fake.store.contacts.get(last.id)?.texts).toMatchObject({ name: 'Eve', notes: '2' });
  });

  test('gone meanwhile: not found', async () => {
    const { fake, provider } = await connect();
    const last = await added(provider, { name: { full: 'Ada' } });
    fake.store.contacts.delete(last.id);
    await expect(change(provider, last, (card) => (card.name = { full: 'Eve' }))).rejects.toMatchObject({
      code: 'notFound',
    });
  });

  test('a lost answer is no harm: the same update again ends the same', async () => {
    const { fake, provider } = await connect();
    const last = await added(provider, { name: { full: 'Ada' } });
    fake.fault({ kind: 'reset-after', on: 'update' });
    await change(provider, last, (card) => (card.name = { full: 'Eve' }));
    expect(fake.store.contacts.get(last.id)?.texts['name']).toBe('Eve');
    expect(fake.counts()['update']).toBe(2);
  });
});

describe('delete', () => {
  test('once; a second time it is not found', async () => {
    const { fake, provider } = await connect();
    const last = await added(provider, { name: { full: 'Ada' } });
    await provider.delete?.(last);
    expect(fake.store.contacts.size).toBe(0);
    await expect(provider.delete?.(last)).rejects.toMatchObject({ code: 'notFound' });
    const unguarded = { ...last };
    delete unguarded.etag;
    await expect(provider.delete?.(unguarded)).rejects.toMatchObject({ code: 'notFound' });
    fake.assertClean();
  });

  test('an answer lost after it was done is a success', async () => {
    const { fake, provider } = await connect();
    const last = await added(provider, { name: { full: 'Ada' } });
    fake.fault({ kind: 'reset-after', on: 'delete' });
    await provider.delete?.(last);
    expect(fake.counts()['delete']).toBe(2);
  });
});

describe('move and copy', () => {
  test.each([false, true])('move (new id: %s)', async (newIdOnMove) => {
    const { fake, provider } = await connect({ newIdOnMove });
    const target = String(fake.store.addFolder({ display_name: 'Clients' }).id);
    fake.store.add({ name: 'Somebody else' }, Number(target));
    const last = await added(provider, { name: { full: 'Ada' } });
    const moved = await provider.move?.(last, target);
    expect(moved).toMatchObject({ bookIds: [target], etag: last.etag });
    expect(moved?.id === last.id).toBe(!newIdOnMove);
    expect((await provider.get(moved?.id ?? '')).bookIds).toEqual([target]);
    expect(fake.requests.find(({ kind }) => kind === 'transfer')).toMatchObject({
      method: 'POST',
      url: `/WorldClientAPI/contacts/12/contact/${last.id}`,
      raw: `move=${target}`,
    });
    fake.assertClean();
  });

  test('copy', async () => {
    const { fake, provider } = await connect();
    const target = String(fake.store.addFolder({ display_name: 'Clients' }).id);
    const last = await added(provider, { name: { full: 'Ada' }, media: photo(1) });
    const copied = await provider.copy?.(last, target);
    expect(copied?.id).not.toBe(last.id);
    expect(diffCards(last.card, (await provider.get(copied?.id ?? '')).card)).toEqual([]);
    expect((await provider.get(last.id)).bookIds).toEqual(['12']);
    fake.assertClean();
  });

  test('no such book', async () => {
    const { provider } = await connect();
    const last = await added(provider, { name: { full: 'Ada' } });
    await expect(provider.move?.(last, '999')).rejects.toMatchObject({
      code: 'notFound',
      message: 'cannot move the contact: there is no such address book',
    });
  });
});

describe('pictures by themselves', () => {
  test('get, set, delete; the bytes say what they are', async () => {
    const { fake, provider } = await connect();
    const { id } = await added(provider, { name: { full: 'Ada' } });
    expect(await provider.avatars?.get(id)).toBeUndefined();
    await provider.avatars?.set?.(id, tinyPng());
    const found = await provider.avatars?.get(id);
    expect(found?.mediaType).toBe('image/png');
    expect(Buffer.from(found?.bytes ?? [])).toEqual(Buffer.from(tinyPng().bytes));
    await provider.avatars?.delete?.(id);
    expect(await provider.avatars?.get(id)).toBeUndefined();
    await expect(provider.avatars?.get('nobody')).rejects.toMatchObject({ code: 'notFound' });
    expect(
      fake.requests.filter(({ kind }) => kind.includes('icture')).map(({ method, url }) => `${method} ${url}`),
    ).toEqual([
      `POST /WorldClientAPI/contacts/12/contact/${id}/picture`,
      `DELETE /WorldClientAPI/contacts/12/contact/${id}/picture`,
    ]);
    fake.assertClean();
  });
});
