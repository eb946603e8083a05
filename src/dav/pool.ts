/** Several requests at once, results in order, no more of them in memory than are at work. */

/**
 * Maps `items` with at most `limit` calls of `work` open at a time and yields the results in the items' order. Stops taking
 * items when the consumer stops. The first failure is thrown when its turn comes.
 */
export async function* inOrder<T, R>(
  items: Iterable<T> | Iterator<T>,
  limit: number,
  work: (item: T) => Promise<R>,
): AsyncGenerator<R> {
  const source = Symbol.iterator in items ? items[Symbol.iterator]() : items;
  const open: Promise<R>[] = [];
  for (;;) {
    while (open.length < limit) {
      const next = source.next();
      if (next.done === true) break;
      const started = work(next.value);
      // A failure behind the one that is awaited must not count as unhandled; it is thrown in its turn.
      started.catch(() => undefined);
      open.push(started);
    }
    const first = open.shift();
    if (first === undefined) return;
    yield await first;
  }
}
