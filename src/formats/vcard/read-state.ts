/** A Card in the making: entries before they have ids, groups, labels, and what found no place. */
import { isObject, put } from '../../model/json.js';
import type { JsonObject } from '../../model/json.js';
import type { VCardProp } from '../../model/card.js';
import { leftoverOf } from './leftovers.js';
import type { JsProp } from './jsprop.js';
import { builtInLabel } from './labels.js';
import type { Prop } from './prop.js';
import type { MapRow } from './rows.js';
import type { VCardProperty, VCardVersion } from './types.js';

const PROP_ID = /^[A-Za-z0-9_-]{1,255}$/;

export interface Entry {
  row: MapRow;
  value: JsonObject;
  /** Given by PROP-ID. */
  propId: string | undefined;
  prop: Prop;
  /** Set when the maps are built. */
  id: string;
}

interface GroupState {
  name: string;
  entries: Entry[];
  leftovers: number;
}

interface Label {
  text: string;
  prop: Prop;
  used: boolean;
}

export class ReadState {
  readonly card: JsonObject = {};
  readonly warnings: string[] = [];
  readonly lists = new Map<string, Entry[]>();
  readonly groups = new Map<string, GroupState>();
  readonly labels = new Map<string, Label>();
  /** Properties that wait for the others: LABEL, GEO, TZ, places, ... */
  readonly later: Prop[] = [];
  readonly fullNames: Prop[] = [];
  readonly jsProps: JsProp[] = [];
  readonly vCardProps: VCardProp[] = [];
  /** N, with the place of each component in it. */
  name: { value: JsonObject; prop: Prop; slots: readonly string[]; source?: VCardProperty } | undefined;
  /** The FN that became name.full. */
  fullName: Prop | undefined;
  /** Place of each component of an address, for PHONETIC. */
  readonly slots = new Map<JsonObject, readonly string[]>();
  /** Filled when translations need to find what a property became. */
  sources: Map<VCardProperty, Entry> | undefined;

  constructor(readonly version: VCardVersion) {}

  /** The label of the property's group, which is hereby used; undefined without one. */
  takeLabel(prop: Prop): string | undefined {
    const label = prop.group === undefined ? undefined : this.labels.get(prop.group);
    if (label === undefined) return undefined;
    label.used = true;
    return label.text || undefined;
  }

  /** An X-ABLabel, read before everything else. Google's own marker for voice numbers says nothing. */
  addLabel(prop: Prop): void {
    if (prop.group === undefined || this.labels.has(prop.group)) {
      this.leftover(prop);
      return;
    }
    const text = builtInLabel(prop.text());
    this.labels.set(prop.group, {
      text: text === 'GRAND_CENTRAL' ? '' : text,
      prop,
      used: text === '' || text === 'GRAND_CENTRAL',
    });
  }

  /** Adds the objects a property was made into, with the parts that all rows share. PROP-ID names the first. */
  add(row: MapRow, values: JsonObject | JsonObject[], prop: Prop): void {
    const [first, ...others] = Array.isArray(values) ? values : [values];
    if (first === undefined) return;
    const shared: JsonObject = {};
    if (row.contexts !== undefined) prop.rank(shared, row.contexts);
    // The label of an X-ABDATE says what day it is: its row has read it.
    const label =
      row.labelled && first.label === undefined && prop.name !== 'X-ABDATE' ? this.takeLabel(prop) : undefined;
    if (label !== undefined) shared.label = label;
    this.keepParams(shared, prop);
    const given = prop.take('PROP-ID');
    this.push(row, first, shared, prop, given !== undefined && PROP_ID.test(given) ? given : undefined);
    for (const other of others) this.push(row, other, { ...shared }, prop, undefined);
  }

  private push(row: MapRow, value: JsonObject, shared: JsonObject, prop: Prop, propId: string | undefined): void {
    for (const key in shared) value[key] = shared[key];
    const entry: Entry = { row, value, prop, propId, id: '' };
    const list = this.lists.get(row.map);
    if (list === undefined) this.lists.set(row.map, [entry]);
    else list.push(entry);
    this.inGroup(prop)?.entries.push(entry);
    if (this.sources !== undefined && !this.sources.has(prop.raw)) this.sources.set(prop.raw, entry);
  }

  keepParams(value: JsonObject, prop: Prop): void {
    const rest = prop.rest();
    if (rest === undefined) return;
    value.vCardParams = isObject(value.vCardParams) ? { ...value.vCardParams, ...rest } : rest;
  }

  inGroup(prop: Prop): GroupState | undefined {
    if (prop.group === undefined) return undefined;
    let group = this.groups.get(prop.group);
    if (group === undefined) {
      group = { name: prop.raw.group ?? prop.group, entries: [], leftovers: 0 };
      this.groups.set(prop.group, group);
    }
    return group;
  }

  list(map: string): Entry[] {
    return this.lists.get(map) ?? [];
  }

  /** Keeps the property as it is (RFC 9555, section 2.15.1). */
  leftover(prop: Prop): void {
    this.vCardProps.push(leftoverOf(prop.raw));
    const group = this.inGroup(prop);
    if (group !== undefined) group.leftovers += 1;
  }

  warn(message: string): void {
    if (this.warnings.length < 50) this.warnings.push(message);
  }

  /** Gives ids and fills the maps of the card: PROP-ID, else prefix and position (RFC 9555, section 2.1.2). */
  buildMaps(): void {
    for (const [map, list] of this.lists) {
      const taken = new Set<string>();
      for (const entry of list) {
        if (entry.propId === undefined) continue;
        if (taken.has(entry.propId)) entry.propId = undefined;
        else taken.add(entry.propId);
      }
      const target: JsonObject = {};
      let next = list.length + 1;
      list.forEach((entry, index) => {
        let id = entry.propId ?? `${entry.row.prefix}${index + 1}`;
        while (entry.propId === undefined && taken.has(id)) id = `${entry.row.prefix}${next++}`;
        taken.add(id);
        entry.id = id;
        put(target, id, entry.value);
      });
      if (list.length > 0) this.place(map, target);
    }
  }

  /** `speakToAs/pronouns` is the one map that is not a property of the card itself. */
  private place(map: string, target: JsonObject): void {
    const slash = map.indexOf('/');
    if (slash < 0) {
      this.card[map] = target;
      return;
    }
    const holder = this.card[map.slice(0, slash)];
    const above: JsonObject = isObject(holder) ? holder : {};
    above[map.slice(slash + 1)] = target;
    this.card[map.slice(0, slash)] = above;
  }
}
