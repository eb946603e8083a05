import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Card, ContactRecord } from '../../src/model/card.js';
import { Conflict, Interrupted, NotFound, Refused, UsageError } from '../../src/model/errors.js';
import { deriveUid } from '../../src/model/keys.js';
import { local } from '../../src/providers/local.js';
import { fileError } from '../../src/providers/local/files.js';
import { compareToken, makeToken } from '../../src/providers/local/token.js';
import type { Provider, ProviderContext } from '../../src/providers/types.js';

let top: string;
let dir: string;
let warnings: string[];

beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), 'cardferry-local-'));
  dir = join(top, 'vdir');
  mkdirSync(dir);
  warnings = [];
});
afterEach(() => rmSync(top, { recursive: true, force: true }));

function context(more: Partial<ProviderContext> = {}): ProviderContext {
  return {
    profile: 'test',
    options: { path: dir },
    secret: () => Promise.resolve(undefined),
    http: () => {
      throw new Error('local opens no connection');
    },
    clock: { now: () => 0, sleep: () => Promise.resolve() },
    signal: new AbortController().signal,
    warn: (message) => warnings.push(message),
    ...more,
  };
}
const open = (more: Partial<ProviderContext> = {}): Promise<Provider> => local.open(context(more));
const card = (uid: string, full = 'Ann Example', more: object = {}): Card => ({
  '@type': 'Card',
  version: '1.0',
  uid,
  name: { full },
  ...more,
});
const vcf = (uid: string, full: string, more = ''): string =>
  `BEGIN:VCARD\r\nVERSION:3.0\r\nUID:${uid}\r\nN:;${full};;;\r\nFN:${full}\r\n${more}END:VCARD\r\n`;
function put(name: string, text: string | Uint8Array): void {
  mkdirSync(join(dir, name, '..'), { recursive: true });
  writeFileSync(join(dir, name), text);
}
const text = (name: string): string => readFileSync(join(dir, name), 'utf8');
async function all(provider: Provider, bookIds?: string[]): Promise<ContactRecord[]> {
  const records: ContactRecord[] = [];
  for await (const record of provider.list(bookIds === undefined ? {} : { bookIds })) records.push(record);
  return records;
}
const ids = (records: readonly { id: string }[]): string[] => records.map(({ id }) => id);
function change(last: ContactRecord, next: Card): { next: Card; last: ContactRecord; patch: object } {
  return { next, last, patch: {} };
}

describe('reading', () => {
  it('lists files in the order of names, with ids, etags and cards', async () => {
    put('b.vcf', vcf('uid-b', 'Bob'));
    put('a.vcf', vcf('uid-a', 'Ann'));
    for (const other of ['a.vcf.tmp', 'notes.txt', 'noext', '.hidden.vcf', 'color']) put(other, vcf('x', 'X'));
    const records = await all(await open());
    expect(
      records.map(({ id, bookIds, card: c, uidDerived }) => [id, bookIds, c.uid, c.name?.full, uidDerived]),
    ).toEqual([
      ['a', ['default'], 'uid-a', 'Ann', undefined],
      ['b', ['default'], 'uid-b', 'Bob', undefined],
    ]);
    expect(records[0]?.etag).toMatch(/^[0-9a-f]{32}$/);
    expect(await (await open()).get('a')).toEqual(records[0]);
    expect(warnings).toEqual([]);
  });
  it('reads a missing folder as empty, and makes it at the first write, for the user alone', async () => {
    rmSync(dir, { recursive: true });
    const provider = await open();
    expect(await all(provider)).toEqual([]);
    expect(await provider.books()).toMatchObject([
      { id: 'default', name: 'Contacts', isDefault: true, readOnly: false },
    ]);
    expect((await provider.check()).details.folder).toContain('made at the first write');
    expect(existsSync(dir)).toBe(false);
    const { id } = await provider.create!({ card: card('u1') });
    expect(statSync(dir).mode & 0o777).toBe(0o700);
    expect(statSync(join(dir, `${id}.vcf`)).mode & 0o777).toBe(0o600);
  });
  it('reports a broken file with name and reason, and reads the rest', async () => {
    put('a.vcf', 'just words\n');
    put('b.vcf', '');
    put('c.vcf', 'BEGIN:VCARD\r\nEND:VCARD\r\n');
    put('d.vcf', vcf('uid-d', 'Dora'));
    expect(ids(await all(await open()))).toEqual(['d']);
    expect(warnings).toHaveLength(3);
    expect(warnings[0]).toMatch(/a\.vcf: line 1: text outside of BEGIN:VCARD and END:VCARD, skipped/);
    expect(warnings[1]).toMatch(/b\.vcf: an empty file, skipped/);
    await expect((await open()).get('a')).rejects.toBeInstanceOf(Refused);
  });
  it('reads files of several cards, but refuses to change them', async () => {
    const both = vcf('uid-1', 'One') + vcf('uid-2', 'Two');
    put('two.vcf', both);
    const provider = await open();
    const [first, second] = await all(provider);
    expect([first?.id, second?.id]).toEqual(['two', 'two#2']);
    expect((await provider.get('two#2')).card.uid).toBe('uid-2');
    expect(warnings.join()).toContain('holds 2 contacts');
    await expect(provider.update!('two', change(first!, card('uid-1', 'New')))).rejects.toThrow(
      'two.vcf holds 2 contacts',
    );
    await expect(provider.delete!(second!)).rejects.toBeInstanceOf(Refused);
    expect(text('two.vcf')).toBe(both);
    await expect(provider.get('two#3')).rejects.toBeInstanceOf(NotFound);
    await expect(provider.get('two#0')).rejects.toBeInstanceOf(NotFound);
  });
  it('derives the uid of a card without one from its id', async () => {
    put('x.vcf', 'BEGIN:VCARD\nVERSION:3.0\nFN:X\nEND:VCARD\n');
    const [record] = await all(await open());
    expect(record).toMatchObject({ uidDerived: true, card: { uid: deriveUid('local', 'x') } });
  });
  it('reads .VCF of other systems', async () => {
    put('X.VCF', vcf('uid-x', 'X'));
    const provider = await open();
    const [record] = await all(provider);
    expect(record?.id).toBe('X.VCF');
    await provider.update!('X.VCF', change(record!, card('uid-x', 'Y')));
    expect(readdirSync(dir)).toEqual(['X.VCF']);
    expect((await provider.get('X.VCF')).card.name?.full).toBe('Y');
  });
  it('skips links that leave the folder, pipes and folders called x.vcf', async () => {
    writeFileSync(join(top, 'secret.vcf'), vcf('secret', 'Secret'));
    mkdirSync(join(top, 'outside'));
    writeFileSync(join(top, 'outside', 's.vcf'), vcf('secret2', 'Secret'));
    put('real.vcf', vcf('uid-r', 'Real'));
    symlinkSync(join(top, 'secret.vcf'), join(dir, 'evil.vcf'));
    symlinkSync('../outside', join(dir, 'evilbook'));
    symlinkSync('nowhere', join(dir, 'dangling.vcf'));
    symlinkSync('real.vcf', join(dir, 'inside.vcf'));
    symlinkSync(join(top, 'secret.vcf'), join(dir, 'displayname'));
    mkdirSync(join(dir, 'folder.vcf'));
    rmSync(join(dir, 'folder.vcf'), { recursive: true });
    execFileSync('mkfifo', [join(dir, 'fifo.vcf')]);
    const provider = await open();
    expect(ids(await all(provider))).toEqual(['inside', 'real']);
    expect((await provider.books()).map(({ id, name }) => [id, name])).toEqual([['default', 'Contacts']]);
    expect(warnings.filter((line) => line.includes('leaves the folder'))).toHaveLength(2);
    await expect(provider.get('evil')).rejects.toBeInstanceOf(Refused);
    await expect(provider.get('fifo')).rejects.toBeInstanceOf(Refused);
    await expect(provider.get('evilbook/s')).rejects.toBeInstanceOf(NotFound);
  });
  it.each([
    '../secret',
    '../../etc/passwd',
    '/etc/passwd',
    'a/../../secret',
    './../secret',
    '..',
    '.',
    '',
    'a\0b',
    'work/../../secret',
    '.hidden',
    'x'.repeat(5000),
    '\\..\\secret',
  ])('an id never leaves the folder: %j', async (id) => {
    writeFileSync(join(top, 'secret.vcf'), vcf('secret', 'Secret'));
    put('work/w.vcf', vcf('w', 'W'));
    put('.hidden.vcf', vcf('h', 'H'));
    const provider = await open();
    await expect(provider.get(id)).rejects.toBeInstanceOf(NotFound);
    await expect(provider.delete!({ id, bookIds: [], card: card('x') })).rejects.toBeInstanceOf(NotFound);
    expect(existsSync(join(top, 'secret.vcf'))).toBe(true);
  });
  it('stops when it is interrupted', async () => {
    for (let i = 0; i < 40; i += 1) put(`${i}.vcf`, vcf(`u${i}`, 'X'));
    const abort = new AbortController();
    const provider = await open({ signal: abort.signal });
    await expect(async () => {
      for await (const record of provider.list({})) if (record) abort.abort();
    }).rejects.toBeInstanceOf(Interrupted);
  });
  it('lists 5,000 contacts quickly', async () => {
    for (let i = 0; i < 5000; i += 1)
      put(`${i}.vcf`, vcf(`u${i}`, `Name ${i}`, `EMAIL:a${i}@example.com\r\nTEL;TYPE=CELL:+49 170 ${i}\r\n`));
    const started = performance.now();
    expect(await all(await open())).toHaveLength(5000);
    expect(performance.now() - started).toBeLessThan(15_000);
  }, 60_000);
});

describe('options', () => {
  it('needs a path and a known version', async () => {
    await expect(open({ options: {} })).rejects.toBeInstanceOf(UsageError);
    await expect(open({ options: { path: dir, version: '2.1' } })).rejects.toBeInstanceOf(UsageError);
    writeFileSync(join(top, 'file'), 'x');
    await expect((await open({ options: { path: join(top, 'file') } })).check()).rejects.toBeInstanceOf(UsageError);
  });
  it('declares what it can do', async () => {
    const provider = await open();
    const there = [
      'create',
      'update',
      'delete',
      'search',
      'autocomplete',
      'changes',
      'groups',
      'avatars',
      'bookAdmin',
      'move',
      'copy',
      'attachments',
      'companies',
      'frequent',
      'away',
    ].filter((name) => name in provider && Reflect.get(provider, name) !== undefined);
    expect(there).toEqual([...local.abilities]);
  });
});

describe('writing', () => {
  it('creates 3.0 by default, 4.0 when asked, whole and without leftovers', async () => {
    const provider = await open();
    const made = await provider.create!({ card: card('urn:uuid:0F1E2D3C-0000-4000-8000-0123456789AB', 'Ann') });
    expect(made).toMatchObject({ id: '0f1e2d3c-0000-4000-8000-0123456789ab', bookIds: ['default'] });
    expect(text(`${made.id}.vcf`)).toMatch(/^BEGIN:VCARD\r\nVERSION:3\.0\r\n[^]*END:VCARD\r\n$/);
    expect((await provider.get(made.id)).etag).toBe(made.etag);
    const four = await open({ options: { path: dir, version: '4.0' } });
    expect(text(`${(await four.create!({ card: card('four') })).id}.vcf`)).toContain('VERSION:4.0');
    expect(readdirSync(dir).sort()).toEqual(['0f1e2d3c-0000-4000-8000-0123456789ab.vcf', 'four.vcf']);
  });
  it.each(['../../etc/passwd', '/abs', 'a/b', '..', 'x'.repeat(400), 'line\r\nbreak', 'nul', 'a\0b', '.vcf'])(
    'keeps the hostile uid %j inside',
    async (uid) => {
      const provider = await open();
      const { id } = await provider.create!({ card: card(uid) });
      expect(readdirSync(dir)).toEqual([`${id}.vcf`]);
      expect(readdirSync(top)).toEqual(['vdir']);
      expect(id).toMatch(/^[0-9a-f]{40}$/);
      expect((await provider.get(id)).card.name?.full).toBe('Ann Example');
    },
  );
  it('gives uids that differ in case files of their own', async () => {
    const provider = await open();
    for (const uid of ['Bob', 'bob', 'BOB']) await provider.create!({ card: card(uid) });
    expect(new Set(readdirSync(dir).map((name) => name.toLowerCase())).size).toBe(3);
  });
  it('refuses a uid that the book has, whatever the file is called', async () => {
    put('other-name.vcf', vcf('urn:uuid:0f1e2d3c-0000-4000-8000-0123456789ab', 'Ann'));
    const provider = await open();
    await expect(provider.create!({ card: card('0F1E2D3C-0000-4000-8000-0123456789AB') })).rejects.toBeInstanceOf(
      Conflict,
    );
    await provider.create!({ card: card('u1') });
    await expect(provider.create!({ card: card('u1') })).rejects.toBeInstanceOf(Conflict);
    const again = await open();
    await expect(again.create!({ card: card('u1') })).rejects.toBeInstanceOf(Conflict);
    expect(readdirSync(dir)).toHaveLength(2);
  });
  it('never overwrites a file whose name it wants', async () => {
    put('u1.vcf', vcf('someone-else', 'Else'));
    const provider = await open();
    const { id } = await provider.create!({ card: card('u1') });
    expect(id).not.toBe('u1');
    expect(text('u1.vcf')).toContain('someone-else');
    expect((await provider.lookup!({ card: card('u1') }))?.id).toBe(id);
  });
  it('of two creates at the same moment one wins', async () => {
    const [one, two] = [await open(), await open()];
    await Promise.all([all(one), all(two)]);
    const results = await Promise.allSettled([
      one.create!({ card: card('same', 'One') }),
      two.create!({ card: card('same', 'Two') }),
    ]);
    const names = readdirSync(dir);
    expect(results.filter((result) => result.status === 'fulfilled').length).toBe(names.length);
    expect(names.filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });
  it('updates keep file name, version and what is not modelled', async () => {
    const lines = [
      'BEGIN:VCARD',
      'VERSION:4.0',
      'UID:u1',
      'FN:Ann',
      'X-CUSTOM;X-P=1:keep\\, me',
      'GENDER:F',
      'item1.X-FOO:bar',
      'EMAIL;PID=1.1:a@example.com',
      'END:VCARD',
      '',
    ];
    put('my file.vcf', lines.join('\r\n'));
    const provider = await open();
    const last = await provider.get('my file');
    const next = { ...last.card, name: { full: 'Ann New' } };
    const { etag } = await provider.update!('my file', change(last, next));
    const written = text('my file.vcf');
    for (const part of ['VERSION:4.0', 'FN:Ann New', 'X-CUSTOM;X-P=1:keep\\, me', 'GENDER:F', 'PID=1.1'])
      expect(written).toContain(part);
    expect(written).toMatch(/X-FOO:bar/);
    expect((await provider.get('my file')).etag).toBe(etag);
    expect(readdirSync(dir)).toEqual(['my file.vcf']);
  });
  it('makes 3.0 of a 2.1 file, and keeps 3.0', async () => {
    put(
      'old.vcf',
      'BEGIN:VCARD\r\nVERSION:2.1\r\nUID:old\r\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:M=C3=BCller\r\nFN:M\r\nEND:VCARD\r\n',
    );
    const provider = await open({ options: { path: dir, version: '4.0' } });
    const last = await provider.get('old');
    await provider.update!('old', change(last, { ...last.card, notes: { n1: { note: 'x' } } }));
    expect(text('old.vcf')).toContain('VERSION:3.0');
    expect(text('old.vcf')).toContain('N:Müller;');
  });
  it('refuses to write over what changed meanwhile', async () => {
    put('a.vcf', vcf('uid-a', 'Ann'));
    const provider = await open();
    const last = await provider.get('a');
    put('a.vcf', vcf('uid-a', 'Changed'));
    await expect(provider.update!('a', change(last, card('uid-a', 'Mine')))).rejects.toBeInstanceOf(Conflict);
    await expect(provider.delete!(last)).rejects.toBeInstanceOf(Conflict);
    expect(text('a.vcf')).toContain('Changed');
    await provider.update!('a', change({ id: 'a', bookIds: [], card: last.card }, card('uid-a', 'Mine')));
    expect(text('a.vcf')).toContain('Mine');
  });
  it('deletes, and says so when it is gone', async () => {
    put('a.vcf', vcf('uid-a', 'Ann'));
    const provider = await open();
    const last = await provider.get('a');
    await provider.delete!(last);
    expect(readdirSync(dir)).toEqual([]);
    await expect(provider.delete!(last)).rejects.toBeInstanceOf(NotFound);
    await expect(provider.update!('a', change(last, last.card))).rejects.toBeInstanceOf(NotFound);
    await provider.create!({ card: card('uid-a') });
  });
  it('writes through a link to the file inside', async () => {
    put('real.vcf', vcf('uid-r', 'Real'));
    symlinkSync('real.vcf', join(dir, 'link.vcf'));
    const provider = await open();
    const last = await provider.get('link');
    await provider.update!('link', change(last, card('uid-r', 'New')));
    expect(lstatSync(join(dir, 'link.vcf')).isSymbolicLink()).toBe(true);
    expect(text('real.vcf')).toContain('New');
  });
  it.each([
    ['EACCES', Refused, 'not allowed'],
    ['EROFS', Refused, 'not allowed'],
    ['ENOSPC', Refused, 'the disk is full'],
    ['EIO', Refused, 'the file system says no'],
    ['ENOENT', NotFound, 'it is not there'],
    ['EEXIST', Conflict, 'it exists already'],
  ])('says what the file system says: %s', (code, kind, message) => {
    const error = fileError(Object.assign(new Error('why'), { code }), 'cannot write x', 'id');
    expect(error).toBeInstanceOf(kind);
    expect(error).toMatchObject({ message: `cannot write x: ${message}`, why: 'why', contact: 'id' });
    expect(fileError(error, 'again')).toBe(error);
  });
  it('projects a card as it would come back', async () => {
    const provider = await open();
    const given = card('u1', 'Ann', { emails: { e1: { address: 'a@example.com' } }, 'example.com:x': { y: 1 } });
    const { id } = await provider.create!({ card: given });
    expect(provider.project(given)).toEqual((await provider.get(id)).card);
  });
});

describe('books', () => {
  it('are the folder itself and each folder in it', async () => {
    put('a.vcf', vcf('uid-a', 'Ann'));
    put('work/w.vcf', vcf('uid-w', 'Will'));
    put('work/displayname', 'Büro\n');
    put('work/description', 'at work');
    mkdirSync(join(dir, '.git'));
    const provider = await open();
    expect(await provider.books()).toEqual([
      { id: 'default', name: 'Contacts', isDefault: true, readOnly: false },
      { id: 'work', name: 'Büro', description: 'at work', isDefault: false, readOnly: false },
    ]);
    expect(ids(await all(provider))).toEqual(['a', 'work/w']);
    expect(ids(await all(provider, ['work']))).toEqual(['work/w']);
    await expect(all(provider, ['nope'])).rejects.toBeInstanceOf(NotFound);
    expect((await provider.get('work/w')).bookIds).toEqual(['work']);
  });
  it('the profile names the default, by id or by name', async () => {
    put('a.vcf', vcf('uid-a', 'Ann'));
    put('work/w.vcf', vcf('uid-w', 'Will'));
    put('work/displayname', 'Büro');
    for (const book of ['work', 'Büro', 'büro']) {
      const provider = await open({ book });
      expect(ids(await all(provider))).toEqual(['w', './a']);
      expect((await provider.get('./a')).card.uid).toBe('uid-a');
      expect((await provider.get('work/w')).id).toBe('w');
      expect((await provider.create!({ card: card('new') })).bookIds).toEqual(['work']);
      rmSync(join(dir, 'work', 'new.vcf'));
    }
    await expect((await open({ book: 'nope' })).books()).rejects.toThrow('no address book "nope"');
  });
  it('without cards in the folder itself the first folder is the default', async () => {
    put('home/h.vcf', vcf('uid-h', 'Hal'));
    put('work/w.vcf', vcf('uid-w', 'Will'));
    expect((await (await open()).books()).map(({ id, isDefault }) => [id, isDefault])).toEqual([
      ['home', true],
      ['work', false],
    ]);
  });
  it('are created, renamed and deleted', async () => {
    const provider = await open();
    const admin = provider.bookAdmin!;
    const made = await admin.create('Büro / Work');
    expect(made).toMatchObject({ id: 'Büro - Work', name: 'Büro / Work' });
    expect((await provider.books()).map(({ name }) => name)).toEqual(['Contacts', 'Büro / Work']);
    await expect(admin.create('Büro / Work')).rejects.toBeInstanceOf(Conflict);
    expect(await admin.rename(made.id, 'Office')).toMatchObject({ id: made.id, name: 'Office' });
    await expect(admin.rename(made.id, 'Contacts')).rejects.toBeInstanceOf(Conflict);
    const written = await provider.create!({ card: card('u1'), bookId: made.id });
    expect(written.id).toBe('Büro - Work/u1');
    put('Büro - Work/keep.txt', 'mine');
    await expect(admin.delete(made.id)).rejects.toThrow('holds something that is no contact');
    expect((await provider.get(written.id)).card.uid).toBe('u1');
    rmSync(join(dir, 'Büro - Work', 'keep.txt'));
    await admin.delete(made.id);
    expect((await provider.books()).map(({ name }) => name)).toEqual(['Contacts']);
    await expect(admin.delete('default')).rejects.toBeInstanceOf(Refused);
    await expect(admin.delete('gone')).rejects.toBeInstanceOf(NotFound);
  });
  it.each(['../evil', '..', '/abs', '.hidden', 'con', 'a\r\nb', '😀'])(
    'a book called %j stays inside',
    async (name) => {
      const made = await (await open()).bookAdmin!.create(name);
      expect(readdirSync(top)).toEqual(['vdir']);
      expect(readdirSync(dir).sort()).toEqual([made.id, 'displayname'].sort());
      expect(made.id).not.toMatch(/^[.-]|[/\\\0\r\n]/);
    },
  );
  it('a folder called like the folder itself keeps its own id', async () => {
    put('a.vcf', vcf('uid-a', 'Ann'));
    put('default/d.vcf', vcf('uid-d', 'Dan'));
    const provider = await open();
    expect(ids(await provider.books())).toEqual(['default', 'default/']);
    for (const record of await all(provider)) expect(await provider.get(record.id)).toEqual(record);
    expect(ids(await all(provider, ['default/']))).toEqual(['default/d']);
  });
  it('contacts move and are copied byte for byte', async () => {
    const odd = vcf('uid-a', 'Ann', 'X-ODD;a=b:c\r\n');
    put('odd name.vcf', odd);
    mkdirSync(join(dir, 'work'));
    const provider = await open();
    const copied = await provider.copy!(await provider.get('odd name'), 'work');
    expect(copied).toMatchObject({ id: 'work/odd name', bookIds: ['work'] });
    expect(text('work/odd name.vcf')).toBe(odd);
    await expect(provider.copy!(await provider.get('odd name'), 'work')).rejects.toBeInstanceOf(Conflict);
    await expect(provider.move!(await provider.get('odd name'), 'work')).rejects.toBeInstanceOf(Conflict);
    expect(existsSync(join(dir, 'odd name.vcf'))).toBe(true);
    await provider.delete!(await provider.get('work/odd name'));
    expect((await provider.move!(await provider.get('odd name'), 'work')).id).toBe('work/odd name');
    expect(readdirSync(dir)).toEqual(['work']);
    expect(text('work/odd name.vcf')).toBe(odd);
  });
});

describe('groups', () => {
  const group =
    'BEGIN:VCARD\r\nVERSION:3.0\r\nUID:g1\r\nN:Team;;;;\r\nFN:Team\r\nX-ADDRESSBOOKSERVER-KIND:group\r\nX-ADDRESSBOOKSERVER-MEMBER:urn:uuid:uid-a\r\nX-ADDRESSBOOKSERVER-MEMBER:urn:uuid:gone\r\nEND:VCARD\r\n';

  it('are never contacts; members are ids, strangers are kept', async () => {
    put('a.vcf', vcf('uid-a', 'Ann'));
    put('b.vcf', vcf('uid-b', 'Bob'));
    put('g.vcf', group);
    const provider = await open();
    expect(ids(await all(provider))).toEqual(['a', 'b']);
    await expect(provider.get('g')).rejects.toBeInstanceOf(NotFound);
    const [team] = await provider.groups!.list();
    expect(team).toMatchObject({ id: 'g', name: 'Team', memberIds: ['a'], bookIds: ['default'] });
    expect(team?.foreign).toHaveLength(1);

    await provider.groups!.setMembers(team!, ['b']);
    const [after] = await provider.groups!.list();
    expect(after).toMatchObject({ id: 'g', memberIds: ['b'], foreign: team!.foreign });
    expect(text('g.vcf')).toContain('VERSION:3.0');
    await expect(provider.groups!.setMembers(team!, ['a'])).rejects.toBeInstanceOf(Conflict);
    await expect(provider.groups!.setMembers(after!, ['nobody'])).rejects.toBeInstanceOf(NotFound);

    await provider.groups!.rename(after!, 'New team');
    const [renamed] = await provider.groups!.list();
    expect(renamed).toMatchObject({ name: 'New team', memberIds: ['b'], foreign: team!.foreign });
    await provider.groups!.delete(renamed!);
    expect(readdirSync(dir)).toEqual(['a.vcf', 'b.vcf']);
  });
  it.each(['3.0', '4.0'])('are made in %s', async (version) => {
    const provider = await open({ options: { path: dir, version } });
    const a = await provider.create!({ card: card('urn:uuid:0f1e2d3c-0000-4000-8000-0123456789ab', 'Ann') });
    const made = await provider.groups!.create('Team', [a.id]);
    expect(await provider.groups!.list()).toEqual([{ ...made, etag: expect.any(String) as string }]);
    expect(ids(await all(provider))).toEqual([a.id]);
    expect(text(`${made.id}.vcf`)).toContain(version === '4.0' ? 'KIND:group' : 'X-ADDRESSBOOKSERVER-KIND:group');
    await expect(provider.groups!.create(' ', [])).rejects.toBeInstanceOf(UsageError);
    await expect(provider.groups!.create('X', ['nobody'])).rejects.toBeInstanceOf(NotFound);
    await expect(provider.groups!.delete({ id: a.id, name: 'x', memberIds: [] })).rejects.toBeInstanceOf(NotFound);
  });
});

describe('changes', () => {
  it('tells created, updated and removed by content', async () => {
    put('a.vcf', vcf('uid-a', 'Ann'));
    put('b.vcf', vcf('uid-b', 'Bob'));
    put('work/c.vcf', vcf('uid-c', 'Cat'));
    const changes = (await open()).changes!;
    const token = await changes.current();
    expect(await changes.since(token)).toEqual({ created: [], updated: [], removed: [], token });
    utimesSync(join(dir, 'a.vcf'), 1, 1);
    expect(await changes.since(token)).toMatchObject({ created: [], updated: [], removed: [] });
    put('b.vcf', vcf('uid-b', 'Bea'));
    rmSync(join(dir, 'work/c.vcf'));
    put('d.vcf', vcf('uid-d', 'Dan'));
    const found = await changes.since(token);
    expect([ids(found.created), ids(found.updated), found.removed, found.reset]).toEqual([
      ['d'],
      ['b'],
      ['work/c'],
      undefined,
    ]);
    expect(found.updated[0]?.card.name?.full).toBe('Bea');
    expect(await changes.since(found.token)).toMatchObject({ created: [], updated: [], removed: [] });
    const first = await changes.since(undefined);
    expect([ids(first.created), first.reset]).toEqual([['a', 'b', 'd'], undefined]);
  });
  it('does not take a broken file for a removed one, nor a missing folder', async () => {
    put('a.vcf', vcf('uid-a', 'Ann'));
    put('b.vcf', vcf('uid-b', 'Bob'));
    const provider = await open();
    const token = await provider.changes!.current();
    put('a.vcf', 'half wri');
    expect(await provider.changes!.since(token)).toMatchObject({ created: [], updated: [], removed: [] });
    rmSync(dir, { recursive: true });
    await expect((await open()).changes!.since(token)).rejects.toBeInstanceOf(NotFound);
  });
  it('asks only about the books that it is asked about', async () => {
    put('a.vcf', vcf('uid-a', 'Ann'));
    put('work/c.vcf', vcf('uid-c', 'Cat'));
    const changes = (await open()).changes!;
    const token = await changes.current();
    rmSync(join(dir, 'a.vcf'));
    put('displayname', 'Contacts');
    expect((await changes.since(token, ['work'])).removed).toEqual([]);
    expect((await changes.since(token)).removed).toEqual(['a']);
  });
  it.each(['', 'x', 'n.', 'n.AAAA', 'h.x', 'd.x', 'n.__proto__', `n.${Buffer.from('[]').toString('base64url')}`])(
    'starts over with the token %j',
    async (token) => {
      put('a.vcf', vcf('uid-a', 'Ann'));
      const found = await (await open()).changes!.since(token);
      expect([ids(found.created), found.reset]).toEqual([['a'], true]);
    },
  );
  it('fits on a command line, and knows less of large folders', () => {
    const state = (n: number): Map<string, string> =>
      new Map(Array.from({ length: n }, (_, i) => [`/${i}.vcf`, `${(i * 7919).toString(16).padStart(10, '0')}xyz`]));
    const everywhere = (): boolean => true;
    for (const [n, form] of [
      [3000, 'n'],
      [6500, 'h'],
      [20_000, 'd'],
    ] as const) {
      const token = makeToken(state(n));
      expect(token.charAt(0)).toBe(form);
      expect(token.length).toBeLessThanOrEqual(100_000);
      const same = state(n);
      expect(compareToken(token, same, everywhere)).toEqual({ created: [], updated: [], removed: [] });
      same.set('/5.vcf', 'other').set('/new.vcf', 'x');
      expect(compareToken(token, same, everywhere)).toEqual(
        form === 'd' ? undefined : { created: ['/new.vcf'], updated: ['/5.vcf'], removed: [] },
      );
      same.delete('/7.vcf');
      expect(compareToken(token, same, everywhere)?.removed).toEqual(form === 'n' ? ['/7.vcf'] : undefined);
    }
  });
});
