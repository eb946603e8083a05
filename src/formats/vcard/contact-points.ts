/** EMAIL, TEL, IMPP, SOCIALPROFILE and LANG, with the older names of instant messengers (RFC 9555, section 2.7). */
import { isObject, textOf } from '../../model/json.js';
import type { JsonObject } from '../../model/json.js';
import type { Prop } from './prop.js';
import { setOf } from './prop.js';
import { CONTEXTS } from './rows.js';
import type { Draft, MapRow } from './rows.js';
import type { VCardParam } from './types.js';
import type { WriteState } from './write-state.js';
import { isUri, param, plainUri, textValue, uriValue } from './values.js';

export const emails: MapRow = {
  map: 'emails',
  prefix: 'e',
  names: ['EMAIL'],
  contexts: CONTEXTS,
  labelled: true,
  main: ['address'],
  read: (prop) => {
    prop.takeType('internet');
    prop.takeType('x400');
    const address = prop.text().trim();
    return address === '' ? [] : { address };
  },
  write: (entry) =>
    textOf(entry.address) === '' ? undefined : { name: 'EMAIL', value: textValue(textOf(entry.address)) },
};

const FEATURES: Readonly<Record<string, string>> = {
  cell: 'mobile',
  fax: 'fax',
  pager: 'pager',
  text: 'text',
  textphone: 'textphone',
  video: 'video',
  voice: 'voice',
  'main-number': 'main-number',
  main: 'main-number',
};
const FEATURE_TYPES: Readonly<Record<string, string>> = {
  ...Object.fromEntries(Object.keys(FEATURES).map((name) => [name, name])),
  mobile: 'cell',
};
/** Types of 2.1, 3.0 and Outlook that say what the number is for: labels. */
const PHONE_LABELS: Readonly<Record<string, string>> = {
  assistant: 'Assistant',
  callback: 'Callback',
  radio: 'Radio',
};

export const phones: MapRow = {
  map: 'phones',
  prefix: 'p',
  names: ['TEL', 'X-MS-TEL'],
  contexts: CONTEXTS,
  labelled: true,
  main: ['number'],
  read: readPhone,
  write: (entry, state) => {
    const number = textOf(entry.number);
    if (number === '') return undefined;
    const features = isObject(entry.features) ? Object.keys(entry.features) : [];
    const types = features
      .map((name) => (!state.v4 && name === 'main-number' ? 'main' : (FEATURE_TYPES[name] ?? '')))
      .filter(Boolean);
    if (!state.v4) return { name: 'TEL', value: textValue(dialled(number)), types };
    if (!isUri(number)) return { name: 'TEL', value: textValue(number), types };
    return { name: 'TEL', value: uriValue(number), types, params: [param('VALUE', 'uri')] };
  },
};

/** 3.0 phones show what stands there: a number without a scheme. */
function dialled(number: string): string {
  return /^tel:./i.test(number) ? number.slice(4) : number;
}

function readPhone(prop: Prop): JsonObject | JsonObject[] {
  const number = prop.valueType() === 'uri' ? plainUri(prop.value) : prop.text().trim();
  if (number === '') return [];
  const phone: JsonObject = { number };
  if (prop.name === 'X-MS-TEL') {
    if (prop.takeType('company')) phone.features = { 'main-number': true };
    if (prop.takeType('ttytdd')) phone.features = { textphone: true };
    const [label] = prop.takeTypes(PHONE_LABELS);
    if (label !== undefined) phone.label = label;
  }
  const features = prop.takeTypes(FEATURES);
  const custom = prop.version === '2.1' ? prop.types().find((type) => /^x-/i.test(type)) : undefined;
  if (custom !== undefined && phone.label === undefined) {
    // Android's own labels.
    prop.takeType(custom.toLowerCase());
    phone.label = custom.slice(2);
  }
  if (features.length > 0) phone.features = { ...(isObject(phone.features) ? phone.features : {}), ...setOf(features) };
  return phone;
}

/** Properties that are a messenger's own: service by name, user by value. */
const MESSENGERS: Readonly<Record<string, string>> = {
  'X-AIM': 'AIM',
  'X-ICQ': 'ICQ',
  'X-MSN': 'MSN',
  'X-YAHOO': 'Yahoo',
  'X-JABBER': 'Jabber',
  'X-SKYPE': 'Skype',
  'X-SKYPE-USERNAME': 'Skype',
  'X-GTALK': 'GTalk',
  'X-GOOGLE-TALK': 'GTalk',
  'X-QQ': 'QQ',
  'X-GADUGADU': 'Gadu-Gadu',
  'X-GROUPWISE': 'GroupWise',
  'X-TWITTER': 'Twitter',
  'X-MATRIX': 'Matrix',
  'X-MS-IMADDRESS': '',
  'X-KADDRESSBOOK-X-IMADDRESS': '',
};

export const onlineServices: MapRow = {
  map: 'onlineServices',
  prefix: 's',
  names: ['IMPP', 'SOCIALPROFILE', 'X-SOCIALPROFILE', ...Object.keys(MESSENGERS)],
  contexts: CONTEXTS,
  labelled: true,
  main: ['uri', 'user', 'service', 'vCardName'],
  read: readService,
  write: writeService,
};

function readService(prop: Prop): JsonObject | JsonObject[] {
  const messenger = MESSENGERS[prop.name];
  if (messenger !== undefined) {
    const user = prop.text().trim();
    if (user === '') return [];
    return { ...(messenger === '' ? {} : { service: messenger }), user, vCardName: prop.name.toLowerCase() };
  }
  const service: JsonObject = {};
  const named = prop.take('SERVICE-TYPE') ?? prop.take('X-SERVICE-TYPE') ?? typedService(prop);
  if (named !== undefined) service.service = named;
  const user = prop.take('USERNAME') ?? prop.take('X-USER') ?? prop.take('X-USERNAME');
  if (user !== undefined) service.user = user;
  const value = prop.valueType() === 'text' ? prop.text() : plainUri(prop.value);
  if (value === '' && user === undefined) return [];
  if (prop.valueType() === 'text') service.user ??= value;
  else if (value !== '') service.uri = value;
  if (prop.name === 'IMPP') service.vCardName = 'impp';
  return service;
}

/** `X-SOCIALPROFILE;type=twitter`: the type that is no context is the service. */
function typedService(prop: Prop): string | undefined {
  if (prop.name !== 'X-SOCIALPROFILE') return undefined;
  const type = prop.types().find((name) => !/^(home|work|pref)$/i.test(name));
  if (type !== undefined) prop.takeType(type.toLowerCase());
  return type;
}

function writeService(entry: JsonObject, state: WriteState): Draft | undefined {
  const uri = textOf(entry.uri);
  const user = textOf(entry.user);
  const service = textOf(entry.service);
  const name = textOf(entry.vCardName).toUpperCase();
  if (Object.hasOwn(MESSENGERS, name)) return user === '' ? undefined : { name, value: textValue(user) };
  if (uri === '' && user === '') return undefined;
  const params: VCardParam[] = [];
  const types: string[] = [];
  const impp = name === 'IMPP' && uri !== '';
  if (service !== '') {
    if (state.v4) params.push(param('SERVICE-TYPE', service));
    else if (impp || !/^[A-Za-z0-9-]+$/.test(service) || /^(home|work|pref)$/i.test(service))
      params.push(param('X-SERVICE-TYPE', service));
    else types.push(service);
  }
  if (user !== '' && uri !== '') params.push(param(state.v4 ? 'USERNAME' : 'X-USER', user));
  const property = impp ? 'IMPP' : state.v4 ? 'SOCIALPROFILE' : 'X-SOCIALPROFILE';
  if (uri !== '') return { name: property, value: uriValue(uri, !state.v4 && state.carry), params, types };
  return { name: property, value: textValue(user), params: [...params, param('VALUE', 'text')], types };
}

export const preferredLanguages: MapRow = {
  map: 'preferredLanguages',
  prefix: 'l',
  names: ['LANG'],
  contexts: CONTEXTS,
  labelled: true,
  main: ['language'],
  read: (prop) => {
    const language = prop.text().trim();
    return language === '' ? [] : { language };
  },
  write: (entry, state) => {
    const language = textOf(entry.language);
    return language === '' || !state.carry ? undefined : { name: 'LANG', value: textValue(language) };
  },
};
