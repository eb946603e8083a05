/** group, book, move, copy: through the built program, on the built-in local book. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Cli, errorOf, outcome, OUTCOME_KEYS } from '../support/cli.js';
import { column, lines, seed } from './people.js';

describe('group', () => {
  test('create, list, show, add, remove, rename, delete', async () => {
    const cli = new Cli();
    const { anna, bob, dave } = await seed(cli);
    const made = outcome(await cli.ok(['group', 'create', 'Friends', anna, '--json']));
    expect(Object.keys(made)).toEqual(OUTCOME_KEYS);
    const [id = ''] = made.created;
    expect(await cli.json(['group', 'list'])).toEqual([{ id, name: 'Friends', members: [anna] }]);
    await cli.ok(['group', 'add', 'friends', bob, 'email:dave@acme.example']);
    await cli.ok(['group', 'remove', 'Friends', anna]);
    expect(column(await cli.ok(['group', 'show', 'Friends', '--fields', 'id'])).sort()).toEqual([bob, dave].sort());
    expect(await cli.ok(['list', '--group', 'Friends', '--fields', 'name,groups', '--sort', 'name'])).toBe(
      'Bob Stone\tFriends\nDave\tFriends\n',
    );
    await cli.ok(['group', 'rename', 'Friends', 'Pals']);
    expect(await cli.ok(['group', 'list'])).toBe(`${id}\tPals\t2\n`);
    expect(await cli.ok(['group', 'list', '--format', 'plain'])).toBe('Pals\n');
    expect((await cli.run(['group', 'delete', 'Pals'])).code).toBe(2);
    expect(outcome(await cli.ok(['group', 'delete', 'Pals', '--yes', '--json'])).deleted).toEqual([id]);
    expect(await cli.ok(['group', 'list'])).toBe('');
    expect(lines(await cli.ok(['list']))).toHaveLength(4);
  });

  test('members from stdin; undo takes a group back', async () => {
    const cli = new Cli();
    const { anna, bob } = await seed(cli);
    await cli.ok(['group', 'create', 'All', '-'], { input: `${anna}\n${bob}\n` });
    expect(lines(await cli.ok(['group', 'show', 'All']))).toHaveLength(2);
    await cli.ok(['group', 'delete', 'All', '--yes']);
    await cli.ok(['undo', '--yes']);
    expect(lines(await cli.ok(['group', 'show', 'All']))).toHaveLength(2);
  });

  test('what is wrong is said', async () => {
    const cli = new Cli();
    const { anna, bob } = await seed(cli);
    await cli.ok(['group', 'create', 'Friends', anna]);
    for (const [args, code, words] of [
      [['group'], 2, 'list, show, create, rename, delete, add, remove'],
      [['group', 'lsit'], 2, 'cardferry group list'],
      [['group', 'show', 'Freinds'], 5, 'did you mean "Friends"?'],
      [['group', 'create', 'Friends'], 6, 'already'],
      [['group', 'create', ' '], 2, 'a group needs a name'],
      [['group', 'remove', 'Friends', bob], 0, 'nothing to change'],
      [['group', 'add', 'Friends', anna], 0, 'nothing to change'],
      [['group', 'rename', 'Friends', 'Friends'], 0, 'nothing to change'],
      [['group', 'add', 'Friends'], 2, 'missing required argument'],
      [['group', 'list', '--format', 'csv'], 2, '--format takes'],
    ] as const) {
      const done = await cli.run(args);
      expect({ args, code: done.code }).toEqual({ args, code });
      expect(done.stderr).toContain(words);
    }
  });

  test('--dry-run writes nothing', async () => {
    const cli = new Cli();
    const { anna } = await seed(cli);
    const dry = await cli.run(['group', 'create', 'Ghosts', anna, '--dry-run']);
    expect(dry).toMatchObject({ code: 0, stdout: '' });
    expect(await cli.ok(['group', 'list'])).toBe('');
    await cli.ok(['group', 'create', 'Real', anna]);
    for (const args of [
      ['add', 'Real', 'name:Dave'],
      ['remove', 'Real', anna],
      ['rename', 'Real', 'Unreal'],
      ['delete', 'Real'],
    ]) {
      await cli.ok(['group', ...args, '--dry-run']);
    }
    expect(await cli.json(['group', 'list'])).toMatchObject([{ name: 'Real', members: [anna] }]);
  });
});

describe('book, move, copy', () => {
  test('create, list, rename, delete; the contacts in it come back with undo', async () => {
    const cli = new Cli();
    await seed(cli);
    expect(Object.keys(outcome(await cli.ok(['book', 'create', 'Work', '--json'])))).toEqual(OUTCOME_KEYS);
    const books = (await cli.json(['book', 'list'])) as Record<string, unknown>[];
    expect(books.map((book) => book['name'])).toEqual(['Contacts', 'Work']);
    expect(Object.keys(books[0] ?? {})).toEqual(expect.arrayContaining(['id', 'name', 'isDefault', 'readOnly']));
    await cli.ok(['book', 'rename', 'Work', 'Office']);
    expect(column(await cli.ok(['book', 'list', '--format', 'plain']))).toEqual(['Contacts', 'Office']);
    await cli.ok(['add', '--name', 'Wanda', '--book', 'Office']);
    expect(await cli.ok(['list', '--book', 'Office', '--fields', 'name,book'])).toBe('Wanda\tOffice\n');
    expect((await cli.run(['book', 'delete', 'Office'])).code).toBe(2);
    expect((await cli.run(['book', 'create', 'Office'])).code).toBe(6);
    await cli.ok(['group', 'create', 'Team', 'name:"Wanda"', '--book', 'Office']);
    await cli.ok(['book', 'delete', 'Office', '--dry-run']);
    await cli.ok(['book', 'delete', 'Office', '--yes']);
    expect((await cli.run(['list', '--book', 'Office'])).code).toBe(5);
    await cli.ok(['undo', '--yes']);
    expect(await cli.ok(['list', '--book', 'Office', '--fields', 'name'])).toBe('Wanda\n');
    expect(await cli.ok(['group', 'show', 'Team', '--fields', 'name'])).toBe('Wanda\n');
  });

  test('move and copy', async () => {
    const cli = new Cli();
    const { bob, dave } = await seed(cli);
    await cli.ok(['book', 'create', 'Work']);
    const moved = outcome(await cli.ok(['move', bob, '--to', 'Work', '--json']));
    expect(moved.updated).toHaveLength(1);
    const copied = outcome(await cli.ok(['copy', '-', '--to', 'work', '--json'], { input: `${dave}\n` }));
    expect(copied.created).toHaveLength(1);
    expect(column(await cli.ok(['list', '--book', 'Work', '--fields', 'name', '--sort', 'name']))).toEqual([
      'Bob Stone',
      'Dave',
    ]);
    expect(column(await cli.ok(['list', '--fields', 'name', '--sort', 'name']))).toEqual([
      ...['Anna Müller', 'Bob Stone', 'Chloé Dubois', 'Dave', 'Dave'],
    ]);
    const again = outcome(await cli.ok(['move', 'name:Bob Stone', '--to', 'Work', '--json']));
    expect(again).toMatchObject({ updated: [], skipped: [moved.updated[0]] });
    await cli.ok(['move', 'name:Anna Müller', '--to', 'Work', '--dry-run']);
    expect(lines(await cli.ok(['list', '--book', 'Work']))).toHaveLength(2);
    await cli.ok(['undo', '--yes']);
    expect(lines(await cli.ok(['list']))).toHaveLength(4);
  });

  test('what is wrong is said', async () => {
    const cli = new Cli();
    const { bob } = await seed(cli);
    for (const [args, code, words] of [
      [['book'], 2, 'list, create, rename, delete'],
      [['book', 'create', ''], 2, 'a book needs a name'],
      [['book', 'rename', 'Nowhere', 'X'], 5, 'there are: Contacts'],
      [['move', bob], 2, "required option '--to"],
      [['move', bob, '--to', 'Nowhere'], 5, 'Nowhere'],
    ] as const) {
      const done = await cli.run(args);
      expect({ args, code: done.code, stderr: done.stderr }).toMatchObject({ args, code });
      expect(done.stderr).toContain(words);
    }
    await cli.ok(['book', 'create', '../../outside']);
    expect(existsSync(join(cli.dir, 'outside')) || existsSync(join(cli.dir, '..', 'outside'))).toBe(false);
    expect(await cli.ok(['book', 'list', '--format', 'plain'])).toBe('Contacts\n../../outside\n');
    const error = errorOf(await cli.run(['book', 'delete', 'Contacts', '--json']));
    expect(error).toMatchObject({ code: 'usage', hint: 'add --yes to agree' });
  });
});
