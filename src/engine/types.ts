/** What the engine takes and gives: results, losses, plans, events. Commands render these; nothing here prints. */
import type { Book, Card, ContactRecord, Group } from '../model/card.js';
import type { Provider, ProviderDefinition, RejectListener, SortKey } from '../providers/types.js';
import type { Clock } from '../http/types.js';
import type { Journal } from '../store/types.js';

/** A value that will not be (or was not) kept. `field` is a name of `model/fields.ts`. */
export interface Loss {
  field: string;
  /** `unread`: written, but reading may not show it (`ProviderDefinition.writeOnly`). */
  kind: 'dropped' | 'changed' | 'unsure' | 'unread';
  /** The value as a person reads it, cut to 80 characters: "+49 30 1234 (home fax)". */
  value: string;
  /** What becomes of it when `changed`: the shortened or altered value. */
  becomes?: string;
}

export interface ItemError {
  code: string;
  message: string;
  hint?: string;
}

/** The shape of `--json` of every command that writes. */
export interface WriteSummary {
  ok: boolean;
  created: string[];
  updated: string[];
  deleted: string[];
  skipped: string[];
  failed: { id: string; error: ItemError }[];
}

/** A connected profile, file or folder. */
export interface Connection {
  /** Profile name, or the path of a file or folder. */
  name: string;
  kind: 'profile' | 'file' | 'folder';
  definition: ProviderDefinition;
  provider: Provider;
  readOnly: boolean;
  /** Sends records that could not be read to `handler` instead of the user's warnings, while lists are read. */
  onReject?: (handler: (record: RejectedRecord) => void) => void;
}

/** A record of a source that could not be read. */
export interface RejectedRecord {
  error: string;
  hint?: string;
  /** File in a folder, or path on a server. Such a record is told once, however often it is read. */
  id?: string;
  line: number;
  raw: Uint8Array;
}

export interface ReadFilter {
  bookIds?: readonly string[];
  /** Group by id or name. */
  group?: string;
  has?: readonly ('email' | 'phone' | 'avatar')[];
  changedSince?: string;
  query?: string;
  sort?: SortKey;
  descending?: boolean;
  limit?: number;
  offset?: number;
  media?: boolean;
  /** Told of contacts that cannot be read, instead of the user. */
  onReject?: RejectListener;
}

/** What `Writer` needs. `dryRun` computes losses and returns without a journal entry or a request. */
export interface WriterOptions {
  connection: Connection;
  journal: Journal;
  command: string;
  clock: Clock;
  dryRun: boolean;
  undoes?: string;
  /** The interrupted run that this one goes on with. */
  continues?: string;
  /** Ids that were there before the run: after a lost answer none of them is taken for the new contact. */
  known?: (id: string) => boolean;
  /** Told what the journal cannot keep, and undo not put back. */
  warn?(message: string): void;
  /** Told the run's name when its journal is opened, before the first intent. */
  onRun?: (run: string) => Promise<void> | void;
}

export interface Written {
  id: string;
  etag?: string;
  bookIds?: string[];
  losses: Loss[];
}

export type ConflictPolicy = 'skip' | 'update' | 'duplicate' | 'ask';
export type MatchKey = 'uid' | 'email' | 'name';
export type Overflow = 'notes' | 'file' | 'drop';

export interface MigrateOptions {
  from: Connection;
  to: Connection;
  journal: Journal;
  clock: Clock;
  signal: AbortSignal;
  /** State directory of the tool; the migration keeps its id map, spool and lock below `migrations/`. */
  stateDir: string;
  /** Where report.json, leftovers.vcf and rejects.vcf go; default below `<stateDir>/reports/`. */
  reportDir?: string;
  onConflict: ConflictPolicy;
  match: readonly MatchKey[];
  overflow: Overflow;
  /** Source book to target book, by name or id. */
  books: readonly { from: string; to: string }[];
  group?: string;
  sinceLast: boolean;
  mirror: boolean;
  verify: boolean;
  restart: boolean;
  force: boolean;
  dryRun: boolean;
  concurrency?: number;
  /** Repeats of calls so far, for progress events. */
  retries?: () => number;
  /**
   * Shown the plan; false stops before the first write. Not called when there is nothing to write, except in a dry
   * run: there it is always called, and the answer does not matter.
   */
  confirm: (plan: PlanSummary) => Promise<boolean>;
  /** For `--on-conflict ask`. */
  ask?: (conflict: { source: Card; target: ContactRecord }) => Promise<'skip' | 'update' | 'duplicate'>;
  onEvent: (event: MigrateEvent) => void;
}

export interface FieldLoss {
  field: string;
  kind: Loss['kind'];
  /** Contacts that lose something in this field. */
  contacts: number;
  /** Up to three: contact name and value. */
  examples: { contact: string; value: string; becomes?: string }[];
}

export interface PlanSummary {
  from: string;
  to: string;
  /** Contacts read on each side. */
  source: number;
  target: number;
  create: number;
  update: number;
  unchanged: number;
  skip: number;
  delete: number;
  /** Records of the source that cannot be read or stored at all. */
  failed: number;
  groups: { create: number; update: number; unchanged: number; rule: string };
  books: { create: string[]; mapping: { from: string; to: string }[] };
  /** Files kept with contacts that are to be added; absent when there are none. */
  attachments?: number;
  losses: FieldLoss[];
  /** Where what does not fit goes: a sentence. */
  overflow: string;
  /** Earlier run that this one goes on with. */
  resumes?: string;
}

export interface Difference {
  /** Source id. */
  id: string;
  name: string;
  field: string;
  expected: string;
  found: string;
}

export type MigratePhase = 'read-source' | 'read-target' | 'plan' | 'apply' | 'groups' | 'verify' | 'report';

/** How long a part of a run took. */
export interface Timing {
  phase: MigratePhase;
  ms: number;
}

export type MigrateEvent =
  | { type: 'phase'; phase: MigratePhase }
  | { type: 'read'; side: 'source' | 'target'; count: number }
  | { type: 'progress'; done: number; total: number; failed: number; retries: number }
  | { type: 'wait'; reason: string; ms: number }
  | { type: 'warning'; message: string };

export interface MigrateResult {
  run: string | undefined;
  plan: PlanSummary;
  summary: WriteSummary;
  /** Undefined when verification was not asked for or nothing was applied (dry run, declined). */
  verified?: {
    contacts: number;
    equal: number;
    differences: Difference[];
    /** Fields that the target does not show again, and in how many contacts: they could not be compared. */
    unchecked?: { field: string; contacts: number }[];
  };
  /** What was declined by `confirm`. */
  declined: boolean;
  reportDir: string | undefined;
}

export type { Book, Group };
