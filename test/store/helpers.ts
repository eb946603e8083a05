import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { resolvePaths } from '../../src/store/paths.js';
import type { Paths } from '../../src/store/types.js';

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

/** A fresh folder, gone after the test. */
export async function scratch(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'cardferry-test-'));
  folders.push(folder);
  return folder;
}

/** Paths below a fresh folder, as a user has them without `--config-dir`. */
export async function scratchPaths(): Promise<Paths> {
  return resolvePaths({}, await scratch());
}

export { errorOf } from '../http/helpers.js';
