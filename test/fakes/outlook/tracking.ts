/** Change tracking: Graph's delta rounds, and the synchronization of the Outlook API. */
import { Failure } from './failure.js';
import type { FakeContact, Store } from './store.js';
import type { Reply } from './wire.js';

type Json = Record<string, unknown>;

interface Request {
  store: Store;
  folder: string;
  href: string;
  /** `$skiptoken=…` or `$deltatoken=…`; undefined at the beginning of the first round. */
  token: string | undefined;
  size: number;
  show(contact: FakeContact): Json;
  idOf(contact: FakeContact): string;
}

/** From whose sequence, up to whose, and how many of them were sent. */
interface State {
  since: number;
  upTo: number;
  sent: number;
  select: string;
}

const MAGIC = 'v1.';

function readState(token: string | undefined, href: string, at: number): State {
  if (token === undefined)
    return { since: -1, upTo: at, sent: 0, select: new URL(href).searchParams.get('$select') ?? '' };
  const text = token.slice(token.indexOf('=') + 1);
  if (!text.startsWith(MAGIC)) throw new Failure(400, 'syncStateInvalid', 'The sync state is not valid.');
  const [since = 0, upTo = 0, sent = 0] = text.slice(MAGIC.length).split('.').map(Number);
  return token.startsWith('$deltatoken')
    ? { since: upTo, upTo: at, sent: 0, select: '' }
    : { since, upTo, sent, select: '' };
}

function linkOf(href: string, name: '$skiptoken' | '$deltatoken', { since, upTo, sent }: State): string {
  const link = new URL(href);
  link.search = `?${name}=${MAGIC}${since}.${upTo}.${sent}`;
  return link.href;
}

interface Entry {
  sequence: number;
  item: Json;
}

function entries(
  { store, folder, show, idOf }: Request,
  since: number,
  upTo: number,
  tombstone: (id: string) => Json,
): Entry[] {
  const changed = store.inFolder(folder).map((contact) => ({ sequence: contact.sequence, item: show(contact) }));
  const gone = store.removals
    .filter((removal) => removal.folder === folder && since >= 0)
    .map(({ contact, sequence }) => ({ sequence, item: tombstone(idOf(contact)) }));
  return [...changed, ...gone]
    .filter(({ sequence }) => sequence > since && sequence <= upTo)
    .sort((a, b) => a.sequence - b.sequence);
}

/** Every round has an empty page before its end, as the vendor warns of. */
export function deltaRound(request: Request): Reply {
  const { href, token, size, store } = request;
  const state = readState(token, href, store.at);
  const list = entries(request, state.since, state.upTo, (id) => ({ id, '@removed': { reason: 'deleted' } }));
  const value = list.slice(state.sent, state.sent + size).map(({ item }) => item);
  const done = state.sent > list.length;
  const sent = state.sent >= list.length ? list.length + 1 : state.sent + value.length;
  const link = done
    ? { '@odata.deltaLink': linkOf(href, '$deltatoken', state) }
    : { '@odata.nextLink': linkOf(href, '$skiptoken', { ...state, sent }) };
  return { status: 200, body: { value, ...link } };
}

/** The first answer has a deltaLink, though most contacts are still to come. */
export function syncRound(request: Request & { full: boolean; tracks: boolean; buries: boolean }): Reply {
  const { href, token, size, store, full, tracks, buries } = request;
  const headers: Record<string, string> = tracks ? { 'Preference-Applied': 'odata.track-changes' } : {};
  const bury = (id: string): Json => ({
    '@odata.context': '$metadata#Me/Contacts/$deletedEntity',
    id: `Contacts('${id}')`,
    reason: 'deleted',
  });
  if (token === undefined) {
    const list = entries(request, -1, store.at, bury).slice(0, size);
    const upTo = list.at(-1)?.sequence ?? 0;
    const state = { since: -1, upTo, sent: 0, select: '' };
    return {
      status: 200,
      headers,
      body: { value: list.map(({ item }) => item), '@odata.deltaLink': linkOf(href, '$deltatoken', state) },
    };
  }
  const state = readState(token, href, store.at);
  const told = entries(request, state.since, state.upTo, bury);
  const changed = told.filter(({ item }) => buries || 'Id' in item);
  const ids = new Set(changed.map(({ item }) => item['Id'] ?? item['id']));
  const rest = full ? entries(request, -1, state.upTo, bury).filter(({ item }) => !ids.has(item['Id'])) : [];
  const list = [...rest, ...changed];
  const value = list.slice(state.sent, state.sent + size).map(({ item }) => item);
  const sent = state.sent + value.length;
  const link =
    sent >= list.length
      ? { '@odata.deltaLink': linkOf(href, '$deltatoken', state) }
      : { '@odata.nextLink': linkOf(href, '$skiptoken', { ...state, sent }) };
  return { status: 200, headers, body: { value, ...link } };
}
