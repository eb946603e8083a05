/** The program against the stand-in: what a person and a script see of Filemail. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Cli, errorOf, outcome, type Done } from '../support/cli.js';
import { startFilemail, type FakeFilemail } from '../fakes/filemail.js';
import { expectQuiet } from './filemail-setup.js';

const cli = new Cli();
let fake: FakeFilemail;
const run = (...args: string[]): Promise<Done> => cli.run([...args, '-p', 'fm']);
const ok = (...args: string[]): Promise<string> => cli.ok([...args, '-p', 'fm']);

beforeAll(async () => {
  fake = await startFilemail({ apiKey: 'key-1234' });
});
afterAll(async () => {
  await fake.close();
  expectQuiet(fake);
});

describe('the program and Filemail', () => {
  test('profile add tries the sign-in; password and API key come over stdin', async () => {
    const add = ['profile', 'add', 'fm', '--provider', 'filemail', '--url', fake.url, '--user', fake.user];
    const refused = await cli.run([...add, '--password-stdin'], { input: 'correct horse\n' });
    expect(refused.code).toBe(4);
    expect(refused.stderr).toContain('API key');
    await cli.ok([...add, '--secret-stdin', 'password,apikey'], { input: 'correct horse\nkey-1234\n' });
    const tested = await cli.run(['profile', 'test', 'fm']);
    expect(tested.code).toBe(0);
    expect(tested.stdout + tested.stderr).toContain('ada@example.com');
    expect(fake.tokens()).toBe(0);
  });

  test('add, list, search, autocomplete, update, delete, undo', async () => {
    const added = await run(
      'add',
      '--name',
      'Zoë Li',
      '--email',
      'zoe+x@example.org',
      '--phone',
      'mobile:+44 7700 900001',
    );
    expect(added.code).toBe(0);
    expect(added.stderr).toContain('it cannot be checked');
    const id = added.stdout.trim();
    expect(fake.store.contacts.get(id)).toMatchObject({
      name: 'Zoë Li',
      email: 'zoe+x@example.org',
      mobile: '+44 7700 900001',
    });
    expect(await ok('search', 'zoe li', '--fields', 'name')).toContain('Zoë Li');
    expect(await ok('autocomplete', 'zoe')).toContain('zoe+x@example.org');
    await ok('update', id, '--name', 'Zoë Lin');
    expect(fake.store.contacts.get(id)).toMatchObject({ name: 'Zoë Lin', mobile: '+44 7700 900001' });
    expect((await run('update', id, '--remove', 'email')).code).toBe(1);
    expect((await run('add', '--name', 'Nobody')).code).toBe(1);
    expect(outcome(await ok('delete', id, '--yes', '--json')).deleted).toEqual([id]);
    expect((await run('show', id)).code).toBe(5);
    expect(outcome(await ok('undo', '--yes', '--json')).created).toHaveLength(1);
    expect(await ok('list', '--fields', 'name')).toContain('Zoë Lin');
  });

  test('groups', async () => {
    await ok('group', 'create', 'Pals', 'name:Zoë Lin');
    expect(await ok('group', 'show', 'Pals', '--fields', 'name')).toContain('Zoë Lin');
    await ok('group', 'rename', 'Pals', 'Mates');
    expect(await ok('list', '--group', 'Mates', '--fields', 'name')).toContain('Zoë Lin');
    await ok('group', 'remove', 'Mates', 'name:Zoë Lin');
    await ok('group', 'delete', 'Mates', '--yes');
    expect(fake.store.groups.size).toBe(0);
  });

  test('what it does not have: exit 2 before any request', async () => {
    const before = fake.requests.length;
    const picture = await run('avatar', 'get', 'x', '--json');
    expect(picture.code).toBe(2);
    expect(errorOf(picture)['message']).toContain('filemail has no pictures');
    expect((await run('book', 'create', 'Work')).code).toBe(2);
    expect((await run('changes')).code).toBe(2);
    expect(fake.requests.length).toBe(before);
  });

  test('migrate: plan, report and verification say what cannot be checked; again it writes nothing', async () => {
    const file = join(cli.dir, 'in.vcf');
    const cards = [1, 2, 3].map(
      (n) =>
        `BEGIN:VCARD\r\nVERSION:4.0\r\nUID:urn:uuid:00000000-0000-4000-8000-00000000000${n}\r\nFN:Person ${n}\r\n` +
        `${n === 3 ? '' : `EMAIL:p${n}@example.org\r\n`}TEL;TYPE=cell:+1 555 000${n}\r\nNOTE:x\r\nEND:VCARD\r\n`,
    );
    writeFileSync(file, cards.join(''));
    const first = await cli.run(['migrate', file, 'fm', '--yes']);
    expect(first.code).toBe(3);
    expect(first.stderr).toContain('cannot be read back from fm, and so not checked');
    expect(first.stderr).toContain('verified: 2 of 2');
    expect(first.stderr).toContain('not checked: phones of 2 contact(s)');
    expect(first.stderr).toContain('a Filemail contact needs an e-mail address');
    const adds = fake.counts()['contacts/add'];
    const again = await cli.run(['migrate', file, 'fm', '--yes']);
    expect(again.code).toBe(3);
    expect(fake.counts()['contacts/add']).toBe(adds);
    expect(fake.counts()['contacts/update']).toBe(1);
  });

  test('import twice writes once; export says that mobiles may be missing; providers shows it', async () => {
    const file = join(cli.dir, 'more.vcf');
    writeFileSync(
      file,
      'BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Imp Orted\r\nEMAIL:imp@example.org\r\nTEL;TYPE=cell:+1\r\nEND:VCARD\r\n',
    );
    await ok('import', file, '--on-conflict', 'update');
    const counts = fake.counts();
    await ok('import', file, '--on-conflict', 'update');
    expect(fake.counts()['contacts/add']).toBe(counts['contacts/add']);
    expect(fake.counts()['contacts/update']).toBe(counts['contacts/update']);
    const out = await run('export', '-');
    expect(out.stdout).toContain('FN:Imp Orted');
    expect(out.stderr).toContain('may hold phones that it does not give back');
    expect(await cli.ok(['providers', 'filemail'])).toContain('one mobile phone');
  });

  test('no secret in any output, not even with --debug', async () => {
    const done = await run('list', '--debug');
    expect(done.code).toBe(0);
    const text = done.stdout + done.stderr;
    const token = /logintoken=([0-9a-f]{32})/.exec(fake.requests.at(-1)?.raw ?? '')?.[1] ?? 'none';
    for (const secret of ['correct horse', 'correct+horse', 'key-1234', token]) expect(text).not.toContain(secret);
  });
});
