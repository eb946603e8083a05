import { existsSync, lstatSync, mkdirSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Conflict, Interrupted, NotFound, Refused, UsageError } from '../../src/model/errors.js';
import { deriveUid } from '../../src/model/keys.js';
import { local } from '../../src/providers/local.js';
import { fileError } from '../../src/providers/local/files.js';
import { all, card, change, here, ids, open, put, textOf, useVdir, vcf } from './local-setup.js';

useVdir();

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
    expect(here.warnings).toEqual([]);
  });
  it('reads a missing folder as empty, and makes it at the first write, for the user alone', async () => {
    rmSync(here.dir, { recursive: true });
    const provider = await open();
    expect(await all(provider)).toEqual([]);
    expect(await provider.books()).toMatchObject([
      { id: 'default', name: 'Contacts', isDefault: true, readOnly: false },
    ]);
    expect((await provider.check()).details.folder).toContain('made at the first write');
    expect(existsSync(here.dir)).toBe(false);
    const { id } = await provider.create!({ card: card('u1') });
    expect(statSync(here.dir).mode & 0o777).toBe(0o700);
    expect(statSync(join(here.dir, `${id}.vcf`)).mode & 0o777).toBe(0o600);
  });
  it('reports a broken file with name and reason, and reads the rest', async () => {
    put('a.vcf', 'just words\n');
    put('b.vcf', '');
    put('c.vcf', 'BEGIN:VCARD\r\nEND:VCARD\r\n');
    put('d.vcf', vcf('uid-d', 'Dora'));
    expect(ids(await all(await open()))).toEqual(['d']);
    expect(here.warnings).toHaveLength(3);
    expect(here.warnings[0]).toMatch(/a\.vcf: line 1: text outside of BEGIN:VCARD and END:VCARD, skipped/);
    expect(here.warnings[1]).toMatch(/b\.vcf: an empty file, skipped/);
    await expect((await open()).get('a')).rejects.toBeInstanceOf(Refused);
  });
  it('reads files of several cards, but refuses to change them', async () => {
    const both = vcf('uid-1', 'One') + vcf('uid-2', 'Two');
    put('two.vcf', both);
    const provider = await open();
    const [first, second] = await all(provider);
    expect([first?.id, second?.id]).toEqual(['two', 'two#2']);
    expect((await provider.get('two#2')).card.uid).toBe('uid-2');
    expect(here.warnings.join()).toContain('holds 2 contacts');
    await expect(provider.update!('two', change(first!, card('uid-1', 'New')))).rejects.toThrow(
      'two.vcf holds 2 contacts',
    );
    await expect(provider.delete!(second!)).rejects.toBeInstanceOf(Refused);
    expect(textOf('two.vcf')).toBe(both);
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
    expect(readdirSync(here.dir)).toEqual(['X.VCF']);
    expect((await provider.get('X.VCF')).card.name?.full).toBe('Y');
  });
  it('skips links that leave the folder, pipes and folders called x.vcf', async () => {
    writeFileSync(join(here.top, 'secret.vcf'), vcf('secret', 'Secret'));
    mkdirSync(join(here.top, 'outside'));
    writeFileSync(join(here.top, 'outside', 's.vcf'), vcf('secret2', 'Secret'));
    put('real.vcf', vcf('uid-r', 'Real'));
    symlinkSync(join(here.top, 'secret.vcf'), join(here.dir, 'evil.vcf'));
    symlinkSync('../outside', join(here.dir, 'evilbook'));
    symlinkSync('nowhere', join(here.dir, 'dangling.vcf'));
    symlinkSync('real.vcf', join(here.dir, 'inside.vcf'));
    symlinkSync(join(here.top, 'secret.vcf'), join(here.dir, 'displayname'));
    mkdirSync(join(here.dir, 'folder.vcf'));
    rmSync(join(here.dir, 'folder.vcf'), { recursive: true });
    execFileSync('mkfifo', [join(here.dir, 'fifo.vcf')]);
    const provider = await open();
    expect(ids(await all(provider))).toEqual(['inside', 'real']);
    expect((await provider.books()).map(({ id, name }) => [id, name])).toEqual([['default', 'Contacts']]);
    expect(here.warnings.filter((line) => line.includes('leaves the folder'))).toHaveLength(2);
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
    writeFileSync(join(here.top, 'secret.vcf'), vcf('secret', 'Secret'));
    put('work/w.vcf', vcf('w', 'W'));
    put('.hidden.vcf', vcf('h', 'H'));
    const provider = await open();
    await expect(provider.get(id)).rejects.toBeInstanceOf(NotFound);
    await expect(provider.delete!({ id, bookIds: [], card: card('x') })).rejects.toBeInstanceOf(NotFound);
    expect(existsSync(join(here.top, 'secret.vcf'))).toBe(true);
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
    await expect(open({ options: { path: here.dir, version: '2.1' } })).rejects.toBeInstanceOf(UsageError);
    writeFileSync(join(here.top, 'file'), 'x');
    await expect((await open({ options: { path: join(here.top, 'file') } })).check()).rejects.toBeInstanceOf(
      UsageError,
    );
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
    expect(textOf(`${made.id}.vcf`)).toMatch(/^BEGIN:VCARD\r\nVERSION:3\.0\r\n[^]*END:VCARD\r\n$/);
    expect((await provider.get(made.id)).etag).toBe(made.etag);
    const four = await open({ options: { path: here.dir, version: '4.0' } });
    expect(textOf(`${(await four.create!({ card: card('four') })).id}.vcf`)).toContain('VERSION:4.0');
    expect(readdirSync(here.dir).sort()).toEqual(['0f1e2d3c-0000-4000-8000-0123456789ab.vcf', 'four.vcf']);
  });
  it.each(['../../etc/passwd', '/abs', 'a/b', '..', 'x'.repeat(400), 'line\r\nbreak', 'nul', 'a\0b', '.vcf'])(
    'keeps the hostile uid %j inside',
    async (uid) => {
      const provider = await open();
      const { id } = await provider.create!({ card: card(uid) });
      expect(readdirSync(here.dir)).toEqual([`${id}.vcf`]);
      expect(readdirSync(here.top)).toEqual(['vdir']);
      expect(id).toMatch(/^[0-9a-f]{40}$/);
      expect((await provider.get(id)).card.name?.full).toBe('Ann Example');
    },
  );
  it('gives uids that differ in case files of their own', async () => {
    const provider = await open();
    for (const uid of ['Bob', 'bob', 'BOB']) await provider.create!({ card: card(uid) });
    expect(new Set(readdirSync(here.dir).map((name) => name.toLowerCase())).size).toBe(3);
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
    expect(readdirSync(here.dir)).toHaveLength(2);
  });
  it('never overwrites a file whose name it wants', async () => {
    put('u1.vcf', vcf('someone-else', 'Else'));
    const provider = await open();
    const { id } = await provider.create!({ card: card('u1') });
    expect(id).not.toBe('u1');
    expect(textOf('u1.vcf')).toContain('someone-else');
    expect((await provider.lookup!({ card: card('u1') }))?.id).toBe(id);
  });
  it('of two creates at the same moment one wins', async () => {
    const [one, two] = [await open(), await open()];
    await Promise.all([all(one), all(two)]);
    const results = await Promise.allSettled([
      one.create!({ card: card('same', 'One') }),
      two.create!({ card: card('same', 'Two') }),
    ]);
    const names = readdirSync(here.dir);
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
    const written = textOf('my file.vcf');
    for (const part of ['VERSION:4.0', 'FN:Ann New', 'X-CUSTOM;X-P=1:keep\\, me', 'GENDER:F', 'PID=1.1'])
      expect(written).toContain(part);
    expect(written).toMatch(/X-FOO:bar/);
    expect((await provider.get('my file')).etag).toBe(etag);
    expect(readdirSync(here.dir)).toEqual(['my file.vcf']);
  });
  it('makes 3.0 of a 2.1 file, and keeps 3.0', async () => {
    put(
      'old.vcf',
      'BEGIN:VCARD\r\nVERSION:2.1\r\nUID:old\r\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:M=C3=BCller\r\nFN:M\r\nEND:VCARD\r\n',
    );
    const provider = await open({ options: { path: here.dir, version: '4.0' } });
    const last = await provider.get('old');
    await provider.update!('old', change(last, { ...last.card, notes: { n1: { note: 'x' } } }));
    expect(textOf('old.vcf')).toContain('VERSION:3.0');
    expect(textOf('old.vcf')).toContain('N:Müller;');
  });
  it('refuses to write over what changed meanwhile', async () => {
    put('a.vcf', vcf('uid-a', 'Ann'));
    const provider = await open();
    const last = await provider.get('a');
    put('a.vcf', vcf('uid-a', 'Changed'));
    await expect(provider.update!('a', change(last, card('uid-a', 'Mine')))).rejects.toBeInstanceOf(Conflict);
    await expect(provider.delete!(last)).rejects.toBeInstanceOf(Conflict);
    expect(textOf('a.vcf')).toContain('Changed');
    await provider.update!('a', change({ id: 'a', bookIds: [], card: last.card }, card('uid-a', 'Mine')));
    expect(textOf('a.vcf')).toContain('Mine');
  });
  it('deletes, and says so when it is gone', async () => {
    put('a.vcf', vcf('uid-a', 'Ann'));
    const provider = await open();
    const last = await provider.get('a');
    await provider.delete!(last);
    expect(readdirSync(here.dir)).toEqual([]);
    await expect(provider.delete!(last)).rejects.toBeInstanceOf(NotFound);
    await expect(provider.update!('a', change(last, last.card))).rejects.toBeInstanceOf(NotFound);
    await provider.create!({ card: card('uid-a') });
  });
  it('writes through a link to the file inside', async () => {
    put('real.vcf', vcf('uid-r', 'Real'));
    symlinkSync('real.vcf', join(here.dir, 'link.vcf'));
    const provider = await open();
    const last = await provider.get('link');
    await provider.update!('link', change(last, card('uid-r', 'New')));
    expect(lstatSync(join(here.dir, 'link.vcf')).isSymbolicLink()).toBe(true);
    expect(textOf('real.vcf')).toContain('New');
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
