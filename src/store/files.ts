/** Files that are written whole or not at all. */
import { randomBytes } from 'node:crypto';
import { open, realpath, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { InputError } from '../model/errors.js';
import { printable } from '../model/text.js';

/** The error code of a failed system call ("ENOENT"), or '' (our own errors have codes of another kind). */
export function systemCode(error: unknown): string {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return '';
  return /^E[A-Z0-9]+$/.test(error.code) ? error.code : '';
}

const REASONS: Record<string, string> = {
  ENOENT: 'there is no such folder',
  ENOTDIR: 'a part of the path is no folder',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EISDIR: 'it is a folder',
  EMFILE: 'too many open files',
  ENAMETOOLONG: 'the name is too long',
  EFBIG: 'the file would be too large',
};

/** Why a system call failed, in words. */
export function systemReason(error: unknown): string {
  return REASONS[systemCode(error)] ?? (error instanceof Error ? error.message : String(error));
}

/** Makes what was renamed or created in a folder last; not every system can. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  if (!handle) return;
  await handle.sync().catch(() => undefined);
  await handle.close();
}

type Chunk = string | Uint8Array;

async function writeAll(handle: FileHandle, chunks: AsyncIterable<Chunk>): Promise<void> {
  for await (const chunk of chunks) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk, 'utf8') : chunk;
    for (let at = 0; at < bytes.length;) at += (await handle.write(bytes, at)).bytesWritten;
  }
}

/** What is there now: its real path (a link is followed, not replaced), its mode, whether it is a plain file. */
async function target(path: string): Promise<{ path: string; mode: number | undefined; special: boolean }> {
  const info = await stat(path).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (!info) return { path, mode: undefined, special: false };
  if (info.isDirectory()) throw new InputError(`cannot write ${printable(path)}: it is a folder`);
  return { path: await realpath(path), mode: info.mode & 0o777, special: !info.isFile() };
}

/**
 * Writes a file aside, syncs it, and renames it over `path`: readers see the old file or the whole new one. The temporary
 * file goes when anything fails, also `chunks`. An existing file keeps its mode unless `mode` is given; a device or a
 * pipe is written to directly.
 *
 * @throws InputError naming file and reason; errors of `chunks` as they are
 */
export async function writeFileAtomic(path: string, chunks: AsyncIterable<Chunk>, mode?: number): Promise<void> {
  try {
    const there = await target(path);
    if (there.special) await writeDirect(there.path, chunks);
    else await writeAside(there.path, chunks, mode ?? there.mode);
  } catch (error) {
    if (systemCode(error) === '') throw error;
    throw new InputError(`cannot write ${printable(path)}: ${systemReason(error)}`, { cause: error });
  }
}

async function writeDirect(path: string, chunks: AsyncIterable<Chunk>): Promise<void> {
  const handle = await open(path, 'w');
  try {
    await writeAll(handle, chunks);
  } finally {
    await handle.close();
  }
}

async function writeAside(path: string, chunks: AsyncIterable<Chunk>, mode: number | undefined): Promise<void> {
  const aside = join(dirname(path), `.${basename(path).slice(0, 200)}.${randomBytes(6).toString('hex')}.tmp`);
  const handle = await open(aside, 'wx', mode ?? 0o666);
  try {
    try {
      await writeAll(handle, chunks);
      // The mode above is cut by the umask; a given or kept one shall be exact.
      if (mode !== undefined) await handle.chmod(mode);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(aside, path);
  } catch (error) {
    await rm(aside, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

/** One text as chunks. */
export async function* once(text: string): AsyncIterable<string> {
  yield await Promise.resolve(text);
}
