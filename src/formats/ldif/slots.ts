/** The values of an LDIF entry by what they mean. */
import { cleanText } from '../vcard/values.js';
import type { LdifValue } from './records.js';
import { attributeOf, OPERATIONAL, SECRET, slotOf } from './table.js';

/** Values of an entry by slot, and what belongs to none. */
export class Slots {
  readonly #texts = new Map<string, string[]>();
  readonly photos: Uint8Array[] = [];
  readonly others = new Map<string, string[]>();
  readonly warnings: string[] = [];

  constructor(attributes: ReadonlyMap<string, readonly LdifValue[]>) {
    for (const [name, values] of attributes) {
      if (OPERATIONAL.has(name) || (slotOf(name) === undefined && this.#secret(name))) continue;
      for (const value of values) this.#add(name, slotOf(name), value);
    }
  }

  #secret(name: string): boolean {
    if (SECRET.test(name)) this.warnings.push(`${name} was left out: it is no data of a contact`);
    return SECRET.test(name);
  }

  #add(name: string, slot: string | undefined, value: LdifValue): void {
    if (typeof value !== 'string') {
      if (slot === 'photo') this.photos.push(value);
      else this.warnings.push(`${name} was left out: it is no text (${value.length} bytes)`);
      return;
    }
    const text = cleanText(value);
    if (text.trim() === '') return;
    const map = slot === undefined ? this.others : this.#texts;
    const key = slot ?? name;
    const known = map.get(key);
    if (known === undefined) map.set(key, [text]);
    else if (!known.includes(text)) known.push(text);
  }

  all(slot: string): string[] {
    const found = this.#texts.get(slot) ?? [];
    this.#texts.delete(slot);
    return found;
  }

  /** Texts that cannot be used, under the name of their attribute. */
  keep(slot: string, texts: readonly string[]): void {
    const name = attributeOf(slot).toLowerCase();
    this.others.set(name, [...texts, ...(this.others.get(name) ?? [])]);
  }

  /** What nobody asked for. */
  keepRest(): void {
    for (const [slot, texts] of this.#texts) this.keep(slot, texts);
  }

  /** The first; others of the slot are kept. */
  one(slot: string): string | undefined {
    const [first, ...rest] = this.all(slot);
    if (rest.length > 0) this.keep(slot, rest);
    return first;
  }
}
