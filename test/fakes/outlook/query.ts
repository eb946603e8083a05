/** Query options and `Prefer` headers: only what the vendor's pages show, else the request is undocumented. */
import { Undocumented } from './failure.js';
import { memberNames } from './shape.js';
import type { Spelling } from './shape.js';

export interface Query {
  top: number | undefined;
  skip: number;
  select: Set<string> | undefined;
  /** Ids of extended properties. */
  expand: string[];
  filter: { id: string; value: string } | undefined;
  /** Of our own links. */
  token: string | undefined;
}

const TOKENS = new Set(['$skiptoken', '$deltatoken']);
/** The documented form of an id: a named property, or a MAPI tag. */
const ID = /^(String|SystemTime) (0x[0-9A-F]{4}|\{[0-9a-f-]{36}\} Name \w+)$/;

function unquoted(text: string): string {
  if (!/^'(?:[^']|'')*'$/.test(text)) throw new Undocumented(`no string literal: ${text}`);
  return text.slice(1, -1).replaceAll("''", "'");
}

function extendedId(text: string): string {
  const id = unquoted(text);
  if (!ID.test(id)) throw new Undocumented(`id of an extended property: ${id}`);
  return id;
}

function names(spelling: Spelling): { list: string; id: string; value: string } {
  return spelling.family === 'graph'
    ? { list: 'singleValueExtendedProperties', id: 'id', value: 'value' }
    : { list: 'SingleValueExtendedProperties', id: 'PropertyId', value: 'Value' };
}

function parseExpand(text: string, spelling: Spelling): string[] {
  const { list, id } = names(spelling);
  const inner = text.startsWith(`${list}($filter=`) && text.endsWith(')') ? text.slice(list.length + 9, -1) : undefined;
  if (inner === undefined) throw new Undocumented(`$expand=${text}`);
  return inner.split(' or ').map((part) => {
    if (!part.startsWith(`${id} eq `)) throw new Undocumented(`$expand=${text}`);
    return extendedId(part.slice(id.length + 4));
  });
}

function parseFilter(text: string, spelling: Spelling): { id: string; value: string } {
  const { list, id, value } = names(spelling);
  const found = new RegExp(`^${list}/Any\\(ep: ep/${id} eq ('.*?') and ep/${value} eq ('.*')\\)$`).exec(text);
  if (found === null) throw new Undocumented(`$filter=${text}`);
  return { id: extendedId(found[1] ?? ''), value: unquoted(found[2] ?? '') };
}

function parseSelect(text: string, spelling: Spelling): Set<string> {
  const known = memberNames(spelling);
  const unknown = text.split(',').filter((one) => !known.has(one));
  if (unknown.length > 0) throw new Undocumented(`$select of ${unknown.join()}`);
  return new Set(text.split(','));
}

/** @param allowed options of this operation */
export function parseQuery(query: URLSearchParams, allowed: readonly string[], spelling: Spelling): Query {
  const parsed: Query = { top: undefined, skip: 0, select: undefined, expand: [], filter: undefined, token: undefined };
  for (const [name, text] of query) {
    if (TOKENS.has(name) && allowed.includes('token')) parsed.token = `${name}=${text}`;
    else if (!allowed.includes(name)) throw new Undocumented(`query option ${name}`);
    else if (name === '$top' || name === '$skip') {
      if (!/^\d+$/.test(text)) throw new Undocumented(`${name}=${text}`);
      parsed[name === '$top' ? 'top' : 'skip'] = Number(text);
    } else if (name === '$select') parsed.select = parseSelect(text, spelling);
    else if (name === '$expand') parsed.expand = parseExpand(text, spelling);
    else if (name === '$filter') parsed.filter = parseFilter(text, spelling);
  }
  if (parsed.top !== undefined && (parsed.top < 1 || parsed.top > 1000)) throw new Undocumented(`$top=${parsed.top}`);
  return parsed;
}

export interface Wishes {
  immutable: boolean;
  track: boolean;
  pageSize: number | undefined;
}

/** @param sizes the operation knows `odata.maxpagesize` and (Outlook) `odata.track-changes` */
export function parsePrefer(header: string | undefined, sizes: boolean, spelling: Spelling): Wishes {
  const wishes: Wishes = { immutable: false, track: false, pageSize: undefined };
  for (const one of (header ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')) {
    const size = /^odata\.maxpagesize=(\d+)$/.exec(one)?.[1];
    if (one === 'IdType="ImmutableId"' && spelling.family === 'graph') wishes.immutable = true;
    else if (one === 'odata.track-changes' && sizes && spelling.family === 'outlook') wishes.track = true;
    else if (size !== undefined && sizes) wishes.pageSize = Number(size);
    else throw new Undocumented(`Prefer: ${one}`);
  }
  if (wishes.pageSize !== undefined && spelling.family === 'outlook' && !wishes.track)
    throw new Undocumented('Prefer: odata.maxpagesize without odata.track-changes');
  return wishes;
}
