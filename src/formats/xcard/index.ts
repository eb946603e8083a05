/** xCard (RFC 6351): vCard 4.0 as XML. */
import { Buffer } from 'node:buffer';
import type { Card } from '../../model/card.js';
import { headText } from '../head.js';
import type { Format } from '../types.js';
import { cardToProperties } from '../vcard/map.js';
import type { VCardProperty } from '../vcard/types.js';
import { plainText } from '../vcard/values.js';
import { decodeXml } from './decode.js';
import { propertyOfXml, type TextElement, type XmlProperty, xmlOf } from './elements.js';
import { NAMESPACE } from './names.js';
import { itemOf } from './read.js';
import { XmlSplitter } from './split.js';
import { escapeXml, parseXml, serialize, XmlError } from './tree.js';

const HEAD = `<?xml version="1.0" encoding="UTF-8"?>\n<vcards xmlns="${NAMESPACE}">\n`;
/** Kept of a file that is refused as a whole. */
const MAX_RAW = 64 * 1024;

export const xcard: Format = {
  name: 'xcard',
  title: 'xCard (XML)',
  extensions: ['xcard', 'xml'],
  mediaType: 'application/vcard+xml',

  sniff(head) {
    const text = headText(head).trimStart();
    if (!text.startsWith('<')) return 0;
    if (text.includes(NAMESPACE)) return 0.97;
    return /<(?:[\w.-]+:)?vcards?[\s>]/.test(text) ? 0.6 : 0;
  },

  async *read(source, options) {
    const splitter = new XmlSplitter();
    let head = '';
    let records = 0;
    const items = function* (found: ReturnType<XmlSplitter['push']>): Generator<ReturnType<typeof itemOf>> {
      for (const record of found) {
        records += 1;
        yield itemOf(record, splitter.namespaces);
      }
    };
    for await (const text of decodeXml(source, options.encoding)) {
      if (head.length < MAX_RAW) head = (head + text).slice(0, MAX_RAW);
      yield* items(splitter.push(text));
      if (splitter.doctype !== undefined) break;
    }
    const raw = Buffer.from(head, 'utf8');
    if (splitter.doctype !== undefined) {
      const hint = 'no xCard needs one; take it out, it may expand without end or name other files';
      yield { error: 'the file has a DOCTYPE: it is refused', hint, line: splitter.doctype, raw };
      return;
    }
    yield* items(splitter.end());
    if (records === 0 && !isEmptyList(head)) yield { error: 'there is no vcard element in the file', line: 1, raw };
  },

  async *write(cards, options) {
    let begun = false;
    for await (const card of cards) {
      yield `${begun ? '' : HEAD}${vcardElement(card, options.prodId)}`;
      begun = true;
    }
    yield begun ? '</vcards>\n' : `${HEAD}</vcards>\n`;
  },
};

/** Blank, or a list with nothing in it. */
function isEmptyList(head: string): boolean {
  const text = head.replace(/<\?[^>]*>/g, '').trim();
  return text === '' || /^<(?:[\w.-]+:)?vcards(?:\s[^>]*)?(?:\/>|>\s*<\/(?:[\w.-]+:)?vcards\s*>)$/.test(text);
}

function vcardElement(card: Card, prodId: string | undefined): string {
  const maker = prodId === undefined ? {} : { prodId };
  const lines = ['<vcard>'];
  let group: string | undefined;
  for (const property of cardToProperties(card, { version: '4.0', carry: true, ...maker, carrier })) {
    const element = embedded(property);
    const xml = element === undefined ? xmlOf(property) : undefined;
    if (group !== undefined && xml?.group !== group) {
      lines.push('</group>');
      group = undefined;
    }
    if (xml?.group !== undefined && group === undefined) {
      group = xml.group;
      lines.push(`<group name="${escapeXml(group)}">`);
    }
    if (element !== undefined) lines.push(element);
    else if (xml !== undefined) lines.push(propertyElement(xml));
  }
  if (group !== undefined) lines.push('</group>');
  lines.push('</vcard>\n');
  return lines.join('\n');
}

function carrier(property: VCardProperty): VCardProperty | undefined {
  if (embedded(property) !== undefined) return property;
  const xml = xmlOf(property);
  return xml === undefined ? undefined : propertyOfXml(xml);
}

/** The element that an XML property holds, when it reads back as the same text. */
function embedded(property: VCardProperty): string | undefined {
  if (property.name !== 'XML' || property.params.length > 0 || property.group !== undefined) return undefined;
  const text = plainText(property.value);
  try {
    const node = parseXml(text);
    return node.uri !== NAMESPACE && serialize(node) === text ? text : undefined;
  } catch (error) {
    if (error instanceof XmlError) return undefined;
    throw error;
  }
}

function propertyElement(xml: XmlProperty): string {
  const params = xml.params.map(({ name, values }) => `<${name}>${values.map(element).join('')}</${name}>`);
  const parameters = params.length === 0 ? '' : `<parameters>${params.join('')}</parameters>`;
  return `<${xml.name}>${parameters}${xml.values.map(element).join('')}</${xml.name}>`;
}

function element({ name, text }: TextElement): string {
  return text === '' ? `<${name}/>` : `<${name}>${escapeXml(text)}</${name}>`;
}
