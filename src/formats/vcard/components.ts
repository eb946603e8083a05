/** N and ADR values as components, their order (JSCOMPS, RFC 9555, section 3.3.1) and their pronunciation. */
import { isObject, own, textOf } from '../../model/json.js';
import type { JsonObject } from '../../model/json.js';
import { splitEscaped } from './lines.js';
import { cleanText, plainText, textValue } from './values.js';

/** One value of a structured property: component index and index in the component's list. */
export interface Slot {
  kind: string;
  value: string;
  /** `i` or, beyond the first value, `i,j`: as JSCOMPS names it. */
  place: string;
  index: number;
}

/** The non-empty values, left to right. `lists`: commas separate values (not in 2.1). */
export function readSlots(value: string, kinds: readonly string[], lists: boolean): Slot[] {
  const slots: Slot[] = [];
  const parts = splitEscaped(value, ';');
  for (let index = 0; index < kinds.length && index < parts.length; index++) {
    const part = parts[index] ?? '';
    if (part === '') continue;
    const values = lists && part.includes(',') ? splitEscaped(part, ',') : [part];
    for (let j = 0; j < values.length; j++) {
      const text = plainText((values[j] ?? '').trim());
      if (text !== '') slots.push({ kind: kinds[index] ?? '', value: text, place: place(index, j), index });
    }
  }
  return slots;
}

function place(index: number, j: number): string {
  return j === 0 ? String(index) : `${index},${j}`;
}

/** Components with an order of their own, as JSCOMPS tells; undefined when it does not fit the slots. */
export function inOrder(jscomps: string, all: readonly Slot[], count: number): OrderedComponents | undefined {
  const entries = splitEscaped(jscomps, ';');
  const byPlace = new Map(all.map((slot) => [slot.place, slot]));
  const result: OrderedComponents = { components: [], places: [] };
  const first = entries.shift() ?? '';
  if (first !== '') {
    if (!first.startsWith('s,')) return undefined;
    result.defaultSeparator = separatorText(first.slice(2));
  }
  let found = 0;
  for (const entry of entries) {
    if (entry.startsWith('s,')) {
      result.components.push({ kind: 'separator', value: separatorText(entry.slice(2)) });
      result.places.push('');
      continue;
    }
    const key = entry.replace(/,0$/, '');
    const slot = byPlace.get(key);
    if (slot === undefined) return undefined;
    byPlace.delete(key);
    result.components.push({ kind: slot.kind, value: slot.value });
    result.places.push(slot.place);
    found += 1;
  }
  return found > 0 && found === count ? result : undefined;
}

export interface OrderedComponents {
  components: { kind: string; value: string }[];
  /** Where each component stands; '' for separators. */
  places: string[];
  defaultSeparator?: string;
}

function separatorText(text: string): string {
  return text.replace(/\\([\\,;])/g, '$1');
}

function separatorValue(text: string): string {
  return cleanText(text).replace(/[\\,;]/g, '\\$&');
}

export interface Layout {
  /** Texts by component index. */
  cells: string[][];
  /** Place of each component of the list; '' for separators and kinds without a place. */
  places: string[];
  components: JsonObject[];
}

/**
 * Puts components into the cells of a structured value. `double`: kinds that also appear in an older component. There,
 * unless the components have an order of their own, a generation comes before the other suffixes, a second surname last.
 */
export function layOut(
  holder: JsonObject,
  kinds: readonly string[],
  double: Readonly<Record<string, number>> = {},
): Layout {
  const cells: string[][] = kinds.map(() => []);
  const places: string[] = [];
  const components: JsonObject[] = [];
  const list: unknown[] = Array.isArray(holder.components) ? holder.components : [];
  const ordered = holder.isOrdered === true;
  const doubled = (component: JsonObject): void => {
    const also = own(double, textOf(component.kind));
    if (typeof also === 'number' && textOf(component.value) !== '') cells[also]?.push(textOf(component.value));
  };
  for (const component of list) if (isObject(component)) components.push(component);
  if (!ordered) for (const component of components) if (component.kind === 'generation') doubled(component);
  for (const component of components) {
    const value = textOf(component.value);
    const index = value === '' ? -1 : kinds.indexOf(textOf(component.kind));
    const cell = cells[index];
    places.push(cell === undefined ? '' : place(index, cell.length));
    cell?.push(value);
    if (ordered) doubled(component);
  }
  if (!ordered) for (const component of components) if (component.kind === 'surname2') doubled(component);
  return { cells, places, components };
}

/** The structured value of the cells. */
export function cellsValue(cells: readonly (readonly string[])[]): string {
  return cells.map((cell) => cell.map(textValue).join(',')).join(';');
}

/** JSCOMPS of an ordered holder; undefined when it is not ordered or a component has no place. */
export function jscompsOf(holder: JsonObject, layout: Layout): string | undefined {
  if (holder.isOrdered !== true || layout.components.length === 0) return undefined;
  const entries = [typeof holder.defaultSeparator === 'string' ? `s,${separatorValue(holder.defaultSeparator)}` : ''];
  for (const [i, component] of layout.components.entries()) {
    const where = layout.places[i] ?? '';
    if (component.kind === 'separator') entries.push(`s,${separatorValue(textOf(component.value))}`);
    else if (where === '') return undefined;
    else entries.push(where);
  }
  return entries.join(';');
}

/** The same cells with the pronunciations instead of the values; undefined when there are none. */
export function phoneticCells(layout: Layout): string[][] | undefined {
  const cells: string[][] = layout.cells.map(() => []);
  let any = false;
  for (const [i, component] of layout.components.entries()) {
    const [index, j] = (layout.places[i] ?? '').split(',');
    const text = textOf(component.phonetic);
    if (index === undefined || index === '' || text === '') continue;
    const cell = cells[Number(index)];
    if (cell === undefined) continue;
    while (cell.length < Number(j ?? 0)) cell.push('');
    cell[Number(j ?? 0)] = text;
    any = true;
  }
  return any ? cells : undefined;
}
