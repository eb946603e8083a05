/** Shapes of the Mailbox API's answers ("Schemas" and "Error Handling" pages), checked at the boundary. */
import { isWebPage, webPage } from '../../http/answer.js';
import type { HttpAnswer } from '../../http/types.js';
import { asArray, asObject, asString, optBoolean, optNumber, optString } from '../../http/check.js';
import { NotFound, ProtocolError, Refused, Unavailable, type ErrorDetails } from '../../model/errors.js';

/** ContactInstance (Schemas page): all that the API says about a contact. Absent strings are ''. */
export interface RestContact {
  id: string;
  folderId: string;
  isDistributionList: boolean;
  name: string;
  email: string;
  firstName: string;
  lastName: string;
  nickName: string;
}

/** FolderInstance (Schemas page), as far as it matters here. */
export interface RestFolder {
  id: string;
  name: string;
  parentId: string;
  role: string;
  folderType: string;
  accessMode: string;
  ownerUsername: string;
  totalItems: number | undefined;
  /** Letters of the IMAP ACL (r read, i insert, …); undefined when the server sent none. */
  permissions: readonly string[] | undefined;
}

/** An optional string member, absent as ''. */
export function text(object: Record<string, unknown>, key: string, where: string): string {
  return optString(object, key, where) ?? '';
}

function parseContact(value: unknown, where: string): RestContact {
  const item = asObject(value, where);
  return {
    id: asString(item['id'], `${where}.id`),
    folderId: text(item, 'folderId', where),
    isDistributionList: optBoolean(item, 'isDistributionList', where) ?? false,
    name: text(item, 'name', where),
    email: text(item, 'email', where),
    firstName: text(item, 'firstName', where),
    lastName: text(item, 'lastName', where),
    nickName: text(item, 'nickName', where),
  };
}

/** The contacts of an answer; none when they are null or not there. @throws ProtocolError naming the wrong field */
export function parseContacts(body: Record<string, unknown>, key: string, what: string): RestContact[] {
  return asArray(body[key] ?? [], `${what}: ${key}`).map((item, at) =>
    parseContact(item, `${what}: ${key}[${String(at)}]`),
  );
}

/** One folder. @throws ProtocolError naming the wrong field */
export function parseFolder(value: unknown, where: string): RestFolder {
  const item = asObject(value, where);
  const permissions = item['permissions'];
  return {
    id: asString(item['id'], `${where}.id`),
    name: text(item, 'name', where),
    parentId: text(item, 'parentId', where),
    role: text(item, 'role', where),
    folderType: text(item, 'folderType', where),
    accessMode: text(item, 'accessMode', where),
    ownerUsername: text(item, 'ownerUsername', where),
    totalItems: optNumber(item, 'totalItems', where),
    permissions: Array.isArray(permissions)
      ? permissions.map((letter, at) => asString(letter, `${where}.permissions[${String(at)}]`))
      : undefined,
  };
}

/** Short string members of an error body: their names are not documented, so any will do for a person. */
export function serverWords(answer: HttpAnswer): string | undefined {
  let body: unknown;
  try {
    body = JSON.parse(answer.text());
  } catch {
    return undefined;
  }
  if (typeof body !== 'object' || body === null) return undefined;
  const words = Object.values(body).filter((value) => typeof value === 'string' && value !== '' && value.length <= 300);
  return words.length === 0 ? undefined : words.slice(0, 3).join(': ');
}

/**
 * Answers that are no success, as errors (Error Handling page: the status decides, the body only explains).
 *
 * @param named the call names a folder: 404 is that folder's, and not the whole API's
 */
export function failure(answer: HttpAnswer, what: string, named = false): Error {
  const { status } = answer;
  // "Every error has a JSON object": a page is somebody else's.
  if (isWebPage(answer) && status < 500) return webPage(answer, what, 'JSON');
  const details: ErrorDetails = { status, why: serverWords(answer) ?? `HTTP ${String(status)}` };
  if (status === 404 && named) return new NotFound(`cannot ${what}: the server knows no such folder`, details);
  if (status === 404 || status === 405) {
    const hint = 'check --url: it must be the address of the WebMail; the Mailbox API is there since Axigen X4 (10.4)';
    return new ProtocolError(`cannot ${what}: there is no Mailbox API at ${new URL(answer.url).host}`, {
      ...details,
      hint,
    });
  }
  if (status === 403) {
    const hint = 'it needs the permission on that folder, and some calls need a premium licence of the server';
    return new Refused(`the server refused to ${what}`, { ...details, hint });
  }
  if (status >= 500)
    return new Unavailable(`cannot ${what}: the server failed`, { ...details, hint: 'try again later' });
  return new Refused(`the server refused to ${what}`, {
    ...details,
    hint: 'run it again with --debug to see the answer',
  });
}
