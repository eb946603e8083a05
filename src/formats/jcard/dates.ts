/** Dates and times between the basic form of vCard and the extended form of jCard (RFC 7095, section 3.5). */
import type { VCardProp } from '../../model/card.js';

const TYPES: ReadonlySet<string> = new Set([
  'date',
  'time',
  'date-time',
  'date-and-or-time',
  'timestamp',
  'utc-offset',
]);
const ZONE = '(Z|[+-]\\d\\d(?::?\\d\\d)?)?';
const BASIC_TIME = new RegExp(`^(?:(\\d\\d)(\\d\\d)(\\d\\d)?|-(\\d\\d)(\\d\\d))(\\.\\d+)?${ZONE}$`);
const EXTENDED_TIME = new RegExp(`^(?:\\d\\d:\\d\\d(?::\\d\\d)?|-\\d\\d:\\d\\d)(?:\\.\\d+)?${ZONE}$`);

/** The property with its dates as jCard writes them. */
export function extended(property: VCardProp): VCardProp {
  return converted(property, { date: extendedDate, time: extendedTime, offset: extendedOffset });
}

/** The property with its dates as vCard and xCard write them. */
export function basic(property: VCardProp): VCardProp {
  const offset = (text: string): string => text.replace(/^([+-]\d\d):(\d\d)$/, '$1$2');
  return converted(property, { date: basicDate, time: basicTime, offset });
}

interface Forms {
  date(text: string): string;
  time(text: string): string;
  offset(text: string): string;
}

function converted(property: VCardProp, forms: Forms): VCardProp {
  const [name, params, type, ...values] = property;
  if (!TYPES.has(type)) return property;
  return [name, params, type, ...values.map((value) => (typeof value === 'string' ? one(value, type, forms) : value))];
}

function one(text: string, type: string, forms: Forms): string {
  if (text.length > 40) return text;
  if (type === 'utc-offset') return forms.offset(text);
  if (type === 'time') return forms.time(text);
  const at = text.indexOf('T');
  return at < 0 ? forms.date(text) : `${forms.date(text.slice(0, at))}T${forms.time(text.slice(at + 1))}`;
}

function extendedDate(text: string): string {
  return text.replace(/^(\d{4})(\d\d)(\d\d)$/, '$1-$2-$3').replace(/^--(\d\d)(\d\d)$/, '--$1-$2');
}

function basicDate(text: string): string {
  return text.replace(/^(\d{4})-(\d\d)-(\d\d)$/, '$1$2$3').replace(/^--(\d\d)-(\d\d)$/, '--$1$2');
}

/** `hhmm`, `hhmmss` and `-mmss`; `hh`, `--ss` and what is extended already stay. */
function extendedTime(text: string): string {
  const found = BASIC_TIME.exec(text);
  if (found === null) return text.replace(/^(\d\d|--\d\d)([+-]\d\d)(\d\d)$/, '$1$2:$3');
  const [, hour, minute, second, shortMinute, shortSecond, fraction = '', zone = ''] = found;
  const seconds = second === undefined ? '' : `:${second}`;
  const clock = hour === undefined ? `-${shortMinute}:${shortSecond}` : `${hour}:${minute}${seconds}`;
  return `${clock}${fraction}${extendedOffset(zone)}`;
}

function extendedOffset(zone: string): string {
  return zone.replace(/^([+-]\d\d)(\d\d)$/, '$1:$2');
}

function basicTime(text: string): string {
  return EXTENDED_TIME.test(text) ? text.replace(/:/g, '') : text.replace(/^(\d\d|--\d\d)([+-]\d\d):(\d\d)$/, '$1$2$3');
}
