/**
 * How far a server knows extended properties. The contacts page has none at all, and the page about them shows one at
 * a time: what a server refuses with 400 is asked for with less, and from then on.
 */
import { Refused } from '../../model/errors.js';
import type { Dialect } from './dialect.js';
import { expandExtended } from './extended.js';

/** All that are asked for: those of fields and the stamp, the stamp alone, none. */
type Level = 'fields' | 'stamp' | 'none';

/** Refused contacts without which the server would still pass for one that keeps the stamp. */
const DOUBTS = 2;

const NOT_SHOWN = 'this server does not show fax, pager and other numbers that it has no field for';
const NOT_KEPT = 'this server keeps no extended properties: contacts lose their uid';
const FIELDS_TOO = ', and fax, pager and other numbers that it has no field for';

export class Extras {
  private level: Level = 'fields';
  /** It has stored a contact with its stamp. */
  private proven = false;
  /** Contacts that it stored without, after it had refused them. */
  private doubts = 0;
  private warned = false;

  constructor(
    private readonly dialect: Dialect,
    private readonly warn: (message: string) => void,
  ) {}

  /** They are stored and can be read back. */
  get kept(): boolean {
    return this.level !== 'none';
  }

  /** Contacts of this connection may be there without their stamp. */
  get doubtful(): boolean {
    return !this.kept || this.doubts > 0;
  }

  /** Reads with as much as the server takes. @param make gets the `$expand` to send */
  async reading<T>(make: (query: Record<string, string>) => Promise<T>): Promise<T> {
    let first: unknown;
    for (const level of this.levels()) {
      try {
        const found = await make(this.expand(level));
        this.settle(level);
        return found;
      } catch (error) {
        if (!isBad(error)) throw error;
        first ??= error;
      }
    }
    throw first;
  }

  /** Writes with them, or once more without: a contact refused with 400 was not stored. */
  async writing<T>(make: (kept: boolean) => Promise<T>): Promise<T> {
    if (!this.kept) return make(false);
    try {
      const made = await make(true);
      this.proven = true;
      return made;
    } catch (error) {
      if (!isBad(error) || this.proven) throw error;
    }
    const made = await make(false);
    this.doubts += 1;
    if (this.doubts >= DOUBTS) this.settle('none');
    else this.complain();
    return made;
  }

  /** The `$filter` was refused: so are the properties themselves. */
  refusedBy(error: unknown): boolean {
    return isBad(error) && !this.proven;
  }

  private levels(): Level[] {
    const fields: Level[] = this.dialect.shape === 'flat' ? ['fields', 'stamp', 'none'] : ['fields', 'none'];
    return fields.slice(Math.max(0, fields.indexOf(this.level)));
  }

  private expand(level: Level): Record<string, string> {
    return level === 'none' ? {} : { $expand: expandExtended(this.dialect, level === 'fields') };
  }

  private settle(level: Level): void {
    const order: readonly Level[] = ['fields', 'stamp', 'none'];
    if (order.indexOf(level) <= order.indexOf(this.level)) return;
    this.level = level;
    if (level === 'none') this.complain();
    else this.warn(NOT_SHOWN);
  }

  private complain(): void {
    if (this.warned) return;
    this.warned = true;
    this.warn(this.dialect.shape === 'flat' ? `${NOT_KEPT}${FIELDS_TOO}` : NOT_KEPT);
  }
}

const isBad = (error: unknown): boolean => error instanceof Refused && error.status === 400;
