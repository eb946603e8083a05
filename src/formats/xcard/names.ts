/** Names of xCard: its namespace, components of structured values, types of parameters (RFC 6351, section 5 and appendix A). */

export const NAMESPACE = 'urn:ietf:params:xml:ns:vcard-4.0';

interface Components {
  /** Elements by component. */
  names: readonly string[];
  /** So many the schema of RFC 6351 asks for; the others (RFC 9554) are written when they say something. */
  always: number;
}

/** `name` and `number` of an address are streetname and streetnumber here: they stand beside others of any kind. */
const COMPONENTS: ReadonlyMap<string, Components> = new Map(
  Object.entries({
    n: { names: 'surname given additional prefix suffix surname2 generation'.split(' '), always: 5 },
    adr: {
      names: (
        'pobox ext street locality region code country room apartment floor streetnumber streetname building block ' +
        'subdistrict district landmark direction'
      ).split(' '),
      always: 7,
    },
    gender: { names: ['sex', 'identity'], always: 1 },
    clientpidmap: { names: ['sourceid', 'uri'], always: 2 },
  }),
);

export function componentsOf(property: string): Components | undefined {
  return COMPONENTS.get(property);
}

const PARAM_TYPES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    text:
      'altid pid type mediatype calscale sort-as label tz author-name cc level phonetic prop-id script ' +
      'service-type username jscomps jsptr',
    uri: 'geo author',
    integer: 'pref index',
    'language-tag': 'language',
    boolean: 'derived',
    timestamp: 'created',
  }).flatMap(([type, names]) => names.split(' ').map((name) => [name, type] as const)),
);

/** The element of a parameter's value; `unknown` for extensions and for what is not what it should be. */
export function paramType(name: string, value: string): string {
  const type = PARAM_TYPES.get(name) ?? 'unknown';
  if (type === 'integer') return /^\d{1,9}$/.test(value) ? type : 'text';
  if (type === 'boolean') return /^(true|false)$/.test(value) ? type : 'text';
  return type;
}

/** Names of elements that we write: the first character decides what XML takes. */
export function isElementName(name: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_-]*$/.test(name);
}
