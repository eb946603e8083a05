/** Requests by the vendor's page: which operation, and whether every parameter is documented for it. */
import { Undocumented } from './wire.js';
import type { FakeRequest } from './wire.js';

export type Params = Record<string, string>;

interface Operation {
  kind: string;
  method: string;
  /** Parameters that make it this operation. */
  needs: readonly string[];
  takes?: readonly string[];
  /** Needs no folder or address book. */
  free?: true;
}

const SORT = ['sort_column', 'sort_ascending'] as const;

/** Most specific first. Names are those of the query form; the path form is turned into it. */
const CONTACTS: readonly Operation[] = [
  { kind: 'pictures', method: 'GET', needs: ['pictures'], takes: ['contact'], free: true },
  { kind: 'away', method: 'GET', needs: ['is_autoresponder_enabled', 'contact'], free: true },
  { kind: 'download', method: 'GET', needs: ['id', 'attachment'] },
  { kind: 'vcard', method: 'GET', needs: ['id', 'vcard'] },
  { kind: 'csv', method: 'GET', needs: ['export'], takes: ['groups'] },
  { kind: 'companyContacts', method: 'GET', needs: ['departments', 'contacts', 'company', 'department'] },
  { kind: 'departments', method: 'GET', needs: ['departments', 'company'] },
  { kind: 'companies', method: 'GET', needs: ['companies'] },
  { kind: 'common', method: 'GET', needs: ['common'] },
  { kind: 'sortGroup', method: 'GET', needs: ['group'], takes: ['id', ...SORT] },
  { kind: 'autocomplete', method: 'GET', needs: ['autocomplete'], takes: ['search', 'page', ...SORT] },
  { kind: 'search', method: 'GET', needs: ['search', 'page'], takes: SORT },
  { kind: 'contact', method: 'GET', needs: ['id'] },
  { kind: 'page', method: 'GET', needs: [], takes: ['page', 'max_per_page', ...SORT] },
  { kind: 'uploadPicture', method: 'POST', needs: ['picture', 'id'] },
  { kind: 'uploadPicture', method: 'POST', needs: ['picture', 'new'] },
  { kind: 'uploadAttachment', method: 'POST', needs: ['attachment', 'id'] },
  { kind: 'uploadAttachment', method: 'POST', needs: ['attachment', 'new'] },
  { kind: 'importVcard', method: 'POST', needs: ['vcard'] },
  { kind: 'importCsv', method: 'POST', needs: ['import'], takes: ['groups'] },
  { kind: 'transfer', method: 'POST', needs: ['id'] },
  { kind: 'setCommon', method: 'PUT', needs: ['common'] },
  { kind: 'update', method: 'PUT', needs: ['id'] },
  { kind: 'create', method: 'PUT', needs: [] },
  { kind: 'deleteAttachment', method: 'DELETE', needs: ['id', 'attachment'] },
  { kind: 'deletePicture', method: 'DELETE', needs: ['id', 'picture'] },
  { kind: 'delete', method: 'DELETE', needs: ['id'] },
];

const FLAGS = new Set(['common', 'companies', 'pictures', 'is_autoresponder_enabled']);

/** `/contacts/...` as the parameters of the query form. */
function pathParams(segments: readonly string[]): Params {
  const [first = '', ...rest] = segments;
  if (first === 'pictures' || first === 'is_autoresponder_enabled') return { [first]: '1', ...none(rest) };
  const place: Params = { folder: first };
  const [what, ...more] = rest;
  if (what === undefined) return place;
  if (what === 'page') return { ...place, page: more[0] ?? '', ...none(more.slice(1)) };
  if (FLAGS.has(what)) return { ...place, [what]: '1', ...none(more) };
  if (what === 'departments')
    return { ...place, departments: '1', ...(more[0] === 'contacts' ? { contacts: '1' } : none(more)) };
  if (what === 'export' && more[0] === 'contacts.csv') return { ...place, export: '1' };
  if (what === 'vcard' || what === 'import') return { ...place, [what]: '1', ...none(more) };
  if (what === 'new') return { ...place, new: '1', [more[0] ?? '']: '1', ...none(more.slice(1)) };
  if (what !== 'contact' || more[0] === undefined) throw new Undocumented(`path /contacts/${segments.join('/')}`);
  const [id, part, number, ...extra] = more;
  const parts: Params = part === undefined ? {} : { [part]: number ?? '1' };
  if (part !== undefined && !['picture', 'attachment', 'vcard'].includes(part))
    throw new Undocumented(`path part ${part}`);
  return { ...place, ...(id === 'ids' ? {} : { id }), ...parts, ...none(extra) };
}

function none(rest: readonly string[]): Params {
  if (rest.length > 0) throw new Undocumented(`path ends in ${rest.join('/')}`);
  return {};
}

export interface Routed {
  kind: string;
  params: Params;
}

function routeContacts(method: string, params: Params): Routed {
  const flags = new Set(Object.keys(params).filter((name) => name !== 'folder'));
  const found = CONTACTS.find(
    (operation) => operation.method === method && operation.needs.every((name) => flags.has(name)),
  );
  if (found === undefined) throw new Undocumented(`${method} contacts with ${[...flags].join(', ')}`);
  const known = new Set([...found.needs, ...(found.takes ?? [])]);
  const extra = [...flags].filter((name) => !known.has(name));
  if (extra.length > 0) throw new Undocumented(`${found.kind}: parameter ${extra.join(', ')}`);
  if (found.free !== true && (params['folder'] ?? '') === '') throw new Undocumented(`${found.kind}: no folder`);
  return { kind: found.kind, params };
}

function routeFolders(method: string, rest: readonly string[], query: Params): Routed {
  if (Object.keys(query).length > 0) throw new Undocumented(`folders: parameter ${Object.keys(query).join(', ')}`);
  if (method === 'GET' && rest[0] === 'type' && rest.length === 2)
    return { kind: 'folders', params: { type: rest[1] ?? '' } };
  if (method === 'GET' && rest.length === 0) return { kind: 'folders', params: {} };
  if (method === 'PUT' && rest.length === 0) return { kind: 'createFolder', params: {} };
  const kind = { GET: 'folder', POST: 'changeFolder', DELETE: 'deleteFolder' }[method];
  if (kind === undefined || rest.length !== 1) throw new Undocumented(`${method} /folders/${rest.join('/')}`);
  return { kind, params: { id: rest[0] ?? '' } };
}

/** The operation of a request. @throws Undocumented */
export function route(request: FakeRequest): Routed {
  const [base, name, ...rest] = request.segments;
  if (base !== 'WorldClientAPI') throw new Undocumented(`path ${request.url}`);
  const { route: wanted, address_book: book, authenticate, ...others } = request.query;
  const query = Object.fromEntries(Object.entries(others).filter(([key]) => key !== 'session'));
  if (authenticate !== undefined) return { kind: `authenticate ${authenticate.toLowerCase()}`, params: query };
  if (name === 'authenticate') return { kind: `authenticate ${rest.join('/').toLowerCase()}`, params: query };
  if (name === 'settings' && rest.length === 1 && (rest[0] ?? '').startsWith('logon_settings=login_token&data=')) {
    return { kind: 'loginToken', params: { data: (rest[0] ?? '').split('data=')[1] ?? '' } };
  }
  if (name === 'folders') return routeFolders(request.method, rest, query);
  if (name === 'contacts') return routeContacts(request.method, { ...pathParams(rest), ...query });
  if (name === undefined && wanted === 'contacts') {
    return routeContacts(request.method, { ...(book === undefined ? {} : { folder: book }), ...query });
  }
  throw new Undocumented(`${request.method} ${request.url}`);
}
