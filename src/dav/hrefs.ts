/**
 * Hrefs as servers write them (RFC 4918, section 8.3): absolute, path-only or relative; percent-encoded in either case,
 * needlessly, or not at all (SOGo sends raw spaces and letters). Two hrefs are one resource when their {@link hrefPath} is the same.
 */

/** Percent-decoding that never throws: what is no valid UTF-8 stays as written. */
export function decodeSegment(segment: string): string {
  return segment.replace(/(?:%[0-9a-f]{2})+/gi, (run) => {
    try {
      return decodeURIComponent(run);
    } catch {
      return run;
    }
  });
}

/** One path segment for a URL: everything but unreserved characters encoded. Lone surrogates become U+FFFD. */
export function encodeSegment(name: string): string {
  const text = name.replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, '\ufffd');
  return encodeURIComponent(text);
}

/** A written segment in the one spelling we compare: decoded and encoded again; undecodable octets stay octets. */
function canonicalSegment(segment: string): string {
  return segment
    .split(/((?:%[0-9a-f]{2})+)/i)
    .map((part, index) => {
      if (index % 2 === 0) return encodeSegment(part);
      try {
        return encodeSegment(decodeURIComponent(part));
      } catch {
        return part.toUpperCase();
      }
    })
    .join('');
}

/** The path part of an href, as written. A query or fragment is none: raw `?` and `#` come from names. */
function writtenPath(href: string): string {
  const absolute = /^[a-z][a-z0-9+.-]*:\/\/[^/]*/i.exec(href);
  if (absolute === null) return href;
  return href.slice(absolute[0].length) || '/';
}

/**
 * The path of an href, in the one spelling that can be compared: dots and doubled slashes resolved, every segment
 * decoded and encoded again. A trailing slash stays. `base` is the path that a relative href starts from (that of the request).
 */
export function hrefPath(href: string, base = '/'): string {
  const written = writtenPath(href.trim());
  const full = written.startsWith('/') ? written : base.slice(0, base.lastIndexOf('/') + 1) + written;
  const out: string[] = [];
  const segments = full.split('/');
  for (const segment of segments) {
    const canonical = canonicalSegment(segment);
    if (canonical === '..') out.pop();
    else if (canonical !== '' && canonical !== '.') out.push(canonical);
  }
  const last = canonicalSegment(segments.at(-1) ?? '');
  const folder = out.length > 0 && ['', '.', '..'].includes(last);
  return `/${out.join('/')}${folder ? '/' : ''}`;
}

const VALID_PATH = /^\/(?!\/)(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/]|%[0-9A-Fa-f]{2})*$/;

/** The path to send: the server's own spelling when it is a valid URL path, else {@link hrefPath}. */
export function requestPath(href: string, base = '/'): string {
  const written = writtenPath(href.trim());
  return VALID_PATH.test(written) && !/\/\.{1,2}(?:\/|$)/.test(written) ? written : hrefPath(href, base);
}

/** The origin of an absolute href (`https://host:1`), lower case; undefined for the other forms. */
export function hrefOrigin(href: string): string | undefined {
  return /^[a-z][a-z0-9+.-]*:\/\/[^/]*/i.exec(href.trim())?.[0].toLowerCase();
}

/** With the slash at the end that collections have. */
export function asFolder(path: string): string {
  return path.endsWith('/') ? path : `${path}/`;
}

/** The last segment of a path, decoded: a resource's or collection's own name. */
export function lastName(path: string): string {
  const trimmed = path.endsWith('/') ? path.slice(0, -1) : path;
  return decodeSegment(trimmed.slice(trimmed.lastIndexOf('/') + 1));
}

/** Whether `path` is a resource directly in the collection `folder` (both from {@link hrefPath}). */
export function isMember(path: string, folder: string): boolean {
  return path.length > folder.length && path.startsWith(folder) && !path.slice(folder.length).includes('/');
}
