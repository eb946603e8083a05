/** Writing single resources: PUT, DELETE, MOVE, COPY with preconditions, and what servers answer to them. */
import { isWebPage, webPage } from '../http/answer.js';
import { Conflict, NotFound, Refused, UnknownOutcome } from '../model/errors.js';
import type { HttpAnswer } from '../http/types.js';
import type { DavClient } from './client.js';
import { cleanEtag, refusalIn, refusalOf } from './client.js';
import type { Refusal } from './errors.js';
import { davError } from './errors.js';
import { D } from './names.js';
import { parseMultistatus } from './xml.js';

export interface PutOptions {
  /** vCard text, CRLF line ends. */
  data: string;
  what: string;
  /** Names the contact in errors. */
  contact: string;
}

/**
 * Creates a resource (`If-None-Match: *`).
 *
 * @returns the etag, when the server tells it (DAViCal does not). It may be of a card that the server rewrote.
 * @throws Conflict when name or uid exist; Refused with the server's reason; UnknownOutcome
 */
export async function putNew(dav: DavClient, path: string, options: PutOptions): Promise<string | undefined> {
  const { answer, refusal } = await put(dav, path, options, { 'If-None-Match': '*' }, 'never');
  if (refusal === undefined) return cleanEtag(answer.header('etag'));
  const { what, contact } = options;
  if (refusal.status === 412) {
    throw new Conflict(`cannot ${what}`, { why: 'a contact of this name exists already', status: 412, contact });
  }
  // The folder is there (it was listed): SOGo says 404 to a card it cannot read.
  if (refusal.status === 404) {
    throw new Refused(`cannot ${what}`, { why: 'the server does not take the card (HTTP 404)', status: 404, contact });
  }
  throw davError(refusal, what, contact);
}

/**
 * Replaces a resource, guarded by its etag when there is one.
 *
 * @returns the new etag, when the server tells it
 * @throws Conflict when it changed meanwhile; NotFound when it is gone; Refused
 */
export async function putOver(
  dav: DavClient,
  path: string,
  etag: string | undefined,
  options: PutOptions,
): Promise<string | undefined> {
  const guard: Record<string, string> = etag === undefined ? {} : { 'If-Match': etag };
  const { answer, refusal } = await put(dav, path, options, guard, 'idempotent');
  if (refusal !== undefined) throw davError(refusal, options.what, options.contact);
  return cleanEtag(answer.header('etag'));
}

async function put(
  dav: DavClient,
  path: string,
  { data, what }: PutOptions,
  guard: Record<string, string>,
  repeat: 'never' | 'idempotent',
): Promise<{ answer: HttpAnswer; refusal: Refusal | undefined }> {
  const headers = { 'Content-Type': 'text/vcard; charset=utf-8', ...guard };
  const answer = await dav.send({ method: 'PUT', path, headers, body: data, repeat, what });
  return { answer, refusal: refused(answer, what, repeat) };
}

/**
 * The refusal in an answer: by its status, or inside a 207 (Xandikos answers a PUT so).
 * @throws UnknownOutcome, WrongServer when somebody else answered (a page with 201 is Apache's way to say "Created")
 */
function refused(answer: HttpAnswer, what: string, repeat: 'never' | 'idempotent' = 'never'): Refusal | undefined {
  if (answer.status === 200 && isWebPage(answer)) {
    const page = webPage(answer, what, 'WebDAV');
    if (repeat !== 'never') throw page;
    throw new UnknownOutcome(`${what}: a web page came back, so it may or may not have happened`, {
      why: page.message,
      hint: 'look before you repeat it; `cardferry undo --list` shows what was sent',
      status: answer.status,
      cause: page,
    });
  }
  if (answer.status === 207) {
    return parseMultistatus(answer.text())
      .responses.map(refusalIn)
      .find((one) => one !== undefined);
  }
  return answer.status >= 200 && answer.status < 300 ? undefined : refusalOf(answer);
}

/**
 * Deletes a resource, guarded by its etag when there is one.
 *
 * @throws NotFound when it is gone already; Conflict when it changed; Refused; UnknownOutcome
 */
export async function remove(
  dav: DavClient,
  path: string,
  options: { etag?: string | undefined; what: string; contact?: string },
): Promise<void> {
  const { etag, what, contact } = options;
  const headers: Record<string, string> = etag === undefined ? {} : { 'If-Match': etag };
  const refusal = refused(await dav.send({ method: 'DELETE', path, headers, repeat: 'never', what }), what);
  if (refusal !== undefined) throw davError(refusal, what, contact);
}

/**
 * The etag of a resource now; `null` when there is none of that name; undefined when the server gives no etag.
 *
 * @throws Refused and the like
 */
export async function etagOf(dav: DavClient, path: string): Promise<string | null | undefined> {
  try {
    const { props } = await dav.propsOf(path, [D.getetag], 'look for the contact');
    return cleanEtag(props.get(D.getetag)?.text);
  } catch (error) {
    if (error instanceof NotFound) return null;
    throw error;
  }
}

/**
 * MOVE or COPY to another collection, never over something there.
 *
 * @returns false when the server does not offer it between these places: the caller reads, writes and deletes itself
 * @throws Conflict when the target exists; NotFound when the source is gone; Refused; UnknownOutcome
 */
export async function relocate(
  dav: DavClient,
  method: 'MOVE' | 'COPY',
  from: string,
  options: { to: string; what: string; contact: string },
): Promise<boolean> {
  const { to, what, contact } = options;
  const headers = { Destination: new URL(to, dav.http.base).href, Overwrite: 'F' };
  const refusal = refused(await dav.send({ method, path: from, headers, repeat: 'never', what }), what);
  if (refusal === undefined) return true;
  // Cyrus refuses to COPY within an account for the uid's sake (405), yet takes a PUT: the fallback asks properly.
  if ([400, 403, 405, 409, 501, 502].includes(refusal.status)) return false;
  throw davError(refusal, what, contact);
}

/** What the server says of itself in `OPTIONS`: compliance classes of the (one or several) DAV headers, methods. */
export async function options(dav: DavClient, path: string): Promise<{ classes: Set<string>; methods: Set<string> }> {
  const answer = await dav.send({ method: 'OPTIONS', path, repeat: 'safe', what: 'ask what the server can do' });
  const tokens = (name: string): string[] => answer.headers(name).flatMap((value) => value.split(/[\s,]+/));
  return {
    classes: new Set(tokens('dav').map((one) => one.toLowerCase())),
    methods: new Set(tokens('allow').map((one) => one.toUpperCase())),
  };
}
