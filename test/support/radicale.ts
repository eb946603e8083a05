/** Debian's Radicale on a loopback port with storage of its own, for tests against a real CardDAV server. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Radicale {
  url: string;
  /** The first account. */
  user: string;
  /** Of every account. */
  password: string;
  /** An account that was not given out before: `user2`, `user3` …; each starts without an address book. */
  nextUser(): string;
  /** Folder with the collections. */
  folder: string;
  close(): Promise<void>;
}

const PASSWORD = 'pass wörd:1';
const ACCOUNTS = 400;

/**
 * Starts it. Where it is not installed and we are root it is installed with apt-get, once.
 *
 * @returns undefined, after saying so loudly on stderr, when there is none
 */
export async function startRadicale(): Promise<Radicale | undefined> {
  const command = findCommand() ?? (install() ? findCommand() : undefined);
  if (command === undefined) {
    process.stderr.write(
      '\n*** SKIPPED: radicale is not installed; nothing was tested against a real CardDAV server ***\n\n',
    );
    return undefined;
  }
  const folder = await mkdtemp(join(tmpdir(), 'cardferry-radicale-'));
  const port = await freePort();
  await writeFile(join(folder, 'config'), configuration(folder, port));
  const users = Array.from({ length: ACCOUNTS }, (_none, index) => `user${index + 1}:${PASSWORD}\n`).join('');
  await writeFile(join(folder, 'users'), users);
  const [program = '', ...args] = command;
  const child = spawn(program, [...args, '--config', join(folder, 'config')], { stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()));
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const url = `http://127.0.0.1:${port}/`;
  const close = async (): Promise<void> => {
    child.kill('SIGTERM');
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  if (!(await answers(url, () => child.exitCode !== null))) {
    await close();
    throw new Error(`radicale did not start:\n${log}`);
  }
  let given = 1;
  return { url, user: 'user1', password: PASSWORD, nextUser: () => `user${++given}`, folder, close };
}

function findCommand(): string[] | undefined {
  const candidates = [['radicale'], ['python3', '-m', 'radicale']];
  return candidates.find(([program = '', ...args]) => spawnSync(program, [...args, '--version']).status === 0);
}

function install(): boolean {
  if (process.getuid?.() !== 0) return false;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const options = { env, stdio: 'ignore' as const, timeout: 110_000 };
  const get = (): boolean => spawnSync('apt-get', ['install', '-y', '-qq', 'radicale'], options).status === 0;
  return get() || (spawnSync('apt-get', ['update', '-qq'], options).status === 0 && get());
}

function configuration(folder: string, port: number): string {
  return [
    `[server]\nhosts = 127.0.0.1:${port}\nmax_connections = 40`,
    `[auth]\ntype = htpasswd\nhtpasswd_filename = ${join(folder, 'users')}\nhtpasswd_encryption = plain\ndelay = 0`,
    `[storage]\nfilesystem_folder = ${join(folder, 'collections')}`,
    '[logging]\nlevel = warning',
    '',
  ].join('\n\n');
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Waits, for up to 20 seconds, until the process answers. */
async function answers(url: string, ended: () => boolean): Promise<boolean> {
  for (let attempt = 0; attempt < 200 && !ended(); attempt++) {
    try {
      await fetch(url, { method: 'OPTIONS' });
      return true;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  return false;
}
