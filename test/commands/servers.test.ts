/** Every command against the stand-ins of MDaemon, Axigen and a CardDAV server: the server here, the program as a child. */
import { readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startAxigen } from '../fakes/axigen.js';
import { startDav } from '../fakes/dav.js';
import { startMdaemon } from '../fakes/mdaemon.js';
import { Cli, errorOf, outcome, type Done } from '../support/cli.js';
import { column, file, lines, OTHER_PICTURE, seed } from './people.js';

interface Server {
  url: string;
  user: string;
  password: string;
  requests: readonly { method: string }[];
  assertClean(): void;
  close(): Promise<void>;
}

const SERVERS: [provider: string, start: () => Promise<Server>][] = [
  ['mdaemon', startMdaemon],
  ['axigen', startAxigen],
  ['carddav', startDav],
];

/** A profile `srv`, saved without a password: that comes from the environment. */
function profile(cli: Cli, provider: string, url: string, user = 'u'): void {
  const config = { defaultProfile: 'srv', profiles: { srv: { provider, url, user, options: {} } } };
  writeFileSync(join(cli.dir, 'config.json'), JSON.stringify(config));
}

describe.each(SERVERS)('%s', (provider, start) => {
  let server: Server;
  const cli = new Cli();
  let env: Record<string, string>;
  let ids: Awaited<ReturnType<typeof seed>>;
  const run = (...args: string[]): Promise<Done> => cli.run(args, { env });
  const ok = (...args: string[]): Promise<string> => cli.ok(args, { env });
  const names = async (...args: string[]): Promise<string[]> =>
    column(await ok('list', '--fields', 'name', '--sort', 'name', ...args));

  beforeAll(async () => {
    server = await start();
    env = { CARDFERRY_SRV_PASSWORD: server.password };
    profile(cli, provider, server.url, server.user);
    const input = { env };
    ids = await seed({
      dir: cli.dir,
      ok: (args: string[], more = {}) => cli.ok(args, { ...more, ...input }),
    } as unknown as Cli);
  });
  afterAll(async () => {
    server.assertClean();
    await server.close();
  });

  test('list, search, autocomplete, show, export', async () => {
    expect(await names()).toEqual(['Anna Müller', 'Bob Stone', 'Chloé Dubois', 'Dave']);
    expect(await names('--has', 'email', '--limit', '2')).toEqual(['Anna Müller', 'Bob Stone']);
    expect(column(await ok('search', 'muller', '--fields', 'name'))).toEqual(['Anna Müller']);
    expect(lines(await ok('autocomplete', 'bob'))).toEqual(['Bob Stone <bob@example.com>']);
    expect(await ok('show', 'email:dave@acme.example')).toMatch(/^Name +Dave$/m);
    expect(JSON.parse(await ok('show', ids.anna, '--json'))).toMatchObject([{ '@type': 'Card', id: ids.anna }]);
    const vcf = join(cli.dir, `${provider}.vcf`);
    expect((await run('export', vcf)).code).toBe(0);
    expect(readdirSync(cli.dir)).toContain(`${provider}.vcf`);
    expect((await run('show', 'name:Nobody')).code).toBe(5);
  });

  test('add, update, delete, undo', async () => {
    const id = (await ok('add', '--name', 'Eve Adams', '--email', 'work:eve@example.com')).trimEnd();
    expect(outcome(await ok('update', id, '--title', 'Chief', '--json'))).toMatchObject({ ok: true, updated: [id] });
    expect(JSON.parse(await ok('show', id, '--json'))).toMatchObject([{ titles: expect.any(Object) as unknown }]);
    await ok('group', 'create', 'Crew', id, ids.bob);
    const requests = server.requests.length;
    expect((await run('delete', id)).code).toBe(2);
    expect(server.requests.length).toBe(requests);
    expect((await run('delete', id, '--dry-run')).code).toBe(0);
    expect(outcome(await ok('delete', id, '--yes', '--json')).deleted).toEqual([id]);
    expect((await run('show', id)).code).toBe(5);
    expect(outcome(await ok('undo', '--yes', '--json')).created).toHaveLength(1);
    expect(await names()).toContain('Eve Adams');
    expect(await names('--group', 'Crew')).toEqual(['Bob Stone', 'Eve Adams']);
    await ok('delete', 'name:Eve Adams', '--yes');
    await ok('group', 'delete', 'Crew', '--yes');
  });

  test('group', async () => {
    await ok('group', 'create', 'Pals', ids.bob);
    await ok('group', 'add', 'Pals', ids.anna);
    for (const args of [
      ['add', 'Pals', ids.anna, ids.bob],
      ['remove', 'Pals', ids.dave],
      ['rename', 'Pals', 'Pals'],
    ]) {
      const same = outcome(await ok('group', ...args, '--json'));
      expect([args[0], same.updated, same.skipped.length]).toEqual([args[0], [], 1]);
    }
    expect(column(await ok('group', 'list', '--format', 'plain'))).toEqual(['Pals']);
    expect(column(await ok('group', 'show', 'Pals', '--fields', 'name')).sort()).toEqual(['Anna Müller', 'Bob Stone']);
    await ok('group', 'remove', 'Pals', ids.anna);
    await ok('group', 'rename', 'Pals', 'Mates');
    expect(await names('--group', 'Mates')).toEqual(['Bob Stone']);
    expect((await run('group', 'delete', 'Mates')).code).toBe(2);
    await ok('group', 'delete', 'Mates', '--yes');
    expect(await ok('group', 'list')).toBe('');
  });

  test('avatar', async () => {
    const picture = file(cli, 'picture.jpg', OTHER_PICTURE.bytes);
    await ok('avatar', 'set', ids.dave, picture);
    expect((await names('--has', 'avatar')).includes('Dave')).toBe(true);
    expect((await run('avatar', 'get', ids.dave, '-o', join(cli.dir, 'back.jpg'))).code).toBe(0);
    expect(outcome(await ok('avatar', 'set', ids.dave, picture, '--json'))).toMatchObject({
      updated: [],
      skipped: [ids.dave],
    });
    const requests = server.requests.length;
    expect((await run('avatar', 'delete', ids.dave)).code).toBe(2);
    expect(server.requests.length).toBe(requests);
    await ok('avatar', 'delete', ids.dave, '--dry-run');
    await ok('avatar', 'delete', ids.dave, '--yes');
    expect((await run('avatar', 'get', ids.dave, '-o', '-')).code).toBe(5);
  });

  test('book, move, copy: done, or "PROVIDER has no …" with exit 2', async () => {
    const made = await run('book', 'create', 'Work');
    if (made.code !== 0) {
      expect(made.code).toBe(2);
      expect(made.stderr).toContain(`${provider} has no way to create`);
    }
    const books = JSON.parse(await ok('book', 'list', '--json')) as {
      name: string;
      isDefault: boolean;
      readOnly: boolean;
    }[];
    const home = books.find((book) => book.isDefault)?.name ?? '';
    const other = books.find((book) => !book.isDefault && !book.readOnly)?.name;
    if (other === undefined) return;
    const copied = await run('copy', ids.bob, '--to', other, '--json');
    expect({ code: copied.code, stderr: copied.stderr }).toEqual({ code: 0, stderr: '' });
    expect(outcome(copied.stdout).created).toHaveLength(1);
    const moved = outcome(await ok('move', ids.dave, '--to', other, '--json'));
    expect(moved.updated).toHaveLength(1);
    expect(await names('--book', other)).toEqual(['Bob Stone', 'Dave']);
    await ok('move', moved.updated[0] ?? '', '--to', home);
  });

  test('changes: since a token, or "PROVIDER has no …"', async () => {
    const first = await run('changes', '--json');
    if (first.code !== 0) {
      expect({ code: first.code, error: errorOf(first)['code'] }).toEqual({ code: 2, error: 'unsupported' });
      return;
    }
    const { token } = JSON.parse(first.stdout) as { token: string };
    const id = (await ok('add', '--name', 'Late Comer', '--email', 'late@example.com')).trimEnd();
    const later = JSON.parse(await ok('changes', '--since', token, '--json')) as {
      created: { id: string }[];
      updated: { id: string }[];
    };
    expect([...later.created, ...later.updated].map((card) => card.id)).toContain(id);
    await ok('delete', id, '--yes');
  });

  test('migrate: local → server, verified; a second run sends no write', async () => {
    const from = file(
      cli,
      'one.vcf',
      'BEGIN:VCARD\r\nVERSION:3.0\r\nUID:m-1\r\nFN:Mia Move\r\nEMAIL:mia@example.com\r\nEND:VCARD\r\n',
    );
    expect((await run('migrate', from, 'srv', '--yes')).code).toBe(0);
    const before = server.requests.filter(({ method }) => method === 'PUT' || method === 'DELETE').length;
    expect((await run('migrate', from, 'srv', '--yes')).code).toBe(0);
    expect(server.requests.filter(({ method }) => method === 'PUT' || method === 'DELETE').length).toBe(before);
    expect((await run('migrate', 'srv', join(cli.dir, 'moved/'), '--yes')).code).toBe(0);
  });

  test('a wrong password: 4, with the profile, and never the password', async () => {
    const done = await cli.run(['list', '--json', '--debug'], { env: { CARDFERRY_SRV_PASSWORD: 'hunter2-wrong' } });
    expect(done.code).toBe(4);
    const last = lines(done.stderr).at(-1) ?? '';
    expect(JSON.parse(last)).toMatchObject({ error: { code: 'auth', profile: 'srv' } });
    expect(done.stderr).not.toContain('hunter2');
    expect(done.stderr).not.toContain(Buffer.from(`${server.user}:hunter2-wrong`).toString('base64'));
  });
});

describe.each(SERVERS.map(([provider]) => provider))('%s that is not there', (provider) => {
  const env = { CARDFERRY_SRV_PASSWORD: 'x' };

  test('nobody listens: 7', async () => {
    const cli = new Cli();
    profile(cli, provider, 'http://127.0.0.1:9');
    const done = await cli.run(['list', '--retries', '0', '--json'], { env });
    expect({ code: done.code, error: errorOf(done) }).toMatchObject({
      code: 7,
      error: { code: 'unavailable', profile: 'srv' },
    });
  });

  test('it answers with a web page: that is said', async () => {
    const page = createServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<!DOCTYPE html><html><body>Welcome</body></html>');
    });
    await new Promise<void>((resolve) => page.listen(0, '127.0.0.1', resolve));
    const cli = new Cli();
    profile(cli, provider, `http://127.0.0.1:${(page.address() as AddressInfo).port}`);
    const done = await cli.run(['list', '--retries', '0'], { env });
    page.closeAllConnections();
    page.close();
    expect(done.code).toBe(1);
    expect(done.stderr).toMatch(/^error: .*127\.0\.0\.1:\d+ answered with a web page, not /);
    expect(done.stderr).toMatch(/\n {2}try: check --url/);
  });

  test('plain http to another machine: 2, before anything is sent', async () => {
    const cli = new Cli();
    profile(cli, provider, 'http://mail.example.com');
    const done = await cli.run(['list'], { env });
    expect(done.code).toBe(2);
    expect(done.stderr).toContain('allow-http=true');
  });
});
