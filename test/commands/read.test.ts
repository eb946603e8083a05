/** list, search, autocomplete, show, changes: through the built program, on the built-in local book. */
import { beforeAll, describe, expect, test } from 'vitest';
import { Cli, errorOf } from '../support/cli.js';
import { column, lines, seed } from './people.js';

const cli = new Cli();
let ids: Awaited<ReturnType<typeof seed>>;
beforeAll(async () => {
  ids = await seed(cli);
});

describe('list', () => {
  test('in a pipe: tab-separated, no header, nothing on stderr', async () => {
    const { code, stdout, stderr } = await cli.run(['list', '--sort', 'name']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(lines(stdout)).toEqual([
      `${ids.anna}\tAnna Müller\tanna@example.com\t+49 171 1234567\tAcme GmbH`,
      `${ids.bob}\tBob Stone\tbob@example.com\t+1 555 0100\t`,
      `${ids.chloe}\tChloé Dubois\t\t\tZeta SA`,
      `${ids.dave}\tDave\tdave@acme.example\t\t`,
    ]);
  });

  test('--sort, --desc, --limit, --offset, --fields', async () => {
    const names = async (...args: string[]): Promise<string[]> =>
      column(await cli.ok(['list', '--fields', 'name', ...args]));
    expect(await names('--sort', 'last-name')).toEqual(['Dave', 'Chloé Dubois', 'Anna Müller', 'Bob Stone']);
    expect(await names('--sort', 'name', '--desc', '--limit', '2')).toEqual(['Dave', 'Chloé Dubois']);
    expect(await names('--sort', 'name', '--offset', '1', '--limit', '2')).toEqual(['Bob Stone', 'Chloé Dubois']);
    expect(await names('--limit', '0')).toEqual([]);
    const wide = await cli.ok([
      'list',
      '--fields',
      'name,department,address,note,book',
      '--limit',
      '1',
      '--sort',
      'name',
    ]);
    expect(wide).toBe('Anna Müller\tResearch\tHauptstr. 1, Berlin, 10115, Germany\tmet in Lyon\tContacts\n');
  });

  test('--has and --group', async () => {
    const names = async (...args: string[]): Promise<string[]> =>
      column(await cli.ok(['list', '--fields', 'name', '--sort', 'name', ...args]));
    expect(await names('--has', 'phone')).toEqual(['Anna Müller', 'Bob Stone']);
    expect(await names('--has', 'email', '--has', 'phone')).toEqual(['Anna Müller', 'Bob Stone']);
    expect(await names('--has', 'avatar')).toEqual(['Chloé Dubois']);
    const wrong = await cli.run(['list', '--has', 'fax']);
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain('email, phone or avatar');
    const group = await cli.run(['list', '--group', 'Nobody', '--json']);
    expect({ code: group.code, error: errorOf(group)['code'] }).toEqual({ code: 5, error: 'notFound' });
  });

  test('--json is an array of ContactCards, ndjson one a line', async () => {
    const all = (await cli.json(['list', '--sort', 'name'])) as Record<string, unknown>[];
    expect(all.map((card) => card['id'])).toEqual([ids.anna, ids.bob, ids.chloe, ids.dave]);
    expect(Object.keys(all[1] ?? {}).sort()).toEqual(
      ['@type', 'addressBookIds', 'emails', 'id', 'name', 'phones', 'uid', 'version'].sort(),
    );
    expect(all[1]).toMatchObject({ '@type': 'Card', version: '1.0', addressBookIds: { default: true } });
    const nd = await cli.ok(['list', '--format', 'ndjson', '--sort', 'name']);
    expect(lines(nd).map((line) => JSON.parse(line) as unknown)).toEqual(all);
    expect(await cli.json(['list', '--limit', '0'])).toEqual([]);
  });

  test('csv has a header and harmless cells, vcard holds the pictures', async () => {
    const csv = await cli.ok(['list', '--format', 'csv', '--fields', 'name,phone', '--sort', 'name', '--limit', '2']);
    expect(csv).toBe('name,phone\r\nAnna Müller,+49 171 1234567\r\nBob Stone,+1 555 0100\r\n');
    const vcard = await cli.ok(['list', '--format', 'vcard', '--has', 'avatar']);
    expect(vcard).toMatch(/^BEGIN:VCARD\r\nVERSION:4\.0\r\n/);
    expect(vcard).toContain('PHOTO:data:image/png;base64,');
  });

  test('--changed-since gives what came after the token', async () => {
    const other = new Cli();
    await seed(other);
    const { token } = (await other.json(['changes'])) as { token: string };
    await other.ok(['add', '--name', 'Eve']);
    expect(await other.ok(['list', '--fields', 'name', '--changed-since', token])).toBe('Eve\n');
  });

  test('wrong columns, formats, numbers and keys are refused with a remedy', async () => {
    const fails = async (...args: string[]): Promise<string> => {
      const { code, stdout, stderr } = await cli.run(['list', ...args]);
      expect({ args, code, stdout }).toEqual({ args, code: 2, stdout: '' });
      return stderr;
    };
    expect(await fails('--fields', 'nmae')).toContain('did you mean name?');
    expect(await fails('--format', 'jsno')).toContain('did you mean json?');
    expect(await fails('--limit', 'many')).toContain('--limit takes a whole number');
    expect(await fails('--sort', 'size')).toContain('last-name');
    expect(await fails('surplus')).toContain('too many arguments');
  });

  test('an unknown book lists what there is', async () => {
    const { code, stderr } = await cli.run(['list', '--book', 'Friends']);
    expect(code).toBe(5);
    expect(stderr).toContain('there are: Contacts');
  });
});

describe('search', () => {
  test('every word must match, without regard to case and accents', async () => {
    const names = async (...words: string[]): Promise<string[]> =>
      column(await cli.ok(['search', ...words, '--fields', 'name', '--sort', 'name']));
    expect(await names('MULLER')).toEqual(['Anna Müller']);
    expect(await names('chloe')).toEqual(['Chloé Dubois']);
    expect(await names('acme')).toEqual(['Anna Müller', 'Dave']);
    expect(await names('acme berlin')).toEqual(['Anna Müller']);
    expect(await names('clo')).toEqual(['Chloé Dubois']);
    expect(await names('lyon', 'engineer')).toEqual(['Anna Müller']);
    expect(await names('555')).toEqual(['Bob Stone']);
    expect(await names('nobody')).toEqual([]);
  });

  test('nothing found is no error; no words are one', async () => {
    expect(await cli.run(['search', 'xyzzy'])).toEqual({ code: 0, stdout: '', stderr: '' });
    expect((await cli.run(['search'])).code).toBe(2);
  });
});

describe('autocomplete', () => {
  test('one row an address, best first, in every form', async () => {
    expect(lines(await cli.ok(['autocomplete', 'ann']))).toEqual([
      'Anna Müller <anna@example.com>',
      'Anna Müller <anna.privat@example.org>',
    ]);
    expect(await cli.ok(['autocomplete', 'ann', '--limit', '1', '--format', 'aerc'])).toBe(
      'anna@example.com\tAnna Müller\n',
    );
    expect(await cli.ok(['autocomplete', '--format', 'mutt', 'bob'])).toBe('1 found\nbob@example.com\tBob Stone\t\n');
    const rows = (await cli.json(['autocomplete', 'bob'])) as Record<string, unknown>[];
    expect(rows).toEqual([{ id: ids.bob, name: 'Bob Stone', email: 'bob@example.com', bookId: 'default' }]);
  });

  test('nothing found: empty, and exit 0', async () => {
    expect(await cli.run(['autocomplete', 'xyzzy'])).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(await cli.json(['autocomplete', 'xyzzy'])).toEqual([]);
  });
});

describe('show', () => {
  test('by id, prefix, e-mail, uid, full name and from stdin', async () => {
    for (const selector of [
      ids.bob,
      ids.bob.slice(0, 6),
      'email:BOB@example.com',
      'uid:bob-0002',
      'name:bob stone',
      'name:"Bob Stone"',
    ]) {
      expect(await cli.ok(['show', selector, '--format', 'json'])).toContain('"bob-0002"');
    }
    const both = (await cli.json(['show', '-'], { input: `${ids.dave}\n\n${ids.anna}\n` })) as { id: string }[];
    expect(both.map((card) => card.id)).toEqual([ids.dave, ids.anna]);
  });

  test('readable, and as vCard', async () => {
    const text = await cli.ok(['show', ids.anna]);
    expect(text).toMatch(/^Name +Anna Müller$/m);
    expect(text).toMatch(/^E-mail +anna@example\.com \(work\)$/m);
    expect(text).toMatch(/^Organization +Acme GmbH, Research$/m);
    expect(await cli.ok(['show', ids.bob, '--format', 'vcard'])).toContain('FN:Bob Stone\r\n');
  });

  test('nobody: 5; several: 2, and they are listed', async () => {
    const none = await cli.run(['show', 'name:"Nobody Here"', '--json']);
    expect(none.code).toBe(5);
    expect(Object.keys(errorOf(none)).sort()).toEqual(['code', 'contact', 'hint', 'message', 'profile', 'status']);
    const other = new Cli();
    await other.ok(['add', '--name', 'Twin', '--email', 'a@x.org']);
    await other.ok(['add', '--name', 'Twin', '--email', 'b@x.org']);
    const several = await other.run(['show', 'name:Twin']);
    expect(several.code).toBe(2);
    expect(several.stderr.match(/\(Twin\)/g)).toHaveLength(2);
    expect((await cli.run(['show', 'email:'])).code).toBe(2);
  });
});

describe('changes', () => {
  test('a token for now; then what was created, updated and removed', async () => {
    const other = new Cli();
    const people = await seed(other);
    const first = (await other.json(['changes'])) as Record<string, unknown>;
    expect(Object.keys(first)).toEqual(['created', 'updated', 'removed', 'token']);
    expect(first).toMatchObject({ created: [], updated: [], removed: [] });
    const token = String(first['token']);
    await other.ok(['add', '--name', 'Eve']);
    await other.ok(['update', people.bob, '--title', 'CTO']);
    await other.ok(['delete', people.dave, '--yes']);
    const later = (await other.json(['changes', '--since', token])) as {
      created: { name: unknown }[];
      updated: { id: string }[];
      removed: string[];
    };
    expect(later.created.map((card) => card.name)).toEqual([{ full: 'Eve' }]);
    expect(later.updated.map((card) => card.id)).toEqual([people.bob]);
    expect(later.removed).toEqual([people.dave]);
    const all = (await other.json(['changes', '--all'])) as { created: unknown[] };
    expect(all.created).toHaveLength(4);
    expect(column(await other.ok(['changes', '--since', token])).sort()).toEqual([
      'created',
      'removed',
      'token',
      'updated',
    ]);
  });
});
