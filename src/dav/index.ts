/** WebDAV and CardDAV (RFC 4918, 5689, 6352, 6578, 6764) as the drivers use them. */
export { davSignIn, type DavCredentials, type DavScheme } from './auth.js';
export { makeBook, removeBook, renameBook } from './books.js';
export { DavClient, cleanEtag, refusalIn, refusalOf, type DavCall, type MultistatusAnswer } from './client.js';
export {
  listEntries,
  listEtags,
  queryCards,
  readCtag,
  syncCollection,
  type DavEntry,
  type SyncRefusal,
  type SyncResult,
} from './collection.js';
export { davBase, discover, listBooks, readBookAt, type DavAccount, type DavBook } from './discovery.js';
export { davError, names, NoService, reasonOf, type Refusal } from './errors.js';
export { asFolder, decodeSegment, encodeSegment, hrefPath, isMember, lastName, requestPath } from './hrefs.js';
export { getCard, readCard, readCards, type DavCard, type DavUnreadable, type ReadOptions } from './multiget.js';
export { inOrder } from './pool.js';
export { etagOf, options, putNew, putOver, relocate, remove, type PutOptions } from './write.js';
