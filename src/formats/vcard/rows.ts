/** What a row of the conversion table is: one map of the Card, the properties it is made of, and both directions. */
import type { JsonObject } from '../../model/json.js';
import type { Prop } from './prop.js';
import type { ReadState } from './read-state.js';
import type { VCardParam } from './types.js';
import type { WriteState } from './write-state.js';

/** A property before the common parts (TYPE, PREF, label, vCardParams, PROP-ID) are added. */
export interface Draft {
  name: string;
  value: string;
  params?: VCardParam[];
  /** TYPE values of the row's own: `cell`, `fax`, ... */
  types?: string[];
  /** Must stand in this group. */
  group?: string;
  /** Properties that belong to it and stand in the same group, each with the parameters it needs. */
  companions?: Companion[];
}

export interface Companion {
  name: string;
  value: string;
  params?: VCardParam[];
  /** Found by its name alone: needs no group. */
  apart?: true;
}

export interface MapRow {
  /** Property of the Card: a map of Id to object. */
  map: string;
  /** Ids that were not given: this and the position in the map, counted from 1. */
  prefix: string;
  /** Properties (upper case) that are read into this map. */
  names: readonly string[];
  /** TYPE values that are contexts; the row has `contexts` and `pref`. */
  contexts?: Readonly<Record<string, string>>;
  /** The objects take an X-ABLabel of their group as `label`. */
  labelled?: true;
  /** Members that a translation of one member has to repeat, because the property cannot be written without them. */
  main: readonly string[];
  /** The objects made of the property; undefined when it has no place here and is kept in vCardProps. */
  read(prop: Prop, state: ReadState): JsonObject | JsonObject[] | undefined;
  /** Undefined when no property can hold the object: it travels as JSPROP. */
  write(entry: JsonObject, state: WriteState): Draft | undefined;
}

/** A property that is no map: reads itself into the state. False: keep it in vCardProps. */
export type ScalarReader = (prop: Prop, state: ReadState) => boolean;

export const CONTEXTS: Readonly<Record<string, string>> = { home: 'private', work: 'work' };
export const ADDRESS_CONTEXTS: Readonly<Record<string, string>> = {
  ...CONTEXTS,
  billing: 'billing',
  delivery: 'delivery',
};
