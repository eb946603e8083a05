/**
 * One round of change tracking in a folder (vendor pages "contact: delta" and "Synchronize contacts and contact
 * folders"): from a link, or from the beginning, to the link for next time.
 */
import { createHash } from 'node:crypto';
import { asArray, asObject, isObject, member, optString } from '../../http/check.js';
import { ProtocolError, Unsupported } from '../../model/errors.js';
import type { Api } from './api.js';
import type { Call } from './call.js';
import { NEXT } from './pages.js';
import type { Mark } from './token.js';

const DELTA = '@odata.deltaLink';
const PAGE = 500;
const WHAT = 'ask for changes';

/** An item of a round: there, or gone. */
export interface Touched {
  id: string;
  removed: boolean;
  /** It was not there when the mark was made. */
  fresh: boolean;
}

interface Item {
  id: string;
  removed: boolean;
  created: string;
  modified: string;
  /** Of the id, then of id and version: eight characters each. */
  hash: string;
}

export interface Round {
  touched: Touched[];
  mark: Mark;
  /** What a full round left out: gone, if the server confirms it. */
  missing: string[];
}

/** Options go on the first call only and are in all links after it; headers are not. */
function firstCall(api: Api, folderId: string): { path: string; query: Record<string, string> } {
  const { family, wire } = api.dialect;
  const names = ['createdDateTime', 'lastModifiedDateTime', 'changeKey'].map(wire).join(',');
  const path = ['contactFolders', folderId, 'contacts', ...(family === 'graph' ? ['delta'] : [])];
  return { path: api.path(...path), query: { $select: names } };
}

function prefer(api: Api): string {
  const size = `odata.maxpagesize=${PAGE}`;
  return api.dialect.family === 'graph' ? size : `odata.track-changes, ${size}`;
}

async function fetchPage(api: Api, path: string, query?: Record<string, string>): Promise<Record<string, unknown>> {
  const call: Call = {
    ...{ method: 'GET', path, headers: { prefer: prefer(api) }, repeat: 'safe', what: WHAT },
    ...(query === undefined ? {} : { query }),
  };
  const reply = await api.send(call);
  const tracked = /track-?changes/i.test(reply.header('preference-applied') ?? '');
  const body = api.object(call, reply);
  if (api.dialect.family === 'graph' || tracked) return body;
  throw new Unsupported('this server does not track changes of contacts', { why: 'no Preference-Applied' });
}

const short = (text: string): string => createHash('sha256').update(text).digest('base64url').slice(0, 8);

/** Tombstones of the Outlook API wrap the id: `Contacts('AAMk…')`. */
function parseItem(value: unknown, where: string, api: Api): Item {
  const { wire } = api.dialect;
  const item = asObject(value, where);
  const buried =
    isObject(member(item, '@removed')) || optString(item, '@odata.context', where)?.endsWith('$deletedEntity');
  const given = optString(item, wire('id'), where) ?? optString(item, 'id', where) ?? '';
  const id = /^\w+\('(.*)'\)$/s.exec(given)?.[1]?.replaceAll("''", "'") ?? given;
  if (id === '') throw new ProtocolError(`answer of ${where}: id is missing`);
  const text = (name: string): string => optString(item, wire(name), where) ?? '';
  const version = text('changeKey') || (optString(item, '@odata.etag', where) ?? '');
  const hash = short(id) + short(JSON.stringify([id, version]));
  const [created, modified] = [text('createdDateTime'), text('lastModifiedDateTime')];
  return { id, removed: buried === true, created, modified, hash };
}

/** The items of the round, and the link for next time. */
async function walk(api: Api, folderId: string, from: Mark | undefined): Promise<{ items: Item[]; link: string }> {
  const first = from === undefined ? firstCall(api, folderId) : { path: from.link, query: undefined };
  // "The initial response always returns a deltaToken. You should always make a second request."
  let again = from === undefined && api.dialect.family === 'outlook';
  const items: Item[] = [];
  const seen = new Set<string>();
  let body = await fetchPage(api, first.path, first.query);
  for (;;) {
    const list = asArray(member(body, 'value'), `${WHAT}: value`);
    items.push(...list.map((item, at) => parseItem(item, `${WHAT}: value[${at}]`, api)));
    const next = optString(body, NEXT, WHAT);
    const delta = optString(body, DELTA, WHAT);
    if (next === undefined && delta !== undefined && !again) return { items, link: delta };
    if (next === undefined) again = false;
    const link = next ?? delta;
    if (link === undefined) throw new ProtocolError(`answer of ${WHAT}: neither nextLink nor deltaLink`);
    if (seen.has(link)) throw new ProtocolError(`answer of ${WHAT}: the pages go round in a circle`);
    seen.add(link);
    body = await fetchPage(api, link);
  }
}

const latest = ({ created, modified }: Item): string => (created > modified ? created : modified);

/** The mark of what was read: nothing older, and of the last moment only these, is known. */
function markOf(items: readonly Item[], link: string, from: Mark | undefined): Mark {
  let newest = from?.newest ?? '';
  for (const item of items) if (latest(item) > newest) newest = latest(item);
  const edge = items.filter((item) => !item.removed && latest(item) === newest).map(({ hash }) => hash);
  const kept = from?.newest === newest ? from.edge : [];
  return { link, newest, edge: [...new Set([...kept, ...edge])] };
}

/**
 * "Synchronization only supports full synchronization; all contacts in the specified folder are returned with each
 * request", says the Outlook page, and shows incremental rounds too. A full round shows itself by what has not changed:
 * in the first one, whose second request brings everything again, by the same version coming twice.
 */
function fullness(items: readonly Item[], unchanged: boolean, from: Mark | undefined): boolean | undefined {
  if (from === undefined) {
    const there = items.filter(({ removed }) => !removed);
    return there.length === 0 ? undefined : new Set(there.map(({ hash }) => hash)).size < there.length;
  }
  return unchanged || from.full;
}

/** The ids to remember, and those of them that the round should have had and did not. */
function inventory(last: ReadonlyMap<string, Item>, full: boolean | undefined, from: Mark | undefined) {
  if (full === false) return { known: {}, missing: [] };
  const there = [...last.values()].filter(({ removed }) => !removed).map(({ id }) => id);
  const before = (from?.ids ?? []).filter((id) => !last.has(id));
  const missing = full === true ? before : [];
  return { known: { ids: [...before, ...there], ...(full === undefined ? {} : { full }) }, missing };
}

/**
 * @throws NotFound, Refused when the link is not good any more (410, or 4xx with `syncStateNotFound` and the like)
 */
export async function round(api: Api, folderId: string, from: Mark | undefined): Promise<Round> {
  const { items, link } = await walk(api, folderId, from);
  // The same item may come more than once; the later word counts.
  const last = new Map(items.map((item) => [item.id, item]));
  const edge = new Set(from?.edge);
  const ids = new Set(from?.edge.map((hash) => hash.slice(0, 8)));
  const touched: Touched[] = [];
  let unchanged = false;
  for (const item of last.values()) {
    const known = from !== undefined && (latest(item) < from.newest || edge.has(item.hash));
    // The Outlook page says both that each round is a full one and that it is not: what has not changed is passed over.
    if (known && !item.removed && api.dialect.family === 'outlook') {
      unchanged = true;
      continue;
    }
    const fresh =
      from === undefined ||
      item.created > from.newest ||
      (item.created === from.newest && !ids.has(item.hash.slice(0, 8)));
    touched.push({ id: item.id, removed: item.removed, fresh });
  }
  const mark = markOf(items, link, from);
  if (api.dialect.family === 'graph') return { touched, mark, missing: [] };
  const full = fullness(items, unchanged, from);
  const { known, missing } = inventory(last, full, from);
  return { touched, mark: { ...mark, ...(full === undefined ? {} : { full }), ...known }, missing };
}
