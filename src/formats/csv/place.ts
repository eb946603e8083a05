/** Entries of a card into the fixed places of a table, where least is lost. */
import type { Ranked } from '../../model/card.js';
import { isObject, textOf } from '../../model/json.js';

/** One place for one entry. What it does not say, its entry does not say either when it is read. */
export interface Slot {
  path: string;
  contexts?: readonly string[];
  /** Phone features without `voice`, which is what a phone has anyway. */
  features?: readonly string[];
  label?: string;
  service?: string;
  /** Takes entries without contexts too, when no better place is free: they come back with its contexts. */
  takesPlain?: boolean;
  /** Only read. */
  readOnly?: boolean;
}

/** Features whose loss changes what a number is good for; the others (text, video, ...) weigh less. */
const HEAVY: ReadonlySet<string> = new Set(['fax', 'mobile', 'pager', 'main-number', 'textphone']);
const COST = { feature: 3, minorFeature: 1, context: 2, label: 4 };

interface Shape {
  contexts: ReadonlySet<string>;
  features: ReadonlySet<string>;
  label: string;
  service: string;
}

function trueKeys(value: unknown): Set<string> {
  return new Set(isObject(value) ? Object.keys(value).filter((key) => value[key] === true) : []);
}

function shapeOf(entry: Ranked): Shape {
  const features = trueKeys(entry['features']);
  features.delete('voice');
  return {
    contexts: trueKeys(entry.contexts),
    features,
    label: textOf(entry.label).trim().toLowerCase(),
    service: textOf(entry['service']).trim().toLowerCase(),
  };
}

/** What the entry loses and gains there: 0 is a perfect fit, undefined "must not go there". */
function costOf(slot: Slot, shape: Shape): number | undefined {
  const contexts = slot.contexts ?? [];
  const features = slot.features ?? [];
  const label = slot.label?.toLowerCase() ?? '';
  if (label !== '' && label !== shape.label) return undefined;
  if (slot.service !== undefined && slot.service.toLowerCase() !== shape.service) return undefined;
  if (features.some((feature) => !shape.features.has(feature))) return undefined;
  const gained = contexts.filter((context) => !shape.contexts.has(context)).length;
  if (gained > 0 && !(slot.takesPlain === true && shape.contexts.size === 0)) return undefined;
  const lost = [...shape.features].filter((feature) => !features.includes(feature));
  // A context made up for a fax that loses its being one would make a wrong entry of it.
  if (gained > 0 && lost.some((feature) => HEAVY.has(feature))) return undefined;
  let cost = gained * COST.context;
  for (const context of shape.contexts) if (!contexts.includes(context)) cost += COST.context;
  for (const feature of lost) cost += HEAVY.has(feature) ? COST.feature : COST.minorFeature;
  if (shape.label !== label) cost += COST.label;
  if (slot.service === undefined && shape.service !== '') cost += COST.label;
  return cost;
}

/**
 * Puts entries, best first, into slots: first those that fit perfectly, then the others where least is lost. What finds
 * no place is left out. What was placed once is placed the same way again.
 *
 * @param inOrder the order of the slots is the preference: entries come best first, however well they fit
 */
export function place<T extends Ranked>(entries: readonly T[], slots: readonly Slot[], inOrder = false): Map<Slot, T> {
  const placed = new Map<Slot, T>();
  const open = slots.filter((slot) => slot.readOnly !== true);
  let rest = entries.map((entry) => ({ entry, shape: shapeOf(entry) }));
  for (const perfect of inOrder ? [false] : [true, false]) {
    rest = rest.filter(({ entry, shape }) => {
      if (placed.size === open.length) return false;
      const slot = cheapest(open, placed, shape, perfect);
      if (slot !== undefined) placed.set(slot, entry);
      return slot === undefined;
    });
  }
  return placed;
}

function cheapest(
  slots: readonly Slot[],
  taken: ReadonlyMap<Slot, unknown>,
  shape: Shape,
  perfect: boolean,
): Slot | undefined {
  let best: Slot | undefined;
  let bestCost = perfect ? 1 : Infinity;
  for (const slot of slots) {
    const cost = taken.has(slot) ? undefined : costOf(slot, shape);
    if (cost !== undefined && cost < bestCost) [best, bestCost] = [slot, cost];
  }
  return best;
}

/** What the slot itself says of its entry. */
export function dressed<T extends object>(entry: T, slot: Slot): T {
  const set = (names: readonly string[]): Record<string, true> =>
    Object.fromEntries(names.map((name) => [name, true as const]));
  return {
    ...entry,
    ...(slot.contexts === undefined ? {} : { contexts: set(slot.contexts) }),
    ...(slot.features === undefined ? {} : { features: set(slot.features) }),
    ...(slot.label === undefined ? {} : { label: slot.label }),
    ...(slot.service === undefined ? {} : { service: slot.service }),
  };
}
