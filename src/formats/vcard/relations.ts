/** RELATED, MEMBER, KIND and what Apple, Evolution, KDE and Outlook write instead (RFC 9555, section 2.9). */
import { entriesOf, isObject, own, put, textOf } from '../../model/json.js';
import type { JsonObject } from '../../model/json.js';
import type { Card } from '../../model/card.js';
import { wrappedLabel } from './labels.js';
import type { Prop } from './prop.js';
import type { ReadState } from './read-state.js';
import type { VCardParam } from './types.js';
import type { WriteState } from './write-state.js';
import { isUri, param, plainUri, textValue, uriValue } from './values.js';

/** RFC 6350, section 6.6.6. */
const RELATIONS: ReadonlySet<string> = new Set(
  (
    'contact acquaintance friend met co-worker colleague co-resident neighbor child parent sibling spouse kin muse crush ' +
    'date sweetheart me agent emergency'
  ).split(' '),
);
const RELATION_TYPES: Readonly<Record<string, string>> = Object.fromEntries([...RELATIONS].map((name) => [name, name]));
/** Labels (lower case) that say no more than a registered relation does: its name, and Apple's word for an agent. */
const LABEL_RELATIONS: ReadonlyMap<string, string> = new Map([
  ...[...RELATIONS].filter((name) => name !== 'agent').map((name) => [name, name] as const),
  ['assistant', 'agent'],
]);
/** Labels that say more: the relation is added, the label stays. */
const LABEL_MEANINGS: Readonly<Record<string, string>> = {
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
/** Properties that are one relation: registered name, or a label for what has none. */
const PROPERTIES: Readonly<Record<string, { relation?: string; label?: string }>> = {
  'X-SPOUSE': { relation: 'spouse' },
  'X-EVOLUTION-SPOUSE': { relation: 'spouse' },
  'X-KADDRESSBOOK-X-SPOUSESNAME': { relation: 'spouse' },
  'X-MS-SPOUSE': { relation: 'spouse' },
  'X-MS-CHILD': { relation: 'child' },
  'X-ASSISTANT': { relation: 'agent' },
  'X-EVOLUTION-ASSISTANT': { relation: 'agent' },
  'X-KADDRESSBOOK-X-ASSISTANTSNAME': { relation: 'agent' },
  'X-MS-ASSISTANT': { relation: 'agent' },
  'X-MANAGER': { label: 'Manager' },
  'X-EVOLUTION-MANAGER': { label: 'Manager' },
  'X-KADDRESSBOOK-X-MANAGERSNAME': { label: 'Manager' },
  'X-MS-MANAGER': { label: 'Manager' },
  'X-MANAGERSNAME': { label: 'Manager' },
  'X-ASSISTANTSNAME': { relation: 'agent' },
  'X-SPOUSESNAME': { relation: 'spouse' },
};
export const RELATION_NAMES: readonly string[] = ['RELATED', 'X-ABRELATEDNAMES', ...Object.keys(PROPERTIES)];

export function readRelated(prop: Prop, state: ReadState): boolean {
  const key = prop.name === 'RELATED' && prop.valueType() !== 'text' ? plainUri(prop.value) : prop.text().trim();
  if (key === '') return true;
  const relation: JsonObject = {};
  if (prop.name !== 'RELATED') prop.takeType('pref');
  // Outlook says `;N` where the value is a name.
  if (prop.name.startsWith('X-MS-')) prop.takeType('n');
  const fixed = PROPERTIES[prop.name];
  const types = fixed?.relation === undefined ? relationTypes(prop) : [fixed.relation];
  const label = fixed?.label ?? labelOf(prop, state, types);
  if (types.length > 0) relation.relation = Object.fromEntries(types.map((type) => [type, true]));
  if (label !== undefined) relation.label = label;
  state.keepParams(relation, prop);
  addRelation(state, key, relation);
  return true;
}

function relationTypes(prop: Prop): string[] {
  return prop.takeTypes(RELATION_TYPES);
}

/** The label of the group, unless a relation says it all. */
function labelOf(prop: Prop, state: ReadState, types: string[]): string | undefined {
  const label = state.takeLabel(prop);
  if (label === undefined || prop.name !== 'X-ABRELATEDNAMES') return label;
  const same = LABEL_RELATIONS.get(label.toLowerCase());
  const meaning = same ?? own(LABEL_MEANINGS, label.toLowerCase());
  if (typeof meaning === 'string' && !types.includes(meaning)) types.push(meaning);
  return same === undefined ? label : undefined;
}

/** The same person twice: the relations add up. */
export function addRelation(state: ReadState, key: string, relation: JsonObject): void {
  const all: JsonObject = isObject(state.card.relatedTo) ? state.card.relatedTo : {};
  const known = own(all, key);
  if (isObject(known)) {
    const both = {
      ...(isObject(known.relation) ? known.relation : {}),
      ...(isObject(relation.relation) ? relation.relation : {}),
    };
    put(all, key, { ...relation, ...known, ...(Object.keys(both).length > 0 ? { relation: both } : {}) });
  } else {
    put(all, key, relation);
  }
  state.card.relatedTo = all;
}

export function writeRelated(card: Card, state: WriteState): void {
  for (const [key, relation] of entriesOf(card.relatedTo)) {
    if (key === '' || !isObject(relation)) continue;
    const types = Object.keys(isObject(relation.relation) ? relation.relation : {}).filter((type) =>
      RELATIONS.has(type),
    );
    if (!state.v4 && writeRelatedName(key, relation, types, state)) continue;
    if (!state.carry) continue;
    const own = state.paramsOf(relation);
    const all = [...types, ...own.flatMap(({ name, values }) => (name === 'TYPE' ? values : []))];
    const params: VCardParam[] = all.length > 0 ? [param('TYPE', ...all)] : [];
    const text = !isUri(key) || uriValue(key) !== key || key !== plainUri(key);
    if (text) params.push(param('VALUE', 'text'));
    const value = text ? textValue(key) : key;
    params.push(...own.filter(({ name }) => name !== 'TYPE'));
    state.putLabelled({ name: 'RELATED', value, params }, textOf(relation.label));
  }
}

/** In 3.0 a person known by name only is an X-ABRELATEDNAMES with a label. */
function writeRelatedName(key: string, relation: JsonObject, types: readonly string[], state: WriteState): boolean {
  if (isUri(key) || types.length > 1) return false;
  const label = textOf(relation.label) || labelFor(types[0]);
  state.putLabelled(
    { name: 'X-ABRELATEDNAMES', value: textValue(key), params: state.paramsOf(relation) },
    wrappedLabel(label),
  );
  return true;
}

/** The relation as a label: `Spouse`, `Assistant`, `Co-worker`. */
function labelFor(relation: string | undefined): string {
  const label = relation === 'agent' ? 'assistant' : (relation ?? '');
  return label.charAt(0).toUpperCase() + label.slice(1);
}

const KIND = /^[a-z0-9.:_-]{1,100}$/i;

export function readKind(prop: Prop, state: ReadState): boolean {
  const kind = prop.text().trim().toLowerCase();
  if (!KIND.test(kind)) return kind === '';
  state.card.kind ??= kind;
  return true;
}

export function readMember(prop: Prop, state: ReadState): boolean {
  const member = prop.valueType() === 'text' ? prop.text() : plainUri(prop.value);
  if (member === '') return true;
  const members: JsonObject = isObject(state.card.members) ? state.card.members : {};
  put(members, appleMember(prop.name, member), true);
  state.card.members = members;
  return true;
}

/** Apple puts `urn:uuid:` before every uid; before one that is no UUID it does not belong to the uid. */
function appleMember(name: string, member: string): string {
  if (name === 'MEMBER' || !/^urn:uuid:/i.test(member)) return member;
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(member.slice(9)) ? member : member.slice(9);
}

/** A card with members is a group (RFC 9553, section 2.1.6). */
export function finishMembers(state: ReadState): void {
  if (state.card.members !== undefined) state.card.kind ??= 'group';
}

export function writeKind(card: Card, state: WriteState): void {
  const kind = textOf(card.kind);
  if (kind === '' || !KIND.test(kind)) return;
  if (state.v4) {
    state.put('KIND', kind);
  } else if (kind === 'group') {
    state.put('X-ADDRESSBOOKSERVER-KIND', 'group');
  } else if (kind === 'org' && card.name?.components === undefined && entriesOf(card.organizations).length > 0) {
    state.put('X-ABShowAs', 'COMPANY');
  } else if (state.carry) {
    state.put('KIND', kind);
  }
}

export function writeMembers(card: Card, state: WriteState): void {
  for (const [member, set] of entriesOf(card.members)) {
    if (set !== true || member === '') continue;
    if (state.v4) {
      const text = !isUri(member) || uriValue(member) !== member || member !== plainUri(member);
      state.put('MEMBER', text ? textValue(member) : member, text ? [param('VALUE', 'text')] : []);
    } else {
      state.put('X-ADDRESSBOOKSERVER-MEMBER', isUri(member) ? uriValue(member) : uriValue(`urn:uuid:${member}`));
    }
  }
}
