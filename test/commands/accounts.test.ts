/** `migrate --accounts` through the built program: stand-in servers, folders, good and bad rows. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { cardToVCard } from '../../src/formats/vcard/map.js';
import { startMdaemon, type FakeMdaemon } from '../fakes/mdaemon.js';
import { people } from '../fakes/people.js';
import { Cli } from '../support/cli.js';

const servers: FakeMdaemon[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function server(): Promise<FakeMdaemon> {
  const fake = await startMdaemon();
  servers.push(fake);
  return fake;
}

function book(cli: Cli, name: string, from: number, count: number): string {
  const file = `${cli.dir}/${name}.vcf`;
  const cards = people(from + count).slice(from);
  writeFileSync(file, cards.map((card) => cardToVCard(card, { version: '4.0', carry: true })).join(''));
  return file;
}

interface Row {
  account: string;
  ok: boolean;
  exit: number;
  created: number;
  unchanged: number;
  report?: string;
  run?: string;
  error?: { code: string; message: string };
}

describe('migrate --accounts', () => {
  it('migrates each account on its own: a bad row and a refused sign-in cost only theirs; again it writes nothing', async () => {
    const cli = new Cli();
    const fake = await server();
    const [anna, ben] = [book(cli, 'anna', 0, 6), book(cli, 'ben', 6, 4)];
    const file = `${cli.dir}/accounts.csv`;
    writeFileSync(
      file,
      [
        'account,from,to,to_provider,to_url,to_user,to_password_env,to_option.path',
        `anna,${anna},,mdaemon,${fake.url},${fake.user},MD_PASS,`,
        `ben,${ben},,local,,,,${cli.dir}/ben-book`,
        `carl,${ben},,mdaemon,${fake.url},${fake.user},WRONG,`,
        `dora,${ben},,,,,,`,
        `emil,${cli.dir}/none.vcf,,local,,,,${cli.dir}/emil`,
      ].join('\n'),
    );
    const env = { MD_PASS: fake.password, WRONG: 'nonsense' };
    const args = ['migrate', '--accounts', file, '--jobs', '2', '--yes', '--json', '--report', `${cli.dir}/rep`];
    const first = await cli.run(args, { env });
    expect(first.code).toBe(3);
    const rows = JSON.parse(first.stdout) as Row[];
    expect(rows.map(({ account, ok, exit, created }) => ({ account, ok, exit, created }))).toEqual([
      { account: 'anna', ok: true, exit: 0, created: 6 },
      { account: 'ben', ok: true, exit: 0, created: 4 },
      { account: 'carl', ok: false, exit: 4, created: 0 },
      { account: 'dora', ok: false, exit: 2, created: 0 },
      { account: 'emil', ok: false, exit: 5, created: 0 },
    ]);
    expect(rows[3]?.error?.message).toContain('line 5: neither to nor to_provider');
    expect(first.stderr).toContain('5/5 ');
    expect(fake.store.contacts.size).toBe(6);
    expect(readdirSync(`${cli.dir}/rep`).sort()).toEqual(['anna', 'ben', 'summary.json']);
    expect(existsSync(`${cli.dir}/rep/anna/report.html`)).toBe(true);
    const summary = JSON.parse(readFileSync(`${cli.dir}/rep/summary.json`, 'utf8')) as { accounts: Row[] };
    expect(summary.accounts).toEqual(rows);
    for (const text of [first.stdout, first.stderr, readFileSync(`${cli.dir}/rep/summary.json`, 'utf8')]) {
      expect(text).not.toContain(fake.password);
      expect(text).not.toContain('nonsense');
    }

    const writes = fake.requests.length;
    const second = await cli.run(args, { env });
    expect((JSON.parse(second.stdout) as Row[]).slice(0, 2)).toMatchObject([
      { ok: true, created: 0, unchanged: 6 },
      { ok: true, created: 0, unchanged: 4 },
    ]);
    expect(fake.requests.slice(writes).filter(({ kind }) => /create|update|delete/i.test(kind))).toEqual([]);

    const run = rows[0]?.run ?? '';
    const blind = await cli.run(['undo', run], { env });
    expect(blind.code).toBe(2);
    expect(blind.stderr).toContain('--accounts FILE.csv');
    const undone = await cli.run(['undo', run, '--accounts', file], { env });
    expect(undone.code, undone.stderr).toBe(0);
    expect(fake.store.contacts.size).toBe(0);
    fake.assertClean();
  }, 60_000);

  it('has the exit code that all rows have in common', async () => {
    const cli = new Cli();
    writeFileSync(`${cli.dir}/a.csv`, `from,to\n${cli.dir}/none.vcf,x/\n${cli.dir}/none2.vcf,y/\n`);
    const done = await cli.run(['migrate', '--accounts', `${cli.dir}/a.csv`, '--yes']);
    expect(done.code).toBe(5);
    expect(done.stdout.split('\n').filter(Boolean)).toHaveLength(2);
  });

  it('checks the command line before anything is opened', async () => {
    const cli = new Cli();
    writeFileSync(`${cli.dir}/a.csv`, 'from,to,from_password\n');
    const cases: [string[], string][] = [
      [['migrate', 'a', 'b', '--shard', '1/2', '--yes'], 'go with --accounts'],
      [['migrate', 'a', '--accounts', 'x.csv', '--yes'], 'instead of FROM and TO'],
      [['migrate', 'a', '--yes'], 'a source and a target'],
      [['migrate', '--accounts', `${cli.dir}/a.csv`, '--yes', '--shard', '3/2'], 'I/N'],
      [['migrate', '--accounts', `${cli.dir}/a.csv`, '--yes'], 'plain text'],
      [['migrate', '--accounts', `${cli.dir}/a.csv`], 'needs a confirmation'],
    ];
    for (const [args, words] of cases) {
      const done = await cli.run(args);
      expect([done.code, done.stderr.includes(words)], `${args.join(' ')}: ${done.stderr}`).toEqual([2, true]);
    }
    expect((await cli.run(['migrate', '--accounts', `${cli.dir}/none.csv`, '--yes'])).code).toBe(5);
  });

  const parallel = spawnSync('parallel', ['--version']).status === 0;
  if (!parallel) process.stderr.write('GNU parallel is missing: spreading shards over it is NOT tested\n');
  it.skipIf(!parallel)(
    'is spread over processes by GNU parallel',
    async () => {
      const cli = new Cli();
      const rows = Array.from(
        { length: 5 },
        (_, nr) => `a${nr},${book(cli, `a${nr}`, nr * 3, 3)},${cli.dir}/out/a${nr}/`,
      );
      writeFileSync(`${cli.dir}/a.csv`, ['account,from,to', ...rows].join('\n'));
      const command = `node bin/cardferry.js --config-dir ${cli.dir}/{} migrate --accounts ${cli.dir}/a.csv --shard {}/3 --yes --report ${cli.dir}/rep`;
      execFileSync('parallel', ['--will-cite', '-j', '2', command, ':::', '1', '2', '3'], { stdio: 'pipe' });
      expect(readdirSync(`${cli.dir}/rep`).sort()).toEqual([
        'a0',
        'a1',
        'a2',
        'a3',
        'a4',
        'summary-1.json',
        'summary-2.json',
        'summary-3.json',
      ]);
      for (let nr = 0; nr < 5; nr++) {
        const cards = readdirSync(`${cli.dir}/out/a${nr}`, { recursive: true }).filter((name) =>
          String(name).endsWith('.vcf'),
        );
        expect(cards).toHaveLength(3);
      }
    },
    60_000,
  );
});
