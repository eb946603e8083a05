/** Address books as collections: extended MKCOL (RFC 5689), PROPPATCH, DELETE, and what servers make of them. */
import { Conflict } from '../model/errors.js';
import type { HttpAnswer } from '../http/types.js';
import type { DavClient } from './client.js';
import { refusalIn, refusalOf } from './client.js';
import { davError, names } from './errors.js';
import { asFolder } from './hrefs.js';
import { C, D } from './names.js';
import { escapeXml, parseMultistatus, tag, xmlDocument } from './xml.js';

const bookType = tag(D.resourcetype, [tag(D.collection), tag(C.addressbook)]);

/**
 * Makes an address book. Whether the name was kept must be looked up: SOGo ignores it, DAViCal escapes it twice.
 *
 * @throws Conflict when something has that path; Refused when the server makes no address books
 */
export async function makeBook(dav: DavClient, path: string, name: string): Promise<void> {
  const what = 'create the address book';
  const props = tag(D.set, [tag(D.prop, [bookType, tag(D.displayname, [escapeXml(name)])])]);
  const first = await dav.send({ method: 'MKCOL', path, body: xmlDocument(D.mkcol, [props]), repeat: 'never', what });
  const refusal = refusalFrom(first);
  if (refusal === undefined) return;
  // RFC 4918, section 9.3.1: 405 says that something is there; Cyrus says it by the precondition.
  if (refusal.status === 405 || names(refusal, 'resource-must-be-null')) {
    throw new Conflict(`cannot ${what}`, { why: 'there is something at its path already', status: refusal.status });
  }
  if (![400, 403, 415, 422, 424, 501].includes(refusal.status)) throw davError(refusal, what);
  await makePlain(dav, path, what);
  await renameBook(dav, path, name).catch(() => undefined);
}

/** Servers without RFC 5689: a plain collection, typed afterwards. */
async function makePlain(dav: DavClient, path: string, what: string): Promise<void> {
  const answer = await dav.send({ method: 'MKCOL', path, repeat: 'never', what });
  const refusal = refusalFrom(answer);
  if (refusal !== undefined) throw davError(refusal, what);
  const body = xmlDocument(D.propertyupdate, [tag(D.set, [tag(D.prop, [bookType])])]);
  await dav.send({ method: 'PROPPATCH', path: asFolder(path), body, repeat: 'idempotent', what });
}

/** Sets the display name. @throws NotFound, Refused */
export async function renameBook(dav: DavClient, path: string, name: string): Promise<void> {
  const what = 'rename the address book';
  const body = xmlDocument(D.propertyupdate, [tag(D.set, [tag(D.prop, [tag(D.displayname, [escapeXml(name)])])])]);
  const answer = await dav.send({ method: 'PROPPATCH', path, body, repeat: 'idempotent', what });
  const refusal = refusalFrom(answer);
  if (refusal !== undefined) throw davError(refusal, what);
}

/**
 * Deletes an address book with all that is in it.
 *
 * @returns false when the answer was 404: it may be gone all the same (Cyrus deletes and answers so), the caller looks
 * @throws Refused, UnknownOutcome
 */
export async function removeBook(dav: DavClient, path: string): Promise<boolean> {
  const what = 'delete the address book';
  const answer = await dav.send({ method: 'DELETE', path, repeat: 'never', what });
  const refusal = refusalFrom(answer);
  if (refusal === undefined) return true;
  if (refusal.status === 404) return false;
  throw davError(refusal, what);
}

function refusalFrom(answer: HttpAnswer): ReturnType<typeof refusalIn> {
  if (answer.status !== 207) return answer.status >= 200 && answer.status < 300 ? undefined : refusalOf(answer);
  return parseMultistatus(answer.text())
    .responses.map(refusalIn)
    .find((one) => one !== undefined);
}
