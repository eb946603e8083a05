/** What answers of PortSIP PBX say about failures ("About" page, Errors). */
import { isObject, member } from '../../http/check.js';
import type { HttpAnswer } from '../../http/types.js';

/** Code of the first error of `{"errors": [{code, message, detail}]}`, in capitals; '' when there is none. */
export function errorCode(answer: HttpAnswer): string {
  if (answer.body.length === 0 || answer.body.length > 64 * 1024) return '';
  try {
    const body: unknown = JSON.parse(answer.text());
    const list = isObject(body) ? member(body, 'errors') : undefined;
    const first: unknown = Array.isArray(list) ? list[0] : undefined;
    const code = isObject(first) ? member(first, 'code') : undefined;
    return typeof code === 'string' ? code.trim().toUpperCase() : '';
  } catch {
    return '';
  }
}
