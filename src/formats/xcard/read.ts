/** One `vcard` element as a card. */
import { Buffer } from 'node:buffer';
import { printable } from '../../model/text.js';
import { MAX_PROPERTIES } from '../vcard/limits.js';
import { TOKEN } from '../vcard/leftovers.js';
import { cardFromVCard } from '../vcard/map.js';
import type { RawCard, VCardProperty } from '../vcard/types.js';
import { textValue } from '../vcard/values.js';
import type { FormatItem } from '../types.js';
import { propertyOfXml, type TextElement } from './elements.js';
import { NAMESPACE } from './names.js';
import { childrenOf, escapeXml, parseXml, serialize, textIn, XmlError, type XmlNode } from './tree.js';
import type { XmlRecord } from './split.js';

const MAX_WARNINGS = 20;

/** The card of a record. A bad one keeps its text, in a list of its own that can be read again. */
export function itemOf(record: XmlRecord, namespaces: ReadonlyMap<string, string>): FormatItem {
  const { text, line } = record;
  const raw = Buffer.from(`${listTag(namespaces)}${text}</vcards>\n`, 'utf8');
  if (record.error !== undefined) return { error: record.error, line, raw };
  let root: XmlNode;
  try {
    root = parseXml(text, namespaces);
  } catch (error) {
    if (!(error instanceof XmlError)) throw error;
    const where = error.line > 1 ? `line ${line + error.line - 1}: ` : '';
    return { error: `${where}${error.message}`, line, raw };
  }
  if (root.uri !== NAMESPACE && root.uri !== '') {
    const hint = `the namespace of xCard is ${NAMESPACE}`;
    return { error: `vcard is of the namespace "${printable(root.uri.slice(0, 100))}"`, hint, line, raw };
  }
  const card = new Reader(root, line).read();
  if (card.properties.length === 0) return { error: 'the vcard element holds no property', line, raw };
  if (card.properties.length > MAX_PROPERTIES)
    return { error: 'the card has more than 200,000 properties (the limit)', line, raw };
  if (text.includes('\ufffd')) card.warnings.push('some letters are not in the charset of the file and were replaced');
  const { card: made, warnings, uidMissing } = cardFromVCard(card);
  return { card: made, line, warnings, ...(uidMissing ? { uidDerived: true as const } : {}) };
}

/** An opening tag with what was declared around the record. */
function listTag(namespaces: ReadonlyMap<string, string>): string {
  let tag = '<vcards';
  for (const [prefix, uri] of namespaces) {
    if (/^[\w.-]*$/.test(prefix))
      tag += ` xmlns${prefix === '' ? '' : `:${prefix}`}="${escapeXml(uri).replace(/"/g, '&quot;')}"`;
  }
  return `${tag}>`;
}

class Reader {
  readonly #card: RawCard;
  readonly #left = new Map<string, number>();

  constructor(
    readonly root: XmlNode,
    line: number,
  ) {
    this.#card = { version: '4.0', properties: [], line, warnings: [] };
  }

  read(): RawCard {
    if (this.root.uri === '') this.#card.warnings.push('the vcard element has no namespace');
    this.#properties(this.root, undefined);
    let told = 0;
    for (const [name, count] of this.#left) {
      told += 1;
      if (told > MAX_WARNINGS) break;
      this.#card.warnings.push(`${name} was left out${count > 1 ? ` (${count} times)` : ''}`);
    }
    return this.#card;
  }

  #properties(holder: XmlNode, group: string | undefined): void {
    if (textIn(holder).trim() !== '') this.#leave('text between properties');
    for (const node of childrenOf(holder)) {
      if (node.uri !== this.root.uri) this.#push(foreign(node, group), node);
      else if (node.local === 'group' && group === undefined) this.#properties(node, groupName(node));
      else this.#push(this.#property(node, group), node);
    }
  }

  #push(property: VCardProperty | undefined, node: XmlNode): void {
    if (property === undefined) this.#leave(`the element "${printable(node.local.slice(0, 40))}"`);
    else this.#card.properties.push({ ...property, line: this.#card.line });
  }

  #leave(what: string): void {
    if (this.#left.size < 1000 || this.#left.has(what)) this.#left.set(what, (this.#left.get(what) ?? 0) + 1);
  }

  #property(node: XmlNode, group: string | undefined): VCardProperty | undefined {
    const params: { name: string; values: TextElement[] }[] = [];
    const values: TextElement[] = [];
    for (const child of childrenOf(node)) {
      if (child.uri !== this.root.uri)
        this.#leave(`the element "${printable(child.local.slice(0, 40))}" in ${printable(node.local)}`);
      else if (child.local === 'parameters') params.push(...childrenOf(child).map(paramOf));
      else values.push({ name: child.local, text: allText(child) });
    }
    const text = textIn(node);
    // Not as the schema wants it, but what is meant is clear.
    if (values.length === 0 && text.trim() !== '') values.push({ name: 'text', text: text.trim() });
    return propertyOfXml({
      ...(group === undefined || group === '' ? {} : { group }),
      name: node.local,
      params,
      values,
    });
  }
}

function groupName(node: XmlNode): string {
  return node.attributes.find(({ prefix, local }) => prefix === '' && local === 'name')?.value ?? '';
}

function paramOf(node: XmlNode): { name: string; values: TextElement[] } {
  const values = childrenOf(node).map((child) => ({ name: child.local, text: allText(child) }));
  return { name: node.local, values: values.length > 0 ? values : [{ name: 'text', text: textIn(node).trim() }] };
}

/** The text of the element and of what is in it. */
function allText(node: XmlNode): string {
  return node.content.map((part) => (typeof part === 'string' ? part : allText(part))).join('');
}

/** An element of another namespace is an XML property (RFC 6350, section 6.1.5). */
function foreign(node: XmlNode, group: string | undefined): VCardProperty {
  const property: VCardProperty = { name: 'XML', params: [], value: textValue(serialize(node)), line: 0 };
  if (group !== undefined && TOKEN.test(group)) property.group = group;
  return property;
}
