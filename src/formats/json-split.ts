/** JSON values out of a stream, one at a time: elements of one array, lines of NDJSON, or values one after the other. */
import { Buffer } from 'node:buffer';
import { TextDecoder } from 'node:util';
import { UsageError } from '../model/errors.js';
import { printable } from '../model/text.js';
import { MAX_DEPTH } from './card-check.js';

/** Characters of one record. */
const MAX_RECORD = 128 * 1024 * 1024;
/** What is kept of a record beyond a limit, for the rejects file. */
const MAX_BROKEN = 64 * 1024;

export interface JsonRecord {
  text: string;
  /** 1-based line where it starts. */
  line: number;
  /** 1-based place among the records. */
  index: number;
  /** Why it is not handed on whole. */
  error?: string;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const NEWLINE = 0x0a;

/** What may matter inside a string: its end, an escape, a line break that must not be there. */
const IN_STRING = /["\\\n]/g;

/** Finds where records end by depth and quotes alone; whether they are JSON is for JSON.parse to say. */
class Splitter {
  /** Inside the brackets of a list of contacts. */
  #array = false;
  #depth = 0;
  #quoted = false;
  #parts: string[] = [];
  #size = 0;
  #error: string | undefined;
  #line = 1;
  /** Line where the record at hand starts; 0 between records. */
  #startLine = 0;
  #index = 0;
  #carry = '';
  #out: JsonRecord[] = [];

  /** `lines`: each line is a record of its own (NDJSON). */
  constructor(readonly lines: boolean) {}

  /** Splits the next piece of text; the records that end in it. */
  push(piece: string): JsonRecord[] {
    // A backslash at the end waits for the character that it escapes.
    const all = this.#carry + piece;
    const odd = endsInEscape(all);
    this.#carry = odd ? '\\' : '';
    const text = odd ? all.slice(0, -1) : all;
    let start = this.#startLine > 0 ? 0 : -1;
    for (let i = 0; i < text.length; i += 1) {
      if (this.#quoted || (this.lines && this.#startLine > 0)) {
        i = this.#quoted ? this.#endOfString(text, i) : indexOrEnd(text, '\n', i);
        if (this.#quoted || !this.lines || i === text.length) continue;
      }
      const code = text.charCodeAt(i);
      const line = this.#line;
      if (code === NEWLINE) this.#line += 1;
      if (this.#startLine === 0) {
        if (!this.#begins(code, line)) continue;
        start = i;
      }
      const ends = this.lines ? (code === NEWLINE ? 'before' : undefined) : this.#step(code);
      if (ends === undefined) continue;
      this.#keep(text.slice(start, ends === 'after' ? i + 1 : i));
      this.#emit();
      if (code === CLOSE_BRACKET && ends === 'before') this.#array = false;
      start = -1;
    }
    if (start >= 0) this.#keep(text.slice(start));
    return this.#out.splice(0);
  }

  /** What is left when the text ends: a record that was cut. */
  end(): JsonRecord[] {
    if (this.#startLine > 0 && this.#carry !== '') this.#keep(this.#carry);
    if (this.#startLine > 0) {
      const whole = this.#depth === (this.#array ? 1 : 0) && !this.#quoted;
      if (!this.lines && !whole) this.#error ??= 'the JSON is cut: it ends inside a contact';
      this.#emit();
    } else if (this.#array) {
      this.#out.push({
        text: '',
        line: this.#line,
        index: this.#index + 1,
        error: 'the JSON is cut: the closing ] is missing',
      });
    }
    return this.#out.splice(0);
  }

  /** Index of the last character that belongs to the string, as far as the text goes. */
  #endOfString(text: string, from: number): number {
    IN_STRING.lastIndex = from;
    for (let found = IN_STRING.exec(text); found; found = IN_STRING.exec(text)) {
      const code = text.charCodeAt(found.index);
      if (code === BACKSLASH) {
        IN_STRING.lastIndex = found.index + 2;
        if (text.charCodeAt(found.index + 1) !== NEWLINE) continue;
        IN_STRING.lastIndex = found.index + 1;
        continue;
      }
      this.#quoted = false;
      if (code === NEWLINE) {
        // No JSON string holds a line break: this one was never closed. The records after it must not pay for that.
        this.#line += 1;
        this.#error ??= 'a string is not closed on its line';
      }
      return found.index;
    }
    return text.length;
  }

  /** Between records: true when this character starts one. */
  #begins(code: number, line: number): boolean {
    // Blanks, record separators (RFC 7464), byte order marks of joined files, commas between elements.
    if (code <= 0x20 || code === 0xfeff || (code === COMMA && !this.lines)) return false;
    if (!this.lines && !this.#array && code === OPEN_BRACKET) {
      this.#array = true;
      this.#depth = 1;
      return false;
    }
    if (this.#array && code === CLOSE_BRACKET) {
      this.#array = false;
      this.#depth = 0;
      return false;
    }
    this.#startLine = line;
    return true;
  }

  /** Inside a record, outside of strings: tells whether it ends before or after this character. */
  #step(code: number): 'before' | 'after' | undefined {
    const base = this.#array ? 1 : 0;
    if (code === QUOTE) {
      this.#quoted = true;
    } else if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      this.#depth += 1;
      if (this.#depth > MAX_DEPTH + base)
        this.#error ??= `the contact is nested deeper than ${MAX_DEPTH} levels (the limit)`;
    } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) {
      if (this.#depth === base) return 'before';
      this.#depth -= 1;
      if (this.#depth === base) return 'after';
    } else if (this.#depth === base && (code === COMMA || (code === NEWLINE && !this.#array))) {
      return 'before';
    }
    return undefined;
  }

  #keep(piece: string): void {
    this.#size += piece.length;
    if (this.#size > MAX_RECORD) this.#error ??= 'the contact is longer than 128 MB (the limit)';
    if (this.#error === undefined || this.#size <= MAX_BROKEN) this.#parts.push(piece);
    else if (this.#parts.length !== 1 || (this.#parts[0] ?? '').length < MAX_BROKEN)
      this.#parts = [(this.#parts.join('') + piece).slice(0, MAX_BROKEN)];
  }

  #emit(): void {
    const text = this.#parts.join('').trim();
    if (text !== '') {
      this.#index += 1;
      const record: JsonRecord = { text, line: this.#startLine, index: this.#index };
      if (this.#error !== undefined) record.error = this.#error;
      this.#out.push(record);
    }
    this.#parts = [];
    this.#size = 0;
    this.#startLine = 0;
    this.#quoted = false;
    this.#depth = this.#array ? 1 : 0;
    this.#error = undefined;
  }
}

function indexOrEnd(text: string, char: string, from: number): number {
  const at = text.indexOf(char, from);
  return at < 0 ? text.length : at;
}

/** True when the text ends in a backslash that escapes what comes next. */
function endsInEscape(text: string): boolean {
  let at = text.length;
  while (at > 0 && text.charCodeAt(at - 1) === BACKSLASH) at -= 1;
  return (text.length - at) % 2 === 1;
}

/** True when the beginning of a file is NDJSON: its first or its second line is a whole JSON object, or a whole jCard. */
export function isNdjson(head: string): boolean {
  const lines = head.split('\n', 3).map((line) => line.trim());
  // An array may hold one whole object a line as well: that is how we write it.
  if (head.startsWith('[')) return isWholeJCard(lines[0] ?? '') && /^(\[|$)/.test(lines[1] ?? '');
  // The last piece may be cut by the end of the head.
  return lines.slice(0, head.endsWith('\n') ? 2 : Math.min(2, lines.length - 1)).some(isWholeObject);
}

function isWholeObject(line: string): boolean {
  if (!line.startsWith('{') || !line.endsWith('}')) return false;
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}

function isWholeJCard(line: string): boolean {
  if (!/^\[\s*"vcard"/i.test(line) || !line.endsWith(']')) return false;
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}

const HEAD = 64 * 1024;

/** The records of a stream. Never throws for what is in it. `encoding`: for text that is neither UTF-8 nor marked. */
export async function* splitJson(
  source: AsyncIterable<Uint8Array>,
  encoding?: string,
): AsyncGenerator<JsonRecord, void, undefined> {
  let splitter: Splitter | undefined;
  let head = '';
  for await (const text of decode(source, encoding)) {
    if (splitter) {
      yield* splitter.push(text);
      continue;
    }
    head += text;
    if (head.length < HEAD && head.trimStart().split('\n', 4).length < 4) continue;
    splitter = new Splitter(isNdjson(head.trimStart()));
    yield* splitter.push(head);
  }
  if (!splitter) {
    splitter = new Splitter(isNdjson(`${head.trimStart()}\n`));
    yield* splitter.push(head);
  }
  yield* splitter.end();
}

/** Bytes to text. JSON is UTF-8 (RFC 8259, section 8.1); UTF-16 with a mark is what some editors make of it. */
async function* decode(
  source: AsyncIterable<Uint8Array>,
  encoding: string | undefined,
): AsyncGenerator<string, void, undefined> {
  let decoder: TextDecoder | undefined;
  let first = Buffer.alloc(0);
  for await (const chunk of source) {
    if (!decoder) {
      first = Buffer.concat([first, chunk]);
      if (first.length < 2) continue;
      decoder = decoderFor(first, encoding);
      yield decoder.decode(first, { stream: true });
    } else {
      yield decoder.decode(chunk, { stream: true });
    }
  }
  yield decoder ? decoder.decode() : first.toString('utf8');
}

function decoderFor(head: Uint8Array, encoding: string | undefined): TextDecoder {
  if (head[0] === 0xff && head[1] === 0xfe) return new TextDecoder('utf-16le');
  if (head[0] === 0xfe && head[1] === 0xff) return new TextDecoder('utf-16be');
  try {
    return new TextDecoder(encoding ?? 'utf-8');
  } catch {
    throw new UsageError(`"${printable(encoding ?? '')}" is no charset that can be read`, {
      hint: 'JSON is UTF-8; leave --encoding out',
    });
  }
}
