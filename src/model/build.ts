/** Cards changed by field name, spelt as in `add`, `update`, `--remove` and `--map`. */
import type { Anniversary, Card } from './card.js';
import { addEmail, addEntry, addPhone, setAddressPart } from './build-entries.js';
import type { Mode } from './build-entries.js';
import { parseDate } from './build-date.js';
import { NAME_PARTS, setFullName, setNamePart } from './build-name.js';
import { parseSpelling } from './build-spelling.js';
import { InputError } from './errors.js';
import { put } from './json.js';
import { ranked } from './view.js';

export { addAddress, addTyped } from './build-entries.js';
export { parseDate } from './build-date.js';
export { TYPE_WORDS } from './build-types.js';
export { removeField } from './build-remove.js';
export { FIELD_SPELLINGS } from './build-spelling.js';

type Setter = (card: Card, value: string, mode: Mode) => void;

/** One text entry of a map: the best one is replaced (`set`) or another is added (`append`); '' removes the best one. */
function entrySetter<T extends { pref?: number }>(
  property: keyof Card & string,
  letter: string,
  member: keyof T & string,
  make: (value: string) => T,
  fits: (entry: T) => boolean = () => true,
): Setter {
  return (card, value, mode) => {
    const map = (card[property] ?? {}) as Record<string, T>;
    const best = ranked(map).find(([, entry]) => fits(entry));
    if (value === '') {
      if (best !== undefined && mode === 'set') delete map[best[0]];
    } else if (best !== undefined && mode === 'set') {
      Object.assign(best[1], { [member]: value });
    } else if (!Object.values(map).some((entry) => fits(entry) && entry[member] === value)) {
      addEntry(map, letter, make(value));
    }
    if (Object.keys(map).length > 0) put(card, property, map);
    else delete card[property];
  };
}

function dateSetter(kind: string, letter: string): Setter {
  return (card, value, mode) => {
    const map: Record<string, Anniversary> = (card.anniversaries ??= {});
    const found = Object.entries(map).find(([, entry]) => entry.kind === kind);
    if (value === '') {
      if (found !== undefined && mode === 'set') delete map[found[0]];
    } else if (found !== undefined && (mode === 'set' || kind === 'birth')) {
      found[1].date = parseDate(value);
    } else {
      addEntry(map, letter, { kind, date: parseDate(value) });
    }
    if (Object.keys(map).length === 0) delete card.anniversaries;
  };
}

const setOrganization = entrySetter<{ name?: string; pref?: number }>('organizations', 'o', 'name', (name) => ({
  name,
}));

/** The first unit of the best organization. */
const setDepartment: Setter = (card, value, mode) => {
  const map = (card.organizations ??= {});
  const best = ranked(map)[0]?.[1];
  const units = best?.units ?? [];
  if (value === '' && best !== undefined && mode === 'set') best.units = units.slice(1);
  else if (value !== '' && best === undefined) addEntry(map, 'o', { units: [{ name: value }] });
  else if (value !== '' && best !== undefined) {
    const kept = mode === 'set' ? units.slice(1) : units;
    best.units = mode === 'set' ? [{ name: value }, ...kept] : [...kept, { name: value }];
  }
  for (const [key, entry] of Object.entries(map)) {
    if (entry.units?.length === 0) delete entry.units;
    if (entry.name === undefined && entry.units === undefined) delete map[key];
  }
  if (Object.keys(map).length === 0) delete card.organizations;
};

/** The company: an organization that has only units so far takes the name. */
const setOrg: Setter = (card, value, mode) => {
  const best = ranked(card.organizations)[0]?.[1];
  const nameless = best !== undefined && best.name === undefined;
  if (best !== undefined && value === '' && best.units !== undefined && mode === 'set') delete best.name;
  else setOrganization(card, value, nameless ? 'set' : mode);
};

const setCategory: Setter = (card, value) => {
  if (value !== '') put((card.keywords ??= {}), value, true);
};

interface TitleLike {
  name: string;
  kind?: string;
  pref?: number;
}
const isRole = (entry: TitleLike): boolean => entry.kind === 'role';
const isTitle = (entry: TitleLike): boolean => !isRole(entry);

/** A link must be a URI (RFC 9553, section 1.4.4): a bare domain becomes `https://`. */
function linkUri(value: string): string {
  const uri = /^[a-z][a-z0-9+.-]*:/i.test(value) && !/^[^/:]+\.[^/:]+:\d/.test(value) ? value : `https://${value}`;
  return uri.replace(/\s+/g, '%20');
}
const setLink = entrySetter<{ uri: string; pref?: number }>('links', 'l', 'uri', (uri) => ({ uri }));

const SETTERS: Record<string, Setter> = {
  name: (card, value, mode) => setFullName(card, value, mode === 'append'),
  nickname: entrySetter<{ name: string; pref?: number }>('nicknames', 'n', 'name', (name) => ({ name })),
  org: setOrg,
  department: setDepartment,
  title: entrySetter<TitleLike>('titles', 't', 'name', (name) => ({ name, kind: 'title' }), isTitle),
  role: entrySetter<TitleLike>('titles', 't', 'name', (name) => ({ name, kind: 'role' }), isRole),
  note: entrySetter<{ note: string; pref?: number }>('notes', 'n', 'note', (note) => ({ note })),
  birthday: dateSetter('birth', 'b'),
  anniversary: dateSetter('wedding', 'w'),
  category: setCategory,
  url: (card, value, mode) => setLink(card, value === '' ? '' : linkUri(value), mode),
};
for (const part of Object.keys(NAME_PARTS)) SETTERS[part] = (card, value) => setNamePart(card, part, value);

function assign(card: Card, field: string, value: string, mode: Mode): void {
  if (field === '-') return;
  const { name, type, part } = parseSpelling(field);
  const text = value.trim();
  if (name === 'address') {
    if (part === undefined) {
      const hint = 'write address:TYPE:street, or city, state, postcode, country';
      throw new InputError(`"${field.slice(0, 80)}" names no part of an address`, { hint });
    }
    setAddressPart(card, type ?? '', part, text);
  } else if (name === 'email') {
    if (text !== '') addEmail(card, text, type, mode);
  } else if (name === 'phone') {
    if (text !== '') addPhone(card, text, type, mode);
  } else {
    SETTERS[name]?.(card, text, mode);
  }
}

/**
 * Sets a field by its FIELD spelling: `name`, `given`, `org`, `note`, `birthday`, `email[:TYPE]`, `address:TYPE:city`,
 * ...; `-` does nothing. Fields with one value replace it (the best one of several) and '' removes it; `email`, `phone`
 * and `category` add, or retype the same value. Parts of a name keep a derived full name in step.
 *
 * @throws InputError naming the field or value that is wrong and what to write
 */
export function setField(card: Card, field: string, value: string): void {
  assign(card, field, value, 'set');
}

/**
 * Like {@link setField}, for columns of a table: nothing that is there is replaced or removed but name and address
 * parts of the same name. Two columns mapped to `note` or `title` give two entries, an empty cell nothing, and an
 * address or number is taken as it is written.
 *
 * @throws InputError for unknown fields and for dates that are none
 */
export function appendField(card: Card, field: string, value: string): void {
  if (value.trim() !== '') assign(card, field, value, 'append');
}
