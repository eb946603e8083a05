/** LDIF of Thunderbird's address books and of LDAP servers. Lists come last, when all that they may name is known. */
import { headText } from '../head.js';
import type { Format, FormatItem, FormatLoss } from '../types.js';
import { ListReader } from './lists-read.js';
import { EntryWriter } from './lists-write.js';
import { cardOfAttributes } from './map-read.js';
import { LdifReader, type LdifRecord } from './records.js';
import { LISTS } from './table.js';

export const ldif: Format = {
  name: 'ldif',
  title: 'LDIF (Thunderbird)',
  extensions: ['ldif', 'ldi'],
  mediaType: 'text/ldif',

  sniff(head) {
    // Comments and the version come first, then a record begins with its name.
    const text = headText(head).replace(/^(?:#[^\n]*\n(?: [^\n]*\n)*|version:[^\n]*\n|\s+)*/i, '');
    if (/^dn::?[ \t]*\S/i.test(text)) return 0.95;
    return /^(?:objectclass|changetype)::?[ \t]*\w+[ \t]*\r?$/im.test(text.slice(0, 2000)) ? 0.5 : 0;
  },

  async *read(source, options) {
    const reader = new LdifReader(options.encoding);
    const lists = new ListReader();
    const take = function* (): Generator<FormatItem> {
      for (let record = reader.next(); record !== undefined; record = reader.next()) {
        const item = itemOf(record, lists);
        if (item !== undefined) yield item;
      }
    };
    for await (const chunk of source) {
      reader.push(chunk);
      yield* take();
    }
    reader.finish();
    yield* take();
    yield* lists.end();
  },

  async *write(cards, _options, onLoss: (loss: FormatLoss) => void) {
    const writer = new EntryWriter(onLoss);
    for await (const card of cards) {
      const text = writer.entry(card);
      if (text !== '') yield text;
    }
    yield* writer.end();
  },
};

/** Undefined for a list: it waits for the end of the file. */
function itemOf(record: LdifRecord, lists: ListReader): FormatItem | undefined {
  const { line, dn, attributes, warnings } = record;
  const raw = record.raw ?? new Uint8Array(0);
  if (record.error !== undefined) return { error: record.error, line, raw };
  const change = textOf(record, 'changetype');
  if (change !== undefined && change.toLowerCase() !== 'add') {
    const hint = 'export the entries, not the changes to them';
    return { error: `the record changes an entry (${change.slice(0, 20)}), it is none`, hint, line, raw };
  }
  const classes = (attributes.get('objectclass') ?? []).map((name) =>
    typeof name === 'string' ? name.toLowerCase() : '',
  );
  if (classes.some((name) => LISTS.has(name))) {
    lists.add(record);
    return undefined;
  }
  const made = cardOfAttributes(attributes);
  if (!made.holds && !classes.some((name) => name.includes('person'))) {
    const what = classes.at(-1) ?? '';
    return { error: `the entry holds nothing of a contact${what === '' ? '' : ` (${what.slice(0, 40)})`}`, line, raw };
  }
  if (dn !== undefined) lists.know(dn, made.card.uid);
  const all = [...warnings, ...made.warnings, ...(dn === undefined ? [`record at line ${line}: dn is missing`] : [])];
  return { card: made.card, line, warnings: all, ...(made.uidMissing ? { uidDerived: true as const } : {}) };
}

function textOf({ attributes }: LdifRecord, name: string): string | undefined {
  const value = attributes.get(name)?.[0];
  return typeof value === 'string' ? value : undefined;
}
