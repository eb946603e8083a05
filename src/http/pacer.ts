/** How many calls are in flight, and when none may start: additive increase, multiplicative decrease (as TCP does). */
import type { Clock } from './types.js';

export interface PacerOptions {
  /** Most calls in flight, 1 or more. */
  limit: number;
  /** Most calls begun within any second; no limit when absent. */
  perSecond?: number | undefined;
  clock: Clock;
  signal: AbortSignal;
}

const SECOND = 1_000;

interface Waiter {
  start(): void;
  fail(error: unknown): void;
}

/** A place in flight. Give it back exactly once; `ok` says that the server took the call without complaint. */
export interface Slot {
  release(ok: boolean): void;
}

/**
 * Lets at most `limit` calls run. Each complaint (429, 503) halves the number, once for all calls that were in flight
 * together, and may stop new calls until a moment; each full round of good answers adds one, up to `limit` again.
 */
export class Pacer {
  private readonly most: number;
  private readonly perSecond: number;
  /** When the last calls began, oldest first: as many as may begin within a second. */
  private readonly begun: number[] = [];
  private readonly clock: Clock;
  private readonly signal: AbortSignal;
  private allowed: number;
  private running = 0;
  private resumeAt = -Infinity;
  private sleeping = false;
  /** Counts the halvings; a call that began before the last one does not halve again. */
  private epoch = 0;
  private readonly waiting: Waiter[] = [];
  private head = 0;

  constructor(options: PacerOptions) {
    this.most = Math.max(1, Math.floor(options.limit));
    this.allowed = this.most;
    this.perSecond = Math.max(1, Math.floor(options.perSecond ?? Infinity));
    this.clock = options.clock;
    this.signal = options.signal;
  }

  /** Calls that may be in flight now. */
  get limit(): number {
    return Math.max(1, Math.floor(this.allowed));
  }

  get inFlight(): number {
    return this.running;
  }

  /** Resolves with a slot when a call may start, in the order of asking. Rejects when the run is aborted in a pause. */
  async acquire(): Promise<Slot & { epoch: number }> {
    if (this.isFree() && this.head === this.waiting.length) this.begin();
    else await this.queue();
    let open = true;
    const release = (ok: boolean): void => {
      if (!open) return;
      open = false;
      this.running -= 1;
      if (ok) this.allowed = Math.min(this.most, this.allowed + 1 / this.allowed);
      this.pump();
    };
    return { release, epoch: this.epoch };
  }

  /**
   * The server asked for less: `epoch` is that of the slot whose call it refused (undefined when it refused parts of an
   * answer); no call starts for `pauseMs`.
   */
  complain(epoch: number | undefined, pauseMs: number): void {
    if (epoch === undefined || epoch === this.epoch) {
      this.epoch += 1;
      this.allowed = Math.max(1, Math.floor(this.allowed / 2));
    }
    this.resumeAt = Math.max(this.resumeAt, this.clock.now() + pauseMs);
  }

  /** Rejects all who wait (the run was aborted, the client closed). */
  abort(error: unknown): void {
    const waiting = this.waiting.splice(0).slice(this.head);
    this.head = 0;
    for (const waiter of waiting) waiter.fail(error);
  }

  private isFree(): boolean {
    return this.running < this.limit && this.clock.now() >= this.nextAt();
  }

  /** When the next call may begin, as far as pauses and the rate go. */
  private nextAt(): number {
    const [oldest] = this.begun;
    if (oldest === undefined || this.begun.length < this.perSecond) return this.resumeAt;
    // A clock that was set back says nothing about the last second.
    if (oldest > this.clock.now()) return this.resumeAt;
    return Math.max(this.resumeAt, oldest + SECOND);
  }

  private begin(): void {
    this.running += 1;
    if (this.perSecond === Infinity) return;
    if (this.begun.length >= this.perSecond) this.begun.shift();
    this.begun.push(this.clock.now());
  }

  private queue(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ start: resolve, fail: reject });
      this.pump();
    });
  }

  private pump(): void {
    while (this.head < this.waiting.length && this.isFree()) {
      const next = this.waiting[this.head];
      this.head += 1;
      this.begin();
      next?.start();
    }
    if (this.head > 1024 && this.head * 2 > this.waiting.length) {
      this.waiting.splice(0, this.head);
      this.head = 0;
    }
    if (this.head < this.waiting.length && this.running < this.limit && !this.sleeping) void this.sleep();
  }

  private async sleep(): Promise<void> {
    this.sleeping = true;
    const { resumeAt } = this;
    const until = this.nextAt();
    try {
      await this.clock.sleep(Math.max(0, until - this.clock.now()), this.signal);
      this.sleeping = false;
      // The pause is over when it was slept through, whatever a coarse clock says.
      if (this.resumeAt === resumeAt) this.resumeAt = -Infinity;
      while ((this.begun[0] ?? Infinity) + SECOND <= until) this.begun.shift();
    } catch (error) {
      this.sleeping = false;
      this.abort(error);
      return;
    }
    this.pump();
  }
}
