/** Contact objects in the spelling and shape of each dialect. */
import type { FakeContact, Texts } from './store.js';

export interface Spelling {
  name: 'graph' | 'graph-beta' | 'outlook-beta' | 'outlook-v2';
  family: 'graph' | 'outlook';
  shape: 'flat' | 'typed';
}

export type Json = Record<string, unknown>;

export const TEXTS = [
  ...['displayName', 'givenName', 'middleName', 'surname', 'title', 'generation', 'initials', 'nickName'],
  ...['yomiGivenName', 'yomiSurname', 'yomiCompanyName', 'fileAs', 'companyName', 'department', 'jobTitle'],
  ...['profession', 'officeLocation', 'manager', 'assistantName', 'spouseName', 'personalNotes', 'gender'],
];
export const LISTS = ['imAddresses', 'children', 'categories'] as const;
export const PHONE_TYPES = [
  'business',
  'home',
  'mobile',
  'other',
  'assistant',
  'homeFax',
  'businessFax',
  'otherFax',
  'pager',
  'radio',
];
export const PLACES = ['home', 'business', 'other'];
export const SITES = ['other', 'home', 'work', 'blog', 'profile'];
export const ADDRESS = ['street', 'city', 'state', 'countryOrRegion', 'postalCode'];
export const upper = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

export function spell(name: string, { family, name: dialect }: Spelling): string {
  if (family === 'graph') return name;
  return dialect === 'outlook-v2' && name === 'mobilePhone' ? 'MobilePhone1' : upper(name);
}

export const word = (value: string, spelling: Spelling): string => (spelling.family === 'graph' ? value : upper(value));

/** The field that a MAPI property is, if it is one that we know. */
const TAGS: Record<number, string> = {
  0x3a1f: 'phone other',
  0x3a2e: 'phone assistant',
  0x3a24: 'phone businessFax',
  0x3a25: 'phone homeFax',
  0x3a23: 'phone otherFax',
  0x3a21: 'phone pager',
  0x3a1d: 'phone radio',
  0x3a50: 'site home',
  0x3a41: 'wedding',
};

export function tagOf(id: string): string | undefined {
  const found = /^(String|SystemTime) 0x([0-9a-f]{4})(?:[0-9a-f]{4})?$/i.exec(id);
  const field = found === null ? undefined : TAGS[Number.parseInt(found[2] ?? '', 16)];
  if (field === undefined) return undefined;
  return (field === 'wedding') === (found?.[1] === 'SystemTime') ? field : undefined;
}

/** As the server writes ids: tags in small letters without zeros in front. */
function shownId(id: string): string {
  return id.replace(
    /0x([0-9a-f]{4})[0-9a-f]{0,4}$/i,
    (_all, tag: string) => `0x${Number.parseInt(tag, 16).toString(16)}`,
  );
}

export function extendedValue(contact: FakeContact, id: string): string | undefined {
  const field = tagOf(id);
  if (field === undefined) return contact.extended.get(id.toLowerCase());
  if (field === 'wedding')
    return contact.texts['weddingAnniversary'] && `${contact.texts['weddingAnniversary']}T00:00:00Z`;
  const [kind, type = ''] = field.split(' ');
  return kind === 'phone' ? contact.phones[type]?.[0] : contact.websites[type]?.address;
}

/** The members of `singleValueExtendedProperties` that were asked for. */
export function showExtended(contact: FakeContact, ids: readonly string[], spelling: Spelling): Json[] {
  const [key, val] = spelling.family === 'graph' ? ['id', 'value'] : ['PropertyId', 'Value'];
  return ids.flatMap((id) => {
    const value = extendedValue(contact, id);
    return value === undefined ? [] : [{ [key]: shownId(id), [val]: value }];
  });
}

function textOr(texts: Texts, names: readonly string[], spelling: Spelling): Json {
  const there = names.filter((name) => (texts[name] ?? '') !== '');
  return Object.fromEntries(there.map((name) => [spell(name, spelling), texts[name]]));
}

function shownFlat(contact: FakeContact, spelling: Spelling): Json {
  const { phones, addresses, websites } = contact;
  return {
    businessPhones: phones['business'] ?? [],
    homePhones: phones['home'] ?? [],
    mobilePhone: phones['mobile']?.[0] ?? null,
    ...Object.fromEntries(
      PLACES.map((place) => [`${place}Address`, textOr(addresses[place] ?? {}, ADDRESS, spelling)]),
    ),
    businessHomePage: websites['work']?.address ?? null,
  };
}

function shownTyped(contact: FakeContact, spelling: Spelling): Json {
  const { phones, addresses, websites, texts, flag } = contact;
  const entry = (type: string, members: Json): Json => ({
    [spell('type', spelling)]: word(type, spelling),
    ...Object.fromEntries(Object.entries(members).map(([name, value]) => [spell(name, spelling), value])),
  });
  const spelt = (value: unknown): unknown =>
    typeof value === 'object' && value !== null
      ? Object.fromEntries(Object.entries(value).map(([name, inner]) => [spell(name, spelling), spelt(inner)]))
      : value;
  return {
    phones: PHONE_TYPES.flatMap((type) => (phones[type] ?? []).map((number) => entry(type, { number }))),
    postalAddresses: PLACES.filter((place) => Object.values(addresses[place] ?? {}).some((text) => text !== '')).map(
      (place) => entry(place, addresses[place] ?? {}),
    ),
    websites: SITES.flatMap((type) => (websites[type] === undefined ? [] : [entry(type, websites[type])])),
    weddingAnniversary: texts['weddingAnniversary'] ?? null,
    gender: texts['gender'] ?? null,
    flag: spelt({ ...flag, flagStatus: word(String(flag['flagStatus']), spelling) }),
    ...(spelling.name === 'graph-beta' ? { isFavorite: contact.isFavorite } : {}),
  };
}

/** The whole object, without annotations and ids of its own. */
export function show(contact: FakeContact, spelling: Spelling): Json {
  const { texts, emails, lists } = contact;
  const email = ({ address, name, type, otherLabel }: FakeContact['emails'][number]): Json => ({
    [spell('name', spelling)]: name,
    [spell('address', spelling)]: address,
    ...(spelling.name === 'graph-beta'
      ? { type: type ?? 'unknown', ...(otherLabel === undefined ? {} : { otherLabel }) }
      : {}),
  });
  const members: Json = {
    ...Object.fromEntries(TEXTS.filter((name) => name !== 'gender').map((name) => [name, texts[name] ?? null])),
    personalNotes: texts['personalNotes'] ?? '',
    birthday: texts['birthday'] === undefined ? null : `${texts['birthday']}T11:59:00Z`,
    emailAddresses: emails.map(email),
    ...lists,
    ...(spelling.shape === 'flat' ? shownFlat(contact, spelling) : shownTyped(contact, spelling)),
    createdDateTime: contact.created,
    lastModifiedDateTime: contact.modified,
    changeKey: changeKey(contact),
    parentFolderId: contact.folder,
  };
  return Object.fromEntries(Object.entries(members).map(([name, value]) => [spell(name, spelling), value]));
}

export const changeKey = ({ immutableId, version }: FakeContact): string =>
  `EQAAABYAAAC${immutableId.slice(-8)}${version}`;

/** Names that a list may select. */
export function memberNames(spelling: Spelling): Set<string> {
  const blank = {
    phones: {},
    addresses: {},
    websites: {},
    texts: {},
    emails: [],
    lists: { imAddresses: [], children: [], categories: [] },
  };
  const names = Object.keys(
    show({ ...blank, flag: {}, extended: new Map(), id: '', immutableId: '' } as unknown as FakeContact, spelling),
  );
  return new Set([...names, spell('id', spelling)]);
}
