/** A contacts file as one side of a migration: found by content when read, by name when written, whole or not at all. */
import { open, stat } from 'node:fs/promises';
import type { ContextOptions } from './context.js';
import { fileConnection } from './engine/filebook.js';
import type { Connection } from './engine/types.js';
import { formatByExtension, sniffFormat } from './formats/index.js';
import { InputError } from './model/errors.js';
import { printable } from './model/text.js';
import { cannotRead, fileChunks } from './store/chunks.js';
import { systemCode, writeFileAtomic } from './store/files.js';
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
    readBytes: () => fileChunks(path, options.signal),
    commit: (text) => writeFileAtomic(path, text),
    prodId: PROD_ID,
    warn: (message) => options.io.note(`warning: ${printable(message)}`),
  });
}

async function readHead(path: string, side: 'from' | 'to'): Promise<Buffer> {
  let file;
  try {
    // A side is read more than once: what can be read once only, and may let us wait for ever, is none.
    if (!(await stat(path)).isFile()) throw notAFile(path, side);
    file = await open(path);
    const { bytesRead, buffer } = await file.read(Buffer.alloc(HEAD), 0, HEAD, 0);
    if (bytesRead === 0 && side === 'from') throw empty(path);
    return buffer.subarray(0, bytesRead);
  } catch (cause) {
    if (side === 'to' && systemCode(cause) === 'ENOENT') return Buffer.alloc(0);
    throw cause instanceof InputError ? cause : cannotRead(path, cause);
  } finally {
    await file?.close();
  }
}

function notAFile(path: string, side: 'from' | 'to'): InputError {
  return new InputError(`${printable(path)} is no regular file`, {
    why: 'a migration reads its sides more than once',
    hint: side === 'from' ? 'use "cardferry import" for a pipe, or save it as a file first' : 'name a file to write to',
  });
}

function empty(path: string): InputError {
  return new InputError(`${printable(path)} is empty`, {
    why: 'the file has no bytes',
    hint: 'check that it is the right file, and that its export came to its end',
  });
}
