/** Tables written row by row; what a table cannot hold is found by reading the row back. */
import type { Card } from '../../model/card.js';
import { diffCards } from '../../model/normalize.js';
import type { FormatLoss, WriteOptions } from '../types.js';
import { cardToFlat, flatToCard } from './card.js';
import { guarded, rowText } from './cells.js';
import { readContext } from './context.js';
import type { Dialect } from './dialect.js';
import type { Flat } from './entries.js';
import { ownCells } from './own.js';
import { OWN_COLUMNS } from './own-columns.js';

type Cards = AsyncIterable<Card> | Iterable<Card>;

/** Spreadsheets take UTF-8 only behind a byte order mark. */
const MARK = '\ufeff';

function line(cells: readonly string[], options: WriteOptions): string {
  return rowText(options.rawFormulas === true ? cells : cells.map(guarded));
}

/** Our own table: nothing is lost. @throws InputError for a card that is nested too deep */
export async function* writeOwn(cards: Cards, options: WriteOptions): AsyncGenerator<string> {
  yield MARK + rowText(OWN_COLUMNS);
  for await (const card of cards) yield line(ownCells(card), options);
}

/** The table of another program. Groups have no row there: they would become people. */
export async function* writeTable(
  cards: Cards,
  dialect: Dialect,
  options: WriteOptions,
  onLoss: (loss: FormatLoss) => void,
): AsyncGenerator<string> {
  const paths = new Set(dialect.columns.map(([, path]) => path));
  const has = (path: string): boolean => paths.has(path);
  yield (dialect.mark ? MARK : '') + rowText(dialect.columns.map(([header]) => header));
  for await (const card of cards) {
    const flat = card.kind === 'group' ? new Map<string, string>() : cardToFlat(card, has, dialect.day);
    if (card.kind !== 'group') dialect.more?.(card, has, flat);
    tellLosses(card, flat, onLoss);
    const cells = dialect.columns.map(([, path]) => flat.get(path) ?? '');
    if (flat.size > 0) yield line(cells, options);
  }
}

function tellLosses(card: Card, flat: Flat, onLoss: (loss: FormatLoss) => void): void {
  const read = new Map([...flat].map(([path, text]) => [path, text.trim()]));
  const back = flatToCard(read, card.uid, readContext('mdy'));
  for (const { field, kind, expected = '', found } of diffCards(card, back)) {
    if (kind === 'extra') continue;
    onLoss({
      field,
      uid: card.uid,
      detail: kind === 'changed' && found !== undefined ? `${expected} becomes ${found}` : expected,
    });
  }
}
