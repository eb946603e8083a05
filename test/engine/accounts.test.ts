import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAccounts, parseShard, readAccounts, runAccounts, shardOf } from '../../src/engine/accounts.js';
import { UsageError } from '../../src/model/errors.js';

async function read(text: string, inline = false): Promise<ReturnType<typeof readAccounts>> {
  const { header, rows } = await parseAccounts('a.csv', Buffer.from(text));
  return readAccounts('a.csv', header, rows, inline);
}

describe('the accounts file', () => {
  it('reads saved profiles and whole sides, in any order of columns', async () => {
    const text =
      '\ufeffTO,account,from_provider,from_url,from_user,from_password_env,from_book,from_option.dav-path,to_book\r\n' +
      'new,anna@x.org,axigen,https://old.example,"anna@x.org",ANNA,"Con,tacts",/dav/,Mine\r\n\r\n' +
      'new,ben,local,,,,,,\n';
    expect(await read(text)).toEqual([
      {
        account: 'anna@x.org',
        line: 2,
        from: {
          provider: 'axigen',
          options: { 'dav-path': '/dav/' },
          url: 'https://old.example',
          user: 'anna@x.org',
          passwordEnv: 'ANNA',
        },
        to: { profile: 'new' },
        fromBook: 'Con,tacts',
        toBook: 'Mine',
      },
      { account: 'ben', line: 4, from: { provider: 'local', options: {} }, to: { profile: 'new' } },
    ]);
  });

  it('refuses the file for a column that it does not know, or that holds secrets', async () => {
    await expect(read('from,to,form_url\n')).rejects.toThrow(/unknown column "form_url"/);
    await expect(read('from,from,to\n')).rejects.toThrow(/comes twice/);
    await expect(read('account,to\n')).rejects.toThrow(/no column "from"/);
    await expect(read('from_provider,from_password,to\n')).rejects.toThrow(/plain text/);
    await expect(read('')).rejects.toThrow(/empty/);
    await expect(read('from,to\n"open,x\n')).rejects.toThrow(/no readable CSV/);
    const [row] = await read('from_provider,from_password,to\nlocal,geheim,x\n', true);
    expect(row).toMatchObject({ from: { password: 'geheim' } });
  });

  it('a bad row costs its account alone, and is named with its line', async () => {
    const rows = await read(
      'account,from,to,to_provider,to_password_env,to_token_env\n' +
        '"a\nb",x,y,,,\n' +
        'ok,x,y,,,\n' +
        'ok,x,y,,,\n' +
        'none,,y,,,\n' +
        'both,x,y,local,,\n' +
        'two,x,,local,A,B\n' +
        'long,x,y,,,,,\n' +
        '../up,x,y,,,\n',
    );
    expect(rows.map((row) => ('error' in row ? row.error.message : row.account))).toEqual([
      'a.csv, line 2: "a\\nb" cannot name an account',
      'ok',
      'a.csv, line 5: there are two accounts "ok"',
      'a.csv, line 6: neither from nor from_provider is given',
      'a.csv, line 7: both to and to_provider are given',
      'a.csv, line 8: more than one source of the secret of "to"',
      'a.csv, line 9: 8 cells, but 6 columns',
      'a.csv, line 10: "../up" cannot name an account',
    ]);
  });
});

describe('shards', () => {
  it('are disjoint, together complete, and even', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 1, max: 40 }), (size, count) => {
        const rows = Array.from({ length: size }, (_, index) => index);
        const parts = Array.from({ length: count }, (_, at) => shardOf(rows, { index: at + 1, count }));
        expect(parts.flat().sort((a, b) => a - b)).toEqual(rows);
        const sizes = parts.map((part) => part.length);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('are written I/N', () => {
    expect(parseShard('2/8')).toEqual({ index: 2, count: 8 });
    for (const text of ['0/8', '9/8', '1', '1/0', 'a/b', '-1/2']) expect(() => parseShard(text)).toThrow(UsageError);
  });
});

it('runs so many at a time, with the results in the order of the rows', async () => {
  let now = 0;
  let most = 0;
  const results = await runAccounts([30, 10, 20, 5], 2, async (value) => {
    most = Math.max(most, (now += 1));
    await new Promise((resolve) => setImmediate(resolve));
    now -= 1;
    return value * 2;
  });
  expect(results).toEqual([60, 20, 40, 10]);
  expect(most).toBe(2);
});
