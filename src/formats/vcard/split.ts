/** Chunks of bytes to physical lines, in one pass and with nothing kept but the line at hand and the marked record. */
import { Buffer } from 'node:buffer';
import { TextDecoder } from 'node:util';
import { MAX_VALUE } from './limits.js';
import { utf16Label } from './charset.js';

/** Text is scanned in pieces of this size, however large the chunks are. */
const PIECE = 256 * 1024;
/** Enough bytes to see UTF-16 without a mark. */
const HEAD = 64;

type Utf16 = 'utf-16le' | 'utf-16be';

/** UTF-16 by its mark, or by zeros in every second byte (RFC 2426 and 6350 text is mostly ASCII). */
function findUtf16(head: Buffer): { label: Utf16; marked: boolean } | undefined {
  if (head[0] === 0xff && head[1] === 0xfe) return { label: 'utf-16le', marked: true };
  if (head[0] === 0xfe && head[1] === 0xff) return { label: 'utf-16be', marked: true };
  const pairs = Math.min(head.length, HEAD) >> 1;
  if (pairs < 4) return undefined;
  let odd = 0;
  let even = 0;
  for (let i = 0; i < pairs; i += 1) {
    if (head[2 * i] === 0) even += 1;
    if (head[2 * i + 1] === 0) odd += 1;
  }
  if (odd * 4 >= pairs * 3 && even === 0) return { label: 'utf-16le', marked: false };
  return even * 4 >= pairs * 3 && odd === 0 ? { label: 'utf-16be', marked: false } : undefined;
}

/**
 * Lines end at CR LF, LF or CR. Text is handed out as one character a byte (latin1); UTF-16 input is turned into UTF-8
 * first. Push, then call `next` until it returns undefined; after `finish` the last line comes without its end.
 */
export class LineSource {
  /** 1-based number of the line last returned. */
  line = 0;
  /** The line last returned was longer than {@link MAX_VALUE} and has been cut. */
  tooLong = false;
  /** The input is UTF-16 and does not say so. */
  unmarkedUtf16: Utf16 | undefined;
  /** The input was UTF-16: values are UTF-8 now, whatever CHARSET says. */
  recoded = false;

  #head: Buffer[] | undefined = [];
  #headLength = 0;
  #utf16: TextDecoder | undefined;
  readonly #forced: Utf16 | undefined;
  #queue: Buffer[] = [];
  #queueAt = 0;
  #ended = false;

  #text = '';
  /** The bytes of the text, from its index {@link #shift} on. */
  #bytes: Buffer = Buffer.alloc(0);
  #shift = 0;
  #pos = 0;
  #lf = -1;
  #cr = -1;
  #carry: string[] = [];
  #carryLength = 0;

  #lastCarry: string[] = [];
  #lastStart = 0;
  #held: string[] | undefined;
  #heldFrom = 0;
  #heldLength = 0;
  readonly #heldMax: number;

  /** `heldMax`: bytes of a marked record that are kept. */
  constructor(encoding: string | undefined, heldMax: number) {
    this.#forced = utf16Label(encoding);
    this.#heldMax = heldMax;
  }

  push(chunk: Uint8Array): void {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    if (!this.#head) {
      this.#stage(bytes);
      return;
    }
    this.#head.push(bytes);
    this.#headLength += bytes.length;
    if (this.#headLength >= HEAD) this.#start();
  }

  finish(): void {
    if (this.#head) this.#start();
    if (this.#utf16) this.#queue.push(Buffer.from(this.#utf16.decode(), 'utf8'));
    this.#ended = true;
  }

  #start(): void {
    const all = Buffer.concat(this.#head ?? []);
    this.#head = undefined;
    const found = findUtf16(all);
    const utf16 = found?.label ?? this.#forced;
    if (utf16) {
      this.#utf16 = new TextDecoder(utf16, { ignoreBOM: true });
      this.recoded = true;
      if (found?.marked === false && !this.#forced) this.unmarkedUtf16 = utf16;
    }
    this.#stage(all);
  }

  #stage(bytes: Buffer): void {
    for (let at = 0; at < bytes.length; at += PIECE) {
      const piece = bytes.subarray(at, at + PIECE);
      this.#queue.push(this.#utf16 ? Buffer.from(this.#utf16.decode(piece, { stream: true }), 'utf8') : piece);
    }
  }

  /** The next line without its end, or undefined when more input is needed or all is read. */
  next(): string | undefined {
    for (;;) {
      const end = this.#lineEnd();
      if (end >= 0) return this.#cut(end, end + (this.#text.startsWith('\r\n', end) ? 2 : 1));
      if (this.#queueAt >= this.#queue.length && !this.#ended) return undefined;
      if (this.#refill()) continue;
      // The rest is all there is. A last CR has been left standing by lineEnd.
      if (this.#carryLength === 0 && this.#pos >= this.#text.length) return undefined;
      const rest = this.#text.length;
      return this.#cut(rest > this.#pos && this.#text.endsWith('\r') ? rest - 1 : rest, rest);
    }
  }

  /** True when `next` will never return a line again. */
  get done(): boolean {
    return (
      this.#ended && this.#queueAt >= this.#queue.length && this.#carryLength === 0 && this.#pos >= this.#text.length
    );
  }

  /** Index of the next line end at or after the position, or -1. A CR that ends the piece waits for what follows. */
  #lineEnd(): number {
    const { length } = this.#text;
    if (this.#pos >= length) return -1;
    if (this.#lf < this.#pos) this.#lf = indexOr(this.#text, '\n', this.#pos);
    if (this.#cr < this.#pos) this.#cr = indexOr(this.#text, '\r', this.#pos);
    const end = Math.min(this.#lf, this.#cr);
    if (end === Infinity || (end === this.#cr && end === length - 1)) return -1;
    return end;
  }

  /** Takes the next piece; what is left of the current one is carried over. False when there is none. */
  #refill(): boolean {
    const piece = this.#queue[this.#queueAt];
    if (piece === undefined) return false;
    this.#queueAt += 1;
    if (this.#queueAt === this.#queue.length) {
      this.#queue = [];
      this.#queueAt = 0;
    }
    let rest = this.#text.slice(this.#pos);
    // A CR kept back goes in front of the new piece, so that CR LF is seen as one.
    const cr = rest.endsWith('\r');
    this.#hold(this.#text.slice(this.#heldFrom, cr ? -1 : undefined));
    if (cr) rest = rest.slice(0, -1);
    if (rest !== '') {
      this.#carryLength += rest.length;
      // Beyond the limit the text is dropped; only its length goes on counting.
      if (this.#carryLength <= MAX_VALUE) this.#carry.push(rest);
    }
    this.#text = (cr ? '\r' : '') + piece.toString('latin1');
    this.#bytes = piece;
    this.#shift = cr ? 1 : 0;
    this.#pos = 0;
    this.#lf = -1;
    this.#cr = -1;
    this.#heldFrom = 0;
    return true;
  }

  #cut(end: number, next: number): string {
    const tail = this.#slice(this.#pos, end);
    this.tooLong = this.#carryLength + tail.length > MAX_VALUE;
    this.#lastCarry = this.#carry;
    this.#lastStart = this.#pos;
    const line = this.#carry.length === 0 ? tail : this.#carry.join('') + (this.tooLong ? '' : tail);
    if (this.#carryLength > 0) {
      this.#carry = [];
      this.#carryLength = 0;
    }
    this.#pos = next;
    this.line += 1;
    return line;
  }

  /** A text of its own: a slice of a string keeps the whole string in memory as long as one value of it is in use. */
  #slice(start: number, end: number): string {
    if (start < this.#shift || end - start < 13) return this.#text.slice(start, end);
    return this.#bytes.toString('latin1', start - this.#shift, end - this.#shift);
  }

  /** From the line last returned on, bytes are kept until {@link unmark}. */
  mark(): void {
    this.#held = [];
    this.#heldLength = 0;
    for (const part of this.#lastCarry) this.#hold(part);
    this.#heldFrom = this.#lastStart;
  }

  unmark(): void {
    this.#held = undefined;
  }

  #hold(part: string): void {
    if (!this.#held || part === '') return;
    if (this.#heldLength <= this.#heldMax) this.#held.push(part);
    this.#heldLength += part.length;
  }

  /** The bytes from the mark through the line last returned; `before`: without that line. At most `max` of them. */
  marked(before: boolean, max: number): Uint8Array {
    if (!this.#held) return new Uint8Array(0);
    let text = this.#held.join('') + this.#text.slice(this.#heldFrom, this.#pos);
    if (before) {
      const last = this.#lastCarry.reduce((sum, part) => sum + part.length, 0) + this.#pos - this.#lastStart;
      text = text.slice(0, Math.max(0, text.length - last));
    }
    return new Uint8Array(Buffer.from(text.length > max ? text.slice(0, max) : text, 'latin1'));
  }
}

function indexOr(text: string, char: string, from: number): number {
  const at = text.indexOf(char, from);
  return at < 0 ? Infinity : at;
}
