import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { diffCards } from '../../src/model/normalize.js';
import { createBody, project } from '../../src/providers/mdaemon/map.js';
import { people } from '../fakes/people.js';
import { photoUri, tinyPng } from '../fakes/pictures.js';
import { read, FULL } from './mdaemon-sample.js';
import { cardOf } from './mdaemon-setup.js';

describe('projection', () => {
  test('ordinary and hard people: projecting twice changes nothing, and what it keeps is what a server gives back', () => {
    for (const card of people(300, { seed: 7 })) {
      const once = project(card);
      expect(project(once)).toEqual(once);
      const projected = { ...once };
      delete projected.media;
      const back = read({ ...createBody(card), id: '6ba7b810-9dad-11d1-80b4-00c04fd430c8' });
      expect({ ...back, uid: card.uid }).toEqual(projected);
    }
  });

  test('a whole native contact loses nothing', () => {
    expect(diffCards(read(FULL), project(read(FULL)))).toEqual([]);
  });

  test('any phones: projecting twice is projecting once, and no number is invented', () => {
    const keys = fc.constantFrom('business', 'home', 'other', 'mobile', 'p1', 'p2', 'p3', 'p4', 'p5', '__proto__');
    const set = (...names: string[]) =>
      fc
        .uniqueArray(fc.constantFrom(...names))
        .map((list) => Object.fromEntries(list.map((name) => [name, true as const])));
    const phone = fc.record(
      {
        number: fc.string(),
        contexts: set('work', 'private', 'billing'),
        features: set('voice', 'mobile', 'fax', 'pager', 'text', 'main-number'),
        label: fc.constantFrom('Car', 'radio', 'x', ' '),
        pref: fc.integer({ min: 1, max: 100 }),
      },
      { requiredKeys: ['number'] },
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(keys, phone), { maxLength: 20 }), (entries) => {
        const card = cardOf({ phones: Object.fromEntries(entries) });
        const once = project(card);
        expect(project(once)).toEqual(once);
        const given = Object.values(card.phones ?? {}).map(({ number }) => number.replace(/^tel:/i, ''));
        for (const { number } of Object.values(once.phones ?? {})) expect(given).toContain(number);
      }),
    );
  });

  test('any texts: projecting twice is projecting once', () => {
    const text = fc.oneof(
      fc.string(),
      fc.constantFrom('Jr., MD', 'Skype: x', 'a: b: c', 'http://x', ' , ', '\r\n', '__proto__', 'x:y'),
    );
    const arbitrary = fc.record({
      full: text,
      parts: fc.array(
        fc.record({
          kind: fc.constantFrom(
            'title',
            'given',
            'given2',
            'surname',
            'surname2',
            'generation',
            'credential',
            'separator',
          ),
          value: text,
        }),
      ),
      words: fc.array(text),
      kin: fc.array(fc.tuple(text, fc.constantFrom('agent', 'spouse', 'child', 'friend'))),
      note: text,
      service: text,
      user: text,
      units: fc.array(text),
    });
    fc.assert(
      fc.property(arbitrary, ({ full, parts, words, kin, note, service, user, units }) => {
        const card = cardOf({
          name: { full, components: parts },
          keywords: Object.fromEntries(words.map((word) => [word, true as const])),
          relatedTo: Object.fromEntries(
            kin.map(([key, relation]) => [key, { relation: { [relation]: true as const } }]),
          ),
          notes: { n: { note } },
          onlineServices: { o: { service, user } },
          organizations: { o: { units: units.map((name) => ({ name })) } },
          addresses: { a: { components: words.map((value) => ({ kind: 'name', value })) } },
        });
        const once = project(card);
        expect(project(once)).toEqual(once);
      }),
    );
  });

  test('pictures: inline ones are kept as they are, links are not', () => {
    const media = (uri: string) => project(cardOf({ media: { m: { kind: 'photo', uri } } })).media;
    expect(media(photoUri(tinyPng()))).toEqual({ picture: { kind: 'photo', uri: photoUri(tinyPng()) } });
    expect(media('https://example.com/a.jpg')).toBeUndefined();
    expect(project(cardOf({ media: { m: { kind: 'logo', uri: photoUri(tinyPng()) } } })).media).toBeUndefined();
  });
});
