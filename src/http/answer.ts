/** One answer: headers by lower-case name, the body as bytes, text and JSON, and the server's words for errors. */
import { ProtocolError, type ErrorDetails } from '../model/errors.js';
import { printable } from '../model/text.js';
import { isObject, member } from './check.js';
import { jsonStop } from './json-stop.js';
import type { HttpAnswer } from './types.js';

export interface RawAnswer {
  status: number;
  headers: Map<string, string[]>;
  body: Buffer;
}

/** Keeps secrets out of what errors say about an answer. */
export interface Guard {
  /** For a sentence of the server: without the values that the call carried. */
  words(text: string): string;
  /** For a piece of a body: also without what has the name of a secret. */
  quote(text: string): string;
}
const OPEN: Guard = { words: (text) => text, quote: (text) => text };
const guards = new WeakMap<HttpAnswer, Guard>();

/**
 * `what` is the call's purpose, for the errors of `json()`; `url` the one that answered. `guard` serves its errors
 * and {@link serverWords}.
 */
export function makeAnswer(raw: RawAnswer, url: string, what: string, guard: Guard = OPEN): HttpAnswer {
  const first = (name: string): string | undefined => raw.headers.get(name.toLowerCase())?.[0];
  const text = (): string => decodeText(raw.body, first('content-type'));
  const answer: HttpAnswer = {
    status: raw.status,
    url,
    body: raw.body,
    header: first,
    headers: (name) => raw.headers.get(name.toLowerCase()) ?? [],
    text,
    json: () => parseJson(answer, text(), isWebPage(answer), what, guard),
  };
  guards.set(answer, guard);
  return answer;
}

function decodeText(body: Buffer, contentType: string | undefined): string {
  const label = /;\s*charset\s*=\s*"?([^\s";]+)/i.exec(contentType ?? '')?.[1];
  try {
    return new TextDecoder(label ?? 'utf-8').decode(body);
  } catch {
    return new TextDecoder().decode(body);
  }
}

/** XML that is labelled as a page. */
const NO_PAGE = /^\s*<(?:\?xml|(?:\w+:)?(?:multistatus|error)\b)/i;
const PAGE = /^\s*<(?:!doctype\s+html|html|head|body|!--)/i;

/** Whether the body is a web page: a sign-in form, a proxy's notice, the wrong server. */
export function isWebPage(answer: Pick<HttpAnswer, 'text' | 'header' | 'body'>): boolean {
  return answer.body.length > 0 && looksHtml(answer.text(), answer.header('content-type'));
}

function looksHtml(text: string, contentType: string | undefined): boolean {
  const start = text.slice(0, 512);
  if (PAGE.test(start)) return true;
  const labelled = /^\s*(?:text\/html|application\/xhtml\+xml)\b/i.test(contentType ?? '');
  return labelled && /^\s*</.test(start) && !NO_PAGE.test(start);
}

/** An answer that shows that somebody else answered. It concerns all calls, not the one at hand. */
export class WrongServer extends ProtocolError {
  /** It was a web page. */
  readonly page: boolean;

  constructor(message: string, details: ErrorDetails & { page: boolean }) {
    super(message, details);
    this.page = details.page;
  }
}

const CHECK_URL = 'check --url (`cardferry profile show` tells it): a proxy or a sign-in page may be in between';

/** A web page where something else was due: "JSON", "WebDAV". */
export function webPage(answer: Pick<HttpAnswer, 'status' | 'url'>, what: string, due: string): WrongServer {
  return new WrongServer(`cannot ${what}: ${hostOf(answer.url)} answered with a web page, not ${due}`, {
    page: true,
    why: `HTTP ${answer.status} with HTML`,
    status: answer.status,
    hint: CHECK_URL,
  });
}

/** No body where one was due. */
export function nothing(answer: Pick<HttpAnswer, 'status' | 'url'>, what: string, due: string): WrongServer {
  return new WrongServer(`cannot ${what}: ${hostOf(answer.url)} answered nothing where ${due} was due`, {
    page: false,
    why: `HTTP ${answer.status} without a body`,
    status: answer.status,
    hint: CHECK_URL,
  });
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : 'the server';
}

function parseJson(
  answer: Pick<HttpAnswer, 'status' | 'url'>,
  text: string,
  page: boolean,
  what: string,
  guard: Guard,
): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    // The parser's own error is not kept as the cause: it quotes the text, which may hold a secret.
    if (page) throw webPage(answer, what, 'JSON');
    if (text.trim() === '') throw nothing(answer, what, 'JSON');
    const stop = jsonStop(text);
    const where = stop.cut
      ? `the JSON is cut off after ${text.length} characters`
      : `no valid JSON at character ${stop.at}`;
    throw new ProtocolError(`answer of ${what}: ${where}`, {
      why: `it begins with ${clip(guard.quote(text.slice(0, 4096)), 80)}`,
      hint: 'run it again with --debug to see the answer',
    });
  }
}

/** One printable line of at most `length` characters. */
export function clip(text: string, length: number): string {
  const line = printable(text.slice(0, length * 2).trim());
  return line.length <= length ? line : `${line.slice(0, length - 1)}…`;
}

const MESSAGE_KEYS = [
  'message',
  'error_description',
  'errormessage',
  'errorMessage',
  'detail',
  'title',
  'error',
  'code',
];

function messageIn(value: unknown, depth = 0): string | undefined {
  if (typeof value === 'string') return value;
  if (depth > 3) return undefined;
  if (Array.isArray(value)) return messageIn(value[0], depth + 1);
  if (!isObject(value)) return undefined;
  for (const key of ['error', 'errors', 'Error']) {
    const inner = member(value, key);
    if (typeof inner === 'object') {
      const found = messageIn(inner, depth + 1);
      if (found !== undefined) return found;
    }
  }
  for (const key of MESSAGE_KEYS) {
    const text = member(value, key);
    if (typeof text === 'string' && text.trim() !== '') return text;
  }
  return undefined;
}

/**
 * What the server said about a failure, in one printable line of at most 200 characters: the first line of a plain
 * text body, or the message of a JSON body. Never HTML or XML.
 */
export function serverWords(answer: HttpAnswer): string | undefined {
  if (answer.body.length === 0 || answer.body.length > 64 * 1024) return undefined;
  const guard = guards.get(answer) ?? OPEN;
  const text = answer.text().trim();
  const type = answer.header('content-type') ?? '';
  if (/^[[{"]/.test(text)) {
    try {
      const message = messageIn(JSON.parse(text));
      return message === undefined ? undefined : clip(guard.words(firstLine(message)), 200);
    } catch {
      return undefined;
    }
  }
  if (text === '' || text.startsWith('<') || !/^\s*text\/plain\b/i.test(type)) return undefined;
  return clip(guard.words(firstLine(text)), 200);
}

function firstLine(text: string): string {
  return text.trim().split(/\r\n|\r|\n/, 1)[0] ?? '';
}
