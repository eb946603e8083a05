import { Buffer } from 'node:buffer';
import type { Card } from '../../src/model/card.js';
import type {
  BadRecord,
  Format,
  FormatItem,
  FormatLoss,
  ReadOptions,
  ReadRecord,
  WriteOptions,
} from '../../src/formats/types.js';
import { csv } from '../../src/formats/csv/index.js';

/** The bytes in pieces of that size. */
export async function* chunks(bytes: Uint8Array, size = 65_536): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

export async function readItems(
  text: string | Uint8Array,
  options: ReadOptions = {},
  size?: number,
): Promise<FormatItem[]> {
  const bytes = typeof text === 'string' ? Buffer.from(text, 'utf8') : text;
  const items: FormatItem[] = [];
  for await (const item of csv.read(chunks(bytes, size), options)) items.push(item);
  return items;
}

export function records(items: readonly FormatItem[]): ReadRecord[] {
  return items.filter((item): item is ReadRecord => 'card' in item);
}

export function broken(items: readonly FormatItem[]): BadRecord[] {
  return items.filter((item): item is BadRecord => 'error' in item);
}

/** All items must be cards. */
export async function readCards(text: string | Uint8Array, options: ReadOptions = {}): Promise<Card[]> {
  const items = await readItems(text, options);
  const [wrong] = broken(items);
  if (wrong !== undefined) throw new Error(`line ${wrong.line}: ${wrong.error}`);
  return records(items).map(({ card }) => card);
}

export async function writeCards(
  format: Format,
  cards: Iterable<Card>,
  options: WriteOptions = {},
): Promise<{ text: string; losses: FormatLoss[] }> {
  const losses: FormatLoss[] = [];
  let text = '';
  for await (const piece of format.write(cards, options, (loss) => losses.push(loss))) text += piece;
  return { text, losses };
}
