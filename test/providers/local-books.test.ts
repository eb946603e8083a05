import { existsSync, mkdirSync, readdirSync, rmSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Conflict, NotFound, Refused, UsageError } from '../../src/model/errors.js';
import { compareToken, makeToken } from '../../src/providers/local/token.js';
import { all, card, here, ids, open, put, textOf, useVdir, vcf } from './local-setup.js';

useVdir();

describe('books', () => {
  it('are the folder itself and each folder in it', async () => {
    put('a.vcf', vcf('uid-a', 'Ann'));
    put('work/w.vcf', vcf('uid-w', 'Will'));
    put('work/displayname', 'Büro\n');
    put('work/description', 'at work');
    mkdirSync(join(here.dir, '.git'));
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
      rmSync(join(here.dir, 'work', 'new.vcf'));
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
    rmSync(join(here.dir, 'Büro - Work', 'keep.txt'));
    await admin.delete(made.id);
    expect((await provider.books()).map(({ name }) => name)).toEqual(['Contacts']);
    await expect(admin.delete('default')).rejects.toBeInstanceOf(Refused);
    await expect(admin.delete('gone')).rejects.toBeInstanceOf(NotFound);
  });
  it.each(['../evil', '..', '/abs', '.hidden', 'con', 'a\r\nb', '😀'])(
    'a book called %j stays inside',
    async (name) => {
      const made = await (await open()).bookAdmin!.create(name);
      expect(readdirSync(here.top)).toEqual(['vdir']);
      expect(readdirSync(here.dir).sort()).toEqual([made.id, 'displayname'].sort());
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
    mkdirSync(join(here.dir, 'work'));
    const provider = await open();
    const copied = await provider.copy!(await provider.get('odd name'), 'work');
    expect(copied).toMatchObject({ id: 'work/odd name', bookIds: ['work'] });
    expect(textOf('work/odd name.vcf')).toBe(odd);
    await expect(provider.copy!(await provider.get('odd name'), 'work')).rejects.toBeInstanceOf(Conflict);
    await expect(provider.move!(await provider.get('odd name'), 'work')).rejects.toBeInstanceOf(Conflict);
    expect(existsSync(join(here.dir, 'odd name.vcf'))).toBe(true);
    await provider.delete!(await provider.get('work/odd name'));
    expect((await provider.move!(await provider.get('odd name'), 'work')).id).toBe('work/odd name');
    expect(readdirSync(here.dir)).toEqual(['work']);
    expect(textOf('work/odd name.vcf')).toBe(odd);
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
    expect(textOf('g.vcf')).toContain('VERSION:3.0');
    await expect(provider.groups!.setMembers(team!, ['a'])).rejects.toBeInstanceOf(Conflict);
    await expect(provider.groups!.setMembers(after!, ['nobody'])).rejects.toBeInstanceOf(NotFound);

    await provider.groups!.rename(after!, 'New team');
    const [renamed] = await provider.groups!.list();
    expect(renamed).toMatchObject({ name: 'New team', memberIds: ['b'], foreign: team!.foreign });
    await provider.groups!.delete(renamed!);
    expect(readdirSync(here.dir)).toEqual(['a.vcf', 'b.vcf']);
  });
  it.each(['3.0', '4.0'])('are made in %s', async (version) => {
    const provider = await open({ options: { path: here.dir, version } });
    const a = await provider.create!({ card: card('urn:uuid:0f1e2d3c-0000-4000-8000-0123456789ab', 'Ann') });
    const made = await provider.groups!.create('Team', [a.id]);
    expect(await provider.groups!.list()).toEqual([{ ...made, etag: expect.any(String) as string }]);
    expect(ids(await all(provider))).toEqual([a.id]);
    expect(textOf(`${made.id}.vcf`)).toContain(version === '4.0' ? 'KIND:group' : 'X-ADDRESSBOOKSERVER-KIND:group');
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
    utimesSync(join(here.dir, 'a.vcf'), 1, 1);
    expect(await changes.since(token)).toMatchObject({ created: [], updated: [], removed: [] });
    put('b.vcf', vcf('uid-b', 'Bea'));
    rmSync(join(here.dir, 'work/c.vcf'));
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
    rmSync(here.dir, { recursive: true });
    await expect((await open()).changes!.since(token)).rejects.toBeInstanceOf(NotFound);
  });
  it('asks only about the books that it is asked about', async () => {
    put('a.vcf', vcf('uid-a', 'Ann'));
    put('work/c.vcf', vcf('uid-c', 'Cat'));
    const changes = (await open()).changes!;
    const token = await changes.current();
    rmSync(join(here.dir, 'a.vcf'));
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
