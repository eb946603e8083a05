/** A contacts file as one side of a migration: found by content when read, by name when written, whole or not at all. */
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { ContextOptions } from './context.js';
import { fileConnection } from './engine/filebook.js';
import type { Connection } from './engine/types.js';
import { formatByExtension, sniffFormat } from './formats/index.js';
import { InputError } from './model/errors.js';
import { printable } from './model/text.js';
import { writeFileAtomic } from './store/files.js';
import { PROD_ID } from './version.js';

const HEAD = 65_536;

/** @throws InputError for an unreadable, empty (as source) or unknown file */
export async function openFile(path: string, side: 'from' | 'to', options: ContextOptions): Promise<Connection> {
  const head = await readHead(path, side);
  const format = head.length > 0 ? await sniffFormat(head, path) : await formatByExtension(path);
  return fileConnection({
    path,
    format,
    exists: head.length > 0,
    readBytes: () => createReadStream(path, { highWaterMark: 1 << 18 }),
    commit: (text) => writeFileAtomic(path, text),
    prodId: PROD_ID,
    warn: (message) => options.io.note(`warning: ${printable(message)}`),
  });
}

async function readHead(path: string, side: 'from' | 'to'): Promise<Buffer> {
  let file;
  try {
    file = await open(path);
    const { bytesRead, buffer } = await file.read(Buffer.alloc(HEAD), 0, HEAD, 0);
    if (bytesRead === 0 && side === 'from') throw new InputError(`${printable(path)} is empty`);
    return buffer.subarray(0, bytesRead);
  } catch (cause) {
    if (side === 'to' && cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return Buffer.alloc(0);
    if (cause instanceof InputError) throw cause;
    throw new InputError(`cannot read ${printable(path)}`, {
      why: cause instanceof Error ? cause.message : String(cause),
      cause,
    });
  } finally {
    await file?.close();
  }
}
