/** Bytes to text, value by value: the CHARSET parameter, else strict UTF-8, else windows-1252 or the user's choice. */
import { Buffer, isUtf8 } from 'node:buffer';
import { createRequire } from 'node:module';
import { TextDecoder } from 'node:util';
import { UsageError } from '../../model/errors.js';
import { printable } from '../../model/text.js';

type Decode = (bytes: Buffer) => string;

/** 0x80 to 0x9F of windows-1252. Node 20's own decoder yields C1 controls here unless it streams. */
const CP1252 =
  '\u20ac\u0081\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\u008d\u017d\u008f' +
  '\u0090\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\u009d\u017e\u0178';

/** Labels that the WHATWG Encoding Standard reads as windows-1252. */
const LATIN =
  /^(windows-?1252|cp-?1252|x-cp1252|ansi|iso-?8859-?1|iso_8859-1|latin-?1|l1|us-ascii|ascii|ansi_x3\.4-1968)$/;
const UTF8 = /^(utf-?8|unicode-1-1-utf-8)$/;

function cp1252(latin1: string): string {
  return latin1.replace(/[\x80-\x9f]/g, (char) => CP1252.charAt(char.charCodeAt(0) - 0x80));
}

function label(charset: string): string {
  return charset.trim().toLowerCase();
}

function textDecoder(name: string, fatal: boolean): TextDecoder | undefined {
  try {
    return new TextDecoder(name, { fatal, ignoreBOM: true });
  } catch {
    return undefined;
  }
}

/** Undefined when the bytes are not in that charset. */
function tryDecode(decoder: TextDecoder, bytes: Buffer): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

/** iconv-lite is 300 KB of tables: loaded only for charsets that the platform does not know (cp850, ...). */
function iconv(name: string): Decode | undefined {
  const lib = createRequire(import.meta.url)('iconv-lite') as typeof import('iconv-lite');
  return lib.encodingExists(name) ? (bytes) => lib.decode(bytes, name, { stripBOM: false }) : undefined;
}

function makeDecoder(name: string): Decode | undefined {
  if (LATIN.test(name)) return (bytes) => cp1252(bytes.toString('latin1'));
  const strict = textDecoder(name, true);
  const loose = textDecoder(name, false);
  if (!strict || !loose) return iconv(name);
  // A wrong label is commoner than a damaged value: text that is not in the charset but is UTF-8 is UTF-8.
  return (bytes) => tryDecode(strict, bytes) ?? (isUtf8(bytes) ? bytes.toString('utf8') : loose.decode(bytes));
}

const decoders = new Map<string, Decode | undefined>();

function decoderFor(name: string): Decode | undefined {
  if (!decoders.has(name)) {
    if (decoders.size > 100) decoders.clear();
    decoders.set(name, makeDecoder(name));
  }
  return decoders.get(name);
}

/** First bytes of two-byte letters, in charsets whose second bytes may be a backslash (Shift_JIS 0x83 0x5C). */
export function leadBytes(charset: string | undefined): ((byte: number) => boolean) | undefined {
  const name = charset === undefined ? '' : label(charset);
  if (/^(shift[-_]?jis|sjis|x-sjis|ms_kanji|cp932|windows-31j)$/.test(name)) {
    return (byte) => (byte >= 0x81 && byte <= 0x9f) || (byte >= 0xe0 && byte <= 0xfc);
  }
  const wide = /^(gbk|gb2312|gb18030|cp936|x-gbk|big5.*|cp950|cp949|euc-kr|ks_c_5601.*)$/.test(name);
  return wide ? (byte) => byte >= 0x81 && byte <= 0xfe : undefined;
}

/** The UTF-16 form that the user's `--encoding` names, or undefined. */
export function utf16Label(encoding: string | undefined): 'utf-16le' | 'utf-16be' | undefined {
  const name = encoding === undefined ? '' : label(encoding).replace(/[-_]/g, '');
  if (name === 'utf16be') return 'utf-16be';
  return name === 'utf16' || name === 'utf16le' || name === 'ucs2' || name === 'unicode' ? 'utf-16le' : undefined;
}

/** @throws UsageError when `encoding` names no charset that can be read */
export function checkEncoding(encoding: string | undefined): void {
  if (encoding === undefined || utf16Label(encoding) || UTF8.test(label(encoding)) || decoderFor(label(encoding)))
    return;
  throw new UsageError(`"${printable(encoding)}" is no charset that can be read`, {
    hint: 'try utf-8, windows-1252, windows-1250, iso-8859-2, shift_jis, gbk or cp850',
  });
}

/** Decodes values and counts those whose charset had to be guessed. */
export class ValueDecoder {
  /** Values read as {@link fallback} because nothing said what they were and they are not UTF-8. */
  guesses = 0;
  /** Charset names of the file that mean nothing to us. */
  readonly unknown = new Set<string>();
  readonly fallback: string;
  readonly #fallback: Decode;

  /** @throws UsageError for an unknown `encoding` */
  constructor(encoding?: string) {
    checkEncoding(encoding);
    const name =
      encoding === undefined || utf16Label(encoding) || UTF8.test(label(encoding)) ? 'windows-1252' : label(encoding);
    this.fallback = name;
    this.#fallback = decoderFor(name) ?? ((bytes) => cp1252(bytes.toString('latin1')));
  }

  /** `raw` holds one byte a character. `charset` is the CHARSET parameter. */
  decode(raw: string, charset?: string): string {
    const name = charset === undefined ? '' : label(charset);
    // ISO-2022-JP and its like are ASCII on the outside.
    if (!/[^\x00-\x1a\x1c-\x7f]/.test(raw)) return raw;
    const bytes = Buffer.from(raw, 'latin1');
    if (name !== '' && !UTF8.test(name) && !name.includes('ascii')) {
      const decode = decoderFor(name);
      if (decode) return decode(bytes);
      if (this.unknown.size < 20) this.unknown.add(charset ?? '');
    }
    if (isUtf8(bytes) && !(raw.includes('\x1b') && this.fallback.startsWith('iso-2022'))) return bytes.toString('utf8');
    this.guesses += 1;
    return this.#fallback(bytes);
  }

  reset(): void {
    this.guesses = 0;
    this.unknown.clear();
  }
}
