/** Errors from what the API answers (vendor page "Microsoft Graph error responses and resource types"). */
import { isObject, member } from '../../http/check.js';
import { clip } from '../../http/answer.js';
import { AuthError, Conflict, NotFound, Refused, Unavailable } from '../../model/errors.js';
import type { CardferryError, ErrorDetails } from '../../model/errors.js';
import type { Call, Reply } from './call.js';
import type { Dialect } from './dialect.js';

export interface Words {
  code: string;
  /** The code, the message, and the id that Microsoft's support asks for. */
  why: string | undefined;
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** `{"error":{"code","message","innerError":{"request-id"}}}`; nothing of other bodies. */
export function wordsOf(reply: Reply): Words | undefined {
  let body: unknown;
  try {
    body = reply.json();
  } catch {
    return undefined;
  }
  const error = isObject(body) ? member(body, 'error') : undefined;
  if (!isObject(error)) return undefined;
  const [code, message] = [textOf(member(error, 'code')), textOf(member(error, 'message'))];
  const inner = member(error, 'innerError') ?? member(error, 'innererror');
  const request = isObject(inner) ? textOf(member(inner, 'request-id')) : '';
  const told = [code, message].filter((text) => text !== '').join(': ');
  const why = request === '' ? told : `${told} (request-id ${request})`;
  return { code, why: why === '' ? undefined : clip(why, 300) };
}

const NO_MAILBOX = new Set(['ErrorInvalidUser', 'ErrorNonExistentMailbox', 'MailboxNotEnabledForRESTAPI']);

/** Outlook's own hosts were switched off: whatever they answer now is no API. */
function switchedOff({ status }: Reply, dialect: Dialect, details: ErrorDetails): Unavailable {
  return new Unavailable(`the ${dialect.title} is not there (${status}): Microsoft has switched it off`, {
    ...details,
    hint: 'use Microsoft Graph instead: cardferry profile edit NAME --url https://graph.microsoft.com --option dialect=graph',
  });
}

/**
 * The error of a call's answer of 4xx or 5xx.
 * @param alive the API has answered a call before, so that nothing is switched off
 */
export function errorOf(call: Call, reply: Reply, dialect: Dialect, alive = false): CardferryError {
  const { status } = reply;
  const words = wordsOf(reply);
  const details: ErrorDetails = {
    status,
    ...(words?.why === undefined ? {} : { why: words.why }),
    ...(call.contact === undefined ? {} : { contact: call.contact }),
  };
  const code = words?.code ?? '';
  const message = `cannot ${call.what}`;
  const gone = status === 410 || status === 404;
  // Of a contact or picture it says no more than that there is none, body or not.
  if (dialect.family === 'outlook' && gone && words === undefined && call.contact === undefined && !alive)
    return switchedOff(reply, dialect, details);
  if (NO_MAILBOX.has(code)) {
    return new NotFound(`${message}: there is no such mailbox at Microsoft 365`, {
      ...details,
      hint: 'it may be on a server of its own, or have no licence; check the option mailbox',
    });
  }
  const named = status === 404 || (status === 410 && call.contact !== undefined);
  if (named || code === 'ErrorInvalidIdMalformed' || code === 'ErrorItemNotFound')
    return new NotFound(`${message}: there is no such contact or folder`, details);
  if (status === 401) return new AuthError(`${message}: not signed in`, details);
  if (status === 403) {
    return new AuthError(`${message}: you have no permission for it`, {
      ...details,
      hint: 'the app needs the permission Contacts.ReadWrite for this mailbox, and perhaps an administrator to grant it',
    });
  }
  if (status === 409 || status === 412) {
    return new Conflict(status === 412 ? `${message}: it was changed on the server since it was read` : message, {
      ...details,
      hint: code === 'ErrorFolderExists' ? 'choose another name' : 'read it again, then repeat the change',
    });
  }
  if (status === 507) return new Refused(`${message}: the mailbox is full`, details);
  return new Refused(`${message}: the server refused`, details);
}

/** HTML where JSON was due: of an Outlook host it is its grave. */
export function htmlError(reply: Reply, dialect: Dialect): Unavailable | undefined {
  if (dialect.family !== 'outlook' || !reply.start().trimStart().startsWith('<')) return undefined;
  return switchedOff(reply, dialect, { status: reply.status });
}
