/** Exclusive locks between processes: a file that names its owner, and is taken over when the owner is gone. */
import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { InputError, Stopped } from '../model/errors.js';
import { printable } from '../model/text.js';
import { systemCode, systemReason } from './files.js';

export interface Lock {
  /** Deletes the lock if it is still ours. */
  release(): Promise<void>;
}

interface Owner {
  pid: number;
  host: string;
  /** Milliseconds since the epoch. */
  startedAt: number;
  /** What it does, in words. */
  info: string;
  /** Differs between two processes that got the same pid one after the other (Linux); else ''. */
  mark: string;
  /** Tells two locks of one process apart. */
  nonce: string;
}

/** A lock file without content belongs to a process that is just writing it; after this many milliseconds to none. */
const GROWING = 10_000;

/** Start time of a process in clock ticks since boot, field 22 of /proc/PID/stat (proc(5)); '' elsewhere. */
async function startMark(pid: number): Promise<string> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

/** Killed, and not yet waited for by its parent (state Z of proc(5)): it writes no more. */
async function isZombie(pid: number): Promise<boolean> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return text.slice(text.lastIndexOf(')') + 2).startsWith('Z');
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemCode(error) === 'EPERM';
  }
}

function parseOwner(text: string): Owner | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { pid, host, startedAt, info, mark, nonce } = value as Partial<Record<keyof Owner, unknown>>;
  if (typeof pid !== 'number' || !Number.isInteger(pid) || pid < 1 || typeof host !== 'string') return undefined;
  if (typeof startedAt !== 'number' || typeof nonce !== 'string') return undefined;
  const words = { info: typeof info === 'string' ? info : '', mark: typeof mark === 'string' ? mark : '' };
  return { pid, host, startedAt, nonce, ...words };
}

async function isStale(file: string, owner: Owner | undefined): Promise<boolean> {
  if (!owner) {
    const info = await stat(file).catch(() => undefined);
    return info !== undefined && Date.now() - info.mtimeMs > GROWING;
  }
  if (owner.host !== hostname()) return false;
  if (!isAlive(owner.pid) || (await isZombie(owner.pid))) return true;
  return owner.mark !== '' && owner.mark !== (await startMark(owner.pid));
}

async function read(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  });
}

/** Creates the file with its whole content at once; false when it is there already. */
async function create(file: string, content: string): Promise<boolean> {
  const aside = `${file}.${randomBytes(6).toString('hex')}`;
  try {
    await writeFile(aside, content, { mode: 0o600, flag: 'wx' });
    await link(aside, file);
    return true;
  } catch (error) {
    const code = systemCode(error);
    if (code === 'EEXIST') return false;
    // File systems without hard links: the content comes a moment after the name.
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(code)) throw error;
    return createOpen(file, content);
  } finally {
    await rm(aside, { force: true });
  }
}

async function createOpen(file: string, content: string): Promise<boolean> {
  const handle = await open(file, 'wx', 0o600).catch((error: unknown) => {
    if (systemCode(error) === 'EEXIST') return undefined;
    throw error;
  });
  if (!handle) return false;
  await handle.writeFile(content);
  await handle.close();
  return true;
}

/** Moves a stale lock out of the way. If another process was faster, what was moved is its new lock: it is put back. */
async function evict(file: string, stale: string): Promise<void> {
  const aside = `${file}.${randomBytes(6).toString('hex')}`;
  try {
    await rename(file, aside);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return;
    throw error;
  }
  if ((await read(aside)) !== stale) await link(aside, file).catch(() => undefined);
  await rm(aside, { force: true });
}

function ageText(ms: number): string {
  const minutes = Math.floor(Math.max(0, ms) / 60_000);
  if (minutes < 2) return 'less than two minutes';
  return minutes < 120 ? `${minutes} minutes` : `${Math.floor(minutes / 60)} hours`;
}

function busy(file: string, owner: Owner | undefined): Stopped {
  if (!owner) return new Stopped(`another process is taking the lock ${printable(file)}`, { hint: 'try again' });
  const where = owner.host === hostname() ? `process ${owner.pid}` : `process ${owner.pid} on ${printable(owner.host)}`;
  const what = owner.info === '' ? '' : `: ${printable(owner.info)}`;
  return new Stopped(`${where} has been at this for ${ageText(Date.now() - owner.startedAt)}${what}`, {
    hint: `wait for it, or, if it is surely gone, delete ${printable(file)}`,
  });
}

/**
 * Takes an exclusive lock, making its folder (0700) where needed. A lock whose process is gone on this host is taken
 * over; one of another host never is. `info` says what the owner does, for the other's error.
 *
 * @throws Stopped naming the owner and its age; InputError when the file cannot be written
 */
export async function acquireLock(file: string, info: string): Promise<Lock> {
  const nonce = randomBytes(8).toString('hex');
  const mark = await startMark(process.pid);
  const owner: Owner = { pid: process.pid, host: hostname(), startedAt: Date.now(), info, mark, nonce };
  const content = `${JSON.stringify(owner)}\n`;
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    for (let attempt = 0; attempt < 5; attempt += 1) {
      if (await create(file, content)) return { release: () => release(file, nonce) };
      const text = await read(file);
      if (text === undefined) continue;
      const other = parseOwner(text);
      if (!(await isStale(file, other))) throw busy(file, other);
      await evict(file, text);
    }
  } catch (error) {
    if (systemCode(error) === '') throw error;
    throw new InputError(`cannot write ${printable(file)}: ${systemReason(error)}`, { cause: error });
  }
  throw busy(file, undefined);
}

async function release(file: string, nonce: string): Promise<void> {
  const text = await read(file).catch(() => undefined);
  if (text !== undefined && parseOwner(text)?.nonce === nonce) await rm(file, { force: true });
}

/** Takes a lock that others hold for moments only: waits up to five seconds. @throws Stopped, InputError */
export async function withLock<T>(file: string, info: string, work: () => Promise<T>): Promise<T> {
  const lock = await patiently(file, info);
  try {
    return await work();
  } finally {
    await lock.release();
  }
}

async function patiently(file: string, info: string): Promise<Lock> {
  const until = Date.now() + 5_000;
  for (;;) {
    try {
      return await acquireLock(file, info);
    } catch (error) {
      if (!(error instanceof Stopped) || Date.now() > until) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 10 + Math.random() * 40));
  }
}
