/**
 * The `vcard` elements of an XML stream, one at a time, found by their tags alone: one that is not well-formed costs no
 * other. Comments, CDATA sections and processing instructions are passed over. Memory stays at one record.
 */
export interface XmlRecord {
  text: string;
  /** 1-based line where it starts. */
  line: number;
  /** Why it is not handed on whole. */
  error?: string;
}

/** Characters of one record. */
const MAX_RECORD = 128 * 1024 * 1024;
/** What is kept of a record beyond the limit. */
const MAX_BROKEN = 64 * 1024;
/** A tag around the records that is longer is not looked at. */
const MAX_TAG = 64 * 1024;
/** The longest text that decides what begins at a `<`. */
const MAX_NAME = 128;

const TAG = /<(\/?)((?:[^\s<>/:"'=]+:)?)([^\s<>/:"'=]+)/y;
const TAG_END = /[<>]/g;
const NAMESPACES = /\sxmlns(?::([^\s=]+))?\s*=\s*(?:"([^"]*)"|'([^']*)')/g;
const PASSED: readonly (readonly [begin: string, end: string])[] = [
  ['<!--', '-->'],
  ['<![CDATA[', ']]>'],
  ['<?', '?>'],
];

export class XmlSplitter {
  /** Declared around the records: prefix (or '') to namespace. */
  readonly namespaces = new Map<string, string>();
  /** The file has a DOCTYPE at this line. */
  doctype: number | undefined;
  /** Elements around the records that are open. */
  #open = 0;
  #line = 1;
  #carry = '';
  #until: string | undefined;
  /** Qualified name of the record at hand. */
  #name: string | undefined;
  #parts: string[] = [];
  #size = 0;
  #startLine = 0;
  #out: XmlRecord[] = [];

  push(piece: string): XmlRecord[] {
    const text = this.#carry + piece;
    this.#carry = '';
    const end = this.#scan(text, false);
    this.#carry = text.slice(end);
    return this.#out.splice(0);
  }

  end(): XmlRecord[] {
    const text = this.#carry;
    this.#carry = '';
    this.#scan(text, true);
    if (this.#name !== undefined) this.#finish('the XML is cut: it ends inside a contact');
    else if (this.#open > 0 && this.doctype === undefined)
      this.#out.push({ text: '', line: this.#line, error: 'the XML is cut: the closing tag of the list is missing' });
    return this.#out.splice(0);
  }

  /** Scans and keeps; returns where the text begins that needs more. */
  #scan(text: string, last: boolean): number {
    let kept = 0;
    let pos = 0;
    const keep = (to: number): void => {
      this.#keep(text.slice(kept, to));
      kept = to;
    };
    while (this.doctype === undefined) {
      const at = this.#until === undefined ? text.indexOf('<', pos) : this.#passed(text, pos, last);
      if (this.#until !== undefined || at < 0) {
        const rest = at < 0 || last ? text.length : at;
        keep(rest);
        return rest;
      }
      if (text.charCodeAt(at) !== 0x3c) {
        pos = at;
        continue;
      }
      const tag = this.#tagEnd(text, at, last);
      if (tag < 0) {
        keep(at);
        return at;
      }
      pos = this.#take(text, at, tag, keep);
    }
    return text.length;
  }

  /** Behind the end of what is passed over; while it has none, where to look from next time. */
  #passed(text: string, pos: number, last: boolean): number {
    const until = this.#until ?? '';
    const found = text.indexOf(until, pos);
    if (found < 0) return last ? text.length : Math.max(pos, text.length - until.length + 1);
    this.#until = undefined;
    return found + until.length;
  }

  /** Index behind the tag, as far as that matters; -1 when more text is needed. */
  #tagEnd(text: string, at: number, last: boolean): number {
    const limit = this.#name === undefined ? MAX_TAG : MAX_NAME;
    TAG_END.lastIndex = at + 1;
    const end = TAG_END.exec(text)?.index ?? -1;
    // A `<` inside a tag is an error: the parser will say so.
    if (end >= 0 && end - at <= limit) return text[end] === '>' ? end + 1 : end;
    return last || text.length - at > limit ? Math.min(text.length, at + limit) : -1;
  }

  /** What begins at the `<`. Returns where to go on. */
  #take(text: string, at: number, end: number, keep: (to: number) => void): number {
    const passed = PASSED.find(([begin]) => text.startsWith(begin, at));
    if (passed !== undefined) {
      this.#until = passed[1];
      return at + passed[0].length;
    }
    if (this.#name === undefined && /^<!doctype/i.test(text.slice(at, at + 9))) {
      keep(at);
      this.doctype = this.#line;
      return text.length;
    }
    TAG.lastIndex = at;
    const found = TAG.exec(text);
    if (found === null) return at + 1;
    const [whole, slash, prefix, local] = found;
    const name = `${prefix}${local}`;
    if (slash === '' && local === 'vcard' && (this.#name === undefined || this.#name === name)) {
      keep(at);
      if (this.#name !== undefined) this.#finish();
      this.#begin(name);
    } else if (slash === '/' && this.#name === name) {
      keep(end);
      if (this.#name !== undefined) this.#finish();
      return end;
    } else if (this.#name === undefined) {
      if (local !== 'vcard') this.#around(text.slice(at, end), slash === '/');
      return end;
    }
    return at + whole.length;
  }

  #around(tag: string, closes: boolean): void {
    if (closes) {
      this.#open -= 1;
      return;
    }
    if (!tag.endsWith('/>')) this.#open += 1;
    for (const [, prefix = '', double, single] of tag.matchAll(NAMESPACES)) {
      if (this.namespaces.size < 1000) this.namespaces.set(prefix, double ?? single ?? '');
    }
  }

  #begin(name: string): void {
    this.#name = name;
    this.#startLine = this.#line;
    this.#parts = [];
    this.#size = 0;
  }

  #keep(piece: string): void {
    for (let at = piece.indexOf('\n'); at >= 0; at = piece.indexOf('\n', at + 1)) this.#line += 1;
    if (this.#name === undefined || piece === '') return;
    this.#size += piece.length;
    this.#parts.push(piece);
    if (this.#size > MAX_RECORD) this.#finish('the contact is longer than 128 MB (the limit)');
  }

  #finish(error?: string): void {
    const text = this.#parts.join('');
    const record: XmlRecord = { text, line: this.#startLine };
    if (error !== undefined) {
      record.error = error;
      if (text.length > MAX_BROKEN) record.text = text.slice(0, MAX_BROKEN);
    }
    this.#out.push(record);
    this.#name = undefined;
    this.#parts = [];
  }
}
