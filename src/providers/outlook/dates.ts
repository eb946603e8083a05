/** Whole dates between a card and a native text `YYYY-MM-DD`. */
import type { Anniversary, Card, PartialDate, Timestamp } from '../../model/card.js';
import type { TextSlot } from '../mapping.js';

/** Outlook's and Exchange's clients keep a birthday without a year in this one (a leap year after 1601). */
const NO_YEAR = 1604;
/** Exchange keeps times as FILETIME, which begins in this year. */
const FIRST_YEAR = 1601;
/** The year that Outlook's clients write for "none". */
export const NO_DATE = '4501-01-01';

/** The first ten characters count: the time of day means nothing and is never converted. Undefined for no date. */
export function dateIn(text: string): PartialDate | undefined {
  const found = /^(\d{4})-(\d{2})-(\d{2})(?:$|[T ])/.exec(text.trim());
  if (found === null) return undefined;
  const [year, month, day] = found.slice(1).map(Number) as [number, number, number];
  if (year < FIRST_YEAR || year > 4500 || month < 1 || month > 12 || day < 1) return undefined;
  if (day > new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate()) return undefined;
  return year === NO_YEAR ? { month, day } : { year, month, day };
}

function dateText(date: PartialDate | Timestamp): string {
  if ('utc' in date && typeof date.utc === 'string') return dateIn(date.utc) === undefined ? '' : date.utc.slice(0, 10);
  const { year = NO_YEAR, month, day, calendarScale } = date as PartialDate;
  if (calendarScale !== undefined && calendarScale !== 'gregorian') return '';
  if (month === undefined || day === undefined) return '';
  const pad = (value: number, width: number): string => String(value).padStart(width, '0');
  const text = `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}`;
  return dateIn(text) === undefined ? '' : text;
}

/** The first anniversary of the kind that can be stored. */
export function dateSlot(path: string, kind: string): TextSlot {
  const texts = (list: readonly Anniversary[]): string[] =>
    list.filter((one) => one.kind === kind && typeof one.date === 'object').map(({ date }) => dateText(date));
  return {
    path,
    get: (card: Card) => texts(Object.values(card.anniversaries ?? {})).find((text) => text !== ''),
    set: (card, value) => {
      const date = dateIn(value);
      if (date !== undefined) card.anniversaries = { ...card.anniversaries, [kind]: { kind, date } };
    },
  };
}
