/** One row of a table to one record. */
import { Buffer } from 'node:buffer';
import type { Card } from '../../model/card.js';
import { appendField } from '../../model/build.js';
import { InputError } from '../../model/errors.js';
import { deriveUid } from '../../model/keys.js';
import type { BadRecord, DateOrder, FormatItem } from '../types.js';
import { flatToCard } from './card.js';
import { KEPT, type ReadContext, readContext } from './context.js';
import type { Flat } from './entries.js';
import { ownCard } from './own.js';
import type { Mapped, Plan } from './plan.js';
import type { Row } from './rows.js';

/** What Outlook writes where nothing was chosen, in the languages it is known in. */
const DEFAULTS: Readonly<Record<string, ReadonlySet<string>>> = {
  'ext.Gender': new Set([
    'unspecified',
    'keine angabe',
    'non spécifié',
    'nieokreślona',
    'nieokreślony',
    'no especificado',
  ]),
  'ext.Priority': new Set(['normal', 'normale', 'normalny', 'normalna', 'mittel']),
  'ext.Sensitivity': new Set(['normal', 'normale', 'normalny', 'normalna']),
  'ext.Private': new Set(['false', 'falsch', 'faux', 'fałsz', 'falso', 'aus', '0']),
};

/** Turns a row into a record; undefined for rows that say nothing. */
export function recordOf(row: Row, plan: Plan, order: DateOrder, header: Row): FormatItem | undefined {
  if (row.error !== undefined) return badRecord(row, row.error, header, row.hint);
  const cells = row.cells.map((cell) => (cell === '\u001a' ? '' : cell));
  if (cells.every((cell) => cell.trim() === '') || plan.isHeader(cells)) return undefined;
  if (row.unsure && !hasWidth(cells, plan)) {
    const hint = 'it stands after a quote that never closes, and may belong to that row';
    return badRecord(row, `it has ${cells.length} columns instead of ${plan.columns}`, header, hint);
  }
  try {
    return good(row, cells, plan, readContext(order));
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return badRecord(row, error.message, header, error.hint);
  }
}

function hasWidth(cells: readonly string[], plan: Plan): boolean {
  return cells.findLastIndex((cell) => cell.trim() !== '') < plan.columns && cells.length >= plan.columns;
}

function badRecord(row: Row, error: string, header: Row, hint?: string): BadRecord {
  return {
    error,
    ...(hint === undefined ? {} : { hint }),
    line: row.line,
    raw: Buffer.from(`${row.text}\r\n`, 'utf8'),
    head: Buffer.from(`${header.text}\r\n`, 'utf8'),
  };
}

function good(row: Row, cells: readonly string[], plan: Plan, context: ReadContext): FormatItem | undefined {
  const { flat, mapped, beyond } = plan.read(cells);
  for (const [path, defaults] of Object.entries(DEFAULTS)) {
    if (defaults.has(flat.get(path)?.toLowerCase() ?? '')) flat.delete(path);
  }
  settleExchange(flat, context);
  if (flat.size === 0 && mapped.length === 0) return undefined;
  if (beyond > 0) context.warnings.push(`${beyond} cell(s) in columns without a name were kept as they are`);
  if (row.text.includes('\ufffd')) {
    context.warnings.push('some letters could not be read and were replaced (--encoding names the charset)');
  }
  const card = plan.program === 'own' ? ownRow(flat, context) : flatToCard(flat, flat.get('uid') ?? '', context);
  for (const one of mapped) setMapped(card, one, context);
  const uidDerived = card.uid === '';
  if (uidDerived) card.uid = deriveUid('csv', contentOf(flat, mapped));
  return { card, line: row.line, warnings: context.warnings, ...(uidDerived ? { uidDerived } : {}) };
}

/** What the row says, as one text: equal rows are equal contacts. */
function contentOf(flat: Flat, mapped: readonly Mapped[]): string {
  let content = '';
  for (const [path, text] of flat) content += `${path}\n${text}\n\n`;
  for (const { field, text } of mapped) content += `${field}\n${text}\n\n`;
  return content;
}

function ownRow(flat: Flat, context: ReadContext): Card {
  const { card, warnings } = ownCard(flat, context);
  context.warnings.push(...warnings);
  for (const [path, text] of flat) if (path.startsWith(KEPT)) context.keep(card, path.slice(KEPT.length), text);
  return card;
}

/** E-mail Type: `EX` means a path in an Exchange directory, which is no address. */
function settleExchange(flat: Flat, context: ReadContext): void {
  for (const number of ['1', '2', '3']) {
    const type = flat.get(`email.${number}.type`);
    flat.delete(`email.${number}.type`);
    const address = flat.get(`email.${number}`) ?? '';
    if (!/^\/o=/i.test(address) && !(type === 'EX' && address !== '' && !address.includes('@'))) continue;
    context.warnings.push('an e-mail address is a path in an Exchange directory; it was kept as a column');
    flat.delete(`email.${number}`);
    flat.delete(`email.${number}.display`);
    flat.set(`${KEPT}E-mail ${number} Address`, address);
  }
}

/** A value that the field does not take is kept as a column. */
function setMapped(card: Card, { column, field, text }: Mapped, context: ReadContext): void {
  const kind = { birthday: 'birth', anniversary: 'wedding' }[field.toLowerCase()];
  if (kind !== undefined) {
    context.day(card, text, { kind }, column);
    return;
  }
  try {
    appendField(card, field, text);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    context.warnings.push(`column ${column}: ${error.message}; it was kept as it is`);
    context.keep(card, column, text);
  }
}
