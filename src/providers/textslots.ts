/** Text slots that several servers have: names, company, people, notes. The path is the server's, the meaning the same. */
import type { Card, NameComponent } from '../model/card.js';
import { fullName, ranked } from '../model/view.js';
import type { TextSlot } from './mapping.js';

export const text = (value: unknown): string => (typeof value === 'string' ? value : '');
export const filled = (value: string): boolean => value.trim() !== '';
export const oneLine = (value: string): string => value.replace(/\s*[\r\n]+\s*/g, ' ').trim();

/** Components of the name that say something. */
export function components(card: Card): NameComponent[] {
  const list = Array.isArray(card.name?.components) ? card.name.components : [];
  return list.filter((part) => filled(text(part.value)));
}

function addComponent(card: Card, component: NameComponent): void {
  card.name ??= {};
  (card.name.components ??= []).push(component);
}

/** One kind of name component; `kinds` are those that are written there, joined. */
export function nameSlot(path: string, kind: string, kinds: readonly string[] = [kind]): TextSlot {
  return {
    path,
    get: (card) =>
      components(card)
        .filter((part) => kinds.includes(part.kind))
        .map((part) => part.value)
        .join(' '),
    set: (card, value) => addComponent(card, { kind, value }),
  };
}

const GENERATION = /^(jr|sr|junior|senior|i{1,3}|iv|vi{0,3}|\d+(st|nd|rd|th))\.?$/i;

/** What stands after a name: generations (Jr, III) and credentials (MD) are told apart by their words. */
export function suffixSlot(path: string): TextSlot {
  return {
    path,
    get: (card) =>
      components(card)
        .filter((part) => part.kind === 'generation' || part.kind === 'credential')
        .map((part) => part.value)
        .join(', '),
    set: (card, value) => {
      for (const part of value.split(',').map((word) => word.trim())) {
        if (part !== '') addComponent(card, { kind: GENERATION.test(part) ? 'generation' : 'credential', value: part });
      }
    },
  };
}

/** The whole name, made from the components when need be. */
export function fullNameSlot(path: string): TextSlot {
  return {
    path,
    get: (card) => (filled(text(card.name?.full)) ? text(card.name?.full) : fullName(card)),
    set: (card, full) => (card.name = { ...card.name, full }),
  };
}

/** Name of the first organization, under the key `company`. */
export function companySlot(path: string): TextSlot {
  return {
    path,
    get: (card) => text(ranked(card.organizations)[0]?.[1].name),
    set: (card, name) => (card.organizations = { company: { name } }),
  };
}

/** Its units. Stands behind the company's slot. */
export function departmentSlot(path: string): TextSlot {
  return {
    path,
    get: (card) => {
      const units = ranked(card.organizations)[0]?.[1].units;
      return (Array.isArray(units) ? units : [])
        .map((unit) => text(unit.name))
        .filter(filled)
        .join(', ');
    },
    set: (card, name) => (card.organizations = { company: { ...card.organizations?.['company'], units: [{ name }] } }),
  };
}

/** Relations of a kind by name; keys that are URIs name another card and would be noise as a text. */
export function related(card: Card, kind: string): string[] {
  return Object.entries(card.relatedTo ?? {})
    .filter(([, { relation }]) => relation?.[kind] === true)
    .map(([key]) => oneLine(key))
    .filter((name) => name !== '' && !/^[a-z][a-z0-9+.-]*:\S/i.test(name));
}

export function relate(card: Card, key: string, kind: string): void {
  const others = Object.entries(card.relatedTo ?? {});
  const known = others.find(([other]) => other === key)?.[1].relation ?? {};
  // fromEntries keeps even `__proto__` a plain key.
  card.relatedTo = Object.fromEntries([
    ...others.filter(([other]) => other !== key),
    [key, { relation: { ...known, [kind]: true as const } }],
  ]);
}

/** The first relation of a kind. */
export function personSlot(path: string, kind: string): TextSlot {
  return { path, get: (card) => related(card, kind)[0], set: (card, value) => relate(card, oneLine(value), kind) };
}

/** All notes in one text. */
export function notesSlot(path: string): TextSlot {
  return {
    path,
    get: (card) =>
      Object.values(card.notes ?? {})
        .map((note) => text(note.note))
        .filter(filled)
        .join('\n\n'),
    set: (card, value) => (card.notes = { notes: { note: value.replace(/\r\n?/g, '\n') } }),
  };
}

/** What JSContact has no place for: a property of the vendor (RFC 9553, section 1.8.1: `domain:name`). */
export function extensionSlot(prefix: string, path: string): TextSlot {
  const key = `${prefix}${path}`;
  return { path, get: (card) => text(card[key]), set: (card, value) => (card[key] = value) };
}
