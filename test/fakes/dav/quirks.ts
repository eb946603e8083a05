/** How six real CardDAV servers differ, as observed on loopback; the stand-in plays each of them. */

export interface DavQuirks {
  name: string;
  /** Paths for a user. */
  principal(user: string): string;
  home(user: string): string;
  /** Answer of `/.well-known/carddav`: a redirect. */
  wellKnown?: { status: 301 | 302 | 307; location: string };
  /** `/` answers PROPFIND (else 405). */
  root: boolean;
  auth: 'basic' | 'digest';
  dav: readonly string[];
  server: string;
  /** vCard versions listed in supported-address-data; undefined: the property is absent. */
  versions?: readonly ('3.0' | '4.0')[];
  /** Versions it refuses. */
  refuses: readonly string[];
  /** Plain GET and plain multiget convert to 3.0 and break data: pictures on the way (Cyrus). */
  converts: boolean;
  /** ETag header on the answer to PUT. */
  putEtag: boolean;
  /** `If-None-Match: *` protects. */
  ifNoneMatch: boolean;
  /** `If-Match` on DELETE protects. */
  ifMatchDelete: boolean;
  /** Status of a create where something is (Axigen: 409). */
  exists: 412 | 409;
  /** 409 no-uid-conflict for a second card of one uid in a book. */
  uidConflict: boolean;
  multigetAbsent: '404' | 'omitted' | 'whole' | 'none';
  /** multiget is not offered. */
  noMultiget?: boolean;
  sync: boolean;
  /** Only the property tells of sync: the report set does not (or names it without `<report>`). */
  syncUnlisted?: boolean;
  unknownToken: '403' | '500' | 'everything';
  /** A first sync names earlier deletions. */
  tombstones: boolean;
  /** 507 after so many members. */
  syncPage?: number;
  /** What was reported last is reported again. */
  syncRepeats?: boolean;
  ctag: boolean;
  /** Spelling of hrefs; `raw` in REPORT answers only. */
  hrefs: 'encoded' | 'lower' | 'raw' | 'absolute' | 'relative' | 'bare';
  /** Prefixes for DAV:, carddav, calendarserver ('' is the default namespace). */
  prefixes: readonly [dav: string, card: string, cs: string];
  /** How address-data is written. */
  text: 'plain' | 'cdata' | 'numeric' | 'cr';
  contentType: string;
  /** A body that is no vCard. */
  garbage: 400 | 403 | 404 | 415 | 207;
  mkcol: 'extended' | 'nameless' | 'escaped' | 'plain' | 'none';
  /** 403 resource-must-be-null instead of 405. */
  mkcolExists: 403 | 405;
  /** DELETE of a book answers 404 and deletes. */
  deleteBook: 200 | 204 | 404;
  /** Status of MOVE and COPY to another book. */
  move: 200 | 201 | 403 | 405 | 501;
  copy: 201 | 403 | 405 | 501;
  /** The card as stored: what it rewrites. */
  rewrite?(data: string): string;
}

const base: DavQuirks = {
  name: 'plain',
  principal: (user) => `/principals/${user}/`,
  home: (user) => `/addressbooks/${user}/`,
  root: true,
  auth: 'basic',
  dav: ['1, 2, 3, extended-mkcol, addressbook'],
  server: 'fake/1.0',
  versions: ['3.0'],
  refuses: [],
  converts: false,
  putEtag: true,
  ifNoneMatch: true,
  ifMatchDelete: true,
  exists: 412,
  uidConflict: false,
  multigetAbsent: '404',
  sync: true,
  unknownToken: '403',
  tombstones: false,
  ctag: true,
  hrefs: 'encoded',
  prefixes: ['D', 'C', 'S'],
  text: 'plain',
  contentType: 'text/vcard; charset=utf-8',
  garbage: 400,
  mkcol: 'extended',
  mkcolExists: 405,
  deleteBook: 204,
  move: 201,
  copy: 201,
};

/** Property groups in capitals, as DAViCal and SOGo store them. */
function capitalGroups(data: string): string {
  return data.replace(/^([A-Za-z0-9-]+)\.(?=[A-Za-z-]+[;:])/gm, (_all, group: string) => `${group.toUpperCase()}.`);
}

export const QUIRKS = {
  plain: base,
  radicale: {
    ...base,
    name: 'radicale',
    principal: (user: string) => `/${user}/`,
    home: (user: string) => `/${user}/`,
    wellKnown: { status: 301, location: '/' },
    dav: ['1, 2, 3, calendar-access, addressbook, extended-mkcol'],
    server: 'WSGIServer/0.2 CPython/3.11.2',
    versions: undefined,
    uidConflict: true,
    tombstones: true,
    prefixes: ['', 'CR', 'CS'],
    deleteBook: 200,
    rewrite: (data: string) => data.replace(/X-ABLabel/g, 'X-ABLABEL'),
  },
  xandikos: {
    ...base,
    name: 'xandikos',
    principal: (user: string) => `/${user}/`,
    home: (user: string) => `/${user}/contacts/`,
    wellKnown: { status: 302, location: '/' },
    dav: ['1, 2, 3, addressbook, extended-mkcol, add-member, sync-collection, quota'],
    server: 'nginx/1.22.1',
    syncUnlisted: true,
    unknownToken: '500',
    prefixes: ['ns0', 'ns1', 'ns2'],
    contentType: 'text/vcard',
    garbage: 207,
    move: 405,
    copy: 405,
  },
  cyrus: {
    ...base,
    name: 'cyrus',
    principal: (user: string) => `/dav/principals/user/${user}/`,
    home: (user: string) => `/dav/addressbooks/user/${user}/`,
    wellKnown: { status: 301, location: '/dav/addressbooks' },
    root: false,
    dav: ['1, 2, 3, access-control, extended-mkcol, resource-sharing', 'addressbook'],
    server: 'Cyrus-HTTP/3.6.1',
    versions: ['3.0', '4.0'],
    refuses: ['2.1'],
    converts: true,
    syncPage: 3,
    hrefs: 'bare',
    text: 'cdata',
    garbage: 403,
    mkcolExists: 403,
    deleteBook: 404,
  },
  davical: {
    ...base,
    name: 'davical',
    principal: (user: string) => `/caldav.php/${user}/`,
    home: (user: string) => `/caldav.php/${user}/`,
    wellKnown: { status: 301, location: '/caldav.php/' },
    root: false,
    dav: ['1, 2, 3, access-control, addressbook, bind, extended-mkcol'],
    server: 'Apache/2.4.57',
    putEtag: false,
    multigetAbsent: 'omitted',
    unknownToken: 'everything',
    prefixes: ['', 'C', 'C1'],
    contentType: 'text/vcard; charset="utf-8"',
    mkcol: 'escaped',
    move: 200,
    rewrite: (data: string) => capitalGroups(data).replace(/^END:VCARD/m, 'REV:20240102T030405Z\r\nEND:VCARD'),
  },
  sogo: {
    ...base,
    name: 'sogo',
    principal: (user: string) => `/SOGo/dav/${user}/`,
    home: (user: string) => `/SOGo/dav/${user}/Contacts/`,
    wellKnown: { status: 301, location: '/SOGo/dav' },
    root: false,
    dav: ['1, 2, access-control, addressbook'],
    server: 'Apache/2.4.57 SOGo',
    versions: undefined,
    ifNoneMatch: false,
    ifMatchDelete: false,
    unknownToken: 'everything',
    tombstones: true,
    hrefs: 'raw',
    prefixes: ['D', 'n1', 'n2'],
    text: 'numeric',
    contentType: 'text/x-vcard',
    garbage: 404,
    mkcol: 'nameless',
    rewrite: (data: string) => capitalGroups(data).replace(/^VERSION:.*$/m, 'VERSION:3.0'),
  },
  sabre: {
    ...base,
    name: 'sabre',
    wellKnown: { status: 301, location: '/' },
    auth: 'digest',
    dav: ['1, 3, extended-mkcol, addressbook, access-control'],
    server: 'Apache/2.4.57',
    multigetAbsent: 'whole',
    sync: false,
    hrefs: 'lower',
    prefixes: ['d', 'card', 'cs'],
    text: 'cr',
    contentType: 'text/x-vcard',
    garbage: 415,
    move: 403,
  },
  /** None of the six: old, proxied and odd all at once. */
  odd: {
    ...base,
    name: 'odd',
    root: false,
    wellKnown: { status: 307, location: '/addressbooks/' },
    multigetAbsent: 'none',
    noMultiget: true,
    sync: false,
    ctag: false,
    hrefs: 'absolute',
    mkcol: 'plain',
    copy: 501,
    move: 501,
  },
} as const satisfies Record<string, { [K in keyof DavQuirks]?: DavQuirks[K] | undefined }>;

export type QuirkName = keyof typeof QUIRKS;

/** The quirks of a server by name, some of them replaced. */
export function quirksOf(name: QuirkName, changes: Partial<DavQuirks> = {}): DavQuirks {
  const { versions, ...rest }: Omit<DavQuirks, 'versions'> & { versions?: DavQuirks['versions'] | undefined } =
    QUIRKS[name];
  return { ...rest, ...(versions !== undefined && { versions }), ...changes };
}
