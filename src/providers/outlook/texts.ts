/** The texts of a contact that are no slots of a map: names, company, dates, people, notes, categories. */
import type { Card, NameComponent } from '../../model/card.js';
import { ranked } from '../../model/view.js';
import type { TextSlot } from '../mapping.js';
import {
  companySlot,
  components,
  departmentSlot,
  extensionSlot,
  filled,
  fullNameSlot,
  nameSlot,
  notesSlot,
  oneLine,
  personSlot,
  relate,
  related,
  suffixSlot,
  text,
} from '../textslots.js';
import { dateSlot } from './dates.js';
import type { Dialect } from './dialect.js';
import { flagSlot } from './flag.js';

/** Properties of ours for what JSContact has no place for (RFC 9553, section 1.8.1: `domain:name`). */
export const EXTENSION = 'microsoft.com:';

/** Between the members of a list that is one text here; no member holds one. */
export const BREAK = '\n';

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
    // Sent always when there is a name: what the server makes itself may put the parts in another order.
    fullNameSlot('displayName'),
    nameSlot('title', 'title'),
    nameSlot('givenName', 'given'),
    nameSlot('middleName', 'given2'),
    nameSlot('surname', 'surname', ['surname', 'surname2']),
    suffixSlot('generation'),
    readingSlot('yomiGivenName', 'given'),
    readingSlot('yomiSurname', 'surname'),
    companySlot('companyName'),
    departmentSlot('department'),
    yomiCompanyName,
    titleSlot('jobTitle', 'title'),
    titleSlot('profession', 'role'),
    dateSlot('birthday', 'birth'),
    dateSlot(typed ? 'weddingAnniversary' : WEDDING_TAG, 'wedding'),
    categories,
    personSlot('assistantName', 'agent'),
    personSlot('spouseName', 'spouse'),
    children,
    notesSlot('personalNotes'),
    ...['initials', 'fileAs', 'officeLocation', 'manager', ...(typed ? ['gender'] : [])].map((path) =>
      extensionSlot(EXTENSION, path),
    ),
    ...(typed ? [flagSlot] : []),
    ...(dialect.typedEmails ? [favorite] : []),
  ];
}
