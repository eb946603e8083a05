/** Single cells: what a spreadsheet would run is disarmed on writing and, exactly so, restored on reading. */

/** Google's separator of several values in one cell. */
export const BETWEEN = ' ::: ';

/** `+49 (30) 1234-5`, `-1`, `+1 555 0100 ext. 3`: a number, not a formula. */
const NUMBER = /^[+-]?[\d\s()./-]*(?:(?:ext\.?|x|#|,|;)\s*\d*)?$/i;
const FORMULA = /^'*[=@\t\r+-]/;

/** Whether a spreadsheet would run the cell, or our reader take an apostrophe from it. Phone numbers are left alone. */
function runs(text: string): boolean {
  return FORMULA.test(text) && !(/^[+-]/.test(text) && text.split(BETWEEN).every((number) => NUMBER.test(number)));
}

/** An apostrophe before what a spreadsheet would run (OWASP, "CSV injection"), and before what looks like that already. */
export function guarded(text: string): string {
  return runs(text) ? `'${text}` : text;
}

/** The text that {@link guarded} was given. */
export function unguarded(cell: string): string {
  return cell.startsWith("'") && runs(cell.slice(1)) ? cell.slice(1) : cell;
}

/** One row (RFC 4180): cells are quoted where they must be. */
export function rowText(cells: readonly string[]): string {
  return `${cells.map(quoted).join(',')}\r\n`;
}

function quoted(cell: string): string {
  return /[",;\t\r\n\u001a]|^[ \u00a0\ufeff]|[ \u00a0]$/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

const LONE_SURROGATES = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** Text as UTF-8 can hold it. */
export function wellFormed(text: string): string {
  return text.replace(LONE_SURROGATES, '\ufffd');
}

/** As other programs' files hold it: one kind of line end, no blanks around. */
export function clean(text: string): string {
  return wellFormed(text.replace(/\r\n?/g, '\n').trim());
}
