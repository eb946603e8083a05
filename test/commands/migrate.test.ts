/** migrate: files, folders and the local book, through the built program. Servers: servers.test.ts. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cardToVCard } from '../../src/formats/vcard/index.js';
import { people } from '../fakes/people.js';
import { Cli, errorOf, OUTCOME_KEYS } from '../support/cli.js';
import { BOB, column, file, lines, PEOPLE, seed } from './people.js';

interface Migrated {
  ok: boolean;
  created: string[];
  updated: string[];
  skipped: string[];
  failed: unknown[];
  plan: Record<string, unknown>;
  verified?: { contacts: number; equal: number; differences: unknown[] };
}
const migrated = async (cli: Cli, ...args: string[]): Promise<Migrated> =>
  (await cli.json(['migrate', ...args, '--yes'])) as Migrated;

const FILE = people(40)
  .map((card) => cardToVCard(card, { version: '4.0', carry: true }))
  .join('');

describe('file → local → file → folder', () => {
  test('everything arrives, verified; a second run writes nothing; undo takes it back', async () => {
    const cli = new Cli();
    const from = file(cli, 'people.vcf', FILE);
    const first = await migrated(cli, from, 'local');
    expect(Object.keys(first)).toEqual(
      expect.arrayContaining([...OUTCOME_KEYS, 'plan', 'verified', 'run', 'report', 'dryRun']),
    );
    expect(first.created).toHaveLength(40);
    expect(first.verified).toMatchObject({ contacts: 40, equal: 40, differences: [] });
    const again = await migrated(cli, from, 'local');
    expect(again).toMatchObject({ ok: true, created: [], updated: [], failed: [] });
    const to = join(cli.dir, 'out.vcf');
    expect((await migrated(cli, 'local', to)).verified).toMatchObject({ equal: 40, differences: [] });
    const { mtimeMs } = statSync(to);
    expect((await migrated(cli, 'local', to)).created).toEqual([]);
    expect(statSync(to).mtimeMs).toBe(mtimeMs);
    const folder = join(cli.dir, 'vdir/');
    expect((await migrated(cli, 'local', folder)).verified).toMatchObject({ equal: 40, differences: [] });
    const [run = ''] = lines(await cli.ok(['undo', '--list']))
      .filter((line) => line.split('\t')[3] === 'local')
      .map((line) => line.split('\t')[0]);
    await cli.ok(['undo', run]);
    expect(await cli.ok(['list'])).toBe('');
  });

  test('--dry-run prints the plan and writes nothing', async () => {
    const cli = new Cli();
    const from = file(cli, 'people.vcf', PEOPLE);
    const to = join(cli.dir, 'out.vcf');
    const dry = await cli.run(['migrate', from, to, '--dry-run']);
    expect(dry).toMatchObject({ code: 0, stdout: '' });
    expect(dry.stderr).toMatch(/Plan: .*people\.vcf → .*out\.vcf/);
    expect(dry.stderr).toMatch(/create +4/);
    expect(dry.stderr).toContain('nothing was written (--dry-run)');
    expect(existsSync(to)).toBe(false);
    const json = JSON.parse((await cli.run(['migrate', from, 'local', '--dry-run', '--json'])).stdout) as Migrated;
    expect(json.plan).toMatchObject({ source: 4, target: 0, create: 4 });
    expect(await cli.ok(['undo', '--list'])).toBe('');
  });

  test('the report names each contact; unreadable records are failed items: 3', async () => {
    const cli = new Cli();
    const from = file(cli, 'people.vcf', `BEGIN:VCARD\r\nVERSION:3.0\r\nEND:VCARD\r\n${BOB}`);
    const report = join(cli.dir, 'report');
    const done = await cli.run(['migrate', from, 'local', '--yes', '--report', report]);
    expect(done.code).toBe(3);
    expect(readdirSync(report)).toEqual(expect.arrayContaining(['report.json', 'report.html', 'rejects.vcf']));
    expect(JSON.parse(readFileSync(join(report, 'report.json'), 'utf8'))).toBeTypeOf('object');
    expect(column(await cli.ok(['list', '--fields', 'name']))).toEqual(['Bob Stone']);
  });

  test('--on-conflict, --match, --group and --mirror', async () => {
    const cli = new Cli();
    const { bob } = await seed(cli);
    const from = file(cli, 'bob.vcf', BOB.replace('Bob Stone', 'Bob Brick'));
    expect(await migrated(cli, from, 'local', '--on-conflict', 'skip')).toMatchObject({ updated: [] });
    expect(await cli.ok(['search', 'brick'])).toBe('');
    expect(await migrated(cli, from, 'local')).toMatchObject({ updated: [bob] });
    await cli.ok(['group', 'create', 'Pals', bob]);
    const one = join(cli.dir, 'pals.vcf');
    expect((await migrated(cli, 'local', one, '--group', 'Pals')).created.length).toBeGreaterThan(0);
    expect(readFileSync(one, 'utf8')).not.toContain('Anna');
    const shrinking = file(cli, 'shrinking.vcf', FILE);
    await migrated(cli, shrinking, 'local', '--mirror');
    file(cli, 'shrinking.vcf', BOB);
    const brake = await cli.run(['migrate', shrinking, 'local', '--yes', '--mirror', '--json']);
    expect({ code: brake.code, error: errorOf(brake)['code'] }).toEqual({ code: 1, error: 'stopped' });
    expect(brake.stderr).toContain('--force');
    expect(lines(await cli.ok(['list']))).toHaveLength(44);
  });

  test('refusals, before anything is read', async () => {
    const cli = new Cli();
    const from = file(cli, 'people.vcf', PEOPLE);
    for (const [args, code, words] of [
      [[from, 'local'], 2, 'add --yes'],
      [[from, from, '--yes'], 2, 'the same'],
      [['not-there.vcf', 'local', '--yes'], 5, 'no file or folder'],
      [['lcoal', 'local', '--yes'], 2, 'neither a profile nor a file'],
      [[from, 'nobody', '--yes'], 2, 'neither a profile nor a file'],
      [[file(cli, 'empty.vcf', ''), 'local', '--yes'], 1, 'empty'],
      [[from, 'local', '--yes', '--match', 'shoe'], 2, '--match takes uid, email, name'],
      [[from, 'local', '--yes', '--book', '=x'], 2, 'SRC=DST'],
      [[from, 'local', '--yes', '--on-conflict', 'ask'], 2, 'needs a terminal'],
      [[from, 'local', '--yes', '--format', 'csv'], 2, '--format takes'],
      [[from], 2, 'a source and a target'],
    ] as const) {
      const done = await cli.run(['migrate', ...args]);
      expect({ args, code: done.code, stderr: done.stderr }).toMatchObject({ args, code });
      expect(done.stderr).toContain(words);
    }
    expect(await cli.ok(['list'])).toBe('');
  });
});
