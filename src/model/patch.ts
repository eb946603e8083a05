/** JMAP PatchObject (RFC 8620, section 5.3) over cards: diff and apply. Paths are JSON pointers without the leading slash. */

/** Pointer to new value; `null` removes. */
export type PatchObject = Record<string, unknown>;
