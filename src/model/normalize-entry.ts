/** What a field's entry is, and how lists of them are read from a card. */
import { entriesOf, isObject, own } from './json.js';
import type { JsonObject } from './json.js';
import { plainText, restOf } from './normal-text.js';

/** One value of a field in canonical form. Two entries are equal when `main` and `rest` are, or `parts` allow it. */
export interface Entry {
  /** What the value is: address, number, text, uri. Entries with the same main value are the same thing changed. */
  main: string;
  /** All else in canonical form: contexts, label, features, extensions. */
  rest: string;
  /** Entries that are left over and share a slot ('' is none) are one value that was replaced (birthday, photo, ...). */
  slot?: string;
  /** Components of a name or address; '' when it has none. */
  parts?: string;
  /** What a free text says beyond the components: words of an address's `full`. */
  beyond?: string;
  /** Said to be preferred (lowest `pref` of several entries). */
  first?: boolean;
  /** Canonical name of the organization a title belongs to ('' for none), when the card has several. */
  link?: string;
  /** Canonical names of the card's organizations, when it has several. */
  links?: ReadonlySet<string>;
  /** The value as it stands, and its key. */
  value: unknown;
  key: string;
}

export type Reader = (card: JsonObject) => Entry[];

/** Reads one entry; undefined when it says nothing. */
export type Make = (value: JsonObject, key: string) => Entry | undefined;

export function mapReader(property: string, make: Make): Reader {
  return (card) => {
    const list: Entry[] = [];
    let best = Infinity;
    const prefs: number[] = [];
    for (const [key, value] of entriesOf(own(card, property))) {
      if (!isObject(value)) continue;
      const entry = make(value, key);
      if (entry === undefined) continue;
      const pref = typeof value.pref === 'number' ? value.pref : Infinity;
      best = Math.min(best, pref);
      prefs.push(pref);
      list.push(entry);
    }
    if (list.length > 1 && best < Infinity) for (const [i, entry] of list.entries()) entry.first = prefs[i] === best;
    return list;
  };
}

/** An entry whose main value is one member, in the given canonical form. */
export function by(member: string, form: (value: unknown) => string = plainText): Make {
  const without = new Set([member]);
  return (value, key) => {
    const main = form(value[member]);
    return main === '' ? undefined : { main, rest: restOf(value, without), value, key };
  };
}

/** Keys of a set as entries: keywords, members, relatedTo. */
export function setReader(property: string, form: (key: string) => string): Reader {
  return (card) =>
    entriesOf(own(card, property)).flatMap(([key, value]) => {
      const main = form(key);
      if (main === '' || value === false || value === null) return [];
      return [{ main, rest: isObject(value) ? restOf(value) : '', value, key }];
    });
}

export function single(property: string, form: (value: unknown) => string): Reader {
  return (card) => {
    const value = own(card, property);
    const main = form(value);
    return main === '' ? [] : [{ main, rest: '', slot: property, value, key: '' }];
  };
}

/** Canonical text of one entry; the lengths keep its members apart. */
function entryText({ main, rest, parts = '', beyond = '', first, link = '' }: Entry): string {
  const lengths = `${main.length},${rest.length},${parts.length},${beyond.length}`;
  return `${lengths}${first === true ? '!' : ':'}${main}${rest}${parts}${beyond}${link}`;
}

/** Canonical text of a field's entries without regard to order; '' when the field is empty. */
export function fieldText(entries: readonly Entry[]): string {
  const first = entries[0];
  if (first === undefined) return '';
  return entries.length === 1 ? entryText(first) : entries.map(entryText).sort().join('\n');
}
