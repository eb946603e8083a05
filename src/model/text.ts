/** Untrusted text made printable, secrets that cannot leak by accident, and redaction of URLs and headers. */

/**
 * C0, DEL, C1, zero-width and bidi controls, line separators, lone surrogates: what may fool or drive a terminal. The
 * joiners U+200C and U+200D stay: Persian and emoji need them.
 */
const UNSAFE =
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

const NAMED: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\u001b': '\\e' };

function visible(char: string): string {
  const named = NAMED[char];
  if (named !== undefined) return named;
  const code = char.charCodeAt(0);
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
}

/**
 * One line of text that is safe on a terminal: every control, escape, bidi override and lone surrogate is shown as
 * a visible escape such as `\e` or `\u202e`. Used for everything a server or a file said.
 */
export function printable(text: string): string {
  return text.replace(UNSAFE, visible);
}

/** Like {@link printable}, but line breaks stay line breaks (notes, long help texts). */
export function printableLines(text: string): string {
  return text
    .split(/\r\n|\r|\n/)
    .map(printable)
    .join('\n');
}

const STYLE = /(\u001b\[[0-9;]*m)/;

/**
 * Text of many lines (data, a table) on its way to a terminal: what may drive it is shown as `\u001b`, which leaves JSON
 * valid; line ends and tabs stay. `styled`: colours and weights stay too, since they are our own.
 */
export function forTerminal(text: string, styled = false): string {
  const parts = styled ? text.split(STYLE) : [text];
  return parts.map((part, index) => (index % 2 === 1 ? part : part.replace(UNSAFE, shown))).join('');
}

function shown(char: string, at: number, text: string): string {
  const layout = char === '\n' || char === '\t' || (char === '\r' && text[at + 1] === '\n');
  return layout ? char : `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** A secret whose string, JSON and inspect forms are `***`; only `reveal()` gives the text. */
export class Secret {
  readonly #text: string;
  constructor(text: string) {
    this.#text = text;
  }
  reveal(): string {
    return this.#text;
  }
  toString(): string {
    return '***';
  }
  toJSON(): string {
    return '***';
  }
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return 'Secret(***)';
  }
}

/** Query parameters and headers that may hold a secret on any server we speak to. Drivers add their own. */
const SECRET_NAMES =
  /^(session|sessid|token|csrf_?token|x-csrf-token|password|passwd|pass|secret|client_secret|access_token|refresh_token|logintoken|apikey|api_key|x-api-key|one_time_password|data|_h|code|device_code|authorization|proxy-authorization|cookie|set-cookie|x-axigen-session)$/i;

export function isSecretName(name: string): boolean {
  return SECRET_NAMES.test(name);
}

/** Secret-looking `name=value` pairs and user info in text that is no URL of its own: paths, fragments, `//user:pw@host`. */
function redactText(text: string): string {
  return text
    .replace(/(^|[?&;#])([^=&;?#\s]*)=([^&#\s]*)/g, (pair, before: string, name: string) =>
      isSecretName(name) || /session|token|password|secret|key/i.test(name) ? `${before}${name}=***` : pair,
    )
    .replace(/\/\/[^/\s@]*@/g, '//***@');
}

/**
 * The URL with user info and secret values of query and fragment replaced by `***`; text that is no URL is redacted the
 * same way as far as it goes, and returned printable.
 */
export function redactUrl(url: string): string {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    return printable(redactText(url));
  }
  if (parsed.username || parsed.password) {
    parsed.username = '***';
    parsed.password = '';
  }
  for (const name of new Set(parsed.searchParams.keys())) if (isSecretName(name)) parsed.searchParams.set(name, '***');
  if (parsed.hash.includes('=')) parsed.hash = redactText(parsed.hash);
  return parsed.toString();
}
