/** What reading a row needs to know and has to tell, and the columns that are kept as they are. */
import type { Anniversary, Card } from '../../model/card.js';
import { isObject, own, put, textOf } from '../../model/json.js';
import type { DateOrder } from '../types.js';
import { dateOf, isNoDate } from './dates.js';

/** Card property for columns that no property stands for: column name to text. */
export const COLUMNS = 'cardferry:columns';
/** Path of a column that is kept as it is. */
export const KEPT = 'ext.';

/** What reading one row needs and tells. */
export interface ReadContext {
  order: DateOrder;
  warnings: string[];
  /** A day that was read; one that cannot be is kept as a column. */
  day(card: Card, text: string, about: Pick<Anniversary, 'kind' | 'label'>, column: string): void;
  keep(card: Card, column: string, text: string): void;
}

export function readContext(order: DateOrder): ReadContext {
  const context: ReadContext = {
    order,
    warnings: [],
    keep,
    day: (card, text, about, column) => {
      if (isNoDate(text)) return;
      const date = dateOf(text, order);
      if (date === undefined) {
        context.warnings.push(`"${text.slice(0, 60)}" in column ${column} is no date; it was kept as it is`);
        keep(card, column, text);
        return;
      }
      const map = (card.anniversaries ??= {});
      map[`a${Object.keys(map).length + 1}`] = { kind: about.kind, date, ...(about.label === undefined ? {} : about) };
    },
  };
  return context;
}

/** Two columns of one name: the second one gets a number. */
function keep(card: Card, column: string, text: string): void {
  const known = own(card, COLUMNS);
  const map = isObject(known) ? known : {};
  let name = column;
  for (let i = 2; own(map, name) !== undefined && own(map, name) !== text; i++) name = `${column} (${i})`;
  put(map, name, text);
  card[COLUMNS] = map;
}

/** Columns that the card keeps. */
export function keptColumns(card: Card): [string, string][] {
  const map = own(card, COLUMNS);
  if (!isObject(map)) return [];
  return Object.entries(map).map(([name, text]): [string, string] => [name, textOf(text)]);
}
