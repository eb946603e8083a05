/** Files of a vdir: read without following links out of the folder, written whole or not at all. */
import { createHash, randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { link, lstat, mkdir, open, readdir, realpath, rename, stat, unlink } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { Conflict, NotFound, Refused, type CardferryError } from '../../model/errors.js';
import { printable } from '../../model/text.js';

/** Larger files are no single contact. */
const MAX_FILE = 256 * 1024 * 1024;
const MAX_META = 4096;

export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** A file system error in our words; errors of our own pass through. */
export function fileError(error: unknown, what: string, contact?: string): Error {
  if (isOurs(error)) return error;
  if (!(error instanceof Error) || errorCode(error) === '')
    return error instanceof Error ? error : new Error(String(error));
  const details = { why: error.message, cause: error, ...(contact === undefined ? {} : { contact }) };
  switch (errorCode(error)) {
    case 'ENOENT':
      return new NotFound(`${what}: it is not there`, details);
    case 'EEXIST':
      return new Conflict(`${what}: it exists already`, details);
    case 'ENOSPC':
    case 'EDQUOT':
      return new Refused(`${what}: the disk is full`, { ...details, hint: 'free some space and try again' });
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new Refused(`${what}: not allowed`, { ...details, hint: 'check the permissions of the folder' });
    default:
      return new Refused(`${what}: the file system says no`, details);
  }
}

export interface FolderEntry {
  name: string;
  kind: 'file' | 'folder' | 'other';
  /** A link that leaves the folder, or leads nowhere. */
  outside?: true;
}

/** What is in a folder, by name; links count as what they lead to when that is inside `base`. Nothing when it is missing. */
export async function entriesOfFolder(folder: string, base: string): Promise<FolderEntry[]> {
  let found;
  try {
    found = await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw fileError(error, `cannot read ${printable(folder)}`);
  }
  const entries: FolderEntry[] = [];
  for (const entry of found) {
    const { name } = entry;
    if (entry.isFile()) entries.push({ name, kind: 'file' });
    else if (entry.isDirectory()) entries.push({ name, kind: 'folder' });
    else if (entry.isSymbolicLink()) entries.push(await linkEntry(join(folder, name), name, base));
    else entries.push({ name, kind: 'other' });
  }
  return entries.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

async function linkEntry(path: string, name: string, base: string): Promise<FolderEntry> {
  const real = await realpath(path).catch(() => undefined);
  if (real === undefined || !isInside(real, base)) return { name, kind: 'other', outside: true };
  const info = await stat(real);
  return { name, kind: info.isFile() ? 'file' : info.isDirectory() ? 'folder' : 'other' };
}

/** `base` is a real path. */
export function isInside(path: string, base: string): boolean {
  return path === base || path.startsWith(base.endsWith(sep) ? base : base + sep);
}

/** The path behind links. @throws NotFound; Refused when it is no regular file inside `base` */
export async function resolveInside(path: string, base: string, what: string): Promise<string> {
  let real: string;
  try {
    real = (await lstat(path)).isSymbolicLink()
      ? await realpath(path)
      : join(await realpath(dirname(path)), path.slice(dirname(path).length + 1));
  } catch (error) {
    throw fileError(error, what);
  }
  if (!isInside(real, base))
    throw new Refused(`${what}: the link leaves the folder`, { hint: 'copy the file into the folder' });
  return real;
}

/** @throws NotFound; Refused for anything but a regular file of a sane size */
export async function readRegular(real: string, what: string): Promise<Buffer> {
  // Not through a link that was put there meanwhile, and not waiting at a FIFO.
  const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
  let file;
  try {
    file = await open(real, flags);
    const info = await file.stat();
    if (!info.isFile()) throw new Refused(`${what}: no regular file`);
    if (info.size > MAX_FILE) throw new Refused(`${what}: larger than 256 MB (the limit)`);
    return await file.readFile();
  } catch (error) {
    throw fileError(error, what);
  } finally {
    await file?.close();
  }
}

/** First line of a metadata file (`displayname`, `description`); undefined when it is missing, empty or no plain file. */
export async function readMeta(folder: string, name: string): Promise<string | undefined> {
  let file;
  try {
    file = await open(
      join(folder, name),
      constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0),
    );
    if (!(await file.stat()).isFile()) return undefined;
    const { buffer, bytesRead } = await file.read(Buffer.alloc(MAX_META), 0, MAX_META, 0);
    const text = buffer.toString('utf8', 0, bytesRead).replace(/^\ufeff/, '');
    return text.split(/\r\n|\r|\n/)[0]?.trim() || undefined;
  } catch {
    return undefined;
  } finally {
    await file?.close();
  }
}

export function etagOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, 32);
}

/** Bytes on disk under a name that is no item of a vdir yet. */
async function writeTemporary(path: string, bytes: Uint8Array): Promise<string> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  const file = await open(temporary, 'wx', 0o600);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } catch (error) {
    await file.close();
    await unlink(temporary).catch(() => undefined);
    throw error;
  }
  await file.close();
  return temporary;
}

/** The names in the folder are on disk too. Not every system can do that. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY).catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}

/** Replaces the file in one step. The folder's own entry is on disk after {@link syncFolder}. */
export async function replaceFile(path: string, bytes: Uint8Array): Promise<void> {
  const temporary = await writeTemporary(path, bytes);
  try {
    await rename(temporary, path);
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw error;
  }
}

/** Makes a new file, whole or not at all; false when the name is taken. */
export async function createFile(path: string, bytes: Uint8Array): Promise<boolean> {
  const temporary = await writeTemporary(path, bytes);
  try {
    return await linkNew(temporary, path, bytes);
  } finally {
    await unlink(temporary).catch(() => undefined);
  }
}

/** A second name for a file: fails when the name is taken, where a rename would overwrite. */
async function linkNew(from: string, to: string, bytes: Uint8Array): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    const code = errorCode(error);
    if (code === 'EEXIST') return false;
    // FAT and some network shares have no links.
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EACCES', 'EMLINK', 'EINVAL', 'EXDEV'].includes(code))
      throw error;
  }
  try {
    const file = await open(to, 'wx', 0o600);
    await file.writeFile(bytes);
    await file.sync();
    await file.close();
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

/** For us alone (0700), parents included. */
export async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
}

export function isOurs(error: unknown): error is CardferryError {
  return error instanceof Error && 'exit' in error;
}
