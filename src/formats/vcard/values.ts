/** Texts between vCard and JSContact: un-escaping on reading, cleaning and escaping on writing. */
import type { VCardParam } from './types.js';
import { escapeText, unescapeText } from './lines.js';

const SCHEME = /^[A-Za-z][A-Za-z0-9+.-]*:/;
const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
const UNCLEAN = /[\u0000-\u0008\u000b-\u001f\u007f\ud800-\udfff]/;
const CONTROLS = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g;
const URI_HOSTILE = /[\u0000-\u001f\u007f\ud800-\udfff]/;

/** True for text that begins with a URI scheme. */
export function isUri(text: string): boolean {
  return SCHEME.test(text);
}

/** A TEXT value without its escapes. */
export function plainText(value: string): string {
  return value.includes('\\') ? unescapeText(value) : value;
}

/**
 * A URI value. URIs have no escapes, but several servers and programs escape `:` `;` `,` in them
 * (`data:image/jpeg\;base64\,...`, `http\://...`).
 */
export function plainUri(value: string): string {
  const text = value.includes('\\') ? value.replace(/\\([:;,])/g, '$1') : value;
  return text.trim();
}

/** Text as a vCard can hold it: well-formed, line breaks as LF, no other control characters (RFC 6350, section 3.3). */
export function cleanText(text: string): string {
  if (!UNCLEAN.test(text)) return text;
  return text.replace(/\r\n?/g, '\n').replace(CONTROLS, '').replace(LONE_SURROGATE, '\ufffd');
}

/** The TEXT value of a text: cleaned and escaped. */
export function textValue(text: string): string {
  return escapeText(cleanText(text));
}

/**
 * The URI value of a text: control characters and line breaks are percent-encoded. With `guarded`, `,` and `;` are escaped:
 * in 3.0 python's vobject, and so Radicale and khard, cut a bare one off with all that follows.
 */
export function uriValue(text: string, guarded = false): string {
  const safe = guarded && /[,;]/.test(text) ? text.replace(/[,;]/g, '\\$&') : text;
  return URI_HOSTILE.test(safe) ? withoutControls(safe) : safe;
}

function withoutControls(text: string): string {
  const well = text.replace(LONE_SURROGATE, '\ufffd');
  return well.replace(
    /[\u0000-\u001f\u007f]/g,
    (char) => `%${char.charCodeAt(0).toString(16).padStart(2, '0').toUpperCase()}`,
  );
}

/** One parameter with cleaned values. */
export function param(name: string, ...values: string[]): VCardParam {
  return { name, values: values.map(cleanText) };
}
