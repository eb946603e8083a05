import { Buffer } from 'node:buffer';
import iconv from 'iconv-lite';
import { describe, expect, it } from 'vitest';
import { csv, csvGoogle, csvOutlook } from '../../src/formats/csv/index.js';
import { parseMap, parseMapFile } from '../../src/formats/csv/map.js';
import { cardToVCard } from '../../src/formats/vcard/map.js';
import { formatByExtension, formatByName, sniffFormat } from '../../src/formats/index.js';
import { InputError, UsageError } from '../../src/model/errors.js';
import type { Card } from '../../src/model/card.js';
import { broken, chunks, readCards, readItems, records, writeCards } from './csv-support.js';

const nameOf = (card: Card | undefined): string =>
  (card?.name?.components ?? []).map(({ value }) => value).join(' ') || (card?.name?.full ?? '');

describe('charsets', () => {
  const polish = 'Imię,Nazwisko,Adres e-mail\r\nŁukasz,Żółć,l@example.pl\r\n';
  it.each(['utf-8', 'utf-16le', 'utf-16be', 'windows-1250'])('%s is found', async (charset) => {
    for (const addBOM of [false, true]) {
      if (addBOM && charset === 'windows-1250') continue;
      const items = await readItems(iconv.encode(polish, charset, { addBOM }), {}, 3);
      expect(records(items).map(({ card, warnings }) => [nameOf(card), warnings])).toEqual([['Łukasz Żółć', []]]);
    }
  });
  it('--encoding wins where there is no mark', async () => {
    const russian = 'First Name,Last Name\r\nИван,Щукин\r\n';
    const [card] = await readCards(iconv.encode(russian, 'koi8-r'), { encoding: 'koi8-r' });
    expect(nameOf(card)).toBe('Иван Щукин');
    const [marked] = await readCards(`\ufeff${russian}`, { encoding: 'koi8-r' });
    expect(nameOf(marked)).toBe('Иван Щукин');
    await expect(readCards('Name\r\nx', { encoding: 'klingon' })).rejects.toThrow(UsageError);
  });
  it('Shift_JIS and GBK are told by the names in their header', async () => {
    const japanese = '姓,名,会社名,電子メール アドレス\r\n山田,太郎,ソニー表,t@example.jp\r\n';
    const [taro] = await readCards(iconv.encode(japanese, 'shift_jis'));
    expect([nameOf(taro), taro?.organizations?.['o1']?.name]).toEqual(['太郎 山田', 'ソニー表']);
    const chinese = '姓,名,公司,电子邮件地址,移动电话\r\n王,小明,公司甲,w@example.cn,138\r\n';
    const [wang] = await readCards(iconv.encode(chinese, 'gbk'));
    expect(nameOf(wang)).toBe('小明 王');
  });
  it('one damaged line costs no other, and is told once', async () => {
    const bytes = Buffer.concat([
      Buffer.from('Name,Email\r\nZoë,z@example.com\r\n', 'utf8'),
      iconv.encode('Jürgen,j@example.com\r\n', 'windows-1252'),
      Buffer.from('Łukasz,l@example.com\r\n', 'utf8'),
    ]);
    for (const size of [7, 65_536]) {
      const items = records(await readItems(bytes, {}, size));
      expect(items.map(({ card }) => nameOf(card))).toEqual(['Zoë', 'Jürgen', 'Łukasz']);
      expect(items.flatMap(({ warnings }) => warnings)).toEqual([expect.stringContaining('read as windows-1252')]);
    }
  });
});

describe('rows and records', () => {
  it('a broken row comes with its line, its text, and the header a file of such rows needs', async () => {
    const items = await readItems('Name;Email\r\nAnn;"a@example.com\r\nBob;b@example.com\r\n');
    expect(broken(items)).toMatchObject([{ line: 2, error: 'a quote opens in this row and never closes' }]);
    const [bad] = broken(items);
    const again = Buffer.concat([bad?.head ?? Buffer.alloc(0), bad?.raw ?? Buffer.alloc(0)]).toString();
    expect(again).toBe('Name;Email\r\nAnn;"a@example.com\r\n');
    expect(await readCards(again.replace('"', ''))).toMatchObject([{ emails: { e1: { address: 'a@example.com' } } }]);
  });
  it('lines that a quote swallowed are contacts only with as many columns as the header', async () => {
    const items = await readItems('Name,Email,Notes\r\nAnn,a@example.com,"one\r\ntwo\r\nBob,b@example.com,x\r\n');
    expect(broken(items).map(({ line }) => line)).toEqual([2, 3]);
    expect(records(items).map(({ card }) => nameOf(card))).toEqual(['Bob']);
  });
  it('equal rows have equal uids, other rows others, and none counts for matching', async () => {
    const items = records(await readItems('Name,Email\r\nAnn,a@b.c\r\nAnn,a@b.c,\r\nAnn,x@b.c\r\n'));
    const uids = items.map(({ card }) => card.uid);
    expect(new Set(uids).size).toBe(2);
    expect(items.every(({ uidDerived }) => uidDerived === true)).toBe(true);
    expect(await readCards('UID,Name\r\nurn:x,Ann\r\n')).toMatchObject([{ uid: 'urn:x' }]);
  });
  it('an unknown header names its columns and says what to do', async () => {
    await expect(readCards('foo,b\u001b[31mar\r\n1,2\r\n')).rejects.toMatchObject({
      message: 'no column of this table is known',
      why: 'its first row is "foo", "b\\e[31mar"',
      hint: expect.stringContaining('--map COLUMN=FIELD') as string,
    });
    expect(await readItems('')).toEqual([]);
    expect(await readItems('Name,Email\r\n')).toEqual([]);
  });
  it('a file of one endless line is refused', async () => {
    const endless = (async function* (): AsyncGenerator<Uint8Array> {
      for (let i = 0; i < 800; i++) yield Buffer.alloc(65_536, 'x');
    })();
    const all = async (): Promise<void> => {
      for await (const item of csv.read(endless, {})) void item;
    };
    await expect(all()).rejects.toThrow(InputError);
  });
  it('a hostile table does no harm', async () => {
    const names = ['__proto__', 'constructor', 'toString', 'Name', 'hasOwnProperty', '__proto__'];
    const [card] = await readCards(`${names.join(',')}\r\na,b,c,=cmd|'/c calc'!A0\u001b[2J,e,f\r\n`);
    expect(card?.name?.full).toBe("=cmd|'/c calc'!A0\u001b[2J");
    expect(Object.keys(card?.['cardferry:columns'] as object)).toEqual([
      ...['__proto__', 'constructor', 'toString', 'hasOwnProperty', '__proto__ (2)'],
    ]);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
  it('streams: the first record comes before the last byte is read, and memory stays flat', async () => {
    const row = `Ann,Lee,ann@example.com,+49 30 1234,${'x'.repeat(80)}\r\n`;
    let given = 0;
    const source = (async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.from('First Name,Last Name,E-mail,Mobile,Notes\r\n');
      for (given = 0; given < 100; given++) yield Buffer.from(row.repeat(1000));
    })();
    let count = 0;
    let first = -1;
    let most = 0;
    const before = process.memoryUsage().heapUsed;
    for await (const item of csv.read(source, {})) {
      if (count === 0) first = given;
      if (count % 10_000 === 0) most = Math.max(most, process.memoryUsage().heapUsed - before);
      count += 'card' in item ? 1 : 0;
    }
    expect(count).toBe(100_000);
    expect(first).toBeLessThan(3);
    expect(most).toBeLessThan(150 * 1024 * 1024);
  });
});

describe('dates', () => {
  const birthdays = async (text: string, options = {}): Promise<unknown[]> =>
    (await readCards(text, options)).map((card) => Object.values(card.anniversaries ?? {})[0]?.date);
  it('one date settles those before it, and after it', async () => {
    const table = (...days: string[]): string => `Name,Birthday\r\n${days.map((day) => `A,${day}\r\n`).join('')}`;
    const april = { year: 1985, month: 4, day: 3 };
    expect(await birthdays(table('3/4/1985', '13/4/1985'))).toEqual([april, { ...april, day: 13 }]);
    expect(await birthdays(table('4/3/1985', '4/13/1985'))).toEqual([april, { ...april, day: 13 }]);
    expect(await birthdays(table('3.4.1985', '3/4/1985'))).toEqual([april, april]);
    expect(await birthdays(table('3/4/1985'), { dateOrder: 'dmy' })).toEqual([april]);
    const none = await birthdays(table('0/0/00', '0.0.00', '00/00/0000', '1/1/4501', ''));
    expect(none.every((date) => date === undefined)).toBe(true);
    expect(await birthdays(table('1985-04-03 00:00:00', '19850403', '--04-03', '1985', '2/30/1985'))).toEqual([
      ...[april, april, { month: 4, day: 3 }, { year: 1985 }, undefined],
    ]);
  });
  it('a later date that shows the other order is told', async () => {
    const rows = 'A,3/4/1985\r\n'.repeat(2001);
    const items = records(await readItems(`Name,Birthday\r\n${rows}B,13/4/1985\r\n`));
    expect(items.flatMap(({ warnings }) => warnings)).toEqual([
      expect.stringContaining('were read as month/day/year'),
      expect.stringContaining('--date-order dmy'),
    ]);
  });
  it('the language of the header decides what nothing else does', async () => {
    expect(await birthdays('Vorname;Nachname;Geburtstag\r\nEva;Maß;3/4/1985\r\n')).toEqual([
      { year: 1985, month: 4, day: 3 },
    ]);
  });
});

describe('mappings', () => {
  it.each([
    ['Phone (cell)=phone:mobile', ['Phone (cell)', 'phone:mobile']],
    ['a=b=email:work', ['a=b', 'email:work']],
    [' Remarks = - ', ['Remarks', '-']],
  ])('%s', (text, pair) => expect(parseMap(text)).toEqual(pair));
  it.each(['email', '=email', 'Mail=', 'Mail=emial', 'Ort=address:home', 'x=name:work'])('%s is refused', (text) => {
    expect(() => parseMap(text)).toThrow(UsageError);
  });
  it('files hold an object of columns', () => {
    const json =
      '{"Mail": {"field": "email", "type": "work"}, "City": {"field":"address:city","type":"home"}, "X": "-"}';
    expect([...parseMapFile(json)]).toEqual([
      ['Mail', 'email:work'],
      ['City', 'address:home:city'],
      ['X', '-'],
    ]);
    for (const wrong of ['[', '[]', '{"a":1}', '{"a":{"type":"x"}}', '{"a":"emial"}'])
      expect(() => parseMapFile(wrong)).toThrow(InputError);
  });
  it('a value that its field does not take is kept', async () => {
    const map = new Map([
      ['Born', 'birthday'],
      ['Who', 'name'],
    ]);
    const [item] = records(await readItems('Who,Born\r\nAnn,soon\r\n', { map }));
    expect(item?.card['cardferry:columns']).toEqual({ Born: 'soon' });
    expect(item?.warnings).toHaveLength(1);
  });
});

describe('on the way to a vCard', () => {
  it('an Outlook row reads as if a vCard had been exported', async () => {
    const [ann] = await readCards(
      "First Name,Last Name,Suffix,Company,Department,Job Title,Business Street,Business City,Business Phone,Mobile Phone,Home Fax,Assistant's Phone,E-mail Address,Birthday,Anniversary,Spouse,Manager's Name,Categories,Web Page,Notes\r\n" +
        'Ann,Lee,Jr.,Example Inc.,Sales,Manager,Main Street 1,Bonn,+49 1,+49 2,+49 3,+49 4,ann@example.com,4/13/1985,6/20/2015,Kim,Max,Friends,http://example.com,hello\r\n',
    );
    if (ann === undefined) throw new Error('no card');
    const lines = cardToVCard(ann, { version: '3.0', carry: false }).split('\r\n').slice(2, -2);
    expect(lines.filter((line) => !line.startsWith('UID:'))).toEqual([
      'FN:Ann Lee Jr.',
      'N:Lee;Ann;;;Jr.',
      'ORG:Example Inc.;Sales',
      'TITLE:Manager',
      'EMAIL:ann@example.com',
      'TEL;TYPE=work:+49 1',
      'TEL;TYPE=cell:+49 2',
      'TEL;TYPE=fax,home:+49 3',
      'item1.TEL:+49 4',
      'item1.X-ABLabel:_$!<Assistant>!$_',
      'ADR;TYPE=work:;;Main Street 1;Bonn;;;',
      'URL;TYPE=work:http://example.com',
      'BDAY:1985-04-13',
      'X-ANNIVERSARY:2015-06-20',
      'NOTE:hello',
      'CATEGORIES:Friends',
      'item2.X-ABRELATEDNAMES:Kim',
      'item2.X-ABLabel:_$!<Spouse>!$_',
      'item3.X-ABRELATEDNAMES:Max',
      'item3.X-ABLabel:_$!<Manager>!$_',
    ]);
  });
});

describe('the formats', () => {
  it.each([
    ['csv', 'First Name,Last Name,Email\r\n'],
    ['csv', 'Vorname;Nachname;E-Mail-Adresse\r\n'],
    ['csv', '\ufeffUID,More (JSON)\r\n'],
    ['csv', 'Given Name,E-mail 1 - Value\r\n'],
    ['csv', 'foo,bar\r\n1,2\r\n'],
  ])('%s is found by content', async (name, text) => expect((await sniffFormat(Buffer.from(text))).name).toBe(name));
  it('prose, JSON and vCards are no tables', async () => {
    expect(csv.sniff(Buffer.from('Dear all,\nas you know, nothing.'))).toBe(0);
    expect(csv.sniff(Buffer.from('[{"name":1,"email":2}]'))).toBe(0);
    expect(csv.sniff(Buffer.from('BEGIN:VCARD\r\nFN:x\r\n'))).toBe(0);
    expect(csvGoogle.sniff(Buffer.from('Given Name,E-mail 1 - Value,Notes\r\n'))).toBeGreaterThan(0.5);
    expect(csvOutlook.sniff(Buffer.from('Given Name,E-mail 1 - Value,Notes\r\n'))).toBe(0);
  });
  it('are there by name, and csv by extension', async () => {
    for (const name of ['csv', 'csv-outlook', 'csv-outlook-com', 'csv-google', 'csv-yahoo', 'csv-thunderbird'])
      expect((await formatByName(name)).name).toBe(name);
    expect((await formatByExtension('x.CSV')).name).toBe('csv');
  });
  it("groups have no row in other programs' tables, and are told", async () => {
    const group: Card = {
      '@type': 'Card',
      version: '1.0',
      uid: 'g',
      kind: 'group',
      name: { full: 'Friends' },
      members: { 'urn:uuid:1': true },
    };
    const { text, losses } = await writeCards(csvOutlook, [group]);
    expect(text.trim().split('\r\n')).toHaveLength(1);
    expect(losses.map(({ field }) => field).sort()).toEqual(['kind', 'members', 'name']);
  });
  it('disarm formulas unless told otherwise', async () => {
    const card: Card = { '@type': 'Card', version: '1.0', uid: 'u', notes: { n1: { note: '=1+1' } } };
    expect((await writeCards(csvOutlook, [card])).text).toContain(",'=1+1,");
    expect((await writeCards(csvOutlook, [card], { rawFormulas: true })).text).toContain(',=1+1,');
  });
  it('say which program lost what, with the value', async () => {
    const emails = Object.fromEntries([1, 2, 3, 4].map((n) => [`e${n}`, { address: `${n}@example.com` }]));
    const { losses } = await writeCards(csvOutlook, [{ '@type': 'Card', version: '1.0', uid: 'u', emails }]);
    expect(losses).toEqual([{ field: 'emails', uid: 'u', detail: '4@example.com' }]);
  });
  it('read in pieces of any size', async () => {
    const { text } = await writeCards(csvGoogle, [
      { '@type': 'Card', version: '1.0', uid: 'u', name: { full: 'Zoë Ōe' } },
    ]);
    const cards: unknown[] = [];
    for await (const item of csv.read(chunks(Buffer.from(text), 1), {})) cards.push(item);
    expect(cards).toEqual(await readItems(text));
  });
});
