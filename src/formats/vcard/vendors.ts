/** X-ANDROID-CUSTOM: rows of Android's contacts database as `mime type;field;field;...` (its 2.1 exports). */
import type { JsonObject } from '../../model/json.js';
import { anniversaries } from './anniversaries.js';
import { partialDate } from './dates.js';
import { splitEscaped } from './lines.js';
import { nicknames } from './names.js';
import type { Prop } from './prop.js';
import type { ReadState } from './read-state.js';
import { addRelation } from './relations.js';
import { plainText } from './values.js';

const ITEM = 'vnd.android.cursor.item/';
/** Values of ContactsContract's Event.TYPE and Relation.TYPE columns. */
const EVENTS: Readonly<Record<string, string>> = { '1': 'wedding', '2': 'other', '3': 'birth' };
const RELATIONS: Readonly<Record<string, readonly [relation: string | undefined, label: string | undefined]>> = {
  '1': ['agent', undefined],
  '2': ['sibling', 'Brother'],
  '3': ['child', undefined],
  '4': [undefined, 'Domestic partner'],
  '5': ['parent', 'Father'],
  '6': ['friend', undefined],
  '7': [undefined, 'Manager'],
  '8': ['parent', 'Mother'],
  '9': ['parent', undefined],
  '10': ['spouse', 'Partner'],
  '11': [undefined, 'Referred by'],
  '12': ['kin', undefined],
  '13': ['sibling', 'Sister'],
  '14': ['spouse', undefined],
};

export function readAndroidCustom(prop: Prop, state: ReadState): boolean {
  // The whole value may have been quoted-printable: then its separators came out escaped.
  const whole = /^[^;]*\\;/.test(prop.value) ? plainText(prop.value) : prop.value;
  const [type = '', value = '', kind = '', label = ''] = splitEscaped(whole, ';').map(plainText);
  if (value === '') return type.startsWith(ITEM);
  if (type === `${ITEM}nickname`) {
    state.add(nicknames, { name: value }, prop);
    return true;
  }
  if (type === `${ITEM}relation`) return readRelation(value, kind, label, state);
  return type === `${ITEM}contact_event` && readEvent(value, kind, label, prop, state);
}

function readRelation(name: string, type: string, label: string, state: ReadState): boolean {
  const [relation, title] = RELATIONS[type] ?? [undefined, label || undefined];
  addRelation(state, name, {
    ...(relation === undefined ? {} : { relation: { [relation]: true } }),
    ...(title === undefined ? {} : { label: title }),
  });
  return true;
}

function readEvent(day: string, type: string, label: string, prop: Prop, state: ReadState): boolean {
  const date: JsonObject | undefined = partialDate(day);
  if (date === undefined) return false;
  const kind = EVENTS[type] ?? 'other';
  state.add(anniversaries, { kind, date, ...(kind === 'other' && label !== '' ? { label } : {}) }, prop);
  return true;
}
