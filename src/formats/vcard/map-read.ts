/** vCard to JSContact: properties into a Card, rows of the table first, then what needs to see all of them. */
import { isObject, put } from '../../model/json.js';
import type { Card } from '../../model/card.js';
import { deriveUid } from '../../model/normalize.js';
import { finishAddresses } from './addresses.js';
import { finishPlaces } from './anniversaries.js';
import { applyJsProps } from './jsprop.js';
import { bare, planAlternatives, readVariants } from './localize.js';
import type { Plan } from './localize.js';
import { finishName } from './names.js';
import { finishTitles } from './organizations.js';
import { Prop } from './prop.js';
import { ReadState } from './read-state.js';
import { finishMembers } from './relations.js';
import { readProperty } from './table.js';
import type { RawCard, VCardProperty, VCardVersion } from './types.js';

/** A card as it was read, before JSPROP. */
export interface ReadResult {
  state: ReadState;
  card: Card;
  uidMissing: boolean;
}

/** All properties of a card. The uid is empty when there is none. */
export function readProperties(version: VCardVersion, properties: readonly VCardProperty[]): ReadResult {
  const state = new ReadState(version);
  const plan = planAlternatives(properties);
  if (plan !== undefined) state.sources = new Map();
  const props = properties.map((property) => new Prop(withoutMarks(property, plan), version));
  for (const prop of props) if (prop.name === 'X-ABLABEL') state.addLabel(prop);
  for (const [i, prop] of props.entries()) {
    const original = properties[i];
    if (plan !== undefined && original !== undefined && plan.variants.has(original)) continue;
    readProperty(prop, state);
    if (plan !== undefined && original !== undefined) keepSource(state, prop, original);
  }
  if (plan?.language !== undefined) state.card.language = plan.language;
  finishName(state);
  finishAddresses(state);
  finishPlaces(state);
  dropOwnLanguage(state);
  state.buildMaps();
  finishTitles(state);
  finishMembers(state);
  if (plan !== undefined) readVariants(plan, state);
  finishGroups(state);
  if (state.vCardProps.length > 0) state.card.vCardProps = state.vCardProps;
  return toCard(state);
}

/** The base of a translation is known by its property as it was read. */
function keepSource(state: ReadState, prop: Prop, original: VCardProperty): void {
  const entry = state.sources?.get(prop.raw);
  if (entry !== undefined) state.sources?.set(original, entry);
  const { name } = state;
  if (name?.prop === prop) name.source = original;
}

function withoutMarks(property: VCardProperty, plan: Plan | undefined): VCardProperty {
  return plan?.bases.has(property) ? bare(property, ['ALTID', 'LANGUAGE']) : property;
}

function toCard(state: ReadState): ReadResult {
  const { uid } = state.card;
  const uidMissing = typeof uid !== 'string';
  const card: Card = { '@type': 'Card', version: '1.0', uid: typeof uid === 'string' ? uid : '', ...state.card };
  return { state, card, uidMissing };
}

/** LANGUAGE parameters that only repeat the language of the card. */
function dropOwnLanguage(state: ReadState): void {
  const { language } = state.card;
  if (typeof language !== 'string') return;
  const values = [...state.lists.values()].flatMap((list) => list.map((entry) => entry.value));
  if (isObject(state.card.name)) values.push(state.card.name);
  for (const value of values) {
    const params = value.vCardParams;
    if (
      !isObject(params) ||
      typeof params.language !== 'string' ||
      params.language.toLowerCase() !== language.toLowerCase()
    )
      continue;
    const rest = { ...params };
    delete rest.language;
    if (Object.keys(rest).length > 0) value.vCardParams = rest;
    else delete value.vCardParams;
  }
}

/** Labels nobody took are kept; so are groups that hold together what the Card keeps apart. */
function finishGroups(state: ReadState): void {
  for (const label of state.labels.values()) if (!label.used) state.leftover(label.prop);
  for (const group of state.groups.values()) {
    const own = new Set(group.entries.map((entry) => entry.prop));
    const apart = group.entries.filter(
      (entry) => !(entry.row.map === 'titles' && entry.value.organizationId !== undefined),
    );
    const firms = apart.filter((entry) => entry.row.map === 'organizations').length;
    const together = own.size > 1 && (apart.length > 1 || firms !== 1);
    if (group.leftovers === 0 && !together) continue;
    for (const entry of group.entries) {
      const params = isObject(entry.value.vCardParams) ? entry.value.vCardParams : {};
      put(params, 'group', group.name);
      entry.value.vCardParams = params;
    }
  }
}

/**
 * A card of `lines.ts` as JSContact Card (RFC 9555). What has no place in it is in `vCardProps` and `vCardParams`.
 * Without a UID the uid is derived from the content: the same at every run, and `uidMissing` is true.
 */
export function cardFromVCard(raw: RawCard): { card: Card; warnings: string[]; uidMissing: boolean } {
  const { state, card, uidMissing } = readProperties(raw.version, raw.properties);
  const warnings = [...raw.warnings, ...state.warnings];
  if (uidMissing) card.uid = deriveUid('vcard', contentOf(raw));
  if (state.jsProps.length === 0) return { card, warnings, uidMissing };
  const applied = applyJsProps(card, state.jsProps);
  if (applied.problem !== undefined)
    warnings.push(`card at line ${raw.line}: ${applied.problem}; all JSPROPs were left out`);
  return { card: applied.card, warnings, uidMissing };
}

/** What identifies a card without a UID: all it says, in its order, but not when it was written. */
function contentOf(raw: RawCard): string {
  const lines: unknown[] = [];
  for (const { name, params, value, binary } of raw.properties) {
    if (name === 'REV' || name === 'PRODID') continue;
    lines.push([
      name,
      params.map((param) => [param.name, param.values]),
      binary === undefined ? value : Buffer.from(binary).toString('base64'),
    ]);
  }
  return JSON.stringify(lines);
}
