/** Shapes of the Mailbox API's answers ("Schemas" and "Error Handling" pages), checked at the boundary. */
import type { HttpAnswer } from '../../http/types.js';
import { asArray, asObject, asString, optBoolean, optNumber, optString } from '../../http/check.js';
import { NotFound, Refused, Unavailable, type ErrorDetails } from '../../model/errors.js';

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

/** The contacts of an answer. @throws ProtocolError naming the wrong field */
export function parseContacts(body: Record<string, unknown>, key: string, what: string): RestContact[] {
  return asArray(body[key], `${what}: ${key}`).map((item, at) => parseContact(item, `${what}: ${key}[${String(at)}]`));
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

/** Answers that are no success, as errors (Error Handling page: the status decides, the body only explains). */
export function failure(answer: HttpAnswer, what: string): Error {
  const words = serverWords(answer);
  const details: ErrorDetails = { status: answer.status, ...(words === undefined ? {} : { why: words }) };
  if (answer.status === 404) return new NotFound(`cannot ${what}: the server knows no such thing`, details);
  if (answer.status === 403) {
    const hint = 'it needs the permission on that folder, and some calls need a premium licence of the server';
    return new Refused(`the server refused to ${what}`, { ...details, hint });
  }
  if (answer.status >= 500) return new Unavailable(`cannot ${what}: the server failed`, details);
  return new Refused(`the server refused to ${what}`, details);
}
