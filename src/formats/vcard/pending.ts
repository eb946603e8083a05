/** One property that is being put together from physical lines: folds, soft breaks, base64 blocks. */
import { type Header, isBlank, parseHeader, trimBlanks } from './line-property.js';
import { marker } from './markers.js';

/** Longer headers that come in folds are looked at once, at the end. */
const MAX_HEADER_TRIES = 8192;
const BASE64_LINE = /^[A-Za-z0-9+/=_ \t-]+$/;

export class PendingLine {
  header: Header | undefined;
  size: number;
  /** Pieces of the value; of the whole line while the header is not complete. */
  #parts: string[] = [];
  /** Quoted-printable whose last line ended in `=`. */
  #soft = false;

  /** `line`: the first physical line; `number`: its 1-based place in the file. */
  constructor(
    line: string,
    readonly number: number,
  ) {
    this.size = line.length;
    this.header = parseHeader(line, true);
    this.#add(this.header ? line.slice(this.header.valueAt) : line);
  }

  /** The value of the first line, as long as there is no other. */
  get first(): string {
    return this.#parts[0] ?? '';
  }

  get isEmpty(): boolean {
    return this.#parts.every((part) => trimBlanks(part) === '');
  }

  /** Takes a further physical line. `end`: the property is complete and the line consumed; `no`: it belongs to the next. */
  take(text: string): 'yes' | 'end' | 'no' {
    if (this.#soft) {
      if (marker(text)) return 'no';
      this.#append(text);
      return 'yes';
    }
    const base64 = this.header?.transfer === 'base64';
    if (text === '' || (base64 && trimBlanks(text) === '')) {
      // A blank line ends nothing but a 2.1 BASE64 value.
      return base64 ? 'end' : 'yes';
    }
    const folded = isBlank(text.charCodeAt(0));
    if (base64 && (folded ? text.includes(':') : !BASE64_LINE.test(text))) return 'no';
    if (!folded && !base64) return 'no';
    this.#append(folded ? text.slice(1) : text);
    return 'yes';
  }

  #append(piece: string): void {
    this.size += piece.length;
    if (this.header || this.size > MAX_HEADER_TRIES || !piece.includes(':')) {
      this.#add(piece);
      return;
    }
    const line = this.#parts.join('') + piece;
    this.header = parseHeader(line, true);
    this.#parts = [];
    this.#add(this.header ? line.slice(this.header.valueAt) : line);
  }

  #add(piece: string): void {
    this.#soft = this.header?.transfer === 'qp' && piece.endsWith('=');
    this.#parts.push(this.#soft ? piece.slice(0, -1) : piece);
  }

  /** Header and raw value; `header` is undefined when the line is no property at all, `value` is the line then. */
  complete(): { header: Header | undefined; value: string } {
    const text = this.#parts.length === 1 ? this.first : this.#parts.join('');
    if (this.header) return { header: this.header, value: text };
    const header = parseHeader(text, false);
    return { header, value: header ? text.slice(header.valueAt) : text };
  }
}
