/** XML of the stand-in: requests parsed strictly, answers written in a server's own style. */
import { SaxesParser } from 'saxes';
import type { DavQuirks } from './quirks.js';

export interface RequestElement {
  /** Clark notation. */
  name: string;
  attributes: Record<string, string>;
  children: RequestElement[];
  text: string;
}

/** @throws when it is not well-formed */
export function parseRequest(text: string): RequestElement {
  const parser = new SaxesParser({ xmlns: true });
  const root: RequestElement = { name: '', attributes: {}, children: [], text: '' };
  const open = [root];
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', (tag) => {
    const attributes = Object.fromEntries(Object.values(tag.attributes).map((one) => [one.local, one.value]));
    const element: RequestElement = { name: `{${tag.uri}}${tag.local}`, attributes, children: [], text: '' };
    open.at(-1)?.children.push(element);
    open.push(element);
  });
  parser.on('text', (piece) => {
    const element = open.at(-1);
    if (element) element.text += piece;
  });
  parser.on('closetag', () => void open.pop());
  parser.write(text).close();
  const [first] = root.children;
  if (first === undefined) throw new Error('empty XML');
  return first;
}

export function childOf(element: RequestElement, name: string): RequestElement | undefined {
  return element.children.find((one) => one.name === name);
}

const SPACES = ['DAV:', 'urn:ietf:params:xml:ns:carddav', 'http://calendarserver.org/ns/'];

export class XmlStyle {
  constructor(private readonly quirks: Pick<DavQuirks, 'prefixes' | 'text'>) {}

  /** `content` is markup; undefined makes an empty element. */
  el(name: string, content?: string, attributes = ''): string {
    const space = SPACES.indexOf(name.slice(1, name.indexOf('}')));
    const local = name.slice(name.indexOf('}') + 1);
    const prefix = this.quirks.prefixes[space];
    // A property that a client asks for and nobody knows may be of any namespace.
    if (prefix === undefined) return `<x:${local} xmlns:x="${name.slice(1, name.indexOf('}'))}"/>`;
    const tag = prefix === '' ? local : `${prefix}:${local}`;
    return content === undefined ? `<${tag}${attributes}/>` : `<${tag}${attributes}>${content}</${tag}>`;
  }

  document(name: string, content: string): string {
    const spaces = SPACES.map((uri, at) => {
      const prefix = this.quirks.prefixes[at];
      return prefix === '' ? ` xmlns="${uri}"` : ` xmlns:${prefix}="${uri}"`;
    });
    return `<?xml version="1.0" encoding="utf-8"?>\n${this.el(name, content, spaces.join(''))}`;
  }

  escape(text: string): string {
    const escaped = text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
    if (this.quirks.text !== 'numeric') return escaped;
    return escaped.replace(/[^\x09\x0a\x0d\x20-\x7e]/gu, (char) => `&#${char.codePointAt(0)};`);
  }

  /** A vCard as the server puts it into address-data. */
  card(data: string): string {
    if (this.quirks.text === 'cdata') return `<![CDATA[${data.replace(/\]\]>/g, ']]]]><![CDATA[>')}]]>`;
    const escaped = this.escape(data);
    return this.quirks.text === 'cr' ? escaped.replace(/\r/g, '&#13;') : escaped;
  }
}
