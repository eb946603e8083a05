/** `--remove FIELD[=VALUE]`: whole fields, or the entries that have the value. */
import { setAddressPart } from './build-entries.js';
import { NAME_PARTS, setNamePart } from './build-name.js';
import { parseSpelling, unknownField } from './build-spelling.js';
import { sameTyping, typingOf } from './build-types.js';
import type { TypedKind } from './build-types.js';
import type { Card } from './card.js';
import { InputError } from './errors.js';
import { FIELDS, fieldByName } from './fields.js';
import { isObject, own, textOf } from './json.js';
import { addressLine, joinName, partsOf } from './join.js';
import { foldText } from './keys.js';
import { formatDate } from './normalize-describe.js';

/** Which part of a card a field name means. */
interface Target {
  property: string;
  /** The entries of the map that belong to the field. Default: all. */
  fits?: (entry: unknown) => boolean;
  /** What a VALUE is compared with. Default: the texts an entry has, or the key of a set. */
  texts?: (entry: unknown, key: string) => string[];
}

const MEMBERS = ['address', 'number', 'name', 'note', 'uri', 'user', 'service', 'value', 'language', 'full'];

/** Any text an entry is known by; the key for sets (keywords, members). */
function entryTexts(entry: unknown, key: string): string[] {
  if (!isObject(entry)) return [key];
  const texts = MEMBERS.map((member) => textOf(entry[member])).filter((text) => text !== '');
  return texts.length > 0 ? texts : [key];
}

function addressTexts(entry: unknown): string[] {
  if (!isObject(entry)) return [];
  return [addressLine(entry), textOf(entry.full), ...partsOf(entry).map((part) => part.value)];
}

const kindOf = (entry: unknown): string => (isObject(entry) ? textOf(entry.kind) : '');
const dates = (entry: unknown): string[] => (isObject(entry) ? [formatDate(entry.date)] : []);

/** Names whose property is not the property of the same name, or only a part of it. */
const TARGETS: Record<string, Target> = {
  nickname: { property: 'nicknames' },
  org: { property: 'organizations' },
  title: { property: 'titles', fits: (entry) => kindOf(entry) !== 'role' },
  role: { property: 'titles', fits: (entry) => kindOf(entry) === 'role' },
  note: { property: 'notes' },
  birthday: { property: 'anniversaries', fits: (entry) => kindOf(entry) === 'birth', texts: dates },
  anniversary: { property: 'anniversaries', fits: (entry) => kindOf(entry) === 'wedding', texts: dates },
  anniversaries: { property: 'anniversaries', fits: (entry) => kindOf(entry) !== 'birth', texts: dates },
  category: { property: 'keywords' },
  url: { property: 'links' },
  email: { property: 'emails' },
  phone: { property: 'phones' },
  address: { property: 'addresses', texts: addressTexts },
  addresses: { property: 'addresses', texts: addressTexts },
  photo: { property: 'media', fits: (entry) => kindOf(entry) === 'photo' },
  media: { property: 'media', fits: (entry) => kindOf(entry) !== 'photo' },
};

/** Field names of reports (`emails`) that may be removed by that name. `other` has no property. */
const NAMES = FIELDS.filter((field) => field.properties.length > 0).map((field) => field.name);

function targetOf(field: string): Target {
  const word = field.trim();
  if (Object.hasOwn(TARGETS, word)) return TARGETS[word] ?? { property: word };
  const property = fieldByName(word)?.properties[0];
  if (property !== undefined) return { property };
  const { name, type } = spellingOf(word);
  const target = TARGETS[name] ?? { property: name };
  if (type === undefined) return target;
  const typing = typingOf(type, name as TypedKind);
  return { ...target, fits: (entry) => isObject(entry) && sameTyping(entry, typing) };
}

function spellingOf(field: string): ReturnType<typeof parseSpelling> {
  try {
    return parseSpelling(field);
  } catch (error) {
    if (field.includes(':')) throw error;
    throw unknownField(field, NAMES);
  }
}

/** Equal to the eye: case, accents and white space apart; numbers by their digits. */
function matches(text: string, value: string, property: string): boolean {
  if (text.trim() === '') return false;
  if (foldText(text) === foldText(value)) return true;
  const digits = (number: string): string => number.replace(/[^\d+*#]/g, '');
  return property === 'phones' && digits(value) !== '' && digits(text) === digits(value);
}

/**
 * Removes a field (`email`, `phone:work`, `photo`, `given`, `address:home:city`, or a name of `FIELDS`), or with a
 * value the entries that have it (`email` and `a@b`). A field that is not there is no error; a value that is not there
 * is one.
 *
 * @throws InputError for an unknown field (with the nearest name) and for a value that no entry has
 */
export function removeField(card: Card, field: string, value?: string): void {
  const word = field.trim().toLowerCase();
  if (Object.hasOwn(NAME_PARTS, word)) removeNamePart(card, word, value);
  else if (word === 'department') removeUnits(card, value);
  else if (word === 'name') removeName(card, value);
  else if (/^address:.*:?(street|city|state|postcode|country|number|apartment|pobox)$/.test(word)) {
    removeAddressPart(card, field);
  } else removeEntries(card, field, value);
}

function removeEntries(card: Card, field: string, value: string | undefined): void {
  const { property, fits = () => true, texts = entryTexts } = targetOf(field);
  const held = own(card, property);
  if (!isObject(held)) {
    const wrong = value !== undefined && !matches(textOf(held), value, property);
    if (wrong) throw noSuchValue(field, value, [textOf(held)]);
    delete card[property];
    return;
  }
  const candidates = Object.entries(held).filter(([, entry]) => fits(entry));
  const gone = candidates.filter(
    ([key, entry]) => value === undefined || texts(entry, key).some((text) => matches(text, value, property)),
  );
  if (value !== undefined && gone.length === 0) {
    throw noSuchValue(
      field,
      value,
      candidates.map(([key, entry]) => texts(entry, key)[0] ?? ''),
    );
  }
  for (const [key] of gone) delete held[key];
  if (Object.keys(held).length === 0) delete card[property];
}

function removeName(card: Card, value: string | undefined): void {
  const full = textOf(card.name?.full) || joinName(card.name);
  if (value !== undefined && !matches(full, value, 'name')) throw noSuchValue('name', value, [full]);
  delete card.name;
}

function removeNamePart(card: Card, part: string, value: string | undefined): void {
  const kinds = part === 'suffix' ? ['credential', 'generation'] : [NAME_PARTS[part] ?? part];
  const values = partsOf(card.name)
    .filter(({ kind }) => kinds.includes(kind))
    .map((held) => held.value);
  if (value !== undefined && !values.some((text) => matches(text, value, 'name')))
    throw noSuchValue(part, value, values);
  if (values.length > 0) setNamePart(card, part, '');
}

function removeAddressPart(card: Card, field: string): void {
  const { type = '', part = '' } = parseSpelling(field);
  if (card.addresses !== undefined) setAddressPart(card, type, part, '');
}

function removeUnits(card: Card, value: string | undefined): void {
  const organizations = card.organizations ?? {};
  const names = Object.values(organizations).flatMap((entry) => (entry.units ?? []).map((unit) => unit.name));
  if (value !== undefined && !names.some((name) => matches(name, value, 'department'))) {
    throw noSuchValue('department', value, names);
  }
  for (const [key, entry] of Object.entries(organizations)) {
    const kept = (entry.units ?? []).filter((unit) => value !== undefined && !matches(unit.name, value, 'department'));
    if (kept.length > 0) entry.units = kept;
    else delete entry.units;
    if (entry.name === undefined && kept.length === 0) delete organizations[key];
  }
  if (Object.keys(organizations).length === 0) delete card.organizations;
}

function noSuchValue(field: string, value: string, have: readonly string[]): InputError {
  const texts = have.filter((text) => text !== '').slice(0, 5);
  const hint = texts.length > 0 ? `it has ${texts.map((text) => text.slice(0, 60)).join(', ')}` : `it has no ${field}`;
  return new InputError(`the contact has no ${field} "${value.slice(0, 80)}"`, { hint });
}
