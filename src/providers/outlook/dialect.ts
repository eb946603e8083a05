/**
 * Four ways to the same mailbox: two shapes of a contact (flat and typed) in two spellings (Microsoft Graph's and the
 * Outlook REST API's). Vendor pages "contact resource type" (v1.0, beta) and "Outlook Contacts REST API reference".
 */
import { UsageError } from '../../model/errors.js';

export type DialectName = 'graph' | 'graph-beta' | 'outlook-beta' | 'outlook-v2';

export interface Dialect {
  name: DialectName;
  title: string;
  family: 'graph' | 'outlook';
  /** `flat`: businessPhones, homeAddress, ...; `typed`: phones and addresses as lists of entries with a type. */
  shape: 'flat' | 'typed';
  /** Path of the version below the service's origin. */
  version: string;
  origin: string;
  /** E-mail addresses have a type and a label; contacts may be favourites. */
  typedEmails: boolean;
  /** A property's name on the wire, from Graph's spelling. */
  wire(name: string): string;
  /** An enumeration's value on the wire, from Graph's spelling. */
  value(name: string): string;
  /** Members of an entry of the single-value extended properties. */
  extended: { id: string; value: string };
}

const same = (name: string): string => name;
const pascal = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);

const GRAPH = {
  family: 'graph',
  origin: 'https://graph.microsoft.com',
  wire: same,
  value: same,
  extended: { id: 'id', value: 'value' },
} as const;

const OUTLOOK = {
  family: 'outlook',
  origin: 'https://outlook.office.com',
  typedEmails: false,
  value: pascal,
  extended: { id: 'PropertyId', value: 'Value' },
} as const;

const DIALECTS: Record<DialectName, Dialect> = {
  graph: {
    ...GRAPH,
    name: 'graph',
    title: 'Microsoft Graph',
    shape: 'flat',
    version: 'v1.0',
    typedEmails: false,
  },
  'graph-beta': {
    ...GRAPH,
    name: 'graph-beta',
    title: 'Microsoft Graph (beta)',
    shape: 'typed',
    version: 'beta',
    typedEmails: true,
  },
  'outlook-beta': {
    ...OUTLOOK,
    name: 'outlook-beta',
    title: 'Outlook REST API (beta)',
    shape: 'typed',
    version: 'api/beta',
    wire: pascal,
  },
  'outlook-v2': {
    ...OUTLOOK,
    name: 'outlook-v2',
    title: 'Outlook REST API (v2.0)',
    shape: 'flat',
    version: 'api/v2.0',
    wire: (name) => (name === 'mobilePhone' ? 'MobilePhone1' : pascal(name)),
  },
};

export const DIALECT_NAMES = Object.keys(DIALECTS);

/** @throws UsageError for an unknown name */
export function dialectOf(name: string | undefined): Dialect {
  const found = Object.values(DIALECTS).find((dialect) => dialect.name === (name ?? 'graph'));
  if (found !== undefined) return found;
  throw new UsageError(`there is no dialect "${name ?? ''}"`, { hint: `there are: ${DIALECT_NAMES.join(', ')}` });
}

/** The version of a base that has one. */
const VERSION = /((?:\/api)?\/(?:v\d+\.\d+|beta))$/i;

const pathIn = (url: URL): string => url.pathname.replace(/\/+$/, '');

/**
 * The dialect of a profile: the one that is named, else that of the URL's version, else Graph's.
 * @throws UsageError for an unknown name, or when name and URL contradict each other
 */
export function dialectFor(name: string | undefined, given: string | undefined, profile: string): Dialect {
  const named = name === undefined || name === '' ? undefined : dialectOf(name);
  const version = given?.trim()
    ? VERSION.exec(pathIn(parsed(given, named ?? DIALECTS.graph, profile)))?.[1]
    : undefined;
  const spoken = Object.values(DIALECTS).find((one) => `/${one.version}` === version?.toLowerCase());
  if (named !== undefined && spoken !== undefined && spoken !== named) {
    throw new UsageError(`the URL of the profile is the ${spoken.title}, its dialect the ${named.title}`, {
      profile,
      hint: `use --option dialect=${spoken.name}, or a URL without ${version ?? ''}`,
    });
  }
  return named ?? spoken ?? DIALECTS.graph;
}

/**
 * The root of the API from what the user gave: an origin with or without the version, `https://` may be left out.
 * @throws UsageError
 */
export function rootUrl(dialect: Dialect, given: string | undefined, profile: string): string {
  const url = parsed(given, dialect, profile);
  return `${url.origin}${pathIn(url).replace(VERSION, '')}/${dialect.version}/`;
}

function parsed(given: string | undefined, dialect: Dialect, profile: string): URL {
  const text = given?.trim() || dialect.origin;
  try {
    return new URL(text.includes('://') ? text : `https://${text}`);
  } catch (cause) {
    throw new UsageError('the URL of the profile is none', {
      profile,
      hint: `leave it out, or give a base such as ${dialect.origin}`,
      cause,
    });
  }
}
