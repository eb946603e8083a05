/** Secrets: in the keyring where there is one, else in `secrets.json` (0600). The file also names what the keyring holds. */
import { mkdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AuthError, InputError } from '../model/errors.js';
import { printable, Secret } from '../model/text.js';
import { once, systemCode, systemReason, writeFileAtomic } from './files.js';
import { systemKeyring, type Keyring } from './keyring.js';
import { withLock } from './lock.js';
import type { Paths, SecretStore } from './types.js';

export interface SecretOptions {
  /** False rules the keyring out (it is never used when `paths.own`). */
  keyring?: boolean;
  /** How to open the keyring; replaceable in tests. */
  openKeyring?(): Promise<Keyring>;
}

/** What is kept for one profile: values in the file, and the names of those in the keyring. */
interface Entry {
  keyring: string[];
  file: Map<string, string>;
}
type Entries = Map<string, Entry>;

/**
 * Opens the secrets of `paths.config`. Nothing is read before the first call, and no keyring is opened before a secret
 * is set or one is known to be in it.
 */
export function openSecrets(paths: Paths, options: SecretOptions = {}): SecretStore {
  return new Secrets(paths, options);
}

class Secrets implements SecretStore {
  private readonly file: string;
  private opened: Promise<Keyring> | undefined;

  constructor(
    private readonly paths: Paths,
    private readonly options: SecretOptions,
  ) {
    this.file = join(paths.config, 'secrets.json');
  }

  async get(profile: string, key: string): Promise<Secret | undefined> {
    const entry = (await readSecrets(this.file)).get(profile);
    const kept = entry?.file.get(key);
    if (kept !== undefined) return new Secret(kept);
    if (entry?.keyring.includes(key) !== true) return undefined;
    try {
      const value = await (await this.keyring()).get(account(profile, key));
      return value === undefined ? undefined : new Secret(value);
    } catch (cause) {
      throw new AuthError(`the keyring does not give the ${printable(key)} of ${printable(profile)}`, {
        why: cause instanceof Error ? cause.message : String(cause),
        hint: `unlock the keyring, or give the secret again: cardferry profile edit ${profile}`,
        profile,
        cause,
      });
    }
  }

  async set(profile: string, key: string, secret: Secret): Promise<'keyring' | 'file'> {
    const where = (await this.toKeyring(profile, key, secret)) ? 'keyring' : 'file';
    await this.change((entries) => {
      const entry = entries.get(profile) ?? { keyring: [], file: new Map<string, string>() };
      entries.set(profile, entry);
      entry.file.delete(key);
      entry.keyring = entry.keyring.filter((name) => name !== key);
      if (where === 'keyring') entry.keyring.push(key);
      else entry.file.set(key, secret.reveal());
    });
    return where;
  }

  async remove(profile: string): Promise<void> {
    const entry = (await readSecrets(this.file)).get(profile);
    if (!entry) return;
    let failure: unknown;
    const left: string[] = [];
    for (const key of entry.keyring) {
      try {
        await (await this.keyring()).delete(account(profile, key));
      } catch (error) {
        failure = error;
        left.push(key);
      }
    }
    await this.change((entries) => {
      if (left.length === 0) entries.delete(profile);
      else entries.set(profile, { keyring: left, file: new Map() });
    });
    if (left.length === 0) return;
    throw new AuthError(`the keyring does not delete the ${printable(left.join(', '))} of ${printable(profile)}`, {
      why: failure instanceof Error ? failure.message : String(failure),
      hint: `unlock the keyring and repeat, or delete the entries "${profile}/…" of "cardferry" in it by hand`,
      profile,
      cause: failure,
    });
  }

  async describe(profile: string): Promise<{ where: 'keyring' | 'file' | 'none'; keys: string[] }> {
    const entry = (await readSecrets(this.file)).get(profile);
    const keys = entry ? [...new Set([...entry.keyring, ...entry.file.keys()])].sort() : [];
    if (!entry || keys.length === 0) return { where: 'none', keys: [] };
    // Some here and some there: the weaker place is what the user should hear of.
    return { where: entry.file.size > 0 ? 'file' : 'keyring', keys };
  }

  /** True when the keyring took it and gives it back. */
  private async toKeyring(profile: string, key: string, secret: Secret): Promise<boolean> {
    if (this.paths.own || this.options.keyring === false) return false;
    try {
      const keyring = await this.keyring();
      await keyring.set(account(profile, key), secret.reveal());
      return (await keyring.get(account(profile, key))) === secret.reveal();
    } catch {
      return false;
    }
  }

  private keyring(): Promise<Keyring> {
    if (this.paths.own || this.options.keyring === false)
      return Promise.reject(new Error('the keyring is switched off'));
    this.opened ??= (this.options.openKeyring ?? systemKeyring)();
    return this.opened;
  }

  private change(edit: (entries: Entries) => void): Promise<void> {
    return withLock(`${this.file}.lock`, 'writing the secrets', async () => {
      const entries = await readSecrets(this.file);
      edit(entries);
      await mkdir(this.paths.config, { recursive: true, mode: 0o700 });
      await writeFileAtomic(this.file, once(serialize(entries)), 0o600);
    });
  }
}

function account(profile: string, key: string): string {
  return `${profile}/${key}`;
}

function serialize(entries: Entries): string {
  const profiles = [...entries].map(([name, entry]) => [
    name,
    { keyring: entry.keyring, file: Object.fromEntries(entry.file) },
  ]);
  return `${JSON.stringify({ version: 1, profiles: Object.fromEntries(profiles) as unknown }, undefined, 2)}\n`;
}

/** @throws InputError when others may read the file, or it is damaged (never with a part of its content) */
async function readSecrets(file: string): Promise<Entries> {
  let text: string;
  try {
    const { mode } = await stat(file);
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      throw new InputError(
        `other users may read ${printable(file)} (mode ${(mode & 0o777).toString(8)}): it is not used`,
        {
          hint: `chmod 600 ${printable(file)}, and change the passwords in it if others use this machine`,
        },
      );
    }
    text = await readFile(file, 'utf8');
  } catch (cause) {
    if (systemCode(cause) === 'ENOENT') return new Map();
    if (systemCode(cause) === '') throw cause;
    throw new InputError(`cannot read ${printable(file)}: ${systemReason(cause)}`, { cause });
  }
  const entries = parse(text);
  if (entries) return entries;
  throw new InputError(`${printable(file)} is damaged`, {
    hint: 'move it away and give the secrets again with `cardferry profile edit`',
  });
}

type Json = Record<string, unknown>;

function asRecord(value: unknown): Json | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
}

function parse(text: string): Entries | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const profiles = asRecord(asRecord(value)?.['profiles']);
  if (!profiles) return undefined;
  const entries: Entries = new Map();
  for (const [name, raw] of Object.entries(profiles)) {
    const entry = parseEntry(asRecord(raw));
    if (!entry) return undefined;
    entries.set(name, entry);
  }
  return entries;
}

function parseEntry(raw: Json | undefined): Entry | undefined {
  const kept = asRecord(raw?.['file'] ?? {});
  const keyring: unknown = raw?.['keyring'] ?? [];
  if (!raw || !kept || !Array.isArray(keyring)) return undefined;
  const file = new Map<string, string>();
  for (const [key, value] of Object.entries(kept)) {
    if (typeof value !== 'string') return undefined;
    file.set(key, value);
  }
  return { keyring: keyring.filter((name): name is string => typeof name === 'string'), file };
}
