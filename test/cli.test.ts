/** The command line as such: help, global options, streams, exit codes, hostile text, terminals, signals. */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { Cli, errorOf } from './support/cli.js';
import { file, lines, seed } from './commands/people.js';

const ESC = '\u001b';
const HOSTILE = `Eve ${ESC}[31mred${ESC}]0;title\u0007 \u202egnp\u009b2J`;
const hostileCard = JSON.stringify({
  ...{ '@type': 'Card', version: '1.0', uid: 'eve-1', name: { full: HOSTILE }, notes: { n1: { note: HOSTILE } } },
  ...{ emails: { e1: { address: `eve${ESC}[2J@example.com` } }, keywords: { [HOSTILE]: true } },
});

describe('help and version', () => {
  test('the commands come before the global options; examples last', async () => {
    const cli = new Cli();
    const help = await cli.ok([], { dir: false });
    expect(await cli.ok(['--help'], { dir: false })).toBe(help);
    expect(await cli.ok(['help'], { dir: false })).toBe(help);
    const at = (text: string): number => help.indexOf(text);
    expect(at('Read:')).toBeGreaterThan(0);
    expect(at('Set up:')).toBeGreaterThan(at('Read:'));
    expect(at('Global options:')).toBeGreaterThan(at('Set up:'));
    expect(at('Examples:')).toBeGreaterThan(at('Global options:'));
    expect(await cli.ok(['--version'], { dir: false })).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect(await cli.ok(['list', '--help'])).toMatch(/Examples:\n {2}\$ cardferry list/);
    expect(await cli.ok(['help', 'list'])).toBe(await cli.ok(['list', '--help']));
    expect(await cli.ok(['group', '--help'])).toContain('rename <group> <name>');
    expect(await cli.ok(['group', 'add', '--help'])).toContain('Usage: cardferry group add');
  });

  test('what is misspelt suggests the nearest; as JSON, one object on stderr', async () => {
    const cli = new Cli();
    for (const [args, words] of [
      [['lits'], 'did you mean "cardferry list"?'],
      [['list', '--formt', 'csv'], '--format'],
      [['--profil', 'x'], '--profile'],
      [['frobnicate'], 'see "cardferry --help"'],
      [['list', '--limit'], 'argument missing'],
      [['list', '-p', 'lcoal-x'], 'there is no profile'],
      [['list', '--timeout', 'soon'], '--timeout takes a number'],
      [['list', '--concurrency', '0'], '--concurrency takes a whole number from 1'],
      [['list', '--retries', '-1'], '--retries'],
      [['completion', 'tcsh'], 'bash, zsh, fish'],
    ] as const) {
      const done = await cli.run(args);
      expect({ args, code: done.code, stdout: done.stdout }).toEqual({ args, code: 2, stdout: '' });
      expect(done.stderr).toContain(words);
      expect(done.stderr).toMatch(/^error: .*\n {2}try: /);
    }
    const json = await cli.run(['lits', '--format=json']);
    expect(errorOf(json)).toEqual({
      code: 'usage',
      message: 'there is no command "lits"',
      hint: 'did you mean "cardferry list"?',
      profile: null,
      status: null,
    });
    expect(lines(json.stderr)).toHaveLength(1);
  });
});

describe('options and arguments', () => {
  const cli = new Cli();
  beforeAll(async () => {
    await seed(cli);
  });

  test('global options stand before and after the command, and after sub-commands', async () => {
    const expected = await cli.ok(['list', '--json']);
    expect(await cli.ok(['--json', 'list'])).toBe(expected);
    expect(await cli.ok(['--format', 'json', '-p', 'local', 'list'])).toBe(expected);
    expect(await cli.ok(['book', '--json', 'list'])).toBe(await cli.ok(['--json', 'book', 'list']));
    expect(await cli.ok(['list'], { dir: false, env: { CARDFERRY_CONFIG_DIR: cli.dir } })).toBe(await cli.ok(['list']));
  });

  test('-- ends the options', async () => {
    const dash = await cli.run(['show', '--', '-p']);
    expect(dash.stderr).toContain('no contact "-p"');
    expect((await cli.run(['show', '--json', '--', '--help'])).code).toBe(5);
    expect((await cli.run(['group', 'show', '--', '--json'])).stderr).toContain('no group "--json"');
    expect((await cli.run(['search', '--limit', '5', '--', '-x'])).code).toBe(0);
  });

  test('-q says less, stdout stays the same', async () => {
    const loud = await cli.run(['update', 'name:Dave', '--title', 'A']);
    const quiet = await cli.run(['-q', 'update', 'name:Dave', '--title', 'B']);
    expect(loud.stderr).not.toBe('');
    expect(quiet).toEqual({ code: 0, stdout: loud.stdout, stderr: '' });
    expect((await cli.run(['-q', 'show', 'nobody-x'])).stderr).toContain('error:');
  });

  test('the reader that goes away ends the output quietly', async () => {
    for (const [args, most] of [
      ['list --format ndjson', 1],
      ['--help', 1],
      ['export -', 1],
    ] as const) {
      const child = spawn('sh', [
        '-c',
        `"$0" ${cli
          .args([])
          .map((one) => `'${one}'`)
          .join(' ')} ${args} | head -n ${most}; echo "\${PIPESTATUS:-}" >/dev/null`,
        process.execPath,
      ]);
      let text = '';
      let error = '';
      child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
      child.stderr.on('data', (chunk: Buffer) => (error += chunk.toString()));
      await new Promise((resolve) => child.on('close', resolve));
      expect({ args, error, lines: lines(text).length }).toEqual({ args, error: '', lines: most });
    }
  });
});

describe('hostile text', () => {
  test('never reaches the terminal raw; JSON escapes it', async () => {
    const cli = new Cli();
    await cli.ok(['add', '--from', '-'], { input: hostileCard });
    const raw = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e]/;
    const texts = [
      await cli.run(['list', '--fields', 'name,email,note,categories', '--format', 'table'], {
        env: { NO_COLOR: '1' },
      }),
      await cli.run(['list', '--fields', 'name,email,note,categories']),
      await cli.run(['list', '--format', 'plain']),
      await cli.run(['show', 'eve-1']),
      await cli.run(['autocomplete', 'eve']),
      await cli.run(['autocomplete', 'eve', '--format', 'mutt']),
      await cli.run(['group', 'show', HOSTILE]),
      await cli.run(['show', `name:${HOSTILE}x`]),
      await cli.run(['list', '--format', `js${ESC}[2J`]),
      await cli.run(['list', '--fields', `na${ESC}[2J`]),
      await cli.run([`li${ESC}[2J`]),
      await cli.run(['list', `--li${ESC}[2J`]),
      await cli.run(['update', 'eve-1', '--title', 'x']),
      await cli.run(['delete', 'eve-1', '--dry-run']),
    ];
    for (const { stdout, stderr } of texts) {
      expect(stdout).not.toMatch(raw);
      expect(stderr).not.toMatch(raw);
    }
    expect(texts[1]?.stdout).toContain('\\e[31mred');
    const json = await cli.ok(['list', '--json']);
    expect(json).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
    expect((JSON.parse(json) as { name: { full: string } }[])[0]?.name.full).toBe(HOSTILE);
  });
});

describe('on a terminal', () => {
  test('a table with colours, unless NO_COLOR, TERM=dumb or --no-color say no; FORCE_COLOR in a pipe', async () => {
    const cli = new Cli();
    await seed(cli);
    const colour = /\u001b\[(?:1|[39]\d)m/;
    const shown = await cli.tty(['list']);
    expect(shown.stdout).toContain('│');
    expect(shown.stdout).toContain('Anna Müller');
    expect(shown.stdout).toContain('4 contacts');
    expect(shown.stdout).toMatch(colour);
    for (const [args, env] of [
      [['list'], { NO_COLOR: '1' }],
      [['list'], { TERM: 'dumb' }],
      [['list', '--no-color'], {}],
    ] as const) {
      expect((await cli.tty(args, { env })).stdout).not.toMatch(colour);
    }
    expect(await cli.ok(['show', 'name:Dave'], { env: { FORCE_COLOR: '1' } })).toMatch(colour);
    expect((await cli.run(['show', 'nobody-x'], { env: { FORCE_COLOR: '1' } })).stderr).toMatch(colour);
  });

  test('delete asks; no means no, yes means yes, --no-input never asks', async () => {
    const cli = new Cli();
    const { bob } = await seed(cli);
    const no = await cli.tty(['delete', bob], { answers: [[/Delete Bob Stone/, 'n\r']] });
    expect({ code: no.code, kept: no.stdout.includes('nothing was deleted') }).toEqual({ code: 0, kept: true });
    expect((await cli.tty(['delete', bob, '--no-input'])).code).toBe(2);
    const yes = await cli.tty(['delete', bob], { answers: [[/Delete Bob Stone/, 'y\r']] });
    expect(yes.code).toBe(0);
    expect((await cli.run(['show', bob])).code).toBe(5);
    const stopped = await cli.tty(['undo'], { answers: [[/Take back/, '\u0003']] });
    expect(stopped.code).toBe(130);
  });

  test('add without options is a form', async () => {
    const cli = new Cli();
    const done = await cli.tty(['add'], {
      answers: [
        [/Name/, 'Formula One\r'],
        [/E-mail/, 'work:f1@example.com\r'],
        [/another e-mail/, '\r'],
        [/Phone/, '\r'],
        [/Organization/, 'FIA\r'],
        [/Job title/, '\r'],
        [/Birthday/, '1950-05-13\r'],
        [/Note/, '\r'],
      ],
    });
    expect(done.code).toBe(0);
    expect(await cli.ok(['list', '--fields', 'name,email,org,birthday'])).toBe(
      'Formula One\tf1@example.com\tFIA\t1950-05-13\n',
    );
  });
});

describe('signals', () => {
  test('SIGINT in the middle of a request: 130 within two seconds, and what to do next', async () => {
    const cli = new Cli();
    let asked: () => void = () => undefined;
    const arrived = new Promise<void>((resolve) => (asked = resolve));
    const silent = createServer(() => asked());
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as AddressInfo;
    const config = {
      profiles: { slow: { provider: 'mdaemon', url: `http://127.0.0.1:${port}`, user: 'u', options: {} } },
    };
    writeFileSync(join(cli.dir, 'config.json'), JSON.stringify(config));
    const env = { CARDFERRY_SLOW_PASSWORD: 'secret' };
    let since = 0;
    const done = await cli.run(['list', '-p', 'slow'], {
      env,
      kill: { signal: 'SIGINT', when: arrived.then(() => (since = Date.now())) },
    });
    expect(Date.now() - since).toBeLessThan(2500);
    expect(done.code).toBe(130);
    expect(done.stderr).toContain('the same command goes on from there');
    silent.closeAllConnections();
    silent.close();
  });
});

test('a configuration that is no JSON is named, with its file', async () => {
  const cli = new Cli();
  file(cli, 'config.json', '{ not json');
  const done = await cli.run(['list', '--json']);
  expect(done.code).toBe(1);
  expect(errorOf(done)['message']).toContain(join(cli.dir, 'config.json'));
});
