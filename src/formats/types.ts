/** The contract of a file format: bytes in, cards out, and back. No fs, no network. */
import type { Card } from '../model/card.js';

/** One record of a file: a card, or what was wrong with it. A bad record is an item, never an exception. */
export type FormatItem =
  | {
      card: Card;
      /** 1-based line (or row, or array index) where the record starts. */
      line: number;
      /** Things that were repaired or guessed, in words. */
      warnings: readonly string[];
      /** The record had no uid: the one in the card was made by the reader and must not be used to recognise it. */
      uidDerived?: true;
      /** Ids of members of a group card are in `card.members`. */
    }
  | {
      error: string;
      /** What to do about it. */
      hint?: string;
      line: number;
      /** The record as it stood, for the rejects file. */
      raw: Uint8Array;
      /** What a file that holds only such records must begin with: the header row of a table. */
      head?: Uint8Array;
    };

/** A record that could be read. */
export type ReadRecord = Extract<FormatItem, { card: Card }>;
/** A record that could not. */
export type BadRecord = Extract<FormatItem, { error: string }>;

export interface ReadOptions {
  /** Charset for text that is not UTF-8 and says nothing (`--encoding`). */
  encoding?: string;
  /** Tables: column name to FIELD as in `add` (`--map`, `--map-file`); `-` skips the column. It wins over what is known. */
  map?: ReadonlyMap<string, string>;
  /** Tables: how dates such as 3/4/1985 are meant where the file does not show it. */
  dateOrder?: DateOrder;
}

/** The order of month, day and year. */
export type DateOrder = 'mdy' | 'dmy';

export interface WriteOptions {
  /** Written into PRODID or its like. */
  prodId?: string;
  /** Tables: leave cells that a spreadsheet would run as formulas as they are, instead of an apostrophe before them. */
  rawFormulas?: boolean;
}

/** What a writer could not hold: the field (of `model/fields.ts`) and the contact. */
export interface FormatLoss {
  field: string;
  uid: string;
  detail: string;
}

export interface Format {
  /** The name of `--format`, `--from`, `--to`. */
  readonly name: string;
  readonly title: string;
  readonly extensions: readonly string[];
  readonly mediaType: string;
  /** How sure, 0..1, that a file beginning with these bytes (up to 64 KiB) is of this format. */
  sniff(head: Uint8Array): number;
  read(source: AsyncIterable<Uint8Array>, options: ReadOptions): AsyncIterable<FormatItem>;
  /** Text in pieces. `onLoss` is told of each field that the format cannot hold. */
  write(
    cards: AsyncIterable<Card> | Iterable<Card>,
    options: WriteOptions,
    onLoss: (loss: FormatLoss) => void,
  ): AsyncIterable<string>;
}
