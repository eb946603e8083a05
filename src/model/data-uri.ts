/** Pictures inside cards: `data:` URIs (RFC 2397) and the image types their bytes give away. */
import type { Photo } from './card.js';

/** Longest header (media type and parameters) that is looked at. */
const MAX_HEADER = 1000;
const MEDIA_TYPE = /^[a-z0-9][a-z0-9!#$&^_.+-]*\/[a-z0-9][a-z0-9!#$&^_.+-]*$/i;

/**
 * Media type (lower case, without parameters) and bytes of a `data:` URI; undefined when it is none. Forgiving: vCard
 * writers escape its `;` and `,` with a backslash, fold the base64 text, or use the URL alphabet.
 */
export function parseDataUri(uri: string): { mediaType: string; bytes: Uint8Array } | undefined {
  const start = uri.search(/\S/);
  if (start < 0 || uri.slice(start, start + 5).toLowerCase() !== 'data:') return undefined;
  const comma = uri.indexOf(',', start);
  if (comma < 0 || comma - start > MAX_HEADER) return undefined;
  const header = uri
    .slice(start + 5, comma)
    .replace(/[\\\s]/g, '')
    .split(';');
  const named = (header[0] ?? '').toLowerCase();
  const mediaType = MEDIA_TYPE.test(named) ? named : 'text/plain';
  const base64 = header
    .slice(1)
    .concat(named === 'base64' ? named : [])
    .some((part) => part.toLowerCase() === 'base64');
  const body = uri.slice(comma + 1);
  return { mediaType, bytes: base64 ? fromBase64(body) : fromPercent(body) };
}

function fromBase64(body: string): Uint8Array {
  const text = body.includes('%') ? Buffer.from(fromPercent(body)).toString('latin1') : body;
  return new Uint8Array(Buffer.from(text, 'base64'));
}

/** Percent-encoded text to bytes; a `%` without two hex digits stands for itself. */
function fromPercent(body: string): Uint8Array {
  const source = Buffer.from(body.replace(/\\([,;\\])/g, '$1'), 'utf8');
  const out = new Uint8Array(source.length);
  let length = 0;
  for (let i = 0; i < source.length; i++) {
    const code = source[i] ?? 0;
    const hex = code === 0x25 ? source.toString('latin1', i + 1, i + 3) : '';
    if (/^[0-9a-f]{2}$/i.test(hex)) {
      out[length++] = parseInt(hex, 16);
      i += 2;
    } else {
      out[length++] = code;
    }
  }
  return out.slice(0, length);
}

/** The picture as a base64 `data:` URI. A media type that is none is replaced by what the bytes are. */
export function toDataUri(photo: Photo): string {
  const given = photo.mediaType.trim().toLowerCase();
  const mediaType = MEDIA_TYPE.test(given) ? given : (sniffImage(photo.bytes) ?? 'application/octet-stream');
  const { buffer, byteOffset, byteLength } = photo.bytes;
  return `data:${mediaType};base64,${Buffer.from(buffer, byteOffset, byteLength).toString('base64')}`;
}

/** Signatures at the start of a file, as latin1 text; `.` stands for any byte. */
const SIGNATURES: readonly (readonly [mediaType: string, signature: RegExp])[] = [
  ['image/jpeg', /^\xff\xd8\xff/],
  ['image/png', /^\x89PNG\r\n\x1a\n/],
  ['image/gif', /^GIF8[79]a/],
  ['image/webp', /^RIFF[^]{4}WEBP/],
  ['image/avif', /^[^]{4}ftyp(avif|avis)/],
  ['image/heic', /^[^]{4}ftyp(heic|heix|hevc|hevx|heim|heis|mif1|msf1)/],
  ['image/tiff', /^(II\*\0|MM\0\*)/],
  ['image/x-icon', /^\0\0\x01\0/],
  ['image/bmp', /^BM[^]{12}/],
  ['image/svg+xml', /^(\xef\xbb\xbf)?\s*(<\?xml[^>]*>\s*)?(<!--[^>]*-->\s*)?<svg[\s>]/],
];

/** The image type that the bytes themselves show; undefined when they are no picture we know. */
export function sniffImage(bytes: Uint8Array): string | undefined {
  const head = Buffer.from(bytes.subarray(0, 256)).toString('latin1');
  return SIGNATURES.find(([, signature]) => signature.test(head))?.[0];
}
