/** export, import, convert: through the built program. */
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Cli, outcome, OUTCOME_KEYS } from '../support/cli.js';
import { ANNA, BOB, DAVE, file, lines, PEOPLE, PICTURE, seed } from './people.js';

const BROKEN =
  'BEGIN:VCARD\r\nVERSION:3.0\r\nEND:VCARD\r\nBEGIN:VCARD\r\nVERSION:3.0\r\nFN:Found\r\nEMAIL:found@example.com\r\nEND:VCARD\r\n';
const cards = (text: string): unknown[] => JSON.parse(text) as unknown[];

describe('export', () => {
  test('by the name of the file, by --format, into a folder, to stdout', async () => {
    const cli = new Cli();
    await seed(cli);
    await cli.ok(['group', 'create', 'Friends', 'name:Dave']);
    const vcf = join(cli.dir, 'all.vcf');
    const done = await cli.run(['export', vcf]);
    expect(done).toMatchObject({ code: 0, stdout: '' });
    const text = readFileSync(vcf, 'utf8');
    expect(text.match(/^BEGIN:VCARD/gm)).toHaveLength(5);
    expect(text).toContain('KIND:group');
    expect(text).toContain(Buffer.from(PICTURE.bytes).toString('base64').slice(0, 40));
    await cli.ok(['export', join(cli.dir, 'all.json')]);
    expect(cards(readFileSync(join(cli.dir, 'all.json'), 'utf8'))).toHaveLength(5);
    await cli.ok(['export', join(cli.dir, 'vdir/')]);
    expect(readdirSync(join(cli.dir, 'vdir'))).toHaveLength(5);
    expect(await cli.ok(['export', '-', '--format', 'vcard3', '--has', 'phone'])).toMatch(
      /^BEGIN:VCARD\r\nVERSION:3\.0/,
    );
    expect(cards(await cli.ok(['export', '-', '--json', '--group', 'Friends']))).toHaveLength(2);
  });

  test('a whole file or nothing; a dry run and an unknown format write nothing', async () => {
    const cli = new Cli();
    await seed(cli);
    const kept = file(cli, 'kept.vcf', 'precious');
    for (const [args, code] of [
      [['export', kept, '--group', 'Nobody'], 5],
      [['export', kept, '--format', 'vcrad'], 2],
      [['export', kept, '--dry-run'], 0],
      [['export', join(cli.dir, 'no', 'such', 'folder.vcf')], 1],
      [['export', '-', '--format', 'vdir'], 2],
      [['export'], 2],
    ] as const) {
      expect({ args, code: (await cli.run(args)).code }).toEqual({ args, code });
    }
    expect(readFileSync(kept, 'utf8')).toBe('precious');
    expect(readdirSync(cli.dir).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    const json = await cli.run(['export', kept, '--json']);
    expect(Object.keys(outcome(json.stdout))).toEqual(OUTCOME_KEYS);
    expect(outcome(json.stdout).created).toEqual([kept]);
  });
});

describe('import', () => {
  test('a second import writes nothing; conflicts are skipped, updated or doubled', async () => {
    const cli = new Cli();
    const vcf = file(cli, 'people.vcf', PEOPLE);
    const first = outcome(await cli.ok(['import', vcf, '--json']));
    expect(Object.keys(first)).toEqual(OUTCOME_KEYS);
    expect(first.created).toHaveLength(4);
    expect(outcome(await cli.ok(['import', vcf, '--json']))).toMatchObject({
      created: [],
      updated: [],
      deleted: [],
      failed: [],
    });
    const changed = file(cli, 'bob.vcf', BOB.replace('Bob Stone', 'Bob Brick'));
    expect(outcome(await cli.ok(['import', changed, '--on-conflict', 'skip', '--json'])).updated).toEqual([]);
    expect(outcome(await cli.ok(['import', changed, '--json', '--dry-run'])).updated).toHaveLength(1);
    expect(await cli.ok(['search', 'brick'])).toBe('');
    expect(outcome(await cli.ok(['import', changed, '--json'])).updated).toHaveLength(1);
    expect(lines(await cli.ok(['search', 'brick']))).toHaveLength(1);
    const third = file(cli, 'third.vcf', BOB.replace('Bob Stone', 'Bob Third').replace('UID:bob-0002\r\n', ''));
    expect(outcome(await cli.ok(['import', third, '--on-conflict', 'duplicate', '--json'])).created).toHaveLength(1);
    expect(lines(await cli.ok(['list']))).toHaveLength(5);
    const twin = file(cli, 'twin.vcf', BOB.replace('Bob Stone', 'Bob Twin'));
    expect(outcome(await cli.ok(['import', twin, '--on-conflict', 'duplicate', '--json'])).created).toHaveLength(1);
    expect(outcome(await cli.ok(['import', twin, '--on-conflict', 'duplicate', '--json'])).created).toEqual([]);
    expect(lines(await cli.ok(['list']))).toHaveLength(6);
  });

  test('several files, stdin, a vdir folder, groups; undo takes it back', async () => {
    const cli = new Cli();
    const group = 'BEGIN:VCARD\r\nVERSION:4.0\r\nKIND:group\r\nFN:Pals\r\nUID:g1\r\nMEMBER:anna-0001\r\nEND:VCARD\r\n';
    const folder = join(cli.dir, 'vdir');
    mkdirSync(join(folder, 'inner'), { recursive: true });
    file(cli, 'vdir/a.vcf', ANNA);
    file(cli, 'vdir/inner/b.vcf', BOB);
    file(cli, 'vdir/.hidden.vcf', DAVE);
    await cli.ok(['import', folder, '-'], { input: group });
    expect(await cli.ok(['list', '--fields', 'name,groups', '--sort', 'name'])).toBe(
      'Anna Müller\tPals\nBob Stone\t\n',
    );
    await cli.ok(['undo', '--yes']);
    expect(await cli.ok(['list'])).toBe('');
    expect(await cli.ok(['group', 'list'])).toBe('');
  });

  test('a bad record is named, kept aside, and costs nothing else: 3', async () => {
    const cli = new Cli();
    const bad = file(cli, 'bad.vcf', BROKEN + BOB);
    const rejects = join(cli.dir, 'rejects.vcf');
    const done = await cli.run(['import', bad, '--rejects', rejects]);
    expect(done.code).toBe(3);
    expect(done.stderr).toMatch(/rejected: .*bad\.vcf, line 1: /);
    expect(done.stderr).toContain('2 created');
    expect(readFileSync(rejects, 'utf8')).toBe('BEGIN:VCARD\r\nVERSION:3.0\r\nEND:VCARD\r\n');
    const json = await cli.run(['import', bad, '--json']);
    expect(json.code).toBe(3);
    expect(outcome(json.stdout)).toMatchObject({ ok: false, failed: [{ id: `${bad}:1`, error: { code: 'input' } }] });
  });

  test('what is no contacts file is refused, with what to do', async () => {
    const cli = new Cli();
    for (const [name, content, words] of [
      ['empty.vcf', '', 'is empty'],
      ['zip.vcf', Buffer.from('504b0304140000000800', 'hex'), 'ZIP archive'],
      ['binary.dat', Buffer.alloc(4096, 0), 'binary'],
      ['letter.txt', 'Dear Anna,\nhow are you?\n', 'no contacts file'],
    ] as const) {
      const done = await cli.run(['import', file(cli, name, content)]);
      expect({ name, code: done.code }).toEqual({ name, code: 1 });
      expect(done.stderr).toContain(words);
    }
    for (const [args, code] of [
      [['import', 'not-there.vcf'], 5],
      [['import', '-', '-'], 2],
      [['import', '-', '--format', 'vcrad'], 2],
      [['import', '-', '--on-conflict', 'ask'], 2],
      [['import'], 2],
    ] as const) {
      expect({ args, code: (await cli.run(args, { input: BOB })).code }).toEqual({ args, code });
    }
    expect(await cli.ok(['list'])).toBe('');
  });
});

describe('convert', () => {
  const input = { input: PEOPLE };

  test('found by content and by name; jscontact is the default; no profile is touched', async () => {
    const cli = new Cli();
    const json = await cli.ok(['convert', '-'], input);
    expect(cards(json).map((card) => (card as { uid: string }).uid)).toEqual([
      'anna-0001',
      'bob-0002',
      'chloe-0003',
      'dave-0004',
    ]);
    await cli.ok(['convert', '-', 'out.vcf'], input);
    expect(readFileSync(join(cli.dir, 'out.vcf'), 'utf8')).toContain('VERSION:4.0');
    await cli.ok(['convert', 'out.vcf', 'back.json']);
    expect(cards(readFileSync(join(cli.dir, 'back.json'), 'utf8'))).toHaveLength(4);
    await cli.ok(['convert', 'back.json', 'folder', '--to', 'vdir']);
    expect(readdirSync(join(cli.dir, 'folder')).sort()).toEqual([
      'anna-0001.vcf',
      'bob-0002.vcf',
      'chloe-0003.vcf',
      'dave-0004.vcf',
    ]);
    expect(cards(await cli.ok(['convert', 'folder']))).toHaveLength(4);
    expect(await cli.ok(['convert', 'folder/bob-0002.vcf', '--to', 'vcard3'])).toContain('VERSION:3.0');
    expect(existsSync(join(cli.dir, 'data'))).toBe(false);
  });

  test('--encoding, --from, what a format cannot hold, bad records', async () => {
    const cli = new Cli();
    const latin = Buffer.from('BEGIN:VCARD\r\nVERSION:3.0\r\nFN:J\xf6rg\r\nEND:VCARD\r\n', 'latin1');
    expect(await cli.ok(['convert', '-', '--encoding', 'latin1'], { input: latin })).toContain('Jörg');
    const lossy =
      '{"@type":"Card","version":"1.0","uid":"u","name":{"full":"X"},"personalInfo":{"p":{"kind":"hobby","value":"chess"}}}';
    const done = await cli.run(['convert', '-', '--from', 'jscontact', '--to', 'vcard3'], { input: lossy });
    expect({ code: done.code, vcard: done.stdout.startsWith('BEGIN:VCARD') }).toEqual({ code: 0, vcard: true });
    expect(done.stderr).toMatch(/warning: vcard3 cannot hold .*1 contact/);
    const bad = await cli.run(['convert', '-', '--rejects', 'r.vcf'], { input: BROKEN });
    expect({ code: bad.code, cards: cards(bad.stdout).length }).toEqual({ code: 3, cards: 1 });
    const all = await cli.run(['convert', '-', '--json'], { input: 'BEGIN:VCARD\r\nEND:VCARD\r\n' });
    expect({ code: all.code, stdout: all.stdout }).toEqual({ code: 1, stdout: '' });
  });

  test('refusals', async () => {
    const cli = new Cli();
    file(cli, 'bob.vcf', BOB);
    for (const [args, code] of [
      [['convert', 'bob.vcf', '--to', 'vcrad'], 2],
      [['convert', 'bob.vcf', '--from', 'vdir'], 2],
      [['convert', 'nothing.vcf'], 5],
      [['convert', '.', '--from', 'jscontact'], 2],
      [['convert', 'bob.vcf', 'out.json', '--dry-run'], 0],
      [['convert'], 2],
    ] as const) {
      expect({ args, code: (await cli.run(args)).code }).toEqual({ args, code });
    }
    expect(existsSync(join(cli.dir, 'out.json'))).toBe(false);
  });
});
