/** WebDAV over the HTTP client: PROPFIND, REPORT, refusals as typed errors. */
import { ProtocolError } from '../model/errors.js';
import { isWebPage, nothing, webPage } from '../http/answer.js';
import type { HttpAnswer, HttpClient, Repeat } from '../http/types.js';
import { davError } from './errors.js';
import type { Refusal } from './errors.js';
import { hrefPath } from './hrefs.js';
import { D } from './names.js';
import type { DavResponse, Multistatus } from './xml.js';
import { parseError, parseMultistatus, tag, xmlDocument } from './xml.js';

/** Verdicts, not trouble that passes: the driver reads them. */
const ACCEPT = [501, 505, 507] as const;

export interface DavCall {
  method: string;
  /** Absolute path on the server's origin. */
  path: string;
  depth?: '0' | '1';
  body?: string;
  headers?: Record<string, string>;
  repeat: Repeat;
  what: string;
  /** Statuses of 500 and above that shall be returned instead of repeated. */
  accept?: readonly number[];
}

/** A multistatus with the answer it came in; hrefs are still as written: resolve them against `path`. */
export interface MultistatusAnswer extends Multistatus {
  answer: HttpAnswer;
  /** Path that answered, after redirects: the base of relative hrefs. */
  path: string;
}

/** The refusal that an answer is, with what its body says. */
export function refusalOf(answer: HttpAnswer): Refusal {
  return {
    status: answer.status,
    ...(isWebPage(answer) ? { conditions: [], page: answer.url } : parseError(answer.text())),
  };
}

/** @throws ProtocolError that says what it was about */
function understood(answer: HttpAnswer, what: string, take?: (response: DavResponse) => void): Multistatus {
  try {
    return parseMultistatus(answer.text(), take);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    const { message, why, hint = 'run it again with --debug to see the answer' } = error;
    throw new ProtocolError(`cannot ${what}: ${message}`, { hint, cause: error, ...(why !== undefined && { why }) });
  }
}

/** The refusal inside a `response` of a multistatus, if it is one. */
export function refusalIn(response: DavResponse): Refusal | undefined {
  const failed = response.status ?? [...response.failed.values()].find((status) => status >= 400);
  return failed !== undefined && failed >= 400 ? { status: failed, conditions: response.errors } : undefined;
}

export class DavClient {
  constructor(readonly http: HttpClient) {}

  /**
   * Sends a call. Redirects on the same origin are followed below, method, body and credentials kept (RFC 6764, section 6).
   *
   * @returns any answer, refusals included
   * @throws what `HttpClient.send` throws
   */
  send(call: DavCall): Promise<HttpAnswer> {
    const headers: Record<string, string> = { ...call.headers };
    if (call.depth !== undefined) headers['Depth'] = call.depth;
    if (call.body !== undefined) headers['Content-Type'] ??= 'application/xml; charset=utf-8';
    return this.http.send({
      method: call.method,
      url: new URL(call.path, this.http.base).href,
      headers,
      repeat: call.repeat,
      what: call.what,
      accept: [...ACCEPT, ...(call.accept ?? [])],
      ...(call.body !== undefined && { body: call.body }),
    });
  }

  /**
   * PROPFIND for the named properties.
   *
   * @param take receives the responses one by one instead of the result keeping them
   * @throws NotFound, Refused and their like when it is no 207; ProtocolError when the body is no multistatus
   */
  async propfind(
    path: string,
    depth: '0' | '1',
    props: readonly string[],
    what: string,
    take?: (response: DavResponse) => void,
  ): Promise<MultistatusAnswer> {
    const body = xmlDocument(D.propfind, [
      tag(
        D.prop,
        props.map((name) => tag(name)),
      ),
    ]);
    const answer = await this.send({ method: 'PROPFIND', path, depth, body, repeat: 'safe', what });
    return this.multistatus(answer, what, take);
  }

  /** Reads an answer that must be a 207. @throws the typed error of any other status */
  multistatus(answer: HttpAnswer, what: string, take?: (response: DavResponse) => void): MultistatusAnswer {
    if (answer.status !== 207) throw davError(refusalOf(answer), what);
    if (isWebPage(answer)) throw webPage(answer, what, 'WebDAV');
    if (answer.body.length === 0) throw nothing(answer, what, 'WebDAV');
    return { ...understood(answer, what, take), answer, path: hrefPath(answer.url) };
  }

  /** Properties of one resource (PROPFIND, Depth 0). @throws NotFound and the like */
  async propsOf(path: string, props: readonly string[], what: string): Promise<DavResponse & { answer: HttpAnswer }> {
    const { responses, answer, path: base } = await this.propfind(path, '0', props, what);
    const wanted = hrefPath(path);
    const own = responses.find((one) => hrefPath(one.href, base) === wanted) ?? responses[0];
    if (own === undefined) throw new ProtocolError(`cannot ${what}`, { why: 'the multistatus is empty' });
    const refusal = own.status === undefined ? undefined : refusalIn(own);
    if (refusal !== undefined) throw davError(refusal, what);
    return { ...own, answer };
  }

  close(): Promise<void> {
    return this.http.close();
  }
}

/**
 * An entity tag fit for `If-Match`: quoted, without the weak mark. A proxy that compresses marks strong tags as weak
 * (nginx), and a weak one would never match (RFC 9110, section 13.1.1). Undefined when it cannot be a header.
 */
export function cleanEtag(raw: string | undefined): string | undefined {
  const text = raw?.trim().replace(/^W\//, '') ?? '';
  if (text === '' || !/^[\x20-\x7e\x80-\xff]*$/.test(text)) return undefined;
  return text.startsWith('"') ? text : `"${text}"`;
}
