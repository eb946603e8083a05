/** One content line to a property: group, name, parameters of all three versions, transfer encoding, charset. */
import { Buffer } from 'node:buffer';
import { leadBytes, type ValueDecoder } from './charset.js';
import { decodeQuotedPrintable } from './quoted-printable.js';
import { MAX_HEADER } from './limits.js';
import type { VCardParam, VCardProperty } from './types.js';

/** A parsed header; its texts are still one character a byte. */
export interface Header {
  group?: string;
  name: string;
  params: VCardParam[];
  transfer: 'qp' | 'base64' | undefined;
  charset: string | undefined;
  /** Where the value begins in the line. */
  valueAt: number;
  /** Group and parameters are ASCII without `^`: nothing to decode. */
  plain: boolean;
}

/** Bare parameters of vCard 2.1 that are no TYPE. */
const BARE = new Map([
  ['QUOTED-PRINTABLE', 'ENCODING'],
  ['BASE64', 'ENCODING'],
  ['8BIT', 'ENCODING'],
  ['7BIT', 'ENCODING'],
  ['URL', 'VALUE'],
  ['INLINE', 'VALUE'],
  ['CID', 'VALUE'],
  ['CONTENT-ID', 'VALUE'],
]);

/** Properties whose BASE64 value is text that was encoded (old phones), not a file. */
const TEXT = new Set(
  'N FN NICKNAME NOTE ADR LABEL ORG TITLE ROLE EMAIL TEL URL UID CATEGORIES BDAY REV SORT-STRING PRODID IMPP RELATED'.split(
    ' ',
  ),
);

const NAME_END = /[=;:]/g;
const VALUE_END = /[,;:]/g;
const NAME = /^[A-Za-z0-9_-]+$/;

/** Headers of the same letters mean the same: a file has few different ones. Bounded in number and length. */
const known = new Map<string, Header>();
const MAX_KNOWN = 500;
const MAX_KNOWN_LENGTH = 120;

/**
 * The header of an unfolded line. Undefined when there is none: no colon, or an impossible name. With `more` the line
 * may go on, and an unclosed quote or a missing colon gives undefined too; without it the first colon ends the header
 * (a quote that is never closed must not swallow the value).
 */
export function parseHeader(text: string, more: boolean): Header | undefined {
  const line = text.length > MAX_HEADER ? text.slice(0, MAX_HEADER) : text;
  const colon = line.indexOf(':');
  if (colon < 0) return undefined;
  if (colon > MAX_KNOWN_LENGTH) return scanHeader(line, colon, more);
  const before = line.slice(0, colon);
  const found = known.get(before);
  if (found) return copy(found);
  const header = scanHeader(line, colon, more);
  if (header?.valueAt === colon + 1 && !before.includes('"')) {
    if (known.size >= MAX_KNOWN) known.clear();
    // A copy of its own: a slice would keep the line it was cut from.
    known.set(Buffer.from(before, 'latin1').toString('latin1'), copy(header));
  }
  return header;
}

function copy(header: Header): Header {
  const params = header.params.map(({ name, values }) => ({ name, values: values.slice() }));
  return { ...header, params };
}

function scanHeader(line: string, colon: number, more: boolean): Header | undefined {
  const semicolon = line.lastIndexOf(';', colon);
  if (semicolon < 0) return finish(line.slice(0, colon), [], colon + 1);
  const first = line.indexOf(';');
  const scanned = scanParams(line, first + 1);
  if (scanned) return finish(line.slice(0, first), scanned.params, scanned.end + 1);
  if (more) return undefined;
  return finish(line.slice(0, first), looseParams(line.slice(first + 1, colon)), colon + 1);
}

function finish(before: string, raw: VCardParam[], valueAt: number): Header | undefined {
  const dot = before.lastIndexOf('.');
  const name = trimBlanks(before.slice(dot + 1)).toUpperCase();
  if (!NAME.test(name)) return undefined;
  const header: Header = { name, params: raw, transfer: undefined, charset: undefined, valueAt, plain: true };
  const group = dot < 0 ? '' : trimBlanks(before.slice(0, dot));
  if (group !== '') header.group = group;
  if (raw.length > 0) settle(header);
  header.plain = isPlain(group) && header.params.every((param) => param.values.every(isPlain));
  return header;
}

/** Without SPACE and TAB at both ends. (A pattern would go quadratic on blanks inside.) */
export function trimBlanks(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(text.charCodeAt(start))) start += 1;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end -= 1;
  return start === 0 && end === text.length ? text : text.slice(start, end);
}

export function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

function isPlain(text: string): boolean {
  return !/[^\x00-\x1a\x1c-\x5d\x5f-\x7f]/.test(text);
}

/** Takes ENCODING and CHARSET out, names bare parameters, joins all TYPE values to one parameter. */
function settle(header: Header): void {
  const kept: VCardParam[] = [];
  let type: VCardParam | undefined;
  for (const param of header.params) {
    const { name, values } = param;
    if (name === 'ENCODING' && takeEncoding(header, values[0])) continue;
    if (name === 'CHARSET') {
      header.charset = trimBlanks(values[0] ?? '');
    } else if (name !== 'TYPE') {
      kept.push(param);
    } else if (type) {
      for (const value of values) type.values.push(value);
    } else {
      kept.push((type = param));
    }
  }
  header.params = kept;
}

/** True when the encoding is one that we undo. */
function takeEncoding(header: Header, value: string | undefined): boolean {
  const encoding = trimBlanks(value ?? '').toUpperCase();
  if (encoding === 'QUOTED-PRINTABLE' || encoding === 'Q') header.transfer = 'qp';
  else if (encoding === 'BASE64' || encoding === 'B') header.transfer = 'base64';
  return header.transfer !== undefined || encoding === '8BIT' || encoding === '7BIT' || encoding === '';
}

function bare(token: string): VCardParam | undefined {
  const value = trimBlanks(token);
  if (value === '') return undefined;
  return { name: BARE.get(value.toUpperCase()) ?? 'TYPE', values: [value] };
}

function named(name: string, values: string[]): VCardParam {
  const upper = trimBlanks(name).toUpperCase();
  if (upper !== 'TYPE') return { name: upper, values };
  // TYPE="HOME,FAX" is TYPE=HOME,FAX.
  return {
    name: upper,
    values: values
      .flatMap((value) => value.split(','))
      .map(trimBlanks)
      .filter((value) => value !== ''),
  };
}

/** Parameters from `at` (after a `;`) to the colon that ends the header. Undefined when quotes or colon do not add up. */
function scanParams(line: string, at: number): { params: VCardParam[]; end: number } | undefined {
  const params: VCardParam[] = [];
  let pos = at;
  for (;;) {
    const stop = find(NAME_END, line, pos);
    if (stop < 0) return undefined;
    let end = stop;
    const name = line.slice(pos, stop);
    if (line[stop] === '=') {
      const scanned = scanValues(line, stop + 1);
      if (!scanned) return undefined;
      if (trimBlanks(name) !== '') params.push(named(name, scanned.values));
      end = scanned.end;
    } else {
      const param = bare(name);
      if (param) params.push(param);
    }
    if (line[end] === ':') return { params, end };
    pos = end + 1;
  }
}

/** Comma-separated values from `at`; `end` is the index of the `;` or `:` that follows. */
function scanValues(line: string, at: number): { values: string[]; end: number } | undefined {
  const values: string[] = [];
  let pos = at;
  for (;;) {
    const start = skipBlanks(line, pos);
    let end: number;
    if (line[start] === '"') {
      const close = line.indexOf('"', start + 1);
      if (close < 0) return undefined;
      values.push(line.slice(start + 1, close));
      end = skipBlanks(line, close + 1);
    } else {
      end = find(VALUE_END, line, pos);
      values.push(line.slice(pos, end < 0 ? undefined : end));
    }
    const stop = end < 0 ? undefined : line[end];
    if (stop === ';' || stop === ':') return { values, end };
    if (stop !== ',') return undefined;
    pos = end + 1;
  }
}

function skipBlanks(line: string, at: number): number {
  let pos = at;
  while (isBlank(line.charCodeAt(pos))) pos += 1;
  return pos;
}

function find(pattern: RegExp, line: string, from: number): number {
  pattern.lastIndex = from;
  return pattern.exec(line)?.index ?? -1;
}

/** Parameters of a header whose quotes do not close. */
function looseParams(text: string): VCardParam[] {
  const params: VCardParam[] = [];
  for (const part of text.replace(/"/g, '').split(';')) {
    const equals = part.indexOf('=');
    const param = equals < 0 ? bare(part) : named(part.slice(0, equals), part.slice(equals + 1).split(','));
    if (param && param.name !== '') params.push(param);
  }
  return params;
}

/** RFC 6868: `^n` line break, `^^` circumflex, `^'` double quote; any other `^x` stays. */
function unescapeParam(text: string): string {
  if (!text.includes('^')) return text;
  return text.replace(/\^([n^'])/g, (_, code: string) => (code === 'n' ? '\n' : code === '^' ? '^' : '"'));
}

export interface DecodeContext {
  decoder: ValueDecoder;
  /** The whole file was recoded to UTF-8: CHARSET speaks only of what quoted-printable and base64 hold. */
  recoded: boolean;
  warn(message: string): void;
}

/** The property of a header and its raw value (one character a byte, unfolded, soft breaks joined). */
export function toProperty(header: Header, raw: string, line: number, context: DecodeContext): VCardProperty {
  const { decoder } = context;
  const outer = context.recoded ? undefined : header.charset;
  const property: VCardProperty = { name: header.name, params: header.params, value: '', line };
  if (header.group !== undefined) property.group = header.group;
  if (!header.plain) decodeParams(property, decoder, outer);
  if (header.transfer === 'qp') {
    property.value = decoder.decode(decodeQuotedPrintable(raw, leadBytes(header.charset)), header.charset);
  } else if (header.transfer === 'base64') {
    decodeBase64(property, header, raw, context);
  } else {
    property.value = decoder.decode(raw, outer);
  }
  return property;
}

function decodeParams(property: VCardProperty, decoder: ValueDecoder, charset: string | undefined): void {
  if (property.group !== undefined) property.group = decoder.decode(property.group, charset);
  for (const param of property.params) {
    param.values = param.values.map((value) => unescapeParam(decoder.decode(value, charset)));
  }
}

function decodeBase64(property: VCardProperty, header: Header, raw: string, context: DecodeContext): void {
  if (/[^A-Za-z0-9+/=_ \t-]/.test(raw)) {
    // Seen: ENCODING=b before a link or a data: URI.
    if (!raw.includes(':')) context.warn(`line ${property.line}: ${header.name} is no base64; kept as text`);
    property.value = context.decoder.decode(raw, context.recoded ? undefined : header.charset);
    return;
  }
  const bytes = Buffer.from(raw, 'base64');
  if (header.charset !== undefined || TEXT.has(header.name)) {
    property.value = context.decoder.decode(bytes.toString('latin1'), header.charset).replace(/\r\n|\r|\n/g, '\\n');
  } else {
    property.binary = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  }
}
