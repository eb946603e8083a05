/** What is kept on disk: profiles (no secrets), secrets, and the journal of writes. */
import type { Attachment, Card, FrequentContact, Group } from '../model/card.js';
import type { Secret } from '../model/text.js';

/** Where things live: XDG directories, or all below one folder with `--config-dir`. */
export interface Paths {
  /** `config.json`, and `secrets.json` (0600) where there is no keyring. */
  config: string;
  /** The built-in `local` address book: `contacts/`. */
  data: string;
  /** Journal (`runs/`), migrations (`migrations/`), reports (`reports/`). */
  state: string;
  /** All three lie below a folder the user named: then the keyring is not used either. */
  own: boolean;
}

/** One profile as saved. Never holds a secret. */
export interface Profile {
  provider: string;
  url?: string;
  user?: string;
  book?: string;
  options: Record<string, string>;
  readOnly?: boolean;
  /** Prints the password (or token) on its first line; nothing is kept then. */
  passwordCommand?: string;
}

export interface Config {
  defaultProfile?: string;
  profiles: Record<string, Profile>;
}

export interface ConfigStore {
  /** The file as it is; an absent file is an empty configuration. @throws InputError naming file and key. */
  read(): Promise<Config>;
  save(name: string, profile: Profile): Promise<void>;
  remove(name: string): Promise<void>;
  setDefault(name: string | undefined): Promise<void>;
  readonly file: string;
}

export interface SecretStore {
  get(profile: string, key: string): Promise<Secret | undefined>;
  /** Says where it went, to be told to the user. */
  set(profile: string, key: string, secret: Secret): Promise<'keyring' | 'file'>;
  /** Forgets all secrets of the profile. */
  remove(profile: string): Promise<void>;
  /** Where the profile's secrets are, and which keys: never the values. */
  describe(profile: string): Promise<{ where: 'keyring' | 'file' | 'none'; keys: string[] }>;
}

export type WriteOp =
  | 'create'
  | 'update'
  | 'delete'
  | 'group.create'
  | 'group.rename'
  | 'group.members'
  | 'group.delete'
  | 'avatar.set'
  | 'avatar.delete'
  | 'book.create'
  | 'book.rename'
  | 'book.delete'
  | 'move'
  | 'copy'
  | 'attachment.add'
  | 'attachment.delete'
  | 'frequent.set';

/** A contact as it was: enough to put it back. */
export interface Image {
  id: string;
  bookIds: string[];
  etag?: string;
  card: Card;
  /** Of a contact that was deleted: ids of the groups that held it by its id. */
  groups?: readonly string[];
  /** Of a contact that was deleted: the files that were with it. */
  attachments?: readonly KeptAttachment[];
}

/** A file of a contact. `content` (base64) is there when it is small enough to be kept. */
export interface KeptAttachment extends Attachment {
  content?: string;
}

export interface AttachmentImage {
  attachment: KeptAttachment;
}

export interface FrequentImage {
  frequent: readonly FrequentContact[];
}

/** Written and synced before the request leaves. */
export interface Intent {
  t: 'intent';
  seq: number;
  op: WriteOp;
  /** Id of what is written to; absent for creates. */
  id?: string;
  bookId?: string;
  /** What was there before. */
  before?: Image | Group | AttachmentImage | FrequentImage;
  /** What shall be there afterwards (creates and updates). */
  after?: Card | Group | AttachmentImage | FrequentImage;
  /** New name of a group or book; name of an attachment. */
  name?: string;
  /** In a migration: id of the contact or group on the source. */
  key?: string;
}

/** Written after the answer came, or was given up. */
export interface Outcome {
  t: 'outcome';
  seq: number;
  status: 'done' | 'failed' | 'unknown';
  id?: string;
  etag?: string;
  error?: { code: string; message: string };
}

/** First line of a run's file. */
export interface RunHeader {
  t: 'run';
  version: 1;
  run: string;
  command: string;
  profile: string;
  provider: string;
  /** Milliseconds since the epoch. */
  startedAt: number;
  /** The run this one takes back. */
  undoes?: string;
  /** The interrupted run that this one goes on with. */
  continues?: string;
}

export type JournalEntry = RunHeader | Intent | Outcome | { t: 'end'; at: number };

/** One run being written. All methods are safe to call concurrently; syncs are shared. */
export interface RunJournal {
  readonly run: string;
  /** On disk (fdatasync) when it resolves. Returns the sequence number. */
  intent(intent: Omit<Intent, 't' | 'seq'>): Promise<number>;
  outcome(outcome: Omit<Outcome, 't'>): Promise<void>;
  /** `always`: also a run without any write leaves a trace (an undo that found nothing to do). */
  end(always?: boolean): Promise<void>;
}

export interface RunSummary {
  run: string;
  command: string;
  profile: string;
  startedAt: number;
  /** Number of writes that were done. */
  writes: number;
  /** Intents without an outcome: the process ended in between. */
  open: number;
  undone: boolean;
  /** The interrupted run that this one went on with: both are taken back together. */
  continues?: string;
}

export interface Journal {
  /** Opens a run. The file appears with the first intent, so that runs that write nothing leave no trace. */
  begin(header: {
    command: string;
    profile: string;
    provider: string;
    undoes?: string;
    continues?: string;
  }): Promise<RunJournal>;
  /** Newest first. */
  list(): Promise<RunSummary[]>;
  /** Entries in order; a torn last line is ignored. @throws NotFound */
  entries(run: string): AsyncIterable<JournalEntry>;
}
