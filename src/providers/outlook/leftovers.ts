/**
 * Entries of collections that no slot of a card reads (a second mobile number, a fourth address): a PATCH replaces a
 * collection as a whole, so that they go along as they are.
 */
import { createHash } from 'node:crypto';
import type { Leftover, Native } from './map.js';

const NONE: Leftover = new Map();

export class Leftovers {
  /** Hashes of id and version of what was read: eight bytes instead of hundreds. */
  private readonly read = new Set<string>();
  private readonly found = new Map<string, Leftover>();

  note({ id, etag, leftover }: Native): void {
    const key = keyOf(id, etag);
    this.read.add(key);
    if (leftover.size > 0) this.found.set(key, leftover);
  }

  /** Undefined when that version was not read in this connection. */
  of(id: string, etag: string | undefined): Leftover | undefined {
    const key = keyOf(id, etag);
    return etag !== undefined && this.read.has(key) ? (this.found.get(key) ?? NONE) : undefined;
  }
}

const keyOf = (id: string, etag = ''): string =>
  createHash('sha256')
    .update(JSON.stringify([id, etag]))
    .digest('base64url')
    .slice(0, 11);
