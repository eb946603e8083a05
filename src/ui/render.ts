/** Rows and records as text: table, tsv, csv, json, ndjson. Returns text; `io.ts` writes it. */
import type { ContactCard, ContactRecord } from '../model/card.js';
import { printable } from '../model/text.js';

/** RFC 9610's ContactCard: the card plus the provider's id and books. */
export function contactCard(record: ContactRecord): ContactCard {
  const addressBookIds: Record<string, true> = Object.fromEntries(record.bookIds.map((id) => [id, true as const]));
  // The provider's id and books win over unknown properties of that name, and stand first.
  return Object.assign({ id: '', addressBookIds }, record.card, { id: record.id, addressBookIds });
}

/** One tab-separated line, control characters made visible. */
export function tsvLine(cells: readonly string[]): string {
  return `${cells.map(printable).join('\t')}\n`;
}

/** What spreadsheets would run as a formula; a phone number such as `+49 30 1234` is none. */
const FORMULA = /^[=@\t\r]|^[+-](?![\d\s()./-]*$)/;

/** One CSV line (RFC 4180). Cells that a spreadsheet would run get a leading apostrophe; phone numbers stay as they are. */
export function csvLine(cells: readonly string[]): string {
  const cell = (text: string): string => {
    const safe = FORMULA.test(text) ? `'${text}` : text;
    return /[",\r\n]|^\s|\s$/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  return `${cells.map(cell).join(',')}\r\n`;
}

/** A table for a terminal, cut to its width. */
export async function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  options: { columns: number; color: boolean },
): Promise<string> {
  const { default: Table } = await import('cli-table3');
  const texts = rows.map((row) => row.map(printable));
  const widths = fit(head, texts, options.columns);
  const style = options.color ? { head: ['bold'], border: ['gray'] } : { head: [], border: [] };
  const made = new Table({ head: [...head], colWidths: widths, style: { ...style, compact: true }, wordWrap: false });
  made.push(...texts.map((row) => [...row]));
  return `${made.toString()}\n`;
}

/** Column widths (padding included): as wide as needed, the widest cut first until the table fits. */
function fit(head: readonly string[], rows: readonly (readonly string[])[], columns: number): number[] {
  const widths = head.map(
    (title, index) =>
      2 +
      Math.min(
        60,
        rows.reduce((most, row) => Math.max(most, width(row[index] ?? '')), width(title)),
      ),
  );
  const room = columns - head.length - 1;
  let total = widths.reduce((sum, one) => sum + one, 0);
  while (total > room) {
    const widest = widths.indexOf(Math.max(...widths));
    if ((widths[widest] ?? 0) <= 8) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
    total -= 1;
  }
  return widths;
}

/** Cells on a terminal, near enough for cutting: wide East Asian and emoji count two, marks none. */
function width(text: string): number {
  let cells = 0;
  for (const char of text) {
    if (/\p{Mn}|\p{Me}|\u200d|\ufe0f/u.test(char)) continue;
    cells +=
      /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6]|\p{Extended_Pictographic}/u.test(
        char,
      )
        ? 2
        : 1;
  }
  return cells;
}
