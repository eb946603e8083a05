/** LDIF (RFC 2849): bytes to records, one at a time. Nothing is ever fetched. */
import { Buffer } from 'node:buffer';
import { printable } from '../../model/text.js';
import { ValueDecoder } from '../vcard/charset.js';
import { MAX_BROKEN_RAW, MAX_CARD, MAX_VALUE } from '../vcard/limits.js';
import { LineSource } from '../vcard/split.js';

export type LdifValue = string | Uint8Array;

export interface LdifRecord {
  /** 1-based line where it starts. */
  line: number;
  dn: string | undefined;
  /** Lower-case name (without options) to its values, in order. A value that is no text is bytes. */
  attributes: Map<string, LdifValue[]>;
  warnings: string[];
  error?: string;
  raw?: Uint8Array;
}

const MAX_ATTRIBUTES = 200_000;
const MAX_WARNINGS = 50;
const LINE = /^([A-Za-z0-9._-]{1,200})((?:;[A-Za-z0-9=.-]{1,100}){0,20})[ \t]*:([:<]?)/;
/** What Base64 may look like in a file: with blanks, without the padding. */
const BASE64 = /^[A-Za-z0-9+/\s]*={0,2}\s*$/;
/** Parts of a file that are about the file, or about the search it came from. */
const ABOUT: ReadonlySet<string> = new Set(['version', 'search', 'result', 'control', 'ref', 'matcheddn']);

interface Open extends LdifRecord {
  count: number;
  size: number;
}

/** Push reader. Feed bytes with `push`, end with `finish`, take records with `next` until it is undefined. */
export class LdifReader {
  readonly #source: LineSource;
  readonly #decoder: ValueDecoder;
  #record: Open | undefined;
  /** The line at hand with what continues it, and where it began. */
  #parts: string[] = [];
  #partsLine = 0;
  #partsSize = 0;
  /** Beyond a limit: everything to the next blank line is passed over. */
  #skip = false;
  #first = true;
  #ended = false;
  #out: LdifRecord[] = [];

  /** @throws UsageError for an unknown `encoding` */
  constructor(encoding: string | undefined) {
    this.#source = new LineSource(encoding, MAX_CARD);
    this.#decoder = new ValueDecoder(encoding);
  }

  push(chunk: Uint8Array): void {
    this.#source.push(chunk);
  }

  finish(): void {
    this.#source.finish();
  }

  next(): LdifRecord | undefined {
    for (;;) {
      const record = this.#out.shift();
      if (record !== undefined) return record;
      const text = this.#source.next();
      if (text !== undefined) this.#take(text);
      else if (this.#source.done && !this.#ended) this.#atEnd();
      else return undefined;
    }
  }

  #atEnd(): void {
    this.#ended = true;
    this.#flush();
    this.#close();
  }

  #take(line: string): void {
    const text = this.#first ? line.replace(/^\u00ef\u00bb\u00bf/, '') : line;
    this.#first = false;
    if (text === '') {
      this.#flush();
      this.#close();
      this.#skip = false;
    } else if (!this.#skip) {
      if (text.startsWith(' ') && this.#parts.length > 0) this.#continue(text.slice(1));
      else this.#start(text);
      this.#check();
    }
  }

  #start(text: string): void {
    this.#flush();
    if (this.#record === undefined && !text.startsWith('#')) this.#open();
    this.#parts = [text];
    this.#partsLine = this.#source.line;
    this.#partsSize = text.length;
  }

  #continue(text: string): void {
    this.#parts.push(text);
    this.#partsSize += text.length;
  }

  #open(): void {
    this.#source.mark();
    this.#decoder.reset();
    const { line } = this.#source;
    this.#record = { line, dn: undefined, attributes: new Map(), warnings: [], count: 0, size: 0 };
  }

  #check(): void {
    const record = this.#record;
    if (record === undefined) return;
    if (this.#source.tooLong || this.#partsSize > MAX_VALUE)
      this.#refuse(record, 'a value is longer than 64 MB (the limit)');
    else if (record.size + this.#partsSize > MAX_CARD)
      this.#refuse(record, 'the record is longer than 256 MB (the limit)');
    else if (record.count > MAX_ATTRIBUTES) this.#refuse(record, 'the record has more than 200,000 values (the limit)');
  }

  #refuse(record: Open, error: string): void {
    this.#out.push({ ...record, error, raw: this.#source.marked(false, MAX_BROKEN_RAW) });
    this.#source.unmark();
    this.#record = undefined;
    this.#parts = [];
    this.#skip = true;
  }

  /** The line at hand is complete. */
  #flush(): void {
    const [first] = this.#parts;
    const record = this.#record;
    if (first === undefined) return;
    const text = this.#parts.length === 1 ? first : this.#parts.join('');
    this.#parts = [];
    if (record === undefined || text.startsWith('#') || text === '-') return;
    record.size += text.length;
    const found = LINE.exec(text);
    if (found === null) {
      this.#warn(`line ${this.#partsLine}: no attribute, skipped: "${printable(text.slice(0, 60))}"`);
      return;
    }
    const [head, name = '', options = '', mark = ''] = found;
    this.#value(record, name.toLowerCase(), mark, text.slice(head.length).replace(/^[ \t]+/, ''), options);
  }

  #value(record: Open, name: string, mark: string, text: string, options: string): void {
    record.count += 1;
    if (mark === '<') {
      this.#warn(
        `line ${this.#partsLine}: ${name} is at another place ("${printable(text.slice(0, 60))}"), which is not read`,
      );
      return;
    }
    const binary = mark === ':' || options.toLowerCase().includes(';binary');
    const value = mark === ':' ? this.#base64(name, text) : this.#decoder.decode(text);
    if (value === undefined) return;
    if (name === 'dn') {
      record.dn ??= typeof value === 'string' ? value : undefined;
      return;
    }
    if (typeof value === 'string' && value === '' && !binary) return;
    const known = record.attributes.get(name);
    if (known === undefined) record.attributes.set(name, [value]);
    else known.push(value);
  }

  /** Text where the bytes are text, else the bytes. */
  #base64(name: string, text: string): LdifValue | undefined {
    if (!BASE64.test(text)) {
      this.#warn(`line ${this.#partsLine}: ${name} is no Base64, left out`);
      return undefined;
    }
    const bytes = Buffer.from(text, 'base64');
    // Pictures, certificates: they are recognised before anything guesses at their letters.
    if (PICTURES.has(name) || bytes.includes(0)) return new Uint8Array(bytes);
    return this.#decoder.decode(bytes.toString('latin1'));
  }

  #warn(message: string): void {
    const warnings = this.#record?.warnings;
    if (warnings !== undefined && warnings.length < MAX_WARNINGS) warnings.push(message);
  }

  /** The record is complete. */
  #close(): void {
    const record = this.#record;
    this.#record = undefined;
    if (record === undefined) return;
    const { guesses, fallback } = this.#decoder;
    if (guesses > 0)
      record.warnings.push(
        `record at line ${record.line}: some values are not UTF-8, read as ${fallback} (--encoding names another)`,
      );
    // A blank line belongs to the raw record, so that records can stand one after the other.
    record.raw = this.#source.marked(false, MAX_CARD);
    this.#source.unmark();
    const names = [...record.attributes.keys()];
    const about = record.dn === undefined && names.every((name) => ABOUT.has(name)) && record.warnings.length === 0;
    if (!about) this.#out.push(record);
  }
}

export const PICTURES: ReadonlySet<string> = new Set(['jpegphoto', 'thumbnailphoto', 'photo', 'thumbnaillogo']);
