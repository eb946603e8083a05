/** Bodies of creates and updates, strictly: what the type lacks is refused, and so is what exceeds its limits. */
import { Failure } from './failure.js';
import { ADDRESS, LISTS, PHONE_TYPES, PLACES, SITES, spell, tagOf, TEXTS, upper, word } from './shape.js';
import type { Json, Spelling } from './shape.js';
import type { FakeContact, Texts } from './store.js';

const FLAG_STATUSES = ['notFlagged', 'complete', 'flagged'];
const NAME_PARTS = new Set(['givenName', 'middleName', 'surname', 'title', 'generation']);
const MOST: Record<string, number> = { business: 2, home: 2 };

const bad = (message: string): Failure => new Failure(400, 'RequestBodyRead', message);

function setExtended(contact: FakeContact, id: string, value: string): void {
  const field = tagOf(id);
  if (field === undefined) {
    if (!/^String \{[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\} Name \S+$/i.test(id))
      throw bad(`The property id ${id} is invalid.`);
    contact.extended.set(id.toLowerCase(), value);
  } else if (field === 'wedding') {
    if (!/^\d{4}-\d\d-\d\dT00:00:00Z$/.test(value)) throw bad('The value is no SystemTime.');
    contact.texts['weddingAnniversary'] = value.slice(0, 10);
  } else {
    const [kind, type = ''] = field.split(' ');
    if (kind === 'phone') contact.phones[type] = value === '' ? [] : [value];
    else if (value === '') delete contact.websites[type];
    else contact.websites[type] = { address: value, displayName: '' };
  }
}

const textIn = (value: unknown, name: string): string | undefined => {
  if (value === null || value === undefined) return undefined;
  if (typeof value !== 'string') throw bad(`Cannot convert the value of '${name}' to Edm.String.`);
  return value;
};

function objects(value: unknown, name: string, known: readonly string[], spelling: Spelling): Texts[] {
  if (!Array.isArray(value)) throw bad(`'${name}' is no collection.`);
  return value.map((item) => textsIn(item, name, known, spelling));
}

function textsIn(value: unknown, name: string, known: readonly string[], spelling: Spelling): Texts {
  if (typeof value !== 'object' || value === null) throw bad(`'${name}' is no object.`);
  const texts: Texts = {};
  for (const [key, inner] of Object.entries(value)) {
    const own = known.find((one) => spell(one, spelling) === key);
    if (own === undefined) throw bad(`The property '${key}' does not exist on the type of '${name}'.`);
    texts[own] = textIn(inner, `${name}.${key}`) ?? '';
  }
  return texts;
}

function oneOf(value: string | undefined, known: readonly string[], spelling: Spelling): string {
  const found = known.find((one) => word(one, spelling) === value);
  if (found === undefined) throw bad(`Requested value '${String(value)}' was not found.`);
  return found;
}

function limited(name: string, found: number, most: number): void {
  if (found <= most) return;
  const message = `The multi value property ${upper(name)} has ${found} entries, that exceeds the max allowed value of ${most}.`;
  throw new Failure(400, 'ErrorInvalidProperty', message);
}

const texted = (value: unknown, name: string): string[] => {
  if (!Array.isArray(value)) throw bad(`'${name}' is no collection.`);
  return value.map((item) => textIn(item, name) ?? '');
};

type Setter = (contact: FakeContact, value: unknown, spelling: Spelling) => void;

const setText =
  (name: string): Setter =>
  (contact, value) => {
    const text = textIn(value, name);
    if (text === undefined || text === '')
      contact.texts = Object.fromEntries(Object.entries(contact.texts).filter(([key]) => key !== name));
    else contact.texts[name] = text;
  };

const setDate =
  (name: string, pattern: RegExp): Setter =>
  (contact, value, spelling) => {
    const text = textIn(value, name);
    if (text !== undefined && !pattern.test(text)) throw bad(`'${text}' is no date.`);
    setText(name)(contact, text?.slice(0, 10) ?? null, spelling);
  };

const setEmails: Setter = (contact, value, spelling) => {
  const known = spelling.name === 'graph-beta' ? ['name', 'address', 'type', 'otherLabel'] : ['name', 'address'];
  const list = objects(value, 'emailAddresses', known, spelling);
  // What it has already, it may keep.
  limited('emailAddresses', list.length, Math.max(3, contact.emails.length));
  contact.emails = list.map(({ address = '', name, type, otherLabel }) => {
    if (address === '') throw new Failure(400, 'ErrorInvalidProperty', 'An e-mail address needs an address.');
    if (type !== undefined) oneOf(type, ['unknown', 'work', 'personal', 'main', 'other'], spelling);
    return { address, name: name || address, type, otherLabel };
  });
};

const setPhones: Setter = (contact, value, spelling) => {
  const phones: Record<string, string[]> = {};
  for (const { type, number = '' } of objects(value, 'phones', ['type', 'number'], spelling)) {
    (phones[oneOf(type, PHONE_TYPES, spelling)] ??= []).push(number);
  }
  for (const [type, list] of Object.entries(phones))
    limited(`${type}Phones`, list.length, Math.max(MOST[type] ?? 1, contact.phones[type]?.length ?? 0));
  contact.phones = phones;
};

const setPlaces: Setter = (contact, value, spelling) => {
  const places: Record<string, Texts> = {};
  const list = objects(value, 'postalAddresses', ['type', 'postOfficeBox', ...ADDRESS], spelling);
  for (const { type, ...address } of list) {
    const place = oneOf(type, ['unknown', ...PLACES], spelling);
    if (places[place] !== undefined) limited('postalAddresses', 2, 1);
    places[place] = address;
  }
  contact.addresses = places;
};

const setSites: Setter = (contact, value, spelling) => {
  contact.websites = {};
  for (const site of objects(value, 'websites', ['type', 'address', 'displayName'], spelling)) {
    const type = oneOf(site['type'], SITES, spelling);
    if (contact.websites[type] !== undefined) limited('websites', 2, 1);
    contact.websites[type] = { address: site['address'] ?? '', displayName: site['displayName'] ?? '' };
  }
};

const setFlag: Setter = (contact, value, spelling) => {
  if (typeof value !== 'object' || value === null) throw bad("'flag' is no object.");
  const flag: Json = {};
  for (const [key, inner] of Object.entries(value)) {
    const name = ['flagStatus', 'startDateTime', 'dueDateTime', 'completedDateTime'].find(
      (one) => spell(one, spelling) === key,
    );
    if (name === undefined) throw bad(`The property '${key}' does not exist on type 'followupFlag'.`);
    flag[name] =
      name === 'flagStatus'
        ? oneOf(textIn(inner, key), FLAG_STATUSES, spelling)
        : textsIn(inner, key, ['dateTime', 'timeZone'], spelling);
  }
  if (flag['flagStatus'] !== 'complete' && flag['completedDateTime'] !== undefined)
    throw new Failure(400, 'ErrorInvalidRequest', 'A CompletedDateTime cannot be set.');
  contact.flag = flag;
};

const setList =
  (name: 'imAddresses' | 'children' | 'categories'): Setter =>
  (contact, value) => {
    const list = texted(value, name);
    if (name === 'imAddresses') limited(name, list.length, 3);
    contact.lists[name] = list;
  };

const setFlatPhones =
  (type: string, name: string): Setter =>
  (contact, value) => {
    const list = texted(value, name);
    limited(name, list.length, MOST[type] ?? 1);
    contact.phones[type] = list;
  };

function setExtendeds(contact: FakeContact, value: unknown, spelling: Spelling): void {
  if (!Array.isArray(value)) throw bad('singleValueExtendedProperties is no collection.');
  const [id, val] = spelling.family === 'graph' ? ['id', 'value'] : ['PropertyId', 'Value'];
  for (const item of value as Json[]) {
    const { [id]: key, [val]: text, ...rest } = item;
    if (typeof key !== 'string' || typeof text !== 'string' || Object.keys(rest).length > 0)
      throw bad('An extended property has an id and a value.');
    setExtended(contact, key, text);
  }
}

const SETTERS: Record<string, Setter> = {
  ...Object.fromEntries(TEXTS.filter((name) => name !== 'gender').map((name) => [name, setText(name)])),
  ...Object.fromEntries(LISTS.map((name) => [name, setList(name)])),
  birthday: setDate('birthday', /^\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\dZ)?$/),
  emailAddresses: setEmails,
  singleValueExtendedProperties: setExtendeds,
};

const FLAT_SETTERS: Record<string, Setter> = {
  ...SETTERS,
  businessPhones: setFlatPhones('business', 'businessPhones'),
  homePhones: setFlatPhones('home', 'homePhones'),
  mobilePhone: (contact, value) => (contact.phones['mobile'] = [textIn(value, 'mobilePhone') ?? []].flat()),
  businessHomePage: (contact, value) => {
    const address = textIn(value, 'businessHomePage');
    if (address === undefined) delete contact.websites['work'];
    else contact.websites['work'] = { address, displayName: '' };
  },
  ...Object.fromEntries(
    PLACES.map((place): [string, Setter] => [
      `${place}Address`,
      (contact, value, spelling) => {
        const given = textsIn(value, `${place}Address`, ADDRESS, spelling);
        if (Object.keys(given).length !== ADDRESS.length) throw new Error('an address without all its members');
        contact.addresses[place] = given;
      },
    ]),
  ),
};

const TYPED_SETTERS: Record<string, Setter> = {
  ...SETTERS,
  gender: setText('gender'),
  phones: setPhones,
  postalAddresses: setPlaces,
  websites: setSites,
  weddingAnniversary: setDate('weddingAnniversary', /^\d{4}-\d\d-\d\d$/),
  flag: setFlag,
};

/** What the server makes itself. */
function generate(contact: FakeContact, given: ReadonlySet<string>, isNew: boolean): void {
  const { texts } = contact;
  const renamed = isNew || [...given].some((name) => NAME_PARTS.has(name));
  const built = [texts['givenName'], texts['surname']].filter((part) => part !== undefined).join(' ');
  if (renamed && !given.has('displayName') && built !== '') texts['displayName'] = built;
  const filed = [texts['surname'], texts['givenName']].filter((part) => part !== undefined).join(', ');
  if (renamed && !given.has('fileAs') && filed !== '') texts['fileAs'] = filed;
}

/** @throws Failure as the service refuses it */
export function apply(contact: FakeContact, body: Json, spelling: Spelling, isNew: boolean): void {
  const setters: Record<string, Setter> = { ...(spelling.shape === 'flat' ? FLAT_SETTERS : TYPED_SETTERS) };
  if (spelling.name === 'graph-beta') setters['isFavorite'] = (own, value) => (own.isFavorite = value === true);
  const given = new Set<string>();
  for (const [key, value] of Object.entries(body)) {
    const name = Object.keys(setters).find((one) => spell(one, spelling) === key);
    if (name === undefined) throw bad(`The property '${key}' does not exist on type 'microsoft.graph.contact'.`);
    given.add(name);
    setters[name]?.(contact, value, spelling);
  }
  if (isNew && spelling.family === 'outlook' && !given.has('givenName')) throw bad('GivenName is required.');
  generate(contact, given, isNew);
}
