/** QUOTED-PRINTABLE values (vCard 2.1, seen in 3.0 too). */
import { Buffer } from 'node:buffer';

/**
 * Undoes quoted-printable. What was encoded is data: an encoded `;` `,` `\` or line break comes out escaped, so that the
 * separators of the structure are the ones that stood in the line (2.1: split first, then decode). In double-byte
 * charsets a backslash may be the second half of a letter and is no escape there: `lead` knows the first halves.
 */
export function decodeQuotedPrintable(raw: string, lead: ((byte: number) => boolean) | undefined): string {
  if (!raw.includes('=')) return raw;
  // Decoded in place: three characters become at most two.
  const bytes = Buffer.from(raw, 'latin1');
  let to = 0;
  let trail = false;
  for (let at = 0; at < bytes.length;) {
    const encoded = bytes[at] === EQUALS ? hexPair(bytes, at + 1) : -1;
    const byte = encoded < 0 ? (bytes[at] ?? 0) : encoded;
    at += encoded < 0 ? 1 : 3;
    if (trail || encoded < 0 || !SPECIAL.has(byte)) {
      trail = !trail && lead?.(byte) === true;
      bytes[to++] = byte;
      continue;
    }
    // CR LF is one line break.
    if (byte === CR && bytes[at] === EQUALS && hexPair(bytes, at + 1) === LF) at += 3;
    bytes[to++] = BACKSLASH;
    bytes[to++] = byte === CR || byte === LF ? LETTER_N : byte;
  }
  return bytes.toString('latin1', 0, to);
}

const CR = 0x0d;
const LF = 0x0a;
const EQUALS = 0x3d;
const BACKSLASH = 0x5c;
const LETTER_N = 0x6e;
const SPECIAL = new Set([CR, LF, BACKSLASH, 0x3b, 0x2c]);

/** The byte of two hexadecimal digits, or -1. */
function hexPair(bytes: Buffer, at: number): number {
  const high = hexDigit(bytes[at] ?? 0);
  const low = hexDigit(bytes[at + 1] ?? 0);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const upper = code & ~0x20;
  return upper >= 0x41 && upper <= 0x46 ? upper - 0x37 : -1;
}
