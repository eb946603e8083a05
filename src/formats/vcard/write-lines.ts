/** Content lines as they are written: strict where the reader is lenient. */
import { Buffer } from 'node:buffer';
import type { VCardParam, VCardVersion } from './types.js';

/** Octets of a line without its line break (RFC 6350, section 3.2; RFC 2426, section 2.6). */
const MAX_OCTETS = 75;

/** What `formatLine` takes; `value` is already escaped as its type wants. */
export interface ContentLine {
  group?: string;
  name: string;
  params: VCardParam[];
  value: string;
}

/**
 * One content line with CR LF, folded so that no line has more than 75 octets and no character is cut. Line breaks that
 * still stand in the value are percent-encoded in URIs and become `\n` in anything else; other control characters are
 * removed, and so is what no name may hold: a value can never begin a line of its own.
 */
export function formatLine(property: ContentLine, version: VCardVersion): string {
  const group = property.group === undefined ? '' : nameOf(property.group);
  let line = group === '' ? nameOf(property.name) : `${group}.${nameOf(property.name)}`;
  for (const { name, values } of property.params) {
    if (values.length > 0) line += `;${nameOf(name)}=${values.map((value) => formatParam(value, version)).join(',')}`;
  }
  return fold(`${line}:${cleanValue(property.value)}`);
}

function nameOf(name: string): string {
  return name.replace(/[^A-Za-z0-9_-]/g, '');
}

function cleanValue(value: string): string {
  if (!/[\x00-\x1f\x7f]/.test(value)) return value;
  const uri = /^[A-Za-z][A-Za-z0-9+.-]*:\S/.test(value);
  return value
    .replace(/\r\n|\r|\n/g, (found) => (!uri ? '\\n' : found === '\r\n' ? '%0D%0A' : found === '\r' ? '%0D' : '%0A'))
    .replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/g, '');
}

/** A parameter value, quoted when it must be. 4.0: RFC 6868. 3.0 has no way to write `"` and line breaks. */
function formatParam(value: string, version: VCardVersion): string {
  let text = value.replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/g, '');
  if (version === '4.0') {
    text = text.replace(/\r\n|[\r\n^"]/g, (found) => (found === '"' ? "^'" : found === '^' ? '^^' : '^n'));
  } else {
    text = text.replace(/\r\n|[\r\n]/g, ' ').replace(/"/g, "'");
  }
  return /[:;,]/.test(text) ? `"${text}"` : text;
}

/** Splits at 75 octets (74 after the leading blank), between characters, and not beside a blank where that can be. */
function fold(line: string): string {
  if (line.length <= MAX_OCTETS && Buffer.byteLength(line) <= MAX_OCTETS) return `${line}\r\n`;
  const bytes = Buffer.from(line, 'utf8');
  const parts: string[] = [];
  let start = 0;
  for (let room = MAX_OCTETS; bytes.length - start > room; room = MAX_OCTETS - 1) {
    const end = cut(bytes, start, start + room);
    parts.push(bytes.toString('utf8', start, end));
    start = end;
  }
  parts.push(bytes.toString('utf8', start));
  return `${parts.join('\r\n ')}\r\n`;
}

/** The last place to cut at or before `end`: some readers and mail programs eat blanks around a fold. */
function cut(bytes: Buffer, start: number, end: number): number {
  for (let at = end; at > start + 40; at -= 1) {
    if (isBlank(bytes[at]) || isBlank(bytes[at - 1]) || isInside(bytes[at])) continue;
    return at;
  }
  let at = end;
  while (isInside(bytes[at])) at -= 1;
  return at;
}

function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09;
}

/** True for the second and later octets of a UTF-8 character. */
function isInside(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}
