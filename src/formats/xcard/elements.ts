/** A vCard property as the elements of an xCard, and back. */
import type { VCardProp } from '../../model/card.js';
import { put } from '../../model/json.js';
import { defaultType, isStructured, propertyOfTyped, typedOf } from '../vcard/typed.js';
import type { VCardProperty } from '../vcard/types.js';
import { componentsOf, isElementName, paramType } from './names.js';

/** An element that holds text only. */
export interface TextElement {
  name: string;
  text: string;
}

export interface XmlProperty {
  group?: string;
  name: string;
  params: { name: string; values: TextElement[] }[];
  values: TextElement[];
}

const DATES: ReadonlySet<string> = new Set(['date', 'date-time', 'time', 'date-and-or-time']);
const DATE_DEFAULT = 'date-and-or-time';

/** The elements of a property; undefined when XML has no way to say it. */
export function xmlOf(property: VCardProperty): XmlProperty | undefined {
  const [name, params, type, ...values] = typedOf(property);
  const elements = valueElements(name, type, values);
  if (!isElementName(name) || elements === undefined) return undefined;
  const xml: XmlProperty = { name, params: [], values: elements };
  for (const [key, given] of Object.entries(params)) {
    const texts = typeof given === 'string' ? [given] : given;
    if (key === 'group') xml.group = texts[0] ?? '';
    else if (!isElementName(key)) return undefined;
    else xml.params.push({ name: key, values: texts.map((text) => paramElement(key, text)) });
  }
  return xml;
}

function paramElement(name: string, text: string): TextElement {
  const value = clean(text);
  return { name: paramType(name, value), text: value };
}

function valueElements(name: string, type: string, values: readonly unknown[]): TextElement[] | undefined {
  const components = type === 'text' ? componentsOf(name) : undefined;
  const first = values[0];
  if (components !== undefined) return componentElements(components, Array.isArray(first) ? first : [first]);
  const parts: unknown[] = isStructured(name) && Array.isArray(first) ? first : [...values];
  const element = type === DATE_DEFAULT ? dateElement(textOf(first)) : type;
  if (!isElementName(element)) return undefined;
  return parts.map((part) => ({ name: element, text: clean(element === 'time' ? clock(textOf(part)) : textOf(part)) }));
}

function componentElements(
  { names, always }: { names: readonly string[]; always: number },
  parts: readonly unknown[],
): TextElement[] | undefined {
  if (parts.length > names.length) return undefined;
  const elements: TextElement[] = [];
  for (const [i, part] of parts.entries()) {
    const items: unknown[] = Array.isArray(part) ? part : [part];
    const name = names[i] ?? '';
    if (i >= always && items.length === 1 && items[0] === '') continue;
    for (const item of items) elements.push({ name, text: clean(textOf(item)) });
  }
  return elements;
}

/** The element of a value of type date-and-or-time, which has none of its own in the schema. */
function dateElement(text: string): string {
  return text.startsWith('T') ? 'time' : text.includes('T') ? 'date-time' : 'date';
}

function clock(text: string): string {
  return text.startsWith('T') ? text.slice(1) : text;
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}

/** What no XML 1.0 document may hold, escaped or not. */
const ILLEGAL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;

function clean(text: string): string {
  return text.replace(ILLEGAL, '').replace(/\r\n?/g, '\n');
}

/** The property of an element's parameters and values; undefined when a vCard has no such property. */
export function propertyOfXml(xml: XmlProperty): VCardProperty | undefined {
  const params: VCardProp[1] = {};
  if (xml.group !== undefined) put(params, 'group', xml.group);
  for (const { name, values } of xml.params) {
    const texts = values.map(({ text }) => text);
    put(params, name.toLowerCase(), texts.length === 1 ? (texts[0] ?? '') : texts);
  }
  return propertyOfTyped([xml.name, params, ...typedValues(xml.name.toLowerCase(), xml.values)]);
}

/** Type and values, as in a jCard property. */
function typedValues(name: string, elements: readonly TextElement[]): [string, ...unknown[]] {
  const components = componentsOf(name);
  if (components !== undefined && elements.some((element) => components.names.includes(element.name))) {
    return ['text', cellsOf(components, elements)];
  }
  const [first] = elements;
  const standard = defaultType(name);
  if (first === undefined) return [standard, ''];
  const texts = elements.filter((element) => element.name === first.name).map(({ text }) => text);
  if (standard === DATE_DEFAULT && DATES.has(first.name))
    return [standard, first.name === 'time' ? `T${first.text}` : first.text];
  if (isStructured(name)) return [first.name, texts.length === 1 ? texts[0] : texts];
  return [first.name, ...texts];
}

function cellsOf(
  { names, always }: { names: readonly string[]; always: number },
  elements: readonly TextElement[],
): unknown[] | string {
  const cells: string[][] = [];
  for (const { name, text } of elements) {
    const at = names.indexOf(name);
    if (at < 0) continue;
    while (cells.length <= at) cells.push([]);
    cells[at]?.push(text);
  }
  if (always > 2) while (cells.length < always) cells.push([]);
  const values = cells.map((cell) => (cell.length > 1 ? cell : (cell[0] ?? '')));
  return values.length === 1 ? String(values[0]) : values;
}
