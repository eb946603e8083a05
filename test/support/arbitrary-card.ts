/** Cards for property tests: every property of RFC 9553, with texts that break naive readers and writers. */
import fc from 'fast-check';
import type { Card, VCardProp } from '../../src/model/card.js';
import { isObject, own, put } from '../../src/model/json.js';
import type { JsonObject } from '../../src/model/json.js';
import { arbitraryText } from './arbitrary-text.js';

export { arbitraryText } from './arbitrary-text.js';

const id = fc.oneof(
  { weight: 5, arbitrary: fc.stringMatching(/^[A-Za-z0-9_-]{1,8}$/) },
  { weight: 2, arbitrary: fc.constantFrom('e1', 'p1', 'p2', 'a1', 't2', 'n1', 'm1', 'o1', 's3') },
  { weight: 1, arbitrary: fc.constantFrom('__proto__', 'constructor', 'toString') },
);
const uri = fc.oneof(
  fc.constantFrom(
    'https://example.com/a?b=c;d,e',
    'urn:uuid:03a0e51f-d1aa-4385-8a53-e29025acd8af',
    'mailto:a@example.com',
  ),
  fc.webUrl(),
  arbitraryText.map((text) => `x-test:${text}`),
);
const data = fc.oneof(
  fc
    .uint8Array({ minLength: 1, maxLength: 40 })
    .map((bytes) => `data:image/jpeg;base64,${Buffer.from(bytes).toString('base64')}`),
  fc.constantFrom(
    'data:image/svg+xml;base64,PHN2Zz4=',
    'data:text/plain,hello%20there',
    'data:image/png;base64,bad===',
    'data:audio/ogg;base64,AAAA',
  ),
);
const utc = fc
  .date({ min: new Date('1900-01-01T00:00:00Z'), max: new Date('2100-01-01T00:00:00Z'), noInvalidDate: true })
  .map((date) => `${date.toISOString().slice(0, 19)}Z`);
const pref = fc.integer({ min: 1, max: 100 });

/** A map of 1 to 3 entries; `__proto__` is a key like any other. */
function mapOf(value: fc.Arbitrary<JsonObject>, keys: fc.Arbitrary<string> = id): fc.Arbitrary<JsonObject> {
  return fc
    .uniqueArray(fc.tuple(keys, value), { minLength: 1, maxLength: 3, selector: ([key]) => key })
    .map((entries) => {
      const map: JsonObject = {};
      for (const [key, entry] of entries) put(map, key, entry);
      return map;
    });
}

function setFrom(...names: string[]): fc.Arbitrary<JsonObject> {
  return fc.subarray(names, { minLength: 1 }).map((list) => Object.fromEntries(list.map((name) => [name, true])));
}

/** An object whose members are all optional but the required ones. */
function objectOf(
  required: Record<string, fc.Arbitrary<unknown>>,
  optional: Record<string, fc.Arbitrary<unknown>> = {},
): fc.Arbitrary<JsonObject> {
  return fc.record({ ...required, ...optional }, { requiredKeys: Object.keys(required) });
}

const json = fc
  .jsonValue({ maxDepth: 3 })
  .map((value) => JSON.parse(JSON.stringify(value)) as unknown)
  .filter((value) => value !== null);
const vCardParams = fc.constantFrom<JsonObject>(
  { 'x-foo': 'bar' },
  { 'x-foo': ['a', 'b;c'], pid: '1.1' },
  { type: 'x-own' },
  { 'x-q': '"^n' },
  { group: 'Grp' },
);
const extras = { vCardParams, 'example.com:ext': json };
const contexts = setFrom('private', 'work', 'example.com:other');
const ranked = { contexts, pref, label: arbitraryText, ...extras };

const nameKinds = ['surname', 'given', 'given2', 'title', 'credential', 'surname2', 'generation', 'example.com:kind'];
const addressKinds =
  'postOfficeBox apartment name locality region postcode country room floor number building block subdistrict district landmark direction'.split(
    ' ',
  );

function components(kinds: readonly string[], ordered: boolean): fc.Arbitrary<JsonObject[]> {
  const component = objectOf({ kind: fc.constantFrom(...kinds), value: arbitraryText }, { phonetic: arbitraryText });
  const separator = arbitraryText.map((value): JsonObject => ({ kind: 'separator', value }));
  return fc.array(
    ordered ? fc.oneof({ weight: 4, arbitrary: component }, { weight: 1, arbitrary: separator }) : component,
    { minLength: 1, maxLength: 5 },
  );
}

function structured(kinds: readonly string[]): fc.Arbitrary<JsonObject> {
  const sounds = {
    phoneticSystem: fc.constantFrom('ipa', 'jyut', 'piny'),
    phoneticScript: fc.constantFrom('Latn', 'Cyrl'),
  };
  return fc.oneof(
    objectOf({ components: components(kinds, false) }, sounds),
    objectOf(
      { components: components(kinds, true), isOrdered: fc.constant(true) },
      { defaultSeparator: fc.constantFrom(' ', ', ', '', ';', '\\'), ...sounds },
    ),
  );
}

const name = fc.oneof(
  objectOf({ full: arbitraryText }),
  fc
    .tuple(
      structured(nameKinds),
      objectOf(
        {},
        { full: arbitraryText, sortAs: fc.constantFrom({ surname: 'Doe' }, { given: 'a,b', surname: 'x' }), ...extras },
      ),
    )
    .map(([a, b]) => ({ ...a, ...b })),
);
const address = fc
  .tuple(
    fc.oneof(
      structured(addressKinds),
      objectOf({ full: arbitraryText }),
      fc.constantFrom({ coordinates: 'geo:12.5,-3' }, { timeZone: 'Europe/Paris' }),
    ),
    objectOf(
      {},
      {
        ...ranked,
        contexts: setFrom('private', 'work', 'billing', 'delivery'),
        full: arbitraryText,
        countryCode: fc.constantFrom('US', 'DE', 'usa'),
        coordinates: fc.constantFrom('geo:12.5,-3', 'geo:1,2;u=3', 'https://example.com/geo'),
        timeZone: fc.constantFrom('Europe/Paris', 'Etc/GMT+5', 'Etc/UTC', 'x;y', '+0530'),
      },
    ),
  )
  .map(([a, b]): JsonObject => ({ ...b, ...a }));

const partialDate = fc.oneof(
  objectOf(
    {
      year: fc.integer({ min: 1, max: 9999 }),
      month: fc.integer({ min: 1, max: 12 }),
      day: fc.integer({ min: 1, max: 28 }),
    },
    { calendarScale: fc.constantFrom('chinese', 'gregorian') },
  ),
  objectOf({ month: fc.integer({ min: 1, max: 12 }), day: fc.integer({ min: 1, max: 28 }) }),
  objectOf({ year: fc.integer({ min: 1600, max: 2100 }), month: fc.integer({ min: 1, max: 12 }) }),
  objectOf({ year: fc.integer({ min: 1600, max: 2100 }) }),
);
const date = fc.oneof(
  { weight: 4, arbitrary: partialDate },
  { weight: 1, arbitrary: utc.map((text): JsonObject => ({ '@type': 'Timestamp', utc: text })) },
);

function resource(
  kinds: readonly string[],
  more: Record<string, fc.Arbitrary<unknown>> = {},
): fc.Arbitrary<JsonObject> {
  const kind = kinds.length === 0 ? {} : { kind: fc.constantFrom(...kinds) };
  return objectOf(
    { uri: fc.oneof(uri, data), ...kind },
    { mediaType: fc.constantFrom('image/jpeg', 'text/html'), ...ranked, ...more },
  );
}

const leftoverParams = fc.constantFrom<VCardProp[1]>({}, { group: 'item9' }, { 'x-p': ['1', '2'] });
const vCardProp: fc.Arbitrary<VCardProp> = fc.oneof(
  fc
    .tuple(fc.constantFrom('x-foo', 'x-bar', 'x-ablabel'), leftoverParams, arbitraryText)
    .map(([name, params, text]): VCardProp => [name, params, 'unknown', text]),
  fc.constantFrom<VCardProp>(
    ['gender', {}, 'text', ['M', 'free text']],
    ['gender', {}, 'text', 'F'],
    ['clientpidmap', {}, 'text', ['1', 'urn:uuid:53e374d9-337e-4727-8803-a1e9c14e0556']],
    ['x-blob', { encoding: 'b' }, 'unknown', 'AAECAw=='],
    ['x-num', {}, 'integer', 5],
    ['bday', {}, 'text', 'circa 1800'],
    ['x-text', {}, 'text', 'a\nb;c,d'],
    ['note', { 'x-a': 'b' }, 'text', 'would be read as a note'],
  ),
);

const key = fc.oneof(
  arbitraryText,
  fc.constantFrom('__proto__', 'constructor', 'urn:uuid:03a0e51f-d1aa-4385-8a53-e29025acd8af', 'mailto:x@example.com'),
);

const bare: fc.Arbitrary<JsonObject> = fc.record(
  {
    uid: fc.oneof(
      fc.uuid().map((uuid) => `urn:uuid:${uuid}`),
      fc.stringMatching(/^[a-z0-9]{1,10}$/),
      fc.constantFrom('a;b,c\\d', 'x y'),
    ),
    created: utc,
    updated: utc,
    kind: fc.constantFrom('individual', 'org', 'location', 'device', 'application', 'example.com:Own'),
    language: fc.constantFrom('en', 'de-AT'),
    prodId: arbitraryText,
    relatedTo: mapOf(
      objectOf(
        {},
        {
          relation: setFrom('friend', 'spouse', 'child', 'example.com:boss'),
          label: arbitraryText,
          vCardParams: fc.constant({ 'x-foo': 'bar' }),
        },
      ),
      key,
    ),
    name,
    nicknames: mapOf(objectOf({ name: arbitraryText }, ranked)),
    organizations: mapOf(
      objectOf(
        { name: arbitraryText },
        {
          ...ranked,
          units: fc.array(objectOf({ name: arbitraryText }, { sortAs: arbitraryText }), { minLength: 1, maxLength: 3 }),
          sortAs: arbitraryText,
        },
      ),
    ),
    titles: mapOf(objectOf({ name: arbitraryText, kind: fc.constantFrom('title', 'role') }, ranked)),
    speakToAs: objectOf(
      { grammaticalGender: fc.constantFrom('neuter', 'feminine') },
      { pronouns: mapOf(objectOf({ pronouns: arbitraryText }, { contexts, pref })) },
    ),
    emails: mapOf(objectOf({ address: fc.oneof(fc.emailAddress(), arbitraryText) }, ranked)),
    phones: mapOf(
      objectOf(
        {
          number: fc.oneof(
            fc.constantFrom('+1 555 0100', 'tel:+1-555-0100', 'tel:+1-555;ext=5', 'sip:a@b', '1-800-FLOWERS'),
            arbitraryText,
          ),
        },
        {
          ...ranked,
          features: setFrom(
            'mobile',
            'voice',
            'fax',
            'pager',
            'text',
            'textphone',
            'video',
            'main-number',
            'example.com:x',
          ),
        },
      ),
    ),
    onlineServices: mapOf(
      fc.oneof(
        objectOf({ uri }, { ...ranked, service: arbitraryText, user: arbitraryText, vCardName: fc.constant('impp') }),
        objectOf({ user: arbitraryText }, { ...ranked, service: arbitraryText }),
        objectOf({ user: arbitraryText, service: fc.constant('AIM'), vCardName: fc.constant('x-aim') }, ranked),
      ),
    ),
    preferredLanguages: mapOf(objectOf({ language: fc.constantFrom('en', 'fr', 'de-AT') }, ranked)),
    calendars: mapOf(resource(['calendar', 'freeBusy', 'example.com:x'])),
    schedulingAddresses: mapOf(objectOf({ uri }, ranked)),
    addresses: mapOf(address),
    cryptoKeys: mapOf(resource([])),
    directories: mapOf(resource(['directory', 'entry'], { listAs: fc.integer({ min: 1, max: 9 }) })),
    links: mapOf(
      objectOf(
        { uri },
        { ...ranked, kind: fc.constantFrom('contact', 'example.com:x'), mediaType: fc.constant('text/html') },
      ),
    ),
    media: mapOf(resource(['photo', 'logo', 'sound', 'example.com:x'])),
    anniversaries: mapOf(
      objectOf(
        { kind: fc.constantFrom('birth', 'death', 'wedding', 'other', 'example.com:x'), date },
        {
          label: arbitraryText,
          place: fc.oneof(objectOf({ full: arbitraryText }), fc.constant({ coordinates: 'geo:1,2' }), address),
          ...extras,
        },
      ),
    ),
    keywords: mapOf(fc.constant({}), key).map((map) => {
      const set: JsonObject = {};
      for (const word of Object.keys(map)) put(set, word, true);
      return set;
    }),
    notes: mapOf(
      objectOf(
        { note: arbitraryText },
        { created: utc, author: objectOf({ name: arbitraryText }, { uri }), ...extras },
      ),
    ),
    personalInfo: mapOf(
      objectOf(
        { kind: fc.constantFrom('expertise', 'hobby', 'interest', 'example.com:x'), value: arbitraryText },
        {
          level: fc.constantFrom('low', 'medium', 'high', 'expert'),
          listAs: fc.integer({ min: 1, max: 9 }),
          label: arbitraryText,
          ...extras,
        },
      ),
    ),
    vCardProps: fc.array(vCardProp, { minLength: 1, maxLength: 3 }),
    'example.com:vendor': json,
    unknownProperty: json,
  },
  { requiredKeys: ['uid'] },
);

const TRANSLATABLE: readonly (readonly [map: string, member: string])[] = [
  ['titles', 'name'],
  ['notes', 'note'],
  ['nicknames', 'name'],
  ['emails', 'label'],
  ['organizations', 'name'],
  ['addresses', 'full'],
];

/** Pointers into what the card has, with new texts. */
function localized(card: JsonObject, texts: readonly string[]): JsonObject | undefined {
  const patch: JsonObject = {};
  let next = 0;
  const add = (pointer: string): void => put(patch, pointer, texts[next++ % texts.length] ?? 'x');
  for (const [map, member] of TRANSLATABLE) {
    const holder = own(card, map);
    for (const entry of isObject(holder) ? Object.keys(holder) : [])
      if (entry !== '__proto__') add(`${map}/${entry}/${member}`);
  }
  if (isObject(card.name) && card.name.full !== undefined) add('name/full');
  if (isObject(card.name) && Array.isArray(card.name.components)) add('name/components/0/phonetic');
  return Object.keys(patch).length === 0 ? undefined : { fr: patch };
}

/** A valid Card (RFC 9553), now and then with a title that belongs to an organization, a group, or translations. */
export const arbitraryCard: fc.Arbitrary<Card> = fc
  .tuple(bare, fc.array(arbitraryText, { minLength: 2, maxLength: 4 }), fc.integer({ min: 0, max: 9 }))
  .map(([members, texts, dice]) => {
    const card: JsonObject = { '@type': 'Card', version: '1.0', ...members };
    const firm = isObject(card.organizations) ? Object.keys(card.organizations)[0] : undefined;
    for (const title of Object.values(isObject(card.titles) ? card.titles : {})) {
      if (isObject(title) && firm !== undefined && dice % 2 === 0) title.organizationId = firm;
    }
    if (dice === 1) {
      card.kind = 'group';
      card.members = { 'urn:uuid:03a0e51f-d1aa-4385-8a53-e29025acd8af': true, 'mailto:a@example.com': true };
    }
    const patch = dice > 7 ? localized(card, texts) : undefined;
    if (patch !== undefined) card.localizations = patch;
    return card as unknown as Card;
  });

/** The card as any text format may bring it back: line breaks are LF, components without an order are sorted. */
export function levelled<T>(value: T): T;
export function levelled(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(/\r\n?/g, '\n');
  if (Array.isArray(value)) return value.map((item: unknown) => levelled(item));
  if (!isObject(value)) return value;
  const copy: JsonObject = {};
  for (const name of Object.keys(value).sort()) put(copy, name, levelled(value[name]));
  if (Array.isArray(copy.components) && copy.isOrdered !== true) {
    copy.components = copy.components.map((item: unknown) => JSON.stringify(item)).sort();
  }
  return copy;
}
