/** The properties of a vCard in the making, and what rows need to know about the version they write for. */
import { entriesOf, isObject, textOf } from '../../model/json.js';
import type { JsonObject } from '../../model/json.js';
import type { Card } from '../../model/card.js';
import { wrappedLabel } from './labels.js';
import { paramsOf, TOKEN } from './leftovers.js';
import type { Draft, MapRow } from './rows.js';
import type { VCardParam, VCardProperty } from './types.js';
import { param, textValue } from './values.js';

export class WriteState {
  readonly properties: VCardProperty[] = [];
  /** Those with a PROP-ID of ours. */
  readonly identified = new Set<VCardProperty>();
  readonly v4: boolean;
  private readonly groups = new Set<string>();
  private groupNumber = 0;
  private readonly organizationGroups = new Map<string, string>();
  private readonly labels = new Set<string>();
  /** Languages of the translations of a property: what each needs to be told from its siblings. */
  private readonly alternatives: ReadonlyMap<string, string>;

  constructor(
    readonly card: Card,
    version: '3.0' | '4.0',
    /** What the version has no place for is written all the same, under its newer name. */
    readonly carry: boolean,
    alternatives: ReadonlyMap<string, string> = new Map(),
  ) {
    this.v4 = version === '4.0';
    this.alternatives = alternatives;
    this.collectGroups();
    this.groupOrganizations();
  }

  /** Takes away the properties that a format has no place for. */
  keepOnly(has: (property: VCardProperty) => boolean): void {
    let kept = 0;
    for (const property of this.properties) if (has(property)) this.properties[kept++] = property;
    this.properties.length = kept;
  }

  size(map: string): number {
    return entriesOf(this.card[map]).length;
  }

  /** A group name nobody uses. */
  newGroup(): string {
    let name: string;
    do {
      this.groupNumber += 1;
      name = `${this.v4 ? 'group' : 'item'}${this.groupNumber}`;
    } while (this.groups.has(name));
    return name;
  }

  /** The group of an organization that titles name (RFC 9555, section 2.9.5). */
  organizationGroup(id: string): string | undefined {
    return id === '' ? undefined : this.organizationGroups.get(id);
  }

  /** ALTID of the base of a translated member: `name`, `titles/t1`. */
  altOf(path: string): VCardParam[] {
    const id = this.alternatives.get(path);
    return id === undefined ? [] : [param('ALTID', id)];
  }

  nameAlt(member: 'full' | 'components'): VCardParam[] {
    return this.altOf(`name/${member}`);
  }

  genderAlt(): VCardParam[] {
    return this.altOf('speakToAs/grammaticalGender');
  }

  /** `vCardParams` of an object. 3.0 for other programs gets them only when they are extensions of somebody. */
  paramsOf(value: JsonObject): VCardParam[] {
    if (value.vCardParams === undefined) return [];
    const params = paramsOf(value.vCardParams);
    return this.carry
      ? params
      : params.filter(({ name }) => name === 'TYPE' || name === 'LANGUAGE' || name.startsWith('X-'));
  }

  put(name: string, value: string, params: VCardParam[] = [], group?: string): VCardProperty {
    const property: VCardProperty = { name, params, value, line: 0 };
    if (group !== undefined) property.group = group;
    this.properties.push(property);
    return property;
  }

  putWith(draft: { name: string; value: string; params: VCardParam[] }, more: readonly VCardParam[]): void {
    this.put(draft.name, draft.value, [...draft.params, ...more]);
  }

  /** A property and, in a group of their own, its label. */
  putLabelled(draft: { name: string; value: string; params: VCardParam[] }, label: string, group?: string): void {
    if (label === '' && group === undefined) {
      this.put(draft.name, draft.value, draft.params);
      return;
    }
    const name = group ?? this.newGroup();
    this.put(draft.name, draft.value, draft.params, name);
    this.label(name, label);
  }

  private label(group: string, label: string): void {
    const key = `${group}\n${label}`;
    if (label === '' || this.labels.has(key)) return;
    this.labels.add(key);
    this.put('X-ABLabel', textValue(label), [], group);
  }

  /** One object of a map; false when the row has no property for it. */
  entry(row: MapRow, id: string, value: JsonObject, best: number | undefined): boolean {
    const draft = row.write(value, this);
    if (draft === undefined) return false;
    const group = row.map === 'organizations' ? this.organizationGroup(id) : undefined;
    if (group !== undefined) draft.group = group;
    this.putDraft(row, value, draft, best, [...this.altOf(`${row.map}/${id}`), param('PROP-ID', id)]);
    return true;
  }

  putDraft(row: MapRow, value: JsonObject, draft: Draft, best: number | undefined, more: readonly VCardParam[]): void {
    const own = isObject(value.vCardParams) ? this.paramsOf(value) : [];
    const types = [...(draft.types ?? []), ...this.contexts(row, value), ...typesAmong(own)];
    const params: VCardParam[] = [...(draft.params ?? [])];
    this.preference(row, value, best, types, params);
    if (types.length > 0) params.push(param('TYPE', ...types));
    for (const other of own) if (other.name !== 'TYPE') params.push(other);
    params.push(...more);
    const label = row.labelled ? textOf(value.label) : '';
    const companions = draft.companions ?? [];
    const together = label !== '' || companions.some(({ apart }) => apart !== true);
    const group = draft.group ?? this.ownGroup(value) ?? (together ? this.newGroup() : undefined);
    const property = this.put(draft.name, draft.value, params, group);
    if (more.some(({ name }) => name === 'PROP-ID')) this.identified.add(property);
    for (const companion of companions) {
      this.put(companion.name, companion.value, companion.params ?? [], companion.apart === true ? undefined : group);
    }
    if (group !== undefined) this.label(group, this.v4 ? label : wrappedLabel(label));
  }

  /** Contexts as TYPE values; those without one are missing here and travel as JSPROP. */
  private contexts(row: MapRow, value: JsonObject): string[] {
    const table = row.contexts;
    if (table === undefined || !isObject(value.contexts)) return [];
    const set = value.contexts;
    return Object.keys(table).filter((type) => set[table[type] ?? ''] === true);
  }

  /** 4.0 ranks with PREF; 3.0 marks the best with TYPE=pref, and only the other ranks need PREF. */
  private preference(
    row: MapRow,
    value: JsonObject,
    best: number | undefined,
    types: string[],
    params: VCardParam[],
  ): void {
    const { pref } = value;
    if (row.contexts === undefined || typeof pref !== 'number') return;
    if (this.v4) {
      params.push(param('PREF', String(pref)));
      return;
    }
    if (pref === best) types.push('pref');
    if (this.carry && (pref !== best || pref !== 1)) params.push(param('PREF', String(pref)));
  }

  private ownGroup(value: JsonObject): string | undefined {
    const group = isObject(value.vCardParams) ? value.vCardParams.group : undefined;
    return typeof group === 'string' && TOKEN.test(group) ? group : undefined;
  }

  private collectGroups(): void {
    for (const prop of Array.isArray(this.card.vCardProps) ? this.card.vCardProps : []) {
      const params: unknown = Array.isArray(prop) ? prop[1] : undefined;
      if (isObject(params) && typeof params.group === 'string') this.groups.add(params.group.toLowerCase());
    }
    for (const value of Object.values(this.card)) {
      if (!isObject(value)) continue;
      for (const entry of Object.values(value)) {
        const params = isObject(entry) ? entry.vCardParams : undefined;
        if (isObject(params) && typeof params.group === 'string') this.groups.add(params.group.toLowerCase());
      }
    }
  }

  private groupOrganizations(): void {
    const firms = isObject(this.card.organizations) ? this.card.organizations : undefined;
    if (firms === undefined) return;
    for (const [, title] of entriesOf(this.card.titles)) {
      const id = isObject(title) ? textOf(title.organizationId) : '';
      if (id === '' || this.organizationGroups.has(id) || !Object.hasOwn(firms, id)) continue;
      const firm: unknown = firms[id];
      this.organizationGroups.set(id, (isObject(firm) ? this.ownGroup(firm) : undefined) ?? this.newGroup());
    }
  }

  /** The best `pref` of a map. */
  best(map: unknown): number | undefined {
    let best: number | undefined;
    for (const [, value] of entriesOf(map)) {
      const pref = isObject(value) ? value.pref : undefined;
      if (typeof pref === 'number' && (best === undefined || pref < best)) best = pref;
    }
    return best;
  }
}

function typesAmong(params: readonly VCardParam[]): string[] {
  return params.filter(({ name }) => name === 'TYPE').flatMap(({ values }) => values);
}
