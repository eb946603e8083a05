/** One answer: headers by lower-case name, the body as bytes, text and JSON, and the server's words for errors. */
import { ProtocolError } from '../model/errors.js';
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
    json: () => parseJson(text(), first('content-type'), what, guard),
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

function looksHtml(text: string, contentType: string | undefined): boolean {
  if (/^\s*text\/html\b|^\s*application\/xhtml\+xml\b/i.test(contentType ?? '')) return !/^\s*[[{"]/.test(text);
  return /^\s*<(?:!doctype\s+html|html|head|body|!--)/i.test(text.slice(0, 512));
}

function parseJson(text: string, contentType: string | undefined, what: string, guard: Guard): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    // The parser's own error is not kept as the cause: it quotes the text, which may hold a secret.
    if (looksHtml(text, contentType)) {
      throw new ProtocolError(`${what}: the server answered an HTML page, not JSON: is the URL right?`, {
        hint: 'check the URL with `cardferry profile test`; a proxy or a login page may be in between',
      });
    }
    if (text.trim() === '') throw new ProtocolError(`${what}: the server answered nothing where JSON was due`);
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
