/** `config.json`: the profiles, without secrets. Read by an own strict checker, written through `conf`. */
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError, NotFound, UsageError } from '../model/errors.js';
import { nearest } from '../model/nearest.js';
import { printable } from '../model/text.js';
import { systemCode, systemReason } from './files.js';
import { withLock } from './lock.js';
import type { Config, ConfigStore, Paths, Profile } from './types.js';

const PROFILE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const PROFILE_KEYS = ['provider', 'url', 'user', 'book', 'options', 'readOnly', 'passwordCommand'];

/** @throws UsageError when the text cannot name a profile */
export function checkProfileName(name: string): void {
  if (PROFILE_NAME.test(name)) return;
  throw new UsageError(`"${printable(name)}" cannot name a profile`, {
    hint: 'use letters, digits, dot, dash and underscore, beginning with a letter or digit, at most 64',
  });
}

type Json = Record<string, unknown>;

/** Reads the parts of one file; every error names it. */
class Checker {
  constructor(private readonly file: string) {}

  wrong(where: string, problem: string, hint = 'correct it by hand, or with `cardferry profile edit`'): InputError {
    return new InputError(`${printable(this.file)}: ${printable(where)}${where === '' ? '' : ' '}${problem}`, { hint });
  }

  object(value: unknown, where: string): Json {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Json;
    throw this.wrong(where, 'must be an object {…}');
  }

  keys(object: Json, known: readonly string[], where: string): void {
    for (const key of Object.keys(object)) {
      if (known.includes(key)) continue;
      const path = where === '' ? key : `${where}.${key}`;
      if (/passw|secret|token/i.test(key)) {
        throw this.wrong(
          path,
          'is not known: secrets are not kept in this file',
          'remove it; give the secret by `cardferry profile edit NAME --password-stdin`',
        );
      }
      const near = nearest(key, known);
      const hint = near === undefined ? `known are ${known.join(', ')}` : `did you mean "${near}"?`;
      throw this.wrong(path, 'is not known', hint);
    }
  }

  text(object: Json, key: string, where: string): string | undefined {
    if (!Object.hasOwn(object, key)) return undefined;
    const value = object[key];
    if (typeof value === 'string' && value !== '') return value;
    throw this.wrong(`${where}.${key}`, 'must be a text "…" that is not empty');
  }

  profile(value: unknown, where: string): Profile {
    const object = this.object(value, where);
    this.keys(object, PROFILE_KEYS, where);
    const provider = this.text(object, 'provider', where);
    if (provider === undefined) throw this.wrong(`${where}.provider`, 'is missing');
    const profile: Profile = { provider, options: this.options(object, where) };
    for (const key of ['url', 'user', 'book', 'passwordCommand'] as const) {
      const text = this.text(object, key, where);
      if (text !== undefined) profile[key] = text;
    }
    if (Object.hasOwn(object, 'readOnly')) {
      if (typeof object['readOnly'] !== 'boolean') throw this.wrong(`${where}.readOnly`, 'must be true or false');
      profile.readOnly = object['readOnly'];
    }
    return profile;
  }

  private options(object: Json, where: string): Record<string, string> {
    const options = emptyMap<string>();
    if (!Object.hasOwn(object, 'options')) return options;
    for (const [key, value] of Object.entries(this.object(object['options'], `${where}.options`))) {
      if (typeof value !== 'string') throw this.wrong(`${where}.options.${key}`, 'must be a text "…"');
      options[key] = value;
    }
    return options;
  }

  config(value: unknown): Config {
    const object = this.object(value, '');
    this.keys(object, ['defaultProfile', 'profiles'], '');
    const profiles = emptyMap<Profile>();
    const named = Object.hasOwn(object, 'profiles') ? this.object(object['profiles'], 'profiles') : {};
    for (const [name, profile] of Object.entries(named)) {
      if (!PROFILE_NAME.test(name)) {
        throw this.wrong(
          `profiles."${name}"`,
          'is no name for a profile',
          'rename it: letters, digits, dot, dash and underscore, beginning with a letter or digit',
        );
      }
      profiles[name] = this.profile(profile, `profiles.${name}`);
    }
    if (!Object.hasOwn(object, 'defaultProfile')) return { profiles };
    const defaultProfile = object['defaultProfile'];
    if (typeof defaultProfile !== 'string' || !PROFILE_NAME.test(defaultProfile)) {
      throw this.wrong('defaultProfile', 'must be the name of a profile');
    }
    return { defaultProfile, profiles };
  }
}

/** No prototype: a profile or option called `constructor` or `__proto__` is a key like any other. */
function emptyMap<T>(): Record<string, T> {
  return Object.create(null) as Record<string, T>;
}

async function readConfig(file: string): Promise<Config> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    if (systemCode(cause) === 'ENOENT') return { profiles: emptyMap() };
    throw new InputError(`cannot read ${printable(file)}: ${systemReason(cause)}`, { cause });
  }
  if (text.trim() === '') return { profiles: emptyMap() };
  const checker = new Checker(file);
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\ufeff/, ''));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new InputError(`${printable(file)} is not valid JSON`, {
      why,
      hint: 'correct it by hand, or move it away and add the profiles again',
      cause,
    });
  }
  return checker.config(value);
}

/** Opens the configuration below `paths.config`; nothing is read or created yet. */
export function openConfig(paths: Paths): ConfigStore {
  const file = join(paths.config, 'config.json');
  const change = (edit: (config: Config) => void): Promise<void> =>
    withLock(`${file}.lock`, 'writing the configuration', async () => {
      const config = await readConfig(file);
      edit(config);
      await writeConfig(paths.config, config);
    });
  return {
    file,
    read: () => readConfig(file),
    save: async (name, profile) => {
      checkProfileName(name);
      new Checker(file).profile(JSON.parse(JSON.stringify(profile)), `profiles.${name}`);
      await change((config) => {
        config.profiles[name] = profile;
      });
    },
    remove: (name) =>
      change((config) => {
        if (!Object.hasOwn(config.profiles, name)) throw new NotFound(`there is no profile "${printable(name)}"`);
        delete config.profiles[name];
        if (config.defaultProfile === name) delete config.defaultProfile;
      }),
    setDefault: async (name) => {
      if (name !== undefined) checkProfileName(name);
      await change((config) => {
        if (name === undefined) delete config.defaultProfile;
        else config.defaultProfile = name;
      });
    },
  };
}

async function writeConfig(folder: string, config: Config): Promise<void> {
  const { default: Conf } = await import('conf');
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const store = new Conf({
      cwd: folder,
      configName: 'config',
      configFileMode: 0o600,
      clearInvalidConfig: false,
      accessPropertiesByDotNotation: false,
      // What is there was read and checked before; conf only has to get over it.
      deserialize: () => ({}),
    });
    store.store = { ...config };
  } catch (cause) {
    if (systemCode(cause) === '') throw cause;
    throw new InputError(`cannot write ${printable(join(folder, 'config.json'))}: ${systemReason(cause)}`, { cause });
  }
}
