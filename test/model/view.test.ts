import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Card } from '../../src/model/card.js';
import {
  addressesOf,
  displayName,
  emailsOf,
  fullName,
  keywordsOf,
  organizationOf,
  parseDataUri,
  phonesOf,
  photoOf,
  ranked,
  searchText,
  sniffImage,
  sortKey,
  toDataUri,
} from '../../src/model/view.js';
import { card, fullCard, GIF } from './cards.js';

const named = (...components: [string, string][]): Card =>
  card({ name: { components: components.map(([kind, value]) => ({ kind, value })) } });

describe('names', () => {
  it('prefers the full name and collapses its white space', () => {
    expect(fullName(card({ name: { full: ' Anna \n Li ' } }))).toBe('Anna Li');
    expect(fullName(card({ name: { full: '' } }))).toBe('');
    expect(fullName(card())).toBe('');
  });
  it('joins unordered components as people write them, whatever their order', () => {
    expect(
      fullName(named(['surname', 'Li'], ['credential', 'PhD'], ['given', 'Anna'], ['title', 'Dr.'], ['given2', 'M.'])),
    ).toBe('Dr. Anna M. Li PhD');
    expect(fullName(named(['given', '太郎'], ['surname', '山田']))).toBe('山田太郎');
  });
  it('joins ordered components as they are, with their separators', () => {
    const components = [
      { kind: 'surname', value: 'Li' },
      { kind: 'separator', value: ', ' },
      { kind: 'given', value: 'Anna' },
      { kind: 'given2', value: 'M.' },
    ];
    expect(fullName(card({ name: { components, isOrdered: true, defaultSeparator: '-' } }))).toBe('Li, Anna-M.');
    expect(fullName(card({ name: { components, isOrdered: true } }))).toBe('Li, Anna M.');
    expect(fullName(card({ name: { components } }))).toBe('Anna M. Li');
  });
  it('falls back to organization, nickname, address, number', () => {
    expect(
      displayName(card({ organizations: { o: { units: [{ name: 'Sales' }] } }, nicknames: { n: { name: 'Bo' } } })),
    ).toBe('Sales');
    expect(displayName(card({ nicknames: { n: { name: 'Bo' } }, emails: { e: { address: 'a@b.c' } } }))).toBe('Bo');
    expect(displayName(card({ emails: { e: { address: 'a@b.c' } }, phones: { p: { number: '1' } } }))).toBe('a@b.c');
    expect(displayName(card({ phones: { p: { number: 'tel:1' } } }))).toBe('1');
    expect(displayName(card())).toBe('');
  });
});

describe('ranked', () => {
  it('sorts by pref, then keeps the order; takes what is no map for an empty one', () => {
    const map = { a: {}, b: { pref: 50 }, c: { pref: 1 }, d: { pref: 50 }, e: { pref: 0 } };
    expect(ranked<{ pref?: number }>(map).map(([key]) => key)).toEqual(['c', 'b', 'd', 'a', 'e']);
    expect(ranked(undefined)).toEqual([]);
    expect(ranked([1] as unknown as Record<string, { pref?: number }>)).toEqual([]);
    expect(ranked({ a: null } as unknown as Record<string, { pref?: number }>)).toEqual([]);
  });
});

describe('lists', () => {
  it('gives values best first, without empty ones', () => {
    const emails = { a: { address: 'b@x' }, b: { address: ' ' }, c: { address: 'a@x', pref: 1 } };
    expect(emailsOf(card({ emails }))).toEqual(['a@x', 'b@x']);
    expect(phonesOf(fullCard())).toEqual(['+49 30 1234', '+49 30 1235']);
    expect(organizationOf(fullCard())).toBe('Acme');
    expect(addressesOf(fullCard())).toEqual(['Hauptstr. 5, 10115 Berlin']);
    expect(addressesOf(card({ addresses: { a: { full: 'Main St 1,\nBerlin' } } }))).toEqual(['Main St 1, Berlin']);
    expect(keywordsOf(fullCard())).toEqual(['friends', 'vip']);
  });
  it('finds the photo, best first, and nothing else', () => {
    expect(photoOf(fullCard())?.key).toBe('m1');
    expect(photoOf(card({ media: { l: { kind: 'logo', uri: 'x:y' } } }))).toBeUndefined();
  });
});

describe('sortKey', () => {
  it('folds and orders', () => {
    expect(sortKey(fullCard(), 'name')).toBe('dr. anne muller');
    expect(sortKey(fullCard(), 'last-name')).toBe('muller anne');
    expect(sortKey(card({ name: { full: 'Anna Maria Li' } }), 'last-name')).toBe('li anna maria');
    expect(sortKey(card({ organizations: { o: { name: 'Ärzte AG' } } }), 'last-name')).toBe('arzte ag');
    expect(sortKey(fullCard(), 'email')).toBe('anna@example.com');
    expect(sortKey(fullCard(), 'company')).toBe('acme');
    expect(sortKey(fullCard(), 'updated')).toBe('2021-01-01T00:00:00Z');
    expect(sortKey(card(), 'updated')).toBe('');
  });
  it('honours sortAs', () => {
    const name = { components: [{ kind: 'surname', value: 'de Vries' }], sortAs: { surname: 'Vries' } };
    expect(sortKey(card({ name }), 'last-name')).toBe('vries');
  });
});

describe('searchText', () => {
  it('covers what the command line promises', () => {
    const texts = searchText(fullCard());
    for (const wanted of [
      'Dr. Änne Müller',
      'Anni',
      'anna@example.org',
      'Acme',
      'Research',
      'CTO',
      '+49 30 1234',
      '49301234',
      'Berlin',
    ]) {
      expect(texts).toContain(wanted);
    }
    expect(texts.join('|')).toContain('second line');
    expect(texts.join('|')).not.toContain('Hauptstr');
  });
});

describe('data URIs', () => {
  it('come back as they were', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const parsed = parseDataUri(toDataUri({ mediaType: 'image/png', bytes }));
        expect(parsed?.mediaType).toBe('image/png');
        expect(Buffer.from(parsed?.bytes ?? []).equals(Buffer.from(bytes))).toBe(true);
      }),
    );
  });
  it('are read however they were mangled', () => {
    const text = (uri: string): string | undefined => {
      const data = parseDataUri(uri);
      return data && `${data.mediaType} ${Buffer.from(data.bytes).toString()}`;
    };
    expect(text('data:image/JPEG;base64,aGk=')).toBe('image/jpeg hi');
    expect(text('data:image/jpeg\\;base64\\,aGk=')).toBe('image/jpeg hi');
    expect(text(' DATA:image/jpeg;x=y;BASE64,aG\r\n k')).toBe('image/jpeg hi');
    expect(text('data:image/jpeg;base64,aGk%3D')).toBe('image/jpeg hi');
    expect(text('data:base64,aGk=')).toBe('text/plain hi');
    expect(text('data:,a%20b\\,c%')).toBe('text/plain a b,c%');
    expect(text('data:;base64,_-8')).toBe(`text/plain ${Buffer.from([0xff, 0xef]).toString()}`);
    expect(text('data:nothing')).toBeUndefined();
    expect(text('https://x.org/,')).toBeUndefined();
    expect(text(`data:${'x'.repeat(5000)},`)).toBeUndefined();
  });
  it('take their type from the bytes when none was given', () => {
    const bytes = Buffer.from(GIF, 'base64');
    expect(toDataUri({ mediaType: 'gif\r\nX:', bytes })).toBe(`data:image/gif;base64,${GIF}`);
    expect(toDataUri({ mediaType: '', bytes: new Uint8Array([1]) })).toBe('data:application/octet-stream;base64,AQ==');
  });
});

describe('sniffImage', () => {
  const cases: [string | undefined, string][] = [
    ['image/jpeg', '\xff\xd8\xff\xe0'],
    ['image/png', '\x89PNG\r\n\x1a\n'],
    ['image/gif', 'GIF89a'],
    ['image/webp', 'RIFF\x01\x02\x03\x04WEBPVP8 '],
    ['image/avif', '\0\0\0\x20ftypavif'],
    ['image/heic', '\0\0\0\x20ftypheic'],
    ['image/tiff', 'II*\0'],
    ['image/bmp', `BM${'\0'.repeat(12)}`],
    ['image/x-icon', '\0\0\x01\0'],
    ['image/svg+xml', '<?xml version="1.0"?>\n<svg xmlns="x">'],
    [undefined, '<!doctype html><svg>'],
    [undefined, 'BM'],
    [undefined, ''],
  ];
  it.each(cases)('%s', (type, head) => expect(sniffImage(Buffer.from(head, 'latin1'))).toBe(type));
});
