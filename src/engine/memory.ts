/** What earlier runs of a migration know, seen through what happened to them since: undone runs, runs that were cut off. */
import { CardferryError, NotFound } from '../model/errors.js';
import type { Intent, Journal } from '../store/types.js';
import type { Notes } from './apply.js';
import type { Base } from './merge.js';
import type { MigrationState } from './state.js';

/**
 * Opens the memory. Contacts that the journal of a cut-off run shows as created, but that were not noted any more, are
 * known again; pairs of a run that was undone keep their ids and lose their base.
 */
export async function openMemory(state: MigrationState, journal: Journal, write: boolean): Promise<Notes> {
  const undone = state.runs.length === 0 ? new Set<string>() : await undoneRuns(journal);
  const recovered = new Map<string, string>();
  if (state.openRun !== undefined) await recover(state, journal, state.openRun, recovered, write);
  return {
    target: (id) => state.target(id) ?? recovered.get(id),
    async base(id): Promise<Base | undefined> {
      const run = state.runOf(id);
      return run !== undefined && undone.has(run) ? undefined : state.base(id);
    },
    setPair: (source, target, base) => state.setPair(source, target, base),
    removePair: (source) => state.removePair(source),
  };
}

async function undoneRuns(journal: Journal): Promise<Set<string>> {
  return new Set((await journal.list()).filter((run) => run.undone).map((run) => run.run));
}

async function recover(
  state: MigrationState,
  journal: Journal,
  run: string,
  recovered: Map<string, string>,
  write: boolean,
): Promise<void> {
  const open = new Map<number, Intent>();
  try {
    for await (const entry of journal.entries(run)) {
      if (entry.t === 'intent') open.set(entry.seq, entry);
      if (entry.t !== 'outcome' || entry.status !== 'done' || entry.id === undefined) continue;
      const intent = open.get(entry.seq);
      open.delete(entry.seq);
      if (intent?.key === undefined) continue;
      if (intent.op === 'create' && state.target(intent.key) === undefined) recovered.set(intent.key, entry.id);
      if (intent.op === 'group.create' && state.group(intent.key) === undefined && write)
        await state.setGroup(intent.key, entry.id, []);
    }
  } catch (error) {
    // A journal that is gone or damaged costs nothing here: contacts are recognised by what they hold.
    if (!(error instanceof NotFound || error instanceof CardferryError)) throw error;
  }
  if (write) for (const [source, target] of recovered) await state.setPair(source, target, undefined);
}
