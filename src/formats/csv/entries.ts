/** The places that mail programs' tables have for addresses, numbers, links: read and written by path. */
import type { Address, Card, EmailAddress, OnlineService, Phone, Ranked, Resource } from '../../model/card.js';
import { STREET_LINES } from '../../model/join.js';
import { textOf } from '../../model/json.js';
import { ranked } from '../../model/view.js';
import { clean } from './cells.js';
import { dressed, place, type Slot } from './place.js';

/** A row by path: `phone.business` to text. Never holds empty texts. */
export type Flat = Map<string, string>;

const WORK = ['work'] as const;
const HOME = ['private'] as const;

const EMAILS: readonly Slot[] = [
  ...['1', '2', '3'].map((number) => ({ path: `email.${number}` })),
  { path: 'email.home', contexts: HOME, readOnly: true },
  { path: 'email.work', contexts: WORK, readOnly: true },
];

const PHONES: readonly Slot[] = [
  { path: 'phone.business', contexts: WORK },
  { path: 'phone.business2', contexts: WORK },
  { path: 'phone.mobile', features: ['mobile'] },
  { path: 'phone.businessFax', contexts: WORK, features: ['fax'], takesPlain: true },
  { path: 'phone.homeFax', contexts: HOME, features: ['fax'], takesPlain: true },
  { path: 'phone.otherFax', features: ['fax'] },
  { path: 'phone.pager', features: ['pager'] },
  { path: 'phone.main', contexts: WORK, features: ['main-number'], takesPlain: true },
  { path: 'phone.tty', features: ['textphone'] },
  { path: 'phone.assistant', label: 'Assistant' },
  { path: 'phone.callback', label: 'Callback' },
  { path: 'phone.car', label: 'Car' },
  { path: 'phone.isdn', label: 'ISDN' },
  { path: 'phone.primary', label: 'Primary' },
  { path: 'phone.radio', label: 'Radio' },
  { path: 'phone.telex', label: 'Telex' },
  { path: 'phone.yahoo', label: 'Yahoo! Phone' },
  { path: 'phone.other' },
  { path: 'phone.home', contexts: HOME, takesPlain: true },
  { path: 'phone.home2', contexts: HOME, takesPlain: true },
];

const ADDRESSES: readonly Slot[] = [
  { path: 'address.business', contexts: WORK, takesPlain: true },
  { path: 'address.home', contexts: HOME, takesPlain: true },
  { path: 'address.other' },
];

const LINKS: readonly Slot[] = [
  { path: 'web.business', contexts: WORK, takesPlain: true },
  { path: 'web.home', contexts: HOME, takesPlain: true },
  { path: 'web.other' },
];

const IMS: readonly Slot[] = [
  { path: 'im.skype', service: 'Skype' },
  { path: 'im.irc', service: 'IRC' },
  { path: 'im.icq', service: 'ICQ' },
  { path: 'im.google', service: 'Google Talk' },
  { path: 'im.msn', service: 'MSN' },
  { path: 'im.aim', service: 'AIM' },
  { path: 'im.qq', service: 'QQ' },
  { path: 'im.yahoo', service: 'Yahoo' },
  { path: 'im.1' },
];

type Parts = Readonly<Record<string, string>>;

interface Table {
  property: 'emails' | 'phones' | 'addresses' | 'links' | 'onlineServices';
  /** First letter of keys: `p1`. */
  letter: string;
  slots: readonly Slot[];
  /** The order of the slots is the preference. */
  inOrder?: true;
  /** Texts below the slot's path; '' is the path itself. */
  parts: readonly string[];
  /** Texts by part; undefined when the entry cannot stand in a table. */
  write(entry: Ranked, slot: Slot, has: (path: string) => boolean, flat: Flat): Parts | undefined;
  read(parts: Parts, flat: Flat): Ranked | undefined;
}

const emails: Table = {
  property: 'emails',
  letter: 'e',
  inOrder: true,
  slots: EMAILS,
  parts: ['', '.display', '.type'],
  write: (entry, _slot, _has, flat) => {
    const address = clean(textOf((entry as EmailAddress).address));
    const label = clean(textOf(entry.label));
    return { '': address, '.display': address !== '' && labelIn(label, address, flat) === label ? label : '' };
  },
  read: ({ '': address = '', '.display': display = '' }, flat) => {
    if (address === '') return undefined;
    const label = labelIn(display, address, flat);
    return { address, ...(label === '' ? {} : { label }) };
  },
};

/** A display name that says more than Outlook's own, which is made of name and address: `Ann Lee (ann@example.com)`. */
function labelIn(display: string, address: string, flat: Flat): string {
  const label = display.replace(/\s*[([<][^()[\]<>]*@[^()[\]<>]*[)\]>]$/, '').trim();
  const parts = ['name.given', 'name.middle', 'name.family'].map((path) => flat.get(path) ?? '');
  const names = [parts, [parts[0], parts[2]]].map((words) => words.filter((word) => word !== '').join(' '));
  const made = [address, flat.get('name.full') ?? '', flat.get('org') ?? '', ...names];
  return made.some((text) => text.toLowerCase() === label.toLowerCase()) ? '' : label;
}

const phones: Table = {
  property: 'phones',
  letter: 'p',
  slots: PHONES,
  parts: [''],
  write: (entry) => ({ '': textOf((entry as Phone).number).replace(/^(?:\s*tel:)+(?=.)/i, '') }),
  read: ({ '': number = '' }) => (number === '' ? undefined : { number }),
};

const ADDRESS_KINDS: readonly (readonly [part: string, kind: string])[] = [
  ['.pobox', 'postOfficeBox'],
  ['.apartment', 'apartment'],
  ['.street', 'name'],
  ['.city', 'locality'],
  ['.state', 'region'],
  ['.postcode', 'postcode'],
  ['.country', 'country'],
];

/**
 * An address as the texts of a table: street is all that is not a part of its own, one line each; a box or an
 * apartment goes there too where `has` says that the table has no column for it.
 */
export function addressTexts(address: Address, has: (part: string) => boolean): Record<string, string> {
  const list = Array.isArray(address.components) ? address.components : [];
  const parts = list.filter((part) => textOf(part.value).trim() !== '');
  const own = ADDRESS_KINDS.filter(([part]) => part !== '.street' && has(part));
  const texts: Record<string, string> = {};
  for (const [part, kind] of own) {
    texts[part] = parts
      .filter((one) => one.kind === kind)
      .map((one) => one.value)
      .join(', ');
  }
  const apart = new Set(own.map(([, kind]) => kind));
  const lines = STREET_LINES.map((kinds) =>
    parts
      .filter((one) => kinds.includes(one.kind) && !apart.has(one.kind))
      .map((one) => one.value)
      .join(' '),
  );
  texts['.street'] = parts.length === 0 ? textOf(address.full) : lines.filter((line) => line !== '').join('\n');
  if (texts['.country'] === '') texts['.country'] = textOf(address.countryCode);
  return texts;
}

/** The components that the texts name. */
export function addressOf(parts: Parts): Address | undefined {
  const components = ADDRESS_KINDS.flatMap(([part, kind]) => {
    const value = parts[part];
    return value === undefined || value === '' ? [] : [{ kind, value }];
  });
  return components.length === 0 ? undefined : { components };
}

/** The address with its formatted text, where that says more than the parts do. */
export function withFull(entry: Address | undefined, full: string): Address | undefined {
  if (full === '') return entry;
  const wordsOf = (text: string): string[] =>
    text
      .toLowerCase()
      .split(/[\s,;]+/)
      .filter((word) => word !== '');
  const known = new Set((entry?.components ?? []).flatMap((part) => wordsOf(part.value)));
  return entry !== undefined && wordsOf(full).every((word) => known.has(word)) ? entry : { ...entry, full };
}

const addresses: Table = {
  property: 'addresses',
  letter: 'a',
  slots: ADDRESSES,
  parts: ['.pobox', '.street', '.street2', '.street3', '.city', '.state', '.postcode', '.country', '.full'],
  write: (entry, { path }, has) => {
    const texts = addressTexts(entry, (part) => has(path + part));
    if (!has(`${path}.street2`)) return texts;
    const lines = clean(texts['.street'] ?? '').split(/\s*\n\s*/);
    const third = has(`${path}.street3`);
    const [first = '', second = ''] = lines;
    return {
      ...texts,
      '.street': first,
      '.street2': third ? second : lines.slice(1).join('\n'),
      '.street3': third ? lines.slice(2).join('\n') : '',
    };
  },
  read: (parts) => {
    const lines = [parts['.street'], parts['.street2'], parts['.street3']].filter((line) => line !== undefined);
    return withFull(addressOf({ ...parts, '.street': lines.join('\n') }), parts['.full'] ?? '');
  },
};

const links: Table = {
  property: 'links',
  letter: 'l',
  slots: LINKS,
  parts: [''],
  write: (entry) => {
    const uri = clean(textOf((entry as Resource).uri));
    return entry['kind'] !== undefined || uri === '' ? undefined : { '': linkUri(uri) };
  },
  read: ({ '': uri = '' }) => (uri === '' ? undefined : { uri: linkUri(uri) }),
};

/** A link must be a URI (RFC 9553, section 1.4.4): `example.com` becomes `https://example.com`. */
export function linkUri(text: string): string {
  const uri = /^[a-z][a-z0-9+.-]*:/i.test(text) && !/^[^/:]+\.[^/:]+:\d/.test(text) ? text : `https://${text}`;
  return uri.replace(/\s+/g, '%20');
}

const URI = /^[a-z][a-z0-9+.-]*:[^\s]+$/i;

const onlineServices: Table = {
  property: 'onlineServices',
  letter: 's',
  slots: IMS,
  parts: [''],
  write: (entry) => ({ '': textOf((entry as OnlineService).uri) || textOf((entry as OnlineService).user) }),
  read: ({ '': text = '' }) => (text === '' ? undefined : URI.test(text) ? { uri: text } : { user: text }),
};

const TABLES: readonly Table[] = [emails, phones, addresses, links, onlineServices];

/** The card's entries into the paths that the table `has`. */
export function writeEntries(card: Card, has: (path: string) => boolean, flat: Flat): void {
  for (const table of TABLES) {
    const slots = table.slots.filter((slot) => table.parts.some((part) => has(slot.path + part)));
    const first = slots[0];
    if (first === undefined || card[table.property] === undefined) continue;
    const textsAt = (entry: Ranked, slot: Slot): [path: string, text: string][] =>
      Object.entries(table.write(entry, slot, has, flat) ?? {})
        .map(([part, text]): [string, string] => [slot.path + part, clean(text)])
        .filter(([path, text]) => text !== '' && has(path));
    const entries = ranked<Ranked>(card[table.property]).map(([, entry]) => entry);
    const full = entries.filter((entry) => textsAt(entry, first).length > 0);
    for (const [slot, entry] of place(full, slots, table.inOrder)) {
      for (const [path, text] of textsAt(entry, slot)) flat.set(path, text);
    }
  }
}

/** Paths of each slot's texts, made once. */
const PATHS: ReadonlyMap<Slot, readonly (readonly [part: string, path: string])[]> = new Map(
  TABLES.flatMap(({ slots, parts }) =>
    slots.map((slot) => [slot, parts.map((part) => [part, slot.path + part] as const)] as const),
  ),
);

/** The entries of a row, in the order of the slots. */
export function readEntries(flat: Flat, card: Card): void {
  for (const { property, letter, slots, read } of TABLES) {
    let map: Record<string, Ranked> | undefined;
    let count = 0;
    for (const slot of slots) {
      const texts = textsOf(flat, slot);
      const entry = texts === undefined ? undefined : read(texts, flat);
      if (entry !== undefined) (map ??= {})[`${letter}${(count += 1)}`] = dressed(entry, slot);
    }
    if (map !== undefined) Object.assign(card, { [property]: map });
  }
}

function textsOf(flat: Flat, slot: Slot): Record<string, string> | undefined {
  let texts: Record<string, string> | undefined;
  for (const [part, path] of PATHS.get(slot) ?? []) {
    const text = flat.get(path);
    if (text !== undefined) (texts ??= {})[part] = text;
  }
  return texts;
}
