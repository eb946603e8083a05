/** Which program a header row is from, and what each of its columns holds. */
import { GENERIC, OLD_GOOGLE } from './aliases.js';
import type { Dialect } from './dialect.js';
import { google } from './google.js';
import { indexedPath } from './indexed.js';
import { type Language, LOCAL_OUTLOOK, LOCAL_THUNDERBIRD } from './locales.js';
import { outlook, outlookCom } from './outlook.js';
import { MEDIA, MORE, OWN_COLUMNS } from './own-columns.js';
import { thunderbird, yahoo } from './programs.js';

/** Tables that are told apart by their header. `other` is none that is known. */
export type Program = 'own' | 'outlook' | 'outlook-com' | 'google' | 'yahoo' | 'thunderbird' | 'other';

export interface Known {
  program: Program;
  language: Language;
  /** Path of each column; undefined for unknown ones. */
  paths: (string | undefined)[];
  /** Columns with a name that is known. */
  count: number;
}

/** A name without case, blanks and punctuation. */
export function folded(name: string): string {
  const text = name.normalize('NFC').toLowerCase();
  return text.replace(/[\s_\-./:;()'’"\u200b-\u200f\ufeff!?*]+/g, '');
}

type Names = ReadonlyMap<string, string>;

/** `Titre#2` is the second column of that name. */
function namesOf(list: Iterable<readonly [name: string, path: string]>): Names {
  const names = new Map<string, string>();
  for (const [name, path] of list) {
    const [, bare = name, number = ''] = /^(.+)(#\d)$/.exec(name) ?? [];
    const key = folded(bare) + number;
    if (!names.has(key)) names.set(key, path);
  }
  return names;
}

function columnsOf(...dialects: Dialect[]): [string, string][] {
  return dialects.flatMap(({ columns }) => columns.map(([name, path]): [string, string] => [name, path]));
}

/** Google's "Outlook CSV" and older Outlooks say Country. */
const OUTLOOK_OLD: [string, string][] = ['Business', 'Home', 'Other'].flatMap((title): [string, string][] => [
  [`${title} Country`, `address.${title.toLowerCase()}.country`],
  [`${title} Address`, `address.${title.toLowerCase()}.full`],
]);

const ENGLISH = namesOf([...columnsOf(outlook, outlookCom), ...OUTLOOK_OLD]);
const LOCAL: ReadonlyMap<Language, Names> = new Map(
  (['de', 'fr', 'pl', 'es'] as const).map((language) => {
    const list = LOCAL_OUTLOOK.filter((one) => one.language === language);
    return [language, namesOf(list.map(({ name, path }): [string, string] => [name, path]))];
  }),
);
const YAHOO = namesOf(columnsOf(yahoo));
const THUNDERBIRD = namesOf(columnsOf(thunderbird));
const THUNDERBIRD_DE = namesOf(LOCAL_THUNDERBIRD.map(({ name, path }): [string, string] => [name, path]));
const GOOGLE = namesOf([...columnsOf(google), ...OLD_GOOGLE, ...columnsOf(outlook)]);
const OTHER = namesOf([...GENERIC]);
const OWN = namesOf(OWN_COLUMNS.map((name): [string, string] => [name, name]));

/** Language of a header that is Outlook's: the one with the most names. */
function outlookLanguage(names: readonly string[]): { language: Language; count: number } {
  let best: { language: Language; count: number } = { language: 'en', count: countIn(names, ENGLISH) };
  for (const [language, local] of LOCAL) {
    // Half of a Spanish header is English: its own names count with them.
    const count = names.filter((name) => local.has(name) || local.has(`${name}#2`) || ENGLISH.has(name)).length;
    const own = names.filter((name) => local.has(name) && !ENGLISH.has(name)).length;
    if (own > 0 && count > best.count) best = { language, count };
  }
  return best;
}

function countIn(names: readonly string[], table: Names): number {
  return names.filter((name) => table.has(name)).length;
}

function programOf(names: readonly string[], header: readonly string[]): { program: Program; language: Language } {
  const has = (name: string): boolean => names.includes(folded(name));
  if (has(MORE) || has(MEDIA) || (has('UID') && has('E-mail 1 type'))) return { program: 'own', language: 'en' };
  if (header.some((name) => indexedPath(name) !== undefined)) return { program: 'google', language: 'en' };
  if (has('Primäre E-Mail-Adresse')) return { program: 'thunderbird', language: 'de' };
  if (has('Primary Email') && has('Screen Name')) return { program: 'thunderbird', language: 'en' };
  if (has('Yahoo! Phone') || has('Messenger ID')) return { program: 'yahoo', language: 'en' };
  const { language, count } = outlookLanguage(names);
  if (has('Given Yomi') && has('IMAddress')) return { program: 'outlook-com', language };
  // Names that Outlook alone has, or so many that it is no chance.
  const marked = ['E-mail Type', 'E-mail Display Name', 'E-mail 2 Address', 'Business Street', "Assistant's Name"].some(
    has,
  );
  const local = language !== 'en' && names.filter((name) => LOCAL.get(language)?.has(name)).length >= 3;
  if ((marked && count >= 4) || local || count * 2 > names.length + 12) return { program: 'outlook', language };
  return { program: 'other', language };
}

function tablesOf(program: Program, language: Language): Names[] {
  if (program === 'own') return [OWN];
  if (program === 'google') return [GOOGLE];
  if (program === 'yahoo') return [YAHOO];
  if (program === 'thunderbird') return language === 'de' ? [THUNDERBIRD_DE, THUNDERBIRD] : [THUNDERBIRD];
  const local = LOCAL.get(language);
  const outlooks = [...(local === undefined ? [] : [local]), ENGLISH];
  return program === 'other' ? [OTHER, ...outlooks, ...LOCAL.values()] : [...outlooks, OTHER];
}

/** Reads a header row. Columns of one name are told apart by their place. */
export function recognise(header: readonly string[]): Known {
  const names = header.map(folded);
  const { program, language } = programOf(names, header);
  const tables = tablesOf(program, language);
  const seen = new Map<string, number>();
  const paths = names.map((name, i) => {
    const times = (seen.get(name) ?? 0) + 1;
    seen.set(name, times);
    if (name === '') return undefined;
    const indexed = program === 'google' ? indexedPath(header[i] ?? '') : undefined;
    return indexed ?? (times > 1 ? lookUp(tables, `${name}#${times}`) : undefined) ?? lookUp(tables, name);
  });
  settleTitle(program, names, paths);
  settleGerman(names, paths);
  return { program, language, paths: once(paths), count: paths.filter((path) => path !== undefined).length };
}

function lookUp(tables: readonly Names[], name: string): string | undefined {
  for (const table of tables) {
    const path = table.get(name);
    if (path !== undefined) return path;
  }
  return undefined;
}

/** Outside Outlook a title is the job, unless there is a column for that too. */
function settleTitle(program: Program, names: readonly string[], paths: (string | undefined)[]): void {
  if (program !== 'other') return;
  const at = names.indexOf('title');
  if (at >= 0) paths[at] = paths.includes('title') ? 'name.prefix' : 'title';
}

/** Older German Outlooks: `Land geschäftlich` is the state, `Region geschäftlich` the country. */
function settleGerman(names: readonly string[], paths: (string | undefined)[]): void {
  for (const [land, region, key] of [
    ['landgeschäftlich', 'regiongeschäftlich', 'business'],
    ['landprivat', 'regionprivat', 'home'],
    ['weiteresland', 'weitereregion', 'other'],
  ] as const) {
    const [state, country] = [names.indexOf(land), names.indexOf(region)];
    if (state < 0 || country < 0) continue;
    paths[state] = `address.${key}.state`;
    paths[country] = `address.${key}.country`;
  }
}

/** The next free path of a kind that has several, else none: the column is kept as it is. */
const NEXT: Readonly<Record<string, string>> = {
  'email.1': 'email.2',
  'email.2': 'email.3',
  'phone.business': 'phone.business2',
  'phone.home': 'phone.home2',
};

/** No two columns of one path: the second one takes the next place, or is unknown. */
function once(paths: readonly (string | undefined)[]): (string | undefined)[] {
  const taken = new Set<string>();
  return paths.map((path) => {
    let free = path;
    while (free !== undefined && taken.has(free)) free = NEXT[free];
    if (free !== undefined) taken.add(free);
    return free;
  });
}
