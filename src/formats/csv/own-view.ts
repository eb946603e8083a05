/** What the readable columns of our own table show of a card, and the card that they alone make. */
import type { Anniversary, Card, Name, NameComponent, Ranked } from '../../model/card.js';
import { joinName } from '../../model/join.js';
import { isObject, put, textOf } from '../../model/json.js';
import { ranked } from '../../model/view.js';
import { wellFormed } from './cells.js';
import type { ReadContext } from './context.js';
import { isoText } from './dates.js';
import { addressOf, addressTexts, linkUri } from './entries.js';
import { joinList, setOf, splitList } from './lists.js';
import { SHOWN } from './own-columns.js';
import { kindOfSuffix } from './texts.js';
import { typeWords, typingOf } from './typing.js';

/** Column to text; columns without one are absent. */
export type Texts = Map<string, string>;
/** The key of the entry that stands at a slot: `keys.emails[0]`. */
export type Keys = Record<string, (string | null)[]>;

/** One entry of a map, shown in columns of its own. */
interface Place {
  property:
    'nicknames' | 'organizations' | 'titles' | 'emails' | 'phones' | 'addresses' | 'links' | 'anniversaries' | 'notes';
  slot: number;
  letter: string;
  columns: readonly string[];
  /** Members that are another one when these columns (by index) are edited. */
  depends: Readonly<Record<string, readonly number[]>>;
  /** The entries that may stand here, best first. */
  fits(entry: Ranked): boolean;
  show(entry: Ranked): string[];
  /** @param texts as {@link columns}; not all are '' */
  make(texts: readonly string[], context: ReadContext, card: Card): Ranked | undefined;
}

type Parts = Pick<Place, 'depends' | 'fits' | 'show' | 'make'>;

function one(member: string, more: Record<string, unknown> = {}, fits: (entry: Ranked) => boolean = () => true): Parts {
  return {
    depends: { [member]: [0] },
    fits,
    show: (entry) => [textOf(entry[member])],
    make: ([text = '']) => ({ [member]: text, ...more }),
  };
}

function typed(member: 'address' | 'number', kind: 'emails' | 'phones'): Parts {
  return {
    depends: { [member]: [0] },
    fits: () => true,
    show: (entry) => [textOf(entry[member]), typeWords(entry, kind), textOf(entry.label)],
    make: ([value = '', type = '', label = '']) =>
      value === '' ? undefined : { [member]: value, ...typing(type, label, kind) },
  };
}

/** A word that is no type is the label, unless there is one. */
function typing(type: string, label: string, kind: 'emails' | 'phones' | 'addresses'): Ranked {
  const known = typingOf(type, kind);
  const text = known === undefined && label === '' ? type.trim() : label;
  return { ...known, ...(text === '' ? {} : { label: text }) };
}

const ADDRESS_PARTS = ['.street', '.city', '.state', '.postcode', '.country'] as const;

const PLACE = [2, 3, 4, 5, 6] as const;

const address: Parts = {
  depends: {
    components: PLACE,
    full: PLACE,
    isOrdered: PLACE,
    defaultSeparator: PLACE,
    phoneticScript: PLACE,
    phoneticSystem: PLACE,
    coordinates: PLACE,
    countryCode: [6],
  },
  fits: () => true,
  show: (entry) => {
    const texts = addressTexts(entry, (part) => ADDRESS_PARTS.some((known) => known === part));
    const parts = ADDRESS_PARTS.map((part) => texts[part] ?? '');
    // Without a text there is nothing to show a type of.
    if (parts.every((text) => text === '')) return [];
    return [typeWords(entry, 'addresses'), textOf(entry.label), ...parts];
  },
  make: ([type = '', label = '', ...parts]) => {
    const entry = addressOf(Object.fromEntries(ADDRESS_PARTS.map((part, i) => [part, parts[i] ?? ''])));
    return entry === undefined ? undefined : { ...entry, ...typing(type, label, 'addresses') };
  },
};

const organization: Parts = {
  depends: { name: [0], sortAs: [0], units: [1] },
  fits: () => true,
  show: (entry) => {
    const units: unknown[] = Array.isArray(entry['units']) ? entry['units'] : [];
    const names = units.map((unit) => (isObject(unit) ? textOf(unit.name) : '')).filter((name) => name !== '');
    return [textOf(entry['name']), names.join(', ')];
  },
  make: ([name = '', unit = '']) => ({
    ...(name === '' ? {} : { name }),
    ...(unit === '' ? {} : { units: [{ name: unit }] }),
  }),
};

/** A day; of a point in time the day in UTC. */
function day(kind: string, column: string): Parts {
  return {
    depends: { date: [0] },
    fits: (entry) => entry['kind'] === kind,
    show: ({ date }) => [isoText(date) || (isObject(date) ? textOf(date.utc).slice(0, 10) : '')],
    make: ([text = ''], context, card) => {
      const scratch: Card = { '@type': 'Card', version: '1.0', uid: '' };
      context.day(scratch, text, { kind }, column);
      const read: Anniversary | undefined = scratch.anniversaries?.['a1'];
      if (read === undefined && text.trim() !== '') context.keep(card, column, text);
      return read;
    },
  };
}

const isRole = (entry: Ranked): boolean => entry['kind'] === 'role';
const isTitle = (entry: Ranked): boolean => entry['kind'] === undefined || entry['kind'] === 'title';

function places(
  property: Place['property'],
  letter: string,
  columns: readonly (readonly string[])[],
  parts: readonly Parts[],
): Place[] {
  return columns.map((names, slot) => {
    return { ...(parts[slot] ?? parts[0] ?? organization), property, letter, slot, columns: names };
  });
}

function numbers(count: number, make: (number: number) => string[]): string[][] {
  return Array.from({ length: count }, (_, i) => make(i + 1));
}

const threefold = (title: string) => (n: number) => [`${title} ${n}`, `${title} ${n} type`, `${title} ${n} label`];

export const PLACES: readonly Place[] = [
  ...places('nicknames', 'n', [['Nickname']], [one('name')]),
  ...places('organizations', 'o', [['Organization', 'Department']], [organization]),
  ...places(
    'titles',
    't',
    [['Job title'], ['Role']],
    [one('name', { kind: 'title' }, isTitle), one('name', { kind: 'role' }, isRole)],
  ),
  ...places('emails', 'e', numbers(SHOWN.emails, threefold('E-mail')), [typed('address', 'emails')]),
  ...places('phones', 'p', numbers(SHOWN.phones, threefold('Phone')), [typed('number', 'phones')]),
  ...places(
    'addresses',
    'a',
    numbers(SHOWN.addresses, (n) =>
      ['type', 'label', 'street', 'city', 'state', 'postcode', 'country'].map((part) => `Address ${n} ${part}`),
    ),
    [address],
  ),
  ...places(
    'links',
    'l',
    [['Website']],
    [
      {
        ...one('uri', {}, (entry) => entry['kind'] === undefined),
        make: ([text = '']) => ({ uri: linkUri(text.trim()) }),
      },
    ],
  ),
  ...places(
    'anniversaries',
    'a',
    [['Birthday'], ['Anniversary']],
    [day('birth', 'Birthday'), day('wedding', 'Anniversary')],
  ),
  ...places('notes', 'n', [['Notes']], [one('note')]),
];

/** Column, kinds of components it shows, and what stands between several. */
const NAME_PARTS: readonly (readonly [column: string, kinds: readonly string[], separator: string])[] = [
  ['Prefix', ['title'], ' '],
  ['Given name', ['given'], ' '],
  ['Middle name', ['given2'], ' '],
  ['Family name', ['surname'], ' '],
  ['Second family name', ['surname2'], ' '],
  ['Suffix', ['generation', 'credential'], ', '],
];

/** Columns of the properties that are no map of entries. */
export const SINGLES: ReadonlyMap<string, readonly string[]> = new Map([
  ['uid', ['UID']],
  ['kind', ['Kind']],
  ['name', [...NAME_PARTS.map(([column]) => column), 'Display name']],
  ['keywords', ['Categories']],
]);

/** What the columns show of a card, and the keys of the entries they show. */
export function show(card: Card): { texts: Texts; keys: Keys } {
  const texts: Texts = new Map();
  const keys: Keys = {};
  const put = (column: string, text: string): void => {
    if (text !== '') texts.set(column, wellFormed(text));
  };
  put('UID', textOf(card.uid));
  put('Kind', textOf(card.kind));
  showName(card.name, put);
  const used = new Set<Ranked>();
  for (const { property, slot, columns, fits, show } of PLACES) {
    const found = ranked<Ranked>(card[property]).find(
      ([, entry]) => !used.has(entry) && fits(entry) && show(entry).some((text) => text !== ''),
    );
    if (found === undefined) continue;
    used.add(found[1]);
    const list = (keys[property] ??= []);
    while (list.length < slot) list.push(null);
    list[slot] = found[0];
    for (const [i, text] of show(found[1]).entries()) put(columns[i] ?? '', text);
  }
  put('Categories', joinList(Object.keys(card.keywords ?? {})));
  return { texts, keys };
}

function showName(name: Name | undefined, put: (column: string, text: string) => void): void {
  const components = (Array.isArray(name?.components) ? name.components : []).filter(isObject);
  const shown: Texts = new Map();
  for (const [column, kinds, separator] of NAME_PARTS) {
    const values = kinds.flatMap((kind) =>
      components.filter((part) => part.kind === kind).map((part) => textOf(part.value)),
    );
    shown.set(column, wellFormed(values.filter((value) => value !== '').join(separator)));
  }
  for (const [column, text] of shown) put(column, text);
  const full = textOf(name?.full);
  if (full !== joinName({ components: componentsOf((column) => shown.get(column) ?? '') })) put('Display name', full);
}

function componentsOf(text: (column: string) => string): NameComponent[] {
  return NAME_PARTS.flatMap(([column, [kind = 'given'], separator]) => {
    const value = text(column);
    if (value === '') return [];
    if (column !== 'Suffix') return [{ kind, value }];
    const list = value.split(separator.trim()).map((part) => part.trim());
    return list.filter((part) => part !== '').map((part) => ({ kind: kindOfSuffix(part), value: part }));
  });
}

/** The card that the columns alone make. `keyOf` names the entry at a slot. */
export function cardOf(text: (column: string) => string, keyOf: (place: Place) => string, context: ReadContext): Card {
  const card: Card = { '@type': 'Card', version: '1.0', uid: text('UID') };
  if (text('Kind') !== '') card.kind = text('Kind').trim();
  const components = componentsOf(text);
  const full = text('Display name') || joinName({ components });
  if (full !== '') card.name = { ...(components.length > 0 ? { components } : {}), full };
  for (const place of PLACES) {
    const texts = place.columns.map(text);
    if (texts.every((one) => one.trim() === '')) continue;
    const entry = place.make(texts, context, card);
    if (entry === undefined) continue;
    const map: Record<string, unknown> = card[place.property] ?? {};
    put(map, keyOf(place), entry);
    Object.assign(card, { [place.property]: map });
  }
  const words = splitList(text('Categories'));
  if (words.length > 0) card.keywords = setOf(words);
  return card;
}
