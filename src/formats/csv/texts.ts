/** The texts of a row that are no entry of a list: names, company, dates, people, categories, notes. */
import type { Card, Name, NameComponent, Relation } from '../../model/card.js';
import { isObject, own, put, textOf } from '../../model/json.js';
import { fullName, ranked } from '../../model/view.js';
import { clean } from './cells.js';
import { isoText, partsOf } from './dates.js';
import type { Flat } from './entries.js';
import { joinList, setOf, splitList } from './lists.js';

/** A text at a path, in both directions. `set` is only called with text that is not blank. */
interface Text {
  path: string;
  get(card: Card, has: (path: string) => boolean): string;
  set(card: Card, text: string, flat: Flat): void;
}

const filled = (text: unknown): text is string => typeof text === 'string' && text.trim() !== '';

function components(card: Card): NameComponent[] {
  const list = Array.isArray(card.name?.components) ? card.name.components : [];
  return list.filter((part) => isObject(part) && filled(part.value));
}

function addComponent(card: Card, component: NameComponent): void {
  card.name ??= {};
  (card.name.components ??= []).push(component);
}

function valuesOf(card: Card, kinds: readonly string[], separator: string): string {
  return kinds
    .flatMap((kind) => components(card).filter((part) => part.kind === kind))
    .map((part) => clean(part.value))
    .join(separator);
}

function nameText(path: string, kinds: readonly string[]): Text {
  return {
    path,
    get: (card) => valuesOf(card, kinds, ' '),
    set: (card, value) => addComponent(card, { kind: kinds[0] ?? 'given', value }),
  };
}

/** A name that has no parts, or only parts that no table has, stands whole where the given name would. */
const given: Text = {
  path: 'name.given',
  get: (card, has) => {
    const text = valuesOf(card, ['given'], ' ');
    const parts = ['title', 'given', 'given2', 'surname', 'surname2', 'generation', 'credential'];
    if (text !== '' || has('name.full') || valuesOf(card, parts, '') !== '') return text;
    const full = clean(fullName(card));
    return full === clean(textOf(ranked(card.organizations)[0]?.[1].name)) ? '' : full;
  },
  set: (card, value) => addComponent(card, { kind: 'given', value }),
};

/** Suffixes that belong to the name, not to a degree or an order. */
const GENERATION = /^(?:jr|sr|junior|senior|i{1,3}|iv|vi{0,3}|ix|x|\d+(?:st|nd|rd|th))\.?$/i;

const suffix: Text = {
  path: 'name.suffix',
  get: (card) => suffixes(valuesOf(card, ['generation', 'credential'], ',')).join(', '),
  set: (card, text) => {
    for (const value of suffixes(text)) addComponent(card, { kind: kindOfSuffix(value), value });
  },
};

export function kindOfSuffix(text: string): 'generation' | 'credential' {
  return GENERATION.test(text) ? 'generation' : 'credential';
}

/** Generations first, as they stand in a name. */
function suffixes(text: string): string[] {
  const list = text.split(',').map(clean).filter(filled);
  const isGeneration = (value: string): boolean => kindOfSuffix(value) === 'generation';
  return [...list.filter(isGeneration), ...list.filter((value) => !isGeneration(value))];
}

const full: Text = {
  path: 'name.full',
  get: (card) => (filled(card.name?.full) ? card.name.full : fullName(card)),
  set: (card, text) => (card.name = { ...card.name, full: text }),
};

/** The script of a Japanese reading (ISO 15924); other texts are taken for readings in Latin letters. */
function scriptOf(reading: string): string {
  if (/^[\p{Script=Hiragana}\p{P}ー\s]+$/u.test(reading)) return 'Hira';
  if (/^[\p{Script=Katakana}\p{P}ー\s]+$/u.test(reading)) return 'Kana';
  return /[\p{Script=Hiragana}\p{Script=Katakana}]/u.test(reading) ? 'Hrkt' : 'Latn';
}

/** How a part of the name is read. Readings in two scripts cannot stand together: the first one counts. */
function reading(path: string, kind: string): Text {
  const scriptIn = (name: Name | undefined): string => textOf(name?.phoneticScript);
  return {
    path,
    get: (card) => {
      const texts = components(card).filter((part) => part.kind === kind);
      const text = texts.length === 1 ? clean(textOf(texts[0]?.phonetic)) : '';
      const fits = card.name?.phoneticSystem === undefined && scriptIn(card.name) === scriptOf(text);
      return fits ? text : '';
    },
    set: (card, text) => {
      const part = components(card).find((one) => one.kind === kind);
      if (part === undefined || !['', scriptOf(text)].includes(scriptIn(card.name))) return;
      part.phonetic = text;
      card.name = { ...card.name, phoneticScript: scriptOf(text) };
    },
  };
}

const nickname: Text = {
  path: 'nickname',
  get: (card) => textOf(ranked(card.nicknames)[0]?.[1].name),
  set: (card, name) => (card.nicknames = { n1: { name } }),
};

const org: Text = {
  path: 'org',
  get: (card) => textOf(ranked(card.organizations)[0]?.[1].name),
  set: (card, name) => (card.organizations = { o1: { name } }),
};

const department: Text = {
  path: 'department',
  get: (card) => {
    const units = ranked(card.organizations)[0]?.[1].units;
    const names = (Array.isArray(units) ? units : []).map((unit) => clean(textOf(unit.name)));
    return names.filter(filled).join(', ');
  },
  set: (card, name) => (card.organizations = { o1: { ...card.organizations?.['o1'], units: [{ name }] } }),
};

const orgReading: Text = {
  path: 'org.reading',
  get: (card) => {
    const first = ranked(card.organizations)[0]?.[1];
    return filled(first?.name) ? textOf(first.sortAs) : '';
  },
  set: (card, sortAs) => {
    const o1 = card.organizations?.['o1'];
    if (o1?.name !== undefined) card.organizations = { o1: { ...o1, sortAs } };
  },
};

function title(path: string, kind: 'title' | 'role'): Text {
  return {
    path,
    get: (card) => {
      const titles = ranked(card.titles).map(([, entry]) => entry);
      return (
        titles
          .filter((entry) => (entry.kind ?? 'title') === kind)
          .map((entry) => textOf(entry.name))
          .find(filled) ?? ''
      );
    },
    set: (card, name) => {
      const key = card.titles === undefined ? 't1' : 't2';
      card.titles = { ...card.titles, [key]: { name, kind } };
    },
  };
}

const isUri = (text: string): boolean => /^[a-z][a-z0-9+.-]*:\S/i.test(text);

/** People by name; keys that are URIs name another card and would be noise as a text. */
export function peopleOf(card: Card, fits: (relation: Relation) => boolean): string[] {
  return Object.entries(card.relatedTo ?? {})
    .filter(([, relation]) => isObject(relation) && fits(relation))
    .map(([name]) => clean(name))
    .filter((name) => filled(name) && !isUri(name));
}

/** The same person twice: the relations add up. */
export function relate(card: Card, name: string, relation: Relation): void {
  const map = (card.relatedTo ??= {});
  const before = own(map, name);
  const known: Relation = isObject(before) ? before : {};
  const types = { ...known.relation, ...relation.relation };
  put(map, name, { ...relation, ...known, ...(Object.keys(types).length > 0 ? { relation: types } : {}) });
}

function person(path: string, type: string, several = false): Text {
  const find = (card: Card): string[] => peopleOf(card, ({ relation }) => relation?.[type] === true);
  return {
    path,
    get: (card) =>
      several
        ? joinList(
            find(card)
              .flatMap((name) => name.split(';'))
              .filter((name) => !isUri(clean(name))),
          )
        : (find(card)[0] ?? ''),
    set: (card, text) => {
      for (const name of several ? splitList(text) : [text]) relate(card, name, { relation: { [type]: true } });
    },
  };
}

function labelled(path: string, label: string): Text {
  const same = (relation: Relation): boolean => textOf(relation['label']).toLowerCase() === label.toLowerCase();
  return {
    path,
    get: (card) => peopleOf(card, same)[0] ?? '',
    set: (card, name) => relate(card, name, { label }),
  };
}

const hobby: Text = {
  path: 'hobby',
  get: (card) => {
    const all = Object.values(card.personalInfo ?? {}).filter((entry) => entry.kind === 'hobby');
    return joinList(all.map((entry) => textOf(entry.value)));
  },
  set: (card, text) => {
    const entries = splitList(text).map((value, i) => [`h${i + 1}`, { kind: 'hobby', value }] as const);
    if (entries.length > 0) card.personalInfo = Object.fromEntries(entries);
  },
};

const categories: Text = {
  path: 'categories',
  get: (card) => joinList(Object.keys(card.keywords ?? {})),
  set: (card, text) => {
    const list = splitList(text);
    if (list.length > 0) card.keywords = setOf(list);
  },
};

const notes: Text = {
  path: 'notes',
  get: (card) => {
    const all = Object.values(card.notes ?? {}).map((entry) => clean(textOf(entry.note)));
    return all.filter(filled).join('\n\n');
  },
  set: (card, note) => (card.notes = { n1: { note } }),
};

/** Thunderbird's birthday, part by part. */
function birth(path: string, part: 'year' | 'month' | 'day'): Text {
  return {
    path,
    get: (card) => {
      const days = Object.values(card.anniversaries ?? {}).filter((entry) => entry.kind === 'birth');
      const date = days.find((entry) => isoText(entry.date) !== '')?.date;
      return String(partsOf(date)[part] ?? '');
    },
    set: () => undefined,
  };
}

function extension(path: string, key: string): Text {
  return { path, get: (card) => textOf(card[key]), set: (card, text) => (card[key] = text) };
}

/** The order counts: readings go to the parts that are there before them, children keep theirs. */
const TEXTS: readonly Text[] = [
  nameText('name.prefix', ['title']),
  given,
  nameText('name.middle', ['given2']),
  nameText('name.family', ['surname', 'surname2']),
  nameText('name.family2', ['surname2']),
  suffix,
  full,
  reading('reading.given', 'given'),
  reading('reading.middle', 'given2'),
  reading('reading.family', 'surname'),
  nickname,
  org,
  department,
  orgReading,
  title('title', 'title'),
  title('role', 'role'),
  person('person.children', 'child', true),
  person('person.spouse', 'spouse'),
  person('person.assistant', 'agent'),
  labelled('person.manager', 'Manager'),
  hobby,
  categories,
  notes,
  birth('birth.year', 'year'),
  birth('birth.month', 'month'),
  birth('birth.day', 'day'),
  extension('office', 'microsoft.com:officeLocation'),
  extension('initials', 'microsoft.com:initials'),
];

export function writeTexts(card: Card, has: (path: string) => boolean, flat: Flat): void {
  for (const { path, get } of TEXTS) {
    if (!has(path)) continue;
    const text = clean(get(card, has));
    if (text !== '') flat.set(path, text);
  }
}

export function readTexts(flat: Flat, card: Card): void {
  for (const { path, set } of TEXTS) {
    const text = flat.get(path);
    if (text !== undefined) set(card, text, flat);
  }
}
