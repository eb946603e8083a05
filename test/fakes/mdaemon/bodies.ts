/** Bodies of creates and updates: only documented members, of the documented types; what they do to a contact. */
import { LISTS, NESTED, TEXTS } from './state.js';
import type { FakeContact, FakeMember, Store } from './state.js';
import { Undocumented } from './wire.js';

type Json = Record<string, unknown>;

/** An error as the page shows it. */
export class Failure extends Error {
  constructor(
    readonly error: string,
    readonly parameter?: string,
  ) {
    super(error);
  }
}

export interface BodyRules {
  /** How an object (`phone`) or list (`addresses`) of an update meets what is there: the page does not say. */
  objects: 'merge' | 'replace';
  lists: 'merge' | 'replace';
  /** Minutes east of UTC: the server keeps dates as instants and shows them there. Absent: as they came. */
  zone?: number;
  /** With `zone`: of a date only the day is kept. */
  days?: boolean;
}

const TEXT_NAMES: ReadonlySet<string> = new Set(TEXTS);
const DATE = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}[+-]\d{2}:\d{2}$/;

function strings(value: unknown, allowed: readonly string[], where: string): Record<string, string> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Undocumented(`${where} is no object`);
  for (const [key, member] of Object.entries(value)) {
    if (!allowed.includes(key)) throw new Undocumented(`${where}.${key}`);
    if (typeof member !== 'string') throw new Undocumented(`${where}.${key} is no string`);
  }
  return { ...value };
}

function list(value: unknown, name: string): Record<string, string>[] {
  const { types, members } = LISTS[name] ?? { types: [], members: [] };
  if (!Array.isArray(value)) throw new Undocumented(`${name} is no list`);
  return value.map((item: unknown, index) => {
    const entry = strings(item, members, `${name}[${index}]`);
    if (!types.includes(entry['type'] ?? '')) throw new Undocumented(`${name}[${index}].type ${entry['type'] ?? ''}`);
    return entry;
  });
}

function members(value: unknown): FakeMember[] {
  if (!Array.isArray(value)) throw new Undocumented('members is no list');
  return value.map((item: unknown, index) => {
    const { guid = '', name = '', email = '' } = strings(item, ['guid', 'name', 'email'], `members[${index}]`);
    return { guid, name, email };
  });
}

function dateText(value: string, name: string, { zone, days }: BodyRules): string {
  if (value === '') return '';
  if (!DATE.test(value) || Number.isNaN(Date.parse(value))) throw new Failure('InvalidParameter', name);
  if (zone === undefined) return value;
  const local = new Date(Date.parse(value) + zone * 60_000).toISOString().slice(0, 19);
  const sign = zone < 0 ? '-' : '+';
  const clock = [Math.floor(Math.abs(zone) / 60), Math.abs(zone) % 60].map((part) => String(part).padStart(2, '0'));
  return `${days === true ? `${local.slice(0, 10)}T00:00:00` : local}${sign}${clock.join(':')}`;
}

function mergeList(old: readonly Record<string, string>[], next: readonly Record<string, string>[], rules: BodyRules) {
  const kept = rules.lists === 'replace' ? [] : old.filter(({ type }) => !next.some((entry) => entry['type'] === type));
  const blank = (entry: Record<string, string>) =>
    Object.entries(entry).every(([key, value]) => key === 'type' || value === '');
  return [...kept, ...next].filter((entry) => !blank(entry));
}

function applyMember(contact: FakeContact, name: string, value: unknown, rules: BodyRules): void {
  const nested = NESTED[name];
  if (TEXT_NAMES.has(name)) {
    if (typeof value !== 'string') throw new Undocumented(`${name} is no string`);
    contact.texts[name] = name === 'birthday' || name === 'anniversary' ? dateText(value, name, rules) : value;
  } else if (nested !== undefined) {
    const old = rules.objects === 'merge' ? contact.nested[name] : {};
    contact.nested[name] = { ...old, ...strings(value, nested, name) };
  } else if (LISTS[name] !== undefined) {
    contact.lists[name] = mergeList(contact.lists[name] ?? [], list(value, name), rules);
  } else {
    throw new Undocumented(`property ${name}`);
  }
}

/** The CSRF token may travel in a form. */
export function withoutToken(body: Json): Json {
  return Object.fromEntries(Object.entries(body).filter(([name]) => name !== 'CSRFToken'));
}

/** Applies a body to a copy, so that a refused one changes nothing. @throws Undocumented, Failure */
export function applyBody(
  store: Store,
  contact: FakeContact,
  body: Json,
  isNew: boolean,
  rules: BodyRules,
): FakeContact {
  const next = structuredClone(contact);
  const { group, members: list, picture, attachments, ...rest } = withoutToken(body);
  if (group !== undefined && typeof group !== 'boolean') throw new Undocumented('group is no boolean');
  if (isNew) next.group = group === true;
  if (next.group && group !== true) throw new Undocumented('a group is updated without group: true');
  if (!next.group && list !== undefined) throw new Undocumented('members of a contact that is no group');
  // "all the group members need to be included"
  if (next.group) next.members = list === undefined ? [] : members(list);
  for (const [name, value] of Object.entries(rest)) applyMember(next, name, value, rules);
  if (picture !== undefined) {
    if (typeof picture !== 'string') throw new Undocumented('picture is no string');
    if (picture !== '' && !store.pictures.has(picture)) throw new Undocumented('picture that no upload has answered');
    next.picture = picture;
  }
  if (attachments !== undefined) takeAttachments(store, next, attachments, isNew);
  return next;
}

function takeAttachments(store: Store, contact: FakeContact, value: unknown, isNew: boolean): void {
  if (!isNew) throw new Undocumented('attachments in an update');
  if (typeof value !== 'string') throw new Undocumented('attachments is no string');
  for (const { temp } of JSON.parse(decodeURIComponent(value)) as { temp: string }[]) {
    const file = store.temps.get(temp);
    if (file === undefined) throw new Failure('InvalidParameter', 'attachments');
    contact.attachments.push({ ...file, id: store.number() });
  }
}
