/** Entries of a card's maps made from option values: e-mail addresses, numbers, postal addresses. */
import type { Address, AddressComponent, Card, EmailAddress, Phone } from './card.js';
import { InputError } from './errors.js';
import { emailText, phoneText } from './normal-text.js';
import { retype, sameTyping, splitTyped, TYPE_WORDS, typingOf } from './build-types.js';
import type { Typing } from './build-types.js';
import { nearest } from './nearest.js';

/** How a value meets what is there: `set` retypes an equal value, `append` makes another entry for another type. */
export type Mode = 'set' | 'append';

/** The next free key: `e1`, `e2`, ... in the given map. */
function nextKey(map: Record<string, unknown>, letter: string): string {
  let number = Object.keys(map).length + 1;
  while (Object.hasOwn(map, `${letter}${number}`)) number++;
  return `${letter}${number}`;
}

/** Adds an entry under the next free key. */
export function addEntry<T>(map: Record<string, T>, letter: string, entry: T): void {
  map[nextKey(map, letter)] = entry;
}

function checkEmail(address: string): void {
  if (/^[^\s\u0000-\u001f\u007f]+@[^\s\u0000-\u001f\u007f@]+$/.test(address) || /^".*"@[^\s@]+$/.test(address)) return;
  throw new InputError(`"${address.slice(0, 80)}" is no e-mail address`, {
    hint: `write ADDRESS or TYPE:ADDRESS, such as work:anna@example.com (types: ${TYPE_WORDS.email.join(', ')}, or a label)`,
  });
}

function checkPhone(number: string): void {
  if (number !== '' && !/[\u0000-\u001f\u007f]/.test(number)) return;
  throw new InputError(number === '' ? 'the phone number is empty' : `"${number.slice(0, 80)}" is no phone number`, {
    hint: `write NUMBER or TYPE:NUMBER, such as mobile:+49301234 (types: ${TYPE_WORDS.phone.join(', ')}, or a label)`,
  });
}

/** Puts a typed value into a map: retypes an equal one (`set`), skips an identical one, else adds it. */
function place<T extends Typing>(
  map: Record<string, T>,
  letter: string,
  same: (entry: T) => boolean,
  make: () => T,
  typing: Typing | undefined,
  mode: Mode,
): void {
  const equal = Object.values(map).filter(same);
  const first = equal[0];
  if (equal.some((entry) => typing === undefined || sameTyping(entry, typing))) return;
  if (first !== undefined && mode === 'set') {
    retype(first, typing ?? {});
    return;
  }
  addEntry(map, letter, { ...make(), ...typing });
}

/** Adds an e-mail address with the TYPE, or gives the TYPE to the equal address that is there. @throws InputError */
export function addEmail(card: Card, address: string, type: string | undefined, mode: Mode): void {
  const bare = address.trim().replace(/^mailto:/i, '');
  if (mode === 'set') checkEmail(bare);
  const map: Record<string, EmailAddress> = (card.emails ??= {});
  const same = (entry: EmailAddress): boolean =>
    emailText(entry.address).toLowerCase() === emailText(bare).toLowerCase();
  const typing = type === undefined ? undefined : typingOf(type, 'email');
  place<EmailAddress>(map, 'e', same, () => ({ address: bare }), typing, mode);
}

/** Adds a phone number with the TYPE, or gives the TYPE to the equal number that is there. @throws InputError */
export function addPhone(card: Card, number: string, type: string | undefined, mode: Mode): void {
  const bare = number.trim();
  if (mode === 'set') checkPhone(bare);
  const map: Record<string, Phone> = (card.phones ??= {});
  const same = (entry: Phone): boolean => phoneText(entry.number) === phoneText(bare);
  const typing = type === undefined ? undefined : typingOf(type, 'phone');
  place<Phone>(map, 'p', same, () => ({ number: bare }), typing, mode);
}

/**
 * Adds `[TYPE:]VALUE` as `--email` and `--phone` take it: known TYPE words become contexts (`home`, `work`) and
 * features (`mobile`, `fax`, `home-fax`, `pager`, `main`), any other word before the colon a label. A value that is
 * there already takes the new type.
 *
 * @throws InputError when the value is no address or number
 */
export function addTyped(card: Card, kind: 'email' | 'phone', text: string): void {
  const { type, value } = splitTyped(text);
  if (kind === 'email') addEmail(card, value, type, 'set');
  else addPhone(card, value, type, 'set');
}

/** Address parts as options spell them, and the component kinds they stand for (RFC 9553, section 2.5.1). */
export const ADDRESS_PARTS: Record<string, string> = {
  street: 'name',
  number: 'number',
  apartment: 'apartment',
  pobox: 'postOfficeBox',
  city: 'locality',
  state: 'region',
  postcode: 'postcode',
  country: 'country',
};

/** The component kind of an address part. @throws InputError naming the parts there are */
function addressKind(part: string): string {
  const name = part.trim().toLowerCase();
  const kind = Object.hasOwn(ADDRESS_PARTS, name) ? ADDRESS_PARTS[name] : undefined;
  if (kind !== undefined) return kind;
  const names = Object.keys(ADDRESS_PARTS);
  const near = nearest(name, names);
  throw new InputError(`an address has no "${part.slice(0, 40)}"`, {
    hint: `${near === undefined ? '' : `did you mean ${near}? `}parts are ${names.join(', ')}`,
  });
}

/** Splits at an unescaped separator; `\;` `\=` `\\` and `\n` are undone by {@link unescapePart}. */
function splitAt(text: string, separator: string, limit = Infinity): string[] {
  const parts: string[] = [];
  let start = 0;
  for (let i = 0; i < text.length && parts.length + 1 < limit; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === separator) {
      parts.push(text.slice(start, i));
      start = i + 1;
    }
  }
  parts.push(text.slice(start));
  return parts;
}

function unescapePart(text: string): string {
  return text.replace(/\\([\\;=:n])/g, (_, char: string) => (char === 'n' ? '\n' : char));
}

/**
 * Adds a postal address from `[TYPE:]street=…;city=…;state=…;postcode=…;country=…`. A `;`, `=` or `\` inside a value is
 * written with a backslash before it, a line break as `\n`.
 *
 * @throws InputError naming the part that is unknown or malformed
 */
export function addAddress(card: Card, text: string): void {
  const [head = '', ...rest] = splitAt(text, ':', 2);
  const typed = rest.length > 0 && !/(^|[^\\])=/.test(head);
  const type = typed ? unescapePart(head) : '';
  const components: AddressComponent[] = [];
  for (const piece of splitAt(typed ? (rest[0] ?? '') : text, ';')) {
    if (piece.trim() === '') continue;
    const [part = '', value] = splitAt(piece, '=', 2);
    if (value === undefined) {
      throw new InputError(`"${piece.trim().slice(0, 80)}" is no part of an address`, {
        hint: 'write --address "home:street=Main Street 1;city=Berlin;postcode=10115;country=Germany"; a ; inside a value is \\;',
      });
    }
    const plain = unescapePart(value).trim();
    if (plain !== '') components.push({ kind: addressKind(part), value: plain });
  }
  if (components.length === 0) throw new InputError('the address is empty', { hint: 'give at least street= or city=' });
  addEntry((card.addresses ??= {}), 'a', { components, ...typingOf(type, 'address') });
}

/** Sets one part of the address of that TYPE; makes the address when there is none. '' removes the part. */
export function setAddressPart(card: Card, type: string, part: string, value: string): void {
  const kind = addressKind(part);
  const typing = typingOf(type, 'address');
  const map: Record<string, Address> = (card.addresses ??= {});
  const found = Object.entries(map).find(([, address]) => sameTyping(address, typing));
  const address: Address = found?.[1] ?? { ...typing };
  const kept = (address.components ?? []).filter((component) => component.kind !== kind);
  const components = value === '' ? kept : [...kept, { kind, value }];
  // The text for the envelope was made of the old parts.
  if (address.components !== undefined) delete address.full;
  if (kind === 'country') delete address.countryCode;
  if (components.length > 0) address.components = components;
  else delete address.components;
  const empty = address.components === undefined && address.full === undefined;
  if (found === undefined && !empty) addEntry(map, 'a', address);
  else if (found !== undefined && empty) delete map[found[0]];
  if (Object.keys(map).length === 0) delete card.addresses;
}
