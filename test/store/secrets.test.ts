import { chmod, mkdir, readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { AuthError, InputError } from '../../src/model/errors.js';
import { Secret } from '../../src/model/text.js';
import { resolveSecret, runShell, secretVariable, type CommandResult } from '../../src/store/credentials.js';
import type { Keyring } from '../../src/store/keyring.js';
import { resolvePaths } from '../../src/store/paths.js';
import { openSecrets } from '../../src/store/secrets.js';
import type { Profile } from '../../src/store/types.js';
import { errorOf, scratch, scratchPaths } from './helpers.js';

function fakeKeyring(): Keyring & { held: Map<string, string>; locked: boolean; opened: number } {
  const held = new Map<string, string>();
  const keyring = {
    held,
    locked: false,
    opened: 0,
    async get(account: string) {
      await check();
      return held.get(account);
    },
    async set(account: string, secret: string) {
      await check();
      held.set(account, secret);
    },
    async delete(account: string) {
      await check();
      held.delete(account);
    },
  };
  const check = (): Promise<void> => (keyring.locked ? Promise.reject(new Error('locked')) : Promise.resolve());
  return keyring;
}

const noKeyring = { openKeyring: () => Promise.reject(new Error('no keyring here')) };

describe('secrets in a file', () => {
  it('are kept, private to the user, when there is no keyring', async () => {
    const paths = await scratchPaths();
    const secrets = openSecrets(paths, noKeyring);
    expect(await secrets.get('work', 'password')).toBeUndefined();
    expect(await secrets.describe('work')).toEqual({ where: 'none', keys: [] });
    expect(await secrets.set('work', 'password', new Secret('pw'))).toBe('file');
    expect(await secrets.set('work', '__proto__', new Secret('odd'))).toBe('file');
    expect(await secrets.set('constructor', 'token', new Secret('tk'))).toBe('file');
    const again = openSecrets(paths, noKeyring);
    expect((await again.get('work', 'password'))?.reveal()).toBe('pw');
    expect((await again.get('work', '__proto__'))?.reveal()).toBe('odd');
    expect((await again.get('constructor', 'token'))?.reveal()).toBe('tk');
    expect(await again.get('toString', 'token')).toBeUndefined();
    expect(await again.describe('work')).toEqual({ where: 'file', keys: ['__proto__', 'password'] });
    const file = join(paths.config, 'secrets.json');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(paths.config)).mode & 0o777).toBe(0o700);
    expect(await readdir(paths.config)).toEqual(['secrets.json']);
    await again.remove('work');
    await again.remove('nobody');
    expect(await again.describe('work')).toEqual({ where: 'none', keys: [] });
    expect(await readFile(file, 'utf8')).not.toContain('pw');
  });

  it('are not read when others may read them', async () => {
    const paths = await scratchPaths();
    const secrets = openSecrets(paths, noKeyring);
    await secrets.set('work', 'password', new Secret('pw'));
    const file = join(paths.config, 'secrets.json');
    for (const mode of [0o640, 0o604, 0o620]) {
      await chmod(file, mode);
      const error = await errorOf(secrets.get('work', 'password'));
      expect(error).toBeInstanceOf(InputError);
      expect(error.hint).toContain(`chmod 600 ${file}`);
      expect(await errorOf(secrets.set('a', 'b', new Secret('c')))).toBeInstanceOf(InputError);
    }
  });

  it('a damaged file is named, never quoted, never overwritten', async () => {
    const paths = await scratchPaths();
    await mkdir(paths.config, { recursive: true });
    const file = join(paths.config, 'secrets.json');
    for (const content of [
      '{"profiles":{"a":{"file":{"password":"leak"',
      '[]',
      '{"profiles":{"a":{"file":{"p":1}}}}',
      '{"profiles":{"a":5}}',
    ]) {
      await writeFile(file, content, { mode: 0o600 });
      const error = await errorOf(openSecrets(paths, noKeyring).get('a', 'password'));
      expect(error).toBeInstanceOf(InputError);
      expect(`${error.message}${error.stack}`).not.toContain('leak');
      expect(await errorOf(openSecrets(paths, noKeyring).set('a', 'k', new Secret('v')))).toBeInstanceOf(InputError);
      expect(await readFile(file, 'utf8')).toBe(content);
    }
  });

  it('survive many writers at once', async () => {
    const paths = await scratchPaths();
    const names = Array.from({ length: 8 }, (_, i) => `p${i}`);
    await Promise.all(names.map((name) => openSecrets(paths, noKeyring).set(name, 'password', new Secret(name))));
    for (const name of names) expect((await openSecrets(paths, noKeyring).get(name, 'password'))?.reveal()).toBe(name);
  });
});

describe('secrets in the keyring', () => {
  it('are there and not in the file, which only names them', async () => {
    const paths = await scratchPaths();
    const keyring = fakeKeyring();
    const secrets = openSecrets(paths, { openKeyring: () => Promise.resolve(keyring) });
    expect(await secrets.set('work', 'password', new Secret('hunter2'))).toBe('keyring');
    expect(keyring.held.get('work/password')).toBe('hunter2');
    expect((await secrets.get('work', 'password'))?.reveal()).toBe('hunter2');
    expect(await secrets.describe('work')).toEqual({ where: 'keyring', keys: ['password'] });
    expect(await readFile(join(paths.config, 'secrets.json'), 'utf8')).not.toContain('hunter2');
    await secrets.remove('work');
    expect(keyring.held.size).toBe(0);
    expect(await secrets.describe('work')).toEqual({ where: 'none', keys: [] });
  });

  it('move from the file to the keyring and back with the newest value', async () => {
    const paths = await scratchPaths();
    const keyring = fakeKeyring();
    const withRing = openSecrets(paths, { openKeyring: () => Promise.resolve(keyring) });
    await openSecrets(paths, noKeyring).set('work', 'password', new Secret('old'));
    expect(await withRing.set('work', 'password', new Secret('new'))).toBe('keyring');
    expect((await withRing.get('work', 'password'))?.reveal()).toBe('new');
    expect(await openSecrets(paths, noKeyring).set('work', 'password', new Secret('newer'))).toBe('file');
    expect((await withRing.get('work', 'password'))?.reveal()).toBe('newer');
  });

  it('a keyring that forgets is not trusted; one that is locked is an error with a remedy', async () => {
    const paths = await scratchPaths();
    const keyring = fakeKeyring();
    const deaf = { ...keyring, set: async () => Promise.resolve() };
    expect(await openSecrets(paths, { openKeyring: () => Promise.resolve(deaf) }).set('a', 'k', new Secret('v'))).toBe(
      'file',
    );
    const secrets = openSecrets(paths, { openKeyring: () => Promise.resolve(keyring) });
    await secrets.set('work', 'password', new Secret('x'));
    keyring.locked = true;
    expect(await errorOf(secrets.get('work', 'password'))).toMatchObject({ why: 'locked', profile: 'work' });
    expect(await errorOf(secrets.get('work', 'password'))).toBeInstanceOf(AuthError);
    expect(await errorOf(secrets.remove('work'))).toBeInstanceOf(AuthError);
    expect(await secrets.describe('work')).toEqual({ where: 'keyring', keys: ['password'] });
  });

  it("is not opened below a folder of the user's own, nor when switched off, nor to look for what is not there", async () => {
    const openKeyring = (): Promise<Keyring> => Promise.reject(new Error('opened'));
    const own = resolvePaths({}, '/', await scratch());
    expect(await openSecrets(own, { openKeyring }).set('a', 'k', new Secret('v'))).toBe('file');
    const paths = await scratchPaths();
    expect(await openSecrets(paths, { openKeyring, keyring: false }).set('a', 'k', new Secret('v'))).toBe('file');
    expect(await openSecrets(paths, { openKeyring }).get('other', 'k')).toBeUndefined();
  });
});

describe('where a secret comes from', () => {
  const profile: Profile = { provider: 'carddav', options: {} };
  const ok = (stdout: string): Promise<CommandResult> => Promise.resolve({ code: 0, stdout, stderr: '' });
  const resolveWith = async (more: {
    env?: Record<string, string>;
    profile?: Profile;
    key?: string;
    runCommand?: () => Promise<CommandResult>;
  }) => {
    const secrets = openSecrets(await scratchPaths(), noKeyring);
    await secrets.set('my-work.1', 'password', new Secret('stored'));
    await secrets.set('my-work.1', 'client-secret', new Secret('stored-cs'));
    const secret = await resolveSecret({
      profileName: 'my-work.1',
      profile,
      key: 'password',
      env: {},
      secrets,
      ...more,
    });
    return secret?.reveal();
  };

  it('the environment wins', async () => {
    expect(secretVariable('my-work.1', 'client-secret')).toBe('CARDFERRY_MY_WORK_1_CLIENT_SECRET');
    const commanded = { ...profile, passwordCommand: 'x' };
    const env = {
      CARDFERRY_MY_WORK_1_PASSWORD: 'env',
      CARDFERRY_MY_WORK_1_TOKEN: 'tok',
      CARDFERRY_MY_WORK_1_CLIENT_SECRET: 'cs',
    };
    expect(await resolveWith({ env, profile: commanded })).toBe('env');
    expect(await resolveWith({ env, key: 'token' })).toBe('tok');
    expect(await resolveWith({ env, key: 'client-secret' })).toBe('cs');
    expect(await resolveWith({ env: { CARDFERRY_MY_WORK_1_PASSWORD: '' } })).toBe('stored');
  });

  it('then the first line of the password command, and nothing else when it fails', async () => {
    const commanded = { ...profile, passwordCommand: 'pass show work' };
    expect(await resolveWith({ profile: commanded, runCommand: () => ok(' s p \r\nuser: x\n') })).toBe(' s p ');
    expect(await resolveWith({ profile: commanded, key: 'client-secret', runCommand: () => ok('no') })).toBe(
      'stored-cs',
    );
    const failing = {
      profile: commanded,
      runCommand: () => Promise.resolve({ code: 2, stdout: 'partial', stderr: 'gpg: no \u001b[0mkey\nmore' }),
    };
    const error = await errorOf(resolveWith(failing));
    expect(error).toBeInstanceOf(AuthError);
    expect(error.message).toBe('the password command ended with exit code 2: pass show work');
    expect(error.why).toBe('gpg: no \\e[0mkey');
    for (const result of [
      { code: 0, stdout: '\n', stderr: '' },
      { code: null, stdout: 'x', stderr: '' },
    ]) {
      expect(
        await errorOf(resolveWith({ profile: commanded, runCommand: () => Promise.resolve(result) })),
      ).toBeInstanceOf(AuthError);
    }
  });

  it('then the store', async () => {
    expect(await resolveWith({})).toBe('stored');
    expect(await resolveWith({ key: 'token' })).toBeUndefined();
  });

  it('runs commands by the shell', async () => {
    expect(await runShell('echo one two; echo err >&2; exit 3')).toEqual({
      code: 3,
      stdout: 'one two\n',
      stderr: 'err\n',
    });
    expect((await runShell('cat')).stdout).toBe('');
    expect((await runShell('printf %s "$((1+1))"; sleep 20 & exit 0')).stdout).toBe('2');
    expect((await runShell('no-such-command-here')).code).toBe(127);
  });
});
