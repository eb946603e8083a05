/** Postal addresses: one multi-line text for what is not city, state, code, country. */
import type { Address } from '../../model/card.js';
import { STREET_LINES } from '../../model/join.js';

export interface AddressTexts {
  street: string;
  city: string;
  state: string;
  postalCode: string;
  countryOrRegion: string;
  postOfficeBox: string;
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** @param box the shape has a member for the post office box; else it is a line of the street */
export function addressTexts(address: Address, box: boolean): AddressTexts {
  const parts = (Array.isArray(address.components) ? address.components : []).filter(
    (part) => typeof part.value === 'string' && part.value.trim() !== '',
  );
  const values = (...kinds: string[]): string[] =>
    parts.filter((part) => kinds.includes(part.kind)).map((part) => part.value);
  // Street name and number on one line, in the order of the components.
  const lines = STREET_LINES.map((kinds) =>
    box && kinds.includes('postOfficeBox')
      ? ''
      : parts
          .filter((part) => kinds.includes(part.kind))
          .map((part) => part.value)
          .join(' '),
  );
  return {
    street: parts.length === 0 ? text(address.full) : lines.filter((line) => line !== '').join('\n'),
    city: values('locality').join(', '),
    state: values('region').join(', '),
    postalCode: values('postcode').join(', '),
    countryOrRegion: values('country').join(', ') || text(address.countryCode),
    postOfficeBox: box ? values('postOfficeBox').join(', ') : '',
  };
}

const KINDS: readonly (readonly [member: keyof AddressTexts, kind: string])[] = [
  ['postOfficeBox', 'postOfficeBox'],
  ['street', 'name'],
  ['city', 'locality'],
  ['state', 'region'],
  ['postalCode', 'postcode'],
  ['countryOrRegion', 'country'],
];

/** Line breaks come as CR LF from Outlook's own clients. */
export function addressFrom(texts: Readonly<Record<string, string>>): Address {
  return {
    components: KINDS.flatMap(([member, kind]) => {
      const value = texts[member];
      return value === undefined ? [] : [{ kind, value: value.replace(/\r\n?/g, '\n') }];
    }),
  };
}
