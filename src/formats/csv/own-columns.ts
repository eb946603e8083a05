/** The columns of our own table: those that people read and edit, and two for everything else. */

/** How many of each are shown; what is beyond them stands in {@link MORE}. */
export const SHOWN = { emails: 3, phones: 4, addresses: 2, links: 1 } as const;

/** What the columns cannot hold, as JSON. */
export const MORE = 'More (JSON)';
/** Pictures and sounds, apart: they may be longer than a spreadsheet takes. */
export const MEDIA = 'Media (JSON)';

const times = (count: number, make: (number: number) => string[]): string[] =>
  Array.from({ length: count }, (_, i) => make(i + 1)).flat();

export const OWN_COLUMNS: readonly string[] = [
  'UID',
  'Kind',
  'Prefix',
  'Given name',
  'Middle name',
  'Family name',
  'Second family name',
  'Suffix',
  'Display name',
  'Nickname',
  'Organization',
  'Department',
  'Job title',
  'Role',
  ...times(SHOWN.emails, (n) => [`E-mail ${n}`, `E-mail ${n} type`, `E-mail ${n} label`]),
  ...times(SHOWN.phones, (n) => [`Phone ${n}`, `Phone ${n} type`, `Phone ${n} label`]),
  ...times(SHOWN.addresses, (n) =>
    ['type', 'label', 'street', 'city', 'state', 'postcode', 'country'].map((part) => `Address ${n} ${part}`),
  ),
  'Website',
  'Birthday',
  'Anniversary',
  'Categories',
  'Notes',
  MORE,
  MEDIA,
];
