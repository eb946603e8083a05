/** The spelling of fields in options and mappings: `given`, `email:work`, `address:home:city`. */
import { ADDRESS_PARTS } from './build-entries.js';
import { NAME_PARTS } from './build-name.js';
import { InputError } from './errors.js';
import { nearest } from './nearest.js';

/** Field names that take a TYPE behind a colon. */
const TYPED: readonly string[] = ['email', 'phone', 'address'];

const PLAIN: readonly string[] = [
  'name',
  ...Object.keys(NAME_PARTS),
  'nickname',
  'org',
  'department',
  'title',
  'role',
  'note',
  'birthday',
  'anniversary',
  'category',
  'url',
];

/** The FIELD names of options and mappings, without TYPE. */
export const FIELD_SPELLINGS: readonly string[] = [...PLAIN, ...TYPED];

/** Other words people use for a field. */
const ALIASES = new Map([
  ['mail', 'email'],
  ['e-mail', 'email'],
  ['tel', 'phone'],
  ['telephone', 'phone'],
  ['company', 'org'],
  ['organization', 'org'],
  ['notes', 'note'],
  ['surname', 'family'],
  ['lastname', 'family'],
  ['firstname', 'given'],
  ['job-title', 'title'],
  ['categories', 'category'],
  ['keyword', 'category'],
  ['website', 'url'],
  ['link', 'url'],
]);

export interface Spelling {
  name: string;
  type?: string;
  /** Part of an address: `city`. */
  part?: string;
}

/** @throws InputError with the nearest name */
export function parseSpelling(field: string): Spelling {
  const [head = '', ...rest] = field.split(':');
  const word = head.trim().toLowerCase();
  const name = ALIASES.get(word) ?? word;
  if (!FIELD_SPELLINGS.includes(name)) throw unknownField(field);
  if (!TYPED.includes(name)) {
    if (rest.length > 0) throw new InputError(`the field "${name}" takes no type`, { hint: `write ${name} alone` });
    return { name };
  }
  const last = rest.at(-1)?.trim().toLowerCase() ?? '';
  if (name === 'address' && Object.hasOwn(ADDRESS_PARTS, last)) {
    return { name, type: rest.slice(0, -1).join(':').trim(), part: last };
  }
  return rest.length === 0 ? { name } : { name, type: rest.join(':').trim() };
}

/** The error for a field that does not exist, with the nearest name and the list of names. */
export function unknownField(field: string, others: readonly string[] = []): InputError {
  const near = nearest((field.split(':')[0] ?? field).trim(), [...FIELD_SPELLINGS, ...ALIASES.keys(), ...others]);
  const meant = near === undefined ? '' : `did you mean ${near}? `;
  const typed = ['email[:TYPE]', 'phone[:TYPE]', 'address:TYPE:street|city|state|postcode|country'];
  return new InputError(`there is no field "${field.slice(0, 80)}"`, {
    hint: `${meant}Fields are ${[...PLAIN, ...typed].join(', ')}`,
  });
}
