/** What each column of one file holds, and rows turned into texts by path. */
import { InputError } from '../../model/errors.js';
import { nearest } from '../../model/nearest.js';
import { printable } from '../../model/text.js';
import { clean, unguarded } from './cells.js';
import { KEPT } from './context.js';
import type { Flat } from './entries.js';
import { type Found, headerKey } from './header.js';
import type { Program } from './names.js';

/** A column that the user mapped. */
export interface Mapped {
  column: string;
  field: string;
  text: string;
}

export class Plan {
  readonly program: Program;
  readonly columns: number;
  /** Columns that are no property of a contact and are kept as they are. */
  readonly unknown: readonly string[];
  /** Places of columns that hold days. */
  readonly days: readonly number[];
  readonly #paths: readonly (string | undefined)[];
  readonly #fields: readonly (string | undefined)[];
  readonly #header: readonly string[];
  /** Columns that have a name. */
  readonly #named: readonly boolean[];

  /** @throws InputError when no column is known, or a mapped one is not there */
  constructor(found: Found, map: ReadonlyMap<string, string>) {
    const { cells, known } = found;
    const header = cells.map((name) => name.replace(/\s+/g, ' ').trim());
    const fields = new Map([...map].map(([column, field]) => [headerKey(column), { column, field }]));
    const keys = header.map(headerKey);
    for (const [key, { column }] of fields) if (!keys.includes(key)) throw missing(column, header);
    this.#fields = keys.map((key) => fields.get(key)?.field);
    if (known.count === 0 && this.#fields.every((field) => field === undefined)) throw nothingKnown(header);
    this.program = known.program;
    this.columns = lastNamed(header);
    const own = known.program === 'own';
    const names = unique(header);
    const unknown: string[] = [];
    this.#paths = known.paths.map((path, i) => {
      if (path !== undefined || this.#fields[i] !== undefined) return path;
      const name = names[i] ?? '';
      if (header[i] !== '') unknown.push(name);
      return own && header[i] === '' ? undefined : KEPT + name;
    });
    this.#header = names;
    this.#named = header.map((name) => name !== '');
    this.unknown = unknown;
    this.days = this.#paths.flatMap((path, i) => (isDay(path ?? '') || isDay(this.#fields[i] ?? '') ? [i] : []));
  }

  /** The row is the header once more: of a file that was joined of several. */
  isHeader(cells: readonly string[]): boolean {
    return cells.length > 1 && cells.every((cell, i) => headerKey(cell) === headerKey(this.#header[i] ?? ''));
  }

  /** Texts by path (by column name in our own table), without blank ones; the columns that the user mapped; and how many
   * cells stand in columns without a name. */
  read(cells: readonly string[]): { flat: Flat; mapped: Mapped[]; beyond: number } {
    const flat: Flat = new Map();
    const mapped: Mapped[] = [];
    let beyond = 0;
    for (const [i, cell] of cells.entries()) {
      const field = this.#fields[i];
      const path = i < this.#paths.length ? this.#paths[i] : `${KEPT}Column ${i + 1}`;
      const kept = path?.startsWith(KEPT) === true;
      const text = this.program === 'own' && !kept && field === undefined ? unguarded(cell) : clean(unguarded(cell));
      if (text === '') continue;
      if (field !== undefined) {
        if (field !== '-') mapped.push({ column: this.#header[i] ?? '', field, text });
      } else if (path !== undefined) {
        flat.set(path, text);
        if (kept && this.#named[i] !== true) beyond += 1;
      }
    }
    return { flat, mapped, beyond };
  }
}

function isDay(path: string): boolean {
  return /^(?:birthday|anniversary|event#\d+\.value)$/i.test(path);
}

/** The number of columns without the unnamed ones at the end: some programs end each line with a delimiter. */
function lastNamed(header: readonly string[]): number {
  return header.findLastIndex((name) => name !== '') + 1;
}

/** Two columns of one name are told apart, and one without a name gets one. */
function unique(header: readonly string[]): string[] {
  const seen = new Map<string, number>();
  return header.map((name, i) => {
    const bare = name === '' ? `Column ${i + 1}` : name;
    const times = (seen.get(bare) ?? 0) + 1;
    seen.set(bare, times);
    return times === 1 ? bare : `${bare} (${times})`;
  });
}

function listOf(header: readonly string[]): string {
  const names = header.filter((name) => name !== '').map((name) => `"${printable(name.slice(0, 40))}"`);
  return names.slice(0, 12).join(', ') + (names.length > 12 ? `, and ${names.length - 12} more` : '');
}

function nothingKnown(header: readonly string[]): InputError {
  return new InputError('no column of this table is known', {
    why: `its first row is ${listOf(header)}`,
    hint: 'the first row must hold the names of the columns; say what they hold with --map COLUMN=FIELD',
  });
}

function missing(column: string, header: readonly string[]): InputError {
  const near = nearest(column, header);
  const meant = near === undefined ? '' : `did you mean "${printable(near)}"? `;
  return new InputError(`the table has no column "${printable(column.slice(0, 80))}"`, {
    hint: `${meant}Its columns are ${listOf(header)}`,
  });
}
