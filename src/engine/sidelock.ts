/** One run at a time writes to a target, whatever its source. */
import { createHash } from 'node:crypto';
import { join, resolve } from 'node:path';
import { acquireLock, type Lock } from '../store/lock.js';
import type { Connection } from './types.js';

/** The same side whatever folder it is named from. */
export function sideName({ kind, name }: Connection): string {
  return kind === 'profile' ? `profile ${name}` : resolve(name);
}

/** @throws Stopped naming the run that is writing there, and since when; InputError when the state cannot be written */
export function lockTarget(stateDir: string, to: Connection, command: string): Promise<Lock> {
  const name = createHash('sha256').update(sideName(to)).digest('hex').slice(0, 16);
  return acquireLock(join(stateDir, 'locks', name), command);
}
