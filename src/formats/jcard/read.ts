/** jCard values to cards, wherever they stand: alone, in arrays, in RDAP answers. */
import { Buffer } from 'node:buffer';
import type { VCardProp } from '../../model/card.js';
import { equalJson, isObject, own } from '../../model/json.js';
import { printable } from '../../model/text.js';
import { leftoverOf } from '../vcard/leftovers.js';
import { MAX_PROPERTIES } from '../vcard/limits.js';
import { cardFromVCard } from '../vcard/map.js';
import { defaultType, propertyOfTyped } from '../vcard/typed.js';
import type { RawCard } from '../vcard/types.js';
import type { FormatItem } from '../types.js';
import { basic } from './dates.js';

const MAX_WARNINGS = 20;

/** True for `["vcard", ...]`. */
export function isJCard(value: unknown): value is unknown[] {
  return Array.isArray(value) && typeof value[0] === 'string' && value[0].toLowerCase() === 'vcard';
}

/** The jCards in a JSON value: itself, the elements of an array, each `vcardArray` of an RDAP answer (RFC 9083). */
export function jCardsIn(value: unknown): unknown[][] {
  const found: unknown[][] = [];
  collect(value, found);
  return found;
}

function collect(value: unknown, found: unknown[][]): void {
  if (isJCard(value)) {
    found.push(value);
  } else if (Array.isArray(value)) {
    for (const item of value as unknown[]) collect(item, found);
  } else if (isObject(value)) {
    const array = own(value, 'vcardArray');
    if (array !== undefined) collect(array, found);
    for (const [key, member] of Object.entries(value)) {
      if (key !== 'vcardArray' && typeof member === 'object' && member !== null) collect(member, found);
    }
  }
}

/** One jCard as a record of the file. */
export function itemOf(jCard: readonly unknown[], line: number): FormatItem {
  const elements = jCard[1];
  if (!Array.isArray(elements))
    return broken('a jCard must have an array of properties in the second place', jCard, line);
  if (elements.length > MAX_PROPERTIES)
    return broken('the card has more than 200,000 properties (the limit)', jCard, line);
  const raw: RawCard = { version: '4.0', properties: [], line, warnings: [] };
  const kept: VCardProp[] = [];
  let wrong = 0;
  for (const [i, element] of (elements as unknown[]).entries()) {
    if (isVersion(element)) continue;
    const property = propertyOfTyped(isProperty(element) ? basic(element) : element);
    if (property === undefined) {
      wrong += 1;
      if (wrong <= MAX_WARNINGS)
        raw.warnings.push(`property ${i + 1} is no jCard property and was left out${named(element)}`);
    } else if (
      isProperty(element) &&
      defaultType(element[0].toLowerCase()) === 'unknown' &&
      !sameLeftover(element, property)
    ) {
      kept.push(element);
    } else {
      raw.properties.push({ ...property, line });
    }
  }
  if (wrong > MAX_WARNINGS) raw.warnings.push(`and ${wrong - MAX_WARNINGS} more properties`);
  if (raw.properties.length + kept.length === 0) {
    return broken(`the jCard holds no property${wrong > 0 ? ` (${raw.warnings[0] ?? ''})` : ''}`, jCard, line);
  }
  const { card, warnings, uidMissing } = cardFromVCard(raw);
  if (kept.length > 0) card.vCardProps = [...(card.vCardProps ?? []), ...kept];
  return { card, line, warnings, ...(uidMissing ? { uidDerived: true as const } : {}) };
}

function isProperty(element: unknown): element is VCardProp {
  return (
    Array.isArray(element) &&
    element.length > 3 &&
    typeof element[0] === 'string' &&
    isObject(element[1]) &&
    typeof element[2] === 'string'
  );
}

function isVersion(element: unknown): boolean {
  return Array.isArray(element) && typeof element[0] === 'string' && element[0].toLowerCase() === 'version';
}

/** Lists and structures of an extension cannot stand in a vCard of unknown type: they are kept as they are. */
function sameLeftover(element: VCardProp, property: Parameters<typeof leftoverOf>[0]): boolean {
  const simple = element.length === 4 && !(Array.isArray(element[3]) || isObject(element[3]));
  return simple || equalJson(leftoverOf(property), element);
}

function named(element: unknown): string {
  const name: unknown = Array.isArray(element) ? element[0] : undefined;
  return typeof name === 'string' ? `: "${printable(name.slice(0, 40))}"` : '';
}

function broken(error: string, jCard: readonly unknown[], line: number): FormatItem {
  return { error, line, raw: Buffer.from(JSON.stringify(jCard), 'utf8') };
}
