import { describe, expect, it } from 'vitest';
import { cardFromVCard, cardToVCard, parseVCard } from '../../src/formats/vcard/map.js';
import type { Card } from '../../src/model/card.js';
import { InputError } from '../../src/model/errors.js';
import { fieldByName } from '../../src/model/fields.js';
import { diffCards } from '../../src/model/normalize.js';

const wrap = (lines: string[], version = '3.0'): string =>
  ['BEGIN:VCARD', `VERSION:${version}`, ...lines, 'END:VCARD', ''].join('\r\n');
const base: Card = { '@type': 'Card', version: '1.0', uid: 'u1' };
const carry3 = { version: '3.0', carry: true } as const;
const strict3 = { version: '3.0', carry: false } as const;
const v4 = { version: '4.0', carry: true } as const;

describe('uid', () => {
  it('is derived from the content when missing, the same at every run', () => {
    const text = wrap(['FN:Jane', 'N:Doe;Jane;;;', 'REV:20240101T000000Z']);
    const first = parseVCard(text);
    expect(first.uidMissing).toBe(true);
    expect(first.card.uid).toMatch(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-5/);
    expect(parseVCard(text).card.uid).toBe(first.card.uid);
    expect(parseVCard(text.replace('20240101', '20250101')).card.uid).toBe(first.card.uid);
    expect(parseVCard(text.replace('Jane', 'Joan')).card.uid).not.toBe(first.card.uid);
  });

  it('is kept as it is', () => {
    for (const uid of [
      'urn:uuid:4f1c1f5e-7d9a-4b0c-8b1c-2d3e4f5a6b7c',
      'ABC-123:ABPerson',
      '../../etc/passwd',
      'a;b,c\\d',
      'x y',
      'https://example.com/a,b',
    ]) {
      for (const options of [v4, carry3, strict3]) {
        const back = parseVCard(cardToVCard({ ...base, uid }, options));
        expect(back.card.uid).toBe(uid);
        expect(back.uidMissing).toBe(false);
      }
    }
  });

  it('counts pictures too', () => {
    const one = {
      version: '3.0' as const,
      line: 1,
      warnings: [],
      properties: [{ name: 'PHOTO', params: [], value: '', binary: new Uint8Array([1, 2]), line: 2 }],
    };
    const two = {
      ...one,
      properties: [{ name: 'PHOTO', params: [], value: '', binary: new Uint8Array([1, 3]), line: 2 }],
    };
    expect(cardFromVCard(one).card.uid).not.toBe(cardFromVCard(two).card.uid);
  });
});

describe('parseVCard', () => {
  it('wants exactly one card', () => {
    expect(() => parseVCard('')).toThrow(InputError);
    expect(() => parseVCard(`${wrap(['FN:a'])}${wrap(['FN:b'])}`)).toThrow(/2 vCards/);
    expect(() => parseVCard('hello')).toThrow(InputError);
    expect(parseVCard(new TextEncoder().encode(wrap(['FN:a']))).card.name).toEqual({ full: 'a' });
  });

  it('hands on the warnings of the lines', () => {
    expect(parseVCard(wrap(['FN:a', 'no property at all'])).warnings).toHaveLength(1);
  });
});

describe('PROP-ID', () => {
  const card: Card = { ...base, emails: { e1: { address: 'a@example.com' }, business2: { address: 'b@example.com' } } };

  it('is written in 4.0 where a reader would give another id', () => {
    const text = cardToVCard(card, v4);
    expect(text).toContain('EMAIL:a@example.com');
    expect(text).toContain('EMAIL;PROP-ID=business2:b@example.com');
    expect(Object.keys(parseVCard(text).card.emails ?? {})).toEqual(['e1', 'business2']);
  });

  it('is not written in 3.0 or when not wanted', () => {
    expect(cardToVCard(card, carry3)).not.toContain('PROP-ID');
    expect(cardToVCard(card, { ...v4, propIds: false })).not.toContain('PROP-ID');
    expect(cardToVCard(card, { ...carry3, propIds: true })).toContain('PROP-ID=business2');
  });

  it('is written wherever a JSPROP points', () => {
    const text = cardToVCard({ ...card, emails: { x: { address: 'a@example.com', 'example.com:y': 1 } } }, carry3);
    expect(text).toContain('EMAIL;PROP-ID=x:a@example.com');
    expect(parseVCard(text).card.emails).toEqual({ x: { address: 'a@example.com', 'example.com:y': 1 } });
  });

  it('does not collide with ids that readers give', () => {
    const { emails } = parseVCard(
      wrap([
        'EMAIL:a@example.com',
        'EMAIL;PROP-ID=e1:b@example.com',
        'EMAIL;PROP-ID=e1:c@example.com',
        'EMAIL;PROP-ID=bad id:d@example.com',
      ]),
    ).card;
    const ids = Object.keys(emails ?? {});
    expect(new Set(ids).size).toBe(4);
    expect(emails?.e1?.address).toBe('b@example.com');
  });
});

describe('JSPROP and other programs', () => {
  const card: Card = {
    ...base,
    phones: { p1: { number: 'tel:+1-555-0100', 'example.com:x': 1 }, p2: { number: '2', 'example.com:x': 2 } },
    name: {
      components: [
        { kind: 'given', value: 'Jane' },
        { kind: 'surname', value: 'Doe' },
      ],
      isOrdered: true,
    },
  };
  const text = cardToVCard(card, carry3);

  it('brings everything back while nobody changed anything', () => {
    expect(parseVCard(text).card.phones).toEqual(card.phones);
    expect(parseVCard(text).card.name).toEqual(card.name);
  });

  it('does not undo what another program changed', () => {
    const changed = text.replace(':+1-555-0100', ':+1-555-0199').replace('N:Doe;Jane', 'N:Roe;Jane');
    const back = parseVCard(changed);
    expect(back.warnings).toEqual([]);
    expect(back.card.phones?.p1?.number).toBe('+1-555-0199');
    expect(back.card.phones?.p2).toEqual(card.phones?.p2);
    expect(back.card.name?.components).toEqual([
      { kind: 'surname', value: 'Roe' },
      { kind: 'given', value: 'Jane' },
    ]);
    expect(back.card.name?.isOrdered).toBeUndefined();
  });

  it('goes on when another program deleted an entry', () => {
    const deleted = text
      .split('\r\n')
      .filter((line) => !line.startsWith('TEL;PROP-ID=p2'))
      .join('\r\n');
    const back = parseVCard(deleted);
    expect(back.warnings).toEqual([]);
    expect(back.card.phones).toEqual({ p1: card.phones?.p1 });
  });
});

describe('3.0 for other programs', () => {
  it('tells what it leaves out by fields of the registry', () => {
    const card: Card = {
      ...base,
      personalInfo: { i1: { kind: 'hobby', value: 'reading' } },
      preferredLanguages: { l1: { language: 'fr' } },
      'example.com:x': 1,
      emails: { e1: { address: 'a@example.com' } },
    };
    const losses: { field: string; uid: string; detail: string }[] = [];
    const text = cardToVCard(card, { ...strict3, onLoss: (loss) => losses.push(loss) });
    expect(losses.map(({ field }) => field).sort()).toEqual(['other', 'personalInfo', 'preferredLanguages']);
    expect(
      losses.every(({ field, uid, detail }) => fieldByName(field) !== undefined && uid === 'u1' && detail !== ''),
    ).toBe(true);
    expect(text).not.toMatch(/JSPROP|HOBBY|LANG|PROP-ID|DERIVED/);
  });

  it('says how names are read the way Apple and Google do', () => {
    const components = [
      { kind: 'given', value: '太郎', phonetic: 'たろう' },
      { kind: 'surname', value: '山田', phonetic: 'やまだ' },
    ];
    const text = cardToVCard({ ...base, name: { components, phoneticScript: 'Hira' } }, strict3);
    expect(text).toContain('X-PHONETIC-FIRST-NAME:たろう');
    expect(text).toContain('X-PHONETIC-LAST-NAME:やまだ');
  });

  it('lets no reader that unescapes and escapes again (vobject) cut a value it does not know', () => {
    const values = ['one,two', 'a\\,b;c', 'id\\:ABPerson'];
    const card: Card = { ...base, vCardProps: values.map((value) => ['x-list', {}, 'unknown', value]) };
    const text = cardToVCard(card, carry3);
    expect(text).toContain('X-LIST:one\\,two\r\n');
    expect(text).toContain('X-LIST:a\\,b;c\r\n');
    expect(cardToVCard(card, { version: '4.0', carry: true })).toContain('X-LIST:one,two\r\n');
    // What python's vobject makes of the three lines, and of a 4.0 property.
    const after = text.replace('b;c', 'b\\;c').replace('id\\:', 'id\\\\:');
    expect(after).not.toBe(text);
    expect(diffCards(card, parseVCard(after).card)).toEqual([]);
    const [gender] =
      parseVCard('BEGIN:VCARD\r\nVERSION:3.0\r\nFN:A\r\nGENDER:O\\;a bit\r\nEND:VCARD\r\n').card.vCardProps ?? [];
    expect(gender).toEqual(['gender', {}, 'text', ['O', 'a bit']]);
  });

  it('keeps the lowest pref as TYPE=pref', () => {
    const emails = { e1: { address: 'a', pref: 5 }, e2: { address: 'b', pref: 3 }, e3: { address: 'c' } };
    const text = cardToVCard({ ...base, emails }, strict3);
    expect(text).toContain('EMAIL:a\r\n');
    expect(text).toContain('EMAIL;TYPE=pref:b\r\n');
    expect(diffCards({ ...base, emails }, parseVCard(cardToVCard({ ...base, emails }, carry3)).card)).toEqual([]);
    expect(parseVCard(cardToVCard({ ...base, emails }, carry3)).card.emails).toEqual(emails);
  });
});

describe('hostile cards', () => {
  it('no text can begin a property of its own', () => {
    const evil = 'x\r\nUID:evil\nEND:VCARD\rBEGIN:VCARD';
    const card: Card = {
      ...base,
      name: { full: evil },
      emails: { e1: { address: evil, label: evil, vCardParams: { 'x-a': evil, 'x-b\r\nuid': 'y' } } },
      links: { l1: { uri: `https://example.com/${evil}` } },
      phones: { p1: { number: `tel:${evil}` } },
      kind: evil,
      keywords: { [evil]: true },
      vCardProps: [
        ['x-y\r\nUID:evil', {}, 'text', evil],
        ['x-z', { group: 'g\r\nUID:evil' }, `t${evil}`, evil],
      ],
      prodId: evil,
      updated: evil,
    };
    for (const options of [v4, carry3, strict3]) {
      const text = cardToVCard(card, options);
      const names = text
        .replace(/\r\n /g, '')
        .split('\r\n')
        .map((line) => line.split(/[;:]/)[0]);
      expect(names.filter((name) => name === 'UID')).toHaveLength(1);
      expect(names.filter((name) => name === 'END')).toHaveLength(1);
      expect(text).not.toMatch(/\r(?!\n)|(?<!\r)\n/);
    }
    expect(parseVCard(cardToVCard(card, v4)).card.emails?.e1?.address).toBe('x\nUID:evil\nEND:VCARD\nBEGIN:VCARD');
  });

  it('values of the wrong type are no reason to fail', () => {
    const odd = {
      ...base,
      name: 5,
      emails: { e1: null, e2: { address: 7 }, e3: 'x' },
      phones: [],
      addresses: { a1: { components: 'x' }, a2: { components: [null, { kind: 1, value: 2 }] } },
      vCardProps: [1, ['a'], ['a', 'b', 'c', 'd']],
      localizations: { fr: { 'a/b': 1, 'x~2': 2 }, de: 5 },
      relatedTo: { a: 1 },
      titles: { t1: { name: 'x', organizationId: 4 } },
    } as unknown as Card;
    for (const options of [v4, carry3, strict3]) expect(() => cardToVCard(odd, options)).not.toThrow();
  });

  it('large cards take time in proportion', () => {
    const lines = Array.from(
      { length: 20_000 },
      (_, i) => `EMAIL;PROP-ID=e${i % 2 === 0 ? 20_000 + i : i}:a${i}@example.com`,
    );
    const start = performance.now();
    const { card } = parseVCard(wrap(lines));
    cardToVCard(card, v4);
    const members = Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`urn:uuid:${i}`, true as const]));
    cardToVCard({ ...base, kind: 'group', members }, carry3);
    expect(performance.now() - start).toBeLessThan(8_000);
    expect(Object.keys(card.emails ?? {})).toHaveLength(20_000);
  });
});
