/** Several words in one cell. */
import { put } from '../../model/json.js';
import { BETWEEN, clean } from './cells.js';

/** Each word once, without blanks around it and without the separator in it; in the order in which a set keeps them. */
function words(texts: readonly string[], separator: string): string[] {
  const all = texts.flatMap((text) => clean(text).split(separator)).map(clean);
  return Object.keys(setOf(all)).filter((word) => word !== '');
}

/** `a; b`. A single word with a comma in it gets the semicolon too, or it would be taken for two. */
export function joinList(texts: readonly string[]): string {
  const list = words(texts, ';');
  return list.length === 1 && list[0]?.includes(',') === true ? `${list[0]};` : list.join('; ');
}

/** Separated by semicolons, else by commas. */
export function splitList(text: string): string[] {
  return words([text], text.includes(';') ? ';' : ',');
}

export function joinTriple(texts: readonly string[]): string {
  return words(texts, BETWEEN.trim()).join(BETWEEN);
}

export function splitTriple(text: string): string[] {
  return words([text], BETWEEN.trim());
}

/** A JSContact set; `__proto__` is a word like any other. */
export function setOf(list: readonly string[]): Record<string, true> {
  const set: Record<string, true> = {};
  for (const word of list) put(set, word, true);
  return set;
}
