/** add, update, delete, undo: through the built program, on the built-in local book. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Cli, errorOf, outcome, OUTCOME_KEYS } from '../support/cli.js';
import { column, file, lines, OTHER_PICTURE, PICTURE, seed } from './people.js';

type Card = Record<string, Record<string, Record<string, unknown>>>;
const cardOf = async (cli: Cli, id: string): Promise<Card> => ((await cli.json(['show', id])) as Card[])[0] ?? {};
const files = (cli: Cli): string[] => readdirSync(join(cli.dir, 'data', 'contacts'));

describe('add', () => {
  test('every option ends in the card, the id on stdout, the rest on stderr', async () => {
    const cli = new Cli();
    const photo = file(cli, 'p.png', PICTURE.bytes);
    const { code, stdout, stderr } = await cli.run([
      ...['add', '--prefix', 'Dr.', '--given', 'Ann', '--middle', 'B.', '--family', 'Lee', '--suffix', 'Jr.'],
      ...[
        '--nickname',
        'Annie',
        '--email',
        'work:ann@example.com',
        '--email',
        'ann@home.example',
        '--phone',
        'mobile:+1 555',
      ],
      ...['--address', 'home:street=1 Main St;city=Springfield;state=IL;postcode=62701;country=USA', '--org', 'Acme'],
      ...['--department', 'R&D', '--title', 'CEO', '--url', 'https://ann.example', '--birthday', '1985-04-12'],
      ...[
        '--anniversary',
        '2010-05-06',
        '--note',
        'a\nb',
        '--category',
        'friends',
        '--category',
        'vip',
        '--photo',
        photo,
      ],
    ]);
    expect(code).toBe(0);
    expect(stderr).toContain('added');
    const id = stdout.trimEnd();
    const card = await cardOf(cli, id);
    expect(card['keywords']).toEqual({ friends: true, vip: true });
    expect(Object.values(card['emails'] ?? {}).map((email) => email['address'])).toEqual([
      'ann@example.com',
      'ann@home.example',
    ]);
    const row = await cli.ok([
      'list',
      '--fields',
      'prefix,given,middle,family,suffix,nickname,org,department,title,url,birthday,anniversary,photo',
    ]);
    expect(row).toBe(
      'Dr.\tAnn\tB.\tLee\tJr.\tAnnie\tAcme\tR&D\tCEO\thttps://ann.example\t1985-04-12\t2010-05-06\tyes\n',
    );
  });

  test('--json prints exactly the outcome', async () => {
    const cli = new Cli();
    const done = await cli.run(['add', '--name', 'Zoe', '--json']);
    expect(done.stderr).toBe('');
    expect(Object.keys(outcome(done.stdout))).toEqual(OUTCOME_KEYS);
    expect(outcome(done.stdout)).toMatchObject({ ok: true, created: [expect.any(String)], updated: [], failed: [] });
  });

  test('--from takes one vCard or JSContact, also from stdin; options win', async () => {
    const cli = new Cli();
    const vcf = file(cli, 'one.vcf', 'BEGIN:VCARD\r\nVERSION:4.0\r\nFN:From File\r\nTITLE:Old\r\nEND:VCARD\r\n');
    await cli.ok(['add', '--from', vcf, '--title', 'New']);
    await cli.ok(['add', '--from', '-'], {
      input: '{"@type":"Card","version":"1.0","uid":"js-1","name":{"full":"From JSON"}}',
    });
    expect(lines(await cli.ok(['list', '--sort', 'name', '--fields', 'name,title']))).toEqual([
      'From File\tNew',
      'From JSON\t',
    ]);
    const bad = await cli.run(['add', '--from', '-'], { input: '{"@type":"Card","version":"1.0","emails":{"e1":{}}}' });
    expect(bad.code).toBe(1);
    expect(bad.stderr).toContain('emails.e1.address');
  });

  test('nothing to add, no picture, a wrong date, a wrong format: refused, nothing is written', async () => {
    const cli = new Cli();
    for (const [args, code] of [
      [['add'], 2],
      [['add', '--name', 'X', '--photo', file(cli, 'text.txt', 'hello')], 1],
      [['add', '--name', 'X', '--birthday', 'tomorrow'], 2],
      [['add', '--name', 'X', '--format', 'csv'], 2],
      [['add', '--name', 'X', '--book', 'Nowhere'], 5],
      [['add', '--name', 'X', '--from', 'not-there.vcf'], 5],
    ] as const) {
      expect({ args, code: (await cli.run(args)).code }).toEqual({ args, code });
    }
    expect(await cli.ok(['list'])).toBe('');
  });

  test('--dry-run says it and writes nothing', async () => {
    const cli = new Cli();
    const { code, stdout, stderr } = await cli.run(['add', '--name', 'Ghost', '--dry-run']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect(stderr).toContain('not done (--dry-run): added Ghost');
    expect(await cli.ok(['list'])).toBe('');
    expect(await cli.ok(['undo', '--list'])).toBe('');
  });
});

describe('update', () => {
  test('replaces single values, appends others, removes, and leaves the rest', async () => {
    const cli = new Cli();
    const { anna } = await seed(cli);
    await cli.ok([
      'update',
      anna,
      '--title',
      'CTO',
      '--phone',
      'work:+49 30 1',
      '--remove',
      'email=anna.privat@example.org',
    ]);
    await cli.ok(['update', 'email:anna@example.com', '--remove', 'note']);
    expect(
      await cli.ok(['list', '--fields', 'name,emails,phones,title,note,department', '--has', 'phone', '--limit', '1']),
    ).toBe('Anna Müller\tanna@example.com\t+49 171 1234567; +49 30 1\tCTO\t\tResearch\n');
  });

  test('--patch is a PatchObject whose result must be a Card', async () => {
    const cli = new Cli();
    const { anna } = await seed(cli);
    await cli.ok(['update', anna, '--patch', '{"keywords":{"vip":true},"notes":null}']);
    const card = await cardOf(cli, anna);
    expect(card['keywords']).toEqual({ vip: true });
    expect(card['notes']).toBeUndefined();
    for (const [patch, code, words] of [
      ['{"emails":{"x":{"address":5}}}', 2, 'emails.x.address must be a string'],
      ['{"nowhere/at/all":1}', 2, 'nowhere'],
      ['[1]', 2, '--patch takes a JSON object'],
      ['{', 2, '--patch is no JSON'],
      ['{"__proto__/x":1}', 2, '__proto__'],
    ] as const) {
      const done = await cli.run(['update', anna, '--patch', patch]);
      expect({ patch, code: done.code }).toEqual({ patch, code });
      expect(done.stderr).toContain(words);
    }
    expect(await cardOf(cli, anna)).toEqual(card);
  });

  test('--edit opens the vCard in $EDITOR; what is no vCard changes nothing', async () => {
    const cli = new Cli();
    const { bob } = await seed(cli);
    await cli.ok(['update', bob, '--edit'], { env: { EDITOR: 'sed -i s/Stone/Brick/' } });
    expect(
      await cli.ok(['list', '--fields', 'name', '--limit', '1', '--sort', 'name', '--has', 'email', '--offset', '1']),
    ).toBe('Bob Brick\n');
    const broken = await cli.run(['update', bob, '--edit'], { env: { EDITOR: 'sh -c "echo nonsense > $0"' } });
    expect(broken.code).toBe(1);
    const failed = await cli.run(['update', bob, '--edit'], { env: { EDITOR: 'false' } });
    expect(failed.stderr).toContain('nothing was changed');
    expect((await cli.run(['update', bob, '--edit'])).code).toBe(2);
  });

  test('nothing to change: skipped, and nothing is journalled; a dry run writes nothing', async () => {
    const cli = new Cli();
    const { bob } = await seed(cli);
    const before = await cli.ok(['undo', '--list']);
    expect(outcome(await cli.ok(['update', bob, '--name', 'Bob Stone', '--json'])).skipped).toEqual([bob]);
    const dry = await cli.run(['update', bob, '--title', 'Boss', '--dry-run', '--json']);
    expect(outcome(dry.stdout)).toMatchObject({ ok: true, updated: [bob] });
    expect(await cli.ok(['undo', '--list'])).toBe(before);
    expect((await cli.run(['update', bob])).code).toBe(2);
    expect((await cli.run(['update', 'nobody-at-all', '--title', 'x'])).code).toBe(5);
  });
});

describe('delete and undo', () => {
  test('without --yes in a pipe: 2, nothing is done', async () => {
    const cli = new Cli();
    const { bob } = await seed(cli);
    for (const args of [
      ['delete', bob],
      ['delete', bob, '--no-input'],
    ]) {
      const done = await cli.run([...args, '--json']);
      expect({ code: done.code, error: errorOf(done)['code'] }).toEqual({ code: 2, error: 'usage' });
    }
    expect(files(cli)).toHaveLength(4);
  });

  test('ids from stdin; undo puts back what was there, byte for byte in every field', async () => {
    const cli = new Cli();
    const { anna, bob, dave } = await seed(cli);
    const before = await cli.json(['list', '--sort', 'name']);
    const done = outcome(await cli.ok(['delete', '-', dave, '--yes', '--json'], { input: `${anna}\n${bob}\n` }));
    expect(done.deleted.sort()).toEqual([anna, bob, dave].sort());
    expect(column(await cli.ok(['list', '--fields', 'name']))).toEqual(['Chloé Dubois']);
    const [run = ''] = column(await cli.ok(['undo', '--list']));
    const back = outcome(await cli.ok(['undo', run, '--json']));
    expect(Object.keys(back)).toEqual(OUTCOME_KEYS);
    expect(back.created).toHaveLength(3);
    expect(await cli.json(['list', '--sort', 'name'])).toEqual(before);
  });

  test('undo takes the last run back, and says when there is none', async () => {
    const cli = new Cli();
    expect((await cli.run(['undo', '--yes'])).code).toBe(5);
    const { bob } = await seed(cli);
    await cli.ok(['update', bob, '--title', 'Boss']);
    expect((await cli.run(['undo'])).code).toBe(2);
    const dry = await cli.run(['undo', '--dry-run']);
    expect(dry.stderr).toContain('not done (--dry-run)');
    expect(await cli.ok(['list', '--fields', 'title', '--has', 'phone'])).toContain('Boss');
    await cli.ok(['undo', '--yes']);
    expect(await cli.ok(['list', '--fields', 'title', '--has', 'phone'])).not.toContain('Boss');
    const rows = lines(await cli.ok(['undo', '--list'])).map((line) => line.split('\t').slice(2));
    expect(rows.map(([command, profile, , state]) => [command?.split(' ')[0], profile, state])).toEqual([
      ['undo', 'local', ''],
      ['update', 'local', 'undone'],
      ['import', 'local', ''],
    ]);
    expect((await cli.run(['undo', 'no-such-run'])).code).toBe(5);
    const runs = (await cli.json(['undo', '--list'])) as Record<string, unknown>[];
    expect(Object.keys(runs[0] ?? {}).sort()).toEqual([
      'command',
      'open',
      'profile',
      'run',
      'startedAt',
      'undone',
      'writes',
    ]);
  });

  test('a contact that was changed since is left, reported, and taken back with --force', async () => {
    const cli = new Cli();
    const { bob } = await seed(cli);
    await cli.ok(['update', bob, '--title', 'Boss']);
    const [run = ''] = column(await cli.ok(['undo', '--list']));
    await cli.ok(['update', bob, '--title', 'Chief']);
    const kept = await cli.run(['undo', run, '--json']);
    expect(kept.code).toBe(6);
    expect(kept.stderr).not.toContain('took back');
    expect(outcome(kept.stdout)).toMatchObject({ ok: false, failed: [{ id: bob, error: { code: 'conflict' } }] });
    expect((await cli.run(['undo', run, '--force'])).code).toBe(0);
    expect(await cli.ok(['list', '--fields', 'title', '--has', 'phone'])).not.toContain('Chief');
  });

  test('an unknown one among several: nothing is deleted', async () => {
    const cli = new Cli();
    const { bob } = await seed(cli);
    expect((await cli.run(['delete', bob, 'nobody-here', '--yes'])).code).toBe(5);
    expect(files(cli)).toHaveLength(4);
  });
});

describe('avatar', () => {
  test('get, set, delete, export', async () => {
    const cli = new Cli();
    const { bob, chloe } = await seed(cli);
    const png = join(cli.dir, 'chloe.png');
    await cli.ok(['avatar', 'get', chloe, '-o', png]);
    expect(new Uint8Array(readFileSync(png))).toEqual(PICTURE.bytes);
    expect(
      outcome(await cli.ok(['avatar', 'set', bob, file(cli, 'b.jpg', OTHER_PICTURE.bytes), '--json'])).updated,
    ).toEqual([bob]);
    const folder = join(cli.dir, 'pictures');
    expect(outcome(await cli.ok(['avatar', 'export', folder, '--json'])).created).toHaveLength(2);
    expect(
      readdirSync(folder)
        .map((name) => name.slice(-4))
        .sort(),
    ).toEqual(['.jpg', '.png']);
    await cli.ok(['avatar', 'get', bob]);
    expect(readdirSync(cli.dir)).toContain(`Bob-Stone-${bob}.jpg`);
    expect((await cli.run(['avatar', 'delete', bob])).code).toBe(2);
    await cli.ok(['avatar', 'delete', bob, '--yes']);
    const none = await cli.run(['avatar', 'get', bob, '-o', '-']);
    expect({ code: none.code, stdout: none.stdout }).toEqual({ code: 5, stdout: '' });
    expect((await cli.run(['avatar', 'delete', bob, '--yes'])).code).toBe(5);
    expect((await cli.run(['avatar', 'set', bob, file(cli, 'x.txt', 'no picture')])).code).toBe(1);
  });

  test('--dry-run writes nothing', async () => {
    const cli = new Cli();
    const { chloe } = await seed(cli);
    await cli.ok(['avatar', 'delete', chloe, '--dry-run']);
    await cli.ok(['avatar', 'export', join(cli.dir, 'none'), '--dry-run']);
    expect(column(await cli.ok(['list', '--has', 'avatar']))).toEqual([chloe]);
    expect(readdirSync(cli.dir)).not.toContain('none');
  });
});
