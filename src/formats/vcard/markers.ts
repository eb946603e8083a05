/** Where cards begin and end. */
import { isBlank, trimBlanks } from './line-property.js';

const MARKER = /^[ \t]*(BEGIN|END)[ \t]*:[ \t]*VCARD/i;
/** Byte order marks, as one character a byte. Joined files have them in the middle, broken tools repeat them. */
const MARKS = /^(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)+/;
/** Found at the end of files and between cards: no record of anything. */
const PADDING = /^[\0\x1a \t\f\v]*$/;
const BARE_AGENT = /^[ \t]*(?:[\w-]+\.)?AGENT[ \t]*(?:;[^:]*)?:[ \t]*$/i;

export function isPadding(text: string): boolean {
  return PADDING.test(text);
}

/** A vCard 2.1 AGENT whose card begins on the next line. */
export function isBareAgent(text: string): boolean {
  return text.length < 1000 && BARE_AGENT.test(text);
}

export function withoutMarks(text: string): string {
  return text.charCodeAt(0) >= 0xef ? text.replace(MARKS, '') : text;
}

/** BEGIN:VCARD or END:VCARD, marks and blanks around it allowed; END also with a BEGIN glued to it. */
export function marker(text: string): 'BEGIN' | 'END' | undefined {
  const code = text.charCodeAt(0);
  // B, E, b, e, blank, byte order mark: every other line is told apart by its first byte.
  if (code !== 0x42 && code !== 0x45 && code !== 0x62 && code !== 0x65 && !isBlank(code) && !(code >= 0xef))
    return undefined;
  const line = withoutMarks(text);
  const match = MARKER.exec(line);
  if (!match) return undefined;
  const kind = match[1]?.toUpperCase() === 'BEGIN' ? 'BEGIN' : 'END';
  const rest = trimBlanks(line.slice(match[0].length));
  if (isPadding(rest)) return kind;
  return kind === 'END' && marker(rest) === 'BEGIN' ? kind : undefined;
}

/** What stands behind a marker on the same line: files joined without a line end give `END:VCARDBEGIN:VCARD`. */
export function afterMarker(text: string): string {
  const line = withoutMarks(text);
  return trimBlanks(line.slice(MARKER.exec(line)?.[0].length ?? 0));
}
