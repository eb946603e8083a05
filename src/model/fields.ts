/** The fields of a contact as people name them: in loss reports, verification, plans, provider tables and searches. */
import { nearest } from './nearest.js';

export interface Field {
  /** Stable name used in JSON reports and provider tables. */
  name: string;
  /** Plural or singular noun for sentences: "3 contacts lose phone numbers". */
  title: string;
  /** Card properties (RFC 9553, section 2) the field is made of. `media` and `anniversaries` serve two fields each. */
  properties: readonly string[];
}

/** Every property of a Card belongs to one of these, or is bookkeeping ({@link BOOKKEEPING}); unknown ones to `other`. */
export const FIELDS: readonly Field[] = [
  { name: 'name', title: 'name', properties: ['name'] },
  { name: 'nicknames', title: 'nicknames', properties: ['nicknames'] },
  { name: 'organizations', title: 'organizations', properties: ['organizations'] },
  { name: 'titles', title: 'job titles and roles', properties: ['titles'] },
  { name: 'emails', title: 'e-mail addresses', properties: ['emails'] },
  { name: 'phones', title: 'phone numbers', properties: ['phones'] },
  { name: 'addresses', title: 'postal addresses', properties: ['addresses'] },
  { name: 'onlineServices', title: 'online services', properties: ['onlineServices'] },
  { name: 'links', title: 'links', properties: ['links'] },
  { name: 'birthday', title: 'birthday', properties: ['anniversaries'] },
  { name: 'anniversaries', title: 'anniversaries', properties: ['anniversaries'] },
  { name: 'notes', title: 'notes', properties: ['notes'] },
  { name: 'keywords', title: 'categories', properties: ['keywords'] },
  { name: 'relatedTo', title: 'related people', properties: ['relatedTo'] },
  { name: 'personalInfo', title: 'hobbies, interests, expertise', properties: ['personalInfo'] },
  { name: 'photo', title: 'photo', properties: ['media'] },
  { name: 'media', title: 'logos and sounds', properties: ['media'] },
  { name: 'preferredLanguages', title: 'preferred languages', properties: ['preferredLanguages'] },
  { name: 'language', title: 'language of the card', properties: ['language'] },
  { name: 'kind', title: 'kind of contact', properties: ['kind'] },
  { name: 'members', title: 'group members', properties: ['members'] },
  { name: 'speakToAs', title: 'pronouns and grammatical gender', properties: ['speakToAs'] },
  { name: 'calendars', title: 'calendars', properties: ['calendars'] },
  { name: 'schedulingAddresses', title: 'scheduling addresses', properties: ['schedulingAddresses'] },
  { name: 'cryptoKeys', title: 'public keys', properties: ['cryptoKeys'] },
  { name: 'directories', title: 'directories', properties: ['directories'] },
  { name: 'localizations', title: 'translations', properties: ['localizations'] },
  { name: 'vCardProps', title: 'other vCard properties', properties: ['vCardProps'] },
  { name: 'other', title: 'vendor extensions', properties: [] },
];

/** Properties that say when, by whom and under which id a card was written. They belong to no field. */
export const BOOKKEEPING: ReadonlySet<string> = new Set(['@type', 'version', 'uid', 'created', 'updated', 'prodId']);

const BY_NAME = new Map(FIELDS.map((field) => [field.name, field]));
const OF_PROPERTY = new Map(FIELDS.flatMap((field) => field.properties.map((name) => [name, field.name] as const)));
OF_PROPERTY.set('media', 'media');
OF_PROPERTY.set('anniversaries', 'anniversaries');

/** The field with that name (as in {@link FIELDS}). */
export function fieldByName(name: string): Field | undefined {
  return BY_NAME.get(name);
}

/** How people call it; the name itself when there is no such field. */
export function fieldTitle(name: string): string {
  return BY_NAME.get(name)?.title ?? name;
}

/**
 * The name of the field a Card property belongs to: `other` for unknown ones, undefined for bookkeeping. For `media`
 * and `anniversaries`, whose entries belong to two fields by their kind, it is `media` and `anniversaries`.
 */
export function fieldOfProperty(property: string): string | undefined {
  return BOOKKEEPING.has(property) ? undefined : (OF_PROPERTY.get(property) ?? 'other');
}

/** The field nearest to a misspelt name, for "did you mean". */
export function nearestField(name: string): string | undefined {
  return nearest(name, [...BY_NAME.keys()]);
}
