import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csv } from '../../src/formats/csv/index.js';
import { MEDIA, MORE, OWN_COLUMNS } from '../../src/formats/csv/own-columns.js';
import { rowText } from '../../src/formats/csv/cells.js';
import { PLACES, show } from '../../src/formats/csv/own-view.js';
import { RowScanner } from '../../src/formats/csv/rows.js';
import type { Card } from '../../src/model/card.js';
import { arbitraryCard } from '../support/arbitrary-card.js';
import { broken, readCards, readItems, records, writeCards } from './csv-support.js';

const base = { '@type': 'Card', version: '1.0', uid: 'u1' } as const;
const ann: Card = {
  ...base,
  name: {
    full: 'Ann Lee',
    components: [
      { kind: 'given', value: 'Ann' },
      { kind: 'surname', value: 'Lee' },
    ],
    sortAs: { surname: 'lee' },
  },
  emails: {
    x: { address: 'ann@example.com', contexts: { work: true }, pref: 1, 'example.com:id': 7 },
    e9: { address: 'two@example.com' },
    y: { address: 'three@example.com' },
    z: { address: 'four@example.com' },
  },
  phones: { p1: { number: '+49 30 1234', features: { mobile: true, 'example.com:x': true } } },
  media: { m1: { kind: 'photo', uri: 'data:image/png;base64,AAAA' } },
  'example.com:vendor': { a: [1] },
};

/** The rows by column, edited and written again, as a spreadsheet would. */
async function edited(card: Card, edit: (row: Record<string, string>) => void, columns = OWN_COLUMNS): Promise<Card> {
  const { text } = await writeCards(csv, [card]);
  const scanner = new RowScanner(',');
  const [header, first] = [...scanner.scan(text.slice(1)), ...scanner.end()];
  const row = Object.fromEntries((header?.cells ?? []).map((name, i) => [name, first?.cells[i] ?? '']));
  edit(row);
  const [back] = await readCards(rowText(columns) + rowText(columns.map((name) => row[name] ?? '')));
  if (back === undefined) throw new Error('no card');
  return back;
}

describe('our own table', () => {
  it('has the documented columns', async () => {
    const { text } = await writeCards(csv, []);
    expect(text.replace(/\ufeff|\r\n/g, '').split(',')).toEqual([
      ...['UID', 'Kind', 'Prefix', 'Given name', 'Middle name', 'Family name', 'Second family name', 'Suffix'],
      ...['Display name', 'Nickname', 'Organization', 'Department', 'Job title', 'Role'],
      ...[1, 2, 3].flatMap((n) => [`E-mail ${n}`, `E-mail ${n} type`, `E-mail ${n} label`]),
      ...[1, 2, 3, 4].flatMap((n) => [`Phone ${n}`, `Phone ${n} type`, `Phone ${n} label`]),
      ...[1, 2].flatMap((n) =>
        ['type', 'label', 'street', 'city', 'state', 'postcode', 'country'].map((part) => `Address ${n} ${part}`),
      ),
      ...['Website', 'Birthday', 'Anniversary', 'Categories', 'Notes', 'More (JSON)', 'Media (JSON)'],
    ]);
    expect(text.startsWith('\ufeff')).toBe(true);
  });
  it('leaves the JSON empty where the columns say all', async () => {
    const plain: Card = {
      ...base,
      name: {
        full: 'Ann Lee',
        components: [
          { kind: 'given', value: 'Ann' },
          { kind: 'surname', value: 'Lee' },
        ],
      },
      emails: { e1: { address: 'a@example.com', contexts: { private: true }, label: 'Old' } },
      phones: { p1: { number: '=1', features: { fax: true }, contexts: { work: true } } },
      addresses: {
        a1: {
          components: [
            { kind: 'name', value: 'Road 1' },
            { kind: 'locality', value: 'Bonn' },
          ],
        },
      },
      anniversaries: { a1: { kind: 'birth', date: { month: 3, day: 14 } } },
      keywords: { a: true, b: true },
    };
    const { text } = await writeCards(csv, [plain]);
    expect(text).not.toContain('{');
    expect(await readCards(text)).toEqual([plain]);
  });
  it('gives back what nobody edited, whatever else the table says', async () => {
    expect(await edited(ann, () => undefined)).toEqual(ann);
  });
  it('an edited cell wins, and what hangs on its entry stays', async () => {
    const back = await edited(ann, (row) => {
      row['E-mail 1'] = 'new@example.com';
      row['E-mail 1 type'] = 'home';
      row['Phone 1 type'] = 'fax';
    });
    expect(back.emails).toEqual({
      ...ann.emails,
      x: { address: 'new@example.com', contexts: { private: true }, pref: 1, 'example.com:id': 7 },
    });
    expect(back.phones).toEqual({ p1: { number: '+49 30 1234', features: { fax: true, 'example.com:x': true } } });
    expect(back.media).toEqual(ann.media);
  });
  it('an edited part of the name changes the full name, a display name is taken as it is', async () => {
    const part = await edited(ann, (row) => (row['Family name'] = 'Ray'));
    expect(part.name?.full).toBe('Ann Ray');
    expect(part.name?.components?.map(({ value }) => value)).toEqual(['Ann', 'Ray']);
    const full = await edited(ann, (row) => (row['Display name'] = 'Annie'));
    expect(full.name?.full).toBe('Annie');
  });
  it('an edit wins over what the JSON says of the same member, and over nothing else', async () => {
    const card: Card = {
      ...base,
      name: { components: [{ kind: 'given', value: 'Ann', phonetic: 'æn' }], phoneticSystem: 'ipa' },
      organizations: { o1: { name: 'Example', units: [{ name: 'Sales' }, { name: 'EU' }], sortAs: 'ex' } },
      titles: { t1: { name: 'Boss' } },
      addresses: { a1: { full: 'Main Street 1\nBonn', countryCode: 'DE', contexts: { work: true } } },
      anniversaries: { a1: { kind: 'birth', date: { '@type': 'Timestamp', utc: '1985-04-13T10:00:00Z' } } },
      keywords: { a: true, 'b;c': true },
    };
    expect(await edited(card, () => undefined)).toEqual(card);
    const moved = await edited(card, (row) => (row['Address 1 country'] = 'France'));
    expect(moved.addresses?.['a1']?.countryCode).toBeUndefined();
    const back = await edited(card, (row) => {
      expect(row['Department']).toBe('Sales, EU');
      row['Department'] = 'Support';
      row['Given name'] = 'Anna';
      row['Address 1 city'] = 'Köln';
      row['Birthday'] = '1985-04-14';
      row['Categories'] += '; d';
    });
    expect(back).toEqual({
      ...card,
      name: { components: [{ kind: 'given', value: 'Anna' }], full: 'Anna' },
      organizations: { o1: { name: 'Example', units: [{ name: 'Support' }], sortAs: 'ex' } },
      addresses: {
        a1: {
          components: [
            { kind: 'name', value: 'Main Street 1\nBonn' },
            { kind: 'locality', value: 'Köln' },
            { kind: 'country', value: 'DE' },
          ],
          countryCode: 'DE',
          contexts: { work: true },
        },
      },
      anniversaries: { a1: { kind: 'birth', date: { year: 1985, month: 4, day: 14 } } },
      keywords: { a: true, b: true, c: true, d: true },
    });
  });
  it('whatever the card, an edited cell is what the card says then', async () => {
    const columns = [
      ...[
        'Given name',
        'Family name',
        'Display name',
        'Nickname',
        'Organization',
        'Department',
        'Job title',
        'Role',
        'Notes',
      ],
      ...['E-mail 1', 'E-mail 3', 'E-mail 1 label', 'Phone 2', 'Address 1 city', 'Address 2 street', 'Website', 'Kind'],
      ...['Birthday', 'Anniversary', 'Categories'],
    ];
    const valueOf = (column: string): string =>
      ({ Website: 'https://example.com/new', Birthday: '1999-12-31', Anniversary: '2001-02-03' })[column] ?? 'Edited';
    await fc.assert(
      fc.asyncProperty(arbitraryCard, fc.constantFrom(...columns), async (card, column) => {
        let labelled = true;
        const back = await edited(card, (row) => {
          labelled = column !== 'E-mail 1 label' || row['E-mail 1'] !== '';
          row[column] = valueOf(column);
        });
        // Entries move up when there are fewer than columns.
        const { texts } = show(back);
        const seen = /\d/.test(column) ? [...texts.values()] : [texts.get(column)];
        if (labelled) expect(seen).toContain(valueOf(column));
        for (const { property } of PLACES)
          expect(Object.keys(back[property] ?? {}).length).toBeGreaterThanOrEqual(
            Object.keys(card[property] ?? {}).length,
          );
        expect(back.media).toEqual(card.media);
        expect(back['example.com:vendor']).toEqual(card['example.com:vendor']);
      }),
      { numRuns: 200 },
    );
  });
  it('an emptied cell takes its entry away, and no other', async () => {
    const back = await edited(ann, (row) => (row['E-mail 1'] = row['E-mail 1 type'] = ''));
    expect(Object.keys(back.emails ?? {}).sort()).toEqual(['e9', 'y', 'z']);
    const none = await edited(ann, (row) => (row['Phone 1'] = ''));
    expect(none.phones).toBeUndefined();
  });
  it('a filled cell adds an entry', async () => {
    const back = await edited(ann, (row) => {
      row['Phone 2'] = '030 9';
      row['Phone 2 type'] = 'Ferienhaus';
      row['Website'] = 'example.com';
    });
    expect(back.phones).toEqual({ ...ann.phones, p2: { number: '030 9', label: 'Ferienhaus' } });
    expect(back.links).toEqual({ l1: { uri: 'https://example.com' } });
  });
  it('a removed column takes away what it showed, and nothing of it stays in the JSON', async () => {
    const { text } = await writeCards(csv, [{ ...ann, notes: { n1: { note: 'secret' } } }]);
    expect(text.match(/secret/g)).toHaveLength(1);
    const back = await edited(
      ann,
      () => undefined,
      OWN_COLUMNS.filter((name) => !name.startsWith('Phone')),
    );
    expect(back.phones).toBeUndefined();
    expect(back.emails).toEqual(ann.emails);
  });
  it('without its JSON it is still a table', async () => {
    const back = await edited(
      ann,
      () => undefined,
      OWN_COLUMNS.filter((name) => name !== MORE && name !== MEDIA),
    );
    expect(back.emails).toEqual({
      e1: { address: 'ann@example.com', contexts: { work: true } },
      e2: { address: 'two@example.com' },
      e3: { address: 'three@example.com' },
    });
  });
  it('dates that a spreadsheet wrote its own way are the same dates', async () => {
    const born: Card = { ...base, anniversaries: { a1: { kind: 'birth', date: { year: 1985, month: 4, day: 13 } } } };
    for (const text of ['13.04.1985', '4/13/1985', '1985/04/13']) {
      expect(await edited(born, (row) => (row['Birthday'] = text))).toEqual(born);
    }
  });
  it("a new row needs no uid, and columns of one's own are kept", async () => {
    const items = await readItems(
      `${rowText(['UID', 'E-mail 1', 'E-mail 1 type', 'Shoe size'])},a@example.com,work,43\r\n`,
    );
    const [item] = records(items);
    expect(item?.uidDerived).toBe(true);
    expect(item?.card.emails).toEqual({ e1: { address: 'a@example.com', contexts: { work: true } } });
    expect(item?.card['cardferry:columns']).toEqual({ 'Shoe size': '43' });
  });
  it.each([
    ['{"set":{"emails', 'holds no JSON'],
    ['[1]', 'must hold a JSON object'],
    ['{"set":[]}', 'set must be an object'],
    ['{"keys":{"emails":["a","a"]}}', 'keys.emails must be a list of different keys'],
    ['{"set":{"emails":{"e1":{"address":7}}}}', 'emails.e1.address must be a string'],
    ['{"set":{"a~b":1}}', 'cannot be read'],
    [`{"set":{"x":${'['.repeat(300)}${']'.repeat(300)}}}`, 'nested deeper'],
  ])('a row with broken JSON (%s) is a bad record with its line', async (json, message) => {
    const rows = `${rowText(['UID', MORE])}${rowText(['u1', json])}${rowText(['u2', ''])}`;
    const items = await readItems(rows);
    expect(broken(items)).toMatchObject([{ line: 2, error: expect.stringContaining(message) as string }]);
    expect(records(items).map(({ card }) => card.uid)).toEqual(['u2']);
  });
  it('pollutes no prototype', async () => {
    const more =
      '{"set":{"__proto__/polluted":1,"__proto__":{"polluted":1},"emails/__proto__/x":1,"constructor/prototype/polluted":1}}';
    await readItems(`${rowText(['UID', MORE])}${rowText(['u1', more])}`);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});
