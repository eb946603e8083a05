/** XML names of WebDAV, CardDAV and CalendarServer, in Clark notation: `{namespace}local`. */

export const NS = {
  dav: 'DAV:',
  card: 'urn:ietf:params:xml:ns:carddav',
  cs: 'http://calendarserver.org/ns/',
} as const;

const dav = <L extends string>(local: L): `{DAV:}${L}` => `{DAV:}${local}`;
const card = <L extends string>(local: L): `{urn:ietf:params:xml:ns:carddav}${L}` =>
  `{urn:ietf:params:xml:ns:carddav}${local}`;
const cs = <L extends string>(local: L): `{http://calendarserver.org/ns/}${L}` =>
  `{http://calendarserver.org/ns/}${local}`;

/** RFC 4918, 3744, 5397, 5689, 6578. */
export const D = {
  multistatus: dav('multistatus'),
  response: dav('response'),
  href: dav('href'),
  status: dav('status'),
  propstat: dav('propstat'),
  prop: dav('prop'),
  error: dav('error'),
  propfind: dav('propfind'),
  propertyupdate: dav('propertyupdate'),
  set: dav('set'),
  mkcol: dav('mkcol'),
  collection: dav('collection'),
  principal: dav('principal'),
  resourcetype: dav('resourcetype'),
  displayname: dav('displayname'),
  getetag: dav('getetag'),
  currentUserPrincipal: dav('current-user-principal'),
  privileges: dav('current-user-privilege-set'),
  privilege: dav('privilege'),
  owner: dav('owner'),
  reports: dav('supported-report-set'),
  syncToken: dav('sync-token'),
  syncCollection: dav('sync-collection'),
  syncLevel: dav('sync-level'),
} as const;

/** RFC 6352. */
export const C = {
  addressbook: card('addressbook'),
  homeSet: card('addressbook-home-set'),
  description: card('addressbook-description'),
  supportedData: card('supported-address-data'),
  dataType: card('address-data-type'),
  addressData: card('address-data'),
  maxSize: card('max-resource-size'),
  multiget: card('addressbook-multiget'),
  query: card('addressbook-query'),
  filter: card('filter'),
  propFilter: card('prop-filter'),
  textMatch: card('text-match'),
  limit: card('limit'),
  nresults: card('nresults'),
  /** Not in the RFC, but of the same namespace: which book new contacts go to. */
  defaultBook: card('default-addressbook-URL'),
} as const;

/** CalendarServer's extensions: the collection tag, sharing. */
export const S = {
  ctag: cs('getctag'),
  shared: cs('shared'),
} as const;
