import { spawnSync } from 'node:child_process';
import { chmod, mkdir, readFile, readdir, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { InputError, Stopped } from '../../src/model/errors.js';
import { writeFileAtomic } from '../../src/store/files.js';
import { acquireLock, withLock } from '../../src/store/lock.js';
import { errorOf, scratch } from './helpers.js';

async function* chunks(...parts: (string | Uint8Array | Error)[]): AsyncIterable<string | Uint8Array> {
  for (const part of parts) {
    if (part instanceof Error) throw part;
    yield await Promise.resolve(part);
  }
}

describe('writeFileAtomic', () => {
  it('writes the whole file, with a mode', async () => {
    const file = join(await scratch(), 'a.vcf');
    await writeFileAtomic(file, chunks('grü', Buffer.from('ße'), ''), 0o600);
    expect(await readFile(file, 'utf8')).toBe('grüße');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readdir(join(file, '..'))).toEqual(['a.vcf']);
  });

  it('or nothing: an error of the source leaves what was there, and no traces', async () => {
    const folder = await scratch();
    const file = join(folder, 'a.vcf');
    await writeFile(file, 'old');
    const error = await errorOf(writeFileAtomic(file, chunks('new', new Error('server gone'))));
    expect(error.message).toBe('server gone');
    expect(await readFile(file, 'utf8')).toBe('old');
    expect(await errorOf(writeFileAtomic(join(folder, 'b.vcf'), chunks(new Error('x'))))).toBeInstanceOf(Error);
    expect(await readdir(folder)).toEqual(['a.vcf']);
  });

  it('keeps the mode of the file and follows links', async () => {
    const folder = await scratch();
    const file = join(folder, 'real.vcf');
    await writeFile(file, 'old');
    await chmod(file, 0o640);
    await symlink(file, join(folder, 'link.vcf'));
    await writeFileAtomic(join(folder, 'link.vcf'), chunks('new'));
    expect(await readFile(file, 'utf8')).toBe('new');
    expect((await stat(file)).mode & 0o777).toBe(0o640);
  });

  it('names file and reason', async () => {
    const folder = await scratch();
    await mkdir(join(folder, 'dir'));
    for (const [name, reason] of [
      ['dir', 'it is a folder'],
      ['none/a', 'there is no such folder'],
      ['x'.repeat(300), 'the name is too long'],
    ] as const) {
      const error = await errorOf(writeFileAtomic(join(folder, name), chunks('x')));
      expect(error).toBeInstanceOf(InputError);
      expect(error.message).toBe(`cannot write ${join(folder, name)}: ${reason}`);
    }
    expect(await readdir(folder)).toEqual(['dir']);
  });

  it('writes to a device as it is', async () => {
    await writeFileAtomic('/dev/null', chunks('x'));
    expect((await stat('/dev/null')).isCharacterDevice()).toBe(true);
  });
});

function lockText(more: Record<string, unknown>): string {
  return JSON.stringify({
    pid: process.pid,
    host: hostname(),
    startedAt: Date.now(),
    info: 'other work',
    mark: '',
    nonce: 'n',
    ...more,
  });
}

/** The pid of a process that has ended. */
function deadPid(): number {
  return spawnSync('true').pid;
}

describe('locks', () => {
  it('are exclusive and released', async () => {
    const folder = await scratch();
    const file = join(folder, 'deep', 'lock');
    const lock = await acquireLock(file, 'migrate a b');
    const error = await errorOf(acquireLock(file, 'x'));
    expect(error).toBeInstanceOf(Stopped);
    expect(error.message).toBe(`process ${process.pid} has been at this for less than two minutes: migrate a b`);
    expect(error.hint).toContain(file);
    await lock.release();
    await lock.release();
    await (await acquireLock(file, 'y')).release();
    expect(await readdir(join(folder, 'deep'))).toEqual([]);
  });

  it('only one of many gets it', async () => {
    const file = join(await scratch(), 'lock');
    const results = await Promise.allSettled(Array.from({ length: 20 }, () => acquireLock(file, 'x')));
    expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
  });

  it('are taken over from a process that is gone, by one only', async () => {
    const folder = await scratch();
    const file = join(folder, 'lock');
    for (let round = 0; round < 10; round++) {
      await writeFile(file, lockText({ pid: deadPid() }));
      const results = await Promise.allSettled(Array.from({ length: 5 }, () => acquireLock(file, 'x')));
      const won = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
      expect(won).toHaveLength(1);
      await won[0]?.release();
      expect(await readdir(folder)).toEqual([]);
    }
  });

  it('are taken over when the pid now belongs to another process', async () => {
    const file = join(await scratch(), 'lock');
    await writeFile(file, lockText({ mark: '1' }));
    await (await acquireLock(file, 'x')).release();
  });

  it('are not taken from another host, with its age said', async () => {
    const file = join(await scratch(), 'lock');
    await writeFile(file, lockText({ pid: deadPid(), host: 'elsewhere', startedAt: Date.now() - 3 * 3_600_000 }));
    const error = await errorOf(acquireLock(file, 'x'));
    expect(error.message).toMatch(/^process \d+ on elsewhere has been at this for 3 hours: other work$/);
  });

  it("an empty lock is being written, an old one is nobody's", async () => {
    const file = join(await scratch(), 'lock');
    await writeFile(file, '');
    expect(await errorOf(acquireLock(file, 'x'))).toBeInstanceOf(Stopped);
    await utimes(file, 1, 1);
    await (await acquireLock(file, 'x')).release();
  });

  it('a lock that was taken over is not released by its old owner', async () => {
    const file = join(await scratch(), 'lock');
    const lock = await acquireLock(file, 'x');
    await writeFile(file, lockText({}));
    await lock.release();
    expect(await readFile(file, 'utf8')).toContain('other work');
  });

  it('withLock waits for the others and releases after an error', async () => {
    const file = join(await scratch(), 'lock');
    let inside = 0;
    const work = async (): Promise<void> => {
      inside += 1;
      expect(inside).toBe(1);
      await Promise.resolve();
      inside -= 1;
    };
    await Promise.all(Array.from({ length: 5 }, () => withLock(file, 'x', work)));
    expect((await errorOf(withLock(file, 'x', () => Promise.reject(new Error('boom'))))).message).toBe('boom');
    await (await acquireLock(file, 'x')).release();
  });
});
