/** Ids that must differ although what they are made from may not: the second one gets `~2`, and so on. */
export class IdSet {
  readonly #taken = new Set<string>();
  readonly #counts = new Map<string, number>();

  /** `wanted`, or with a number when it is taken. Linear over all calls. */
  take(wanted: string): string {
    const base = wanted === '' ? 'no-uid' : wanted;
    let count = (this.#counts.get(base) ?? 0) + 1;
    let id = count === 1 ? base : `${base}~${count}`;
    while (this.#taken.has(id)) id = `${base}~${++count}`;
    this.#counts.set(base, count);
    this.#taken.add(id);
    return id;
  }
}
