/** attachment, company, frequent, away, group show --sort, export --server-side: MDaemon's stand-in, and servers without. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startMdaemon, type FakeMdaemon } from '../fakes/mdaemon.js';
import { tinyJpeg } from '../fakes/pictures.js';
import { Cli, errorOf, outcome, OUTCOME_KEYS, type Done } from '../support/cli.js';
import { column, file, lines, seed } from './people.js';

const cli = new Cli();
let server: FakeMdaemon;
let env: Record<string, string>;
const ids = { ada: '', bob: '', eve: '' };

const run = (...args: string[]): Promise<Done> => cli.run(args, { env });
const ok = (...args: string[]): Promise<string> => cli.ok(args, { env });
const json = async (...args: string[]): Promise<unknown> => JSON.parse(await ok(...args, '--json'));
const writes = (): number =>
  server.requests.filter(({ method, kind }) => method !== 'GET' && !kind.includes('auth')).length;

beforeAll(async () => {
  server = await startMdaemon({ csrf: true });
  env = { CARDFERRY_SRV_PASSWORD: server.password };
  const { url, user } = server;
  const profile = (options: Record<string, string>) => ({ provider: 'mdaemon', url, user, options });
  const profiles = { srv: profile({}), sorted: { ...profile({ sort: 'server' }), passwordCommand: 'echo "$PASS"' } };
  writeFileSync(join(cli.dir, 'config.json'), JSON.stringify({ defaultProfile: 'srv', profiles }));
  const add = (name: string, last: string, more: Record<string, unknown>): string =>
    server.store.add({
      name,
      name_details: { last_name: last },
      emails: { email: `${name.toLowerCase().split(' ')[0] ?? ''}@example.com` },
      ...more,
    }).id;
  ids.ada = add('Ada Zahn', 'Zahn', { company: 'Acme', department: 'Research', notes_html: '<b>hi</b>' });
  ids.bob = add('Bob Young', 'Young', {
    company: 'Acme',
    picture: Buffer.from(tinyJpeg(3).bytes).toString('base64'),
  });
  ids.eve = add('Eve Adams', 'Adams', { company: 'Zeta' });
});
afterAll(async () => {
  server.assertClean();
  await server.close();
});

describe('attachment', () => {
  test('add, list, get, delete, undo', async () => {
    const contract = file(cli, 'contract.pdf', '%PDF-1.7');
    const notes = file(cli, 'notes.txt', 'hello');
    const added = outcome(await ok('attachment', 'add', 'email:ada@example.com', contract, notes, '--json'));
    expect(Object.keys(added)).toEqual(OUTCOME_KEYS);
    expect(added.created).toHaveLength(2);
    const [first = '', second = ''] = added.created;
    expect(await json('attachment', 'list', ids.ada)).toEqual([
      { id: first, name: 'contract.pdf', mediaType: 'application/pdf', size: 8 },
      { id: second, name: 'notes.txt', mediaType: 'text/plain', size: 5 },
    ]);
    expect(await ok('attachment', 'list', ids.ada)).toBe(
      `${first}\tcontract.pdf\tapplication/pdf\t8\n${second}\tnotes.txt\ttext/plain\t5\n`,
    );
    expect(await ok('attachment', 'get', ids.ada, 'notes.txt', '-o', '-')).toBe('hello');
    await ok('attachment', 'get', ids.ada, first, '-o', join(cli.dir, 'back.pdf'));
    expect(readFileSync(join(cli.dir, 'back.pdf'), 'utf8')).toBe('%PDF-1.7');
    const before = writes();
    expect((await run('attachment', 'delete', ids.ada, 'notes.txt')).code).toBe(2);
    await ok('attachment', 'delete', ids.ada, 'notes.txt', '--dry-run');
    await ok('attachment', 'add', ids.ada, notes, '--dry-run');
    expect(writes()).toBe(before);
    const gone = outcome(await ok('attachment', 'delete', ids.ada, 'notes.txt', '--yes', '--json'));
    expect(gone.deleted).toEqual([second]);
    await ok('undo', '--yes');
    expect(await ok('attachment', 'get', ids.ada, 'notes.txt', '-o', '-')).toBe('hello');
  });

  test('a deleted contact comes back with its files', async () => {
    await ok('delete', ids.ada, '--yes');
    const back = outcome(await ok('undo', '--yes', '--json'));
    ids.ada = back.created[0] ?? '';
    expect(column(await ok('attachment', 'list', ids.ada), 1)).toEqual(['contract.pdf', 'notes.txt']);
    expect(await ok('attachment', 'get', ids.ada, 'contract.pdf', '-o', '-')).toBe('%PDF-1.7');
  });

  test('a name that the server chose is no path', async () => {
    const contact = server.store.contacts.get(ids.eve);
    contact?.attachments.push({ id: 77, name: '../../.e\u001bvil', mime_type: 'text/plain', bytes: Buffer.from('x') });
    const done = await run('attachment', 'get', ids.eve);
    expect(done.code).toBe(0);
    expect(readFileSync(join(cli.dir, 'e_vil'), 'utf8')).toBe('x');
    expect((await run('attachment', 'list', ids.eve)).stdout).not.toContain('\u001b');
  });

  test('what is wrong is said', async () => {
    for (const [args, code, words] of [
      [['attachment', 'get', ids.ada], 2, 'several attachments'],
      [['attachment', 'get', ids.ada, 'nix.txt'], 5, 'contract.pdf'],
      [['attachment', 'get', ids.bob], 5, 'no attachments'],
      [['attachment', 'add', ids.ada, join(cli.dir, 'nowhere.txt')], 5, 'nowhere.txt'],
      [['attachment', 'add', ids.ada, '-'], 2, 'needs a name'],
      [['attachment', 'list', 'email:nobody@x.example'], 5, 'nobody'],
    ] as const) {
      const done = await run(...args);
      expect({ args, code: done.code }).toEqual({ args, code });
      expect(done.stderr).toContain(words);
    }
  });
});

describe('company', () => {
  test('list, departments, contacts', async () => {
    expect(await json('company', 'list')).toEqual([
      { name: 'Acme', hasDepartments: true },
      { name: 'Zeta', hasDepartments: false },
    ]);
    expect(column(await ok('company', 'list'))).toEqual(['Acme', 'Zeta']);
    expect(await json('company', 'departments', 'Acme')).toEqual([{ name: 'Research' }, { name: 'Uncategorized' }]);
    expect(await ok('company', 'contacts', 'Acme', 'Uncategorized', '--fields', 'name')).toBe('Bob Young\n');
    expect(await json('company', 'contacts', 'acme', 'research')).toMatchObject([{ '@type': 'Card', id: ids.ada }]);
    expect(column(await ok('company', 'contacts', 'Acme')).sort()).toEqual([ids.ada, ids.bob].sort());
    const wrong = await run('company', 'departments', 'Acne');
    expect([wrong.code, wrong.stderr]).toEqual([5, expect.stringContaining('did you mean "Acme"?')]);
    const kinds = server.counts();
    expect(
      [kinds['companies'], kinds['departments'], kinds['companyContacts']].every((count) => (count ?? 0) > 0),
    ).toBe(true);
  });
});

describe('frequent', () => {
  test('set, list, undo, from a file', async () => {
    expect(await ok('frequent', 'list')).toBe('');
    expect((await run('frequent', 'set', ids.ada)).code).toBe(2);
    const set = outcome(await ok('frequent', 'set', ids.ada, 'email:bob@example.com', '--yes', '--json'));
    expect(set.updated).toEqual(['ada@example.com', 'bob@example.com']);
    const list = (await json('frequent', 'list')) as Record<string, unknown>[];
    expect(list).toMatchObject([{ name: 'Ada Zahn', email: 'ada@example.com', used: 1, id: ids.ada }, {}]);
    expect(Object.keys(list[0] ?? {})).toEqual(['name', 'email', 'used', 'lastUsed', 'id']);
    const saved = file(cli, 'common.json', JSON.stringify(list));
    const before = writes();
    expect(outcome(await ok('frequent', 'set', '--from', saved, '--yes', '--json'))).toMatchObject({
      updated: [],
      skipped: ['ada@example.com', 'bob@example.com'],
    });
    await ok('frequent', 'set', ids.eve, '--dry-run');
    expect(writes()).toBe(before);
    await ok('frequent', 'set', ids.eve, '--yes');
    expect(await ok('frequent', 'list', '--format', 'plain')).toBe('eve@example.com\n');
    await ok('undo', '--yes');
    expect(await json('frequent', 'list')).toEqual(list);
    expect((await run('frequent', 'set', '--yes')).code).toBe(2);
    expect((await run('frequent', 'set', '--yes', '--from', file(cli, 'bad.json', '{}'))).code).toBe(1);
  });
});

describe('away', () => {
  test('on, off, not told', async () => {
    expect(await json('away', 'away@example.com')).toEqual({ email: 'away@example.com', away: true });
    expect(await ok('away', 'ada@example.com')).toBe('here\n');
    expect((await run('away', 'who@other.example')).code).toBe(5);
    const requests = server.requests.length;
    expect((await run('away', 'nobody')).code).toBe(2);
    expect(server.requests.length).toBe(requests);
  });
});

describe('pictures, order, exports', () => {
  test('avatar export asks for all pictures at once', async () => {
    const from = server.requests.length;
    await ok('avatar', 'export', join(cli.dir, 'pictures'));
    const kinds = server.requests.slice(from).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'pictures' || kind === 'contact')).toEqual(['pictures']);
  });

  test('group show and list in order: ours, or the server’s where the profile says so', async () => {
    await ok('group', 'create', 'Team', ids.ada, ids.bob, ids.eve);
    const byLastName = ['Eve Adams', 'Bob Young', 'Ada Zahn'];
    for (const profile of ['srv', 'sorted']) {
      const args = ['--fields', 'name', '--sort', 'last-name', '-p', profile];
      const options = { env: { ...env, PASS: server.password } };
      expect(lines(await cli.ok(['group', 'show', 'Team', ...args], options))).toEqual(byLastName);
      expect(lines(await cli.ok(['list', ...args], options))).toEqual(byLastName);
      const down = lines(await cli.ok(['group', 'show', 'Team', ...args, '--desc'], options));
      expect(down).toEqual([...byLastName].reverse());
      expect(server.requests.some(({ url }) => url.includes('sort_column'))).toBe(profile === 'sorted');
    }
    expect(server.counts()['sortGroup']).toBe(2);
  });

  test('export --server-side: CSV, groups, vCards', async () => {
    const csv = join(cli.dir, 'server.csv');
    expect(outcome(await ok('export', csv, '--server-side', '--json')).created).toEqual([csv]);
    expect(readFileSync(csv, 'utf8')).toMatch(/^Title,First Name,[^]*"ada@example.com"/);
    expect(await ok('export', '-', '--server-side', '--server-groups')).toContain('"Team"');
    const cards = await ok('export', '-', '--server-side', '--format', 'vcard', '--group', 'Team');
    expect(cards.match(/^BEGIN:VCARD\r$/gm)).toHaveLength(3);
    expect(cards).toContain('X-ALT-NOTE:<b>hi</b>');
    for (const args of [
      [csv, '--server-side', '--limit', '1'],
      [csv, '--server-groups'],
      ['x.json', '--server-side'],
      ['x.vcf', '--server-side', '--server-groups'],
    ]) {
      expect({ args, code: (await run('export', ...args)).code }).toEqual({ args, code: 2 });
    }
    expect((await run('export', csv, '--server-side', '--book', 'Nowhere')).code).toBe(5);
  });
});

describe('where a server has none', () => {
  test('refused before anything is read, or computed', async () => {
    const local = new Cli();
    const { anna } = await seed(local);
    for (const [args, words] of [
      [['attachment', 'list', anna], 'local has no attachments'],
      [['attachment', 'add', anna, file(local, 'x.txt', 'x')], 'local has no attachments'],
      [['frequent', 'list'], 'local has no common contacts'],
      [['frequent', 'set', anna, '--yes'], 'local has no common contacts'],
      [['away', 'anna@example.com'], 'local has no out-of-office messages'],
      [['export', 'x.csv', '--server-side'], 'local has no export of its own'],
    ] as const) {
      const done = await local.run([...args, '--json']);
      expect({ args, code: done.code, error: errorOf(done)['code'] }).toEqual({ args, code: 2, error: 'unsupported' });
      expect(errorOf(done)['message']).toContain(words);
    }
    expect(await local.json(['company', 'list'])).toEqual([
      { name: 'Acme GmbH', hasDepartments: true },
      { name: 'Zeta SA', hasDepartments: false },
    ]);
    expect(column(await local.ok(['company', 'contacts', 'acme gmbh', 'Research']))).toEqual([anna]);
    expect(await local.ok(['company', 'departments', 'Zeta SA'])).toBe('Uncategorized\n');
  });
});
