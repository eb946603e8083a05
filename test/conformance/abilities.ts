/** The part of the suite for what only some providers have: groups, pictures, books, changes. */
import { expect } from 'vitest';
import type { Ability } from '../../src/providers/types.js';
import type { Provider } from '../../src/providers/types.js';
import { NotFound } from '../../src/model/errors.js';
import { diffCards } from '../../src/model/normalize.js';
import { parseDataUri, photoOf } from '../../src/model/view.js';
import { PICTURE, person } from './cards.js';
import type { ConformanceOptions, tests } from './suite.js';
import { all, change, need, put } from './suite.js';

type Test = ReturnType<typeof tests>;

/** Abilities that are a member of the live object. */
const MEMBERS = [
  'create',
  'update',
  'delete',
  'search',
  'autocomplete',
  'changes',
  'bookAdmin',
  'move',
  'copy',
  'attachments',
  'companies',
  'frequent',
  'away',
] as const;

function keepsPicture(provider: Provider): boolean {
  const card = person(1, { media: { m1: { kind: 'photo', uri: PICTURE } } });
  return provider.avatars !== undefined || photoOf(provider.project(card)) !== undefined;
}

function keepsKeywords(provider: Provider): boolean {
  return provider.project(person(1, { keywords: { Friends: true } })).keywords?.['Friends'] === true;
}

export function abilityTests(test: Test, options: ConformanceOptions): void {
  test('its abilities are members that are there', ({ provider }) => {
    const { abilities } = provider.definition;
    const here: Ability[] = MEMBERS.filter((name) => provider[name] !== undefined);
    if (provider.groups !== undefined || provider.definition.groups === 'keywords') here.push('groups');
    if (keepsPicture(provider)) here.push('avatars');
    const known: readonly string[] = [...MEMBERS, 'groups', 'avatars'];
    expect(here.sort()).toEqual(abilities.filter((name) => known.includes(name)).sort());
    if (provider.definition.groups === 'keywords') expect(keepsKeywords(provider)).toBe(true);
    return Promise.resolve();
  });
  test('project does not change its argument and settles at once', ({ provider }) => {
    const card = person(1, { keywords: { Friends: true }, media: { m1: { kind: 'photo', uri: PICTURE } } });
    const before = JSON.stringify(card);
    const once = provider.project(card);
    expect(JSON.stringify(card)).toBe(before);
    expect(diffCards(once, provider.project(once))).toEqual([]);
    return Promise.resolve();
  });
  groupTests(test);
  pictureTests(test);
  bookTests(test);
  changeTests(test, options);
}

function groupTests(test: Test): void {
  test('groups: made, listed, renamed, members set, deleted; never among the contacts', async (subject, context) => {
    const { provider } = subject;
    const { groups } = provider;
    if (groups === undefined) return context.skip(`groups are ${provider.definition.groups}`);
    const [ann = '', bob = '', eve = ''] = await put(subject, [person(1), person(2), person(3)]);
    const made = await groups.create('Tennis & "Tea"', [ann, bob]);
    const [listed] = await groups.list();
    expect(listed).toMatchObject({ id: made.id, name: 'Tennis & "Tea"' });
    expect([...(listed?.memberIds ?? [])].sort()).toEqual([ann, bob].sort());
    await groups.rename(listed ?? made, 'Chess');
    await groups.setMembers((await groups.list())[0] ?? made, [bob, eve]);
    const [changed] = await groups.list();
    expect(changed?.name).toBe('Chess');
    expect([...(changed?.memberIds ?? [])].sort()).toEqual([bob, eve].sort());
    expect((await all(provider)).map((one) => one.id).sort()).toEqual([ann, bob, eve].sort());
    await expect(provider.get(made.id)).rejects.toBeInstanceOf(NotFound);
    await groups.setMembers(changed ?? made, []);
    expect((await groups.list())[0]?.memberIds).toEqual([]);
    await groups.delete((await groups.list())[0] ?? made);
    expect(await groups.list()).toEqual([]);
    await expect(groups.delete(made)).rejects.toBeInstanceOf(NotFound);
    expect(await all(provider)).toHaveLength(3);
  });
}

function pictureTests(test: Test): void {
  test('pictures: set, read back, removed', async (subject, context) => {
    const { provider } = subject;
    need(subject, context, 'avatars', keepsPicture(provider));
    const wanted = parseDataUri(PICTURE);
    if (wanted === undefined) throw new Error('no picture');
    const [id = ''] = await put(subject, [person(1)]);
    const read = async (): Promise<Uint8Array | undefined> => {
      const own = await provider.avatars?.get(id);
      const uri = photoOf((await provider.get(id)).card)?.resource.uri;
      return own?.bytes ?? (uri === undefined ? undefined : parseDataUri(uri)?.bytes);
    };
    expect(await read()).toBeUndefined();
    if (provider.avatars?.set) await provider.avatars.set(id, wanted);
    else if (provider.update)
      await provider.update(id, change(await provider.get(id), { media: { m1: { kind: 'photo', uri: PICTURE } } }));
    else return;
    const found = await read();
    if (provider.definition.reencodesPhotos === true) expect(found?.length).toBeGreaterThan(0);
    else expect(Buffer.from(found ?? []).toString('hex')).toBe(Buffer.from(wanted.bytes).toString('hex'));
    if (provider.avatars !== undefined && provider.avatars.delete === undefined) return;
    const last = await provider.get(id);
    const bare = { ...last.card };
    delete bare.media;
    if (provider.avatars?.delete) await provider.avatars.delete(id);
    else await provider.update?.(id, { next: bare, patch: { media: null }, last });
    expect(await read()).toBeUndefined();
  });
}

function bookTests(test: Test): void {
  test('books: made, listed, renamed, filled, moved to and copied to, deleted', async (subject, context) => {
    const { provider } = subject;
    const { bookAdmin } = provider;
    need(subject, context, 'bookAdmin', bookAdmin !== undefined);
    if (bookAdmin === undefined) return;
    const [id = ''] = await put(subject, [person(1)]);
    const home = (await provider.get(id)).bookIds[0] ?? '';
    const made = await bookAdmin.create('Kegel & Bowling');
    expect(made.name).toBe('Kegel & Bowling');
    expect((await provider.books()).find((book) => book.id === made.id)?.name).toBe('Kegel & Bowling');
    const renamed = await bookAdmin.rename(made.id, 'Bowling <Ü>');
    expect((await provider.books()).find((book) => book.id === renamed.id)?.name).toBe('Bowling <Ü>');
    expect(await all(provider, { bookIds: [renamed.id] })).toEqual([]);
    const inside = provider.create ? [(await provider.create({ card: person(2), bookId: renamed.id })).id] : [];
    expect((await all(provider, { bookIds: [renamed.id] })).map((record) => record.id)).toEqual(inside);
    const there = await relocated(provider, id, renamed.id);
    const filled = await all(provider, { bookIds: [renamed.id] });
    expect(filled.map((record) => record.id).sort()).toEqual([...inside, ...there].sort());
    for (const record of filled) expect(record.bookIds).toContain(renamed.id);
    expect((await all(provider)).filter((record) => record.bookIds.includes(home)).length).toBe(
      provider.copy && !provider.move ? 1 : provider.move ? 1 : 1,
    );
    await bookAdmin.delete(renamed.id);
    expect((await provider.books()).map((book) => book.id)).not.toContain(renamed.id);
  });
}

/** Copies, then moves the copy's original on; returns the ids that ended up in the other book. */
async function relocated(provider: Provider, id: string, bookId: string): Promise<string[]> {
  const record = await provider.get(id);
  if (provider.move === undefined) return provider.copy ? [(await provider.copy(record, bookId)).id] : [];
  const moved = await provider.move(record, bookId);
  expect(diffCards(record.card, (await provider.get(moved.id)).card)).toEqual([]);
  if (moved.id !== id) await expect(provider.get(id)).rejects.toBeInstanceOf(NotFound);
  const home = record.bookIds[0] ?? '';
  const back = provider.copy ? provider.copy.bind(provider) : undefined;
  if (back !== undefined) await back(await provider.get(moved.id), home);
  return [moved.id];
}

function changeTests(test: Test, options: ConformanceOptions): void {
  test('changes: idle, created, updated, removed, and a token it does not know', async (subject, context) => {
    const { provider } = subject;
    need(subject, context, 'changes', provider.changes !== undefined);
    const { changes } = provider;
    if (changes === undefined) return;
    const [kept = '', edited = '', doomed = ''] = await put(subject, [person(1), person(2), person(3)]);
    const first = await changes.since(undefined);
    expect(first.created.map((record) => record.id).sort()).toEqual([kept, edited, doomed].sort());
    const idle = await changes.since(await changes.current());
    expect([idle.created, idle.updated, idle.removed]).toEqual([[], [], []]);
    const [added = ''] = await put(subject, [person(4)]);
    if (provider.update)
      await provider.update(edited, change(await provider.get(edited), { notes: { n1: { note: 'new' } } }));
    if (provider.delete) await provider.delete(await provider.get(doomed));
    const delta = await changes.since(idle.token);
    const touched = [...delta.created, ...delta.updated].map((record) => record.id);
    expect(touched).toContain(added);
    expect(delta.updated.map((record) => record.id)).toEqual(provider.update ? [edited] : []);
    expect(delta.removed).toEqual(provider.delete ? [doomed] : []);
    expect(touched).not.toContain(kept);
    const again = await changes.since(delta.token);
    expect([again.created, again.updated, again.removed]).toEqual([[], [], []]);
    const unknown = await changes.since('never-seen-token');
    expect(unknown.reset).toBe(true);
    expect(unknown.created.map((record) => record.id)).toContain(kept);
    expect(options.pageSize).toBeGreaterThan(0);
  });
}
