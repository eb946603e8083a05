import { mkdir, readFile, readdir, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { InputError, NotFound, UsageError } from '../../src/model/errors.js';
import { openConfig } from '../../src/store/config.js';
import { resolvePaths } from '../../src/store/paths.js';
import type { Config, ConfigStore, Profile } from '../../src/store/types.js';
import { errorOf, scratch, scratchPaths } from './helpers.js';

describe('paths', () => {
  it('follow XDG, ignoring relative and empty values', () => {
    expect(resolvePaths({}, '/home/jo')).toEqual({
      config: '/home/jo/.config/cardferry',
      data: '/home/jo/.local/share/cardferry',
      state: '/home/jo/.local/state/cardferry',
      own: false,
    });
    const env = { XDG_CONFIG_HOME: '/c', XDG_DATA_HOME: 'relative', XDG_STATE_HOME: '', CARDFERRY_CONFIG_DIR: '' };
    expect(resolvePaths(env, '/home/jo')).toMatchObject({
      config: '/c/cardferry',
      data: '/home/jo/.local/share/cardferry',
      state: '/home/jo/.local/state/cardferry',
    });
  });
  it('lie below one folder when told so, the option before the variable', () => {
    const env = { CARDFERRY_CONFIG_DIR: '/one', XDG_CONFIG_HOME: '/c' };
    expect(resolvePaths(env, '/h')).toEqual({ config: '/one', data: '/one/data', state: '/one/state', own: true });
    expect(resolvePaths(env, '/h', 'two').config).toBe(resolve('two'));
  });
});

const work: Profile = {
  provider: 'carddav',
  url: 'https://dav.example.com',
  user: 'jo',
  book: 'Friends',
  options: { addressbook: '/a/' },
  readOnly: true,
  passwordCommand: 'pass show work',
};

async function withFile(content: string): Promise<ConfigStore> {
  const config = openConfig(await scratchPaths());
  await mkdir(dirname(config.file), { recursive: true });
  await writeFile(config.file, content);
  return config;
}

describe('the configuration', () => {
  it('is empty when there is none, and nothing is created by reading', async () => {
    const config = openConfig(await scratchPaths());
    expect(await config.read()).toEqual({ profiles: {} });
    expect(await stat(config.file).catch(() => 'none')).toBe('none');
  });

  it('keeps what is saved, private to the user', async () => {
    const config = openConfig(await scratchPaths());
    await config.save('work', work);
    await config.save('local', { provider: 'local', options: {} });
    await config.setDefault('work');
    expect(await config.read()).toEqual({
      defaultProfile: 'work',
      profiles: { work, local: { provider: 'local', options: {} } },
    });
    expect((await stat(config.file)).mode & 0o777).toBe(0o600);
    expect((await stat(dirname(config.file))).mode & 0o777).toBe(0o700);
    expect(await readdir(dirname(config.file))).toEqual(['config.json']);
    await config.remove('work');
    expect(await config.read()).toEqual({ profiles: { local: { provider: 'local', options: {} } } });
    await config.setDefault('local');
    await config.setDefault(undefined);
    expect((await config.read()).defaultProfile).toBeUndefined();
  });

  it('survives many writers at once', async () => {
    const paths = await scratchPaths();
    const names = Array.from({ length: 8 }, (_, i) => `p${i}`);
    await Promise.all(names.map((name) => openConfig(paths).save(name, { provider: 'local', options: {} })));
    expect(Object.keys((await openConfig(paths).read()).profiles).sort()).toEqual(names);
  });

  it('writes through a link and does not replace it', async () => {
    const config = openConfig(await scratchPaths());
    const real = join(await scratch(), 'dotfiles.json');
    await mkdir(dirname(config.file), { recursive: true });
    await writeFile(real, '{"profiles":{"a":{"provider":"local"}}}');
    await symlink(real, config.file);
    await config.save('work', work);
    expect(Object.keys((JSON.parse(await readFile(real, 'utf8')) as Config).profiles)).toEqual(['a', 'work']);
  });

  it.each([
    ['{"profile":{}}', 'profile is not known', 'did you mean "profiles"?'],
    ['{"profiles":{"a":{"provider":"x","urll":"y"}}}', 'profiles.a.urll is not known', 'did you mean "url"?'],
    ['{"profiles":{"a":{"provider":"x","password":"y"}}}', 'secrets are not kept in this file', '--password-stdin'],
    ['{"profiles":{"a":{"url":"y"}}}', 'profiles.a.provider is missing', ''],
    ['{"profiles":{"a":{"provider":5}}}', 'profiles.a.provider must be a text', ''],
    ['{"profiles":{"a":{"provider":"x","options":{"k":1}}}}', 'profiles.a.options.k must be a text', ''],
    ['{"profiles":{"a":{"provider":"x","options":[]}}}', 'profiles.a.options must be an object', ''],
    ['{"profiles":{"a":{"provider":"x","readOnly":"yes"}}}', 'profiles.a.readOnly must be true or false', ''],
    ['{"profiles":{"a":{"provider":"x","url":""}}}', 'profiles.a.url must be a text', ''],
    ['{"profiles":{"a":[]}}', 'profiles.a must be an object', ''],
    ['{"profiles":[]}', 'profiles must be an object', ''],
    ['[]', 'must be an object', ''],
    ['{"defaultProfile":1}', 'defaultProfile must be the name', ''],
    ['{"profiles":{"../x":{"provider":"x"}}}', 'is no name for a profile', ''],
    ['{"profiles":{"__proto__":{"provider":"x"}}}', 'is no name for a profile', ''],
    ['{"__proto__":{}}', '__proto__ is not known', ''],
    ['{"profiles":', 'is not valid JSON', ''],
  ])('%s', async (content, message, hint) => {
    const config = await withFile(content);
    const error = await errorOf(config.read());
    expect(error).toBeInstanceOf(InputError);
    expect(error.message).toContain(config.file);
    expect(error.message).toContain(message);
    expect(error.hint).toContain(hint);
    expect(await errorOf(config.save('work', work))).toBeInstanceOf(InputError);
    expect(await readFile(config.file, 'utf8')).toBe(content);
  });

  it('takes names and options that objects have by birth for what they are', async () => {
    const config = await withFile('{"profiles":{"constructor":{"provider":"x","options":{"__proto__":"y"}}}}');
    const { profiles } = await config.read();
    expect(Object.keys(profiles)).toEqual(['constructor']);
    expect(Object.entries(profiles['constructor']?.options ?? {})).toEqual([['__proto__', 'y']]);
    expect('toString' in profiles).toBe(false);
  });

  it('is fine with an empty file and a byte order mark', async () => {
    for (const content of ['', '\n', '\ufeff{"profiles":{}}']) {
      const config = await withFile(content);
      expect(await config.read()).toEqual({ profiles: {} });
      await config.save('work', work);
      expect(Object.keys((await config.read()).profiles)).toEqual(['work']);
    }
  });

  it('refuses bad names and profiles, and removing what is not there', async () => {
    const config = openConfig(await scratchPaths());
    for (const name of ['', '-x', '.x', 'a/b', 'a b', '__proto__', 'x'.repeat(65), 'ü']) {
      expect(await errorOf(config.save(name, work))).toBeInstanceOf(UsageError);
      expect(await errorOf(config.setDefault(name))).toBeInstanceOf(UsageError);
    }
    expect(await errorOf(config.save('a', { provider: '', options: {} }))).toBeInstanceOf(InputError);
    expect(await errorOf(config.remove('constructor'))).toBeInstanceOf(NotFound);
  });
});
