/** Bounded concurrency over a stream, and locks by key. */

/**
 * Runs `work` on each item, at most `limit` at a time, pulling items only when a worker is free. The first thrown
 * error stops the pulling; what is in flight ends first, then the error is thrown.
 */
export async function forEachLimited<T>(
  items: AsyncIterable<T> | Iterable<T>,
  limit: number,
  work: (item: T, index: number) => Promise<void>,
): Promise<void> {
  const source = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
  let turn: Promise<unknown> = Promise.resolve();
  let index = 0;
  const failures: unknown[] = [];
  let ended = false;
  const next = (): Promise<{ item: T; index: number } | undefined> => {
    const pull = turn.then(async () => {
      if (ended) return undefined;
      const step = await source.next();
      if (step.done === true) {
        ended = true;
        return undefined;
      }
      return { item: step.value, index: index++ };
    });
    turn = pull.catch(() => undefined);
    return pull;
  };
  const worker = async (): Promise<void> => {
    while (!ended) {
      try {
        const step = await next();
        if (step !== undefined) await work(step.item, step.index);
      } catch (error) {
        failures.push(error);
        ended = true;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, limit) }, worker));
  if (failures.length === 0) return;
  await source.return?.(undefined);
  throw failures[0];
}

/** Runs tasks with the same key one after another, others side by side. */
export class KeyedLock {
  readonly #tails = new Map<string, Promise<unknown>>();

  async run<T>(key: string, task: () => Promise<T>): Promise<T> {
    const before = this.#tails.get(key) ?? Promise.resolve();
    const mine = before.then(task, task);
    const tail = mine.catch(() => undefined);
    this.#tails.set(key, tail);
    try {
      return await mine;
    } finally {
      if (this.#tails.get(key) === tail) this.#tails.delete(key);
    }
  }
}
