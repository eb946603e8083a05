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
    };

export interface ReadOptions {
  /** Charset for text that is not UTF-8 and says nothing (`--encoding`). */
  encoding?: string;
}

export interface WriteOptions {
  /** Written into PRODID or its like. */
  prodId?: string;
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
