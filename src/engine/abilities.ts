/** Early, named refusals: an ability is a member that is there; what is missing is said before the first request. */
import type { Card } from '../model/card.js';
import { Unsupported, UsageError } from '../model/errors.js';
import type { Ability, Provider } from '../providers/types.js';
import type { Connection } from './types.js';

/** What `NAME has no …` says. */
const NOUNS: Record<Ability, string> = {
  create: 'way to add contacts',
  update: 'way to change contacts',
  delete: 'way to delete contacts',
  search: 'search',
  autocomplete: 'autocomplete',
  changes: 'list of changes',
  groups: 'groups',
  avatars: 'pictures',
  bookAdmin: 'way to create, rename or delete address books',
  move: 'way to move contacts',
  copy: 'way to copy contacts',
  attachments: 'attachments',
  companies: 'companies',
  frequent: 'common contacts',
  away: 'out-of-office messages',
};

const WRITES: ReadonlySet<Ability> = new Set<Ability>(['create', 'update', 'delete', 'bookAdmin', 'move', 'copy']);

/** How this connection keeps groups: its own lists, keywords of its contacts, or not at all. */
export function groupModel(connection: Connection): 'own' | 'keywords' | 'none' {
  if (connection.provider.groups !== undefined) return 'own';
  if (connection.definition.groups === 'keywords') return 'keywords';
  return keepsKeywords(connection.provider) ? 'keywords' : 'none';
}

/** One pixel. */
const PIXEL = 'data:image/gif;base64,R0lGODlhAQABAIAAAP///wAAACwAAAAAAQABAAACAkQBADs=';

function probe(extra: Partial<Card>): Card {
  return {
    '@type': 'Card',
    version: '1.0',
    uid: 'urn:uuid:6ba7b810-9dad-11d1-80b4-00c04fd430c8',
    name: { full: 'Probe' },
    emails: { e1: { address: 'probe@example.org' } },
    ...extra,
  };
}

/** Whether keywords (categories) of a contact survive on this server. */
export function keepsKeywords(provider: Provider): boolean {
  return provider.project(probe({ keywords: { Probe: true } })).keywords?.['Probe'] === true;
}

/** Whether a picture survives: by calls of its own or inside the contact. */
export function keepsPhotos(connection: Connection): boolean {
  return connection.provider.avatars !== undefined || keepsPhotoInside(connection.provider);
}

/** Whether the contact itself holds the picture, as far as the driver's mapping goes. */
export function keepsPhotoInside(provider: Provider): boolean {
  const { media } = provider.project(probe({ media: { p1: { kind: 'photo', uri: PIXEL } } }));
  return media !== undefined && Object.keys(media).length > 0;
}

function has(connection: Connection, ability: Ability): boolean {
  const { provider } = connection;
  switch (ability) {
    case 'create':
    case 'update':
    case 'delete':
    case 'changes':
    case 'bookAdmin':
    case 'attachments':
    case 'frequent':
    case 'away':
      return provider[ability] !== undefined;
    case 'move':
      return provider.move !== undefined || (provider.create !== undefined && provider.delete !== undefined);
    case 'copy':
      return provider.copy !== undefined || provider.create !== undefined;
    case 'search':
    case 'autocomplete':
    case 'companies':
      return true;
    case 'groups':
      return groupModel(connection) !== 'none';
    case 'avatars':
      return keepsPhotos(connection);
  }
}

/**
 * Checks an ability before any request. Searching and completing are always there: the engine does them itself.
 * @throws Unsupported "NAME has no …" (exit 2); UsageError when the ability writes and the profile is read-only
 */
export function requireAbility(connection: Connection, ability: Ability): void {
  if (!has(connection, ability)) {
    const { name, limited } = connection.definition;
    throw new Unsupported(`${name} has no ${NOUNS[ability]}`, {
      profile: connection.name,
      ...(limited === undefined
        ? { hint: `cardferry providers ${name} shows what it can do` }
        : { why: limited, hint: 'ask who runs the server; on others it can' }),
    });
  }
  if (WRITES.has(ability)) requireWritable(connection);
}

/** @throws UsageError when the profile (or file) may only be read */
export function requireWritable(connection: Connection): void {
  if (!connection.readOnly) return;
  const what = connection.kind === 'profile' ? `profile ${connection.name}` : connection.name;
  throw new UsageError(`${what} is read-only`, {
    profile: connection.name,
    hint:
      connection.kind === 'profile'
        ? `cardferry profile edit ${connection.name} can lift that`
        : 'give another file to write to',
  });
}
