/**
 * What this process wrote, by path. Axigen's listings and reports lag writes by up to a minute, while a GET of the path is
 * current at once: what we wrote is read by GET until the listing shows it.
 */
export type Mark =
  | {
      state: 'stored';
      id: string;
      /** Undefined when the server gave none: then only a GET tells. */
      etag: string | undefined;
    }
  | { state: 'deleted' };

export class Overlay {
  readonly #marks = new Map<string, Mark>();

  stored(path: string, id: string, etag: string | undefined): void {
    this.#marks.set(path, { state: 'stored', id, etag });
  }

  deleted(path: string): void {
    this.#marks.set(path, { state: 'deleted' });
  }

  get(path: string): Mark | undefined {
    return this.#marks.get(path);
  }

  /** Whether what a listing or report shows at this path, with this etag, is older than what we wrote there. */
  isStale(path: string, etag: string | undefined): boolean {
    const mark = this.#marks.get(path);
    return mark !== undefined && (mark.state === 'deleted' || mark.etag === undefined || mark.etag !== etag);
  }

  /** Splits a listing: what can be read from it, and the paths in the folder that must be asked for one by one. */
  split<T extends { path: string; etag?: string }>(
    listed: readonly T[],
    folder: string,
  ): { current: T[]; direct: string[] } {
    if (this.#marks.size === 0) return { current: [...listed], direct: [] };
    const current = listed.filter(({ path, etag }) => !this.isStale(path, etag));
    const direct = listed.filter(({ path, etag }) => this.isStale(path, etag)).map(({ path }) => path);
    const seen = new Set(listed.map(({ path }) => path));
    for (const [path, mark] of this.#marks) {
      if (mark.state === 'stored' && !seen.has(path) && path.startsWith(folder)) direct.push(path);
    }
    return { current, direct };
  }
}
