/** TYPE words of options (`home`, `work-fax`, any other word as a label) and JSContact contexts, features and labels. */
import { own } from './json.js';

/** What a TYPE says about an entry. */
export interface Typing {
  contexts?: Record<string, true>;
  features?: Record<string, true>;
  label?: string;
}

export type TypedKind = 'email' | 'phone' | 'address';

const CONTEXTS: Record<string, string> = { home: 'private', private: 'private', work: 'work', business: 'work' };
const FEATURES: Record<string, string> = {
  mobile: 'mobile',
  cell: 'mobile',
  fax: 'fax',
  pager: 'pager',
  main: 'main-number',
  voice: 'voice',
  text: 'text',
  sms: 'text',
  video: 'video',
};

/** TYPE words with a meaning of their own, as help texts list them. */
export const TYPE_WORDS: Record<TypedKind, readonly string[]> = {
  email: ['home', 'work', 'other'],
  phone: ['home', 'work', 'mobile', 'fax', 'home-fax', 'work-fax', 'pager', 'main', 'other'],
  address: ['home', 'work', 'other'],
};

/**
 * Contexts, features and label of a TYPE. Words may be combined (`home-fax`, `work,mobile`) as long as each is known;
 * `other` and '' say nothing; anything else is the user's own label. E-mail and postal addresses have no features.
 */
export function typingOf(type: string, kind: TypedKind): Typing {
  const label = type.trim();
  const typing: Typing = {};
  for (const word of label.toLowerCase().split(/[-,_ +]/)) {
    if (word === '' || word === 'other') continue;
    const context = own(CONTEXTS, word);
    const feature = kind === 'phone' ? own(FEATURES, word) : undefined;
    if (typeof context === 'string') typing.contexts = { ...typing.contexts, [context]: true };
    else if (typeof feature === 'string') typing.features = { ...typing.features, [feature]: true };
    else return { label };
  }
  return typing;
}

/** URI schemes that may begin a number or an address: never a TYPE. */
const SCHEMES = new Set([
  'tel',
  'sip',
  'sips',
  'mailto',
  'callto',
  'xmpp',
  'skype',
  'h323',
  'im',
  'http',
  'https',
  'urn',
  'data',
]);

/**
 * `[TYPE:]VALUE` in its two parts. Only a word that starts with a letter, has no `@` or `=` and is no URI scheme is a
 * TYPE: `tel:+49…`, `mailto:a@b`, `a@[IPv6:2001:db8::1]` and `"a:b"@c` are values as a whole.
 */
export function splitTyped(text: string): { type: string | undefined; value: string } {
  const match = /^\s*(\p{L}[\p{L}\p{M}\p{N} ._,'’()/+-]*):([^]*)$/u.exec(text);
  const [, type, value] = match ?? [];
  if (type === undefined || value === undefined || SCHEMES.has(type.trim().toLowerCase())) {
    return { type: undefined, value: text.trim() };
  }
  return { type: type.trim(), value: value.trim() };
}

function keys(set: unknown): string {
  return Object.keys(typeof set === 'object' && set !== null ? set : {})
    .sort()
    .join();
}

/** The same contexts, features and label: the entries stand for the same slot. */
export function sameTyping(a: Typing, b: Typing): boolean {
  const label = (typing: Typing): string => (typing.label ?? '').toLowerCase().replace(/^other$/, '');
  return keys(a.contexts) === keys(b.contexts) && keys(a.features) === keys(b.features) && label(a) === label(b);
}

/** Replaces what an entry says of its type, and nothing else. */
export function retype(entry: Typing, typing: Typing): void {
  delete entry.contexts;
  delete entry.features;
  delete entry.label;
  Object.assign(entry, typing);
}
