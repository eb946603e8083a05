/** One journalled write: intent on disk → request → outcome on disk; a lost answer is looked into before one repeat. */
import type { Clock } from '../http/types.js';
import { CardferryError, Interrupted, NotFound, Stopped, UnknownOutcome } from '../model/errors.js';
import type { Intent, Outcome, RunJournal } from '../store/types.js';
import type { WriterOptions } from './types.js';

/** How long to wait before looking a second time: some servers show a new contact a moment later. */
const SECOND_LOOK_MS = 2000;

export interface Step<T> {
  intent: Omit<Intent, 't' | 'seq'>;
  send(): Promise<T>;
  /** After a lost answer: what the server shows when the write did happen, undefined when it did not. */
  settle(): Promise<T | undefined>;
  /** What the outcome records. */
  outcome?(result: T): { id?: string; etag?: string };
}

/** Opens the run's journal with the first write, and performs steps. Safe to use concurrently. */
export class Performer {
  readonly #options: WriterOptions;
  #opening: Promise<RunJournal> | undefined;
  #run: string | undefined;

  constructor(options: WriterOptions) {
    this.#options = options;
  }

  /** Name of the run; undefined until something was written. */
  get run(): string | undefined {
    return this.#run;
  }

  /** @throws what `send` throws; UnknownOutcome when even looking did not tell; Stopped when the journal fails */
  async perform<T>(step: Step<T>): Promise<T> {
    const journal = await this.#journal();
    const seq = await onDisk(() => journal.intent(step.intent));
    let result: T;
    try {
      result = await this.#sendOnce(step);
    } catch (error) {
      await onDisk(() => journal.outcome(failure(seq, error)));
      throw error;
    }
    await onDisk(() => journal.outcome({ seq, status: 'done', ...step.outcome?.(result) }));
    return result;
  }

  /** Journals intents for what one request will destroy together with its target (contacts of a deleted book). */
  async performAll<T>(intents: AsyncIterable<Omit<Intent, 't' | 'seq'>>, step: Step<T>): Promise<T> {
    const journal = await this.#journal();
    const seqs: number[] = [];
    for await (const intent of intents) seqs.push(await onDisk(() => journal.intent(intent)));
    const close = async (outcome: Omit<Outcome, 't' | 'seq'>): Promise<void> => {
      for (const seq of seqs) await onDisk(() => journal.outcome({ seq, ...outcome }));
    };
    try {
      const result = await this.perform(step);
      await close({ status: 'done' });
      return result;
    } catch (error) {
      const { seq: _, ...outcome } = failure(0, error);
      await close(outcome);
      throw error;
    }
  }

  async end(): Promise<void> {
    if (this.#opening === undefined) return;
    const journal = await this.#opening;
    await onDisk(() => journal.end());
  }

  #journal(): Promise<RunJournal> {
    this.#opening ??= this.#open();
    return this.#opening;
  }

  async #open(): Promise<RunJournal> {
    const { connection, command, journal, undoes, continues, onRun } = this.#options;
    const opened = await onDisk(() =>
      journal.begin({
        command,
        profile: connection.name,
        provider: connection.definition.name,
        ...(undoes === undefined ? {} : { undoes }),
        ...(continues === undefined ? {} : { continues }),
      }),
    );
    this.#run = opened.run;
    await onRun?.(opened.run);
    return opened;
  }

  async #sendOnce<T>(step: Step<T>): Promise<T> {
    try {
      return await step.send();
    } catch (error) {
      if (!(error instanceof UnknownOutcome)) throw error;
      const found = await this.#look(step, error);
      if (found !== undefined) return found;
    }
    try {
      return await step.send();
    } catch (error) {
      if (!(error instanceof UnknownOutcome)) throw error;
      const found = await this.#look(step, error);
      if (found !== undefined) return found;
      throw error;
    }
  }

  /** Looks, waits, looks again. When the server cannot be asked, the outcome stays unknown. */
  async #look<T>(step: Step<T>, lost: UnknownOutcome): Promise<T | undefined> {
    try {
      return (await step.settle()) ?? (await later(this.#options.clock, () => step.settle()));
    } catch (error) {
      if (error instanceof Interrupted || !(error instanceof CardferryError)) throw error;
      throw new UnknownOutcome(lost.message, {
        ...(lost.why === undefined ? {} : { why: lost.why }),
        hint: 'it may or may not have happened: look at the contact before you try again',
        cause: error,
      });
    }
  }
}

async function later<T>(clock: Clock, look: () => Promise<T>): Promise<T> {
  await clock.sleep(SECOND_LOOK_MS);
  return look();
}

function failure(seq: number, error: unknown): Omit<Outcome, 't'> {
  const unknown = error instanceof UnknownOutcome || error instanceof Interrupted || !(error instanceof CardferryError);
  const code = error instanceof CardferryError ? error.code : 'unexpected';
  const message = error instanceof Error ? error.message : String(error);
  return { seq, status: unknown ? 'unknown' : 'failed', error: { code, message } };
}

/** Errors of our own files stop a run: going on without a journal would be writing without a way back. */
export async function onDisk<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof CardferryError) throw error;
    throw new Stopped('cannot write the journal', {
      why: error instanceof Error ? error.message : String(error),
      hint: 'free some space or check the permissions of the state directory, then run the same command again',
      cause: error,
    });
  }
}

/** A `settle` for deletes: gone means done. `get` throws NotFound when it is gone. */
export async function goneOr<T>(get: () => Promise<unknown>, done: T): Promise<T | undefined> {
  try {
    await get();
    return undefined;
  } catch (error) {
    if (error instanceof NotFound) return done;
    throw error;
  }
}
