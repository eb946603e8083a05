/** QUOTED-PRINTABLE for vCard 2.1 (RFC 2045, section 6.7): UTF-8, soft line breaks, line breaks as =0D=0A. */
import { Buffer } from 'node:buffer';

/**
 * The text in pieces that no soft line break may cut: a letter each. `instead` says what stands for some characters;
 * without it a backslash is encoded, so that no reader takes it for an escape.
 */
export function qpAtoms(text: string, instead: Readonly<Record<string, string>> = {}): string[] {
  const atoms: string[] = [];
  for (const char of text.replace(/\r\n?/g, '\n')) {
    const code = char.codePointAt(0) ?? 0;
    if (Object.hasOwn(instead, char)) atoms.push(instead[char] ?? '');
    else if (code === 0x0a) atoms.push('=0D=0A');
    else if (code >= 0x20 && code < 0x7f && char !== '=' && char !== '\\') atoms.push(char);
    else atoms.push(encoded(char));
  }
  return atoms;
}

function encoded(char: string): string {
  let text = '';
  for (const byte of Buffer.from(char, 'utf8')) text += `=${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  return text;
}

/** What a reader would take for the begin or end of a card when a line starts with it. */
const MARKER = /^(?:BEGIN|END)/i;

/** The property with soft line breaks, no line longer than `max` unless its header is, and CR LF. */
export function qpLines(header: string, atoms: readonly string[], max: number): string {
  const lines: string[] = [];
  let line = header;
  let start = true;
  for (const [i, plain] of atoms.entries()) {
    const last = i === atoms.length - 1;
    let atom = plain === ' ' && (last || start) ? '=20' : plain;
    // One column is for the `=` of the soft break.
    if (line.length + atom.length > max - 1 && !start) {
      lines.push(`${line}=`);
      line = '';
      const ahead = atoms.slice(i, i + 5).join('');
      if (plain === ' ' || MARKER.test(ahead)) atom = encoded(plain);
    }
    line += atom;
    start = false;
  }
  lines.push(line);
  return `${lines.join('\r\n')}\r\n`;
}
