/** The texts of a contact that are no slots of a map: names, company, dates, people, notes, categories. */
import type { Card, NameComponent } from '../../model/card.js';
import { fullName, ranked } from '../../model/view.js';
import type { TextSlot } from '../mapping.js';
import { dateSlot } from './dates.js';
import type { Dialect } from './dialect.js';
import { flagSlot } from './flag.js';

/** Properties of ours for what JSContact has no place for (RFC 9553, section 1.8.1: `domain:name`). */
export const EXTENSION = 'microsoft.com:';

/** Between the members of a list that is one text here; no member holds one. */
export const BREAK = '\n';

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const filled = (value: string): boolean => value.trim() !== '';
const oneLine = (value: string): string => value.replace(/\s*[\r\n]+\s*/g, ' ').trim();

function components(card: Card): NameComponent[] {
  const list = Array.isArray(card.name?.components) ? card.name.components : [];
  return list.filter((part) => filled(text(part.value)));
}

function addComponent(card: Card, component: NameComponent): void {
  card.name ??= {};
  (card.name.components ??= []).push(component);
}

function nameSlot(path: string, kind: string, kinds: readonly string[] = [kind]): TextSlot {
  return {
    path,
    get: (card) =>
      components(card)
        .filter((part) => kinds.includes(part.kind))
        .map((part) => part.value)
        .join(' '),
    set: (card, value) => addComponent(card, { kind, value }),
  };
}

const GENERATION = /^(jr|sr|junior|senior|i{1,3}|iv|vi{0,3}|\d+(st|nd|rd|th))\.?$/i;

/** "Also takes degrees": generations (Jr, III) and credentials (MD) are told apart by their words. */
const generation: TextSlot = {
  path: 'generation',
  get: (card) =>
    components(card)
      .filter((part) => part.kind === 'generation' || part.kind === 'credential')
      .map((part) => part.value)
      .join(', '),
  set: (card, value) => {
    for (const part of value.split(',').map((word) => word.trim())) {
      if (part !== '') addComponent(card, { kind: GENERATION.test(part) ? 'generation' : 'credential', value: part });
    }
  },
};

/** Sent always when there is a name: what the server makes itself may put the parts in another order. */
const displayName: TextSlot = {
  path: 'displayName',
  get: (card) => (filled(text(card.name?.full)) ? text(card.name?.full) : fullName(card)),
  set: (card, full) => (card.name = { ...card.name, full }),
};

/** The script of a Japanese reading (ISO 15924); other texts are taken for readings in that of their own. */
function scriptOf(reading: string): string {
  if (/^[\p{Script=Hiragana}\p{P}ー\s]+$/u.test(reading)) return 'Hira';
  if (/^[\p{Script=Katakana}\p{P}ー\s]+$/u.test(reading)) return 'Kana';
  return /[\p{Script=Hiragana}\p{Script=Katakana}]/u.test(reading) ? 'Hrkt' : 'Latn';
}

/** How a part of the name is read. Without that part it has no place in a card, and is kept as an extension. */
function readingSlot(path: string, kind: string): TextSlot {
  const key = `${EXTENSION}${path}`;
  const first = (card: Card): NameComponent | undefined => components(card).find((part) => part.kind === kind);
  return {
    path,
    get: (card) => {
      const part = first(card);
      if (part === undefined) return text(card[key]);
      const reading = text(part.phonetic);
      const { phoneticSystem, phoneticScript = scriptOf(reading) } = card.name ?? {};
      return phoneticSystem === undefined && phoneticScript === scriptOf(reading) ? reading : '';
    },
    set: (card, value) => {
      const part = first(card);
      if (part === undefined || (card.name?.phoneticScript ?? scriptOf(value)) !== scriptOf(value)) {
        card[key] = value;
        return;
      }
      part.phonetic = value;
      card.name = { ...card.name, phoneticScript: scriptOf(value) };
    },
  };
}

const companyName: TextSlot = {
  path: 'companyName',
  get: (card) => text(ranked(card.organizations)[0]?.[1].name),
  set: (card, name) => (card.organizations = { company: { name } }),
};

const department: TextSlot = {
  path: 'department',
  get: (card) => {
    const units = ranked(card.organizations)[0]?.[1].units;
    return (Array.isArray(units) ? units : [])
      .map((unit) => text(unit.name))
      .filter(filled)
      .join(', ');
  },
  set: (card, name) => (card.organizations = { company: { ...card.organizations?.['company'], units: [{ name }] } }),
};

const yomiCompanyName: TextSlot = {
  path: 'yomiCompanyName',
  get: (card) => {
    const first = ranked(card.organizations)[0]?.[1];
    return filled(text(first?.name)) ? text(first?.sortAs) : '';
  },
  set: (card, sortAs) => {
    const company = card.organizations?.['company'];
    if (company?.name !== undefined) card.organizations = { company: { ...company, sortAs } };
  },
};

function titleSlot(path: string, kind: 'title' | 'role'): TextSlot {
  return {
    path,
    get: (card) =>
      ranked(card.titles)
        .filter(([, title]) => (title.kind ?? 'title') === kind)
        .map(([, title]) => text(title.name))
        .find(filled),
    set: (card, name) => (card.titles = { ...card.titles, [path]: { name, ...(kind === 'role' ? { kind } : {}) } }),
  };
}

/** A relation by name; keys that are URIs name another card and would be noise as a text. */
function related(card: Card, kind: string): string[] {
  return Object.entries(card.relatedTo ?? {})
    .filter(([, { relation }]) => relation?.[kind] === true)
    .map(([key]) => oneLine(key))
    .filter((name) => name !== '' && !/^[a-z][a-z0-9+.-]*:\S/i.test(name));
}

function relate(card: Card, key: string, kind: string): void {
  const others = Object.entries(card.relatedTo ?? {});
  const known = others.find(([other]) => other === key)?.[1].relation ?? {};
  // fromEntries keeps even `__proto__` a plain key.
  card.relatedTo = Object.fromEntries([
    ...others.filter(([other]) => other !== key),
    [key, { relation: { ...known, [kind]: true as const } }],
  ]);
}

function personSlot(path: string, kind: string): TextSlot {
  return { path, get: (card) => related(card, kind)[0], set: (card, value) => relate(card, oneLine(value), kind) };
}

const children: TextSlot = {
  path: 'children',
  get: (card) => [...new Set(related(card, 'child'))].join(BREAK),
  set: (card, value) => {
    for (const child of value.split(BREAK)) if (filled(child)) relate(card, oneLine(child), 'child');
  },
};

const categories: TextSlot = {
  path: 'categories',
  get: (card) => [...new Set(Object.keys(card.keywords ?? {}).map(oneLine))].filter(filled).join(BREAK),
  set: (card, value) => {
    const words = value.split(BREAK).map(oneLine).filter(filled);
    if (words.length > 0) card.keywords = Object.fromEntries(words.map((word) => [word, true as const]));
  },
};

const notes: TextSlot = {
  path: 'personalNotes',
  get: (card) =>
    Object.values(card.notes ?? {})
      .map((note) => text(note.note))
      .filter(filled)
      .join('\n\n'),
  set: (card, value) => (card.notes = { notes: { note: value.replace(/\r\n?/g, '\n') } }),
};

function extension(path: string): TextSlot {
  const key = `${EXTENSION}${path}`;
  return { path, get: (card) => text(card[key]), set: (card, value) => (card[key] = value) };
}

const favorite: TextSlot = {
  path: 'isFavorite',
  get: (card) => (card[`${EXTENSION}isFavorite`] === true ? 'true' : ''),
  set: (card) => (card[`${EXTENSION}isFavorite`] = true),
};

/** Path of the wedding day of the flat shape: a MAPI property, as the API has no member for it. */
export const WEDDING_TAG = 'extended.SystemTime 0x3A41';

/** The order matters: readings go into the components that are there before them. */
export function textSlots(dialect: Dialect): TextSlot[] {
  const typed = dialect.shape === 'typed';
  return [
    displayName,
    nameSlot('title', 'title'),
    nameSlot('givenName', 'given'),
    nameSlot('middleName', 'given2'),
    nameSlot('surname', 'surname', ['surname', 'surname2']),
    generation,
    readingSlot('yomiGivenName', 'given'),
    readingSlot('yomiSurname', 'surname'),
    companyName,
    department,
    yomiCompanyName,
    titleSlot('jobTitle', 'title'),
    titleSlot('profession', 'role'),
    dateSlot('birthday', 'birth'),
    dateSlot(typed ? 'weddingAnniversary' : WEDDING_TAG, 'wedding'),
    categories,
    personSlot('assistantName', 'agent'),
    personSlot('spouseName', 'spouse'),
    children,
    notes,
    ...['initials', 'fileAs', 'officeLocation', 'manager', ...(typed ? ['gender'] : [])].map(extension),
    ...(typed ? [flagSlot] : []),
    ...(dialect.typedEmails ? [favorite] : []),
  ];
}
