/** What of a call may be shown: secrets by name (URL, headers, JSON and form bodies) and by value become `***`. */
import { isSecretName, redactUrl } from '../model/text.js';
import { isObject } from './check.js';
import type { HttpCall } from './types.js';

const STARS = '***';
/** Bodies beyond this are not searched for secrets whole, only their beginning. */
const WHOLE = 64 * 1024;

/** Redacts by the names common to all servers and those of one driver. */
export class Redactor {
  private readonly names: Set<string>;

  constructor(names: readonly string[] = []) {
    this.names = new Set(names.map((name) => name.toLowerCase()));
  }

  isSecret(name: string): boolean {
    return this.names.has(name.toLowerCase()) || isSecretName(name);
  }

  url(text: string): string {
    let url: URL;
    try {
      url = new URL(text);
    } catch {
      return redactUrl(text);
    }
    for (const name of new Set(url.searchParams.keys())) if (this.isSecret(name)) url.searchParams.set(name, STARS);
    return redactUrl(url.href);
  }

  header(name: string, value: string): string {
    if (this.isSecret(name)) return STARS;
    if (/^(?:location|content-location|referer|link)$/i.test(name)) return this.url(value);
    if (/^www-authenticate$/i.test(name)) return value.replace(/(nonce|opaque)=("[^"]*"|[^\s,]*)/gi, `$1=${STARS}`);
    return value;
  }

  /** The text of a body with secret members and parameters replaced, by its content type. */
  body(text: string, contentType: string): string {
    if (/urlencoded/i.test(contentType)) return this.form(text);
    if (/^\s*[[{"]/.test(text)) return this.json(text);
    return this.pairs(text);
  }

  private form(text: string): string {
    const params = text.slice(0, WHOLE).split('&');
    return params.map((pair) => (this.isSecret(formName(pair)) ? pair.replace(/=.*$/s, `=${STARS}`) : pair)).join('&');
  }

  private json(text: string): string {
    if (text.length > WHOLE) return this.pairs(text.slice(0, WHOLE));
    try {
      return JSON.stringify(this.value(JSON.parse(text), false, 0));
    } catch {
      return this.pairs(text);
    }
  }

  private value(value: unknown, secret: boolean, depth: number): unknown {
    if (depth > 64) return '…';
    if (Array.isArray(value)) return value.map((item) => this.value(item, secret, depth + 1));
    if (!isObject(value)) return secret && value !== null && typeof value !== 'boolean' ? STARS : value;
    // In JSON `code` is an error code; the secret one (OAuth) travels in forms and queries.
    const hide = (key: string): boolean => key !== 'code' && this.isSecret(key);
    const entries = Object.entries(value).map(([key, item]) => [key, this.value(item, hide(key), depth + 1)]);
    return Object.fromEntries(entries) as unknown;
  }

  /** JSON that cannot be parsed (cut, too long) and any other text: `"name": "value"`, `name=value`, `name: value`. */
  private pairs(text: string): string {
    return text.replace(
      /("?)([A-Za-z_][\w-]{0,63})\1(\s{0,8}[:=]\s{0,8})("(?:[^"\\]|\\.)*"?|[^\s,;&}\]<]+)/gs,
      (whole, mark: string, name: string, sign: string) =>
        this.isSecret(name) ? `${mark}${name}${mark}${sign}${STARS}` : whole,
    );
  }
}

function formName(pair: string): string {
  const name = (pair.split('=', 1)[0] ?? '').replace(/\+/g, ' ');
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

/**
 * The secret values that a request carries, to find them when a server repeats them in an error: header values (of
 * Basic also the password inside), query values. Short ones (under 4 characters) would hit innocent text.
 */
export function secretValues(redactor: Redactor, url: URL, headers: Record<string, string>, call: HttpCall): string[] {
  const values: string[] = [];
  for (const [name, value] of url.searchParams) if (redactor.isSecret(name)) values.push(value);
  for (const [name, value] of Object.entries(headers)) {
    if (!redactor.isSecret(name)) continue;
    const [scheme = '', token] = value.split(' ', 2);
    values.push(value, token ?? '');
    if (/^basic$/i.test(scheme))
      values.push(
        Buffer.from(token ?? '', 'base64')
          .toString('utf8')
          .replace(/^[^:]*:/, ''),
      );
  }
  if (typeof call.body === 'string' && call.body.length <= WHOLE) values.push(...bodySecrets(redactor, call.body));
  return values.filter((value) => value.length >= 4).sort((a, b) => b.length - a.length);
}

function bodySecrets(redactor: Redactor, body: string): string[] {
  if (!/^\s*[[{]/.test(body)) {
    return [...new URLSearchParams(body)].flatMap(([name, value]) => (redactor.isSecret(name) ? [value] : []));
  }
  const found: string[] = [];
  try {
    JSON.parse(body, (key, value: unknown) => {
      if (typeof value === 'string' && redactor.isSecret(key)) found.push(value);
      return value;
    });
  } catch {
    return [];
  }
  return found;
}

/** `text` without the given values, in their plain and their percent-encoded form. */
export function withoutValues(text: string, values: readonly string[]): string {
  let clean = text;
  for (const value of values) {
    clean = clean.replaceAll(value, STARS);
    const encoded = encodeURIComponent(Buffer.from(value, 'utf8').toString('utf8'));
    if (encoded !== value) clean = clean.replaceAll(encoded, STARS);
  }
  return clean;
}
