/** Reading runs: entries checked one by one, and a quick scan for lists. */
import { createReadStream } from 'node:fs';
import { lines } from './lines.js';
import type { Intent, JournalEntry, Outcome, RunHeader, WriteOp } from './types.js';

type Json = Record<string, unknown>;

const OPS: Record<WriteOp, true> = {
  create: true,
  update: true,
  delete: true,
  'group.create': true,
  'group.rename': true,
  'group.members': true,
  'group.delete': true,
  'avatar.set': true,
  'avatar.delete': true,
  'book.create': true,
  'book.rename': true,
  'book.delete': true,
  move: true,
  copy: true,
  'attachment.add': true,
  'attachment.delete': true,
  'frequent.set': true,
};

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isSeq(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value > 0;
}

function optional(entry: Json, keys: readonly string[], type: 'string' | 'object'): boolean {
  return keys.every((key) => {
    const value = entry[key];
    return value === undefined || (type === 'string' ? typeof value === 'string' : isObject(value));
  });
}

function isHeader(entry: Json): entry is Json & RunHeader {
  const texts = ['run', 'command', 'profile', 'provider'].every((key) => typeof entry[key] === 'string');
  return (
    entry['version'] === 1 &&
    texts &&
    typeof entry['startedAt'] === 'number' &&
    optional(entry, ['undoes', 'continues'], 'string')
  );
}

function isIntent(entry: Json): entry is Json & Intent {
  return (
    isSeq(entry['seq']) &&
    typeof entry['op'] === 'string' &&
    Object.hasOwn(OPS, entry['op']) &&
    optional(entry, ['id', 'bookId', 'name', 'key'], 'string') &&
    optional(entry, ['before', 'after'], 'object')
  );
}

function isOutcome(entry: Json): entry is Json & Outcome {
  const status = entry['status'];
  return (
    isSeq(entry['seq']) &&
    (status === 'done' || status === 'failed' || status === 'unknown') &&
    optional(entry, ['id', 'etag'], 'string') &&
    optional(entry, ['error'], 'object')
  );
}

/**
 * The entry of a line, or undefined when it is none. A damaged line (a power cut can leave zeros) is passed over: what
 * it said is not guessed.
 */
export function parseEntry(line: Buffer): JournalEntry | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line.toString('utf8'));
  } catch {
    return undefined;
  }
  if (!isObject(value)) return undefined;
  if (value['t'] === 'run') return isHeader(value) ? value : undefined;
  if (value['t'] === 'intent') return isIntent(value) ? value : undefined;
  if (value['t'] === 'outcome') return isOutcome(value) ? value : undefined;
  return value['t'] === 'end' && typeof value['at'] === 'number' ? { t: 'end', at: value['at'] } : undefined;
}

export interface RunScan {
  header: RunHeader;
  writes: number;
  open: number;
  ended: boolean;
}

/** Enough of a line to tell what it is; the header may be longer. */
const BEGINNING = 64 * 1024;
const KIND = /^\{"t":"(?:(intent)","seq":(\d+),|(outcome)","seq":(\d+),"status":"(\w+)"|(end)")/;

/** Header and counts of a run without parsing its contacts. Undefined when the file has no whole header. */
export async function scanRun(file: string): Promise<RunScan | undefined> {
  let header: RunHeader | undefined;
  const open = new Set<string>();
  let writes = 0;
  let ended = false;
  for await (const line of lines(createReadStream(file, { highWaterMark: 256 * 1024 }), BEGINNING)) {
    if (!header) {
      const first = parseEntry(line);
      if (first?.t !== 'run') return undefined;
      header = first;
      continue;
    }
    const [, intent, opened = '', outcome, closed = '', status, end] = KIND.exec(line.toString('latin1', 0, 96)) ?? [];
    if (intent !== undefined) open.add(opened);
    if (outcome !== undefined && open.delete(closed) && status === 'done') writes += 1;
    if (end !== undefined) ended = true;
  }
  return header && { header, writes, open: open.size, ended };
}
