/** Words for contexts, features and labels in cells: `Work Fax`, `home, mobile`, or the user's own label. */
import { isObject, textOf } from '../../model/json.js';

/** What an entry says beside its value. */
export interface Typing {
  contexts?: Record<string, true>;
  features?: Record<string, true>;
  label?: string;
}

type Kind = 'emails' | 'phones' | 'addresses' | 'links';

const CONTEXTS: readonly (readonly [word: string, context: string])[] = [
  ['home', 'private'],
  ['work', 'work'],
];
const ADDRESS_CONTEXTS: readonly (readonly [word: string, context: string])[] = [
  ['billing', 'billing'],
  ['delivery', 'delivery'],
];
const FEATURES: readonly (readonly [word: string, feature: string])[] = [
  ['main', 'main-number'],
  ['mobile', 'mobile'],
  ['fax', 'fax'],
  ['pager', 'pager'],
  ['tty', 'textphone'],
  ['voice', 'voice'],
  ['video', 'video'],
  ['text', 'text'],
];
const ALIASES: Readonly<Record<string, string>> = {
  private: 'home',
  personal: 'home',
  business: 'work',
  office: 'work',
  cell: 'mobile',
  cellphone: 'mobile',
  sms: 'text',
};

function wordsOf(kind: Kind): { contexts: typeof CONTEXTS; features: typeof FEATURES } {
  return {
    contexts: kind === 'addresses' ? [...CONTEXTS, ...ADDRESS_CONTEXTS] : CONTEXTS,
    features: kind === 'phones' ? FEATURES : [],
  };
}

function trueIn(set: unknown, name: string): boolean {
  return isObject(set) && Object.hasOwn(set, name) && set[name] === true;
}

/** The words for the entry's contexts and features, as far as there are any: `work fax`. */
export function typeWords(entry: object, kind: Kind): string {
  const { contexts, features } = wordsOf(kind);
  const { contexts: has, features: can } = entry as { contexts?: unknown; features?: unknown };
  return [
    ...contexts.filter(([, context]) => trueIn(has, context)).map(([word]) => word),
    ...features.filter(([, feature]) => trueIn(can, feature)).map(([word]) => word),
  ].join(' ');
}

/** Contexts and features of the words; undefined when one of them is none. `other`, `custom` and '' say nothing. */
export function typingOf(text: string, kind: Kind): Typing | undefined {
  const { contexts, features } = wordsOf(kind);
  const typing: Typing = {};
  for (const raw of text.toLowerCase().split(/[\s,;/_-]+/)) {
    if (raw === '' || raw === 'other' || raw === 'custom') continue;
    const word = Object.hasOwn(ALIASES, raw) ? ALIASES[raw] : raw;
    const context = contexts.find(([name]) => name === word)?.[1];
    const feature = features.find(([name]) => name === word)?.[1];
    if (context !== undefined) typing.contexts = { ...typing.contexts, [context]: true };
    else if (feature !== undefined) typing.features = { ...typing.features, [feature]: true };
    else return undefined;
  }
  return typing;
}

/** A type as other programs write it, in one cell: known words, else the user's own label. */
export function typingOrLabel(text: string, kind: Kind): Typing {
  const label = text.trim();
  return typingOf(label, kind) ?? { label };
}

/** The label, else the words with capitals: `Work Fax`. The opposite of {@link typingOrLabel}, as far as one cell goes. */
export function labelOrWords(entry: object, kind: Kind): string {
  const label = textOf((entry as { label?: unknown }).label).trim();
  return label !== '' ? label : typeWords(entry, kind).replace(/\b[a-z]/g, (letter) => letter.toUpperCase());
}
