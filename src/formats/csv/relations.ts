/** Labels of related people and of days, as Google and address books name them. */
import type { Anniversary, Relation } from '../../model/card.js';
import { isObject, textOf } from '../../model/json.js';
import { clean } from './cells.js';

/** RFC 6350, section 6.6.6; the words that address books have for some of them. */
const TYPES: ReadonlySet<string> = new Set(
  (
    'spouse child parent sibling friend kin co-worker colleague contact acquaintance met co-resident neighbor muse crush ' +
    'date sweetheart me emergency'
  ).split(' '),
);
const SAME: Readonly<Record<string, string>> = { assistant: 'agent' };
/** Labels that say more: the relation is added, the label stays. */
const MEANINGS: Readonly<Record<string, string>> = {
  mother: 'parent',
  father: 'parent',
  son: 'child',
  daughter: 'child',
  brother: 'sibling',
  sister: 'sibling',
  husband: 'spouse',
  wife: 'spouse',
  partner: 'spouse',
};

const inTable = (table: Readonly<Record<string, string>>, word: string): string | undefined =>
  Object.hasOwn(table, word) ? table[word] : undefined;

/** `Spouse` is a relation, `Mother` a relation and a label, `Manager` a label. */
export function relationOf(label: string): Relation {
  const word = label.toLowerCase();
  const same = inTable(SAME, word) ?? (TYPES.has(word) ? word : undefined);
  if (same !== undefined) return { relation: { [same]: true } };
  const meaning = inTable(MEANINGS, word);
  if (meaning !== undefined) return { relation: { [meaning]: true }, label };
  return label === '' ? {} : { label };
}

/** The opposite of {@link relationOf}, as far as one word goes. */
export function relationLabel(relation: Relation): string {
  const label = clean(textOf(relation['label']));
  const types = isObject(relation.relation) ? Object.keys(relation.relation) : [];
  const type = types.includes('agent') ? 'assistant' : types.find((name) => TYPES.has(name));
  const text = label !== '' ? label : (type ?? '');
  return TYPES.has(text.toLowerCase()) || text.toLowerCase() === 'assistant' ? capital(text.toLowerCase()) : text;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

const DAYS: readonly (readonly [label: string, kind: string])[] = [
  ['Anniversary', 'wedding'],
  ['Death', 'death'],
];

/** Kind and label of a day. */
export function dayOf(label: string): Pick<Anniversary, 'kind' | 'label'> {
  const kind = DAYS.find(([name]) => name.toLowerCase() === label.toLowerCase())?.[1];
  if (kind !== undefined) return { kind };
  return { kind: 'other', ...(label === '' || label.toLowerCase() === 'other' ? {} : { label }) };
}

/** The opposite of {@link dayOf}; undefined for days that have no name there. */
export function dayLabel(day: Anniversary): string | undefined {
  const known = DAYS.find(([, kind]) => kind === day.kind)?.[0];
  if (known !== undefined) return known;
  if (day.kind !== 'other') return undefined;
  const text = clean(textOf(day.label));
  const { kind, label = 'Other' } = dayOf(text);
  return DAYS.find(([, known]) => known === kind)?.[0] ?? label;
}
