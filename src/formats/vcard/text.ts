/** Escapes of text values (RFC 6350, section 3.4), the same on the way in for all versions. */

/** Splits on unescaped separators; the parts stay escaped. */
export function splitEscaped(value: string, separator: ';' | ','): string[] {
  if (!value.includes(separator)) return [value];
  if (!value.includes('\\')) return value.split(separator);
  const parts: string[] = [];
  const code = separator.charCodeAt(0);
  let start = 0;
  for (let i = 0; i < value.length; i += 1) {
    const char = value.charCodeAt(i);
    if (char === 0x5c) i += 1;
    else if (char === code) {
      parts.push(value.slice(start, i));
      start = i + 1;
    }
  }
  parts.push(value.slice(start));
  return parts;
}

/**
 * Undoes `\\` `\,` `\;` `\n` `\N`, and `\:` `\"` of Google and older Apple programs, in one scan from left to right (so
 * `\\n` is a backslash and an n). Any other `\x` stays as written.
 */
export function unescapeText(value: string): string {
  if (!value.includes('\\')) return value;
  return value.replace(/\\([\\,;:"nN])/g, (_, char: string) => (char === 'n' || char === 'N' ? '\n' : char));
}

/** Escapes `\` `,` `;` and line breaks (CR LF, CR and LF alike); removes other control characters but TAB. */
export function escapeText(value: string): string {
  if (!/[\\,;\x00-\x1f\x7f]/.test(value)) return value;
  return value
    .replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/g, '')
    .replace(/\r\n|[\r\n\\,;]/g, (found) => (found.startsWith('\r') || found === '\n' ? '\\n' : `\\${found}`));
}
