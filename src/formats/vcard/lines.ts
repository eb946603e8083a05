/** vCard content lines of 2.1, 3.0 and 4.0: lenient reader, strict writer. */
import { type BrokenCard, VCardReader, type VCardReadOptions } from './read.js';
import { Buffer } from 'node:buffer';
import type { RawCard } from './types.js';

export type { BrokenCard, VCardReadOptions } from './read.js';
export { escapeText, splitEscaped, unescapeText } from './text.js';
export { formatLine } from './write-lines.js';

/**
 * Reads vCards of any version, one at a time; memory stays flat however long the source is. What cannot be used is an
 * item of its own and costs no neighbour. Nothing at all comes from an empty source.
 *
 * @throws UsageError when `encoding` names no known charset
 */
export async function* readVCards(
  source: AsyncIterable<Uint8Array>,
  options: VCardReadOptions = {},
): AsyncGenerator<RawCard | BrokenCard, void, undefined> {
  const reader = new VCardReader(options);
  for await (const chunk of source) {
    reader.push(chunk);
    for (let item = reader.next(); item; item = reader.next()) yield item;
  }
  reader.finish();
  for (let item = reader.next(); item; item = reader.next()) yield item;
}

/** {@link readVCards} for bytes (or text) in memory. */
export function parseVCards(text: Uint8Array | string, options: VCardReadOptions = {}): (RawCard | BrokenCard)[] {
  const reader = new VCardReader(options);
  reader.push(typeof text === 'string' ? Buffer.from(text, 'utf8') : text);
  reader.finish();
  const items: (RawCard | BrokenCard)[] = [];
  for (let item = reader.next(); item; item = reader.next()) items.push(item);
  return items;
}
