/** JSON batches: checked as a whole, answered in another order than asked. */
import { Failure, Undocumented } from './failure.js';
import type { FakeRequest, Reply } from './wire.js';

type Json = Record<string, unknown>;

export interface BatchPart extends FakeRequest {
  id: string;
}

const malformed = (message: string): Failure => new Failure(400, 'BadRequest', message);

function partOf(value: unknown, version: string): BatchPart {
  const { id, method, url, headers = {}, body, ...rest } = value as Json;
  if (typeof id !== 'string' || typeof method !== 'string' || typeof url !== 'string')
    throw malformed('Invalid batch payload format.');
  if (Object.keys(rest).length > 0) throw new Undocumented(`member of a batch request: ${Object.keys(rest).join()}`);
  if (!url.startsWith('/')) throw new Undocumented(`URL of a batch request: ${url}`);
  const lower = Object.fromEntries(
    Object.entries(headers as Json).map(([name, text]) => [name.toLowerCase(), String(text)]),
  );
  const type = lower['content-type'];
  if ((body !== undefined) !== (type !== undefined))
    throw malformed('Write request id : X does not contain Content-Type header or body.');
  if (body !== undefined && type === 'application/json' && typeof body !== 'object')
    throw malformed('A JSON body is an object.');
  if (body !== undefined && type !== 'application/json' && typeof body !== 'string')
    throw malformed('An image is base64 text.');
  const bytes =
    body === undefined
      ? Buffer.alloc(0)
      : typeof body === 'string'
        ? Buffer.from(body, 'base64')
        : Buffer.from(JSON.stringify(body));
  return { id, method, url: `${version}${url}`, headers: lower, body: bytes, kind: 'unknown' };
}

export function batchParts({ method, headers, body }: FakeRequest, version: string): BatchPart[] {
  if (method !== 'POST' || headers['content-type'] !== 'application/json')
    throw new Undocumented('a batch is a POST of JSON');
  const { requests, ...rest } = JSON.parse(body.toString('utf8')) as Json;
  if (!Array.isArray(requests) || Object.keys(rest).length > 0) throw malformed('Invalid batch payload format.');
  if (requests.length > 20) throw malformed('Number of batch request steps exceeds the maximum value of 20.');
  if (body.length > 4 * 1024 * 1024) throw new Failure(413, 'RequestEntityTooLarge', '');
  const parts = requests.map((value) => partOf(value, version));
  if (new Set(parts.map(({ id }) => id.toLowerCase())).size < parts.length)
    throw malformed('Request Ids must be unique.');
  return parts;
}

/** @param perform undefined when the answer to a part gets lost */
export function batchReply(parts: readonly BatchPart[], perform: (part: BatchPart) => Reply | undefined): Reply {
  const responses = parts.flatMap((part) => {
    const reply = perform(part);
    if (reply === undefined) return [];
    const { status, body, headers = {} } = reply;
    const shown = Buffer.isBuffer(body) ? body.toString('base64') : body;
    return [{ id: part.id, status, headers, ...(shown === undefined ? {} : { body: shown }) }];
  });
  return { status: 200, body: { responses: responses.reverse() } };
}
