/** Distinguished names (RFC 4514) as Thunderbird writes them: `cn=NAME,mail=ADDRESS`. */
import { createHash } from 'node:crypto';

const MAX_PARTS = 100;

/** The first values of a DN by their lower-case types; joined RDNs (`+`) count as parts of their own. */
export function partsOfDn(dn: string): Map<string, string> {
  const parts = new Map<string, string>();
  for (const part of splitDn(dn)) {
    const equals = part.indexOf('=');
    if (equals < 0) continue;
    const type = part.slice(0, equals).trim().toLowerCase();
    if (!parts.has(type)) parts.set(type, unescapeDn(trimmed(part.slice(equals + 1))));
  }
  return parts;
}

/** A short key that is the same for DNs that name the same entry: types and values without case, blanks between parts gone. */
export function dnKey(dn: string): string {
  const parts = splitDn(dn).map((part) => {
    const equals = part.indexOf('=');
    const value = unescapeDn(trimmed(part.slice(equals + 1)));
    return `${part.slice(0, Math.max(equals, 0)).trim().toLowerCase()}=${value.toLowerCase().replace(/\s+/g, ' ').trim()}`;
  });
  return createHash('sha256').update(parts.join('\n')).digest('base64url').slice(0, 24);
}

/** Splits at unescaped `,`, `;` and `+`. */
function splitDn(dn: string): string[] {
  const parts = dn.slice(0, 65_536).match(/(?:\\[^]|[^\\,;+])+/g) ?? [];
  return parts.slice(0, MAX_PARTS);
}

/** Without blanks at the ends; one that is escaped stays. */
function trimmed(text: string): string {
  const start = text.replace(/^\s+/, '');
  const end = start.trimEnd();
  return end.endsWith('\\') && end.length < start.length ? `${end} ` : end;
}

function unescapeDn(text: string): string {
  if (!text.includes('\\')) return text;
  // Bytes in hexadecimal stand for UTF-8.
  return text.replace(/(?:\\[0-9A-Fa-f]{2})+|\\([^])/g, (all: string, char: string | undefined) =>
    char === undefined ? Buffer.from(all.replace(/\\/g, ''), 'hex').toString('utf8') : char,
  );
}

/** One part of a DN. */
export function dnPart(type: string, value: string): string {
  const safe = value
    .replace(/[\\,+"<>;=]/g, '\\$&')
    .replace(/[\u0000-\u001f]/g, (char) => `\\${char.charCodeAt(0).toString(16).padStart(2, '0').toUpperCase()}`)
    .replace(/^[ #]| $/g, '\\$&');
  return `${type}=${safe}`;
}
