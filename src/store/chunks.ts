/** Files as streams of bytes; one that is not there yet (a pipe without a writer) can be waited for and interrupted. */
import { constants, createReadStream, fstat, open } from 'node:fs';
import { addAbortSignal, type Readable } from 'node:stream';
import { promisify } from 'node:util';
import { InputError, Interrupted, NotFound } from '../model/errors.js';
import { printable } from '../model/text.js';
import { systemCode, systemReason } from './files.js';

const CHUNK = 1 << 18;
/** Not on Windows, where there are no such pipes. */
const NONBLOCK = process.platform === 'win32' ? 0 : constants.O_NONBLOCK;

/** @throws NotFound when there is no such file; InputError naming file and reason */
export function cannotRead(path: string, cause: unknown): InputError | NotFound {
  const what = printable(path);
  if (systemCode(cause) === 'ENOENT')
    return new NotFound(`there is no file ${what}`, { hint: 'check the name, and the folder you are in', cause });
  const why = systemCode(cause) === 'EISDIR' ? 'it is a folder' : systemReason(cause);
  const hint = systemCode(cause) === 'EACCES' ? `give yourself the right to read it: chmod u+r ${what}` : undefined;
  return new InputError(`cannot read ${what}`, { why, ...(hint === undefined ? {} : { hint }), cause });
}

/**
 * The bytes of a file from its beginning. A named pipe is opened without waiting in the kernel, since a thread that waits
 * there for a writer keeps the whole process from ending.
 *
 * @throws NotFound, InputError; Interrupted as soon as `signal` says so
 */
export async function* fileChunks(path: string, signal?: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
  let stream: Readable | undefined;
  try {
    stream = await openStream(path);
    if (signal !== undefined) addAbortSignal(signal, stream);
    for await (const chunk of stream) yield chunk as Uint8Array;
  } catch (cause) {
    if (signal?.aborted === true) throw new Interrupted('interrupted', { cause });
    throw systemCode(cause) === '' ? cause : cannotRead(path, cause);
  } finally {
    stream?.destroy();
  }
}

async function openStream(path: string): Promise<Readable> {
  const fd = await promisify(open)(path, constants.O_RDONLY | NONBLOCK);
  const info = await promisify(fstat)(fd);
  if (info.isFIFO()) {
    const { Socket } = await import('node:net');
    return new Socket({ fd, readable: true, writable: false });
  }
  if (info.isCharacterDevice()) {
    const { isatty, ReadStream } = await import('node:tty');
    if (isatty(fd)) return new ReadStream(fd);
  }
  return createReadStream('', { fd, highWaterMark: CHUNK });
}
