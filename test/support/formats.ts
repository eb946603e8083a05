/** Formats read from bytes in memory and written to one text. */
import type { Format, FormatItem, FormatLoss, ReadOptions, WriteOptions } from '../../src/formats/types.js';
import type { Card } from '../../src/model/card.js';

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

export async function read(
  format: Format,
  input: string | Uint8Array,
  size = 65_536,
  options: ReadOptions = {},
): Promise<FormatItem[]> {
  const items: FormatItem[] = [];
  const bytes = typeof input === 'string' ? Buffer.from(input) : input;
  for await (const item of format.read(pieces(bytes, size), options)) items.push(item);
  return items;
}

export async function write(
  format: Format,
  cards: AsyncIterable<Card> | Iterable<Card>,
  losses: FormatLoss[] = [],
  options: WriteOptions = {},
): Promise<string> {
  let text = '';
  for await (const part of format.write(cards, options, (loss) => losses.push(loss))) text += part;
  return text;
}

/** `LINE UID` or `LINE! ERROR` of each item. */
export function brief(items: readonly FormatItem[]): string[] {
  return items.map((item) => ('error' in item ? `${item.line}! ${item.error}` : `${item.line} ${item.card.uid}`));
}
