/** The table of one program. */
import type { Card } from '../../model/card.js';
import type { DayText } from './card.js';
import type { Flat } from './entries.js';

export interface Dialect {
  /** Name of the format that writes it. */
  readonly name: string;
  readonly title: string;
  /** Header and path of each column, in the order of the program. */
  readonly columns: readonly (readonly [header: string, path: string])[];
  /** The program takes UTF-8 only with a byte order mark. */
  readonly mark: boolean;
  readonly day: DayText;
  /** What is not a text or an entry at a fixed place. */
  more?(card: Card, has: (path: string) => boolean, flat: Flat): void;
}
