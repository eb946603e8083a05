/** Dates as people type them into options and tables. */
import type { PartialDate } from './card.js';
import { InputError } from './errors.js';

const FORMS: readonly RegExp[] = [
  /^(?<year>\d{4})-(?<month>\d{1,2})-(?<day>\d{1,2})(?:[T ]00:00(?::00(?:\.0+)?)?(?:Z|[+-]00:?00)?)?$/,
  /^(?<year>\d{4})(?<month>\d{2})(?<day>\d{2})$/,
  /^--(?<month>\d{2})-?(?<day>\d{2})$/,
  /^(?<year>\d{4})-(?<month>\d{1,2})$/,
  /^(?<year>\d{4})$/,
  /^--(?<month>\d{2})$/,
];

const DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function daysIn(month: number, year: number | undefined): number {
  const days = DAYS[month - 1] ?? 0;
  if (month !== 2 || year === undefined) return days;
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  return leap ? 29 : 28;
}

/**
 * A date that may lack parts: `1985-04-12`, `19850412`, `--04-12` (no year), `1985-04`, `1985`. A time is accepted only
 * when it is midnight without an offset: anything else might be another day elsewhere.
 *
 * @throws InputError for anything else and for days that do not exist
 */
export function parseDate(text: string): PartialDate {
  const trimmed = text.trim();
  for (const form of FORMS) {
    const groups = form.exec(trimmed)?.groups;
    if (groups === undefined) continue;
    const number = (name: string): number | undefined =>
      groups[name] === undefined ? undefined : Number(groups[name]);
    const [year, month, day] = [number('year'), number('month'), number('day')];
    const wrongMonth = month !== undefined && (month < 1 || month > 12);
    const wrongDay = day !== undefined && month !== undefined && (day < 1 || day > daysIn(month, year));
    // A month alone is no PartialDate: it needs a year or a day (RFC 9553, section 2.8.1).
    if (wrongMonth || wrongDay || (year === undefined && day === undefined)) break;
    return {
      ...(year === undefined ? {} : { year }),
      ...(month === undefined ? {} : { month }),
      ...(day === undefined ? {} : { day }),
    };
  }
  throw new InputError(`"${text.slice(0, 80)}" is no date`, {
    hint: 'write 1985-04-12, or --04-12 without a year, 1985-04 or 1985 without a day',
  });
}
