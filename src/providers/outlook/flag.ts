/** The follow-up flag of a contact (typed shape), kept as a property of ours. */
import { isObject, member, optObject, optString } from '../../http/check.js';
import type { TextSlot } from '../mapping.js';
import type { Dialect } from './dialect.js';

const KEY = 'microsoft.com:flag';

/** Times in UTC, `YYYY-MM-DDTHH:MM:SSZ`. */
interface Flag {
  flagStatus: 'flagged' | 'complete';
  startDateTime?: string;
  dueDateTime?: string;
  completedDateTime?: string;
}

const TIMES = ['startDateTime', 'dueDateTime', 'completedDateTime'] as const;

function instant(value: unknown): string | undefined {
  const found = typeof value === 'string' ? /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.\d+)?Z?$/.exec(value) : null;
  const text = found?.[1];
  return text === undefined || Number.isNaN(Date.parse(`${text}Z`)) ? undefined : `${text}Z`;
}

/** "When FlagStatus is Flagged, a CompletedDate cannot be set"; completion is cut to the day. */
function settled(value: unknown): Flag | undefined {
  if (!isObject(value)) return undefined;
  const status = member(value, 'flagStatus');
  if (status !== 'flagged' && status !== 'complete') return undefined;
  const flag: Flag = { flagStatus: status };
  for (const name of TIMES) {
    const time = instant(member(value, name));
    if (time === undefined || (name === 'completedDateTime') !== (status === 'complete')) continue;
    flag[name] = name === 'completedDateTime' ? `${time.slice(0, 10)}T00:00:00Z` : time;
  }
  return flag;
}

export const flagSlot: TextSlot = {
  path: 'flag',
  get: (card) => {
    const flag = settled(card[KEY]);
    return flag === undefined ? '' : JSON.stringify(flag);
  },
  set: (card, text) => {
    const flag = settled(JSON.parse(text));
    if (flag !== undefined) card[KEY] = flag;
  },
};

/** The native object; '' takes the flag away. */
export function flagBody(text: string, dialect: Dialect): Record<string, unknown> {
  const { wire, value } = dialect;
  const flag = text === '' ? undefined : settled(JSON.parse(text));
  if (flag === undefined) return { [wire('flagStatus')]: value('notFlagged') };
  const body: Record<string, unknown> = { [wire('flagStatus')]: value(flag.flagStatus) };
  for (const name of TIMES) {
    const time = flag[name];
    if (time === undefined) continue;
    body[wire(name)] = { [wire('dateTime')]: time.replace('Z', '.0000000'), [wire('timeZone')]: 'UTC' };
  }
  return body;
}

/** The flag as a text of ours; '' for none, or for times that are not in UTC and so cannot be told. */
export function flagText(native: Record<string, unknown>, where: string, dialect: Dialect): string {
  const { wire } = dialect;
  const status = optString(native, wire('flagStatus'), where) ?? '';
  const raw: Record<string, unknown> = { flagStatus: status.charAt(0).toLowerCase() + status.slice(1) };
  for (const name of TIMES) {
    const time = optObject(native, wire(name), where);
    if (time === undefined || optString(time, wire('timeZone'), where) !== 'UTC') continue;
    raw[name] = optString(time, wire('dateTime'), where);
  }
  const flag = settled(raw);
  return flag === undefined ? '' : JSON.stringify(flag);
}
