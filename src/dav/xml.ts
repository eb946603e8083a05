/** XML of WebDAV answers and requests: names by namespace URI, no DOCTYPE, bounded depth. */
import { SaxesParser } from 'saxes';
import { ProtocolError } from '../model/errors.js';
import { D, NS } from './names.js';

/** An element of an answer. */
export interface XmlElement {
  /** Clark notation: `{DAV:}href`. */
  name: string;
  /** Attributes by local name. */
  attributes?: Map<string, string>;
  children: XmlElement[];
  /** Text of this element itself, CDATA included, as it stands (not trimmed). */
  text: string;
}

/** Deeper than any WebDAV answer; a hostile one stops here. */
const MAX_DEPTH = 32;
/**
 * Errors of text that leave the structure sound: Radicale and others send the control characters that a card holds.
 */
const TOLERATED = /^disallowed character\.$|"\]\]>" is disallowed|undefined entity|malformed character entity/;
/** References to characters that XML 1.0 has no place for (SOGo writes text as numeric references). Not tab, LF, CR. */
const CONTROL_REFERENCE = /&#(?:x0*([0-8bcef]|1[0-9a-f])|0*([0-8]|1[124-9]|2[0-9]|3[01]));/gi;

/**
 * Parses a document to its root element. `take`, when given, gets every direct child of the root as soon as it is
 * complete instead of the root keeping it, so that a long multistatus is never held as one tree.
 *
 * @throws ProtocolError when it is no well-formed XML, holds a DOCTYPE, or is nested deeper than 32 levels
 */
export function parseXml(text: string, take?: (child: XmlElement) => void): XmlElement {
  const parser = new SaxesParser({ xmlns: true, position: false });
  const open: XmlElement[] = [];
  let root: XmlElement | undefined;
  parser.on('error', (error) => {
    if (!TOLERATED.test(error.message)) throw notXml(text, error.message);
  });
  parser.on('doctype', () => {
    throw notXml(text, 'it holds a DOCTYPE');
  });
  parser.on('opentag', (tag) => {
    if (open.length >= MAX_DEPTH) throw notXml(text, 'it is nested too deeply');
    const element: XmlElement = { name: `{${tag.uri}}${tag.local}`, children: [], text: '' };
    for (const { local, value } of Object.values(tag.attributes)) (element.attributes ??= new Map()).set(local, value);
    const parent = open.at(-1);
    if (parent === undefined) root ??= element;
    else if (take === undefined || open.length > 1) parent.children.push(element);
    open.push(element);
  });
  const addText = (piece: string): void => {
    const element = open.at(-1);
    if (element !== undefined) element.text += piece;
  };
  parser.on('text', addText);
  parser.on('cdata', addText);
  parser.on('closetag', () => {
    const element = open.pop();
    if (element !== undefined && open.length === 1) take?.(element);
  });
  if (text.trim() === '') throw notXml(text, 'it is empty');
  parser.write(resolveControls(text.replace(/^\ufeff/, ''))).close();
  if (root === undefined) throw notXml(text, 'it is empty');
  return root;
}

function notXml(text: string, why: string): ProtocolError {
  const web = /^\s*<(?:!doctype html|html)/i.test(text.slice(0, 500));
  const what = web ? 'the answer is a web page, not WebDAV XML' : 'the answer is not well-formed WebDAV XML';
  return new ProtocolError(what, {
    why,
    ...(web && { hint: 'check --url: this one does not lead to a WebDAV service' }),
  });
}

/** Turns references to control characters into the characters, outside CDATA sections where they are plain text. */
function resolveControls(text: string): string {
  if (text.search(CONTROL_REFERENCE) < 0) return text;
  const char = (_all: string, hex: string | undefined, decimal: string | undefined): string =>
    String.fromCharCode(hex === undefined ? Number(decimal) : Number.parseInt(hex, 16));
  const parts = text.split(/(<!\[CDATA\[[^]*?\]\]>)/);
  return parts.map((part, index) => (index % 2 === 1 ? part : part.replace(CONTROL_REFERENCE, char))).join('');
}

/** The first child of that name. */
export function child(element: XmlElement | undefined, name: string): XmlElement | undefined {
  return element?.children.find((one) => one.name === name);
}

/** Whether the element or anything below it has the name. */
export function holds(element: XmlElement | undefined, name: string): boolean {
  if (element === undefined) return false;
  return element.name === name || element.children.some((one) => holds(one, name));
}

/** Trimmed texts of the `href` elements directly below. */
export function hrefsIn(element: XmlElement | undefined): string[] {
  const hrefs = element?.children.filter((one) => one.name === D.href).map((one) => one.text.trim()) ?? [];
  return hrefs.filter((href) => href !== '');
}

/** One `response` of a multistatus (RFC 4918, section 14.24). */
export interface DavResponse {
  /** As the server wrote it, trimmed. Compare through `hrefs.ts` only. */
  href: string;
  /** The status of the resource itself; undefined when there are property states instead. */
  status?: number;
  /** Properties that were found (2xx), by Clark name. */
  props: Map<string, XmlElement>;
  /** Properties that were not, with their status. */
  failed: Map<string, number>;
  /** Precondition elements (RFC 4918, section 16), Clark names. */
  errors: string[];
}

export interface Multistatus {
  /** Empty when `take` was given. */
  responses: DavResponse[];
  /** RFC 6578. */
  syncToken?: string;
}

/**
 * Parses a 207 body. `take` receives each response as it completes.
 *
 * @throws ProtocolError when it is no `multistatus`
 */
export function parseMultistatus(text: string, take?: (response: DavResponse) => void): Multistatus {
  const responses: DavResponse[] = [];
  const give = take ?? ((response: DavResponse) => void responses.push(response));
  let syncToken: string | undefined;
  const root = parseXml(text, (element) => {
    if (element.name === D.response) for (const response of readResponse(element)) give(response);
    else if (element.name === D.syncToken) syncToken = element.text.trim();
  });
  if (root.name !== D.multistatus) throw notXml(text, `it is a ${localName(root.name)}, not a multistatus`);
  return { responses, ...(syncToken && { syncToken }) };
}

/** A `response` may name several hrefs when it carries one status for all of them. */
function readResponse(element: XmlElement): DavResponse[] {
  const props = new Map<string, XmlElement>();
  const failed = new Map<string, number>();
  for (const propstat of element.children) {
    if (propstat.name !== D.propstat) continue;
    const status = statusOf(child(propstat, D.status)) ?? 200;
    for (const prop of child(propstat, D.prop)?.children ?? []) {
      if (status >= 200 && status < 300) props.set(prop.name, prop);
      else failed.set(prop.name, status);
    }
  }
  const status = statusOf(child(element, D.status));
  const errors = errorNames(element);
  return hrefsIn(element).map((href) => ({ href, props, failed, errors, ...(status !== undefined && { status }) }));
}

function statusOf(element: XmlElement | undefined): number | undefined {
  const code = /(?:^|\s)([1-5][0-9]{2})(?:\s|$)/.exec(element?.text ?? '')?.[1];
  return code === undefined ? undefined : Number(code);
}

function errorNames(element: XmlElement): string[] {
  const found = element.name === D.error ? [element] : [];
  found.push(...element.children.flatMap((one) => [one, ...one.children]).filter((one) => one.name === D.error));
  return found.flatMap((error) => error.children.map((one) => one.name));
}

/** What an error body says: precondition names, and the server's words (sabre and its children send `message`). */
export interface DavError {
  conditions: string[];
  message?: string;
}

/** Reads the body of a 4xx or 5xx. Never throws: a body that is no XML says nothing. */
export function parseError(text: string): DavError {
  if (!text.trimStart().startsWith('<'))
    return { conditions: [], ...(text.trim() && { message: text.trim().slice(0, 300) }) };
  try {
    const root = parseXml(text);
    const message = root.children.find((one) => /\}(?:message|responsedescription)$/.test(one.name))?.text.trim();
    return { conditions: errorNames(root), ...(message && { message: message.slice(0, 300) }) };
  } catch {
    return { conditions: [] };
  }
}

/** `{DAV:}href` to `href`. */
export function localName(name: string): string {
  return name.slice(name.indexOf('}') + 1);
}

const PREFIXES: Record<string, string> = { [NS.dav]: 'D', [NS.card]: 'C', [NS.cs]: 'S' };
/** What XML 1.0 cannot carry at all, lone surrogates included. */
const NOT_XML =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** Text for element content and attribute values; characters that XML cannot hold are removed. */
export function escapeXml(text: string): string {
  return text
    .replace(NOT_XML, '')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/"/g, '&quot;')
    .replace(/\r/g, '&#13;');
}

/** One element of a request. `content` is markup already: escape text with {@link escapeXml}. */
export function tag(name: string, content: readonly string[] = [], attributes: Record<string, string> = {}): string {
  const prefixed = `${PREFIXES[name.slice(1, name.indexOf('}'))] ?? 'D'}:${localName(name)}`;
  const attrs = Object.entries(attributes).map(([key, value]) => ` ${key}="${escapeXml(value)}"`);
  const start = `<${prefixed}${attrs.join('')}`;
  return content.length === 0 ? `${start}/>` : `${start}>${content.join('')}</${prefixed}>`;
}

/** A request body: the declaration, and the root with the three namespaces we use. */
export function xmlDocument(name: string, content: readonly string[]): string {
  const root = tag(name, content.length === 0 ? [''] : content);
  const spaces = Object.entries(PREFIXES).map(([uri, prefix]) => ` xmlns:${prefix}="${uri}"`);
  return `<?xml version="1.0" encoding="utf-8"?>\n${root.replace(/[\s>/]/, (end) => `${spaces.join('')}${end}`)}`;
}
