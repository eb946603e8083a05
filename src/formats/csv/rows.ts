/**
 * Text to rows of cells (RFC 4180, and what programs write instead): any of the three line ends, rows of any length,
 * quotes inside quoted cells that nobody doubled, quotes that never close. Linear, and resumable at every character.
 */
import { InputError } from '../../model/errors.js';
import { MAX_BROKEN_ROW, MAX_COLUMNS, MAX_REACH, MAX_ROW, MAX_UNCLOSED } from './limits.js';

export interface Row {
  cells: string[];
  /** 1-based line of the file on which the row begins. */
  line: number;
  /** The row as it stood, without its line end. */
  text: string;
  /** Why its cells mean nothing. */
  error?: string;
  hint?: string;
  /** It stands after a quote that never closed: its line may be the inside of a cell. */
  unsure?: true;
}

/** Where in a cell the scanner is; EDGE is behind a quote in a quoted cell, and behind the blanks after it. */
const [START, BLANK, PLAIN, QUOTED, EDGE] = [0, 1, 2, 3, 4];
const [LF, CR, SPACE, MARK] = [10, 13, 32, 34];

const CLOSE_HINT = 'close the quote, or double the quotes that belong to the text';

/** One file's rows. Feed it with {@link scan}, then call {@link end}; both hand over the rows that are complete. */
export class RowScanner {
  readonly #delimiter: number;
  #rows: Row[] = [];
  #text = '';
  /** Where the current cell, and the current row, begin in the text. */
  #from = 0;
  #rowFrom = 0;
  /** What earlier texts held of the cell and of the row. */
  #cell = '';
  #held = '';
  #cells: string[] = [];
  #mode = START;
  /** Characters behind the content of a quoted cell: the quote, and blanks. */
  #tail = 0;
  #doubled = false;
  /** The quoted cell has a line break. */
  #severed = false;
  /** The quote of the {@link EDGE} stands where a cell would begin. */
  #opener = false;
  #over: string | undefined;
  #line: number;
  #rowLine: number;
  /** The last character of the text before this one. */
  #last = 0;
  #unclosed = 0;
  /** The last line that a quote swallowed which never closed. */
  #swallowed = 0;

  /** @param line the number of the first line */
  constructor(delimiter: string, line = 1) {
    this.#delimiter = delimiter.charCodeAt(0);
    this.#line = line;
    this.#rowLine = line;
  }

  /** @throws InputError when hardly any quote closes */
  scan(text: string): Row[] {
    this.#scan(text);
    if (this.#held.length > MAX_ROW) this.#tooLong();
    return this.#take();
  }

  end(): Row[] {
    while (this.#mode === QUOTED) this.#scan(this.#recover());
    if (this.#mode !== START || this.#cells.length > 0 || this.#over !== undefined) {
      this.#text = '';
      this.#from = this.#rowFrom = 0;
      this.#push('');
      this.#endRow(0);
    }
    return this.#take();
  }

  #take(): Row[] {
    const rows = this.#rows;
    this.#rows = [];
    return rows;
  }

  #scan(text: string): void {
    this.#text = text;
    this.#from = this.#rowFrom = 0;
    let i = this.#skipLf();
    while (i < this.#text.length) {
      if (this.#mode === QUOTED) i = this.#inQuotes(i);
      else if (this.#mode === EDGE) i = this.#atEdge(i);
      else i = this.#inPlain(i);
    }
    this.#keep();
  }

  /** The LF of a CR LF that was cut in two. */
  #skipLf(): number {
    const split = this.#last === CR && this.#text.startsWith('\n') && this.#mode === START && this.#cells.length === 0;
    if (split) this.#from = this.#rowFrom = 1;
    return split ? 1 : 0;
  }

  /** What the text holds of a cell and a row that go on in the next one. */
  #keep(): void {
    const text = this.#text;
    if (text.length > 0) this.#last = text.charCodeAt(text.length - 1);
    if (this.#over === undefined && this.#mode === EDGE) this.#cell += this.#content(text.length - this.#tail);
    else if (this.#over === undefined && this.#mode === QUOTED) this.#cell += this.#content(text.length);
    else if (this.#over === undefined && this.#mode !== START) this.#cell += text.slice(this.#from);
    this.#from = text.length;
    if (this.#over === undefined || this.#held.length < MAX_BROKEN_ROW) this.#held += text.slice(this.#rowFrom);
  }

  /** Text of a quoted cell up to `end`, its doubled quotes undone. */
  #content(end: number): string {
    const part = this.#text.slice(this.#from, Math.max(this.#from, end));
    const plain = this.#doubled ? part.split('""').join('"') : part;
    this.#doubled = false;
    return plain;
  }

  /** Cells without quotes, one after the other, up to one with quotes or the end of the text. */
  #inPlain(start: number): number {
    const text = this.#text;
    const delimiter = this.#delimiter;
    let i = start;
    while (i < text.length) {
      let code = text.charCodeAt(i);
      if (this.#mode === START) {
        this.#from = i;
        this.#mode = code === SPACE ? BLANK : PLAIN;
        if (code === MARK) return this.#open(i);
      }
      while (this.#mode === BLANK && code === SPACE) code = text.charCodeAt(++i);
      if (this.#mode === BLANK && code === MARK) return this.#open(i);
      if (i < text.length) this.#mode = PLAIN;
      while (i < text.length && code !== delimiter && code !== LF && code !== CR) code = text.charCodeAt(++i);
      if (i >= text.length) return i;
      this.#push(text.slice(this.#from, i));
      i = this.#next(i, code);
    }
    return i;
  }

  #open(i: number): number {
    this.#mode = QUOTED;
    this.#cell = '';
    this.#severed = false;
    this.#from = i + 1;
    return i + 1;
  }

  #inQuotes(start: number): number {
    const text = this.#text;
    for (let i = start; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code === LF || code === CR) {
        if (code === CR || (i > 0 ? text.charCodeAt(i - 1) : this.#last) !== CR) this.#line += 1;
        this.#severed = true;
        if (this.#unclosed > 0 && this.#held.length + i - this.#rowFrom > MAX_REACH) return this.#restart();
      }
      if (code !== MARK) continue;
      const next = text.charCodeAt(i + 1);
      if (next === MARK) {
        this.#doubled = true;
        i += 1;
      } else if (next === this.#delimiter || next === LF || next === CR) {
        this.#push(this.#content(i));
        return this.#next(i + 1, next);
      } else if (next === SPACE || i + 1 === text.length) {
        this.#mode = EDGE;
        this.#tail = 1;
        this.#opener = this.#looksOpening(i);
        return i + 1;
      } else if (this.#looksOpening(i)) return this.#restart();
    }
    return text.length;
  }

  /** Behind a quote at the end of a text, or in the blanks after one. */
  #atEdge(i: number): number {
    const code = this.#text.charCodeAt(i);
    if (code === SPACE) {
      this.#tail += 1;
      return i + 1;
    }
    if (code === this.#delimiter || code === LF || code === CR) {
      this.#push(this.#content(i - this.#tail));
      return this.#next(i, code);
    }
    const quote = code === MARK && this.#tail === 1;
    if (this.#opener && !quote && this.#tail === 1) return this.#restart();
    this.#mode = QUOTED;
    this.#cell += `${this.#content(i - this.#tail)}"${' '.repeat(this.#tail - 1)}`;
    this.#tail = 0;
    this.#from = quote ? i + 1 : i;
    return this.#from;
  }

  /** A quote that nobody doubled, at the beginning of what would be a cell: the one before it never closed. */
  #looksOpening(i: number): boolean {
    if (!this.#severed) return false;
    const before = i === 0 ? this.#last : this.#text.charCodeAt(i - 1);
    return before === this.#delimiter || before === LF || before === CR;
  }

  #restart(): number {
    this.#held += this.#text.slice(this.#rowFrom);
    this.#text = this.#recover();
    this.#from = this.#rowFrom = 0;
    return 0;
  }

  /** Ends the cell. `part` is what this text holds of it. */
  #push(part: string): void {
    if (this.#over === undefined) {
      this.#cells.push(this.#cell === '' ? part : this.#cell + part);
      if (this.#cells.length > MAX_COLUMNS) this.#over = `it has more than ${MAX_COLUMNS} columns (the limit)`;
    }
    this.#cell = '';
    this.#tail = 0;
  }

  /** Goes on behind the delimiter or line end at `i`. */
  #next(i: number, code: number): number {
    this.#mode = START;
    if (code === this.#delimiter) return i + 1;
    this.#endRow(i);
    this.#line += 1;
    this.#rowLine = this.#line;
    this.#rowFrom = code === CR && this.#text.charCodeAt(i + 1) === LF ? i + 2 : i + 1;
    return this.#rowFrom;
  }

  #endRow(i: number): void {
    const part = this.#text.slice(this.#rowFrom, i);
    const text = this.#held === '' ? part : this.#held + part;
    const row: Row = { cells: this.#cells, line: this.#rowLine, text };
    if (this.#over !== undefined) {
      Object.assign(row, { cells: [], text: text.slice(0, MAX_BROKEN_ROW), error: this.#over });
    }
    if (this.#rowLine <= this.#swallowed) row.unsure = true;
    this.#rows.push(row);
    this.#reset();
  }

  #reset(): void {
    this.#cells = [];
    this.#cell = this.#held = '';
    this.#mode = START;
    this.#tail = 0;
    this.#doubled = this.#severed = false;
    this.#over = undefined;
  }

  #tooLong(): void {
    if (this.#mode === QUOTED && this.#severed) {
      this.#scan(this.#recover());
      return;
    }
    this.#over ??= `it is longer than ${MAX_ROW / 1024 / 1024} MB (the limit)`;
    this.#held = this.#held.slice(0, MAX_BROKEN_ROW);
    this.#cell = '';
    this.#cells = [];
  }

  /**
   * The quote never closes: its row is the first line of what it swallowed. Returns the lines after it, which are to be
   * read once more.
   */
  #recover(): string {
    this.#unclosed += 1;
    if (this.#unclosed > MAX_UNCLOSED) {
      const hint = 'is it a CSV file? Check its quotes, and export it again';
      throw new InputError(`more than ${MAX_UNCLOSED} quotes never close, the last in line ${this.#rowLine}`, { hint });
    }
    const all = this.#held;
    const end = /\r\n|\r|\n/.exec(all);
    const text = all.slice(0, Math.min(end?.index ?? all.length, MAX_BROKEN_ROW));
    const error = 'a quote opens in this row and never closes';
    this.#rows.push({ cells: [], line: this.#rowLine, text, error, hint: CLOSE_HINT });
    this.#reset();
    this.#swallowed = Math.max(this.#swallowed, this.#line);
    this.#line = this.#rowLine = this.#rowLine + 1;
    this.#last = 0;
    return end === null ? '' : all.slice(end.index + end[0].length);
  }
}
