/** What becomes of each field at Axigen. It keeps vCard 3.0; which properties of it is documented only for the usual ones. */
import { FIELDS as ALL } from '../../model/fields.js';
import type { FieldFate } from '../types.js';

/** Fields that Axigen's own clients show and edit, with what they know of them. */
const KNOWN: Record<string, string | undefined> = {
  name: undefined,
  nicknames: undefined,
  organizations: 'company and department',
  titles: undefined,
  emails: 'Axigen itself shows three: main, business, home',
  phones: undefined,
  addresses: 'work and home',
  onlineServices: undefined,
  links: undefined,
  birthday: undefined,
  anniversaries: 'the wedding day',
  notes: undefined,
  keywords: undefined,
  photo: undefined,
};

const NOT_DOCUMENTED = 'written to the vCard; the vendor does not say whether it is kept';

export const FIELDS: readonly FieldFate[] = ALL.map(({ name }) => {
  const note = Object.hasOwn(KNOWN, name) ? KNOWN[name] : NOT_DOCUMENTED;
  return { field: name, fate: 'kept', ...(note === undefined ? {} : { note }) };
});

/** Written, but a plan says that they may not come back. */
export const UNSURE: readonly string[] = ALL.map(({ name }) => name).filter((name) => !Object.hasOwn(KNOWN, name));
