/** Name parts set one by one, with the full name kept in step. */
import type { Card, Name, NameComponent } from './card.js';
import { joinName, partsOf } from './join.js';
import { foldText } from './keys.js';

/** The part names of options and mappings, and the component kinds they stand for (RFC 9553, section 2.2.1). */
export const NAME_PARTS: Record<string, string> = {
  prefix: 'title',
  given: 'given',
  middle: 'given2',
  family: 'surname',
  family2: 'surname2',
  suffix: 'credential',
};

/** Suffixes that belong to the name, not to a degree or order. */
const GENERATION = /^(jr|sr|[ivx]{1,4}|junior|senior|2nd|3rd|4th)\.?$/i;

const ORDER = ['title', 'given', 'given2', 'surname', 'surname2', 'generation', 'credential'];

const collapse = (text: string | undefined): string => (text ?? '').replace(/\s+/g, ' ').trim();

/** Kinds that a part name covers: a suffix is a generation or a credential. */
function kindsOf(part: string): string[] {
  return part === 'suffix' ? ['generation', 'credential'] : [NAME_PARTS[part] ?? part];
}

function isEmpty(name: Name): boolean {
  return Object.keys(name).every((key) => key === '@type');
}

/**
 * Replaces one part of the name (`given`, `family`, ...); '' removes it. A full name that was made of the parts is made
 * anew; one that says something else stays.
 */
export function setNamePart(card: Card, part: string, value: string): void {
  const name: Name = card.name ?? {};
  const derived = name.full !== undefined && collapse(name.full) === collapse(joinName(name));
  const kinds = kindsOf(part);
  const old = name.components ?? [];
  const kept = old.filter((component) => !kinds.includes(component.kind));
  const components = value === '' ? kept : insert(kept, old, newComponent(part, value));
  name.components = value === '' ? dropSeparators(components) : components;
  if (name.components.length === 0) delete name.components;
  if (name.sortAs) for (const kind of kinds) delete name.sortAs[kind];
  const joined = joinName(name);
  if (derived && joined !== '') name.full = joined;
  else if (derived) delete name.full;
  store(card, name);
}

function newComponent(part: string, value: string): NameComponent {
  const kind = part === 'suffix' && GENERATION.test(value) ? 'generation' : (NAME_PARTS[part] ?? part);
  return { kind, value };
}

/** At the place of the part it replaces, else before the first part that comes later in a name. */
function insert(kept: NameComponent[], old: readonly NameComponent[], component: NameComponent): NameComponent[] {
  const replaced = old.findIndex((other) => !kept.includes(other));
  const rank = ORDER.indexOf(component.kind);
  const later = kept.findIndex((other) => ORDER.indexOf(other.kind) > rank);
  const at = replaced >= 0 ? replaced : later >= 0 ? later : kept.length;
  return [...kept.slice(0, at), component, ...kept.slice(at)];
}

/** Separators between parts that are gone would be left hanging. */
function dropSeparators(components: NameComponent[]): NameComponent[] {
  return components.filter((component, i) => {
    const next = components[i + 1];
    return component.kind !== 'separator' || (i > 0 && next !== undefined && next.kind !== 'separator');
  });
}

/**
 * Sets the full name; '' removes the whole name. Components stay when the new text contains them all, or when `keep`
 * says so: others would contradict it on servers that store the parts.
 */
export function setFullName(card: Card, full: string, keep: boolean): void {
  if (full === '') {
    delete card.name;
    return;
  }
  const name: Name = card.name ?? {};
  const text = foldText(full);
  const parts = partsOf(name).filter((part) => part.kind !== 'separator');
  if (!keep && !parts.every((part) => text.includes(foldText(part.value)))) {
    for (const member of [
      'components',
      'isOrdered',
      'defaultSeparator',
      'sortAs',
      'phoneticScript',
      'phoneticSystem',
    ]) {
      delete name[member];
    }
  }
  name.full = full;
  store(card, name);
}

function store(card: Card, name: Name): void {
  if (isEmpty(name)) delete card.name;
  else card.name = name;
}
