/**
 * Contacts out of a seed: the same numbers give the same people on every machine. Ordinary ones in thirteen languages, and
 * every fourth one hard in a way that real address books are. Used by the tests, the demo and the benchmarks.
 */
import type { Card } from '../../src/model/card.js';
import { HARD } from './people-hard.js';
import { CATEGORIES, COMPANIES, LOCALES, NOTES, TITLES, UNITS, type Locale } from './people-words.js';
import { setPhoto, tinyJpeg, tinyPng } from './pictures.js';

export interface PeopleOptions {
  /** Default 1. */
  seed?: number;
  /** Pictures on a tenth of them. Default true. */
  photos?: boolean;
  /** Every fourth one is hard. Default true. */
  hard?: boolean;
}

/** A named list of uids. */
export interface PeopleGroup {
  uid: string;
  name: string;
  memberUids: string[];
}

interface Dice {
  /** 0 <= n < sides. */
  roll(sides: number): number;
  pick<T>(list: readonly T[]): T;
  chance(percent: number): boolean;
}

function dice(...seeds: number[]): Dice {
  let state = seeds.reduce((hash, seed) => Math.imul(hash ^ seed, 0x9e3779b1) ^ (hash >>> 15), 0x2545f491);
  // mulberry32: small, fast, and the same everywhere.
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
  const roll = (sides: number): number => Math.floor(next() * sides);
  return {
    roll,
    pick: (list) => {
      const item = list[roll(list.length)];
      if (item === undefined) throw new Error('pick from an empty list');
      return item;
    },
    chance: (percent) => next() * 100 < percent,
  };
}

function uuid(from: Dice): string {
  const hex = (digits: number): string => Array.from({ length: digits }, () => from.roll(16).toString(16)).join('');
  return `urn:uuid:${hex(8)}-${hex(4)}-4${hex(3)}-${from.pick(['8', '9', 'a', 'b'])}${hex(3)}-${hex(12)}`;
}

function setName(card: Card, given: string, family: string, locale: Locale): void {
  const full = locale.familyFirst === undefined ? `${given} ${family}` : `${family}${locale.familyFirst}${given}`;
  card.name = {
    components: [
      { kind: 'surname', value: family },
      { kind: 'given', value: given },
    ],
    full,
  };
}

function phoneNumber(from: Dice, locale: Locale): string {
  return `${locale.dial} ${String(from.roll(9000) + 1000)} ${String(from.roll(9000) + 1000)}`;
}

function contactWays(card: Card, from: Dice, locale: Locale, mail: string): void {
  card.emails = { e1: { address: `${mail}@example.com`, contexts: { work: true }, pref: 1 } };
  if (from.chance(50)) card.emails['e2'] = { address: `${mail}@home.example.net`, contexts: { private: true } };
  card.phones = { p1: { number: phoneNumber(from, locale), contexts: { work: true }, features: { voice: true } } };
  if (from.chance(70)) card.phones['p2'] = { number: phoneNumber(from, locale), features: { mobile: true } };
  if (from.chance(30)) card.phones['p3'] = { number: phoneNumber(from, locale), contexts: { private: true } };
  const place = from.pick(locale.places);
  card.addresses = {
    a1: {
      contexts: { work: true },
      components: [
        { kind: 'name', value: place.street },
        { kind: 'locality', value: place.locality },
        { kind: 'region', value: place.region },
        { kind: 'postcode', value: place.postcode },
        { kind: 'country', value: locale.country },
      ],
    },
  };
}

function occupation(card: Card, from: Dice): void {
  const organization = {
    name: from.pick(COMPANIES),
    ...(from.chance(60) ? { units: [{ name: from.pick(UNITS) }] } : {}),
  };
  card.organizations = { o1: organization };
  if (from.chance(70)) card.titles = { t1: { name: from.pick(TITLES), kind: 'title' } };
}

function extras(card: Card, from: Dice): void {
  if (from.chance(60)) {
    const date = { year: 1940 + from.roll(70), month: 1 + from.roll(12), day: 1 + from.roll(28) };
    card.anniversaries = { b1: { kind: 'birth', date } };
  }
  if (from.chance(40)) card.notes = { n1: { note: from.pick(NOTES) } };
  if (from.chance(50)) {
    const words = new Set([from.pick(CATEGORIES), from.pick(CATEGORIES)]);
    card.keywords = Object.fromEntries([...words].map((word) => [word, true] as const));
  }
  if (from.chance(20)) card.nicknames = { k1: { name: from.pick(['Ali', 'Bobby', 'Мися', 'の', 'Zé']) } };
  if (from.chance(25))
    card.links = { l1: { '@type': 'Link', uri: `https://example.org/~user${String(from.roll(9999))}?a=1&b=2` } };
}

function ordinary(index: number, seed: number): Card {
  const from = dice(seed, index);
  const locale = from.pick(LOCALES);
  const person = from.pick(locale.people);
  const card: Card = { '@type': 'Card', version: '1.0', uid: uuid(from) };
  setName(card, person.given, person.family, locale);
  contactWays(card, from, locale, `${person.latin}.${String(index)}`);
  if (from.chance(60)) occupation(card, from);
  extras(card, from);
  return card;
}

/** Names of the hard cases; contact number `4 * k + 3` is hard in the way `HARD_CASES[k % HARD_CASES.length]`. */
export const HARD_CASES: readonly string[] = HARD.map(([name]) => name);

/** Contact number `index` (from 0) of a seed. */
export function personAt(index: number, options: PeopleOptions = {}): Card {
  const seed = options.seed ?? 1;
  const card = ordinary(index, seed);
  if (options.photos !== false && index % 10 === 0) {
    setPhoto(card, index % 20 === 0 ? tinyJpeg(index / 20) : tinyPng((index * 40_503) & 0xff_ff_ff));
  }
  if (options.hard === false || index % 4 !== 3) return card;
  const [name, twist] = HARD[(index >> 2) % HARD.length] ?? ['', () => undefined];
  if (name !== 'photo' || options.photos !== false) twist(card, index, () => ordinary(index - 1, seed));
  return card;
}

/** The first `count` contacts of a seed. */
export function people(count: number, options: PeopleOptions = {}): Card[] {
  return Array.from({ length: count }, (_, index) => personAt(index, options));
}

/** One contact of each hard kind, by the name of the kind. */
export function hardPeople(options: PeopleOptions = {}): Map<string, Card> {
  return new Map(HARD_CASES.map((name, at) => [name, personAt(at * 4 + 3, options)]));
}

/** Lists of the given contacts: overlapping ones, one of a single member, one empty, and a name that needs care. */
export function peopleGroups(cards: readonly Card[], options: PeopleOptions = {}): PeopleGroup[] {
  const every = (step: number, from = 0): string[] =>
    cards.filter((_, at) => at % step === from).map((card) => card.uid);
  const lists: [string, string[]][] = [
    ['Team Nord', every(3)],
    ['Weihnachtskarten, 2025', every(5, 1)],
    ['Лыжи; лето', every(7, 2)],
    ['Just one', every(Math.max(cards.length, 1))],
    ['Empty "list"', []],
  ];
  return lists.map(([name, memberUids], at) => ({ uid: uuid(dice(options.seed ?? 1, 0x6772, at)), name, memberUids }));
}

/** The group as a card of kind `group` (RFC 9553, section 2.1.6). */
export function groupCard(group: PeopleGroup): Card {
  const members = Object.fromEntries(group.memberUids.map((uid) => [uid, true] as const));
  return { '@type': 'Card', version: '1.0', uid: group.uid, kind: 'group', name: { full: group.name }, members };
}
