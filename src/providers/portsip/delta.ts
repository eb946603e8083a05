/** What changed since a token (page "User", Contacts: sync_tokens): personal contacts only. */
import { asObject, asString, member, optString } from '../../http/check.js';
import type { ContactRecord } from '../../model/card.js';
import { NotFound, Refused, Unsupported } from '../../model/errors.js';
import type { Changes, Provider } from '../types.js';
import type { Api } from './api.js';
import { idOf, itemsOf, parseContact } from './map.js';
import type { Native } from './map.js';
import { PERSONAL, rootOf, toId } from './places.js';
import type { Reader } from './read.js';

const TOKENS = `${rootOf(PERSONAL)}/sync_tokens`;

export interface Delta {
  token: string;
  /** By the server's own id. A contact may come more than once: the last one counts. */
  created: Native[];
  updated: Native[];
  deleted: string[];
}

/** A token for now. Tokens cost the server little, so that a second one after a lost answer is harmless. */
export async function takeToken(api: Api): Promise<string> {
  const what = 'ask for a sync token';
  const body = await api.object({ method: 'POST', path: TOKENS, repeat: 'idempotent', what });
  return asString(member(body, 'token'), `${what}: token`);
}

/** An unknown or forgotten token is 403 ("About" page); what was never one may be refused as such. */
function isForgotten(error: unknown): boolean {
  return error instanceof NotFound || (error instanceof Refused && (error.status === 400 || error.status === 403));
}

/** Undefined when the server does not know the token (any more). */
export async function diffSince(api: Api, token: string, origin: string): Promise<Delta | undefined> {
  const what = 'list the changes';
  if (token === '' || token === '.' || token === '..') return undefined;
  const path = `${TOKENS}/${encodeURIComponent(token)}/diff`;
  let body: Record<string, unknown>;
  try {
    body = await api.object({ method: 'POST', path, repeat: 'idempotent', what });
  } catch (error) {
    if (isForgotten(error)) return undefined;
    throw error;
  }
  const delta: Delta = {
    token: asString(member(body, 'token'), `${what}: token`),
    created: [],
    updated: [],
    deleted: [],
  };
  for (const [index, item] of itemsOf(body, what).entries()) {
    const where = `${what}: items[${index}]`;
    const entry = asObject(item, where);
    const type = optString(entry, 'change_type', where)?.toUpperCase();
    // Of a deleted contact the id alone is sure.
    if (type === 'DELETED') delta.deleted.push(idOf(entry, where));
    else (type === 'CREATED' ? delta.created : delta.updated).push(parseContact(entry, where, origin));
  }
  return delta;
}

/** The `changes` of the provider. */
export function changesOf(api: Api, reader: Reader): NonNullable<Provider['changes']> {
  const onlyPersonal = (bookIds: readonly string[] | undefined): void => {
    const other = bookIds?.find((id) => id !== PERSONAL);
    if (other !== undefined) throw new Unsupported(`portsip has no list of changes of the address book "${other}"`);
  };

  /** The token first: what changes while we list comes again with the next delta. */
  const everything = async (reset: boolean): Promise<Changes> => {
    const token = await takeToken(api);
    const created: ContactRecord[] = [];
    for await (const record of reader.list({ bookIds: [PERSONAL] })) created.push(record);
    return { created, updated: [], removed: [], token, ...(reset ? { reset: true } : {}) };
  };

  return {
    current: async (bookIds) => {
      onlyPersonal(bookIds);
      return takeToken(api);
    },
    since: async (token, bookIds) => {
      onlyPersonal(bookIds);
      if (token === undefined) return everything(false);
      const delta = await diffSince(api, token, reader.originOf(PERSONAL));
      if (delta === undefined) return everything(true);
      return {
        created: delta.created.map((native) => reader.record(native, PERSONAL)),
        updated: delta.updated.map((native) => reader.record(native, PERSONAL)),
        removed: delta.deleted.map((raw) => toId({ book: PERSONAL, raw })),
        token: delta.token,
      };
    },
  };
}
