import { describe, expect, test } from 'vitest';
import { photoOf, parseDataUri, sniffImage } from '../../src/model/view.js';
import { groupCard, HARD_CASES, hardPeople, people, peopleGroups, personAt } from './people.js';

describe('the generator', () => {
  test('the same seed gives the same people, another one others', () => {
    expect(people(50, { seed: 7 })).toEqual(people(50, { seed: 7 }));
    expect(people(50, { seed: 7 })).toEqual(people(90, { seed: 7 }).slice(0, 50));
    expect(personAt(33, { seed: 7 })).toEqual(people(34, { seed: 7 })[33]);
    expect(people(50, { seed: 8 }).map(({ uid }) => uid)).not.toEqual(people(50, { seed: 7 }).map(({ uid }) => uid));
  });

  test('uids are version 4 UUIDs, each its own', () => {
    const uids = people(3000).map(({ uid }) => uid);
    expect(new Set(uids).size).toBe(3000);
    for (const uid of uids)
      expect(uid).toMatch(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  test('a tenth has a picture that is one', () => {
    const photos = people(200, { hard: false }).flatMap((card) => photoOf(card)?.resource ?? []);
    expect(photos).toHaveLength(20);
    for (const { uri, mediaType } of photos)
      expect(sniffImage(parseDataUri(uri)?.bytes ?? new Uint8Array())).toBe(mediaType);
    expect(new Set(photos.map(({ uri }) => uri)).size).toBe(20);
    expect(people(200, { photos: false }).some((card) => photoOf(card) !== undefined)).toBe(false);
  });

  test('every hard case is what its name says', () => {
    const hard = hardPeople();
    expect([...hard.keys()]).toEqual(HARD_CASES);
    const of = (name: string) => hard.get(name) ?? people(1)[0];
    expect(of('company')?.kind).toBe('org');
    expect(Object.values(of('note')?.notes ?? {})[0]?.note).toHaveLength(10_000);
    expect(Object.keys(of('emails')?.emails ?? {}).length).toBeGreaterThanOrEqual(4);
    expect(Object.values(of('yearless')?.anniversaries ?? {})[0]?.date).not.toHaveProperty('year');
    expect(of('formula')?.name?.full).toContain('=1+1');
    expect(of('marks')?.name?.full?.normalize('NFC')).not.toBe(of('marks')?.name?.full);
  });

  test('a twin has the name and the addresses of the one before, and a uid of its own', () => {
    const at = HARD_CASES.indexOf('twin') * 4 + 3;
    const [before, twin] = [personAt(at - 1), personAt(at)];
    expect([twin.name, twin.emails]).toEqual([before.name, before.emails]);
    expect(twin.uid).not.toBe(before.uid);
    expect(twin.phones).not.toEqual(before.phones);
  });

  test('groups name contacts by uid', () => {
    const cards = people(40);
    const uids = new Set(cards.map(({ uid }) => uid));
    const groups = peopleGroups(cards);
    expect(groups.map(({ memberUids }) => memberUids.length)).toEqual([14, 8, 6, 1, 0]);
    for (const { memberUids } of groups) for (const uid of memberUids) expect(uids).toContain(uid);
    expect(groupCard(groups[3] ?? { uid: '', name: '', memberUids: [] })).toMatchObject({
      kind: 'group',
      members: { [cards[0]?.uid ?? '']: true },
    });
  });
});
