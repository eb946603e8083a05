/** Recognising contacts on the other side: one to one, from the surest sign to the weakest. Strangers are never joined. */
import type { Card, ContactRecord } from '../model/card.js';
import { cardHash, fieldHashes, foldText, uidKey } from '../model/normalize.js';
import { emailsOf, fullName, organizationOf } from '../model/view.js';
import { comparable } from './project.js';
import { entriesOfField, entryKey } from './slices.js';
import type { Connection, MatchKey } from './types.js';

/** What is kept in memory of a contact. */
export interface MatchEntry {
  id: string;
  /** On the source: id of the target book it goes to, '' when that book is still to be made. */
  book: string;
  /** Absent when derived: such a uid says nothing. */
  uid?: string;
  /** Folded full name. */
  name: string;
  emails: string[];
  /** Hash of the card in the target's normal form. */
  hash: string;
}

export type MatchVia = 'map' | 'uid' | 'equal' | 'email' | 'name';
export interface Match {
  target: number;
  via: MatchVia;
}

/** `card` in the target's normal form: a projection on the source side, the card itself on the target side. */
export function matchEntry(to: Connection, record: ContactRecord, card: Card, book: string): MatchEntry {
  const uid = uidKey(record.card.uid);
  return {
    id: record.id,
    book,
    ...(record.uidDerived === true || uid === '' ? {} : { uid }),
    name: foldText(fullName(record.card)),
    emails: [...new Set(emailsOf(record.card).map((email) => email.toLowerCase()))],
    hash: cardHash(comparable(to, card)),
  };
}

export interface MatchOptions {
  keys: readonly MatchKey[];
  /** An equal contact counts before one with the same uid: where others are to be added beside what differs. */
  equalFirst?: boolean;
  /** Target id that an earlier run noted for a source id. */
  mapped: (sourceId: string) => string | undefined;
  /** Looks closer at two contacts of one name: false when they contradict each other. */
  agree: (source: number, target: number) => Promise<boolean>;
}

/** For each source entry its match, or undefined. Linear in the number of contacts. */
export async function matchAll(
  sources: readonly MatchEntry[],
  targets: readonly MatchEntry[],
  options: MatchOptions,
): Promise<(Match | undefined)[]> {
  const matcher = new Matcher(sources, targets);
  matcher.byMap(options.mapped);
  if (options.equalFirst === true) matcher.byKey('equal', (entry) => [entry.hash]);
  if (options.keys.includes('uid')) matcher.byKey('uid', (entry) => (entry.uid === undefined ? [] : [entry.uid]));
  matcher.byKey('equal', (entry) => [entry.hash]);
  if (options.keys.includes('email')) {
    matcher.byKey('email', (entry) => entry.emails.map((email) => `${email}\n${nameTokens(entry.name).join(' ')}`));
    matcher.byLoneEmail();
  }
  if (options.keys.includes('name')) await matcher.byLoneName(options.agree);
  return matcher.matches;
}

/** "Meyer, Anna" and "Anna Meyer" have the same words. */
export function nameTokens(name: string): string[] {
  return name
    .split(/[\s,;.]+/)
    .filter((word) => word !== '')
    .sort();
}

class Matcher {
  readonly matches: (Match | undefined)[];
  readonly #sources: readonly MatchEntry[];
  readonly #targets: readonly MatchEntry[];
  readonly #taken: Uint8Array;

  constructor(sources: readonly MatchEntry[], targets: readonly MatchEntry[]) {
    this.#sources = sources;
    this.#targets = targets;
    this.matches = new Array<Match | undefined>(sources.length).fill(undefined);
    this.#taken = new Uint8Array(targets.length);
  }

  #join(source: number, target: number, via: MatchVia): void {
    this.matches[source] = { target, via };
    this.#taken[target] = 1;
  }

  *#open(): Iterable<[number, MatchEntry]> {
    for (const [index, entry] of this.#sources.entries()) if (this.matches[index] === undefined) yield [index, entry];
  }

  byMap(mapped: (sourceId: string) => string | undefined): void {
    const ids = new Map(this.#targets.map((entry, index) => [entry.id, index]));
    for (const [index, entry] of this.#open()) {
      const target = ids.get(mapped(entry.id) ?? '');
      if (target !== undefined && this.#taken[target] === 0) this.#join(index, target, 'map');
    }
  }

  /** First within the book the contact goes to, then anywhere: it may have been moved since. */
  byKey(via: MatchVia, keysOf: (entry: MatchEntry) => string[]): void {
    this.#pass(via, (entry) => keysOf(entry).map((key) => `${entry.book}\n${key}`));
    this.#pass(via, keysOf);
  }

  #pass(via: MatchVia, keysOf: (entry: MatchEntry) => string[]): void {
    const waiting = new Map<string, number[]>();
    for (let index = this.#targets.length - 1; index >= 0; index--) {
      const entry = this.#targets[index];
      if (entry === undefined || this.#taken[index] === 1) continue;
      for (const key of keysOf(entry)) push(waiting, key, index);
    }
    for (const [index, entry] of this.#open()) {
      const target = this.#first(waiting, keysOf(entry));
      if (target !== undefined) this.#join(index, target, via);
    }
  }

  #first(waiting: Map<string, number[]>, keys: readonly string[]): number | undefined {
    for (const key of keys) {
      const list = waiting.get(key);
      let target = list?.pop();
      while (target !== undefined && this.#taken[target] === 1) target = list?.pop();
      if (target !== undefined) return target;
    }
    return undefined;
  }

  /** An address that one contact has on each side, with names that may be the same person's. */
  byLoneEmail(): void {
    const mine = lone(this.#sources, (entry) => entry.emails);
    const theirs = lone(this.#targets, (entry) => entry.emails);
    for (const [index, entry] of this.#open()) {
      const target = entry.emails
        .filter((email) => mine.get(email) === index)
        .map((email) => theirs.get(email) ?? -1)
        .find((candidate) => this.#compatible(entry, candidate));
      if (target !== undefined) this.#join(index, target, 'email');
    }
  }

  #compatible(entry: MatchEntry, candidate: number): boolean {
    const other = this.#targets[candidate];
    if (other === undefined || this.#taken[candidate] === 1) return false;
    const [a, b] = [nameTokens(entry.name), nameTokens(other.name)];
    const [few, many] = a.length <= b.length ? [a, new Set(b)] : [b, new Set(a)];
    return few.every((word) => many.has(word));
  }

  /** A name that one contact has on each side, where an address cannot decide and nothing speaks against it. */
  async byLoneName(agree: (source: number, target: number) => Promise<boolean>): Promise<void> {
    const names = (entry: MatchEntry): string[] => (entry.name === '' ? [] : [entry.name]);
    const mine = lone(this.#sources, names);
    const theirs = lone(this.#targets, names);
    for (const [index, entry] of this.#open()) {
      if (mine.get(entry.name) !== index) continue;
      const target = theirs.get(entry.name) ?? -1;
      const other = this.#targets[target];
      if (other === undefined || this.#taken[target] === 1) continue;
      if (entry.emails.length > 0 && other.emails.length > 0) continue;
      if (await agree(index, target)) this.#join(index, target, 'name');
    }
  }
}

function push(lists: Map<string, number[]>, key: string, index: number): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [index]);
  else list.push(index);
}

/** Keys that exactly one entry has, with its index; -1 for those that several have. */
function lone(entries: readonly MatchEntry[], keysOf: (entry: MatchEntry) => string[]): Map<string, number> {
  const found = new Map<string, number>();
  for (const [index, entry] of entries.entries()) {
    for (const key of keysOf(entry)) found.set(key, found.has(key) ? -1 : index);
  }
  return found;
}

/**
 * Whether two contacts of one name may be one person: they share a phone number, or one has none; the same for
 * birthday and organization ("merging by name joins strangers").
 */
export function mayBeOne(a: Card, b: Card): boolean {
  const phones = (card: Card): string[] =>
    entriesOfField(card, 'phones').map(([key, entry]) => entryKey('phones', key, entry).replace(/\D/g, '').slice(-8));
  if (disjoint(phones(a), phones(b))) return false;
  const birthday = (card: Card): string[] => [fieldHashes(card)['birthday'] ?? ''].filter((hash) => hash !== '');
  if (disjoint(birthday(a), birthday(b))) return false;
  const organization = (card: Card): string[] => [foldText(organizationOf(card))].filter((name) => name !== '');
  return !disjoint(organization(a), organization(b));
}

/** Both have some, and none in common. */
function disjoint(a: readonly string[], b: readonly string[]): boolean {
  if (a.length === 0 || b.length === 0) return false;
  const all = new Set(a);
  return !b.some((value) => all.has(value));
}
