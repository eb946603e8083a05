/**
 * Bytes to text: by mark, by `--encoding`, as UTF-8, else as the code page in which the header has the most names that
 * are known. Line by line, so that one damaged line, or a file joined of two, costs no other line.
 */
import { Buffer, isUtf8 } from 'node:buffer';
import { checkEncoding, utf16Label } from '../vcard/charset.js';
import { CODE_PAGES } from './locales.js';
import { folded, recognise } from './names.js';

type Iconv = typeof import('iconv-lite');

/** In the order in which they win when nothing tells them apart. */
const CANDIDATES = [
  'windows-1252',
  'windows-1250',
  'windows-1251',
  'windows-1253',
  'windows-1254',
  'windows-1257',
  'shift_jis',
  'gbk',
];
const WIDE = new Set(['shift_jis', 'gbk']);
/** Bytes without a line end that are held back. */
const MOST = 1024 * 1024;

/** Streams text. After {@link write} `guess` names the code page when it had to be guessed and nothing spoke for it. */
export class ByteDecoder {
  /** The charset that was found, once it is known that the text is not UTF-8. */
  charset = 'utf-8';
  /** Nothing but habit speaks for the charset. */
  guessed = false;
  #iconv: Iconv | undefined;
  /** Takes everything from now on. */
  #stream: { write(bytes: Buffer): string; end(): string | undefined } | undefined;
  /** The header itself is not UTF-8: then no line is. */
  #throughout = false;
  #rest: Buffer = Buffer.alloc(0);
  readonly #header: Buffer;

  private constructor(header: Buffer) {
    this.#header = header;
  }

  /**
   * @param head the first bytes of the file
   * @throws UsageError for an encoding that is not known
   */
  static async open(head: Uint8Array, encoding: string | undefined): Promise<ByteDecoder> {
    checkEncoding(encoding);
    const bytes = asBuffer(head);
    const decoder = new ByteDecoder(firstLine(bytes));
    const marked = markOf(bytes) ?? (encoding === undefined ? undefined : (utf16Label(encoding) ?? encoding.trim()));
    if (marked !== undefined) await decoder.#use(marked);
    return decoder;
  }

  async #use(charset: string): Promise<void> {
    this.charset = charset;
    if (/^utf-?8$/i.test(charset)) {
      const plain = new TextDecoder('utf-8', { ignoreBOM: true });
      this.#stream = { write: (bytes) => plain.decode(bytes, { stream: true }), end: () => plain.decode() };
      return;
    }
    this.#iconv = (await import('iconv-lite')).default;
    this.#stream = this.#iconv.getDecoder(charset, { stripBOM: false });
  }

  async write(chunk: Uint8Array): Promise<string> {
    const bytes = asBuffer(chunk);
    if (this.#stream !== undefined) return this.#stream.write(bytes);
    const all = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    const end = lineEnd(all);
    const cut = end > 0 ? end : all.length > MOST ? all.length - tailOf(all) : 0;
    this.#rest = all.subarray(cut);
    return this.#lines(all.subarray(0, cut));
  }

  async end(): Promise<string> {
    if (this.#stream !== undefined) return this.#stream.end() ?? '';
    const rest = this.#rest;
    this.#rest = Buffer.alloc(0);
    return this.#lines(rest);
  }

  async #lines(bytes: Buffer): Promise<string> {
    if (!this.#throughout && isUtf8(bytes)) return bytes.toString('utf8');
    if (this.#iconv === undefined) {
      this.#iconv = (await import('iconv-lite')).default;
      this.#choose(this.#iconv);
    }
    const iconv = this.#iconv;
    if (WIDE.has(this.charset)) {
      this.#stream = iconv.getDecoder(this.charset, { stripBOM: false });
      return this.#stream.write(bytes);
    }
    if (this.#throughout) return iconv.decode(bytes, this.charset, { stripBOM: false });
    return linesOf(bytes)
      .map((line) => (isUtf8(line) ? line.toString('utf8') : iconv.decode(line, this.charset, { stripBOM: false })))
      .join('');
  }

  #choose(iconv: Iconv): void {
    const header = this.#header;
    this.#throughout = !isUtf8(header);
    let best = { charset: 'windows-1252', count: -1, fits: false };
    for (const charset of CANDIDATES) {
      const text = iconv.decode(header, charset, { stripBOM: false });
      const { count, language } = bestHeader(text);
      const fits = this.#throughout && CODE_PAGES[language] === charset && language !== 'en';
      if (count > best.count || (count === best.count && fits && !best.fits)) best = { charset, count, fits };
    }
    this.charset = best.charset;
    const plain = bestHeader(header.toString('latin1').replace(/[\x80-\xff]/g, '\ufffd')).count;
    this.guessed = !(this.#throughout && best.count > plain);
  }
}

/** The best reading of a header line, whatever its delimiter is. */
export function bestHeader(line: string): { count: number; language: keyof typeof CODE_PAGES } {
  let best: { count: number; language: keyof typeof CODE_PAGES } = { count: 0, language: 'en' };
  for (const delimiter of [',', ';', '\t', '|']) {
    const names = line.split(delimiter).slice(0, 5000);
    if (names.every((name) => folded(name) === '')) continue;
    const known = recognise(names);
    if (known.count > best.count) best = known;
  }
  return best;
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function markOf(bytes: Buffer): string | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return 'utf-8';
  // ASCII letters with a zero byte each.
  if (bytes.length < 8) return undefined;
  if (bytes[1] === 0 && bytes[3] === 0 && bytes[5] === 0 && bytes[0] !== 0) return 'utf-16le';
  return bytes[0] === 0 && bytes[2] === 0 && bytes[4] === 0 && bytes[1] !== 0 ? 'utf-16be' : undefined;
}

/** The first line that is not blank and says more than `sep=;`. */
function firstLine(bytes: Buffer): Buffer {
  const lines = linesOf(bytes.subarray(0, 65_536));
  return lines.find((line) => !/^\s*("?sep=.*)?$/i.test(line.toString('latin1').trim())) ?? bytes.subarray(0, 0);
}

function linesOf(bytes: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  let from = 0;
  for (let i = 0; i < bytes.length; i++) {
    if (bytes[i] !== 0x0a && bytes[i] !== 0x0d) continue;
    lines.push(bytes.subarray(from, i + 1));
    from = i + 1;
  }
  lines.push(bytes.subarray(from));
  return lines;
}

/** Behind the last line end. */
function lineEnd(bytes: Buffer): number {
  return Math.max(bytes.lastIndexOf(0x0a), bytes.lastIndexOf(0x0d)) + 1;
}

/** Bytes of a UTF-8 character that is not complete. */
function tailOf(bytes: Buffer): number {
  for (let back = 1; back <= 3; back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) return 0;
    if (byte >= 0xc0) return back;
  }
  return 0;
}
