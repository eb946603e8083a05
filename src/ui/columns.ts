/** The columns of table, csv and tsv (`--fields`), each a text of one contact. */
import type { Card, ContactRecord } from '../model/card.js';
import { UsageError } from '../model/errors.js';
import { nearest } from '../model/nearest.js';
import { displayName, emailsOf, organizationOf, phonesOf, photoOf } from '../model/view.js';

/** Names that a contact's ids stand for: filled by the command when a column asks for them. */
export interface Names {
  book(id: string): string;
  groups(contactId: string): readonly string[];
}

export interface Column {
  name: string;
  title: string;
  value(record: ContactRecord, names: Names): string;
}

const component = (card: Card, kind: string): string =>
  (card.name?.components ?? [])
    .filter((part) => part.kind === kind)
    .map((part) => part.value)
    .join(' ');
const values = <T>(map: Record<string, T> | undefined): T[] => Object.values(map ?? {});
const join = (texts: readonly string[]): string => texts.filter(Boolean).join('; ');

function dateOf(card: Card, kind: string): string {
  const found = values(card.anniversaries).find((entry) => entry.kind === kind)?.date;
  if (!found) return '';
  if ('utc' in found && typeof found.utc === 'string') return found.utc.slice(0, 10);
  const { year, month, day } = found as { year?: number; month?: number; day?: number };
  const two = (part: number | undefined): string => (part === undefined ? '' : `-${String(part).padStart(2, '0')}`);
  return `${year === undefined ? '-' : String(year).padStart(4, '0')}${two(month)}${two(day)}`;
}

function addressText(card: Card): string[] {
  return values(card.addresses).map(
    (address) =>
      address.full ??
      (address.components ?? [])
        .filter((part) => part.kind !== 'separator')
        .map((part) => part.value)
        .join(', '),
  );
}

/** Every column, in the order in which `--fields` help lists them. */
export const COLUMNS: readonly Column[] = [
  { name: 'id', title: 'Id', value: (record) => record.id },
  { name: 'name', title: 'Name', value: ({ card }) => displayName(card) },
  { name: 'email', title: 'E-mail', value: ({ card }) => emailsOf(card)[0] ?? '' },
  { name: 'emails', title: 'E-mails', value: ({ card }) => join(emailsOf(card)) },
  { name: 'phone', title: 'Phone', value: ({ card }) => phonesOf(card)[0] ?? '' },
  { name: 'phones', title: 'Phones', value: ({ card }) => join(phonesOf(card)) },
  { name: 'organization', title: 'Organization', value: ({ card }) => organizationOf(card) },
  {
    name: 'department',
    title: 'Department',
    value: ({ card }) => join(values(card.organizations).flatMap((org) => (org.units ?? []).map((unit) => unit.name))),
  },
  { name: 'title', title: 'Title', value: ({ card }) => join(values(card.titles).map((title) => title.name)) },
  { name: 'book', title: 'Book', value: (record, names) => join(record.bookIds.map((id) => names.book(id))) },
  { name: 'groups', title: 'Groups', value: (record, names) => join(names.groups(record.id)) },
  { name: 'categories', title: 'Categories', value: ({ card }) => join(Object.keys(card.keywords ?? {})) },
  { name: 'updated', title: 'Updated', value: ({ card }) => card.updated ?? '' },
  { name: 'uid', title: 'UID', value: ({ card }) => card.uid },
  { name: 'kind', title: 'Kind', value: ({ card }) => card.kind ?? 'individual' },
  { name: 'prefix', title: 'Prefix', value: ({ card }) => component(card, 'title') },
  { name: 'given', title: 'Given name', value: ({ card }) => component(card, 'given') },
  { name: 'middle', title: 'Middle name', value: ({ card }) => component(card, 'given2') },
  { name: 'family', title: 'Family name', value: ({ card }) => component(card, 'surname') },
  {
    name: 'suffix',
    title: 'Suffix',
    value: ({ card }) => join([component(card, 'generation'), component(card, 'credential')]),
  },
  { name: 'nickname', title: 'Nickname', value: ({ card }) => join(values(card.nicknames).map((nick) => nick.name)) },
  { name: 'address', title: 'Address', value: ({ card }) => join(addressText(card)) },
  { name: 'url', title: 'Link', value: ({ card }) => join(values(card.links).map((link) => link.uri)) },
  { name: 'birthday', title: 'Birthday', value: ({ card }) => dateOf(card, 'birth') },
  { name: 'anniversary', title: 'Anniversary', value: ({ card }) => dateOf(card, 'wedding') },
  {
    name: 'note',
    title: 'Note',
    value: ({ card }) =>
      values(card.notes)
        .map((note) => note.note)
        .join('\n'),
  },
  { name: 'photo', title: 'Photo', value: (record) => (record.hasPhoto === true || photoOf(record.card) ? 'yes' : '') },
];

const ALIASES: Record<string, string> = {
  org: 'organization',
  company: 'organization',
  category: 'categories',
  notes: 'note',
  link: 'url',
  'e-mail': 'email',
  avatar: 'photo',
};

export const DEFAULT_COLUMNS = ['id', 'name', 'email', 'phone', 'organization'];

/** The columns by name. @throws UsageError with the nearest name */
export function columnsByName(names: readonly string[]): Column[] {
  return names.map((name) => {
    const wanted = Object.hasOwn(ALIASES, name.toLowerCase()) ? ALIASES[name.toLowerCase()] : name.toLowerCase();
    const column = COLUMNS.find((candidate) => candidate.name === wanted);
    if (column) return column;
    const all = COLUMNS.map((candidate) => candidate.name);
    const near = nearest(name, all);
    throw new UsageError(`there is no column "${name}"`, {
      hint: near === undefined ? `--fields takes: ${all.join(', ')}` : `did you mean ${near}? All: ${all.join(', ')}`,
    });
  });
}
