/** `profile login` with a code to be entered in a browser, through the built program. */
import { readFileSync, statSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startOutlook, type FakeOutlook } from '../fakes/outlook.js';
import { Cli } from '../support/cli.js';

let fake: FakeOutlook;
beforeAll(async () => {
  fake = await startOutlook();
});
afterAll(() => fake.close());

function profile(cli: Cli, ...more: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const options = [`client-id=${fake.auth.clientId}`, `authority=${fake.url}`];
  const flags = options.flatMap((option) => ['--option', option]);
  return cli.run(['profile', 'add', 'm365', '--provider', 'outlook', '--url', fake.url, ...flags, ...more]);
}

describe('profile login', () => {
  it('shows the code, waits, keeps what it got, and is forgotten by logout', async () => {
    const cli = new Cli();
    const refused = await profile(cli);
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('cardferry profile login m365')]);
    expect((await profile(cli, '--no-verify')).code).toBe(0);
    const early = await cli.run(['list', '-p', 'm365']);
    expect([early.code, early.stderr]).toEqual([4, expect.stringContaining('profile login m365')]);

    const login = await cli.run(['profile', 'login', 'm365']);
    expect(login.code, login.stderr).toBe(0);
    expect(login.stderr).toContain(
      'open https://microsoft.com/devicelogin in a browser and enter the code F3PQ7XK9 (good for 15 minutes)',
    );
    expect((await cli.run(['list', '-p', 'm365'])).code).toBe(0);
    fake.expire();
    // The access token is gone: the refresh token gets another, and the new refresh token is kept.
    expect((await cli.run(['list', '-p', 'm365'])).code).toBe(0);

    const file = `${cli.dir}/secrets.json`;
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const kept = readFileSync(file, 'utf8');
    expect(kept).toContain([...fake.auth.refreshTokens.keys()].at(-1));
    const shown = await cli.run(['profile', 'show', 'm365']);
    expect(shown.stdout).toContain('refresh-token');
    for (const token of [...fake.auth.tokens.keys(), ...fake.auth.refreshTokens.keys()])
      expect(shown.stdout + login.stderr + login.stdout).not.toContain(token);

    expect((await cli.run(['profile', 'logout', 'm365'])).code).toBe(0);
    expect((await cli.run(['list', '-p', 'm365'])).code).toBe(4);
    fake.assertClean();
  }, 60_000);

  it('says that it was declined, and keeps nothing', async () => {
    const cli = new Cli();
    await profile(cli, '--no-verify');
    fake.auth.polls = ['authorization_declined'];
    const login = await cli.run(['profile', 'login', 'm365']);
    expect([login.code, login.stderr]).toEqual([4, expect.stringContaining('the sign-in was declined')]);
    expect((await cli.run(['profile', 'show', 'm365'])).stdout).toContain('none kept');
  }, 60_000);
});
