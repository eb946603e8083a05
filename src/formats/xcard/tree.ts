/** XML into a small tree, with limits: no DOCTYPE, 32 levels, a number of elements and attributes. */
import { SaxesParser } from 'saxes';
import { printable } from '../../model/text.js';

export interface XmlNode {
  uri: string;
  local: string;
  attributes: { uri: string; prefix: string; local: string; value: string }[];
  /** Elements and text, in order. */
  content: (XmlNode | string)[];
}

export function childrenOf(node: XmlNode): XmlNode[] {
  return node.content.filter((part) => typeof part !== 'string');
}

/** The text in the element itself. */
export function textIn(node: XmlNode): string {
  return node.content.filter((part) => typeof part === 'string').join('');
}

export const MAX_LEVELS = 32;
const MAX_ELEMENTS = 1_000_000;
const MAX_ATTRIBUTES = 1000;

/** Not well-formed, or beyond a limit. `line` is 1-based in the text. */
export class XmlError extends Error {
  constructor(
    message: string,
    readonly line: number,
  ) {
    super(message);
  }
}

/**
 * The one element that the text is.
 *
 * @param namespaces what stands around the text: prefix (or '') to namespace
 * @throws XmlError
 */
export function parseXml(text: string, namespaces: ReadonlyMap<string, string> = new Map()): XmlNode {
  const parser = new SaxesParser({
    xmlns: true,
    position: false,
    resolvePrefix: (prefix: string) => namespaces.get(prefix),
  });
  const fail = (message: string): never => {
    throw new XmlError(message, parser.line);
  };
  const open: XmlNode[] = [];
  let root: XmlNode | undefined;
  let elements = 0;
  let attributes = 0;
  parser.on('error', (error) => fail(`no well-formed XML: ${printable(error.message).replace(/\.$/, '')}`));
  parser.on('doctype', () => fail('a DOCTYPE is refused'));
  parser.on('opentagstart', () => {
    attributes = 0;
    elements += 1;
    if (open.length >= MAX_LEVELS) fail(`nested deeper than ${MAX_LEVELS} levels (the limit)`);
    if (elements > MAX_ELEMENTS) fail('more than 1,000,000 elements (the limit)');
  });
  parser.on('attribute', () => {
    attributes += 1;
    if (attributes > MAX_ATTRIBUTES) fail('an element with more than 1,000 attributes (the limit)');
  });
  parser.on('opentag', (tag) => {
    const node: XmlNode = { uri: tag.uri, local: tag.local, attributes: Object.values(tag.attributes), content: [] };
    // A prefix that only the prototype of an object knows has no namespace.
    if ([node, ...node.attributes].some(({ uri }) => typeof uri !== 'string')) fail('unbound namespace prefix');
    open.at(-1)?.content.push(node);
    root ??= node;
    open.push(node);
  });
  parser.on('closetag', () => void open.pop());
  const take = (piece: string): void => void open.at(-1)?.content.push(piece);
  parser.on('text', take);
  parser.on('cdata', take);
  parser.write(text).close();
  return root ?? fail('no element');
}

/** The element as text that stands anywhere: each namespace is declared where it begins. */
export function serialize(node: XmlNode, around?: string): string {
  const declared = node.uri === around ? '' : ` xmlns="${attributeText(node.uri)}"`;
  const content = node.content.map((part) => (typeof part === 'string' ? escapeXml(part) : serialize(part, node.uri)));
  const inside = content.join('');
  const start = `<${node.local}${declared}${attributesOf(node)}`;
  return inside === '' ? `${start}/>` : `${start}>${inside}</${node.local}>`;
}

function attributesOf({ attributes }: XmlNode): string {
  const declared = new Set(['', 'xml']);
  let text = '';
  for (const { uri, prefix, local, value } of attributes) {
    if (prefix === 'xmlns' || (prefix === '' && local === 'xmlns')) continue;
    if (!declared.has(prefix)) text += ` xmlns:${prefix}="${attributeText(uri)}"`;
    declared.add(prefix);
    text += ` ${prefix === '' ? '' : `${prefix}:`}${local}="${attributeText(value)}"`;
  }
  return text;
}

function attributeText(text: string): string {
  return escapeXml(text)
    .replace(/"/g, '&quot;')
    .replace(/[\t\n]/g, (char) => `&#${char.charCodeAt(0)};`);
}

export function escapeXml(text: string): string {
  if (!/[&<>\r]/.test(text)) return text;
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/\r/g, '&#13;');
}
