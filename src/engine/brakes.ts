/** Guards against the large accidents: an empty source, a source that shrank, a target that would be wiped. */
import { Stopped } from '../model/errors.js';

export interface BrakeFacts {
  from: string;
  to: string;
  /** Contacts the source gave, unreadable ones included. */
  source: number;
  /** Contacts of the source when the last run finished. */
  lastSource: number | undefined;
  /** Contacts that earlier runs brought over. */
  brought: number;
  target: number;
  deletes: number;
  overwrites: number;
}

const HINT = 'if that is right, give the same command with --force';

/**
 * An empty source, one that shrank by more than half since the last run, or a plan that deletes or overwrites more than
 * half of the target.
 * @throws Stopped (exit 1) naming the reason and `--force`
 */
export function checkBrakes(facts: BrakeFacts, force: boolean): void {
  if (force) return;
  const { from, to, source, lastSource, brought, target, deletes, overwrites } = facts;
  if (source === 0) {
    const before = Math.max(lastSource ?? 0, brought);
    throw new Stopped(`${from} is empty`, {
      ...(before > 0 ? { why: `an earlier run found ${before} contacts there` } : {}),
      hint: HINT,
    });
  }
  if (lastSource !== undefined && source * 2 < lastSource) {
    throw new Stopped(`${from} shrank from ${lastSource} to ${source} contacts since the last run`, { hint: HINT });
  }
  const hit = deletes + overwrites;
  if (target > 0 && hit * 2 > target) {
    throw new Stopped(`the plan would delete or overwrite ${hit} of the ${target} contacts of ${to}`, {
      why: `${deletes} deleted, ${overwrites} overwritten`,
      hint: HINT,
    });
  }
}
