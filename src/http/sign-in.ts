/** The client's sign-in: headers for calls, one renewal at a time, and no second try after a refusal. */
import { AuthError } from '../model/errors.js';
import { lowerCased } from './headers.js';
import type { HttpAnswer, HttpCall, HttpClientOptions } from './types.js';

/** Headers of one call, and the sign-in they belong to. */
export interface Signed {
  headers: Record<string, string>;
  generation: number;
}

export class SignIn {
  private generation = 0;
  private renewal: Promise<void> | undefined;
  private refused: AuthError | undefined;

  constructor(private readonly options: HttpClientOptions) {}

  /** Headers that sign the call in, the answer to a challenge included. Waits for a renewal in progress. @throws AuthError when the last one was refused */
  async headers(call: HttpCall, url: URL, challenged: Record<string, string> | undefined): Promise<Signed> {
    // Whoever started the renewal gets its error; others find out for themselves.
    await this.renewal?.catch(() => undefined);
    if (this.refused) throw this.refused;
    const generation = this.generation;
    const headers = await this.options.authorize?.(call);
    const answer = challenged ?? this.options.challenge?.prepare?.(call.method, url.href);
    return { headers: { ...lowerCased(headers ?? {}), ...lowerCased(answer ?? {}) }, generation };
  }

  /** True when the headers are of an earlier sign-in, or a new one is in progress. */
  isStale(signed: Signed): boolean {
    return this.renewal !== undefined || signed.generation !== this.generation;
  }

  /** Whether headers can be made ahead of a challenge, once there was one. */
  get prepares(): boolean {
    return this.options.challenge?.prepare !== undefined;
  }

  /** Headers for a second try after a 401 challenge. */
  challenge(answer: HttpAnswer, call: HttpCall): Record<string, string> | undefined {
    return this.options.challenge?.(answer, call);
  }

  isExpired(answer: HttpAnswer): boolean {
    return this.options.expired?.(answer) === true;
  }

  /**
   * Signs in again unless that has happened since `signed`. False when the driver has no way to.
   *
   * @throws AuthError when it is refused; then all later calls fail with it, so that a wrong password does not lock
   *   the account
   */
  async renew(signed: Signed): Promise<boolean> {
    const renew = this.options.renew?.bind(this.options);
    if (!renew) return false;
    if (this.refused) throw this.refused;
    if (signed.generation !== this.generation) return true;
    this.renewal ??= this.start(renew);
    await this.renewal;
    return true;
  }

  private async start(renew: () => Promise<void>): Promise<void> {
    try {
      await renew();
      this.generation += 1;
    } catch (error) {
      if (error instanceof AuthError) this.refused = error;
      throw error;
    } finally {
      this.renewal = undefined;
    }
  }
}
