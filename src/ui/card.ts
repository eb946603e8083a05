/** Everything about one contact, readable: the text of `show`. */
import type { Card, ContactRecord, Ranked } from '../model/card.js';
import { printable, printableLines } from '../model/text.js';
import { displayName, parseDataUri, ranked } from '../model/view.js';
import { COLUMNS, type Names } from './columns.js';

/** Label and text, in the order in which people look for them. */
export type Row = [label: string, text: string];

function kinds(entry: Ranked & { features?: Record<string, true> }): string {
  const contexts = Object.keys(entry.contexts ?? {}).map((context) => (context === 'private' ? 'home' : context));
  const words = [...contexts, ...Object.keys(entry.features ?? {}), ...(entry.label ? [entry.label] : [])];
  return words.length === 0 ? '' : ` (${words.join(', ')})`;
}

function many<T extends Ranked>(label: string, map: Record<string, T> | undefined, text: (entry: T) => string): Row[] {
  return ranked(map).map(([, entry]) => [label, `${text(entry)}${kinds(entry)}`]);
}

function media(uri: string): string {
  const inline = parseDataUri(uri);
  return inline ? `${inline.mediaType}, ${inline.bytes.length} bytes` : uri;
}

/** Rows for every property that the card has; what has no row of its own is named at the end. */
export function cardRows(record: ContactRecord, names: Names): Row[] {
  const { card } = record;
  const column = (name: string): string =>
    COLUMNS.find((candidate) => candidate.name === name)?.value(record, names) ?? '';
  const rows: Row[] = [
    ['Name', displayName(card)],
    ['Kind', card.kind === undefined || card.kind === 'individual' ? '' : card.kind],
    ...(['prefix', 'given', 'middle', 'family', 'suffix', 'nickname'] as const).map((name): Row => [
      title(name),
      column(name),
    ]),
    ...many('E-mail', card.emails, (email) => email.address),
    ...many('Phone', card.phones, (phone) => phone.number),
    ...many('Online', card.onlineServices, (service) =>
      [service.service, service.user ?? service.uri].filter(Boolean).join(': '),
    ),
    ...many('Organization', card.organizations, (org) =>
      [org.name ?? '', ...(org.units ?? []).map((unit) => unit.name)].filter(Boolean).join(', '),
    ),
    ...many('Title', card.titles, (one) => one.name),
    ...many(
      'Address',
      card.addresses,
      (address) =>
        address.full ??
        (address.components ?? [])
          .filter((part) => part.kind !== 'separator')
          .map((part) => part.value)
          .join(', '),
    ),
    ...many('Link', card.links, (link) => link.uri),
    ['Birthday', column('birthday')],
    ['Anniversary', column('anniversary')],
    ['Categories', column('categories')],
    ['Groups', column('groups')],
    ...Object.entries(card.relatedTo ?? {}).map(([uid, { relation }]): Row => [
      'Related',
      `${uid}${kinds({ contexts: relation ?? {} })}`,
    ]),
    ...many('Picture', card.media, (entry) => `${entry.kind ?? 'photo'}: ${media(entry.uri)}`),
    ...Object.values(card.notes ?? {}).map((note): Row => ['Note', note.note]),
    ['Book', column('book')],
    ['Updated', card.updated ?? ''],
    ['UID', card.uid],
    ['Id', record.id],
    ['Also holds', others(card)],
  ];
  return rows.filter(([, text]) => text !== '');
}

const title = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);

const SHOWN = new Set(
  '@type version uid name nicknames kind emails phones onlineServices organizations titles addresses links anniversaries keywords relatedTo media notes updated created prodId members'.split(
    ' ',
  ),
);

function others(card: Card): string {
  return Object.keys(card)
    .filter((key) => !SHOWN.has(key))
    .join(', ');
}

/** Aligned lines; further lines of a text are indented below the first. */
export function showText(rows: readonly Row[], color: boolean): string {
  const width = Math.max(...rows.map(([label]) => label.length));
  const lines = rows.map(([label, text]) => {
    const head = printable(label).padEnd(width);
    const body = printableLines(text).replaceAll('\n', `\n${' '.repeat(width + 2)}`);
    return `${color ? `\u001b[1m${head}\u001b[22m` : head}  ${body}`;
  });
  return `${lines.join('\n')}\n`;
}
