/** ORG, TITLE and ROLE (RFC 9555, section 2.9). */
import { isObject, textOf } from '../../model/json.js';
import type { JsonObject } from '../../model/json.js';
import { splitEscaped } from './lines.js';
import type { Prop } from './prop.js';
import type { ReadState } from './read-state.js';
import { CONTEXTS } from './rows.js';
import type { MapRow } from './rows.js';
import { param, plainText, textValue } from './values.js';

export const organizations: MapRow = {
  map: 'organizations',
  prefix: 'o',
  names: ['ORG'],
  contexts: CONTEXTS,
  labelled: true,
  main: ['name', 'units'],
  read: readOrganization,
  write: (entry, state) => {
    const units = unitsOf(entry);
    const parts = [textOf(entry.name), ...units.map((unit) => textOf(unit.name))];
    if (parts.every((part) => part === '')) return undefined;
    const sorts = [textOf(entry.sortAs), ...units.map((unit) => textOf(unit.sortAs))].join(',').replace(/,+$/, '');
    const params = sorts !== '' && state.carry ? [param('SORT-AS', sorts)] : [];
    return { name: 'ORG', value: parts.map(textValue).join(';'), params };
  },
};

function unitsOf(entry: JsonObject): JsonObject[] {
  const units: unknown[] = Array.isArray(entry.units) ? entry.units : [];
  return units.filter(isObject);
}

/** The name, then the units; a comma is plain text here, empty units are none. */
function readOrganization(prop: Prop): JsonObject[] {
  const parts = splitEscaped(prop.value, ';').map((part) => plainText(part.trim()));
  const sorts = (prop.peek('SORT-AS') ?? '').split(',');
  const organization: JsonObject = {};
  if (parts[0]) organization.name = parts[0];
  const units: JsonObject[] = [];
  let fits = sorts.length <= parts.length;
  for (const [i, text] of parts.entries()) {
    const sortAs = sorts[i] ?? '';
    if (text === '') fits &&= sortAs === '';
    else if (i > 0) units.push(fits && sortAs !== '' ? { name: text, sortAs } : { name: text });
  }
  if (units.length > 0) organization.units = units;
  if (fits) {
    if (sorts[0] && parts[0]) organization.sortAs = sorts[0];
    prop.take('SORT-AS');
  } else {
    for (const unit of units) delete unit.sortAs;
  }
  return organization.name === undefined && units.length === 0 ? [] : [organization];
}

export const titles: MapRow = {
  map: 'titles',
  prefix: 't',
  names: ['TITLE', 'ROLE'],
  contexts: CONTEXTS,
  labelled: true,
  main: ['name', 'kind'],
  read: (prop) => {
    const name = prop.text();
    return name === '' ? [] : [{ name, kind: prop.name === 'ROLE' ? 'role' : 'title' }];
  },
  write: (entry, state) => {
    const kind = entry.kind ?? 'title';
    if (textOf(entry.name) === '' || (kind !== 'title' && kind !== 'role')) return undefined;
    const draft = { name: kind === 'role' ? 'ROLE' : 'TITLE', value: textValue(textOf(entry.name)) };
    const group = state.organizationGroup(textOf(entry.organizationId));
    return group === undefined ? draft : { ...draft, group };
  },
};

/** A title belongs to the organization of its group, if that is the only one there. */
export function finishTitles(state: ReadState): void {
  for (const group of state.groups.values()) {
    const firms = group.entries.filter((entry) => entry.row.map === 'organizations');
    const [firm] = firms;
    if (firm === undefined || firms.length > 1) continue;
    for (const entry of group.entries) if (entry.row.map === 'titles') entry.value.organizationId = firm.id;
  }
}
