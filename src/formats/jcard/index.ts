/** jCard (RFC 7095): one, an array of them, NDJSON, or the `vcardArray` of RDAP answers. */
import { Buffer } from 'node:buffer';
import type { Card } from '../../model/card.js';
import { headText } from '../head.js';
import { type JsonRecord, splitJson } from '../json-split.js';
import type { Format, FormatItem } from '../types.js';
import { cardToProperties } from '../vcard/map.js';
import { propertyOfTyped, typedOf } from '../vcard/typed.js';
import { basic, extended } from './dates.js';
import { itemOf, jCardsIn } from './read.js';

export const jcard: Format = {
  name: 'jcard',
  title: 'jCard (JSON)',
  extensions: ['jcard'],
  mediaType: 'application/vcard+json',

  sniff(head) {
    const text = headText(head).trimStart();
    if (/^(?:\[\s*){1,2}"vcard"\s*,\s*\[/i.test(text)) return 0.97;
    return /^[[{]/.test(text) && /"vcardArray"\s*:\s*\[/.test(text) ? 0.96 : 0;
  },

  async *read(source, options) {
    // A jCard that is not in an array comes as two records: its name, then its properties.
    let open: JsonRecord | undefined;
    let closed = false;
    for await (const record of splitJson(source, options.encoding)) {
      if (open !== undefined) {
        yield* readRecord({ ...record, text: `["vcard",${record.text}]`, line: open.line });
        open = undefined;
        closed = true;
      } else if (record.error === undefined && /^"vcard"$/i.test(record.text)) {
        open = record;
      } else if (!(closed && record.text === '[]')) {
        yield* readRecord(record);
      }
    }
    if (open !== undefined)
      yield { error: 'the jCard is cut: its properties are missing', line: open.line, raw: Buffer.from(open.text) };
  },

  async *write(cards, options) {
    let first: string | undefined;
    let count = 0;
    for await (const card of cards) {
      count += 1;
      const text = textOf(card, options.prodId);
      // One jCard stands alone, several in an array.
      if (count === 1) first = text;
      else if (count === 2) yield `[\n${first},\n${text}`;
      else yield `,\n${text}`;
    }
    yield count === 0 ? '[]\n' : count === 1 ? `${first}\n` : '\n]\n';
  },
};

function* readRecord(record: JsonRecord): Generator<FormatItem> {
  const { text, line } = record;
  const found = record.error === undefined ? parse(text) : record.error;
  if (typeof found === 'string') {
    yield { error: found, line, raw: Buffer.from(text, 'utf8') };
    return;
  }
  const replaced = text.includes('\ufffd')
    ? ['some letters are not UTF-8 and were replaced (--encoding names the charset)']
    : [];
  for (const jCard of found) {
    const item = itemOf(jCard, line);
    yield 'card' in item ? { ...item, warnings: [...replaced, ...item.warnings] } : item;
  }
}

/** The jCards of a record, or what is wrong with it. */
function parse(text: string): unknown[][] | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    return `no JSON: ${why.length > 120 ? `${why.slice(0, 120)}...` : why}`;
  }
  const found = jCardsIn(value);
  return found.length === 0 ? 'there is no jCard in it (["vcard", [...]])' : found;
}

function textOf(card: Card, prodId: string | undefined): string {
  const maker = prodId === undefined ? {} : { prodId };
  const properties = cardToProperties(card, { version: '4.0', carry: true, ...maker, carrier });
  const elements = properties.map((property) => JSON.stringify(extended(typedOf(property))));
  return `["vcard",[\n["version",{},"text","4.0"]${elements.map((element) => `,\n${element}`).join('')}\n]]`;
}

function carrier(property: Parameters<typeof typedOf>[0]): ReturnType<typeof propertyOfTyped> {
  return propertyOfTyped(basic(extended(typedOf(property))));
}
