/** The memory server with files kept beside its contacts, and a run on it with its undo. */
import { undoRun } from '../../src/engine/undo.js';
import { openWriter, type Writer } from '../../src/engine/write.js';
import type { Attachment } from '../../src/model/card.js';
import { NotFound, Refused, UnknownOutcome } from '../../src/model/errors.js';
import type { AttachmentFile } from '../../src/providers/types.js';
import type { Journal } from '../../src/store/types.js';
import { memoryServer, type MemoryOptions, type MemoryServer } from '../fakes/memory.js';
import { memoryJournal, testClock } from './support.js';

export interface Stored extends Attachment {
  bytes: Uint8Array;
}

/** The memory server with files. `sent` counts calls that write; `lose` loses the next answer. */
export function withFiles(options: MemoryOptions = {}): {
  server: MemoryServer;
  files: Map<string, Stored[]>;
  state: { sent: number; lose: 'before' | 'after' | undefined; refuse: boolean };
} {
  const server = memoryServer(options);
  const files = new Map<string, Stored[]>();
  const state: { sent: number; lose: 'before' | 'after' | undefined; refuse: boolean } = {
    sent: 0,
    lose: undefined,
    refuse: false,
  };
  const { provider } = server;
  let next = 1;
  const lost = (moment: 'before' | 'after'): void => {
    if (state.lose !== moment) return;
    state.lose = undefined;
    throw new UnknownOutcome('lost');
  };
  const of = (id: string): Stored[] => {
    if (!server.contacts.has(id)) throw new NotFound('no contact');
    return files.get(id) ?? [];
  };
  const mark = (id: string): void => {
    const record = server.contacts.get(id);
    if (record === undefined) return;
    if ((files.get(id) ?? []).length > 0) record.hasAttachments = true;
    else delete record.hasAttachments;
  };
  provider.attachments = {
    list: async (id) => of(id).map(({ bytes: _, ...file }) => file),
    get: async (id, file) =>
      of(id).find((found) => found.id === file)?.bytes ?? Promise.reject(new NotFound('no file')),
    add: async (id, file: AttachmentFile) => {
      lost('before');
      if (state.refuse) throw new Refused('too much');
      state.sent += 1;
      const made = { ...file, id: `f${next++}`, size: file.bytes.length };
      files.set(id, [...of(id), made]);
      mark(id);
      lost('after');
      const { bytes: _, ...shown } = made;
      return shown;
    },
    delete: async (id, file) => {
      lost('before');
      state.sent += 1;
      files.set(
        id,
        of(id).filter((found) => found.id !== file),
      );
      mark(id);
      lost('after');
    },
  };
  return { server, files, state };
}

export function open({ server }: { server: MemoryServer }): {
  journal: Journal;
  warnings: string[];
  writer: Writer;
  undo(force?: boolean): ReturnType<typeof undoRun>;
} {
  const journal = memoryJournal();
  const { connection } = server;
  const warnings: string[] = [];
  const writer = openWriter({
    connection,
    journal,
    command: 'test',
    clock: testClock(),
    dryRun: false,
    warn: (message) => warnings.push(message),
  });
  const undo = (force = false): ReturnType<typeof undoRun> =>
    undoRun({ connection, journal, run: writer.run ?? '', clock: testClock(), force, dryRun: false });
  return { journal, warnings, writer, undo };
}

export const FILE: AttachmentFile = { name: 'a.txt', mediaType: 'text/plain', bytes: Buffer.from('hello') };
