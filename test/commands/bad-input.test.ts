/** Input that is no contacts file, or only partly: one clear error, nothing lost, nothing else harmed. Through the program. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Cli, errorOf, outcome, type Done } from '../support/cli.js';
import { file, lines } from './people.js';

const card = (uid: string, extra = ''): string =>
  `BEGIN:VCARD\r\nVERSION:4.0\r\nUID:${uid}\r\nFN:Person ${uid}\r\nEMAIL:${uid}@example.com\r\n${extra}END:VCARD\r\n`;
const NO_PROPERTY = 'BEGIN:VCARD\r\nVERSION:4.0\r\nEND:VCARD\r\n';
const STRAY = 'a line that is no card\r\nand another\r\n';
const PAGE = '<!-- login -->\n<!DOCTYPE html>\n<html><body><form>Sign in</form></body></html>\n';
/** Every byte there is, in a pseudo-random order. */
const BINARY = Buffer.from(Array.from({ length: 4096 }, (_, at) => (at * at * 31 + at * 7 + (at >> 3)) % 256));

/** What failed, why, what to try. */
function threeParts({ stderr }: Done): string[] {
  return stderr.split('\n').filter((line) => /^(?:error:| {2}why:| {2}try:)/.test(line));
}

describe('a file in which nothing is a contact', () => {
  const junk: [name: string, content: string | Uint8Array, words: RegExp][] = [
    ['binary.vcf', BINARY, /binary\.vcf is a binary file/],
    ['binary.json', BINARY, /binary\.json is a binary file/],
    ['page.vcf', PAGE, /page\.vcf is a web page/],
    ['page.html', PAGE, /page\.html is a web page/],
    ['xhtml.vcf', '<?xml version="1.0"?>\n<html xmlns="http://www.w3.org/1999/xhtml"/>', /is a web page/],
    ['text.vcf', STRAY, /text\.vcf holds no contact that can be read/],
    ['broken.vcf', NO_PROPERTY, /broken\.vcf holds no contact that can be read/],
    ['empty.vcf', '', /empty\.vcf is empty/],
    ['blank.vcf', ' \r\n\n', /blank\.vcf is empty/],
    ['numbers.json', '[1, "two"]', /numbers\.json holds no contact that can be read/],
    ['settings.json', '{"compilerOptions":{"strict":true}}', /settings\.json holds no contact that can be read/],
    ['cut.json', '[{"@type":"Card","version":"1.0","uid":"a","name":{"full":"An', /cut\.json holds no contact/],
  ];

  test.each(junk)(
    '%s: an error in three parts and 1, whatever reads it; nothing is written',
    async (name, text, words) => {
      const cli = new Cli();
      const path = file(cli, name, text);
      const out = file(cli, 'kept.json', 'precious');
      for (const args of [
        ['import', path],
        ['convert', path],
        ['convert', path, out],
        ['convert', path, join(cli.dir, 'folder/'), '--to', 'vdir'],
        ['migrate', path, 'local', '--yes'],
        ['migrate', path, 'local', '--dry-run'],
      ]) {
        const done = await cli.run(args);
        expect({ args, code: done.code, stdout: done.stdout }).toEqual({ args, code: 1, stdout: '' });
        const parts = threeParts(done);
        expect(parts, done.stderr).toHaveLength(3);
        expect(parts[0]).toMatch(words);
      }
      expect(readFileSync(out, 'utf8')).toBe('precious');
      expect(existsSync(join(cli.dir, 'folder'))).toBe(false);
      expect(await cli.ok(['list'])).toBe('');
    },
  );

  test('with --json: the outcome names the file, the error is one object', async () => {
    const cli = new Cli();
    const path = file(cli, 'binary.vcf', BINARY);
    const done = await cli.run(['import', path, '--json']);
    expect(done.code).toBe(1);
    expect(outcome(done.stdout)).toMatchObject({
      ok: false,
      created: [],
      failed: [{ id: path, error: { code: 'input' } }],
    });
    expect(errorOf(done)).toMatchObject({ code: 'input', hint: expect.any(String) as string });
  });

  test('an empty JSON array is a file of no contacts, as export writes it', async () => {
    const cli = new Cli();
    expect(await cli.ok(['convert', '-'], { input: '[]\n' })).toBe('[]\n');
    expect((await cli.run(['import', file(cli, 'none.json', '[]\n')])).code).toBe(0);
  });

  test('a folder: empty, of pages, of one page among contacts', async () => {
    const cli = new Cli();
    const folder = join(cli.dir, 'book');
    mkdirSync(folder);
    expect((await cli.run(['import', folder])).code).toBe(1);
    file(cli, 'book/page.vcf', PAGE);
    const pages = await cli.run(['import', folder]);
    expect(pages.code).toBe(1);
    expect(threeParts(pages)[0]).toContain('page.vcf holds no contact');
    file(cli, 'book/z.vcf', card('zoe') + NO_PROPERTY);
    const mixed = await cli.run(['import', folder]);
    expect(mixed.code).toBe(3);
    expect(mixed.stderr).toMatch(/failed: .*page\.vcf holds no contact/);
    expect(mixed.stderr).toMatch(/rejected: .*z\.vcf, line 7/);
    expect(lines(await cli.ok(['list', '--fields', 'name']))).toEqual(['Person zoe']);
  });
});

describe('one bad file among several', () => {
  test.each([
    ['binary', BINARY, /bad\.vcf is a binary file/],
    ['a page', PAGE, /bad\.vcf is a web page/],
    ['empty', '', /bad\.vcf is empty/],
  ])('%s: the others go in, 3', async (_name, content, words) => {
    const cli = new Cli();
    const files = [file(cli, 'a.vcf', card('anna')), file(cli, 'bad.vcf', content), file(cli, 'b.vcf', card('bob'))];
    const done = await cli.run(['import', ...files]);
    expect(done.code).toBe(3);
    expect(done.stderr).toMatch(words);
    expect(done.stderr).toContain('2 created, 0 updated, 0 already there, 1 failed');
    expect(lines(await cli.ok(['list', '--fields', 'name', '--sort', 'name']))).toEqual(['Person anna', 'Person bob']);
    const again = await cli.run(['import', ...files, '--json']);
    expect(again.code).toBe(3);
    expect(outcome(again.stdout)).toMatchObject({ created: [], updated: [], failed: [{ id: files[1] }] });
  });

  test('a missing file, a folder without cards; none at all is 5 or 1', async () => {
    const cli = new Cli();
    const good = file(cli, 'a.vcf', card('anna'));
    mkdirSync(join(cli.dir, 'nothing'));
    for (const [args, code] of [
      [['import', good, 'not-there.vcf'], 3],
      [['import', good, 'nothing'], 3],
      [['import', 'not-there.vcf'], 5],
      [['import', 'not-there.vcf', 'nor-this.vcf'], 5],
      [['import', 'not-there.vcf', 'nothing'], 1],
      [['convert', 'not-there.vcf'], 5],
    ] as const) {
      expect({ args, code: (await cli.run(args)).code }).toEqual({ args, code });
    }
  });
});

describe('good cards and rubbish in one file', () => {
  const MIXED = card('anna') + STRAY + card('bob') + NO_PROPERTY + card('chloe');

  test('the good ones go in, each rubbish is named by file, line and reason, and kept: 3', async () => {
    const cli = new Cli();
    const mixed = file(cli, 'mixed.vcf', MIXED);
    const rejects = join(cli.dir, 'rejects.vcf');
    const done = await cli.run(['import', mixed, '--rejects', rejects]);
    expect(done.code).toBe(3);
    expect(done.stderr).toMatch(/rejected: .*mixed\.vcf, line 7: text outside of BEGIN:VCARD/);
    expect(done.stderr).toMatch(/rejected: .*mixed\.vcf, line 15: the card holds no property/);
    expect(done.stderr).toContain('3 created, 0 updated, 0 already there, 2 failed');
    expect(readFileSync(rejects, 'utf8')).toBe(NO_PROPERTY);
    expect(readFileSync(`${rejects}.unreadable.txt`, 'utf8')).toBe(STRAY);
    // The rejects file is a valid input: repaired, it goes in whole.
    const repaired = file(
      cli,
      'repaired.vcf',
      readFileSync(rejects, 'utf8').replace('END', 'UID:dave\r\nFN:Dave\r\nEND'),
    );
    expect(await cli.run(['import', repaired])).toMatchObject({ code: 0 });
    expect(lines(await cli.ok(['list']))).toHaveLength(4);
  });

  test('convert: the good ones are written, the rest is kept', async () => {
    const cli = new Cli();
    const done = await cli.run(['convert', file(cli, 'mixed.vcf', MIXED), 'out.json', '--rejects', 'r.vcf']);
    expect(done.code).toBe(3);
    expect(JSON.parse(readFileSync(join(cli.dir, 'out.json'), 'utf8'))).toHaveLength(3);
    expect(readFileSync(join(cli.dir, 'r.vcf'), 'utf8')).toBe(NO_PROPERTY);
  });

  test('of JSON the rejects are JSON again', async () => {
    const cli = new Cli();
    const good = '{"@type":"Card","version":"1.0","uid":"anna","name":{"full":"Anna"}}';
    const [bad, worse] = ['{"@type":"Card","version":"1.0","uid":"bob","emails":7}', '{"@type":"Card" "uid":1}'];
    const done = await cli.run(['import', '-', '--rejects', 'r.json'], { input: `[${bad},${good},${worse}]` });
    expect(done.code).toBe(3);
    expect(JSON.parse(readFileSync(join(cli.dir, 'r.json'), 'utf8'))).toEqual([JSON.parse(bad)]);
    expect(readFileSync(join(cli.dir, 'r.json.unreadable.txt'), 'utf8').trim()).toBe(worse);
  });

  test('of a table the rejects keep its header; --map and --map-file say what a column is', async () => {
    const cli = new Cli();
    const bad = '"Cut,cut@example.com,3\r\n';
    const table = file(cli, 't.csv', `Name,E-mail,Fon\r\nAnna,anna@example.com,+49 1\r\n${bad}`);
    const done = await cli.run(['convert', table, '--map', 'Fon=phone:mobile', '--rejects', 'r.csv']);
    expect(done.code).toBe(3);
    expect(JSON.parse(done.stdout)).toMatchObject([
      { phones: { p1: { number: '+49 1', features: { mobile: true } } } },
    ]);
    expect(readFileSync(join(cli.dir, 'r.csv'), 'utf8')).toBe(`Name,E-mail,Fon\r\n${bad}`);
    file(cli, 'map.json', '{"Fon":"-"}');
    const skipped = JSON.parse((await cli.run(['convert', table, '--map-file', 'map.json'])).stdout) as object[];
    expect(JSON.stringify(skipped)).not.toContain('+49');
    expect((await cli.run(['import', table, '--map', 'Fon=nonsense'])).code).toBe(2);
    expect((await cli.run(['convert', table, '--map-file', 'none.json'])).code).toBe(5);
    const imported = await cli.run(['import', table, '--map', 'Fon=phone:mobile']);
    expect(imported.code).toBe(3);
    expect(await cli.ok(['list', '--fields', 'phone'])).toBe('+49 1\n');
  });

  test('migrate: the report names them, rejects.vcf is a valid input, words and code are right', async () => {
    const cli = new Cli();
    const done = await cli.run(['migrate', file(cli, 'mixed.vcf', MIXED), 'local', '--yes', '--report', 'report']);
    expect(done.code).toBe(3);
    expect(done.stderr).toContain('wrote 3 new');
    expect(readFileSync(join(cli.dir, 'report', 'rejects.vcf'), 'utf8')).toBe(NO_PROPERTY);
    expect(readFileSync(join(cli.dir, 'report', 'unreadable-vcard.txt'), 'utf8')).toBe(STRAY);
    const again = await cli.run(['migrate', 'mixed.vcf', 'local', '--yes']);
    expect(again.code).toBe(3);
    expect(again.stderr).toContain('nothing was written: 3 contact(s) are the same, 2 failed');
  });

  test('a folder as source: what cannot be read in it is counted, not only warned of', async () => {
    const cli = new Cli();
    const folder = join(cli.dir, 'source');
    mkdirSync(folder);
    file(cli, 'source/a.vcf', card('anna'));
    file(cli, 'source/b.vcf', card('bob') + NO_PROPERTY);
    file(cli, 'source/page.vcf', PAGE);
    const done = await cli.run(['migrate', folder, 'local', '--yes', '--report', 'report', '--json']);
    expect(done.code).toBe(3);
    const failed = outcome(done.stdout).failed.map(({ id }) => id);
    expect(failed).toEqual(
      [join(folder, 'b.vcf, line 7'), join(folder, 'page.vcf')].map(
        (id) => expect.stringMatching(new RegExp(`${id.slice(-15)}$`)) as string,
      ),
    );
    expect(readFileSync(join(cli.dir, 'report', 'rejects.vcf'), 'utf8')).toBe(NO_PROPERTY);
    expect(readFileSync(join(cli.dir, 'report', 'unreadable-vcard.txt'), 'utf8')).toBe(PAGE + '\r\n'.slice(2));
    expect(lines(await cli.ok(['list']))).toHaveLength(2);
  });
});

test('an export without what cannot be read: written, named, 3', async () => {
  const cli = new Cli();
  await cli.ok(['import', file(cli, 'a.vcf', card('anna'))]);
  const folder = (await cli.json(['profile', 'test', 'local'])) as { user: string };
  writeFileSync(join(folder.user, 'page.vcf'), PAGE);
  const done = await cli.run(['export', 'out.vcf', '--json']);
  expect(done.code).toBe(3);
  expect(outcome(done.stdout)).toMatchObject({
    ok: false,
    created: ['out.vcf'],
    failed: [{ error: { code: 'input' } }],
  });
  expect(outcome(done.stdout).failed[0]?.id).toMatch(/page\.vcf$/);
  expect(readFileSync(join(cli.dir, 'out.vcf'), 'utf8').match(/BEGIN:VCARD/g)).toHaveLength(1);
  const piped = await cli.run(['export', '-']);
  expect(piped.code).toBe(3);
  expect(piped.stdout.match(/BEGIN:VCARD/g)).toHaveLength(1);
  expect(piped.stderr).toMatch(/failed: .*page\.vcf: cannot be read/);
});

test('groups are counted beside the contacts', async () => {
  const cli = new Cli();
  const group = `BEGIN:VCARD\r\nVERSION:4.0\r\nKIND:group\r\nUID:pals\r\nFN:Pals\r\nMEMBER:anna\r\nEND:VCARD\r\n`;
  const path = file(cli, 'group.vcf', card('anna') + group);
  const dry = await cli.run(['import', path, '--dry-run']);
  expect(dry.stderr).toContain('1 created, 0 updated, 0 already there, 0 failed; groups: 1 created');
  expect((await cli.run(['import', path])).stderr).toContain(
    '1 created, 0 updated, 0 already there, 0 failed; groups: 1 created',
  );
  const again = await cli.run(['import', path, '--json']);
  expect(outcome(again.stdout)).toMatchObject({ ok: true, created: [], updated: [] });
  expect(outcome(again.stdout).skipped).toHaveLength(2);
});

test('a card that was cut at the end of its file is taken, and said', async () => {
  const cli = new Cli();
  const done = await cli.run(['import', file(cli, 'cut.vcf', card('anna') + card('bob').slice(0, 60))]);
  expect(done.code).toBe(0);
  expect(done.stderr).toMatch(/note: .*END:VCARD is missing at the end of the file/);
});

describe.skipIf(process.platform === 'win32')('a pipe', () => {
  test.each([['import'], ['convert'], ['add', '--from']])(
    'that nobody writes to: %s %s ends with Ctrl-C',
    async (...args) => {
      const cli = new Cli();
      const pipe = join(cli.dir, 'pipe');
      execFileSync('mkfifo', [pipe]);
      const began = Date.now();
      const done = await cli.run([...args, pipe], { kill: { signal: 'SIGINT', when: 700 } });
      expect(done.code).toBe(130);
      expect(Date.now() - began).toBeLessThan(700 + 2000);
    },
  );

  test('is read to its end, also when it comes in pieces; a migration refuses it at once', async () => {
    const cli = new Cli();
    const pipe = join(cli.dir, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const feed = file(cli, 'feed.sh', `exec 3>'${pipe}'; head -c 30 a.vcf >&3; sleep 0.1; tail -c +31 a.vcf >&3`);
    file(cli, 'a.vcf', card('anna'));
    const feeding = cli.run(['--version']).then(() => execFileSync('sh', [feed], { cwd: cli.dir }));
    const done = await cli.run(['import', pipe]);
    await feeding;
    expect(done).toMatchObject({ code: 0 });
    expect(lines(await cli.ok(['list']))).toHaveLength(1);
    const refused = await cli.run(['migrate', pipe, 'local', '--yes']);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('is no regular file');
  });
});

test('a target that holds only rubbish is not written over', async () => {
  const cli = new Cli();
  await cli.ok(['import', file(cli, 'a.vcf', card('anna'))]);
  const target = file(cli, 'target.vcf', STRAY);
  const done = await cli.run(['migrate', 'local', target, '--yes']);
  expect(done.code).toBe(1);
  expect(readFileSync(target, 'utf8')).toBe(STRAY);
  expect(readdirSync(cli.dir).filter((name) => name.endsWith('.tmp'))).toEqual([]);
});

describe('hostile text on a terminal', () => {
  const EVIL = '\u001b]0;owned\u0007\u009b31m\u202egnp.exe';

  const RAW = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;

  test('whatever the format: it is shown, and drives nothing; into a pipe data go as they are', async () => {
    const cli = new Cli();
    const path = file(cli, 'evil.vcf', card('evil', `NOTE:${EVIL}\r\nCATEGORIES:${EVIL}\r\n`).replace('Person', EVIL));
    await cli.ok(['import', path]);
    const quiet = ['--no-color', '-q'];
    for (const args of [
      ['list'],
      ['list', '--fields', 'name,note,categories', '--format', 'csv'],
      ['list', '--json'],
      ['list', '--format', 'vcard'],
      ['show', 'uid:evil'],
      ['search', 'owned'],
      ['export', '-'],
      ['convert', path],
      ['convert', path, '--to', 'vcard3'],
      ['autocomplete', 'evil'],
      ['show', EVIL],
      ['import', `${EVIL}.vcf`],
    ]) {
      const { stdout } = await cli.tty([...args, ...quiet], { env: { TERM: 'dumb' } });
      expect({ args, raw: RAW.exec(stdout)?.[0] }).toEqual({ args, raw: undefined });
      expect(stdout).toMatch(/\\(?:e|x9b|u009b)/);
    }
    const json = (await cli.tty(['convert', path, ...quiet], { env: { TERM: 'dumb' } })).stdout;
    expect(JSON.stringify(JSON.parse(json.slice(json.indexOf('['))))).toContain('owned');
    expect(await cli.ok(['list', '--fields', 'name', '--format', 'csv'])).toContain(EVIL);
    expect(await cli.ok(['export', '-'])).toContain('\u202e');
  });
});
