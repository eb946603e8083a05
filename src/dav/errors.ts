/** Refusals of a WebDAV server as typed errors, with its precondition (RFC 4918, section 16) in words. */
import type { CardferryError, ErrorDetails } from '../model/errors.js';
import { AuthError, Conflict, NotFound, ProtocolError, Refused, Unavailable } from '../model/errors.js';
import { webPage } from '../http/answer.js';
import type { DavError } from './xml.js';
import { localName } from './xml.js';

/** RFC 6352, section 6.3.2.1; RFC 4918; RFC 3744; RFC 4331; RFC 6578. */
const WORDS: Record<string, string> = {
  'no-uid-conflict': 'another contact of the address book has the same uid',
  'valid-address-data': 'the server cannot read the vCard',
  'supported-address-data': 'the server does not take this version of vCard',
  'supported-address-data-conversion': 'the server does not take this version of vCard',
  'max-resource-size': 'the contact is larger than the server allows',
  'addressbook-collection-location-ok': 'an address book cannot be there',
  'need-privileges': 'this account may not do that here',
  'quota-not-exceeded': 'the account has used up its space',
  'sufficient-disk-space': 'the server has no space left',
  'resource-must-be-null': 'there is something of that name already',
  'supported-report': 'the server does not offer this report',
  'valid-sync-token': 'the server does not know this sync token',
  'lock-token-submitted': 'it is locked',
  'propfind-finite-depth': 'the server lists one level at a time',
  'number-of-matches-within-limits': 'there are more matches than the server gives at once',
  'cannot-modify-protected-property': 'this property cannot be changed',
};

const STATUS: Record<number, string> = {
  400: 'the server calls the request malformed',
  403: 'the server does not permit it',
  404: 'there is nothing of that name',
  405: 'the server does not offer this method here',
  409: 'the folder that should hold it is missing, or it collides with something there',
  412: 'it changed on the server meanwhile, or exists already',
  413: 'it is larger than the server allows',
  415: 'the server does not take this kind of data',
  423: 'it is locked',
  501: 'the server does not know this method',
  507: 'the server has no space left',
};

/** Nothing at the URL speaks CardDAV. */
export class NoService extends ProtocolError {}

/** An answer reduced to what an error needs: also one `response` inside a 207. */
export interface Refusal extends DavError {
  status: number;
  /** URL of the answer, when its body is a web page. */
  page?: string;
}

/** The reason in a sentence: preconditions in words, else the server's message, else the status in words. */
export function reasonOf(refusal: Refusal): string {
  const named = refusal.conditions.map((name) => WORDS[localName(name)] ?? localName(name));
  const said = refusal.message === undefined ? [] : [refusal.message];
  const parts = [...named, ...said];
  if (parts.length > 0) return `${parts.join('; ')} (HTTP ${refusal.status})`;
  return `${STATUS[refusal.status] ?? 'the server said no'} (HTTP ${refusal.status})`;
}

/** Whether the refusal names the precondition (local name). */
export function names(refusal: Refusal, condition: string): boolean {
  return refusal.conditions.some((name) => localName(name) === condition);
}

/**
 * The typed error of a refusal: 404 and 410 NotFound; 412, no-uid-conflict and resource-must-be-null Conflict;
 * 401 AuthError; 5xx Unavailable (but 501, 505, 507 Refused); other 4xx Refused; a success nobody expected ProtocolError,
 * a web page among them WrongServer.
 *
 * @param what what failed, as the first part of the message: "create the contact"
 */
export function davError(refusal: Refusal, what: string, contact?: string): CardferryError {
  const { status, page } = refusal;
  if (page !== undefined && status < 400) return webPage({ status, url: page }, what, 'WebDAV');
  const details: ErrorDetails = { why: reasonOf(refusal), status, ...(contact !== undefined && { contact }) };
  const message = `cannot ${what}`;
  if (status === 401) return new AuthError(message, { ...details, hint: 'check user and password of the profile' });
  if (status === 404 || status === 410) return new NotFound(message, details);
  const conflict = names(refusal, 'no-uid-conflict') || names(refusal, 'resource-must-be-null');
  if (status === 412 || conflict) {
    return new Conflict(message, { ...details, hint: 'read it again, then repeat the change' });
  }
  if (status < 400)
    return new ProtocolError(message, {
      ...details,
      why: `unexpected answer (HTTP ${status})`,
      hint: 'check --url: it may lead to something else than CardDAV',
    });
  if (status >= 500 && ![501, 505, 507].includes(status)) return new Unavailable(message, details);
  return new Refused(message, details);
}
