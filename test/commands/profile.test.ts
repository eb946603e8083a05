/** profile: saved, shown, tried and forgotten, through the built program against a stand-in server. */
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startMdaemon, type FakeMdaemon } from '../fakes/mdaemon.js';
import { Cli, errorOf, outcome, OUTCOME_KEYS, type Done } from '../support/cli.js';
import { lines } from './people.js';

let server: FakeMdaemon;
beforeAll(async () => {
  server = await startMdaemon();
});
afterAll(() => server.close());

const SERVER = (): string[] => ['--provider', 'mdaemon', '--url', server.url, '--user', server.user];
const add = (cli: Cli, ...more: string[]): Promise<Done> =>
  cli.run(['profile', 'add', 'work', ...SERVER(), ...more], { input: `${server.password}\n` });
const config = (cli: Cli): Record<string, unknown> =>
  JSON.parse(readFileSync(join(cli.dir, 'config.json'), 'utf8')) as Record<string, unknown>;

/** Nothing that was said may hold the password. */
function silent(...done: Done[]): void {
  for (const { stdout, stderr } of done) expect(stdout + stderr).not.toContain(server.password);
}

test('--password-stdin: tried, saved, kept in a file for the user alone, never shown', async () => {
  const cli = new Cli();
  const made = await add(cli, '--password-stdin', '--debug');
  expect(made).toMatchObject({ code: 0, stdout: '' });
  expect(made.stderr).toContain('a file that only you can read');
  expect(made.stderr).toContain(`signed in as`);
  const secrets = join(cli.dir, 'secrets.json');
  expect(statSync(secrets).mode & 0o777).toBe(0o600);
  expect(readFileSync(secrets, 'utf8')).toContain(server.password);
  expect(JSON.stringify(config(cli))).not.toContain(server.password);
  const shown = [
    await cli.run(['profile', 'show', 'work']),
    await cli.run(['profile', 'show', 'work', '--json']),
    await cli.run(['profile', 'list']),
  ];
  silent(made, ...shown);
  expect(JSON.parse(shown[1]?.stdout ?? '')).toEqual({
    ...{ name: 'work', provider: 'mdaemon', url: server.url, user: server.user, options: {}, default: false },
    secrets: { where: 'file', keys: ['password'] },
  });
  const tried = await cli.json(['profile', 'test', 'work']);
  expect(tried).toMatchObject({
    ok: true,
    profile: 'work',
    user: expect.any(String) as unknown,
    server: expect.any(String) as unknown,
    books: [{ name: 'Contacts' }],
  });
  expect((await cli.run(['profile', 'test'], { env: { CARDFERRY_PROFILE: 'work' } })).code).toBe(0);
});

test('a sign-in that is refused is not saved: 4', async () => {
  const cli = new Cli();
  const done = await cli.run(['profile', 'add', 'work', ...SERVER(), '--password-stdin', '--json'], {
    input: 'wrong pw\n',
  });
  expect({ code: done.code, error: errorOf(done)['code'] }).toEqual({ code: 4, error: 'auth' });
  expect(await cli.ok(['profile', 'list'])).toBe('');
  const unverified = await cli.run(['profile', 'add', 'work', ...SERVER(), '--password-stdin', '--no-verify'], {
    input: 'wrong pw\n',
  });
  expect(unverified.code).toBe(0);
  expect((await cli.run(['list', '-p', 'work'])).code).toBe(4);
  silent(done, unverified);
});

describe('where a secret comes from', () => {
  test('--secret-stdin reads a line a key, the environment wins for a run', async () => {
    const cli = new Cli();
    const made = await cli.run(['profile', 'add', 'my-work', ...SERVER(), '--secret-stdin', 'password'], {
      input: `${server.password}\n`,
    });
    expect(made.code).toBe(0);
    expect((await cli.run(['list', '-p', 'my-work'], { env: { CARDFERRY_MY_WORK_PASSWORD: 'wrong' } })).code).toBe(4);
    expect((await cli.run(['list', '-p', 'my-work'])).code).toBe(0);
    for (const [args, input, words] of [
      [['--secret-stdin', 'apikey'], 'x\n', 'has no secret "apikey"'],
      [['--secret-stdin', 'password'], '', 'stdin holds no password'],
      [['--password-stdin', '--password-command', 'true'], 'x\n', 'more than one source'],
      [[], '', 'CARDFERRY_NEW_PASSWORD'],
    ] as const) {
      const done = await cli.run(['profile', 'add', 'new', ...SERVER(), ...args], { input });
      expect({ args, code: done.code }).toEqual({ args, code: 2 });
      expect(done.stderr).toContain(words);
    }
  });

  test('--password-command keeps nothing; when it fails nothing else is tried', async () => {
    const cli = new Cli();
    const file = join(cli.dir, 'pw');
    writeFileSync(file, `${server.password}\nsecond line\n`);
    const made = await cli.run(['profile', 'add', 'work', ...SERVER(), '--password-command', `cat ${file}`]);
    expect(made.code).toBe(0);
    expect(await cli.json(['profile', 'show', 'work'])).toMatchObject({
      passwordCommand: `cat ${file}`,
      secrets: { where: 'none', keys: [] },
    });
    writeFileSync(file, '');
    const requests = server.requests.length;
    const failed = await cli.run(['list', '-p', 'work']);
    expect(failed.code).toBe(4);
    expect(failed.stderr).toContain('password command printed nothing');
    expect(server.requests.length).toBe(requests);
    expect((await cli.run(['list', '-p', 'work'], { env: { CARDFERRY_WORK_PASSWORD: server.password } })).code).toBe(0);
    // A password that is given later replaces the command.
    await cli
      .ok(['profile', 'login', 'work', '--password-stdin'], { input: `${server.password}\n` })
      .catch(() => undefined);
    await cli.ok(['profile', 'edit', 'work', '--password-stdin'], { input: `${server.password}\n` });
    expect(await cli.json(['profile', 'show', 'work'])).toMatchObject({ secrets: { where: 'file' } });
  });
});

test('list, default, edit, logout, login, remove; the outcome as JSON', async () => {
  const cli = new Cli();
  const made = outcome((await add(cli, '--password-stdin', '--json')).stdout);
  expect(Object.keys(made)).toEqual(OUTCOME_KEYS);
  expect(made.created).toEqual(['work']);
  expect(await cli.ok(['profile', 'default'])).toBe('local\n');
  await cli.ok(['profile', 'default', 'work']);
  expect(await cli.ok(['profile', 'default'])).toBe('work\n');
  expect(await cli.json(['profile', 'list'])).toEqual([
    { name: 'work', provider: 'mdaemon', url: server.url, user: server.user, default: true },
  ]);
  expect(lines(await cli.ok(['profile', 'list', '--format', 'plain']))).toEqual(['work']);
  expect(
    outcome(await cli.ok(['profile', 'edit', 'work', '--read-only', '--book', 'Contacts', '--json'])).updated,
  ).toEqual(['work']);
  expect((await cli.run(['add', '--name', 'X', '--email', 'x@y.org'])).stderr).toContain('read-only');
  await cli.ok(['profile', 'edit', 'work', '--no-read-only']);
  expect((await cli.run(['profile', 'edit', 'work'])).code).toBe(2);
  await cli.ok(['profile', 'logout', 'work']);
  expect((await cli.run(['list'])).stderr).toContain('no password');
  await cli.ok(['profile', 'login', 'work', '--password-stdin'], { input: `${server.password}\n` });
  expect((await cli.run(['list'])).code).toBe(0);
  expect((await cli.run(['profile', 'remove', 'work'])).code).toBe(2);
  expect(outcome(await cli.ok(['profile', 'remove', 'work', '--yes', '--json'])).deleted).toEqual(['work']);
  expect(readFileSync(join(cli.dir, 'secrets.json'), 'utf8')).not.toContain(server.password);
  expect(await cli.ok(['profile', 'default'])).toBe('local\n');
});

test('a profile that exists is replaced only with --yes; a dry run saves nothing', async () => {
  const cli = new Cli();
  expect((await add(cli, '--password-stdin', '--dry-run')).code).toBe(0);
  expect(await cli.ok(['profile', 'list'])).toBe('');
  await add(cli, '--password-stdin');
  expect((await add(cli, '--password-stdin')).code).toBe(2);
  expect((await add(cli, '--password-stdin', '--yes')).code).toBe(0);
  await cli.ok(['profile', 'remove', 'work', '--dry-run']);
  expect(await cli.ok(['profile', 'list', '--format', 'plain'])).toBe('work\n');
});

test('what is wrong is said, before a secret is read or a socket opened', async () => {
  const cli = new Cli();
  for (const [args, words] of [
    [['add'], 'a profile needs --provider'],
    [['add', '--provider', 'local'], 'a profile needs a name'],
    [['add', 'x', '--provider', 'mdeamon'], 'did you mean "mdaemon"?'],
    [['add', 'x', '--provider', 'mdaemon', '--user', 'u', '--no-verify'], 'has no URL'],
    [
      ['add', 'x', '--provider', 'mdaemon', '--url', 'https://u:p@mail.example', '--user', 'u'],
      'holds a user name or a password',
    ],
    [
      ['add', 'x', '--provider', 'mdaemon', '--url', 'http://mail.example.com', '--user', 'u', '--no-verify'],
      'allow-http=true',
    ],
    [
      ['add', 'x', '--provider', 'carddav', '--url', 'http://mail.example.com', '--user', 'u', '--no-verify'],
      'allow-http=true',
    ],
    [['add', 'x', '--provider', 'mdaemon', '--url', 'ftp://mail.example.com', '--user', 'u', '--no-verify'], 'https'],
    [['add', 'x', '--provider', 'local', '--option', 'pth=x'], 'did you mean path?'],
    [['add', 'x', '--provider', 'local', '--option', 'path'], 'KEY=VALUE'],
    [['add', '../x', '--provider', 'local', '--option', 'path=x'], 'cannot name a profile'],
    [['show', 'nobody'], 'there is no profile'],
    [['default', 'nobody'], 'there is no profile'],
    [['remove'], 'missing required argument'],
    [[], 'add, edit, list, show, remove, default, test, login, logout'],
  ] as const) {
    const done = await cli.run(['profile', ...args]);
    expect({ args, code: done.code, stderr: done.stderr }).toMatchObject({ args, code: 2 });
    expect(done.stderr).toContain(words);
  }
  expect(await cli.ok(['profile', 'list'])).toBe('');
});
