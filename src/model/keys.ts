/** Keys for recognising things: folded text, uids without their spelling, uids made from other ids. */
import { createHash, randomUUID } from 'node:crypto';

/** Accents and vowel points of Latin, Greek, Cyrillic, Hebrew and Arabic. Marks that make other letters (Indic, kana) stay. */
const ACCENTS: readonly (readonly [first: number, last: number])[] = [
  [0x0300, 0x036f],
  [0x0483, 0x0487],
  [0x0591, 0x05c7],
  [0x064b, 0x065f],
  [0x0670, 0x0670],
  [0x1ab0, 0x1aff],
  [0x1dc0, 0x1dff],
  [0x20d0, 0x20ff],
  [0xfe20, 0xfe2f],
];

function withoutAccent(mark: string): string {
  const code = mark.charCodeAt(0);
  return ACCENTS.some(([first, last]) => code >= first && code <= last) ? '' : mark;
}

/** Letters that Unicode does not decompose, though people type them without their ornament. */
const LETTERS: Record<string, string> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ħ: 'h',
  ı: 'i',
  ŋ: 'n',
  ŧ: 't',
  ς: 'σ',
  '\u2019': "'",
  '\u2018': "'",
  '\u2010': '-',
  '\u2011': '-',
};
const LETTER = new RegExp(`[${Object.keys(LETTERS).join('')}]`, 'g');

const ASCII = /^[\u0000-\u007f]*$/;

/**
 * Text for matching and search: compatibility forms resolved (NFKD), without accents, lower case, white space collapsed
 * to single blanks and trimmed. "Søren  Müller" becomes "soren muller".
 */
export function foldText(text: string): string {
  let folded = text.toLowerCase();
  if (!ASCII.test(folded)) {
    folded = folded
      .normalize('NFKD')
      .replace(/\p{Mn}/gu, withoutAccent)
      .toLowerCase();
    folded = folded.replace(LETTER, (letter) => LETTERS[letter] ?? letter).normalize('NFC');
  }
  return folded.replace(/\s+/g, ' ').trim();
}

const UUID = /^\{?([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\}?$/i;

/**
 * The uid without its spelling: no `urn:uuid:`, and lower case when it is a UUID. Servers and address books write the
 * same uid in all of these forms (RFC 9555, section 2.4.1 keeps what it finds).
 */
export function uidKey(uid: string): string {
  const bare = uid.trim().replace(/^urn:uuid:/i, '');
  const uuid = UUID.exec(bare)?.[1];
  return uuid === undefined ? bare : uuid.toLowerCase();
}

/** Our own namespace for name-based UUIDs (RFC 9562, section 5.5). Must never change: derived uids would. */
const NAMESPACE = Buffer.from('5a1dc0de7f6b4c9a9d0e3b6f2c8417aa', 'hex');

/**
 * A uid that is the same at every run for the same parts (provider, account, id): `urn:uuid:` and a version 5 UUID.
 * The parts are kept apart, so that `('a', 'bc')` and `('ab', 'c')` differ.
 */
export function deriveUid(...parts: string[]): string {
  const hash = createHash('sha1').update(NAMESPACE).update(JSON.stringify(parts), 'utf8').digest().subarray(0, 16);
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x50;
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80;
  const hex = hash.toString('hex');
  const groups = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)];
  return `urn:uuid:${groups.join('-')}`;
}

/** A new random uid: `urn:uuid:` and a version 4 UUID. */
export function newUid(): string {
  return `urn:uuid:${randomUUID()}`;
}
