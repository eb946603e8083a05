/** FN, N, NICKNAME, SORT-STRING and the Apple marker for company cards (RFC 9555, section 2.5). */
import { isObject, own, textOf } from '../../model/json.js';
import type { JsonObject } from '../../model/json.js';
import { displayName } from '../../model/view.js';
import type { Card } from '../../model/card.js';
import { cellsValue, inOrder, jscompsOf, layOut, readSlots } from './components.js';
import type { Slot } from './components.js';
import { splitEscaped } from './lines.js';
import type { Prop } from './prop.js';
import type { ReadState } from './read-state.js';
import { CONTEXTS } from './rows.js';
import type { MapRow } from './rows.js';
import type { VCardParam } from './types.js';
import type { WriteState } from './write-state.js';
import { param, plainText, textValue } from './values.js';

export const NAME_KINDS = ['surname', 'given', 'given2', 'title', 'credential', 'surname2', 'generation'] as const;
/** A second surname stands among the surnames too, a generation among the suffixes: for readers of five components. */
const DOUBLE: Readonly<Record<string, number>> = { surname2: 0, generation: 4 };

export const nicknames: MapRow = {
  map: 'nicknames',
  prefix: 'n',
  names: ['NICKNAME'],
  contexts: CONTEXTS,
  labelled: true,
  main: ['name'],
  read: (prop) =>
    splitEscaped(prop.value, ',')
      .map((name) => ({ name: plainText(name.trim()) }))
      .filter(({ name }) => name !== ''),
  write: (entry) =>
    textOf(entry.name) === '' ? undefined : { name: 'NICKNAME', value: textValue(textOf(entry.name)) },
};

/** N. A second one without a LANGUAGE or PHONETIC of its own is kept as it is. */
export function readN(prop: Prop, state: ReadState): boolean {
  const slots = readSlots(prop.value, NAME_KINDS, prop.version !== '2.1');
  if (slots.length === 0) return true;
  if (state.name !== undefined || prop.peek('PHONETIC') !== undefined) return false;
  const name: JsonObject = {};
  const once = withoutDoubles(slots);
  const jscomps = prop.peek('JSCOMPS');
  const ordered = jscomps === undefined ? undefined : inOrder(jscomps, slots, once.length);
  prop.take('JSCOMPS');
  name.components = ordered?.components ?? once.map(({ kind, value }) => ({ kind, value }));
  if (ordered !== undefined) name.isOrdered = true;
  if (ordered?.defaultSeparator !== undefined) name.defaultSeparator = ordered.defaultSeparator;
  const sortAs = readSortAs(prop, once);
  if (sortAs !== undefined) name.sortAs = sortAs;
  prop.take('PROP-ID');
  state.keepParams(name, prop);
  const places = ordered?.places ?? once.map((slot) => slot.place);
  state.name = { value: name, prop, slots: places };
  return true;
}

/** A surname equal to a second surname, and a suffix equal to a generation, are the same word for older readers. */
function withoutDoubles(slots: Slot[]): Slot[] {
  const doubles = slots.filter((slot) => slot.index >= 5);
  if (doubles.length === 0) return slots;
  const counts = new Map<string, number>();
  for (const { kind, value } of doubles) {
    const key = `${DOUBLE[kind]} ${value}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const kept: Slot[] = [];
  for (const slot of slots.toReversed()) {
    const key = `${slot.index} ${slot.value}`;
    const count = counts.get(key) ?? 0;
    if (count === 0) kept.push(slot);
    else counts.set(key, count - 1);
  }
  return kept.reverse();
}

/** SORT-AS by position; only for kinds that the name has (RFC 9553, section 2.2.1). */
function readSortAs(prop: Prop, slots: readonly Slot[]): Record<string, string> | undefined {
  const given = prop.peek('SORT-AS');
  if (given === undefined) return undefined;
  const sortAs: Record<string, string> = {};
  let any = false;
  for (const [i, text] of given.split(',').entries()) {
    const kind = NAME_KINDS[i];
    if (text === '') continue;
    if (kind === undefined || !slots.some((slot) => slot.index === i)) return undefined;
    sortAs[kind] = text;
    any = true;
  }
  if (!any) return undefined;
  prop.take('SORT-AS');
  return sortAs;
}

export function readFn(prop: Prop, state: ReadState): boolean {
  state.fullNames.push(prop);
  return true;
}

/** Chooses name.full among the FNs, then what the older extensions say of the name. */
export function finishName(state: ReadState): void {
  const name = state.name?.value ?? {};
  const derived: Prop[] = [];
  const given: Prop[] = [];
  for (const prop of state.fullNames) {
    if (prop.take('DERIVED')?.toLowerCase() === 'true') derived.push(prop);
    else if (prop.value !== '') given.push(prop);
  }
  const best = given.reduce<Prop | undefined>((a, b) => (a !== undefined && rank(a) <= rank(b) ? a : b), undefined);
  for (const prop of given) if (prop !== best && prop.value !== best?.value) state.leftover(prop);
  if (best !== undefined) {
    name.full = best.text();
    best.take('PREF');
    best.take('PROP-ID');
    state.keepParams(name, best);
    state.fullName = best;
  }
  finishExtensions(state, name);
  const made = derived.find((prop) => prop.value !== '')?.text();
  if (name.full === undefined && name.components === undefined && made !== undefined && !isNamed(state))
    name.full = made;
  if (name.full !== undefined || name.components !== undefined) state.card.name = name;
}

/** Of several full names the one with the fewest parameters counts (RFC 9555, section 2.5.2). */
function rank(prop: Prop): number {
  return prop.raw.params.length;
}

function isNamed(state: ReadState): boolean {
  return ['organizations', 'nicknames', 'emails', 'phones'].some((map) => state.list(map).length > 0);
}

function finishExtensions(state: ReadState, name: JsonObject): void {
  const components: unknown[] = Array.isArray(name.components) ? name.components : [];
  const hasSurname = components.some((part) => isObject(part) && part.kind === 'surname');
  for (const prop of state.later) {
    if (prop.name === 'X-ABSHOWAS') {
      if (!readShowAs(prop, state, name)) state.leftover(prop);
    } else if (prop.name === 'SORT-STRING' && !readSortString(prop, name, hasSurname)) {
      state.leftover(prop);
    }
  }
}

/** `X-ABShowAs:COMPANY` on a card without a person's name. */
function readShowAs(prop: Prop, state: ReadState, name: JsonObject): boolean {
  const organization = state.list('organizations')[0]?.value;
  if (prop.value.toUpperCase() !== 'COMPANY' || name.components !== undefined || organization === undefined)
    return false;
  if (state.card.kind !== undefined) return state.card.kind === 'org';
  state.card.kind = 'org';
  if (name.full === undefined && typeof organization.name === 'string') name.full = organization.name;
  return true;
}

/** SORT-STRING of 3.0 sorts by the surname. */
function readSortString(prop: Prop, name: JsonObject, hasSurname: boolean): boolean {
  if (name.sortAs !== undefined || !hasSurname) return false;
  name.sortAs = { surname: prop.text() };
  return true;
}

/** FN and N. 3.0 needs both; a full name that nobody wrote is marked as derived where the reader may see it. */
export function writeName(card: Card, state: WriteState): void {
  const name: JsonObject = isObject(card.name) ? card.name : {};
  const full = textOf(name.full);
  if (full !== '')
    state.put('FN', textValue(full), [...(hasComponents(name) ? [] : state.paramsOf(name)), ...state.nameAlt('full')]);
  else writeDerived(displayName(card), state);
  if (hasComponents(name) || !state.v4) {
    state.putWith(nProperty(name, state), state.nameAlt('components'));
  }
  const kind = state.v4 ? undefined : own(isObject(name.sortAs) ? name.sortAs : {}, 'surname');
  if (typeof kind === 'string' && kind !== '') state.put('SORT-STRING', textValue(kind));
}

function writeDerived(text: string, state: WriteState): void {
  state.put('FN', textValue(text), state.carry && text !== '' ? [param('DERIVED', 'TRUE')] : []);
}

function hasComponents(name: JsonObject): boolean {
  return Array.isArray(name.components) && name.components.length > 0;
}

/** The N property of a Name. In 3.0 five components; order and sort parameters only where they belong to the version. */
export function nProperty(name: JsonObject, state: WriteState): { name: string; value: string; params: VCardParam[] } {
  const layout = layOut(name, NAME_KINDS, DOUBLE);
  const params: VCardParam[] = [];
  const jscomps = state.v4 ? jscompsOf(name, layout) : undefined;
  if (jscomps !== undefined) params.push(param('JSCOMPS', jscomps));
  const sortAs = state.v4 ? sortAsValue(name) : undefined;
  if (sortAs !== undefined) params.push(param('SORT-AS', sortAs));
  if (hasComponents(name)) params.push(...state.paramsOf(name));
  return { name: 'N', value: cellsValue(state.v4 ? layout.cells : layout.cells.slice(0, 5)), params };
}

function sortAsValue(name: JsonObject): string | undefined {
  if (!isObject(name.sortAs)) return undefined;
  const map = name.sortAs;
  const texts = NAME_KINDS.map((kind) => textOf(own(map, kind)));
  return texts.join(',').replace(/,+$/, '') || undefined;
}
