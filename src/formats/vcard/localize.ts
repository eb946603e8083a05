/**
 * Translations: properties that share an ALTID and differ in LANGUAGE are one object and patches of it in
 * `localizations`; a PHONETIC sibling is the pronunciation of its components (RFC 9555, sections 2.3.1, 2.3.11, 2.3.15).
 */
import { equalJson, isObject, own, put, textOf } from '../../model/json.js';
import type { JsonObject } from '../../model/json.js';
import { escapePointer } from '../../model/patch.js';
import { ADDRESS_KINDS } from './address-write.js';
import { readSlots } from './components.js';
import { finishName, NAME_KINDS } from './names.js';
import { Prop } from './prop.js';
import { ReadState } from './read-state.js';
import { readProperty } from './table.js';
import type { VCardProperty } from './types.js';

/** Properties that stand for one object without an ALTID. */
const SINGLE: ReadonlySet<string> = new Set(['FN', 'N', 'GRAMGENDER']);

interface Variant {
  property: VCardProperty;
  base: VCardProperty;
  /** Undefined for a pronunciation in the card's own language. */
  language: string | undefined;
}

export interface Plan {
  variants: ReadonlyMap<VCardProperty, Variant>;
  /** Properties whose LANGUAGE and ALTID have done their work. */
  bases: ReadonlySet<VCardProperty>;
  /** The card's language, when no LANGUAGE property tells. */
  language: string | undefined;
}

function paramOf(property: VCardProperty, name: string): string | undefined {
  for (const param of property.params) if (param.name === name) return param.values.join(',') || undefined;
  return undefined;
}

/** Which properties are translations of which; undefined when there are none. */
export function planAlternatives(properties: readonly VCardProperty[]): Plan | undefined {
  let language: string | undefined;
  const groups = new Map<string, VCardProperty[]>();
  for (const property of properties) {
    if (property.name === 'LANGUAGE' && language === undefined) language = property.value.trim() || undefined;
    if (property.params.length === 0 && !SINGLE.has(property.name)) continue;
    const altId = paramOf(property, 'ALTID');
    if (altId === undefined && !SINGLE.has(property.name)) continue;
    const key = SINGLE.has(property.name) ? property.name : `${property.name}\n${altId}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [property]);
    else group.push(property);
  }
  const variants = new Map<VCardProperty, Variant>();
  const bases = new Set<VCardProperty>();
  let found: string | undefined;
  for (const group of groups.values()) {
    if (group.length > 1) found = planGroup(group, language ?? found, variants, bases) ?? found;
  }
  return variants.size === 0 ? undefined : { variants, bases, language: language === undefined ? found : undefined };
}

/** The unmarked property is the base, else the one in the card's language, else the first. Returns the base's language. */
function planGroup(
  group: readonly VCardProperty[],
  language: string | undefined,
  variants: Map<VCardProperty, Variant>,
  bases: Set<VCardProperty>,
): string | undefined {
  const spoken = group.filter((property) => paramOf(property, 'PHONETIC') === undefined);
  const derived = (property: VCardProperty): boolean => paramOf(property, 'DERIVED')?.toLowerCase() === 'true';
  const base =
    spoken.find((property) => paramOf(property, 'LANGUAGE') === undefined && !derived(property)) ??
    spoken.find((property) => paramOf(property, 'LANGUAGE') === undefined) ??
    spoken.find((property) => same(paramOf(property, 'LANGUAGE'), language)) ??
    spoken[0];
  if (base === undefined) return undefined;
  const own = paramOf(base, 'LANGUAGE') ?? language;
  const taken = new Set<string>();
  for (const property of group) {
    const other = paramOf(property, 'LANGUAGE');
    const phonetic = paramOf(property, 'PHONETIC') !== undefined;
    const key = `${phonetic ? 'p' : ''} ${(same(other, own) ? '' : (other ?? '')).toLowerCase()}`;
    const plain = other === undefined || same(other, own);
    if (property === base || (plain && !phonetic) || taken.has(key)) continue;
    taken.add(key);
    variants.set(property, { property, base, language: plain ? undefined : other });
    bases.add(base);
  }
  return bases.has(base) ? paramOf(base, 'LANGUAGE') : undefined;
}

function same(a: string | undefined, b: string | undefined): boolean {
  return a !== undefined && a.toLowerCase() === b?.toLowerCase();
}

/** A property without the parameters that made it a translation. */
export function bare(property: VCardProperty, names: readonly string[]): VCardProperty {
  return { ...property, params: property.params.filter(({ name }) => !names.includes(name)) };
}

/** Patches of all translations; what cannot be one is kept as it is. Called when ids are known. */
export function readVariants(plan: Plan, state: ReadState): void {
  for (const variant of plan.variants.values()) {
    const done =
      paramOf(variant.property, 'PHONETIC') === undefined
        ? readTranslation(variant, state)
        : readPhonetic(variant, state);
    if (!done) state.leftover(new Prop(variant.property, state.version));
  }
}

function readTranslation(variant: Variant, state: ReadState): boolean {
  const { language } = variant;
  if (language === undefined) return false;
  const scratch = new ReadState(state.version);
  for (const [group, label] of state.labels) scratch.labels.set(group, { ...label });
  const prop = new Prop(bare(variant.property, ['ALTID', 'LANGUAGE', 'PROP-ID']), state.version);
  readProperty(prop, scratch);
  if (prop.name === 'FN' || prop.name === 'N') {
    finishName(scratch);
    return isObject(scratch.card.name) && patchName(state, language, scratch.card.name);
  }
  if (prop.name === 'GRAMGENDER') {
    const gender = isObject(scratch.card.speakToAs) ? scratch.card.speakToAs.grammaticalGender : undefined;
    return state.card.speakToAs !== undefined && setPatch(state, language, ['speakToAs', 'grammaticalGender'], gender);
  }
  return patchEntry(variant, language, scratch, prop, state);
}

function patchEntry(variant: Variant, language: string, scratch: ReadState, prop: Prop, state: ReadState): boolean {
  const base = state.sources?.get(variant.base);
  const made = base === undefined ? [] : scratch.list(base.row.map);
  const [entry] = made;
  if (base === undefined || entry === undefined || made.length !== 1) return false;
  if (prop.group !== undefined) {
    const label = state.labels.get(prop.group);
    if (label !== undefined) label.used = true;
  }
  const path = [...base.row.map.split('/'), base.id];
  return patchMembers(state, language, path, base.value, entry.value);
}

function patchName(state: ReadState, language: string, translated: JsonObject): boolean {
  const name: JsonObject = isObject(state.card.name) ? state.card.name : {};
  return state.card.name !== undefined && patchMembers(state, language, ['name'], name, translated);
}

/** Members that the translation has otherwise. When it has none, there is nothing to keep. */
function patchMembers(
  state: ReadState,
  language: string,
  path: readonly string[],
  base: JsonObject,
  made: JsonObject,
): boolean {
  for (const [key, value] of Object.entries(made)) {
    if (!equalJson(own(base, key), value) && !setPatch(state, language, [...path, key], value)) return false;
  }
  return true;
}

function setPatch(state: ReadState, language: string, path: readonly string[], value: unknown): boolean {
  if (value === undefined) return false;
  const all: JsonObject = isObject(state.card.localizations) ? state.card.localizations : {};
  const known = own(all, language);
  const patch: JsonObject = isObject(known) ? known : {};
  const pointer = path.map(escapePointer).join('/');
  if (own(patch, pointer) !== undefined) return false;
  put(patch, pointer, value);
  put(all, language, patch);
  state.card.localizations = all;
  return true;
}

interface Pronounced {
  holder: JsonObject;
  path: string[];
  places: readonly string[];
  kinds: readonly string[];
}

function pronounced(variant: Variant, state: ReadState): Pronounced | undefined {
  if (variant.property.name === 'N') {
    const holder = state.card.name;
    if (state.name?.source !== variant.base || !isObject(holder)) return undefined;
    return { holder, path: ['name'], places: state.name.slots, kinds: NAME_KINDS };
  }
  const entry = state.sources?.get(variant.base);
  if (entry?.row.map !== 'addresses') return undefined;
  return {
    holder: entry.value,
    path: ['addresses', entry.id],
    places: state.slots.get(entry.value) ?? [],
    kinds: ADDRESS_KINDS,
  };
}

/** Each component gets the pronunciation that stands in its place. */
function readPhonetic(variant: Variant, state: ReadState): boolean {
  const target = pronounced(variant, state);
  const components = target?.holder.components;
  if (target === undefined || !Array.isArray(components)) return false;
  const sounds = new Map(readSlots(variant.property.value, target.kinds, true).map((slot) => [slot.place, slot.value]));
  const found: [index: number, sound: string][] = [];
  for (const [i, place] of target.places.entries()) {
    const sound = place === '' ? undefined : sounds.get(place);
    if (sound !== undefined) found.push([i, sound]);
  }
  if (found.length === 0) return false;
  const system = paramOf(variant.property, 'PHONETIC')?.toLowerCase();
  const script = paramOf(variant.property, 'SCRIPT');
  const { language } = variant;
  if (language === undefined) return pronounce(target.holder, components, found, system, script);
  if (system !== undefined && system !== 'script')
    setPatch(state, language, [...target.path, 'phoneticSystem'], system);
  if (script !== undefined) setPatch(state, language, [...target.path, 'phoneticScript'], script);
  for (const [i, sound] of found)
    setPatch(state, language, [...target.path, 'components', String(i), 'phonetic'], sound);
  return true;
}

function pronounce(
  holder: JsonObject,
  components: readonly unknown[],
  found: readonly [number, string][],
  system: string | undefined,
  script: string | undefined,
): boolean {
  if (textOf(holder.phoneticSystem) !== '' || textOf(holder.phoneticScript) !== '') return false;
  if (system !== undefined && system !== 'script') holder.phoneticSystem = system;
  if (script !== undefined) holder.phoneticScript = script;
  for (const [i, sound] of found) {
    const component: unknown = components[i];
    if (isObject(component)) component.phonetic = sound;
  }
  return true;
}
